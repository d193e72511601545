//! Reading of `application/x-www-form-urlencoded` bodies (RFC 6749 Appendix B), strict.

use crate::spec::percent;

/// The names and values in wire order; none when the octets are no such form.
pub(super) fn read(octets: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(octets).ok().filter(|text| text.is_ascii())?;
    text.split('&').filter(|field| !field.is_empty()).map(pair).collect()
}

fn pair(field: &str) -> Option<(String, String)> {
    let (name, value) = field.split_once('=')?;
    // A literal quote, brace or blank is a body in another format, sent under this name.
    let foreign = |text: &str| text.contains(|c: char| c.is_ascii_control() || " \"<>{}".contains(c));
    if name.is_empty() || foreign(name) || foreign(value) {
        return None;
    }
    Some((percent::decode(&name.replace('+', " "))?, percent::decode(&value.replace('+', " "))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_in_order() {
        let fields = read(b"grant_type=client_credentials&scope=3gpp%23a%3Ab+c&empty=").unwrap();
        let expected = [("grant_type", "client_credentials"), ("scope", "3gpp#a:b c"), ("empty", "")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(read(b""), Some(Vec::new()));
    }

    #[test]
    fn other_formats_are_no_form() {
        for octets in [&br#"{"grant_type":"client_credentials"}"#[..], b"a", b"=b", b"a=%zz", b"a=\xc3\xbc", b"a=b\r\n"]
        {
            assert_eq!(read(octets), None, "{octets:?}");
        }
    }
}
