//! Seeds of NATS keys (<https://docs.nats.io/using-nats/developer/connecting/nkey>): base32 of what they are, the seed itself,
//! and a CRC16 of both, least byte first. The seed in the vendor's documentation holds.

use super::{Verdict, base32};

/// `SUA…`: 58 characters.
pub(super) fn check(secret: &[u8]) -> Verdict {
    let holds = || {
        let bytes = base32(secret)?;
        let (body, sum) = bytes.split_last_chunk::<2>()?;
        Some(crc16(body) == u16::from_le_bytes(*sum))
    };
    Verdict::proof(holds().unwrap_or(false))
}

/// CRC-16/XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u16::from(*byte) << 8, |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { sum << 1 ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn the_check_value_of_the_catalogue() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn seeds_hold_and_mistyped_ones_do_not() {
        let seed = ["SUAEK7DWT445QZCBTHAOLPN47PEFWN6", "OSHF54H6BWDVGWRHRGBBW3V7D4E"].concat();
        assert_eq!(check(seed.as_bytes()).proof, Proof::Holds);
        for wrong in [seed.replace("K7D", "K7E"), seed[..57].to_owned(), seed.replace('7', "8")] {
            assert_eq!(check(wrong.as_bytes()).proof, Proof::Fails, "{wrong}");
        }
    }
}
