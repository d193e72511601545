//! A lab without scenarios: reference peers that run in real time, for others to talk to.

use std::sync::{Arc, Mutex};

use super::peers::chain;
use super::{LabError, Material};
use crate::actors::Settings;
use crate::actors::core_function::CoreFunction;
use crate::actors::exposing_function::ExposingFunction;
use crate::actors::invoker::Invoker;
use crate::actors::owner_function::OwnerFunction;
use crate::clock::{Clock, Deadlines, Names};
use crate::fault::FaultSet;
use crate::spec::{Party, Readings, Release, Role};
use crate::target::{Harness, Target, is_of_domain};
use crate::wire::{self, Gate, Timeline};

/// What is to be served, and how.
#[derive(Clone, Debug)]
pub struct Order {
    /// The roles.
    pub roles: Vec<Role>,
    /// Release that they speak.
    pub release: Release,
    /// Wrong behaviours, each for the role whose it is.
    pub faults: FaultSet,
    /// Seed of their names.
    pub seed: u64,
    /// Readings that they hold to.
    pub readings: Readings,
    /// Upper bounds of their waits.
    pub deadlines: Deadlines,
    /// Where they listen.
    pub harness: Harness,
}

impl Default for Order {
    /// A core function on the loopback.
    fn default() -> Self {
        Self {
            roles: vec![Role::CoreFunction],
            release: Release::DEFAULT,
            faults: FaultSet::default(),
            seed: 1,
            readings: Target::built_in().readings,
            deadlines: Deadlines::default(),
            harness: Harness::default(),
        }
    }
}

/// The peers that are being served, and what their users need to know.
#[derive(Debug)]
pub struct Serving {
    /// The core function.
    pub core_function: Option<ServedCoreFunction>,
    /// The exposing function.
    pub exposing_function: Option<ServedExposingFunction>,
    /// The invoker.
    pub invoker: Option<ServedInvoker>,
    /// The resource owner function.
    pub owner_function: Option<ServedOwnerFunction>,
    /// Everything that they take part in.
    pub timeline: Timeline,
}

/// A core function. Dropped, it stops.
#[derive(Debug)]
pub struct ServedCoreFunction {
    /// Its URL.
    pub url: String,
    /// Where it refuses plain HTTP.
    pub plain_address: String,
    /// PEM of its root certificate.
    pub root_pem: String,
    /// What lets an invoker onboard.
    pub onboarding_token: String,
    /// What lets a provider register.
    pub registration_secret: String,
    /// PEM of the key that its access tokens verify with.
    pub token_key_pem: String,
    /// Where it is told to act.
    pub control_url: String,
    _running: CoreFunction,
}

/// An exposing function. Dropped, it stops.
#[derive(Debug)]
pub struct ServedExposingFunction {
    /// Its URL.
    pub url: String,
    /// Where it refuses plain HTTP.
    pub plain_address: String,
    /// PEM of its root certificate.
    pub root_pem: String,
    /// Where it is told to act.
    pub control_url: String,
    _running: ExposingFunction,
}

/// An invoker. Dropped, it stops.
#[derive(Debug)]
pub struct ServedInvoker {
    /// Where it is told of revocations.
    pub callback_url: String,
    /// Where it is told to act.
    pub control_url: String,
    _running: Invoker,
}

/// A resource owner function. Dropped, it stops.
#[derive(Debug)]
pub struct ServedOwnerFunction {
    /// Where queries are POSTed to.
    pub url: String,
    /// PEM of its root certificate.
    pub root_pem: String,
    /// Where it is told to act.
    pub control_url: String,
    _running: OwnerFunction,
}

/// Serves reference peers in real time.
///
/// # Errors
/// When one cannot be started.
pub async fn serve(order: &Order) -> Result<Serving, LabError> {
    let clock = Clock::real();
    let material = Material::make(&clock, &order.harness)?;
    let timeline = Timeline::new(clock.clone());
    let names = Names::new(order.seed, "serve");
    let keys = Arc::new(Mutex::new(material.keys.ring(&names)));
    let settings = |role: Role| Settings {
        party: wire::Party::new(&Party::first(role).name()),
        clock: clock.clone(),
        timeline: timeline.clone(),
        faults: order.faults.iter().filter(|fault| is_played_by(fault.role(), role)).collect(),
        seed: order.seed,
        keys: Arc::clone(&keys),
        release: order.release,
        ports: material.ports.clone(),
        deadlines: order.deadlines,
        gate: Gate::default(),
        readings: order.readings.clone(),
    };
    let wanted = |role: Role| order.roles.contains(&role).then(|| settings(role));
    let mut serving = Serving {
        core_function: None,
        exposing_function: None,
        invoker: None,
        owner_function: None,
        timeline: timeline.clone(),
    };
    if let Some(settings) = wanted(Role::CoreFunction) {
        serving.core_function = Some(core_function(settings).await?);
    }
    if let Some(settings) = wanted(Role::ExposingFunction) {
        serving.exposing_function = Some(exposing_function(settings).await?);
    }
    if let Some(settings) = wanted(Role::Invoker) {
        serving.invoker = Some(invoker(settings).await?);
    }
    if let Some(settings) = wanted(Role::ResourceOwnerFunction) {
        serving.owner_function = Some(owner_function(settings).await?);
    }
    Ok(serving)
}

async fn core_function(settings: Settings) -> Result<ServedCoreFunction, LabError> {
    let running = CoreFunction::start(settings).await.map_err(|error| LabError::Peer(chain(&error)))?;
    Ok(ServedCoreFunction {
        url: running.base_url(),
        plain_address: format!("{}:{}", running.host(), running.plain_address().port()),
        root_pem: running.root_pem().to_owned(),
        onboarding_token: running.onboarding_token().to_owned(),
        registration_secret: running.registration_secret().to_owned(),
        token_key_pem: running.token_key_pem().to_owned(),
        control_url: running.control_url(),
        _running: running,
    })
}

async fn exposing_function(settings: Settings) -> Result<ServedExposingFunction, LabError> {
    let running = ExposingFunction::start(settings, None).await.map_err(|error| LabError::Peer(chain(&error)))?;
    let (host, port) = running.interface();
    Ok(ServedExposingFunction {
        url: format!("https://{host}:{port}"),
        plain_address: format!("{host}:{}", running.plain_address().port()),
        root_pem: running.root_pem().to_owned(),
        control_url: running.control_url(),
        _running: running,
    })
}

async fn invoker(settings: Settings) -> Result<ServedInvoker, LabError> {
    let running = Invoker::start(settings).await.map_err(|error| LabError::Peer(chain(&error)))?;
    Ok(ServedInvoker { callback_url: running.callback_url(), control_url: running.control_url(), _running: running })
}

async fn owner_function(settings: Settings) -> Result<ServedOwnerFunction, LabError> {
    let running = OwnerFunction::start(settings, None).await.map_err(|error| LabError::Peer(chain(&error)))?;
    Ok(ServedOwnerFunction {
        url: running.url(),
        root_pem: running.root_pem().to_owned(),
        control_url: running.control_url(),
        _running: running,
    })
}

/// Whether the peer of a role plays this part: an exposing function brings its provider domain with it.
#[must_use]
pub fn is_played_by(part: Role, peer: Role) -> bool {
    part == peer || (peer == Role::ExposingFunction && is_of_domain(part))
}
