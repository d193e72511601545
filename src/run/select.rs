//! Which scenarios run: by path, requirement or clause, tag expression, role and release; again after a failure; and
//! shared out among several runs.

use std::collections::BTreeSet;
use std::str::FromStr;

use aws_lc_rs::digest;

use super::feature::Scenario;
use super::tag_expression::TagExpression;
use crate::event::{SelectionRef, ShardRef};
use crate::spec::{Release, Role, Selector};

/// What was asked for; an empty selection selects everything of the release.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Requirement ids and clauses; one of them has to match.
    pub requirements: Vec<Selector>,
    /// A tag expression.
    pub tags: Option<TagExpression>,
    /// Roles judged; one of them has to match.
    pub sut: Vec<Role>,
    /// Roles that are external: only they are judged then.
    pub external: Vec<Role>,
    /// Parts of scenario ids; one of them has to be found.
    pub names: Vec<String>,
    /// What an earlier run leaves to be run again; none: everything.
    pub again: Option<Again>,
}

/// What is run again after an earlier run.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// Ids of the scenarios that were not all well.
    pub wanted: BTreeSet<String>,
    /// Ids of those that the earlier report names, whatever came of them.
    pub named: BTreeSet<String>,
    /// The run was killed before it named all: what its report does not name did not run either.
    pub unnamed_too: bool,
}

impl Again {
    fn takes(&self, id: &str) -> bool {
        self.wanted.contains(id) || self.unnamed_too && !self.named.contains(id)
    }
}

impl Selection {
    /// Whether a scenario was asked for. Scenarios of other releases never are.
    #[must_use]
    pub fn takes(&self, scenario: &Scenario, release: Release) -> bool {
        scenario.releases.contains(&release)
            && scenario.requirements.iter().all(|id| id.requirement().release <= release)
            && (self.sut.is_empty() || self.sut.contains(&scenario.sut))
            && (self.external.is_empty() || self.external.contains(&scenario.sut))
            && self.takes_requirements(scenario)
            && self.tags.as_ref().is_none_or(|expression| expression.holds(&scenario.tags))
            && self.again.as_ref().is_none_or(|again| again.takes(&scenario.id))
            && (self.names.is_empty() || self.names.iter().any(|name| scenario.id.contains(name.as_str())))
    }

    /// What was asked for on the command line, as a journal tells it: the same whatever the order.
    #[must_use]
    pub fn told(&self) -> SelectionRef {
        fn sorted(words: impl Iterator<Item = String>) -> Vec<String> {
            words.collect::<BTreeSet<_>>().into_iter().collect()
        }
        SelectionRef {
            paths: Vec::new(),
            requirements: sorted(self.requirements.iter().map(ToString::to_string)),
            tags: self.tags.as_ref().map(ToString::to_string),
            sut: sorted(self.sut.iter().map(|role| role.code().to_owned())),
            scenarios: sorted(self.names.iter().cloned()),
        }
    }

    fn takes_requirements(&self, scenario: &Scenario) -> bool {
        self.requirements.is_empty()
            || self.requirements.iter().any(|selector| scenario.requirements.iter().any(|id| selector.matches(*id)))
    }
}

/// One share of a selection, such as `2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    of: usize,
}

/// A text that names no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no share; write it as I/N with I from 1 to N, such as 1/3")]
pub struct BadShard(String);

impl FromStr for Shard {
    type Err = BadShard;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of }),
            _ => Err(BadShard(text.to_owned())),
        }
    }
}

impl Shard {
    /// This share of a selection, and how a journal names it. It depends on the ids alone: every n-th of them in their
    /// order, so that neighbours, which take about as long, go to different shares.
    #[must_use]
    pub fn of(self, mut selected: Vec<Scenario>) -> (Vec<Scenario>, ShardRef) {
        selected.sort_by(|one, other| one.id.cmp(&other.id));
        let mut digest = digest::Context::new(&digest::SHA256);
        for scenario in &selected {
            digest.update(scenario.id.as_bytes());
            digest.update(b"\n");
        }
        let selection = digest.finish().as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let named = ShardRef { index: self.index, of: self.of, all: selected.len(), selection };
        let own = selected.into_iter().skip(self.index - 1).step_by(self.of).collect();
        (own, named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_one_of_so_many() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
        for text in ["0/3", "4/3", "x", "1", "1/", "/3", "1/0", "-1/3", "1/3/5", ""] {
            let error = text.parse::<Shard>().unwrap_err();
            assert!(error.to_string().contains("such as 1/3"), "{error}");
        }
    }
}
