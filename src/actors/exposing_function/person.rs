//! What an exposing function does when it is told to.

use std::net::IpAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::office::{Exposed, Membership, Office};
use super::premises::Premises;
use super::rules;
use crate::actors::StartError;
use crate::actors::control_surface::Actor;
use crate::actors::core_client::{CoreClient, Unanswered, failed};
use crate::actors::provider;
use crate::control::{Act, ObtainInvokerInfo, Publish, Register, Report, Revoke};
use crate::spec::{Release, Role};

/// What the request of TS 23.222 8.23.3 is for.
const REVOKE: &str = "step 2: revoke API invoker authorization request → step 4: response";

pub(super) struct Person {
    pub(super) office: Arc<Office>,
    pub(super) premises: Arc<Premises>,
}

impl Actor for Person {
    fn role(&self) -> Role {
        Role::ExposingFunction
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Register, Act::Publish, Act::ObtainInvokerInfo, Act::RevokeAuthorization]
    }

    fn act(&self, act: Act, with: Value) -> BoxFuture<'_, Report> {
        Box::pin(async move { self.carry_out(act, with).await.unwrap_or_else(failed) })
    }

    fn reset(&self) {
        self.office.forget();
    }
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("what the act is to be done with is not what it needs: {0}")]
    With(#[from] serde_json::Error),
    #[error("the provider domain is not registered")]
    NotRegistered,
    #[error("the answer to the registration cannot be used")]
    UnusableRegistration,
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error(transparent)]
    Listening(#[from] StartError),
    #[error("an exposing function that is reached by a name can be published from Release 18 on only")]
    NamedBeforeRelease18,
    #[error("no key could be made")]
    Key(#[from] crate::pki::PkiError),
    #[error("this role does no such act")]
    NotMine,
}

impl Person {
    async fn carry_out(&self, act: Act, with: Value) -> Result<Report, Hindrance> {
        match act {
            Act::Register => self.register(serde_json::from_value(with)?).await,
            Act::Publish => self.publish(serde_json::from_value(with)?).await,
            Act::ObtainInvokerInfo => self.obtain_invoker_info(serde_json::from_value(with)?).await,
            Act::RevokeAuthorization => self.revoke(serde_json::from_value(with)?).await,
            Act::Onboard
            | Act::Discover
            | Act::NegotiateSecurity
            | Act::RenegotiateSecurity
            | Act::ObtainToken
            | Act::Invoke
            | Act::Offboard
            | Act::Arrange
            | Act::SetPolicy
            | Act::Decide => Err(Hindrance::NotMine),
        }
    }

    async fn register(&self, with: Register) -> Result<Report, Hindrance> {
        let settings = &self.office.settings;
        let core = CoreClient::new(settings, &with.core_function).await?;
        let keys = [settings.key()?, settings.key()?, settings.key()?];
        let (answer, domain) = provider::register(settings, core.clone(), &with.secret, &keys).await?;
        if !answer.is_success() {
            return Ok(answer.report(json!({})));
        }
        let domain = domain.ok_or(Hindrance::UnusableRegistration)?;
        let exposing = domain.exposing.clone();
        self.premises.join(&with.core_function, Membership::new(core, exposing.clone(), Some(domain)))?;
        let (host, port) = self.premises.interface();
        Ok(answer.report(json!({"aef-id": exposing.id, "url": format!("https://{host}:{port}")})))
    }

    async fn publish(&self, with: Publish) -> Result<Report, Hindrance> {
        let own = self.member()?;
        let domain = own.domain.ok_or(Hindrance::NotRegistered)?;
        let (host, port) = self.premises.interface();
        // TS 29.222 table 8.2.4.2.3-1: an address of one of two families, or a name.
        let member = match host.parse() {
            Ok(IpAddr::V4(_)) => "ipv4Addr",
            Ok(IpAddr::V6(_)) => "ipv6Addr",
            Err(_) if self.office.settings.release >= Release::Rel18 => "fqdn",
            Err(_) => return Err(Hindrance::NamedBeforeRelease18),
        };
        let interface = json!({"port": port, member: host});
        let answer = domain.publish(&with.api_name, &with.methods, &interface).await?;
        let api_id = answer.body["apiId"].as_str().map(str::to_owned);
        if let Some(api_id) = &api_id {
            self.office.expose(Exposed::new(api_id, &with));
        }
        Ok(answer.report(json!({"api-id": api_id})))
    }

    /// TS 29.222 5.6.2.4.
    async fn obtain_invoker_info(&self, with: ObtainInvokerInfo) -> Result<Report, Hindrance> {
        let own = self.member()?;
        let (core, member) = (&own.core, &own.exposing);
        for mut request in rules::intrusions(&with.api_invoker_id, &member.id, &self.office.settings.faults) {
            request.target = core.target(&request.target);
            member.send(core, &request, "act as the invoker").await?;
        }
        let answer = self.office.ask(&own, &with).await?;
        Ok(answer.report(json!({"answer": answer.body})))
    }

    /// TS 23.222 8.23.3 steps 1, 2 and 5, TS 29.222 5.6.2.5: the authorization ends here once it has ended at the core
    /// function.
    async fn revoke(&self, with: Revoke) -> Result<Report, Hindrance> {
        let own = self.member()?;
        let faults = &self.office.settings.faults;
        let exposed: Vec<String> = own.apis.iter().map(|api| api.id.clone()).collect();
        let concerned = if with.api_ids.is_empty() { exposed.clone() } else { with.api_ids.clone() };
        if rules::invalidates_first(faults) {
            self.invalidate(&with.api_invoker_id, &concerned);
        }
        let indication = self.office.settings.readings.option(crate::reading!("revocation-indication"));
        let Some(mut request) = rules::revocation(&with, &own.exposing.id, &exposed, indication, faults) else {
            return Ok(Report { outcome: crate::control::ActOutcome::Done, detail: Value::Null });
        };
        request.target = own.core.target(&request.target);
        let answer = own.exposing.send(&own.core, &request, REVOKE).await?;
        if rules::invalidates(answer.is_success(), faults) {
            let known = self.office.state().invokers.keys().cloned().collect();
            for invoker_id in rules::invalidated_for(&with.api_invoker_id, known, faults) {
                self.invalidate(&invoker_id, &rules::invalidated(&concerned, &exposed, faults));
            }
        }
        Ok(answer.report(json!({})))
    }

    fn invalidate(&self, invoker_id: &str, api_ids: &[String]) {
        let pairs = api_ids.iter().map(|api_id| (invoker_id.to_owned(), api_id.clone()));
        self.office.state().revoked.extend(pairs);
    }

    fn member(&self) -> Result<Membership, Hindrance> {
        self.office.state().membership.clone().ok_or(Hindrance::NotRegistered)
    }
}
