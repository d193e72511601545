//! Key pairs, the pool they are dealt from, and public keys of others.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rcgen::{CertificateParams, DistinguishedName, DnType, PublicKeyData, SubjectPublicKeyInfo};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::clock::Names;
use crate::pki::{PkiError, pem};

/// RSA keys of a pool: they are slow to make and seldom needed.
const RSA_SLOTS: usize = 4;

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDSA on P-256.
    EcdsaP256,
    /// RSA with 2048 bits.
    Rsa2048,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::Rsa2048 => "RSA-2048",
        })
    }
}

/// A private key with its public one.
#[derive(Clone, Debug)]
pub struct KeyPair(Arc<rcgen::KeyPair>);

impl KeyPair {
    /// Makes a key. RSA takes about a tenth of a second.
    ///
    /// # Errors
    /// When the machine cannot.
    pub fn generate(kind: KeyKind) -> Result<Self, PkiError> {
        let algorithm = match kind {
            KeyKind::EcdsaP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyKind::Rsa2048 => &rcgen::PKCS_RSA_SHA256,
        };
        rcgen::KeyPair::generate_for(algorithm)
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|error| PkiError::KeyGeneration(kind, error))
    }

    /// Reads a PEM private key, PKCS#8.
    ///
    /// # Errors
    /// When the text is none, or of a kind that we do not use.
    pub fn from_pem(text: &str) -> Result<Self, PkiError> {
        let pair = rcgen::KeyPair::from_pem(text).map_err(|error| PkiError::Pem(format!("no private key: {error}")))?;
        Ok(Self(Arc::new(pair)))
    }

    /// The private key, PKCS#8.
    #[must_use]
    pub fn private_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.0.serialize_der()))
    }

    /// The same as PEM.
    #[must_use]
    pub fn private_pem(&self) -> String {
        pem::block("PRIVATE KEY", self.0.serialized_der())
    }

    /// The public key, `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_der(&self) -> Vec<u8> {
        self.0.subject_public_key_info()
    }

    /// The same as PEM.
    #[must_use]
    pub fn public_pem(&self) -> String {
        pem::block("PUBLIC KEY", &self.public_der())
    }

    /// The public key, as something a certificate can be issued for.
    ///
    /// # Errors
    /// When the key is of a kind that no certificate carries.
    pub fn public(&self) -> Result<PublicKey, PkiError> {
        PublicKey::from_der(&self.public_der(), None)
    }

    /// A certificate signing request (PKCS#10) as PEM.
    ///
    /// # Errors
    /// When the name cannot stand in one.
    pub fn csr(&self, common_name: &str) -> Result<String, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        let request = params.serialize_request(&*self.0).map_err(PkiError::issuing(common_name))?;
        Ok(pem::block("CERTIFICATE REQUEST", request.der()))
    }

    pub(super) fn signing(&self) -> &rcgen::KeyPair {
        &self.0
    }
}

/// A public key that somebody sent, and the name they asked for if they sent a signing request.
#[derive(Clone, Debug)]
pub struct PublicKey {
    info: SubjectPublicKeyInfo,
    common_name: Option<String>,
}

impl PublicKey {
    /// Reads a PEM public key, or a PEM signing request (whose signature must be its own key's).
    ///
    /// # Errors
    /// When the text is neither.
    pub fn from_pem(text: &str) -> Result<Self, PkiError> {
        let unreadable = |error: &dyn fmt::Display| PkiError::PublicKey(error.to_string());
        let (_rest, block) = x509_parser::pem::parse_x509_pem(text.as_bytes()).map_err(|e| unreadable(&e))?;
        match block.label.as_str() {
            "PUBLIC KEY" => Self::from_der(&block.contents, None),
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Self::from_csr(&block.contents),
            other => Err(unreadable(&format!("a `{other}` block"))),
        }
    }

    /// Common name that a signing request asked for.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The key, `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn der(&self) -> Vec<u8> {
        self.info.subject_public_key_info()
    }

    fn from_csr(der: &[u8]) -> Result<Self, PkiError> {
        let (_rest, request) =
            X509CertificationRequest::from_der(der).map_err(|error| PkiError::PublicKey(error.to_string()))?;
        request.verify_signature().map_err(|_invalid| PkiError::Unproven)?;
        let info = &request.certification_request_info;
        let mut names = info.subject.iter_common_name();
        let common_name = names.next().and_then(|name| name.as_str().ok()).map(str::to_owned);
        Self::from_der(info.subject_pki.raw, common_name)
    }

    fn from_der(der: &[u8], common_name: Option<String>) -> Result<Self, PkiError> {
        let info = SubjectPublicKeyInfo::from_der(der).map_err(|error| PkiError::PublicKey(error.to_string()))?;
        Ok(Self { info, common_name })
    }

    pub(super) fn info(&self) -> &SubjectPublicKeyInfo {
        &self.info
    }
}

/// Keys made beforehand, shared by every thread of a run.
#[derive(Clone, Debug)]
pub struct KeyPool(Arc<Slots>);

#[derive(Debug)]
struct Slots {
    ecdsa: Vec<KeyPair>,
    rsa: [OnceLock<KeyPair>; RSA_SLOTS],
}

impl KeyPool {
    /// Makes this many ECDSA keys; RSA keys follow when one is asked for.
    ///
    /// # Errors
    /// When the machine cannot.
    pub fn new(slots: usize) -> Result<Self, PkiError> {
        let ecdsa = std::iter::repeat_with(|| KeyPair::generate(KeyKind::EcdsaP256)).take(slots);
        Ok(Self(Arc::new(Slots { ecdsa: ecdsa.collect::<Result<_, _>>()?, rsa: Default::default() })))
    }

    /// The keys in an order of the seed's choosing.
    #[must_use]
    pub fn ring(&self, names: &Names) -> KeyRing {
        let mut ecdsa: Vec<usize> = (0..self.0.ecdsa.len()).collect();
        let mut rsa: Vec<usize> = (0..RSA_SLOTS).collect();
        names.shuffle(&mut ecdsa);
        names.shuffle(&mut rsa);
        KeyRing { pool: self.clone(), ecdsa, rsa }
    }
}

/// Deals the keys of a pool, each once; beyond them, new ones.
#[derive(Clone, Debug)]
pub struct KeyRing {
    pool: KeyPool,
    ecdsa: Vec<usize>,
    rsa: Vec<usize>,
}

impl KeyRing {
    /// A key that this ring has not dealt yet.
    ///
    /// # Errors
    /// When one must be made and cannot.
    pub fn deal(&mut self, kind: KeyKind) -> Result<KeyPair, PkiError> {
        let slots = &self.pool.0;
        let dealt = match kind {
            KeyKind::EcdsaP256 => self.ecdsa.pop().and_then(|slot| slots.ecdsa.get(slot)).cloned(),
            KeyKind::Rsa2048 => match self.rsa.pop().and_then(|slot| slots.rsa.get(slot)) {
                Some(slot) => Some(filled(slot, kind)?),
                None => None,
            },
        };
        dealt.map_or_else(|| KeyPair::generate(kind), Ok)
    }
}

/// Two threads may both make the key; the first one stays.
fn filled(slot: &OnceLock<KeyPair>, kind: KeyKind) -> Result<KeyPair, PkiError> {
    if let Some(pair) = slot.get() {
        return Ok(pair.clone());
    }
    let made = KeyPair::generate(kind)?;
    Ok(slot.get_or_init(|| made).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_key_arrives_as_key_or_as_request() {
        for kind in [KeyKind::EcdsaP256, KeyKind::Rsa2048] {
            let pair = KeyPair::generate(kind).unwrap();
            let plain = PublicKey::from_pem(&pair.public_pem()).unwrap();
            let asked = PublicKey::from_pem(&pair.csr("invoker-1").unwrap()).unwrap();
            assert_eq!(plain.der(), pair.public_der());
            assert_eq!(asked.der(), pair.public_der());
            assert_eq!((plain.common_name(), asked.common_name()), (None, Some("invoker-1")));
        }
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let pair = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        assert!(matches!(PublicKey::from_pem(""), Err(PkiError::PublicKey(_))));
        assert!(matches!(PublicKey::from_pem(&pair.private_pem()), Err(PkiError::PublicKey(_))));
        let swapped = pem::block("CERTIFICATE REQUEST", &pair.public_der());
        assert!(matches!(PublicKey::from_pem(&swapped), Err(PkiError::PublicKey(_))));
    }

    #[test]
    fn a_request_must_prove_its_key() {
        let pair = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let text = pair.csr("invoker-1").unwrap();
        let (_rest, block) = x509_parser::pem::parse_x509_pem(text.as_bytes()).unwrap();
        let mut der = block.contents;
        *der.last_mut().unwrap() ^= 1;
        let forged = pem::block("CERTIFICATE REQUEST", &der);
        assert!(matches!(PublicKey::from_pem(&forged), Err(PkiError::Unproven)));
    }

    #[test]
    fn a_ring_deals_each_slot_once_in_the_order_of_the_seed() {
        let pool = KeyPool::new(3).unwrap();
        let deal = |seed| {
            let mut ring = pool.ring(&Names::new(seed, "keys"));
            std::array::from_fn::<_, 4, _>(|_| ring.deal(KeyKind::EcdsaP256).unwrap().public_der())
        };
        let (first, again) = (deal(1), deal(1));
        assert_eq!(first[..3], again[..3]);
        assert_ne!(first[3], again[3], "beyond the pool, keys are new");
        let mut different = first.to_vec();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 4);
    }
}
