//! Two runs compared: what fails now and did not, what was mended, what else changed, what came and what is gone.
//!
//! A pipeline gates a release on it: a regression is a scenario that is worse than before and no longer all well, or a
//! requirement that was judged and, on the same terms, is not judged any more.

mod lost;
mod side;

pub use lost::Lost;
pub use side::{Side, Unreadable};

use serde::Serialize;

use crate::verdict::Verdict;
use side::{Terms, Told};

/// The schema of a comparison.
pub const SCHEMA: &str = "capifspec.diff/1";
/// The schema of the reports that are compared.
pub const REPORT_SCHEMA: &str = "capifspec.report/1";

/// What differs between two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// What makes the runs hard to compare: another target, another release, a run that was cut short.
    pub notes: Vec<String>,
    /// Worse than before, and no longer all well: a regression.
    pub new_failures: Vec<Change>,
    /// Seen to be well now, and not before.
    pub fixed: Vec<Change>,
    /// Another verdict that is neither.
    pub changed: Vec<Change>,
    /// Not there before.
    pub appeared: Vec<Change>,
    /// Not there any more.
    pub vanished: Vec<Change>,
    /// Binding requirements that were judged before and that nothing judges now, asked for on the same terms: a regression.
    pub no_longer_judged: Vec<Lost>,
    /// Such requirements where the new run was asked for something else: neither worse nor cleared.
    pub not_asked_for: Vec<Lost>,
    /// Waivers that fail the new run and did not fail the old one: expired, or about nothing.
    pub waivers: Vec<String>,
    /// Whether the new run has a verdict on everything that was selected: otherwise what is missing may be worse.
    pub complete: bool,
}

/// One scenario in two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its id.
    pub scenario: String,
    /// Its verdict then; none when it was not there.
    pub before: Option<Verdict>,
    /// Its verdict now; none when it is not there.
    pub after: Option<Verdict>,
    /// Why it is not applicable now, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Diff {
    /// What differs between an old and a new run.
    #[must_use]
    pub fn between(old: &Side, new: &Side) -> Self {
        let (before, after) = (old.by_id(), new.by_id());
        let terms = Terms::between(old, new);
        let (no_longer_judged, not_asked_for) = lost::lost(old, new, &terms);
        let mut diff = Self {
            schema: SCHEMA,
            notes: side::notes(old, new, &terms),
            new_failures: Vec::new(),
            fixed: Vec::new(),
            changed: Vec::new(),
            appeared: Vec::new(),
            vanished: Vec::new(),
            no_longer_judged,
            not_asked_for,
            waivers: Vec::new(),
            // A share speaks for itself alone.
            complete: new.complete && (new.shard.is_none() || new.shard == old.shard),
        };
        let known = old.failing_waivers();
        let failing = new.failing_waivers();
        let fresh = failing.into_iter().filter(|(subject, _)| !known.contains_key(subject));
        diff.waivers = fresh.map(|(subject, says)| format!("{subject}: {says}")).collect();
        let mut ids: Vec<&str> = before.keys().chain(after.keys()).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            diff.sort_in(Change::of(id, before.get(id).copied(), after.get(id).copied()));
        }
        diff
    }

    /// Whether the new run is worse: something fails that did not, also where it was not there before, or is not judged
    /// any more.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        let fails = |change: &Change| change.after.is_some_and(|verdict| !is_well(verdict));
        let worse = !self.new_failures.is_empty() || self.appeared.iter().any(fails);
        worse || !self.no_longer_judged.is_empty() || !self.waivers.is_empty()
    }

    /// Whether the new run speaks for all that the old one did.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.complete && self.not_asked_for.is_empty()
    }

    /// The exit code of a comparison: 1 for a regression, 3 when the new run is incomplete, or was asked for less, and
    /// cannot be cleared.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.is_regression(), self.is_whole()) {
            (true, _) => 1,
            (false, false) => 3,
            (false, true) => 0,
        }
    }

    fn sort_in(&mut self, change: Change) {
        match (change.before, change.after) {
            (None, _) => self.appeared.push(change),
            (_, None) => self.vanished.push(change),
            (Some(before), Some(after)) if before == after => {}
            (Some(before), Some(after)) if after > before && !is_well(after) => self.new_failures.push(change),
            (Some(before), Some(after)) if !is_well(before) && is_mended(after) => self.fixed.push(change),
            (Some(_), Some(_)) => self.changed.push(change),
        }
    }
}

impl Change {
    fn of(id: &str, before: Option<&Told>, after: Option<&Told>) -> Self {
        let verdict = |told: Option<&Told>| told.map(|told| told.verdict);
        let not_applicable = after.filter(|told| told.verdict == Verdict::NotApplicable);
        Self {
            scenario: id.to_owned(),
            before: verdict(before),
            after: verdict(after),
            reason: not_applicable.and_then(|told| told.reason.clone()),
        }
    }
}

/// Nothing that a run would fail for.
fn is_well(verdict: Verdict) -> bool {
    match verdict {
        Verdict::NotApplicable | Verdict::Pass | Verdict::Waived | Verdict::Warn => true,
        Verdict::Inconclusive | Verdict::UnexpectedPass | Verdict::Fail | Verdict::Error => false,
    }
}

/// Seen to be well: an excuse mends nothing, and neither does a claim that is taken back.
fn is_mended(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Pass | Verdict::Warn => true,
        Verdict::NotApplicable
        | Verdict::Waived
        | Verdict::Inconclusive
        | Verdict::UnexpectedPass
        | Verdict::Fail
        | Verdict::Error => false,
    }
}

#[cfg(test)]
mod tests;
