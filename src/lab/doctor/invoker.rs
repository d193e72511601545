//! Trying the set-up of an invoker out: it is told to onboard at a core function of ours and to look for service APIs.

use std::net::{SocketAddr, ToSocketAddrs as _};

use super::exchanged::{Errand, clock_of_requests, named_features};
use super::{Line, forgotten};
use crate::checks::lens;
use crate::control::Act;
use crate::lab::{Lab, Stop};
use crate::operation;
use crate::spec::{Party, Role, Service};
use crate::wire::{ExchangeId, Knocked, Route, Scheme, knock};

const LABEL: &str = "doctor";
const CALLBACKS: &str = "callback address";

impl Lab {
    pub(super) async fn check_invoker(&mut self) -> Vec<Line> {
        let about = Role::Invoker.code();
        let labels = [LABEL.to_owned()];
        let methods = self.offered_methods();
        if methods.is_empty() {
            return vec![Line::not_checkable(about, "everything else", "it claims neither PKI nor OAUTH")];
        }
        let ready = match self.register_provider(&[Party::EXPOSING_FUNCTION]).await {
            Ok(()) => self.publish(LABEL, &[Party::EXPOSING_FUNCTION], &methods, false).await,
            Err(stop) => Err(stop),
        };
        if let Err(stop) = ready {
            return vec![Line::not_checkable(about, "everything else", stop.reason())];
        }
        let mark = self.timeline.mark();
        let stopped = self.have_onboarded(&labels).await.err();
        let mut lines = self.arrival_lines(about, mark, stopped.as_ref()).await;
        if matches!(stopped, Some(Stop::NotApplicable(_))) && self.id_of(Party::INVOKER).is_err() {
            lines.push(self.callback_line(about).await);
            return lines;
        }
        lines.push(self.callback_line(about).await);
        if self.target.claims(Role::Invoker).is_some_and(|claims| claims.features.contains_key(&Service::Security)) {
            let told = self.tell_to_negotiate(Act::NegotiateSecurity, Party::EXPOSING_FUNCTION, &methods).await;
            // Features are named by the request, whatever became of the order.
            let _in_vain = told.is_err();
        }
        let exchanges = self.exchanges();
        lines.push(clock_of_requests(about, &exchanges));
        if let Some(claims) = self.target.claims(Role::Invoker) {
            lines.extend(named_features(about, claims, &exchanges));
        }
        lines.push(forgotten(about, &self.target, self.plan.sut));
        self.reset().await;
        lines
    }

    /// What of it reached our core function.
    async fn arrival_lines(&self, about: &str, mark: ExchangeId, stop: Option<&Stop>) -> Vec<Line> {
        let is_onboarded = self.id_of(Party::INVOKER).is_ok();
        let errand = Errand {
            about,
            what: "enrolment",
            operation: operation!("CreateOnboardedAPIInvoker"),
            achieved: "onboarded",
            place: &self.core_function().map(|core| core.url).unwrap_or_default(),
        };
        // Where it has onboarded, what stopped it came after that.
        let mut lines = self.went(&errand, mark, stop.filter(|_| !is_onboarded)).await;
        if is_onboarded {
            let operation = operation!("GetPubServAPIs");
            let errand = Errand { what: "discovery", operation, achieved: "was shown service APIs", ..errand };
            lines.push(errand.came(&self.since(mark), stop));
        }
        lines
    }

    /// Whether somebody listens where it wants to be told of revocations.
    async fn callback_line(&self, about: &str) -> Line {
        let exchanges = self.exchanges();
        let asked = exchanges.iter().rfind(|exchange| lens::is_of(exchange, operation!("CreateOnboardedAPIInvoker")));
        let body = asked.and_then(|exchange| lens::request_object(exchange));
        let told = body.and_then(|body| body.get("notificationDestination")?.as_str().map(str::to_owned));
        let said = self.target.invoker.as_ref().and_then(|invoker| invoker.callback);
        let (url, address) = match (told, said) {
            (Some(url), _) => {
                let address = address_of(&url);
                (url, address)
            }
            (None, Some(said)) => (said.to_string(), Some(said)),
            (None, None) => {
                let why = "no request of its named a notificationDestination, and there is no invoker.callback";
                return Line::not_checkable(about, CALLBACKS, why);
            }
        };
        let Some(address) = address else {
            let cure = "let it name an address that this machine resolves: it is told there that it was revoked";
            return Line::problem(about, CALLBACKS, format!("{url} is no URL that resolves here"), cure);
        };
        if let Some(said) = said.filter(|said| *said != address) {
            let cure = "correct invoker.callback, or what it is configured with";
            return Line::problem(about, CALLBACKS, format!("it named {url}, and invoker.callback is {said}"), cure);
        }
        let route = Route {
            server: crate::wire::Party::new(about),
            address,
            host: address.to_string(),
            // Whether there is a listener: what it speaks is for the scenarios to see.
            scheme: Scheme::Plain,
        };
        match knock(&route, &self.clock, self.target.deadlines).await {
            Knocked::Nobody { why } => Line::problem(
                about,
                CALLBACKS,
                format!("nobody listens at {url}: {why}"),
                "let it listen there, name another address, or open the firewalls between: it is told there that it was \
                 revoked",
            ),
            Knocked::Open { .. } | Knocked::Broken { .. } | Knocked::Distrusted { .. } => {
                Line::ok(about, CALLBACKS, format!("{url} takes connections"))
            }
        }
    }
}

/// Where a URL leads.
fn address_of(url: &str) -> Option<SocketAddr> {
    let (scheme, rest) = url.split_once("://")?;
    let port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let named = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    named.to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_url_is_found_with_and_without_its_port() {
        let of = |url: &str| address_of(url).map(|address| address.to_string());
        assert_eq!(of("http://127.0.0.1:9/a?b").as_deref(), Some("127.0.0.1:9"));
        assert_eq!(of("https://127.0.0.1?b").as_deref(), Some("127.0.0.1:443"));
        assert_eq!(of("http://[::1]/a").as_deref(), Some("[::1]:80"));
        assert_eq!((of("ftp://127.0.0.1:9"), of("nonsense"), of("http://")), (None, None, None));
    }
}
