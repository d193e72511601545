//! What every service of the core function uses: authority, keys, clock, names, settings.

use std::sync::OnceLock;

use crate::clock::{Clock, Names};
use crate::fault::FaultSet;
use crate::jose::{self, JoseError, SigningKey, VerificationKey};
use crate::pki::{Authority, LeafSpec, PkiError, PublicKey, certificates_to_pem};
use crate::spec::{Readings, Release};

use super::token::TokenKeys;

/// How long an onboarding token is good for, in seconds.
const ONBOARDING_LIFETIME: i64 = 30 * 86_400;
/// What an onboarding token says it is for.
const ONBOARDING_PURPOSE: &str = "onboarding";

/// The office in which the core function works.
pub(super) struct Office {
    /// The release spoken.
    pub(super) release: Release,
    /// The readings that it holds to where texts disagree.
    pub(super) readings: Readings,
    /// Wrong behaviours.
    pub(super) faults: FaultSet,
    /// Protocol time.
    pub(super) clock: Clock,
    /// Fresh names.
    pub(super) names: Names,
    /// `{apiRoot}`, once the port is known.
    pub(super) base_url: OnceLock<String>,
    /// Issues the certificates of invokers and provider functions.
    pub(super) authority: Authority,
    /// PEM of its root.
    pub(super) root_pem: String,
    /// regSec.
    pub(super) registration_secret: String,
    /// Keys of access tokens.
    pub(super) token_keys: TokenKeys,
    /// Key of onboarding tokens: another one, so that neither kind of token passes for the other.
    pub(super) onboarding_key: VerificationKey,
}

impl Office {
    /// A name that was never given.
    pub(super) fn fresh(&self, kind: &str) -> String {
        self.names.fresh(kind)
    }

    /// The URL of a resource.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.get().map_or("", String::as_str))
    }

    /// Protocol time, seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.clock.now_unix()
    }

    /// A certificate, PEM, whose subject is this id (TS 29.222 8.4.4.2.2), for a public key or a signing request.
    pub(super) fn certify(&self, public_key: &str, id: &str) -> Result<String, PkiError> {
        let key = PublicKey::from_pem(public_key)?;
        let certificate = self.authority.issue(&LeafSpec::client(id, &self.clock), &key)?;
        Ok(certificates_to_pem(&[certificate]))
    }

    /// Whether a token is one that we gave out for onboarding, and still good (TS 33.122 6.1).
    pub(super) fn accepts_onboarding_token(&self, token: &str) -> bool {
        let Ok(parts) = jose::verify(token, &self.onboarding_key) else {
            return false;
        };
        let claims: Option<serde_json::Value> = serde_json::from_str(&parts.claims_text).ok();
        claims.is_some_and(|claims| {
            let runs_out = claims["exp"].as_i64();
            claims["scope"] == ONBOARDING_PURPOSE && runs_out.is_some_and(|exp| exp > self.now())
        })
    }
}

/// A token that lets its bearer onboard (TS 33.122 6.1).
pub(super) fn onboarding_token(key: &SigningKey, issuer: &str, clock: &Clock) -> Result<String, JoseError> {
    let header = serde_json::json!({"alg": key.algorithm(), "typ": "JWT"});
    let exp = clock.now_unix().saturating_add(ONBOARDING_LIFETIME);
    let claims = serde_json::json!({"iss": issuer, "scope": ONBOARDING_PURPOSE, "exp": exp});
    jose::sign(key, &header.to_string(), &claims.to_string())
}
