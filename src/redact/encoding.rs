//! The disguises in which a secret travels: percent-encoding, string escapes, base64. All readings are lenient: what
//! is not well formed is kept as it stands.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Base64 as peers write it: with or without padding, with stray bits at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes as text; those that are no text as `\x..`.
pub(super) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Decodes `%41`; `None` if there is nothing to decode.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut changed = false;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let escape = if *first == b'%' { tail.split_at_checked(2) } else { None };
        let byte = escape.and_then(|(digits, _)| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        if let (Some(byte), Some((_, after))) = (byte, escape) {
            decoded.push(byte);
            rest = after;
            changed = true;
        } else {
            decoded.push(*first);
        }
    }
    changed.then(|| readable(&decoded))
}

/// Decodes the escapes of a JSON string; `None` if there are none.
pub(super) fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return None;
    }
    let mut decoded = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((unit, after)) = unicode_escape(rest) {
            // Surrogates come in pairs, each as an escape of its own.
            units.push(unit);
            rest = after;
            continue;
        }
        decoded.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        let escaped = if character == '\\' { rest.chars().next() } else { None };
        let Some(escaped) = escaped else {
            decoded.push(character);
            continue;
        };
        rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
        decoded.push(match escaped {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            other => other,
        });
    }
    decoded.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    Some(decoded)
}

fn unicode_escape(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("\\u")?;
    Some((u16::from_str_radix(digits.get(..4)?, 16).ok()?, digits.get(4..)?))
}

/// The text with the escapes of a JSON string, without its quotes.
pub(super) fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// Decodes base64 of either alphabet.
pub(super) fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let standard: String = text
        .chars()
        .map(|character| match character {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    LENIENT.decode(standard).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_are_taken_off() {
        assert_eq!(percent_decoded("a%2Eb%zz%4").as_deref(), Some("a.b%zz%4"));
        assert_eq!(percent_decoded("a.b"), None);
        assert_eq!(unescaped(r#"\u0065y\"\n\ud83d\ude00\"#).as_deref(), Some("ey\"\n😀\\"));
        assert_eq!(base64_decoded("YWJjZA").as_deref(), Some(b"abcd".as_slice()));
        assert_eq!(base64_decoded("YWJjZA==").as_deref(), Some(b"abcd".as_slice()));
        assert_eq!(readable(b"ok\xff\xfe"), "ok\\xff\\xfe");
    }
}
