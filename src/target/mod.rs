//! The target: how each role is reached and what it claims. No target file means that every role is built in.
//!
//! An [`Endpoint`] is plain data; whether a product or a reference peer stands behind it cannot be told from it.

mod file;
mod place;
mod waiver;

pub use file::{TargetError, read};
pub use place::Place;
pub use waiver::{Subject, Waiver, known_subjects};

use std::net::SocketAddr;
use std::time::Duration;

use crate::clock::Deadlines;
use crate::spec::{Readings, Release, RequirementSet, Role};

/// Everything a target file says.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name for the report.
    pub name: String,
    /// Release that it is held to.
    pub release: Option<Release>,
    /// The core function, when it is external.
    pub core_function: Option<Endpoint>,
    /// The resource owner function, when it is external.
    pub resource_owner_function: Option<OwnerEndpoint>,
    /// The invoker, when it is external.
    pub invoker: Option<ControlEndpoint>,
    /// Readings chosen.
    pub readings: Readings,
    /// The set of requirements that it is held to; the newest where it names none.
    pub requirements: Option<RequirementSet>,
    /// Misses that are excused.
    pub waivers: Vec<Waiver>,
    /// Named deadlines.
    pub deadlines: Deadlines,
    /// Where our own roles listen, as the target sees them.
    pub advertise: String,
}

/// How a resource owner function is reached, by the adapter of [`crate::control`].
#[derive(Clone, Debug)]
pub struct OwnerEndpoint {
    /// Where queries are POSTed to.
    pub url: String,
    /// PEM of the certificates that it must chain to.
    pub roots: String,
    /// Its control surface.
    pub control: String,
}

/// How a role is told to act that calls and is not called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlEndpoint {
    /// URL of its control surface, over plain HTTP.
    pub url: String,
}

/// How a role is reached.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The role.
    pub role: Role,
    /// Name for Host, SNI and verification.
    pub host: String,
    /// Port of the URL.
    pub port: u16,
    /// Path before `/capif-security/v1` and its like; empty or without a slash at its end.
    pub prefix: String,
    /// Where to connect.
    pub address: SocketAddr,
    /// What its certificate is verified with.
    pub trust: Trust,
    /// How the right to enrol is obtained.
    pub onboarding: Onboarding,
    /// What a provider shows to register its functions; the onboarding token where nothing else is named.
    pub registration_secret: Option<String>,
    /// How its access tokens are verified.
    pub token_key: TokenKey,
    /// Where it would take requests over plain HTTP, if it did.
    pub plain_http: Option<SocketAddr>,
    /// Where it is told to act; none where it cannot be told.
    pub control: Option<String>,
}

/// What a server certificate is verified with.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Root certificates, DER.
    Roots(Vec<Vec<u8>>),
    /// Nothing: plain HTTP, because the target file insists.
    InsecurePlainHttp,
}

/// How an invoker and a provider obtain the right to enrol.
#[derive(Clone, Debug)]
pub enum Onboarding {
    /// It is not asked for.
    Nothing,
    /// One token for all.
    StaticToken(String),
}

/// The key that access tokens are verified with.
#[derive(Clone, Debug)]
pub enum TokenKey {
    /// A public key or certificate, PEM.
    Pem(String),
    /// The key of the certificate that the target presents.
    ServerCertificate,
    /// None is known: signatures cannot be judged.
    Unknown,
}

impl Target {
    /// Every role built in.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            name: "built-in".to_owned(),
            release: None,
            core_function: None,
            resource_owner_function: None,
            invoker: None,
            readings: built_in_readings(),
            requirements: None,
            waivers: Vec::new(),
            deadlines: built_in_deadlines(),
            advertise: "127.0.0.1".to_owned(),
        }
    }

    /// Roles that are external.
    #[must_use]
    pub fn external(&self) -> Vec<Role> {
        let owner_function = self.resource_owner_function.iter().map(|_| Role::ResourceOwnerFunction);
        let invoker = self.invoker.iter().map(|_| Role::Invoker);
        self.core_function.iter().map(|endpoint| endpoint.role).chain(owner_function).chain(invoker).collect()
    }
}

/// Step 7 of TS 23.222 8.23.3 needs an indication in step 2, which no attribute carries: the built-in roles take one cause
/// for it, so that the step is shown. Products are asked for nothing that is not written.
fn built_in_readings() -> Readings {
    let mut readings = Readings::default();
    // The names are listed, so that this cannot fail; a test says so.
    let _listed = readings.choose("revocation-indication", "cause-unexpected").is_ok();
    readings
}

/// Peers in the same process answer at once: what has not come in two seconds is not coming.
fn built_in_deadlines() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.notification.after = Duration::from_secs(2);
    deadlines
}

/// A deadline in milliseconds, as target files give it.
fn milliseconds(value: u64) -> Duration {
    Duration::from_millis(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading;

    #[test]
    fn the_built_in_roles_indicate_by_cause_and_take_every_other_default() {
        let readings = Target::built_in().readings;
        let chosen: Vec<_> = readings.iter().filter(|(id, _)| !readings.is_default(*id)).collect();
        assert_eq!(chosen, [(reading!("revocation-indication"), "cause-unexpected")]);
    }
}
