//! Target files: examples, what goes before the file, what is wrong with it, and what it comes to.

use std::collections::BTreeMap;

use serde_json::Value;

use super::serving::Served;
use super::{Desk, OWN, Ran};

const TARGET: &str = "schema = \"capifspec.target/1\"\nname = \"x\"\n\n[ccf]\nurl = \"https://127.0.0.1:1\"\n";

/// A desk with a target file whose trust is the served core function's.
fn desk_with(target: &str) -> Desk {
    let desk = Desk::with(&[("own.feature", OWN), ("target.toml", target)]);
    desk.capifspec("init --out example.toml").ends_with(0);
    desk
}

#[track_caller]
fn tells(ran: &Ran, code: i32, told: &[&str]) {
    ran.ends_with(code);
    for part in told {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert!(ran.err.lines().count() <= 24 && !ran.err.contains("panicked"), "{}", ran.err);
}

/// This target is refused, and all of this is said.
#[track_caller]
fn bad(text: &str, told: &[&str]) {
    let desk = desk_with(text);
    let ran = desk.capifspec("run own.feature --target target.toml --out out");
    tells(&ran, 2, &[&["target.toml"], told].concat());
    assert!(!desk.has("out"));
    // Whoever only looks is told the same.
    tells(&desk.capifspec("target explain"), 2, told);
    tells(&desk.capifspec("doctor"), 2, told);
}

#[test]
fn init_writes_an_example_and_never_over_something() {
    let desk = Desk::new();
    let ran = desk.capifspec("init");
    ran.ends_with(0);
    for part in ["capifspec doctor --target target.toml", "capifspec run --target target.toml", "ca.pem"] {
        assert!(ran.out.contains(part), "{}", ran.out);
    }
    let written = desk.read("target.toml");
    assert!(String::from_utf8_lossy(&written).contains("\n[ccf]\n"));
    tells(&desk.capifspec("init --role aef"), 2, &["target.toml is there already", "--out"]);
    assert_eq!(desk.read("target.toml"), written);
    let shown = desk.capifspec("init --role invoker --role rof --out -");
    shown.ends_with(0);
    for (table, there) in [("\n[invoker.control]\n", true), ("\n[rof]\n", true), ("\n[ccf]\n", false)] {
        assert_eq!(shown.out.contains(table), there, "{table}");
    }
    tells(&desk.capifspec("init --role aeff"), 2, &["did you mean `aef`"]);
    tells(&desk.capifspec("init --out nowhere/target.toml"), 2, &["nowhere/target.toml", "choose another place"]);
}

#[test]
fn the_schema_for_editors_is_printed() {
    let schema: Value = serde_json::from_str(&Desk::new().capifspec("target schema").out).unwrap();
    assert_eq!(schema["properties"]["schema"]["const"], "capifspec.target/1");
}

#[test]
fn a_slip_in_any_table_has_its_place_and_the_nearest_name() {
    let slip = |rest: &str, line: &str, nearest: &str| {
        bad(&format!("{TARGET}{rest}\n"), &[line, &format!("did you mean `{nearest}`")]);
    };
    slip("[ccf.trust]\nrots = []", "line 7, column 1", "roots");
    slip("[ccf.onboarding]\nkind = \"static-tokn\"", "line 7", "static-token");
    slip("[ccf.tokens]\nkey = \"pme\"", "line 7, column 7", "pem");
    slip("[ccf.claims]\nmethod = []", "line 7, column 1", "methods");
    slip("[ccf.owner]\nkind = \"htpp\"", "line 7", "http");
    slip("[ccf.arrangement]\nkind = \"presett\"", "line 7, column 8", "preset");
    slip("[ccf.credentials.invoker]\ncertifcate = \"x\"", "line 7, column 1", "certificate");
    slip("[invoker.contrl]\nkind = \"none\"", "line 6, column 10", "control");
    slip("[rof]\nulr = \"x\"", "line 7, column 1", "url");
    slip("[harness]\nadvertize = \"x\"", "line 7, column 1", "advertise");
    slip("[timing]\nanswers-ms = 1", "line 7, column 1", "answer-ms");
}

#[test]
fn a_key_that_its_kind_does_not_have_is_no_key() {
    for kind in ["none", "prompt"] {
        bad(&format!("{TARGET}[aef.control]\nkind = \"{kind}\"\nurl = \"http://127.0.0.1:1\"\n"), &["line ", "url"]);
    }
    bad(&format!("{TARGET}[ccf.owner]\nkind = \"http\"\ncommand = [\"x\"]\n"), &["line ", "command"]);
}

#[test]
fn a_value_that_cannot_be_used_is_told_with_its_place() {
    let roots = "[ccf.trust]\nroots = [\"example.toml\"]\n";
    let slip = |rest: &str, told: &[&str]| bad(&format!("{TARGET}{rest}\n"), told);
    slip(roots, &["target.toml:7:1", "name at least one PEM file"]);
    slip("[timing]\nanswer-ms = \"soon\"", &["line 7, column 13", "invalid type"]);
    bad("schema = \"capifspec.target/1\"\n[harness]\nports = \"9-1\"\n", &["missing field `name`"]);
    let own = "schema = \"capifspec.target/1\"\nname = \"x\"\n";
    bad(&format!("{own}[harness]\nports = \"9-1\"\n"), &["target.toml:4:1", "20000-20099"]);
    bad(&format!("{own}[invoker.claims]\nmethods = [\"OATH\"]\n"), &["target.toml:4:1", "did you mean `OAUTH`"]);
    bad(&format!("{own}[invoker.claims.features]\nsecurity = \"0x1\"\n"), &["target.toml:4:1", "hexadecimal"]);
    bad(
        &format!("{own}[invoker.control]\nkind = \"http\"\nurl = \"https://h\"\n"),
        &["target.toml:5:1", "http://host:port"],
    );
    bad(&format!("{own}[invoker.control]\nkind = \"command\"\ncommand = []\n"), &["target.toml:5:1", "a program"]);
}

/// What `init` writes is looked at before the root certificate is beside it: explain and export need nothing of the
/// product, and whoever is to reach it does.
#[test]
fn a_file_that_is_not_there_yet_stops_only_what_needs_it() {
    let desk = Desk::new();
    for role in ["ccf", "aef", "rof"] {
        let target = format!("{role}.toml");
        desk.capifspec(&format!("init --role {role} --out {target}")).ends_with(0);
        let told = desk.capifspec(&format!("target explain --target {target}"));
        assert!(told.ends_with(0).out.contains("[\"ca.pem\"] (not there yet)"), "{}", told.out);
        let values = desk.capifspec(&format!("target explain --target {target} --format json"));
        let values = values.json("capifspec.explain/1")["values"].as_array().unwrap().clone();
        let missed: Vec<&Value> = values.iter().filter(|one| one["not_there"] == true).map(|one| &one["key"]).collect();
        assert_eq!(missed, [&Value::from(format!("{role}.trust.roots"))]);
        let export = format!("pki export --target {target} --out exported-{role}");
        tells(&desk.capifspec(&export), 2, &["harness.pki"]);
        let mut kept = desk.command(&export.split(' ').collect::<Vec<_>>());
        let kept = kept.env("CAPIFSPEC__HARNESS__PKI", "capifspec-pki").output().unwrap();
        assert_eq!(kept.status.code(), Some(0), "{}", String::from_utf8_lossy(&kept.stderr));
        for words in ["run --out out", "doctor"] {
            let ran = desk.capifspec(&format!("{words} --target {target}"));
            tells(&ran, 2, &[&format!("{role}.trust.roots"), "cannot read ./ca.pem"]);
        }
    }
    assert!(!desk.has("out"));
    desk.write(
        "pinned.toml",
        &format!(
            "{TARGET}[ccf.trust]\nserver-certificate = \"leaf.pem\"\n[ccf.tokens]\nkey = \"pem\"\nfile = \"key.pem\"\n"
        ),
    );
    let told = desk.capifspec("target explain --target pinned.toml");
    assert_eq!(told.ends_with(0).out.matches("(not there yet)").count(), 2, "{}", told.out);
    // What is there and no certificate is told by everybody.
    desk.write("leaf.pem", "no certificate");
    tells(&desk.capifspec("target explain --target pinned.toml"), 2, &["leaf.pem holds no certificate"]);
}

#[test]
fn a_secret_that_stands_in_the_file_is_not_shown() {
    let secret = "s3cr3t-in-the-file";
    let desk = desk_with(&format!("{TARGET}registration-secret = \"{secret}\"\n"));
    for words in ["run own.feature --target target.toml", "target explain", "doctor"] {
        let ran = desk.capifspec(words);
        tells(&ran, 2, &["target.toml:6:1", "ccf.registration-secret", "{ env = \"NAME\" }"]);
        assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "{}{}", ran.err, ran.out);
    }
}

#[test]
fn what_goes_before_the_file_is_told_by_its_own_name() {
    let desk = desk_with(TARGET);
    let with = |variables: &[(&str, &str)], words: &str| {
        let mut command = desk.command(&words.split_whitespace().collect::<Vec<_>>());
        let output = command.envs(variables.iter().copied()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    };
    let run = "run own.feature --target target.toml --out out";
    tells(
        &with(&[("CAPIFSPEC__CCF__CONECT_TO", "x")], run),
        2,
        &["environment CAPIFSPEC__CCF__CONECT_TO", "did you mean `CAPIFSPEC__CCF__CONNECT_TO`"],
    );
    tells(&with(&[], &format!("{run} --set ccf.conect-to=x")), 2, &["--set ccf.conect-to", "`ccf.connect-to`"]);
    tells(&with(&[], &format!("{run} --set ccf.url")), 2, &["KEY=VALUE"]);
    tells(
        &with(&[("CAPIFSPEC__TIMING__ANSWER_MS", "soon")], run),
        2,
        &["environment CAPIFSPEC__TIMING__ANSWER_MS", "expected u64"],
    );
    tells(&with(&[], &format!("{run} --set ccf.url=http://127.0.0.1:1")), 2, &["--set ccf.url", "insecure-plain-http"]);
    tells(
        &with(&[], &format!("{run} --set ccf.control.kind=htpp")),
        2,
        &["--set ccf.control.kind", "did you mean `http`"],
    );
    tells(
        &with(
            &[("CAPIFSPEC__CCF__READING__TOKEN_EXP", "x")],
            &format!("{run} --set ccf.trust={{server-certificate=\"x\"}}"),
        ),
        2,
        &["environment CAPIFSPEC__CCF__READING__TOKEN_EXP", "has no reading `x`"],
    );
    // What is wrong with the file is told with its place all the same.
    tells(&with(&[("CAPIFSPEC__NAME", "y")], run), 2, &["target.toml:4:2", "ccf.trust.roots"]);
    assert!(!desk.has("out"));
}

#[test]
fn what_goes_before_a_file_needs_one() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    tells(&desk.capifspec("run own.feature --out out --set name=x"), 2, &["--target", "CAPIFSPEC_TARGET"]);
    let mut command = desk.command(&["run", "own.feature", "--out", "out"]);
    let output = command.env("CAPIFSPEC__NAME", "x").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("CAPIFSPEC__NAME has no effect"), "{output:?}");
    tells(&desk.capifspec("doctor"), 2, &["capifspec init", "--target"]);
}

#[test]
fn explain_tells_values_with_their_origin_and_no_secret() {
    let target = "schema = \"capifspec.target/1\"\nname = \"x\"\n[invoker.control]\nkind = \"none\"\n\
                  [ccf]\nurl = \"https://nowhere.invalid:1\"\nregistration-secret = { env = \"CANARY\" }\n\
                  [ccf.trust]\ninsecure-plain-http = true\n[ccf.onboarding]\nkind = \"static-token\"\ntoken = { env = \"NOT_THERE\" }\n";
    let desk = Desk::with(&[("my/target.toml", target)]);
    let explain = |format: &str| {
        let words = ["target", "explain", "--set", "ccf.url=http://nowhere.invalid:1", "--format", format];
        let mut command = desk.command(&words);
        command.env("CAPIFSPEC_TARGET", "my/target.toml").env("CANARY", "s3cr3t-in-the-environment");
        let output = command.env("CAPIFSPEC__TIMING__QUIET_MS", "7").env_remove("NOT_THERE").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        ran.ends_with(0);
        assert!(!ran.out.contains("s3cr3t") && !ran.err.contains("s3cr3t"), "{ran:?}");
        ran
    };
    let told = explain("json").json("capifspec.explain/1");
    let values: BTreeMap<&str, &Value> =
        told["values"].as_array().unwrap().iter().map(|one| (one["key"].as_str().unwrap(), one)).collect();
    let is = |key: &str, value: &str, origin: &str, secret: Option<&str>| {
        let one = values[key];
        let found = (one["value"].as_str().unwrap(), one["origin"].as_str().unwrap(), one["secret"].as_str());
        assert_eq!(found, (value, origin, secret), "{key}");
    };
    is("ccf.url", "\"http://nowhere.invalid:1\"", "--set ccf.url", None);
    is("timing.quiet-ms", "7", "environment CAPIFSPEC__TIMING__QUIET_MS", None);
    is("timing.answer-ms", "5000", "default", None);
    is("invoker.control.kind", "\"none\"", "my/target.toml:4:1", None);
    is("ccf.registration-secret", "{ env = \"CANARY\" }", "my/target.toml:7:1", Some("set"));
    is("ccf.onboarding.token", "{ env = \"NOT_THERE\" }", "my/target.toml:12:1", Some("not set"));
    let roles: Vec<&str> = told["roles"].as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["ccf", "invoker"]);
    let text = explain("text").out;
    for part in ["invoker is yours", "we play", "capifspec pki export", "acts needed", "onboard, discover"] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

/// As many scenarios of a role were not applicable in a run without a control surface as explain says.
#[track_caller]
pub(super) fn explains_what_needs_control(desk: &Desk, target: &str, role: &str, out: &str) {
    let told = desk.capifspec(&format!("target explain --target {target} --format json")).json("capifspec.explain/1");
    let roles = told["roles"].as_array().unwrap();
    let one = roles.iter().find(|one| one["role"] == role).unwrap();
    let report = desk.report(&format!("{out}/report.json"));
    let ran = report["scenarios"].as_array().unwrap();
    let untold = |one: &&Value| one["reason"].as_str().is_some_and(|why| why.contains("the target does not say how"));
    assert_eq!(one["scenarios"], ran.len(), "{role}");
    assert_eq!(one["not_applicable_without_control"], ran.iter().filter(untold).count(), "{role}");
    assert!(ran.iter().any(|one| untold(&one)), "{role}");
}

#[test]
fn as_many_scenarios_need_a_control_surface_as_explain_says() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let file = String::from_utf8(desk.read("capif/target.toml")).unwrap();
    let url = file.lines().find(|line| line.starts_with("url = ")).unwrap();
    let head = "schema = \"capifspec.target/1\"\nname = \"x\"\n";
    // Whatever listens there, nobody is called who cannot be told. The core function is looked at with its secrets.
    let trust = "trust = { roots = [\"ca.pem\"] }\n";
    for (role, rest) in
        [("aef", format!("{url}\n{trust}")), ("rof", format!("{url}\n{trust}")), ("invoker", String::new())]
    {
        let target = format!("capif/{role}.toml");
        desk.write(&target, &format!("{head}[{role}]\n{rest}"));
        desk.capifspec(&format!("run --target {target} --out {role}"));
        explains_what_needs_control(&desk, &target, role, role);
    }
}

#[test]
fn a_command_to_run_again_has_what_went_before_the_file() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let _served = Served::with(&desk, "--quiet");
    let mut command = desk.command(&["run", "own.feature", "--out", "out", "--set", "ccf.control.kind=none"]);
    command.env("CAPIFSPEC_TARGET", "capif/target.toml").env("CAPIFSPEC__NAME", "my own");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let report = desk.report("out/report.json");
    assert_eq!(report["target"]["name"], "my own");
    let replay = report["scenarios"][0]["replay"].as_str().unwrap();
    let before = "--target capif/target.toml --set 'name=my own' --set ccf.control.kind=none";
    assert!(replay.contains(before), "{replay}");
}
