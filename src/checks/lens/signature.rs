//! The signature of an access token; the second opinion is the `jsonwebtoken` crate's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::{Map, Value};

use super::super::evidence::{SetKey, TokenKeys};

/// What can be said of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signature {
    /// It verifies, and not when a claim is changed.
    Verifies,
    /// It does not, and how that shows.
    Faulty(String),
    /// The key that it was made with is not known, and why: nobody is to blame.
    Unknowable(String),
}

/// Verifies the signature of a token.
#[must_use]
pub fn signature(token: &str, keys: &TokenKeys) -> Signature {
    if let TokenKeys::Unknown(why) = keys {
        return Signature::Unknowable(why.clone());
    }
    let header = match jsonwebtoken::decode_header(token) {
        Ok(header) => header,
        Err(error) => return Signature::Faulty(format!("its header is not understood: {error}")),
    };
    let candidates = match keys {
        TokenKeys::Unknown(_) => Vec::new(),
        TokenKeys::Key(pem) => vec![pem.as_str()],
        TokenKeys::Set(_) if is_symmetric(header.alg) => Vec::new(),
        TokenKeys::Set(set) => match of_set(set, &header) {
            Ok(candidates) => candidates,
            Err(why) => return Signature::Unknowable(why),
        },
    };
    let verifies = |token: &str| candidates.iter().any(|pem| verifies(token, header.alg, pem));
    if !verifies(token) {
        return Signature::Faulty(format!("the signature ({:?}) does not verify", header.alg));
    }
    match changed_claims(token) {
        Some(changed) if verifies(&changed) => Signature::Faulty("it verifies with changed claims too".to_owned()),
        Some(_) | None => Signature::Verifies,
    }
}

/// The keys that a token may have been signed with: the one that it names, else all that fit its algorithm.
fn of_set<'a>(set: &'a [SetKey], header: &Header) -> Result<Vec<&'a str>, String> {
    let named: Vec<&SetKey> = set.iter().filter(|key| key.kid.is_some() && key.kid == header.kid).collect();
    if !named.is_empty() {
        return Ok(named.into_iter().map(|key| key.pem.as_str()).collect());
    }
    let algorithm = format!("{:?}", header.alg);
    let nameless = |key: &&SetKey| header.kid.is_none() || key.kid.is_none();
    let fits = |key: &&SetKey| {
        key.alg.as_ref().is_none_or(|alg| *alg == algorithm) && decoding_key(header.alg, &key.pem).is_some()
    };
    let fitting: Vec<&str> = set.iter().filter(nameless).filter(fits).map(|key| key.pem.as_str()).collect();
    let names: Vec<&str> = set.iter().filter_map(|key| key.kid.as_deref()).collect();
    match (fitting.is_empty(), &header.kid) {
        (false, _) => Ok(fitting),
        (true, Some(kid)) => {
            Err(format!("the token names the key \"{kid}\"; the key set holds {}", listed(&names, set.len())))
        }
        (true, None) => Err(format!("the key set holds no key for {algorithm}, but {}", listed(&names, set.len()))),
    }
}

fn listed(names: &[&str], count: usize) -> String {
    match (names, count) {
        (_, 0) => "none that signatures are verified with".to_owned(),
        ([], _) => format!("{count} without names"),
        (names, _) => names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "),
    }
}

/// A symmetric signature proves nothing about who made it: the verifier could have.
fn is_symmetric(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
}

fn decoding_key(algorithm: Algorithm, pem: &str) -> Option<DecodingKey> {
    let pem = pem.as_bytes();
    match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => DecodingKey::from_ec_pem(pem).ok(),
        Algorithm::RS256
        | Algorithm::RS384
        | Algorithm::RS512
        | Algorithm::PS256
        | Algorithm::PS384
        | Algorithm::PS512 => DecodingKey::from_rsa_pem(pem).ok(),
        Algorithm::EdDSA => DecodingKey::from_ed_pem(pem).ok(),
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 | _ => None,
    }
}

fn verifies(token: &str, algorithm: Algorithm, pem: &str) -> bool {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decoding_key(algorithm, pem)
        .is_some_and(|key| jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation).is_ok())
}

/// The token with one bit of its claims changed.
fn changed_claims(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let mut bytes = URL_SAFE_NO_PAD.decode(claims).ok()?;
    // The last but one byte lies inside a value: the object still parses, or the signature is not even reached.
    let at = bytes.len().checked_sub(2)?;
    *bytes.get_mut(at)? ^= 1;
    Some(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::EncodingKey;

    /// A key of the ES256 example of RFC 7515 A.3, and another one, as PKCS#8 and as PEM of their public halves.
    fn key() -> (EncodingKey, String) {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        (EncodingKey::from_ec_der(&pair.serialize_der()), pair.public_key_pem())
    }

    fn token(key: &EncodingKey, kid: Option<&str>) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &serde_json::json!({"iss": "i"}), key).unwrap()
    }

    fn set(keys: &[(Option<&str>, Option<&str>, &str)]) -> TokenKeys {
        let key = |(kid, alg, pem): &(Option<&str>, Option<&str>, &str)| SetKey {
            kid: kid.map(str::to_owned),
            alg: alg.map(str::to_owned),
            pem: (*pem).to_owned(),
        };
        TokenKeys::Set(keys.iter().map(key).collect())
    }

    fn is_faulty(found: &Signature) -> bool {
        matches!(found, Signature::Faulty(_))
    }

    #[track_caller]
    fn unknowable(found: &Signature, why: &str) {
        assert!(matches!(found, Signature::Unknowable(said) if said.contains(why)), "{found:?}");
    }

    #[test]
    fn the_one_key_verifies_or_the_token_is_faulty() {
        let ((own, own_pem), (_, other_pem)) = (key(), key());
        assert_eq!(signature(&token(&own, Some("a")), &TokenKeys::Key(own_pem)), Signature::Verifies);
        assert!(is_faulty(&signature(&token(&own, None), &TokenKeys::Key(other_pem))));
        unknowable(&signature("x", &TokenKeys::Unknown("no key is named".to_owned())), "no key is named");
    }

    #[test]
    fn of_a_set_the_key_named_decides() {
        let ((own, own_pem), (_, other_pem)) = (key(), key());
        let named = token(&own, Some("a"));
        let both = |a, b| set(&[(Some("a"), Some("ES256"), a), (Some("b"), Some("ES256"), b)]);
        assert_eq!(signature(&named, &both(&own_pem, &other_pem)), Signature::Verifies);
        // Another key of the set made it: the one that is named did not.
        assert!(is_faulty(&signature(&named, &both(&other_pem, &own_pem))));
        unknowable(&signature(&token(&own, Some("c")), &both(&own_pem, &other_pem)), "\"c\"");
    }

    #[test]
    fn without_a_name_every_key_that_fits_is_tried() {
        let ((own, own_pem), (_, other_pem)) = (key(), key());
        let nameless = token(&own, None);
        let both = set(&[(Some("b"), None, &other_pem), (Some("a"), Some("ES256"), &own_pem)]);
        assert_eq!(signature(&nameless, &both), Signature::Verifies);
        assert!(is_faulty(&signature(&nameless, &set(&[(None, None, &other_pem)]))));
        // A key without a name may be the one that the token names.
        assert_eq!(signature(&token(&own, Some("z")), &set(&[(None, None, &own_pem)])), Signature::Verifies);
        unknowable(&signature(&nameless, &set(&[(Some("r"), Some("ES384"), &own_pem)])), "no key for ES256");
        unknowable(&signature(&nameless, &set(&[])), "none that signatures are verified with");
    }

    #[test]
    fn no_set_makes_a_symmetric_signature_good() {
        let secret = EncodingKey::from_secret(b"secret");
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &serde_json::json!({}), &secret).unwrap();
        assert!(is_faulty(&signature(&token, &set(&[]))));
        assert!(is_faulty(&signature("no.token.at-all", &set(&[]))));
    }
}
