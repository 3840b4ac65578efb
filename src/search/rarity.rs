//! How rare short texts are, counted in what people write.

/// How rare a text is in source code and prose, in bits: what its first letter and each that follows another say.
/// A capital is rarer than the small letter by three.
pub fn rarity(text: &[u8]) -> usize {
    let kind = |byte: &u8| {
        let byte = if byte.is_ascii_digit() { b'0' } else { byte.to_ascii_lowercase() };
        KINDS.iter().position(|known| *known == byte).unwrap_or(KINDS.len())
    };
    let bits = |row: &str, at: usize| {
        row.as_bytes().get(at).map_or(0, |digit| char::from(*digit).to_digit(16).unwrap_or(0) as usize)
    };
    let pairs = text.windows(2).map(|pair| bits(AFTER[kind(&pair[0])], kind(&pair[1])));
    let first = text.first().map_or(0, |byte| bits(ALONE, kind(byte)));
    first + pairs.sum::<usize>() + 3 * text.iter().filter(|byte| byte.is_ascii_uppercase()).count()
}

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
    }
}
