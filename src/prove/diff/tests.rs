//! Every class of change, and what it does to the gate.

use serde_json::{Value, json};

use super::*;

fn side(verdicts: &[(&str, &str)]) -> Side {
    let told = verdicts.iter().map(|(id, verdict)| json!({"id": id, "verdict": verdict}));
    let report = json!({"schema": REPORT_SCHEMA, "release": "18", "target": {"name": "t"}, "complete": true,
        "scenarios": told.collect::<Vec<_>>(), "seed": 1});
    Side::read(&report.to_string()).unwrap()
}

fn names(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.scenario.as_str()).collect()
}

#[test]
fn each_scenario_is_told_once_and_under_its_name() {
    let old =
        side(&[("a", "pass"), ("b", "fail"), ("c", "pass"), ("d", "pass"), ("e", "inconclusive"), ("same", "fail")]);
    let new = side(&[("a", "fail"), ("b", "pass"), ("c", "warn"), ("f", "pass"), ("e", "fail"), ("same", "fail")]);
    let diff = Diff::between(&old, &new);
    assert_eq!(names(&diff.new_failures), ["a", "e"]);
    assert_eq!((names(&diff.fixed), names(&diff.changed)), (vec!["b"], vec!["c"]));
    assert_eq!((names(&diff.appeared), names(&diff.vanished)), (vec!["f"], vec!["d"]));
    assert!(diff.is_regression());
}

#[test]
fn what_is_no_worse_is_no_regression() {
    let old = side(&[("a", "fail"), ("b", "pass")]);
    assert!(!Diff::between(&old, &old).is_regression());
    assert!(!Diff::between(&old, &side(&[("a", "inconclusive"), ("b", "not-applicable")])).is_regression());
    assert!(Diff::between(&old, &side(&[("a", "fail"), ("b", "pass"), ("new", "fail")])).is_regression());
}

#[test]
fn an_excuse_mends_nothing_and_a_stale_one_is_a_regression() {
    let old = side(&[("a", "fail"), ("b", "waived"), ("c", "pass"), ("d", "unexpected-pass"), ("e", "waived")]);
    let new = side(&[("a", "waived"), ("b", "unexpected-pass"), ("c", "waived"), ("d", "pass"), ("e", "fail")]);
    let diff = Diff::between(&old, &new);
    assert_eq!((names(&diff.new_failures), names(&diff.fixed)), (vec!["b", "e"], vec!["d"]));
    assert_eq!(names(&diff.changed), ["a", "c"], "a miss is excused, not mended; and an excused miss fails nothing");
    assert!(!Diff::between(&side(&[("c", "pass")]), &side(&[("c", "waived")])).is_regression());
    assert!(Diff::between(&side(&[]), &side(&[("c", "unexpected-pass")])).is_regression());
}

#[test]
fn a_waiver_that_begins_to_fail_the_run_is_a_regression() {
    let with = |fails: bool| {
        let report = json!({"schema": REPORT_SCHEMA, "release": "18", "target": {"name": "t"}, "complete": true,
            "scenarios": [], "waivers": [{"subject": "check", "name": "x", "fails": fails, "says": "expired"}]});
        Side::read(&report.to_string()).unwrap()
    };
    let diff = Diff::between(&with(false), &with(true));
    assert_eq!((diff.waivers.as_slice(), diff.exit_code()), (&["check x: expired".to_owned()][..], 1));
    assert_eq!(Diff::between(&with(true), &with(true)).exit_code(), 0);
}

#[test]
fn half_a_run_is_never_cleared() {
    let told = |id: &str, verdict: &str| json!({"id": id, "verdict": verdict});
    let half = |scenarios: Vec<serde_json::Value>| {
        let report = json!({"schema": REPORT_SCHEMA, "release": "18", "target": {"name": "t"}, "complete": false,
            "scenarios": scenarios, "not_run": [{"id": "b", "reason": "interrupted"}], "not_named": 1});
        Side::read(&report.to_string()).unwrap()
    };
    let old = side(&[("a", "pass"), ("b", "pass")]);
    assert_eq!(Diff::between(&old, &half(vec![told("a", "pass")])).exit_code(), 3);
    assert_eq!(Diff::between(&old, &half(vec![told("a", "fail")])).exit_code(), 1);
    let again = half(vec![told("a", "fail"), told("c", "pass")]).to_repeat();
    assert_eq!(again.wanted.iter().map(String::as_str).collect::<Vec<_>>(), ["a", "b"]);
    assert!(again.unnamed_too && again.named.contains("c"), "what is not named at all did not run either");
}

#[test]
fn another_schema_is_told_apart_from_no_report() {
    assert!(matches!(Side::read("{}"), Err(Unreadable::Form(_))));
    let other = json!({"schema": "capifspec.report/9", "release": "18", "target": {"name": "t"}, "complete": true, "scenarios": []});
    assert!(matches!(Side::read(&other.to_string()), Err(Unreadable::Schema(_))));
}

/// A report in which one requirement is judged by one scenario after the other, each `(id, verdict on it, reason)`; a
/// reason is that of a scenario that stopped before it was judged.
fn judged(scenarios: &[(&str, &str, Option<&str>)]) -> Value {
    let told = scenarios.iter().map(|(id, verdict, reason)| {
        let findings = match reason {
            Some(_) => json!([]),
            None => json!([{"check": "c", "requirements": ["33122-C.1-02"], "verdict": verdict}]),
        };
        json!({"id": id, "sut": "ccf", "verdict": verdict, "reason": reason, "requirements": ["33122-C.1-02"], "findings": findings})
    });
    json!({"schema": REPORT_SCHEMA, "release": "18", "requirement_set": "2026-12", "complete": true, "selection": {},
        "tool": {"version": "1", "commit": "x"}, "target": {"name": "t", "sut": ["ccf"], "external": ["ccf"]},
        "scenarios": told.collect::<Vec<_>>(),
        "requirements": [{"id": "33122-C.1-02", "strength": "shall", "provisional": false}]})
}

fn compared(old: &Value, new: &Value) -> Diff {
    let read = |report: &Value| Side::read(&report.to_string()).unwrap();
    Diff::between(&read(old), &read(new))
}

const UNCLAIMED: Option<&str> = Some("the target does not claim ccf.methods.OAUTH");

#[test]
fn a_shall_that_was_judged_and_is_not_judged_any_more_is_a_regression_with_its_reason() {
    let narrowed = judged(&[("a", "not-applicable", UNCLAIMED)]);
    for before in ["pass", "waived", "warn", "fail", "unexpected-pass"] {
        let diff = compared(&judged(&[("a", before, None)]), &narrowed);
        let [lost] = diff.no_longer_judged.as_slice() else { panic!("{before}: {diff:?}") };
        assert_eq!(
            (lost.requirement.as_str(), lost.before.word(), &lost.scenarios),
            ("33122-C.1-02", before, &vec!["a".to_owned()])
        );
        assert_eq!((lost.because.as_slice(), diff.exit_code()), (&[UNCLAIMED.unwrap().to_owned()][..], 1));
        assert_eq!(diff.changed[0].reason.as_deref(), UNCLAIMED, "the scenario tells it too");
    }
    // The other way round it is judged again.
    assert_eq!(compared(&narrowed, &judged(&[("a", "pass", None)])).exit_code(), 0);
}

#[test]
fn what_was_not_judged_is_not_lost() {
    let narrowed = judged(&[("a", "not-applicable", UNCLAIMED)]);
    for before in ["not-applicable", "inconclusive", "error"] {
        for reason in [None, Some("why")] {
            let diff = compared(&judged(&[("a", before, reason)]), &narrowed);
            assert_eq!((diff.no_longer_judged.len(), diff.exit_code()), (0, 0), "{before}");
        }
    }
}

#[test]
fn what_another_scenario_still_judges_is_not_lost() {
    let old = judged(&[("a", "pass", None), ("b", "pass", None)]);
    let diff = compared(&old, &judged(&[("a", "not-applicable", UNCLAIMED), ("b", "pass", None)]));
    assert_eq!((names(&diff.changed), diff.exit_code()), (vec!["a"], 0));
    let diff = compared(&old, &judged(&[("a", "not-applicable", UNCLAIMED), ("b", "fail", None)]));
    assert_eq!((diff.no_longer_judged.len(), diff.exit_code()), (0, 1));
    assert_eq!(compared(&old, &judged(&[("b", "pass", None)])).exit_code(), 0, "vanished, and judged all the same");
}

#[test]
fn an_option_that_is_not_used_any_more_was_looked_at() {
    // A check said so: the wire shows it, no claim hides it.
    let diff = compared(&judged(&[("a", "pass", None)]), &judged(&[("a", "not-applicable", None)]));
    assert_eq!((names(&diff.changed), diff.no_longer_judged.len(), diff.exit_code()), (vec!["a"], 0, 0));
}

/// A scenario may pass by what it judged before it stopped.
#[test]
fn a_requirement_is_lost_where_its_scenario_passes_as_before() {
    let both = |second: bool| {
        let mut report = judged(&[("a", "pass", None)]);
        report["requirements"].as_array_mut().unwrap().push(json!({"id": "33122-C.2.2-02", "strength": "shall"}));
        if second {
            report["scenarios"][0]["findings"][0]["requirements"] = json!(["33122-C.1-02", "33122-C.2.2-02"]);
        } else {
            report["scenarios"][0]["reason"] = json!("the target does not say how it is told");
        }
        report
    };
    let diff = compared(&both(true), &both(false));
    assert_eq!(diff.changed, []);
    assert_eq!((diff.no_longer_judged[0].requirement.as_str(), diff.exit_code()), ("33122-C.2.2-02", 1));
    assert_eq!(diff.no_longer_judged[0].because, ["the target does not say how it is told"]);
}

/// As between scenarios: a pass that is not come to is worse, a miss that is not come to is not.
#[test]
fn what_is_not_come_to_is_worse_where_it_was_well() {
    let both = |second: Option<&str>| {
        let mut report = judged(&[("a", "fail", None)]);
        let row = |verdict: &str| json!({"id": "33122-C.2.2-02", "strength": "shall", "verdict": verdict});
        report["requirements"].as_array_mut().unwrap().push(row(second.unwrap_or("inconclusive")));
        if let Some(verdict) = second {
            let finding = json!({"requirements": ["33122-C.2.2-02"], "verdict": verdict});
            report["scenarios"][0]["findings"].as_array_mut().unwrap().push(finding);
        } else {
            report["scenarios"][0]["reason"] = json!("no answer within 5 s");
        }
        report
    };
    let diff = compared(&both(Some("pass")), &both(None));
    assert_eq!(
        (diff.no_longer_judged[0].because.as_slice(), diff.exit_code()),
        (&["no answer within 5 s".to_owned()][..], 1)
    );
    assert_eq!(compared(&both(Some("fail")), &both(None)).exit_code(), 0);
}

#[test]
fn what_cannot_fail_a_target_cannot_fail_the_gate() {
    let narrowed = judged(&[("a", "not-applicable", UNCLAIMED)]);
    for row in [
        json!({"id": "33122-C.1-02", "strength": "should"}),
        json!({"id": "33122-C.1-02", "strength": "shall", "provisional": true}),
    ] {
        let mut old = judged(&[("a", "pass", None)]);
        old["requirements"] = json!([row]);
        assert_eq!(compared(&old, &narrowed).exit_code(), 0, "{row}");
    }
    let mut later = judged(&[("a", "not-applicable", None)]);
    later["scenarios"][0]["scored"] = json!(false);
    later["scenarios"][0]["findings"][0]["verdict"] = json!("pass");
    later["scenarios"][0]["findings"][0]["scored"] = json!(false);
    assert_eq!(compared(&later, &narrowed).no_longer_judged, [], "it was not scored before either");
    assert_eq!(compared(&judged(&[("a", "pass", None)]), &later).exit_code(), 0, "it is judged, and not scored");
}

#[test]
fn a_role_that_the_target_names_no_more_is_a_regression() {
    let mut old = judged(&[("a", "pass", None), ("b", "pass", None)]);
    old["target"]["external"] = json!(["ccf", "aef"]);
    for scenario in old["scenarios"].as_array_mut().unwrap() {
        scenario["sut"] = json!("aef");
    }
    let diff = compared(&old, &judged(&[]));
    assert_eq!(diff.no_longer_judged[0].because, ["the target of the new run names no aef"]);
    assert_eq!((names(&diff.vanished), diff.exit_code()), (vec!["a", "b"], 1));
}

#[test]
fn a_scenario_that_is_gone_though_the_same_was_asked_for_is_a_regression() {
    let diff = compared(&judged(&[("a", "pass", None)]), &judged(&[]));
    assert_eq!(
        (diff.no_longer_judged[0].because.as_slice(), diff.exit_code()),
        (&["its scenarios are not in the new run".to_owned()][..], 1)
    );
}

#[test]
fn what_was_not_asked_for_is_neither_worse_nor_cleared() {
    let old = judged(&[("a", "pass", None)]);
    let other = |member: &str, value: Value, scenarios: &[(&str, &str, Option<&str>)]| {
        let mut new = judged(scenarios);
        new[member] = value;
        compared(&old, &new)
    };
    let narrowed = [("a", "not-applicable", UNCLAIMED)];
    // Held to something else, nothing is compared.
    for (member, value) in [("release", json!("17")), ("requirement_set", json!("2027-06"))] {
        for scenarios in [&narrowed[..], &[]] {
            let diff = other(member, value.clone(), scenarios);
            assert_eq!(
                (diff.no_longer_judged.len(), diff.not_asked_for.len(), diff.exit_code()),
                (0, 1, 3),
                "{member}"
            );
        }
    }
    // What was left out is not compared; what is there is.
    for (member, value, note) in [
        (
            "selection",
            json!({"requirements": ["33122-C.2"]}),
            "what was asked for differs: everything and --requirement 33122-C.2",
        ),
        ("tool", json!({"version": "2", "commit": "x"}), "different capifspecs: 1 (x) and 2 (x)"),
        ("failed_from", json!("r.json"), "the new run repeats only what was not well in r.json"),
        ("shard", json!({"index": 1, "of": 2}), "the new run is one share of several"),
        ("target", json!({"name": "t", "sut": ["ccf"], "external": []}), "a run of the built-in peers"),
    ] {
        let diff = other(member, value.clone(), &[]);
        assert_eq!((diff.no_longer_judged.len(), diff.not_asked_for.len(), diff.exit_code()), (0, 1, 3), "{member}");
        assert!(diff.notes.iter().any(|told| told.contains(note)), "{:?}", diff.notes);
        assert_eq!(other(member, value, &narrowed).exit_code(), 1, "{member}");
    }
    let cleared = other("selection", json!({"sut": ["ccf"]}), &[("a", "pass", None)]);
    assert_eq!((cleared.exit_code(), cleared.notes.len()), (0, 1), "nothing was left out");
}

#[test]
fn what_did_not_run_is_incomplete_and_not_lost() {
    let mut new = judged(&[]);
    (new["complete"], new["not_run"]) = (json!(false), json!([{"id": "a", "reason": "interrupted"}]));
    let diff = compared(&judged(&[("a", "pass", None)]), &new);
    assert_eq!((diff.no_longer_judged.len(), diff.not_asked_for.len(), diff.exit_code()), (0, 0, 3));
}

#[test]
fn claims_that_differ_are_noted() {
    let with = |methods: Value| {
        let mut report = judged(&[("a", "pass", None)]);
        report["target"]["roles"] = json!({"ccf": {"urls": [], "kinds": {}, "claims": {"methods": methods}}});
        report
    };
    assert_eq!(compared(&with(json!(["PKI"])), &with(json!(["OAUTH"]))).notes, ["what ccf claims differs"]);
    assert_eq!(compared(&with(json!(["PKI"])), &with(json!(["PKI"]))).notes, Vec::<String>::new());
}

/// A warning is told and stops nothing, as in a run.
#[test]
fn a_pass_that_becomes_a_warning_is_changed() {
    let diff = compared(&judged(&[("a", "pass", None)]), &judged(&[("a", "warn", None)]));
    assert_eq!((names(&diff.changed), diff.exit_code()), (vec!["a"], 0));
}
