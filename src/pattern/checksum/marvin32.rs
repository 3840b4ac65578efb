//! Marvin32, the keyed checksum of Azure's identifiable keys.
//!
//! Public description and vectors: SymCrypt (<https://github.com/microsoft/SymCrypt>) and
//! <https://github.com/microsoft/security-utilities>.

/// The seed that a name of eight ASCII characters stands for: its bytes, most significant first.
pub const fn seed(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (mut value, mut at) = (0u64, 0);
    while at < bytes.len() {
        value = value << 8 | bytes[at] as u64;
        at += 1;
    }
    value
}

/// The 32-bit checksum of `data`.
pub fn checksum(data: &[u8], seed: u64) -> u32 {
    let whole = checksum64(data, seed);
    whole as u32 ^ (whole >> 32) as u32
}

/// The 64-bit result.
pub fn checksum64(data: &[u8], seed: u64) -> u64 {
    let mut state = (seed as u32, (seed >> 32) as u32);
    let words = data.chunks_exact(4);
    let tail = words.remainder();
    for word in words {
        state.0 = state.0.wrapping_add(word.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)));
        state = mix(state);
    }
    let last = tail.iter().rev().fold(0x80u32, |value, byte| value << 8 | u32::from(*byte));
    state.0 = state.0.wrapping_add(last);
    let (low, high) = mix(mix(state));
    u64::from(high) << 32 | u64::from(low)
}

fn mix((low, high): (u32, u32)) -> (u32, u32) {
    let high = high ^ low;
    let low = low.rotate_left(20).wrapping_add(high);
    let high = high.rotate_left(9) ^ low;
    let low = low.rotate_left(27).wrapping_add(high);
    (low, high.rotate_left(19))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_vectors_hold() {
        assert_eq!(seed("Default0"), 0x4465_6661_756c_7430);
        for (seed, data, result) in [
            (0xd53c_d9ce_cd08_93b7, &b"abc"[..], 0x22c7_4339_4927_69bf),
            (0x0ddd_deee_efff_f000, b"abcdefghijklmnopqrstuvwxyz", 0xa128_eb7e_7260_aca2),
            (0x004f_b61a_001b_dbcc, b"", 0x30ed_35c1_00cd_3c7d),
            (0x004f_b61a_001b_dbcc, b"\xaf", 0x48e7_3fc7_7d75_ddc1),
            (0x004f_b61a_001b_dbcc, b"\xe7\x0f", 0xb5f6_e1fc_485d_bff8),
            (0x004f_b61a_001b_dbcc, b"\x37\xf4\x95", 0xf0b0_7c78_9b8c_f7e8),
            (0x804f_b61a_001b_dbcc, b"\xab\x42\x7e\xa8\xd1\x0f\xc7", 0xe203_987d_ba25_2fb3),
            (0x804f_b61a_801b_dbcc, b"\x00\xff\x00\xff\x00\xff\x00", 0x7187_6f2e_fb1b_0ee8),
        ] {
            assert_eq!(checksum64(data, seed), result);
        }
    }
}
