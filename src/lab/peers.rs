//! Starting the reference peers: the one place that knows them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use super::acting::tls_route_to;
use super::{LabError, Plan};
use crate::actors::core_function::CoreFunction;
use crate::actors::exposing_function::ExposingFunction;
use crate::actors::invoker::Invoker;
use crate::actors::{Settings, StartError};
use crate::clock::{Clock, Names};
use crate::pki::{Authority, KeyKind, KeyPool, PkiError, certificates_from_pem};
use crate::spec::{Party, Role};
use crate::target::{Endpoint, Onboarding, TokenKey, Trust};
use crate::wire::{self, Route, Timeline};

/// How many keys a run deals from; a lab needs fewer than this.
const KEY_SLOTS: usize = 32;

/// What is costly to make and can be shared by every lab of a run.
#[derive(Clone)]
pub struct Material {
    /// Keys dealt to parties.
    pub keys: KeyPool,
    /// An authority that no core function knows.
    pub foreign: Arc<Authority>,
}

impl Material {
    /// Makes the material of a run.
    ///
    /// # Errors
    /// When the machine cannot make keys.
    pub fn make(clock: &Clock, seed: u64) -> Result<Self, PkiError> {
        let keys = KeyPool::new(KEY_SLOTS)?;
        let mut ring = keys.ring(&Names::new(seed, "foreign authority"));
        let foreign = Authority::new("foreign authority", &ring.deal(KeyKind::EcdsaP256)?, clock)?;
        Ok(Self { keys, foreign: Arc::new(foreign) })
    }
}

/// The reference peers of a lab. Dropped, they stop.
#[derive(Default)]
pub(super) struct Peers {
    core_function: Option<CoreFunction>,
    invoker: Option<Invoker>,
    exposing_function: Option<ExposingFunction>,
}

impl Peers {
    pub(super) async fn start_core_function(
        &mut self,
        plan: &Plan,
        clock: &Clock,
        timeline: &Timeline,
        names: &Names,
    ) -> Result<Endpoint, LabError> {
        let settings = settings(plan, Party::CORE_FUNCTION, clock, timeline, names);
        let running = CoreFunction::start(settings).await.map_err(|error| LabError::Peer(chain(&error)))?;
        let endpoint = endpoint(&running)?;
        self.core_function = Some(running);
        Ok(endpoint)
    }

    /// Starts the role under test where it is one that has to be told to act.
    pub(super) async fn start_role_under_test(
        &mut self,
        plan: &Plan,
        clock: &Clock,
        timeline: &Timeline,
        names: &Names,
    ) -> Result<(), LabError> {
        let started = |error: StartError| LabError::Peer(chain(&error));
        match plan.sut {
            Role::Invoker => {
                let settings = settings(plan, Party::INVOKER, clock, timeline, names);
                self.invoker = Some(Invoker::start(settings).await.map_err(started)?);
            }
            Role::ExposingFunction => {
                let settings = settings(plan, Party::EXPOSING_FUNCTION, clock, timeline, names);
                self.exposing_function = Some(ExposingFunction::start(settings).await.map_err(started)?);
            }
            Role::CoreFunction
            | Role::ResourceOwnerFunction
            | Role::PublishingFunction
            | Role::ManagementFunction
            | Role::PeerCoreFunction => {}
        }
        Ok(())
    }

    /// Where a party is told to act.
    pub(super) fn control_url(&self, party: Party) -> Result<String, LabError> {
        let url = match party.role {
            Role::Invoker => self.invoker.as_ref().map(Invoker::control_url),
            Role::ExposingFunction => self.exposing_function.as_ref().map(ExposingFunction::control_url),
            Role::CoreFunction
            | Role::ResourceOwnerFunction
            | Role::PublishingFunction
            | Role::ManagementFunction
            | Role::PeerCoreFunction => None,
        };
        url.ok_or(LabError::NotUnderTest(party))
    }

    /// The way to the AEF_Security_API of the exposing function under test.
    pub(super) fn exposing_function_route(&self) -> Result<Route, LabError> {
        let party = Party::EXPOSING_FUNCTION;
        let peer = self.exposing_function.as_ref().ok_or(LabError::NotUnderTest(party))?;
        tls_route_to(party, &peer.base_url(), peer.root_pem())
    }
}

fn settings(plan: &Plan, party: Party, clock: &Clock, timeline: &Timeline, names: &Names) -> Settings {
    Settings {
        party: wire::Party::new(&party.name()),
        clock: clock.clone(),
        timeline: timeline.clone(),
        faults: plan.faults.clone(),
        seed: names.number(..),
        keys: Arc::new(Mutex::new(plan.material.keys.ring(names))),
        release: plan.release,
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        deadlines: plan.target.deadlines,
    }
}

fn endpoint(running: &CoreFunction) -> Result<Endpoint, LabError> {
    let roots = certificates_from_pem(running.root_pem())?;
    let address = running.address();
    Ok(Endpoint {
        role: Role::CoreFunction,
        host: address.ip().to_string(),
        port: address.port(),
        prefix: String::new(),
        address,
        trust: Trust::Roots(roots.into_iter().map(|root| root.as_ref().to_vec()).collect()),
        onboarding: Onboarding::StaticToken(running.onboarding_token().to_owned()),
        registration_secret: Some(running.registration_secret().to_owned()),
        token_key: TokenKey::Pem(running.token_key_pem().to_owned()),
        plain_http: Some(running.plain_address()),
    })
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
