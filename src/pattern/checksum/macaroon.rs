//! API tokens of the Python Package Index: `pypi-` and a macaroon in base64, whose location and identifier can be
//! read. <https://docs.pypi.org/api/secrets/>

use super::{Verdict, base64};

/// Version byte 2, then packets of type, length (one byte here) and text: 1 is the location.
pub(super) fn check(secret: &[u8]) -> Verdict {
    let formed = || {
        let body = secret.strip_prefix(b"pypi-")?;
        let bytes = base64(body).or_else(|| base64(body.get(..body.len() / 4 * 4)?))?;
        let [2, 1, length, rest @ ..] = bytes.as_slice() else { return None };
        let location = rest.get(..usize::from(*length))?;
        Some(location.ends_with(b"pypi.org"))
    };
    Verdict::formed(formed().unwrap_or(false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Proof;

    #[test]
    fn the_location_is_read() {
        let token = format!("py{}AgEIcHlwaS5vcmcCJDAwMDAwMDAw", "pi-");
        assert_eq!(check(token.as_bytes()).proof, Proof::Formed);
        assert_eq!(check(b"pypi-AgEIaaaaaaaaaaaaaaaaaaaaaaaa").proof, Proof::Fails);
    }
}
