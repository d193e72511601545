//! Secrets out, evidence kept: what stands between the wire and the journal.
//!
//! Everything that goes into a journal passes here first, so nothing made from a journal has to think of it again.
//! A secret is known by its place (an `Authorization` header, a member `client_secret`), by its looks (a JWS, a
//! private key) or because it was registered; it is found in clear, percent-encoded, in base64 and behind escapes.

mod encoding;
mod found;
mod scan;
mod scrub;
mod token;

use std::collections::HashSet;

use crate::event::{MessageEvent, TokenEvent};

use found::Found;
use scrub::Scrub;

/// Longer bodies are cut: a journal is read by people.
const BODY_LIMIT: usize = 64 * 1024;

/// As much of a body is searched at all.
const READ_LIMIT: usize = 4 * BODY_LIMIT;

/// Longer texts of findings and reasons are cut.
const BRIEF_LIMIT: usize = 4 * 1024;

/// As many secrets of peers are looked for wherever they may be reflected: a flood of them is nobody's loss but its
/// sender's. Those that we registered are always looked for.
const LEARNT_MAX: usize = 256;

/// No secret of a peer is longer.
const LONGEST_SECRET: usize = 8 * 1024;

/// The shortest value that is also searched for elsewhere: shorter ones would strike out innocent text.
const SHORTEST_SECRET: usize = 4;

/// Knows the secrets of a lab and takes them out of everything that is told about it.
///
/// It learns: a token or secret seen in its place once is found wherever a peer reflects it later.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Longest first, so that a secret within another one does not leave the rest of it standing.
    secrets: Vec<Secret>,
    learnt: usize,
}

/// One secret, and what is shown instead of it.
#[derive(Clone)]
struct Secret {
    value: String,
    shown: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Redactor {
    /// A redactor that knows no secret yet, only what secrets look like and where they stand.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an exact string a secret; `label` says what it is (`client_secret`, `password`, `private key`).
    pub fn register(&mut self, label: &str, secret: &str) {
        self.know(secret.trim(), format!("<redacted: {label}>"));
    }

    /// Makes a token a secret.
    pub fn register_token(&mut self, token: &str) {
        self.learn(&Found::token(token.trim(), String::new()));
    }

    /// Any text that is to be shown: a finding, a message, a command line.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        Scrub::new(&self.secrets, "text").text(text)
    }

    /// The same, and no more of it than a reader wants: a finding may quote a value of megabytes.
    #[must_use]
    pub fn brief(&self, text: &str) -> String {
        let read = text.get(..text.floor_char_boundary(BRIEF_LIMIT + LONGEST_SECRET)).unwrap_or(text);
        let mut shown = self.text(read);
        // What a secret that was cut in two leaves standing goes with the rest.
        let room = if read.len() < text.len() { shown.len().saturating_sub(LONGEST_SECRET) } else { shown.len() };
        let room = room.min(BRIEF_LIMIT);
        if room < shown.len() {
            shown.truncate(shown.floor_char_boundary(room));
            shown.push_str(&format!(" <cut here: {} bytes in all>", text.len()));
        }
        shown
    }

    /// A raw HTTP message: its head up to the empty line, and its body without transfer coding.
    pub fn message(&mut self, head: &[u8], body: &[u8]) -> MessageEvent {
        let (event, found) = self.read(head, body);
        let mut learnt = false;
        for found in &found {
            learnt |= self.learn(found);
        }
        // What stood in its place in the body may also stand in the head, out of place.
        if learnt { self.read(head, body).0 } else { event }
    }

    fn read(&self, head: &[u8], body: &[u8]) -> (MessageEvent, Vec<Found>) {
        let mut found = Vec::new();
        let (start_line, headers) = split_head(head);
        let start_line = self.scrub("start line", &start_line, &mut found);
        let headers: Vec<_> = headers
            .into_iter()
            .map(|(name, value)| {
                let value = self.header(&name, &value, &mut found);
                (self.text(&name), value)
            })
            .collect();
        let body_text = match coding(&headers) {
            Some(coding) => format!("<not shown: {} bytes in content coding {coding}>", body.len()),
            None => self.body(body, &mut found),
        };
        let tokens = self.tokens(&found);
        (MessageEvent { start_line, headers, body: body_text, body_length: body.len() as u64, tokens }, found)
    }

    fn header(&self, name: &str, value: &str, found: &mut Vec<Found>) -> String {
        let place = format!("header {}", name.to_ascii_lowercase());
        let mut scrub = Scrub::new(&self.secrets, &place);
        let shown = match name.to_ascii_lowercase().as_str() {
            "authorization" | "proxy-authorization" => scrub.credentials(value),
            "cookie" | "set-cookie" | "x-api-key" | "x-auth-token" if !value.is_empty() => {
                scrub.named("header value", value)
            }
            _ => scrub.text(value),
        };
        found.append(&mut scrub.found);
        shown
    }

    /// A long body is cut after redaction, so that no secret is cut in two and passes; a very long one is not even
    /// read to its end, and loses what a cut secret could be in.
    fn body(&self, body: &[u8], found: &mut Vec<Found>) -> String {
        let read = body.get(..READ_LIMIT).unwrap_or(body);
        let mut shown = self.scrub("body", &encoding::readable(read), found);
        let room = if read.len() < body.len() { shown.len().saturating_sub(LONGEST_SECRET) } else { shown.len() };
        let room = room.min(BODY_LIMIT);
        if room < shown.len() {
            shown.truncate(shown.floor_char_boundary(room));
            shown.push_str("\n<cut here>");
        }
        shown
    }

    fn scrub(&self, place: &str, text: &str, found: &mut Vec<Found>) -> String {
        let mut scrub = Scrub::new(&self.secrets, place);
        let shown = scrub.text(text);
        found.append(&mut scrub.found);
        shown
    }

    /// The tokens found, each once per place, decoded. Their claims may hold other secrets.
    fn tokens(&self, found: &[Found]) -> Vec<TokenEvent> {
        let mut told = HashSet::new();
        found
            .iter()
            .filter_map(Found::token_event)
            .filter(|token| told.insert((token.fingerprint.clone(), token.place.clone())))
            .map(|token| TokenEvent { header: self.text(&token.header), claims: self.text(&token.claims), ..token })
            .collect()
    }

    /// Remembers a secret; tells whether it is new.
    fn learn(&mut self, found: &Found) -> bool {
        let mut new = false;
        for part in found.parts() {
            if self.learnt < LEARNT_MAX && self.know(part, found.shown()) {
                self.learnt += 1;
                new = true;
            }
        }
        new
    }

    fn know(&mut self, value: &str, shown: String) -> bool {
        if value.len() < SHORTEST_SECRET || self.secrets.iter().any(|secret| secret.value == value) {
            return false;
        }
        let at = self.secrets.partition_point(|secret| secret.value.len() >= value.len());
        self.secrets.insert(at, Secret { value: value.to_owned(), shown });
        true
    }
}

/// Start line and header fields of a raw head, folded lines joined.
fn split_head(head: &[u8]) -> (String, Vec<(String, String)>) {
    let text = encoding::readable(head);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let start_line = lines.next().unwrap_or_default().to_owned();
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        match (line.starts_with([' ', '\t']), headers.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push(' ');
                value.push_str(line.trim());
            }
            (_, _, Some((name, value))) => headers.push((name.to_owned(), value.trim().to_owned())),
            (_, _, None) => headers.push((line.to_owned(), String::new())),
        }
    }
    (start_line, headers)
}

/// A content coding under which nothing could be recognised in the body.
fn coding(headers: &[(String, String)]) -> Option<&str> {
    headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
        .map(|(_, coding)| coding.as_str())
        .find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("identity"))
}

#[cfg(test)]
mod tests;
