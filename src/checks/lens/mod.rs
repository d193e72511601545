//! Ways of looking at an exchange: raw bytes in, plain facts out. Nothing here has an opinion.

mod by_invoker;
mod discovery;
mod invocation;
mod location;
mod sameness;
mod signature;
mod token;

pub use by_invoker::{
    Came, Grant, bearers, came, grants, initiations, invokes, mentions, names_itself, of_invoker, service_requests,
    token_requests,
};
pub use discovery::discovered;
pub use invocation::{Invocation, executions, invocation, invocations, mark, reached, served, succeeded};
pub use location::location_path;
pub use sameness::same;
pub use signature::{Signature, signature};
pub use token::{DecodedToken, ScopeEntry, decode, scope, scope_pairs};

use serde_json::{Map, Value};

use super::evidence::{Evidence, Member};
use crate::req;
use crate::spec::schema::{self, TypeName, Violation};
use crate::spec::{Operation, Party, Release};
use crate::wire::{Exchange, Outcome, RawMessage};

/// The service operation that a request belongs to.
#[must_use]
pub fn operation(exchange: &Exchange) -> Option<&'static Operation> {
    let request = exchange.request.as_ref()?;
    Operation::matching(&request.method()?, &path(request)?).map(|(operation, _)| operation)
}

/// Whether a request belongs to this service operation.
#[must_use]
pub fn is_of(exchange: &Exchange, wanted: &'static Operation) -> bool {
    operation(exchange).is_some_and(|found| std::ptr::eq(found, wanted))
}

/// Requests of some operations by one party, oldest first.
#[must_use]
pub fn sent_by<'a>(
    evidence: &'a Evidence<'_>,
    party: Party,
    operations: &'a [&'static Operation],
) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    evidence.exchanges.iter().map(AsRef::as_ref).filter(move |exchange| {
        exchange.client.name() == party.name()
            && operation(exchange).is_some_and(|found| operations.iter().any(|each| std::ptr::eq(*each, found)))
    })
}

/// The path of a request without its query.
#[must_use]
pub fn path(request: &RawMessage) -> Option<String> {
    request.target().map(|target| target.split('?').next().unwrap_or_default().to_owned())
}

/// The parameters in the query of a request.
#[must_use]
pub fn query(request: &RawMessage) -> Vec<(String, String)> {
    let target = request.target().unwrap_or_default();
    target.split_once('?').map(|(_, query)| form(query.as_bytes())).unwrap_or_default()
}

/// Status code of the answer.
#[must_use]
pub fn status(exchange: &Exchange) -> Option<u16> {
    exchange.status()
}

/// The answer's body, when it is a JSON object.
#[must_use]
pub fn answer_object(exchange: &Exchange) -> Option<Map<String, Value>> {
    object(exchange.answer()?)
}

/// The request's body, when it is a JSON object.
#[must_use]
pub fn request_object(exchange: &Exchange) -> Option<Map<String, Value>> {
    object(exchange.request.as_ref()?)
}

/// The texts of an array in a request's JSON body.
#[must_use]
pub fn request_texts(exchange: &Exchange, member: &str) -> Vec<String> {
    let listed = request_object(exchange).and_then(|body| body.get(member).cloned());
    let listed = listed.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    listed.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn object(message: &RawMessage) -> Option<Map<String, Value>> {
    match message.json()? {
        Value::Object(members) => Some(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

/// The parameters of a form-encoded request body.
#[must_use]
pub fn request_form(exchange: &Exchange) -> Vec<(String, String)> {
    exchange.request.as_ref().map(|request| form(&request.body)).unwrap_or_default()
}

/// The first way in which a body breaks the schema facts of its type.
#[must_use]
pub fn violation(of: TypeName, release: Release, body: &[u8]) -> Option<String> {
    let violations = schema::check_json(of, release, req!("29222-7.7-04"), body).violations;
    // RFC 6749 5.1: the value of token_type is case-insensitive.
    let only_case = |found: &Violation| found.path == "token_type" && found.observed.eq_ignore_ascii_case("\"Bearer\"");
    violations.iter().find(|found| !only_case(found)).map(ToString::to_string)
}

/// A member that stands twice in an object.
#[must_use]
pub fn duplicate_member(text: &str) -> Option<String> {
    let (_, duplicates) = schema::read_json(text.as_bytes()).ok()?;
    duplicates.into_iter().next()
}

/// Values of one parameter.
#[must_use]
pub fn values<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|(each, _)| each == name).map(|(_, value)| value.as_str()).collect()
}

fn form(bytes: &[u8]) -> Vec<(String, String)> {
    String::from_utf8_lossy(bytes)
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok()));
        match (first, hex) {
            (_, Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', None) => {
                bytes.push(b' ');
                rest = tail;
            }
            (other, None) => {
                bytes.push(other);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether one of a header field's comma-separated directives is this one.
#[must_use]
pub fn has_directive(message: &RawMessage, field: &str, directive: &str) -> bool {
    let fields = message.header_all(field).join(",");
    fields.split(',').any(|each| each.trim().eq_ignore_ascii_case(directive))
}

/// Media type of a message without its parameters, in lower case.
#[must_use]
pub fn media_type(message: &RawMessage) -> Option<String> {
    let value = message.header("content-type")?;
    Some(value.split(';').next().unwrap_or(&value).trim().to_ascii_lowercase())
}

/// The segments of a URI's path, decoded, the last one last.
#[must_use]
pub fn segments(uri: &str) -> Vec<String> {
    let path = uri.split(['?', '#']).next().unwrap_or(uri);
    // A plus sign is itself in a path; only form encoding takes it for a blank.
    path.split('/').filter(|segment| !segment.is_empty()).map(|segment| decoded(&segment.replace('+', "%2B"))).collect()
}

/// The request was carried out: a 2xx came back.
#[must_use]
pub fn accepted(exchange: &Exchange) -> bool {
    status(exchange).is_some_and(|status| (200..300).contains(&status))
}

/// The access token of an answer.
#[must_use]
pub fn access_token(exchange: &Exchange) -> Option<String> {
    answer_object(exchange)?.get("access_token")?.as_str().map(str::to_owned)
}

/// How an exchange ended, in a few words for the reader of a finding.
#[must_use]
pub fn ending(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Outcome::Answered => answered(exchange),
        Outcome::Open
        | Outcome::HandshakeRefused { .. }
        | Outcome::ClosedWithoutAnswer
        | Outcome::Malformed { .. }
        | Outcome::Unreachable { .. }
        | Outcome::TimedOut { .. } => exchange.outcome.to_string(),
    }
}

fn answered(exchange: &Exchange) -> String {
    let Some(response) = &exchange.response else {
        return "an answer without content".to_owned();
    };
    let status = response.status().map_or_else(|| "no status".to_owned(), |status| status.to_string());
    let detail = object(response).and_then(|members| {
        ["error", "cause", "title"]
            .into_iter()
            .find_map(|name| members.get(name).and_then(Value::as_str).map(|text| format!("{name} {text}")))
    });
    match (detail, media_type(response)) {
        (Some(detail), _) => format!("{status} with {detail}"),
        (None, Some(media)) => format!("{status} with {media}"),
        (None, None) => format!("{status} without content"),
    }
}

/// Notifications that reached any address of a party, oldest first, with the address.
#[must_use]
pub fn notifications<'a>(evidence: &'a Evidence<'_>, party: Party) -> Vec<(&'a Exchange, &'a str)> {
    let Some(member) = evidence.roster.member(party) else {
        return Vec::new();
    };
    evidence
        .exchanges
        .iter()
        .filter_map(|exchange| destination_of(exchange, member).map(|at| (exchange.as_ref(), at)))
        .collect()
}

fn destination_of<'a>(exchange: &Exchange, member: &'a Member) -> Option<&'a str> {
    let request = exchange.request.as_ref()?;
    let target = path(request)?;
    let position = member.destinations.iter().position(|destination| {
        let after_scheme = destination.split_once("://").map_or(destination.as_str(), |(_, rest)| rest);
        after_scheme.find('/').is_some_and(|at| after_scheme.get(at..) == Some(target.as_str()))
    })?;
    member.destinations.get(position).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_by_its_grammar() {
        let entries = scope("openid 3gpp#aef1:a,b;aef2:c", true).unwrap();
        assert_eq!(scope_pairs(&entries), ["aef1:a", "aef1:b", "aef2:c"]);
        assert_eq!(scope("aef1:a", true), None);
        assert_eq!(scope("aef1:a", false).unwrap().len(), 1);
        assert_eq!(scope("3gpp#aef1", true), None);
        assert_eq!(scope("3gpp#aef1:a,;aef2:b", true), None);
    }

    #[test]
    fn form_values_are_decoded_once() {
        let pairs = form(b"a=%33gpp%23x%3Ay&b=1+2&a=again&c");
        assert_eq!(values(&pairs, "a"), ["3gpp#x:y", "again"]);
        assert_eq!(values(&pairs, "b"), ["1 2"]);
        assert_eq!(values(&pairs, "c"), [""]);
    }

    #[test]
    fn a_padded_token_part_does_not_decode() {
        let token = decode("e30=.e30.x");
        assert!(token.header.is_none());
        assert!(token.claims.is_some());
    }
}
