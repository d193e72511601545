//! How text is read in search of secrets: quoted strings, members, and which characters belong together.

use std::ops::Range;

use super::encoding::unescaped;

/// The content of the quoted string that opens at `start`, if it closes within `limit` bytes.
pub(super) fn literal(text: &str, start: usize, limit: usize) -> Option<Range<usize>> {
    let quote = text.get(start..)?.chars().next()?;
    let content = start + quote.len_utf8();
    let mut escape = false;
    for (at, character) in text.get(content..)?.char_indices().take_while(|(at, _)| *at < limit) {
        match character {
            _ if escape => escape = false,
            '\\' => escape = true,
            _ if character == quote => return Some(content..content + at),
            _ => {}
        }
    }
    None
}

/// The value after the colon that follows a member name.
pub(super) fn member_value(text: &str, after_name: usize) -> Option<Range<usize>> {
    let rest = text.get(after_name..)?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let start = text.len() - value.len();
    let length = match value.chars().next()? {
        '"' | '\'' => literal(text, start, text.len()).map_or(value.len(), |content| content.end + 1 - start),
        '{' | '[' => composite(value),
        _ => value.find(|character: char| ",}] \t\r\n".contains(character)).unwrap_or(value.len()),
    };
    (length > 0).then_some(start..start + length)
}

/// The length of the object or array that the text opens with; all of the text if it does not close.
fn composite(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        match character {
            '"' => at = literal(text, at, text.len()).map_or(text.len(), |content| content.end),
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += character.len_utf8();
        if depth == 0 {
            break;
        }
    }
    at.min(text.len())
}

/// What a name calls a secret, however it is spelt; none for other names.
pub(super) fn secret_name(name: &str, names: &'static [(&str, &str)]) -> Option<&'static str> {
    let clear = unescaped(name);
    let plain: String = clear
        .as_deref()
        .unwrap_or(name)
        .chars()
        .filter(|character| !matches!(character, '_' | '-'))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    names.iter().find(|(known, _)| *known == plain).map(|(_, label)| *label)
}

/// Whether a value was taken out before.
pub(super) fn is_redacted(content: &str) -> bool {
    content.starts_with("<redacted: ") && content.ends_with('>')
}

/// The width of the character that stands here.
pub(super) fn before_width(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// Whether a text starts with these ASCII letters, in either case.
pub(super) fn starts_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Where this letter first stands, in either case.
pub(super) fn find_ignoring_case(text: &str, letter: &str) -> Option<usize> {
    text.find(|character: char| letter.contains(character.to_ascii_lowercase()))
}

/// A bare word, as a scheme without credentials is.
pub(super) fn is_scheme(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "" | "bearer" | "basic")
}

/// What the name of a parameter is made of.
pub(super) fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '%' | '-')
}

/// What credentials are made of (RFC 9110, 11.2).
pub(super) fn is_token68(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

/// What base64 of either alphabet is made of.
pub(super) fn is_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '+' | '/' | '=')
}

/// What ends a word that may be encoded as a whole.
pub(super) fn is_delimiter(character: char) -> bool {
    character.is_whitespace() || matches!(character, '&' | '=' | '?' | '<' | '>')
}
