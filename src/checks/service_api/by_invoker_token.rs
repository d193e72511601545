//! How an invoker under test comes by its tokens and how long it uses them: TS 23.222 clause 8.11, TS 33.122 6.5.2.3
//! steps 1 to 4, C.5 and C.6.

use super::super::evidence::{Evidence, Told};
use super::super::lens::{self, Came, Grant};
use super::super::{Check, Held, Judgement};
use super::by_invoker::{arrived, each, start_line};
use crate::spec::{Party, Role};
use crate::wire::Exchange;
use crate::{operation, req};

/// For requests that are under way when a token runs out.
const GRACE_SECONDS: i64 = 1;

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &PERMISSION_OBTAINED_AND_REFRESHED,
    &MAY_OBTAIN_DURING_ONBOARDING,
    &OBTAINED_UNDER_OWN_IDENTITY,
    &NOTHING_OBTAINED_BEFORE_ONBOARDING,
    &TOKEN_MAY_BE_USED_AGAIN,
    &RUN_OUT_TOKEN_NOT_SENT,
    &EXPIRES_IN_DECIDES,
    &NEW_TOKEN_BY_NEW_REQUEST,
];

/// Without permission, and when that has run out, the procedure is run before the invocation.
pub const PERMISSION_OBTAINED_AND_REFRESHED: Check = Check {
    slug: "permission-obtained-and-refreshed",
    role: Role::Invoker,
    requirements: &[req!("23222-8.11.1-01")],
    judge: |evidence| {
        let expected = "a token request before the first invocation and a new one before the first after expiry, and no invocation with the run-out token";
        let grants = lens::grants(evidence);
        if let (Err(unclear), true) = (lapse(evidence, expected), !grants.is_empty()) {
            return unclear;
        }
        each(evidence, expected, |came| {
            let before = grants.iter().filter(|grant| grant.exchange.id < came.exchange.id);
            let good = before.into_iter().any(|grant| !has_run_out(grant, came.exchange));
            let sent = lens::bearers(came.exchange);
            let run_out = grants.iter().any(|grant| sent.contains(&grant.token) && has_run_out(grant, came.exchange));
            match (good, run_out) {
                (false, _) => Some(format!("{} without a token request before", start_line(came.exchange))),
                (true, true) => Some("an invocation with the token that has run out".to_owned()),
                (true, false) => None,
            }
        })
    },
};

/// A token may be there with the onboarding.
pub const MAY_OBTAIN_DURING_ONBOARDING: Check = Check {
    slug: "may-obtain-during-onboarding",
    role: Role::Invoker,
    requirements: &[req!("23222-8.11.1-02")],
    judge: |evidence| {
        let expected = "authorization may be obtained while the invoker is onboarded";
        let onboarded = evidence.of(operation!("CreateOnboardedAPIInvoker")).find(|it| lens::accepted(it));
        let discovered = evidence.of(operation!("GetPubServAPIs")).next();
        match (onboarded, lens::token_requests(evidence).next(), discovered) {
            (None, _, _) => Judgement::unclear(expected, "the invoker was not onboarded"),
            (Some(_), Some(asked), Some(discovered)) if asked.id < discovered.id => {
                Judgement::held(expected, start_line(asked)).at(asked.id)
            }
            (Some(_), Some(asked), _) => Judgement::not_used(expected, "it was obtained afterwards").at(asked.id),
            (Some(_), None, _) => Judgement::not_used(expected, "it was not obtained"),
        }
    },
};

/// The request has the identity that was given, and what authenticates it.
pub const OBTAINED_UNDER_OWN_IDENTITY: Check = Check {
    slug: "authorization-obtained-under-own-identity",
    role: Role::Invoker,
    requirements: &[req!("23222-8.11.3-01")],
    judge: |evidence| {
        let expected = "POST securities/{apiInvokerId}/token with client_id equal to the apiInvokerId assigned, in TLS with the enrolled certificate";
        let Some(member) = evidence.roster.member(Party::INVOKER).filter(|member| member.id.is_some()) else {
            return Judgement::unclear(expected, "the invoker was not onboarded");
        };
        let own = member.id.clone().unwrap_or_default();
        let due = format!("{}/capif-security/v1/securities/{own}/token", evidence.api_root);
        let complete = |exchange: &Exchange| {
            let target = exchange.request.as_ref().and_then(lens::path).unwrap_or_default();
            let shown = exchange.tls.as_ref().and_then(|tls| tls.client_chain.first());
            lens::segments(&target) == lens::segments(&due)
                && lens::values(&lens::request_form(exchange), "client_id") == [own.as_str()]
                && shown.is_some()
                && shown == member.certificate.as_ref()
        };
        let requests: Vec<&Exchange> = lens::token_requests(evidence).collect();
        match (requests.last(), requests.iter().find(|exchange| !complete(exchange))) {
            (None, _) => Judgement::missed(expected, "no token request arrived"),
            (Some(_), Some(other)) => Judgement::missed(expected, start_line(other)).at(other.id),
            (Some(last), None) => Judgement::held(expected, start_line(last)).at(last.id),
        }
    },
};

/// Who was not onboarded asks for nothing.
pub const NOTHING_OBTAINED_BEFORE_ONBOARDING: Check = Check {
    slug: "nothing-obtained-before-onboarding",
    role: Role::Invoker,
    requirements: &[req!("23222-8.11.3-01")],
    judge: |evidence| {
        let expected = "no token request from an invoker whose onboarding was refused, one once it is onboarded";
        let tries: Vec<&Exchange> = evidence.of(operation!("CreateOnboardedAPIInvoker")).collect();
        let refused = tries.iter().find(|exchange| exchange.response.is_some() && !lens::accepted(exchange));
        let onboarded = tries.iter().find(|exchange| lens::accepted(exchange));
        let (Some(refused), Some(onboarded)) =
            (refused, onboarded.filter(|it| refused.is_some_and(|no| no.id < it.id)))
        else {
            return Judgement::unclear(expected, "no onboarding was refused before another was accepted");
        };
        let early = lens::token_requests(evidence).find(|it| it.id > refused.id && it.id < onboarded.id);
        let later = lens::token_requests(evidence).find(|it| it.id > onboarded.id);
        match (early, later) {
            (Some(early), _) => Judgement::missed(expected, start_line(early)).at(early.id),
            (None, None) => Judgement::unclear(expected, "no token request once it is onboarded either"),
            (None, Some(later)) => Judgement::held(expected, start_line(later)).at(later.id),
        }
    },
};

/// An invoker with a good token may begin with step 5.
pub const TOKEN_MAY_BE_USED_AGAIN: Check = Check {
    slug: "token-may-be-used-again",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-14")],
    judge: |evidence| {
        let expected = "an invocation within the lifetime of a token may go without a new token request";
        let all = match arrived(evidence, expected) {
            Ok(all) => all,
            Err(judgement) => return Judgement::unclear(expected, judgement.observed),
        };
        let asked = |told: &Told| lens::token_requests(evidence).any(|it| it.id > told.after && it.id <= told.until);
        match all.last().filter(|last| last.told.after >= all.first().map_or(last.told.until, |it| it.told.until)) {
            None => Judgement::unclear(expected, "nothing was invoked a second time"),
            Some(last) if asked(last.told) => Judgement::not_used(expected, "a new token was asked for"),
            Some(last) if lens::bearers(last.exchange).is_empty() => Judgement::unclear(expected, "no token was sent"),
            Some(last) => Judgement::held(expected, "the token was used again").at(last.exchange.id),
        }
    },
};

/// No token goes to an exposing function once it has run out.
pub const RUN_OUT_TOKEN_NOT_SENT: Check = Check {
    slug: "run-out-token-not-sent",
    role: Role::Invoker,
    requirements: &[req!("33122-C.5-04"), req!("33122-C.6-05")],
    judge: |evidence| {
        let expected = "no invocation with a token whose expires_in has passed";
        match lapse(evidence, expected) {
            Err(unclear) => unclear,
            Ok(_) => by_time(evidence, expected),
        }
    },
};

/// `expires_in` decides, not what stands in the token.
pub const EXPIRES_IN_DECIDES: Check = Check {
    slug: "expires-in-decides",
    role: Role::Invoker,
    requirements: &[req!("33122-C.6-04")],
    judge: |evidence| {
        let expected = "no invocation with a token whose expires_in has passed, although its exp lies later";
        let grant = match lapse(evidence, expected) {
            Ok((grant, _)) => grant,
            Err(unclear) => return unclear,
        };
        let exp = lens::decode(&grant.token).claims.and_then(|claims| claims.get("exp")?.as_i64());
        let later = evidence.told.last().map_or(i64::MAX, |told| told.at_unix);
        if exp.is_none_or(|exp| exp <= later) {
            return Judgement::unclear(expected, "the exp of the token does not lie later");
        }
        by_time(evidence, expected)
    },
};

/// After expiry the whole procedure is run again.
pub const NEW_TOKEN_BY_NEW_REQUEST: Check = Check {
    slug: "new-token-by-new-request",
    role: Role::Invoker,
    requirements: &[req!("33122-C.6-06")],
    judge: |evidence| {
        let expected = "after expires_in a complete token request with client_credentials, before the next invocation";
        let (grant, told) = match lapse(evidence, expected) {
            Ok(lapse) => lapse,
            Err(unclear) => return unclear,
        };
        let own = evidence.roster.id(Party::INVOKER).unwrap_or_default();
        // Whether it asks when it is told to invoke, or of its own accord, is its own affair; but a request that gave nothing
        // that is good by then, as an earlier one for another service API, renews nothing.
        let renewed = lens::grants(evidence)
            .into_iter()
            .find(|later| later.exchange.id > grant.exchange.id && later.good_until + GRACE_SECONDS >= told.at_unix);
        let asked = lens::token_requests(evidence).find(|exchange| exchange.id > told.after);
        let asked = asked.or(renewed.map(|renewed| renewed.exchange));
        let Some(asked) = asked else {
            return if told.carried_out {
                Judgement::missed(expected, "no token request")
            } else {
                Judgement::unclear(expected, "the invoker says that it could not invoke")
            };
        };
        let form = lens::request_form(asked);
        let posted =
            asked.request.as_ref().and_then(lens::media_type).as_deref() == Some("application/x-www-form-urlencoded");
        let grant_type = lens::values(&form, "grant_type");
        if !posted || grant_type != ["client_credentials"] || lens::values(&form, "client_id") != [own] {
            let observed = format!("{} with grant_type {}", start_line(asked), grant_type.join(", "));
            return Judgement::missed(expected, observed).at(asked.id);
        }
        each(evidence, expected, |came| {
            (came.told.after == told.after && came.exchange.id < asked.id).then(|| start_line(came.exchange))
        })
    },
};

/// The first token that ran out before something was to be invoked once more, and that order.
fn lapse<'a>(evidence: &'a Evidence<'_>, expected: &str) -> Result<(Grant<'a>, &'a Told), Judgement> {
    let found = lens::grants(evidence).into_iter().find_map(|grant| {
        let past = |told: &&Told| told.after >= grant.exchange.id && told.at_unix > grant.good_until + GRACE_SECONDS;
        evidence.told.iter().find(past).map(|told| (grant, told))
    });
    let silent = evidence.told.iter().any(|told| told.carried_out) && lens::grants(evidence).is_empty();
    match found {
        Some(found) => Ok(found),
        None if silent => Err(Judgement::missed(expected, "the invoker obtained no token")),
        None => Err(Judgement::unclear(expected, "no token had run out when it was to invoke")),
    }
}

fn has_run_out(grant: &Grant<'_>, exchange: &Exchange) -> bool {
    exchange.at_unix > grant.good_until + GRACE_SECONDS
}

/// Judges the token of each invocation by its time.
fn by_time(evidence: &Evidence<'_>, expected: &str) -> Judgement {
    let grants = lens::grants(evidence);
    let own = |came: &Came<'_>| {
        let sent = lens::bearers(came.exchange);
        grants.iter().find(|grant| sent.contains(&grant.token))
    };
    let judged = each(evidence, expected, |came| {
        let run_out = own(came).filter(|grant| has_run_out(grant, came.exchange))?;
        Some(format!("a token {} s after it ran out", came.exchange.at_unix - run_out.good_until))
    });
    let strange = arrived(evidence, expected).is_ok_and(|all| all.iter().any(|came| own(came).is_none()));
    if strange && judged.held == Held::Yes {
        return Judgement::unclear(expected, "an invocation without a token that the core function gave");
    }
    judged
}
