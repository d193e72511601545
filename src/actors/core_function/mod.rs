//! The reference core function: a real server with real certificates and real tokens, correct unless told to lie.
//!
//! One file per service. A service reads the request, asks its `rules` what to do, and writes the answer; what else is
//! to be done comes back with the answer, so that a missing or double notification is a decision like any other.

mod access;
mod call;
mod discover_service;
mod features;
mod invoker_management;
mod notification;
mod office;
mod owner;
mod person;
mod provider_management;
mod provision;
mod publish_service;
mod security;
mod service_api;
mod state;
mod token;

#[cfg(test)]
mod journey;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures::future::BoxFuture;
use rustls::pki_types::CertificateDer;

use crate::actors::control_surface;
use crate::actors::problem::Problem;
use crate::actors::{Settings, StartError, TOKEN_KEY};
use crate::jose::SigningKey;
use crate::pki::common_name;
use crate::wire::{ClientAuth, Handler, Identity, Incoming, Reply, Server, ServerTls};
use access::Caller;
use call::{Call, Decision};
use notification::{Messenger, Notifier};
use office::Office;
use owner::Inquirer;
use person::Person;
use state::State;
use token::TokenKeys;

pub use provision::Provisioned;

/// A running core function. Dropped, it stops.
pub struct CoreFunction {
    server: Server,
    plain: Server,
    control: Server,
    host: String,
    root_pem: String,
    onboarding_token: String,
    registration_secret: String,
    token_key_pem: String,
    desk: Arc<Desk>,
}

impl CoreFunction {
    /// Starts a core function on free ports.
    ///
    /// # Errors
    /// When no port can be had, or the material cannot be made.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let (desk, papers) = Desk::furnish(&settings)?;
        let desk = Arc::new(desk);
        let client_auth = ClientAuth::Optional { roots: papers.roots };
        let tls = ServerTls::Tls { identity: papers.identity, client_auth };
        let server = settings.bind_at(settings.port, tls, Arc::clone(&desk) as Arc<dyn Handler>).await?;
        let plain = settings.bind(ServerTls::Plain, Arc::clone(&desk) as Arc<dyn Handler>).await?;
        let host = settings.ports.host().to_owned();
        desk.office.base_url.get_or_init(|| format!("https://{}", settings.authority(&server)));
        let control = control_surface::open(Arc::new(Person(Arc::clone(&desk))), &settings).await?;
        Ok(Self {
            server,
            plain,
            control,
            host,
            root_pem: desk.office.root_pem.clone(),
            onboarding_token: papers.onboarding_token,
            registration_secret: desk.office.registration_secret.clone(),
            token_key_pem: papers.token_key_pem,
            desk,
        })
    }

    /// The key that its access tokens are signed with, for a tester who needs tokens that it would not issue.
    #[must_use]
    pub fn token_signing_key(&self) -> &SigningKey {
        &self.desk.office.token_keys.told
    }

    /// `{apiRoot}` of its APIs.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("https://{}:{}", self.host, self.address().port())
    }

    /// Where it is told to act.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control.address())
    }

    /// Closes its ports and every connection, and waits until that is done: the ports can be had again.
    pub async fn close(self) {
        self.server.close().await;
        self.plain.close().await;
        self.control.close().await;
    }

    /// What it shows to whomever it calls, for a tester who speaks in its place.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        self.desk.notifier.identity()
    }

    /// The host that others reach it by.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Where it listens without TLS, to refuse whatever comes.
    #[must_use]
    pub fn plain_address(&self) -> SocketAddr {
        self.plain.address()
    }

    /// PEM of the root that it and everyone enrolled at it chain to.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// What lets an invoker onboard.
    #[must_use]
    pub fn onboarding_token(&self) -> &str {
        &self.onboarding_token
    }

    /// What lets a provider domain register: regSec.
    #[must_use]
    pub fn registration_secret(&self) -> &str {
        &self.registration_secret
    }

    /// PEM of the key that its access tokens verify with.
    #[must_use]
    pub fn token_key_pem(&self) -> &str {
        &self.token_key_pem
    }
}

impl std::fmt::Debug for CoreFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CoreFunction").field("address", &self.address()).finish_non_exhaustive()
    }
}

/// Where requests arrive.
struct Desk {
    office: Office,
    state: Mutex<State>,
    notifier: Notifier,
    inquirer: Inquirer,
}

/// What a core function hands out before anyone calls.
struct Papers {
    identity: Identity,
    roots: Vec<CertificateDer<'static>>,
    onboarding_token: String,
    token_key_pem: String,
}

impl Handler for Desk {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let decision = self.decide(incoming).unwrap_or_else(|problem| problem.reply().into());
        self.notifier.send(decision.notices);
        let Some(errand) = decision.errand else {
            return Box::pin(std::future::ready(decision.reply));
        };
        // Nothing is locked while an owner thinks it over.
        Box::pin(async move {
            let heard = self.inquirer.ask(&errand).await;
            token::finish(&self.office, &mut self.state(), *errand, heard).unwrap_or_else(Problem::reply)
        })
    }
}

impl Desk {
    fn furnish(settings: &Settings) -> Result<(Self, Papers), StartError> {
        let names = settings.names();
        let own_name = names.fresh("ccf");
        let authority = settings.certificate_authority(&names.fresh("capif-ca"))?;
        let identity = settings.server_identity(&authority, &own_name)?;
        let onboarding = settings.signing_key("onboarding")?;
        let token_keys = TokenKeys { told: settings.signing_key(TOKEN_KEY)?, untold: settings.unkept_signing_key()? };
        let papers = Papers {
            identity: identity.clone(),
            roots: vec![authority.root().clone()],
            onboarding_token: office::onboarding_token(&onboarding, &own_name, &settings.clock)?,
            token_key_pem: token_keys.told.verification_key()?.pem(),
        };
        let office = Office {
            release: settings.release,
            readings: settings.readings.clone(),
            faults: settings.faults.clone(),
            clock: settings.clock.clone(),
            base_url: OnceLock::new(),
            root_pem: authority.root_pem(),
            registration_secret: settings.secret("registration-secret", names.fresh("registration"))?,
            authority,
            names,
            token_keys,
            onboarding_key: onboarding.verification_key()?,
        };
        let inquirer = Inquirer::new(settings, identity.clone());
        let messenger = Messenger { caller: settings.caller(), party: settings.party.clone(), identity };
        let desk = Self { office, state: Mutex::default(), notifier: Notifier::new(messenger), inquirer };
        Ok((desk, papers))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide(&self, incoming: Incoming) -> Result<Decision, Problem> {
        let mut state = self.state();
        let leaf = incoming.peer_chain.first();
        // A certificate without a common name names nobody, which is not the same as no certificate.
        let name = leaf.map(|leaf| common_name(leaf).unwrap_or_default());
        let caller = Caller::named(name.as_deref(), &state);
        let call = Call::parse(incoming, caller)?;
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let [service, "v1", path @ ..] = path.as_slice() else {
            return Err(Problem::not_found("there is no such API"));
        };
        // The token end point refuses for itself.
        if !call.secure && !matches!((*service, path), ("capif-security", [.., "token"])) {
            return Err(Problem::forbidden("CAPIF APIs are served over TLS only"));
        }
        match *service {
            "api-provider-management" => provider_management::answer(&self.office, &mut state, &call, path),
            "published-apis" => publish_service::answer(&self.office, &mut state, &call, path),
            "service-apis" => discover_service::answer(&mut state, &call, path),
            "api-invoker-management" => invoker_management::answer(&self.office, &mut state, &call, path),
            "capif-security" => security::answer(&self.office, &mut state, &call, path),
            _ => Err(Problem::not_found("there is no such API")),
        }
    }
}
