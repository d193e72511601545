//! The reference exposing function: it registers its domain, publishes, serves its service APIs to whom it may, answers
//! initiations of authentication, and revokes and takes revocations (`AEF_Security_API`, TS 29.222 clauses 6 and 9).

mod desk;
mod office;
mod person;
mod premises;
mod rules;
mod service;

use std::net::SocketAddr;
use std::sync::Arc;

use crate::actors::control_surface;
use crate::actors::core_client::CoreClient;
use crate::actors::provider::Member;
use crate::actors::{Settings, StartError};
use crate::control::{CoreFunction, Publish};
use crate::pki::{Authority, Flaw};
use crate::wire::{Identity, Server};
use office::{Exposed, Membership, Office};
use person::Person;
use premises::Premises;

/// A running exposing function. Dropped, it stops.
#[derive(Debug)]
pub struct ExposingFunction {
    control: Server,
    office: Arc<Office>,
    premises: Arc<Premises>,
    root_pem: String,
}

/// An exposing function that somebody else enrolled.
pub struct Adoption<'a> {
    /// Its core function.
    pub core_function: &'a CoreFunction,
    /// The identifier that it was given.
    pub aef_id: &'a str,
    /// The certificate that it was given.
    pub identity: Identity,
}

impl ExposingFunction {
    /// Starts an exposing function that knows no core function yet, with the certificate that it should show or one with
    /// a flaw. It listens from the beginning, and refuses everything until it belongs to a core function.
    ///
    /// # Errors
    /// When no port can be had, or the material cannot be made.
    pub async fn start(settings: Settings, flaw: Option<Flaw>) -> Result<Self, StartError> {
        let names = settings.names();
        let authority = settings.certificate_authority(&names.fresh("aef-ca"))?;
        let identity = shown(&settings, &authority, flaw)?;
        let office = Arc::new(Office::new(settings.clone()));
        let premises = Arc::new(Premises::open(&office, identity).await?);
        let actor = Arc::new(Person { office: Arc::clone(&office), premises: Arc::clone(&premises) });
        let control = control_surface::open(actor, &settings).await?;
        Ok(Self { control, office, premises, root_pem: authority.root_pem() })
    }

    /// Where it is told to act.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control.address())
    }

    /// PEM of the root that its server certificate chains to.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.premises.address()
    }

    /// Host and port that others reach it by.
    #[must_use]
    pub fn interface(&self) -> (String, u16) {
        self.premises.interface()
    }

    /// Where it listens without TLS, to refuse whatever comes.
    #[must_use]
    pub fn plain_address(&self) -> SocketAddr {
        self.premises.plain_address()
    }

    /// Shows a certificate of an authority that nobody trusts to whoever connects from now on.
    ///
    /// # Errors
    /// When the material cannot be made.
    pub fn show_foreign(&self) -> Result<(), StartError> {
        let settings = &self.office.settings;
        let foreign = settings.certificate_authority(&settings.names().fresh("foreign-ca"))?;
        let identity = settings.server_identity(&foreign, &settings.names().fresh("aef"))?;
        self.premises.show(Some(identity))
    }

    /// Shows its own certificate again.
    ///
    /// # Errors
    /// When TLS cannot work with it.
    pub fn show_own(&self) -> Result<(), StartError> {
        self.premises.show(None)
    }

    /// Takes up the place of an exposing function that somebody else enrolled.
    ///
    /// # Errors
    /// When no port can be had, or the core function cannot be used.
    pub async fn adopt(&self, adoption: Adoption<'_>) -> Result<(), StartError> {
        let settings = &self.office.settings;
        let core = CoreClient::new(settings, adoption.core_function).await;
        let core = core.map_err(|unusable| StartError::CoreFunction(unusable.to_string()))?;
        let exposing = Member::of(settings, adoption.aef_id, adoption.identity);
        self.premises.join(adoption.core_function, Membership::new(core, exposing, None))
    }

    /// Exposes a service API that somebody else published for it.
    pub fn expose(&self, api_id: &str, publication: &Publish) {
        self.office.expose(Exposed::new(api_id, publication));
    }
}

/// The certificate that it listens with, with the flaw that a scenario wants of it.
fn shown(settings: &Settings, authority: &Authority, flaw: Option<Flaw>) -> Result<Identity, StartError> {
    let name = settings.names().fresh("aef");
    let Some(flaw) = flaw else {
        return settings.server_identity(authority, &name);
    };
    let key = settings.key()?;
    Ok(Identity::new(vec![authority.issue_flawed(&settings.server_leaf(&name), &key, flaw)?], &key.private_der())?)
}
