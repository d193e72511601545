//! Compact tokens: made, cut apart, spoilt, verified.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::jose::{JoseError, SigningKey, VerificationKey};

/// A token signed with a private key. The header is signed as given, even where it names another algorithm.
///
/// # Errors
/// When the library cannot sign.
pub fn sign(key: &SigningKey, header: &str, claims: &str) -> Result<String, JoseError> {
    let message = signing_input(header, claims);
    let signature = key.sign(message.as_bytes())?;
    Ok(joined(&message, &signature))
}

/// A token with an HMAC-SHA256 over a secret, such as the text of somebody's public key.
#[must_use]
pub fn sign_with_secret(secret: &[u8], header: &str, claims: &str) -> String {
    let message = signing_input(header, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    joined(&message, hmac::sign(&key, message.as_bytes()).as_ref())
}

/// A token with an empty signature (RFC 7515 appendix A.5).
#[must_use]
pub fn unsigned(header: &str, claims: &str) -> String {
    joined(&signing_input(header, claims), &[])
}

/// Verifies that a token is signed with a key, and that its header says so.
///
/// # Errors
/// What is wrong with it. Whether its claims hold is not asked.
pub fn verify(token: &str, key: &VerificationKey) -> Result<Parts, JoseError> {
    let parts = Parts::split(token)?;
    let said = parts.algorithm()?;
    if said != key.algorithm() {
        let expected = key.algorithm();
        return Err(JoseError::Algorithm { said, expected });
    }
    if !key.accepts(parts.signing_input().as_bytes(), &parts.signature) {
        return Err(JoseError::Signature);
    }
    Ok(parts)
}

/// A token cut apart. Nothing in it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Header, as in the token.
    pub header_b64: String,
    /// Claims, as in the token.
    pub claims_b64: String,
    /// Signature, as in the token.
    pub signature_b64: String,
    /// Header, decoded.
    pub header_text: String,
    /// Claims, decoded.
    pub claims_text: String,
    signature: Vec<u8>,
}

impl Parts {
    /// Cuts a compact token apart.
    ///
    /// # Errors
    /// When it has not three parts, or one cannot be decoded.
    pub fn split(token: &str) -> Result<Self, JoseError> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(JoseError::PartCount(parts.len()));
        };
        Ok(Self {
            header_b64: (*header).to_owned(),
            claims_b64: (*claims).to_owned(),
            signature_b64: (*signature).to_owned(),
            header_text: text("header", header)?,
            claims_text: text("claims", claims)?,
            signature: decoded("signature", signature)?,
        })
    }

    /// The algorithm that the header names.
    ///
    /// # Errors
    /// When it names none.
    pub fn algorithm(&self) -> Result<String, JoseError> {
        let header: Option<Value> = serde_json::from_str(&self.header_text).ok();
        let named = header.as_ref().and_then(|header| header["alg"].as_str());
        named.map(str::to_owned).ok_or(JoseError::NoAlgorithm)
    }

    /// What the signature is over.
    #[must_use]
    pub fn signing_input(&self) -> String {
        format!("{}.{}", self.header_b64, self.claims_b64)
    }

    /// A token with other claims under the old signature.
    #[must_use]
    pub fn with_claims(&self, claims: &str) -> String {
        joined(&signing_input(&self.header_text, claims), &self.signature)
    }

    /// A token whose signature differs in one bit.
    #[must_use]
    pub fn with_corrupt_signature(&self) -> String {
        let mut signature = self.signature.clone();
        if let Some(first) = signature.first_mut() {
            *first ^= 1;
        }
        joined(&self.signing_input(), &signature)
    }
}

fn signing_input(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn joined(message: &str, signature: &[u8]) -> String {
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn decoded(part: &'static str, encoded: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_error| JoseError::Base64(part))
}

fn text(part: &'static str, encoded: &str) -> Result<String, JoseError> {
    String::from_utf8(decoded(part, encoded)?).map_err(|_error| JoseError::Text(part))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};

    use super::*;

    const HEADER: &str = r#"{"alg":"ES256","typ":"JWT"}"#;
    const CLAIMS: &str = r#"{"iss":"ccf", "exp":1}"#;

    fn key() -> (SigningKey, VerificationKey) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let signing = SigningKey::from_pkcs8(pair.to_pkcs8v1().unwrap().as_ref()).unwrap();
        let verification = signing.verification_key().unwrap();
        (signing, verification)
    }

    #[test]
    fn a_token_carries_the_texts_it_was_given() {
        let (signing, verification) = key();
        let parts = verify(&sign(&signing, HEADER, CLAIMS).unwrap(), &verification).unwrap();
        assert_eq!((parts.header_text.as_str(), parts.claims_text.as_str()), (HEADER, CLAIMS));
    }

    #[test]
    fn rsa_signs_too() {
        let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let signing = SigningKey::from_pkcs8(pair.as_der().unwrap().as_ref()).unwrap();
        assert_eq!(signing.algorithm(), "RS256");
        let token = sign(&signing, r#"{"alg":"RS256"}"#, CLAIMS).unwrap();
        let public = signing.verification_key().unwrap();
        assert!(verify(&token, &public).is_ok());
        assert_eq!(public.jwk("r")["e"], "AQAB");
    }

    #[test]
    fn every_way_to_spoil_a_token_is_noticed() {
        let (signing, verification) = key();
        let (stranger, _public) = key();
        let good = sign(&signing, HEADER, CLAIMS).unwrap();
        let parts = Parts::split(&good).unwrap();
        let outcome = |token: &str| verify(token, &verification).map(|_parts| ()).unwrap_err();
        let misnamed = |said: &str| JoseError::Algorithm { said: said.to_owned(), expected: "ES256" };
        assert_eq!(outcome(&parts.with_corrupt_signature()), JoseError::Signature);
        assert_eq!(outcome(&parts.with_claims(r#"{"iss":"me"}"#)), JoseError::Signature);
        assert_eq!(outcome(&sign(&stranger, HEADER, CLAIMS).unwrap()), JoseError::Signature);
        assert_eq!(outcome(&unsigned(r#"{"alg":"none"}"#, CLAIMS)), misnamed("none"));
        assert_eq!(outcome(&unsigned(HEADER, CLAIMS)), JoseError::Signature);
        let secret = verification.pem();
        let confused = sign_with_secret(secret.as_bytes(), r#"{"alg":"HS256"}"#, CLAIMS);
        assert_eq!(outcome(&confused), misnamed("HS256"));
        assert_eq!(outcome(&sign(&signing, "{}", CLAIMS).unwrap()), JoseError::NoAlgorithm);
        assert_eq!(outcome(&format!("{good}=")), JoseError::Base64("signature"));
        assert_eq!(outcome("a.b"), JoseError::PartCount(2));
        assert_eq!(outcome("+w.e30.e30"), JoseError::Base64("header"));
        assert_eq!(outcome("_w.e30.e30"), JoseError::Text("header"));
    }
}
