//! A lab without scenarios: reference peers that run in real time, for others to talk to.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};

use super::peers::chain;
use super::provisioned::Papers;
use super::{LabError, Material};
use crate::actors::core_function::CoreFunction;
use crate::actors::exposing_function::{Adoption, ExposingFunction};
use crate::actors::invoker::Invoker;
use crate::actors::owner_function::OwnerFunction;
use crate::actors::{Settings, StartError};
use crate::clock::{Clock, Deadlines, Names};
use crate::control::Publish;
use crate::fault::FaultSet;
use crate::spec::{Party, Readings, Release, Role};
use crate::target::{Harness, OfferedApi, Provision, Target, is_of_domain};
use crate::wire::{self, Gate, Ports, Timeline};

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
    /// Where they listen: each at ports of its own within the range, or at any free ones where there is none.
    pub harness: Harness,
    /// What the exposing function is configured with, and the host that it is reached by; nothing where it is told to
    /// enrol.
    pub provision: Option<(Provision, String)>,
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
            provision: None,
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

impl Serving {
    /// The secrets that it handed out before anybody called.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        let core = self.core_function.iter();
        core.flat_map(|core| [core.onboarding_token.clone(), core.registration_secret.clone()]).collect()
    }
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

/// The places of a role's servers within the range of ports: the first, and how many. They do not depend on which roles are
/// served. The last port of them is its control surface.
const PLACES: [(Role, u16, u16); 4] = [
    (Role::CoreFunction, 0, 3),
    (Role::ExposingFunction, 3, 3),
    (Role::Invoker, 6, 2),
    (Role::ResourceOwnerFunction, 8, 2),
];

/// How many ports all of them have.
pub const PORTS_SERVED: u16 = 10;

/// How many exchanges are kept of those that are over.
const KEPT: usize = 2_000;

/// Serves reference peers in real time.
///
/// # Errors
/// When one cannot be started.
pub async fn serve(order: &Order) -> Result<Serving, LabError> {
    let clock = Clock::real();
    let material = Material::make(&clock, &order.harness)?;
    let timeline = Timeline::forgetful(clock.clone(), KEPT);
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
        ports: ports_of(role, &material.ports, order.harness.ports.as_ref()),
        port: None,
        deadlines: order.deadlines,
        gate: Gate::default(),
        readings: order.readings.clone(),
        store: material.store.clone(),
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
        let papers = match (&order.provision, &material.store) {
            (Some((provision, host)), Some(store)) => {
                Some((provision, Papers::kept(store, provision, host, &material.ports)?))
            }
            (_, _) => None,
        };
        serving.exposing_function = Some(exposing_function(settings, papers).await?);
    }
    if let Some(settings) = wanted(Role::Invoker) {
        serving.invoker = Some(invoker(settings).await?);
    }
    if let Some(settings) = wanted(Role::ResourceOwnerFunction) {
        serving.owner_function = Some(owner_function(settings).await?);
    }
    Ok(serving)
}

/// The ports of a role.
fn ports_of(role: Role, ports: &Ports, range: Option<&RangeInclusive<u16>>) -> Ports {
    let place = PLACES.iter().find(|(placed, _, _)| *placed == role);
    match (range, place) {
        (Some(range), Some((_, first, count))) => {
            let first = range.start().saturating_add(*first);
            ports.exactly(first..=first.saturating_add(count - 1))
        }
        (_, _) => ports.clone(),
    }
}

fn not_started(error: &StartError) -> LabError {
    match error {
        StartError::Listening { source, .. } if source.kind() == std::io::ErrorKind::AddrInUse => {
            LabError::PortTaken(chain(error))
        }
        StartError::Listening { .. }
        | StartError::CoreFunction(_)
        | StartError::Certificates(_)
        | StartError::Tokens(_)
        | StartError::Material(_) => LabError::Peer(chain(error)),
    }
}

/// A surface as others reach it.
fn reached(control_url: &str, ports: &Ports) -> String {
    let port = control_url.rsplit(':').next().and_then(|port| port.parse().ok());
    port.map_or_else(|| control_url.to_owned(), |port| format!("http://{}", ports.authority(port)))
}

async fn core_function(settings: Settings) -> Result<ServedCoreFunction, LabError> {
    let ports = settings.ports.clone();
    let running = CoreFunction::start(settings).await.map_err(|error| not_started(&error))?;
    Ok(ServedCoreFunction {
        url: format!("https://{}", ports.authority(running.address().port())),
        plain_address: ports.authority(running.plain_address().port()),
        root_pem: running.root_pem().to_owned(),
        onboarding_token: running.onboarding_token().to_owned(),
        registration_secret: running.registration_secret().to_owned(),
        token_key_pem: running.token_key_pem().to_owned(),
        control_url: reached(&running.control_url(), &ports),
        _running: running,
    })
}

async fn exposing_function(
    settings: Settings,
    papers: Option<(&Provision, Papers)>,
) -> Result<ServedExposingFunction, LabError> {
    let ports = settings.ports.clone();
    let running = ExposingFunction::start(settings, None).await.map_err(|error| not_started(&error))?;
    if let Some((provision, papers)) = papers {
        let (core_function, identity) = (&papers.core_function, papers.identity()?);
        let adoption = Adoption { core_function, aef_id: &provision.aef_id, identity };
        running.adopt(adoption).await.map_err(|error| not_started(&error))?;
        for OfferedApi { id, name, .. } in &provision.apis {
            let api_name = name.clone();
            running.expose(id, &Publish { api_name, methods: Vec::new(), back_end: None, owner_authorization: false });
        }
    }
    Ok(ServedExposingFunction {
        url: format!("https://{}", ports.authority(running.address().port())),
        plain_address: ports.authority(running.plain_address().port()),
        root_pem: running.root_pem().to_owned(),
        control_url: reached(&running.control_url(), &ports),
        _running: running,
    })
}

async fn invoker(settings: Settings) -> Result<ServedInvoker, LabError> {
    let ports = settings.ports.clone();
    let running = Invoker::start(settings).await.map_err(|error| not_started(&error))?;
    Ok(ServedInvoker {
        callback_url: running.callback_url().to_owned(),
        control_url: reached(&running.control_url(), &ports),
        _running: running,
    })
}

async fn owner_function(settings: Settings) -> Result<ServedOwnerFunction, LabError> {
    let ports = settings.ports.clone();
    let running = OwnerFunction::start(settings, None).await.map_err(|error| not_started(&error))?;
    Ok(ServedOwnerFunction {
        url: running.url(),
        root_pem: running.root_pem().to_owned(),
        control_url: reached(&running.control_url(), &ports),
        _running: running,
    })
}

/// Whether the peer of a role plays this part: an exposing function brings its provider domain with it.
#[must_use]
pub fn is_played_by(part: Role, peer: Role) -> bool {
    part == peer || (peer == Role::ExposingFunction && is_of_domain(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_roles_have_a_port_in_common() {
        let mut next = 0;
        for (role, first, count) in PLACES {
            assert_eq!(first, next, "{role:?}");
            next = first + count;
        }
        assert_eq!(next, PORTS_SERVED);
    }
}
