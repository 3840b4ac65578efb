//! How random a text looks.

/// Shannon entropy over the bytes of `text`, in bits per byte; 0 for the empty text.
pub fn shannon_bits(text: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let total = text.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = *count as f32 / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_counts_bits() {
        assert_eq!(shannon_bits(b""), 0.0);
        assert_eq!(shannon_bits(b"aaaa"), 0.0);
        assert_eq!(shannon_bits(b"abcd"), 2.0);
        assert!((shannon_bits(b"0123456789abcdef") - 4.0).abs() < 1e-5);
    }
}
