//! The invoker calls service APIs: a token where it has none, initiation of authentication, and then the invocation
//! (TS 23.222 8.11 and 8.16, TS 33.122 6.5.2.3).

use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};

use super::discovered::Offer;
use super::rules::invocation::{self as rules, Need, Permission};
use super::{Enrolment, Hindrance, Person};
use crate::actors::core_client::{Answer, Unanswered, resolve};
use crate::actors::uri::Uri;
use crate::control::{ActOutcome, Invoke, ObtainToken, Report, SecretUse, WantedAccess};
use crate::pki::certificates_from_pem;
use crate::spec::Role;
use crate::wire::{Caller, Exchange, Identity, Outcome, Party, Request, Route, Scheme, Trust, Versions};

/// An exposing function as this invoker reaches it during one act.
struct Counter<'a> {
    person: &'a Person,
    caller: Caller,
    route: Route,
    /// The same for invocations.
    invocations: Route,
    identity: Option<&'a Identity>,
}

impl Person {
    /// TS 33.122 6.5.2.3 steps 5 and 6, after steps 1 to 4 where they are needed.
    pub(super) async fn invoke(&self, with: &Invoke) -> Result<Report, Hindrance> {
        let own = self.enrolled()?;
        let mut offers = own.offers.iter();
        let offer = offers.find(|offer| offer.aef_id == with.aef_id && offer.api_name == with.api_name);
        let offer = offer.ok_or(Hindrance::NotOffered)?;
        let token = match self.permission(&own, offer, with.owner.as_deref()).await? {
            Ok(token) => token,
            Err(refused) => return Ok(refused),
        };
        let counter = self.counter(&own, offer, &with.roots).await?;
        if let Some(refused) = counter.initiated(&own, offer).await? {
            return Ok(refused);
        }
        let calls = with
            .nonces
            .iter()
            .map(|nonce| counter.invoked(&own, offer, (nonce.as_str(), with.owner.as_deref()), token.as_deref()));
        let mut statuses = Vec::new();
        for status in join_all(calls).await {
            statuses.push(status?);
        }
        if statuses.contains(&401) {
            // Whatever made it refuse, nothing that was agreed with it is good any more (RFC 6750 3.1).
            self.remember(|enrolment| enrolment.forget(offer));
        }
        let done = statuses.iter().all(|status| (200..300).contains(status));
        let outcome = if done { ActOutcome::Done } else { ActOutcome::Refused };
        Ok(Report { outcome, detail: json!({"statuses": statuses}) })
    }

    /// The token for an invocation, or the report of the core function's refusal to give one.
    async fn permission(
        &self,
        own: &Enrolment,
        offer: &Offer,
        owner: Option<&str>,
    ) -> Result<Result<Option<String>, Report>, Hindrance> {
        let now = self.settings.clock.now_unix();
        let again = match rules::need(&own.permissions, offer, owner, now, &self.settings.faults) {
            Need::Have(token) => return Ok(Ok(Some(token))),
            Need::Nothing => return Ok(Ok(None)),
            Need::Obtain { again } => again,
        };
        let access = WantedAccess { aef_id: offer.aef_id.clone(), api_names: vec![offer.api_name.clone()] };
        let with = ObtainToken { scope: vec![access], secret: SecretUse::None, owner: owner.map(str::to_owned) };
        let Some(mut message) = super::rules::token_request(&self.applicant(own), &with, &self.settings.faults) else {
            return Ok(Ok(None));
        };
        message.request = rules::renewing(message.request, again, &self.settings.faults);
        let answer = self.say(own, &message, "obtain an access token").await?;
        let instead = || rules::instead(&own.permissions, offer, &self.settings.faults);
        let token = self.keep(&answer, &with).or_else(instead);
        Ok(token.map(Some).ok_or_else(|| answer.report(json!({"error": answer.body["error"]}))))
    }

    /// Keeps the token of an answer, and gives it.
    pub(super) fn keep(&self, answer: &Answer, asked: &ObtainToken) -> Option<String> {
        let token = answer.body["access_token"].as_str().filter(|_| answer.is_success())?.to_owned();
        let scope = answer.body["scope"].as_str().map_or_else(|| super::rules::scope(&asked.scope), str::to_owned);
        let expires_in = answer.body["expires_in"].as_i64().unwrap_or(0);
        let good_until = self.settings.clock.now_unix().saturating_add(expires_in);
        let permission = Permission { scope, owner: asked.owner.clone(), token: token.clone(), good_until };
        self.remember(|enrolment| enrolment.permissions.push(permission));
        Some(token)
    }

    async fn counter<'a>(&'a self, own: &'a Enrolment, offer: &Offer, roots: &str) -> Result<Counter<'a>, Hindrance> {
        let faults = &self.settings.faults;
        // An interface description has no scheme: CAPIF-2e is TLS.
        let uri = Uri::parse(&format!("https://{}", offer.authority)).ok_or(Hindrance::NotOffered)?;
        let roots = certificates_from_pem(roots).map_err(|_unreadable| Unanswered::Roots)?;
        let trust = Trust::roots(roots).map_err(|_unusable| Unanswered::Roots)?;
        let route = Route {
            server: Party::new(Role::ExposingFunction.code()),
            address: resolve(&uri).await.ok_or(Hindrance::NotOffered)?,
            host: uri.authority,
            scheme: Scheme::Tls { trust: rules::trust(trust.clone(), faults), versions: Versions::Both },
        };
        let scheme = Scheme::Tls { trust: rules::trust_once_initiated(trust, faults), versions: Versions::Both };
        let invocations = Route { scheme, ..route.clone() };
        let identity = rules::shows_certificate(faults).then_some(&own.identity);
        Ok(Counter { person: self, caller: self.settings.caller(), route, invocations, identity })
    }
}

impl Enrolment {
    fn forget(&mut self, offer: &Offer) {
        self.initiated.remove(&offer.aef_id);
        self.permissions.clear();
    }
}

impl Counter<'_> {
    /// Initiates authentication, once for each exposing function; the report, where that is refused.
    async fn initiated(&self, own: &Enrolment, offer: &Offer) -> Result<Option<Report>, Hindrance> {
        let faults = &self.person.settings.faults;
        if own.initiated.contains(&offer.aef_id) {
            return Ok(None);
        }
        let Some(request) = rules::initiation(&own.id, offer, faults) else {
            return Ok(None);
        };
        let exchange = self.call(&self.route, &request, "initiate authentication").await?;
        let status = answered(&exchange)?;
        if !rules::may_go_on(status, faults) {
            return Ok(Some(Report { outcome: ActOutcome::Refused, detail: json!({"status": status}) }));
        }
        self.person.remember(|enrolment| enrolment.initiated.extend([offer.aef_id.clone()]));
        Ok(None)
    }

    async fn invoked(
        &self,
        own: &Enrolment,
        offer: &Offer,
        what: (&str, Option<&str>),
        token: Option<&str>,
    ) -> Result<u16, Hindrance> {
        let faults = &self.person.settings.faults;
        let request = rules::invocation(offer, &own.offers, what, token, faults);
        let exchange = self.call(&self.invocations, &request, "service API invocation").await?;
        if exchange.status().is_some_and(|status| rules::is_repeated(status, faults)) {
            self.call(&self.invocations, &request, "service API invocation").await?;
        }
        let location = exchange.response.as_ref().and_then(|answer| answer.header("Location")).unwrap_or_default();
        if let Some(uri) = rules::followed(&location, faults)
            && let Some(address) = resolve(&uri).await
        {
            let route = Route { address, host: uri.authority, scheme: Scheme::Plain, ..self.invocations.clone() };
            let request = Request { target: uri.target, ..request };
            self.call(&route, &request, "service API invocation").await?;
        }
        answered(&exchange)
    }

    async fn call(&self, route: &Route, request: &Request, purpose: &str) -> Result<Arc<Exchange>, Hindrance> {
        let settings = &self.person.settings;
        let id = self.caller.call(&settings.party, self.identity, route, request, purpose).await;
        settings.timeline.get(id).ok_or(Hindrance::Unserved(Outcome::Open))
    }
}

fn answered(exchange: &Exchange) -> Result<u16, Hindrance> {
    exchange.status().ok_or_else(|| Hindrance::Unserved(exchange.outcome.clone()))
}

/// The error words of an answer, for people.
pub(super) fn told(answer: &Answer) -> Value {
    ["scope", "expires_in", "error"].map(|name| (name.to_owned(), answer.body[name].clone())).into_iter().collect()
}
