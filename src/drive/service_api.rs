//! Stimuli of service APIs: invocations, each with a nonce that has to come back, and the plain service logic behind.

use std::io;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::json;

use super::stimulus::{Body, Stimulus, path_segment};
use crate::clock::Clock;
use crate::spec::Party;
use crate::wire::{self, Gate, Handler, Incoming, Ports, Reply, Server, ServerTls, Timeline};

/// The one request that a service API takes whose service logic is the product's own.
#[derive(Clone, Debug)]
pub struct OwnRequest<'a> {
    /// HTTP method.
    pub method: &'static str,
    /// Path and query.
    pub target: &'a str,
    /// Media type and content.
    pub body: Option<&'a (String, String)>,
}

/// The invocation of such a service API, the token in the Authorization header.
#[must_use]
pub fn invoke_own(by: Party, at: Party, api_name: &str, request: &OwnRequest<'_>, token: Option<&str>) -> Stimulus {
    let body = match request.body {
        Some((media, text)) => Body::Raw { media: media.clone(), bytes: text.clone().into_bytes() },
        None => Body::Empty,
    };
    invoking(Stimulus::invoking(request.method, by, at, request.target.to_owned(), body), api_name, token)
}

fn invoking(stimulus: Stimulus, api_name: &str, token: Option<&str>) -> Stimulus {
    let stimulus = Stimulus { service_api: Some(api_name.to_owned()), ..stimulus };
    match token {
        Some(token) => stimulus.with_header("Authorization", &format!("Bearer {token}")),
        None => stimulus,
    }
}

/// What is invoked.
#[derive(Clone, Debug)]
pub struct Invocation<'a> {
    /// The exposing function.
    pub at: Party,
    /// Name of the service API.
    pub api_name: &'a str,
    /// HTTP method.
    pub method: &'static str,
    /// The owner of the resource, where it has one.
    pub owner: Option<&'a str>,
    /// What tells this invocation from every other.
    pub nonce: &'a str,
    /// The access token, in method 3.
    pub token: Option<&'a str>,
}

/// The invocation of a service API: `{apiRoot}/{apiName}/{apiVersion}/…`, the token in the Authorization header
/// (TS 33.122 6.5.2.3 step 6, C.5).
#[must_use]
pub fn invoke(by: Party, invocation: &Invocation<'_>) -> Stimulus {
    let resource = match invocation.owner {
        Some(owner) => format!("owners/{}/state", path_segment(owner)),
        None => "state".to_owned(),
    };
    let path = format!("/{}/v1/{resource}", path_segment(invocation.api_name));
    let nonce = invocation.nonce;
    let (target, body) = match invocation.method {
        "POST" => (path, Body::Json(json!({ "nonce": nonce }))),
        _ => (format!("{path}?nonce={nonce}"), Body::Empty),
    };
    invoking(
        Stimulus::invoking(invocation.method, by, invocation.at, target, body),
        invocation.api_name,
        invocation.token,
    )
}

/// The service logic behind one exposing function: it says what it was asked for, and nothing else.
#[derive(Debug)]
pub struct ServiceLogic {
    server: Server,
    host: String,
    gate: Gate,
}

struct GivesBack;

impl Handler for GivesBack {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let query = incoming.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let in_query = query.split('&').find_map(|pair| pair.strip_prefix("nonce=")).map(str::to_owned);
        let body: serde_json::Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
        let nonce = in_query.or_else(|| body["nonce"].as_str().map(str::to_owned));
        let told = json!({ "nonce": nonce, "operation": incoming.method });
        Box::pin(std::future::ready(Reply::new(200).body("application/json", told.to_string())))
    }
}

impl ServiceLogic {
    /// Service logic that is called by this exposing function.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn open(name: &str, ports: &Ports, timeline: Timeline, clock: Clock) -> io::Result<Self> {
        let gate = Gate::default();
        let handler = gate.before(Arc::new(GivesBack));
        let server = ports.serve(wire::Party::new(name), ServerTls::Plain, handler, timeline, clock).await?;
        Ok(Self { server, host: ports.host().to_owned(), gate })
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}:{}/logic", self.host, self.server.address().port())
    }

    /// The tester's hand on its answers.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
}
