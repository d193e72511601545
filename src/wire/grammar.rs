//! What the bytes of HTTP/1.1 mean (RFC 9112): pure rules, strict on what a peer sends.

use crate::wire::RawMessage;

/// Header fields of one message.
const FIELDS_MAX: usize = 1_000;
/// Characters of a peer that a reason quotes.
const QUOTED_MAX: usize = 100;

/// Which message is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Request,
    Response { to_head: bool },
}

/// Why no complete message came.
#[derive(Debug)]
pub(super) enum Fault {
    /// The stream ended.
    Closed,
    /// The stream broke off: a reset, or TLS without its goodbye.
    Broken,
    /// The stream ended with a fatal TLS alert.
    Alert(String),
    /// What came is not HTTP/1.1.
    Malformed(String),
}

/// Where a body ends.
pub(super) enum Length {
    Exactly(u64),
    Chunked,
    UntilClose,
}

/// Bytes of another protocol are told at once: waiting for an end of head in them would look like silence.
pub(super) fn may_begin(bytes: &[u8], expected: Expected) -> bool {
    match expected {
        Expected::Request => bytes.first().is_none_or(u8::is_ascii_alphabetic),
        Expected::Response { .. } => bytes.iter().zip(b"HTTP/1.").all(|(given, wanted)| given == wanted),
    }
}

/// Where the head ends, if it is not within the first bytes that were searched before.
pub(super) fn head_end(bytes: &[u8], searched: usize) -> Option<usize> {
    let after = |end: &[u8]| {
        let from = searched.saturating_sub(end.len());
        let found = bytes.get(from..)?.windows(end.len()).position(|w| w == end);
        found.map(|at| from + at + end.len())
    };
    [after(b"\r\n\r\n"), after(b"\n\n")].into_iter().flatten().min()
}

pub(super) fn check_head(message: &RawMessage, expected: Expected) -> Result<(), Fault> {
    let start_is_sound = match expected {
        Expected::Request => message.method().is_some(),
        Expected::Response { .. } => message.status().is_some_and(|status| status >= 100),
    };
    if !start_is_sound {
        return Err(Fault::Malformed(format!("start line `{}`", shown(&message.start_line()))));
    }
    if message.lines().skip(1).count() > FIELDS_MAX {
        return Err(Fault::Malformed(format!("more than {FIELDS_MAX} header fields")));
    }
    match message.lines().skip(1).find(|line| !is_field(line)) {
        Some(line) => Err(Fault::Malformed(format!("header line `{}`", shown(&String::from_utf8_lossy(line))))),
        None => Ok(()),
    }
}

/// As much of a peer's text as a reason quotes.
fn shown(text: &str) -> String {
    match text.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// A name without white space, and a colon (RFC 9112 clause 5.1).
fn is_field(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    name.len() < line.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

pub(super) fn is_interim(message: &RawMessage) -> bool {
    message.status().is_some_and(|status| status < 200 && status != 101)
}

/// RFC 9110 clause 10.1.1.
pub(super) fn waits_for_permission(request: &RawMessage) -> bool {
    let expectations = request.header_all("expect");
    expectations.iter().any(|given| given.eq_ignore_ascii_case("100-continue"))
}

/// RFC 9112 clause 6.3.
pub(super) fn length(message: &RawMessage, expected: Expected) -> Result<Length, Fault> {
    let bodiless = match expected {
        Expected::Request => false,
        Expected::Response { to_head } => to_head || matches!(message.status(), Some(101 | 204 | 304)),
    };
    if bodiless {
        return Ok(Length::Exactly(0));
    }
    let codings = message.header_all("transfer-encoding");
    if let Some(last) = codings.last() {
        // RFC 9112 clauses 6.2 and 6.3: no sender sends both, and who receives both should not trust either.
        if !message.header_all("content-length").is_empty() {
            return Err(Fault::Malformed("Content-Length and Transfer-Encoding together".to_owned()));
        }
        let last = last.rsplit(',').next().unwrap_or_default().trim();
        return match (last.eq_ignore_ascii_case("chunked"), expected) {
            (true, _) => Ok(Length::Chunked),
            (false, Expected::Response { .. }) => Ok(Length::UntilClose),
            (false, Expected::Request) => Err(Fault::Malformed(format!("transfer coding `{}`", shown(last)))),
        };
    }
    declared_length(message, expected)
}

fn declared_length(message: &RawMessage, expected: Expected) -> Result<Length, Fault> {
    let declared = message.header_all("content-length");
    let Some(first) = declared.first() else {
        return Ok(match expected {
            Expected::Request => Length::Exactly(0),
            Expected::Response { .. } => Length::UntilClose,
        });
    };
    let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    match first.parse() {
        Ok(bytes) if is_number && declared.iter().all(|other| other == first) => Ok(Length::Exactly(bytes)),
        Ok(_) | Err(_) => Err(Fault::Malformed(format!("Content-Length `{}`", shown(&declared.join(", "))))),
    }
}

pub(super) fn chunk_size(line: &[u8]) -> Result<u64, Fault> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let digits = String::from_utf8_lossy(digits);
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u64::from_str_radix(&digits, 16) {
        Ok(size) if is_hex => Ok(size),
        Ok(_) | Err(_) => Err(Fault::Malformed(format!("chunk size `{}`", shown(&digits)))),
    }
}

pub(super) fn keeps_alive(message: &RawMessage) -> bool {
    let options = message.header_all("connection").join(",").to_ascii_lowercase();
    let says = |option| options.split(',').any(|given| given.trim() == option);
    let line = message.start_line();
    if line.starts_with("HTTP/1.0") || line.ends_with("HTTP/1.0") { says("keep-alive") } else { !says("close") }
}
