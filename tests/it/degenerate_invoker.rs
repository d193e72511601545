//! Invokers that say that they did something and did not pass nothing: what counts is on the wire, not on the control
//! surface.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use capifspec::actors::Settings as PeerSettings;
use capifspec::actors::invoker::Invoker;
use capifspec::clock::{Clock, Deadlines, Names};
use capifspec::control::{Act, ActOutcome, CoreFunction, Onboard, Order, Report};
use capifspec::fault::FaultSet;
use capifspec::pki::certificates_from_pem;
use capifspec::run::Settings;
use capifspec::run::feature::Scenario;
use capifspec::spec::{Readings, Release, Role, Strength};
use capifspec::target::{self, ActingEndpoint, Target};
use capifspec::verdict::Verdict;
use capifspec::wire::{
    Caller, Gate, Handler, Incoming, Party, Reply, Request, Route, Scheme, Server, ServerTls, Timeline, Trust, Versions,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::built_in::{settings, verdicts_on};

/// What a stand-in does with an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Says this and does nothing.
    Says(ActOutcome),
    /// Onboards and discovers as it should, and from then on says that it did what it did not.
    Idle,
    /// The same, but for one wrong request at each act.
    Wrong,
}

/// A control surface in place of that of an invoker. Dropped, it stops.
struct Surface {
    url: String,
    _stop: oneshot::Sender<()>,
}

impl Surface {
    fn open(manner: Manner) -> Self {
        let (tell, told) = sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let real = Invoker::start(peer()).await.unwrap();
                let handler = Arc::new(Pretender { manner, real: real.control_url(), core: Mutex::default() });
                let clock = Clock::real();
                let any = SocketAddr::from(([127, 0, 0, 1], 0));
                let (party, timeline) = (Party::new("surface"), Timeline::new(clock.clone()));
                let server = Server::bind(party, ServerTls::Plain, handler, timeline, clock, any).await.unwrap();
                tell.send(format!("http://{}", server.address())).unwrap();
                _ = stopped.await;
            });
        });
        Self { url: told.recv().unwrap(), _stop: stop }
    }
}

/// An invoker with a record of its own: nobody here sees what it sends.
fn peer() -> PeerSettings {
    let clock = Clock::real();
    PeerSettings {
        party: Party::new("invoker"),
        timeline: Timeline::new(clock.clone()),
        clock,
        faults: FaultSet::default(),
        seed: 1,
        keys: Arc::new(Mutex::new(settings(1, 1).material.keys.ring(&Names::new(1, "invoker")))),
        release: Release::DEFAULT,
        port: None,
        ports: capifspec::wire::Ports::loopback(),
        deadlines: Deadlines::default(),
        gate: Gate::default(),
        readings: Readings::default(),
        store: None,
    }
}

struct Pretender {
    manner: Manner,
    /// Control surface of an invoker that does what it is told.
    real: String,
    core: Mutex<Option<CoreFunction>>,
}

impl Handler for Pretender {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            let outcome = self.act(&incoming).await;
            let report = json!(Report { outcome, detail: Value::Null });
            Reply::new(200).body("application/json", report.to_string())
        })
    }
}

impl Pretender {
    async fn act(&self, incoming: &Incoming) -> ActOutcome {
        if let Manner::Says(outcome) = self.manner {
            return outcome;
        }
        let order: Order = serde_json::from_slice(&incoming.body).unwrap();
        if order.action == Act::Onboard.word() {
            let with: Onboard = serde_json::from_value(order.with).unwrap();
            *self.core.lock().unwrap() = Some(with.core_function);
        }
        if [Act::Onboard, Act::Discover].iter().any(|act| act.word() == order.action) {
            return self.really(incoming).await;
        }
        if self.manner == Manner::Wrong {
            self.something_wrong().await;
        }
        ActOutcome::Done
    }

    async fn really(&self, incoming: &Incoming) -> ActOutcome {
        let host = self.real.trim_start_matches("http://");
        let route = route(host, Scheme::Plain);
        let request = Request::new("POST", "/act").body("application/json", incoming.body.clone());
        let report: Report = serde_json::from_slice(&sent(&route, &request).await).unwrap();
        report.outcome
    }

    /// A token request with everything wrong: no certificate, another client, in the URL, another grant, and more.
    async fn something_wrong(&self) {
        let core = self.core.lock().unwrap().clone();
        if let Some(core) = core {
            let trust = Trust::roots(certificates_from_pem(&core.roots).unwrap()).unwrap();
            let host = core.connect_to.unwrap();
            let route = route(&host, Scheme::Tls { trust, versions: Versions::Both });
            let form = "grant_type=password&scope=everything&redirect_uri=https%3A%2F%2Fa.example";
            let request = Request::new("POST", "/capif-security/v1/securities/nobody/token?client_id=nobody")
                .body("application/x-www-form-urlencoded", form);
            sent(&route, &request).await;
        }
    }
}

fn route(host: &str, scheme: Scheme) -> Route {
    Route { server: Party::new("server"), address: host.parse().unwrap(), host: host.to_owned(), scheme }
}

async fn sent(route: &Route, request: &Request) -> Vec<u8> {
    let clock = Clock::real();
    let timeline = Timeline::new(clock.clone());
    let caller = Caller::new(timeline.clone(), clock, Deadlines::default());
    let id = caller.call(&Party::new("stand-in"), None, route, request, "").await;
    timeline.get(id).unwrap().response.clone().unwrap_or_default().body
}

/// Nothing that is waited for here is coming.
fn impatient() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.notification.after = Duration::from_millis(20);
    deadlines.quiet.after = Duration::from_millis(20);
    deadlines
}

/// Scenarios that judge the invoker, and how each ends with this in its place.
fn verdicts(manner: Manner) -> Vec<(&'static Scenario, Verdict, String)> {
    let surface = Surface::open(manner);
    let control = Some(target::Surface::Http(surface.url.clone()));
    let invoker = Some(ActingEndpoint { control, ..ActingEndpoint::default() });
    let target = Target { invoker, deadlines: impatient(), ..Target::built_in() };
    // One invoker lives through one scenario at a time.
    let settings = Settings { target: Arc::new(target), ..settings(1, 1) };
    let found = verdicts_on(concerned, &settings);
    assert!(found.len() > 30, "only {} scenarios ran", found.len());
    found
}

/// In real time only one of the scenarios in which a token runs out: they wait for it.
fn concerned(scenario: &Scenario) -> bool {
    let slow = ["23222-8.11.1-01", "33122-C.5-04", "33122-C.6-06"];
    scenario.sut == Role::Invoker && !scenario.requirements.iter().any(|id| slow.contains(&id.as_str()))
}

/// A pass, or an error of ours, is wrong; so is an option that was not used where it is none.
#[track_caller]
fn none_passes(found: &[(&Scenario, Verdict, String)]) {
    let wrong = found.iter().filter(|(scenario, verdict, _)| match verdict {
        Verdict::Inconclusive | Verdict::Fail => false,
        Verdict::NotApplicable => scenario.requirements.iter().any(|id| id.requirement().strength != Strength::May),
        Verdict::Pass | Verdict::Waived | Verdict::Warn | Verdict::UnexpectedPass | Verdict::Error => true,
    });
    complain(wrong);
}

#[track_caller]
fn complain<'a>(wrong: impl Iterator<Item = &'a (&'a Scenario, Verdict, String)>) {
    let told: BTreeSet<String> =
        wrong.map(|(scenario, verdict, reason)| format!("{verdict} {}: {reason}", scenario.id)).collect();
    assert!(told.is_empty(), "\n  {}\n", told.into_iter().collect::<Vec<_>>().join("\n  "));
}

#[test]
fn done_to_every_act_passes_nothing() {
    let found = verdicts(Manner::Says(ActOutcome::Done));
    complain(found.iter().filter(|(_, verdict, _)| *verdict != Verdict::Inconclusive));
}

#[test]
fn failed_to_every_act_passes_nothing() {
    let found = verdicts(Manner::Says(ActOutcome::Failed));
    complain(found.iter().filter(|(_, verdict, _)| *verdict != Verdict::Inconclusive));
}

/// It is enrolled as it should be: what it did not do is missed.
#[test]
fn an_invoker_that_only_says_so_passes_nothing() {
    let found = verdicts(Manner::Idle);
    none_passes(&found);
    let missed = found.iter().filter(|(_, verdict, _)| *verdict == Verdict::Fail).count();
    assert!(missed > 20, "only {missed} of {} are missed", found.len());
}

#[test]
fn an_invoker_that_sends_something_else_passes_nothing() {
    none_passes(&verdicts(Manner::Wrong));
}
