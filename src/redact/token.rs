//! Tokens: recognised by their looks, told by header, claims and fingerprint, never by signature.

use aws_lc_rs::digest;

use super::encoding::base64_decoded;

/// Where in the text the first JWS stands, compact or nearly so: a first part that decodes to something that opens
/// like a JSON object, a dot, and more.
pub(super) fn find(text: &str) -> Option<std::ops::Range<usize>> {
    let mut from = 0;
    // A run, and the next dot in it, are the same for every beginning before them: they are looked for once.
    let (mut end, mut dot) = (0, 0);
    while let Some(at) = text.get(from..)?.find('e') {
        let start = from + at;
        from = start + 1;
        let candidate = text.get(start..)?;
        // `{"`, `{ ` and `{` at a line end come out as these in base64.
        if !candidate.starts_with("ey") && !candidate.starts_with("ew") {
            continue;
        }
        if start >= end {
            end = start + candidate.find(|character| !is_part_of_token(character)).unwrap_or(candidate.len());
        }
        if start >= dot {
            let Some(at) = text.get(start..end)?.find('.') else {
                from = end;
                continue;
            };
            dot = start + at;
        }
        if opens_like_an_object(text.get(start..dot)?) {
            let token = whole(text.get(start..end)?);
            return Some(start..start + token.len());
        }
    }
    None
}

/// Header and claims as text, or why they cannot be shown.
pub(super) fn decoded(token: &str) -> (String, String) {
    let parts: Vec<_> = token.split('.').collect();
    match parts.as_slice() {
        [header, _, _, _, _] => (part("header", header), "encrypted (JWE): cannot be read".to_owned()),
        [header, claims] | [header, claims, _] => (part("header", header), part("claims", claims)),
        _ => {
            let why = format!("no compact JWS: {} dot-separated part(s) of {} bytes", parts.len(), token.len());
            (why.clone(), why)
        }
    }
}

/// SHA-256 of the whole token, first 16 hex digits: the same token has the same fingerprint everywhere.
pub(super) fn fingerprint(token: &str) -> String {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    let first: [u8; 8] = digest.as_ref().first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

fn part(name: &str, base64: &str) -> String {
    match base64_decoded(base64).map(String::from_utf8) {
        Some(Ok(text)) => text,
        Some(Err(error)) => format!("{name} is base64 of {} bytes that are no text", error.as_bytes().len()),
        None => format!("{name} is no base64url ({} characters)", base64.len()),
    }
}

fn is_part_of_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '=' | '+' | '/')
}

/// Without the full stop of the sentence that the token ends; the dot before an empty signature is its own.
fn whole(run: &str) -> &str {
    if run.matches('.').count() == 2 { run } else { run.strip_suffix('.').unwrap_or(run) }
}

/// Whether the first part of a token does.
fn opens_like_an_object(first: &str) -> bool {
    let head = first.get(..first.len().min(8)).and_then(base64_decoded).unwrap_or_default();
    matches!(head.as_slice(), [b'{', b'"' | b' ' | b'\t' | b'\r' | b'\n', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJJTlYxIn0.c2lnbmF0dXJl";

    #[test]
    fn a_token_is_found_wherever_it_stands() {
        for text in
            [TOKEN.to_owned(), format!("the token {TOKEN}."), format!("/x?t={TOKEN}&y=1"), format!("key{TOKEN}")]
        {
            assert_eq!(find(&text).and_then(|range| text.get(range)), Some(TOKEN), "{text}");
        }
        let after_others = format!("eyes.ey.{TOKEN} and eyey {TOKEN}");
        assert_eq!(find(&after_others), Some(8..8 + TOKEN.len()));
        let unsigned = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJJTlYxIn0.";
        assert_eq!(find(unsigned), Some(0..unsigned.len()));
    }

    #[test]
    fn ordinary_words_are_no_tokens() {
        for text in ["they.were.here", "eyebrow.example", "ewe.example.org", "keys.e", ""] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_says_why() {
        assert_eq!(decoded(TOKEN), ("{\"alg\":\"none\"}".to_owned(), "{\"iss\":\"INV1\"}".to_owned()));
        assert_eq!(decoded("opaque-token").0, "no compact JWS: 1 dot-separated part(s) of 12 bytes");
        assert!(decoded("eyJ9.!!.x").1.contains("no base64url"));
    }
}
