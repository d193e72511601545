//! Reference peers in a process of their own, as their users meet them: judged through the target file that they write,
//! and used with curl as the README has it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command};

use capifspec::clock::{Clock, Deadlines};
use capifspec::pki::{KeyKind, KeyPair, certificates_from_pem};
use capifspec::wire::{Caller, Exchange, Identity, Outcome, Party, Request, Route, Scheme, Timeline, Trust, Versions};
use serde_json::{Value, json};

use super::Desk;

/// Served peers. Dropped, they end.
pub(crate) struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
    /// What was said until it was ready.
    said: String,
    target: toml::Table,
}

impl Served {
    /// Serves with these words more, and waits until it is said how it is judged.
    pub(crate) fn with(desk: &Desk, words: &str) -> Self {
        Self::at(desk, "capif", &format!("--dir capif {words}"))
    }

    /// The same in a directory that the words name.
    pub(crate) fn at(desk: &Desk, directory: &str, words: &str) -> Self {
        let all: Vec<&str> = ["serve", "--port", "0"].into_iter().chain(words.split_whitespace()).collect();
        let mut child = desk.command(&all).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("capifspec run --target") {
            assert!(out.read_line(&mut said).unwrap() > 0, "serve ended before it said how it is judged: {said}");
        }
        let target = String::from_utf8(desk.read(&format!("{directory}/target.toml"))).unwrap().parse().unwrap();
        Self { child, out, said, target }
    }

    /// A text of the target file, such as `ccf.control.url`.
    pub(crate) fn told(&self, key: &str) -> String {
        let mut value = &toml::Value::Table(self.target.clone());
        for name in key.split('.') {
            value = value.get(name).unwrap_or_else(|| panic!("no {key} in {}", self.target));
        }
        value.as_str().unwrap().to_owned()
    }

    /// Ends it by a signal; what it said since it was ready.
    fn ended_by(mut self, signal: &str) -> String {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let mut said = String::new();
        self.out.read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        said
    }

    /// Ends it as a crash would: without a goodbye.
    pub(crate) fn kill(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Sends a request to a served peer, trusting this root.
async fn call(desk: &Desk, url: &str, root: &str, identity: Option<&Identity>, request: &Request) -> Exchange {
    let clock = Clock::real();
    let timeline = Timeline::new(clock.clone());
    let caller = Caller::new(timeline.clone(), clock, Deadlines::default());
    let host = url.strip_prefix("https://").unwrap();
    let (_, port) = host.rsplit_once(':').unwrap();
    let roots = certificates_from_pem(std::str::from_utf8(&desk.read(root)).unwrap()).unwrap();
    let route = Route {
        server: Party::new("served"),
        address: format!("127.0.0.1:{port}").parse().unwrap(),
        host: host.to_owned(),
        scheme: Scheme::Tls { trust: Trust::roots(roots).unwrap(), versions: Versions::Both },
    };
    let id = caller.call(&Party::new("tester"), identity, &route, request, "test").await;
    Exchange::clone(&timeline.get(id).unwrap())
}

fn text(desk: &Desk, name: &str) -> String {
    String::from_utf8(desk.read(name)).unwrap()
}

/// Onboards with this token; the exchange, and what the invoker shows from then on.
async fn onboarded(desk: &Desk, served: &Served, token: &str) -> (Exchange, Option<Identity>) {
    let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
    let body = json!({
        "onboardingInformation": {"apiInvokerPublicKey": key.public_pem()},
        "notificationDestination": "http://127.0.0.1:9/nobody-listens",
    });
    let request = Request::new("POST", "/api-invoker-management/v1/onboardedInvokers")
        .header("Authorization", &format!("Bearer {token}"))
        .body("application/json", body.to_string());
    let exchange = call(desk, &served.told("ccf.url"), "capif/ca.pem", None, &request).await;
    let answer: Value = exchange.response.as_ref().unwrap().json().unwrap_or_default();
    let certificate = answer["onboardingInformation"]["apiInvokerCertificate"].as_str();
    let chain = certificate.map(|pem| certificates_from_pem(pem).unwrap());
    (exchange, chain.map(|chain| Identity::new(chain, &key.private_der()).unwrap()))
}

/// Everything that the core function has to be told for: revocation of its own accord, and owners of resources.
const TOLD: &str =
    "run --target capif/target.toml --requirement 8.23.4 --requirement 8.31 --requirement 8.23.3 --out out";

#[test]
fn a_served_core_function_passes_what_it_can_be_told() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "");
    let ran = desk.capifspec(TOLD);
    ran.ends_with(0);
    let counts = desk.report("out/report.json")["counts"].clone();
    assert!(counts["pass"].as_u64() > Some(20), "{counts}");
    assert_eq!(counts["not-applicable"], Value::from(0), "{counts}");
}

#[test]
fn a_served_core_function_that_lies_fails_on_what_its_lie_breaks() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--fault KeepGrantingAfterTrigger --fault GrantAgainstTheOwner");
    desk.capifspec(TOLD).ends_with(1);
    let report = desk.report("out/report.json");
    let failed: Vec<&str> = report["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|requirement| requirement["verdict"] == "fail")
        .map(|requirement| requirement["id"].as_str().unwrap())
        .collect();
    assert!(failed.contains(&"23222-8.23.4-05") && failed.contains(&"23222-8.31.3-04"), "{failed:?}");
    assert!(!failed.contains(&"23222-8.23.3-03"), "{failed:?}");
}

#[tokio::test]
async fn certificates_and_tokens_of_before_are_good_after_a_restart() {
    let desk = Desk::new();
    let served = Served::with(&desk, "--role ccf --role aef --role rof");
    let files =
        ["ca.pem", "aef-ca.pem", "rof-ca.pem", "token-key.pem", "registration-secret", "pki/ccf.pem", "pki/aef.pem"];
    let all = || files.map(|name| text(&desk, &format!("capif/{name}")));
    let (before, token) = (all(), text(&desk, "capif/onboarding-token"));
    let (exchange, identity) = onboarded(&desk, &served, &token).await;
    assert_eq!(exchange.status(), Some(201));
    let identity = identity.unwrap();
    served.ended_by("-INT");

    let served = Served::with(&desk, "--role ccf --role aef --role rof");
    assert_eq!(all(), before);
    assert_eq!(onboarded(&desk, &served, &token).await.0.status(), Some(201), "an onboarding token of before");
    let url = served.told("ccf.url");
    let anything = Request::new("GET", "/service-apis/v1/allServiceAPIs?api-invoker-id=x");
    let known = call(&desk, &url, "capif/ca.pem", Some(&identity), &anything).await;
    assert_eq!(known.outcome, Outcome::Answered, "a certificate of before");
    assert_eq!(known.status(), Some(401), "its certificate is good, and who it was is forgotten");
}

#[tokio::test]
async fn exchanges_are_shown_as_they_happen_and_a_signal_ends_it_in_good_order() {
    let desk = Desk::new();
    let mut served = Served::with(&desk, "");
    let token = text(&desk, "capif/onboarding-token");
    let url = served.told("ccf.url");
    let odd = Request::new("GET", &format!("/odd?token={token}"));
    call(&desk, &url, "capif/ca.pem", None, &odd).await;
    let mut line = String::new();
    served.out.read_line(&mut line).unwrap();
    assert!(line.contains("somebody → ccf  GET /odd?token=<redacted") && line.contains(" → 404 Not Found  "), "{line}");
    let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
    let stranger = capifspec::pki::Authority::new("stranger", &key, &Clock::real()).unwrap();
    let leaf = capifspec::pki::LeafSpec::client("stranger", &Clock::real());
    let leaf = stranger.issue(&leaf, &key.public().unwrap()).unwrap();
    let identity = Identity::new(vec![leaf], &key.private_der()).unwrap();
    call(&desk, &url, "capif/ca.pem", Some(&identity), &Request::new("GET", "/")).await;
    let said = served.ended_by("-TERM");
    assert!(said.contains("TLS handshake → ") && said.contains("unknown_ca"), "{said}");
    assert!(said.contains("\n2 exchanges; "), "{said}");
}

#[tokio::test]
async fn quiet_peers_show_nothing_and_are_reached_by_the_name_they_advertise() {
    let desk = Desk::new();
    let served = Served::with(&desk, "--quiet --advertise capif.test");
    assert!(served.told("ccf.url").starts_with("https://capif.test:"), "{}", served.target);
    let token = text(&desk, "capif/onboarding-token");
    assert_eq!(onboarded(&desk, &served, &token).await.0.status(), Some(201), "its certificate has the name");
    assert!(!served.said.contains("Other machines"), "only the loopback is listened on: {}", served.said);
    let said = served.ended_by("-TERM");
    assert!(!said.contains('→') && said.contains("1 exchanges; "), "{said}");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_cure() {
    // Ten ports from it on have to exist.
    let taken = std::iter::repeat_with(|| TcpListener::bind("127.0.0.1:0").unwrap());
    let taken = taken.into_iter().find(|taken| taken.local_addr().unwrap().port() < 65_000).unwrap();
    let port = taken.local_addr().unwrap().port();
    let desk = Desk::new();
    let ran = desk.capifspec(&format!("serve --port {port}"));
    ran.ends_with(2);
    assert!(ran.err.contains(&format!("port {port} is in use")) && ran.err.contains("--port"), "{}", ran.err);
}

#[test]
fn what_cannot_be_served_is_said_with_the_cure() {
    let narrow = "schema = \"capifspec.target/1\"\nname = \"x\"\n[harness]\nports = \"20000-20004\"\n";
    let desk = Desk::with(&[("target.toml", narrow), ("spoilt/pki/ccf-ca.pem", "nonsense")]);
    for (words, cure) in [
        ("serve --role apf", "write --role aef"),
        ("serve --fault KeepServingAfterTold", "add --role aef"),
        ("serve --bind 0.0.0.0", "say with --advertise"),
        ("serve --target target.toml", "10 in a row"),
        ("serve --port 0 --dir spoilt", "to begin anew"),
    ] {
        let ran = desk.capifspec(words);
        ran.ends_with(2);
        assert!(ran.err.contains(cure), "{words}: {}", ran.err);
    }
}

#[test]
fn a_target_file_says_how_peers_are_served() {
    let file = "schema = \"capifspec.target/1\"\nname = \"x\"\nrelease = \"17\"\n[harness]\nadvertise = \"localhost\"\n\
                pki = \"kept\"\n[reading]\ntoken-exp = \"duration\"\n";
    let desk = Desk::with(&[("target.toml", file)]);
    let served = Served::with(&desk, "--role ccf --role rof --target target.toml");
    assert_eq!((served.told("release"), served.told("reading.token-exp")), ("17".into(), "duration".into()));
    assert!(served.told("rof.url").starts_with("https://localhost:"), "{}", served.target);
    assert!(desk.has("kept/ccf-ca.key") && !desk.has("capif/pki"));
}

#[test]
fn certificates_of_our_roles_are_exported_once_made_and_shown_in_every_run() {
    let plain = "schema = \"capifspec.target/1\"\nname = \"x\"\n";
    let kept = format!("{plain}[harness]\npki = \"kept\"\n");
    let desk = Desk::with(&[("plain.toml", plain), ("target.toml", &kept)]);
    let refused = desk.capifspec("pki export --target plain.toml");
    refused.ends_with(2);
    assert!(refused.err.contains("write pki = "), "{}", refused.err);
    let told = desk.capifspec("pki export --target target.toml --out ours");
    told.ends_with(0);
    assert!(told.out.contains("ours/ccf-ca.pem") && told.out.contains("import it at"), "{}", told.out);
    desk.capifspec("pki export --target target.toml --out again").ends_with(0);
    for name in ["ccf-ca.pem", "ccf.pem", "aef-ca.pem", "aef.pem", "rof-ca.pem", "rof.pem", "ca-bundle.pem"] {
        assert_eq!(desk.read(&format!("ours/{name}")), desk.read(&format!("again/{name}")), "{name}");
    }
    desk.capifspec("run --target target.toml --requirement 8.23.4 --requirement 8.31 --out out").ends_with(0);
    let journal = text(&desk, "out/journal.ndjson");
    let shown = |role: &str| {
        let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let of_role =
            events.filter(|event| event["server_role"] == role && event["tls"]["server_chain"][0].is_object());
        of_role.map(|event| event["tls"]["server_chain"][0]["issuer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for role in ["ccf", "aef", "rof"] {
        let pem = text(&desk, &format!("ours/{role}-ca.pem"));
        let root = certificates_from_pem(&pem).unwrap().remove(0);
        let name = capifspec::pki::Summary::of(&root).unwrap().subject;
        let issuers = shown(role);
        assert!(!issuers.is_empty() && issuers.iter().all(|issuer| *issuer == name), "{role}: {name}: {issuers:?}");
    }
}

/// The commands of a section of the README, block by block.
fn blocks(section: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("\n## {section}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let parts = section.split("```sh\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

/// Whether the programs that the README names are on this machine; says so when one is not.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn there_are(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let asked = Command::new(program).arg("version").output();
        asked.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    });
    if let Some(program) = missing {
        eprintln!("SKIPPED: this machine has no `{program}`");
    }
    missing.is_none()
}

#[test]
fn the_way_with_curl_goes_as_the_readme_has_it() {
    if !there_are(&["sh", "curl", "openssl", "awk", "sed"]) {
        return;
    }
    let blocks = blocks("A CAPIF on your laptop");
    let [serve, walk] = blocks.as_slice() else { panic!("two blocks are needed: {blocks:?}") };
    let words = serve.trim().strip_prefix("capifspec serve ").unwrap().replace("--dir my-capif", "");
    let desk = Desk::new();
    let served = Served::with(&desk, &words);
    // Tests use whatever is free; the README has the ports that a reader gets.
    let places = [("https://127.0.0.1:8443", "ccf.url"), ("https://127.0.0.1:8446", "aef.url")];
    let places = places.into_iter().chain([("http://127.0.0.1:8448", "aef.control.url")]);
    let walk = places.fold(walk.replace("my-capif/", "capif/"), |walk, (written, key)| {
        assert!(walk.contains(written), "{written} is not in the README");
        walk.replace(written, &served.told(key))
    });
    let (_, printed) = served.said.split_once("has the whole way with curl):\n").unwrap();
    let printed = printed.split("\nJudge it:").next().unwrap();
    let ran = Command::new("sh").args(["-e", "-c", printed]).current_dir(desk.path()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("apiInvokerCertificate"), "{printed}: {ran:?}");
    let ran = Command::new("sh").args(["-e", "-c", &walk]).current_dir(desk.path()).output().unwrap();
    let (said, complaint) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && complaint.is_empty(), "{said}\n{complaint}");
    let invoked = json!({"apiName": "location", "resource": "here", "query": ""}).to_string();
    assert!(said.contains(r#""selSecurityMethod":"OAUTH""#) && said.contains(&invoked), "{said}");
    let shown = served.ended_by("-TERM");
    assert!(shown.contains("→ aef  GET /location/v1/here → 200 OK"), "{shown}");
    assert!(shown.contains(" → 204 No Content") && !shown.contains("eyJ"), "{shown}");
    let registered: Value = serde_json::from_str(&text(&desk, "provider.json")).unwrap();
    assert_eq!(registered["apiProvFuncs"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn an_exposing_function_is_where_it_was_whatever_it_is_told() {
    let desk = Desk::new();
    let served = Served::with(&desk, "--role ccf --role aef");
    let url = served.told("aef.url");
    let status = async || call(&desk, &url, "capif/aef-ca.pem", None, &Request::new("GET", "/x/v1/y")).await.status();
    assert_eq!(status().await, Some(503), "nobody's yet");
    let core = json!({"url": served.told("ccf.url"), "roots": text(&desk, "capif/ca.pem")});
    let with = json!({"core-function": core, "secret": text(&desk, "capif/registration-secret")});
    for expected in [404, 404] {
        let told = control(&served, "/act", &json!({"action": "register", "with": with})).await;
        assert_eq!(told["detail"]["url"], url, "{told}");
        assert_eq!(status().await, Some(expected));
    }
    control(&served, "/reset", &Value::Null).await;
    assert_eq!(status().await, Some(503), "nobody's again");
}

/// Tells the served exposing function something.
async fn control(served: &Served, path: &str, order: &Value) -> Value {
    let clock = Clock::real();
    let timeline = Timeline::new(clock.clone());
    let patience = Deadlines { answer: Deadlines::default().step, ..Deadlines::default() };
    let caller = Caller::new(timeline.clone(), clock, patience);
    let url = served.told("aef.control.url");
    let host = url.strip_prefix("http://").unwrap();
    let route = Route {
        server: Party::new("control"),
        address: host.parse().unwrap(),
        host: host.to_owned(),
        scheme: Scheme::Plain,
    };
    let request = Request::new("POST", path).body("application/json", order.to_string());
    let id = caller.call(&Party::new("tester"), None, &route, &request, "control").await;
    timeline.get(id).unwrap().response.as_ref().unwrap().json().unwrap_or_default()
}
