//! What `--requirement` takes: a full id, or a clause with or without its document.

use std::fmt;
use std::str::FromStr;

use super::catalogue::RequirementId;
use super::nearest::{nearest, suggestion};
use super::vocabulary::Document;

/// A selection of requirements. A clause selects itself and its sub-clauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// One requirement.
    Id(RequirementId),
    /// A clause of one document, or of any.
    Clause {
        /// The document; any when none is named.
        document: Option<Document>,
        /// The clause number.
        clause: String,
    },
}

impl Selector {
    /// Whether the requirement is selected.
    #[must_use]
    pub fn matches(&self, id: RequirementId) -> bool {
        match self {
            Self::Id(selected) => *selected == id,
            Self::Clause { document, clause } => {
                let requirement = id.requirement();
                document.is_none_or(|document| document == requirement.document) && requirement.clause.is_within(clause)
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Clause { document: Some(document), clause } => write!(f, "{}-{clause}", document.code()),
            Self::Clause { document: None, clause } => f.write_str(clause),
        }
    }
}

/// A selection that selects nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is neither a requirement id nor a clause that has requirements{}", suggestion(nearest.as_deref()))]
pub struct UnknownSelector {
    /// The selection as it was given.
    pub given: String,
    /// The id or clause that was probably meant.
    pub nearest: Option<String>,
}

impl FromStr for Selector {
    type Err = UnknownSelector;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        if let Some(id) = RequirementId::named(given) {
            return Ok(Self::Id(id));
        }
        let selector = clause(given);
        if RequirementId::all().any(|id| selector.matches(id)) {
            Ok(selector)
        } else {
            Err(UnknownSelector { given: given.to_owned(), nearest: nearest_selection(given) })
        }
    }
}

fn clause(given: &str) -> Selector {
    let (document, clause) = match given.split_once('-') {
        Some((document, clause)) if document.parse::<Document>().is_ok() => (document.parse().ok(), clause),
        _ => (None, given),
    };
    // The requirements of a clause that a TR numbers are cited as AR-<clause>.
    let clause = clause.strip_prefix("AR-").unwrap_or(clause);
    Selector::Clause { document, clause: clause.to_owned() }
}

fn nearest_selection(given: &str) -> Option<String> {
    let known: Vec<String> = RequirementId::all()
        .map(RequirementId::requirement)
        .flat_map(|row| [row.clause.to_string(), format!("{}-{}", row.document, row.clause), row.id.to_string()])
        .collect();
    nearest(given, known.iter().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(selector: &str) -> Vec<&'static str> {
        let selector: Selector = selector.parse().unwrap();
        RequirementId::all().filter(|id| selector.matches(*id)).map(RequirementId::as_str).collect()
    }

    #[test]
    fn a_full_id_selects_itself() {
        assert_eq!(selected("33122-6.5.2.3-04"), ["33122-6.5.2.3-04"]);
    }

    #[test]
    fn a_clause_selects_itself_and_its_sub_clauses() {
        let wide = selected("33122-6.5");
        assert!(wide.contains(&"33122-6.5.2.3-04") && wide.contains(&"33122-6.5.3-01"));
        assert!(selected("33122-6.5.2").iter().all(|id| id.starts_with("33122-6.5.2.")));
        assert!(selected("8.23.3").iter().all(|id| id.starts_with("23222-8.23.3-")));
        assert!(selected("6.1").iter().any(|id| id.starts_with("33122-TLS-")));
    }

    #[test]
    fn a_clause_without_requirements_is_told_with_the_nearest_one() {
        let error = "33122-6.5.2.33".parse::<Selector>().unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("33122-6.5.2.3"));
        assert_eq!("nonsense".parse::<Selector>().unwrap_err().nearest, None);
    }
}
