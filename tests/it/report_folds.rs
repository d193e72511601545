//! What a report makes of a journal that is cut, damaged or foreign, and of runs that end in every possible way.

use std::collections::BTreeSet;
use std::path::PathBuf;

use capifspec::event::{
    Entry, ExchangeEvent, JOURNAL_SCHEMA, Judged, MessageEvent, RunEnd, RunEnded, RunEvent, RunStarted, ScenarioEnded,
    ScenarioRef, TargetRef, Tool,
};
use capifspec::report::{self, Completeness, Journal, JournalError, Report, Style};
use capifspec::spec::Role;
use capifspec::verdict::{Finding, Verdict};

use crate::sample_journal;

fn read(bytes: &[u8]) -> Result<Journal, JournalError> {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().join("journal.ndjson");
    std::fs::write(&path, bytes).unwrap();
    report::read_journal(&path)
}

fn refused(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

#[test]
fn a_journal_cut_anywhere_is_an_incomplete_run() {
    let whole = sample_journal::bytes();
    let first = lines(&whole)[0].len();
    for cut in (first..whole.len() - 1).step_by(997) {
        let journal = read(&whole[..cut]).unwrap();
        let report = Report::from_journal(&journal);
        assert_eq!(
            report.completeness,
            Completeness::Incomplete { after_line: journal.entries().len() },
            "cut at {cut}"
        );
        assert!(matches!(report.exit_code(), 1 | 3), "cut at {cut}");
        assert!(report.verdict() >= Verdict::Inconclusive, "cut at {cut}");
        let told: usize = Verdict::WORST_FIRST.iter().map(|verdict| report.count(*verdict)).sum();
        assert_eq!(told + report.not_run(), 14, "cut at {cut}");
    }
}

#[test]
fn a_journal_damaged_in_the_middle_is_refused_with_its_line() {
    let whole = sample_journal::bytes();
    let lines = lines(&whole);
    let without = |line: usize| [&lines[..line], &lines[line + 1..]].concat().concat();
    assert!(refused(&without(4)).contains("damaged in line 5: entry 5 stands where entry 4 belongs"));

    let mut repeated = lines.clone();
    repeated.insert(3, lines[2]);
    assert!(refused(&repeated.concat()).contains("damaged in line 4: entry 2 stands where entry 3 belongs"));

    let mut broken = lines.clone();
    broken[6] = b"{\"seq\":6,\"at_us\n";
    let message = refused(&broken.concat());
    assert!(
        message.contains("damaged in line 7: it is no journal entry") && message.contains("cut it before this line"),
        "{message}"
    );

    let twice = [whole.as_slice(), &whole].concat();
    assert!(refused(&twice).contains("line"), "{}", refused(&twice));
}

#[test]
fn a_foreign_file_is_named_for_what_it_is() {
    for (bytes, what) in [
        (b"".as_slice(), "is empty"),
        (b"<?xml version=\"1.0\"?>\n", "is XML or HTML"),
        (b"{\n  \"schema\": \"capifspec.report/1\"\n}\n", "is JSON over several lines"),
        (b"{\"schema\":\"capifspec.report/1\"}\n", "names the schema `capifspec.report/1`"),
        (b"{\"seq\":3,\"at_us\":1,\"event\":\"run-ended\"}\n", "its head is cut off"),
        (b"hello\n", "a line that is not JSON"),
        (b"\x1f\x8b\x08\n", "is not text"),
    ] {
        let message = refused(bytes);
        assert!(message.contains("is no capifspec journal") && message.contains(what), "{message}");
        assert!(message.contains(JOURNAL_SCHEMA), "{message}");
    }
    let newer =
        String::from_utf8(sample_journal::bytes()).unwrap().replacen("capifspec.journal/1", "capifspec.journal/2", 1);
    assert!(refused(newer.as_bytes()).contains("was written as capifspec.journal/2"));
    let whole = sample_journal::bytes();
    assert!(refused(&whole[..40]).contains("ends within its first line"));
}

#[test]
fn exit_codes_tell_how_a_run_went() {
    use Verdict::{Error, Fail, Inconclusive, NotApplicable, Pass, UnexpectedPass, Waived, Warn};
    for (verdicts, code, verdict) in [
        (&[Pass, Warn, Waived, NotApplicable][..], 0, Warn),
        (&[Pass, Fail, Error], 1, Error),
        (&[UnexpectedPass], 1, UnexpectedPass),
        (&[Pass, Inconclusive], 3, Inconclusive),
        (&[Error], 3, Error),
        (&[NotApplicable, NotApplicable], 4, NotApplicable),
        (&[], 4, NotApplicable),
    ] {
        let report = run(verdicts, verdicts.len(), Some(RunEnd::Completed));
        assert_eq!((report.exit_code(), report.verdict()), (code, verdict), "{verdicts:?}");
    }
    assert_eq!(run(&[Pass], 2, Some(RunEnd::Completed)).exit_code(), 3, "a selected scenario is missing");
    assert_eq!(run(&[Pass], 1, Some(RunEnd::Interrupted)).exit_code(), 3);
    assert_eq!(run(&[Pass], 1, None).exit_code(), 3, "killed");
    assert_eq!(run(&[Fail], 9, Some(RunEnd::FailFast)).exit_code(), 1);
    assert_eq!(run(&[Pass], 2, None).verdict(), Inconclusive, "half a run is no pass");
}

#[test]
fn a_scenario_cut_short_never_passes_and_keeps_its_failure() {
    for (finding, expected, code) in [(Verdict::Pass, None, 3), (Verdict::Fail, Some(Verdict::Fail), 1)] {
        let events = vec![started(1), RunEvent::ScenarioStarted(scenario(0)), judged(0, finding)];
        let report = folded(events);
        assert_eq!((report.scenarios[0].verdict, report.exit_code()), (expected, code));
        assert_eq!(report.requirements[0].verdict, expected);
        assert_eq!(report.not_run(), usize::from(expected.is_none()));
    }
}

#[test]
fn the_order_in_which_scenarios_ran_leaves_no_trace() {
    let of = |order: [usize; 2]| {
        let mut events = vec![started(2)];
        events.extend(order.map(|number| RunEvent::ScenarioStarted(scenario(number))));
        events.extend(order.map(|number| judged(number, Verdict::Pass)));
        events.extend(order.map(|number| ended(number, Verdict::Pass)));
        events.push(RunEvent::RunEnded(RunEnded { how: RunEnd::Completed, duration_us: 1 }));
        folded(events)
    };
    let (one, other) = (of([0, 1]), of([1, 0]));
    assert_eq!(report::json(&one).unwrap(), report::json(&other).unwrap());
    assert_eq!(report::html(&one).unwrap(), report::html(&other).unwrap());
    assert_eq!(report::junit(&one).unwrap(), report::junit(&other).unwrap());
}

#[test]
fn sixty_failures_of_one_cause_are_one_paragraph() {
    let mut events = vec![started(60)];
    for number in 0..60 {
        events.push(RunEvent::ScenarioStarted(scenario(number)));
        events.push(judged(number, Verdict::Fail));
        events.push(ended(number, Verdict::Fail));
    }
    let text = report::terminal(&folded(events), &Style::default());
    assert!(text.contains("1 cause in 60 scenarios") && text.contains("… and 56 more scenarios"), "{text}");
    assert!(text.lines().count() < 35, "{text}");
}

#[test]
fn fresh_names_and_instants_are_no_causes_of_their_own() {
    let mut events = vec![started(2)];
    for (number, observed) in
        ["exp 1795259354 of invoker-09e497a09c", "exp 1795261111 of invoker-dec5427a2b"].iter().enumerate()
    {
        events.push(RunEvent::ScenarioStarted(scenario(number)));
        events.push(observed_in(number, observed));
        events.push(ended(number, Verdict::Fail));
    }
    let told = |events| report::terminal(&folded(events), &Style::default());
    assert!(told(events.clone()).contains("1 cause in 2 scenarios"), "{}", told(events));

    let statuses = ["200 OK", "401 Unauthorized"].iter().enumerate();
    let other = statuses
        .flat_map(|(number, observed)| [RunEvent::ScenarioStarted(scenario(number)), observed_in(number, observed)]);
    let other: Vec<_> = std::iter::once(started(2)).chain(other).collect();
    assert!(told(other.clone()).contains("2 causes in 2 scenarios"), "{}", told(other));
}

#[test]
fn a_product_that_answers_nothing_is_one_cause_with_a_hint() {
    let reason = "the core function did not register the provider: connecting to 127.0.0.1:9: refused";
    let run = |answer: Option<&str>| {
        let mut start = start(20);
        start.target.external = vec!["ccf".to_owned()];
        let mut events = vec![RunEvent::RunStarted(start)];
        for number in 0..20 {
            events.push(RunEvent::ScenarioStarted(scenario(number)));
            events.extend(answer.map(|status| RunEvent::Exchanged(exchange(number, 1, "arranging", status, ""))));
            events.push(RunEvent::ScenarioEnded(ScenarioEnded {
                scenario: format!("f#s{number}"),
                verdict: Verdict::Inconclusive,
                reason: Some(reason.to_owned()),
                requirements: vec![],
                duration_us: 1,
                floor: None,
            }));
        }
        events.push(RunEvent::RunEnded(RunEnded { how: RunEnd::Completed, duration_us: 1 }));
        let report = folded(events);
        (report::terminal(&report, &Style::default()), report::html(&report).unwrap())
    };
    for (answer, hint) in
        [(None, "ccf answered nothing in any"), (Some("401 Unauthorized"), "what ccf asks for when it enrols")]
    {
        let (text, html) = run(answer);
        assert!(text.contains("all 20 scenarios came to the same end") && text.lines().count() < 30, "{text}");
        assert_eq!(text.matches("did not register").count(), 1, "{text}");
        let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains(hint) && html.contains(hint), "{text}");
    }
}

#[test]
fn every_link_of_the_page_leads_somewhere_and_opens_without_script() {
    let html = report::html(&Report::from_journal(&read(&sample_journal::bytes()).unwrap())).unwrap();
    let attributes = |before: &str| -> Vec<String> {
        let found = html.split(before).skip(1);
        found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let anchors = attributes(" id=\"");
    let unique: BTreeSet<_> = anchors.iter().collect();
    assert_eq!(unique.len(), anchors.len(), "an anchor stands twice");
    for goal in attributes("href=\"#") {
        assert!(unique.contains(&goal), "nothing is called {goal}");
    }
    // A browser opens what holds the goal of a link, not the goal itself.
    assert!(!html.contains("<details id") && !attributes("<details ").is_empty());
    assert!(!html.split("<details").skip(1).any(|rest| rest.split('>').next().unwrap().contains(" id=")));
}

#[test]
fn a_passed_scenario_is_told_in_brief_and_a_failed_one_in_full() {
    let page = |verdict| {
        let long = "x".repeat(5_000);
        report::html(&folded(vec![
            started(1),
            RunEvent::ScenarioStarted(scenario(0)),
            RunEvent::Exchanged(exchange(0, 1, "arranging", "201 Created", "set-up-body")),
            RunEvent::Exchanged(exchange(0, 2, "request", "200 OK", &long)),
            judged(0, verdict),
            ended(0, verdict),
            RunEvent::RunEnded(RunEnded { how: RunEnd::Completed, duration_us: 1 }),
        ]))
        .unwrap()
    };
    let (passed, failed) = (page(Verdict::Pass), page(Verdict::Fail));
    assert!(passed.contains("201 Created") && !passed.contains("set-up-body"));
    assert!(passed.contains("3000 characters are left out here, the journal has them"));
    assert!(failed.contains("set-up-body") && failed.contains(&"x".repeat(5_000)) && !failed.contains("left out"));
    let drawn = |html: &str| html.matches("<svg class=\"sequence\"").count();
    assert_eq!((drawn(&passed), drawn(&failed)), (1, 2));
}

#[test]
fn no_peer_can_act_on_a_reader() {
    let nasty = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\0\u{fffe}<img src=x onerror=alert(1)>\"'--></script>]]>";
    let mut scenario = scenario(0);
    scenario.name = nasty.to_owned();
    scenario.feature = nasty.to_owned();
    scenario.tags = vec![nasty.to_owned()];
    scenario.replay = nasty.to_owned();
    scenario.requirements.push(nasty.to_owned());
    let id = scenario.id.clone();
    let finding = Finding {
        check: nasty.to_owned(),
        role: Role::CoreFunction,
        requirements: vec![nasty.to_owned()],
        verdict: Verdict::Fail,
        expected: nasty.to_owned(),
        observed: nasty.to_owned(),
        exchange: Some(1),
    };
    let reason = Some(nasty.to_owned());
    let end = ScenarioEnded {
        scenario: id.clone(),
        verdict: Verdict::Fail,
        reason,
        requirements: vec![],
        duration_us: 1,
        floor: None,
    };
    let report = folded(vec![
        started(1),
        RunEvent::ScenarioStarted(scenario),
        RunEvent::Judged(Judged { scenario: id, finding }),
        RunEvent::ScenarioEnded(end),
    ]);
    let html = report::html(&report).unwrap();
    assert!(!html.contains("<img") && html.matches("<script").count() == 1 && html.matches("</script").count() == 1);
    let xml = report::junit(&report).unwrap();
    let text = report::terminal(&report, &Style::default());
    for output in [&html, &xml, &text] {
        let acts = |character: &char| {
            character.is_control() && *character != '\n' || matches!(character, '\u{202e}' | '\u{fffe}')
        };
        assert_eq!(output.chars().find(acts), None, "{output}");
        assert!(output.contains("\\x1b"), "{output}");
    }
}

#[test]
fn reports_are_whole_or_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let report = run(&[Verdict::Pass], 1, Some(RunEnd::Completed));
    report::write_all(&directory.path().join("new/deep"), &report).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(directory.path().join("new/deep"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["junit.xml", "report.html", "report.json"]);

    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let message = report::write_all(&file, &report).unwrap_err().to_string();
    assert!(message.contains("cannot make the report directory"), "{message}");
}

/// A run in which each of these verdicts is the end of one scenario.
fn run(verdicts: &[Verdict], selected: usize, how: Option<RunEnd>) -> Report {
    let mut events = vec![started(selected)];
    for (number, verdict) in verdicts.iter().enumerate() {
        events.push(RunEvent::ScenarioStarted(scenario(number)));
        events.push(ended(number, *verdict));
    }
    events.extend(how.map(|how| RunEvent::RunEnded(RunEnded { how, duration_us: 5 })));
    folded(events)
}

fn folded(events: Vec<RunEvent>) -> Report {
    let entries = events.into_iter().zip(0..).map(|(event, seq)| Entry { seq, at_us: 1, event }).collect();
    Report::from_journal(&Journal::from_entries(entries).unwrap())
}

fn started(selected: usize) -> RunEvent {
    RunEvent::RunStarted(start(selected))
}

fn start(selected: usize) -> RunStarted {
    RunStarted {
        schema: JOURNAL_SCHEMA.to_owned(),
        tool: Tool { version: "0".to_owned(), commit: "c".to_owned() },
        started_unix: 0,
        seed: 1,
        release: "18".to_owned(),
        target: TargetRef {
            name: "built-in".to_owned(),
            sut: vec!["ccf".to_owned()],
            external: vec![],
            roles: std::collections::BTreeMap::new(),
        },
        readings: vec![],
        requirement_set: None,
        waivers: vec![],
        shard: None,
        failed_from: None,
        selection: None,
        selected,
        command: "capifspec run --seed 1".to_owned(),
    }
}

/// An invoker asks the core function, which answers with this.
fn exchange(scenario: usize, number: u64, purpose: &str, status: &str, body: &str) -> ExchangeEvent {
    let message = |start_line: &str, body: &str| MessageEvent {
        start_line: start_line.to_owned(),
        headers: vec![],
        body: body.to_owned(),
        body_length: body.len() as u64,
        tokens: vec![],
    };
    ExchangeEvent {
        scenario: format!("f#s{scenario}"),
        number,
        client: "invoker".to_owned(),
        server: "ccf".to_owned(),
        client_role: "invoker".to_owned(),
        server_role: "ccf".to_owned(),
        witnesses: vec!["client".to_owned()],
        started_us: number,
        ended_us: Some(number + 1),
        tls: None,
        request: Some(message("POST /x HTTP/1.1", "")),
        response: Some(message(&format!("HTTP/1.1 {status}"), body)),
        outcome: "answered".to_owned(),
        purpose: purpose.to_owned(),
    }
}

fn scenario(number: usize) -> ScenarioRef {
    ScenarioRef {
        id: format!("f#s{number}"),
        feature: "f".to_owned(),
        name: format!("s{number}"),
        line: number,
        tags: vec![],
        sut: "ccf".to_owned(),
        requirements: vec!["29222-5.6.2.3.2-05".to_owned()],
        replay: format!("capifspec run 'f#s{number}'"),
    }
}

fn observed_in(number: usize, observed: &str) -> RunEvent {
    finding(number, Verdict::Fail, observed)
}

fn judged(number: usize, verdict: Verdict) -> RunEvent {
    finding(number, verdict, "observed")
}

fn finding(number: usize, verdict: Verdict, observed: &str) -> RunEvent {
    let finding = Finding {
        check: "check".to_owned(),
        role: Role::CoreFunction,
        requirements: vec!["29222-5.6.2.3.2-05".to_owned()],
        verdict,
        expected: "expected".to_owned(),
        observed: observed.to_owned(),
        exchange: None,
    };
    RunEvent::Judged(Judged { scenario: format!("f#s{number}"), finding })
}

fn ended(number: usize, verdict: Verdict) -> RunEvent {
    RunEvent::ScenarioEnded(ScenarioEnded {
        scenario: format!("f#s{number}"),
        verdict,
        reason: None,
        requirements: vec![("29222-5.6.2.3.2-05".to_owned(), verdict)],
        duration_us: 1,
        floor: None,
    })
}
