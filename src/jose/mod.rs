//! JSON Web Signatures in compact form (RFC 7515), made and read by hand.
//!
//! By hand, because the peers sign and verify on the hot path with keys parsed once, and because a tester needs tokens
//! that no library would make: header and claims are signed as the texts they are given as. Claims have no meaning here.

mod key_set;
mod keys;
mod token;

pub use key_set::{NoKeySet, SetKey, key_set};
pub use keys::{SigningKey, VerificationKey};
pub use token::{Parts, sign, sign_with_secret, unsigned, verify};

/// What cannot be done with a key or a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Neither ECDSA P-256 nor RSA.
    #[error("the key is neither ECDSA P-256 nor RSA of 2048 to 8192 bits")]
    Key,
    /// The cryptographic library failed.
    #[error("the token cannot be signed")]
    Signing,
    /// Not three parts.
    #[error("a compact token has three parts, this has {0}")]
    PartCount(usize),
    /// A part is not base64url without padding.
    #[error("the {0} of the token is not base64url without padding")]
    Base64(&'static str),
    /// A part is not UTF-8.
    #[error("the {0} of the token is not text")]
    Text(&'static str),
    /// The header is no JSON object with an `alg`.
    #[error("the header of the token names no algorithm")]
    NoAlgorithm,
    /// The header names another algorithm than the key's.
    #[error("the token says `{said}`, the key is for `{expected}`")]
    Algorithm {
        /// In the header.
        said: String,
        /// Of the key.
        expected: &'static str,
    },
    /// The signature is not the key's over this header and these claims.
    #[error("the signature of the token is not valid")]
    Signature,
}
