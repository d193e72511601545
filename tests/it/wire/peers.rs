//! Every way a peer can behave, and the reuse of connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capifspec::clock::{Deadline, Deadlines};
use capifspec::wire::{Exchange, Outcome, Party, Request, Route, ServerTls, Witnesses};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{Asks, BOTH, Lab};

const DONE: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn plain_and_tls_do_not_mix() {
    let lab = Lab::new();
    let secure = lab.server(Asks::Nothing).await;
    let exchange = lab.get(&Lab::plain(secure.address()), "/").await;
    assert!(matches!(exchange.outcome, Outcome::Malformed { .. }), "{}", exchange.outcome);
    assert_eq!(exchange.witnesses, BOTH);

    let plain = lab.serve(ServerTls::Plain).await;
    let exchange = lab.get(&lab.route(plain.address()), "/").await;
    assert!(matches!(exchange.outcome, Outcome::Malformed { .. }), "{}", exchange.outcome);
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
    assert_eq!((&exchange.outcome, exchange.witnesses), (&Outcome::ClosedWithoutAnswer, BOTH));
    assert!(exchange.request.is_some() && exchange.response.is_none());
}

#[tokio::test]
async fn a_server_may_never_answer() {
    let lab = Lab::with_answer_deadline(Deadline { name: "answer", after: Duration::from_millis(50) });
    let server = lab.server(Asks::Nothing).await;
    let exchange = lab.get(&lab.route(server.address()), "/silence").await;
    assert_eq!(exchange.outcome, Outcome::TimedOut { deadline: "answer" });
    assert_eq!(exchange.witnesses, BOTH);
}

/// Only the client saw it, and nobody waits for the answer: what was sent may have been carried out.
#[tokio::test]
async fn what_nobody_waits_for_any_more_stays_in_the_record() {
    let lab = Lab::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let route = Lab::plain(listener.local_addr().unwrap());
    let arrives = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        stream
    };
    tokio::select! {
        exchange = lab.get(&route, "/asked") => panic!("an answer from nobody: {}", exchange.outcome),
        _stream = arrives => {}
    }
    let exchange = lab.timeline.snapshot().pop().unwrap();
    assert_eq!(exchange.outcome, Outcome::Open);
    assert_eq!(exchange.request.as_ref().unwrap().target().as_deref(), Some("/asked"));
}

#[tokio::test]
async fn a_server_may_close_after_accepting() {
    let lab = Lab::new();
    let (address, _accepted) = blunt(Manner::HangsUp).await;
    for route in [Lab::plain(address), lab.route(address)] {
        let exchange = lab.get(&route, "/").await;
        assert_eq!(exchange.outcome, Outcome::ClosedWithoutAnswer);
        assert_eq!(exchange.witnesses, Witnesses { client: true, server: false });
    }
}

#[tokio::test]
async fn a_cut_answer_is_no_answer() {
    let lab = Lab::new();
    let (address, _accepted) = blunt(Manner::SaysOnce(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")).await;
    let exchange = lab.get(&Lab::plain(address), "/").await;
    assert!(matches!(exchange.outcome, Outcome::Malformed { .. }));
    let fragment = exchange.response.as_ref().unwrap();
    assert_eq!((fragment.body.as_slice(), fragment.truncated), (&b"abc"[..], true));
    assert_eq!(exchange.status(), None);
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    let lab = Lab::new();
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let exchange = lab.get(&Lab::plain(address), "/").await;
    assert!(matches!(exchange.outcome, Outcome::Unreachable { .. }));
}

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
    let elsewhere = Route { host: "another.name".to_owned(), ..route };
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
        assert!(exchange.tls.as_ref().is_some_and(|tls| !tls.server_chain.is_empty()), "{target}");
    }
    assert_eq!(lab.timeline.snapshot().len(), 6);
}

#[tokio::test]
async fn many_callers_at_once_are_not_mixed_up() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let route = lab.route(server.address());
    let targets: Vec<_> = (0..20).map(|number| format!("/{number}")).collect();
    for _round in 0..2 {
        let calls = targets.iter().map(|target| lab.get(&route, target));
        let exchanges = futures::future::join_all(calls).await;
        for (exchange, target) in exchanges.iter().zip(&targets) {
            let asked = exchange.request.as_ref().unwrap().target();
            assert_eq!((asked.as_ref(), exchange.witnesses), (Some(target), BOTH));
            assert_eq!(exchange.outcome, Outcome::Answered);
        }
    }
    assert_eq!(lab.timeline.snapshot().len(), 40);
}

#[tokio::test]
async fn what_an_external_client_does_is_recorded_by_the_server_alone() {
    let lab = Lab::new();
    let server = lab.serve(ServerTls::Plain).await;
    let deadline = Deadlines::default().notification;
    let mark = lab.timeline.mark();
    let mut stream = tokio::net::TcpStream::connect(server.address()).await.unwrap();
    let chunked = b"POST /n HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    stream.write_all(chunked).await.unwrap();
    stream.write_all(b"GET /half HTTP/1.1\r\nHo").await.unwrap();
    stream.shutdown().await.unwrap();
    let is_post = |e: &Exchange| e.request.as_ref().is_some_and(|r| r.method().as_deref() == Some("POST"));
    let id = lab.timeline.wait_for(deadline, mark, is_post).await.unwrap();
    let is_cut = |e: &Exchange| matches!(e.outcome, Outcome::Malformed { .. });
    let cut = lab.timeline.wait_for(deadline, id, is_cut).await.unwrap();
    let exchange = lab.timeline.get(id).unwrap();
    assert_eq!((&exchange.client, exchange.witnesses.client), (&Party::unknown(), false));
    assert_eq!(exchange.request.as_ref().unwrap().body, b"hi");
    assert_eq!((exchange.status(), cut.0), (Some(201), id.0 + 1));
}

#[tokio::test]
async fn silence_is_overdue() {
    let lab = Lab::new();
    let brief = Deadline { name: "quiet", after: Duration::from_millis(10) };
    let overdue = lab.timeline.wait_for(brief, lab.timeline.mark(), |_| true).await.unwrap_err();
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
    assert!(matches!(exchange.outcome, Outcome::Unreachable { .. }), "{}", exchange.outcome);
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
