//! Running, stopping, reporting again, and what can be asked without running.

use std::process::Command;
use std::sync::mpsc::sync_channel;

use capifspec::wire::Reply;
use serde_json::Value;

use super::{Desk, OWN};
use crate::stand_in::StandIn;

/// What `report` makes again.
const REPORTS: [&str; 3] = ["report.json", "junit.xml", "report.html"];

#[test]
fn a_passing_run_ends_with_0_and_all_reports() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let ran = desk.capifspec("run own.feature --out out --seed 7");
    ran.ends_with(0);
    assert!(ran.out.contains("1 pass") && ran.out.contains("PASS"), "{}", ran.out);
    let report = desk.report("out/report.json");
    assert_eq!(report["schema"], "capifspec.report/1");
    assert_eq!((&report["verdict"], &report["seed"]), (&Value::from("pass"), &Value::from(7)));
    for name in REPORTS {
        assert!(desk.has(&format!("out/{name}")), "{name}");
    }
    let replay = report["scenarios"][0]["replay"].as_str().unwrap().to_owned();
    assert!(replay.starts_with("capifspec run own.feature --seed 7 --scenario "), "{replay}");
}

#[test]
fn reports_are_made_again_byte_for_byte() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --out out").ends_with(0);
    desk.capifspec("report --from out/journal.ndjson --out again").ends_with(0);
    for name in REPORTS {
        assert!(desk.read(&format!("out/{name}")) == desk.read(&format!("again/{name}")), "{name} differs");
    }
}

#[test]
fn a_cut_journal_is_reported_as_incomplete() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --out out").ends_with(0);
    let whole = desk.read("out/journal.ndjson");
    std::fs::write(desk.path().join("cut.ndjson"), &whole[..whole.len() * 3 / 4]).unwrap();
    let ran = desk.capifspec("report --from cut.ndjson --out again");
    ran.ends_with(3);
    assert!(ran.out.contains("incomplete"), "{}", ran.out);
    assert_eq!(desk.report("again/report.json")["complete"], false);
}

#[test]
fn a_dry_run_writes_nothing() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let ran = desk.capifspec("run own.feature --out out --dry-run");
    ran.ends_with(0);
    assert!(ran.out.contains("Bearer") && ran.out.contains("33122-C.1-02"), "{}", ran.out);
    assert!(!desk.has("out"));
}

/// A target whose security API answers every request with an empty object.
fn hollow(desk: &Desk) -> StandIn {
    let stand_in = StandIn::enrolling(|_| Some(Reply::new(200).body("application/json", "{}")));
    stand_in.hand_over(desk.path(), 500);
    stand_in
}

#[test]
fn a_failing_run_ends_with_1() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let _target = hollow(&desk);
    let ran = desk.capifspec("run own.feature --target target.toml --out out");
    ran.ends_with(1);
    for part in ["expected", "observed", "33122-C.1-02", "capifspec run own.feature --target target.toml"] {
        assert!(ran.out.contains(part), "`{part}` is not in:\n{}", ran.out);
    }
}

#[test]
fn a_dead_target_ends_with_3() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let stand_in = StandIn::closing();
    stand_in.hand_over(desk.path(), 500);
    desk.capifspec("run own.feature --target target.toml --out out").ends_with(3);
    assert_eq!(desk.report("out/report.json")["counts"]["inconclusive"], 1);
}

/// What an invoker only may do, and the built-in one does not, is nothing judged.
#[test]
fn a_run_that_judges_nothing_ends_with_4() {
    let desk = Desk::new();
    desk.run(&["run", "--scenario", "may ask the exposing function ahead", "--out", "out"]).ends_with(4);
    let report = desk.report("out/report.json");
    assert_eq!(report["counts"]["not-applicable"], 1);
    // The page gives the reason at the scenario, and with all others that were not judged.
    let page = String::from_utf8(desk.read("out/report.html")).unwrap();
    let reason = report["scenarios"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("an optional behaviour was not used"), "{reason}");
    assert!(page.contains(&format!("<p class=\"reason\"><b>Reason:</b> {reason}</p>")), "{reason}");
    let (_, listed) = page.split_once("<h2>Not judged</h2>").unwrap();
    assert!(listed.contains(&format!("<span class=\"title\">{reason}</span>")), "{reason}");
}

#[test]
fn fail_fast_stops_at_the_first_failure_and_says_what_did_not_run() {
    let desk = Desk::new();
    let _target = hollow(&desk);
    desk.capifspec("run --target target.toml --jobs 1 --fail-fast --requirement 33122-C --sut ccf --out out")
        .ends_with(1);
    let report = desk.report("out/report.json");
    let not_run = report["not_run"].as_array().unwrap();
    assert!(report["counts"]["fail"] == 1 && not_run.len() > 5, "{}", report["counts"]);
    assert!(not_run[0]["reason"].as_str().unwrap().contains("--fail-fast"), "{}", not_run[0]);
    let told = report["scenarios"].as_array().unwrap().len() + not_run.len();
    assert_eq!(report["selected"], told, "something was skipped in silence");
}

/// The target answers nothing; as soon as it is asked, the run is interrupted.
#[test]
fn ctrl_c_ends_with_reports_of_what_was_done_and_3() {
    let desk = Desk::new();
    let (tell, told) = sync_channel(1);
    let stand_in = StandIn::answering(move |_| {
        // The first request is enough.
        _ = tell.try_send(());
        None
    });
    stand_in.hand_over(desk.path(), 300);
    let running = desk.command(&["run", "--target", "target.toml", "--jobs", "1", "--out", "out"]).spawn().unwrap();
    told.recv().unwrap();
    let interrupted = Command::new("sh").args(["-c", &format!("kill -INT {}", running.id())]).status();
    let output = running.wait_with_output().unwrap();
    assert!(interrupted.unwrap().success());
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let report = desk.report("out/report.json");
    let reasons: Vec<&str> =
        report["not_run"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap()).collect();
    assert!(reasons.len() > 50 && reasons.iter().all(|reason| reason.contains("interrupted")), "{reasons:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("interrupted"));
}

/// Ids of the scenarios that a selection lists.
fn listed(desk: &Desk, selection: &str) -> Vec<Value> {
    let list = desk.capifspec(&format!("list --format json {selection}"));
    let scenarios = list.ends_with(0).json("capifspec.list/1")["scenarios"].as_array().unwrap().clone();
    assert!(!scenarios.is_empty());
    scenarios
}

fn texts(row: &Value, member: &str) -> Vec<String> {
    row[member].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_selection_is_by_clause_id_tag_role_and_release() {
    let desk = Desk::new();
    let all = listed(&desk, "").len();
    for row in listed(&desk, "--requirement 33122-6.5.2.3") {
        assert!(texts(&row, "requirements").iter().any(|id| id.starts_with("33122-6.5.2.3-")), "{row}");
    }
    for row in listed(&desk, "--requirement 33122-C.1-02") {
        assert!(texts(&row, "requirements").contains(&"33122-C.1-02".to_owned()), "{row}");
    }
    for row in listed(&desk, "--sut aef") {
        assert_eq!(row["sut"], "aef");
    }
    let by_role = |role: &str| listed(&desk, &format!("--sut {role}")).len();
    let both = by_role("aef") + by_role("invoker");
    assert_eq!((by_role("aef,invoker"), by_role("aef --sut invoker")), (both, both));
    let clauses = listed(&desk, "--requirement 33122-C.1 --requirement 8.31");
    assert_eq!(listed(&desk, "--requirement 33122-C.1,8.31"), clauses);
    let negative = listed(&desk, "--tags @negative");
    assert!(negative.iter().all(|row| texts(row, "tags").contains(&"@negative".to_owned())));
    let other = desk.run(&["list", "--format", "json", "--tags", "not @negative"]).json("capifspec.list/1");
    assert_eq!(negative.len() + other["scenarios"].as_array().unwrap().len(), all);
}

#[test]
fn a_release_takes_its_own_scenarios() {
    let later = OWN.replace("  @req", "  @rel:18 @req");
    let earlier = OWN.replace("  @req", "  @rel:16-17 @req").replace("Bearer", "Bearer as before");
    let desk = Desk::with(&[("later.feature", &later), ("earlier.feature", &earlier)]);
    let names = |release: &str| -> Vec<Value> {
        listed(&desk, &format!("later.feature earlier.feature --release {release}"))
            .iter()
            .map(|row| row["name"].clone())
            .collect()
    };
    assert_eq!(names("18"), ["Bearer"]);
    assert_eq!(names("17"), ["Bearer as before"]);
}

#[test]
fn steps_are_searched() {
    let desk = Desk::new();
    let steps = |words: &str| {
        desk.capifspec(&format!("steps {words} --format json")).json("capifspec.steps/1")["steps"]
            .as_array()
            .unwrap()
            .len()
    };
    assert!(steps("revokes some") > 0 && steps("revokes some") < steps(""));
    desk.capifspec("steps nonsense").ends_with(2);
}

#[test]
fn coverage_counts_the_whole_catalogue() {
    let desk = Desk::new();
    let coverage = desk.capifspec("coverage --format json").json("capifspec.coverage/1");
    let rows = coverage["requirements"].as_array().unwrap();
    assert_eq!(coverage["totals"]["requirements"], rows.len());
    for member in
        ["id", "clause", "strength", "role", "release", "provisional", "scenarios", "checks", "faults", "untested"]
    {
        assert!(rows.iter().all(|row| row.get(member).is_some()), "{member} is missing");
    }
    let judged = rows.iter().filter(|row| !row["scenarios"].as_array().unwrap().is_empty()).count();
    assert_eq!(coverage["totals"]["judged"], judged);
}

#[test]
fn one_mutant_is_tried() {
    let desk = Desk::new();
    let matrix =
        desk.capifspec("mutants --fault AlgNone --quick --format json").ends_with(0).json("capifspec.mutants/1");
    assert_eq!(matrix["totals"]["killed"], 1);
    assert_eq!(
        (&matrix["mutants"][0]["fault"], &matrix["mutants"][0]["by_requirement"]),
        (&Value::from("AlgNone"), &Value::from(true))
    );
}

#[test]
fn mutants_are_chosen_by_role_too_and_a_name_that_is_none_is_told_where_the_names_are() {
    let desk = Desk::new();
    let none = desk.capifspec("mutants --fault AlgNone --sut rof,invoker");
    assert!(none.ends_with(4).err.contains("none of these faults is one of rof, invoker"), "{}", none.err);
    let one = desk.capifspec("mutants --fault AlgNone --fault AcceptExpiredToken --sut aef --quick --format json");
    let told = one.ends_with(0).json("capifspec.mutants/1");
    assert_eq!((&told["totals"]["faults"], &told["mutants"][0]["fault"]), (&1.into(), &"AcceptExpiredToken".into()));
    for command in ["mutants", "serve"] {
        for (name, told) in [
            ("Nope", "no fault is called `Nope`; `capifspec coverage` names them"),
            ("AlgNon", "did you mean `AlgNone`? `capifspec coverage` names them"),
            ("algnone", "did you mean `AlgNone`?"),
            ("acceptexpired", "did you mean `AcceptExpiredToken`?"),
        ] {
            let ran = desk.capifspec(&format!("{command} --fault {name}"));
            assert!(ran.ends_with(2).err.contains(told), "{}", ran.err);
        }
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let desk = Desk::new();
    let mut running = desk.command(&["list"]).spawn().unwrap();
    drop(running.stdout.take());
    let output = running.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_run_is_compared_with_the_one_before() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --out old").ends_with(0);
    let same = desk.capifspec("diff old/report.json old/report.json");
    assert!(same.ends_with(0).out.contains("no worse than before"), "{}", same.out);
    let mut report = desk.report("old/report.json");
    report["scenarios"][0]["verdict"] = "fail".into();
    std::fs::write(desk.path().join("new.json"), report.to_string()).unwrap();
    let worse = desk.capifspec("diff old/report.json new.json");
    assert!(worse.ends_with(1).out.contains("pass → fail"), "{}", worse.out);
    let json = desk.capifspec("diff new.json old/report.json --format json");
    assert_eq!(json.ends_with(0).json("capifspec.diff/1")["fixed"].as_array().unwrap().len(), 1);
    let missing = desk.capifspec("diff old/report.json nowhere.json");
    assert!(missing.ends_with(2).err.contains("nowhere.json"), "{}", missing.err);
    let other = desk.capifspec("diff own.feature old/report.json");
    assert!(other.ends_with(2).err.contains("own.feature: it is no report.json"), "{}", other.err);
}

/// What acts on a terminal instead of showing itself, as a tester, a target file and a product may all bring it.
const HOSTILE: &str = "red\u{9b}31m\u{85}\u{202e}desrever\u{2066}\u{200f}\u{61c}\u{7f}";

#[track_caller]
fn is_harmless(name: &str, text: &str) {
    let acts = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(acts), None, "in {name}");
}

#[test]
fn no_json_and_no_list_acts_on_a_terminal_and_readers_see_the_same_text() {
    let name = format!("Bearer {HOSTILE}");
    let desk = Desk::with(&[
        ("own.feature", &OWN.replace("Bearer", &name)),
        ("bad.feature", &OWN.replace("requests a token", &format!("{HOSTILE} a token"))),
    ]);
    let reflected = serde_json::json!({ "title": HOSTILE }).to_string();
    let stand_in = StandIn::enrolling(move |_| Some(Reply::new(200).body("application/json", reflected.clone())));
    stand_in.hand_over(desk.path(), 500);
    let target = String::from_utf8(desk.read("target.toml")).unwrap();
    let lines = target.lines().filter(|line| !line.starts_with("name = "));
    let named = lines.flat_map(|line| [line, "\n"]).collect::<String>();
    let spelt: String = HOSTILE.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    desk.write("target.toml", &named.replacen('\n', &format!("\nname = \"{spelt}\"\n"), 1));

    let ran = desk.capifspec("run own.feature --target target.toml --out out");
    is_harmless("the terminal report", &ran.ends_with(1).out);
    for file in ["out/journal.ndjson", "out/report.json", "out/junit.xml", "out/report.html"] {
        is_harmless(file, &String::from_utf8(desk.read(file)).unwrap());
    }
    let report = desk.report("out/report.json");
    assert_eq!((&report["scenarios"][0]["name"], &report["target"]["name"]), (&name.clone().into(), &HOSTILE.into()));
    let journal = String::from_utf8(desk.read("out/journal.ndjson")).unwrap();
    let entries = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let bodies = entries.filter_map(|entry| entry["response"]["body"].as_str().map(str::to_owned));
    assert!(bodies.into_iter().any(|body| body.contains(HOSTILE)), "the journal keeps what the product sent");
    desk.capifspec("report --from out/journal.ndjson --out again").ends_with(1);
    assert!(desk.read("again/report.json") == desk.read("out/report.json"));

    for format in ["json", "text"] {
        for (words, code) in [
            ("list own.feature", 0),
            ("lint bad.feature", 2),
            ("target explain --target target.toml", 0),
            ("diff out/report.json out/report.json", 0),
        ] {
            is_harmless(words, &desk.capifspec(&format!("{words} --format {format}")).ends_with(code).out);
        }
    }
    let refused = desk.capifspec("run bad.feature --out nowhere");
    is_harmless("what is refused", &refused.ends_with(2).err);
    assert_eq!(listed(&desk, "own.feature")[0]["name"], name.as_str());
}
