//! An exposing function that nobody tells anything: it was configured with our core function, and is judged by a request
//! of its own.

use std::io::{BufRead as _, BufReader};
use std::net::{Shutdown, TcpListener, TcpStream};

use capifspec::fault::Fault;

use super::{Product, scenarios};
use crate::built_in::{endings, full_run};
use crate::cli::Desk;
use crate::machine;
use crate::readme::{blocks, page};

/// Lies that show without a word to the product, and by a request that is safe.
const LIES: [Fault; 12] = [
    Fault::AcceptAlgNone,
    Fault::AcceptMissingSignature,
    Fault::AcceptDuplicateScope,
    Fault::AllowGenerousLeeway,
    Fault::AcceptTokenInQuery,
    Fault::AcceptTokenUnderAnyScheme,
    Fault::IgnoreAuthorizationInformation,
    Fault::FoldCaseOfApiNames,
    Fault::CompareBeginningsOfApiNames,
    Fault::ForgetRevocationOnceOthersAreServed,
    Fault::MixEntriesOfScope,
    Fault::AcceptTokenInCookie,
];
/// Why a scenario is left out where the product is not told to act, and its service logic is not ours.
const EXCUSES: [&str; 6] = [
    "name its surface in [aef.control]",
    "needs the authorization of an owner",
    "the authorization of an owner is configured",
    "and the safe request of",
    "how often it ran is not seen",
    "choose one for revocation-indication",
];

/// What its operator writes, at a port that it listens on.
fn target(url: &str, core_port: u16, more: &str) -> String {
    let api = |name: &str| {
        format!(
            "[[aef.api]]\nname = \"{name}\"\nid = \"id-of-{name}\"\nrequest = {{ path = \"/{name}/v1/here?at=noon\" }}\n\
             success = {{ status = 200, text = '\"apiName\":\"{name}\"' }}\n"
        )
    };
    format!(
        "schema = \"capifspec.target/1\"\nname = \"provisioned\"\n[aef]\nurl = \"{url}\"\n[aef.trust]\n\
         roots = [\"keys/aef-ca.pem\"]\n[aef.enrolment]\nkind = \"provisioned\"\naef-id = \"aef-1/x\"\ncore-port = {core_port}\n\
         {}{}{}[harness]\npki = \"pki\"\n{more}",
        api("weather"),
        api("traffic"),
        api("maps"),
    )
}

/// A port that nobody has, outside of those that systems deal.
fn free_port() -> u16 {
    let first = 21_000 + u16::try_from(std::process::id() % 5_000).unwrap();
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..first + 500).find(is_free).unwrap()
}

/// Serves the exposing function that the target file at this desk configures; where it is, and where it is told to act.
fn served(desk: &Desk, words: &[&str]) -> (Product, String, String) {
    let busy = machine::busy();
    let mut child = desk.command(words).spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let (mut url, mut surface) = (None, None);
    for line in told {
        let after = |words: &str| line.trim().strip_prefix(words).map(|url| url.trim().to_owned());
        url = url.or(after("exposing function"));
        surface = surface.or(after("told to act at"));
        if line.contains("capifspec run --target target.toml") {
            break;
        }
    }
    (Product { child, _busy: busy }, url.unwrap(), surface.unwrap())
}

/// Serves one, and tells the file where it is.
fn configured(desk: &Desk, core_port: u16, faults: &[&str]) -> Product {
    desk.write("target.toml", &target("https://127.0.0.1:1", core_port, ""));
    let exported = desk.capifspec("pki export --target target.toml --out keys");
    assert!(exported.code == Some(0), "{exported:?}");
    let mut words = vec!["serve", "--dir", "product", "--port", "0", "--quiet", "--role", "aef"];
    words.extend(["--target", "target.toml"]);
    words.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
    let (product, url, surface) = served(desk, &words);
    let control = format!("[aef.control]\nkind = \"http\"\nurl = \"{surface}\"\n");
    desk.write("told.toml", &target(&url, core_port, &control));
    desk.write("target.toml", &target(&url, core_port, ""));
    product
}

#[test]
fn it_is_judged_by_its_own_request_like_one_that_is_told() {
    let desk = Desk::new();
    let _product = configured(&desk, free_port(), &[]);
    let ran = desk.capifspec("run --target target.toml --out out --jobs 4");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let built_in = endings(full_run());
    let external = scenarios(&desk.report("out/report.json"));
    let mut passed = 0;
    for (id, verdict, reason) in &external {
        match verdict.as_str() {
            "not-applicable" if EXCUSES.iter().any(|excuse| reason.contains(excuse)) => {}
            verdict => assert_eq!(verdict, built_in[id.as_str()].verdict.word(), "{id}: {reason}"),
        }
        passed += usize::from(verdict == "pass");
    }
    assert!(passed > 65 && external.len() > 100, "{passed} of {} pass", external.len());
}

/// What it can be told besides is told: it stays with the core function that it was configured with.
#[test]
fn it_may_be_told_to_act_as_well() {
    let desk = Desk::new();
    let _product = configured(&desk, free_port() + 1_500, &[]);
    for words in ["--requirement 23222-8.23.3", "--requirement 33122-6.5.2.3-24", "--requirement 29222-5.6.2.4"] {
        let ran = desk.capifspec(&format!("run --target told.toml --out out {words}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let ended = scenarios(&desk.report("out/report.json"));
        let passed = ended.iter().filter(|(_, verdict, _)| verdict == "pass").count();
        assert!(passed * 2 > ended.len(), "{words}: {ended:?}");
    }
}

#[test]
fn its_lies_are_found_out() {
    let core_port = free_port() + 500;
    for fault in LIES {
        let desk = Desk::new();
        let _product = configured(&desk, core_port, &[fault.name()]);
        let broken: Vec<String> = fault.breaks().iter().map(ToString::to_string).collect();
        let words: String = broken.iter().map(|id| format!(" --requirement {id}")).collect();
        desk.capifspec(&format!("run --target target.toml --out out --sut aef{words}"));
        let report = desk.report("out/report.json");
        let requirements = report["requirements"].as_array().unwrap().iter();
        let verdicts: Vec<&str> = requirements
            .filter(|each| broken.iter().any(|id| each["id"] == id.as_str()))
            .map(|each| each["verdict"].as_str().unwrap())
            .collect();
        assert!(verdicts.iter().any(|verdict| matches!(*verdict, "fail" | "warn")), "{fault}: {verdicts:?}");
    }
}

/// A success that looks otherwise than was said makes nobody pass, and blames nobody for a refusal.
#[test]
fn where_success_looks_otherwise_nothing_passes_that_needs_it() {
    let desk = Desk::new();
    let core_port = free_port() + 1_000;
    let _product = configured(&desk, core_port, &[]);
    let text = String::from_utf8(desk.read("target.toml")).unwrap();
    desk.write("target.toml", &text.replace("\"apiName\":\"weather\"", "no such text"));
    let ran = desk.capifspec("run --target target.toml --out out --requirement 33122-6.5.2.3-24");
    assert_eq!(ran.code, Some(3), "{ran:?}");
    for (id, verdict, reason) in scenarios(&desk.report("out/report.json")) {
        assert!(["inconclusive", "not-applicable"].contains(&verdict.as_str()), "{id}: {verdict} {reason}");
    }
}

/// Where the request of the other service API is none that there is, its refusal says nothing.
#[test]
fn a_request_that_leads_nowhere_makes_no_refusal() {
    let desk = Desk::new();
    let _product = configured(&desk, free_port() + 3_000, &["IgnoreAuthorizationInformation"]);
    let text = String::from_utf8(desk.read("target.toml")).unwrap();
    for (path, verdict) in [("/traffic/v1/here", "fail"), ("/traffic/v2/here", "inconclusive")] {
        desk.write("target.toml", &text.replace("/traffic/v1/here", path));
        desk.capifspec("run --target target.toml --out out --requirement 23222-8.16.3-04");
        let ended = scenarios(&desk.report("out/report.json"));
        let (_, found, why) = ended.iter().find(|(id, ..)| id.ends_with("does not authorize is refused")).unwrap();
        assert_eq!(found, verdict, "{why}");
    }
}

/// Lets so many connections through to an address; after that nobody listens any more.
fn mortal_way_to(address: &str, connections: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (own, there) = (listener.local_addr().unwrap(), address.to_owned());
    std::thread::spawn(move || {
        for near in listener.incoming().take(connections) {
            let (near, far) = (near.unwrap(), TcpStream::connect(&there).unwrap());
            for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                std::thread::spawn(move || {
                    // What breaks off here is what the test is about.
                    _ = std::io::copy(&mut from, &mut to);
                    _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    own.to_string()
}

#[test]
fn a_product_that_goes_midway_is_named_once() {
    let desk = Desk::new();
    let _product = configured(&desk, free_port() + 3_500, &[]);
    let text = String::from_utf8(desk.read("target.toml")).unwrap();
    let address = text.split("url = \"https://").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    desk.write("target.toml", &text.replace(address, &mortal_way_to(address, 8)));
    let ran = desk.capifspec("run --target target.toml --out out --requirement 33122-6.5.2.3-24");
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let ended = scenarios(&desk.report("out/report.json"));
    let named = ended.iter().filter(|(_, _, why)| why.contains("stopped answering during the scenario")).count();
    assert!(named > 2 && ran.out.matches("stopped answering during").count() == 1, "{named}: {}", ran.out);
    assert!(!ended.iter().any(|(_, verdict, _)| verdict == "fail"), "{ended:?}");
}

#[test]
fn what_is_configured_has_to_make_sense() {
    let desk = Desk::new();
    let good = target("https://127.0.0.1:1", 20_443, "");
    desk.write("target.toml", &good);
    desk.capifspec("pki export --target target.toml --out keys");
    for (right, wrong, told) in [
        (
            "kind = \"provisioned\"\naef-id = \"aef-1/x\"\ncore-port = 20443",
            "kind = \"control\"",
            "aef.api: it publishes what",
        ),
        ("core-port = 20443", "core-port = 0", "aef.enrolment.core-port: it is no port"),
        ("aef-id = \"aef-1/x\"", "aef-id = \"\"", "aef.enrolment.aef-id: it is empty"),
        ("aef-id = \"aef-1/x\"", "aef-id = \"aef 1\"", "aef.enrolment.aef-id: ` ` cannot stand in the scope"),
        ("name = \"traffic\"", "name = \"a:b\"", "aef.api.2.name: `:` cannot stand in the scope"),
        ("name = \"traffic\"", "name = \"weather\"", "aef.api.2: `weather` is there already"),
        ("path = \"/maps/v1", "path = \"maps/v1", "aef.api.3.request.path: `maps/v1/here?at=noon`; write"),
        ("path = \"/maps/v1", "method = \"get\", path = \"/maps/v1", "aef.api.3.request.method: `get` is none of GET"),
        ("/maps/v1", "/weather/v1", "aef.api.3.request: it is that of `weather`"),
        ("status = 200", "status = 404", "aef.api.1.success.status: success is one of 200 to 299"),
        ("'\"apiName\":\"weather\"'", "''", "aef.api.1.success.text: an empty text"),
        ("pki = \"pki\"", "advertise = \"127.0.0.1\"", "aef.enrolment: it was configured with certificates that stay"),
    ] {
        assert!(good.contains(right), "{right}");
        desk.write("target.toml", &good.replacen(right, wrong, 1));
        let ran = desk.capifspec("run --target target.toml");
        assert!(ran.code == Some(2) && ran.err.contains(told), "{wrong}: {}", ran.err);
    }
}

/// The page of the README, word by word; the reference exposing function is at the ports that are free here.
#[test]
fn the_page_is_gone_from_an_empty_directory() {
    let title = "Certify an exposing function without a control surface";
    let page = page(title);
    let file = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let core_port = format!("core-port = {}", free_port() + 2_000);
    let file = file.replace("core-port = 20443", &core_port);
    let blocks = blocks(title);
    let [prepare, serve, judge] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    let desk = Desk::new();
    desk.write("target.toml", &file);
    let step = |line: &String| {
        let ran = desk.capifspec(line.strip_prefix("capifspec ").unwrap());
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        ran.out
    };
    let told: Vec<String> = prepare.iter().map(step).collect();
    assert!(told[0].contains("keys/your-aef.key") && told[1].contains("its aef-id `aef-1`"), "{told:?}");
    let words: Vec<&str> = serve[0].split(' ').skip(1).chain(["--port", "0"]).collect();
    let (_product, url, _) = served(&desk, &words);
    desk.write("target.toml", &file.replace("https://127.0.0.1:8446", &url));
    let [doctor, run] = judge.iter().map(step).collect::<Vec<_>>().try_into().unwrap();
    for (what, seen) in [
        ("enrolment", "knows it as `aef-1`"),
        ("an invocation", "GET /weather/v1/here"),
        ("callbacks reach us", "about the invoker"),
        ("our certificates", "invoker showed"),
    ] {
        let line = doctor.lines().find(|line| line.starts_with("ok ") && line.contains(what));
        assert!(line.is_some_and(|line| line.contains(seen)), "{what}: {doctor}");
    }
    assert!(run.contains("verdict      PASS"), "{run}");
}

#[test]
fn the_doctor_says_what_is_wrong_with_what_was_configured() {
    let desk = Desk::new();
    let core_port = free_port() + 2_500;
    let _product = configured(&desk, core_port, &[]);
    let good = String::from_utf8(desk.read("target.toml")).unwrap();
    for (right, wrong, told) in [
        ("\"apiName\":\"weather\"", "no such text", "does not look as its success was said to look"),
        ("/weather/v1/here", "/nothing/v1/here", "is aef.api.1.request a request that it takes?"),
        ("/traffic/v1/here", "/traffic/v2/here", "is aef.api.2.request a request that it takes?"),
    ] {
        desk.write("target.toml", &good.replacen(right, wrong, 1));
        let ran = desk.capifspec("doctor");
        assert!(ran.code == Some(2) && ran.out.contains(told), "{ran:?}");
    }
    desk.write("target.toml", &good);
    let taken = TcpListener::bind(("127.0.0.1", core_port)).unwrap();
    for words in ["doctor", "run --target target.toml"] {
        let ran = desk.capifspec(words);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(
            ran.code == Some(2) && said.contains(&format!("{core_port} on 127.0.0.1 cannot be listened on")),
            "{said}"
        );
    }
    drop(taken);
    let elsewhere = good.replace(&core_port.to_string(), &(core_port + 1).to_string());
    desk.write("target.toml", &elsewhere);
    let ran = desk.capifspec("doctor");
    let line = ran.out.lines().find(|line| line.contains("callbacks reach us")).unwrap();
    assert!(line.starts_with("not checkable") && line.contains("nothing came to"), "{line}");
}
