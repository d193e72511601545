//! JSON Web Key Sets (RFC 7517), read: the public keys in them that a token can be verified with.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// The object identifiers of RSA (with its NULL), of ECDSA, of its two curves and of Ed25519, in DER.
const RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const ECDSA: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// DER tags.
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// A public key of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetKey {
    /// Its name in the set.
    pub kid: Option<String>,
    /// The one algorithm that it is for, where the set says so.
    pub alg: Option<String>,
    /// The key, PEM.
    pub pem: String,
}

/// A text that is no JSON object with `keys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON Web Key Set, which is an object with an array `keys`")]
pub struct NoKeySet;

/// The keys of a set that signatures can be verified with. What is for something else, or of a kind that no signature of
/// ours has, is passed over, as RFC 7517 clause 5 has it.
///
/// # Errors
/// When the text is no key set.
pub fn key_set(text: &str) -> Result<Vec<SetKey>, NoKeySet> {
    let set: Value = serde_json::from_str(text).map_err(|_no_json| NoKeySet)?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or(NoKeySet)?;
    Ok(keys.iter().filter_map(set_key).collect())
}

fn set_key(jwk: &Value) -> Option<SetKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let verifies = |operations: &Vec<Value>| operations.iter().any(|operation| operation == "verify");
    let for_signatures = text("use").is_none_or(|word| word == "sig")
        && jwk.get("key_ops").and_then(Value::as_array).is_none_or(verifies);
    let der = public_der(jwk).filter(|_| for_signatures)?;
    Some(SetKey { kid: text("kid").map(str::to_owned), alg: text("alg").map(str::to_owned), pem: pem(&der) })
}

/// `SubjectPublicKeyInfo` (RFC 5280 clause 4.1.2.7) of a key.
fn public_der(jwk: &Value) -> Option<Vec<u8>> {
    let octets = |name: &str| URL_SAFE_NO_PAD.decode(jwk.get(name)?.as_str()?.trim_end_matches('=')).ok();
    let text = |name: &str| jwk.get(name).and_then(Value::as_str).unwrap_or_default();
    match (text("kty"), text("crv")) {
        ("RSA", _) => {
            let numbers = [integer(&octets("n")?), integer(&octets("e")?)].concat();
            Some(info(RSA, &tlv(SEQUENCE, &numbers)))
        }
        ("EC", "P-256") => Some(info(&[ECDSA, P256].concat(), &point(&octets("x")?, &octets("y")?, 32)?)),
        ("EC", "P-384") => Some(info(&[ECDSA, P384].concat(), &point(&octets("x")?, &octets("y")?, 48)?)),
        ("OKP", "Ed25519") => Some(info(ED25519, &octets("x")?)),
        _ => None,
    }
}

/// An uncompressed point (SEC 1 clause 2.3.3). Coordinates have all their octets (RFC 7518 clause 6.2.1.2).
fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
    (x.len() == length && y.len() == length).then(|| [&[4], x, y].concat())
}

fn info(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = tlv(BIT_STRING, &[&[0], key].concat());
    tlv(SEQUENCE, &[tlv(SEQUENCE, algorithm), bits].concat())
}

/// A number that is not negative: with a leading zero octet where the first bit is set.
fn integer(octets: &[u8]) -> Vec<u8> {
    let first = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    let octets = octets.get(first..).unwrap_or_default();
    let sign: &[u8] = if octets.first().is_none_or(|octet| octet & 0x80 != 0) { &[0] } else { &[] };
    tlv(INTEGER, &[sign, octets].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = length.iter().position(|octet| *octet != 0).and_then(|first| length.get(first..)).unwrap_or_default();
    let mut der = vec![tag];
    match (length, u8::try_from(length.len())) {
        ([], _) => der.push(0),
        ([short], _) if *short < 0x80 => der.push(*short),
        (_, Ok(octets)) => {
            der.push(0x80 | octets);
            der.extend(length);
        }
        (_, Err(_)) => {}
    }
    der.extend(content);
    der
}

/// A public key as PEM (RFC 7468 clause 13).
pub(super) fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<&str> = std::iter::successors(Some(encoded.as_str()), |rest| rest.get(64..))
        .map(|rest| rest.get(..64).unwrap_or(rest))
        .filter(|line| !line.is_empty())
        .collect();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{SigningKey, VerificationKey};
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
    use serde_json::json;

    fn ecdsa() -> VerificationKey {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        SigningKey::from_pkcs8(pair.to_pkcs8v1().unwrap().as_ref()).unwrap().verification_key().unwrap()
    }

    fn rsa() -> VerificationKey {
        let der = RsaKeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
        SigningKey::from_pkcs8(der.as_ref()).unwrap().verification_key().unwrap()
    }

    #[test]
    fn what_was_published_is_read_back() {
        let (ecdsa, rsa) = (ecdsa(), rsa());
        let set = key_set(&json!({"keys": [ecdsa.jwk("a"), rsa.jwk("b")]}).to_string()).unwrap();
        let named = |kid: &str, alg: &str, pem| SetKey { kid: Some(kid.to_owned()), alg: Some(alg.to_owned()), pem };
        assert_eq!(set, [named("a", "ES256", ecdsa.pem()), named("b", "RS256", rsa.pem())]);
    }

    /// The example keys of RFC 7517 A.1 (EC), RFC 8037 A.2 (Ed25519), and a P-384 point made up of zeros and ones.
    #[test]
    fn other_kinds_are_read_by_another_library() {
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let set = key_set(&json!({"keys": [ed]}).to_string()).unwrap();
        assert!(jsonwebtoken::DecodingKey::from_ed_pem(set[0].pem.as_bytes()).is_ok());
        let long = URL_SAFE_NO_PAD.encode([1; 48]);
        let ec = json!({"kty": "EC", "crv": "P-384", "x": long, "y": long});
        let set = key_set(&json!({"keys": [ec]}).to_string()).unwrap();
        assert!(jsonwebtoken::DecodingKey::from_ec_pem(set[0].pem.as_bytes()).is_ok());
    }

    #[test]
    fn what_verifies_nothing_is_passed_over() {
        let mut encrypting = ecdsa().jwk("e");
        encrypting["use"] = "enc".into();
        let mut signing = ecdsa().jwk("s");
        signing["key_ops"] = json!(["sign"]);
        let secret = json!({"kty": "oct", "k": "AAAA"});
        let cut = json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"});
        let set = json!({"keys": [encrypting, signing, secret, cut, 7, null]});
        assert_eq!(key_set(&set.to_string()), Ok(Vec::new()));
        for text in ["", "[]", "{}", r#"{"keys": {}}"#] {
            assert_eq!(key_set(text), Err(NoKeySet), "{text}");
        }
    }
}
