//! Azure's identifiable keys and common annotated security keys: base64 with a signature at a fixed place and a
//! Marvin32 checksum at the end. Described by <https://github.com/microsoft/security-utilities>.

use super::marvin32::{checksum, seed};
use super::{Verdict, base64};

/// Signature, the seeds that its keys are made with, and what each seed says about the key.
const SEEDS: &[(&str, &[(&str, &str)])] = &[
    ("+ASt", &[("Default0", "")]),
    ("ACDb", &[("MastRW00", "it is a read-write key"), ("MastRO00", "it is a read-only key")]),
    ("+ABa", &[("AbAcct00", "")]),
    ("+AMC", &[("Classic0", "")]),
    (
        "APIM",
        &[
            ("Tenant00", ""),
            ("IoTHub00", ""),
            ("Gateway0", "it is a gateway key"),
            ("GitKey00", "it is a key of the configuration's git"),
        ],
    ),
    ("+ASb", MESSAGING),
    ("+AEh", MESSAGING),
    ("+ARm", MESSAGING),
    (
        "AIoT",
        &[
            ("IoTHub00", "it is a hub key"),
            ("DpsKey00", "it is a provisioning key"),
            ("Device00", "it is a device key"),
        ],
    ),
    ("AzCa", &[("Access00", "")]),
    ("AZEG", &[("Default0", "")]),
    ("AzSe", &[("Query000", "it is a query key"), ("PAdmin00", "it is an admin key")]),
    ("+ACR", &[("ACRDflt0", "")]),
    (
        "AzFu",
        &[("Master00", "it is a master key"), ("System00", "it is a system key"), ("Functi00", "it is a function key")],
    ),
];
const MESSAGING: &[(&str, &str)] = &[
    ("Send0000", "it may send"),
    ("Manage00", "it may manage, send and listen"),
    ("Listen00", "it may listen"),
    ("Unknown0", ""),
    ("System00", ""),
];
/// The signature ends this many characters before the end of the unpadded key.
const AFTER_SIGNATURE: usize = 6;

/// An identifiable key: the last four bytes are the checksum of the others.
pub(super) fn identifiable(secret: &[u8]) -> Verdict {
    holds(secret).map_or_else(|| Verdict::proof(false), |note| Verdict::proof(true).with_note(note))
}

fn holds(secret: &[u8]) -> Option<&'static str> {
    let padding = secret.iter().rev().take_while(|byte| **byte == b'=').count();
    let bare = secret.get(..secret.len() - padding)?;
    let at = bare.len().checked_sub(AFTER_SIGNATURE + 4)?;
    let signature: Vec<u8> =
        bare.get(at..at + 4)?.iter().map(|byte| if *byte == b'-' { b'+' } else { *byte }).collect();
    let (_, seeds) = SEEDS.iter().find(|(known, _)| known.as_bytes() == signature)?;
    let bytes = base64(bare)?;
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    let wanted = u32::from_le_bytes(*sum);
    seeds.iter().find(|(name, _)| checksum(body, seed(name)) == wanted).map(|(_, note)| *note)
}

/// A common annotated key: the checksum of what the first 80 characters decode to stands behind them, in
/// base62 or plain base64. Characters 58 and 59 are the month of issue.
pub(super) fn annotated(secret: &[u8]) -> Verdict {
    let Some((core, tail)) = secret.split_at_checked(80) else { return Verdict::proof(false) };
    let tail = tail.strip_suffix(b"==").unwrap_or(tail);
    let Some(bytes) = base64(core) else { return Verdict::proof(false) };
    let sum = checksum(&bytes, seed("Default0"));
    let matches = |expected: &[u8]| tail.len() >= 4 && expected.starts_with(tail);
    let holds = matches(&base62(sum.swap_bytes())) || matches(&encoded(&sum.to_le_bytes()));
    let issued = match (core.get(58), core.get(59)) {
        (Some(year @ b'A'..=b'Z'), Some(month @ b'A'..=b'L')) => {
            format!("it was issued in {}-{:02}", 2024 + u32::from(year - b'A'), 1 + month - b'A')
        }
        _ => String::new(),
    };
    Verdict::proof(holds).with_note(issued)
}

/// Base62, filled on the right to six digits; the last is limited to what four bytes of base64 end with.
fn base62(mut number: u32) -> Vec<u8> {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = Vec::new();
    while number > 0 {
        digits.insert(0, DIGITS[(number % 62) as usize]);
        number /= 62;
    }
    digits.resize(6, b'0');
    base64(&digits).map(|bytes| encoded(&bytes)).unwrap_or_default()
}

fn encoded(bytes: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::pattern::Proof;

    /// Bodies of `a` with what follows, as the public vectors have them.
    const VECTORS: &[(usize, &str)] = &[
        (88, "+ASt5mnCaw=="),
        (88, "ACDbt/cVzg=="),
        (88, "ACDbPrl7og=="),
        (88, "+ABa13FZVQ=="),
        (88, "+AMCFNqWyA=="),
        (88, "APIMHbKhsQ=="),
        (88, "APIMGMZ9Ww=="),
        (88, "APIM+Pg5gg=="),
        (88, "APIMHaSJCw=="),
        (44, "+ASbfgk2JQ="),
        (44, "+ASbbXHreg="),
        (44, "+ASbaEAqFE="),
        (44, "+AEhR1a3l4="),
        (44, "+AEhUNmFhw="),
        (44, "+AEhen6+3E="),
        (44, "+ARmWed1g0="),
        (44, "+ARmWU0rPc="),
        (44, "+ARmWkrrEI="),
        (44, "AIoTfKiEBM="),
        (44, "AIoTRv1Wac="),
        (44, "AIoTaVKtoM="),
        (44, "AzCafSdYps="),
        (44, "AZEGa+zAHA="),
        (52, "AzSeY9aaFP"),
        (52, "AzSebJ23qY"),
        (52, "+ACRYjIgIa"),
        (56, "AzFuZs2k4g=="),
        (56, "AzFu-8-fnQ=="),
        (56, "AzFuHt7CiQ=="),
    ];

    #[test]
    fn public_vectors_hold_and_changed_ones_do_not() {
        for (length, tail) in VECTORS {
            let key = format!("{}{tail}", "a".repeat(length - tail.len()));
            assert_eq!(identifiable(key.as_bytes()).proof, Proof::Holds, "{tail}");
            assert_eq!(identifiable(key.replacen('a', "b", 1).as_bytes()).proof, Proof::Fails, "{tail}");
        }
    }

    #[test]
    fn made_keys_hold() {
        let key = samples::identifiable(64, "+ASt", "Default0", 'q');
        assert_eq!((key.len(), identifiable(key.as_bytes()).proof), (88, Proof::Holds));
    }

    #[test]
    fn short_or_odd_text_fails() {
        for text in ["", "=", "+ASt", "????????????????????", "AzFu======"] {
            assert_eq!(identifiable(text.as_bytes()).proof, Proof::Fails);
            assert_eq!(annotated(text.as_bytes()).proof, Proof::Fails);
        }
    }
}
