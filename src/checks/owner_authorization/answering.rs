//! What the resource owner function answers: TS 23.222 clause 8.31.3.

use super::super::evidence::Evidence;
use super::super::{Check, Judgement, lens};
use super::query::{Due, Query, attempts, due, queries};
use crate::req;
use crate::spec::Role;

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &QUERY_ANSWERED,
    &DECISION_TOLD,
    &ANSWER_ABOUT_THE_QUERY,
    &NOTHING_WITHOUT_A_DECISION,
    &DECISION_OF_THE_OWNER_ASKED_FOR,
];

/// A query reaches the resource owner function, and an answer comes back.
pub const QUERY_ANSWERED: Check = Check {
    slug: "owner-query-answered",
    role: Role::ResourceOwnerFunction,
    requirements: &[req!("23222-8.31.3-01")],
    judge: |evidence| {
        let expected = "each query that the owner has decided is answered, with 200 and a decision";
        let decided = |query: &Query<'_>| matches!(due(evidence, query), Due::Grant(_) | Due::Denial);
        let asked = queries(evidence);
        let any = !asked.is_empty();
        let decided: Vec<_> = asked.into_iter().filter(decided).collect();
        let Some(last) = decided.last() else {
            return match attempts(evidence).last().filter(|_| !any) {
                Some(attempt) => Judgement::missed(expected, lens::ending(attempt)).at(attempt.id),
                None => Judgement::unclear(expected, "nothing was asked that an owner has decided"),
            };
        };
        match decided.iter().find(|query| query.answer.is_none()) {
            Some(other) => Judgement::missed(expected, lens::ending(other.exchange)).at(other.exchange.id),
            None => Judgement::held(expected, format!("{} answered", decided.len())).at(last.exchange.id),
        }
    },
};

/// The answer is the decision of the owner.
pub const DECISION_TOLD: Check = Check {
    slug: "owner-decision-told",
    role: Role::ResourceOwnerFunction,
    requirements: &[req!("23222-8.31.3-09")],
    judge: |evidence| {
        let expected = "a grant where the owner grants, and none where the owner refuses, however often it is asked";
        let all = with_due(evidence);
        let (grants, denials) = (count(&all, Due::is_grant), count(&all, |due| *due == Due::Denial));
        if grants == 0 || denials == 0 {
            return Judgement::unclear(expected, "a query that the owner grants and one that it refuses are needed");
        }
        match all.iter().find(|(query, due)| query.granted() != due.is_grant()) {
            Some((query, _)) => Judgement::missed(expected, told(query)).at(query.exchange.id),
            None => Judgement::held(expected, format!("{grants} granted, {denials} refused")),
        }
    },
};

/// Each of several queries gets the answer that is about its invoker and its service APIs.
pub const ANSWER_ABOUT_THE_QUERY: Check = Check {
    slug: "owner-answer-about-the-query",
    role: Role::ResourceOwnerFunction,
    requirements: &[req!("23222-8.31.3-10")],
    judge: |evidence| {
        let expected = "each query gets its own answer: about its invoker, and for service APIs that it asked for";
        let all = with_due(evidence);
        let (grants, denials) = (count(&all, Due::is_grant), count(&all, |due| *due == Due::Denial));
        if grants < 2 || denials == 0 {
            return Judgement::unclear(expected, "a query alone and two different ones at once are needed");
        }
        match all.iter().find(|(query, due)| !is_own_answer(query, due)) {
            Some((query, _)) => Judgement::missed(expected, told(query)).at(query.exchange.id),
            None => Judgement::held(expected, format!("{} queries, each with its own answer", all.len())),
        }
    },
};

/// While the owner has not decided there is no grant.
pub const NOTHING_WITHOUT_A_DECISION: Check = Check {
    slug: "no-owner-grant-without-a-decision",
    role: Role::ResourceOwnerFunction,
    requirements: &[req!("23222-8.31.3-11")],
    judge: |evidence| {
        let expected = "no grant until the deadline for an owner who does not react";
        let all = with_due(evidence);
        let Some((query, _)) = all.iter().find(|(_, due)| *due == Due::Nothing) else {
            return Judgement::unclear(expected, "no owner was asked who does not react");
        };
        if query.granted() {
            return Judgement::missed(expected, told(query)).at(query.exchange.id);
        }
        grants_at_all(&all, expected, lens::ending(query.exchange))
    },
};

/// The decision is that of the owner whom the query names.
pub const DECISION_OF_THE_OWNER_ASKED_FOR: Check = Check {
    slug: "decision-of-the-owner-asked-for",
    role: Role::ResourceOwnerFunction,
    requirements: &[req!("23222-8.31.3-12")],
    judge: |evidence| {
        let expected = "no grant for an owner who refuses while another grants, none for an owner whom nobody knows, and answers that name the owner of the query";
        let all = with_due(evidence);
        let refused: Vec<_> = all.iter().filter(|(_, due)| matches!(due, Due::Denial | Due::Unknown)).collect();
        if refused.is_empty() || !another_grants(evidence) {
            return Judgement::unclear(expected, "an owner to be refused and one who grants are needed");
        }
        if let Some((query, _)) = refused.iter().find(|(query, _)| query.granted()) {
            return Judgement::missed(expected, told(query)).at(query.exchange.id);
        }
        let other = |query: &Query<'_>| query.answer.as_ref().is_some_and(|a| a.about.owner != query.about.owner);
        match all.iter().find(|(query, _)| other(query)) {
            Some((query, _)) => Judgement::missed(expected, told(query)).at(query.exchange.id),
            None => grants_at_all(&all, expected, format!("{} not granted", refused.len())),
        }
    },
};

fn with_due<'a>(evidence: &'a Evidence<'_>) -> Vec<(Query<'a>, Due)> {
    queries(evidence)
        .into_iter()
        .map(|query| {
            let due = due(evidence, &query);
            (query, due)
        })
        .collect()
}

fn count(all: &[(Query<'_>, Due)], which: impl Fn(&Due) -> bool) -> usize {
    all.iter().filter(|(_, due)| which(due)).count()
}

fn another_grants(evidence: &Evidence<'_>) -> bool {
    let grants = |word: &super::super::OwnerWord| word.granted == Some(true);
    evidence.roster.owners.iter().any(|owner| owner.words.iter().any(grants))
}

/// That nothing was granted says something only where something else is.
fn grants_at_all(all: &[(Query<'_>, Due)], expected: &str, observed: String) -> Judgement {
    if all.iter().any(|(query, due)| due.is_grant() && query.granted()) {
        return Judgement::held(expected, observed);
    }
    Judgement::unclear(expected, "what an owner grants is not granted either")
}

/// The answer is about the invoker and the services of its query, and is what the owner said about them.
fn is_own_answer(query: &Query<'_>, due: &Due) -> bool {
    let Some(answer) = &query.answer else { return !due.is_grant() };
    let own_invoker = answer.about.invoker == query.about.invoker;
    match due {
        Due::Grant(pairs) => own_invoker && answer.granted && answer.about.pairs == *pairs,
        Due::Denial | Due::Nothing | Due::Unknown => own_invoker && !answer.granted,
    }
}

fn told(query: &Query<'_>) -> String {
    match &query.answer {
        Some(answer) => format!(
            "{} for owner {}, invoker {}, {}; asked was owner {}, invoker {}, {}",
            if answer.granted { "granted" } else { "refused" },
            answer.about.owner,
            answer.about.invoker,
            answer.about.pairs.join(" "),
            query.about.owner,
            query.about.invoker,
            query.about.pairs.join(" ")
        ),
        None => lens::ending(query.exchange),
    }
}
