//! Roles that are told to act, or asked by a core function of ours: what stands in their way is told, and whose it is.

use std::net::SocketAddr;
use std::sync::Arc;

use capifspec::clock::{Clock, Deadlines, http_date};
use capifspec::pki::{KeyKind, KeyPair, LeafSpec, certificates_from_pem};
use capifspec::wire::{
    Caller, ClientAuth, Handler, Incoming, Party, Reply, Request, Route, Scheme, ServerTls, Timeline, Trust, Versions,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::{HEAD, Running, Shown, doctor, is, root};
use crate::cli::Desk;
use crate::cli::serving::Served;

const ALL: &str = "--quiet --role aef --role invoker --role rof";

#[test]
fn every_role_is_tried_with_peers_of_ours() {
    let desk = Desk::new();
    let _served = Served::with(&desk, ALL);
    let told = doctor(&desk, "--target capif/target.toml", 0);
    for (about, what, seen) in [
        ("amf", "enrolment", "and registered"),
        ("amf", "certificate of our core function", "issued by CN="),
        ("apf", "publishing", "published a service API"),
        ("aef", "an invocation", "passed on to our service logic"),
        ("aef", "our certificates", "invoker showed CN="),
        ("aef", "clock difference", "0 s apart"),
        ("aef", "API aef_security", "200"),
        ("amf", "clean-up", "told to forget"),
        ("invoker", "enrolment", "and onboarded"),
        ("invoker", "certificate of our core function", "issued by CN="),
        ("invoker", "discovery", "shown service APIs"),
        ("invoker", "callback address", "takes connections"),
        ("invoker", "clean-up", "told to forget"),
        ("rof", "decision", "what an owner decides"),
        ("rof", "a query", "in the form of the adapter"),
        ("rof", "our certificates", "ccf showed CN="),
        ("rof", "clock difference", "0 s apart"),
        ("rof", "clean-up", "told to forget"),
    ] {
        is(&told, about, what, "ok", seen);
    }
    let other = doctor(&desk, "--target capif/target.toml --set invoker.callback=127.0.0.1:9", 2);
    is(&other, "invoker", "callback address", "problem", "invoker.callback is 127.0.0.1:9");
    is(&told, "invoker", "clock difference", "not checkable", "none of its requests has a Date");
    is(&told, "aef", "claimed features", "not checkable", "claims none");
}

#[test]
fn a_product_that_does_not_reach_us_is_told_with_the_address_it_was_given() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet --role aef --role invoker");
    let elsewhere = "--set harness.advertise=127.0.0.9 --set harness.bind=127.0.0.1";
    let told = doctor(&desk, &format!("--target capif/target.toml {elsewhere}"), 2);
    is(&told, "amf", "enrolment", "problem", "reached our core function at https://127.0.0.9:");
    is(&told, "amf", "certificate of our core function", "not checkable", "no connection");
    is(&told, "invoker", "enrolment", "problem", "reached our core function at https://127.0.0.9:");
    is(&told, "invoker", "callback address", "not checkable", "no request");
    let told = doctor(&desk, &format!("--target capif/target.toml {elsewhere} --set invoker.callback=127.0.0.1:9"), 2);
    is(&told, "invoker", "callback address", "problem", "nobody listens at 127.0.0.1:9");
    // Whoever is at its own place answers all the same.
    is(&told, "aef", "clock difference", "ok", "0 s apart");
}

#[test]
fn what_cannot_be_told_to_act_is_looked_at_as_far_as_it_goes() {
    let desk = Desk::new();
    let _served = Served::with(&desk, ALL);
    let none: Vec<String> = ["aef", "amf", "apf", "invoker", "rof"]
        .iter()
        .map(|role| format!("{role}.control={{kind=\"none\"}}"))
        .collect();
    let mut words = vec!["doctor", "--format", "json", "--target", "capif/target.toml"];
    words.extend(none.iter().flat_map(|one| ["--set", one.as_str()]));
    let ran = desk.run(&words);
    ran.ends_with(0);
    let told = ran.json("capifspec.doctor/1");
    is(&told, "amf", "enrolment", "not checkable", ".control]");
    is(&told, "aef", "clock difference", "ok", "0 s apart");
    is(&told, "aef", "API aef_security", "ok", "→ 503");
    is(&told, "invoker", "enrolment", "not checkable", "[invoker.control]");
    is(&told, "rof", "decision", "not checkable", "[rof.control]");
    is(&told, "rof", "a query", "not checkable", "nobody told it what an owner decides");
}

#[test]
fn features_that_are_claimed_are_those_that_requests_name() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet --role aef --role invoker");
    let claims = [
        ("amf.claims.features.provider_management", "0"),
        ("apf.claims.features.publish_service", "2"),
        ("aef.claims.features.aef_security", "1"),
        ("invoker.claims.features.security", "4"),
        ("invoker.claims.features.invoker_management", "0"),
        ("invoker.claims.features.discover_service", "1"),
    ];
    let words: String = claims.iter().map(|(key, features)| format!(" --set {key}={features}")).collect();
    let told = doctor(&desk, &format!("--target capif/target.toml{words}"), 2);
    is(&told, "amf", "features of provider_management", "ok", "its request names 0");
    is(&told, "apf", "features of publish_service", "problem", "claims 2, its request names 0");
    is(&told, "aef", "features of aef_security", "problem", "claims 1, negotiated 0");
    is(&told, "invoker", "features of security", "problem", "claims 4, its request names 0");
    is(&told, "invoker", "features of invoker_management", "ok", "its request names 0");
    is(&told, "invoker", "features of discover_service", "not checkable", "none of its requests");
}

/// An hour ago.
fn dated(reply: Reply) -> Reply {
    reply.header("Date", &http_date(Clock::real().now_unix() - 3600))
}

fn leaf() -> LeafSpec {
    LeafSpec::server("server", &["127.0.0.1"], &Clock::real())
}

/// Somebody else is at the place where the exposing function is said to be: what the doctor says of it.
fn at_its_place(client_auth: ClientAuth, reply: fn() -> Reply, words: &str) -> Value {
    let desk = Desk::new();
    let served = Served::with(&desk, "--quiet --role aef");
    let authority = root();
    let shown = Shown::asking(&authority, &leaf(), client_auth, reply);
    desk.write("ca.pem", &authority.root_pem());
    desk.write(
        "target.toml",
        &format!(
            "{HEAD}[aef]\nurl = \"https://{}\"\n[aef.trust]\nroots = [\"ca.pem\"]\n[aef.control]\nkind = \"http\"\n\
             url = \"{}\"\n",
            shown.address,
            served.told("aef.control.url")
        ),
    );
    doctor(&desk, words, 2)
}

#[test]
fn an_exposing_function_that_does_not_get_through_is_told() {
    let told = at_its_place(ClientAuth::None, || dated(Reply::new(502)), "");
    is(&told, "aef", "enrolment", "ok", "and registered");
    is(&told, "aef", "publishing", "ok", "published");
    is(&told, "aef", "an invocation", "problem", "nothing reached our service logic at 127.0.0.1:");
    is(&told, "aef", "our certificates", "not checkable", "asked nobody");
    is(&told, "aef", "clock difference", "problem", "behind ours");
    // Whether a refusal is right is no matter of the set-up.
    let told = at_its_place(ClientAuth::None, || dated(Reply::new(404)), "");
    is(&told, "aef", "an invocation", "not checkable", "a run says whether that is right");
    is(&told, "aef", "API aef_security", "not checkable", "404");
    // What exposing functions do not claim is not missed where it is ours.
    let told = at_its_place(ClientAuth::None, || Reply::new(404), "--set aef.claims.apis=[\"aef_security\"]");
    is(&told, "aef", "an invocation", "not checkable", "404");
    is(&told, "aef", "API aef_security", "problem", "404");
}

#[test]
fn an_exposing_function_that_refuses_our_certificates_is_told() {
    let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
    let other = capifspec::pki::Authority::new("other", &key, &Clock::real()).unwrap();
    let roots = vec![other.root().clone()];
    let told = at_its_place(ClientAuth::Optional { roots }, || Reply::new(200), "");
    is(&told, "aef", "our certificates", "problem", "invoker was refused in the handshake");
    is(&told, "aef", "an invocation", "not checkable", "as said of our certificates");
}

/// An invoker that onboards and does nothing else, told at a control surface.
struct Onboarder {
    /// Whom it trusts in place of what it is told to.
    trusts: Option<String>,
    /// What it shows in place of the token that it is told.
    shows: Option<&'static str>,
}

impl Handler for Onboarder {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let order: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
        Box::pin(async move {
            let is_it = order["action"] == "onboard";
            let report = if is_it { self.onboard(&order["with"]).await } else { json!({"outcome": "unsupported"}) };
            Reply::new(200).body("application/json", report.to_string())
        })
    }
}

impl Onboarder {
    async fn onboard(&self, with: &Value) -> Value {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let clock = Clock::real();
        let timeline = Timeline::new(clock.clone());
        let caller = Caller::new(timeline.clone(), clock.clone(), Deadlines::default());
        let core = &with["core-function"];
        let host = text(&core["url"]).strip_prefix("https://").unwrap().to_owned();
        let roots = self.trusts.clone().unwrap_or_else(|| text(&core["roots"]));
        let trust = Trust::roots(certificates_from_pem(&roots).unwrap()).unwrap();
        let route = Route {
            server: Party::new("ccf"),
            address: host.parse().unwrap(),
            host,
            scheme: Scheme::Tls { trust, versions: Versions::Both },
        };
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let token = self.shows.map_or_else(|| text(&with["token"]), str::to_owned);
        let body = json!({
            "onboardingInformation": {"apiInvokerPublicKey": key.public_pem()},
            "notificationDestination": "http://127.0.0.1:9/nobody-listens",
        });
        let request = Request::new("POST", "/api-invoker-management/v1/onboardedInvokers")
            .header("Authorization", &format!("Bearer {token}"))
            .header("Date", &http_date(clock.now_unix() - 3600))
            .body("application/json", body.to_string());
        let id = caller.call(&Party::new("invoker"), None, &route, &request, "onboard").await;
        let status = timeline.get(id).unwrap().status();
        json!({"outcome": if status == Some(201) { "done" } else { "failed" }, "detail": {"status": status}})
    }
}

fn told_of_onboarder(onboarder: Onboarder) -> Value {
    let surface = Running::serving(ServerTls::Plain, Arc::new(onboarder));
    let desk = Desk::new();
    desk.write("target.toml", &told_at("invoker", surface.address));
    doctor(&desk, "", 2)
}

fn told_at(role: &str, address: SocketAddr) -> String {
    format!("{HEAD}[{role}.control]\nkind = \"http\"\nurl = \"http://{address}\"\n")
}

#[test]
fn an_invoker_that_cannot_be_called_back_is_told() {
    let told = told_of_onboarder(Onboarder { trusts: None, shows: None });
    is(&told, "invoker", "what it can be told", "not checkable", "without role and acts");
    is(&told, "invoker", "enrolment", "ok", "and onboarded");
    is(&told, "invoker", "callback address", "problem", "nobody listens at http://127.0.0.1:9/nobody-listens");
    is(&told, "invoker", "clock difference", "problem", "behind ours");
    is(&told, "invoker", "discovery", "not checkable", "does not know the act discover");
}

#[test]
fn an_invoker_that_does_not_trust_our_core_function_is_told() {
    let told = told_of_onboarder(Onboarder { trusts: Some(root().root_pem()), shows: None });
    is(&told, "invoker", "certificate of our core function", "problem", "it was shown CN=");
    is(&told, "invoker", "enrolment", "not checkable", "does not trust our core function");
}

#[test]
fn an_invoker_that_does_not_use_what_it_is_told_is_told() {
    let told = told_of_onboarder(Onboarder { trusts: None, shows: Some("a token of its own") });
    is(&told, "invoker", "certificate of our core function", "ok", "issued by CN=");
    is(&told, "invoker", "enrolment", "problem", "it reached our core function at https://127.0.0.1:");
    is(&told, "invoker", "enrolment", "problem", ": 401");
}

/// A surface that says of everything that it failed.
fn broken() -> Reply {
    Reply::new(200).body("application/json", r#"{"outcome":"failed","detail":"lamp broken"}"#)
}

#[test]
fn orders_that_come_to_nothing_are_told() {
    let desk = Desk::new();
    let served = Served::with(&desk, "--quiet --role aef --role rof");
    let surface = Running::serving(ServerTls::Plain, Arc::new(super::Same(broken)));
    // It publishes nothing, and another program has registered.
    let of_domain = |registers: &str, publishes: &str| {
        let surface = |role: &str, url: &str| format!("[{role}.control]\nkind = \"http\"\nurl = \"{url}\"\n");
        desk.write("target.toml", &format!("{HEAD}{}{}", surface("amf", registers), surface("apf", publishes)));
        doctor(&desk, "", 2)
    };
    let (right, wrong) = (served.told("aef.control.url"), format!("http://{}", surface.address));
    let told = of_domain(&right, &wrong);
    is(&told, "amf", "enrolment", "ok", "and registered");
    is(&told, "apf", "publishing", "problem", "lamp broken");
    let told = of_domain(&wrong, &right);
    is(&told, "amf", "enrolment", "problem", "lamp broken");
    let told = doctor(&desk, &format!("--target capif/target.toml --set rof.control.url={wrong}"), 2);
    is(&told, "rof", "arrangement", "problem", "lamp broken");
    is(&told, "rof", "decision", "problem", "lamp broken");
    is(&told, "rof", "a query", "not checkable", "did not ask it");
}

/// Somebody else is at the place where the resource owner function is said to be.
fn for_owners(client_auth: ClientAuth, reply: fn() -> Reply) -> Value {
    let desk = Desk::new();
    let served = Served::with(&desk, "--quiet --role rof");
    let authority = root();
    let shown = Shown::asking(&authority, &leaf(), client_auth, reply);
    desk.write("ca.pem", &authority.root_pem());
    desk.write(
        "target.toml",
        &format!(
            "{HEAD}[rof]\nurl = \"https://{}/owner-queries\"\n[rof.trust]\nroots = [\"ca.pem\"]\n[rof.control]\n\
             kind = \"http\"\nurl = \"{}\"\n",
            shown.address,
            served.told("rof.control.url")
        ),
    );
    doctor(&desk, "", 2)
}

#[test]
fn a_resource_owner_function_that_does_not_answer_as_agreed_is_told() {
    let told = for_owners(ClientAuth::None, || dated(Reply::new(200).body("application/json", "{}")));
    is(&told, "rof", "a query", "problem", "which is no answer");
    is(&told, "rof", "clock difference", "problem", "behind ours");
    let told = for_owners(ClientAuth::None, || Reply::new(404));
    is(&told, "rof", "a query", "problem", "404");
    let roots = vec![root().root().clone()];
    let told = for_owners(ClientAuth::Required { roots }, || Reply::new(200));
    is(&told, "rof", "our certificates", "problem", "ccf was refused in the handshake");
    is(&told, "rof", "a query", "not checkable", "as said of our certificates");
}

/// A program that is asked what it knows, as it is told to forget: in the words of any order.
#[test]
fn programs_are_asked_what_they_know() {
    let desk = Desk::new();
    desk.write(
        "target.toml",
        &format!("{HEAD}[invoker.control]\nkind = \"command\"\ncommand = [\"sh\", \"tell.sh\"]\n"),
    );
    let known = |role: &str, acts: &str| {
        let told = format!(r#"{{"schema":"capifspec.control/1","role":"{role}","acts":[{acts}]}}"#);
        desk.write(
            "tell.sh",
            &format!("case \"$(cat)\" in *'\"capabilities\"'*) echo '{told}';; *) exit 127;; esac\n"),
        );
    };
    known("invoker", "\"onboard\"");
    let told = doctor(&desk, "", 0);
    is(&told, "invoker", "what it can be told", "not checkable", "it does not know discover");
    is(&told, "invoker", "enrolment", "not checkable", "does not know the act onboard");
    let all = "\"onboard\",\"discover\",\"negotiate-security\",\"renegotiate-security\",\"obtain-token\",\"invoke\",\"offboard\"";
    known("invoker", all);
    is(&doctor(&desk, "", 0), "invoker", "what it can be told", "ok", "all acts of invoker");
    known("aef", "\"register\"");
    let told = doctor(&desk, "", 2);
    is(&told, "invoker", "what it can be told", "problem", "surface of aef");
    is(&told, "invoker", "everything else", "not checkable", "mended first");
    for script in ["exit 127", "exit 1", "echo yes"] {
        desk.write("tell.sh", &format!("cat > /dev/null\n{script}\n"));
        let ran = desk.capifspec("doctor --format json");
        is(
            &ran.json("capifspec.doctor/1"),
            "invoker",
            "what it can be told",
            "not checkable",
            "does not say what it knows",
        );
    }
}
