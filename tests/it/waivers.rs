//! What a waiver does to a run, and what it can never do; and what a set of requirements leaves out of the score.

use capifspec::event::{
    Entry, ExternalRef, JOURNAL_SCHEMA, Judged, NotRun, RunEnd, RunEnded, RunEvent, RunStarted, ScenarioEnded,
    ScenarioRef, ShardRef, TargetRef, Tool, WaivedKind, WaiverRef,
};
use capifspec::report::{self, Journal, Report, Style, WaiverState};
use capifspec::spec::Role;
use capifspec::verdict::{Finding, Verdict};
use serde_json::Value;

use Verdict::{Error, Fail, Inconclusive, NotApplicable, Pass, UnexpectedPass, Waived, Warn};

/// Two listed requirements, and one that no catalogue has.
const A: &str = "33122-C.1-02";
const B: &str = "29222-5.6.2.3.2-05";
const UNLISTED: &str = "99999-1-01";

/// 2026-12-01, at noon.
const TODAY: i64 = 1_796_126_400;

/// A run that is made up scenario by scenario.
#[derive(Clone)]
struct Made {
    start: RunStarted,
    events: Vec<RunEvent>,
    complete: bool,
}

impl Made {
    fn new(waivers: &[WaiverRef]) -> Self {
        let start = RunStarted {
            schema: JOURNAL_SCHEMA.to_owned(),
            tool: Tool { version: "0".to_owned(), commit: "c".to_owned() },
            started_unix: TODAY,
            seed: 1,
            release: "18".to_owned(),
            target: TargetRef {
                name: "product".to_owned(),
                sut: vec!["ccf".to_owned()],
                external: vec![],
                roles: std::collections::BTreeMap::new(),
            },
            readings: vec![],
            requirement_set: Some("2026-12".to_owned()),
            waivers: waivers.to_vec(),
            shard: None,
            failed_from: None,
            selection: None,
            selected: 0,
            command: "capifspec run".to_owned(),
        };
        Self { start, events: Vec::new(), complete: true }
    }

    /// A scenario with what each check in it said: `(check, requirements, verdict)`.
    fn scenario(mut self, id: &str, tags: &[&str], said: &[(&str, &[&str], Verdict)]) -> Self {
        self.begin(id, tags, said);
        self.end(id, tags, said, None);
        self
    }

    /// The same, stopped before its end.
    fn stopped(mut self, id: &str, tags: &[&str], said: &[(&str, &[&str], Verdict)], floor: Verdict) -> Self {
        self.begin(id, tags, said);
        self.end(id, tags, said, Some(floor));
        self
    }

    /// The same, in a run that was killed within it.
    fn cut(mut self, id: &str, tags: &[&str], said: &[(&str, &[&str], Verdict)]) -> Self {
        self.begin(id, tags, said);
        self.complete = false;
        self
    }

    fn begin(&mut self, id: &str, tags: &[&str], said: &[(&str, &[&str], Verdict)]) {
        self.start.selected += 1;
        self.events.push(RunEvent::ScenarioStarted(scenario(id, tags)));
        for (check, requirements, verdict) in said {
            let finding = Finding {
                check: (*check).to_owned(),
                role: Role::CoreFunction,
                requirements: owned(requirements),
                verdict: *verdict,
                expected: "so".to_owned(),
                observed: "thus".to_owned(),
                exchange: None,
            };
            self.events.push(RunEvent::Judged(Judged { scenario: id.to_owned(), finding }));
        }
    }

    /// As the runner settles it.
    fn end(&mut self, id: &str, tags: &[&str], said: &[(&str, &[&str], Verdict)], floor: Option<Verdict>) {
        let of = |wanted: &str| said.iter().filter(|(_, ids, _)| ids.contains(&wanted)).map(|(_, _, said)| *said).max();
        let least = floor.unwrap_or(NotApplicable);
        self.events.push(RunEvent::ScenarioEnded(ScenarioEnded {
            scenario: id.to_owned(),
            verdict: said.iter().map(|(_, _, said)| *said).max().unwrap_or(least).max(least),
            reason: floor.map(|_| "it stopped".to_owned()),
            requirements: tags.iter().map(|tag| ((*tag).to_owned(), of(tag).unwrap_or(least))).collect(),
            floor,
            duration_us: 1,
        }));
    }

    fn report(self) -> Report {
        Report::from_journal(&self.journal())
    }

    fn journal(self) -> Journal {
        let end = RunEvent::RunEnded(RunEnded { how: RunEnd::Completed, duration_us: 9 });
        let events = std::iter::once(RunEvent::RunStarted(self.start)).chain(self.events);
        let events = events.chain(self.complete.then_some(end));
        Journal::from_entries(events.zip(0..).map(|(event, seq)| Entry { seq, at_us: 1, event }).collect()).unwrap()
    }
}

fn scenario(id: &str, tags: &[&str]) -> ScenarioRef {
    ScenarioRef {
        id: id.to_owned(),
        feature: "f".to_owned(),
        name: id.to_owned(),
        line: 1,
        tags: vec![],
        sut: "ccf".to_owned(),
        requirements: owned(tags),
        replay: format!("capifspec run --scenario '{id}'"),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn waiver(subject: WaivedKind, name: &str) -> WaiverRef {
    WaiverRef {
        subject,
        name: name.to_owned(),
        reason: "ticket 123".to_owned(),
        owner: "the team".to_owned(),
        expires: "2027-03-01".to_owned(),
    }
}

fn of_requirement(id: &str) -> WaiverRef {
    waiver(WaivedKind::Requirement, id)
}

fn of_check(name: &str) -> WaiverRef {
    waiver(WaivedKind::Check, name)
}

fn of_scenario(id: &str) -> WaiverRef {
    waiver(WaivedKind::Scenario, id)
}

fn verdicts(report: &Report) -> Vec<Option<Verdict>> {
    report.scenarios.iter().map(|told| told.verdict).collect()
}

fn on(report: &Report, id: &str) -> Option<Verdict> {
    report.requirements.iter().find(|told| told.id == id).unwrap().verdict
}

fn state(report: &Report) -> WaiverState {
    report.waivers[0].state
}

fn json(report: &Report) -> Value {
    serde_json::from_str(&report::json(report).unwrap()).unwrap()
}

#[test]
fn a_miss_is_waived_and_the_run_goes_on() {
    for excuse in [of_requirement(A), of_check("x"), of_scenario("one")] {
        for miss in [Fail, Warn] {
            let report = Made::new(std::slice::from_ref(&excuse)).scenario("one", &[A], &[("x", &[A], miss)]).report();
            assert_eq!((verdicts(&report), on(&report, A)), (vec![Some(Waived)], Some(Waived)), "{excuse:?}");
            assert_eq!((report.exit_code(), report.verdict(), state(&report)), (0, Waived, WaiverState::Used));
            let finding = &json(&report)["scenarios"][0]["findings"][0];
            assert_eq!((&finding["verdict"], &finding["judged"]), (&"waived".into(), &miss.word().into()));
        }
    }
    let without = Made::new(&[]).scenario("one", &[A], &[("x", &[A], Fail)]).report();
    assert_eq!((verdicts(&without), without.exit_code()), (vec![Some(Fail)], 1));
}

#[test]
fn reason_owner_and_last_day_are_in_every_report() {
    let waived = Made::new(&[of_requirement(A)]).scenario("one", &[A], &[("x", &[A], Fail)]).report();
    let stale = Made::new(&[of_requirement(A)]).scenario("one", &[A], &[("x", &[A], Pass)]).report();
    for report in [waived, stale] {
        for output in [
            report::terminal(&report, &Style::default()),
            report::json(&report).unwrap(),
            report::junit(&report).unwrap(),
            report::html(&report).unwrap(),
        ] {
            for part in ["ticket 123", "the team", "2027-03-01", A] {
                assert!(output.contains(part), "`{part}` is not in {output}");
            }
        }
    }
}

#[test]
fn a_waiver_turns_no_verdict_on_another_requirement() {
    let one = Made::new(&[of_requirement(A)]).scenario("one", &[A, B], &[("x", &[A, B], Fail)]).report();
    assert_eq!((on(&one, A), on(&one, B)), (Some(Waived), Some(Fail)), "one finding is charged to both");
    assert_eq!((verdicts(&one), one.exit_code()), (vec![Some(Fail)], 1));
    let other =
        Made::new(&[of_check("x")]).scenario("one", &[A, B], &[("x", &[A], Fail), ("y", &[A, B], Fail)]).report();
    assert_eq!((on(&other, A), on(&other, B)), (Some(Fail), Some(Fail)), "another check missed them too");
    let stale = Made::new(&[of_requirement(A)]).scenario("one", &[A, B], &[("x", &[A, B], Pass)]).report();
    assert_eq!((on(&stale, A), on(&stale, B)), (Some(UnexpectedPass), Some(Pass)));
    let elsewhere = Made::new(&[of_scenario("one")])
        .scenario("one", &[A], &[("x", &[A], Fail)])
        .scenario("two", &[A], &[("x", &[A], Fail)])
        .report();
    assert_eq!((verdicts(&elsewhere), on(&elsewhere, A)), (vec![Some(Waived), Some(Fail)], Some(Fail)));
}

#[test]
fn a_waiver_is_stale_only_when_nothing_that_it_matches_missed() {
    for excuse in [of_requirement(A), of_check("x")] {
        let run = |second| {
            let run = Made::new(std::slice::from_ref(&excuse)).scenario("one", &[A], &[("x", &[A], Pass)]);
            run.scenario("two", &[A], &[("x", &[A], second)]).scenario("three", &[B], &[("z", &[B], Pass)]).report()
        };
        let used = run(Fail);
        // Scenarios are told in the order of their ids.
        assert_eq!(verdicts(&used), [Some(Pass), Some(Pass), Some(Waived)], "{excuse:?}");
        assert_eq!((used.exit_code(), state(&used), on(&used, A)), (0, WaiverState::Used, Some(Waived)));
        let stale = run(Pass);
        assert_eq!(verdicts(&stale), [Some(UnexpectedPass), Some(Pass), Some(UnexpectedPass)], "{excuse:?}");
        assert_eq!((stale.exit_code(), stale.verdict(), on(&stale, B)), (1, UnexpectedPass, Some(Pass)));
        assert_eq!((state(&stale), on(&stale, A)), (WaiverState::UnexpectedPass, Some(UnexpectedPass)));
        let junit = report::junit(&stale).unwrap();
        assert!(junit.contains("failures=\"2\"") && junit.contains("unexpected-pass"), "{junit}");
    }
}

/// What the review of claims says is charged to no requirement.
#[test]
fn what_is_charged_to_nothing_can_be_waived_by_its_check_or_its_scenario() {
    let said: &[(&str, &[&str], Verdict)] = &[("review", &[], Warn), ("x", &[A], Pass)];
    for (excuse, verdict) in [(of_check("review"), Waived), (of_scenario("one"), Waived), (of_requirement(B), Warn)] {
        let report = Made::new(std::slice::from_ref(&excuse)).scenario("one", &[A], said).report();
        assert_eq!((verdicts(&report), on(&report, A)), (vec![Some(verdict)], Some(Pass)), "{excuse:?}");
    }
}

#[test]
fn a_scenario_that_is_waived_and_passes_is_unexpected_and_its_requirements_are_not() {
    let report = Made::new(&[of_scenario("one")]).scenario("one", &[A], &[("x", &[A], Pass)]).report();
    assert_eq!((verdicts(&report), on(&report, A)), (vec![Some(UnexpectedPass)], Some(Pass)));
    assert_eq!((report.exit_code(), state(&report)), (1, WaiverState::UnexpectedPass));
    let text = report::terminal(&report, &Style::default());
    assert!(text.contains("scenario one is waived and passed: remove the waiver, ticket 123"), "{text}");
}

#[test]
fn a_waiver_hides_no_error_and_nothing_inconclusive() {
    for excuse in [of_requirement(A), of_check("x"), of_scenario("one")] {
        for (verdict, code) in [(Error, 3), (Inconclusive, 3)] {
            let made = || Made::new(std::slice::from_ref(&excuse));
            let found = made().scenario("one", &[A], &[("x", &[A], verdict)]).report();
            assert_eq!((verdicts(&found), found.exit_code()), (vec![Some(verdict)], code), "{excuse:?}");
            assert_eq!(state(&found), WaiverState::Undecided, "{excuse:?}");
            // A miss that is excused does not cover that the scenario came to a halt.
            let halted = made().stopped("one", &[A, B], &[("x", &[A], Fail)], verdict).report();
            assert_eq!((verdicts(&halted), halted.exit_code()), (vec![Some(verdict)], code), "{excuse:?}");
            assert_eq!((on(&halted, A), on(&halted, B)), (Some(Waived), Some(verdict)), "{excuse:?}");
        }
    }
}

#[test]
fn what_was_not_judged_to_the_end_makes_no_waiver_stale() {
    let passed: &[(&str, &[&str], Verdict)] = &[("x", &[A], Pass)];
    for excuse in [of_requirement(A), of_check("x")] {
        let made = || Made::new(std::slice::from_ref(&excuse)).scenario("one", &[A], passed);
        let halted = made().stopped("two", &[A], &[], Inconclusive).report();
        assert_eq!((state(&halted), halted.exit_code()), (WaiverState::Undecided, 3), "{excuse:?}");
        assert_eq!(halted.count(UnexpectedPass), 0);
        let killed = made().cut("two", &[A], &[]).report();
        assert_eq!((state(&killed), killed.exit_code()), (WaiverState::Undecided, 3), "{excuse:?}");
        let mut unnamed = made();
        unnamed.start.selected += 1;
        assert_eq!(state(&unnamed.report()), WaiverState::Undecided, "{excuse:?}");
        // What is open elsewhere changes nothing.
        let elsewhere = made().stopped("two", &[B], &[], Inconclusive).report();
        assert_eq!((state(&elsewhere), elsewhere.exit_code()), (WaiverState::UnexpectedPass, 1), "{excuse:?}");
    }
    // The check may stand in a scenario that stopped before it.
    let halted = Made::new(&[of_check("x")]).stopped("two", &[A], &[], Inconclusive).report();
    assert_eq!((state(&halted), halted.exit_code()), (WaiverState::Undecided, 3));
    let mut not_run = Made::new(&[of_scenario("one")]);
    not_run.start.selected = 1;
    not_run.events.push(RunEvent::NotRun(NotRun { scenario: scenario("one", &[A]), reason: "stopped".to_owned() }));
    assert_eq!(state(&not_run.report()), WaiverState::Undecided);
}

#[test]
fn an_excused_miss_in_a_scenario_that_was_cut_short_is_no_verdict() {
    let report = Made::new(&[of_requirement(A)]).cut("one", &[A], &[("x", &[A], Fail)]).report();
    assert_eq!((verdicts(&report), report.exit_code()), (vec![None], 3));
    let other = Made::new(&[of_requirement(A)]).cut("one", &[A, B], &[("x", &[A], Fail), ("y", &[B], Fail)]).report();
    assert_eq!((verdicts(&other), other.exit_code()), (vec![Some(Fail)], 1));
}

#[test]
fn an_expired_waiver_excuses_nothing_and_fails_the_run() {
    let until = |day: &str| WaiverRef { expires: day.to_owned(), ..of_requirement(A) };
    for (day, expired) in [("2026-11-30", true), ("2026-12-01", false), ("2026-12-02", false)] {
        let run = |verdict| Made::new(&[until(day)]).scenario("one", &[A], &[("x", &[A], verdict)]).report();
        let missed = run(Fail);
        assert_eq!(verdicts(&missed), [Some(if expired { Fail } else { Waived })], "{day}");
        assert_eq!(missed.exit_code(), u8::from(expired), "{day}");
        let passed = run(Pass);
        assert_eq!((verdicts(&passed)[0] == Some(Pass), passed.exit_code()), (expired, 1), "{day}");
        assert_eq!(passed.verdict(), if expired { Fail } else { UnexpectedPass }, "{day}");
    }
    told(
        &Made::new(&[until("2026-11-30")]).scenario("one", &[A], &[("x", &[A], Pass)]).report(),
        "its last day was 2026-11-30",
    );
}

#[test]
fn a_waiver_that_matches_nothing_selected_fails_the_run() {
    for excuse in [of_requirement(B), of_check("y"), of_scenario("two")] {
        let report = Made::new(std::slice::from_ref(&excuse)).scenario("one", &[A], &[("x", &[A], Pass)]).report();
        assert_eq!((verdicts(&report), report.exit_code()), (vec![Some(Pass)], 1), "{excuse:?}");
        assert_eq!((state(&report), report.verdict()), (WaiverState::Unmatched, Fail), "{excuse:?}");
        told(&report, "no selected scenario has it");
    }
}

/// Told in every output, as something that fails the run, with its subject.
#[track_caller]
fn told(report: &Report, why: &str) {
    let text = report::terminal(report, &Style::default());
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(why) && flat.contains("(exit code 1)"), "{text}");
    let html = report::html(report).unwrap();
    assert!(html.contains(why) && html.contains("This run fails for its waivers"), "{html}");
    let junit = report::junit(report).unwrap();
    assert!(junit.contains(why) && junit.contains("failures=\"1\""), "{junit}");
    let json = json(report);
    assert_eq!((&json["waivers"][0]["fails"], &json["exit_code"]), (&true.into(), &1.into()));
    assert!(json["waivers"][0]["says"].as_str().unwrap().contains(why), "{json}");
}

#[test]
fn what_was_not_applicable_needs_no_excuse_and_fails_nothing() {
    let run = Made::new(&[of_requirement(A)]).scenario("one", &[A], &[("x", &[A], NotApplicable)]);
    let report = run.scenario("two", &[B], &[("y", &[B], Pass)]).report();
    assert_eq!((state(&report), report.exit_code()), (WaiverState::Idle, 0));
}

#[test]
fn a_part_of_a_run_judges_no_waiver_stale_but_expiry_is_certain() {
    let old = WaiverRef { expires: "2026-01-01".to_owned(), ..of_check("old") };
    let mut shard =
        Made::new(&[of_requirement(A), of_scenario("two"), old]).scenario("one", &[A], &[("x", &[A], Pass)]);
    shard.start.shard = Some(ShardRef { index: 1, of: 2, all: 2, selection: "s".to_owned() });
    let mut again = shard.clone();
    (again.start.shard, again.start.failed_from) = (None, Some("report.json".to_owned()));
    for part in [shard, again] {
        let report = part.report();
        let states: Vec<_> = report.waivers.iter().map(|told| told.state).collect();
        assert_eq!(states, [WaiverState::Undecided, WaiverState::Undecided, WaiverState::Expired]);
        assert_eq!((verdicts(&report), report.exit_code()), (vec![Some(Pass)], 1));
    }
}

#[test]
fn what_was_added_after_the_set_is_told_and_not_scored() {
    let held_to = |set: &str, said: &[(&str, &[&str], Verdict)], tags: &[&str]| {
        let mut made =
            Made::new(&[]).scenario("one", tags, said).scenario("two", &[UNLISTED], &[("z", &[UNLISTED], Pass)]);
        made.start.requirement_set = Some(set.to_owned());
        made.report()
    };
    let missed: &[(&str, &[&str], Verdict)] = &[("x", &[A], Fail)];
    let now = held_to("2026-12", missed, &[A]);
    assert_eq!((now.exit_code(), now.verdict()), (1, Fail));
    let before = held_to("2026-11", missed, &[A]);
    assert_eq!((before.exit_code(), before.verdict()), (0, Pass), "a later requirement failed the run");
    assert_eq!(verdicts(&before), [Some(NotApplicable), Some(Pass)]);
    assert_eq!((on(&before, A), before.count_requirements(Some(Fail))), (Some(Fail), 0));
    let json = json(&before);
    assert_eq!(
        (&json["requirements"][0]["scored"], &json["requirements"][0]["verdict"]),
        (&false.into(), &"fail".into())
    );
    assert_eq!((&json["scenarios"][0]["scored"], &json["scenarios"][0]["judged"]), (&false.into(), &"fail".into()));
    assert_eq!((&json["score"]["not_scored"], &json["requirement_set"]), (&1.into(), &"2026-11".into()));
    let text = report::terminal(&before, &Style::default());
    assert!(text.contains("not scored   1 fail: 33122-C.1-02") && text.contains("held to      set 2026-11"), "{text}");
    assert!(report::html(&before).unwrap().contains("added 2026-12: not scored"));
    // One scenario, one finding, a requirement of the set and one that came later.
    let mixed = held_to("2026-11", &[("x", &[A], Fail), ("y", &[UNLISTED], Pass)], &[A, UNLISTED]);
    assert_eq!((verdicts(&mixed)[0], mixed.exit_code()), (Some(Pass), 0));
    let both = held_to("2026-11", &[("x", &[A, UNLISTED], Fail)], &[A, UNLISTED]);
    assert_eq!((verdicts(&both)[0], both.exit_code()), (Some(Fail), 1));
}

#[test]
fn the_score_counts_shalls_that_pass() {
    let report = Made::new(&[]).scenario("one", &[A, B], &[("x", &[A], Pass), ("y", &[B], Fail)]).report();
    let json = json(&report);
    assert_eq!((&json["score"]["shall"], &json["score"]["pass"]), (&2.into(), &1.into()));
    assert_eq!(json["score"]["others"]["fail"], 1);
    let text = report::terminal(&report, &Style::default());
    assert!(text.contains("1 of 2 shall requirements pass") && text.contains("release 18, as ccf"), "{text}");
}

/// Shares of one selection, made by hand.
fn share(index: usize, id: &str) -> Made {
    let mut made =
        Made::new(&[of_requirement(A)]).scenario(id, &[A], &[("x", &[A], if index == 1 { Fail } else { Pass })]);
    made.start.shard = Some(ShardRef { index, of: 2, all: 2, selection: "s".to_owned() });
    made.start.command = format!("capifspec run --shard {index}/2 --out o{index}");
    let ccf = ExternalRef {
        urls: vec!["https://one:443".to_owned()],
        kinds: std::collections::BTreeMap::from([("control".to_owned(), "http".to_owned())]),
        ..ExternalRef::default()
    };
    made.start.target.roles.insert("ccf".to_owned(), ccf);
    made
}

fn role(start: &mut RunStarted) -> &mut ExternalRef {
    start.target.roles.get_mut("ccf").unwrap()
}

fn merged(shares: Vec<Made>) -> Result<Report, String> {
    let named = shares.into_iter().zip(["a", "b", "c"]).map(|(made, name)| (name.to_owned(), made.journal()));
    let merged = report::merge(&named.collect::<Vec<_>>()).map_err(|error| error.to_string())?;
    Ok(Report::from_journal(&merged))
}

#[test]
fn shares_make_up_the_run_and_the_waiver_is_judged_over_all_of_it() {
    let report = merged(vec![share(2, "two"), share(1, "one")]).unwrap();
    assert_eq!((verdicts(&report), report.exit_code()), (vec![Some(Waived), Some(Pass)], 0));
    assert_eq!((state(&report), report.is_complete(), report.run.selected), (WaiverState::Used, true, 2));
    assert_eq!(report.run.command, "capifspec run", "neither a share nor the place of one");
    let killed = Made { complete: false, ..share(2, "two") };
    let report = merged(vec![share(1, "one"), killed]).unwrap();
    assert_eq!((report.is_complete(), report.exit_code()), (false, 3));
}

#[test]
fn shares_that_do_not_go_together_are_refused() {
    let with = |change: &dyn Fn(&mut RunStarted)| {
        let mut other = share(2, "two");
        change(&mut other.start);
        merged(vec![share(1, "one"), other]).unwrap_err()
    };
    for (told, refused) in [
        ("the target of the first", with(&|start| start.target.name.push('x'))),
        (
            "the place of the target of the first is ccf: https://one:443, of the second ccf: https://two:443",
            with(&|start| role(start).urls = vec!["https://two:443".to_owned()]),
        ),
        (
            "what is claimed of the first is ccf: everything, of the second ccf: methods = PKI, features = security 1",
            with(&|start| {
                let claims = &mut role(start).claims;
                claims.methods = Some(vec!["PKI".to_owned()]);
                claims.features.insert("security".to_owned(), "1".to_owned());
            }),
        ),
        (
            "how the target is set up of the first is ccf: control = http, of the second ccf: control = none",
            with(&|start| _ = role(start).kinds.insert("control".to_owned(), "none".to_owned())),
        ),
        ("the release of the first is 18, of the second 17", with(&|start| start.release = "17".to_owned())),
        ("the seed of the first is 1, of the second 2", with(&|start| start.seed = 2)),
        ("the tool of the first", with(&|start| start.tool.version.push('1'))),
        ("the set of requirements", with(&|start| start.requirement_set = Some("2027-06".to_owned()))),
        ("what is waived", with(&|start| start.waivers.clear())),
        ("the selection of the first", with(&|start| start.shard.as_mut().unwrap().selection.push('x'))),
        ("the number of shares", with(&|start| start.shard.as_mut().unwrap().of = 3)),
        ("b is no share of a run", with(&|start| start.shard = None)),
        ("a and b are both share 1 of 2", with(&|start| start.shard.as_mut().unwrap().index = 1)),
        ("share 2 of 2 is missing", merged(vec![share(1, "one")]).unwrap_err()),
        ("scenario `one` is in a and in b", merged(vec![share(1, "one"), share(2, "one")]).unwrap_err()),
    ] {
        assert!(refused.contains(told), "`{told}` is not in: {refused}");
    }
}
