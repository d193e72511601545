//! The wire seen from outside, by a small lab: an invoker that calls and a server that answers by the path.

mod peers;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use capifspec::clock::{Clock, Deadline, Deadlines};
use capifspec::pki::{Authority, Flaw, KeyKind, KeyPair, LeafSpec};
use capifspec::wire::{
    Caller, ClientAuth, Exchange, Handler, Identity, Incoming, Party, Reply, Request, Route, Scheme, Server, ServerTls,
    Timeline, Trust, Versions, Witnesses,
};
use futures::future::BoxFuture;

/// Answers by the path: what a test needs of a server.
struct ByPath;

impl Handler for ByPath {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            match incoming.target.as_str() {
                "/close" => Reply::close(),
                "/silence" => std::future::pending().await,
                "/last" => Reply::new(200).header("Connection", "close"),
                "/who" => {
                    let names = incoming.peer_chain.iter();
                    let names: Vec<_> = names.filter_map(|c| capifspec::pki::common_name(c)).collect();
                    Reply::new(200).body("text/plain", names.join(","))
                }
                _ => Reply::new(201)
                    .header("Location", "/a")
                    .header("X-Twice", "1")
                    .header("X-Twice", "2")
                    .body("application/json", r#"{"ok":true}"#),
            }
        })
    }
}

struct Lab {
    clock: Clock,
    timeline: Timeline,
    caller: Caller,
    authority: Authority,
    invoker: Party,
}

#[derive(Clone, Copy)]
enum Asks {
    Nothing,
    IfAny,
    Always,
}

impl Lab {
    fn new() -> Self {
        let answer = Deadline { name: "answer", after: Duration::from_secs(5) };
        Self::with_answer_deadline(answer)
    }

    fn with_answer_deadline(answer: Deadline) -> Self {
        let clock = Clock::virtual_from_now();
        let timeline = Timeline::new(clock.clone());
        let deadlines = Deadlines { answer, ..Deadlines::default() };
        Self {
            caller: Caller::new(timeline.clone(), clock.clone(), deadlines),
            authority: Authority::new("Test CA", &key(), &clock).unwrap(),
            invoker: Party::new("invoker"),
            clock,
            timeline,
        }
    }

    async fn server(&self, asks: Asks) -> Server {
        let key = key();
        let leaf = LeafSpec::server("ccf", &["ccf.test"], &self.clock);
        let certificate = self.authority.issue(&leaf, &key.public().unwrap()).unwrap();
        let identity = Identity::new(vec![certificate], &key.private_der()).unwrap();
        let roots = vec![self.authority.root().clone()];
        let client_auth = match asks {
            Asks::Nothing => ClientAuth::None,
            Asks::IfAny => ClientAuth::Optional { roots },
            Asks::Always => ClientAuth::Required { roots },
        };
        self.serve(ServerTls::Tls { identity, client_auth }).await
    }

    async fn serve(&self, tls: ServerTls) -> Server {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (timeline, clock) = (self.timeline.clone(), self.clock.clone());
        Server::bind(Party::new("ccf"), tls, Arc::new(ByPath), timeline, clock, any).await.unwrap()
    }

    fn route(&self, address: SocketAddr) -> Route {
        self.route_with(address, Versions::Both)
    }

    fn route_with(&self, address: SocketAddr, versions: Versions) -> Route {
        let trust = Trust::roots(vec![self.authority.root().clone()]).unwrap();
        Route {
            server: Party::new("ccf"),
            address,
            host: format!("ccf.test:{}", address.port()),
            scheme: Scheme::Tls { trust, versions },
        }
    }

    fn plain(address: SocketAddr) -> Route {
        Route { server: Party::new("ccf"), address, host: address.to_string(), scheme: Scheme::Plain }
    }

    fn identity(&self, flaw: Option<Flaw>) -> Identity {
        let (key, leaf) = (key(), LeafSpec::client("invoker-1", &self.clock));
        let certificate = match flaw {
            Some(flaw) => self.authority.issue_flawed(&leaf, &key, flaw).unwrap(),
            None => self.authority.issue(&leaf, &key.public().unwrap()).unwrap(),
        };
        Identity::new(vec![certificate], &key.private_der()).unwrap()
    }

    async fn call(&self, identity: Option<&Identity>, route: &Route, request: &Request) -> Arc<Exchange> {
        let id = self.caller.call(&self.invoker, identity, route, request, "test").await;
        self.timeline.get(id).unwrap()
    }

    async fn get(&self, route: &Route, target: &str) -> Arc<Exchange> {
        self.call(None, route, &Request::new("GET", target)).await
    }
}

fn key() -> KeyPair {
    KeyPair::generate(KeyKind::EcdsaP256).unwrap()
}

const BOTH: Witnesses = Witnesses { client: true, server: true };
