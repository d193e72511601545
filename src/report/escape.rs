//! Text of a peer, made safe to look at: whatever it sent, a report shows it and nothing acts on it.
//!
//! Reports for people show such a character as text. JSON keeps it and spells it `\uXXXX`: to whoever reads it, it is
//! the same; to a terminal that it is printed on, it is nothing.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

/// Makes every character visible that would act instead of showing: controls, terminal escapes, direction marks.
/// Line ends and tabs stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |character| acts(character) && !matches!(character, '\n' | '\t'))
}

/// Makes every such character visible, and line ends and tabs too: text that stays on one line.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    escape(text, acts)
}

/// Whether a character does something to a terminal, a browser or an XML reader instead of showing itself.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// A value as JSON on one line.
///
/// # Errors
/// None that our values cause; those of the serialiser are passed on.
pub fn json_line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(inert)
}

/// A value as JSON for people too, over several lines.
///
/// # Errors
/// None that our values cause; those of the serialiser are passed on.
pub fn json_pretty(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(value).map(inert)
}

/// JSON text in which nothing acts on a terminal. What serde leaves as it is beyond ASCII, and DEL, stands in strings
/// only, so that it may be spelt otherwise wherever it is found.
fn inert(json: String) -> String {
    let must = |character: char| character >= '\u{7f}' && acts(character);
    if !json.contains(must) {
        return json;
    }
    let mut spelt = String::with_capacity(json.len() + 64);
    let mut units = [0; 2];
    for character in json.chars() {
        if must(character) {
            character.encode_utf16(&mut units).iter().for_each(|unit| _ = write!(spelt, "\\u{unit:04x}"));
        } else {
            spelt.push(character);
        }
    }
    spelt
}

fn escape(text: &str, must: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&must) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            _ if !must(character) => shown.push(character),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character.is_ascii() => _ = write!(shown, "\\x{:02x}", u32::from(character)),
            _ => _ = write!(shown, "\\u{{{:x}}}", u32::from(character)),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_same_text_and_acts_on_nothing() {
        let hostile: String = ('\0'..='\u{fff}')
            .chain('\u{2000}'..='\u{206f}')
            .chain(['\u{feff}', '\u{e0041}', 'é', '界', '"'])
            .collect();
        let value = serde_json::json!({ hostile.clone(): [hostile.clone(), 1], "sound": "é 界 → ✓" });
        for text in [json_line(&value).unwrap(), json_pretty(&value).unwrap()] {
            assert_eq!(text.chars().find(|character| *character != '\n' && acts(*character)), None, "{text:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
            assert!(text.contains("é 界 → ✓") && text.contains("\\u202e") && text.contains("\\udb40\\udc41"), "{text}");
        }
        assert!(!json_line(&value).unwrap().contains('\n'));
    }

    #[test]
    fn terminal_escapes_and_direction_marks_are_shown() {
        assert_eq!(visible("\x1b[31mred\u{9b}1m\u{202e}\u{7f}"), "\\x1b[31mred\\u{9b}1m\\u{202e}\\x7f");
        assert_eq!(visible("\u{61c}a\u{e0041}\u{fffa}ü😀"), "\\u{61c}a\\u{e0041}\\u{fffa}ü😀");
        assert_eq!(visible("two\n\tlines"), "two\n\tlines");
        assert_eq!(one_line("two\r\nlines"), "two\\r\\nlines");
    }
}
