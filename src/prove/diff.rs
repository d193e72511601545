//! Two runs compared: what fails now and did not, what was mended, what else changed, what came and what is gone.
//!
//! A pipeline gates a release on it: a regression is a scenario that is worse than before and no longer all well.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::run::select::Again;
use crate::verdict::Verdict;

/// The schema of a comparison.
pub const SCHEMA: &str = "capifspec.diff/1";
/// The schema of the reports that are compared.
pub const REPORT_SCHEMA: &str = "capifspec.report/1";

/// What is read of a `report.json`; whatever else it has is left alone.
#[derive(Clone, Debug, Deserialize)]
pub struct Side {
    schema: String,
    release: String,
    requirement_set: Option<String>,
    target: Named,
    complete: bool,
    /// Which share of a run it is; none of a whole one.
    shard: Option<serde_json::Value>,
    scenarios: Vec<Told>,
    #[serde(default)]
    not_run: Vec<NotRun>,
    #[serde(default)]
    not_named: usize,
    #[serde(default)]
    waivers: Vec<Waived>,
}

#[derive(Clone, Debug, Deserialize)]
struct NotRun {
    id: String,
}

/// A waiver, as a report tells it.
#[derive(Clone, Debug, Deserialize)]
struct Waived {
    subject: String,
    name: String,
    #[serde(default)]
    fails: bool,
    says: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    name: String,
    #[serde(default)]
    sut: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Told {
    id: String,
    verdict: Verdict,
}

/// Why a text is no report that can be compared.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON of that form.
    #[error("it is no report.json of a run: {0}")]
    Form(#[from] serde_json::Error),
    /// It is of another schema.
    #[error("its schema is `{0}`; {REPORT_SCHEMA} is compared")]
    Schema(String),
}

impl Side {
    /// Reads the text of a `report.json`.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let side: Self = serde_json::from_str(text)?;
        if side.schema == REPORT_SCHEMA { Ok(side) } else { Err(Unreadable::Schema(side.schema)) }
    }

    /// Scenarios that have to be run again: those that somebody would have to look at, and those without a verdict.
    #[must_use]
    pub fn to_repeat(&self) -> Again {
        let bad = self.scenarios.iter().filter(|told| !is_well(told.verdict)).map(|told| &told.id);
        let not_run = self.not_run.iter().map(|told| &told.id);
        Again {
            wanted: bad.chain(not_run.clone()).cloned().collect(),
            named: self.scenarios.iter().map(|told| &told.id).chain(not_run).cloned().collect(),
            unnamed_too: self.not_named > 0,
        }
    }

    /// Waivers that fail the run by themselves: what they are about, and what is said of them.
    fn failing_waivers(&self) -> BTreeMap<String, &str> {
        let failing = self.waivers.iter().filter(|waiver| waiver.fails);
        failing.map(|waiver| (format!("{} {}", waiver.subject, waiver.name), waiver.says.as_str())).collect()
    }

    fn verdicts(&self) -> BTreeMap<&str, Verdict> {
        self.scenarios.iter().map(|told| (told.id.as_str(), told.verdict)).collect()
    }
}

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
}

impl Diff {
    /// What differs between an old and a new run.
    #[must_use]
    pub fn between(old: &Side, new: &Side) -> Self {
        let (before, after) = (old.verdicts(), new.verdicts());
        let mut diff = Self {
            schema: SCHEMA,
            notes: notes(old, new),
            new_failures: Vec::new(),
            fixed: Vec::new(),
            changed: Vec::new(),
            appeared: Vec::new(),
            vanished: Vec::new(),
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
            let change =
                Change { scenario: id.to_owned(), before: before.get(id).copied(), after: after.get(id).copied() };
            diff.sort_in(change);
        }
        diff
    }

    /// Whether the new run is worse: something fails that did not, also where it was not there before.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        let fails = |change: &Change| change.after.is_some_and(|verdict| !is_well(verdict));
        !self.new_failures.is_empty() || self.appeared.iter().any(fails) || !self.waivers.is_empty()
    }

    /// The exit code of a comparison: 1 for a regression, 3 when the new run is incomplete and cannot be cleared.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.is_regression(), self.complete) {
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

fn notes(old: &Side, new: &Side) -> Vec<String> {
    let mut notes = Vec::new();
    if old.target.name != new.target.name {
        notes.push(format!("the targets differ: {} and {}", old.target.name, new.target.name));
    }
    if old.target.sut != new.target.sut {
        let roles = |side: &Side| side.target.sut.join(", ");
        notes.push(format!("the roles judged differ: {} and {}", roles(old), roles(new)));
    }
    if old.release != new.release {
        notes.push(format!("the releases differ: {} and {}", old.release, new.release));
    }
    if old.requirement_set != new.requirement_set {
        let set = |side: &Side| side.requirement_set.clone().unwrap_or_else(|| "none".to_owned());
        notes.push(format!("the sets of requirements differ: {} and {}", set(old), set(new)));
    }
    for (side, which) in [(old, "old"), (new, "new")] {
        if !side.complete {
            notes.push(format!("the {which} run is incomplete"));
        }
        if side.shard.is_some() {
            notes.push(format!("the {which} run is one share of several; merge them first"));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn side(verdicts: &[(&str, &str)]) -> Side {
        let told = verdicts.iter().map(|(id, verdict)| json!({"id": id, "verdict": verdict}));
        let report = json!({"schema": REPORT_SCHEMA, "release": "18", "target": {"name": "t"}, "complete": true,
            "scenarios": told.collect::<Vec<_>>(), "seed": 1});
        Side::read(&report.to_string()).unwrap()
    }

    fn names(changes: &[Change]) -> Vec<&str> {
        changes.iter().map(|change| change.scenario.as_str()).collect()
    }

    #[test]
    fn each_scenario_is_told_once_and_under_its_name() {
        let old = side(&[
            ("a", "pass"),
            ("b", "fail"),
            ("c", "pass"),
            ("d", "pass"),
            ("e", "inconclusive"),
            ("same", "fail"),
        ]);
        let new = side(&[("a", "fail"), ("b", "pass"), ("c", "warn"), ("f", "pass"), ("e", "fail"), ("same", "fail")]);
        let diff = Diff::between(&old, &new);
        assert_eq!(names(&diff.new_failures), ["a", "e"]);
        assert_eq!((names(&diff.fixed), names(&diff.changed)), (vec!["b"], vec!["c"]));
        assert_eq!((names(&diff.appeared), names(&diff.vanished)), (vec!["f"], vec!["d"]));
        assert!(diff.is_regression());
    }

    #[test]
    fn what_is_no_worse_is_no_regression() {
        let old = side(&[("a", "fail"), ("b", "pass")]);
        assert!(!Diff::between(&old, &old).is_regression());
        assert!(!Diff::between(&old, &side(&[("a", "inconclusive"), ("b", "not-applicable")])).is_regression());
        assert!(Diff::between(&old, &side(&[("a", "fail"), ("b", "pass"), ("new", "fail")])).is_regression());
    }

    #[test]
    fn an_excuse_mends_nothing_and_a_stale_one_is_a_regression() {
        let old = side(&[("a", "fail"), ("b", "waived"), ("c", "pass"), ("d", "unexpected-pass"), ("e", "waived")]);
        let new = side(&[("a", "waived"), ("b", "unexpected-pass"), ("c", "waived"), ("d", "pass"), ("e", "fail")]);
        let diff = Diff::between(&old, &new);
        assert_eq!((names(&diff.new_failures), names(&diff.fixed)), (vec!["b", "e"], vec!["d"]));
        assert_eq!(
            names(&diff.changed),
            ["a", "c"],
            "a miss is excused, not mended; and an excused miss fails nothing"
        );
        assert!(!Diff::between(&side(&[("c", "pass")]), &side(&[("c", "waived")])).is_regression());
        assert!(Diff::between(&side(&[]), &side(&[("c", "unexpected-pass")])).is_regression());
    }

    #[test]
    fn a_waiver_that_begins_to_fail_the_run_is_a_regression() {
        let with = |fails: bool| {
            let report = json!({"schema": REPORT_SCHEMA, "release": "18", "target": {"name": "t"}, "complete": true,
                "scenarios": [], "waivers": [{"subject": "check", "name": "x", "fails": fails, "says": "expired"}]});
            Side::read(&report.to_string()).unwrap()
        };
        let diff = Diff::between(&with(false), &with(true));
        assert_eq!((diff.waivers.as_slice(), diff.exit_code()), (&["check x: expired".to_owned()][..], 1));
        assert_eq!(Diff::between(&with(true), &with(true)).exit_code(), 0);
    }

    #[test]
    fn half_a_run_is_never_cleared() {
        let told = |id: &str, verdict: &str| json!({"id": id, "verdict": verdict});
        let half = |scenarios: Vec<serde_json::Value>| {
            let report = json!({"schema": REPORT_SCHEMA, "release": "18", "target": {"name": "t"}, "complete": false,
                "scenarios": scenarios, "not_run": [{"id": "b", "reason": "interrupted"}], "not_named": 1});
            Side::read(&report.to_string()).unwrap()
        };
        let old = side(&[("a", "pass"), ("b", "pass")]);
        assert_eq!(Diff::between(&old, &half(vec![told("a", "pass")])).exit_code(), 3);
        assert_eq!(Diff::between(&old, &half(vec![told("a", "fail")])).exit_code(), 1);
        let again = half(vec![told("a", "fail"), told("c", "pass")]).to_repeat();
        assert_eq!(again.wanted.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert!(again.unnamed_too && again.named.contains("c"), "what is not named at all did not run either");
    }

    #[test]
    fn another_schema_is_told_apart_from_no_report() {
        assert!(matches!(Side::read("{}"), Err(Unreadable::Form(_))));
        let other = json!({"schema": "capifspec.report/9", "release": "18", "target": {"name": "t"}, "complete": true, "scenarios": []});
        assert!(matches!(Side::read(&other.to_string()), Err(Unreadable::Schema(_))));
    }
}
