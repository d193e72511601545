//! What the core function does when it is told to.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::Desk;
use super::state::State;
use crate::actors::control_surface::Actor;
use crate::actors::core_client::failed;
use crate::control::{Act, ActOutcome, Arrange, Policy, Report};
use crate::spec::Role;

pub(super) struct Person(pub(super) Arc<Desk>);

impl Actor for Person {
    fn role(&self) -> Role {
        Role::CoreFunction
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Arrange, Act::SetPolicy]
    }

    fn act(&self, act: Act, with: Value) -> BoxFuture<'_, Report> {
        Box::pin(async move { self.carry_out(act, with).unwrap_or_else(failed) })
    }

    fn reset(&self) {
        *self.0.state() = State::default();
    }
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("what the act is to be done with is not what it needs: {0}")]
    With(#[from] serde_json::Error),
    #[error("this role does no such act")]
    NotMine,
}

impl Person {
    fn carry_out(&self, act: Act, with: Value) -> Result<Report, Hindrance> {
        match act {
            Act::SetPolicy => {
                self.set_policy(&serde_json::from_value(with)?);
                Ok(Report { outcome: ActOutcome::Done, detail: Value::Null })
            }
            Act::Arrange => {
                let told: Arrange = serde_json::from_value(with)?;
                self.0.state().owner_function = Some(told.owner_function);
                Ok(Report { outcome: ActOutcome::Done, detail: Value::Null })
            }
            Act::Onboard
            | Act::Discover
            | Act::NegotiateSecurity
            | Act::RenegotiateSecurity
            | Act::ObtainToken
            | Act::Invoke
            | Act::Offboard
            | Act::Register
            | Act::Publish
            | Act::ObtainInvokerInfo
            | Act::RevokeAuthorization
            | Act::Decide => Err(Hindrance::NotMine),
        }
    }

    /// What is left out stays as it is.
    fn set_policy(&self, told: &Policy) {
        let policy = &mut self.0.state().policy;
        policy.token_lifetime = told.token_lifetime.unwrap_or(policy.token_lifetime);
        policy.told_lifetime = told.told_lifetime.or(policy.told_lifetime);
        policy.mutual_certificates = told.mutual_certificates.unwrap_or(policy.mutual_certificates);
        policy.opaque_tokens = told.opaque_tokens.unwrap_or(policy.opaque_tokens);
    }
}
