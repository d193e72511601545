//! Checks: pure judgements over recorded evidence.
//!
//! A check is a constant: a slug, the role judged, one to three requirement ids and a pure function from
//! [`Evidence`] to [`Judgement`]. It reads raw heads, bytes and JSON and the project's own schema facts; it knows
//! no type and no rule of the reference peers, does no I/O and has no clock.

pub mod aef_security;
pub mod evidence;
pub mod lens;
pub mod owner_authorization;
pub mod provider_management;
pub mod publish_service;
pub mod security;
pub mod service_api;

pub use evidence::{
    Evidence, Exposure, Member, OwnLogic, Owner, OwnerWord, Roster, ServiceApi, SetKey, TokenKeys, Told, Trial,
};

use crate::spec::{RequirementId, Role};
use crate::wire::ExchangeId;

/// One question about one role, with the requirements that its answer is charged to.
#[derive(Clone, Copy)]
pub struct Check {
    /// Name in reports: `core-function-gives-location`.
    pub slug: &'static str,
    /// The role judged.
    pub role: Role,
    /// One to three requirements.
    pub requirements: &'static [RequirementId],
    /// The judgement itself.
    pub judge: fn(&Evidence<'_>) -> Judgement,
}

/// The answer of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How it went.
    pub held: Held,
    /// What the requirement asks for.
    pub expected: String,
    /// What was seen.
    pub observed: String,
    /// The exchange it was seen in.
    pub exchange: Option<ExchangeId>,
}

/// How a judgement went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// As asked for.
    Yes,
    /// Something the requirement rules out was seen, or something it asks for was not.
    No,
    /// An optional behaviour was not used.
    NotUsed,
    /// Within what is asked for, but odd enough to be told: never more than a warning.
    Doubtful,
    /// The evidence does not reach far enough.
    Unclear,
}

impl Judgement {
    /// As asked for.
    #[must_use]
    pub fn held(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(Held::Yes, expected, observed)
    }

    /// Not as asked for.
    #[must_use]
    pub fn missed(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(Held::No, expected, observed)
    }

    /// What may be done was not done.
    #[must_use]
    pub fn not_used(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(Held::NotUsed, expected, observed)
    }

    /// Within what is asked for, but odd.
    #[must_use]
    pub fn doubtful(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(Held::Doubtful, expected, observed)
    }

    /// There is not enough evidence to judge.
    #[must_use]
    pub fn unclear(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(Held::Unclear, expected, observed)
    }

    /// Held or missed, by a condition.
    #[must_use]
    pub fn when(condition: bool, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(if condition { Held::Yes } else { Held::No }, expected, observed)
    }

    /// The same, seen in this exchange.
    #[must_use]
    pub fn at(mut self, exchange: ExchangeId) -> Self {
        self.exchange = Some(exchange);
        self
    }

    fn new(held: Held, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self { held, expected: expected.into(), observed: observed.into(), exchange: None }
    }
}

/// Every check, by service: `coverage`, `list` and the traceability test read it.
#[must_use]
pub fn all() -> Vec<&'static Check> {
    let provider_domain = [provider_management::ALL, publish_service::ALL].concat();
    [security::all(), aef_security::all(), service_api::all(), owner_authorization::all(), provider_domain].concat()
}
