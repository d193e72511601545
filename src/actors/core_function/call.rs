//! One request, as the services want it: path in segments, caller known, body still raw.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::access::Caller;
use super::security::Notice;
use super::token::Errand;
use crate::actors::form;
use crate::actors::problem::Problem;
use crate::wire::{Incoming, Reply};

/// A request.
#[derive(Debug)]
pub(super) struct Call {
    /// Who sent it.
    pub(super) caller: Caller,
    /// Whether it came over TLS.
    pub(super) secure: bool,
    /// Its method.
    pub(super) method: String,
    /// Segments of its path.
    pub(super) path: Vec<String>,
    /// Its query, duplicates included.
    pub(super) query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What comes of a request.
#[derive(Debug)]
pub(super) struct Decision {
    /// The answer.
    pub(super) reply: Reply,
    /// What else is to be done, in this order.
    pub(super) notices: Vec<Notice>,
    /// What has to be found out elsewhere before there is an answer, which then takes the place of this one.
    pub(super) errand: Option<Box<Errand>>,
}

impl From<Reply> for Decision {
    fn from(reply: Reply) -> Self {
        Self { reply, notices: Vec::new(), errand: None }
    }
}

impl From<Errand> for Decision {
    fn from(errand: Errand) -> Self {
        // Nobody gets to see it: the errand brings another answer.
        Self { errand: Some(Box::new(errand)), ..Self::from(Reply::new(202)) }
    }
}

impl Call {
    /// Takes a request apart.
    pub(super) fn parse(incoming: Incoming, caller: Caller) -> Result<Self, Problem> {
        let (path, query) = incoming.target.split_once('?').unwrap_or((&incoming.target, ""));
        let broken = || Problem::bad_request("the target cannot be decoded");
        let path = path.strip_prefix('/').ok_or_else(broken)?;
        let path = path.split('/').map(form::unescape).collect::<Option<Vec<_>>>().ok_or_else(broken)?;
        let query = form::decode(query).ok_or_else(broken)?;
        Ok(Self {
            caller,
            secure: incoming.secure,
            method: incoming.method,
            path,
            query,
            headers: incoming.headers,
            body: incoming.body,
        })
    }

    /// First value of a header field.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        fields.find(|(given, _value)| given.eq_ignore_ascii_case(name)).map(|(_name, value)| value.as_str())
    }

    /// First value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _value)| given == name).map(|(_name, value)| value.as_str())
    }

    /// The media type of the body, without its parameters, in lower case.
    pub(super) fn media_type(&self) -> String {
        let given = self.header("Content-Type").unwrap_or_default();
        given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body as text.
    pub(super) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    /// The body of a request that has to be JSON.
    pub(super) fn json(&self) -> Result<Value, Problem> {
        self.json_as("application/json")
    }

    /// The body of a PATCH (RFC 7396).
    pub(super) fn merge_patch(&self) -> Result<Value, Problem> {
        self.json_as("application/merge-patch+json")
    }

    fn json_as(&self, media_type: &str) -> Result<Value, Problem> {
        if self.media_type() != media_type {
            return Err(Problem::unsupported_media_type(media_type));
        }
        serde_json::from_slice(&self.body).map_err(|_no_json| Problem::bad_request("the body is no JSON"))
    }

    /// The token of an Authorization header of scheme Bearer.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.credential("Bearer")
    }

    /// User and password of an Authorization header of scheme Basic (RFC 7617).
    pub(super) fn basic(&self) -> Option<(String, String)> {
        let decoded = String::from_utf8(STANDARD.decode(self.credential("Basic")?).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// Whether there is an Authorization header of scheme Basic, well formed or not.
    pub(super) fn tries_basic(&self) -> bool {
        self.credential("Basic").is_some()
    }

    fn credential(&self, scheme: &str) -> Option<&str> {
        let (given, credential) = self.header("Authorization")?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then(|| credential.trim())
    }
}

/// Applies a JSON merge patch (RFC 7396).
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.shift_remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_adds_and_removes() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "d": 3});
        merge(&mut target, &json!({"a": {"b": null, "e": 4}, "d": [5]}));
        assert_eq!(target, json!({"a": {"c": 2, "e": 4}, "d": [5]}));
    }

    #[test]
    fn a_request_is_taken_apart() {
        let call = Call::parse(
            Incoming {
                peer_chain: Vec::new(),
                method: "POST".to_owned(),
                target: "/a/b%2Fc?x=1&x=2".to_owned(),
                headers: vec![
                    ("content-type".to_owned(), "Application/JSON; charset=utf-8".to_owned()),
                    ("authorization".to_owned(), "basic aTpzOnQ=".to_owned()),
                ],
                body: b"[]".to_vec(),
                secure: true,
            },
            Caller::Nobody,
        )
        .unwrap();
        assert_eq!(call.path, ["a", "b/c"]);
        assert_eq!(call.parameter("x"), Some("1"));
        assert_eq!(call.json().unwrap(), json!([]));
        assert_eq!(call.basic().unwrap(), ("i".to_owned(), "s:t".to_owned()));
        assert!(call.bearer().is_none());
    }
}
