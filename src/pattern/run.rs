//! Which runs of token characters may be drawn at random, and which are names, numbers and drawings.
//!
//! Ordinary code is full of long names: `maxGroupHeightInRow`, `this._prepareImage2`, `azure.mgmt.v2024_01_01`. A value that
//! is drawn at random has digits in several places, or capitals wherever chance put them. What is asked here loses one in
//! a thousand values of 20 letters and digits, and of longer ones less.

/// A longer run is not told from names.
pub const LONGEST: usize = 64;
/// In one name there may be one number. With so many letters and digits beside each other it is in a value. No part of a
/// value between two points is shorter, if there are any.
const AROUND: usize = 12;
/// Capitals of a run without digits: so many, so large a part of what stands from the first of them to the end of the word
/// of the last, and so many of them behind a small letter; or so many in a row.
const CAPITALS: u32 = 4;
const PART: (u32, u32) = (3, 10);
const RISES: usize = 2;
const IN_A_ROW: usize = 14;
/// Hexadecimal digits of the largest number.
const HEXADECIMAL: usize = 16;

/// A run of at most [`LONGEST`] bytes.
#[derive(Clone, Copy, Debug)]
pub struct Run<'t> {
    /// What it is.
    pub text: &'t [u8],
    /// Bit n is set where byte n is a digit; none behind the end.
    pub digits: u64,
    /// Bit n is set where byte n is a capital; none behind the end.
    pub capitals: u64,
}

/// False for a run with these digits and capitals that is a name without a further look.
pub fn may_be_random(digits: u64, capitals: u64) -> bool {
    digits != 0 || capitals.count_ones() >= CAPITALS
}

impl Run<'_> {
    /// False for names and numbers.
    pub fn is_random(self) -> bool {
        self.is_drawn()
            && (!self.text.contains(&b'.') || self.has_drawn_part())
            && !self.is_number()
            && !is_hexadecimal(self.text)
    }

    fn is_drawn(self) -> bool {
        self.has_digits() || self.has_capitals()
    }

    /// True where what stands between two points is drawn, too; of `t2.TEXTUREFORMAT_R8`, no part is.
    fn has_drawn_part(self) -> bool {
        let points = || memchr::memchr_iter(b'.', self.text);
        let starts = std::iter::once(0).chain(points().map(|point| point + 1));
        let ends = points().chain([self.text.len()]);
        starts.zip(ends).any(|(start, end)| end - start >= AROUND && self.part(start, end).is_drawn())
    }

    /// A part, which is not empty.
    fn part(self, start: usize, end: usize) -> Self {
        let bits = |mask: u64| mask >> start & u64::MAX >> (u64::BITS as usize - (end - start));
        Self { text: &self.text[start..end], digits: bits(self.digits), capitals: bits(self.capitals) }
    }

    fn has_digits(self) -> bool {
        let numbers = (self.digits & !(self.digits << 1)).count_ones();
        numbers > 1 || numbers == 1 && self.around(self.digits.trailing_zeros() as usize) >= AROUND
    }

    /// How many letters and digits stand side by side at `at`; from [`AROUND`] on they need not be counted.
    fn around(self, at: usize) -> usize {
        let (before, after) = self.text.split_at(at);
        let count = |byte: &&u8| byte.is_ascii_alphanumeric();
        before.iter().rev().take(AROUND).take_while(count).count() + after.iter().take(AROUND).take_while(count).count()
    }

    fn has_capitals(self) -> bool {
        let capitals = self.capitals.count_ones();
        if capitals < CAPITALS {
            return false;
        }
        let in_a_row = [1, 2, 4, IN_A_ROW - 8].iter().fold(self.capitals, |row, step| row & row >> step);
        let behind = (u64::BITS - self.capitals.leading_zeros()) as usize;
        let word = self.text[behind..].iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        let letters = (behind + word) as u32 - self.capitals.trailing_zeros();
        in_a_row != 0 || (capitals * PART.1 >= letters * PART.0 && self.rises() >= RISES)
    }

    fn rises(self) -> usize {
        let firsts = bits(self.capitals & !(self.capitals << 1));
        firsts.filter(|at| at.checked_sub(1).is_some_and(|before| self.text[before].is_ascii_lowercase())).count()
    }

    /// True for a number with a point, of which tables and embeddings hold millions, and for several with the single letters
    /// that name the lines of a drawing; a number without a point may be a secret.
    pub fn is_number(self) -> bool {
        let (mut has_point, mut signs, mut letters, mut last_letter) = (false, 0, 0, None);
        let others = !self.digits & u64::MAX >> (u64::BITS as usize - self.text.len());
        for at in bits(others) {
            match self.text[at] {
                b'.' => (has_point, signs) = (true, signs + 1),
                b'-' | b'+' => signs += 1,
                b'a'..=b'z' | b'A'..=b'Z' if last_letter.is_none_or(|last| last + 1 < at) => {
                    (letters, last_letter) = (letters + 1, Some(at));
                }
                _ => return false,
            }
        }
        has_point && letters <= signs
    }
}

/// True for `0x3fefc780a9357457`.
fn is_hexadecimal(run: &[u8]) -> bool {
    let digits = run.strip_prefix(b"0x").or_else(|| run.strip_prefix(b"0X"));
    digits.is_some_and(|digits| digits.len() <= HEXADECIMAL && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Whether a run of more than [`LONGEST`] bytes may hold something random.
pub fn holds_random(run: &[u8]) -> bool {
    let rises = || {
        let pairs = run.windows(2).filter(|pair| pair[1].is_ascii_uppercase() && !pair[0].is_ascii_uppercase());
        pairs.count() as u32 + u32::from(run[0].is_ascii_uppercase())
    };
    run.iter().any(u8::is_ascii_digit)
        || rises() >= CAPITALS
        || run.split(|byte| !byte.is_ascii_uppercase()).any(|row| row.len() >= IN_A_ROW)
}

/// The numbers of the bits that are set.
pub fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        bit
    })
}

#[cfg(test)]
pub(in crate::pattern) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A run with the bits that its bytes have.
    pub(in crate::pattern) fn run(text: &[u8]) -> Run<'_> {
        let mask =
            |is: fn(&u8) -> bool| text.iter().enumerate().fold(0, |mask, (at, byte)| mask | u64::from(is(byte)) << at);
        Run { text, digits: mask(u8::is_ascii_digit), capitals: mask(u8::is_ascii_uppercase) }
    }

    #[test]
    fn names_and_numbers_are_told_from_values() {
        for name in [
            "maxGroupHeightInRow",
            "this._prepareImageToLoadAsync",
            "NUM_ENV_STEPS_SAMPLED_LIFETIME",
            "S.Y.TEXTUREFORMAT_DEPTH",
            "EditorTableOfContents",
            "Index10.prototype.read",
            "some_layer_2_with_a_long_name",
            "-0.12345678901234567",
            "1234567890.12345e-05",
            "1.2.3456789012345678",
            "5.242-.01.021-.018.043-.027.064A8.96",
            "0x3fefc780a9357457",
            "t2.TEXTUREFORMAT_R8",
            "azure.mgmt.compute.v2024_01_01.models",
        ] {
            assert!(!run(name.as_bytes()).is_random(), "{name}");
        }
        for value in [
            "12345678901234567890",
            "abcdefgh7ijklmnop",
            "ab_123456789-123456789",
            "a-b-2.4f6k8m0p2r4t6v",
            "kQhXwZpLmRtYqWbV",
            "QWJZKXVPMNBHGT",
            "0x3fefc780a93574571",
            "k=0.1234567890123456",
            "s.4f6k8m0p2r4t6v8x",
        ] {
            assert!(run(value.as_bytes()).is_random(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn values_are_random(value in "[0-9a-f]{16,64}|[0-9a-z]{24,64}|[0-9A-Z]{20,64}|[0-9A-Za-z]{20,64}|[0-9A-Za-z_-]{28,64}") {
            // With fewer it might be a name, and with one number alone between signs.
            let numbers = value.split(|sign: char| !sign.is_ascii_digit()).filter(|number| !number.is_empty()).count();
            let digits = value.bytes().filter(u8::is_ascii_digit).count();
            prop_assume!(digits > 2 && (numbers > 1 || !value.contains(['_', '-'])));
            prop_assert!(run(value.as_bytes()).is_random());
        }
    }

    #[test]
    fn of_values_one_in_a_thousand_is_lost() {
        use proptest::strategy::ValueTree;
        const DRAWN: usize = 20_000;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-".as_bytes();
        for (letters, length) in [(62, 20), (64, 28)] {
            let drawn = prop::collection::vec(prop::sample::select(&alphabet[..letters]), length);
            let values = (0..DRAWN).map(|_| drawn.new_tree(&mut runner).unwrap().current());
            let lost = values.filter(|value| !run(value).is_random()).count();
            assert!(lost <= DRAWN / 1000, "{lost} of {length} letters");
        }
    }
}
