//! Starting the reference peers: the one place that knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::acting::tls_route_to;
use super::export::{CALLBACKS, ROOTS};
use super::{Lab, LabError, Plan};
use crate::actors::core_function::{CoreFunction, Provisioned};
use crate::actors::exposing_function::ExposingFunction;
use crate::actors::invoker::Invoker;
use crate::actors::owner_function::{Asking, OwnerFunction};
use crate::actors::{Settings, StartError, authority_name};
use crate::clock::{Clock, Names};
use crate::control;
use crate::jose::SigningKey;
use crate::pki::{Authority, Flaw, KeyKind, KeyPair, KeyPool, PkiError, Store, certificates_from_pem};
use crate::spec::{Party, Role};
use crate::target::{
    Arrangement, Claims, Endpoint, Enrolment, Harness, Onboarding, OwnerAdapter, Site, Surface, Target, TokenKey, Trust,
};
use crate::wire::{self, Gate, Ports, Route, Scheme, Timeline};

/// How many keys a run deals from; a lab needs fewer than this.
const KEY_SLOTS: usize = 32;

/// What is costly to make and can be shared by every lab of a run.
#[derive(Clone)]
pub struct Material {
    /// Keys dealt to parties.
    pub keys: KeyPool,
    /// An authority that no core function knows.
    pub foreign: Arc<Authority>,
    /// Issues what sinks for notifications show.
    pub callbacks: Arc<Authority>,
    /// A key that nobody was told of, to sign tokens with.
    pub stranger: Arc<KeyPair>,
    /// Where our own roles listen.
    pub ports: Ports,
    /// Where the authorities and keys of our own roles are kept; each lab makes its own without.
    pub store: Option<Store>,
}

impl Material {
    /// Makes the material of a run.
    ///
    /// # Errors
    /// When the machine cannot make keys.
    pub fn make(clock: &Clock, harness: &Harness) -> Result<Self, PkiError> {
        let keys = KeyPool::new(KEY_SLOTS)?;
        // Not from the pool: a key that some lab deals to its core function would be no stranger there.
        let foreign = Authority::new("foreign authority", &KeyPair::generate(KeyKind::EcdsaP256)?, clock)?;
        let stranger = KeyPair::generate(KeyKind::EcdsaP256)?;
        let ports = Ports::new(harness.bind, &harness.advertise, harness.ports.clone());
        let store = harness.pki.as_deref().map(Store::open).transpose()?;
        if let Some(store) = &store {
            // What cannot be used is said before anything begins.
            for (role, _) in ROOTS {
                store.authority(&authority_name(&wire::Party::new(role.code())), clock)?;
            }
        }
        let callbacks = match &store {
            Some(store) => store.authority(&authority_name(&wire::Party::new(CALLBACKS)), clock)?,
            None => Authority::new("capifspec callbacks", &KeyPair::generate(KeyKind::EcdsaP256)?, clock)?,
        };
        Ok(Self {
            keys,
            foreign: Arc::new(foreign),
            callbacks: Arc::new(callbacks),
            stranger: Arc::new(stranger),
            ports,
            store,
        })
    }
}

/// The reference peers of a lab. Dropped, they stop.
#[derive(Default)]
pub(super) struct Peers {
    core_function: Option<CoreFunction>,
    invoker: Option<Invoker>,
    exposing_functions: BTreeMap<Party, ExposingFunction>,
    owner_function: Option<OwnerFunction>,
    gates: BTreeMap<Party, Gate>,
}

/// What a peer is started in.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) plan: &'a Plan,
    pub(super) target: &'a Target,
    pub(super) ports: &'a Ports,
    pub(super) clock: &'a Clock,
    pub(super) timeline: &'a Timeline,
    pub(super) names: &'a Names,
}

impl Lab {
    /// The peers, and what another one of them is started in.
    pub(super) fn peers_around(&mut self) -> (&mut Peers, Surroundings<'_>) {
        let Self { peers, plan, target, ports, clock, timeline, names, .. } = self;
        (peers, Surroundings { plan, target, ports, clock, timeline, names })
    }
}

impl Peers {
    pub(super) async fn start_core_function(&mut self, around: Surroundings<'_>) -> Result<Endpoint, LabError> {
        let port = around.target.provision(around.plan.sut).map(|provision| provision.core_port);
        let settings = Settings { port, ..self.settings(around, Party::CORE_FUNCTION) };
        let running = CoreFunction::start(settings).await.map_err(started)?;
        let endpoint = endpoint(&running)?;
        self.core_function = Some(running);
        Ok(endpoint)
    }

    /// Lets the core function know an exposing function that never registers there.
    pub(super) fn provision(&self, provisioned: &Provisioned<'_>) -> Result<(), LabError> {
        let core = self.core_function.as_ref().ok_or(LabError::NotPlayed(Party::CORE_FUNCTION))?;
        core.provision(provisioned).map_err(started)
    }

    /// Ends the core function, and waits until the port at which others expect it can be had again.
    pub(super) async fn end_core_function(&mut self) {
        if let Some(core) = self.core_function.take() {
            core.close().await;
        }
    }

    /// Starts the role under test where it is one that has to be told to act.
    pub(super) async fn start_role_under_test(&mut self, around: Surroundings<'_>) -> Result<(), LabError> {
        match around.plan.sut {
            // A product runs already.
            _ if !around.target.external().is_empty() => {}
            Role::Invoker => {
                let settings = self.settings(around, Party::INVOKER);
                self.invoker = Some(Invoker::start(settings).await.map_err(started)?);
            }
            Role::ExposingFunction | Role::PublishingFunction | Role::ManagementFunction => {
                self.start_exposing_function(around, Party::EXPOSING_FUNCTION, None).await?;
            }
            Role::CoreFunction | Role::ResourceOwnerFunction | Role::PeerCoreFunction => {}
        }
        Ok(())
    }

    /// Starts an exposing function, with a flaw in the certificate that it shows where a scenario wants one.
    pub(super) async fn start_exposing_function(
        &mut self,
        around: Surroundings<'_>,
        party: Party,
        flaw: Option<Flaw>,
    ) -> Result<(), LabError> {
        let settings = self.settings(around, party);
        let running = ExposingFunction::start(settings, flaw).await.map_err(started)?;
        self.exposing_functions.insert(party, running);
        Ok(())
    }

    /// The exposing function that plays this party.
    pub(super) fn exposing_function(&self, party: Party) -> Result<&ExposingFunction, LabError> {
        self.exposing_functions.get(&party).ok_or(LabError::NotServing(party))
    }

    /// Starts the resource owner function for the core function of this lab, and says how it is reached.
    pub(super) async fn start_owner_function(
        &mut self,
        around: Surroundings<'_>,
        asking: Asking,
    ) -> Result<control::OwnerFunction, LabError> {
        let settings = self.settings(around, Party::first(Role::ResourceOwnerFunction));
        let running = OwnerFunction::start(settings, Some(asking)).await.map_err(started)?;
        let reached = control::OwnerFunction { url: running.url(), roots: running.root_pem().to_owned() };
        self.owner_function = Some(running);
        Ok(reached)
    }

    /// The key that the core function signs its tokens with; none where that is a product.
    pub(super) fn token_key(&self) -> Option<&SigningKey> {
        self.core_function.as_ref().map(CoreFunction::token_signing_key)
    }

    /// What the core function shows to whomever it calls; none where that is a product.
    pub(super) fn core_identity(&self) -> Option<&wire::Identity> {
        self.core_function.as_ref().map(CoreFunction::identity)
    }

    /// The tester's hand on the answers of a peer.
    pub(super) fn gate(&self, party: Party) -> Result<&Gate, LabError> {
        self.gates.get(&party).ok_or(LabError::NotPlayed(party))
    }

    /// Where a party that is ours is told to act. The functions of a provider domain are one peer.
    pub(super) fn control(&self, party: Party) -> Result<Surface, LabError> {
        let exposing = |ordinal| self.exposing_functions.get(&Party { role: Role::ExposingFunction, ordinal });
        let url = match party.role {
            Role::Invoker => self.invoker.as_ref().map(Invoker::control_url),
            Role::ExposingFunction | Role::PublishingFunction | Role::ManagementFunction => {
                exposing(party.ordinal).map(ExposingFunction::control_url)
            }
            Role::ResourceOwnerFunction => self.owner_function.as_ref().map(OwnerFunction::control_url),
            Role::CoreFunction => self.core_function.as_ref().map(CoreFunction::control_url),
            Role::PeerCoreFunction => None,
        };
        url.map(Surface::Http).ok_or(LabError::NotUnderTest(party))
    }

    /// The way to an exposing function, over TLS or in clear.
    pub(super) fn route_to_exposing_function(&self, party: Party, plain: bool) -> Result<Route, LabError> {
        let peer = self.exposing_function(party)?;
        let address = if plain { peer.plain_address() } else { peer.address() };
        let route = tls_route_to(party, &format!("https://{address}"), peer.root_pem())?;
        Ok(if plain { Route { scheme: Scheme::Plain, ..route } } else { route })
    }

    fn settings(&mut self, around: Surroundings<'_>, party: Party) -> Settings {
        let Surroundings { plan, target, ports, clock, timeline, names } = around;
        let gate = self.gates.entry(party).or_default().clone();
        if let Some((_, manner)) = plan.manner.as_ref().filter(|(role, _)| *role == party.role) {
            gate.be(manner.clone());
        }
        Settings {
            party: wire::Party::new(&party.name()),
            clock: clock.clone(),
            timeline: timeline.clone(),
            faults: plan.faults.clone(),
            seed: names.number(..),
            keys: Arc::new(Mutex::new(plan.material.keys.ring(names))),
            release: plan.release,
            ports: ports.clone(),
            port: None,
            deadlines: target.deadlines,
            gate,
            readings: target.readings.clone(),
            store: plan.material.store.clone(),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands errors over")]
fn started(error: StartError) -> LabError {
    LabError::Peer(chain(&error))
}

fn endpoint(running: &CoreFunction) -> Result<Endpoint, LabError> {
    let roots = certificates_from_pem(running.root_pem())?;
    let address = running.address();
    Ok(Endpoint {
        site: Site { host: running.host().to_owned(), port: address.port(), prefix: String::new(), address },
        apis: BTreeMap::new(),
        trust: Trust::Roots(roots.into_iter().map(|root| root.as_ref().to_vec()).collect()),
        onboarding: Onboarding::StaticToken(running.onboarding_token().to_owned()),
        registration_secret: Some(running.registration_secret().to_owned()),
        enrolment: Enrolment::default(),
        token_key: TokenKey::Pem(running.token_key_pem().to_owned()),
        credentials: BTreeMap::new(),
        plain_http: Some(running.plain_address()),
        owner: OwnerAdapter::Control,
        arrangement: Arrangement::ApiList,
        control: Some(Surface::Http(running.control_url())),
        claims: Claims::default(),
    })
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
