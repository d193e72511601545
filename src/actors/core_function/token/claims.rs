//! The token and the answer that carries it (TS 33.122 C.1, C.2 and C.3.3, TS 29.222 8.5.4.2.7 and 8.5.4.2.8). The only
//! place where their faults are read.

use serde_json::{Map, Value, json};

use super::rules::Grant;
use crate::fault::{Fault, FaultSet};
use crate::jose::{self, JoseError, SigningKey};
use crate::spec::Release;
use crate::wire::Reply;

/// The claims of a token: who, what for, until when. `iss` names the invoker as stage 3 has it, `client_id` as stage 2
/// has it; `exp` is a `NumericDate`, as both have it from V19.3.0 on.
pub(super) fn claims(grant: &Grant, now: i64, lifetime: i64, release: Release, faults: &FaultSet) -> Value {
    let invoker = if faults.has(Fault::TokenNamesAnotherInvoker) { &grant.other } else { &grant.client };
    let anonymous = faults.has(Fault::OmitInvokerClaims);
    let mut claims = Map::new();
    if !anonymous {
        claims.insert("iss".to_owned(), invoker.as_str().into());
    }
    if !anonymous {
        claims.insert("client_id".to_owned(), invoker.as_str().into());
    }
    if !faults.has(Fault::OmitScopeClaim) {
        let scope = &grant.granted.scope;
        let own_form = faults.has(Fault::ScopeClaimInOwnForm);
        let scope = if own_form { scope.in_own_form() } else { scope.to_string() };
        claims.insert("scope".to_owned(), scope.into());
    }
    if !faults.has(Fault::TokenWithoutExp) {
        let lifetime = if faults.has(Fault::TokenAlreadyExpired) { -lifetime } else { lifetime };
        let exp = now.saturating_add(lifetime);
        let exp = if faults.has(Fault::ExpAsText) { exp.to_string().into() } else { exp.into() };
        claims.insert("exp".to_owned(), exp);
    }
    if faults.has(Fault::NameResourceOwnerInPlainToken) {
        claims.insert("resOwnerId".to_owned(), "msisdn-4915112345678".into());
    }
    if let Some(owner) = grant.owner.as_deref().filter(|_| !faults.has(Fault::OmitOwnerClaim)) {
        let owner = if faults.has(Fault::NameAnotherOwner) { "msisdn-4915112345678" } else { owner };
        // A text up to Release 18, an object from then on (discrepancy token-request-res-owner-id).
        let claim = if release <= Release::Rel18 { owner.into() } else { json!({ "gpsi": owner }) };
        claims.insert("resOwnerId".to_owned(), claim);
    }
    Value::Object(claims)
}

/// The key that tokens are signed with, and one that nobody was told of.
pub(in super::super) struct TokenKeys {
    pub(in super::super) told: SigningKey,
    pub(in super::super) untold: SigningKey,
}

/// Signs the claims: JWS, compact, with the key that was told (TS 33.122 C.1).
pub(super) fn seal(claims: &str, owned: bool, keys: &TokenKeys, faults: &FaultSet) -> Result<String, JoseError> {
    if faults.has(Fault::AlgNone) || (owned && faults.has(Fault::UnsignedOwnerToken)) {
        return Ok(jose::unsigned(&header("none"), claims));
    }
    let key = if faults.has(Fault::SignWithUnknownKey) { &keys.untold } else { &keys.told };
    let token = jose::sign(key, &header(key.algorithm()), claims)?;
    if faults.has(Fault::PaddedToken) {
        return Ok(token.split('.').map(padded).collect::<Vec<_>>().join("."));
    }
    Ok(token)
}

fn header(algorithm: &str) -> String {
    json!({"alg": algorithm, "typ": "JWT"}).to_string()
}

/// Base64 with the padding that RFC 7515 clause 2 leaves out. The 64 octets of an ES256 signature always need some.
fn padded(part: &str) -> String {
    format!("{part}{}", "=".repeat((4 - part.len() % 4) % 4))
}

/// The token that the invoker gets: its own (TS 33.122 6.5.2.3 step 4).
pub(super) fn handed_out(own: String, client: &str, first: &(String, String), faults: &FaultSet) -> String {
    let (first_client, first_token) = first;
    if first_client == client && faults.has(Fault::HandOutTheFirstTokenAgain) {
        return first_token.clone();
    }
    if first_client != client && faults.has(Fault::TokenSharedByInvokers) {
        return first_token.clone();
    }
    own
}

/// The answer with the token (TS 29.222 8.5.4.2.7, RFC 6749 clause 5.1).
pub(super) fn granted(token: &str, grant: &Grant, lifetime: i64, faults: &FaultSet) -> Reply {
    let mut body = Map::new();
    body.insert("access_token".to_owned(), token.into());
    let token_type = if faults.has(Fault::TokenTypeMac) { "mac" } else { "Bearer" };
    body.insert("token_type".to_owned(), token_type.into());
    if !faults.has(Fault::OmitExpiresIn) {
        let lifetime = if faults.has(Fault::ExpiresInZero) { 0 } else { lifetime };
        let as_text = faults.has(Fault::ExpiresInAsText);
        let lifetime = if as_text { lifetime.to_string().into() } else { lifetime.into() };
        body.insert("expires_in".to_owned(), lifetime);
    }
    if grant.granted.told {
        body.insert("scope".to_owned(), grant.granted.scope.to_string().into());
    }
    if faults.has(Fault::IssueRefreshToken) {
        body.insert("refresh_token".to_owned(), "refresh-me".into());
    }
    let reply = Reply::new(200).body("application/json", Value::Object(body).to_string());
    if faults.has(Fault::CacheableTokenAnswer) {
        return reply.header("Cache-Control", "max-age=3600");
    }
    reply.header("Cache-Control", "no-store").header("Pragma", "no-cache")
}
