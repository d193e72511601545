//! The reference exposing function: it asks the core function about invokers, revokes their authorization, and answers
//! those that initiate authentication. It serves no invocations yet, so there is nothing that a revoke-authorization of
//! the core function could end here.

mod rules;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::actors::control_surface::{self, Actor};
use crate::actors::core_client::{CoreClient, Unanswered, failed};
use crate::actors::json::Object;
use crate::actors::problem::Problem;
use crate::actors::provider::{self, Domain};
use crate::actors::{Settings, StartError};
use crate::control::{Act, ObtainInvokerInfo, Publish, Register, Report, Revoke};
use crate::pki::Authority;
use crate::spec::Role;
use crate::wire::{ClientAuth, Handler, Incoming, Reply, Server, ServerTls};

/// A running exposing function, with the provider domain behind it. Dropped, it stops.
#[derive(Debug)]
pub struct ExposingFunction {
    control: Server,
    service: Server,
    root_pem: String,
}

impl ExposingFunction {
    /// Starts an exposing function that knows no core function yet.
    ///
    /// # Errors
    /// When no port can be had, or the material cannot be made.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let names = settings.names();
        let authority = Authority::new(&names.fresh("aef-ca"), &settings.key()?, &settings.clock)?;
        let identity = settings.server_identity(&authority, &names.fresh("aef"))?;
        let membership = Arc::new(Mutex::new(None));
        // Authentication begins here (TS 33.122 6.5.2.3 step 5): nobody can be asked for a certificate yet.
        let tls = ServerTls::Tls { identity, client_auth: ClientAuth::None };
        let desk = Desk { settings: settings.clone(), membership: Arc::clone(&membership) };
        let service = settings.bind(tls, Arc::new(desk)).await?;
        let actor = Arc::new(Person { address: service.address(), settings: settings.clone(), membership });
        Ok(Self { control: control_surface::open(actor, &settings).await?, service, root_pem: authority.root_pem() })
    }

    /// Where it is told to act.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control.address())
    }

    /// `{apiRoot}` of its `AEF_Security_API`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("https://{}", self.service.address())
    }

    /// PEM of the root that its server certificate chains to.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

/// What the exposing function has from its core function.
#[derive(Clone)]
struct Membership {
    domain: Domain,
    /// Ids of the APIs that it exposes.
    apis: Vec<String>,
}

type Shared = Arc<Mutex<Option<Membership>>>;

fn locked(membership: &Shared) -> MutexGuard<'_, Option<Membership>> {
    membership.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Person {
    settings: Settings,
    address: SocketAddr,
    membership: Shared,
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
        *locked(&self.membership) = None;
    }
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("what the act is to be done with is not what it needs")]
    With(#[from] serde_json::Error),
    #[error("the provider domain is not registered")]
    NotRegistered,
    #[error("the answer to the registration cannot be used")]
    UnusableRegistration,
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
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
            | Act::Offboard => Err(Hindrance::NotMine),
        }
    }

    async fn register(&self, with: Register) -> Result<Report, Hindrance> {
        let core = CoreClient::new(&self.settings, &with.core_function).await?;
        let keys = [self.settings.key()?, self.settings.key()?, self.settings.key()?];
        let (answer, domain) = provider::register(&self.settings, core, &with.secret, &keys).await?;
        if !answer.is_success() {
            return Ok(answer.report(json!({})));
        }
        let domain = domain.ok_or(Hindrance::UnusableRegistration)?;
        let report = answer.report(json!({"aef-id": domain.exposing.id}));
        *locked(&self.membership) = Some(Membership { domain, apis: Vec::new() });
        Ok(report)
    }

    async fn publish(&self, with: Publish) -> Result<Report, Hindrance> {
        let own = self.registered()?;
        let family = if self.address.is_ipv4() { "ipv4Addr" } else { "ipv6Addr" };
        let mut host = json!({"port": self.address.port()});
        host[family] = self.address.ip().to_string().into();
        let answer = own.domain.publish(&with.api_name, &with.methods, &host).await?;
        let api_id = answer.body["apiId"].as_str().map(str::to_owned);
        if let Some(membership) = locked(&self.membership).as_mut() {
            membership.apis.extend(api_id.clone());
        }
        Ok(answer.report(json!({"api-id": api_id})))
    }

    /// TS 29.222 5.6.2.4.
    async fn obtain_invoker_info(&self, with: ObtainInvokerInfo) -> Result<Report, Hindrance> {
        let own = self.registered()?;
        let (core, member) = (&own.domain.core, &own.domain.exposing);
        for mut request in rules::intrusions(&with.api_invoker_id, &member.id, &self.settings.faults) {
            request.target = core.target(&request.target);
            member.send(core, &request, "act as the invoker").await?;
        }
        let mut request = rules::info_request(&with, &self.settings.faults);
        request.target = core.target(&request.target);
        let answer = member.send(core, &request, "obtain invoker information").await?;
        Ok(answer.report(json!({"answer": answer.body})))
    }

    /// TS 29.222 5.6.2.5.
    async fn revoke(&self, with: Revoke) -> Result<Report, Hindrance> {
        let own = self.registered()?;
        let (core, member) = (&own.domain.core, &own.domain.exposing);
        let mut request = rules::revocation(&with, &member.id, &own.apis, &self.settings.faults);
        request.target = core.target(&request.target);
        let answer = member.send(core, &request, "revoke authorization").await?;
        Ok(answer.report(json!({})))
    }

    fn registered(&self) -> Result<Membership, Hindrance> {
        locked(&self.membership).clone().ok_or(Hindrance::NotRegistered)
    }
}

/// Where invokers initiate authentication (TS 29.222 6.2, 9.1).
struct Desk {
    settings: Settings,
    membership: Shared,
}

impl Handler for Desk {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move { self.serve(&incoming).await.unwrap_or_else(Problem::reply) })
    }
}

impl Desk {
    async fn serve(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        match (incoming.target.as_str(), incoming.method.as_str()) {
            ("/aef-security/v1/check-authentication", "POST") => self.check_authentication(incoming).await,
            ("/aef-security/v1/check-authentication", _) => Err(Problem::method_not_allowed("POST")),
            _ => Err(Problem::not_found("there is no such resource")),
        }
    }

    /// The core function is asked at every initiation, as TS 33.122 6.5.2.3 step 5 has it; the answer waits for it.
    async fn check_authentication(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        let body: Value =
            serde_json::from_slice(&incoming.body).map_err(|_no_json| Problem::bad_request("the body is no JSON"))?;
        let root = Object::new(&body, "")?;
        let invoker_id = root.required_text("apiInvokerId")?;
        root.required_text("supportedFeatures")?;
        if rules::fetches(&self.settings.faults) {
            let is_known = self.is_known(invoker_id).await?;
            if !rules::admits(is_known, &self.settings.faults) {
                return Err(Problem::forbidden("the core function knows no such invoker here"));
            }
        }
        Ok(Reply::new(200).body("application/json", json!({"supportedFeatures": "0"}).to_string()))
    }

    async fn is_known(&self, api_invoker_id: String) -> Result<bool, Problem> {
        let own = locked(&self.membership).clone();
        let own = own.ok_or_else(|| Problem::unavailable("no core function is known"))?;
        let wanted = ObtainInvokerInfo { api_invoker_id, authentication: true, authorization: false };
        let core = &own.domain.core;
        let mut request = rules::info_request(&wanted, &self.settings.faults);
        request.target = core.target(&request.target);
        let answer = own.domain.exposing.send(core, &request, "fetch security information").await;
        let answer = answer.map_err(|_silence| Problem::unavailable("the core function does not answer"))?;
        Ok(answer.is_success())
    }
}
