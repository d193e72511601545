//! Sets of requirements: what a target is held to does not move when the catalogue grows.
//!
//! Every entry of the catalogue says in which month it was `added`. A set is named for a month and holds what was there
//! by then.

use std::fmt;
use std::str::FromStr;

use super::catalogue::RequirementId;

/// The set of all requirements that were there in a month, such as `2026-12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequirementSet(&'static str);

impl RequirementSet {
    /// Every set that there is, oldest first: one for each month in which entries were added.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut sets: Vec<Self> = RequirementId::all().map(|id| Self(id.requirement().added)).collect();
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    /// The set that holds the whole catalogue: what a target is held to that names none.
    #[must_use]
    pub fn newest() -> Self {
        Self::all().pop().unwrap_or(Self(""))
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for RequirementSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// Whether a set holds what was added in this month. Both are spelt `YYYY-MM`, which sorts as time does.
#[must_use]
pub fn holds(set: &str, added: &str) -> bool {
    added <= set
}

/// A name that is no set of this catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no set `{given}`; this catalogue has {}", known.join(", "))]
pub struct UnknownSet {
    /// The name as it was given.
    pub given: String,
    /// The sets there are.
    pub known: Vec<&'static str>,
}

impl FromStr for RequirementSet {
    type Err = UnknownSet;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        let all = Self::all();
        let found = all.iter().copied().find(|set| set.0 == given);
        found.ok_or_else(|| UnknownSet { given: given.to_owned(), known: all.into_iter().map(Self::as_str).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_there_by_then() {
        for (set, added, held) in
            [("2026-12", "2026-12", true), ("2026-12", "2026-09", true), ("2026-12", "2027-01", false)]
        {
            assert_eq!(holds(set, added), held, "{added} in {set}");
        }
    }

    #[test]
    fn the_newest_set_holds_the_whole_catalogue() {
        let newest = RequirementSet::newest();
        assert!(RequirementId::all().all(|id| holds(newest.as_str(), id.requirement().added)));
        assert_eq!(newest.as_str().parse(), Ok(newest));
    }

    #[test]
    fn an_unknown_set_is_told_with_those_there_are() {
        let error = "2020-01".parse::<RequirementSet>().unwrap_err();
        assert_eq!(error.known, RequirementSet::all().into_iter().map(RequirementSet::as_str).collect::<Vec<_>>());
        assert!(error.to_string().contains(RequirementSet::newest().as_str()), "{error}");
    }
}
