//! What a pipeline does: known misses waived, failures run again, a run shared out, and a build compared with the last.

use std::path::Path;
use std::process::Command;

use capifspec::wire::Reply;
use serde_json::Value;

use super::serving::Served;
use super::{Desk, OWN, Ran};
use crate::stand_in::StandIn;

const WAIVER: &str = "\n[[waiver]]\nrequirement = \"33122-C.1-02\"\nreason = \"ticket 123\"\nowner = \"the team\"\nexpires = 2999-12-31\n";

/// A target in which every role is built in, so that everything passes.
const SOUND: &str = "schema = \"capifspec.target/1\"\nname = \"sound\"\n";

/// A desk with the tester's feature and a target that misses its requirement, with more in its file.
fn missing(more: &str) -> (Desk, StandIn) {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let stand_in = StandIn::enrolling(|_| Some(Reply::new(200).body("application/json", "{}")));
    stand_in.hand_over(desk.path(), 500);
    append(&desk, "target.toml", more);
    (desk, stand_in)
}

fn append(desk: &Desk, name: &str, more: &str) {
    let text = String::from_utf8(desk.read(name)).unwrap();
    desk.write(name, &(text + more));
}

fn counts(desk: &Desk, report: &str) -> Value {
    desk.report(report)["counts"].clone()
}

const RUN: &str = "run own.feature --target target.toml --out out";

#[test]
fn a_known_miss_is_waived_and_its_report_is_made_again() {
    let (desk, _target) = missing(WAIVER);
    let ran = desk.capifspec(RUN);
    ran.ends_with(0);
    assert!(ran.out.contains("1 waived") && ran.out.contains("ticket 123 (the team, until 2999-12-31)"), "{}", ran.out);
    assert_eq!(
        (&counts(&desk, "out/report.json")["waived"], &desk.report("out/report.json")["verdict"]),
        (&1.into(), &"waived".into())
    );
    desk.capifspec("report --from out/journal.ndjson --out again").ends_with(0);
    for name in ["report.json", "junit.xml", "report.html"] {
        assert!(desk.read(&format!("out/{name}")) == desk.read(&format!("again/{name}")), "{name} differs");
    }
}

#[test]
fn a_stale_an_expired_and_an_unmatched_waiver_fail_the_run() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    for (waiver, told) in [
        (WAIVER.to_owned(), "UNEXPECTED-PASS"),
        (WAIVER.replace("2999", "2020"), "its last day was 2020-12-31"),
        (WAIVER.replace("33122-C.1-02", "33122-C.1-01"), "MATCHES-NOTHING  requirement 33122-C.1-01"),
        (WAIVER.replace("requirement = \"33122-C.1-02\"", "check = \"token-is-bearer\""), "UNEXPECTED-PASS"),
        (
            WAIVER.replace("requirement = \"33122-C.1-02\"", "scenario = \"own#Bearer\""),
            "scenario own#Bearer is waived and passed",
        ),
    ] {
        desk.write("target.toml", &format!("{SOUND}{waiver}"));
        let ran = desk.capifspec(RUN);
        assert!(ran.ends_with(1).out.contains(told), "`{told}` is not in:\n{}", ran.out);
    }
}

#[test]
fn a_waived_miss_does_not_stop_fail_fast() {
    let (desk, _target) = missing(WAIVER);
    let second = OWN.split_once("  @req").unwrap().1.replace("Bearer", "Bearer again");
    append(&desk, "own.feature", &format!("\n  @req{second}"));
    desk.capifspec(&format!("{RUN} --fail-fast --jobs 1")).ends_with(0);
    assert_eq!(counts(&desk, "out/report.json")["waived"], 2);
    desk.write("target.toml", &String::from_utf8(desk.read("target.toml")).unwrap().replace("2999", "2020"));
    desk.capifspec(&format!("{RUN} --fail-fast --jobs 1")).ends_with(1);
    assert_eq!(counts(&desk, "out/report.json")["not-run"], 1);
}

/// Refused before anything is written.
#[track_caller]
fn refused(desk: &Desk, words: &str, code: i32, told: &[&str]) -> Ran {
    let ran = desk.capifspec(&format!("{words} --out nowhere"));
    ran.ends_with(code);
    for part in told {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    assert!(!desk.has("nowhere"), "{words} left something in --out");
    ran
}

#[test]
fn a_waiver_that_cannot_be_is_refused_with_its_place() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let subject = "requirement = \"33122-C.1-02\"";
    for (right, wrong, told) in [
        ("33122-C.1-02", "33122-C.1-2", ["target.toml:5:15", "did you mean `33122-C.1-02`"]),
        (subject, "check = \"token-is-beare\"", ["target.toml:5:9", "did you mean `token-is-bearer`"]),
        (subject, "scenario = \"own#Bearr\"", ["target.toml:5:12", "did you mean `own#Bearer`"]),
        (subject, "", ["target.toml:4:1", "exactly one of requirement, check and scenario"]),
        ("2999-12-31", "2999-02-30", ["line 8, column 11", "target.toml"]),
        ("owner = \"the team\"\n", "", ["line 4, column 1", "missing field `owner`"]),
        ("owner", "ownr", ["line 7, column 1", "did you mean `owner`"]),
    ] {
        desk.write("target.toml", &format!("{SOUND}{}", WAIVER.replacen(right, wrong, 1)));
        refused(&desk, "run own.feature --target target.toml", 2, &told);
    }
    desk.write("target.toml", &format!("{SOUND}requirements = \"2019-04\"\n"));
    refused(
        &desk,
        "run own.feature --target target.toml",
        2,
        &["target.toml:3:1", "no set `2019-04`; this catalogue has 2026-12"],
    );
}

#[test]
fn a_target_is_held_to_a_set_and_the_report_says_so() {
    let desk = Desk::with(&[("own.feature", OWN), ("target.toml", &format!("{SOUND}requirements = \"2026-12\"\n"))]);
    let ran = desk.capifspec(RUN);
    assert!(ran.ends_with(0).out.contains("held to      set 2026-12, release 18, as ccf"), "{}", ran.out);
    assert!(ran.out.contains("1 of 1 shall requirements pass"), "{}", ran.out);
    let report = desk.report("out/report.json");
    assert_eq!((&report["requirement_set"], &report["score"]["pass"]), (&"2026-12".into(), &1.into()));
    desk.write("target.toml", SOUND);
    desk.capifspec(RUN).ends_with(0);
    assert_eq!(desk.report("out/report.json")["requirement_set"], "2026-12", "the newest, where none is named");
}

#[test]
fn what_failed_is_run_again_and_nothing_else() {
    let (desk, target) = missing("");
    desk.capifspec(RUN).ends_with(1);
    // The product is mended: it is built in now.
    drop(target);
    append(
        &desk,
        "own.feature",
        &format!("\n  @req{}", OWN.split_once("  @req").unwrap().1.replace("Bearer", "Other")),
    );
    desk.capifspec("run own.feature --failed-from out/report.json --out again").ends_with(0);
    let report = desk.report("again/report.json");
    let ran: Vec<_> = report["scenarios"].as_array().unwrap().iter().map(|told| told["id"].clone()).collect();
    assert_eq!((ran, &report["failed_from"]), (vec!["own#Bearer".into()], &"out/report.json".into()));
    let narrowed = desk.capifspec("run own.feature --scenario Other --failed-from out/report.json --out nowhere");
    assert!(narrowed.ends_with(4).err.contains("no scenario of release 18 matches"), "{}", narrowed.err);
    refused(
        &desk,
        "run own.feature --failed-from again/report.json",
        4,
        &["again/report.json", "nothing to run again"],
    );
}

#[test]
fn what_did_not_run_is_run_too() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --out out").ends_with(0);
    let whole = desk.read("out/journal.ndjson");
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    // Killed before it named its only scenario, and killed within it.
    for cut in [first + 1, whole.len() * 3 / 4] {
        std::fs::write(desk.path().join("cut.ndjson"), &whole[..cut]).unwrap();
        desk.capifspec("report --from cut.ndjson --out cut").ends_with(3);
        desk.capifspec("run own.feature --failed-from cut/report.json --out again").ends_with(0);
        assert_eq!(counts(&desk, "again/report.json")["pass"], 1, "{cut}");
    }
}

#[test]
fn what_is_no_report_is_not_run_again() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --out out").ends_with(0);
    let mut other = desk.report("out/report.json");
    other["schema"] = "capifspec.report/9".into();
    desk.write("other.json", &other.to_string());
    desk.write(
        "gone.json",
        &String::from_utf8(desk.read("out/report.json"))
            .unwrap()
            .replace("own#Bearer", "own#Gone")
            .replace("\"verdict\": \"pass\"", "\"verdict\": \"fail\""),
    );
    for (report, code, told) in [
        ("other.json", 2, "its schema is `capifspec.report/9`"),
        ("own.feature", 2, "it is no report.json"),
        ("nowhere.json", 2, "nowhere.json"),
        ("gone.json", 4, "no scenario of release 18 matches"),
    ] {
        refused(&desk, &format!("run own.feature --failed-from {report}"), code, &[told]);
    }
}

const SHARED: &str = "--requirement 33122-C.1 --requirement 33122-C.2 --sut ccf";

fn ids(report: &Value) -> Vec<String> {
    report["scenarios"].as_array().unwrap().iter().map(|told| told["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn shares_are_disjoint_make_up_the_whole_and_merge_into_one_report() {
    let desk = Desk::with(&[("target.toml", SOUND)]);
    desk.capifspec(&format!("run {SHARED} --target target.toml --out whole")).ends_with(0);
    // The waiver is stale; only the whole can tell.
    append(&desk, "target.toml", WAIVER);
    desk.capifspec(&format!("run {SHARED} --target target.toml --out waived")).ends_with(1);
    let mut all = Vec::new();
    for index in 1..=3 {
        desk.capifspec(&format!("run {SHARED} --target target.toml --shard {index}/3 --out s{index}")).ends_with(0);
        let report = desk.report(&format!("s{index}/report.json"));
        assert_eq!(report["waivers"][0]["state"], "undecided", "{}", report["waivers"]);
        let own = ids(&report);
        assert!(!own.is_empty() && own.len() < ids(&desk.report("whole/report.json")).len());
        all.extend(own);
    }
    all.sort();
    assert_eq!(all, ids(&desk.report("whole/report.json")), "each scenario once");
    let merged = desk.capifspec("report --merge s3 s1/journal.ndjson s2 --out merged");
    merged.ends_with(1);
    let (merged, waived) = (desk.report("merged/report.json"), desk.report("waived/report.json"));
    for member in ["verdict", "exit_code", "counts", "complete", "selected", "score", "waivers", "target"] {
        assert_eq!(merged[member], waived[member], "{member}");
    }
    assert_eq!((ids(&merged), &merged["counts"]["unexpected-pass"]), (ids(&waived), &1.into()));
    desk.capifspec("report --from merged/journal.ndjson --out again").ends_with(1);
    assert!(desk.read("again/report.json") == desk.read("merged/report.json"));
    refused(&desk, "report --merge s1 s2", 2, &["share 3 of 3 is missing"]);
    refused(&desk, "report --merge s1 s2 s3 whole", 2, &["whole/journal.ndjson is no share of a run"]);
    let itself = desk.capifspec("report --merge s1 s2 s3 --out s1");
    assert!(itself.ends_with(2).err.contains("--out s1 is a share itself"), "{}", itself.err);
}

#[test]
fn the_seed_does_not_move_a_scenario_to_another_share() {
    let desk = Desk::new();
    let shared = |words: &str| desk.capifspec(&format!("run {SHARED} --dry-run {words}")).ends_with(0).out.clone();
    assert_eq!(shared("--shard 1/3 --seed 1"), shared("--shard 1/3 --seed 99"));
    assert_ne!(shared("--shard 1/3"), shared("--shard 2/3"));
    for bad in ["0/3", "4/3", "x"] {
        refused(&desk, &format!("run --shard {bad}"), 2, &["--shard", "such as 1/3"]);
    }
    desk.capifspec("report --merge s1").ends_with(2);
    desk.capifspec("report").ends_with(2);
}

#[test]
fn a_share_without_a_scenario_is_still_a_share() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --shard 1/2 --out s1").ends_with(0);
    desk.capifspec("run own.feature --shard 2/2 --out s2").ends_with(4);
    desk.capifspec("report --merge s1 s2 --out merged").ends_with(0);
    assert_eq!(counts(&desk, "merged/report.json")["pass"], 1);
}

/// The script that the recipes call, with its settings.
fn gate(desk: &Desk, settings: &[(&str, &str)], arguments: &[&str]) -> Ran {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ci/gate.sh");
    let mut command = Command::new("sh");
    command.arg(script).args(arguments).current_dir(desk.path()).env("CAPIFSPEC", env!("CARGO_BIN_EXE_capifspec"));
    for name in ["CAPIFSPEC_TARGET", "CAPIFSPEC_BASELINE", "CAPIFSPEC_OUT"] {
        command.env_remove(name);
    }
    let output = command.envs(settings.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn the_gate_lets_a_sound_build_pass_and_keeps_what_it_wrote() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let first = gate(&desk, &[("CAPIFSPEC_BASELINE", "base/report.json"), ("CAPIFSPEC_OUT", "base")], &["own.feature"]);
    assert!(first.ends_with(0).err.contains("there is no baseline"), "{}", first.err);
    let again = gate(&desk, &[("CAPIFSPEC_BASELINE", "base/report.json")], &["own.feature"]);
    assert!(again.ends_with(0).out.contains("no worse than before"), "{}", again.out);
    for name in ["journal.ndjson", "report.json", "junit.xml", "report.html", "baseline.json", "diff.json"] {
        assert!(desk.has(&format!("capifspec-report/{name}")), "{name}");
    }
    // A baseline where the run itself writes is taken aside first.
    gate(&desk, &[("CAPIFSPEC_BASELINE", "base/report.json"), ("CAPIFSPEC_OUT", "base")], &["own.feature"])
        .ends_with(0);
    gate(&desk, &[], &["--sut", "nobody"]).ends_with(2);
    gate(&desk, &[], &["own.feature", "--scenario", "nowhere"]).ends_with(4);
}

#[test]
fn the_gate_stops_a_build_that_is_worse_than_the_last_and_only_that() {
    let (desk, _target) = missing("");
    gate(&desk, &[("CAPIFSPEC_OUT", "good")], &["own.feature"]).ends_with(0);
    let target = ("CAPIFSPEC_TARGET", "target.toml");
    let worse = gate(&desk, &[target, ("CAPIFSPEC_BASELINE", "good/report.json")], &["own.feature"]);
    assert!(worse.ends_with(1).out.contains("pass → fail"), "{}", worse.out);
    assert_eq!(desk.report("capifspec-report/diff.json")["new_failures"].as_array().unwrap().len(), 1);
    let known = [target, ("CAPIFSPEC_BASELINE", "capifspec-report/report.json"), ("CAPIFSPEC_OUT", "next")];
    gate(&desk, &known, &["own.feature"]).ends_with(0);
    gate(&desk, &[target], &["own.feature"]).ends_with(1);
    // What is excused for a time stops the pipeline when the time is over.
    append(&desk, "target.toml", &WAIVER.replace("2999", "2020"));
    let expired = gate(&desk, &known, &["own.feature"]);
    assert!(expired.ends_with(1).out.contains("waivers that fail the run"), "{}", expired.out);
}

/// A scenario that needs a claim, and one of another requirement that needs none.
fn claiming() -> String {
    let rest = OWN.replace("  @req", "  @cap:ccf.methods.PKI @req");
    format!(
        "{rest}\n  @req:33122-C.4-01\n  Scenario: Other\n    When the invoker requests a token\n    Then there is no refresh token\n"
    )
}

#[test]
fn a_product_that_claims_less_does_not_pass_the_gate_for_it() {
    let desk = Desk::with(&[("own.feature", &claiming())]);
    let _served = Served::with(&desk, "--quiet");
    let target = ("CAPIFSPEC_TARGET", "capif/target.toml");
    gate(&desk, &[target, ("CAPIFSPEC_OUT", "good")], &["own.feature"]).ends_with(0);
    let baseline = ("CAPIFSPEC_BASELINE", "good/report.json");
    gate(&desk, &[target, baseline], &["own.feature"]).ends_with(0);
    // What is run is all well, and less of it is.
    let less = ["own.feature", "--set", "ccf.claims.methods=[\"OAUTH\"]"];
    let narrowed = gate(&desk, &[target, baseline], &less);
    for part in [
        "note: what ccf claims differs",
        "no longer judged",
        "pass → not judged                33122-C.1-02",
        "the target does not claim ccf.methods.PKI",
        "1 no longer judged: worse than before",
    ] {
        assert!(narrowed.ends_with(1).out.contains(part), "`{part}` is not in:\n{}", narrowed.out);
    }
    let told = desk.report("capifspec-report/diff.json");
    assert_eq!(told["no_longer_judged"][0]["because"][0], "the target does not claim ccf.methods.PKI");
    assert_eq!(desk.report("capifspec-report/report.json")["exit_code"], 0, "the run itself cannot tell");
    gate(&desk, &[target, ("CAPIFSPEC_BASELINE", "capifspec-report/report.json"), ("CAPIFSPEC_OUT", "next")], &less)
        .ends_with(0);
    // Who asks for less is neither told that it is worse nor that it is not.
    let part = gate(&desk, &[target, baseline], &["own.feature", "--scenario", "Other"]);
    assert!(part.ends_with(3).out.contains("it was asked for less"), "{}", part.out);
    assert!(
        part.out.contains("what was asked for differs: own.feature and own.feature --scenario Other"),
        "{}",
        part.out
    );
}

#[test]
fn shares_of_products_that_claim_something_else_are_not_merged() {
    let desk = Desk::with(&[("own.feature", &claiming())]);
    let _served = Served::with(&desk, "--quiet");
    let share = |index: usize, more: &str| {
        let run = format!("run own.feature --target capif/target.toml --shard {index}/2 --out s{index} {more}");
        desk.capifspec(&run).ends_with(0);
    };
    share(1, "");
    share(2, "--set ccf.claims.grants=[\"client_credentials\"]");
    refused(
        &desk,
        "report --merge s1 s2",
        2,
        &["what is claimed of the first is ccf: everything, of the second ccf: grants"],
    );
    share(2, "--set ccf.control.kind=none");
    refused(&desk, "report --merge s1 s2", 2, &["how the target is set up of the first is ccf: ", "control = none"]);
    share(2, "");
    desk.capifspec("report --merge s1 s2 --out merged").ends_with(0);
    let command = desk.report("merged/report.json")["command"].clone();
    assert_eq!(command, "capifspec run own.feature --target capif/target.toml", "neither a share nor its place");
    let roles = desk.report("merged/report.json")["target"]["roles"].clone();
    let url = roles["ccf"]["urls"][0].as_str().unwrap();
    assert!(url.starts_with("https://127.0.0.1:") && roles["ccf"]["kinds"]["onboarding"] == "static-token", "{roles}");
}

#[test]
fn the_recipes_call_the_gate_with_settings_that_it_has() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ci");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let gate = read("gate.sh");
    for name in ["github.yml", "gitlab.yml"] {
        let recipe = read(name);
        assert!(recipe.contains("sh conformance/gate.sh"), "{name}");
        let settings = recipe.lines().filter_map(|line| line.trim().split_once(':')).map(|(key, _)| key);
        let settings: Vec<&str> =
            settings.filter(|key| key.starts_with("CAPIFSPEC_") && *key != "CAPIFSPEC_REPOSITORY").collect();
        assert_eq!(settings.len(), 3, "{name}: {settings:?}");
        for setting in settings {
            assert!(gate.contains(&format!("${{{setting}:-")), "{name} sets {setting}, which gate.sh does not read");
        }
        assert!(recipe.contains("always"), "{name} keeps no report of a run that failed");
    }
}
