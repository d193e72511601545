//! What an invoker under test invokes, and with which token: TS 23.222 clause 8.16, TS 33.122 6.5.2.3 step 6 and C.5.

use super::super::evidence::{Evidence, Told};
use super::super::lens::{self, Came};
use super::super::{Check, Judgement};
use crate::req;
use crate::spec::Role;
use crate::wire::{Exchange, RawMessage, Session};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &INVOCATION_IDENTIFIES,
    &INVOKED_AS_TOLD,
    &INVOCATIONS_MAY_OVERLAP,
    &TOKEN_IN_AUTHORIZATION_HEADER,
    &INVOKED_WITH_ISSUED_TOKEN,
    &NOT_INVOKED_AFTER_REFUSAL,
    &OPAQUE_TOKEN_FORWARDED,
];

/// The invocation says which service API is meant, and by its token whose it is.
pub const INVOCATION_IDENTIFIES: Check = Check {
    slug: "invocation-identifies-invoker-and-api",
    role: Role::Invoker,
    requirements: &[req!("23222-8.16.2-01")],
    judge: |evidence| {
        let expected =
            "a URI with apiName and apiVersion as published, and the bearer token that was issued to this invoker";
        let grants = lens::grants(evidence);
        each(evidence, expected, |came| {
            let request = start_line(came.exchange);
            let published = evidence
                .roster
                .apis
                .iter()
                .any(|api| api.at(came.told.at).is_some() && lens::invokes(evidence, came.exchange, api));
            let issued = lens::bearers(came.exchange).iter().any(|token| grants.iter().any(|it| it.token == *token));
            match (published, issued) {
                (false, _) => Some(request),
                (true, false) => Some(format!("{request} without a token that was issued to this invoker")),
                (true, true) => None,
            }
        })
    },
};

/// What arrives is what was told, where it was told, and nothing else does.
pub const INVOKED_AS_TOLD: Check = Check {
    slug: "invoked-as-told",
    role: Role::Invoker,
    requirements: &[req!("23222-8.16.3-01")],
    judge: |evidence| {
        let expected = "each invocation that was told, at the exposing function named and by the name and version of the service API, not once more after it was served, and no other";
        let meant = |told: &Told, exchange: &Exchange| {
            evidence.roster.api(&told.label).is_some_and(|api| lens::invokes(evidence, exchange, api))
        };
        let as_told =
            each(evidence, expected, |came| (!meant(came.told, came.exchange)).then(|| start_line(came.exchange)));
        let stray = lens::service_requests(evidence).find(|exchange| {
            !evidence.told.iter().any(|told| exchange.server.name() == told.at.name() && meant(told, exchange))
        });
        match stray.or_else(|| repeated(evidence)) {
            Some(stray) => {
                Judgement::missed(expected, format!("{} at {}", start_line(stray), stray.server)).at(stray.id)
            }
            None => as_told,
        }
    },
};

/// An invocation that begins after the same one was served. Before that an invoker may well try again.
fn repeated<'a>(evidence: &'a Evidence<'_>) -> Option<&'a Exchange> {
    let nonces = evidence.told.iter().flat_map(|told| told.nonces.iter().map(move |nonce| (told, nonce)));
    let mut served = nonces.filter_map(|(told, nonce)| lens::came(evidence, told, nonce));
    served.find_map(|first| {
        let ended_us = first.ended_us.filter(|_| lens::accepted(first))?;
        lens::service_requests(evidence).find(|again| {
            again.server == first.server && again.started_us > ended_us && start_line(again) == start_line(first)
        })
    })
}

/// Several invocations may be under way.
pub const INVOCATIONS_MAY_OVERLAP: Check = Check {
    slug: "invocations-may-overlap",
    role: Role::Invoker,
    requirements: &[req!("23222-8.16.3-07")],
    judge: |evidence| {
        let expected = "a second invocation may arrive while the answer to the first one is held back";
        let all = match arrived(evidence, expected) {
            Ok(all) => all,
            Err(judgement) => return Judgement::unclear(expected, judgement.observed),
        };
        let overlap = all.iter().find(|one| {
            all.iter().any(|other| {
                other.exchange.id > one.exchange.id
                    && other.exchange.started_us < one.exchange.ended_us.unwrap_or(u64::MAX)
            })
        });
        match overlap {
            Some(one) => Judgement::held(expected, "two were under way at once").at(one.exchange.id),
            None => Judgement::not_used(expected, "one after the other"),
        }
    },
};

/// The token stands in the Authorization header, and nowhere else.
pub const TOKEN_IN_AUTHORIZATION_HEADER: Check = Check {
    slug: "token-in-authorization-header",
    role: Role::Invoker,
    requirements: &[req!("33122-C.5-01")],
    judge: |evidence| {
        let expected = "Authorization: Bearer with a token on each invocation, and none in the query, the body or another header field";
        let grants = lens::grants(evidence);
        each(evidence, expected, |came| {
            let request = came.exchange.request.as_ref()?;
            let others = request.headers().into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            let fields = others.map(|(_, value)| String::from_utf8_lossy(&value).into_owned()).collect::<String>();
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let place = [request.target().unwrap_or_default(), fields, body].concat();
            let elsewhere = place.contains("access_token=") || grants.iter().any(|grant| place.contains(&grant.token));
            match (lens::bearers(came.exchange).len(), elsewhere) {
                (1, false) => None,
                (1, true) => Some("the token stands in another place as well".to_owned()),
                (count, _) => Some(format!("{count} bearer tokens in the Authorization header")),
            }
        })
    },
};

/// Once authenticated, the invoker sends exactly the token that the core function gave.
pub const INVOKED_WITH_ISSUED_TOKEN: Check = Check {
    slug: "invoked-with-issued-token",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-22")],
    judge: |evidence| {
        let expected = "after authentication each invocation has Authorization: Bearer with exactly the token that the core function gave before";
        let grants = lens::grants(evidence);
        each(evidence, expected, |came| {
            let sent = lens::bearers(came.exchange);
            let before: Vec<_> = grants
                .iter()
                .filter(|grant| grant.exchange.id < came.exchange.id && sent.first() == Some(&grant.token))
                .collect();
            let meant = evidence.roster.api(&came.told.label);
            let good = before.iter().any(|grant| meant.is_none_or(|api| grant.covers(api, came.told.at)));
            let agreed = lens::initiations(evidence, came.told.at)
                .into_iter()
                .any(|initiation| initiation.id < came.exchange.id && lens::status(initiation) == Some(200));
            match (agreed, sent.first()) {
                (false, _) => Some("no initiation of authentication had been answered with 200".to_owned()),
                (true, None) => Some("no bearer token".to_owned()),
                (true, Some(_)) if before.is_empty() => Some("another token than the one given".to_owned()),
                (true, Some(_)) => (!good).then(|| "a token for another service API".to_owned()),
            }
        })
    },
};

/// Nothing of step 6 is sent to an exposing function that refused the initiation.
pub const NOT_INVOKED_AFTER_REFUSAL: Check = Check {
    slug: "not-invoked-after-refused-initiation",
    role: Role::Invoker,
    requirements: &[req!("33122-6.5.2.3-22")],
    judge: |evidence| {
        let expected = "no invocation and no token while the initiation of authentication is refused; the invocation once it is not";
        let refusal = match refused(evidence, expected) {
            Ok(refusal) => refusal,
            Err(judgement) => return judgement,
        };
        let grants = lens::grants(evidence);
        let concerns = |exchange: &&Exchange| refusal.concerns(exchange) || exchange.id == refusal.initiation.id;
        let leak = lens::of_invoker(evidence).filter(concerns).find(|exchange| {
            let request = exchange.request.as_ref();
            let token = request.is_some_and(|sent| grants.iter().any(|grant| lens::mentions(sent, &grant.token)));
            token || (request.is_some() && lens::operation(exchange).is_none())
        });
        match leak {
            Some(leak) => Judgement::missed(expected, format!("{} to who refused", start_line(leak))).at(leak.id),
            None => refusal.ended(expected),
        }
    },
};

/// A token that nobody but the core function can read is passed on as it came.
pub const OPAQUE_TOKEN_FORWARDED: Check = Check {
    slug: "opaque-token-forwarded",
    role: Role::Invoker,
    requirements: &[req!("33122-C.5-03")],
    judge: |evidence| {
        let expected = "a token that the invoker cannot read goes to the exposing function as it came";
        let grants = lens::grants(evidence);
        if grants.iter().any(|grant| lens::decode(&grant.token).claims.is_some()) {
            return Judgement::unclear(expected, "the core function gave a token that can be read");
        }
        each(evidence, expected, |came| {
            let sent = lens::bearers(came.exchange);
            let before = grants.iter().filter(|grant| grant.exchange.id < came.exchange.id);
            let unchanged = before.into_iter().any(|grant| sent == [grant.token.as_str()]);
            (!unchanged).then(|| if sent.is_empty() { "no token" } else { "another text" }.to_owned())
        })
    },
};

/// Every invocation that was told, with what came of it; or the judgement, where not all of them came.
pub(super) fn arrived<'a>(evidence: &'a Evidence<'_>, expected: &str) -> Result<Vec<Came<'a>>, Judgement> {
    let mut all = Vec::new();
    for told in evidence.told {
        for nonce in &told.nonces {
            match lens::came(evidence, told, nonce) {
                Some(exchange) => all.push(Came { told, exchange }),
                None if told.carried_out => {
                    return Err(Judgement::missed(
                        expected,
                        format!("the invocation of \"{}\" did not arrive", told.label),
                    ));
                }
                None => return Err(Judgement::unclear(expected, "the invoker says that it could not invoke")),
            }
        }
    }
    if all.is_empty() { Err(Judgement::unclear(expected, "nothing was to be invoked")) } else { Ok(all) }
}

/// Judges every invocation that was told: the first with a fault misses.
pub(super) fn each(evidence: &Evidence<'_>, expected: &str, fault: impl Fn(&Came<'_>) -> Option<String>) -> Judgement {
    let all = match arrived(evidence, expected) {
        Ok(all) => all,
        Err(judgement) => return judgement,
    };
    match all.iter().find_map(|came| Some((came.exchange.id, fault(came)?))) {
        Some((id, fault)) => Judgement::missed(expected, fault).at(id),
        None => Judgement::held(expected, format!("{} invocations", all.len())),
    }
}

/// A stretch of time in which an exposing function refused initiations, between two invocations that came.
pub(super) struct Refusal<'a> {
    /// What was told meanwhile.
    told: &'a Told,
    /// The initiation refused.
    pub(super) initiation: &'a Exchange,
    /// What came once it was not refused any more.
    after: &'a Exchange,
    /// The initiation that was not refused any more.
    lifted: Option<&'a Exchange>,
}

impl Refusal<'_> {
    /// Whether an exchange took place at this exposing function while it refused.
    pub(super) fn concerns(&self, exchange: &Exchange) -> bool {
        let lifted = self.lifted.map_or(self.after.id, |initiation| initiation.id);
        let within = exchange.id > self.told.after && exchange.id < lifted;
        within && exchange.server.name() == self.told.at.name() && exchange.id != self.initiation.id
    }

    /// Whether a session was begun at this exposing function after the initiation arrived, and while it refused.
    pub(super) fn covers(&self, session: &Session) -> bool {
        let lifted = self.lifted.map_or(self.after.started_us, |initiation| initiation.started_us);
        let within = session.began_us > self.initiation.started_us && session.began_us < lifted;
        within && session.server.name() == self.told.at.name() && self.initiation.session != Some(session.number)
    }

    pub(super) fn ended(&self, expected: &str) -> Judgement {
        let observed = format!("{} and then {}", lens::ending(self.initiation), start_line(self.after));
        Judgement::held(expected, observed).at(self.initiation.id)
    }
}

/// The refusal of an initiation with an invocation that came before, anywhere, and one after, at the same place.
pub(super) fn refused<'a>(evidence: &'a Evidence<'_>, expected: &str) -> Result<Refusal<'a>, Judgement> {
    let unclear = |why: &str| Err(Judgement::unclear(expected, why));
    let first = |told: &Told| lens::came(evidence, told, told.nonces.first()?);
    let found = evidence.told.iter().enumerate().find_map(|(at, told)| {
        let initiations = lens::initiations(evidence, told.at).into_iter();
        let mut within = initiations.filter(|exchange| exchange.id > told.after && exchange.id <= told.until);
        let refused = within.find(|exchange| exchange.response.is_some() && !lens::accepted(exchange))?;
        Some((at, told, refused))
    });
    let Some((at, told, initiation)) = found else {
        return unclear("no initiation was refused");
    };
    let before = evidence.told.iter().take(at).find_map(first);
    let after = evidence.told.iter().skip(at + 1).filter(|later| later.at == told.at).find_map(first);
    let agreed = lens::initiations(evidence, told.at).into_iter();
    let lifted = agreed.filter(|exchange| exchange.id > initiation.id).find(|exchange| lens::accepted(exchange));
    match (before, after) {
        (Some(_), Some(after)) => Ok(Refusal { told, initiation, after, lifted }),
        (None, _) => unclear("no invocation arrived before the refusal"),
        (Some(_), None) => unclear("no invocation arrived after the refusal was lifted"),
    }
}

pub(super) fn start_line(exchange: &Exchange) -> String {
    exchange.request.as_ref().map(RawMessage::start_line).unwrap_or_default()
}
