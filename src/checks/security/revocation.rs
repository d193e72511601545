//! Revocation at the core function, and the notification of it: TS 29.222 clauses 5.6.2.5 and 8.5.3.2.

use serde_json::Value;

use super::super::evidence::Evidence;
use super::super::lens;
use super::super::{Check, Judgement};
use super::context::{or_none, verdict};
use super::{refusal, revoked};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &NOTIFIED_WHERE_ASKED,
    &NOTIFICATION_FORM,
    &CONTEXT_DELETED_AND_NOTIFIED,
    &NO_TOKEN_AFTER_REVOCATION,
    &ONLY_NAMED_APIS_REVOKED,
    &REVOCATION_ACKNOWLEDGED,
];

/// The notification goes where the security context says, and nowhere else.
pub const NOTIFIED_WHERE_ASKED: Check = Check {
    slug: "notified-where-asked",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.2.2-03")],
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

/// The notification is a POST of a SecurityNotification, to the invoker alone.
pub const NOTIFICATION_FORM: Check = Check {
    slug: "notification-form",
    role: Role::CoreFunction,
    requirements: &[req!("29222-8.5.3.2-01"), req!("29222-8.5.4.2.5-01")],
    judge: |evidence| {
        let expected = "POST of a valid SecurityNotification as application/json to exactly the destination, and to no other invoker";
        let told = lens::notifications(evidence, Party::INVOKER);
        let Some((first, _)) = told.first() else {
            return Judgement::missed(expected, "no notification at the invoker");
        };
        let stray = lens::notifications(evidence, Party::SECOND_INVOKER)
            .into_iter()
            .find(|(told, _)| named_invoker(told).as_deref() != evidence.roster.id(Party::SECOND_INVOKER));
        if let Some((stray, _)) = stray {
            return Judgement::missed(expected, "another invoker was notified as well").at(stray.id);
        }
        let fault = told.iter().find_map(|(notification, place)| {
            misformed(notification, place).or_else(|| malformed(evidence, notification))
        });
        verdict(expected, fault, "as asked for").at(first.id)
    },
};

/// What is wrong with the request that carries a notification.
fn misformed(notification: &Exchange, destination: &str) -> Option<String> {
    let request = notification.request.as_ref()?;
    let (method, target) = (request.method()?, request.target()?);
    let json = lens::media_type(request).as_deref() == Some("application/json");
    let right = method == "POST" && json && destination.ends_with(&target);
    (!right).then(|| format!("{method} {target} as {}", lens::media_type(request).unwrap_or_default()))
}

/// DELETE removes the context and the invoker is told.
pub const CONTEXT_DELETED_AND_NOTIFIED: Check = Check {
    slug: "context-deleted-and-notified",
    role: Role::CoreFunction,
    requirements: &[req!("29222-5.6.2.5.2-01"), req!("29222-8.5.2.3.3.2-01")],
    judge: |evidence| {
        let expected =
            "the context is read before, 404 after, and the invoker is notified once, of itself and its APIs";
        let Some(deleted) = revoked::deletion(evidence, Party::INVOKER) else {
            return Judgement::unclear(expected, "nothing was revoked");
        };
        let reads = revoked::reads(evidence, Party::INVOKER);
        let was_told = |by: &Exchange| {
            let twin = reads.iter().rfind(|read| read.id < deleted.id && read.client.name() == by.client.name());
            twin.is_some_and(|read| lens::status(read) == Some(200))
        };
        let after: Vec<&Exchange> = reads.iter().copied().filter(|read| read.id > deleted.id).collect();
        let Some(own) = after.iter().rfind(|read| read.client.name() == deleted.client.name()) else {
            return Judgement::unclear(expected, "the context was not read afterwards");
        };
        if let Some(read) = after.iter().find(|read| !was_told(read)) {
            return Judgement::unclear(expected, format!("{} was not told the context before", read.client.name()));
        }
        let stale = after.iter().find(|read| lens::accepted(read));
        let fault = if let Some(read) = revoked::collateral(evidence, deleted) {
            Some(format!("the context of another invoker is gone as well: {}", lens::ending(read)))
        } else if lens::accepted(deleted) {
            (lens::status(own) != Some(404))
                .then(|| format!("afterwards: {}", lens::ending(own)))
                .or_else(|| stale.map(|read| format!("{} is told it afterwards", read.client.name())))
                .or_else(|| notification_fault(evidence, None))
                .or_else(|| revoked::told_late(evidence).map(|_| "told after the deadline".to_owned()))
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
            evidence.of(operation!("GetOAuthIndAPIInv")).filter(move |ask| (ask.id > deleted.id) == after)
        };
        let (Some(before), Some(_)) = (asked(false).next_back(), asked(true).next_back()) else {
            return Judgement::unclear(expected, "a token has to be asked for before and after");
        };
        if lens::access_token(before).is_none() {
            return Judgement::unclear(expected, format!("before: {}", lens::ending(before)));
        }
        let refused = |ask: &Exchange| {
            lens::access_token(ask).is_none() && lens::status(ask).is_some_and(|status| matches!(status, 400..=404))
        };
        match asked(true).find(|ask| !refused(ask)) {
            Some(granted) => {
                let token = if lens::access_token(granted).is_some() { "a token, " } else { "" };
                Judgement::missed(expected, format!("afterwards: {token}{}", lens::ending(granted))).at(granted.id)
            }
            None => Judgement::held(expected, "refused afterwards, with a scope and without").at(deleted.id),
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
        let named = lens::request_texts(revoked, "apiIds");
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
        let mut later = evidence.of(operation!("GetOAuthIndAPIInv")).filter(|ask| ask.id > revoked.id);
        let of_another = later.clone().find(|ask| ask.client.name() == Party::SECOND_INVOKER.name());
        let own = later.find(|ask| ask.client.name() == Party::INVOKER.name() && holds_any(ask, &revoked_names));
        let fault = if let Some(ask) = of_another.filter(|ask| lens::access_token(ask).is_none()) {
            Some(format!("another invoker lost its authorization as well: {}", lens::ending(ask)))
        } else if own.is_some() || holds_any(gone, &revoked_names) {
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
            revocations.iter().partition(|exchange| refusal::subject_of(evidence, exchange).is_some());
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

pub(super) fn named_invoker(notification: &Exchange) -> Option<String> {
    lens::request_object(notification)?.get("apiInvokerId")?.as_str().map(str::to_owned)
}

pub(super) fn has_content(exchange: &Exchange) -> bool {
    exchange.response.as_ref().is_some_and(|response| !response.body.is_empty())
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

/// What is wrong with the notifications of a revocation: the invoker concerned is told of every API, and of none twice.
/// One notification may tell all, or several may share them.
fn notification_fault(evidence: &Evidence<'_>, exactly: Option<&[String]>) -> Option<String> {
    let told = lens::notifications(evidence, Party::INVOKER);
    if told.is_empty() {
        return Some("no notification at the invoker".to_owned());
    }
    if let Some(fault) = told.iter().find_map(|(notification, _)| malformed(evidence, notification)) {
        return Some(fault);
    }
    let mut listed: Vec<String> =
        told.iter().flat_map(|(notification, _)| lens::request_texts(notification, "apiIds")).collect();
    let mut due = match exactly {
        Some(ids) => ids.to_vec(),
        None => evidence.roster.permitted(Party::INVOKER).iter().map(|api| api.id.clone()).collect(),
    };
    listed.sort();
    due.sort();
    let observed = format!("{} notifications, of {}; due: {}", told.len(), or_none(&listed), or_none(&due));
    (listed != due).then_some(observed)
}

/// What is wrong with one notification by itself.
pub(super) fn malformed(evidence: &Evidence<'_>, notification: &Exchange) -> Option<String> {
    let request = notification.request.as_ref()?;
    let named = named_invoker(notification);
    let body = lens::request_object(notification).unwrap_or_default();
    let aef_id = body.get("aefId").and_then(Value::as_str);
    let stranger = aef_id.is_some_and(|aef_id| !evidence.roster.apis.iter().any(|api| api.is_at(aef_id)));
    if stranger {
        return Some(format!("aefId {}, which is no exposing function of the invoker's", aef_id.unwrap_or_default()));
    }
    lens::violation(data_type!("SecurityNotification"), evidence.release, &request.body).or_else(|| {
        let concerned = named.as_deref() == evidence.roster.id(Party::INVOKER);
        (!concerned).then(|| format!("the notification names {}", named.unwrap_or_else(|| "nobody".to_owned())))
    })
}
