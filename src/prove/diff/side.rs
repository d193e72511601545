//! A run as a comparison reads it: what is needed of a `report.json`, whatever else it has.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::REPORT_SCHEMA;
use crate::event::{ExternalRef, SelectionRef, Tool};
use crate::run::INTERRUPTED;
use crate::run::select::Again;
use crate::verdict::Verdict;

/// What is read of a `report.json`; whatever else it has is left alone.
#[derive(Clone, Debug, Deserialize)]
pub struct Side {
    schema: String,
    tool: Option<Tool>,
    pub(super) release: String,
    pub(super) requirement_set: Option<String>,
    pub(super) target: Named,
    pub(super) complete: bool,
    /// Which share of a run it is; none of a whole one.
    pub(super) shard: Option<serde_json::Value>,
    failed_from: Option<String>,
    selection: Option<SelectionRef>,
    pub(super) scenarios: Vec<Told>,
    #[serde(default)]
    pub(super) not_run: Vec<NotRun>,
    #[serde(default)]
    pub(super) not_named: usize,
    #[serde(default)]
    requirements: Vec<Row>,
    #[serde(default)]
    waivers: Vec<Waived>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct NotRun {
    pub(super) id: String,
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
pub(super) struct Named {
    name: String,
    #[serde(default)]
    sut: Vec<String>,
    #[serde(default)]
    external: Vec<String>,
    #[serde(default)]
    roles: BTreeMap<String, ExternalRef>,
}

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Told {
    pub(super) id: String,
    #[serde(default)]
    pub(super) sut: String,
    pub(super) verdict: Verdict,
    pub(super) reason: Option<String>,
    #[serde(default)]
    requirements: Vec<String>,
    #[serde(default)]
    findings: Vec<Found>,
    #[serde(default = "yes")]
    scored: bool,
}

/// A finding.
#[derive(Clone, Debug, Deserialize)]
struct Found {
    requirements: Vec<String>,
    verdict: Verdict,
    #[serde(default = "yes")]
    scored: bool,
}

/// A requirement.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    id: String,
    strength: Option<String>,
    provisional: Option<bool>,
    verdict: Option<Verdict>,
}

fn yes() -> bool {
    true
}

/// Why a text is no report that can be compared.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is not JSON of that form.
    #[error("it is no report.json of a run: {0}")]
    Form(#[from] serde_json::Error),
    /// It was not written by a run.
    #[error("the scenario `{0}` is in it twice, which no run writes")]
    Twice(String),
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
        let mut side: Self = serde_json::from_str(text)?;
        if side.schema != REPORT_SCHEMA {
            return Err(Unreadable::Schema(side.schema));
        }
        let mut ids = BTreeSet::new();
        if let Some(twice) = side.scenarios.iter().find(|told| !ids.insert(told.id.as_str())) {
            return Err(Unreadable::Twice(twice.id.clone()));
        }
        // What somebody broke off has no verdict: it was not run.
        let (cut, whole) = side.scenarios.into_iter().partition(|told| told.reason.as_deref() == Some(INTERRUPTED));
        side.scenarios = whole;
        let cut: Vec<Told> = cut;
        side.not_run.extend(cut.into_iter().map(|told| NotRun { id: told.id }));
        Ok(side)
    }

    /// Scenarios that have to be run again: those that somebody would have to look at, and those without a verdict.
    #[must_use]
    pub fn to_repeat(&self) -> Again {
        let bad = self.scenarios.iter().filter(|told| !super::is_well(told.verdict)).map(|told| &told.id);
        let not_run = self.not_run.iter().map(|told| &told.id);
        Again {
            wanted: bad.chain(not_run.clone()).cloned().collect(),
            named: self.scenarios.iter().map(|told| &told.id).chain(not_run).cloned().collect(),
            unnamed_too: self.not_named > 0,
        }
    }

    /// Waivers that fail the run by themselves: what they are about, and what is said of them.
    pub(super) fn failing_waivers(&self) -> BTreeMap<String, &str> {
        let failing = self.waivers.iter().filter(|waiver| waiver.fails);
        failing.map(|waiver| (format!("{} {}", waiver.subject, waiver.name), waiver.says.as_str())).collect()
    }

    pub(super) fn by_id(&self) -> BTreeMap<&str, &Told> {
        self.scenarios.iter().map(|told| (told.id.as_str(), told)).collect()
    }

    /// Requirements that a target can fail by: what only warns gates nothing.
    pub(super) fn binding(&self) -> BTreeSet<&str> {
        let binds = |row: &&Row| row.strength.as_deref() == Some("shall") && row.provisional != Some(true);
        self.requirements.iter().filter(binds).map(|row| row.id.as_str()).collect()
    }

    /// Whether the run did not get so far as to judge a requirement.
    pub(super) fn is_open(&self, id: &str) -> bool {
        let open = |row: &&Row| matches!(row.verdict, Some(Verdict::Inconclusive | Verdict::Error));
        self.requirements.iter().filter(open).any(|row| row.id == id)
    }

    pub(super) fn is_judged(&self, role: &str) -> bool {
        self.target.external.is_empty() || self.target.external.iter().any(|external| external == role)
    }
}

impl Told {
    /// What it says about each requirement that something in it looked at. A check that found an option unused has looked.
    pub(super) fn said(&self) -> Vec<(&str, Verdict)> {
        let applies = self.verdict != Verdict::NotApplicable || !self.scored;
        if self.findings.is_empty() {
            let ids = self.requirements.iter().filter(|_| applies);
            return ids.map(|id| (id.as_str(), self.verdict)).collect();
        }
        let counts = |found: &&Found| applies || found.verdict == Verdict::NotApplicable;
        let found = self.findings.iter().filter(counts);
        found.flat_map(|found| found.requirements.iter().map(|id| (id.as_str(), found.verdict))).collect()
    }

    /// The same without what counts for nothing, because it was added after the set that the target is held to.
    pub(super) fn scored(&self) -> Vec<(&str, Verdict)> {
        let later: Vec<&String> =
            self.findings.iter().filter(|found| !found.scored).flat_map(|found| &found.requirements).collect();
        let counts = |(id, _): &(&str, Verdict)| self.scored && !later.iter().any(|other| other == id);
        self.said().into_iter().filter(counts).collect()
    }
}

/// Where two runs were asked for different things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Terms {
    /// They are held to something else: another release, another set. Nothing is asked of both alike.
    pub(super) held_to: Vec<String>,
    /// Other scenarios were run: what is not there in one of them was not asked for.
    pub(super) asked: Vec<String>,
}

impl Terms {
    pub(super) fn between(old: &Side, new: &Side) -> Self {
        let mut terms = Self::default();
        if old.release != new.release {
            terms.held_to.push(format!("the releases differ: {} and {}", old.release, new.release));
        }
        if old.requirement_set != new.requirement_set {
            let set = |side: &Side| side.requirement_set.clone().unwrap_or_else(|| "none".to_owned());
            terms.held_to.push(format!("the sets of requirements differ: {} and {}", set(old), set(new)));
        }
        if let (Some(one), Some(other)) = (&old.tool, &new.tool)
            && one != other
        {
            let tool = |tool: &Tool| format!("{} ({})", tool.version, tool.commit);
            terms.asked.push(format!("they were made by different capifspecs: {} and {}", tool(one), tool(other)));
        }
        if let (Some(one), Some(other)) = (&old.selection, &new.selection)
            && one != other
        {
            terms.asked.push(format!("what was asked for differs: {} and {}", asked_for(one), asked_for(other)));
        }
        for (side, which) in [(old, "old"), (new, "new")] {
            if side.shard.is_some() && old.shard != new.shard {
                terms.asked.push(format!("the {which} run is one share of several; merge them first"));
            }
            if let Some(report) = &side.failed_from {
                terms.asked.push(format!("the {which} run repeats only what was not well in {report}"));
            }
        }
        if old.target.external.is_empty() != new.target.external.is_empty() {
            terms.asked.push("one of them is a run of the built-in peers, in which every role is judged".to_owned());
        }
        terms
    }
}

/// A selection in the words of the command line.
fn asked_for(selection: &SelectionRef) -> String {
    let SelectionRef { paths, requirements, tags, sut, scenarios } = selection;
    let mut words = paths.clone();
    let options = [("--requirement", requirements), ("--sut", sut), ("--scenario", scenarios)];
    words.extend(
        options.iter().flat_map(|(option, values)| values.iter().map(move |value| format!("{option} {value}"))),
    );
    words.extend(tags.iter().map(|tags| format!("--tags {tags}")));
    if words.is_empty() { "everything".to_owned() } else { words.join(" ") }
}

/// What makes two runs hard to compare.
pub(super) fn notes(old: &Side, new: &Side, terms: &Terms) -> Vec<String> {
    let mut notes = Vec::new();
    if old.target.name != new.target.name {
        notes.push(format!("the targets differ: {} and {}", old.target.name, new.target.name));
    }
    if old.target.sut != new.target.sut {
        let roles = |side: &Side| side.target.sut.join(", ");
        notes.push(format!("the roles judged differ: {} and {}", roles(old), roles(new)));
    }
    let urls = |side: &Side, role: &str| side.target.roles.get(role).map(|told| told.urls.clone());
    for role in old.target.roles.keys().filter(|role| new.target.roles.contains_key(*role)) {
        if urls(old, role) != urls(new, role) {
            notes.push(format!("{role} is somewhere else: another product?"));
        }
    }
    let claims = |side: &Side, role: &str| side.target.roles.get(role).map(|told| told.claims.clone());
    let in_both = old.target.roles.keys().filter(|role| new.target.roles.contains_key(*role));
    for role in in_both.filter(|role| claims(old, role) != claims(new, role)) {
        notes.push(format!("what {role} claims differs"));
    }
    notes.extend(terms.held_to.iter().chain(&terms.asked).cloned());
    for (side, which) in [(old, "old"), (new, "new")] {
        if !side.complete {
            notes.push(format!("the {which} run is incomplete"));
        }
    }
    notes
}
