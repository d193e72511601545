//! Where an exposing function listens: one place for as long as it runs, whatever core function it belongs to.

use std::net::SocketAddr;
use std::sync::Arc;

use super::desk::Desk;
use super::office::{Membership, Office};
use crate::actors::StartError;
use crate::control::CoreFunction;
use crate::jose::VerificationKey;
use crate::pki::certificates_from_pem;
use crate::wire::{ClientAuth, Handler, Identity, Server, ServerTls};

/// The servers of an exposing function. The office does not hold them, so that they end with who does.
#[derive(Debug)]
pub(super) struct Premises {
    office: Arc<Office>,
    /// What it listens with.
    identity: Identity,
    address: SocketAddr,
    secure: Server,
    plain: Server,
}

impl Premises {
    /// Begins to listen. Nobody is asked for a certificate: it is not known yet whose invokers come, and all are refused.
    pub(super) async fn open(office: &Arc<Office>, identity: Identity) -> Result<Self, StartError> {
        let desk: Arc<dyn Handler> = Arc::new(Desk(Arc::clone(office)));
        let tls = ServerTls::Tls { identity: identity.clone(), client_auth: ClientAuth::None };
        let secure = office.settings.bind(tls, Arc::clone(&desk)).await?;
        let plain = office.settings.bind(ServerTls::Plain, desk).await?;
        let address = secure.address();
        Ok(Self { office: Arc::clone(office), identity, address, secure, plain })
    }

    /// Becomes the exposing function of a core function. Certificates of its invokers are asked for, and whether one is
    /// needed is settled for each (TS 33.122 6.5.2.3 step 5).
    pub(super) fn join(&self, told: &CoreFunction, membership: Membership) -> Result<(), StartError> {
        let roots = certificates_from_pem(&told.roots)?;
        let keys = told.token_key.as_deref().map(VerificationKey::all_from_pem).transpose()?;
        let tls = ServerTls::Tls { identity: self.identity.clone(), client_auth: ClientAuth::Optional { roots } };
        self.office.reset();
        self.secure.speak(tls)?;
        self.office.settle(Membership { token_keys: keys.unwrap_or_default(), ..membership });
        Ok(())
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn plain_address(&self) -> SocketAddr {
        self.plain.address()
    }

    /// Host and port that others reach it by.
    pub(super) fn interface(&self) -> (String, u16) {
        (self.office.settings.ports.host().to_owned(), self.address.port())
    }
}
