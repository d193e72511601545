//! What the core function does when it is told to.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::Desk;
use super::security;
use super::state;
use crate::actors::control_surface::Actor;
use crate::actors::core_client::failed;
use crate::control::{Act, ActOutcome, Arrange, Policy, Report, Revoke};
use crate::spec::Role;

pub(super) struct Person(pub(super) Arc<Desk>);

impl Actor for Person {
    fn role(&self) -> Role {
        Role::CoreFunction
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Arrange, Act::SetPolicy, Act::RevokeAuthorization]
    }

    fn act(&self, act: Act, with: Value) -> BoxFuture<'_, Report> {
        Box::pin(async move { self.carry_out(act, with).await.unwrap_or_else(failed) })
    }

    /// What it was told to is forgotten; whoever enrolled stays: there may be other tenants.
    fn reset(&self) {
        let mut state = self.0.state();
        state.policy = state::Policy::default();
        state.owner_function = None;
    }
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("what the act is to be done with is not what it needs: {0}")]
    With(#[from] serde_json::Error),
    #[error("the invoker has no security context")]
    NoContext,
    #[error("no such invoker is onboarded")]
    NoInvoker,
    #[error("nothing here is for a core function; it takes owner-function and subscription")]
    NothingToArrange,
    #[error("this role does no such act")]
    NotMine,
}

impl Person {
    async fn carry_out(&self, act: Act, with: Value) -> Result<Report, Hindrance> {
        match act {
            Act::SetPolicy => {
                self.set_policy(&serde_json::from_value(with)?);
                Ok(Report { outcome: ActOutcome::Done, detail: Value::Null })
            }
            Act::RevokeAuthorization => self.revoke(&serde_json::from_value(with)?).await,
            Act::Arrange => {
                self.arrange(serde_json::from_value(with)?)?;
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
            | Act::Decide => Err(Hindrance::NotMine),
        }
    }

    /// TS 23.222 8.23.4: whoever exposes the APIs is told first; the authorization ends here whatever comes of that.
    async fn revoke(&self, told: &Revoke) -> Result<Report, Hindrance> {
        let desk = &self.0;
        let begun = security::begin(&desk.office, &mut desk.state(), told).ok_or(Hindrance::NoContext)?;
        desk.notifier.deliver(&begun.requests).await;
        let notices = security::end(&desk.office, &mut desk.state(), &begun);
        desk.notifier.send(notices);
        Ok(Report { outcome: ActOutcome::Done, detail: Value::Null })
    }

    fn arrange(&self, told: Arrange) -> Result<(), Hindrance> {
        if told.owner_function.is_none() && told.subscription.is_none() {
            return Err(Hindrance::NothingToArrange);
        }
        let mut state = self.0.state();
        if let Some(subscription) = told.subscription {
            let invoker = state.invokers.get_mut(&subscription.api_invoker_id).ok_or(Hindrance::NoInvoker)?;
            invoker.arranged.extend(subscription.api_ids);
        }
        state.owner_function = told.owner_function.or(state.owner_function.take());
        Ok(())
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
