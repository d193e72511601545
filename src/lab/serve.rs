//! A lab without scenarios: a reference core function for others to talk to.

use std::sync::{Arc, Mutex};

use super::{LabError, Material};
use crate::actors::Settings;
use crate::actors::core_function::CoreFunction;
use crate::clock::{Clock, Deadlines, Names};
use crate::fault::FaultSet;
use crate::spec::{Party, Release};
use crate::target::{Harness, Target};
use crate::wire::{self, Gate, Ports, Timeline};

/// A core function that is being served, and what its users need to know.
#[derive(Debug)]
pub struct Serving {
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
    /// Everything it takes part in.
    pub timeline: Timeline,
    /// Dropped, it stops.
    _running: CoreFunction,
}

/// Serves a core function on the loopback, in real time.
///
/// # Errors
/// When it cannot be started.
pub async fn serve_core_function(release: Release, faults: FaultSet, seed: u64) -> Result<Serving, LabError> {
    let clock = Clock::real();
    let timeline = Timeline::new(clock.clone());
    let names = Names::new(seed, "serve");
    let material = Material::make(&clock, &Harness::default())?;
    let settings = Settings {
        party: wire::Party::new(&Party::CORE_FUNCTION.name()),
        clock,
        timeline: timeline.clone(),
        faults,
        seed: names.number(..),
        keys: Arc::new(Mutex::new(material.keys.ring(&names))),
        release,
        ports: Ports::loopback(),
        deadlines: Deadlines::default(),
        gate: Gate::default(),
        readings: Target::built_in().readings,
    };
    let running = CoreFunction::start(settings).await.map_err(|error| LabError::Peer(super::peers::chain(&error)))?;
    Ok(Serving {
        url: format!("https://{}", running.address()),
        plain_address: running.plain_address().to_string(),
        root_pem: running.root_pem().to_owned(),
        onboarding_token: running.onboarding_token().to_owned(),
        registration_secret: running.registration_secret().to_owned(),
        token_key_pem: running.token_key_pem().to_owned(),
        control_url: running.control_url(),
        timeline,
        _running: running,
    })
}
