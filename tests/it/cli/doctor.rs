//! The doctor: what is wrong with a set-up is told with its cure, and a run does not begin on it; what is wrong with a
//! product is judged.

mod features;
mod roles;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use capifspec::clock::{Clock, http_date};
use capifspec::pki::{Authority, KeyKind, KeyPair, LeafSpec, certificates_to_pem};
use capifspec::wire::{ClientAuth, Handler, Identity, Incoming, Party, Reply, Server, ServerTls, Timeline};
use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::oneshot;

use super::serving::Served;
use super::{Desk, OWN, Ran};

/// The line about one thing.
#[track_caller]
fn line<'a>(told: &'a Value, about: &str, what: &str) -> &'a Value {
    let lines = told["lines"].as_array().unwrap();
    let found = lines.iter().find(|line| line["about"] == about && line["what"] == what);
    found.unwrap_or_else(|| panic!("nothing is said of {what} of {about}: {told:#}"))
}

#[track_caller]
fn doctor(desk: &Desk, words: &str, code: i32) -> Value {
    let ran = desk.capifspec(&format!("doctor --format json {words}"));
    ran.ends_with(code);
    ran.json("capifspec.doctor/1")
}

#[track_caller]
fn is(told: &Value, about: &str, what: &str, state: &str, seen: &str) {
    let line = line(told, about, what);
    assert_eq!(line["state"], state, "{line:#}");
    assert!(line["seen"].as_str().unwrap().contains(seen), "`{seen}` is not in {line:#}");
    assert_eq!(line["cure"].is_string(), state == "problem", "{line:#}");
}

/// A run that is stopped by its set-up: exit code 2, the reason and the cure, and nothing written.
#[track_caller]
fn stops(ran: &Ran, desk: &Desk, told: &[&str]) {
    ran.ends_with(2);
    for part in [&["the set-up is wrong, not the product"], told].concat() {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert!(!desk.has("out"), "{}", ran.err);
}

#[test]
fn a_good_set_up_is_told_line_by_line_and_nothing_is_left_behind() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let told = doctor(&desk, "--target capif/target.toml", 0);
    for (what, seen) in [
        ("port of ccf.url", "takes connections"),
        ("TLS of ccf.url", "issued by CN="),
        ("port of ccf.plain-http", "takes connections"),
        ("control surface", "takes connections"),
        ("what it can be told", "set-policy"),
        ("credentials of a provider", "registered"),
        ("publishing", "published"),
        ("credentials of an invoker", "onboarded"),
        ("security context", "OAUTH"),
        ("key of tokens", "verifies"),
        ("callbacks reach us", "http://127.0.0.1:"),
        ("our certificates", "asked for; "),
        ("clock difference", "0 s apart"),
        ("API security", "201"),
        ("API provider_management", "201"),
        ("clean-up", "all of 3 things"),
    ] {
        is(&told, "ccf", what, "ok", seen);
    }
    is(&told, "ccf", "claimed features", "not checkable", "claims none");
    let text = desk.capifspec("doctor --target capif/target.toml");
    text.ends_with(0);
    assert!(text.out.ends_with("nothing is wrong with the set-up\n"), "{}", text.out);
}

#[test]
fn what_a_target_claims_and_does_not_negotiate_is_a_problem() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let apis = "[\"security\",\"events\",\"publish\",\"provider_management\",\"invoker_management\"]";
    let claims = format!("--set ccf.claims.features.security=80 --set ccf.claims.apis={apis}");
    let told = doctor(&desk, &format!("--target capif/target.toml {claims}"), 2);
    is(&told, "ccf", "features of security", "problem", "claims 80, negotiated");
    is(&told, "ccf", "API security", "ok", "201");
    is(&told, "ccf", "API events", "not checkable", "as for a path where nobody is");
    is(&told, "ccf", "clean-up", "ok", "all of");
    // Who claims too little for anybody to enrol is still asked whether it answers.
    let told = doctor(&desk, "--target capif/target.toml --set ccf.claims.apis=[\"security\"]", 0);
    is(&told, "ccf", "credentials of a provider", "not checkable", "ccf.apis.provider_management");
    is(&told, "ccf", "API security", "ok", "401");
    is(&told, "ccf", "clock difference", "ok", "0 s apart");
    is(&told, "ccf", "clean-up", "ok", "nothing was created");
}

#[test]
fn callbacks_that_do_not_reach_us_are_a_problem_of_the_address_told() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let elsewhere = "--set harness.advertise=127.0.0.9 --set harness.bind=127.0.0.1 --set timing.notification-ms=300";
    let told = doctor(&desk, &format!("--target capif/target.toml {elsewhere}"), 2);
    is(&told, "ccf", "callbacks reach us", "problem", "http://127.0.0.9:");
}

#[test]
fn a_prefix_that_is_not_there_is_found_before_a_run() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let file = String::from_utf8(desk.read("capif/target.toml")).unwrap();
    let url = file.split("url = \"").nth(1).unwrap().split('"').next().unwrap();
    let told = doctor(&desk, &format!("--target capif/target.toml --set ccf.url={url}/elsewhere"), 2);
    is(&told, "ccf", "credentials of a provider", "problem", "404");
    is(&told, "ccf", "API provider_management", "problem", "404");
}

const HEAD: &str = "schema = \"capifspec.target/1\"\nname = \"x\"\n[timing]\nhandshake-ms = 300\nanswer-ms = 300\nnotification-ms = 50\n";

/// A desk with the target file of a core function at an address.
fn desk_of(address: SocketAddr, root_pem: &str, more: &str) -> Desk {
    let desk = Desk::with(&[("own.feature", OWN), ("ca.pem", root_pem)]);
    let target = format!("{HEAD}[ccf]\nurl = \"https://{address}\"\n[ccf.trust]\nroots = [\"ca.pem\"]\n{more}");
    desk.write("target.toml", &target);
    desk
}

fn root() -> Authority {
    Authority::new("root", &KeyPair::generate(KeyKind::EcdsaP256).unwrap(), &Clock::real()).unwrap()
}

const RUN: &str = "run own.feature --target target.toml --out out";

#[test]
fn where_nobody_listens_nothing_is_run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let desk = desk_of(address, &root().root_pem(), "");
    stops(&desk.capifspec(RUN), &desk, &["port of ccf.url", "nobody listens at", "start it, or correct ccf.url"]);
    let told = doctor(&desk, "", 2);
    is(&told, "ccf", "port of ccf.url", "problem", "nobody listens");
    is(&told, "ccf", "everything else", "not checkable", "mended first");
    // What is only looked up is not called.
    desk.capifspec("run own.feature --target target.toml --dry-run").ends_with(0);
}

#[test]
fn a_name_that_does_not_resolve_is_a_line_of_the_doctor() {
    // No label of a name is this long: nobody is asked for it.
    let name = "x".repeat(64);
    let desk = desk_of(([127, 0, 0, 1], 9).into(), &root().root_pem(), "");
    let set = format!("--set ccf.url=https://{name}:8443");
    let told = doctor(&desk, &set, 2);
    is(&told, "ccf", "name resolution of ccf.url", "problem", "does not resolve");
    let ran = desk.capifspec(&format!("{RUN} {set}"));
    ran.ends_with(2);
    assert!(
        ran.err.contains("--set ccf.url") && ran.err.contains("does not resolve") && !desk.has("out"),
        "{}",
        ran.err
    );
}

#[test]
fn a_secret_that_is_not_there_is_a_line_of_the_doctor() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let onboarding = "[ccf.onboarding]\nkind = \"static-token\"\ntoken = { env = \"NO_SUCH_VARIABLE_HERE\" }\n";
    let desk = desk_of(listener.local_addr().unwrap(), &root().root_pem(), onboarding);
    let told = doctor(&desk, "", 2);
    is(&told, "ccf", "secret of ccf.onboarding.token", "problem", "NO_SUCH_VARIABLE_HERE");
    let ran = desk.capifspec(RUN);
    ran.ends_with(2);
    assert!(ran.err.contains("target.toml:") && ran.err.contains("NO_SUCH_VARIABLE_HERE"), "{}", ran.err);
}

/// A server over TLS that answers everything in one manner.
struct Shown;

struct Same(fn() -> Reply);

impl Handler for Same {
    fn answer(&self, _incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(std::future::ready((self.0)()))
    }
}

impl Shown {
    fn with(authority: &Authority, leaf: &LeafSpec, reply: fn() -> Reply) -> Running {
        Self::asking(authority, leaf, ClientAuth::None, reply)
    }

    fn asking(authority: &Authority, leaf: &LeafSpec, client_auth: ClientAuth, reply: fn() -> Reply) -> Running {
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let certificate = authority.issue(leaf, &key.public().unwrap()).unwrap();
        let identity = Identity::new(vec![certificate], &key.private_der()).unwrap();
        Running::serving(ServerTls::Tls { identity, client_auth }, Arc::new(Same(reply)))
    }
}

/// A server of the test. Dropped, it stops.
struct Running {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Running {
    fn serving(tls: ServerTls, handler: Arc<dyn Handler>) -> Self {
        let (tell, told) = sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let clock = Clock::real();
                let any = SocketAddr::from(([127, 0, 0, 1], 0));
                let timeline = Timeline::new(clock.clone());
                let server = Server::bind(Party::new("x"), tls, handler, timeline, clock, any).await.unwrap();
                tell.send(server.address()).unwrap();
                _ = stopped.await;
            });
        });
        Self { address: told.recv().unwrap(), _stop: stop }
    }
}

/// A certificate that does not fit the trust given stops a run, and is told with what was shown.
#[track_caller]
fn distrusted(leaf: &LeafSpec, trusted: impl FnOnce(&Authority) -> String, told: &str) {
    let authority = root();
    let shown = Shown::with(&authority, leaf, || Reply::new(500));
    let desk = desk_of(shown.address, &trusted(&authority), "");
    stops(&desk.capifspec(RUN), &desk, &["TLS of ccf.url", told, "shown: CN=server, issued by CN=root"]);
    is(&doctor(&desk, "", 2), "ccf", "TLS of ccf.url", "problem", told);
}

#[test]
fn a_certificate_that_does_not_fit_the_trust_given_is_told_by_its_kind() {
    let clock = Clock::real();
    let now = clock.now_unix();
    let good = || LeafSpec::server("server", &["127.0.0.1"], &clock);
    let own = |authority: &Authority| authority.root_pem();
    let another = |name: &str| {
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        Authority::new(name, &key, &Clock::real()).unwrap().root_pem()
    };
    distrusted(&good(), |_| another("another root"), "unknown root: its certificate chains to none");
    distrusted(&good(), |_| another("root"), "unknown root: there is one of its issuer's name");
    distrusted(&LeafSpec::server("server", &["elsewhere.example"], &clock), own, "wrong name");
    distrusted(&LeafSpec { not_before: now - 7200, not_after: now - 3600, ..good() }, own, "expired");
    distrusted(&LeafSpec { not_before: now + 3600, not_after: now + 7200, ..good() }, own, "not yet valid");
}

#[test]
fn another_certificate_than_the_one_named_is_told() {
    let authority = root();
    let shown =
        Shown::with(&authority, &LeafSpec::server("server", &["127.0.0.1"], &Clock::real()), || Reply::new(500));
    let desk = desk_of(shown.address, &certificates_to_pem(&[root().root().clone()]), "");
    let pinned = "--set ccf.trust={server-certificate=\"ca.pem\"}";
    stops(&desk.capifspec(&format!("{RUN} {pinned}")), &desk, &["another certificate than the one named"]);
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let authority = root();
    let leaf = LeafSpec::server("server", &["127.0.0.1"], &Clock::real());
    let past = || Reply::new(401).header("Date", &http_date(Clock::real().now_unix() - 3600));
    let shown = Shown::with(&authority, &leaf, past);
    let desk = desk_of(shown.address, &authority.root_pem(), "");
    let told = doctor(&desk, "", 2);
    is(&told, "ccf", "clock difference", "problem", "behind ours");
    is(&told, "ccf", "credentials of a provider", "problem", "401");
    is(&told, "ccf", "our certificates", "not checkable", "asked nobody");
}

/// A product that takes connections and behaves oddly is judged; the doctor says what it saw.
#[track_caller]
fn is_judged(serve: impl Fn(std::net::TcpStream) + Send + 'static, seen: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let desk = desk_of(listener.local_addr().unwrap(), &root().root_pem(), "");
    thread::spawn(move || listener.incoming().map_while(Result::ok).for_each(serve));
    desk.capifspec(RUN).ends_with(3);
    assert_eq!(desk.report("out/report.json")["counts"]["inconclusive"], 1);
    is(&doctor(&desk, "", 2), "ccf", "TLS of ccf.url", "problem", seen);
}

#[test]
fn an_odd_product_is_judged_all_the_same() {
    is_judged(drop, "closed without an answer");
    is_judged(
        |mut stream| {
            _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        },
        "",
    );
    let (keep, _kept) = sync_channel(256);
    is_judged(move |stream| _ = keep.send(stream), "handshake deadline");
}

#[test]
fn control_surfaces_are_looked_for_and_asked() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let _served = Served::with(&desk, "--quiet");
    let file = String::from_utf8(desk.read("capif/target.toml")).unwrap();
    let control = file.lines().filter(|line| line.starts_with("url = ")).nth(1).unwrap();
    let with = |control: &str| {
        desk.write("target.toml", &format!("{HEAD}[invoker.control]\n{control}\n"));
    };
    let run = "run --sut invoker --target target.toml --out out";
    with(&format!("kind = \"http\"\n{control}"));
    let told = doctor(&desk, "", 2);
    is(&told, "invoker", "what it can be told", "problem", "surface of ccf");
    is(&told, "invoker", "everything else", "not checkable", "mended first");
    stops(&desk.capifspec(run), &desk, &["what it can be told", "surface of ccf", "invoker.control.url"]);
    with("kind = \"http\"\nurl = \"http://127.0.0.1:9\"");
    stops(&desk.capifspec(run), &desk, &["control surface", "nobody listens at http://127.0.0.1:9"]);
    with("kind = \"command\"\ncommand = [\"./control.sh\"]");
    stops(&desk.capifspec(run), &desk, &["there is no program `./control.sh`", "invoker.control.command"]);
    is(&doctor(&desk, "", 2), "invoker", "control surface", "problem", "./control.sh");
    with("kind = \"prompt\"");
    if std::fs::File::open("/dev/tty").is_ok() {
        is(&doctor(&desk, "", 0), "invoker", "control surface", "ok", "terminal");
    } else {
        stops(&desk.capifspec(run), &desk, &["there is no terminal"]);
        is(&doctor(&desk, "", 2), "invoker", "control surface", "problem", "no terminal");
    }
    with("kind = \"none\"");
    is(&doctor(&desk, "", 0), "invoker", "control surface", "not checkable", "[invoker.control]");
    // Scenarios of another role have nothing to do with it.
    with("kind = \"command\"\ncommand = [\"./control.sh\"]");
    desk.capifspec("run own.feature --target target.toml --out out").ends_with(4);
}

#[test]
fn addresses_of_ours_that_cannot_be_listened_on_are_a_problem() {
    let desk = Desk::with(&[("target.toml", HEAD)]);
    let told = doctor(&desk, "--set harness.advertise=203.0.113.1", 2);
    is(&told, "harness", "listening", "problem", "203.0.113.1");
    is(&doctor(&desk, "", 0), "harness", "listening", "ok", "any port");
}

/// A surface that does not say whose it is may be the right one.
#[test]
fn a_surface_that_says_nothing_stops_nothing() {
    let desk = Desk::new();
    for reply in [|| Reply::new(404), || Reply::new(200).body("application/json", "{}")] {
        let surface = Running::serving(ServerTls::Plain, Arc::new(Same(reply)));
        let url = format!("url = \"http://{}\"", surface.address);
        desk.write("target.toml", &format!("{HEAD}[invoker.control]\nkind = \"http\"\n{url}\n"));
        desk.capifspec("run --sut invoker --scenario 5.6_ --target target.toml --out out").ends_with(3);
    }
}

#[test]
fn too_few_ports_stop_a_run_before_it_begins() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let _served = Served::with(&desk, "--quiet");
    let few = "--target capif/target.toml --set harness.ports=19000-19016";
    stops(&desk.capifspec(&format!("run own.feature {few} --out out")), &desk, &["17 ports", "18", "harness.ports"]);
    is(&doctor(&desk, few, 2), "harness", "listening", "problem", "one scenario needs up to 18");
    // Rows of ports of other tests begin at 20000.
    desk.capifspec("run own.feature --target capif/target.toml --set harness.ports=19000-19099 --out out").ends_with(0);
}

/// That nobody takes plain HTTP where nobody listens says nothing of a product; it stops nothing either.
#[test]
fn a_plain_port_where_nobody_listens_is_told() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let _served = Served::with(&desk, "--quiet --role ccf --role aef");
    let nobody = "--target capif/target.toml --set ccf.plain-http=127.0.0.1:9 --set aef.plain-http=127.0.0.1:9";
    let told = doctor(&desk, nobody, 0);
    for role in ["ccf", "aef"] {
        is(&told, role, &format!("port of {role}.plain-http"), "not checkable", "nobody listens at 127.0.0.1:9");
    }
    is(&told, "ccf", "clean-up", "ok", "all of 3 things");
    let ran = desk.capifspec(&format!("run own.feature {nobody} --out out"));
    ran.ends_with(0);
    assert!(ran.err.contains("port of ccf.plain-http: nobody listens"), "{}", ran.err);
}
