//! CAPIF_Security_API at the core function: security contexts, what is told of them, and their end.
//! TS 29.222 clauses 5.6.2.2, 5.6.2.4 and 5.6.2.5; TS 33.122 clause 6.5.2.3 step 5.

use serde_json::{Map, Value};

use super::evidence::{Evidence, ServiceApi};
use super::lens;
use super::{Check, Judgement};
use crate::spec::schema::TypeName;
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &CONTEXT_STORED_ON_REQUEST,
    &CREATION_RETURNS_METHODS,
    &METHOD_IN_BOTH_LISTS,
    &NOTIFIED_WHERE_ASKED,
    &ONLY_OWN_INTERFACES_TOLD,
    &INFORMATION_AS_ASKED,
    &CHOSEN_METHOD_TOLD,
    &ROOT_CERTIFICATE_TOLD,
    &CONTEXT_DELETED_AND_NOTIFIED,
    &NO_TOKEN_AFTER_REVOCATION,
    &ONLY_NAMED_APIS_REVOKED,
    &REVOCATION_ACKNOWLEDGED,
];

/// The context exists because the invoker asked, and is reachable where the creation said.
pub const CONTEXT_STORED_ON_REQUEST: Check = Check {
    slug: "context-stored-on-request",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.1-01")],
    judge: |evidence| {
        let expected = "no context before the request; a Location ending in trustedInvokers/{apiInvokerId}; the context there afterwards";
        let Some(created) = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next() else {
            return Judgement::unclear(expected, "no context was asked for");
        };
        let reads: Vec<&Exchange> = evidence.of(operation!("GetSecIndTrustedAPIInv")).collect();
        let before = reads.iter().rfind(|read| read.id < created.id);
        let after = reads.iter().find(|read| read.id > created.id);
        let (Some(before), Some(after)) = (before, after) else {
            return Judgement::unclear(expected, "the context was not read before and after");
        };
        let location = created.response.as_ref().and_then(|response| response.header("location"));
        let fault = if lens::accepted(before) {
            Some("a context before anybody asked for one".to_owned())
        } else if !location.as_deref().is_some_and(|uri| locates(evidence, uri)) {
            Some(format!("Location {}", location.as_deref().unwrap_or("absent")))
        } else if lens::status(after) != Some(200) || entries(after).is_empty() {
            Some(format!("at the location: {}", lens::ending(after)))
        } else {
            None
        };
        verdict(expected, fault, "created, located and read back").at(created.id)
    },
};

/// 201 with a Location and the method of every entry.
pub const CREATION_RETURNS_METHODS: Check = Check {
    slug: "creation-returns-methods",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.2.2-04"), req!("29222-8.5.2.3.3.3-01")],
    judge: |evidence| {
        let expected = "201, Location, and a ServiceSecurity with one entry per entry asked for, each with its method";
        let Some(exchange) = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next_back() else {
            return Judgement::unclear(expected, "no context was asked for");
        };
        let location = exchange.response.as_ref().and_then(|response| response.header("location"));
        let asked = request_entries(exchange);
        let told = entries(exchange);
        let fault = if lens::status(exchange) != Some(201) {
            Some(lens::ending(exchange))
        } else if !location.as_deref().is_some_and(|uri| locates(evidence, uri)) {
            Some(format!("Location {}", location.as_deref().unwrap_or("absent")))
        } else if let Some(violation) = body_violation(evidence, exchange, data_type!("ServiceSecurity")) {
            Some(violation)
        } else if asked.len() != told.len() {
            Some(format!("{} entries for {} asked for", told.len(), asked.len()))
        } else {
            told.iter()
                .zip(&asked)
                .find(|(told, asked)| shares_a_method(evidence, asked) && selected(told).is_none())
                .map(|_| "an entry without selSecurityMethod although both sides share one".to_owned())
        };
        verdict(expected, fault, "201 with Location and methods").at(exchange.id)
    },
};

/// The method selected is one both sides list; none where they share none.
pub const METHOD_IN_BOTH_LISTS: Check = Check {
    slug: "method-in-both-lists",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.2.2-02"), req!("29222-8.5.4.2.3-02")],
    judge: |evidence| {
        let expected =
            "selSecurityMethod lies in the invoker's list and in the published one; absent where they share none";
        let Some(exchange) = evidence.of(operation!("CreateSecIndTrustedAPIInv")).next_back() else {
            return Judgement::unclear(expected, "no context was asked for");
        };
        if lens::status(exchange) != Some(201) {
            return Judgement::missed(expected, lens::ending(exchange)).at(exchange.id);
        }
        let (asked, told) = (request_entries(exchange), entries(exchange));
        let fault = asked.iter().zip(&told).find_map(|(asked, told)| {
            let shared = shared_methods(evidence, asked);
            match selected(told) {
                Some(method) if !shared.contains(&method) => {
                    Some(format!("{method} selected; both list {}", or_none(&shared)))
                }
                None if !shared.is_empty() => Some(format!("none selected; both list {}", or_none(&shared))),
                Some(_) | None => None,
            }
        });
        let fault = fault.or_else(|| (asked.len() != told.len()).then(|| format!("{} entries", told.len())));
        let observed: Vec<String> =
            told.iter().map(|entry| selected(entry).unwrap_or_else(|| "none".to_owned())).collect();
        verdict(expected, fault, &format!("selected: {}", observed.join(", "))).at(exchange.id)
    },
};

/// The notification goes where the security context says, and nowhere else.
pub const NOTIFIED_WHERE_ASKED: Check = Check {
    slug: "notified-where-asked",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.2.2-03"), req!("29222-8.5.3.2-01")],
    judge: |evidence| {
        let expected = "the revocation is notified at the destination of the security context, and nowhere else";
        let Some(destination) = evidence.roster.member(Party::INVOKER).and_then(|member| member.destinations.last())
        else {
            return Judgement::unclear(expected, "the invoker named no destination");
        };
        // The fence: the second invoker is revoked later, so what came before its own notification came astray.
        let second = lens::notifications(evidence, Party::SECOND_INVOKER);
        if second.is_empty() {
            return Judgement::unclear(expected, "the second invoker was not notified of its own revocation");
        }
        let own = evidence.roster.id(Party::SECOND_INVOKER);
        if let Some((stray, _)) = second.iter().find(|(told, _)| named_invoker(told).as_deref() != own) {
            return Judgement::missed(expected, "another invoker was notified as well").at(stray.id);
        }
        let told = lens::notifications(evidence, Party::INVOKER);
        let places: Vec<&str> = told.iter().map(|(_, place)| *place).collect();
        let held = !places.is_empty() && places.iter().all(|place| place == destination);
        let observed = if places.is_empty() {
            "no notification anywhere".to_owned()
        } else {
            format!("notified at {}", places.join(", "))
        };
        Judgement::when(held, expected, observed)
    },
};

/// An exposing function is told of its own interfaces only, and of all of them.
pub const ONLY_OWN_INTERFACES_TOLD: Check = Check {
    slug: "only-own-interfaces-told",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.4.2-02")],
    judge: |evidence| {
        let expected = "each exposing function is told of all the invoker negotiated for it, and of no other's";
        let negotiated =
            evidence.of(operation!("CreateSecIndTrustedAPIInv")).next_back().map(request_entries).unwrap_or_default();
        let reads: Vec<&Exchange> = evidence.of(operation!("GetSecIndTrustedAPIInv")).collect();
        if reads.len() < 2 || negotiated.is_empty() {
            return Judgement::unclear(expected, "two exposing functions have to ask");
        }
        for read in &reads {
            let Some(aef_id) = Party::named(read.client.name()).and_then(|party| evidence.roster.id(party)) else {
                continue;
            };
            let own = |entry: &&Map<String, Value>| concerns(evidence, entry, aef_id);
            let told = entries(read);
            let due = negotiated.iter().filter(own).count();
            let stray = told.iter().filter(|entry| !own(entry)).count();
            if stray > 0 || told.len() != due {
                let observed = format!(
                    "{} was told {} entries ({stray} of others); {due} are its own",
                    read.client.name(),
                    told.len()
                );
                return Judgement::missed(expected, observed).at(read.id);
            }
        }
        Judgement::held(expected, format!("{} exposing functions, each its own", reads.len()))
    },
};

/// Authentication and authorization information come when asked for, and only then.
pub const INFORMATION_AS_ASKED: Check = Check {
    slug: "information-as-asked",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.4.2-03"), req!("29222-8.5.2.3.3.1-01")],
    judge: |evidence| {
        let expected =
            "200 ServiceSecurity; authenticationInfo only when asked for, authorizationInfo only when asked for";
        let Some(exchange) = evidence.focus() else {
            return Judgement::unclear(expected, "the exposing function did not ask");
        };
        if lens::status(exchange) != Some(200) {
            return Judgement::missed(expected, lens::ending(exchange)).at(exchange.id);
        }
        let query = exchange.request.as_ref().map(lens::query).unwrap_or_default();
        let told = entries(exchange);
        let stray = ["authenticationInfo", "authorizationInfo"].into_iter().find(|name| {
            let asked = lens::values(&query, name).contains(&"true");
            !asked && told.iter().any(|entry| entry.contains_key(*name))
        });
        let fault = stray
            .map(|name| format!("{name} although it was not asked for"))
            .or_else(|| body_violation(evidence, exchange, data_type!("ServiceSecurity")))
            .or_else(|| told.is_empty().then(|| "no entry for the exposing function that asks".to_owned()));
        verdict(expected, fault, "as asked").at(exchange.id)
    },
};

/// The exposing function learns that the method is TLS with OAuth token.
pub const CHOSEN_METHOD_TOLD: Check = Check {
    slug: "chosen-method-told",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-19")],
    judge: |evidence| {
        let expected =
            "selSecurityMethod OAUTH for the exposing function that asks; nothing for an invoker without context";
        let reads: Vec<&Exchange> = evidence.of(operation!("GetSecIndTrustedAPIInv")).collect();
        let (with, without): (Vec<&Exchange>, Vec<&Exchange>) =
            reads.into_iter().partition(|read| super::refusal::subject_of(evidence, read) == Some(Party::INVOKER));
        let (Some(with), Some(without)) = (with.last(), without.last()) else {
            return Judgement::unclear(expected, "an invoker with and one without context are needed");
        };
        let told: Vec<String> = entries(with).iter().filter_map(selected).collect();
        let fault = if lens::status(with) != Some(200) {
            Some(lens::ending(with))
        } else if told.is_empty() || told.iter().any(|method| method != "OAUTH") {
            Some(format!("selSecurityMethod {}", or_none(&told)))
        } else if lens::status(without) == Some(200) {
            Some("200 for an invoker without a security context".to_owned())
        } else {
            None
        };
        verdict(expected, fault, "OAUTH; and nothing without a context").at(with.id)
    },
};

/// The root certificate for the invoker may be told; when it is, it has to be the right one.
pub const ROOT_CERTIFICATE_TOLD: Check = Check {
    slug: "root-certificate-told",
    role: Role::CoreFunction,
    requirements: &[req!("33122-6.5.2.3-20")],
    judge: |evidence| {
        let expected = "authenticationInfo may hold the root certificate of the invoker";
        let Some(exchange) = evidence.focus() else {
            return Judgement::unclear(expected, "the exposing function did not ask");
        };
        let told = entries(exchange)
            .iter()
            .filter_map(|entry| entry.get("authenticationInfo").and_then(Value::as_str).map(str::to_owned))
            .find(|text| text.contains("BEGIN CERTIFICATE"));
        match told {
            Some(_) => Judgement::held(expected, "a certificate in authenticationInfo"),
            None => Judgement::not_used(expected, "no certificate in authenticationInfo"),
        }
        .at(exchange.id)
    },
};

/// DELETE removes the context and the invoker is told.
pub const CONTEXT_DELETED_AND_NOTIFIED: Check = Check {
    slug: "context-deleted-and-notified",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.5.2-01"), req!("29222-8.5.2.3.3.2-01")],
    judge: |evidence| {
        let expected =
            "the context is read before, 404 after, and the invoker is notified once, of itself and its APIs";
        let Some(deleted) = evidence.of(operation!("DeleteSecIndTrustedAPIInv")).next_back() else {
            return Judgement::unclear(expected, "nothing was revoked");
        };
        let read = |after: bool| {
            evidence.of(operation!("GetSecIndTrustedAPIInv")).filter(|read| (read.id > deleted.id) == after).last()
        };
        let (Some(before), Some(after)) = (read(false), read(true)) else {
            return Judgement::unclear(expected, "the context was not read before and after");
        };
        if lens::status(before) != Some(200) {
            return Judgement::unclear(expected, format!("before: {}", lens::ending(before)));
        }
        let fault = if lens::accepted(deleted) {
            (lens::status(after) != Some(404))
                .then(|| format!("afterwards: {}", lens::ending(after)))
                .or_else(|| notification_fault(evidence, None))
        } else {
            Some(lens::ending(deleted))
        };
        verdict(expected, fault, "deleted and notified").at(deleted.id)
    },
};

/// With the authorization of all APIs gone, no token is granted any more.
pub const NO_TOKEN_AFTER_REVOCATION: Check = Check {
    slug: "no-token-after-revocation",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.5.2-02")],
    judge: |evidence| {
        let expected = "a token before the revocation of all APIs, none after it";
        let Some(deleted) = evidence.of(operation!("DeleteSecIndTrustedAPIInv")).next_back() else {
            return Judgement::unclear(expected, "nothing was revoked");
        };
        if !lens::accepted(deleted) {
            return Judgement::missed(expected, lens::ending(deleted)).at(deleted.id);
        }
        let asked = |after: bool| {
            evidence.of(operation!("GetOAuthIndAPIInv")).filter(|ask| (ask.id > deleted.id) == after).last()
        };
        match (asked(false), asked(true)) {
            (Some(before), Some(after)) if lens::access_token(before).is_some() => {
                let refused =
                    lens::access_token(after).is_none() && lens::status(after).is_some_and(|s| matches!(s, 400..=404));
                Judgement::when(refused, expected, format!("afterwards: {}", lens::ending(after))).at(after.id)
            }
            _ => Judgement::unclear(expected, "a token has to be granted before and asked for after"),
        }
    },
};

/// A partial revocation revokes what it names.
pub const ONLY_NAMED_APIS_REVOKED: Check = Check {
    slug: "only-named-apis-revoked",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.5.2-03")],
    judge: |evidence| {
        let expected =
            "no token for the APIs named, one for the others, and a notification that lists exactly those named";
        let Some(revoked) = evidence.of(operation!("DeleteAuthIndAPIInvForAPIs")).next_back() else {
            return Judgement::unclear(expected, "nothing was revoked");
        };
        if !lens::accepted(revoked) {
            return Judgement::missed(expected, lens::ending(revoked)).at(revoked.id);
        }
        let named = api_ids(revoked);
        let granted_after = |wanted: bool| {
            evidence.of(operation!("GetOAuthIndAPIInv")).filter(|ask| ask.id > revoked.id).find(|ask| {
                let scope = lens::values(&lens::request_form(ask), "scope")
                    .first()
                    .map(|text| (*text).to_owned())
                    .unwrap_or_default();
                evidence
                    .roster
                    .apis
                    .iter()
                    .any(|api| scope.ends_with(&format!(":{}", api.name)) && named.contains(&api.id) == wanted)
            })
        };
        let (Some(gone), Some(kept)) = (granted_after(true), granted_after(false)) else {
            return Judgement::unclear(
                expected,
                "tokens for an API named and for another have to be asked for afterwards",
            );
        };
        let revoked_names: Vec<&str> =
            evidence.roster.apis.iter().filter(|api| named.contains(&api.id)).map(|api| api.name.as_str()).collect();
        let fault = if holds_any(gone, &revoked_names) {
            Some("a token for an API that was revoked".to_owned())
        } else if lens::access_token(kept).is_none() {
            Some(format!("for an API that was not named: {}", lens::ending(kept)))
        } else {
            notification_fault(evidence, Some(&named))
        };
        verdict(expected, fault, "exactly those named").at(revoked.id)
    },
};

/// Both variants are acknowledged with 204; an unknown invoker is not.
pub const REVOCATION_ACKNOWLEDGED: Check = Check {
    slug: "revocation-acknowledged",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.5.2-04")],
    judge: |evidence| {
        let expected = "204 without content to DELETE and to POST delete; 404 for an invoker that is not known";
        let revocations: Vec<&Exchange> = evidence
            .of(operation!("DeleteSecIndTrustedAPIInv"))
            .chain(evidence.of(operation!("DeleteAuthIndAPIInvForAPIs")))
            .collect();
        let (known, unknown): (Vec<&&Exchange>, Vec<&&Exchange>) =
            revocations.iter().partition(|exchange| super::refusal::subject_of(evidence, exchange).is_some());
        if known.is_empty() || unknown.is_empty() {
            return Judgement::unclear(expected, "a known and an unknown invoker are needed");
        }
        let wrong = known
            .iter()
            .find(|exchange| lens::status(exchange) != Some(204) || has_content(exchange))
            .or_else(|| unknown.iter().find(|exchange| lens::status(exchange) != Some(404)));
        match wrong {
            Some(exchange) => Judgement::missed(expected, lens::ending(exchange)).at(exchange.id),
            None => Judgement::held(expected, format!("{} acknowledged, the unknown one not", known.len())),
        }
    },
};

fn verdict(expected: &str, fault: Option<String>, otherwise: &str) -> Judgement {
    match fault {
        Some(fault) => Judgement::missed(expected, fault),
        None => Judgement::held(expected, otherwise),
    }
}

fn named_invoker(notification: &Exchange) -> Option<String> {
    lens::request_object(notification)?.get("apiInvokerId")?.as_str().map(str::to_owned)
}

fn locates(evidence: &Evidence<'_>, uri: &str) -> bool {
    let invoker = evidence.roster.id(Party::INVOKER);
    let segments = lens::segments(uri);
    let mut last = segments.iter().rev();
    last.next().copied() == invoker && last.next() == Some(&"trustedInvokers")
}

fn has_content(exchange: &Exchange) -> bool {
    exchange.response.as_ref().is_some_and(|response| !response.body.is_empty())
}

fn entries(exchange: &Exchange) -> Vec<Map<String, Value>> {
    security_info(lens::answer_object(exchange))
}

fn request_entries(exchange: &Exchange) -> Vec<Map<String, Value>> {
    security_info(lens::request_object(exchange))
}

fn security_info(body: Option<Map<String, Value>>) -> Vec<Map<String, Value>> {
    let info = body.and_then(|body| body.get("securityInfo").cloned());
    let listed = info.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    listed.into_iter().filter_map(|entry| entry.as_object().cloned()).collect()
}

fn selected(entry: &Map<String, Value>) -> Option<String> {
    entry.get("selSecurityMethod").and_then(Value::as_str).map(str::to_owned)
}

/// Methods that the invoker prefers and that the interface was published with.
fn shared_methods(evidence: &Evidence<'_>, asked: &Map<String, Value>) -> Vec<String> {
    let api_id = asked.get("apiId").and_then(Value::as_str);
    let preferred = asked.get("prefSecurityMethods").and_then(Value::as_array).cloned().unwrap_or_default();
    let offered: Vec<&String> = evidence
        .roster
        .apis
        .iter()
        .filter(|api| is_about(asked, api) && api_id.is_none_or(|id| id == api.id))
        .flat_map(|api| &api.methods)
        .collect();
    preferred
        .iter()
        .filter_map(Value::as_str)
        .filter(|method| offered.iter().any(|each| each == method))
        .map(str::to_owned)
        .collect()
}

fn shares_a_method(evidence: &Evidence<'_>, asked: &Map<String, Value>) -> bool {
    !shared_methods(evidence, asked).is_empty()
}

fn or_none(words: &[String]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// Whether an entry is about an exposing function.
fn concerns(evidence: &Evidence<'_>, entry: &Map<String, Value>, aef_id: &str) -> bool {
    evidence.roster.apis.iter().any(|api| api.aef_id == aef_id && is_about(entry, api))
}

/// Whether an entry names the exposing function of a service API, or its interface.
fn is_about(entry: &Map<String, Value>, api: &ServiceApi) -> bool {
    match entry.get("interfaceDetails") {
        Some(interface) => {
            let address = interface.get("ipv4Addr").and_then(Value::as_str);
            let port = interface.get("port").and_then(Value::as_u64);
            address == Some(api.interface.0.as_str()) && port == Some(u64::from(api.interface.1))
        }
        None => entry.get("aefId").and_then(Value::as_str) == Some(api.aef_id.as_str()),
    }
}

fn body_violation(evidence: &Evidence<'_>, exchange: &Exchange, of: TypeName) -> Option<String> {
    let body = &exchange.response.as_ref()?.body;
    lens::violation(of, evidence.release, body)
}

fn api_ids(exchange: &Exchange) -> Vec<String> {
    api_ids_of(lens::request_object(exchange))
}

fn api_ids_of(body: Option<Map<String, Value>>) -> Vec<String> {
    let listed = body.and_then(|body| body.get("apiIds").cloned());
    let listed = listed.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    listed.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn holds_any(exchange: &Exchange, names: &[&str]) -> bool {
    let Some(token) = lens::access_token(exchange) else {
        return false;
    };
    let claims = lens::decode(&token).claims.unwrap_or_default();
    let scope =
        claims.get("scope").and_then(Value::as_str).and_then(|text| lens::scope(text, false)).unwrap_or_default();
    scope.iter().flat_map(|entry| &entry.apis).any(|api| names.contains(&api.as_str()))
}

/// What is wrong with the notifications of a revocation, told once and to the invoker concerned.
fn notification_fault(evidence: &Evidence<'_>, exactly: Option<&[String]>) -> Option<String> {
    let told = lens::notifications(evidence, Party::INVOKER);
    let [(notification, _)] = told.as_slice() else {
        return Some(format!("{} notifications at the invoker", told.len()));
    };
    let body = lens::request_object(notification);
    let violation = notification
        .request
        .as_ref()
        .and_then(|request| lens::violation(data_type!("SecurityNotification"), evidence.release, &request.body));
    let named = body.as_ref().and_then(|body| body.get("apiInvokerId")).and_then(Value::as_str).map(str::to_owned);
    let mut listed = api_ids_of(body);
    listed.sort();
    if violation.is_some() {
        return violation;
    }
    if named.as_deref() != evidence.roster.id(Party::INVOKER) {
        return Some(format!("the notification names {}", named.unwrap_or_else(|| "nobody".to_owned())));
    }
    let due = match exactly {
        Some(ids) => ids.to_vec(),
        None => evidence.roster.permitted(Party::INVOKER).iter().map(|api| api.id.clone()).collect(),
    };
    let mut due = due;
    due.sort();
    (listed != due).then(|| format!("the notification lists {}", or_none(&listed)))
}
