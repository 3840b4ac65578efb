//! Personal access tokens of Azure DevOps in their older form: base32 of 32 bytes, of which four are a CRC32 of
//! the others. From the vendor's public source; no genuine public sample was at hand.

use super::{Verdict, base32};

/// What the CRC is combined with for tokens of users and of applications.
const KEYS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];
/// Where the checksum's bytes stand, least first.
const SUM_AT: [usize; 4] = [22, 8, 7, 2];

/// 52 characters of `a-z2-7`.
pub(super) fn check(secret: &[u8]) -> Verdict {
    let holds = || {
        let bytes: [u8; 32] = base32(secret)?.try_into().ok()?;
        let body: Vec<u8> =
            bytes.iter().enumerate().filter(|(at, _)| !SUM_AT.contains(at)).map(|(_, byte)| *byte).collect();
        let sum = u32::from_le_bytes(SUM_AT.map(|at| bytes[at]));
        let crc = crc32fast::hash(&body);
        Some(KEYS.iter().any(|key| crc ^ key == sum))
    };
    Verdict::proof(holds().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn a_made_token_holds_and_a_changed_one_does_not() {
        let mut bytes = [0u8; 32];
        bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at * 37 + 11) as u8);
        let body: Vec<u8> = (0..32).filter(|at| !SUM_AT.contains(at)).map(|at| bytes[at]).collect();
        let sum = (crc32fast::hash(&body) ^ KEYS[0]).to_le_bytes();
        SUM_AT.iter().zip(sum).for_each(|(at, byte)| bytes[*at] = byte);
        let digit = |value: u8| if value < 26 { b'a' + value } else { b'2' + value - 26 };
        let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
        let token: Vec<u8> = (0..52)
            .map(|at| digit((0..5).fold(0, |value, index| value << 1 | u8::from(bit(at * 5 + index)))))
            .collect();
        assert_eq!(check(&token).proof, Proof::Holds);
        let mut changed = token;
        changed[4] = if changed[4] == b'a' { b'b' } else { b'a' };
        assert_eq!(check(&changed).proof, Proof::Fails);
    }
}
