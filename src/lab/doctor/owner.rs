//! Trying the set-up of a resource owner function out: a core function of ours asks it once.

use std::sync::Arc;

use super::exchanged::{clock_of_answers, our_certificates, sent_to};
use super::{Line, forgotten};
use crate::checks::lens;
use crate::control::{Decision, OwnerAnswer};
use crate::lab::{Lab, Stop};
use crate::spec::{Party, Role};
use crate::wire::{End, Exchange, Outcome};

const OWNER_FUNCTION: Party = Party::first(Role::ResourceOwnerFunction);
const LABEL: &str = "doctor";
const QUERY: &str = "a query";
const TRUST_CURE: &str = "does it trust the root of our core function, which the order `arrange` brings? Where it has to \
     trust it beforehand, import that of `capifspec pki export`, which [harness] pki keeps the same";
const FORM_CURE: &str = "is rof.url where it takes queries, and are they answered in the form of the adapter \
     (src/control/owner.rs)?";

impl Lab {
    pub(super) async fn check_owner_function(&mut self) -> Vec<Line> {
        let about = OWNER_FUNCTION.role.code();
        let methods = ["OAUTH".to_owned()];
        if let Err(stop) = self.have_somebody_who_asks(&methods).await {
            return vec![Line::not_checkable(about, "everything else", stop.reason())];
        }
        let mut lines = Vec::new();
        if let Err(stop) = self.have_owner_function().await {
            lines.push(not_carried_out(about, "arrangement", stop));
        }
        let told = self.owner_says(LABEL, Some(Decision::Granted), None).await;
        let is_decided = told.is_ok();
        lines.push(match told {
            Ok(()) => Line::ok(about, "decision", "it was told what an owner decides"),
            Err(stop) => not_carried_out(about, "decision", stop),
        });
        let labels = [LABEL.to_owned()];
        let asked = self.obtain_owner_token(Party::INVOKER, &labels, LABEL).await;
        let exchanges = self.exchanges();
        lines.push(match (sent_to(&exchanges, OWNER_FUNCTION).next_back(), asked) {
            (Some(query), _) => answered(about, query, is_decided),
            (None, Ok(())) => {
                let answer = exchanges.last().map(|exchange| lens::ending(exchange)).unwrap_or_default();
                Line::not_checkable(about, QUERY, format!("our core function did not ask it: {answer}"))
            }
            (None, Err(stop)) => Line::not_checkable(about, QUERY, stop.reason()),
        });
        lines.push(our_certificates(about, &exchanges, OWNER_FUNCTION, TRUST_CURE));
        lines.push(clock_of_answers(about, &exchanges, OWNER_FUNCTION));
        lines.push(forgotten(about, &self.target, self.plan.sut));
        self.reset().await;
        lines
    }

    /// A provider whose service API needs the authorization of owners, and an invoker for it. All of it is ours.
    async fn have_somebody_who_asks(&mut self, methods: &[String]) -> Result<(), Stop> {
        self.register_provider(&[Party::EXPOSING_FUNCTION]).await?;
        self.publish(LABEL, &[Party::EXPOSING_FUNCTION], methods, true).await?;
        self.onboard(Party::INVOKER, &[LABEL.to_owned()]).await?;
        let wanted = self.wanted(Party::EXPOSING_FUNCTION, methods)?;
        self.have_negotiated(Party::INVOKER, &[wanted]).await
    }
}

/// An order that came to nothing.
fn not_carried_out(about: &str, what: &str, stop: Stop) -> Line {
    match stop {
        Stop::NotApplicable(why) => Line::not_checkable(about, what, why),
        Stop::Inconclusive(why) | Stop::Harness(why) => {
            let cure = format!("see its own log; is {about}.control its control surface?");
            Line::problem(about, what, why, cure)
        }
    }
}

/// What came back on a query, where an owner had decided or not.
fn answered(about: &str, query: &Arc<Exchange>, is_decided: bool) -> Line {
    let seen = format!("POST → {}", lens::ending(query));
    match (&query.outcome, query.status()) {
        (Outcome::Answered, Some(200)) => {
            let body = query.response.as_ref().map(|answer| answer.body.clone()).unwrap_or_default();
            match serde_json::from_slice::<OwnerAnswer>(&body) {
                Ok(_) => Line::ok(about, QUERY, format!("{seen}, in the form of the adapter")),
                Err(error) => Line::problem(about, QUERY, format!("{seen}, which is no answer: {error}"), FORM_CURE),
            }
        }
        (Outcome::Answered, Some(404 | 405)) if is_decided => Line::problem(about, QUERY, seen, FORM_CURE),
        (Outcome::HandshakeRefused { by: End::Server, .. }, _) => {
            Line::not_checkable(about, QUERY, "it was refused in the handshake, as said of our certificates")
        }
        (_, _) => {
            let why =
                if is_decided { "a run says whether that is right" } else { "nobody told it what an owner decides" };
            Line::not_checkable(about, QUERY, format!("{seen}: {why}"))
        }
    }
}
