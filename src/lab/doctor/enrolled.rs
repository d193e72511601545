//! Trying the set-up of a core function out: a provider and an invoker enrol, agree, get a token, lose their authorization
//! and are deleted again.

use std::sync::Arc;

use super::exchanged::{clock_of_answers, our_certificates};
use super::{Line, apis, features};
use crate::checks::lens::{self, Signature};
use crate::lab::{Asked, Lab, Stop};
use crate::spec::Party;
use crate::target::Capable;
use crate::wire::{Exchange, ExchangeId};

const ABOUT: &str = "ccf";
/// Clocks that agree this well do not change what is valid.
const APART_S_MAX: i64 = 5;
/// The service API that is published, and deleted again.
const LABEL: &str = "doctor";
/// Who issues what it is shown is the core function itself.
const TRUST_CURE: &str =
    "does its TLS end trust the authority that issues to invokers and providers, with their intermediates?";

impl Lab {
    pub(super) async fn check_core_function(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        let told = self.enrol_everybody(&mut lines).await;
        if told.is_ok() {
            lines.extend(self.check_token().await);
            lines.extend(self.check_features().await);
            lines.push(self.check_callback().await);
        }
        lines.extend(apis::answer(self).await);
        let exchanges = self.exchanges();
        lines.push(our_certificates(ABOUT, &exchanges, Party::CORE_FUNCTION, TRUST_CURE));
        lines.push(clock_of_answers(ABOUT, &exchanges, Party::CORE_FUNCTION));
        lines.push(self.delete_again().await);
        lines
    }

    /// A provider registers and publishes, an invoker onboards and negotiates.
    async fn enrol_everybody(&mut self, lines: &mut Vec<Line>) -> Result<(), ()> {
        let cure = "look at ccf.onboarding, ccf.registration-secret and ccf.credentials, and at what it answered";
        let registered = self.register_provider(&[Party::EXPOSING_FUNCTION]).await;
        said(lines, "credentials of a provider", registered, "registered with its functions", cure)?;
        let methods = self.claimed_methods();
        let published = self.publish(LABEL, &[Party::EXPOSING_FUNCTION], &methods, false).await;
        let cure = "does it let a publishing function publish that registered just now?";
        said(lines, "publishing", published, "a service API was published", cure)?;
        let onboarded = self.onboard(Party::INVOKER, &[LABEL.to_owned()]).await;
        let cure = "look at ccf.onboarding and ccf.credentials, and at what it answered";
        said(lines, "credentials of an invoker", onboarded, "onboarded", cure)?;
        let wanted = self.wanted(Party::EXPOSING_FUNCTION, &methods);
        let negotiated = match wanted {
            Ok(wanted) => self.have_negotiated(Party::INVOKER, &[wanted]).await,
            Err(stop) => Err(stop),
        };
        let cure = "look at ccf.arrangement and ccf.claims.methods, and at what it answered";
        said(lines, "security context", negotiated, &format!("negotiated {}", methods.join(", ")), cure)
    }

    fn claimed_methods(&self) -> Vec<String> {
        let claims = &self.core.claims;
        let wanted = ["PKI", "OAUTH"].into_iter().map(str::to_owned);
        wanted.filter(|method| claims.has(&Capable::Method(method.clone()))).collect()
    }

    /// A token is obtained, and looked at as far as clocks and keys go.
    async fn check_token(&mut self) -> Vec<Line> {
        let claims = &self.core.claims;
        let grant = Capable::Grant("client_credentials".to_owned());
        if !claims.has(&Capable::Method("OAUTH".to_owned())) || !claims.has(&grant) {
            return vec![Line::not_checkable(ABOUT, "token", "it does not claim OAUTH with client credentials")];
        }
        let asked = self.obtain_token(Party::INVOKER, &Asked::Default, false).await;
        let Some(token) = self.tokens.get(&Party::INVOKER).cloned() else {
            let answer = self.exchanges().last().map(|exchange| lens::ending(exchange)).unwrap_or_default();
            let why = asked.err().map_or(answer, |stop| stop.reason().to_owned());
            let cure = "look at ccf.claims.methods and ccf.claims.grants, and at what it answered";
            return vec![Line::problem(ABOUT, "token", format!("none was granted: {why}"), cure)];
        };
        self.have_token_keys().await;
        vec![self.token_time(&token), self.token_signature(&token)]
    }

    fn token_time(&self, token: &str) -> Line {
        let claims = lens::decode(token).claims.unwrap_or_default();
        let now = self.clock.now_unix();
        let begins = ["nbf", "iat"].into_iter().filter_map(|name| claims.get(name)?.as_i64()).max();
        match begins {
            None => Line::not_checkable(ABOUT, "time of a token", "it says neither iat nor nbf"),
            Some(begins) if begins > now + APART_S_MAX => Line::problem(
                ABOUT,
                "time of a token",
                format!("a token of now begins in {} s", begins - now),
                "set its clock and this one by the same time server",
            ),
            Some(begins) => Line::ok(ABOUT, "time of a token", format!("a token of now begins {} s ago", now - begins)),
        }
    }

    fn token_signature(&self, token: &str) -> Line {
        let what = "key of tokens";
        match lens::signature(token, &self.token_keys(&self.exchanges())) {
            Signature::Verifies => Line::ok(ABOUT, what, "the signature of a token verifies"),
            Signature::Unknowable(why) => {
                Line::not_checkable(ABOUT, what, format!("{why}; without a key no signature is judged"))
            }
            Signature::Faulty(why) => {
                Line::problem(ABOUT, what, why, "name the key that it signs with in [ccf.tokens]")
            }
        }
    }

    /// Its exposing function revokes an invoker's authorization: that is to be told to the invoker, at our address.
    async fn check_callback(&mut self) -> Line {
        let what = "callbacks reach us";
        let mark = self.timeline.mark();
        let revoked = self.revoke_all(Party::EXPOSING_FUNCTION, Party::INVOKER).await;
        let since = self.since(mark);
        let refused = match (&revoked, since.first()) {
            (Err(stop), _) => Some(stop.reason().to_owned()),
            (Ok(()), Some(answer)) if !lens::accepted(answer) => Some(lens::ending(answer)),
            (Ok(()), _) => None,
        };
        if let Some(why) = refused {
            return Line::not_checkable(ABOUT, what, format!("it could not be made to send a notification: {why}"));
        }
        let name = Party::INVOKER.name();
        let destinations =
            self.roster.member(Party::INVOKER).map(|member| member.destinations.join(" ")).unwrap_or_default();
        if since.iter().any(|exchange| exchange.server.name() == name && exchange.request.is_some()) {
            return Line::ok(ABOUT, what, format!("a revocation was told at {destinations}"));
        }
        let within = self.target.deadlines.notification.after.as_millis();
        Line::problem(
            ABOUT,
            what,
            format!("a revocation was not told at {destinations} within {within} ms"),
            "can it reach that address? See harness.advertise, harness.ports and firewalls between; timing.notification-ms \
             where it takes longer. Where it can, it does not notify, and a run will say so",
        )
    }

    pub(super) fn since(&self, mark: ExchangeId) -> Vec<Arc<Exchange>> {
        self.exchanges().into_iter().filter(|exchange| exchange.id > mark).collect()
    }

    async fn check_features(&mut self) -> Vec<Line> {
        features::agree(self, LABEL).await
    }

    /// Deletes what was created, the last first.
    async fn delete_again(&mut self) -> Line {
        let created = self.created();
        let left: Vec<String> =
            self.clean_up().await.into_iter().map(|leftover| format!("{} ({})", leftover.what, leftover.why)).collect();
        if left.is_empty() && created == 0 {
            return Line::ok(ABOUT, "clean-up", "nothing was created");
        }
        if left.is_empty() {
            return Line::ok(ABOUT, "clean-up", format!("all of {created} things created were deleted again"));
        }
        Line::problem(ABOUT, "clean-up", format!("left behind: {}", left.join(", ")), "delete it by hand")
    }
}

/// Notes how a step went, and whether the next makes sense.
fn said(lines: &mut Vec<Line>, what: &str, done: Result<(), Stop>, seen: &str, cure: &str) -> Result<(), ()> {
    let (line, next) = match done {
        Ok(()) => (Line::ok(ABOUT, what, seen), Ok(())),
        Err(Stop::NotApplicable(why)) => (Line::not_checkable(ABOUT, what, why), Err(())),
        Err(Stop::Inconclusive(why) | Stop::Harness(why)) => (Line::problem(ABOUT, what, why, cure), Err(())),
    };
    lines.push(line);
    next
}
