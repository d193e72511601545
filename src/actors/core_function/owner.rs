//! Asking the owners of resources through the resource owner function, over a connection of the core function's own
//! (TS 23.222 8.31.3; the adapter is that of [`crate::control`]).

use super::token::Errand;
use crate::actors::Settings;
use crate::actors::core_client::resolve;
use crate::actors::uri::Uri;
use crate::clock::{Deadline, Deadlines};
use crate::control::{OwnerAnswer, OwnerFunction, OwnerQuery};
use crate::pki::certificates_from_pem;
use crate::spec::Role;
use crate::wire::{Caller, Identity, Outcome, Party, Request, Route, Scheme, Trust, Versions};

/// Asks in the name of the core function.
pub(super) struct Inquirer {
    caller: Caller,
    timeline: crate::wire::Timeline,
    party: Party,
    identity: Identity,
}

/// What came of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// An answer, about whatever.
    Answer(OwnerAnswer),
    /// Something that is no answer: an error of the resource owner function.
    Nonsense,
    /// Nothing, until the deadline.
    Silence,
    /// The resource owner function cannot be reached, or is not the one that it should be.
    Unreachable,
}

impl Inquirer {
    pub(super) fn new(settings: &Settings, identity: Identity) -> Self {
        // An owner is given as long as a notification is, but no longer than half of what an invoker is kept waiting, so
        // that the invoker still hears of it.
        let Deadlines { answer, notification, .. } = settings.deadlines;
        let patience = Deadline { after: notification.after.min(answer.after / 2), ..notification };
        let deadlines = Deadlines { answer: patience, ..settings.deadlines };
        Self {
            caller: Caller::new(settings.timeline.clone(), settings.clock.clone(), deadlines),
            timeline: settings.timeline.clone(),
            party: settings.party.clone(),
            identity,
        }
    }

    /// Asks what an errand is about.
    pub(super) async fn ask(&self, errand: &Errand) -> Heard {
        match route(&errand.function).await {
            Some((route, target)) => self.put(&route, &target, &errand.query).await,
            None => Heard::Unreachable,
        }
    }

    async fn put(&self, route: &Route, target: &str, query: &OwnerQuery) -> Heard {
        let Ok(body) = serde_json::to_string(query) else { return Heard::Unreachable };
        let request = Request::new("POST", target).body("application/json", body);
        let purpose = "owner authorization query";
        let id = self.caller.call(&self.party, Some(&self.identity), route, &request, purpose).await;
        let Some(exchange) = self.timeline.get(id) else { return Heard::Unreachable };
        let body = exchange.response.as_ref().filter(|_| exchange.status() == Some(200)).map(|answer| &answer.body);
        match (&exchange.outcome, body) {
            (Outcome::Answered, Some(body)) => serde_json::from_slice(body).map_or(Heard::Nonsense, Heard::Answer),
            (Outcome::Answered | Outcome::Malformed { .. }, _) => Heard::Nonsense,
            (Outcome::TimedOut { .. } | Outcome::Open, _) => Heard::Silence,
            (Outcome::HandshakeRefused { .. } | Outcome::ClosedWithoutAnswer | Outcome::Unreachable { .. }, _) => {
                Heard::Unreachable
            }
        }
    }
}

/// The way to a resource owner function: over TLS, to one that chains to the roots told.
async fn route(function: &OwnerFunction) -> Option<(Route, String)> {
    let uri = Uri::parse(&function.url).filter(|uri| uri.secure)?;
    let roots = certificates_from_pem(&function.roots).ok()?;
    let route = Route {
        server: Party::new(Role::ResourceOwnerFunction.code()),
        address: resolve(&uri).await?,
        host: uri.authority.clone(),
        scheme: Scheme::Tls { trust: Trust::roots(roots).ok()?, versions: Versions::Both },
    };
    Some((route, uri.target))
}
