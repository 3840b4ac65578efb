//! How deep a syntax tree could become, told without building it.
//!
//! A tree is walked and dropped by recursion, so a text that nests without end would exhaust the stack. Depth
//! comes from brackets, from chains of operators, attributes and keywords between commas, and from blocks.

use super::prose;

/// Levels that are accepted. Programs that people write stay below 100; the threads' stack holds some 5,000.
const MAXIMUM_DEPTH: usize = 1000;
/// Columns that a statement may be indented; each block costs one at least.
const MAXIMUM_INDENT: usize = 400;

/// What a byte outside strings and comments can mean for the depth.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Other,
    /// Part of a name, number or keyword.
    Name,
    Operator,
    Open,
    Close,
    /// Ends what was chained.
    Comma,
    LineEnd,
    Comment,
    Quote,
}

const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' => Kind::Name,
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'|' | b'&' | b'^' | b'~' | b'<' | b'>' | b'=' | b'!' | b':' => {
                Kind::Operator
            }
            b'(' | b'[' | b'{' => Kind::Open,
            b')' | b']' | b'}' => Kind::Close,
            b',' | b';' => Kind::Comma,
            b'\n' | b'\r' => Kind::LineEnd,
            b'#' => Kind::Comment,
            b'"' | b'\'' => Kind::Quote,
            _ => Kind::Other,
        };
        byte += 1;
    }
    kinds
};

/// The offset at which the text becomes too deep.
pub(super) fn check(text: &[u8]) -> Result<(), usize> {
    // Each level and each column takes a byte.
    if text.len() <= MAXIMUM_INDENT.min(MAXIMUM_DEPTH) {
        return Ok(());
    }
    // For each open bracket, what has been chained since the last comma.
    let mut chains: Vec<usize> = vec![0];
    let mut total = 0_usize;
    let mut at = 0;
    check_indent(text, at)?;
    while let Some(byte) = text.get(at).copied() {
        match KINDS[usize::from(byte)] {
            Kind::Other => {}
            Kind::Name => {
                let rest = text.get(at..).unwrap_or_default();
                let length = rest.iter().position(|byte| KINDS[usize::from(*byte)] != Kind::Name).unwrap_or(rest.len());
                if chains_on(rest.get(..length).unwrap_or_default()) {
                    bump(&mut chains, &mut total);
                }
                at += length - 1;
            }
            Kind::Operator => bump(&mut chains, &mut total),
            Kind::Open => {
                chains.push(0);
                bump(&mut chains, &mut total);
            }
            Kind::Close if chains.len() > 1 => total -= chains.pop().unwrap_or_default(),
            Kind::Close => {}
            Kind::Comma => reset(&mut chains, &mut total),
            Kind::LineEnd if chains.len() == 1 => {
                reset(&mut chains, &mut total);
                check_indent(text, at + 1)?;
            }
            Kind::LineEnd => {}
            // The line end is looked at itself.
            Kind::Comment => at = prose::line_end(text, at) - 1,
            Kind::Quote => at = prose::string_end(text, at) - 1,
        }
        if total > MAXIMUM_DEPTH {
            return Err(at);
        }
        at += 1;
    }
    Ok(())
}

/// Refuses a line that is indented too far.
fn check_indent(text: &[u8], start: usize) -> Result<(), usize> {
    let line = text.get(start..).unwrap_or_default();
    let indent = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let is_blank = matches!(line.get(indent), None | Some(b'\n' | b'\r' | b'#'));
    if indent > MAXIMUM_INDENT && !is_blank { Err(start) } else { Ok(()) }
}

/// True for the keywords that expressions are chained with.
fn chains_on(word: &[u8]) -> bool {
    match word {
        b"if" | b"or" | b"in" | b"is" | b"not" | b"and" | b"for" | b"else" | b"from" | b"await" | b"yield" | b"lambda" => true,
        // Right behind a number: `1if x`.
        [b'0'..=b'9', rest @ ..] => (2..=6).any(|len| rest.len().checked_sub(len).is_some_and(|at| {
            rest[at].is_ascii_lowercase() && chains_on(&rest[at..])
        })),
        _ => false,
    }
}

fn bump(chains: &mut [usize], total: &mut usize) {
    if let Some(chain) = chains.last_mut() {
        *chain += 1;
        *total += 1;
    }
}

/// A comma, or the end of a statement: what follows hangs beside what came before, not below it.
fn reset(chains: &mut [usize], total: &mut usize) {
    let open = chains.len() > 1;
    if let Some(chain) = chains.last_mut() {
        // The bracket itself stays.
        let keep = usize::from(open).min(*chain);
        *total -= *chain - keep;
        *chain = keep;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_is_not_deep() {
        let list = format!("x = [{}]\n", "a.b(1) + 2, ".repeat(10_000));
        assert!(check(list.as_bytes()).is_ok());
        let lines = "if a.b:\n    c(d=e) # (((\n    s = '((('\n".repeat(10_000);
        assert!(check(lines.as_bytes()).is_ok());
    }

    #[test]
    fn deep_is_refused() {
        for text in ["(".repeat(2000), "x = 1".to_owned() + &" + 1".repeat(2000), "a".to_owned() + &".b".repeat(2000), "not ".repeat(2000), "1_0if 2else ".repeat(1000), "# x\r".to_owned() + &"(".repeat(2000), "'\r".to_owned() + &"(".repeat(2000), "'\\\r\n' + ".to_owned() + &"(".repeat(2000), "-".repeat(2000), "lambda: ".repeat(2000), format!("{}x", " ".repeat(500)), "x[".repeat(2000)] {
            assert!(check(text.as_bytes()).is_err());
        }
    }
}
