//! The core function over real sockets: a provider domain and two invokers go through everything it offers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::CoreFunction;
use crate::actors::{Keys, Settings, form};
use crate::clock::{Clock, Deadlines, Names};
use crate::fault::{Fault, FaultSet};
use crate::jose::{self, VerificationKey};
use crate::pki::{KeyKind, KeyPair, KeyPool, certificates_from_pem};
use crate::spec::{Readings, Release};
use crate::wire::{
    Caller, Exchange, ExchangeId, Gate, Handler, Identity, Incoming, Party, Ports, Reply, Request, Route, Scheme,
    Server, ServerTls, Timeline, Trust, Versions,
};

/// A core function and whoever calls it.
struct Capif {
    core: CoreFunction,
    caller: Caller,
    route: Route,
    timeline: Timeline,
    _sink: Server,
    destination: String,
}

struct Sink;

impl Handler for Sink {
    fn answer(&self, _incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(std::future::ready(Reply::new(204)))
    }
}

#[derive(Clone)]
struct Peer {
    id: String,
    identity: Option<Identity>,
    secret: String,
}

impl Capif {
    async fn start(faults: &[Fault]) -> Self {
        let clock = Clock::virtual_from_now();
        let timeline = Timeline::new(clock.clone());
        let keys: Keys = Arc::new(Mutex::new(KeyPool::new(8).unwrap().ring(&Names::new(1, "keys"))));
        let settings = Settings {
            party: Party::new("ccf"),
            clock: clock.clone(),
            timeline: timeline.clone(),
            faults: faults.iter().copied().collect::<FaultSet>(),
            seed: 1,
            keys,
            release: Release::Rel18,
            ports: Ports::loopback(),
            port: None,
            deadlines: Deadlines::default(),
            gate: Gate::default(),
            readings: Readings::default(),
            store: None,
        };
        let core = CoreFunction::start(settings).await.unwrap();
        let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        let party = Party::new("sink");
        let sink = Server::bind(party, ServerTls::Plain, Arc::new(Sink), timeline.clone(), clock.clone(), any);
        let sink = sink.await.unwrap();
        let roots = certificates_from_pem(core.root_pem()).unwrap();
        let route = Route {
            server: Party::new("ccf"),
            address: core.address(),
            host: core.address().to_string(),
            scheme: Scheme::Tls { trust: Trust::roots(roots).unwrap(), versions: Versions::Both },
        };
        Self {
            core,
            caller: Caller::new(timeline.clone(), clock, Deadlines::default()),
            route,
            timeline,
            destination: format!("http://{}/revoked", sink.address()),
            _sink: sink,
        }
    }

    async fn send(&self, peer: &Peer, request: Request) -> (u16, Value, Arc<Exchange>) {
        let id = self.caller.call(&Party::new("peer"), peer.identity.as_ref(), &self.route, &request, "test").await;
        let exchange = self.timeline.get(id).unwrap();
        let response = exchange.response.clone().unwrap_or_else(|| panic!("{:?}", exchange.outcome));
        (response.status().unwrap(), response.json().unwrap_or_default(), exchange)
    }

    async fn json(&self, peer: &Peer, method: &str, target: &str, body: &Value) -> (u16, Value, Arc<Exchange>) {
        self.send(peer, Request::new(method, target).body("application/json", body.to_string())).await
    }

    async fn provider(&self) -> [Peer; 4] {
        let keys: Vec<KeyPair> = (0..4).map(|_| KeyPair::generate(KeyKind::EcdsaP256).unwrap()).collect();
        let roles = ["AMF", "APF", "AEF", "AEF"];
        let functions: Vec<Value> = roles
            .iter()
            .zip(&keys)
            .map(|(role, key)| json!({"apiProvFuncRole": role, "regInfo": {"apiProvPubKey": key.csr(role).unwrap()}}))
            .collect();
        let body = json!({"regSec": self.core.registration_secret(), "apiProvFuncs": functions});
        let nobody = Peer::nobody();
        let (status, body, _) = self.json(&nobody, "POST", "/api-provider-management/v1/registrations", &body).await;
        assert_eq!(status, 201, "{body}");
        let answered = body["apiProvFuncs"].as_array().unwrap().iter().zip(&keys);
        let peers: Vec<Peer> = answered
            .map(|(own, key)| Peer::certified(&text(&own["apiProvFuncId"]), &own["regInfo"]["apiProvCert"], key))
            .collect();
        peers.try_into().unwrap_or_else(|_| panic!("four functions"))
    }

    async fn publish(&self, apf: &Peer, name: &str, aef: &Peer, methods: &[&str]) -> String {
        let body = json!({"apiName": name, "supportedFeatures": "2", "aefProfiles": [{
            "aefId": aef.id, "versions": [{"apiVersion": "v1"}], "securityMethods": methods,
            "interfaceDescriptions": [{"ipv4Addr": "127.0.0.1", "port": 9000}]}]});
        let target = format!("/published-apis/v1/{}/service-apis", apf.id);
        let (status, body, _) = self.json(apf, "POST", &target, &body).await;
        assert_eq!(status, 201, "{body}");
        text(&body["apiId"])
    }

    async fn onboard(&self, apis: &[&str]) -> Peer {
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let wished: Vec<Value> = apis.iter().map(|name| json!({"apiName": name})).collect();
        let mut body = json!({
            "onboardingInformation": {"apiInvokerPublicKey": key.public_pem()},
            "notificationDestination": "http://127.0.0.1:9/enrolment"});
        if !wished.is_empty() {
            body["apiList"] = json!({"serviceAPIDescriptions": wished});
        }
        let request = Request::new("POST", "/api-invoker-management/v1/onboardedInvokers")
            .header("Authorization", &format!("Bearer {}", self.core.onboarding_token()))
            .body("application/json", body.to_string());
        let (status, body, _) = self.send(&Peer::nobody(), request).await;
        assert_eq!(status, 201, "{body}");
        let information = &body["onboardingInformation"];
        Peer {
            secret: text(&information["onboardingSecret"]),
            ..Peer::certified(&text(&body["apiInvokerId"]), &information["apiInvokerCertificate"], &key)
        }
    }

    async fn negotiate(&self, invoker: &Peer, aefs: &[&Peer]) -> Value {
        let entries: Vec<Value> =
            aefs.iter().map(|aef| json!({"aefId": aef.id, "prefSecurityMethods": ["PSK", "OAUTH", "PKI"]})).collect();
        let body =
            json!({"securityInfo": entries, "notificationDestination": self.destination, "supportedFeatures": "f"});
        let (status, body, exchange) = self.json(invoker, "PUT", &context_of(invoker), &body).await;
        assert_eq!(status, 201, "{body}");
        let location = exchange.response.as_ref().unwrap().header("Location").unwrap();
        assert_eq!(location, format!("{}{}", self.core.base_url(), context_of(invoker)));
        body
    }

    async fn token(&self, invoker: &Peer, more: &[(&str, &str)]) -> (u16, Value, Arc<Exchange>) {
        let mut pairs = vec![("grant_type", "client_credentials"), ("client_id", &invoker.id)];
        pairs.extend(more);
        let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let target = format!("/capif-security/v1/securities/{}/token", invoker.id);
        let request = Request::new("POST", &target).body("application/x-www-form-urlencoded", form::encode(&pairs));
        self.send(invoker, request).await
    }

    async fn notification(&self, after: ExchangeId) -> Value {
        let told = |exchange: &Exchange| exchange.server.name() == "sink" && exchange.status() == Some(204);
        let id = self.timeline.wait_for(Deadlines::default().notification, after, told).await.unwrap();
        self.timeline.get(id).unwrap().request.as_ref().unwrap().json().unwrap()
    }
}

impl Peer {
    fn nobody() -> Self {
        Self { id: String::new(), identity: None, secret: String::new() }
    }

    fn certified(id: &str, pem: &Value, key: &KeyPair) -> Self {
        let chain = certificates_from_pem(pem.as_str().unwrap()).unwrap();
        Self {
            id: id.to_owned(),
            identity: Some(Identity::new(chain, &key.private_der()).unwrap()),
            secret: String::new(),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn context_of(invoker: &Peer) -> String {
    format!("/capif-security/v1/trustedInvokers/{}", invoker.id)
}

#[tokio::test]
async fn an_invoker_gets_methods_and_a_token_and_its_exposing_function_learns_of_it() {
    let capif = Capif::start(&[]).await;
    let [_amf, apf, aef1, aef2] = capif.provider().await;
    capif.publish(&apf, "x", &aef1, &["PKI", "OAUTH"]).await;
    capif.publish(&apf, "y", &aef1, &["OAUTH"]).await;
    capif.publish(&apf, "z", &aef2, &["PSK"]).await;
    let invoker = capif.onboard(&["x", "y"]).await;

    let body = capif.negotiate(&invoker, &[&aef1, &aef2]).await;
    assert_eq!(body["securityInfo"][0]["selSecurityMethod"], "OAUTH");
    assert_eq!(body["securityInfo"][1]["selSecurityMethod"], "PSK");
    assert_eq!(body["supportedFeatures"], "4");

    let (status, body, exchange) = capif.token(&invoker, &[]).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("Bearer")), "{body}");
    let key = VerificationKey::from_pem(capif.core.token_key_pem()).unwrap();
    let token = jose::verify(body["access_token"].as_str().unwrap(), &key).unwrap();
    let claims: Value = serde_json::from_str(&token.claims_text).unwrap();
    assert_eq!(claims["scope"], format!("3gpp#{}:x,y", aef1.id));
    assert_eq!((&claims["iss"], &claims["client_id"]), (&json!(invoker.id), &json!(invoker.id)));
    assert_eq!(exchange.response.as_ref().unwrap().header("Cache-Control").unwrap(), "no-store");

    let asked = format!("{}?authorizationInfo=true", context_of(&invoker));
    let (status, body, _) = capif.send(&aef1, Request::new("GET", &asked)).await;
    assert_eq!((status, body["securityInfo"].as_array().unwrap().len()), (200, 1));
    assert_eq!(body["securityInfo"][0]["authorizationInfo"], claims["scope"]);
    assert!(body["securityInfo"][0].get("authenticationInfo").is_none());
}

#[tokio::test]
async fn a_revocation_strikes_what_it_names_and_is_for_good() {
    let capif = Capif::start(&[]).await;
    let [_amf, apf, aef1, aef2] = capif.provider().await;
    let x = capif.publish(&apf, "x", &aef1, &["PKI", "OAUTH"]).await;
    let y = capif.publish(&apf, "y", &aef1, &["OAUTH"]).await;
    let invoker = capif.onboard(&["x", "y"]).await;
    capif.negotiate(&invoker, &[&aef1, &aef2]).await;
    let mark = capif.timeline.mark();
    let some = json!({"apiInvokerId": invoker.id, "apiIds": [x], "cause": "OVERLIMIT_USAGE"});
    let (status, _, _) = capif.json(&aef1, "POST", &format!("{}/delete", context_of(&invoker)), &some).await;
    assert_eq!(status, 204);
    let told = capif.notification(mark).await;
    assert_eq!((&told["apiIds"], &told["cause"]), (&json!([x]), &json!("OVERLIMIT_USAGE")));
    let (_, body, _) = capif.token(&invoker, &[]).await;
    assert_eq!(body["scope"], format!("3gpp#{}:y", aef1.id));
    let (status, body, _) = capif.token(&invoker, &[("scope", &format!("3gpp#{}:x", aef1.id))]).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_scope")));

    let mark = capif.timeline.mark();
    let (status, _, exchange) = capif.send(&aef2, Request::new("DELETE", &context_of(&invoker))).await;
    assert_eq!((status, exchange.response.as_ref().unwrap().body.len()), (204, 0));
    assert_eq!(capif.notification(mark).await["apiIds"], json!([y]));
    assert_eq!(capif.send(&aef1, Request::new("GET", &context_of(&invoker))).await.0, 404);
    capif.negotiate(&invoker, &[&aef1]).await;
    assert_eq!(capif.token(&invoker, &[]).await.1["error"], "invalid_scope", "a revocation is for good");
}

#[tokio::test]
async fn the_security_api_is_for_whom_the_table_names() {
    let capif = Capif::start(&[]).await;
    let [amf, apf, aef, other_aef] = capif.provider().await;
    capif.publish(&apf, "x", &aef, &["OAUTH"]).await;
    let invoker = capif.onboard(&["x"]).await;
    let other = capif.onboard(&["x"]).await;
    let context = context_of(&invoker);
    assert_eq!(capif.send(&aef, Request::new("GET", &context)).await.0, 404);
    capif.negotiate(&invoker, &[&aef]).await;
    let proposal = json!({"securityInfo": [{"aefId": aef.id, "prefSecurityMethods": ["OAUTH"]}],
        "notificationDestination": capif.destination});
    for stranger in [&amf, &apf, &aef, &other] {
        assert_eq!(capif.json(stranger, "PUT", &context, &proposal).await.0, 403);
        assert_eq!(capif.json(stranger, "POST", &format!("{context}/update"), &proposal).await.0, 403);
        let foreign = Peer { identity: stranger.identity.clone(), ..invoker.clone() };
        assert_eq!(capif.token(&foreign, &[]).await.0, 403);
    }
    let some = json!({"apiInvokerId": invoker.id, "apiIds": ["x"], "cause": "c"});
    for stranger in [&amf, &apf, &invoker, &other, &other_aef] {
        assert_eq!(capif.send(stranger, Request::new("GET", &context)).await.0, 403);
        assert_eq!(capif.send(stranger, Request::new("DELETE", &context)).await.0, 403);
        assert_eq!(capif.json(stranger, "POST", &format!("{context}/delete"), &some).await.0, 403);
    }
    let nobody = Peer { identity: None, ..invoker.clone() };
    assert_eq!(capif.json(&nobody, "PUT", &context, &proposal).await.0, 401);
    let (status, body, _) = capif.token(&nobody, &[("client_secret", &invoker.secret)]).await;
    assert_eq!((status, &body["error"]), (401, &json!("invalid_client")));
    assert_eq!(capif.token(&invoker, &[("client_secret", &invoker.secret)]).await.0, 200);
}

#[tokio::test]
async fn http_errors_are_told_as_http_wants() {
    let capif = Capif::start(&[]).await;
    let [_amf, apf, aef, _] = capif.provider().await;
    capif.publish(&apf, "x", &aef, &["OAUTH"]).await;
    let invoker = capif.onboard(&[]).await;
    let context = context_of(&invoker);
    assert_eq!(capif.send(&invoker, Request::new("GET", "/capif-security/v2/x")).await.0, 404);
    let (status, _, exchange) = capif.send(&invoker, Request::new("PATCH", &context)).await;
    assert_eq!(
        (status, exchange.response.as_ref().unwrap().header("Allow").unwrap().as_str()),
        (405, "GET, PUT, DELETE")
    );
    assert_eq!(capif.send(&invoker, Request::new("PUT", &context).body("text/plain", "{}")).await.0, 415);
    let (status, body, exchange) = capif.json(&invoker, "PUT", &context, &json!({"securityInfo": []})).await;
    assert_eq!((status, &body["invalidParams"][0]["param"]), (400, &json!("securityInfo")));
    assert_eq!(exchange.response.as_ref().unwrap().header("Content-Type").unwrap(), "application/problem+json");
    let plain = Route { address: capif.core.plain_address(), scheme: Scheme::Plain, ..capif.route.clone() };
    let request = Request::new("POST", "/capif-security/v1/securities/i/token")
        .body("application/x-www-form-urlencoded", "grant_type=client_credentials&client_id=i");
    let id = capif.caller.call(&Party::new("peer"), None, &plain, &request, "in clear").await;
    assert_eq!(capif.timeline.get(id).unwrap().status(), Some(403));
}

#[tokio::test]
async fn an_identity_ends_with_its_enrolment() {
    let capif = Capif::start(&[]).await;
    let [amf, apf, aef, _] = capif.provider().await;
    capif.publish(&apf, "x", &aef, &["OAUTH"]).await;
    let invoker = capif.onboard(&["x"]).await;
    let discover = format!("/service-apis/v1/allServiceAPIs?api-invoker-id={}&api-name=x", invoker.id);
    let (status, body, _) = capif.send(&invoker, Request::new("GET", &discover)).await;
    assert_eq!((status, &body["serviceAPIDescriptions"][0]["apiName"]), (200, &json!("x")));
    capif.negotiate(&invoker, &[&aef]).await;
    let enrolment = format!("/api-invoker-management/v1/onboardedInvokers/{}", invoker.id);
    assert_eq!(capif.send(&apf, Request::new("DELETE", &enrolment)).await.0, 403);
    assert_eq!(capif.send(&invoker, Request::new("DELETE", &enrolment)).await.0, 204);
    assert_eq!(capif.send(&invoker, Request::new("GET", &discover)).await.0, 401);
    assert_eq!(capif.token(&invoker, &[]).await.1["error"], "invalid_client");
    let domain = capif.timeline.snapshot().iter().find_map(|exchange| {
        let response = exchange.response.as_ref()?;
        response.header("Location").filter(|location| location.contains("registrations"))
    });
    let target = domain.unwrap().replace(&capif.core.base_url(), "");
    assert_eq!(capif.send(&aef, Request::new("DELETE", &target)).await.0, 403);
    assert_eq!(capif.send(&amf, Request::new("DELETE", &target)).await.0, 204);
    assert_eq!(
        capif.send(&apf, Request::new("GET", &format!("/published-apis/v1/{}/service-apis", apf.id))).await.0,
        401
    );
}
