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
use crate::control::{Act, ActOutcome, Arrange, Decide, OwnerAnswer, OwnerQuery, Report};
use crate::pki::{PkiError, certificates_from_pem, common_name};
use crate::spec::Role;
use crate::wire::{ClientAuth, Handler, Identity, Incoming, Reply, Server, ServerTls};
use rules::Course;

/// Where queries are taken.
const QUERIES: &str = "/owner-queries";

/// A running resource owner function. Dropped, it stops.
#[derive(Debug)]
pub struct OwnerFunction {
    control: Server,
    premises: Arc<Premises>,
    root_pem: String,
}

/// The core function whose queries are answered.
#[derive(Clone, Debug)]
pub struct Asking {
    /// What its certificate chains to.
    pub roots: Vec<CertificateDer<'static>>,
    /// The common name of its certificate: its invoker and provider functions have certificates of the same root.
    pub name: Option<String>,
}

impl OwnerFunction {
    /// Starts a resource owner function for the queries of one core function, or of none until it is told of one.
    ///
    /// # Errors
    /// When no port can be had, or the material cannot be made.
    pub async fn start(settings: Settings, asking: Option<Asking>) -> Result<Self, StartError> {
        let names = settings.names();
        let authority = settings.certificate_authority(&names.fresh("rof-ca"))?;
        let identity = settings.server_identity(&authority, &names.fresh("rof"))?;
        let office = Arc::new(Office {
            settings: settings.clone(),
            core_name: Mutex::default(),
            state: Mutex::default(),
            changes: watch::Sender::new(0),
        });
        let premises = Arc::new(Premises::open(office, identity, asking).await?);
        let control = control_surface::open(Arc::new(Person(Arc::clone(&premises))), &settings).await?;
        Ok(Self { control, premises, root_pem: authority.root_pem() })
    }

    /// Where it is told to act.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control.address())
    }

    /// Where queries are POSTed to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}{QUERIES}", self.premises.authority)
    }

    /// PEM of the root that its server certificate chains to.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

/// What the resource owner function knows.
#[derive(Debug)]
struct Office {
    settings: Settings,
    /// The core function that may ask; any that its certificates admit, where none is named.
    core_name: Mutex<Option<String>>,
    state: Mutex<State>,
    /// Counts what the owners said, for the queries that wait for it.
    changes: watch::Sender<u64>,
}

/// Where it listens: one place for as long as it runs. The office does not hold the server, so that it ends with who does.
#[derive(Debug)]
struct Premises {
    office: Arc<Office>,
    identity: Identity,
    /// Host and port that others reach it by.
    authority: String,
    server: Server,
}

impl Premises {
    async fn open(office: Arc<Office>, identity: Identity, asking: Option<Asking>) -> Result<Self, StartError> {
        let desk = Arc::new(Desk(Arc::clone(&office)));
        let server = office.settings.bind(tls(&identity, asking.as_ref()), desk).await?;
        *lock(&office.core_name) = asking.and_then(|asking| asking.name);
        let authority = office.settings.authority(&server);
        Ok(Self { office, identity, authority, server })
    }

    /// From now on the queries of this core function are answered, and those of no other.
    fn listen_to(&self, asking: Asking) -> Result<(), StartError> {
        self.server.speak(tls(&self.identity, Some(&asking)))?;
        *lock(&self.office.core_name) = asking.name;
        Ok(())
    }
}

fn tls(identity: &Identity, asking: Option<&Asking>) -> ServerTls {
    let client_auth = asking.map_or(ClientAuth::None, |asking| ClientAuth::Required { roots: asking.roots.clone() });
    ServerTls::Tls { identity: identity.clone(), client_auth }
}

#[derive(Debug, Default)]
struct State {
    /// What the owners said, oldest first.
    said: Vec<Decide>,
    /// Queries that were answered.
    answered: Vec<OwnerQuery>,
}

impl Office {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
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

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
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
        if incoming.peer_chain.is_empty() {
            return Err(Problem::unavailable("no core function was arranged for"));
        }
        rules::admitted(shown.as_deref(), lock(&self.0.core_name).as_deref())?;
        let query = serde_json::from_slice(&incoming.body);
        let query: OwnerQuery = query.map_err(|_other| Problem::bad_request("the body is no query"))?;
        // Who asked has its own deadline; this one only ends what nobody waits for any more.
        let decided = within(self.0.settings.deadlines.answer, self.0.decided(&query)).await;
        let answer = decided.map_err(|_overdue| Problem::unavailable("the owner has not decided"))??;
        rules::reply(&answer, &self.0.settings.faults)
    }
}

struct Person(Arc<Premises>);

impl Actor for Person {
    fn role(&self) -> Role {
        Role::ResourceOwnerFunction
    }

    fn acts(&self) -> &'static [Act] {
        &[Act::Arrange, Act::Decide]
    }

    fn act(&self, act: Act, with: Value) -> BoxFuture<'_, Report> {
        Box::pin(async move {
            let done = if act == Act::Arrange { self.arrange(with) } else { self.decide(with) };
            let detail = Value::Null;
            done.map_or_else(failed, |()| Report { outcome: ActOutcome::Done, detail })
        })
    }

    fn reset(&self) {
        *self.0.office.state() = State::default();
    }
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("what the act is to be done with is not what it needs: {0}")]
    With(#[from] serde_json::Error),
    #[error("nothing here is for a resource owner function; it takes core-function")]
    NothingToArrange,
    #[error(transparent)]
    Listening(#[from] StartError),
    #[error("the certificates of the core function cannot be used: {0}")]
    Roots(#[from] PkiError),
}

impl Person {
    /// From now on the queries of this core function are answered.
    fn arrange(&self, with: Value) -> Result<(), Hindrance> {
        let told: Arrange = serde_json::from_value(with)?;
        let core = told.core_function.ok_or(Hindrance::NothingToArrange)?;
        let asking = Asking { roots: certificates_from_pem(&core.roots)?, name: core.name };
        Ok(self.0.listen_to(asking)?)
    }

    fn decide(&self, with: Value) -> Result<(), Hindrance> {
        let said: Decide = serde_json::from_value(with)?;
        self.0.office.state().said.push(said);
        self.0.office.changes.send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }
}
