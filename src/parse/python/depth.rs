//! How deep a syntax tree could become, told without building it.
//!
//! A tree is walked and dropped by recursion, so a text that nests without end would exhaust the stack. Depth
//! comes from brackets, from chains of operators, attributes and keywords between commas, and from blocks.

/// Levels that are accepted. Programs that people write stay below 100; the threads' stack holds some 5,000.
const MAXIMUM_DEPTH: usize = 1000;
/// Columns that a statement may be indented; each block costs one at least.
const MAXIMUM_INDENT: usize = 400;

/// The offset at which the text becomes too deep.
pub(super) fn check(text: &[u8]) -> Result<(), usize> {
    // For each open bracket, what has been chained since the last comma.
    let mut chains: Vec<usize> = vec![0];
    let mut total = 0_usize;
    let mut at = 0;
    let mut line_start = true;
    while let Some(byte) = text.get(at).copied() {
        if line_start && chains.len() == 1 {
            let indent = text.get(at..).unwrap_or_default().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
            let is_blank = matches!(text.get(at + indent), None | Some(b'\n' | b'\r' | b'#'));
            if indent > MAXIMUM_INDENT && !is_blank {
                return Err(at);
            }
        }
        line_start = false;
        let mut add = 0;
        match byte {
            b'#' => {
                at += memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).unwrap_or(text.len());
                continue;
            }
            b'"' | b'\'' => {
                at = string_end(text, at);
                continue;
            }
            b'\n' => {
                line_start = true;
                if chains.len() == 1 {
                    reset(&mut chains, &mut total);
                }
            }
            b',' | b';' => reset(&mut chains, &mut total),
            b'(' | b'[' | b'{' => {
                chains.push(0);
                add = 1;
            }
            b')' | b']' | b'}' if chains.len() > 1 => total -= chains.pop().unwrap_or_default(),
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'|' | b'&' | b'^' | b'~' | b'<' | b'>' | b'=' | b'!' | b':' => {
                add = 1;
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let rest = text.get(at..).unwrap_or_default();
                let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                let word = rest.get(..length).unwrap_or_default();
                let chains_on = matches!(word, b"not" | b"lambda" | b"if" | b"else" | b"await" | b"yield" | b"and" | b"or" | b"in" | b"is" | b"from" | b"for");
                if chains_on {
                    bump(&mut chains, &mut total);
                }
                at += length;
                if total > MAXIMUM_DEPTH {
                    return Err(at);
                }
                continue;
            }
            _ => {}
        }
        if add > 0 {
            bump(&mut chains, &mut total);
        }
        if total > MAXIMUM_DEPTH {
            return Err(at);
        }
        at += 1;
    }
    Ok(())
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

/// One past the string that begins at the quote `at`; at least `at + 1`.
fn string_end(text: &[u8], at: usize) -> usize {
    let Some(quote) = text.get(at).copied() else { return at + 1 };
    let is_triple = text.get(at..at + 3).is_some_and(|three| three.iter().all(|byte| *byte == quote));
    let width = if is_triple { 3 } else { 1 };
    let mut end = at + width;
    while let Some(byte) = text.get(end).copied() {
        match byte {
            b'\\' => end += 1,
            b'\n' if !is_triple => return end,
            byte if byte == quote && !is_triple => return end + 1,
            byte if byte == quote && text.get(end..end + 3).is_some_and(|three| three.iter().all(|b| *b == quote)) => {
                return end + 3;
            }
            _ => {}
        }
        end += 1;
    }
    text.len().max(at + 1)
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
        for text in ["(".repeat(2000), "x = 1".to_owned() + &" + 1".repeat(2000), "a".to_owned() + &".b".repeat(2000), "not ".repeat(2000), "-".repeat(2000), "lambda: ".repeat(2000), format!("{}x", " ".repeat(500)), "x[".repeat(2000)] {
            assert!(check(text.as_bytes()).is_err());
        }
    }
}
