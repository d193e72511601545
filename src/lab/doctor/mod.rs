//! Looking at a set-up before anything is judged: what is reached, what is trusted, what is missing.
//!
//! Everything here is about the way between the harness and a product. What the product does wrong once it is reached is
//! for the scenarios to say.

mod apis;
mod domain;
mod enrolled;
mod exchanged;
mod features;
mod invoker;
mod owner;
mod reaching;
mod surfaces;

pub use reaching::{PORTS_WANTED, own_side, reach, too_few_ports};
pub use surfaces::{ask_surface, find_surface};

use super::Lab;
use crate::spec::Role;
use crate::target::{Surface, Target};

impl Lab {
    /// Tries out what scenarios that judge the product of this lab rely on. What is created is deleted again.
    pub async fn check_up(&mut self) -> Vec<Line> {
        match self.plan.sut {
            Role::CoreFunction => self.check_core_function().await,
            Role::ExposingFunction | Role::PublishingFunction | Role::ManagementFunction => self.check_domain().await,
            Role::Invoker => self.check_invoker().await,
            Role::ResourceOwnerFunction => self.check_owner_function().await,
            Role::PeerCoreFunction => Vec::new(),
        }
    }
}

/// What is left where the core function was ours.
fn forgotten(about: &str, target: &Target, role: Role) -> Line {
    let seen = match target.control(role) {
        Some(Surface::Http(_) | Surface::Command(_)) => {
            "what was created went with our core function, and it was told to forget it (reset)"
        }
        Some(Surface::Prompt) | None => "what was created went with our core function",
    };
    Line::ok(about, "clean-up", seen)
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whom or what it is about: a role, or `harness`.
    pub about: String,
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    pub cure: Option<String>,
    /// A run cannot do without it: nothing listens there, or what is there is not trusted.
    pub stops_a_run: bool,
    /// A run does without it, and says so before it begins: scenarios hold then for want of something.
    pub is_noted: bool,
}

/// How a thing is that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it has to be.
    Ok,
    /// Not as it has to be.
    Problem,
    /// Nothing can be said.
    NotCheckable,
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Problem => "problem",
            Self::NotCheckable => "not checkable",
        }
    }
}

impl Line {
    /// Something that is as it has to be.
    #[must_use]
    pub fn ok(about: &str, what: &str, seen: impl Into<String>) -> Self {
        Self::of(State::Ok, about, what, seen.into(), None)
    }

    /// Something that is not, and what to do.
    #[must_use]
    pub fn problem(about: &str, what: &str, seen: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::of(State::Problem, about, what, seen.into(), Some(cure.into()))
    }

    /// Something of which nothing can be said, and why.
    #[must_use]
    pub fn not_checkable(about: &str, what: &str, why: impl Into<String>) -> Self {
        Self::of(State::NotCheckable, about, what, why.into(), None)
    }

    /// The same, where a run cannot do without it.
    #[must_use]
    pub fn stopping(self) -> Self {
        Self { stops_a_run: true, ..self }
    }

    /// The same, where a run says so before it begins.
    #[must_use]
    pub fn noted(self) -> Self {
        Self { is_noted: true, ..self }
    }

    fn of(state: State, about: &str, what: &str, seen: String, cure: Option<String>) -> Self {
        Self { about: about.to_owned(), what: what.to_owned(), state, seen, cure, stops_a_run: false, is_noted: false }
    }
}
