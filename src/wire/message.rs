//! HTTP messages: the raw ones that are evidence, and the ones that we are about to send.

use crate::clock::{Clock, http_date};

/// One HTTP/1.1 message as it was on the wire. Nothing is normalised: duplicates and odd spellings are evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawMessage {
    /// Start line and header lines, exactly, with the empty line that ends them.
    pub head: Vec<u8>,
    /// Body, transfer coding removed.
    pub body: Vec<u8>,
    /// Not everything arrived, or it was too long to keep.
    pub truncated: bool,
    /// Bytes at the end of the body that arrived and were not kept.
    pub left_out: u64,
}

impl RawMessage {
    /// The first line.
    #[must_use]
    pub fn start_line(&self) -> String {
        String::from_utf8_lossy(self.lines().next().unwrap_or_default()).into_owned()
    }

    /// Status of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let line = self.start_line();
        let (version, rest) = line.split_once(' ')?;
        let digits = rest.get(..3)?;
        let ends = matches!(rest.as_bytes().get(3), None | Some(b' '));
        let well_formed = version.starts_with("HTTP/") && ends && digits.bytes().all(|b| b.is_ascii_digit());
        well_formed.then(|| digits.parse().ok()).flatten()
    }

    /// Method of a request.
    #[must_use]
    pub fn method(&self) -> Option<String> {
        self.request_line().map(|(method, _target)| method)
    }

    /// Target of a request, as sent.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        self.request_line().map(|(_method, target)| target)
    }

    /// Header fields in wire order, duplicates included, without the white space around values.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        self.lines().skip(1).filter_map(field).collect()
    }

    /// First value of a header field, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.header_all(name).into_iter().next()
    }

    /// Every value of a header field, in wire order.
    #[must_use]
    pub fn header_all(&self, name: &str) -> Vec<String> {
        self.headers()
            .into_iter()
            .filter(|(given, _value)| given.eq_ignore_ascii_case(name))
            .map(|(_name, value)| String::from_utf8_lossy(&value).into_owned())
            .collect()
    }

    /// How long the body is, or as much of it as arrived.
    #[must_use]
    pub fn body_length(&self) -> u64 {
        (self.body.len() as u64).saturating_add(self.left_out)
    }

    /// Keeps no more than so many bytes of the body.
    pub(super) fn keep(&mut self, most: usize) {
        if let Some(beyond @ 1..) = self.body.len().checked_sub(most) {
            self.body.truncate(most);
            self.body.shrink_to_fit();
            self.truncated = true;
            self.left_out = self.left_out.saturating_add(beyond as u64);
        }
    }

    /// The body as JSON, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Lines of the head without their ends; the empty one is left out.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.head
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
            .filter(|line| !line.is_empty())
    }

    fn request_line(&self) -> Option<(String, String)> {
        let line = self.start_line();
        let mut words = line.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let well_formed = version.starts_with("HTTP/") && words.next().is_none();
        well_formed.then(|| (method.to_owned(), target.to_owned()))
    }
}

fn field(line: &[u8]) -> Option<(String, Vec<u8>)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    Some((String::from_utf8_lossy(name).into_owned(), value.to_vec()))
}

/// A request to send. Headers go out as given, in order, duplicates included; `Host` and `Content-Length` are added
/// unless they are among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Target, usually a path with its query.
    pub target: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Insist on a new connection.
    pub fresh: bool,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body and says what it is.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// Insists on a new connection.
    #[must_use]
    pub fn on_fresh_connection(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// The message as it goes out.
    pub(super) fn to_raw(&self, host: &str) -> RawMessage {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, on_the_line(&self.target));
        if !has(&self.headers, "host") {
            push(&mut head, "Host", host);
        }
        for (name, value) in &self.headers {
            push(&mut head, name, value);
        }
        let expects_body = !self.body.is_empty() || matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        if expects_body && !has_length(&self.headers) {
            push(&mut head, "Content-Length", &self.body.len().to_string());
        }
        finish(head, self.body.clone())
    }
}

/// What a handler answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Header fields, sent as given; `Content-Length` is added unless it is among them.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    dropped: bool,
}

impl Reply {
    /// An answer without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), dropped: false }
    }

    /// No answer: the connection is closed.
    #[must_use]
    pub fn close() -> Self {
        Self { dropped: true, ..Self::new(0) }
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body and says what it is.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// The message as it goes out; none when the connection is to be closed instead.
    pub(super) fn to_raw(&self, clock: &Clock, to_head: bool) -> Option<RawMessage> {
        if self.dropped {
            return None;
        }
        let reason = http::StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            push(&mut head, name, value);
        }
        // RFC 9110 clause 6.6.1: who has a clock tells the time.
        if !has(&self.headers, "date") {
            push(&mut head, "Date", &http_date(clock.now_unix()));
        }
        // RFC 9110 clause 8.6: neither 1xx nor 204 carries a length.
        let may_have_length = self.status >= 200 && self.status != 204;
        if may_have_length && !has_length(&self.headers) {
            push(&mut head, "Content-Length", &self.body.len().to_string());
        }
        let body = if to_head { Vec::new() } else { self.body.clone() };
        Some(finish(head, body))
    }
}

fn has(headers: &[(String, String)], name: &str) -> bool {
    headers.iter().any(|(given, _value)| given.eq_ignore_ascii_case(name))
}

fn has_length(headers: &[(String, String)]) -> bool {
    has(headers, "content-length") || has(headers, "transfer-encoding")
}

/// A target as it can stand in a start line. Some are made from what a peer gave us: it must not end the line.
fn on_the_line(target: &str) -> String {
    let encoded =
        |byte: u8| if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    target.bytes().map(encoded).collect()
}

/// What would end a field is replaced as RFC 9110 clause 5.5 has it: a peer's token or identifier stays one value.
fn push(head: &mut String, name: &str, value: &str) {
    let value = value.replace(['\r', '\n', '\0'], " ");
    for part in [name, ": ", value.as_str(), "\r\n"] {
        head.push_str(part);
    }
}

fn finish(mut head: String, body: Vec<u8>) -> RawMessage {
    head.push_str("\r\n");
    RawMessage { head: head.into_bytes(), body, ..RawMessage::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(head: &str) -> RawMessage {
        RawMessage { head: head.as_bytes().to_vec(), ..RawMessage::default() }
    }

    #[test]
    fn a_response_head_is_read_as_it_stands() {
        let response = message("HTTP/1.1 201 Created\r\nlocation:  /a \r\nX: 1\r\nx: 2\r\n\r\n");
        assert_eq!(response.status(), Some(201));
        assert_eq!(response.method(), None);
        assert_eq!(response.header("Location").as_deref(), Some("/a"));
        assert_eq!(response.header_all("X"), ["1", "2"]);
        assert_eq!(response.headers().len(), 3);
    }

    #[test]
    fn a_status_is_exactly_three_digits() {
        assert_eq!(message("HTTP/1.1 204\r\n\r\n").status(), Some(204));
        assert_eq!(message("HTTP/1.1 2004 OK\r\n\r\n").status(), None);
        assert_eq!(message("HTTP/1.1 +20 OK\r\n\r\n").status(), None);
        assert_eq!(message("ICY 200 OK\r\n\r\n").status(), None);
    }

    #[test]
    fn a_request_goes_out_as_given() {
        let request = Request::new("POST", "/t?x=1").header("A", "1").header("a", "2").body("text/plain", "hello");
        let raw = request.to_raw("ccf.example:8443");
        assert_eq!(
            String::from_utf8(raw.head.clone()).unwrap(),
            "POST /t?x=1 HTTP/1.1\r\nHost: ccf.example:8443\r\nA: 1\r\na: 2\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
        );
        assert_eq!(raw.method().as_deref(), Some("POST"));
        assert_eq!(raw.target().as_deref(), Some("/t?x=1"));
    }

    #[test]
    fn nothing_that_a_peer_gave_ends_a_line() {
        let request = Request::new("GET", "/a b\r\nX: 1\u{fc}").header("Authorization", "Bearer a\r\nX: 2\n\nGET /");
        let raw = request.to_raw("ccf");
        assert_eq!(raw.start_line(), "GET /a%20b%0D%0AX:%201%C3%BC HTTP/1.1");
        assert_eq!(raw.header("Authorization").as_deref(), Some("Bearer a  X: 2  GET /"));
        assert_eq!(raw.lines().count(), 3, "{:?}", raw.headers());
    }

    #[test]
    fn given_host_and_length_are_not_doubled() {
        let raw = Request::new("POST", "/").header("host", "other").header("content-length", "0").to_raw("ccf");
        assert_eq!(raw.header_all("Host"), ["other"]);
        assert_eq!(raw.header_all("Content-Length"), ["0"]);
    }

    #[test]
    fn a_reply_has_a_date_and_a_length_where_one_belongs() {
        let clock = Clock::virtual_from_now();
        let date = http_date(clock.now_unix());
        let raw = |reply: &Reply, to_head| reply.to_raw(&clock, to_head).unwrap();
        assert_eq!(
            raw(&Reply::new(204), false).head,
            format!("HTTP/1.1 204 No Content\r\nDate: {date}\r\n\r\n").as_bytes()
        );
        let empty = raw(&Reply::new(200).header("date", "never"), false);
        assert_eq!(empty.header_all("Date"), ["never"]);
        assert_eq!(empty.header_all("Content-Length"), ["0"]);
        let head = raw(&Reply::new(200).body("text/plain", "hello"), true);
        assert_eq!((head.header("content-length").as_deref(), head.body.len()), (Some("5"), 0));
        assert_eq!(Reply::close().to_raw(&clock, false), None);
    }
}
