//! Whether an access token is good for an invocation (TS 33.122 6.5.2.3 step 7, C.1, C.2.2 and C.6), without I/O. The
//! only place where the faults of that decision are read.

use serde_json::{Map, Value};

use crate::actors::json;
use crate::fault::{Fault, FaultSet};
use crate::jose::{JoseError, Parts, VerificationKey, verify};

/// Leeway on exp: as much as C.2.2 allows, since a correct core function may be some seconds ahead.
const LEEWAY: i64 = 30;
/// Leeway that C.2.2 does not allow.
const GENEROUS_LEEWAY: i64 = 300;
/// Below this an `exp` is a duration, not a point in time (discrepancy `token-exp`).
const FIRST_POINT_IN_TIME: i64 = 1_000_000_000;

/// What a token is held against.
pub(in super::super) struct Measure<'a> {
    /// The keys of the core function, of which any will do; without one no token is good.
    pub(in super::super) keys: &'a [VerificationKey],
    /// Protocol time.
    pub(in super::super) now_unix: i64,
    /// The exposing function that validates.
    pub(in super::super) aef_id: &'a str,
    /// Name of the API that is called.
    pub(in super::super) api_name: &'a str,
    /// Whether exp is read as a duration.
    pub(in super::super) exp_is_duration: bool,
    /// The method of the invocation.
    pub(in super::super) method: &'a str,
    /// Whether its bearer was let through with this token before.
    pub(in super::super) seen: bool,
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Claims {
    /// apiInvokerId; none only where a fault lets an anonymous token pass.
    pub(in super::super) invoker: Option<String>,
    /// The resource owner whose authorization it carries.
    pub(in super::super) owner: Option<String>,
}

/// Why a token is not good (RFC 6750 clause 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Refusal {
    /// It is no token of ours, or not any more.
    Invalid(&'static str),
    /// It is one, and not for this.
    Scope(&'static str),
}

/// The claims of a token that is good for the invocation.
pub(in super::super) fn validated(token: &str, measure: &Measure<'_>, faults: &FaultSet) -> Result<Claims, Refusal> {
    let parts = match sound(token, measure, faults) {
        Ok(parts) => parts,
        Err(_error) if faults.has(Fault::AcceptAnyText) && Parts::split(token).is_err() => return Ok(ANYBODY),
        Err(error) => return Err(Refusal::Invalid(blame(&error))),
    };
    let claims = members(&parts, faults)?;
    in_time(&claims, measure, faults)?;
    let invoker = named_invoker(&claims);
    if invoker.is_none() && !faults.has(Fault::AcceptTokenWithoutInvoker) {
        return Err(Refusal::Invalid("the token names no invoker"));
    }
    in_scope(&claims, measure, faults)?;
    Ok(Claims { invoker, owner: owner(&claims) })
}

/// What an unread text is taken for.
const ANYBODY: Claims = Claims { invoker: None, owner: None };

/// The token, if the core function signed it as it stands (RFC 7515 clause 5.2).
fn sound(token: &str, measure: &Measure<'_>, faults: &FaultSet) -> Result<Parts, JoseError> {
    let key = measure.keys.first().ok_or(JoseError::Key)?;
    if let Some(mended) = mended(token, faults) {
        return Parts::split(&mended);
    }
    let other = measure.keys.iter().skip(1).find_map(|other| verify(token, other).ok());
    match (verify(token, key), other) {
        (Ok(parts), _) | (Err(_), Some(parts)) => Ok(parts),
        (Err(error), None) => {
            let parts = Parts::split(token)?;
            let unchecked = faults.has(Fault::SkipSignatureCheck)
                || (measure.method != "GET" && faults.has(Fault::SkipSignatureCheckToWrite));
            let forged = unchecked && error == JoseError::Signature && is_plain(&parts, key);
            if forged || is_waved_through(&parts, faults) { Ok(parts) } else { Err(error) }
        }
    }
}

/// A token as a lenient reader would take it.
fn mended(token: &str, faults: &FaultSet) -> Option<String> {
    if faults.has(Fault::AcceptPaddedToken) && token.contains('=') {
        return Some(token.replace('=', ""));
    }
    let missing = token.matches('.').count() == 1;
    (missing && faults.has(Fault::AcceptTokenOfTwoParts)).then(|| format!("{token}."))
}

/// Whether a token is signed as ours are, whatever the signature.
fn is_plain(parts: &Parts, key: &VerificationKey) -> bool {
    let header = header(parts);
    let own_key = !header["jwk"].is_null() || !header["jku"].is_null();
    !parts.signature_b64.is_empty() && !own_key && header["alg"] == key.algorithm()
}

/// Whether a token that brings no signature, or a key of its own, is good enough for a liar.
fn is_waved_through(parts: &Parts, faults: &FaultSet) -> bool {
    let header = header(parts);
    let algorithm = header["alg"].as_str().unwrap_or_default();
    let unsigned = parts.signature_b64.is_empty();
    let is_none = algorithm.eq_ignore_ascii_case("none");
    (faults.has(Fault::AcceptAlgNone) && algorithm == "none")
        || (faults.has(Fault::AcceptAlgNoneInOtherCase) && is_none && algorithm != "none")
        || (faults.has(Fault::AcceptMissingSignature) && unsigned && !is_none)
        || (faults.has(Fault::AcceptKeyInToken) && !header["jwk"].is_null())
        || (faults.has(Fault::AcceptKeyElsewhere) && !header["jku"].is_null())
        || (faults.has(Fault::AcceptPublicKeyAsSecret) && algorithm == "HS256")
}

fn header(parts: &Parts) -> Value {
    serde_json::from_str(&parts.header_text).unwrap_or_default()
}

fn blame(error: &JoseError) -> &'static str {
    match error {
        JoseError::Key => "no key of the core function is known",
        JoseError::PartCount(_) | JoseError::Base64(_) | JoseError::Text(_) | JoseError::NoAlgorithm => {
            "the token is malformed"
        }
        JoseError::Algorithm { .. } | JoseError::Signature | JoseError::Signing => {
            "the core function did not sign the token"
        }
    }
}

/// Its claims, if header and claims are what RFC 7515 and RFC 7519 make of them.
fn members(parts: &Parts, faults: &FaultSet) -> Result<Map<String, Value>, Refusal> {
    let malformed = |_error| Refusal::Invalid("the token is malformed");
    let header: Map<String, Value> = serde_json::from_str(&parts.header_text).map_err(malformed)?;
    // RFC 7515 clause 4.1.11: what is critical and not understood makes the token invalid.
    if header.contains_key("crit") && !faults.has(Fault::IgnoreCriticalHeader) {
        return Err(Refusal::Invalid("the token has a critical header that is not understood"));
    }
    // RFC 7519 clause 4: the names of claims are unique.
    let (claims, twice) = json::first_members(&parts.claims_text).ok_or(Refusal::Invalid("the token is malformed"))?;
    let spared = |name: &String| name == "scope" && faults.has(Fault::AcceptDuplicateScope);
    if !twice.iter().all(spared) && !faults.has(Fault::AcceptDuplicateClaim) {
        return Err(Refusal::Invalid("the token has a claim twice"));
    }
    Ok(claims)
}

/// exp is there, a number, and not past by more than the leeway (C.2.2, C.6).
fn in_time(claims: &Map<String, Value>, measure: &Measure<'_>, faults: &FaultSet) -> Result<(), Refusal> {
    let Some(exp) = claims.get("exp") else {
        let spared = faults.has(Fault::AcceptTokenWithoutExp);
        return if spared { Ok(()) } else { Err(Refusal::Invalid("the token has no exp")) };
    };
    let Some(exp) = exp.as_i64().or_else(|| read_text(exp, faults)) else {
        return Err(Refusal::Invalid("the exp of the token is no number"));
    };
    if measure.exp_is_duration && exp < FIRST_POINT_IN_TIME {
        return Ok(());
    }
    let generous = faults.has(Fault::AllowGenerousLeeway)
        || (measure.method != "GET" && faults.has(Fault::AllowGenerousLeewayToWrite));
    let leeway = if generous { GENEROUS_LEEWAY } else { LEEWAY };
    let spared = faults.has(Fault::AcceptExpiredToken)
        || (measure.seen && faults.has(Fault::AcceptExpiredTokenSeenBefore))
        || (measure.method == "DELETE" && faults.has(Fault::AcceptExpiredTokenToDelete));
    if measure.now_unix > exp.saturating_add(leeway) && !spared {
        return Err(Refusal::Invalid("the token has expired"));
    }
    Ok(())
}

fn read_text(exp: &Value, faults: &FaultSet) -> Option<i64> {
    if faults.has(Fault::AcceptExpAsText) { exp.as_str()?.parse().ok() } else { None }
}

/// The invoker: `client_id` at stage 2, `iss` at stage 3 (discrepancy `token-iss`).
fn named_invoker(claims: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    text("client_id").or_else(|| text("iss")).map(str::to_owned)
}

/// The resource owner: text in Release 18, an object from Release 19 on.
fn owner(claims: &Map<String, Value>) -> Option<String> {
    let owner = claims.get("resOwnerId")?;
    owner.as_str().or_else(|| owner["gpsi"].as_str()).map(str::to_owned)
}

/// Scope grants this API at this exposing function (C.2.2, 6.5.2.3 step 7).
fn in_scope(claims: &Map<String, Value>, measure: &Measure<'_>, faults: &FaultSet) -> Result<(), Refusal> {
    let Some(scope) = claims.get("scope").and_then(Value::as_str).filter(|scope| !scope.is_empty()) else {
        let spared = faults.has(Fault::AcceptTokenWithoutScope);
        return if spared { Ok(()) } else { Err(Refusal::Invalid("the token has no scope")) };
    };
    let granted = grants(scope);
    let here = granted.iter().filter(|(aef_id, _)| *aef_id == measure.aef_id || faults.has(Fault::IgnoreAefInScope));
    let mut names = here.map(|(_, name)| *name);
    let is_granted = names.clone().any(|name| name == measure.api_name);
    // The liar that looks at the exposing function only.
    let is_here = names.next().is_some() && faults.has(Fault::IgnoreApiInScope);
    if is_granted || is_here || is_nearly_granted(&granted, measure, faults) {
        Ok(())
    } else {
        Err(Refusal::Scope("the token is not for this service API"))
    }
}

/// Whether a scope is good enough for a careless reader.
fn is_nearly_granted(granted: &[(&str, &str)], measure: &Measure<'_>, faults: &FaultSet) -> bool {
    let here = || granted.iter().filter(|(aef_id, _)| *aef_id == measure.aef_id);
    let alike = |name: &str| name.starts_with(measure.api_name) || measure.api_name.starts_with(name);
    let mixed = here().next().is_some() && granted.iter().any(|(_, name)| *name == measure.api_name);
    (measure.seen && faults.has(Fault::CompareScopeOfNewTokensOnly))
        || (measure.method != "GET" && faults.has(Fault::IgnoreScopeToWrite))
        || (here().any(|(_, name)| alike(name)) && faults.has(Fault::CompareBeginningsOfApiNames))
        || (here().any(|(_, name)| name.eq_ignore_ascii_case(measure.api_name))
            && faults.has(Fault::FoldCaseOfApiNames))
        || (mixed && faults.has(Fault::MixEntriesOfScope))
}

/// What a scope grants, as pairs of exposing function and API, with the prefix of stage 3 or without it.
pub(in super::super) fn grants(scope: &str) -> Vec<(&str, &str)> {
    let lists = scope.split(' ').map(|part| part.strip_prefix("3gpp#").unwrap_or(part));
    let sections = lists.flat_map(|list| list.split(';')).filter_map(|section| section.split_once(':'));
    let pairs = sections.flat_map(|(aef_id, names)| {
        // Levels below an API follow its name (feature CAPIF_Ext1).
        names.split(',').map(move |name| (aef_id, name.split(':').next().unwrap_or(name)))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::jose::{SigningKey, sign, unsigned};
    use crate::pki::{KeyKind, KeyPair};

    const NOW: i64 = 1_900_000_000;
    const CLAIMS: &str = r#"{"iss":"i","scope":"3gpp#a:x,y;b:z","exp":1900000100}"#;

    fn keys() -> (SigningKey, VerificationKey) {
        let pair = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let signing = SigningKey::from_pkcs8(pair.private_der().secret_der()).unwrap();
        let public = signing.verification_key().unwrap();
        (signing, public)
    }

    fn outcome(token: &str, key: &VerificationKey, api_name: &str, faults: &[Fault]) -> Result<Claims, Refusal> {
        let measure = Measure {
            keys: std::slice::from_ref(key),
            now_unix: NOW,
            aef_id: "a",
            api_name,
            exp_is_duration: false,
            method: "GET",
            seen: false,
        };
        validated(token, &measure, &faults.iter().copied().collect())
    }

    #[test]
    fn a_good_token_is_good_for_what_it_names() {
        let (signing, key) = keys();
        let token = sign(&signing, r#"{"alg":"ES256"}"#, CLAIMS).unwrap();
        assert_eq!(outcome(&token, &key, "x", &[]).unwrap().invoker.as_deref(), Some("i"));
        assert!(matches!(outcome(&token, &key, "z", &[]), Err(Refusal::Scope(_))));
        assert!(outcome(&token, &key, "z", &[Fault::IgnoreAefInScope]).is_ok());
        assert!(outcome(&token, &key, "z", &[Fault::IgnoreApiInScope]).is_ok());
        let none = unsigned(r#"{"alg":"none"}"#, CLAIMS);
        assert!(matches!(outcome(&none, &key, "x", &[]), Err(Refusal::Invalid(_))));
        assert!(outcome(&none, &key, "x", &[Fault::AcceptAlgNone]).is_ok());
        assert!(Clock::virtual_from_now().now_unix() < NOW);
    }

    #[test]
    fn the_leeway_ends_after_thirty_seconds() {
        let (signing, key) = keys();
        let expired = |ago: i64| {
            let claims = format!(r#"{{"iss":"i","scope":"3gpp#a:x","exp":{}}}"#, NOW - ago);
            sign(&signing, r#"{"alg":"ES256"}"#, &claims).unwrap()
        };
        assert!(outcome(&expired(30), &key, "x", &[]).is_ok());
        assert!(outcome(&expired(31), &key, "x", &[]).is_err());
        assert!(outcome(&expired(299), &key, "x", &[Fault::AllowGenerousLeeway]).is_ok());
    }

    #[test]
    fn a_scope_is_read_with_or_without_its_prefix() {
        assert_eq!(grants("openid 3gpp#a:x,y:res.r;b:z"), [("a", "x"), ("a", "y"), ("b", "z")]);
        assert_eq!(grants("a:x"), [("a", "x")]);
    }
}
