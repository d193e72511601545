//! Errors as problem details (TS 29.122 5.2.6, TS 29.222 7.7).

use serde_json::{Map, Value, json};

use crate::actors::json::Invalid;
use crate::wire::Reply;

/// Why a request is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: u16,
    title: &'static str,
    detail: String,
    invalid: Vec<Invalid>,
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    fn new(status: u16, title: &'static str, detail: &str) -> Self {
        Self { status, title, detail: detail.to_owned(), invalid: Vec::new(), headers: Vec::new() }
    }

    /// The request is not what HTTP or the operation wants.
    pub(super) fn bad_request(detail: &str) -> Self {
        Self::new(400, "Bad Request", detail)
    }

    /// Nobody that we know asks.
    pub(super) fn unauthenticated(detail: &str) -> Self {
        Self::new(401, "Unauthorized", detail)
    }

    /// Nobody that we know asks, and a bearer token would change that (RFC 6750 clause 3).
    pub(super) fn wants_bearer(detail: &str) -> Self {
        let mut problem = Self::unauthenticated(detail);
        problem.headers.push(("WWW-Authenticate", "Bearer".to_owned()));
        problem
    }

    /// The bearer token is not good, or not any more (RFC 6750 clause 3.1).
    pub(super) fn invalid_token(detail: &str) -> Self {
        let mut problem = Self::unauthenticated(detail);
        let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{detail}\"");
        problem.headers.push(("WWW-Authenticate", challenge));
        problem
    }

    /// The bearer token is good for something else (RFC 6750 clause 3.1).
    pub(super) fn insufficient_scope(detail: &str) -> Self {
        let mut problem = Self::forbidden(detail);
        problem.headers.push(("WWW-Authenticate", "Bearer error=\"insufficient_scope\"".to_owned()));
        problem
    }

    /// Whoever asks may not.
    pub(super) fn forbidden(detail: &str) -> Self {
        Self::new(403, "Forbidden", detail)
    }

    /// There is no such resource.
    pub(super) fn not_found(detail: &str) -> Self {
        Self::new(404, "Not Found", detail)
    }

    /// The resource is there and knows only these methods.
    pub(super) fn method_not_allowed(allowed: &'static str) -> Self {
        let mut problem = Self::new(405, "Method Not Allowed", "the resource has no such method");
        problem.headers.push(("Allow", allowed.to_owned()));
        problem
    }

    /// It is our own fault.
    pub(super) fn internal(detail: &str) -> Self {
        Self::new(500, "Internal Server Error", detail)
    }

    /// Something that is needed cannot be reached.
    pub(super) fn unavailable(detail: &str) -> Self {
        Self::new(503, "Service Unavailable", detail)
    }

    /// The body is of another media type.
    pub(super) fn unsupported_media_type(wanted: &str) -> Self {
        Self::new(415, "Unsupported Media Type", &format!("the body has to be {wanted}"))
    }

    /// The answer that tells it.
    pub(super) fn reply(self) -> Reply {
        let mut body = Map::new();
        body.insert("title".to_owned(), self.title.into());
        body.insert("status".to_owned(), self.status.into());
        body.insert("detail".to_owned(), self.detail.into());
        if !self.invalid.is_empty() {
            let params = self.invalid.into_iter();
            let params = params.map(|miss| json!({"param": miss.param, "reason": miss.reason}));
            body.insert("invalidParams".to_owned(), params.collect());
        }
        let reply = Reply::new(self.status).body("application/problem+json", Value::Object(body).to_string());
        self.headers.into_iter().fold(reply, |reply, (name, value)| reply.header(name, &value))
    }
}

/// A body that breaks the data model: the answer names the attribute.
impl From<Invalid> for Problem {
    fn from(miss: Invalid) -> Self {
        Self { invalid: vec![miss.clone()], ..Self::bad_request(&miss.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reply: &Reply) -> Value {
        serde_json::from_slice(&reply.body).unwrap()
    }

    #[test]
    fn an_invalid_attribute_is_named() {
        let reply = Problem::from(Invalid::new("securityInfo[0].aefId", "is missing")).reply();
        assert_eq!(reply.status, 400);
        assert_eq!(body(&reply)["invalidParams"][0]["param"], "securityInfo[0].aefId");
        assert_eq!(body(&reply)["status"], 400);
    }

    #[test]
    fn a_wrong_method_is_answered_with_the_right_ones() {
        let reply = Problem::method_not_allowed("GET, PUT").reply();
        assert!(reply.headers.contains(&("Allow".to_owned(), "GET, PUT".to_owned())));
        assert!(reply.headers.contains(&("Content-Type".to_owned(), "application/problem+json".to_owned())));
    }
}
