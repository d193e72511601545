//! The wire seen from outside: both witnesses, every way a peer can behave, reuse of connections, cost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capifspec::clock::{Clock, Deadline, Deadlines};
use capifspec::pki::{Authority, Flaw, KeyKind, KeyPair, LeafSpec};
use capifspec::wire::{
    Caller, ClientAuth, End, Exchange, Handler, Identity, Incoming, Outcome, Party, Reply, Request,
    Route, Scheme, Server, ServerTls, Timeline, Trust, Versions, Witnesses,
};
use futures::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

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
                    let names: Vec<_> = names
                        .filter_map(|c| capifspec::pki::common_name(c))
                        .collect();
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
        let answer = Deadline {
            name: "answer",
            after: Duration::from_secs(5),
        };
        Self::with_answer_deadline(answer)
    }

    fn with_answer_deadline(answer: Deadline) -> Self {
        let clock = Clock::virtual_from_now();
        let timeline = Timeline::new(clock.clone());
        let deadlines = Deadlines {
            answer,
            ..Deadlines::default()
        };
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
        self.serve(ServerTls::Tls {
            identity,
            client_auth,
        })
        .await
    }

    async fn serve(&self, tls: ServerTls) -> Server {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let (timeline, clock) = (self.timeline.clone(), self.clock.clone());
        Server::bind(
            Party::new("ccf"),
            tls,
            Arc::new(ByPath),
            timeline,
            clock,
            any,
        )
        .await
        .unwrap()
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
        Route {
            server: Party::new("ccf"),
            address,
            host: address.to_string(),
            scheme: Scheme::Plain,
        }
    }

    fn identity(&self, flaw: Option<Flaw>) -> Identity {
        let (key, leaf) = (key(), LeafSpec::client("invoker-1", &self.clock));
        let certificate = match flaw {
            Some(flaw) => self.authority.issue_flawed(&leaf, &key, flaw).unwrap(),
            None => self.authority.issue(&leaf, &key.public().unwrap()).unwrap(),
        };
        Identity::new(vec![certificate], &key.private_der()).unwrap()
    }

    async fn call(
        &self,
        identity: Option<&Identity>,
        route: &Route,
        request: &Request,
    ) -> Arc<Exchange> {
        let id = self
            .caller
            .call(&self.invoker, identity, route, request, "test")
            .await;
        self.timeline.get(id).unwrap()
    }

    async fn get(&self, route: &Route, target: &str) -> Arc<Exchange> {
        self.call(None, route, &Request::new("GET", target)).await
    }
}

fn key() -> KeyPair {
    KeyPair::generate(KeyKind::EcdsaP256).unwrap()
}

const BOTH: Witnesses = Witnesses {
    client: true,
    server: true,
};

#[tokio::test]
async fn both_ends_of_mutual_tls_make_one_exchange() {
    let lab = Lab::new();
    let server = lab.server(Asks::Always).await;
    let identity = lab.identity(None);
    let request = Request::new("POST", "/things?x=1")
        .header("X-Dup", "1")
        .header("x-dup", "2")
        .body("application/json", "{}");
    let route = lab.route(server.address());
    let exchange = lab.call(Some(&identity), &route, &request).await;

    assert_eq!(exchange.outcome, Outcome::Answered);
    assert_eq!(exchange.witnesses, BOTH);
    assert_eq!(
        (exchange.client.name(), exchange.server.name()),
        ("invoker", "ccf")
    );
    assert_eq!(lab.timeline.snapshot().len(), 1);
    let sent = exchange.request.as_ref().unwrap();
    assert_eq!(
        String::from_utf8(sent.head.clone()).unwrap(),
        format!(
            "POST /things?x=1 HTTP/1.1\r\nHost: {}\r\nX-Dup: 1\r\nx-dup: 2\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n",
            route.host
        )
    );
    let answer = exchange.response.as_ref().unwrap();
    assert_eq!(
        (exchange.status(), answer.header_all("x-twice")),
        (Some(201), vec!["1".to_owned(), "2".to_owned()])
    );
    assert_eq!(answer.json().unwrap()["ok"], true);
    let tls = exchange.tls.as_ref().unwrap();
    assert_eq!(tls.version.as_deref(), Some("TLSv1.3"));
    assert!(tls.suite.as_deref().unwrap().starts_with("TLS_AES_"));
    assert_eq!(
        (tls.alpn.as_deref(), tls.server_name.as_deref()),
        (Some("http/1.1"), Some("ccf.test"))
    );
    assert_eq!(tls.client_chain, [identity.chain()[0].to_vec()]);
    assert_eq!(
        capifspec::pki::common_name(&tls.server_chain[0]).as_deref(),
        Some("ccf")
    );
    assert!(exchange.ended_us.unwrap() >= exchange.started_us);
}

#[tokio::test]
async fn the_server_knows_its_client_by_the_certificate() {
    let lab = Lab::new();
    let server = lab.server(Asks::IfAny).await;
    let route = lab.route(server.address());
    let identity = lab.identity(None);
    let who = Request::new("GET", "/who");
    let named = lab.call(Some(&identity), &route, &who).await;
    let nameless = lab.call(None, &route, &who).await;
    assert_eq!(named.response.as_ref().unwrap().body, b"invoker-1");
    assert_eq!(nameless.response.as_ref().unwrap().body, b"");
    assert!(nameless.tls.as_ref().unwrap().client_chain.is_empty());
}

#[tokio::test]
async fn an_identity_that_nobody_asks_for_is_not_recorded_as_shown() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let exchange = lab
        .call(
            Some(&lab.identity(None)),
            &lab.route(server.address()),
            &Request::new("GET", "/"),
        )
        .await;
    assert_eq!(exchange.outcome, Outcome::Answered);
    assert!(exchange.tls.as_ref().unwrap().client_chain.is_empty());
}

#[tokio::test]
async fn a_refused_client_certificate_shows_its_alert() {
    let cases = [
        (Some(Flaw::Expired), "certificate_expired"),
        (Some(Flaw::NotYetValid), "certificate_expired"),
        (Some(Flaw::ForeignAuthority), "unknown_ca"),
        (Some(Flaw::SelfSigned), "unknown_ca"),
        (Some(Flaw::CorruptedSignature), "decrypt_error"),
        (Some(Flaw::ImpostorAuthority), "decrypt_error"),
        (Some(Flaw::WrongUsage), "unsupported_certificate"),
        (None, "certificate_required"),
    ];
    for versions in [Versions::Tls12, Versions::Tls13] {
        let lab = Lab::new();
        let server = lab.server(Asks::Always).await;
        let route = lab.route_with(server.address(), versions);
        for (flaw, alert) in cases {
            let identity = flaw.map(|flaw| lab.identity(Some(flaw)));
            let exchange = lab
                .call(identity.as_ref(), &route, &Request::new("GET", "/"))
                .await;
            let refused = Outcome::HandshakeRefused {
                by: End::Server,
                alert: alert.to_owned(),
            };
            assert_eq!(exchange.outcome, refused, "{flaw:?} {versions:?}");
            assert_eq!(exchange.witnesses, BOTH, "{flaw:?} {versions:?}");
            let tls = exchange.tls.as_ref().unwrap();
            assert_eq!(tls.alert.as_deref(), Some(alert), "{flaw:?} {versions:?}");
            assert_eq!(
                tls.client_chain.len(),
                usize::from(flaw.is_some()),
                "{flaw:?} {versions:?}"
            );
            assert_eq!(exchange.response, None);
        }
    }
}

#[tokio::test]
async fn an_optional_certificate_must_still_be_good() {
    let lab = Lab::new();
    let server = lab.server(Asks::IfAny).await;
    let identity = lab.identity(Some(Flaw::Expired));
    let route = lab.route(server.address());
    let exchange = lab
        .call(Some(&identity), &route, &Request::new("GET", "/"))
        .await;
    assert!(matches!(
        exchange.outcome,
        Outcome::HandshakeRefused {
            by: End::Server,
            ..
        }
    ));
}

#[tokio::test]
async fn certificates_expire_in_protocol_time() {
    let lab = Lab::new();
    let server = lab.server(Asks::Always).await;
    let identity = lab.identity(None);
    let route = lab.route(server.address());
    let request = Request::new("GET", "/").on_fresh_connection();
    assert_eq!(
        lab.call(Some(&identity), &route, &request).await.outcome,
        Outcome::Answered
    );
    lab.clock.advance(Duration::from_secs(40 * 86_400)).unwrap();
    let later = lab.call(Some(&identity), &route, &request).await;
    let refused = Outcome::HandshakeRefused {
        by: End::Client,
        alert: "certificate_expired".to_owned(),
    };
    assert_eq!(later.outcome, refused, "the client looks first");
}

#[tokio::test]
async fn a_client_that_refuses_the_server_is_seen_by_both() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let mut route = lab.route(server.address());
    route.host = "another.test".to_owned();
    let mark = lab.timeline.mark();
    let exchange = lab.get(&route, "/").await;
    let refused = Outcome::HandshakeRefused {
        by: End::Client,
        alert: "bad_certificate".to_owned(),
    };
    assert_eq!((&exchange.outcome, &exchange.request), (&refused, &None));
    assert_eq!(
        exchange.tls.as_ref().unwrap().server_chain.len(),
        1,
        "what was refused is kept"
    );
    let both = |exchange: &Exchange| exchange.witnesses == BOTH;
    let id = lab
        .timeline
        .wait_for(Deadlines::default().answer, mark, both)
        .await
        .unwrap();
    assert_eq!((id, lab.timeline.snapshot().len()), (exchange.id, 1));
}

#[tokio::test]
async fn any_certificate_may_be_trusted() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let route = Route {
        host: "127.0.0.1".to_owned(),
        scheme: Scheme::Tls {
            trust: Trust::anything(),
            versions: Versions::Both,
        },
        ..lab.route(server.address())
    };
    let exchange = lab.get(&route, "/").await;
    assert_eq!(exchange.outcome, Outcome::Answered);
    assert_eq!(exchange.tls.as_ref().unwrap().server_name, None);
}

#[tokio::test]
async fn plain_and_tls_do_not_mix() {
    let lab = Lab::new();
    let secure = lab.server(Asks::Nothing).await;
    let exchange = lab.get(&Lab::plain(secure.address()), "/").await;
    assert!(
        matches!(exchange.outcome, Outcome::Malformed { .. }),
        "{}",
        exchange.outcome
    );
    assert_eq!(exchange.witnesses, BOTH);

    let plain = lab.serve(ServerTls::Plain).await;
    let exchange = lab.get(&lab.route(plain.address()), "/").await;
    assert!(
        matches!(exchange.outcome, Outcome::Malformed { .. }),
        "{}",
        exchange.outcome
    );
    assert_eq!((&exchange.request, exchange.witnesses), (&None, BOTH));

    let exchange = lab.get(&Lab::plain(plain.address()), "/").await;
    assert_eq!((exchange.status(), &exchange.tls), (Some(201), &None));
    assert_eq!(lab.timeline.snapshot().len(), 3);
}

#[tokio::test]
async fn a_server_may_close_instead_of_answering() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let exchange = lab.get(&lab.route(server.address()), "/close").await;
    assert_eq!(
        (&exchange.outcome, exchange.witnesses),
        (&Outcome::ClosedWithoutAnswer, BOTH)
    );
    assert!(exchange.request.is_some() && exchange.response.is_none());
}

#[tokio::test]
async fn a_server_may_never_answer() {
    let lab = Lab::with_answer_deadline(Deadline {
        name: "answer",
        after: Duration::from_millis(50),
    });
    let server = lab.server(Asks::Nothing).await;
    let exchange = lab.get(&lab.route(server.address()), "/silence").await;
    assert_eq!(exchange.outcome, Outcome::TimedOut { deadline: "answer" });
    assert_eq!(exchange.witnesses, BOTH);
}

/// A peer of bytes only, told what to say to whatever comes.
async fn blunt(manner: Manner) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((mut stream, _client)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let (words, times) = match manner {
                Manner::HangsUp => continue,
                Manner::SaysOnce(words) => (words, 1),
                Manner::SaysEachTime(words) => (words, usize::MAX),
            };
            tokio::spawn(async move {
                for _ in 0..times {
                    if stream.read(&mut [0; 4096]).await.unwrap_or(0) == 0 {
                        break;
                    }
                    stream.write_all(words).await.unwrap();
                }
            });
        }
    });
    (address, accepted)
}

#[derive(Clone, Copy)]
enum Manner {
    HangsUp,
    SaysOnce(&'static [u8]),
    SaysEachTime(&'static [u8]),
}

#[tokio::test]
async fn a_server_may_close_after_accepting() {
    let lab = Lab::new();
    let (address, _accepted) = blunt(Manner::HangsUp).await;
    for route in [Lab::plain(address), lab.route(address)] {
        let exchange = lab.get(&route, "/").await;
        assert_eq!(exchange.outcome, Outcome::ClosedWithoutAnswer);
        assert_eq!(
            exchange.witnesses,
            Witnesses {
                client: true,
                server: false
            }
        );
    }
}

#[tokio::test]
async fn a_cut_answer_is_no_answer() {
    let lab = Lab::new();
    let (address, _accepted) = blunt(Manner::SaysOnce(
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    ))
    .await;
    let exchange = lab.get(&Lab::plain(address), "/").await;
    assert!(matches!(exchange.outcome, Outcome::Malformed { .. }));
    let fragment = exchange.response.as_ref().unwrap();
    assert_eq!(
        (fragment.body.as_slice(), fragment.truncated),
        (&b"abc"[..], true)
    );
    assert_eq!(exchange.status(), None);
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let lab = Lab::new();
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let exchange = lab.get(&Lab::plain(address), "/").await;
    assert!(matches!(exchange.outcome, Outcome::Unreachable { .. }));
}

const DONE: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_connection_is_used_again_unless_a_fresh_one_is_wanted() {
    let lab = Lab::new();
    let (address, accepted) = blunt(Manner::SaysEachTime(DONE)).await;
    let route = Lab::plain(address);
    for _ in 0..3 {
        assert_eq!(lab.get(&route, "/").await.status(), Some(204));
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
    let fresh = Request::new("GET", "/").on_fresh_connection();
    assert_eq!(lab.call(None, &route, &fresh).await.status(), Some(204));
    assert_eq!(accepted.load(Ordering::SeqCst), 2);
    let elsewhere = Route {
        host: "another.name".to_owned(),
        ..route
    };
    assert_eq!(lab.get(&elsewhere, "/").await.status(), Some(204));
    assert_eq!(accepted.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_connection_that_the_peer_closed_is_not_used_again() {
    let lab = Lab::new();
    let (address, accepted) = blunt(Manner::SaysOnce(DONE)).await;
    for _ in 0..2 {
        assert_eq!(lab.get(&Lab::plain(address), "/").await.status(), Some(204));
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn every_request_on_a_connection_has_both_witnesses() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let route = lab.route(server.address());
    for target in ["/", "/", "/last", "/", "/close", "/"] {
        let exchange = lab.get(&route, target).await;
        assert_eq!(exchange.witnesses, BOTH, "{target}");
        assert!(
            exchange
                .tls
                .as_ref()
                .is_some_and(|tls| !tls.server_chain.is_empty()),
            "{target}"
        );
    }
    assert_eq!(lab.timeline.snapshot().len(), 6);
}

#[tokio::test]
async fn what_an_external_client_does_is_recorded_by_the_server_alone() {
    let lab = Lab::new();
    let server = lab.serve(ServerTls::Plain).await;
    let deadline = Deadlines::default().notification;
    let mark = lab.timeline.mark();
    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    let chunked =
        b"POST /n HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    stream.write_all(chunked).await.unwrap();
    stream.write_all(b"GET /half HTTP/1.1\r\nHo").await.unwrap();
    stream.shutdown().await.unwrap();
    let is_post = |e: &Exchange| {
        e.request
            .as_ref()
            .is_some_and(|r| r.method().as_deref() == Some("POST"))
    };
    let id = lab
        .timeline
        .wait_for(deadline, mark, is_post)
        .await
        .unwrap();
    let is_cut = |e: &Exchange| matches!(e.outcome, Outcome::Malformed { .. });
    let cut = lab.timeline.wait_for(deadline, id, is_cut).await.unwrap();
    let exchange = lab.timeline.get(id).unwrap();
    assert_eq!(
        (&exchange.client, exchange.witnesses.client),
        (&Party::unknown(), false)
    );
    assert_eq!(exchange.request.as_ref().unwrap().body, b"hi");
    assert_eq!((exchange.status(), cut.0), (Some(201), id.0 + 1));
}

#[tokio::test]
async fn silence_is_overdue() {
    let lab = Lab::new();
    let brief = Deadline {
        name: "quiet",
        after: Duration::from_millis(10),
    };
    let overdue = lab
        .timeline
        .wait_for(brief, lab.timeline.mark(), |_| true)
        .await
        .unwrap_err();
    assert_eq!(overdue.0.name, "quiet");
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let lab = Lab::new();
    let server = lab.serve(ServerTls::Plain).await;
    let route = Lab::plain(server.address());
    assert_eq!(lab.get(&route, "/").await.outcome, Outcome::Answered);
    drop(server);
    tokio::task::yield_now().await;
    let exchange = lab.get(&route, "/").await;
    assert!(
        matches!(exchange.outcome, Outcome::Unreachable { .. }),
        "{}",
        exchange.outcome
    );
}
