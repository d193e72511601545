//! Bodies for reading: JSON on one line is broken into lines, and nothing else about it is changed.

/// Deeper JSON stays on its line: with an indent for each level, a body of levels alone would grow with their square.
const DEEPEST: usize = 32;

/// The body with line breaks between the members of JSON; anything else as it is.
pub(super) fn indented(body: &str) -> Option<String> {
    if body.contains('\n') || serde_json::from_str::<serde::de::IgnoredAny>(body).is_err() {
        return None;
    }
    let mut out = String::with_capacity(body.len() * 2);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = body.chars().filter(|character| !character.is_control()).peekable();
    while let Some(character) = characters.next() {
        if in_string {
            out.push(character);
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '{' | '[' => {
                out.push(character);
                characters.next_if(|next| *next == ' ');
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    if depth > DEEPEST {
                        return None;
                    }
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                characters.next_if(|next| *next == ' ');
                line(&mut out, depth);
            }
            ':' => {
                out.push_str(": ");
                characters.next_if(|next| *next == ' ');
            }
            _ => {
                in_string = character == '"';
                out.push(character);
            }
        }
    }
    Some(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Cuts a text at the end of a line near this many characters; says how many characters are left out.
pub(super) fn cut(text: &mut String, most: usize) -> usize {
    let Some((at, _)) = text.char_indices().nth(most) else {
        return 0;
    };
    let end = text.get(..at).and_then(|kept| kept.rfind('\n')).filter(|end| *end > at / 2).unwrap_or(at);
    let left_out = text.get(end..).map_or(0, |rest| rest.chars().count());
    text.truncate(end);
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_at_the_end_of_a_line() {
        let told = |text: &str| {
            let mut text = text.to_owned();
            let left_out = cut(&mut text, 6);
            (text, left_out)
        };
        assert_eq!(told("öööööö"), ("öööööö".to_owned(), 0));
        assert_eq!(told("öööööööö"), ("öööööö".to_owned(), 2));
        assert_eq!(told("four\nfour"), ("four".to_owned(), 5));
    }

    #[test]
    fn json_gets_lines_and_keeps_its_bytes() {
        let body = r#"{"a":1.00,"b":["x, {\"y\"}:\\",{}],"a":2}"#;
        let lines = indented(body).unwrap();
        assert_eq!(lines, "{\n  \"a\": 1.00,\n  \"b\": [\n    \"x, {\\\"y\\\"}:\\\\\",\n    {}\n  ],\n  \"a\": 2\n}");
        assert_eq!(indented("plain text"), None);
        assert_eq!(indented("{\n}"), None);
        let deep = |levels| "[".repeat(levels) + "1" + &"]".repeat(levels);
        assert!(indented(&deep(DEEPEST)).is_some() && indented(&deep(DEEPEST + 1)).is_none());
    }
}
