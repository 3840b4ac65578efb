//! Secrets that prove themselves: what their check says, without asking anybody.
//!
//! A check that holds is as good as certain; one that fails lowers the confidence and drops nothing, since a
//! secret may be mistyped, shortened, or issued by an older scheme.

mod azure;
mod crc;
mod devops;
mod entra;
mod jwt;
mod macaroon;
pub mod marvin32;
mod nkey;
pub mod private_key;
mod sas;
mod structure;

use super::Proof;
use crate::model::Severity;

/// What a check says.
pub struct Verdict {
    /// Whether it holds.
    pub proof: Proof,
    /// Where the secret itself says how much it grants.
    pub severity: Option<Severity>,
    /// What else it says about itself, as part of a sentence; may be empty.
    pub note: String,
}

impl Verdict {
    /// Only yes or no: a checksum.
    fn proof(holds: bool) -> Self {
        Self { proof: if holds { Proof::Holds } else { Proof::Fails }, severity: None, note: String::new() }
    }

    /// A checksum that public samples confirm only in part: where it does not hold, that says little.
    fn hint(holds: bool) -> Self {
        match holds {
            true => Self::proof(true),
            false => Self::formed(true).with_note("its checksum does not hold, as that of many of its kind"),
        }
    }

    /// Formed as it should be, or not.
    fn formed(well: bool) -> Self {
        Self { proof: if well { Proof::Formed } else { Proof::Fails }, severity: None, note: String::new() }
    }

    fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

type Check = fn(&[u8]) -> Verdict;

const CHECKS: &[(&str, Check)] = &[
    ("azure-identifiable", azure::identifiable),
    ("azure-cask", azure::annotated),
    ("azure-devops-legacy", devops::check),
    ("entra-8q", entra::check),
    ("github-crc32", crc::prefixed),
    ("npm-crc32", crc::prefixed),
    ("grafana-crc32", crc::grafana),
    ("atlassian-crc32", crc::atlassian),
    ("sas", sas::azure),
    ("servicebus-sas", sas::azure),
    ("jwt", jwt::check),
    ("pypi-macaroon", macaroon::check),
    ("private-key", private_key::check),
    ("nkey-crc16", nkey::check),
    ("base64-json", structure::json),
    ("base64-colon", structure::number_and_bytes),
    ("base64-reftkn", structure::reference_token),
];

/// Asks the check of this name. An unknown name says nothing (a test of the patterns finds it).
pub fn check(name: &str, secret: &[u8]) -> Verdict {
    match CHECKS.iter().find(|(known, _)| *known == name) {
        Some((_, check)) => check(secret),
        None => Verdict { proof: Proof::None, severity: None, note: String::new() },
    }
}

/// True for the name of a check.
pub fn is_known(name: &str) -> bool {
    CHECKS.iter().any(|(known, _)| *known == name)
}

/// Bytes of base64 in either alphabet, padded or not; trailing bits are not looked at.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::alphabet::STANDARD;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let standard = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    GeneralPurpose::new(&STANDARD, config).decode(text.iter().map(standard).collect::<Vec<u8>>()).ok()
}

/// Bytes of base32 (RFC 4648) in either case, without padding; trailing bits are not looked at.
fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut value) = (Vec::with_capacity(text.len() * 5 / 8), 0, 0u32);
    for byte in text {
        let digit = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        value = value << 5 | u32::from(digit);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((value >> bits) as u8);
        }
    }
    Some(bytes)
}

/// Tokens for tests, made the way their issuers make them.
#[cfg(test)]
pub mod samples {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::marvin32::{checksum, seed};

    /// An identifiable key of `size` bytes with this signature, all other characters `fill`.
    pub fn identifiable(size: usize, signature: &str, seed_name: &str, fill: char) -> String {
        let characters = (size * 8).div_ceil(6);
        let body: String = std::iter::repeat_n(fill, characters - 10).collect();
        let text = format!("{body}{signature}AAAAAA{}", "=".repeat((3 - size % 3) % 3));
        let mut bytes = STANDARD.decode(text).unwrap();
        let tail = bytes.len() - 4;
        let sum = checksum(&bytes[..tail], seed(seed_name));
        bytes[tail..].copy_from_slice(&sum.to_le_bytes());
        STANDARD.encode(bytes)
    }
}
