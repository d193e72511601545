//! Keys and certificates, good and deliberately bad. No rule of CAPIF is known here.

mod authority;
mod keys;
mod pem;
mod store;
mod summary;

pub use authority::{Authority, Flaw, LeafSpec, Usages};
pub use keys::{KeyKind, KeyPair, KeyPool, KeyRing, PublicKey};
pub use pem::{certificates_from_pem, certificates_to_pem, private_key_from_pem};
pub use store::{Store, StoreError};
pub use summary::{Summary, common_name, public_key_pem};

/// What cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A key.
    #[error("the {0} key cannot be made")]
    KeyGeneration(KeyKind, #[source] rcgen::Error),
    /// A certificate or a signing request of ours.
    #[error("the certificate of `{subject}` cannot be made")]
    Issuing {
        /// Whose certificate.
        subject: String,
        /// Why not.
        #[source]
        source: rcgen::Error,
    },
    /// A subject alternative name.
    #[error("`{0}` cannot be a subject alternative name")]
    Name(String, #[source] rcgen::Error),
    /// A PEM text.
    #[error("the PEM text cannot be read: {0}")]
    Pem(String),
    /// A public key, or a signing request for one.
    #[error("this is no public key and no certificate signing request: {0}")]
    PublicKey(String),
    /// A signing request whose key was not used to sign it.
    #[error("the signing request is not signed with its own key")]
    Unproven,
    /// What is kept on disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PkiError {
    fn issuing(subject: &str) -> impl FnOnce(rcgen::Error) -> Self {
        let subject = subject.to_owned();
        |source| Self::Issuing { subject, source }
    }
}
