//! The target: how each role is reached and what it claims. No target file means that every role is built in.
//!
//! An endpoint is plain data; whether a product or a reference peer stands behind it cannot be told from it.

mod claims;
mod example;
mod file;
mod harness;
mod keys;
mod origin;
mod overlay;
mod place;
mod provision;
mod waiver;

pub use claims::{Capability, Capable, Claims, Features, GRANTS, METHODS, UnknownCapability};
pub use example::{JSON_SCHEMA, example, external_roles};
pub use file::{Setting, Survey, TargetError, Unmet, Wants, read, read_with, survey};
pub use harness::Harness;
pub use origin::Origin;
pub use overlay::{BadOverride, Overlay};
pub use place::Place;
pub use provision::{OfferedApi, Provision, SafeRequest, Success};
pub use waiver::{Subject, Waiver, known_subjects};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Deadlines;
use crate::spec::{Party, Readings, Release, RequirementSet, Role, Service};

/// Everything a target file says.
#[derive(Clone, Debug)]
pub struct Target {
    /// Name for the report.
    pub name: String,
    /// Release that it is held to.
    pub release: Option<Release>,
    /// The core function, when it is external.
    pub core_function: Option<Endpoint>,
    /// The exposing function, when it is external.
    pub exposing_function: Option<ExposingEndpoint>,
    /// The invoker, when it is external.
    pub invoker: Option<ActingEndpoint>,
    /// The resource owner function, when it is external.
    pub resource_owner_function: Option<OwnerEndpoint>,
    /// Who registers the domain of an external exposing function, where that is another program.
    pub management_function: Option<ActingEndpoint>,
    /// Who publishes for an external exposing function, where that is another program.
    pub publishing_function: Option<ActingEndpoint>,
    /// Readings chosen.
    pub readings: Readings,
    /// The set of requirements that it is held to; the newest where it names none.
    pub requirements: Option<RequirementSet>,
    /// Misses that are excused.
    pub waivers: Vec<Waiver>,
    /// Named deadlines.
    pub deadlines: Deadlines,
    /// Where our own roles listen, as the target sees them.
    pub harness: Harness,
    /// What went before its file, as assignments for `--set`.
    pub overrides: Vec<String>,
}

/// A role that has to be told to act and is called by nobody, or at addresses that it gives itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActingEndpoint {
    /// Where it takes notifications, where that is known beforehand.
    pub callback: Option<SocketAddr>,
    /// How it is told to act; none where it cannot be told.
    pub control: Option<Surface>,
    /// What it claims to support.
    pub claims: Claims,
}

/// How a resource owner function is reached, by the adapter of [`crate::control`].
#[derive(Clone, Debug)]
pub struct OwnerEndpoint {
    /// Where queries are POSTed to.
    pub url: String,
    /// PEM of the certificates that it must chain to.
    pub roots: String,
    /// How it is told what its owners decide.
    pub control: Option<Surface>,
    /// What it claims to support.
    pub claims: Claims,
}

/// How an exposing function is reached.
#[derive(Clone, Debug)]
pub struct ExposingEndpoint {
    /// Where it listens.
    pub site: Site,
    /// What its certificate is verified with.
    pub trust: Trust,
    /// Where it would take requests over plain HTTP, if it did.
    pub plain_http: Option<SocketAddr>,
    /// What was configured beforehand; none where it is told to register and to publish.
    pub provision: Option<Provision>,
    /// How it is told to act; none where it cannot be told.
    pub control: Option<Surface>,
    /// What it claims to support.
    pub claims: Claims,
}

/// How a role is told to act: the upper tester of ISO/IEC 9646.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surface {
    /// Orders are POSTed to this URL, over plain HTTP.
    Http(String),
    /// A program is run for each order: JSON on its standard input, JSON on its standard output.
    Command(CommandLine),
    /// A person is asked at the terminal.
    Prompt,
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program, looked up like a shell does.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs: the directory of the target file.
    pub directory: PathBuf,
}

/// Where something is reached over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Name for Host, SNI and verification.
    pub host: String,
    /// Port of the URL.
    pub port: u16,
    /// Path before `/capif-security/v1` and its like; empty or without slashes at its ends.
    pub prefix: String,
    /// Where to connect.
    pub address: SocketAddr,
}

/// How a core function is reached.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Where its APIs are.
    pub site: Site,
    /// Where single APIs are instead.
    pub apis: BTreeMap<Service, Site>,
    /// What its certificate is verified with.
    pub trust: Trust,
    /// How the right to enrol is obtained.
    pub onboarding: Onboarding,
    /// What a request to enrol looks like.
    pub enrolment: Enrolment,
    /// What a provider shows to register its functions; the onboarding token where nothing else is named.
    pub registration_secret: Option<String>,
    /// How its access tokens are verified.
    pub token_key: TokenKey,
    /// Identities provisioned for parties that it issues no certificate to.
    pub credentials: BTreeMap<Party, Credential>,
    /// Where it would take requests over plain HTTP, if it did.
    pub plain_http: Option<SocketAddr>,
    /// How it comes to reach the resource owner function.
    pub owner: OwnerAdapter,
    /// How an invoker comes to be authorized for service APIs.
    pub arrangement: Arrangement,
    /// How it is told to act; none where it cannot be told.
    pub control: Option<Surface>,
    /// What it claims to support.
    pub claims: Claims,
}

/// What a server certificate is verified with.
#[derive(Clone, Debug)]
pub enum Trust {
    /// Root certificates, DER.
    Roots(Vec<Vec<u8>>),
    /// This very certificate, DER, whatever it is issued by and for.
    Certificate(Vec<u8>),
    /// Nothing: plain HTTP, because the target file insists.
    InsecurePlainHttp,
    /// The root that the register service of OpenCAPIF tells, which has to be asked for it first.
    Told,
}

/// How an invoker and a provider obtain the right to enrol.
#[derive(Clone, Debug)]
pub enum Onboarding {
    /// It is not asked for.
    Nothing,
    /// One token for all.
    StaticToken(String),
    /// A program prints a token for each enrolment.
    Command(CommandLine),
    /// The register service of OpenCAPIF makes a user for each enrolment.
    OpencapifRegister(Box<RegisterService>),
}

/// What a request to enrol looks like, where the texts leave it open or products go their own way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enrolment {
    /// What the party shows with it.
    pub present: Present,
    /// In which form it sends its public key.
    pub key_form: KeyForm,
}

/// What a party shows when it enrols: it has no certificate of the core function's yet, unless somebody provisioned one.
/// Every other request is made with the certificate alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Present {
    /// The onboarding token, and no certificate.
    #[default]
    Token,
    /// The certificate of `[ccf.credentials]`, and no token.
    Certificate,
    /// Both.
    Both,
}

impl Present {
    /// Whether the token is among it.
    #[must_use]
    pub fn has_token(self) -> bool {
        self != Self::Certificate
    }

    /// Whether the certificate is among it.
    #[must_use]
    pub fn has_certificate(self) -> bool {
        self != Self::Token
    }
}

/// The form of a public key that a certificate is to be issued for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyForm {
    /// A public key, as the schema says.
    #[default]
    PublicKey,
    /// A certificate signing request, in the same attribute.
    Csr,
}

/// The register service of OpenCAPIF: users are made and log in by HTTP Basic on a port of its own.
#[derive(Clone, Debug)]
pub struct RegisterService {
    /// Where it is.
    pub site: Site,
    /// What its certificate is verified with.
    pub trust: Trust,
    /// Name of the administrator.
    pub admin: String,
    /// Password of the administrator.
    pub password: String,
}

/// The key that access tokens are verified with.
#[derive(Clone, Debug)]
pub enum TokenKey {
    /// A public key or certificate, PEM.
    Pem(String),
    /// The keys of a JSON Web Key Set, to be fetched or already read.
    Jwks(Jwks),
    /// The key of the certificate that the target presents.
    ServerCertificate,
    /// None is known: signatures cannot be judged.
    Unknown,
}

/// Where a JSON Web Key Set is.
#[derive(Clone, Debug)]
pub enum Jwks {
    /// To be fetched from here, verified like the core function itself.
    At(Site),
    /// The text of a file.
    Text(String),
}

/// An identity that somebody provisioned at the core function.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The identifier that it stands for, where that is known beforehand.
    pub id: Option<String>,
    /// PEM of the certificate chain, leaf first.
    pub certificate: String,
    /// PEM of its private key.
    pub key: String,
}

/// How the authorization function comes to reach the resource owner function: CAPIF-8 has no stage 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerAdapter {
    /// It does not.
    Nothing,
    /// By our adapter, told of by the act `arrange` on its control surface.
    Control,
    /// By our adapter, told of by a program that takes the act `arrange`.
    Command(CommandLine),
}

/// How an invoker comes to be authorized for the service APIs of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// It asks for them when it onboards.
    ApiList,
    /// Whoever onboards is authorized for everything.
    Preset,
    /// The core function is told by the act `arrange`.
    Control,
    /// It cannot be arranged.
    Nothing,
}

impl Target {
    /// Every role built in.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            name: "built-in".to_owned(),
            release: None,
            core_function: None,
            exposing_function: None,
            invoker: None,
            resource_owner_function: None,
            management_function: None,
            publishing_function: None,
            readings: built_in_readings(),
            requirements: None,
            waivers: Vec::new(),
            deadlines: built_in_deadlines(),
            harness: Harness::default(),
            overrides: Vec::new(),
        }
    }

    /// Roles that are external.
    #[must_use]
    pub fn external(&self) -> Vec<Role> {
        let there = [
            (Role::CoreFunction, self.core_function.is_some()),
            (Role::ExposingFunction, self.exposing_function.is_some()),
            (Role::Invoker, self.invoker.is_some()),
            (Role::ResourceOwnerFunction, self.resource_owner_function.is_some()),
            (Role::ManagementFunction, self.management_function.is_some()),
            (Role::PublishingFunction, self.publishing_function.is_some()),
        ];
        there.into_iter().filter(|(_, external)| *external).map(|(role, _)| role).collect()
    }

    /// The target of a scenario that judges one role: that role is external where it was, and every other is ours. A
    /// product is judged by what it does with peers that are known to be right, so that nobody answers for the mistakes
    /// of another product of the same target; and what both ends see can be judged.
    #[must_use]
    pub fn judging(&self, role: Role) -> Self {
        let kept = |other: Role| role == other;
        // The functions of a provider domain are one domain.
        let exposing = is_of_domain(role);
        Self {
            core_function: self.core_function.clone().filter(|_| kept(Role::CoreFunction)),
            exposing_function: self.exposing_function.clone().filter(|_| exposing),
            invoker: self.invoker.clone().filter(|_| kept(Role::Invoker)),
            resource_owner_function: self.resource_owner_function.clone().filter(|_| kept(Role::ResourceOwnerFunction)),
            management_function: self.management_function.clone().filter(|_| exposing),
            publishing_function: self.publishing_function.clone().filter(|_| exposing),
            ..self.clone()
        }
    }

    /// Whether scenarios have to go one after the other: a product that is told to act has one state for all of them, and
    /// a core function one policy.
    #[must_use]
    pub fn is_serial(&self) -> bool {
        let commanded = |endpoint: &Endpoint| matches!(endpoint.owner, OwnerAdapter::Command(_));
        // Provisioned identities are the same in every scenario: two at once would undo each other's work.
        let shared = |endpoint: &Endpoint| commanded(endpoint) || !endpoint.credentials.is_empty();
        let arranged = self.core_function.as_ref().is_some_and(shared);
        // What was configured at it expects one core function at one port.
        let provisioned = self.provision(Role::ExposingFunction).is_some();
        arranged || provisioned || self.external().into_iter().any(|role| self.control(role).is_some())
    }

    /// Whether a person is asked to let a role act.
    #[must_use]
    pub fn asks_a_person(&self) -> bool {
        self.external().into_iter().any(|role| self.control(role) == Some(&Surface::Prompt))
    }

    /// What an external role claims to support; none of a role that is built in.
    #[must_use]
    pub fn claims(&self, role: Role) -> Option<&Claims> {
        match role {
            Role::CoreFunction => self.core_function.as_ref().map(|endpoint| &endpoint.claims),
            Role::ExposingFunction => self.exposing_function.as_ref().map(|endpoint| &endpoint.claims),
            Role::Invoker => self.invoker.as_ref().map(|endpoint| &endpoint.claims),
            Role::ResourceOwnerFunction => self.resource_owner_function.as_ref().map(|endpoint| &endpoint.claims),
            Role::ManagementFunction => self.management_function.as_ref().map(|endpoint| &endpoint.claims),
            Role::PublishingFunction => self.publishing_function.as_ref().map(|endpoint| &endpoint.claims),
            Role::PeerCoreFunction => None,
        }
    }

    /// How an external role is told to act.
    #[must_use]
    pub fn control(&self, role: Role) -> Option<&Surface> {
        match role {
            Role::CoreFunction => self.core_function.as_ref()?.control.as_ref(),
            Role::ExposingFunction => self.exposing_function.as_ref()?.control.as_ref(),
            Role::Invoker => self.invoker.as_ref()?.control.as_ref(),
            Role::ResourceOwnerFunction => self.resource_owner_function.as_ref()?.control.as_ref(),
            Role::ManagementFunction => self.management_function.as_ref()?.control.as_ref(),
            Role::PublishingFunction => self.publishing_function.as_ref()?.control.as_ref(),
            Role::PeerCoreFunction => None,
        }
    }
}

impl Onboarding {
    /// The secrets in it.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        match self {
            Self::StaticToken(token) => vec![token.clone()],
            Self::OpencapifRegister(register) => vec![register.password.clone()],
            Self::Nothing | Self::Command(_) => Vec::new(),
        }
    }
}

impl Endpoint {
    /// Where an API is.
    #[must_use]
    pub fn site_of(&self, service: Service) -> &Site {
        self.apis.get(&service).unwrap_or(&self.site)
    }
}

impl Site {
    /// `host:port`, as in `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The prefix as a path: empty, or with a slash before it.
    #[must_use]
    pub fn path(&self) -> String {
        if self.prefix.is_empty() { String::new() } else { format!("/{}", self.prefix) }
    }
}

/// Whether a role is a function of a provider domain.
#[must_use]
pub fn is_of_domain(role: Role) -> bool {
    matches!(role, Role::ExposingFunction | Role::PublishingFunction | Role::ManagementFunction)
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
