//! A stimulus: one request, not yet on the wire, and who presents what with it.

use serde_json::Value;

use crate::req;
use crate::spec::schema::{self, Content, Violation};
use crate::spec::{Operation, Party, Release};
use crate::wire::Request;

/// One request to the role under test.
#[derive(Clone, Debug)]
pub struct Stimulus {
    /// The service operation it belongs to; none where it invokes a service API.
    pub operation: Option<&'static Operation>,
    /// HTTP method.
    pub method: &'static str,
    /// The party that sends it.
    pub by: Party,
    /// The party that it is sent to.
    pub to: Party,
    /// The certificate presented with it.
    pub presents: Presents,
    /// Sent over plain HTTP in place of TLS.
    pub plain_http: bool,
    /// Path and query.
    pub target: String,
    /// The identifier in the path of the party whose resource it is.
    pub subject: Option<String>,
    /// The name of the service API that it invokes.
    pub service_api: Option<String>,
    /// Header fields besides Host, Content-Length and Content-Type.
    pub headers: Vec<(String, String)>,
    /// Content.
    pub body: Body,
}

/// Which certificate the sender presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presents {
    /// The one it was enrolled with.
    Own,
    /// None at all.
    Nothing,
    /// The enrolled certificate of another party.
    CertificateOf(Party),
    /// One with the right names that an authority unknown to the core function issued.
    ForeignAuthority,
}

/// The content of a request, kept as data so that a deviation can change it.
#[derive(Clone, Debug)]
pub enum Body {
    /// No content.
    Empty,
    /// `application/json`.
    Json(Value),
    /// `application/x-www-form-urlencoded`, in order, duplicates included.
    Form(Vec<(String, String)>),
    /// Anything else, as it is.
    Raw {
        /// Media type.
        media: String,
        /// Bytes.
        bytes: Vec<u8>,
    },
}

impl Stimulus {
    /// A stimulus of an operation, by a party with its own certificate, over TLS.
    #[must_use]
    pub fn new(operation: &'static Operation, by: Party, target: String, body: Body) -> Self {
        let method = operation.method;
        Self { operation: Some(operation), ..Self::invoking(method, by, Party::CORE_FUNCTION, target, body) }
    }

    /// A stimulus that belongs to no operation of CAPIF: the invocation of a service API.
    #[must_use]
    pub fn invoking(method: &'static str, by: Party, to: Party, target: String, body: Body) -> Self {
        Self {
            operation: None,
            method,
            by,
            to,
            presents: Presents::Own,
            plain_http: false,
            target,
            subject: None,
            service_api: None,
            headers: Vec::new(),
            body,
        }
    }

    /// The same, sent to another party than the core function.
    #[must_use]
    pub fn sent_to(mut self, party: Party) -> Self {
        self.to = party;
        self
    }

    /// The same, about the resource of a party.
    #[must_use]
    pub fn about(mut self, identifier: &str) -> Self {
        self.subject = Some(identifier.to_owned());
        self
    }

    /// The same below the path of an apiRoot: empty, or with a slash before it.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.target = format!("{prefix}{}", self.target);
        self
    }

    /// The same with one more header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Whether another stimulus would be the same on the wire.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.presents == other.presents
            && self.plain_http == other.plain_http
            && self.target == other.target
            && self.headers == other.headers
            && self.body.rendered() == other.body.rendered()
    }

    /// The request as it goes on the wire.
    #[must_use]
    pub fn request(&self) -> Request {
        let mut headers = vec![("Accept".to_owned(), "application/json, application/problem+json".to_owned())];
        let (media, body) = self.body.rendered();
        if let Some(media) = media {
            headers.push(("Content-Type".to_owned(), media));
        }
        headers.extend(self.headers.iter().cloned());
        Request { headers, body, ..Request::new(self.method, &self.target) }
    }

    /// Where the content breaks the schema facts of its operation. A clean stimulus breaks none.
    #[must_use]
    pub fn violations(&self, release: Release) -> Vec<Violation> {
        let content = self.operation.and_then(|operation| operation.request).map(|body| body.content);
        let Some(Content::One(request_type)) = content else {
            return Vec::new();
        };
        let (_, bytes) = self.body.rendered();
        match &self.body {
            Body::Json(_) => schema::check_json(request_type, release, req!("29222-7.7-04"), &bytes).violations,
            Body::Form(_) => schema::check_form(request_type, release, req!("29222-7.7-04"), &bytes).violations,
            Body::Empty | Body::Raw { .. } => Vec::new(),
        }
    }
}

impl Body {
    /// Media type and bytes.
    #[must_use]
    pub fn rendered(&self) -> (Option<String>, Vec<u8>) {
        match self {
            Self::Empty => (None, Vec::new()),
            Self::Json(value) => (Some("application/json".to_owned()), value.to_string().into_bytes()),
            Self::Form(pairs) => (Some("application/x-www-form-urlencoded".to_owned()), form_text(pairs).into_bytes()),
            Self::Raw { media, bytes } => (Some(media.clone()), bytes.clone()),
        }
    }
}

/// Form encoding of RFC 6749 annex B: UTF-8, everything reserved percent-encoded, blanks as plus signs.
#[must_use]
pub fn form_text(pairs: &[(String, String)]) -> String {
    let encoded: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", form_part(name), form_part(value))).collect();
    encoded.join("&")
}

/// An identifier as a segment of a path (RFC 3986 3.3).
#[must_use]
pub fn path_segment(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    text.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn form_part(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
