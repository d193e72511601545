//! What was judged before and is judged by nothing now.
//!
//! A product that claims less, or can no longer be told to act, fails less: without this a gate could be passed by that
//! alone. What was not asked for this time is another matter: it is neither worse nor cleared.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::side::{Side, Terms, Told};
use crate::verdict::Verdict;

/// A requirement that was judged before and is judged by nothing now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Its id.
    pub requirement: String,
    /// The worst that was said about it then.
    pub before: Verdict,
    /// Why nothing judges it now, as the new report says.
    pub because: Vec<String>,
    /// The scenarios that judged it then.
    pub scenarios: Vec<String>,
}

/// Every binding requirement that is lost: those that were asked for on the same terms, and those that were not.
pub(super) fn lost(old: &Side, new: &Side, terms: &Terms) -> (Vec<Lost>, Vec<Lost>) {
    let binding = old.binding();
    let looked_at: BTreeSet<&str> = new.scenarios.iter().flat_map(Told::said).map(|(id, _)| id).collect();
    let now = new.by_id();
    let (mut worse, mut not_asked) = (Vec::new(), Vec::new());
    for (id, judges) in judges(old) {
        if !binding.contains(id) || looked_at.contains(id) {
            continue;
        }
        let (here, gone): (Vec<&Told>, Vec<&Told>) =
            judges.iter().map(|(told, _)| *told).partition(|told| now.contains_key(&*told.id));
        // What did not run makes the new run incomplete, and is told as that.
        let not_run = |told: &&Told| new.not_named > 0 || new.not_run.iter().any(|other| other.id == told.id);
        if gone.iter().any(not_run) {
            continue;
        }
        let before = judges.iter().map(|(_, verdict)| *verdict).max().unwrap_or(Verdict::NotApplicable);
        // A miss that was not come to this time is no worse, as in a scenario: the run itself tells that.
        if !super::is_well(before) && new.is_open(id) {
            continue;
        }
        let mut because: Vec<String> =
            here.iter().filter_map(|told| now.get(&*told.id)).map(|told| why(told)).collect();
        because.extend(gone.iter().map(|told| why_gone(new, told, here.is_empty())));
        because.sort();
        because.dedup();
        let lost = Lost {
            requirement: id.to_owned(),
            before,
            because,
            scenarios: judges.iter().map(|(told, _)| told.id.clone()).collect(),
        };
        let comparable = terms.held_to.is_empty() && (gone.is_empty() || terms.asked.is_empty());
        if comparable { worse.push(lost) } else { not_asked.push(lost) }
    }
    (worse, not_asked)
}

/// The scenarios that judged each requirement, with what they said.
fn judges(side: &Side) -> BTreeMap<&str, Vec<(&Told, Verdict)>> {
    let mut judges: BTreeMap<&str, Vec<(&Told, Verdict)>> = BTreeMap::new();
    for told in &side.scenarios {
        for (id, verdict) in told.scored().into_iter().filter(|(_, verdict)| is_judged(*verdict)) {
            judges.entry(id).or_default().push((told, verdict));
        }
    }
    judges
}

/// Somebody looked, and saw how it is.
fn is_judged(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Waived | Verdict::Warn | Verdict::UnexpectedPass | Verdict::Fail => true,
        Verdict::NotApplicable | Verdict::Inconclusive | Verdict::Error => false,
    }
}

/// Why a scenario that is there does not judge it.
fn why(told: &Told) -> String {
    told.reason.clone().unwrap_or_else(|| format!("{} gives no reason", told.id))
}

/// Why scenarios are not there; their names are told beside.
fn why_gone(new: &Side, told: &Told, all: bool) -> String {
    if !told.sut.is_empty() && !new.is_judged(&told.sut) {
        return format!("the target of the new run names no {}", told.sut);
    }
    format!("{} scenarios are not in the new run", if all { "its" } else { "some of its" })
}
