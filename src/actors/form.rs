//! `application/x-www-form-urlencoded`, for token requests and queries, and percent-encoding.

/// The pairs of a form or a query, in order, duplicates included; none when it is not UTF-8 or its escapes are broken.
pub(super) fn decode(text: &str) -> Option<Vec<(String, String)>> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((unescape(&name.replace('+', " "))?, unescape(&value.replace('+', " "))?))
        })
        .collect()
}

/// The form that holds these pairs.
pub(super) fn encode(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Undoes percent-encoding; none when an escape is broken or the result is not UTF-8.
pub(super) fn unescape(text: &str) -> Option<String> {
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let (digits, tail) = tail.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
pub(super) fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(format!("%{byte:02X}").chars());
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_survives_its_encoding() {
        let pairs = [("scope", "3gpp#aef:é b"), ("client_id", "a&b=c+d"), ("scope", "")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(encode(&pairs[..1]), "scope=3gpp%23aef%3A%C3%A9%20b");
        assert_eq!(decode(&encode(&pairs)).unwrap(), pairs);
        assert_eq!(decode("a+b=c").unwrap(), [("a b".to_owned(), "c".to_owned())]);
    }

    #[test]
    fn broken_escapes_are_no_form() {
        assert_eq!(decode("a=%4"), None);
        assert_eq!(decode("a=%zz"), None);
        assert_eq!(decode("a=%ff"), None);
    }
}
