//! Verdicts in the words of ISO/IEC 9646, worst first, and the finding that carries one.
//!
//! A finding is always about one role. It never says what a product is; it says what was expected,
//! what was observed, under which requirement and in which exchange.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::spec::{Requirement, Role, Strength};

/// The outcome of a judgement, a scenario or a run. The order is the order of badness: the worst one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The capability is not claimed, or an optional behaviour was not used.
    NotApplicable,
    /// What the requirement asks for was seen.
    Pass,
    /// A miss that the target file waives.
    Waived,
    /// A miss of a `should`, or of a provisional requirement.
    Warn,
    /// The system under test did not get far enough to be judged.
    Inconclusive,
    /// A waived requirement passed: the waiver is stale.
    UnexpectedPass,
    /// The system under test is wrong.
    Fail,
    /// The harness is wrong.
    Error,
}

impl Verdict {
    /// Every verdict, worst first: the order of every table that lists them.
    pub const WORST_FIRST: [Self; 8] = [
        Self::Error,
        Self::Fail,
        Self::UnexpectedPass,
        Self::Inconclusive,
        Self::Warn,
        Self::Waived,
        Self::Pass,
        Self::NotApplicable,
    ];

    /// The word used in every machine output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Pass => "pass",
            Self::Waived => "waived",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// What missing this requirement is worth: a provisional requirement never fails a target, and what is only
    /// permitted can never be missed.
    #[must_use]
    pub fn of_miss(requirement: &Requirement) -> Self {
        match requirement.strength {
            Strength::May => Self::NotApplicable,
            Strength::Should => Self::Warn,
            Strength::Shall if requirement.provisional => Self::Warn,
            Strength::Shall => Self::Fail,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is no verdict.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no verdict")]
pub struct UnknownVerdict(String);

impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::WORST_FIRST
            .into_iter()
            .find(|verdict| verdict.word() == word)
            .ok_or_else(|| UnknownVerdict(word.to_owned()))
    }
}

/// One judgement, as it goes into the journal and every report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Slug of the check that judged.
    pub check: String,
    /// The role judged.
    pub role: Role,
    /// Requirement ids the judgement is charged to.
    pub requirements: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// What the requirement asks for.
    pub expected: String,
    /// What was seen instead, or what showed it.
    pub observed: String,
    /// The exchange it was seen in.
    pub exchange: Option<u64>,
}
