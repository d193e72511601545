//! The reference resource owner function: it answers the queries of the authorization function with what the owners
//! decide (TS 23.222 8.31.3; the adapter is that of [`crate::control`]).

mod rules;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use tokio::sync::watch;

use crate::actors::control_surface::{self, Actor};
use crate::actors::core_client::failed;
use crate::actors::problem::Problem;
use crate::actors::{Settings, StartError};
use crate::clock::within;
use crate::control::{Act, ActOutcome, Decide, OwnerAnswer, OwnerQuery, Report};
use crate::pki::{Authority, common_name};
use crate::spec::Role;
use crate::wire::{ClientAuth, Handler, Incoming, Reply, Server, ServerTls};
use rules::Course;

/// Where queries are taken.
const QUERIES: &str = "/owner-queries";

/// A running resource owner function. Dropped, it stops.
#[derive(Debug)]
pub struct OwnerFunction {
    control: Server,
    server: Server,
    root_pem: String,
}

/// The core function whose queries are answered.
pub struct Asking {
    /// What its certificate chains to.
    pub roots: Vec<CertificateDer<'static>>,
    /// The common name of its certificate: its invoker and provider functions have certificates of the same root.
    pub name: Option<String>,
}

impl OwnerFunction {
    /// Starts a resource owner function for the queries of one core function.
    ///
    /// # Errors
    /// When no port can be had, or the material cannot be made.
    pub async fn start(settings: Settings, asking: Asking) -> Result<Self, StartError> {
        let names = settings.names();
        let authority = Authority::new(&names.fresh("rof-ca"), &settings.key()?, &settings.clock)?;
        let identity = settings.server_identity(&authority, &names.fresh("rof"))?;
        let tls = ServerTls::Tls { identity, client_auth: ClientAuth::Required { roots: asking.roots } };
        let office = Arc::new(Office {
            settings: settings.clone(),
            core_name: asking.name,
            state: Mutex::default(),
            changes: watch::Sender::new(0),
        });
        let server = settings.bind(tls, Arc::new(Desk(Arc::clone(&office)))).await?;
        let control = control_surface::open(Arc::new(Person(office)), &settings).await?;
        Ok(Self { control, server, root_pem: authority.root_pem() })
    }

    /// Where it is told to act.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control.address())
    }

    /// Where queries are POSTed to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}{QUERIES}", self.server.address())
    }

    /// PEM of the root that its server certificate chains to.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

/// What the resource owner function knows.
struct Office {
    settings: Settings,
    core_name: Option<String>,
    state: Mutex<State>,
    /// Counts what the owners said, for the queries that wait for it.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    /// What the owners said, oldest first.
    said: Vec<Decide>,
    /// Queries that were answered.
    answered: Vec<OwnerQuery>,
}

impl Office {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a query, when its owner has decided.
    async fn decided(&self, query: &OwnerQuery) -> Result<OwnerAnswer, Problem> {
        let mut changes = self.changes.subscribe();
        loop {
            match self.course(query) {
                Course::Answer(answer) => return Ok(answer),
                Course::Unknown => return Err(Problem::not_found("the owner is not known here")),
                Course::Wait => {}
            }
            if changes.changed().await.is_err() {
                return Err(Problem::unavailable("the owner cannot be reached any more"));
            }
        }
    }

    fn course(&self, query: &OwnerQuery) -> Course {
        let mut state = self.state();
        let course = rules::course(query, &state.said, &state.answered, &self.settings.faults);
        if matches!(course, Course::Answer(_)) {
            state.answered.push(query.clone());
        }
        course
    }
}

struct Desk(Arc<Office>);

impl Handler for Desk {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move { self.serve(&incoming).await.unwrap_or_else(Problem::reply) })
    }
}

impl Desk {
    async fn serve(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        match (incoming.target.as_str(), incoming.method.as_str()) {
            (QUERIES, "POST") => {}
            (QUERIES, _) => return Err(Problem::method_not_allowed("POST")),
            _ => return Err(Problem::not_found("there is no such resource")),
        }
        let shown = incoming.peer_chain.first().and_then(|leaf| common_name(leaf));
        rules::admitted(shown.as_deref(), self.0.core_name.as_deref())?;
        let query = serde_json::from_slice(&incoming.body);
        let query: OwnerQuery = query.map_err(|_other| Problem::bad_request("the body is no query"))?;
        // Who asked has its own deadline; this one only ends what nobody waits for any more.
        let decided = within(self.0.settings.deadlines.answer, self.0.decided(&query)).await;
        let answer = decided.map_err(|_overdue| Problem::unavailable("the owner has not decided"))??;
        rules::reply(&answer, &self.0.settings.faults)
    }
}

struct Person(Arc<Office>);

impl Actor for Person {
    fn role(&self) -> Role {
        Role::ResourceOwnerFunction
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Decide]
    }

    fn act(&self, _decide: Act, with: Value) -> BoxFuture<'_, Report> {
        let report = match serde_json::from_value::<Decide>(with) {
            Ok(said) => {
                self.0.state().said.push(said);
                self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
                Report { outcome: ActOutcome::Done, detail: Value::Null }
            }
            Err(error) => failed(error),
        };
        Box::pin(std::future::ready(report))
    }

    fn reset(&self) {
        *self.0.state() = State::default();
    }
}
