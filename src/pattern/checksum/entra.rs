//! Client secrets of Microsoft Entra applications: three characters, `8Q~`, 34 more; the last three are a checksum
//! of the rest. The rule is the vendor's published one; of 14 samples in public rule sets one holds (the others
//! were scrambled), so a secret whose check fails stays a finding.

use super::Verdict;
use super::marvin32::{checksum, seed};

const DIGITS: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// 40 characters; the older form without a check has 37 and proves nothing.
pub(super) fn check(secret: &[u8]) -> Verdict {
    let Some((body, sum)) = secret.split_last_chunk::<3>().filter(|_| secret.len() == 40) else {
        return Verdict::formed(secret.len() == 37);
    };
    let mut number = checksum(body, seed("AadPwd00"));
    let mut digits = [DIGITS[0]; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 66) as usize];
        number /= 66;
    }
    Verdict::proof(digits[..3] == sum[..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn the_public_sample_holds() {
        let secret = |tail: &str| format!("zzz8Q~{}{tail}", "z".repeat(31));
        assert_eq!(check(secret("blP").as_bytes()).proof, Proof::Holds);
        assert_eq!(check(secret("blQ").as_bytes()).proof, Proof::Fails);
    }
}
