//! What both ends record of TLS, and of its refusals.

use std::time::Duration;

use capifspec::clock::Deadlines;
use capifspec::pki::{Flaw, common_name};
use capifspec::wire::{End, Exchange, Outcome, Request, Route, Scheme, Trust, Versions};

use super::{Asks, BOTH, Lab};

#[tokio::test]
async fn both_ends_of_mutual_tls_make_one_exchange() {
    let lab = Lab::new();
    let server = lab.server(Asks::Always).await;
    let identity = lab.identity(None);
    let request =
        Request::new("POST", "/things?x=1").header("X-Dup", "1").header("x-dup", "2").body("application/json", "{}");
    let route = lab.route(server.address());
    let exchange = lab.call(Some(&identity), &route, &request).await;

    assert_eq!(exchange.outcome, Outcome::Answered);
    assert_eq!(exchange.witnesses, BOTH);
    assert_eq!((exchange.client.name(), exchange.server.name()), ("invoker", "ccf"));
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
    assert_eq!((exchange.status(), answer.header_all("x-twice")), (Some(201), vec!["1".to_owned(), "2".to_owned()]));
    assert_eq!(answer.json().unwrap()["ok"], true);
    let tls = exchange.tls.as_ref().unwrap();
    assert_eq!(tls.version.as_deref(), Some("TLSv1.3"));
    assert!(tls.suite.as_deref().unwrap().starts_with("TLS_AES_"));
    assert_eq!((tls.alpn.as_deref(), tls.server_name.as_deref()), (Some("http/1.1"), Some("ccf.test")));
    assert_eq!(tls.client_chain, [identity.chain()[0].to_vec()]);
    assert_eq!(common_name(&tls.server_chain[0]).as_deref(), Some("ccf"));
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
    let exchange = lab.call(Some(&lab.identity(None)), &lab.route(server.address()), &Request::new("GET", "/")).await;
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
            let exchange = lab.call(identity.as_ref(), &route, &Request::new("GET", "/")).await;
            let refused = Outcome::HandshakeRefused { by: End::Server, alert: alert.to_owned() };
            assert_eq!(exchange.outcome, refused, "{flaw:?} {versions:?}");
            assert_eq!(exchange.witnesses, BOTH, "{flaw:?} {versions:?}");
            let tls = exchange.tls.as_ref().unwrap();
            assert_eq!(tls.alert.as_deref(), Some(alert), "{flaw:?} {versions:?}");
            assert_eq!(tls.client_chain.len(), usize::from(flaw.is_some()), "{flaw:?} {versions:?}");
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
    let exchange = lab.call(Some(&identity), &route, &Request::new("GET", "/")).await;
    assert!(matches!(exchange.outcome, Outcome::HandshakeRefused { by: End::Server, .. }));
}

#[tokio::test]
async fn certificates_expire_in_protocol_time() {
    let lab = Lab::new();
    let server = lab.server(Asks::Always).await;
    let identity = lab.identity(None);
    let route = lab.route(server.address());
    let request = Request::new("GET", "/").on_fresh_connection();
    assert_eq!(lab.call(Some(&identity), &route, &request).await.outcome, Outcome::Answered);
    lab.clock.advance(Duration::from_hours(40 * 24)).unwrap();
    let later = lab.call(Some(&identity), &route, &request).await;
    let refused = Outcome::HandshakeRefused { by: End::Client, alert: "certificate_expired".to_owned() };
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
    let refused = Outcome::HandshakeRefused { by: End::Client, alert: "bad_certificate".to_owned() };
    assert_eq!((&exchange.outcome, &exchange.request), (&refused, &None));
    assert_eq!(exchange.tls.as_ref().unwrap().server_chain.len(), 1, "what was refused is kept");
    let both = |exchange: &Exchange| exchange.witnesses == BOTH;
    let id = lab.timeline.wait_for(Deadlines::default().answer, mark, both).await.unwrap();
    assert_eq!((id, lab.timeline.snapshot().len()), (exchange.id, 1));
}

#[tokio::test]
async fn any_certificate_may_be_trusted() {
    let lab = Lab::new();
    let server = lab.server(Asks::Nothing).await;
    let route = Route {
        host: "127.0.0.1".to_owned(),
        scheme: Scheme::Tls { trust: Trust::anything(), versions: Versions::Both },
        ..lab.route(server.address())
    };
    let exchange = lab.get(&route, "/").await;
    assert_eq!(exchange.outcome, Outcome::Answered);
    assert_eq!(exchange.tls.as_ref().unwrap().server_name, None);
}
