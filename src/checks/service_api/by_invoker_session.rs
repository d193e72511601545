//! The TLS session in which an invoker under test invokes, and what comes before it: TS 33.122 6.5.2.3 step 5 and C.1.

use super::super::evidence::{Evidence, Told};
use super::super::lens::{self, Came};
use super::super::{Check, Judgement};
use super::by_invoker::{arrived, each, refused, start_line};
use crate::spec::{Party, Role};
use crate::wire::{Exchange, RawMessage};
use crate::{reading, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &INITIATED_BEFORE_SESSION,
    &SESSION_AFTER_RESPONSE,
    &NO_SESSION_AFTER_REFUSAL,
    &CERTIFICATE_SHOWN,
    &SERVER_CERTIFICATE_ENOUGH,
    &EXPOSING_FUNCTION_AUTHENTICATED,
    &EXPOSING_FUNCTION_AUTHENTICATED_AGAIN,
    &NO_TOKEN_IN_CLEAR,
];

/// The request that initiates authentication comes before the session of the invocation.
pub const INITIATED_BEFORE_SESSION: Check = Check {
    slug: "authentication-initiated-before-session",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-17")],
    judge: |evidence| {
        let expected = "POST check-authentication with the apiInvokerId assigned, before the TLS session of the invocation is begun";
        let mut all = evidence.told.iter().flat_map(|told| lens::initiations(evidence, told.at));
        if let Some(foreign) = all.find(|initiation| !lens::names_itself(evidence, initiation)) {
            return Judgement::missed(expected, "another apiInvokerId, or none").at(foreign.id);
        }
        each(evidence, expected, |came| {
            let before = |initiation: &&Exchange| match began_us(evidence, came) {
                Some(began_us) => initiation.started_us < began_us,
                None => initiation.id < came.exchange.id,
            };
            let sent = lens::initiations(evidence, came.told.at).into_iter().any(|initiation| before(&initiation));
            (!sent).then(|| format!("{} without an initiation before its session", start_line(came.exchange)))
        })
    },
};

/// The session of the invocation is begun once the initiation was answered.
pub const SESSION_AFTER_RESPONSE: Check = Check {
    slug: "session-after-initiation-response",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-33")],
    judge: |evidence| {
        let expected = "the TLS session of the invocation is begun after the 200 to check-authentication";
        each(evidence, expected, |came| {
            let since = began_us(evidence, came).unwrap_or(came.exchange.started_us);
            let answered = |initiation: &Exchange| {
                lens::status(initiation) == Some(200) && initiation.ended_us.is_some_and(|ended| ended <= since)
            };
            let started = lens::initiations(evidence, came.told.at).into_iter().any(answered);
            (!started).then(|| format!("{} in a session that no 200 came before", start_line(came.exchange)))
        })
    },
};

/// Where the initiation is refused there is no session at all.
pub const NO_SESSION_AFTER_REFUSAL: Check = Check {
    slug: "no-session-after-refused-initiation",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-33")],
    judge: |evidence| {
        let expected =
            "no TLS session with an exposing function that refused the initiation, but for further initiations";
        let refusal = match refused(evidence, expected) {
            Ok(refusal) => refusal,
            Err(judgement) => return judgement,
        };
        let initiates = |number: u64| {
            let mut over = evidence.exchanges.iter().filter(|exchange| exchange.session == Some(number));
            over.next().is_some_and(|first| lens::operation(first).is_some())
        };
        let stray = evidence.sessions.iter().find(|it| refusal.covers(it) && !initiates(it.number));
        let sent = lens::service_requests(evidence).find(|exchange| refusal.concerns(exchange));
        match (stray, sent) {
            (_, Some(sent)) => Judgement::missed(expected, start_line(sent)).at(sent.id),
            (Some(_), None) => Judgement::missed(expected, "a session was begun").at(refusal.initiation.id),
            (None, None) => refusal.ended(expected),
        }
    },
};

/// Told mutual certificates, the invoker shows the one that it was enrolled with.
pub const CERTIFICATE_SHOWN: Check = Check {
    slug: "enrolled-certificate-shown",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-16")],
    judge: |evidence| {
        let expected = "the certificate of the onboarding answer in the TLS session of each invocation";
        let own = evidence.roster.member(Party::INVOKER).and_then(|member| member.certificate.clone());
        if own.is_none() {
            return Judgement::unclear(expected, "the onboarding answer had no certificate");
        }
        each(evidence, expected, |came| {
            let shown = came.exchange.tls.as_ref().and_then(|tls| tls.client_chain.first());
            match shown {
                None => Some("no certificate".to_owned()),
                Some(shown) => (Some(shown) != own.as_ref()).then(|| "another certificate".to_owned()),
            }
        })
    },
};

/// Told the certificate of the exposing function alone, the session comes about.
pub const SERVER_CERTIFICATE_ENOUGH: Check = Check {
    slug: "server-certificate-enough",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-16")],
    judge: |evidence| {
        let expected = "a TLS session with the certificate of the exposing function, and an invocation that is served";
        match arrived(evidence, expected) {
            Err(judgement) => judgement,
            Ok(all) => match all.iter().find(|came| !lens::accepted(came.exchange)) {
                Some(came) => Judgement::unclear(expected, lens::ending(came.exchange)).at(came.exchange.id),
                None => Judgement::held(expected, format!("{} invocations served", all.len())),
            },
        }
    },
};

/// Nothing of step 6 goes to whoever is not the exposing function.
pub const EXPOSING_FUNCTION_AUTHENTICATED: Check = Check {
    slug: "exposing-function-authenticated",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-32"), req!("33122-6.5.2.3-22")],
    judge: |evidence| {
        let expected = "no invocation and no token for an exposing function whose certificate is not good; an invocation elsewhere before and after";
        let flawed = |told: &&Told| evidence.named.contains(&told.at.name());
        let Some(at) = evidence.told.iter().position(|told| flawed(&told)) else {
            return Judgement::unclear(expected, "nothing was to be invoked there");
        };
        let grants = lens::grants(evidence);
        let leak = lens::of_invoker(evidence).filter(|it| evidence.named.iter().any(|name| name == it.server.name()));
        let mut leak = leak.filter_map(|exchange| Some((exchange, exchange.request.as_ref()?)));
        let leak = leak.find(|(exchange, sent)| {
            lens::operation(exchange).is_none() || grants.iter().any(|grant| lens::mentions(sent, &grant.token))
        });
        if let Some((exchange, _)) = leak {
            return Judgement::missed(expected, start_line(exchange)).at(exchange.id);
        }
        authenticated(evidence, at, expected)
    },
};

/// Nothing was sent; whether that is because of the certificate.
fn authenticated(evidence: &Evidence<'_>, at: usize, expected: &str) -> Judgement {
    let good = |told: &&Told| !evidence.named.contains(&told.at.name());
    let came = |told: &Told| told.nonces.iter().all(|nonce| lens::came(evidence, told, nonce).is_some());
    let (before, after) = evidence.told.split_at(at);
    let twins = |told: &[Told]| told.iter().filter(good).any(came) && told.iter().filter(good).all(came);
    if !twins(before) || !twins(after) {
        return Judgement::unclear(expected, "no invocation arrived where the certificate is good");
    }
    let there = |name: &str| evidence.named.iter().any(|named| named == name);
    let mut tried = lens::of_invoker(evidence).filter(|exchange| there(exchange.server.name()));
    let began = evidence.sessions.iter().any(|session| there(session.server.name()));
    match tried.next() {
        Some(exchange) => Judgement::held(expected, lens::ending(exchange)).at(exchange.id),
        None if began => Judgement::held(expected, "the session was given up"),
        None => Judgement::unclear(expected, "no session was begun there"),
    }
}

/// The certificate counts for the session of the invocation, whatever was shown to the initiation.
pub const EXPOSING_FUNCTION_AUTHENTICATED_AGAIN: Check = Check {
    slug: "exposing-function-authenticated-again",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-32")],
    judge: |evidence| {
        let expected = "no invocation and no token in a session whose certificate is not good, though that of the initiation was; an invocation once it is good again";
        let mut there = evidence.told.iter().filter(|told| evidence.named.contains(&told.at.name()));
        let Some(told) = there.next() else {
            return Judgement::unclear(expected, "nothing was to be invoked there");
        };
        let agreed = |exchange: &&&Exchange| exchange.id > told.after && lens::status(exchange) == Some(200);
        let initiations = lens::initiations(evidence, told.at);
        let Some(initiation) = initiations.iter().find(agreed).filter(|found| found.id <= told.until) else {
            return Judgement::unclear(expected, "no initiation was answered before the certificate changed");
        };
        let leaf = |exchange: &Exchange| exchange.tls.as_ref().and_then(|tls| tls.server_chain.first()).cloned();
        let sent = lens::of_invoker(evidence).filter(|it| it.server == initiation.server && it.request.is_some());
        let sent: Vec<_> = sent.filter(|it| it.id > initiation.id).collect();
        let other = |it: &&&Exchange| it.id <= told.until && leaf(it).is_some() && leaf(it) != leaf(initiation);
        if let Some(leak) = sent.iter().filter(other).find(|it| is_of_step_6(evidence, it)) {
            return Judgement::missed(expected, start_line(leak)).at(leak.id);
        }
        if told.nonces.iter().any(|nonce| lens::came(evidence, told, nonce).is_some()) {
            return Judgement::unclear(expected, "the invocation went over a session that was there before");
        }
        let used = |number: u64| evidence.exchanges.iter().any(|it| it.session == Some(number) && it.request.is_some());
        let begun = evidence.sessions.iter().filter(|it| it.began_us > initiation.started_us);
        let given_up = begun.filter(|it| it.server == initiation.server).any(|it| !used(it.number));
        match (given_up, there.any(|later| later.nonces.iter().all(|it| lens::came(evidence, later, it).is_some()))) {
            (true, true) => Judgement::held(expected, "the session was given up").at(initiation.id),
            (false, _) => Judgement::unclear(expected, "no session was begun after the certificate had changed"),
            (true, false) => Judgement::unclear(expected, "no invocation arrived once the certificate was good again"),
        }
    },
};

/// An invocation, or whatever carries a token.
fn is_of_step_6(evidence: &Evidence<'_>, exchange: &Exchange) -> bool {
    let grants = lens::grants(evidence);
    let carries = |sent: &RawMessage| grants.iter().any(|grant| lens::mentions(sent, &grant.token));
    lens::operation(exchange).is_none() || exchange.request.as_ref().is_some_and(carries)
}

/// Where the exposing function points to plain HTTP no token follows.
pub const NO_TOKEN_IN_CLEAR: Check = Check {
    slug: "no-token-in-clear",
    role: Role::Invoker,
    requirements: &[req!("33122-C.1-08")],
    judge: |evidence| {
        let expected = "tokens inside TLS only, where an exposing function points to plain HTTP as well";
        let grants = lens::grants(evidence);
        let leak = lens::of_invoker(evidence).filter(|exchange| exchange.tls.is_none()).find(|exchange| {
            let request = exchange.request.as_ref();
            request.is_some_and(|sent| grants.iter().any(|grant| lens::mentions(sent, &grant.token)))
        });
        if let Some(leak) = leak {
            return Judgement::missed(expected, format!("a token in clear with {}", start_line(leak))).at(leak.id);
        }
        let pointed = |came: &Came<'_>| {
            let location = came.exchange.response.as_ref().and_then(|answer| answer.header("Location"));
            location.is_some_and(|location| location.starts_with("http://"))
        };
        let carries = |came: &Came<'_>| !lens::bearers(came.exchange).is_empty();
        match arrived(evidence, expected) {
            Err(judgement) => judgement,
            Ok(all) => match all.iter().position(pointed) {
                None => Judgement::unclear(expected, "nobody pointed to plain HTTP"),
                Some(at) if all.iter().skip(at + 1).any(carries) => Judgement::held(expected, "a token over TLS only"),
                Some(_) => Judgement::unclear(expected, "no token was seen after that"),
            },
        }
    },
};

/// When the session of an invocation was begun, where that counts: by the reading `same-connection` the requests alone
/// have their order.
fn began_us(evidence: &Evidence<'_>, came: &Came<'_>) -> Option<u64> {
    let number = came.exchange.session?;
    let new = evidence.readings.option(reading!("authentication-initiation-order")) == "new-connection";
    evidence.sessions.iter().find(|session| new && session.number == number).map(|session| session.began_us)
}
