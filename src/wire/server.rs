//! The recording server.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use rustls::pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::clock::{Clock, Deadlines, Overdue, within};
use crate::wire::account::{Account, Place};
use crate::wire::framing::Framed;
use crate::wire::grammar::{Expected, Fault};
use crate::wire::tls::{self, ServerHandshake, ServerSide};
use crate::wire::{BadMaterial, End, Identity, Outcome, Party, RawMessage, Reply, Timeline, TlsFacts};

/// Connections that one server holds at a time; more are turned away.
const CONNECTIONS_MAX: usize = 256;

/// Answers requests.
pub trait Handler: Send + Sync {
    /// The answer to one request. It may take as long as it likes, or for ever.
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply>;
}

/// A request as a handler sees it.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Certificates that the client presented and that were accepted, leaf first.
    pub peer_chain: Vec<CertificateDer<'static>>,
    /// Method.
    pub method: String,
    /// Target, as sent.
    pub target: String,
    /// Header fields in wire order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Whether it came over TLS.
    pub secure: bool,
}

impl Incoming {
    /// First value of a header field, whatever its case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        let found = fields.find(|(given, _value)| given.eq_ignore_ascii_case(name));
        found.map(|(_name, value)| value.as_str())
    }
}

/// What a server speaks.
#[derive(Clone, Debug)]
pub enum ServerTls {
    /// `http`.
    Plain,
    /// `https`.
    Tls {
        /// What it shows.
        identity: Identity,
        /// What it asks of clients.
        client_auth: ClientAuth,
    },
}

/// What a server asks of clients.
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// Nothing.
    None,
    /// A certificate, if the client has one; a bad one is refused in the handshake.
    Optional {
        /// What it must chain to.
        roots: Vec<CertificateDer<'static>>,
    },
    /// A certificate.
    Required {
        /// What it must chain to.
        roots: Vec<CertificateDer<'static>>,
    },
}

/// A listening server. Dropped, it closes its port and every connection.
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    tls: Speaking,
    clock: Clock,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What a server speaks: changed in place, so that one that asks others for certificates from now on keeps its port all
/// the while.
type Speaking = Arc<Mutex<Option<ServerSide>>>;

/// What every connection of a server shares.
#[derive(Clone)]
struct Shared {
    party: Party,
    tls: Speaking,
    handler: Arc<dyn Handler>,
    timeline: Timeline,
    clock: Clock,
    deadlines: Deadlines,
}

impl Shared {
    fn side(&self) -> Option<ServerSide> {
        self.tls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Server {
    /// Listens on an address (port 0 for any) and answers from then on.
    ///
    /// # Errors
    /// When the address cannot be used, or TLS cannot work with the material.
    pub async fn bind(
        party: Party,
        tls: ServerTls,
        handler: Arc<dyn Handler>,
        timeline: Timeline,
        clock: Clock,
        bind: SocketAddr,
    ) -> io::Result<Self> {
        let tls = Arc::new(Mutex::new(prepare(tls, clock.clone()).map_err(io::Error::other)?));
        let shared = Shared {
            party,
            tls: Arc::clone(&tls),
            handler,
            timeline,
            clock: clock.clone(),
            deadlines: Deadlines::default(),
        };
        let listener = TcpListener::bind(bind).await?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, shared));
        Ok(Self { address, accepting, tls, clock })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Speaks and asks for something else from the next connection on.
    ///
    /// # Errors
    /// When TLS cannot work with the material.
    pub fn speak(&self, tls: ServerTls) -> Result<(), BadMaterial> {
        let side = prepare(tls, self.clock.clone())?;
        *self.tls.lock().unwrap_or_else(PoisonError::into_inner) = side;
        Ok(())
    }

    /// Closes its port and every connection, and waits until that is done: the port can be had again.
    pub async fn close(mut self) {
        self.accepting.abort();
        // It was aborted: that is the error.
        let _aborted = (&mut self.accepting).await.is_err();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn prepare(tls: ServerTls, clock: Clock) -> Result<Option<ServerSide>, BadMaterial> {
    let ServerTls::Tls { identity, client_auth } = tls else {
        return Ok(None);
    };
    match client_auth {
        ClientAuth::None => Ok(ServerSide::without_client_auth(identity, clock)),
        ClientAuth::Optional { roots } => ServerSide::with_client_auth(identity, &roots, false, clock),
        ClientAuth::Required { roots } => ServerSide::with_client_auth(identity, &roots, true, clock),
    }
    .map(Some)
}

/// Runs until it is aborted; the connections go with it.
async fn accept(listener: TcpListener, shared: Shared) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // A failed accept concerns one client that is already gone.
        if let Ok((stream, client)) = listener.accept().await
            && connections.len() < CONNECTIONS_MAX
        {
            connections.spawn(serve(stream, client, shared.clone()));
        }
    }
}

async fn serve(stream: TcpStream, client: SocketAddr, shared: Shared) {
    let Ok(server) = stream.local_addr() else {
        return;
    };
    // Only speed depends on it.
    let _slow = stream.set_nodelay(true);
    let place = Place { client, server, ordinal: 0 };
    let side = shared.side();
    let connection = match &side {
        None => Some(Established { framed: Framed::new(stream), tls: None, session: None, peer_chain: Vec::new() }),
        Some(side) => handshake(stream, side, &shared, place).await,
    };
    if let Some(Established { framed, tls, session, peer_chain }) = connection {
        let conversation = Conversation { shared, tls, session, peer_chain, place };
        conversation.run(framed).await;
    }
}

/// A connection over which requests may come.
struct Established {
    framed: Framed,
    tls: Option<TlsFacts>,
    session: Option<u64>,
    peer_chain: Vec<CertificateDer<'static>>,
}

/// A TLS handshake; a failed one is an exchange of its own.
async fn handshake(stream: TcpStream, side: &ServerSide, shared: &Shared, place: Place) -> Option<Established> {
    let handshake = ServerHandshake::new(side).ok()?;
    let acceptor = TlsAcceptor::from(Arc::clone(&handshake.config));
    // A session begins with the first byte of the client, not with the connection under it.
    let _overdue = within(shared.deadlines.handshake, stream.readable()).await.is_err();
    let session = Some(shared.timeline.session_began(&shared.party));
    let accepted = within(shared.deadlines.handshake, acceptor.accept(stream).into_fallible()).await;
    let (outcome, alert, left) = match accepted {
        Ok(Ok(stream)) => {
            let agreed = stream.get_ref().1;
            let tls = Some(handshake.facts(agreed.server_name(), Some(agreed)));
            let peer_chain = agreed.peer_certificates().map(<[_]>::to_vec).unwrap_or_default();
            return Some(Established { framed: Framed::new(stream), tls, session, peer_chain });
        }
        Ok(Err((error, stream))) => {
            let (outcome, alert) = tls::failure(End::Server, &error);
            (outcome, alert, Some(stream))
        }
        Err(overdue) => {
            let deadline = overdue.0.name;
            (Outcome::TimedOut { deadline }, None, None)
        }
    };
    let account = Account {
        tls: Some(TlsFacts { alert, ..handshake.facts(None, None) }),
        request: None,
        response: None,
        outcome,
        session,
    };
    let _full = shared.timeline.seen_by_server(place, &shared.party, account).is_none();
    if let Some(stream) = left {
        Framed::new(stream).close(shared.deadlines.handshake).await;
    }
    None
}

/// The requests of one connection, one after the other.
struct Conversation {
    shared: Shared,
    tls: Option<TlsFacts>,
    session: Option<u64>,
    peer_chain: Vec<CertificateDer<'static>>,
    place: Place,
}

impl Conversation {
    async fn run(mut self, mut framed: Framed) {
        let deadlines = self.shared.deadlines;
        while framed.begins().await.is_ok() {
            let request = match within(deadlines.answer, framed.receive(Expected::Request)).await {
                Ok(Ok(request)) => request,
                Ok(Err(fault)) => return self.broken_off(framed, misbehaviour(fault)).await,
                Err(Overdue(deadline)) => {
                    let deadline = deadline.name;
                    return self.broken_off(framed, Outcome::TimedOut { deadline }).await;
                }
            };
            let goes_on = framed.is_reusable();
            if !self.answer(&mut framed, request).await {
                return;
            }
            if !goes_on {
                return framed.close(deadlines.handshake).await;
            }
            self.place.ordinal += 1;
        }
    }

    /// Whether an answer went out.
    async fn answer(&self, framed: &mut Framed, request: RawMessage) -> bool {
        let incoming = self.incoming(&request);
        let to_head = incoming.method == "HEAD";
        let mut account = self.account(Some(request), Outcome::Open);
        let timeline = &self.shared.timeline;
        let Some(id) = timeline.seen_by_server(self.place, &self.shared.party, account.clone()) else {
            // A flood: who sends it is heard no more.
            return false;
        };
        let reply = self.shared.handler.answer(incoming).await;
        let reply = reply.to_raw(&self.shared.clock, to_head);
        // Told before it is sent: whoever has the answer finds both witnesses in the record.
        account.outcome = match reply {
            Some(_) => Outcome::Answered,
            None => Outcome::ClosedWithoutAnswer,
        };
        account.response.clone_from(&reply);
        timeline.told(id, End::Server, account.clone());
        let Some(reply) = reply else { return false };
        let sent = framed.send(&reply).await.is_ok();
        if !sent {
            account.outcome = Outcome::ClosedWithoutAnswer;
            timeline.told(id, End::Server, account);
        }
        sent
    }

    /// A client that leaves between requests leaves no trace; one that never finishes a request, or speaks nonsense,
    /// does, and is told so if it still listens.
    async fn broken_off(&self, mut framed: Framed, outcome: Outcome) {
        let bad_request = Reply::new(400).header("Connection", "close");
        let reply = bad_request.to_raw(&self.shared.clock, false);
        let mut account = self.account(framed.fragment(), outcome);
        account.response.clone_from(&reply);
        let recorded = self.shared.timeline.seen_by_server(self.place, &self.shared.party, account);
        if let (Some(reply), Some(_)) = (reply, recorded)
            && framed.send(&reply).await.is_ok()
        {
            framed.close(self.shared.deadlines.handshake).await;
        }
    }

    fn account(&self, request: Option<RawMessage>, outcome: Outcome) -> Account {
        Account { tls: self.tls.clone(), request, response: None, outcome, session: self.session }
    }

    fn incoming(&self, request: &RawMessage) -> Incoming {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let headers = request.headers().into_iter();
        Incoming {
            peer_chain: self.peer_chain.clone(),
            method: request.method().unwrap_or_default(),
            target: request.target().unwrap_or_default(),
            headers: headers.map(|(name, value)| (name, text(value))).collect(),
            body: request.body.clone(),
            secure: self.tls.is_some(),
        }
    }
}

fn misbehaviour(fault: Fault) -> Outcome {
    let why = match fault {
        Fault::Malformed(why) => why,
        Fault::Closed | Fault::Broken | Fault::Alert(_) => {
            "the connection ended in the middle of the request".to_owned()
        }
    };
    Outcome::Malformed { why }
}
