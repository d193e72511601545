//! Filling evidence, asking checks, and turning their judgements into findings.

use std::collections::BTreeMap;

use super::{Lab, attempt};
use crate::checks::{Check, Evidence, Held, Judgement, lens};
use crate::spec::{Party, Role, Service};
use crate::verdict::{Finding, Verdict};
use crate::wire::{End, Exchange, Outcome};

/// How a check is asked.
#[derive(Clone, Debug, Default)]
pub struct Judging {
    /// Values that the step names.
    pub named: Vec<String>,
    /// The judgement is about the last negative: its clean twins have to have been accepted.
    pub refusal: bool,
}

impl Lab {
    /// Asks a check. A check carries requirements of one or more severities: one finding for each.
    #[must_use]
    pub fn judge(&self, check: &Check, judging: &Judging) -> Vec<Finding> {
        let judgement = self.judgement(check, judging);
        let mut by_verdict: BTreeMap<Verdict, Vec<String>> = BTreeMap::new();
        for id in check.requirements {
            let verdict = verdict(judgement.held, Verdict::of_miss(id.requirement()));
            by_verdict.entry(verdict).or_default().push(id.to_string());
        }
        by_verdict
            .into_iter()
            .map(|(verdict, requirements)| Finding {
                check: check.slug.to_owned(),
                role: check.role,
                requirements,
                verdict,
                expected: judgement.expected.clone(),
                observed: judgement.observed.clone(),
                exchange: judgement.exchange.map(|id| id.0),
            })
            .collect()
    }

    /// What was done to arrange a scenario is not what its steps speak of.
    pub fn look_away(&mut self) {
        self.focus = None;
    }

    /// Whether a negative was tried in this lab.
    #[must_use]
    pub fn has_tried(&self) -> bool {
        self.trial.is_some()
    }

    fn judgement(&self, check: &Check, judging: &Judging) -> Judgement {
        let exchanges = self.timeline.snapshot();
        let twins = match (&self.trial, judging.refusal) {
            (Some(trial), true) => attempt::twins_accepted(trial, &exchanges),
            (None, true) => Err("nothing was tried".to_owned()),
            (_, false) => Ok(()),
        };
        let sessions = self.timeline.sessions();
        let keys = self.token_keys(&exchanges);
        let api_root = self.prefix(Service::Security);
        let evidence = Evidence {
            release: self.plan.release,
            readings: &self.target.readings,
            api_root: &api_root,
            exchanges: &exchanges,
            sessions: &sessions,
            told: &self.told,
            roster: &self.roster,
            keys: &keys,
            focus: self.focus,
            trial: self.trial.as_ref(),
            named: &judging.named,
            now_unix: self.clock.now_unix(),
        };
        let judgement = (check.judge)(&evidence);
        if self.timeline.is_flooded() {
            let observed = "so many requests that nobody had asked for that they were not all recorded".to_owned();
            return Judgement { held: Held::Unclear, observed, ..judgement };
        }
        let unanswered = judgement.exchange.or(self.focus).and_then(|id| evidence.exchange(id)).filter(|exchange| {
            !judging.refusal && matches!(judgement.held, Held::Yes | Held::No) && is_silence(exchange, check.role)
        });
        match twins {
            Ok(()) => match unanswered {
                Some(exchange) => Judgement { held: Held::Unclear, observed: lens::ending(exchange), ..judgement },
                None => judgement,
            },
            // A refusal proves nothing where the clean request is refused as well.
            Err(why) => Judgement { held: Held::Unclear, observed: why, ..judgement },
        }
    }
}

/// The role under test was asked and gave no answer that could be judged. A refusal may look like that and is judged by
/// its own rules; anything else is no evidence, neither for the product nor against it. To hang up is an act.
fn is_silence(exchange: &Exchange, asked: Role) -> bool {
    let of_asked = Party::named(exchange.server.name()).is_some_and(|party| party.role == asked);
    of_asked
        && match exchange.outcome {
            Outcome::TimedOut { .. }
            | Outcome::Malformed { .. }
            | Outcome::Unreachable { .. }
            | Outcome::HandshakeRefused { by: End::Client, .. } => true,
            Outcome::Open
            | Outcome::Answered
            | Outcome::ClosedWithoutAnswer
            | Outcome::HandshakeRefused { by: End::Server, .. } => false,
        }
}

fn verdict(held: Held, of_miss: Verdict) -> Verdict {
    match held {
        Held::Yes => Verdict::Pass,
        Held::No => of_miss,
        Held::NotUsed => Verdict::NotApplicable,
        Held::Doubtful => Verdict::Warn,
        Held::Unclear => Verdict::Inconclusive,
    }
}
