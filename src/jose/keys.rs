//! Keys, parsed once.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};
use x509_parser::public_key::PublicKey;

use crate::jose::JoseError;
use crate::jose::key_set::pem;

/// A private key that signs tokens: ES256 with an ECDSA P-256 key, RS256 with an RSA one.
#[derive(Debug)]
pub struct SigningKey(Kind);

#[derive(Debug)]
enum Kind {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl SigningKey {
    /// Reads a PKCS#8 private key.
    ///
    /// # Errors
    /// When it is of another kind.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, JoseError> {
        let ecdsa = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Kind::Es256);
        let either = ecdsa.or_else(|_other_kind| RsaKeyPair::from_pkcs8(der).map(Kind::Rs256));
        either.map(Self).map_err(|_rejected| JoseError::Key)
    }

    /// Name of the algorithm (RFC 7518 clause 3.1).
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match &self.0 {
            Kind::Es256(_) => "ES256",
            Kind::Rs256(_) => "RS256",
        }
    }

    /// The public key, to verify with and to publish.
    ///
    /// # Errors
    /// When the library cannot export it.
    pub fn verification_key(&self) -> Result<VerificationKey, JoseError> {
        let der = match &self.0 {
            Kind::Es256(pair) => pair.public_key().as_der(),
            Kind::Rs256(pair) => pair.public_key().as_der(),
        };
        VerificationKey::from_der(der.map_err(|_unspecified| JoseError::Key)?.as_ref())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        let random = SystemRandom::new();
        match &self.0 {
            Kind::Es256(pair) => pair.sign(&random, message).map(|made| made.as_ref().to_vec()),
            Kind::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map(|()| signature)
            }
        }
        .map_err(|_unspecified| JoseError::Signing)
    }
}

/// A public key that tokens are verified with.
#[derive(Clone, Debug)]
pub struct VerificationKey {
    algorithm: &'static str,
    der: Vec<u8>,
    key: ParsedPublicKey,
}

impl VerificationKey {
    /// Reads a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// When it is of another kind.
    pub fn from_der(der: &[u8]) -> Result<Self, JoseError> {
        let (rest, info) = SubjectPublicKeyInfo::from_der(der).map_err(|_unreadable| JoseError::Key)?;
        let is_rsa = matches!(info.parsed(), Ok(PublicKey::RSA(_)));
        let key = if is_rsa {
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &*info.subject_public_key.data)
        } else {
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &*info.subject_public_key.data)
        };
        match key {
            Ok(key) if rest.is_empty() => {
                Ok(Self { algorithm: if is_rsa { "RS256" } else { "ES256" }, der: der.to_vec(), key })
            }
            Ok(_) | Err(_) => Err(JoseError::Key),
        }
    }

    /// Reads a PEM public key.
    ///
    /// # Errors
    /// When it is none, or of another kind.
    pub fn from_pem(text: &str) -> Result<Self, JoseError> {
        match x509_parser::pem::parse_x509_pem(text.as_bytes()) {
            Ok((_rest, block)) if block.label == "PUBLIC KEY" => Self::from_der(&block.contents),
            Ok(_) | Err(_) => Err(JoseError::Key),
        }
    }

    /// Reads every PEM public key of a text that is of a kind known here; a set of keys may hold others.
    ///
    /// # Errors
    /// When there is none.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, JoseError> {
        let blocks = x509_parser::pem::Pem::iter_from_buffer(text.as_bytes()).filter_map(Result::ok);
        let public = blocks.filter(|block| block.label == "PUBLIC KEY");
        let keys: Vec<Self> = public.filter_map(|block| Self::from_der(&block.contents).ok()).collect();
        if keys.is_empty() { Err(JoseError::Key) } else { Ok(keys) }
    }

    /// Name of the algorithm that this key verifies.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// The key as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        pem(&self.der)
    }

    /// The key as a JSON Web Key (RFC 7517, RFC 7518 clause 6).
    #[must_use]
    pub fn jwk(&self, key_id: &str) -> Value {
        let mut jwk = self.parameters().unwrap_or_default();
        for (name, value) in [("use", "sig"), ("alg", self.algorithm), ("kid", key_id)] {
            jwk.push((name, value.to_owned()));
        }
        jwk.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
    }

    pub(super) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    fn parameters(&self) -> Option<Vec<(&'static str, String)>> {
        let base64url = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (_rest, info) = SubjectPublicKeyInfo::from_der(&self.der).ok()?;
        if let Ok(PublicKey::RSA(key)) = info.parsed() {
            let without_sign = |bytes: &[u8]| base64url(bytes.strip_prefix(&[0]).unwrap_or(bytes));
            return Some(vec![
                ("kty", "RSA".to_owned()),
                ("n", without_sign(key.modulus)),
                ("e", without_sign(key.exponent)),
            ]);
        }
        // An uncompressed point: 4, then both coordinates (SEC 1 clause 2.3.3).
        let coordinates = info.subject_public_key.data.strip_prefix(&[4])?;
        let (x, y) = coordinates.split_at_checked(32)?;
        Some(vec![("kty", "EC".to_owned()), ("crv", "P-256".to_owned()), ("x", base64url(x)), ("y", base64url(y))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ecdsa() -> SigningKey {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        SigningKey::from_pkcs8(pair.to_pkcs8v1().unwrap().as_ref()).unwrap()
    }

    #[test]
    fn a_public_key_survives_pem() {
        let key = ecdsa().verification_key().unwrap();
        let again = VerificationKey::from_pem(&key.pem()).unwrap();
        assert_eq!((&again.der, again.algorithm), (&key.der, "ES256"));
        let two = format!("{}{}", key.pem(), ecdsa().verification_key().unwrap().pem());
        assert_eq!(VerificationKey::all_from_pem(&two).unwrap().len(), 2);
    }

    #[test]
    fn a_jwk_is_what_another_library_reads() {
        let signing = ecdsa();
        let jwk = signing.verification_key().unwrap().jwk("k1");
        assert_eq!((&jwk["kty"], &jwk["kid"]), (&Value::from("EC"), &Value::from("k1")));
        let key = serde_json::from_value::<jsonwebtoken::jwk::Jwk>(jwk).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
        let token = crate::jose::sign(&signing, r#"{"alg":"ES256"}"#, r#"{"iss":"ccf"}"#).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        let read = jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap();
        assert_eq!(read.claims["iss"], "ccf");
    }

    #[test]
    fn other_keys_are_refused() {
        assert_eq!(SigningKey::from_pkcs8(b"no key").unwrap_err(), JoseError::Key);
        assert_eq!(VerificationKey::from_der(b"no key").unwrap_err(), JoseError::Key);
        assert_eq!(VerificationKey::from_pem("no key").unwrap_err(), JoseError::Key);
        assert_eq!(VerificationKey::all_from_pem("no key").unwrap_err(), JoseError::Key);
    }
}
