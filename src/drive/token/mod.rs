//! One deviation from a valid access token, as data: read from a step, forged out of a good token.
//!
//! Towards an exposing function the harness plays the core function and has the key that tokens are signed with. Where
//! a claim is what is wrong, the token is signed again with that key, so that the signature cannot be what is refused.
//! Where the signature is what is wrong, everything else stays as it was.

mod members;
mod phrase;

pub use phrase::{PHRASES, UnknownTokenDeviation};

use serde_json::{Value, json};

use self::members::Members;
use crate::jose::{self, JoseError, Parts, SigningKey};

/// One thing wrong with an access token, everything else being as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenDeviation {
    /// An opaque text stands in its place.
    NoJwt,
    /// Its last characters are missing, so that the signature is not whole.
    CutShort,
    /// Nothing stands behind its second dot.
    NoSignature,
    /// Its third part is missing, and the dot before it.
    TwoParts,
    /// It has the padding of base64.
    Padded,
    /// One bit of its signature is another.
    FlippedSignatureBit,
    /// A claim is another than the one that was signed.
    ChangedClaim,
    /// Its algorithm is `none`.
    Unsigned,
    /// Its algorithm is `none` in this spelling.
    UnsignedAs(String),
    /// A key signed it that nobody was told of.
    AnotherKey,
    /// It has an HMAC with the text of the public key as its secret.
    PublicKeyAsSecret,
    /// A key signed it that nobody was told of, and its header has that key.
    OwnKey,
    /// A key signed it that nobody was told of, and its header says where that key is.
    KeyElsewhere,
    /// Its header has a parameter that must be understood and that nobody knows.
    CriticalHeader,
    /// Its header names this type.
    Type(String),
    /// It expired so many seconds ago.
    Expired(u32),
    /// It has no `exp`.
    NoExp,
    /// Its `exp` is a text.
    ExpAsText,
    /// It has `exp` twice: the first has not passed, the last has.
    ExpTwice,
    /// It has no `scope`.
    NoScope,
    /// Its `scope` is an empty text.
    EmptyScope,
    /// Its `scope` is this text.
    Scope(String),
    /// It has `scope` twice: the first is its own, the last grants nothing that there is.
    ScopeTwice,
    /// It has neither `iss` nor `client_id`.
    NoInvoker,
    /// It has no `resOwnerId`.
    NoOwner,
    /// Its `resOwnerId` is this owner.
    Owner(String),
    /// Its `resOwnerId` is that of the owner and one character more.
    LongerOwner,
    /// Its `resOwnerId` lacks the last character of the owner's.
    ShorterOwner,
}

/// What a forger has at hand.
#[derive(Clone, Copy, Debug)]
pub struct Smith<'a> {
    /// The core function's own key; none where it is a product's.
    pub key: Option<&'a SigningKey>,
    /// A key that nobody was told of.
    pub stranger: &'a SigningKey,
    /// Text of the public key that tokens verify with (PEM): what a confused verifier takes for an HMAC secret.
    pub public_pem: &'a str,
    /// Protocol time.
    pub now_unix: i64,
}

/// Why a token could not be forged: a mistake of the scenario or of its set-up, never of the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unforgeable {
    /// It is no compact token.
    #[error("the clean token cannot be taken apart: {0}")]
    Clean(JoseError),
    /// One of its parts is no JSON object.
    #[error("the clean token cannot be taken apart: its {0} are no JSON object")]
    NoObject(&'static str),
    /// Nobody but the core function can sign what would have to be signed.
    #[error("the token cannot be signed again: the key of the core function is not ours")]
    NoKey,
    /// A key is of no use.
    #[error("the forged token cannot be signed: {0}")]
    Signing(JoseError),
    /// The clean token is that way already.
    #[error("the clean token has nothing to change so that `{0}`")]
    Unchanged(TokenDeviation),
}

/// Opaque, as the token of RFC 6749 clause 5.1 is.
const OPAQUE: &str = "2YotnFZFEjr1zCsicMWpAA";

/// Not registered and never will be: RFC 2606 clause 2 keeps `.invalid` free.
const UNKNOWN_PARAMETER: &str = "http://example.invalid/unknown";

/// Nobody answers there: port 9 discards (RFC 863).
const ELSEWHERE: &str = "https://127.0.0.1:9/jwks";

/// A scope of the right form that is of no use anywhere.
const NOTHING_GRANTED: &str = "3gpp#nobody:nothing";

/// Name of the stranger's key.
const STRANGER: &str = "stranger";

/// Far enough from now that no leeway for clocks matters (RFC 7519 clause 4.1.4).
const HOUR: i64 = 3600;

impl TokenDeviation {
    /// The token with this one deviation.
    ///
    /// # Errors
    /// When the clean token offers nothing to deviate on, or when only the core function could sign the other one.
    pub fn forge(&self, clean: &str, smith: &Smith<'_>) -> Result<String, Unforgeable> {
        let good = Good::read(clean)?;
        let Good { parts, header, claims } = &good;
        let now = smith.now_unix;
        let forged = match self {
            Self::NoJwt => OPAQUE.to_owned(),
            Self::CutShort => cut_short(parts),
            Self::NoSignature => format!("{}.", parts.signing_input()),
            Self::TwoParts => parts.signing_input(),
            Self::Padded => padded(parts),
            Self::FlippedSignatureBit => parts.with_corrupt_signature(),
            Self::ChangedClaim => parts.with_claims(&expiring_later(claims, now).to_string()),
            Self::Unsigned => good.unsigned("none"),
            Self::UnsignedAs(algorithm) => good.unsigned(algorithm),
            Self::AnotherKey => good.signed(smith.stranger, header)?,
            Self::PublicKeyAsSecret => {
                let header = header.with("alg", "HS256").to_string();
                jose::sign_with_secret(smith.public_pem.as_bytes(), &header, &parts.claims_text)
            }
            Self::OwnKey => good.signed(smith.stranger, &header.with("jwk", jwk(smith.stranger)?))?,
            Self::KeyElsewhere => good.signed(smith.stranger, &header.with("jku", ELSEWHERE).with("kid", STRANGER))?,
            Self::CriticalHeader => self.with_header(&good, smith, &critical(header))?,
            Self::Type(name) => self.with_header(&good, smith, &header.with("typ", name.as_str()))?,
            Self::Expired(ago) => {
                self.with_claims(&good, smith, &claims.with("exp", now.saturating_sub(i64::from(*ago))))?
            }
            Self::NoExp => self.with_claims(&good, smith, &claims.without(&["exp"]))?,
            Self::ExpAsText => self.with_claims(&good, smith, &exp_as_text(claims))?,
            Self::ExpTwice => self.with_claims(&good, smith, &exp_twice(claims, now))?,
            Self::NoScope => self.with_claims(&good, smith, &claims.without(&["scope"]))?,
            Self::EmptyScope => self.with_claims(&good, smith, &claims.with("scope", ""))?,
            Self::Scope(scope) => self.with_claims(&good, smith, &claims.with("scope", scope.as_str()))?,
            Self::ScopeTwice => self.with_claims(&good, smith, &scope_twice(claims))?,
            Self::NoInvoker => self.with_claims(&good, smith, &claims.without(&["iss", "client_id"]))?,
            Self::NoOwner => self.with_claims(&good, smith, &claims.without(&["resOwnerId"]))?,
            Self::Owner(name) => self.with_claims(&good, smith, &owned_by(claims, name))?,
            Self::LongerOwner => self.with_claims(&good, smith, &renamed_owner(claims, |name| format!("{name}0")))?,
            Self::ShorterOwner => self.with_claims(&good, smith, &renamed_owner(claims, shortened))?,
        };
        if forged == clean { Err(Unforgeable::Unchanged(self.clone())) } else { Ok(forged) }
    }

    /// The core function signs other claims. An ECDSA signature is another each time, so what is signed is compared.
    fn with_claims(&self, good: &Good, smith: &Smith<'_>, claims: &Members) -> Result<String, Unforgeable> {
        let key = smith.key.ok_or(Unforgeable::NoKey)?;
        if *claims == good.claims {
            return Err(Unforgeable::Unchanged(self.clone()));
        }
        signed(key, &good.header, &claims.to_string())
    }

    /// The core function signs another header.
    fn with_header(&self, good: &Good, smith: &Smith<'_>, header: &Members) -> Result<String, Unforgeable> {
        let key = smith.key.ok_or(Unforgeable::NoKey)?;
        if *header == good.header {
            return Err(Unforgeable::Unchanged(self.clone()));
        }
        good.signed(key, header)
    }
}

/// The clean token, cut apart.
struct Good {
    parts: Parts,
    header: Members,
    claims: Members,
}

impl Good {
    fn read(clean: &str) -> Result<Self, Unforgeable> {
        let parts = Parts::split(clean).map_err(Unforgeable::Clean)?;
        let header = Members::read(&parts.header_text).ok_or(Unforgeable::NoObject("header parameters"))?;
        let claims = Members::read(&parts.claims_text).ok_or(Unforgeable::NoObject("claims"))?;
        Ok(Self { parts, header, claims })
    }

    /// The same claims, letter by letter, without a signature and with this text for an algorithm.
    fn unsigned(&self, algorithm: &str) -> String {
        jose::unsigned(&self.header.with("alg", algorithm).to_string(), &self.parts.claims_text)
    }

    /// The same claims, letter by letter, under another header.
    fn signed(&self, key: &SigningKey, header: &Members) -> Result<String, Unforgeable> {
        signed(key, header, &self.parts.claims_text)
    }
}

/// The header says what the key does: a token whose algorithm is not its key's would have two things wrong.
fn signed(key: &SigningKey, header: &Members, claims: &str) -> Result<String, Unforgeable> {
    jose::sign(key, &header.with("alg", key.algorithm()).to_string(), claims).map_err(Unforgeable::Signing)
}

/// Whole groups of four characters are left of the signature, so that it can still be decoded.
fn cut_short(parts: &Parts) -> String {
    let left = parts.signature_b64.len().saturating_sub(8) / 4 * 4;
    let signature: String = parts.signature_b64.chars().take(left).collect();
    format!("{}.{signature}", parts.signing_input())
}

/// Padding behind the signature alone, where it takes any, leaves what is signed as it is: whoever puts up with the
/// padding finds the signature good. The 64 octets of ES256 take some, and so do the 256 of an RSA key of 2048 bits.
fn padded(parts: &Parts) -> String {
    let pad = |part: &str| format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4));
    let signature = pad(&parts.signature_b64);
    if signature == parts.signature_b64 {
        return format!("{}.{}.{signature}", pad(&parts.header_b64), pad(&parts.claims_b64));
    }
    format!("{}.{signature}", parts.signing_input())
}

fn jwk(key: &SigningKey) -> Result<Value, Unforgeable> {
    key.verification_key().map(|public| public.jwk(STRANGER)).map_err(Unforgeable::Signing)
}

/// Whoever does not know a critical parameter refuses the token (RFC 7515 clause 4.1.11).
fn critical(header: &Members) -> Members {
    header.with("crit", json!([UNKNOWN_PARAMETER])).with(UNKNOWN_PARAMETER, true)
}

/// What a forger wants: a token that lasts longer. All else about it is good, but for the signature.
fn expiring_later(claims: &Members, now: i64) -> Members {
    claims.with("exp", claims.whole("exp").unwrap_or(now).saturating_add(HOUR))
}

fn exp_as_text(claims: &Members) -> Members {
    match claims.get("exp") {
        Some(number) if !number.starts_with('"') => claims.with("exp", number),
        Some(_) | None => claims.clone(),
    }
}

/// The first is the token's own, if that has not passed. A parser that takes the last is a correct one, and so is one
/// that refuses both (RFC 7519 clause 4): either refuses this token. None may take the first.
fn exp_twice(claims: &Members, now: i64) -> Members {
    let own = claims.whole("exp").filter(|exp| *exp > now);
    let first = own.unwrap_or(now.saturating_add(HOUR));
    claims.with("exp", first).and("exp", now.saturating_sub(HOUR))
}

/// As [`exp_twice`]: whoever takes the last, or neither, refuses; none may take the first. An empty text in the last place
/// would be a claim that is missing.
fn scope_twice(claims: &Members) -> Members {
    claims.clone().and("scope", NOTHING_GRANTED)
}

/// The owner under another name, in the form that it had; no change where the token names none.
fn renamed_owner(claims: &Members, rename: impl Fn(&str) -> String) -> Members {
    let owner = claims.get("resOwnerId").and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
    let name = owner.as_str().or_else(|| owner["gpsi"].as_str());
    name.map_or_else(|| claims.clone(), |name| owned_by(claims, &rename(name)))
}

fn shortened(name: &str) -> String {
    let mut letters = name.chars();
    letters.next_back();
    letters.as_str().to_owned()
}

/// A text in Rel-18, an object with a GPSI from then on (TS 29.222 8.5.4.2.8): as the clean token has it.
fn owned_by(claims: &Members, name: &str) -> Members {
    let is_object = claims.get("resOwnerId").is_some_and(|owner| owner.starts_with('{'));
    claims.with("resOwnerId", if is_object { json!({ "gpsi": name }) } else { name.into() })
}

#[cfg(test)]
mod tests;
