//! The core function as other peers reach it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::actors::Settings;
use crate::actors::uri::Uri;
use crate::control::{ActOutcome, CoreFunction, Report};
use crate::pki::{certificates_from_pem, common_name};
use crate::spec::Role;
use crate::wire::{Caller, Identity, Outcome, Party, Request, Route, Scheme, Timeline, Trust, Versions};

/// A core function that a peer was told of.
#[derive(Clone, Debug)]
pub(super) struct CoreClient {
    caller: Caller,
    timeline: Timeline,
    route: Route,
    prefix: String,
    /// The name that its certificate showed last.
    shown: Arc<Mutex<Option<String>>>,
}

/// Why there is nobody to call, or what was called gave no usable answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The address cannot be called.
    #[error("`{0}` is no address of a core function")]
    Address(String),
    /// The roots cannot be read.
    #[error("the roots of the core function cannot be used")]
    Roots,
    /// Nothing that is HTTP came back.
    #[error("the core function gave no answer: {0:?}")]
    Silence(Outcome),
}

/// An answer of the core function.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// Its Location.
    pub(super) location: Option<String>,
    /// Its body; null when it is no JSON.
    pub(super) body: Value,
}

impl CoreClient {
    /// The core function at an address. HTTPS only: nothing of CAPIF goes in clear (TS 29.222 7.3).
    pub(super) async fn new(settings: &Settings, core: &CoreFunction) -> Result<Self, Unanswered> {
        let unusable = || Unanswered::Address(core.url.clone());
        let uri = Uri::parse(&core.url).filter(|uri| uri.secure).ok_or_else(unusable)?;
        let address = match &core.connect_to {
            Some(address) => address.parse().map_err(|_no_address| Unanswered::Address(address.clone()))?,
            None => resolve(&uri).await.ok_or_else(unusable)?,
        };
        let roots = certificates_from_pem(&core.roots).map_err(|_unreadable| Unanswered::Roots)?;
        Ok(Self {
            caller: settings.caller(),
            timeline: settings.timeline.clone(),
            route: Route {
                server: Party::new(Role::CoreFunction.code()),
                address,
                host: uri.authority.clone(),
                scheme: Scheme::Tls {
                    trust: Trust::roots(roots).map_err(|_unusable| Unanswered::Roots)?,
                    versions: Versions::Both,
                },
            },
            prefix: uri.target.trim_end_matches('/').to_owned(),
            shown: Arc::default(),
        })
    }

    /// The common name of the core function, as its certificate showed it last.
    pub(super) fn names(&self) -> Option<String> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The target of a resource, by its path below `{apiRoot}`.
    pub(super) fn target(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// Sends a request and waits for the answer.
    pub(super) async fn send(
        &self,
        client: &Party,
        identity: Option<&Identity>,
        request: &Request,
        purpose: &str,
    ) -> Result<Answer, Unanswered> {
        let id = self.caller.call(client, identity, &self.route, request, purpose).await;
        let Some(exchange) = self.timeline.get(id) else {
            return Err(Unanswered::Silence(Outcome::Open));
        };
        let leaf = exchange.tls.as_ref().and_then(|tls| tls.server_chain.first());
        if let Some(name) = leaf.and_then(|leaf| common_name(leaf)) {
            *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(name);
        }
        match (exchange.status(), &exchange.response) {
            (Some(status), Some(response)) => {
                Ok(Answer { status, location: response.header("Location"), body: response.json().unwrap_or_default() })
            }
            (Some(_) | None, _) => Err(Unanswered::Silence(exchange.outcome.clone())),
        }
    }
}

impl Answer {
    /// Whether the core function agreed.
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How the act ended that this answers.
    pub(super) fn report(&self, mut detail: Value) -> Report {
        if let Some(members) = detail.as_object_mut() {
            members.insert("status".to_owned(), self.status.into());
        }
        Report { outcome: if self.is_success() { ActOutcome::Done } else { ActOutcome::Refused }, detail }
    }
}

/// The report of an act that could not be carried out.
pub(super) fn failed(why: impl std::fmt::Display) -> Report {
    Report { outcome: ActOutcome::Failed, detail: json!({"why": why.to_string()}) }
}

/// The target of a URI that the core function gave: absolute or relative.
pub(super) fn target_of(location: &str) -> String {
    Uri::parse(location).map_or_else(|| location.to_owned(), |uri| uri.target)
}

/// The address behind a URI.
pub(super) async fn resolve(uri: &Uri) -> Option<SocketAddr> {
    let (host, port) = uri.endpoint();
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(SocketAddr::new(address, port));
    }
    tokio::net::lookup_host((host, port)).await.ok()?.next()
}
