//! TLS material and configurations, prepared once; what a handshake showed, even one that failed.

use std::io;
use std::sync::{Arc, LazyLock};

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, CommonState, Error, RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::clock::Clock;
use crate::wire::noting::{
    AcceptsWithoutRoot, NotingClientVerifier, NotingServerVerifier, SeenChain, ShownIdentity, der,
};
use crate::wire::{End, Outcome, TlsFacts, alert};

/// A certificate chain and its private key. Whether they fit together is not asked: a misfit is a stimulus too.
#[derive(Clone, Debug)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// The identity of a chain (leaf first) and a key.
    ///
    /// # Errors
    /// When the key is of no kind that TLS could sign with.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'static>) -> Result<Self, BadMaterial> {
        let key = aws_lc_rs::sign::any_supported_type(key).map_err(BadMaterial::Key)?;
        Ok(Self(Arc::new(CertifiedKey::new(chain, key))))
    }

    /// The chain, leaf first.
    #[must_use]
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.cert
    }
}

/// Two identities that show the same chain are the same to a peer.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.cert == other.0.cert
    }
}

/// What a client holds a server's certificate against.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Roots, or the one certificate: what tells one trust from another.
    roots: Vec<CertificateDer<'static>>,
    verifier: Arc<dyn ServerCertVerifier>,
}

impl Trust {
    /// Chains that end in one of these roots, for the name called, now.
    ///
    /// # Errors
    /// When there is no root, or one cannot be read.
    pub fn roots(roots: Vec<CertificateDer<'static>>) -> Result<Self, BadMaterial> {
        let store = root_store(&roots)?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(store, provider()).build().map_err(BadMaterial::Roots)?;
        Ok(Self { roots, verifier })
    }

    /// Any certificate whose key the server can prove to hold.
    #[must_use]
    pub fn anything() -> Self {
        Self::without_root(None)
    }

    /// This very certificate, whoever issued it and for whatever name.
    #[must_use]
    pub fn certificate(leaf: CertificateDer<'static>) -> Self {
        Self::without_root(Some(leaf))
    }

    fn without_root(only: Option<CertificateDer<'static>>) -> Self {
        let roots = only.iter().cloned().collect();
        let algorithms = provider().signature_verification_algorithms;
        Self { roots, verifier: Arc::new(AcceptsWithoutRoot { only, algorithms }) }
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        self.roots == other.roots
    }
}

/// Protocol versions that a client offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versions {
    /// TLS 1.2 and 1.3.
    #[default]
    Both,
    /// TLS 1.2 alone.
    Tls12,
    /// TLS 1.3 alone.
    Tls13,
}

impl Versions {
    fn supported(self) -> Vec<&'static SupportedProtocolVersion> {
        match self {
            Self::Both => vec![&TLS13, &TLS12],
            Self::Tls12 => vec![&TLS12],
            Self::Tls13 => vec![&TLS13],
        }
    }
}

/// Material that TLS cannot work with.
#[derive(Debug, thiserror::Error)]
pub enum BadMaterial {
    /// The private key.
    #[error("the private key cannot be used for TLS")]
    Key(#[source] Error),
    /// A root certificate.
    #[error("a root certificate cannot be read")]
    Root(#[source] Error),
    /// The set of roots.
    #[error("the root certificates cannot be used")]
    Roots(#[source] rustls::server::VerifierBuilderError),
    /// The configuration as a whole.
    #[error("TLS cannot be configured")]
    Configuration(#[source] Error),
}

/// One client handshake: its configuration and what it shows. A fresh one per connection, so that a failed handshake
/// leaves its evidence too; all costly parts are shared.
pub(super) struct ClientHandshake {
    pub(super) config: Arc<ClientConfig>,
    seen: Arc<SeenChain>,
    shown: Option<Arc<ShownIdentity>>,
}

impl ClientHandshake {
    pub(super) fn new(
        trust: &Trust,
        versions: Versions,
        identity: Option<&Identity>,
        clock: &Clock,
    ) -> Result<Self, BadMaterial> {
        let seen = Arc::new(SeenChain::default());
        let verifier = NotingServerVerifier { inner: Arc::clone(&trust.verifier), seen: Arc::clone(&seen) };
        let shown = identity.map(|identity| Arc::new(ShownIdentity::new(Arc::clone(&identity.0))));
        let builder = ClientConfig::builder_with_details(provider(), Arc::new(clock.clone()))
            .with_protocol_versions(&versions.supported())
            .map_err(BadMaterial::Configuration)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &shown {
            Some(shown) => builder.with_client_cert_resolver(Arc::clone(shown) as Arc<dyn ResolvesClientCert>),
            None => builder.with_no_client_auth(),
        };
        // A resumed session would not show the chains again.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = http11();
        Ok(Self { config: Arc::new(config), seen, shown })
    }

    /// Facts so far; `agreed` when the handshake came to its end.
    pub(super) fn facts(&self, name: &ServerName<'_>, agreed: Option<&CommonState>) -> TlsFacts {
        TlsFacts {
            server_chain: self.seen.chain(),
            client_chain: self.shown.as_ref().map(|shown| shown.chain()).unwrap_or_default(),
            server_name: matches!(name, ServerName::DnsName(_)).then(|| name.to_str().into_owned()),
            ..agreed.map(agreement).unwrap_or_default()
        }
    }
}

/// What a server needs for each handshake.
#[derive(Clone)]
pub(super) struct ServerSide {
    identity: Identity,
    verifier: Arc<dyn ClientCertVerifier>,
    clock: Clock,
}

impl ServerSide {
    pub(super) fn without_client_auth(identity: Identity, clock: Clock) -> Self {
        Self { identity, verifier: WebPkiClientVerifier::no_client_auth(), clock }
    }

    pub(super) fn with_client_auth(
        identity: Identity,
        roots: &[CertificateDer<'static>],
        required: bool,
        clock: Clock,
    ) -> Result<Self, BadMaterial> {
        let builder = WebPkiClientVerifier::builder_with_provider(root_store(roots)?, provider());
        let builder = if required { builder } else { builder.allow_unauthenticated() };
        Ok(Self { identity, verifier: builder.build().map_err(BadMaterial::Roots)?, clock })
    }
}

/// One server handshake, as [`ClientHandshake`].
pub(super) struct ServerHandshake {
    pub(super) config: Arc<ServerConfig>,
    seen: Arc<SeenChain>,
    identity: Identity,
}

impl ServerHandshake {
    pub(super) fn new(side: &ServerSide) -> Result<Self, BadMaterial> {
        let seen = Arc::new(SeenChain::default());
        let verifier = NotingClientVerifier { inner: Arc::clone(&side.verifier), seen: Arc::clone(&seen) };
        let mut config = ServerConfig::builder_with_details(provider(), Arc::new(side.clock.clone()))
            .with_protocol_versions(&Versions::Both.supported())
            .map_err(BadMaterial::Configuration)?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&side.identity.0))));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols = http11();
        Ok(Self { config: Arc::new(config), seen, identity: side.identity.clone() })
    }

    pub(super) fn facts(&self, name: Option<&str>, agreed: Option<&CommonState>) -> TlsFacts {
        TlsFacts {
            server_chain: der(self.identity.chain()),
            client_chain: self.seen.chain(),
            server_name: name.map(str::to_owned),
            ..agreed.map(agreement).unwrap_or_default()
        }
    }
}

/// How a handshake failed, seen from one end, and the alert that went with it.
pub(super) fn failure(seen_by: End, error: &io::Error) -> (Outcome, Option<String>) {
    let Some(error) = rustls_error(error) else {
        return (Outcome::ClosedWithoutAnswer, None);
    };
    let other = match seen_by {
        End::Client => End::Server,
        End::Server => End::Client,
    };
    let received = received_alert(error).map(|alert| (other, alert));
    let refusal = received.or_else(|| alert::sent_for(error).map(|alert| (seen_by, alert)));
    let Some((by, alert)) = refusal else {
        let why = format!("the TLS handshake failed: {error}");
        return (Outcome::Malformed { why }, None);
    };
    let sent = alert.clone();
    (Outcome::HandshakeRefused { by, alert }, Some(sent))
}

/// The fatal alert that an I/O error carries, by its RFC name.
pub(super) fn alert_in(error: &io::Error) -> Option<String> {
    rustls_error(error).and_then(received_alert)
}

fn received_alert(error: &Error) -> Option<String> {
    if let Error::AlertReceived(alert) = error { Some(alert::name_of(*alert)) } else { None }
}

fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));
    Arc::clone(&PROVIDER)
}

fn root_store(roots: &[CertificateDer<'static>]) -> Result<Arc<RootCertStore>, BadMaterial> {
    let mut store = RootCertStore::empty();
    for root in roots {
        store.add(root.clone()).map_err(BadMaterial::Root)?;
    }
    Ok(Arc::new(store))
}

fn agreement(session: &CommonState) -> TlsFacts {
    let alpn = session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
    TlsFacts {
        version: session.protocol_version().and_then(|version| version.as_str()).map(dotted),
        suite: session
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            // rustls marks the suites of TLS 1.3 in its own way.
            .map(|name| name.replacen("TLS13_", "TLS_", 1)),
        alpn,
        ..TlsFacts::default()
    }
}

/// `TLSv1_3` as people write it.
fn dotted(version: &str) -> String {
    version.replace('_', ".")
}

fn http11() -> Vec<Vec<u8>> {
    vec![b"http/1.1".to_vec()]
}
