//! The steps that feature files are written in, by domain, and the world they act on.
//!
//! A step is thin: it says what a party does, or which check judges. Phrases speak of roles and in the
//! specification's words; there is no URL, no JSON and no `if` in any of them.

mod acting;
mod arranging;
pub mod catalogue;
mod owner_authorization;
pub mod parameter;
mod provider_domain;
mod security;
mod service_api;

use cucumber::World as _;
use cucumber::step::Collection;

use crate::checks::Check;
use crate::lab::{Judging, Lab, LabError, Plan, Stop};
use crate::spec::RequirementId;
use crate::verdict::Finding;

/// What a step returns.
pub type Step = Result<(), Stop>;

/// The world of one scenario: its lab, and what has been found so far.
#[derive(Debug, Default, cucumber::World)]
pub struct World {
    lab: Option<Lab>,
    findings: Vec<Finding>,
}

impl World {
    /// A world with a lab made from a plan.
    ///
    /// # Errors
    /// When the lab cannot start.
    pub async fn with_lab(plan: Plan) -> Result<Self, Stop> {
        Ok(Self { lab: Some(Box::pin(Lab::start(plan)).await?), findings: Vec::new() })
    }

    /// The lab.
    ///
    /// # Errors
    /// When the world was made without one.
    pub fn lab(&mut self) -> Result<&mut Lab, Stop> {
        self.lab.as_mut().ok_or_else(|| LabError::OutOfOrder("the scenario has no lab").into())
    }

    /// The lab, for looking only.
    #[must_use]
    pub fn running(&self) -> Option<&Lab> {
        self.lab.as_ref()
    }

    /// Findings since the last call.
    pub fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn judge(&mut self, check: &Check) -> Step {
        self.judge_with(check, &Judging::default())
    }

    fn judge_naming(&mut self, check: &Check, named: Vec<String>) -> Step {
        self.judge_with(check, &Judging { named, refusal: false })
    }

    fn judge_refusal(&mut self, check: &Check, named: Vec<String>) -> Step {
        self.judge_with(check, &Judging { named, refusal: true })
    }

    fn judge_with(&mut self, check: &Check, judging: &Judging) -> Step {
        let findings = self.lab()?.judge(check, judging);
        self.findings.extend(findings);
        Ok(())
    }
}

/// A step without the number that it may begin with, of the step of the figure that it shows: `step 2a: …`.
#[must_use]
pub fn unnumbered(step: &gherkin::Step) -> gherkin::Step {
    let mut plain = step.clone();
    let numbered = step.value.strip_prefix("step ").and_then(|rest| rest.split_once(": "));
    if let Some((number, text)) = numbered
        && number.starts_with(|first: char| first.is_ascii_digit())
        && number.chars().all(|each| each.is_ascii_alphanumeric())
    {
        text.clone_into(&mut plain.value);
    }
    plain
}

/// Whether a check carries this requirement: a scenario that is about another one judges nothing of it.
#[must_use]
pub fn can_judge(id: RequirementId) -> bool {
    crate::checks::all().into_iter().any(|check| check.requirements.contains(&id))
}

/// Every step, ready for matching.
#[must_use]
pub fn collection() -> Collection<World> {
    World::collection()
}
