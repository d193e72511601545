//! What the invoker says on CAPIF-2e, and with which token, without I/O (TS 23.222 8.16, TS 33.122 6.5.2.3 steps 5 and
//! 6, C.5 and C.6).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::actors::form;
use crate::actors::invoker::discovered::Offer;
use crate::actors::uri::Uri;
use crate::fault::{Fault, FaultSet};
use crate::wire::{Request, Trust};

/// A token that the invoker holds, with what the core function said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors::invoker) struct Permission {
    /// What it is good for, as a scope.
    pub(in crate::actors::invoker) scope: String,
    /// Whose authorization it carries.
    pub(in crate::actors::invoker) owner: Option<String>,
    /// The token: a text that is passed on (C.5).
    pub(in crate::actors::invoker) token: String,
    /// When `expires_in` has passed, seconds since 1970.
    pub(in crate::actors::invoker) good_until: i64,
}

/// What is to be done about a token before an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::actors::invoker) enum Need {
    /// This one is good.
    Have(String),
    /// A token has to be obtained.
    Obtain {
        /// Whether one has run out.
        again: bool,
    },
    /// It goes without.
    Nothing,
}

impl Permission {
    fn covers(&self, offer: &Offer, owner: Option<&str>) -> bool {
        let lists =
            self.scope.split(' ').filter_map(|part| part.strip_prefix("3gpp#")).flat_map(|list| list.split(';'));
        let mut entries = lists.filter_map(|entry| entry.split_once(':'));
        let named =
            entries.any(|(aef_id, apis)| aef_id == offer.aef_id && apis.split(',').any(|api| api == offer.api_name));
        named && self.owner.as_deref() == owner
    }

    /// The same for the token of anybody.
    fn covers_for_anybody(&self, offer: &Offer) -> bool {
        self.covers(offer, self.owner.as_deref())
    }
}

/// Whether a token is held for this, that has not run out by what the core function said: what stands in it is not the
/// invoker's to read.
pub(in crate::actors::invoker) fn need(
    held: &[Permission],
    offer: &Offer,
    owner: Option<&str>,
    now_unix: i64,
    faults: &FaultSet,
) -> Need {
    if faults.has(Fault::InvokeWithoutToken) {
        return Need::Nothing;
    }
    let any_owner = faults.has(Fault::UseTokenOfAnotherOwner);
    let any_api = faults.has(Fault::UseTokenForAnotherApi);
    let good = |permission: &&Permission| {
        permission.covers(offer, owner)
            || (any_api && permission.owner.as_deref() == owner)
            || (any_owner && permission.covers_for_anybody(offer))
    };
    let Some(last) = held.iter().rfind(good) else {
        return Need::Obtain { again: false };
    };
    let told = if faults.has(Fault::GoByExpOfTheToken) { exp(&last.token) } else { None };
    let good = now_unix < told.unwrap_or(last.good_until);
    if good || faults.has(Fault::UseExpiredToken) {
        Need::Have(last.token.clone())
    } else {
        Need::Obtain { again: true }
    }
}

/// The token with which the invoker goes on where none is granted: none (TS 23.222 8.31.3 step 2).
pub(in crate::actors::invoker) fn instead(held: &[Permission], offer: &Offer, faults: &FaultSet) -> Option<String> {
    let mut others = held.iter().filter(|permission| permission.owner.is_some());
    let other = others.rfind(|permission| permission.covers_for_anybody(offer));
    other.filter(|_| faults.has(Fault::InvokeAfterTheOwnerRefused)).map(|permission| permission.token.clone())
}

fn exp(token: &str) -> Option<i64> {
    claims(token)?["exp"].as_i64()
}

fn claims(token: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()
}

/// A token request that follows one that has run out: the same procedure once more (C.6, C.3).
pub(in crate::actors::invoker) fn renewing(mut request: Request, again: bool, faults: &FaultSet) -> Request {
    if again && faults.has(Fault::RenewTokenByRefreshGrant) {
        let body = String::from_utf8_lossy(&request.body).replace("client_credentials", "refresh_token");
        request.body = body.into_bytes();
    }
    request
}

/// The Authentication Initiation Request (TS 33.122 6.5.2.3 step 5, TS 29.222 6.2.2.2).
pub(in crate::actors::invoker) fn initiation(id: &str, offer: &Offer, faults: &FaultSet) -> Option<Request> {
    if faults.has(Fault::SkipAuthenticationInitiation) {
        return None;
    }
    let foreign = faults.has(Fault::InitiateForAnotherInvoker);
    let id = if foreign { format!("{id}-neighbour") } else { id.to_owned() };
    let body = json!({"apiInvokerId": id, "supportedFeatures": "0"});
    let target = format!("{}/aef-security/v1/check-authentication", offer.prefix);
    Some(Request::new("POST", &target).body("application/json", body.to_string()))
}

/// Whether the answer to the initiation starts the TLS session of the invocation.
pub(in crate::actors::invoker) fn may_go_on(status: u16, faults: &FaultSet) -> bool {
    let other_refusal = status != 403 && faults.has(Fault::TakeOtherRefusalsForConsent);
    status == 200 || other_refusal || faults.has(Fault::InvokeAfterRefusedInitiation)
}

/// What the certificate of the exposing function is held against.
pub(in crate::actors::invoker) fn trust(roots: Trust, faults: &FaultSet) -> Trust {
    if faults.has(Fault::TrustAnyExposingFunction) { Trust::anything() } else { roots }
}

/// What it is held against for an invocation, once the initiation was answered: the same.
pub(in crate::actors::invoker) fn trust_once_initiated(roots: Trust, faults: &FaultSet) -> Trust {
    if faults.has(Fault::TrustOnceInitiated) { Trust::anything() } else { trust(roots, faults) }
}

/// Whether the enrolled certificate answers the request of the exposing function for one.
pub(in crate::actors::invoker) fn shows_certificate(faults: &FaultSet) -> bool {
    !faults.has(Fault::InvokeWithoutCertificate)
}

/// The invocation: `{apiRoot}/{apiName}/{apiVersion}/…` with the token in the Authorization header, over a session that
/// was set up for it.
pub(in crate::actors::invoker) fn invocation(
    offer: &Offer,
    offers: &[Offer],
    (nonce, owner): (&str, Option<&str>),
    token: Option<&str>,
    faults: &FaultSet,
) -> Request {
    let mut neighbours = offers.iter().filter(|other| other.aef_id == offer.aef_id && other.api_name != offer.api_name);
    let another = faults.has(Fault::InvokeAnotherApi).then(|| neighbours.next()).flatten();
    let name = form::escape(&another.unwrap_or(offer).api_name);
    let version = if faults.has(Fault::InvokeWithoutVersion) { "" } else { &format!("/{}", offer.version) };
    let resource = owner.map_or_else(String::new, |owner| format!("owners/{}/", form::escape(owner)));
    let target = format!("{}/{name}{version}/{resource}state?nonce={}", offer.prefix, form::escape(nonce));
    let request = match token.and_then(|token| presented(token, faults)) {
        None => Request::new("GET", &target),
        Some(token) if faults.has(Fault::SendTokenInQuery) => {
            Request::new("GET", &format!("{target}&access_token={}", form::escape(&token)))
        }
        Some(token) => Request::new("GET", &target).header("Authorization", &format!("Bearer {token}")),
    };
    if faults.has(Fault::InvokeOnTheInitiationsConnection) { request } else { request.on_fresh_connection() }
}

/// The token as it goes out: as it came.
fn presented(token: &str, faults: &FaultSet) -> Option<String> {
    if claims(token).is_none() && faults.has(Fault::WithholdTokenItCannotRead) {
        return None;
    }
    Some(if faults.has(Fault::AlterToken) { format!("{token}=") } else { token.to_owned() })
}

/// Whether an invocation with this answer is sent once more: it is not, once it was served (TS 23.222 8.16.3 step 1).
pub(in crate::actors::invoker) fn is_repeated(status: u16, faults: &FaultSet) -> bool {
    status == 200 && faults.has(Fault::RepeatServedInvocation)
}

/// Where a redirection is followed to: nowhere, for a token goes where it was meant for, and never in clear (C.1).
pub(in crate::actors::invoker) fn followed(location: &str, faults: &FaultSet) -> Option<Uri> {
    Uri::parse(location).filter(|_| faults.has(Fault::SendTokenOverPlainHttp))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn offer(api_name: &str) -> Offer {
        Offer {
            aef_id: "aef-1".to_owned(),
            api_name: api_name.to_owned(),
            version: "v1".to_owned(),
            authority: "127.0.0.1:1".to_owned(),
            prefix: String::new(),
        }
    }

    /// A token whose exp is 1000.
    fn permission(token: &str) -> Permission {
        Permission { scope: "3gpp#aef-1:x,y".to_owned(), owner: None, token: token.to_owned(), good_until: 100 }
    }

    fn readable() -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"exp":1000}"#))
    }

    /// Everything that is decided here, as text.
    pub(in crate::actors::invoker::rules) fn said(faults: &FaultSet) -> String {
        let (offer, other, elsewhere) = (offer("x"), offer("y"), offer("z"));
        let offers = [offer.clone(), other];
        let held = [permission(&readable())];
        let owned = [Permission { owner: Some("o".to_owned()), ..permission("owned") }];
        let invoked = |token| invocation(&offer, &offers, ("n", None), Some(token), faults);
        let renewal = Request::new("POST", "/").body("text/plain", "grant_type=client_credentials");
        let nothing = Trust::roots(vec![certificate()]).unwrap();
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {} {} {} {:?} {:?} {:?}",
            need(&owned, &offer, Some("p"), 50, faults),
            instead(&owned, &offer, faults),
            [50, 500, 5000].map(|now| need(&held, &offer, None, now, faults)),
            need(&[], &offer, None, 0, faults),
            need(&held, &elsewhere, None, 50, faults),
            renewing(renewal, true, faults),
            initiation("i", &offer, faults),
            [403, 503].map(|status| may_go_on(status, faults)),
            is_repeated(200, faults),
            trust(nothing.clone(), faults) == Trust::anything(),
            trust_once_initiated(nothing, faults) == Trust::anything(),
            shows_certificate(faults),
            invoked("opaque"),
            invoked(&readable()),
            followed("http://a.example/", faults),
        )
    }

    fn certificate() -> rustls::pki_types::CertificateDer<'static> {
        let clock = crate::clock::Clock::virtual_from_now();
        let key = crate::pki::KeyPair::generate(crate::pki::KeyKind::EcdsaP256).unwrap();
        crate::pki::Authority::new("ca", &key, &clock).unwrap().root().clone()
    }

    #[test]
    fn a_token_is_used_until_expires_in_has_passed() {
        let none = FaultSet::default();
        let held = [permission("t")];
        assert_eq!(need(&held, &offer("x"), None, 99, &none), Need::Have("t".to_owned()));
        assert_eq!(need(&held, &offer("x"), None, 100, &none), Need::Obtain { again: true });
        assert_eq!(need(&held, &offer("z"), None, 99, &none), Need::Obtain { again: false });
        assert_eq!(need(&held, &offer("x"), Some("owner"), 99, &none), Need::Obtain { again: false });
    }

    #[test]
    fn an_invocation_has_its_token_in_the_header() {
        let request = invocation(&offer("x"), &[], ("n", None), Some("t"), &FaultSet::default());
        assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/x/v1/state?nonce=n"));
        assert_eq!(request.headers, [("Authorization".to_owned(), "Bearer t".to_owned())]);
        assert!(request.fresh);
    }
}
