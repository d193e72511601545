//! What the resource owner function answers, without I/O: what the owner decided about this query, and nothing of its
//! own. The only place where its faults are read.

use crate::actors::problem::Problem;
use crate::control::{Decide, Decision, OwnerAnswer, OwnerQuery, WantedService};
use crate::fault::{Fault, FaultSet};
use crate::wire::Reply;

/// What becomes of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Course {
    /// This is the answer.
    Answer(OwnerAnswer),
    /// The owner has not decided.
    Wait,
    /// Nobody here is that owner.
    Unknown,
}

/// Queries are taken from the core function only, not from whoever has a certificate of its root (TS 23.222 8.36.3).
pub(super) fn admitted(shown: Option<&str>, core: Option<&str>) -> Result<(), Problem> {
    if core.is_none_or(|core| shown == Some(core)) {
        return Ok(());
    }
    Err(Problem::forbidden("only the core function asks here"))
}

/// What becomes of a query, by what the owners said so far.
pub(super) fn course(query: &OwnerQuery, said: &[Decide], answered: &[OwnerQuery], faults: &FaultSet) -> Course {
    let is_known = said.iter().any(|each| each.owner == query.owner);
    if !is_known && !faults.has(Fault::GrantForUnknownOwner) {
        return Course::Unknown;
    }
    let mut granted = Vec::new();
    for service in &query.services {
        let mut api_names = Vec::new();
        for api_name in &service.api_names {
            match decided(query, api_name, said, faults).or_else(|| presumed(is_known, faults)) {
                Some(Decision::Granted) => api_names.push(api_name.clone()),
                Some(Decision::Refused) => {}
                None => return Course::Wait,
            }
        }
        if !api_names.is_empty() {
            let everything = faults.has(Fault::GrantAllWhereSomeAreGranted);
            let api_names = if everything { service.api_names.clone() } else { api_names };
            granted.push(WantedService { aef_id: service.aef_id.clone(), api_names });
        }
    }
    let decision = if granted.is_empty() { Decision::Refused } else { Decision::Granted };
    let told = told(decision, query, answered, faults);
    let services = if told == decision { granted } else { query.services.clone() };
    Course::Answer(answer(told, query, services, faults))
}

/// What the owner decided about one service API: the most special of what was said, and of that the last.
fn decided(query: &OwnerQuery, api_name: &str, said: &[Decide], faults: &FaultSet) -> Option<Decision> {
    if faults.has(Fault::TakeDecisionOfAnotherOwner)
        && let Some(other) = said.iter().rev().find(|each| each.owner != query.owner)
    {
        return other.decision;
    }
    let mut of_owner = said.iter().filter(|each| each.owner == query.owner);
    if faults.has(Fault::AnswerEveryQueryAlike) {
        return of_owner.find_map(|each| each.decision);
    }
    let concerned = of_owner.filter(|each| {
        each.api_invoker_id.as_ref().is_none_or(|id| *id == query.api_invoker_id)
            && each.api_name.as_ref().is_none_or(|name| name == api_name)
    });
    let special = |each: &&Decide| usize::from(each.api_invoker_id.is_some()) + usize::from(each.api_name.is_some());
    if faults.has(Fault::KeepFirstWordOfTheOwner) {
        let oldest_last: Vec<_> = concerned.collect();
        return oldest_last.into_iter().rev().max_by_key(special)?.decision;
    }
    concerned.max_by_key(special)?.decision
}

/// What stands for an owner who said nothing: nothing.
fn presumed(is_known: bool, faults: &FaultSet) -> Option<Decision> {
    (!is_known || faults.has(Fault::DecideForTheOwner)).then_some(Decision::Granted)
}

/// The decision that is told: that of the owner, however often it is asked for.
fn told(decision: Decision, query: &OwnerQuery, answered: &[OwnerQuery], faults: &FaultSet) -> Decision {
    match decision {
        Decision::Refused if faults.has(Fault::GrantWhatTheOwnerRefuses) => Decision::Granted,
        Decision::Refused if answered.contains(query) && faults.has(Fault::GrantWhenAskedAgain) => Decision::Granted,
        Decision::Granted if faults.has(Fault::RefuseWhatTheOwnerGrants) => Decision::Refused,
        Decision::Granted | Decision::Refused => decision,
    }
}

/// The answer: about the owner, the invoker and the services of the query.
fn answer(decision: Decision, query: &OwnerQuery, granted: Vec<WantedService>, faults: &FaultSet) -> OwnerAnswer {
    let mut services = if decision == Decision::Refused { query.services.clone() } else { granted };
    if faults.has(Fault::GrantMoreServices)
        && let Some(first) = services.first_mut()
    {
        first.api_names.push("everything-else".to_owned());
    }
    let foreign = |own: &str| format!("{own}-neighbour");
    let other_owner = faults.has(Fault::AnswerForAnotherOwner);
    let other_invoker = faults.has(Fault::AnswerAboutAnotherInvoker);
    let api_invoker_id = &query.api_invoker_id;
    OwnerAnswer {
        decision,
        owner: if other_owner { foreign(&query.owner) } else { query.owner.clone() },
        api_invoker_id: if other_invoker { foreign(api_invoker_id) } else { api_invoker_id.clone() },
        services,
    }
}

/// The answer as it goes out.
pub(super) fn reply(answer: &OwnerAnswer, faults: &FaultSet) -> Result<Reply, Problem> {
    if faults.has(Fault::AnswerNothing) {
        return Ok(Reply::close());
    }
    let text = serde_json::to_string(answer).map_err(|_error| Problem::internal("the answer cannot be written"))?;
    Ok(Reply::new(200).body("application/json", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(owner: &str, invoker: &str, apis: &[&str]) -> OwnerQuery {
        let api_names = apis.iter().map(|name| (*name).to_owned()).collect();
        let services = vec![WantedService { aef_id: "a".to_owned(), api_names }];
        OwnerQuery { owner: owner.to_owned(), api_invoker_id: invoker.to_owned(), services }
    }

    fn says(owner: &str, decision: Option<Decision>, invoker: Option<&str>, api: Option<&str>) -> Decide {
        let text = |given: Option<&str>| given.map(str::to_owned);
        Decide { owner: owner.to_owned(), decision, api_invoker_id: text(invoker), api_name: text(api) }
    }

    fn decision(query: &OwnerQuery, said: &[Decide], faults: &[Fault]) -> Result<(Decision, usize), Course> {
        match course(query, said, &[], &faults.iter().copied().collect()) {
            Course::Answer(answer) => {
                Ok((answer.decision, answer.services.iter().map(|service| service.api_names.len()).sum()))
            }
            other @ (Course::Wait | Course::Unknown) => Err(other),
        }
    }

    #[test]
    fn the_special_word_of_the_owner_stands_before_the_general_one() {
        let said = [
            says("o", Some(Decision::Granted), Some("i"), None),
            says("o", Some(Decision::Refused), None, None),
            says("p", Some(Decision::Granted), None, Some("x")),
            says("p", Some(Decision::Refused), None, None),
        ];
        assert_eq!(decision(&query("o", "i", &["x"]), &said, &[]), Ok((Decision::Granted, 1)));
        assert_eq!(decision(&query("o", "j", &["x"]), &said, &[]), Ok((Decision::Refused, 1)));
        assert_eq!(decision(&query("p", "j", &["x", "y"]), &said, &[]), Ok((Decision::Granted, 1)));
    }

    #[test]
    fn the_later_word_of_the_owner_holds() {
        let said = [Decision::Granted, Decision::Refused].map(|word| says("o", Some(word), None, None));
        let asked = query("o", "i", &["x"]);
        assert_eq!(decision(&asked, &said, &[]), Ok((Decision::Refused, 1)));
        assert_eq!(decision(&asked, &said, &[Fault::KeepFirstWordOfTheOwner]), Ok((Decision::Granted, 1)));
    }

    #[test]
    fn without_a_decision_there_is_no_answer() {
        let said = [says("o", None, None, None)];
        assert_eq!(decision(&query("o", "i", &["x"]), &said, &[]), Err(Course::Wait));
        assert_eq!(decision(&query("p", "i", &["x"]), &said, &[]), Err(Course::Unknown));
        assert_eq!(decision(&query("o", "i", &["x"]), &said, &[Fault::DecideForTheOwner]), Ok((Decision::Granted, 1)));
        let unknown = decision(&query("p", "i", &["x"]), &said, &[Fault::GrantForUnknownOwner]);
        assert_eq!(unknown, Ok((Decision::Granted, 1)));
    }

    #[test]
    fn only_the_core_function_is_admitted() {
        assert!(admitted(Some("ccf"), Some("ccf")).is_ok());
        assert!(admitted(Some("invoker"), Some("ccf")).is_err());
        assert!(admitted(None, Some("ccf")).is_err());
    }
}
