//! The three reference peers together, told to act through their control surfaces only.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::core_function::CoreFunction;
use super::exposing_function::ExposingFunction;
use super::invoker::Invoker;
use super::{Keys, Settings};
use crate::clock::{Clock, Deadlines, Names};
use crate::control::{Act, ActOutcome, Report};
use crate::fault::{Fault, FaultSet};
use crate::pki::{KeyPool, certificates_from_pem};
use crate::spec::{Readings, Release, Role};
use crate::wire::{Caller, Gate, Party, Ports, Request, Route, Scheme, Timeline, Trust, Versions};

struct Trio {
    core: CoreFunction,
    aef: ExposingFunction,
    invoker: Invoker,
    timeline: Timeline,
    aside: (Caller, Timeline),
}

impl Trio {
    async fn start(faults: &[Fault]) -> Self {
        let clock = Clock::virtual_from_now();
        let timeline = Timeline::new(clock.clone());
        let keys: Keys = Arc::new(Mutex::new(KeyPool::new(12).unwrap().ring(&Names::new(1, "keys"))));
        let faults: FaultSet = faults.iter().copied().collect();
        let settings = |party: &str, role| Settings {
            party: Party::new(party),
            clock: clock.clone(),
            timeline: timeline.clone(),
            faults: faults.of(role),
            seed: 1,
            keys: Arc::clone(&keys),
            release: Release::Rel18,
            ports: Ports::loopback(),
            port: None,
            deadlines: Deadlines::default(),
            gate: Gate::default(),
            readings: Readings::default(),
            store: None,
        };
        let aside = Timeline::new(clock.clone());
        Self {
            core: CoreFunction::start(settings("ccf", Role::CoreFunction)).await.unwrap(),
            aef: ExposingFunction::start(settings("aef-2", Role::ExposingFunction), None).await.unwrap(),
            invoker: Invoker::start(settings("invoker", Role::Invoker)).await.unwrap(),
            timeline,
            aside: (Caller::new(aside.clone(), clock, Deadlines::default()), aside),
        }
    }

    async fn call(&self, url: &str, request: &Request) -> (u16, Value) {
        let (scheme, address) = url.split_once("://").unwrap();
        let route = Route {
            server: Party::new("peer"),
            address: address.parse().unwrap(),
            host: address.to_owned(),
            scheme: if scheme == "http" {
                Scheme::Plain
            } else {
                let roots = certificates_from_pem(self.aef.root_pem()).unwrap();
                Scheme::Tls { trust: Trust::roots(roots).unwrap(), versions: Versions::Both }
            },
        };
        let (caller, record) = &self.aside;
        let id = caller.call(&Party::new("tester"), None, &route, request, "test").await;
        let exchange = record.get(id).unwrap();
        let response = exchange.response.as_ref().unwrap_or_else(|| panic!("{:?}", exchange.outcome));
        (response.status().unwrap(), response.json().unwrap_or_default())
    }

    async fn act(&self, url: &str, act: Act, with: Value) -> Report {
        let order = json!({"action": act.word(), "with": with});
        let request = Request::new("POST", "/act").body("application/json", order.to_string());
        serde_json::from_value(self.call(url, &request).await.1).unwrap()
    }

    async fn done(&self, url: &str, act: Act, with: Value) -> Value {
        let report = self.act(url, act, with).await;
        assert_eq!(report.outcome, ActOutcome::Done, "{act:?}: {}", report.detail);
        report.detail
    }

    fn core(&self) -> Value {
        json!({"url": self.core.base_url(), "roots": self.core.root_pem()})
    }

    /// Up to a security context; ids of the API, the exposing function and the invoker.
    async fn prepare(&self) -> (String, String, String) {
        let (aef, invoker) = (self.aef.control_url(), self.invoker.control_url());
        let with = json!({"core-function": self.core(), "secret": self.core.registration_secret()});
        let registered = self.done(&aef, Act::Register, with).await;
        let api = self.done(&aef, Act::Publish, json!({"api-name": "x", "methods": ["OAUTH"]})).await;
        self.done(&aef, Act::Publish, json!({"api-name": "y", "methods": ["OAUTH"]})).await;
        let with = json!({"core-function": self.core(), "token": self.core.onboarding_token(), "apis": ["x", "y"]});
        let onboarded = self.done(&invoker, Act::Onboard, with).await;
        self.done(&invoker, Act::Discover, Value::Null).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&api["api-id"]), text(&registered["aef-id"]), text(&onboarded["api-invoker-id"]))
    }

    async fn check_authentication(&self, invoker_id: &str) -> u16 {
        let body = json!({"apiInvokerId": invoker_id, "supportedFeatures": "0"});
        let request = Request::new("POST", "/aef-security/v1/check-authentication");
        let base = format!("https://{}", self.aef.address());
        self.call(&base, &request.body("application/json", body.to_string())).await.0
    }

    fn seen(&self, start_line: &str) -> usize {
        let exchanges = self.timeline.snapshot();
        let requests = exchanges.iter().filter_map(|exchange| exchange.request.as_ref());
        requests.filter(|request| request.start_line().contains(start_line)).count()
    }
}

#[tokio::test]
async fn peers_carry_out_the_whole_procedure_when_told() {
    let trio = Trio::start(&[]).await;
    let (aef, invoker) = (trio.aef.control_url(), trio.invoker.control_url());
    let (api_id, aef_id, id) = trio.prepare().await;
    let negotiated = trio.done(&invoker, Act::NegotiateSecurity, Value::Null).await;
    assert_eq!(negotiated["answer"]["securityInfo"][0]["selSecurityMethod"], "OAUTH");
    let again = json!({"interfaces": [{"aef-id": aef_id, "api-id": api_id, "methods": ["PKI"]}]});
    let renegotiated = trio.done(&invoker, Act::RenegotiateSecurity, again).await;
    assert!(renegotiated["answer"]["securityInfo"][0].get("selSecurityMethod").is_none());
    for secret in ["none", "body", "basic"] {
        let token = trio.done(&invoker, Act::ObtainToken, json!({"secret": secret})).await;
        assert_eq!(token["scope"], format!("3gpp#{aef_id}:x,y"));
    }
    let info = json!({"api-invoker-id": id, "authorization": true});
    let info = trio.done(&aef, Act::ObtainInvokerInfo, info).await;
    assert_eq!(info["answer"]["securityInfo"][0]["authorizationInfo"], format!("3gpp#{aef_id}:x"));
    assert_eq!(trio.check_authentication(&id).await, 200);
    assert_eq!(trio.check_authentication("nobody").await, 403);

    let mark = trio.timeline.mark();
    trio.done(&aef, Act::RevokeAuthorization, json!({"api-invoker-id": id, "api-ids": [api_id]})).await;
    let told = trio.timeline.wait_for(Deadlines::default().notification, mark, |exchange| {
        exchange.server.name() == "invoker" && exchange.client.name() == "ccf" && exchange.status() == Some(204)
    });
    told.await.unwrap();
    trio.done(&aef, Act::RevokeAuthorization, json!({"api-invoker-id": id})).await;
    let refused = trio.act(&invoker, Act::ObtainToken, Value::Null).await;
    assert_eq!((refused.outcome, &refused.detail["error"]), (ActOutcome::Refused, &json!("invalid_scope")));
    trio.done(&invoker, Act::Offboard, Value::Null).await;
    let parties = trio.timeline.snapshot();
    assert!(parties.iter().any(|exchange| exchange.client.name() == "amf-2"), "functions of a domain share a suffix");
}

#[tokio::test]
async fn a_surface_says_what_it_cannot_do() {
    let trio = Trio::start(&[]).await;
    let invoker = trio.invoker.control_url();
    let report = trio.act(&invoker, Act::Publish, Value::Null).await;
    assert_eq!(report.outcome, ActOutcome::Unsupported);
    let report = trio.act(&invoker, Act::ObtainToken, Value::Null).await;
    assert_eq!((report.outcome, &report.detail["why"]), (ActOutcome::Failed, &json!("the invoker is not onboarded")));
    let (status, body) = trio.call(&invoker, &Request::new("GET", "/capabilities")).await;
    assert_eq!((status, &body["role"], body["acts"].as_array().unwrap().len()), (200, &json!("invoker"), 7));
    assert_eq!(trio.call(&invoker, &Request::new("POST", "/act").body("application/json", "{")).await.0, 400);
    assert_eq!(trio.call(&invoker, &Request::new("POST", "/reset")).await.0, 204);
}

#[tokio::test]
async fn an_invoker_shows_nothing_to_a_core_function_that_it_cannot_verify() {
    let trio = Trio::start(&[]).await;
    let stranger = json!({"url": trio.core.base_url(), "roots": trio.aef.root_pem()});
    let with = json!({"core-function": stranger, "token": trio.core.onboarding_token()});
    let report = trio.act(&trio.invoker.control_url(), Act::Onboard, with).await;
    assert_eq!(report.outcome, ActOutcome::Failed);
    assert_eq!(trio.seen("onboardedInvokers"), 0);
}

#[tokio::test]
async fn faults_of_invoker_and_exposing_function_show_on_the_wire() {
    use Fault::{NegotiateForTheInvoker, ReadOwnSecurityContext, SkipSecurityInformationFetch, SkipTokenRequest};
    let faults = [ReadOwnSecurityContext, SkipTokenRequest, NegotiateForTheInvoker, SkipSecurityInformationFetch];
    let trio = Trio::start(&faults).await;
    let (aef, invoker) = (trio.aef.control_url(), trio.invoker.control_url());
    let (_, _, id) = trio.prepare().await;
    trio.done(&invoker, Act::NegotiateSecurity, Value::Null).await;
    assert_eq!(trio.seen("GET /capif-security/v1/trustedInvokers"), 1);
    trio.done(&invoker, Act::ObtainToken, Value::Null).await;
    assert_eq!(trio.seen("/token"), 0);
    assert_eq!(trio.check_authentication(&id).await, 200);
    assert_eq!(trio.seen("GET /capif-security/v1/trustedInvokers"), 1, "not fetched");
    trio.done(&aef, Act::ObtainInvokerInfo, json!({"api-invoker-id": id, "authentication": true})).await;
    assert_eq!(trio.seen("PUT /capif-security/v1/trustedInvokers"), 2);
}
