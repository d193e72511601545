//! One pass over one text: secrets by place, by looks and by value, in clear and in disguise.

use std::ops::Range;

use super::encoding::{base64_decoded, escaped, percent_decoded, unescaped};
use super::found::Found;
use super::scan::{
    before_width, find_ignoring_case, is_base64, is_delimiter, is_name, is_redacted, is_scheme, is_token68, literal,
    member_value, secret_name, starts_ignoring_case,
};
use super::{Secret, token};

/// Members and parameters whose value is a secret, in lower case without separators, and how each is called.
const SECRET_NAMES: &[(&str, &str)] = &[
    ("accesstoken", "access_token"),
    ("aefpsk", "AEF_PSK"),
    ("authcode", "authCode"),
    ("clientassertion", "client_assertion"),
    ("clientsecret", "client_secret"),
    ("codeverifier", "code_verifier"),
    ("idtoken", "id_token"),
    ("onboardingsecret", "onboardingSecret"),
    ("onboardsecret", "onboardingSecret"),
    ("password", "password"),
    ("privatekey", "private key"),
    ("refreshtoken", "refresh_token"),
    ("regsec", "regSec"),
];

/// Names that mean a secret as a parameter only: as a member they mean too many other things.
const SECRET_PARAMETERS: &[(&str, &str)] = &[("code", "authorization code"), ("token", "token")];

/// Shorter values of these are no secrets: `code=404`.
const SHORTEST_CODE: usize = 8;

/// The longest member name that is looked at, escapes included.
const LONGEST_NAME: usize = 256;

/// Escapes within escapes are followed this far.
const DEPTH: u8 = 4;

/// The shortest run of base64 that is opened: nothing shorter holds a secret worth the name.
const BASE64_RUN: usize = 16;

/// A pass over the texts of one place.
pub(super) struct Scrub<'a> {
    secrets: &'a [Secret],
    place: &'a str,
    /// What was found so far.
    pub(super) found: Vec<Found>,
}

impl<'a> Scrub<'a> {
    pub(super) fn new(secrets: &'a [Secret], place: &'a str) -> Self {
        Self { secrets, place, found: Vec::new() }
    }

    /// The text without its secrets; byte for byte the same elsewhere.
    pub(super) fn text(&mut self, text: &str) -> String {
        self.at_depth(text, 0)
    }

    /// The value of an `Authorization` header: its scheme stays.
    pub(super) fn credentials(&mut self, value: &str) -> String {
        let Some((scheme, credentials)) = value.trim().split_once(char::is_whitespace) else {
            return if is_scheme(value.trim()) { value.to_owned() } else { self.named("credentials", value) };
        };
        let credentials = credentials.trim();
        let shown = if scheme.eq_ignore_ascii_case("basic") {
            self.basic(credentials)
        } else if scheme.eq_ignore_ascii_case("bearer") {
            self.token(credentials, self.place.to_owned())
        } else {
            self.named("credentials", credentials)
        };
        format!("{scheme} {shown}")
    }

    /// A value that is a secret whatever it looks like.
    pub(super) fn named(&mut self, label: &'static str, value: &str) -> String {
        self.note(Found::named(label, value))
    }

    fn token(&mut self, value: &str, place: String) -> String {
        self.note(Found::token(value, place))
    }

    fn basic(&mut self, credentials: &str) -> String {
        let decoded = base64_decoded(credentials).and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some((_, password)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) {
            self.named("basic credentials", password);
        }
        self.named("basic credentials", credentials)
    }

    fn note(&mut self, found: Found) -> String {
        let shown = found.shown();
        self.found.push(found);
        shown
    }

    fn at_depth(&mut self, text: &str, depth: u8) -> String {
        let mut text = self.replaced(text.to_owned(), Self::next_member);
        text = self.replaced(text, Self::next_parameter);
        if depth < DEPTH {
            // Before the looks: an escape may hide the beginning of a token.
            text = self.replaced(text, |this, text| this.next_literal(text, depth));
        }
        text = self.replaced(text, Self::next_token);
        text = self.replaced(text, Self::next_private_key);
        text = self.replaced(text, Self::next_credentials);
        for secret in self.secrets {
            if text.contains(&secret.value) {
                text = text.replace(&secret.value, &secret.shown);
            }
        }
        if depth < DEPTH {
            text = self.replaced(text, |this, text| this.next_encoded_word(text, depth));
            text = self.replaced(text, |this, text| this.next_base64(text, depth));
        }
        text
    }

    /// Applies one kind of search from left to right. A search gives what to skip, and what to put in its place; it
    /// never sees again what it has passed.
    fn replaced(&mut self, text: String, mut next: impl FnMut(&mut Self, &str) -> Option<Step>) -> String {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(step) = next(self, rest) {
            let (Some(before), Some(after)) = (rest.get(..step.range.start), rest.get(step.range.end..)) else {
                break;
            };
            out.push_str(before);
            match &step.shown {
                Some(shown) => out.push_str(shown),
                None => out.push_str(rest.get(step.range).unwrap_or_default()),
            }
            rest = after;
        }
        if out.is_empty() {
            return text;
        }
        out.push_str(rest);
        out
    }

    /// `"client_secret": …` in JSON, in whatever quotes and however escaped its name is.
    fn next_member(&mut self, text: &str) -> Option<Step> {
        let start = text.find(['"', '\''])?;
        let passed = Some(Step::pass(start..start + 1));
        let Some(name) = literal(text, start, LONGEST_NAME) else {
            return passed;
        };
        let Some(label) = secret_name(text.get(name.clone())?, SECRET_NAMES) else {
            return passed;
        };
        let Some(value) = member_value(text, name.end + 1) else {
            return passed;
        };
        let raw = text.get(value.clone())?;
        let content = raw.strip_prefix(['"', '\'']).map(|raw| raw.strip_suffix(['"', '\'']).unwrap_or(raw));
        if matches!(raw, "null" | "true" | "false") || content == Some("") || content.is_some_and(is_redacted) {
            return Some(Step::pass(start..value.end));
        }
        let clear = content.unwrap_or(raw);
        let clear = unescaped(clear).unwrap_or_else(|| clear.to_owned());
        let shown = self.secret_value(label, &clear);
        let quote = raw.chars().next().filter(|first| content.is_some() && *first == '\'').unwrap_or('"');
        Some(Step { range: value, shown: Some(format!("{quote}{shown}{quote}")) })
    }

    /// `client_secret=…` in a form, a URL or a sentence.
    fn next_parameter(&mut self, text: &str) -> Option<Step> {
        let equals = text.find('=')?;
        let before = text.get(..equals)?;
        let start = before.rfind(|character| !is_name(character)).map_or(0, |at| at + before_width(before, at));
        let value_start = equals + 1;
        let name = percent_decoded(text.get(start..equals)?)
            .unwrap_or_else(|| text.get(start..equals).unwrap_or_default().to_owned());
        let secret = secret_name(&name, SECRET_NAMES);
        // Only behind such a name: values without end behind every name would be read again and again.
        let Some((label, shortest)) =
            secret.map(|label| (label, 1)).or_else(|| Some((secret_name(&name, SECRET_PARAMETERS)?, SHORTEST_CODE)))
        else {
            return Some(Step::pass(0..value_start));
        };
        let value = text.get(value_start..)?;
        let length = value.find(|character: char| character.is_whitespace() || "&\"'<>;,)}]|".contains(character));
        let value = value.get(..length.unwrap_or(value.len()))?;
        if value.len() < shortest {
            return Some(Step::pass(0..value_start));
        }
        let clear = percent_decoded(value).unwrap_or_else(|| value.to_owned());
        let shown = self.secret_value(label, &clear);
        Some(Step { range: value_start..value_start + value.len(), shown: Some(shown) })
    }

    fn secret_value(&mut self, label: &'static str, value: &str) -> String {
        if matches!(label, "access_token" | "refresh_token" | "id_token" | "client_assertion" | "token") {
            let place = format!("{} {label}", self.place);
            return self.token(value, place);
        }
        self.named(label, value)
    }

    fn next_token(&mut self, text: &str) -> Option<Step> {
        let range = token::find(text)?;
        let shown = self.token(text.get(range.clone())?, self.place.to_owned());
        Some(Step { range, shown: Some(shown) })
    }

    fn next_private_key(&mut self, text: &str) -> Option<Step> {
        const END: &str = "PRIVATE KEY-----";
        let label = text.find(END)?;
        let start = text.get(..label)?.rfind("-----BEGIN").unwrap_or(label);
        let after = label + END.len();
        // A key cut short is still a key.
        let end = text.get(after..)?.find(END).map_or(text.len(), |at| after + at + END.len());
        let shown = self.named("private key", text.get(start..end)?);
        Some(Step { range: start..end, shown: Some(shown) })
    }

    /// `Bearer …` and `Basic …` in any text, where what follows looks like credentials and not like a sentence.
    fn next_credentials(&mut self, text: &str) -> Option<Step> {
        let at = find_ignoring_case(text, "b")?;
        let rest = text.get(at..)?;
        let scheme = ["bearer ", "basic "].into_iter().find(|scheme| starts_ignoring_case(rest, scheme));
        let Some(scheme) = scheme else {
            return Some(Step::pass(at..at + 1));
        };
        let start = at + scheme.len();
        let value = text.get(start..)?;
        let length = value.find(|character: char| !is_token68(character)).unwrap_or(value.len());
        let value = value.get(..length)?;
        let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
        let shown = if scheme == "basic " {
            let pair = base64_decoded(value).and_then(|bytes| String::from_utf8(bytes).ok());
            pair.is_some_and(|pair| pair.contains(':')).then(|| self.basic(value))
        } else {
            (value.len() >= 24 || value.len() >= 8 && has_digit).then(|| self.token(value, self.place.to_owned()))
        };
        Some(Step { range: start..start + length, shown })
    }

    /// A quoted string whose escapes hide something.
    fn next_literal(&mut self, text: &str, depth: u8) -> Option<Step> {
        let start = text.find('"')?;
        let Some(content) = literal(text, start, text.len()) else {
            return Some(Step::pass(start..start + 1));
        };
        // Where quotes are not paired as in JSON, the closing one may be the next opening one.
        let passed = Step::pass(start..content.end);
        let decoded = unescaped(text.get(content.clone())?);
        let shown = decoded.and_then(|decoded| self.uncovered(&decoded, depth)).map(|shown| escaped(&shown));
        match shown {
            Some(shown) => Some(Step { range: content, shown: Some(shown) }),
            None => Some(passed),
        }
    }

    /// A word whose percent-encoding or escapes hide something.
    fn next_encoded_word(&mut self, text: &str, depth: u8) -> Option<Step> {
        let start = text.find(|character: char| !is_delimiter(character))?;
        let word = text.get(start..)?;
        let length = word.find(is_delimiter).unwrap_or(word.len());
        let word = word.get(..length)?;
        let shown = [percent_decoded(word), unescaped(word)]
            .into_iter()
            .flatten()
            .find_map(|decoded| self.uncovered(&decoded, depth));
        Some(Step { range: start..start + length, shown })
    }

    /// A run of base64 that hides something.
    fn next_base64(&mut self, text: &str, depth: u8) -> Option<Step> {
        let start = text.find(is_base64)?;
        let run = text.get(start..)?;
        let length = run.find(|character| !is_base64(character)).unwrap_or(run.len());
        let decoded = run.get(..length).filter(|run| run.len() >= BASE64_RUN).and_then(base64_decoded);
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        let hidden = decoded.and_then(|decoded| self.uncovered(&decoded, depth));
        let shown = hidden.map(|_| "<redacted: base64 of a secret>".to_owned());
        Some(Step { range: start..start + length, shown })
    }

    /// The decoded text without its secrets, if it has any.
    fn uncovered(&mut self, decoded: &str, depth: u8) -> Option<String> {
        let shown = self.at_depth(decoded, depth + 1);
        (shown != decoded).then_some(shown)
    }
}

/// A stretch of text that a search has dealt with, and what to show instead of it.
struct Step {
    range: Range<usize>,
    shown: Option<String>,
}

impl Step {
    fn pass(range: Range<usize>) -> Self {
        Self { range, shown: None }
    }
}
