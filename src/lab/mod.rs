//! A lab: the parties of one scenario, wired together.
//!
//! The lab turns a target into running parties: it starts the reference peers that the target leaves to us and adopts
//! the external ones, speaks for the parties that the harness plays, keeps the roster and the timeline, and fills
//! evidence. Only the lab knows who is a product and who is a peer; a scenario cannot tell.

mod acting;
mod acting_invoker;
mod arrange;
mod attempt;
mod cleaning;
pub mod doctor;
mod enrolling;
mod error;
mod evidence;
mod export;
mod holding;
mod invoking;
mod owning;
mod peers;
mod program;
mod provisioned;
mod registering;
mod review;
mod revoking;
mod security;
mod serve;
mod serving;
mod strangers;
mod surface;
mod token_keys;

pub use crate::pki::Flaw;
pub use cleaning::Leftover;
pub use error::{LabError, Stop};
pub use evidence::Judging;
pub use export::{Exported, export};
pub use invoking::Invoked;
pub use peers::Material;
pub use registering::with_told_trust;
pub use review::{REVIEW, Reviewed, unclaimed};
pub use security::Asked;
pub use serve::{
    Order as ServeOrder, PORTS_SERVED, ServedCoreFunction, ServedExposingFunction, ServedInvoker, ServedOwnerFunction,
    Serving, is_played_by, serve,
};
pub use surface::somebody_is_there;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checks::{Member, Roster, TokenKeys, Told, Trial, lens};
use crate::clock::{Clock, Names};
use crate::control::OwnerFunction;
use crate::drive::deviation::Identifiers;
use crate::drive::service_api::ServiceLogic;
use crate::drive::sink::Sink;
use crate::drive::token::Smith;
use crate::drive::{Presents, Stimulus};
use crate::fault::FaultSet;
use crate::jose::SigningKey;
use crate::pki::{Authority, KeyKind, KeyPair, KeyRing};
use crate::spec::{Party, Release, Role, Service};
use crate::target::{Endpoint, ExposingEndpoint, Features, Site, Target, TokenKey, Trust};
use crate::wire::{self, Caller, Exchange, ExchangeId, Identity, Manner, Ports, Route, Scheme, Timeline, Versions};

/// What a lab is made from.
#[derive(Clone)]
pub struct Plan {
    /// The target.
    pub target: Arc<Target>,
    /// Release judged against.
    pub release: Release,
    /// Faults of the reference peers; none but in a mutant run.
    pub faults: FaultSet,
    /// A role of ours that answers everything in one manner, to prove that nothing passes then.
    pub manner: Option<(Role, Manner)>,
    /// Keys and authorities that are costly to make.
    pub material: Material,
    /// The role under test: which built-in party is told to act, and which the harness plays itself.
    pub sut: Role,
    /// Seed of the run.
    pub seed: u64,
    /// Id of the scenario, which makes its names its own.
    pub scenario: String,
}

/// The parties of one scenario.
pub struct Lab {
    plan: Plan,
    /// The target as far as this scenario has to do with it: every role that it does not judge is ours.
    target: Target,
    ports: Ports,
    clock: Clock,
    names: Names,
    keys: KeyRing,
    timeline: Timeline,
    caller: Caller,
    core: Endpoint,
    /// What is spoken with the core function.
    scheme: Scheme,
    /// The keys that access tokens are verified with, where they had to be fetched.
    key_set: tokio::sync::OnceCell<TokenKeys>,
    roster: Roster,
    played: BTreeMap<Party, Played>,
    enrolments: Enrolments,
    sinks: BTreeMap<Party, Sink>,
    peers: peers::Peers,
    /// The publishing function of each exposing function.
    publishers: BTreeMap<Party, Party>,
    /// The service logic behind each exposing function.
    services: BTreeMap<Party, ServiceLogic>,
    /// The token that an invoker got last.
    tokens: BTreeMap<Party, String>,
    /// The tokens with the authorization of an owner, by invoker and label of the owner.
    owner_tokens: BTreeMap<(Party, String), String>,
    /// How the resource owner function is reached, once it is there.
    owner_function: Option<OwnerFunction>,
    /// A token key that nobody was told of.
    stranger: SigningKey,
    /// Tokens that let parties enrol, for redaction.
    enrolment_tokens: Vec<String>,
    /// What tells the invocations that were made at once with a good token from the others.
    good_marks: Vec<String>,
    /// What the invoker under test was told to invoke.
    told: Vec<Told>,
    /// Features that an API is offered; only the doctor offers any.
    offered: Option<(Service, Features)>,
    trial: Option<Trial>,
    /// Party and exchange that the next `Then` speaks of.
    focus: Option<ExchangeId>,
    /// Whether the product under test forgets what it is told when a scenario begins.
    forgets: bool,
}

/// What the harness holds for a party that it plays.
struct Played {
    key: KeyPair,
    identity: Identity,
    /// Location of its enrolment, for clean-up and offboarding.
    enrolment: Option<String>,
}

/// What enrolments left behind.
#[derive(Default)]
struct Enrolments {
    /// What was held for parties that have enrolled anew since.
    former: Vec<Played>,
    /// What each invoker was meant to be authorized for, where whoever onboards is for everything.
    meant: BTreeMap<Party, Vec<String>>,
    /// Users of the register service of OpenCAPIF.
    users: Vec<registering::User>,
}

impl Lab {
    /// Starts the parties.
    ///
    /// # Errors
    /// When a reference peer or the material for it cannot be had.
    pub async fn start(plan: Plan) -> Result<Self, Stop> {
        let target = plan.target.judging(plan.sut);
        let external = !target.external().is_empty();
        let clock = if external { Clock::real() } else { Clock::virtual_from_now() };
        let timeline = Timeline::bounded(clock.clone());
        if external {
            timeline.strangers_are(strangers::of(plan.sut));
        }
        let names = names(&plan, external.then_some(&clock));
        let mut peers = peers::Peers::default();
        let ports = plan.material.ports.clone();
        let around = peers::Surroundings {
            plan: &plan,
            target: &target,
            ports: &ports,
            clock: &clock,
            timeline: &timeline,
            names: &names,
        };
        let core = match &target.core_function {
            Some(endpoint) => endpoint.clone(),
            None => peers.start_core_function(around).await?,
        };
        peers.start_role_under_test(around).await?;
        let scheme = scheme(&core.trust)?;
        let mut lab = Self {
            caller: Caller::new(timeline.clone(), clock.clone(), target.deadlines),
            keys: plan.material.keys.ring(&names),
            clock,
            names,
            timeline,
            core,
            scheme,
            key_set: tokio::sync::OnceCell::new(),
            roster: Roster::default(),
            played: BTreeMap::new(),
            enrolments: Enrolments::default(),
            sinks: BTreeMap::new(),
            peers,
            publishers: BTreeMap::new(),
            services: BTreeMap::new(),
            tokens: BTreeMap::new(),
            owner_tokens: BTreeMap::new(),
            owner_function: None,
            stranger: stranger_key(&plan)?,
            enrolment_tokens: Vec::new(),
            good_marks: Vec::new(),
            told: Vec::new(),
            offered: None,
            trial: None,
            focus: None,
            forgets: false,
            target,
            ports,
            plan,
        };
        lab.forgets = lab.reset().await;
        Ok(lab)
    }

    /// Everything recorded so far.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.timeline.snapshot()
    }

    /// Secrets that this lab knows, for redaction.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let registration = self.core.registration_secret.clone();
        let known = self.enrolment_tokens.iter().cloned();
        known
            .chain(self.core.onboarding.secrets())
            .chain(registration)
            .chain(self.roster.members.iter().filter_map(|member| member.secret.clone()))
            .collect()
    }

    /// Sends a stimulus as it is and waits for whatever comes of it.
    async fn send(&self, stimulus: &Stimulus, purpose: &str) -> Result<Arc<Exchange>, LabError> {
        let service = stimulus.operation.map_or(Service::Security, |operation| operation.service);
        let route = self.route_to(stimulus.to, service, stimulus.plain_http)?;
        self.send_over(stimulus, &route, purpose).await
    }

    async fn send_over(&self, stimulus: &Stimulus, route: &Route, purpose: &str) -> Result<Arc<Exchange>, LabError> {
        let identity = self.presented(stimulus)?;
        let client = wire::Party::new(&stimulus.by.name());
        let id = self.caller.call(&client, identity.as_ref(), route, &stimulus.request(), purpose).await;
        let exchange = self.timeline.get(id).ok_or(LabError::Lost)?;
        if lens::access_token(&exchange).is_some() {
            self.have_token_keys().await;
        }
        Ok(exchange)
    }

    /// Sends a stimulus that has to be valid: our own slips are errors, never the target's.
    async fn send_clean(&self, stimulus: &Stimulus, purpose: &str) -> Result<Arc<Exchange>, LabError> {
        match stimulus.violations(self.plan.release).into_iter().next() {
            Some(violation) => Err(LabError::OwnStimulus(violation.to_string())),
            None => self.send(stimulus, purpose).await,
        }
    }

    fn presented(&self, stimulus: &Stimulus) -> Result<Option<Identity>, LabError> {
        let of = |party: Party| {
            if party.role == Role::CoreFunction {
                return self.peers.core_identity().cloned().ok_or(LabError::NotPlayed(party));
            }
            self.played.get(&party).map(|played| played.identity.clone()).ok_or(LabError::NotPlayed(party))
        };
        match &stimulus.presents {
            Presents::Nothing => Ok(None),
            Presents::Own => of(stimulus.by).map(Some),
            Presents::CertificateOf(party) => of(*party).map(Some),
            Presents::ForeignAuthority => self.foreign_identity(stimulus.by).map(Some),
        }
    }

    /// The party's name and key under a root that the core function does not know.
    fn foreign_identity(&self, party: Party) -> Result<Identity, LabError> {
        let played = self.played.get(&party).ok_or(LabError::NotPlayed(party))?;
        let name = self.roster.id(party).unwrap_or_default();
        let spec = crate::pki::LeafSpec::client(name, &self.clock);
        let foreign: &Authority = &self.plan.material.foreign;
        let leaf = foreign.issue(&spec, &played.key.public()?)?;
        Ok(Identity::new(vec![leaf], &played.key.private_der())?)
    }

    fn route_to(&self, party: Party, service: Service, plain: bool) -> Result<Route, LabError> {
        match (&self.target.exposing_function, plain) {
            (Some(external), _) if party == Party::EXPOSING_FUNCTION => exposing_route(external, plain),
            (_, _) if party.role == Role::ExposingFunction => self.peers.route_to_exposing_function(party, plain),
            (_, false) => Ok(self.route_to_core(service)),
            (_, true) => {
                // At the port that the target names for it, else at that for TLS.
                let address = self.core.plain_http.unwrap_or(self.core.site_of(service).address);
                Ok(Route { address, scheme: Scheme::Plain, ..self.route_to_core(service) })
            }
        }
    }

    /// The way to an API of the core function. Each may be at a place of its own; requests are made for it from the start.
    fn route_to_core(&self, service: Service) -> Route {
        let site = self.core.site_of(service);
        let server = wire::Party::new(&Party::CORE_FUNCTION.name());
        Route { server, address: site.address, host: site.authority(), scheme: self.scheme.clone() }
    }

    fn security_root(&self) -> String {
        format!("{}{}", self.prefix(Service::Security), Service::Security.root())
    }

    /// Path of the apiRoot of an API at the core function: empty, or with a slash before it.
    fn prefix(&self, service: Service) -> String {
        self.core.site_of(service).path()
    }

    /// The same at an exposing function.
    fn prefix_at(&self, aef: Party) -> String {
        let external = self.target.exposing_function.as_ref().filter(|_| aef == Party::EXPOSING_FUNCTION);
        external.map(|external| external.site.path()).unwrap_or_default()
    }

    /// The roster entry of a party, made when it is not there.
    fn member_mut(&mut self, party: Party) -> &mut Member {
        let at = self.roster.members.iter().position(|member| member.party == party);
        let at = at.unwrap_or_else(|| {
            self.roster.members.push(Member::unknown(party));
            self.roster.members.len() - 1
        });
        &mut self.roster.members[at]
    }

    fn id_of(&self, party: Party) -> Result<String, LabError> {
        self.roster.id(party).map(str::to_owned).ok_or(LabError::NotEnrolled(party))
    }

    fn key(&mut self) -> Result<KeyPair, LabError> {
        Ok(self.keys.deal(KeyKind::EcdsaP256)?)
    }

    /// What sinks for notifications show, where they are not to be reached over plain HTTP.
    fn callback_identity(&mut self) -> Result<Option<Identity>, LabError> {
        if self.target.harness.plain_http_callbacks {
            return Ok(None);
        }
        let key = self.key()?;
        let name = self.target.harness.advertise.clone();
        let spec = crate::pki::LeafSpec::server("capifspec callbacks", &[&name], &self.clock);
        let leaf = self.plan.material.callbacks.issue(&spec, &key.public()?)?;
        Ok(Some(Identity::new(vec![leaf], &key.private_der())?))
    }

    /// Where the notifications of a party go next: a new address of its sink.
    async fn fresh_destination(&mut self, party: Party) -> Result<String, LabError> {
        if !self.sinks.contains_key(&party) {
            let identity = self.callback_identity()?;
            let sink = Sink::open(party, &self.ports, identity, self.timeline.clone(), self.clock.clone()).await?;
            self.sinks.insert(party, sink);
        }
        let place = self.names.fresh("notifications");
        let sink = self.sinks.get(&party).ok_or(LabError::NotPlayed(party))?;
        let destination = sink.address(&place);
        self.member_mut(party).destinations.push(destination.clone());
        Ok(destination)
    }
}

impl Identifiers for Lab {
    fn identifier(&self, party: Party) -> Option<String> {
        self.roster.id(party).map(str::to_owned)
    }

    fn secret(&self, party: Party) -> Option<String> {
        self.roster.member(party)?.secret.clone()
    }

    fn nobody(&self) -> String {
        self.names.fresh("nobody")
    }

    fn token(&self, party: Party) -> Option<String> {
        self.tokens.get(&party).cloned()
    }

    fn scope(&self, aef: Party, label: &str) -> Option<String> {
        let api = self.roster.api(label)?;
        Some(format!("3gpp#{}:{}", api.at(aef)?.aef_id, api.name))
    }

    fn smith(&self) -> Option<Smith<'_>> {
        let public_pem = match &self.core.token_key {
            TokenKey::Pem(pem) => pem.as_str(),
            TokenKey::ServerCertificate | TokenKey::Jwks(_) | TokenKey::Unknown => return None,
        };
        let key = self.peers.token_key();
        Some(Smith { key, stranger: &self.stranger, public_pem, now_unix: self.clock.now_unix() })
    }
}

fn stranger_key(plan: &Plan) -> Result<SigningKey, LabError> {
    Ok(SigningKey::from_pkcs8(plan.material.stranger.private_der().secret_der())?)
}

/// The way to an exposing function that is a product, over TLS or in clear.
/// What a run leaves at a product is still there in the next one: names must not come back there.
fn names(plan: &Plan, at: Option<&Clock>) -> Names {
    let salt = at.map(|clock| format!("{} at {}", plan.scenario, clock.now_unix()));
    Names::new(plan.seed, salt.as_ref().unwrap_or(&plan.scenario))
}

fn exposing_route(aef: &ExposingEndpoint, plain: bool) -> Result<Route, LabError> {
    let route = route(Party::EXPOSING_FUNCTION, &aef.site, &aef.trust)?;
    let in_clear =
        || Route { address: aef.plain_http.unwrap_or(aef.site.address), scheme: Scheme::Plain, ..route.clone() };
    Ok(if plain { in_clear() } else { route })
}

fn route(party: Party, site: &Site, trust: &Trust) -> Result<Route, LabError> {
    let server = wire::Party::new(&party.name());
    Ok(Route { server, address: site.address, host: site.authority(), scheme: scheme(trust)? })
}

fn scheme(trust: &Trust) -> Result<Scheme, LabError> {
    let over_tls = |trust| Scheme::Tls { trust, versions: Versions::Both };
    Ok(match trust {
        Trust::InsecurePlainHttp => Scheme::Plain,
        Trust::Told => return Err(LabError::Peer("its root has not been told yet".to_owned())),
        Trust::Roots(roots) => over_tls(wire::Trust::roots(roots.iter().cloned().map(Into::into).collect())?),
        Trust::Certificate(leaf) => over_tls(wire::Trust::certificate(leaf.clone().into())),
    })
}

impl std::fmt::Debug for Lab {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lab").field("scenario", &self.plan.scenario).finish_non_exhaustive()
    }
}
