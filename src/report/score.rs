//! The score: how many of the requirements that a target is held to were seen to hold.

use crate::spec::Strength;
use crate::verdict::Verdict;

use super::fold::{Report, RequirementReport};

/// The `shall` requirements of a run that are in the set that the target is held to, by what was said about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// How many there are.
    pub shall: usize,
    /// How many of them passed.
    pub pass: usize,
    /// The others by verdict, worst first; none: no scenario got so far as to judge them.
    pub others: Vec<(Option<Verdict>, usize)>,
    /// Requirements of any strength that were added after that set: told, and counted nowhere.
    pub unscored: usize,
}

impl Score {
    /// The score of a run.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let is_shall = |told: &&RequirementReport| told.listed.is_some_and(|row| row.strength == Strength::Shall);
        let scored = report.requirements.iter().filter(|told| told.scored);
        let shall: Vec<_> = scored.filter(is_shall).map(|told| told.verdict).collect();
        let count = |wanted: Option<Verdict>| shall.iter().filter(|verdict| **verdict == wanted).count();
        let others =
            Verdict::WORST_FIRST.into_iter().filter(|verdict| *verdict != Verdict::Pass).map(Some).chain([None]);
        Self {
            shall: shall.len(),
            pass: count(Some(Verdict::Pass)),
            others: others.map(|verdict| (verdict, count(verdict))).filter(|(_, count)| *count > 0).collect(),
            unscored: report.requirements.iter().filter(|told| !told.scored).count(),
        }
    }

    /// The score in words: `180 of 182 shall requirements pass · 2 not-applicable`.
    #[must_use]
    pub fn says(&self) -> String {
        let mut text = format!("{} of {} shall requirements pass", self.pass, self.shall);
        // Misses have lines of their own wherever this one stands.
        for (_, count) in self.others.iter().filter(|(verdict, _)| *verdict == Some(Verdict::NotApplicable)) {
            text.push_str(&format!(" · {count} not-applicable"));
        }
        if self.unscored > 0 {
            text.push_str(&format!(" · {} added later and not scored", self.unscored));
        }
        text
    }
}
