//! The reference peers: real servers and clients, correct by default, told to lie by a set of faults.
//!
//! A peer is reached through its sockets only. It never shares payload types or rules with the judges of it; it reads
//! and writes JSON with types of its own.

pub mod core_function;
pub mod exposing_function;
pub mod invoker;
pub mod owner_function;

mod control_surface;
mod core_client;
mod form;
mod json;
mod problem;
mod provider;
mod uri;

#[cfg(test)]
mod acts;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Deadlines, Names};
use crate::fault::FaultSet;
use crate::jose::{JoseError, SigningKey};
use crate::pki::{Authority, KeyKind, KeyPair, KeyRing, LeafSpec, PkiError};
use crate::spec::{Readings, Release};
use crate::wire::{BadMaterial, Caller, Gate, Handler, Identity, Party, Ports, Server, ServerTls, Timeline};

/// The keys of one lab, dealt to its peers in turn so that no two get the same.
pub type Keys = Arc<Mutex<KeyRing>>;

/// What every peer is started with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name in the record.
    pub party: Party,
    /// Protocol time.
    pub clock: Clock,
    /// The record.
    pub timeline: Timeline,
    /// Wrong behaviours; none by default.
    pub faults: FaultSet,
    /// What its names are drawn from, together with the party.
    pub seed: u64,
    /// Where its keys come from.
    pub keys: Keys,
    /// The release that it speaks.
    pub release: Release,
    /// Where it listens.
    pub ports: Ports,
    /// Upper bounds of its waits.
    pub deadlines: Deadlines,
    /// The tester's hand on its answers.
    pub gate: Gate,
    /// Which readings it holds to where texts disagree.
    pub readings: Readings,
}

/// A peer could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port could be had.
    #[error("cannot listen on {address}")]
    Listening {
        /// Where.
        address: IpAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The core function that it was told of cannot be used.
    #[error("the core function cannot be used: {0}")]
    CoreFunction(String),
    /// No key or certificate could be made.
    #[error("cannot make keys and certificates")]
    Certificates(#[from] PkiError),
    /// No token key could be made.
    #[error("cannot make token keys")]
    Tokens(#[from] JoseError),
    /// TLS cannot work with what was made.
    #[error("cannot use the certificates made")]
    Material(#[from] BadMaterial),
}

impl Settings {
    fn names(&self) -> Names {
        Names::new(self.seed, self.party.name())
    }

    fn caller(&self) -> Caller {
        Caller::new(self.timeline.clone(), self.clock.clone(), self.deadlines)
    }

    fn key(&self) -> Result<KeyPair, PkiError> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).deal(KeyKind::EcdsaP256)
    }

    fn signing_key(&self) -> Result<SigningKey, StartError> {
        let key = self.key()?.private_der();
        Ok(SigningKey::from_pkcs8(key.secret_der())?)
    }

    /// A server certificate for the address that this peer listens on.
    fn server_identity(&self, authority: &Authority, common_name: &str) -> Result<Identity, StartError> {
        let key = self.key()?;
        let certificate = authority.issue(&self.server_leaf(common_name), &key.public()?)?;
        Ok(Identity::new(vec![certificate], &key.private_der())?)
    }

    /// What a server certificate of this peer says, for every name that it is reached by.
    fn server_leaf(&self, common_name: &str) -> LeafSpec {
        let bound = self.ports.bound().to_string();
        let mut names = vec![bound.as_str(), "localhost"];
        if self.ports.host() != bound && self.ports.host() != "localhost" {
            names.push(self.ports.host());
        }
        LeafSpec::server(common_name, &names, &self.clock)
    }

    async fn bind(&self, tls: ServerTls, handler: Arc<dyn Handler>) -> Result<Server, StartError> {
        let handler = self.gate.before(handler);
        self.ports
            .serve(self.party.clone(), tls, handler, self.timeline.clone(), self.clock.clone())
            .await
            .map_err(|source| StartError::Listening { address: self.ports.bound(), source })
    }

    /// The same at an address that it listened at before; the server there ends first.
    async fn rebind(
        &self,
        before: Option<Server>,
        address: SocketAddr,
        tls: ServerTls,
        handler: Arc<dyn Handler>,
    ) -> Result<Server, StartError> {
        if let Some(before) = before {
            before.close().await;
        }
        let handler = self.gate.before(handler);
        Server::bind(self.party.clone(), tls, handler, self.timeline.clone(), self.clock.clone(), address)
            .await
            .map_err(|source| StartError::Listening { address: address.ip(), source })
    }

    /// How a server of this peer is reached by others: its advertised host, and its port.
    fn authority(&self, server: &Server) -> String {
        format!("{}:{}", self.ports.host(), server.address().port())
    }
}
