//! How rare short texts are, counted in what people write.

/// How rare a text is in source code and prose, in bits: what its rarest three letters say, or what its first letter and each
/// that follows another do. A capital is rarer than the small letter by three.
pub fn rarity(text: &[u8]) -> usize {
    let rarest = text.windows(3).map(triple).max();
    let rest = LETTER * text.len().saturating_sub(3);
    rarest.map_or_else(|| by_pairs(text), |rarest| rarest + rest)
        + 3 * text.iter().filter(|byte| byte.is_ascii_uppercase()).count()
}

/// What three letters say. Those of the table are more frequent than their pairs tell, all others are rare.
fn triple(text: &[u8]) -> usize {
    match index(text).map(|index| usize::from(TRIPLES[index])) {
        None => by_pairs(text),
        Some(0) => by_pairs(text).max(FIRST + FREQUENT.len()),
        Some(bits) => bits,
    }
}

fn by_pairs(text: &[u8]) -> usize {
    let kind = |byte: &u8| {
        let byte = if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() };
        KINDS.iter().position(|known| *known == byte).unwrap_or(KINDS.len())
    };
    let bits = |row: &str, at: usize| {
        row.as_bytes().get(at).map_or(0, |digit| char::from(*digit).to_digit(16).unwrap_or(0) as usize)
    };
    let pairs = text.windows(2).map(|pair| bits(AFTER[kind(&pair[0])], kind(&pair[1])));
    let first = text.first().map_or(0, |byte| bits(ALONE, kind(byte)));
    first + pairs.sum::<usize>()
}

/// Where three letters stand in [`TRIPLES`]; `None` for other signs.
const fn index(text: &[u8]) -> Option<usize> {
    let (mut at, mut index) = (0, 0);
    while at < 3 {
        let letter = match text[at] {
            byte @ (b'a'..=b'z' | b'A'..=b'Z') => (byte | 0x20) - b'a',
            b'_' => 26,
            _ => return None,
        };
        index = index * 27 + letter as usize;
        at += 1;
    }
    Some(index)
}

/// The bits that three letters say where they are frequent; else 0.
static TRIPLES: [u8; 27 * 27 * 27] = {
    let mut table = [0; 27 * 27 * 27];
    let mut row = 0;
    while row < FREQUENT.len() {
        let mut rest = FREQUENT[row].as_bytes();
        while let Some((triple, after)) = rest.split_first_chunk::<3>() {
            if let Some(index) = index(triple) {
                table[index] = (FIRST + row) as u8;
            }
            rest = after;
        }
        row += 1;
    }
    table
};

/// What a further letter says, about.
const LETTER: usize = 4;
/// The bits that the most frequent triples say.
const FIRST: usize = 8;
/// The frequent triples, by the bits that they say, from [`FIRST`] on. Counted in 59 MB of Python, notebooks, JavaScript,
/// configuration and documents of public repositories.
const FREQUENT: [&str; 6] = [
    "datentingionodethetio",
    "ameandassataateaticondelectelfforintmetmodnamoutparputresseltertortraturtypvalype",
    "_co_na_paageainaliallaluaraargaseaskathatocalchecodcomctidefdereatelsencendensequer_eraersertestetaetuextfig\
     filflofrofungetghthisighileimpineiniinpistithizelinloalowlseluemenmplmponcenfinotnstntentioinompon_oneonfons\
     oreormortourpatperpleporpreproptirairamranratrcerchrearetromsersetsoussestastestrtastattedtentesthitomtputri\
     truultuncurcureurnutpverwitwor",
    "_da_di_id_in_mo_re_si_st_to_tyablaceachackactadaaddalsampancangansantapparearkarnarrarsartatcattatuaulayeazu\
     basbatberbjebleboocatce_celceschaclaclicolcopcorcoucrecridecdendesdicdindirdisdoweadearecoecued_eepefaeigel_\
     eldeleeliellembengereerierresset_eteetreveexpfacfalfaufeaferfiefingengingitgrahanhathemherhttialicaiceictide\
     ielignimaimein_indinfinsiptireiteitiivejeckenl_tlablaslatlayle_lealenlesliclislitll_logmagmarmatmaxmbeminnal\
     natnconctndenerninnitnodnonnpunsensont_ntantsnulnumoadobjokeonaontopeoptorcorkounoveownpacpecpenplipoiponpos\
     pytquaqueraprayrecredregremrenrepreqrgergsricrigrinriprmaroprourrarseruerunsamscascoscrsesshasinsiosizsorspa\
     spessist_stot_dtadtantartchte_temteptexthathotimtintivtoktpsttpualuesuleullumeunduniuntuseut_uteutiutsvarwar\
     yeryouzerzur",
    "_ar_cl_de_en_fi_la_le_lo_ma_no_ou_pr_sc_se_ta_te_tr_vaabeaccad_adeailairakeal_aleannanyapeaphardariaryashast\
     autaveax_bacbedbelbinblobutcancasccecencepch_chiclucroctectocurcutd_ddasddeddide_deddeedepdevdexdimdocdomdpo\
     drodule_ce_de_ie_me_pe_seanechecieckedieedefiegaegielpemeemlemoempenaeneenvepceplepoepternerves_esceseesoesp\
     esuethetsettevaeviexaexcexefaificfolfrage_gergesgisgnagregrogthgumhapharhasheahechelhenhinhodhonhouhubibuien\
     iesifiildillilsimiinaincipeirsiseisiit_itsityjobjsokdokerkeyksplanldelecledlemlerletliblidlielizllelloloclos\
     loyltimaimanmapmasmermesmitmolmpumuln_cndandindondpnednelnennesnetnewnfenfong_ngengsngtnmennenornsfnsintrnvi\
     obsocaoceockodioduoggoldoleoliolloluom_ommoncondonlonnonvoolootopyoraordoriorsoryosiossoteothouloupoviow_pas\
     pchpdapelpinpipplaploppepripyrquiracradre_refrguriaribridrieritrizrkdrksrmernirnsrocronrorrosrovrrerrorsirte\
     rtischse_secsedsenseqsfoshosigsitsonsplsposrcstisubsulsumsupt_ct_ft_mt_nt_pt_st_tta_tabtactaitaltegthutiatic\
     tiltitto_tryttettittrtupuanuldum_umbupduriurlusiustutovenvicvidweiwhiwilxamxecxisxpeyriyteyth",
    "__i_at_ba_ca_ch_em_ex_fa_fe_fo_fr_ge_gr_he_im_ke_li_me_op_pe_po_ra_ro_sa_sh_spa_facsadiaflaggaisamlamsanaapi\
     arcasiat_axibarbonboxbrabuicaccarcfgchocifck_ckackeckpclecloclscs_ct_ctsctuculcusd_ad_cd_md_pd_sd_tdardd_det\
     dgedifditdledondthdtyduce_ae_ee_fe_le_ne_oe_re_teaceameaseboecaeddedeedueenefeefoegeegoegreloemaemsen_eniepa\
     epeeprepserfergermeroeryeshesietiew_exiffeffifirfixfoufulgatgedggeggiglegmegnogorgriguagurh_shavhedheiheshic\
     hidhilhorhowhrehtmhtsianiasichickicricsid_idaiddidsidtidxiediewiffigiiguiliiltinuinvirois_iscispissitaitlitt\
     ivaizajoikagkedkflkinkpokwal_cl_dl_nl_pl_slaclarld_lfllialiglivllallyloblodlonlorlt_ltalteltslualudlumluslve\
     ma_macmakmalme_meamedmemmicmilmismizml_mlfmlsmmamonmormovmptmpyn_dn_fn_in_mn_pn_sn_tnagnarncanchnclnd_ndbndl\
     ndsne_neanecneenglngunlinlonlynnxntonveoatochocsodaoffoftogiojeolaoloolvomaomeomiomlonmookopoor_orgorroseost\
     otaotootsousoweowsoympadpanpedpeepespocpouppipplppopusr_cr_sragralrc_rd_rderdsreerelrevrimrkfrmirnarnerobroj\
     rolroorotrowrstrt_rtsrtyrucrusrvery_s_ps_tsagsavsdkseaseesepsidsifsk_skssofsolss_ssastdstsstysyst__t_at_et_i\
     t_lt_rtaftagth_thrthstietiftiptiztletmatmltoptottretrots_tsttuatumtuntyluatubsuctudeudiuenuffuiluirulaumnump\
     unsupluppuraurrushvatve_vedvegvelvievirviswanwerwhewidwinwnlwrawrixcexpoxt_xtextryleymeystzatzed",
];

/// The letters, in the order of the tables below; `0` stands for all digits, and what is not here comes last.
const KINDS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0_-./ \"'=:(+";

/// Bits that each letter says alone, a hexadecimal digit each. Counted in 43 MB of Python, JavaScript, notebooks,
/// configuration and documents of public packages, as are those below.
const ALONE: &str = "475646665875655685546778785676826977794";

/// For each letter, the bits that the next one says.
const AFTER: [&str; 39] = [
    "364578595974447674436777666898967b99aa5",
    "366737775574774775474778575755767999983",
    "3868388468548827846358987867a8879b989a4",
    "377526784877785686566888796576936977694",
    "485476697aa46386634497757a75768369766b4",
    "487855883885873784754888785794837a97695",
    "457737554786655674465878785575636987794",
    "477728773887674886745888785676847a77795",
    "56445559798542359644969795777898bb9baa6",
    "5556366656666635663656666638c878aba8876",
    "456526674776766677376747774566648977784",
    "4775348939947837974558896965768489786a4",
    "358728784884663388676888786697749b99896",
    "4854464959778646994367997965768348876a5",
    "65548579686542659365475879689895aaaa9a4",
    "387638874884873594544898596686969a887a6",
    "4566666666656666566626666647b978ab8b874",
    "3856285949566548955457896976869479886a5",
    "5857388649688845884358897976746369766a4",
    "4868389339a88846a45559895975768479876a4",
    "55674778688443848243888888699997bbaca97",
    "267726673776665777677676774798778b99886",
    "366647743776643775577767774576747a88785",
    "465646674776666476636666663576756977674",
    "566757776776555277547767775475837876584",
    "5666266656665656666626666649a9769a99976",
    "6666667777777667777777767718647569a6973",
    "563455664775445485446569ab65c9f8acbb7f7",
    "565556885795565496557779983a29d4acabbb5",
    "4645556656854564954566697935e5646bfece4",
    "4545565656755665754566577749c5458abc973",
    "576676885a977656b665887a9c6989a158698a4",
    "5756668759975666a756887aac6887945aa3ba1",
    "5656668869666676a63568889a68968477c4ab1",
    "686766986aa77577a6558889ab488bb1573f7b4",
    "9a8a78a88c899796c796a8bbbc6c98516cd88d2",
    "5655458658766466954476868947778645eb6c2",
    "655655666666655566656565663c9a536a5b745",
    "586767796a7874788766788a9b6a878258877a2",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_letters_say_more() {
        assert!(rarity(b"zx_q") > rarity(b"self"), "{} {}", rarity(b"zx_q"), rarity(b"self"));
        assert_eq!(rarity(b"Key"), rarity(b"key") + 3);
        assert_eq!(rarity(b"a7"), rarity(b"a1"));
        assert!(rarity(b"ion") < rarity(b"rce") && rarity(b"rce") < rarity(b"xqz") && rarity(b"rce") < rarity(b"urce"));
    }
}
