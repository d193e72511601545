//! Which scenarios run: by path, requirement or clause, tag expression, role and release.

use super::feature::Scenario;
use super::tag_expression::TagExpression;
use crate::spec::{Release, Role, Selector};

/// What was asked for; an empty selection selects everything of the release.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Requirement ids and clauses; one of them has to match.
    pub requirements: Vec<Selector>,
    /// A tag expression.
    pub tags: Option<TagExpression>,
    /// Role judged.
    pub sut: Option<Role>,
    /// Roles that are external: only they are judged then.
    pub external: Vec<Role>,
    /// Parts of scenario ids; one of them has to be found.
    pub names: Vec<String>,
}

impl Selection {
    /// Whether a scenario was asked for. Scenarios of other releases never are.
    #[must_use]
    pub fn takes(&self, scenario: &Scenario, release: Release) -> bool {
        scenario.releases.contains(&release)
            && scenario.requirements.iter().all(|id| id.requirement().release <= release)
            && self.sut.is_none_or(|role| role == scenario.sut)
            && (self.external.is_empty() || self.external.contains(&scenario.sut))
            && self.takes_requirements(scenario)
            && self.tags.as_ref().is_none_or(|expression| expression.holds(&scenario.tags))
            && (self.names.is_empty() || self.names.iter().any(|name| scenario.id.contains(name.as_str())))
    }

    fn takes_requirements(&self, scenario: &Scenario) -> bool {
        self.requirements.is_empty()
            || self.requirements.iter().any(|selector| scenario.requirements.iter().any(|id| selector.matches(*id)))
    }
}
