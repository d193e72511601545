//! PEM texts (RFC 7468).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::pki::PkiError;

/// Every certificate of a PEM text, in its order. Peers send a leaf or a chain.
///
/// # Errors
/// When a block cannot be read, or there is no certificate.
pub fn certificates_from_pem(text: &str) -> Result<Vec<CertificateDer<'static>>, PkiError> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let certificates = certificates.map_err(|error| PkiError::Pem(error.to_string()))?;
    if certificates.is_empty() {
        return Err(PkiError::Pem("no certificate in it".to_owned()));
    }
    Ok(certificates)
}

/// Certificates as one PEM text.
#[must_use]
pub fn certificates_to_pem(chain: &[CertificateDer<'_>]) -> String {
    chain.iter().map(|certificate| block("CERTIFICATE", certificate)).collect()
}

/// The private key of a PEM text.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn private_key_from_pem(text: &str) -> Result<PrivateKeyDer<'static>, PkiError> {
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| PkiError::Pem(error.to_string()))
}

/// One PEM block.
pub(super) fn block(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut lines = Vec::new();
    let mut rest = encoded.as_str();
    while let Some((line, after)) = rest.split_at_checked(64) {
        lines.push(line);
        rest = after;
    }
    lines.push(rest);
    let body = lines.join("\n");
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", body.trim_end())
}
