//! Where an exposing function listens: one place for as long as it runs, whatever core function it belongs to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// Whose certificates are asked for.
    client_auth: Mutex<ClientAuth>,
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
        let client_auth = Mutex::new(ClientAuth::None);
        Ok(Self { office: Arc::clone(office), identity, client_auth, address, secure, plain })
    }

    /// Becomes the exposing function of a core function. Certificates of its invokers are asked for, and whether one is
    /// needed is settled for each (TS 33.122 6.5.2.3 step 5).
    pub(super) fn join(&self, told: &CoreFunction, membership: Membership) -> Result<(), StartError> {
        let roots = certificates_from_pem(&told.roots)?;
        let keys = told.token_key.as_deref().map(VerificationKey::all_from_pem).transpose()?;
        self.office.reset();
        *self.client_auth() = ClientAuth::Optional { roots };
        self.show(None)?;
        self.office.settle(Membership { token_keys: keys.unwrap_or_default(), ..membership });
        Ok(())
    }

    /// Shows its own certificate to whoever connects from now on, or another one.
    pub(super) fn show(&self, other: Option<Identity>) -> Result<(), StartError> {
        let identity = other.unwrap_or_else(|| self.identity.clone());
        let client_auth = self.client_auth().clone();
        Ok(self.secure.speak(ServerTls::Tls { identity, client_auth })?)
    }

    fn client_auth(&self) -> MutexGuard<'_, ClientAuth> {
        self.client_auth.lock().unwrap_or_else(PoisonError::into_inner)
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
