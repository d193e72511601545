//! A resource owner function that understands nothing passes nothing, and one that always says the same passes nothing
//! that depends on what it says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use capifspec::clock::{Clock, Deadlines};
use capifspec::pki::{Authority, KeyKind, KeyPair, LeafSpec};
use capifspec::run::Settings;
use capifspec::run::feature::Scenario;
use capifspec::spec::Role;
use capifspec::target::{Claims, OwnerEndpoint, Surface, Target};
use capifspec::verdict::Verdict;
use capifspec::wire::{ClientAuth, Handler, Identity, Incoming, Party, Reply, Server, ServerTls, Timeline};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::built_in::{settings, verdicts_on};

const JSON: &str = "application/json";

struct Mannered<F>(F);

impl<F: Fn(&Incoming) -> Option<Reply> + Send + Sync> Handler for Mannered<F> {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        match (self.0)(&incoming) {
            Some(reply) => Box::pin(std::future::ready(reply)),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// Something in place of the resource owner function. Dropped, it stops.
struct StandIn {
    endpoint: OwnerEndpoint,
    _stop: oneshot::Sender<()>,
}

impl StandIn {
    /// Answers every query in this manner, and does whatever it is told.
    fn answering(manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let (tell, told) = sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let (endpoint, running) = serve(manner).await;
                tell.send(endpoint).unwrap();
                _ = stopped.await;
                drop(running);
            });
        });
        Self { endpoint: told.recv().unwrap(), _stop: stop }
    }

    fn verdicts(&self) -> Vec<(&'static Scenario, Verdict, String)> {
        let mut deadlines = Deadlines::default();
        deadlines.notification.after = Duration::from_millis(500);
        let target = Target { resource_owner_function: Some(self.endpoint.clone()), deadlines, ..Target::built_in() };
        let settings = Settings { target: Arc::new(target), ..settings(1, 8) };
        let found = verdicts_on(|scenario| scenario.sut == Role::ResourceOwnerFunction, &settings);
        assert!(found.len() >= 7, "only {} scenarios ran", found.len());
        found
    }
}

async fn serve(
    manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static,
) -> (OwnerEndpoint, (Server, Server)) {
    let clock = Clock::real();
    let key = || KeyPair::generate(KeyKind::EcdsaP256).unwrap();
    let authority = Authority::new("stand-in", &key(), &clock).unwrap();
    let own = key();
    let leaf = authority.issue(&LeafSpec::server("rof", &["127.0.0.1"], &clock), &own.public().unwrap()).unwrap();
    let identity = Identity::new(vec![leaf], &own.private_der()).unwrap();
    let queries = bind(ServerTls::Tls { identity, client_auth: ClientAuth::None }, Arc::new(Mannered(manner))).await;
    let done = |_: &Incoming| Some(Reply::new(200).body(JSON, json!({"outcome": "done"}).to_string()));
    let control = bind(ServerTls::Plain, Arc::new(Mannered(done))).await;
    let endpoint = OwnerEndpoint {
        url: format!("https://{}/queries", queries.address()),
        roots: authority.root_pem(),
        control: Some(Surface::Http(format!("http://{}", control.address()))),
        claims: Claims::default(),
    };
    (endpoint, (queries, control))
}

async fn bind(tls: ServerTls, handler: Arc<dyn Handler>) -> Server {
    let clock = Clock::real();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::bind(Party::new("stand-in"), tls, handler, Timeline::new(clock.clone()), clock, any).await.unwrap()
}

/// Nothing is a pass and nothing is our mistake, but for scenarios that judge this requirement.
#[track_caller]
fn none_passes_but(spared: &[&str], manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static) {
    let found = StandIn::answering(manner).verdicts();
    let wrong = found.iter().filter(|(scenario, verdict, _)| match verdict {
        Verdict::Inconclusive | Verdict::Fail | Verdict::Warn => false,
        Verdict::Pass => !scenario.requirements.iter().any(|id| spared.contains(&id.as_str())),
        Verdict::NotApplicable | Verdict::Waived | Verdict::UnexpectedPass | Verdict::Error => true,
    });
    let told: Vec<String> =
        wrong.map(|(scenario, verdict, reason)| format!("{verdict} {}: {reason}", scenario.id)).collect();
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

#[test]
fn ok_to_every_query_passes_nothing() {
    none_passes_but(&[], |_| Some(Reply::new(200).body(JSON, "{}")));
}

#[test]
fn unauthorized_to_every_query_passes_nothing() {
    none_passes_but(&[], |_| Some(Reply::new(401)));
}

#[test]
fn not_found_to_every_query_passes_nothing() {
    none_passes_but(&[], |_| Some(Reply::new(404)));
}

#[test]
fn an_echo_of_every_query_passes_nothing() {
    none_passes_but(&[], |incoming| Some(Reply::new(200).body(JSON, incoming.body.clone())));
}

#[test]
fn hanging_up_on_every_query_passes_nothing() {
    none_passes_but(&[], |_| Some(Reply::close()));
}

#[test]
fn silence_on_every_query_passes_nothing() {
    none_passes_but(&[], |_| None);
}

/// Whoever answers can be reached, whatever the answer is.
const REACHED: &[&str] = &["23222-8.31.3-01"];

#[test]
fn granting_every_query_passes_nothing_that_depends_on_the_owner() {
    none_passes_but(REACHED, |incoming| Some(always("granted", incoming)));
}

#[test]
fn refusing_every_query_passes_nothing_that_depends_on_the_owner() {
    none_passes_but(REACHED, |incoming| Some(always("refused", incoming)));
}

fn always(decision: &str, query: &Incoming) -> Reply {
    let mut answer: Value = serde_json::from_slice(&query.body).unwrap_or_default();
    answer["decision"] = decision.into();
    Reply::new(200).body(JSON, answer.to_string())
}
