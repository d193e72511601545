//! Starting the reference peers: the one place that knows them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use super::{LabError, Plan};
use crate::actors::Settings;
use crate::actors::core_function::CoreFunction;
use crate::clock::{Clock, Names};
use crate::pki::{Authority, KeyKind, KeyPool, PkiError, certificates_from_pem};
use crate::spec::{Party, Role};
use crate::target::{Endpoint, Onboarding, TokenKey, Trust};
use crate::wire::{self, Timeline};

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

    /// Port of a built-in exposing function, where one runs.
    #[expect(clippy::unused_self, reason = "exposing functions join the peers with the first scenario that invokes one")]
    pub(super) fn exposing_function_port(&self, _: Party) -> Option<u16> {
        None
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
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
