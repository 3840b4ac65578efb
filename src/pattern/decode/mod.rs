//! What stands in a text behind an encoding that no format prescribes: base64 and hexadecimal ([`radix`]),
//! escapes of programs, URLs and markup ([`escapes`]), texts that are written in pieces ([`joins`]).
//!
//! Each decoded text comes with the way back to the text that it was decoded from, so that a secret in it is
//! reported where it stands. Encodings nest; [`MAX_DEPTH`] and a [`Budget`] bound the work.

use super::budget::Budget;
use super::regions::Survey;
use crate::model::Span;

pub mod escapes;
pub mod joins;
pub mod radix;

/// Encodings inside encodings that are followed.
pub const MAX_DEPTH: u8 = 4;
/// The bytes that a span of a decoded text was decoded from.
pub type Origin<'o> = &'o dyn Fn(Span) -> Span;

/// Takes decoded texts.
pub type Sink<'s> = &'s mut dyn FnMut(&[u8], Origin<'_>, Way, &mut Budget);

/// How a text came out of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Character by character, so that each has its place.
    Decoded,
    /// As a whole: nothing in it has a place of its own.
    Inflated {
        /// There is more of it.
        is_cut: bool,
    },
    /// From pieces.
    Joined,
}

/// Hands out everything that is encoded in `text`, at the places that the survey of it tells.
/// `may_join` is false inside a text that was joined already.
pub fn each(text: &[u8], survey: &Survey, may_join: bool, budget: &mut Budget, sink: Sink<'_>) {
    let mut give = |decoded: &[u8], origin: Origin<'_>, way: Way| {
        budget.is_spent |= way == Way::Inflated { is_cut: true };
        if budget.decodes(decoded.len()) {
            sink(decoded, origin, way, budget);
        }
    };
    radix::each(text, &survey.runs, &mut give);
    escapes::each(text, &survey.escapes, &mut |decoded, origin| give(decoded, origin, Way::Decoded));
    if may_join {
        joins::each(text, &survey.seams, &mut |decoded, origin| give(decoded, origin, Way::Joined));
    }
}

/// Texts that are worth a search: printable nearly everywhere.
fn is_readable(text: &[u8]) -> bool {
    let odd = text.iter().filter(|byte| !is_printable(**byte)).count();
    odd * 10 <= text.len()
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::regions::survey;

    #[test]
    fn a_spent_budget_is_told() {
        let text = b"see https://h/cb?t=a%5Fb%2Fc&x=1 now";
        for (left, told) in [(4, true), (4000, false)] {
            let mut budget = Budget::of(0);
            budget.decoded = left;
            let mut decoded = 0;
            each(text, &survey(text), true, &mut budget, &mut |_, _, _, _| decoded += 1);
            assert_eq!((budget.is_spent, decoded), (told, usize::from(!told)));
        }
    }
}
