//! Text of a peer, made safe to look at: whatever it sent, a report shows it and nothing acts on it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Makes every character visible that would act instead of showing: controls, terminal escapes, direction marks.
/// Line ends and tabs stay.
#[must_use]
pub(super) fn visible(text: &str) -> Cow<'_, str> {
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
    fn terminal_escapes_and_direction_marks_are_shown() {
        assert_eq!(visible("\x1b[31mred\u{9b}1m\u{202e}\u{7f}"), "\\x1b[31mred\\u{9b}1m\\u{202e}\\x7f");
        assert_eq!(visible("\u{61c}a\u{e0041}\u{fffa}ü😀"), "\\u{61c}a\\u{e0041}\\u{fffa}ü😀");
        assert_eq!(visible("two\n\tlines"), "two\n\tlines");
        assert_eq!(one_line("two\r\nlines"), "two\\r\\nlines");
    }
}
