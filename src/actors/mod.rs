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
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Deadlines, Names};
use crate::fault::FaultSet;
use crate::jose::{JoseError, SigningKey};
use crate::pki::{Authority, KeyKind, KeyPair, KeyRing, LeafSpec, PkiError, Store};
use crate::spec::{self, Readings, Release};
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
    /// The one port at which others expect it; one of those without.
    pub port: Option<u16>,
    /// Upper bounds of its waits.
    pub deadlines: Deadlines,
    /// The tester's hand on its answers.
    pub gate: Gate,
    /// Which readings it holds to where texts disagree.
    pub readings: Readings,
    /// Where its authority, keys and secrets are kept; they are its own for as long as it runs without.
    pub store: Option<Store>,
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

/// What a server certificate of a peer says, for every name that it is reached by.
#[must_use]
pub fn server_leaf(ports: &Ports, common_name: &str, clock: &Clock) -> LeafSpec {
    let bound = ports.bound().to_string();
    let mut names = vec![bound.as_str(), "localhost"];
    if ports.host() != bound && ports.host() != "localhost" {
        names.push(ports.host());
    }
    LeafSpec::server(common_name, &names, clock)
}

/// The name under which the authority of a peer is kept. Peers of one role share it: it is imported once.
#[must_use]
pub fn authority_name(party: &Party) -> String {
    let role = spec::Party::named(party.name()).map(|party| party.role.code());
    format!("{}-ca", role.unwrap_or(party.name()))
}

/// The name under which something of a peer is kept: a key, or a secret.
#[must_use]
pub fn kept_name(party: &Party, kind: &str) -> String {
    format!("{party}-{kind}")
}

/// The kind of key that access tokens are signed with.
pub const TOKEN_KEY: &str = "token";

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

    /// The key that signs tokens of one kind.
    fn signing_key(&self, kind: &str) -> Result<SigningKey, StartError> {
        match &self.store {
            Some(store) => Ok(SigningKey::from_pkcs8(store.key(&self.kept(kind))?.private_der().secret_der())?),
            None => self.unkept_signing_key(),
        }
    }

    fn unkept_signing_key(&self) -> Result<SigningKey, StartError> {
        Ok(SigningKey::from_pkcs8(self.key()?.private_der().secret_der())?)
    }

    /// The authority of this peer, of this name where it is made for this run only.
    fn certificate_authority(&self, common_name: &str) -> Result<Authority, StartError> {
        Ok(match &self.store {
            Some(store) => store.authority(&authority_name(&self.party), &self.clock)?,
            None => Authority::new(common_name, &self.key()?, &self.clock)?,
        })
    }

    /// A secret of this peer, this one where it is for this run only.
    fn secret(&self, kind: &str, made: String) -> Result<String, StartError> {
        Ok(match &self.store {
            Some(store) => store.secret(&self.kept(kind))?,
            None => made,
        })
    }

    fn kept(&self, kind: &str) -> String {
        kept_name(&self.party, kind)
    }

    /// A server certificate for the address that this peer listens on.
    fn server_identity(&self, authority: &Authority, common_name: &str) -> Result<Identity, StartError> {
        let leaf = self.server_leaf(common_name);
        let (key, certificate) = if let Some(store) = &self.store {
            store.server(self.party.name(), authority, &leaf, &self.clock)?
        } else {
            let key = self.key()?;
            let certificate = authority.issue(&leaf, &key.public()?)?;
            (key, certificate)
        };
        Ok(Identity::new(vec![certificate], &key.private_der())?)
    }

    fn server_leaf(&self, common_name: &str) -> LeafSpec {
        server_leaf(&self.ports, common_name, &self.clock)
    }

    async fn bind(&self, tls: ServerTls, handler: Arc<dyn Handler>) -> Result<Server, StartError> {
        self.bind_at(None, tls, handler).await
    }

    /// A server at this very port, where one is named.
    async fn bind_at(
        &self,
        port: Option<u16>,
        tls: ServerTls,
        handler: Arc<dyn Handler>,
    ) -> Result<Server, StartError> {
        let handler = self.gate.before(handler);
        let ports = port.map_or_else(|| self.ports.clone(), |port| self.ports.exactly(port..=port));
        ports
            .serve(self.party.clone(), tls, handler, self.timeline.clone(), self.clock.clone())
            .await
            .map_err(|source| StartError::Listening { address: self.ports.bound(), source })
    }

    /// How a server of this peer is reached by others: its advertised host, and its port.
    fn authority(&self, server: &Server) -> String {
        self.ports.authority(server.address().port())
    }
}
