//! The recording client.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::clock::{Clock, Deadlines, Overdue, within};
use crate::wire::account::{Account, Place};
use crate::wire::framing::Framed;
use crate::wire::grammar::{Expected, Fault};
use crate::wire::tls::{self, ClientHandshake};
use crate::wire::{
    End, ExchangeId, Identity, Outcome, Party, RawMessage, Request, Timeline, TlsFacts, Trust, Versions,
};

/// How long an idle connection is used again. Servers drop idle connections after a time of their own: a request sent
/// into that moment would look as if the target had failed.
const IDLE_US_MAX: u64 = 1_000_000;

/// How to reach a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The party called, for the record.
    pub server: Party,
    /// Where to connect.
    pub address: SocketAddr,
    /// Name, with the port where one belongs: for `Host`, and without the port for SNI and verification.
    pub host: String,
    /// Plain or TLS.
    pub scheme: Scheme,
}

/// What a connection speaks.
#[derive(Clone, Debug, PartialEq)]
pub enum Scheme {
    /// `http`.
    Plain,
    /// `https`.
    Tls {
        /// What the server's certificate is held against.
        trust: Trust,
        /// Versions offered.
        versions: Versions,
    },
}

/// Sends requests and records everything. Clones share connections.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    timeline: Timeline,
    clock: Clock,
    deadlines: Deadlines,
    idle: Mutex<Vec<Line>>,
}

/// One connection and what it may be used for.
struct Line {
    owner: Owner,
    framed: Framed,
    client: SocketAddr,
    server: SocketAddr,
    next: u32,
    tls: Option<TlsFacts>,
    idle_since_us: u64,
}

#[derive(Clone, PartialEq)]
struct Owner {
    client: Party,
    identity: Option<Identity>,
    route: Route,
}

impl Caller {
    /// A caller that writes to this record.
    #[must_use]
    pub fn new(timeline: Timeline, clock: Clock, deadlines: Deadlines) -> Self {
        Self(Arc::new(Inner { timeline, clock, deadlines, idle: Mutex::default() }))
    }

    /// Sends one request and waits for its answer, or for whatever the peer does instead: that is in the record under
    /// the number returned.
    pub async fn call(
        &self,
        client: &Party,
        identity: Option<&Identity>,
        route: &Route,
        request: &Request,
        purpose: &str,
    ) -> ExchangeId {
        let id = self.0.timeline.opened_by_client(client, &route.server, purpose);
        let owner = Owner { client: client.clone(), identity: identity.cloned(), route: route.clone() };
        let account = match self.line(id, owner, request.fresh).await {
            Ok(line) => {
                let sent = request.to_raw(&line.owner.route.host);
                let mut on_its_way = OnItsWay { timeline: &self.0.timeline, id, request: Some(sent) };
                let account = self.converse(line, request).await;
                on_its_way.request = None;
                account
            }
            Err(account) => *account,
        };
        self.0.timeline.told(id, End::Client, account);
        id
    }

    /// An idle connection that is still good, or a new one.
    async fn line(&self, id: ExchangeId, owner: Owner, fresh: bool) -> Result<Line, Box<Account>> {
        let idle = if fresh { None } else { self.idle(&owner) };
        if let Some(line) = idle {
            self.0.timeline.placed(id, line.place());
            return Ok(line);
        }
        within(self.0.deadlines.handshake, self.connect(id, owner))
            .await
            .unwrap_or_else(|overdue| Err(handshake_failed(timed_out(overdue), None)))
    }

    fn idle(&self, owner: &Owner) -> Option<Line> {
        let now = self.0.clock.monotonic_us();
        let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain_mut(|line| now - line.idle_since_us < IDLE_US_MAX && line.framed.is_quiet());
        let at = idle.iter().position(|line| line.owner == *owner)?;
        Some(idle.swap_remove(at))
    }

    async fn connect(&self, id: ExchangeId, owner: Owner) -> Result<Line, Box<Account>> {
        let address = owner.route.address;
        let (stream, client) = dial(address).await.map_err(|error| {
            let why = format!("connecting to {address}: {error}");
            handshake_failed(Outcome::Unreachable { why }, None)
        })?;
        let line = |framed, tls| Line {
            owner: owner.clone(),
            framed,
            client,
            server: address,
            next: 0,
            tls,
            idle_since_us: 0,
        };
        let place = Place { client, server: address, ordinal: 0 };
        self.0.timeline.placed(id, place);
        match &owner.route.scheme {
            Scheme::Plain => Ok(line(Framed::new(stream), None)),
            Scheme::Tls { trust, versions } => {
                let (framed, facts) = self.secure(stream, &owner, trust, *versions).await?;
                Ok(line(framed, Some(facts)))
            }
        }
    }

    async fn secure(
        &self,
        stream: TcpStream,
        owner: &Owner,
        trust: &Trust,
        versions: Versions,
    ) -> Result<(Framed, TlsFacts), Box<Account>> {
        let unusable = |why: String| handshake_failed(Outcome::Unreachable { why }, None);
        let host = &owner.route.host;
        let name = server_name(host).ok_or_else(|| unusable(format!("`{host}` is no server name")))?;
        let handshake = ClientHandshake::new(trust, versions, owner.identity.as_ref(), &self.0.clock)
            .map_err(|error| unusable(error.to_string()))?;
        let connector = TlsConnector::from(Arc::clone(&handshake.config));
        match connector.connect(name.clone(), stream).await {
            Ok(stream) => {
                let facts = handshake.facts(&name, Some(stream.get_ref().1));
                Ok((Framed::new(stream), facts))
            }
            Err(error) => {
                let (outcome, alert) = tls::failure(End::Client, &error);
                let facts = TlsFacts { alert, ..handshake.facts(&name, None) };
                Err(handshake_failed(outcome, Some(facts)))
            }
        }
    }

    async fn converse(&self, mut line: Line, request: &Request) -> Account {
        let sent = request.to_raw(&line.owner.route.host);
        let to_head = request.method == "HEAD";
        let answer = within(self.0.deadlines.answer, async {
            // A server may answer, or refuse with an alert, before it has read everything: what it says counts, not
            // that it stopped listening.
            let _unheard = line.framed.send(&sent).await;
            line.framed.receive(Expected::Response { to_head }).await
        })
        .await;
        let mut account = Account {
            tls: line.tls.clone(),
            request: Some(sent),
            response: None,
            outcome: Outcome::Answered,
            session: None,
        };
        match answer {
            Ok(Ok(response)) => {
                account.response = Some(response);
                self.keep(line);
            }
            Ok(Err(fault)) => line.explain(fault, &mut account),
            Err(overdue) => {
                account.response = line.framed.fragment();
                account.outcome = timed_out(overdue);
            }
        }
        account
    }

    fn keep(&self, mut line: Line) {
        if line.framed.is_reusable() {
            line.next += 1;
            line.idle_since_us = self.0.clock.monotonic_us();
            let mut idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(line);
        }
    }
}

/// A request that is being sent. Where nobody waits for what comes of it any more, it stays in the record: it may have
/// been carried out.
struct OnItsWay<'a> {
    timeline: &'a Timeline,
    id: ExchangeId,
    request: Option<RawMessage>,
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            self.timeline.abandoned(self.id, request);
        }
    }
}

impl Line {
    fn place(&self) -> Place {
        Place { client: self.client, server: self.server, ordinal: self.next }
    }

    /// What the absence of a complete answer means.
    fn explain(&mut self, fault: Fault, account: &mut Account) {
        account.response = self.framed.fragment();
        let answer_began = account.response.is_some();
        account.outcome = match fault {
            Fault::Malformed(why) => Outcome::Malformed { why },
            Fault::Closed | Fault::Broken | Fault::Alert(_) if answer_began => {
                Outcome::Malformed { why: "the connection ended in the middle of the answer".to_owned() }
            }
            Fault::Closed | Fault::Broken => Outcome::ClosedWithoutAnswer,
            Fault::Alert(alert) => {
                if let Some(facts) = &mut account.tls {
                    facts.alert = Some(alert.clone());
                }
                // In TLS 1.3 the client is done before the server has looked at its certificate: the refusal of the
                // handshake arrives in place of the first answer (RFC 8446 clause 4.4.2.4).
                if self.next == 0 {
                    Outcome::HandshakeRefused { by: End::Server, alert }
                } else {
                    Outcome::ClosedWithoutAnswer
                }
            }
        };
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({} -> {}, {} used)", self.client, self.server, self.next)
    }
}

pub(super) async fn dial(address: SocketAddr) -> std::io::Result<(TcpStream, SocketAddr)> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let client = stream.local_addr()?;
    Ok((stream, client))
}

fn handshake_failed(outcome: Outcome, tls: Option<TlsFacts>) -> Box<Account> {
    Box::new(Account { tls, request: None, response: None, outcome, session: None })
}

fn timed_out(overdue: Overdue) -> Outcome {
    Outcome::TimedOut { deadline: overdue.0.name }
}

/// The name or address of a `Host` value, its port cut off.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return Some(ServerName::from(address.ip()));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Some(ServerName::from(address));
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    ServerName::try_from(name.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_value_names_the_server() {
        let name = |host| server_name(host).map(|name| name.to_str().into_owned());
        assert_eq!(name("127.0.0.1:8443").as_deref(), Some("127.0.0.1"));
        assert_eq!(name("[::1]:8443").as_deref(), Some("::1"));
        assert_eq!(name("[::1]").as_deref(), Some("::1"));
        assert_eq!(name("ccf.example").as_deref(), Some("ccf.example"));
        assert_eq!(name("ccf.example:443").as_deref(), Some("ccf.example"));
        assert_eq!(name("not a name"), None);
    }
}
