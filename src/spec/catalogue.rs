//! The requirement catalogue: one row per testable statement, and ids that cannot be invented.

use std::fmt;
use std::str::FromStr;

use super::nearest::{nearest, suggestion};
use super::same;
use super::vocabulary::{Document, Release, Role, Strength, Testability, UntestedKind};

include!(concat!(env!("OUT_DIR"), "/requirements.rs"));

/// One testable statement of a specification, in our own words.
#[derive(Debug)]
pub struct Requirement {
    /// Its id.
    pub id: RequirementId,
    /// Where it stands.
    pub document: Document,
    /// The clause it stands in.
    pub clause: Clause,
    /// Title of that clause.
    pub title: &'static str,
    /// First release it is known for.
    pub release: Release,
    /// The role that it binds, and whose bytes decide it.
    pub role: Role,
    /// How much it asks for.
    pub strength: Strength,
    /// What it says.
    pub statement: &'static str,
    /// How to observe it.
    pub how: &'static str,
    /// Step in the figure of the procedure.
    pub step: Option<&'static str>,
    /// The text behind it was not read: a miss warns.
    pub provisional: bool,
    /// What can be shown from outside.
    pub testability: Testability,
    /// Why nothing judges it, where nothing can.
    pub untested: Option<Untested>,
    /// The same statement, for the same role, in another place.
    pub same_as: &'static [RequirementId],
    /// Where the texts differ, or why the row is as it is.
    pub note: Option<&'static str>,
    /// The month in which it was added to the catalogue: a target that is held to an earlier set is not scored by it.
    pub added: &'static str,
}

/// Why a requirement is not judged at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untested {
    /// The kind of reason.
    pub kind: UntestedKind,
    /// The reason itself; for what is not observable, what one would have to see.
    pub reason: &'static str,
}

/// A clause number such as `6.5.2.3` or `9.1.2A.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Clause(&'static str);

impl Clause {
    /// The number as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether this is the given clause or one of its sub-clauses: `6.5.2.3` is within `6.5.2`, `6.5.21` is not.
    #[must_use]
    pub fn is_within(self, clause: &str) -> bool {
        self.0.strip_prefix(clause).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// The id of a listed requirement. Its order is the order of the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequirementId(u16);

impl RequirementId {
    /// Every requirement, in catalogue order.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        REQUIREMENTS.iter().map(|row| row.id)
    }

    /// The id that is spelt like this. Use `req!`.
    ///
    /// # Panics
    /// When no requirement is: a compile error, since `req!` evaluates it in a constant.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler only, where a panic is the compile error wanted")]
    pub const fn listed(id: &str) -> Self {
        let mut at = 0;
        while at < REQUIREMENT_IDS.len() {
            if same(REQUIREMENT_IDS[at], id) {
                return REQUIREMENTS[at].id;
            }
            at += 1;
        }
        panic!("no requirement in fixtures/requirements/ has this id")
    }

    /// The id that is spelt like this, without a search for what else may have been meant.
    #[must_use]
    pub fn named(given: &str) -> Option<Self> {
        Self::all().find(|id| id.as_str() == given)
    }

    /// The id as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        REQUIREMENT_IDS[self.0 as usize]
    }

    /// The requirement itself.
    #[must_use]
    pub const fn requirement(self) -> &'static Requirement {
        &REQUIREMENTS[self.0 as usize]
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequirementId({self})")
    }
}

/// A string that is the id of no requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no requirement has the id `{given}`{}", suggestion(*nearest))]
pub struct UnknownRequirement {
    /// The id as it was given.
    pub given: String,
    /// The id that was probably meant.
    pub nearest: Option<&'static str>,
}

impl FromStr for RequirementId {
    type Err = UnknownRequirement;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::named(given)
            .ok_or_else(|| UnknownRequirement { given: given.to_owned(), nearest: nearest(given, REQUIREMENT_IDS) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_to_its_row_and_back() {
        for id in RequirementId::all() {
            assert_eq!(id.requirement().id, id);
            assert_eq!(id.as_str().parse(), Ok(id));
        }
        assert_eq!(crate::req!("33122-6.5.2.3-04").requirement().clause.as_str(), "6.5.2.3");
    }

    #[test]
    fn an_unknown_id_is_told_with_the_nearest_one() {
        let error = "33122-6.5.2.3-4".parse::<RequirementId>().unwrap_err();
        assert_eq!(error.nearest, Some("33122-6.5.2.3-04"));
    }

    #[test]
    fn a_clause_holds_its_sub_clauses_only() {
        assert!(Clause("6.5.2.3").is_within("6.5.2"));
        assert!(Clause("6.5.2").is_within("6.5.2"));
        assert!(!Clause("6.5.21").is_within("6.5.2"));
        assert!(!Clause("6.5.2").is_within("6.5.2.3"));
    }

    #[test]
    fn same_as_is_symmetric_and_between_equals() {
        for id in RequirementId::all() {
            for other in id.requirement().same_as {
                assert_ne!(id, *other);
                assert!(other.requirement().same_as.contains(&id), "{other} does not name {id}");
                assert_eq!(other.requirement().role, id.requirement().role, "{id} and {other} bind different roles");
            }
        }
    }
}
