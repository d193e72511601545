//! What a refusal is: judged between two accepted clean twins, of which the runner has made sure before it asks.
//!
//! Judged here is the deviant exchange alone, and that the subject reads as before.

use super::super::Judgement;
use super::super::evidence::{Evidence, Trial};
use super::super::lens;
use crate::spec::Party;
use crate::wire::{Exchange, Outcome};

pub(super) fn refusal(
    evidence: &Evidence<'_>,
    statuses: &[u16],
    description_fault: impl Fn(&Exchange) -> Option<String>,
) -> Judgement {
    let named =
        if evidence.named.is_empty() { String::new() } else { format!(" with error {}", evidence.named.join(" or ")) };
    let Some((trial, exchange)) = deviant(evidence) else {
        return Judgement::unclear("a refusal", "nothing was tried");
    };
    let codes: Vec<String> = statuses.iter().map(u16::to_string).collect();
    let expected = format!("refused ({}){named}, because {}; nothing changed", codes.join(", "), trial.deviation);
    let observed = lens::ending(exchange);
    let fault = match &exchange.outcome {
        Outcome::Answered => answer_fault(exchange, statuses, &description_fault),
        Outcome::HandshakeRefused { .. }
        | Outcome::ClosedWithoutAnswer
        | Outcome::Malformed { .. }
        | Outcome::Unreachable { .. } => (!trial.below_http).then(|| observed.clone()),
        Outcome::TimedOut { .. } | Outcome::Open => return Judgement::unclear(expected, observed).at(exchange.id),
    };
    match fault.or_else(|| changed(evidence, trial)) {
        Some(fault) => Judgement::missed(expected, fault).at(exchange.id),
        None => Judgement::held(expected, observed).at(exchange.id),
    }
}

fn answer_fault(
    exchange: &Exchange,
    statuses: &[u16],
    description_fault: &impl Fn(&Exchange) -> Option<String>,
) -> Option<String> {
    if lens::access_token(exchange).is_some() {
        return Some(format!("{} and an access token", lens::ending(exchange)));
    }
    if lens::answer_object(exchange).is_some_and(|answer| answer.contains_key("securityInfo")) {
        return Some(format!("{}, but security information was told", lens::ending(exchange)));
    }
    let status = lens::status(exchange)?;
    if !statuses.contains(&status) {
        return Some(lens::ending(exchange));
    }
    description_fault(exchange)
}

/// The subject read back after the deviant request differs from before.
fn changed(evidence: &Evidence<'_>, trial: &Trial) -> Option<String> {
    trial.read_back.iter().find_map(|(before, after)| {
        let (before, after) = (evidence.exchange(*before)?, evidence.exchange(*after)?);
        let same_status = lens::status(before) == lens::status(after);
        let same = same_status && (!lens::accepted(before) || same_told(before, after));
        (!same).then(|| {
            format!("refused, but the subject changed: {} before, {} after", lens::ending(before), lens::ending(after))
        })
    })
}

fn same_told(before: &Exchange, after: &Exchange) -> bool {
    match (told(before), told(after)) {
        (Some(before), Some(after)) => lens::same(&before, &after),
        (before, after) => before == after,
    }
}

/// What a reading of the subject tells: the rights of a token, for its instants differ, or the body.
fn told(exchange: &Exchange) -> Option<serde_json::Value> {
    match lens::access_token(exchange) {
        Some(token) => lens::decode(&token).claims?.get("scope").cloned(),
        None => lens::answer_object(exchange).map(serde_json::Value::Object),
    }
}

pub(in super::super) fn deviant<'a>(evidence: &'a Evidence<'_>) -> Option<(&'a Trial, &'a Exchange)> {
    let trial = evidence.trial?;
    Some((trial, evidence.exchange(trial.deviant)?))
}

/// Whether a party of the scenario is the one whose resource was addressed; for findings that name it.
pub(super) fn subject_of(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<Party> {
    let request = exchange.request.as_ref()?;
    let path = lens::path(request)?;
    let addressed = lens::segments(&path);
    evidence
        .roster
        .members
        .iter()
        .find(|member| member.id.as_deref().is_some_and(|id| addressed.iter().any(|segment| segment == id)))
        .map(|member| member.party)
}
