//! `capifspec lint`: everything that is wrong with feature files, for people and for editors.

use crate::cli::{Desk, OWN};

#[test]
fn the_embedded_features_are_clean() {
    let desk = Desk::new();
    let ran = desk.capifspec("lint");
    ran.ends_with(0);
    assert_eq!(desk.capifspec("lint --format json").json("capifspec.lint/1")["problems"].as_array().unwrap().len(), 0);
}

#[test]
fn every_problem_of_every_file_is_told_with_its_place() {
    let misspelt = OWN.replace("requests a token", "reqests a token");
    let desk = Desk::with(&[
        ("good.feature", OWN),
        ("a/step.feature", &misspelt),
        ("a/b/tag.feature", &OWN.replace("@sut:ccf", "@sut:cff")),
        ("a/notes.txt", "not a feature"),
    ]);
    let ran = desk.capifspec("lint a good.feature --format json");
    let problems = ran.ends_with(2).json("capifspec.lint/1")["problems"].as_array().unwrap().clone();
    let places: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}:{}:{}", problem["path"].as_str().unwrap(), problem["line"], problem["column"]))
        .collect();
    assert_eq!(places, ["a/b/tag.feature:1:1", "a/step.feature:12:5"]);
    assert_eq!(problems[1]["text"], "    When the invoker reqests a token");
    assert!(problems[1]["help"].as_str().unwrap().contains("{party} requests a token"));
}

#[test]
fn a_problem_is_shown_where_it_stands() {
    let desk = Desk::with(&[("own.feature", &OWN.replace("requests a token", "reqests a token"))]);
    let ran = desk.capifspec("lint own.feature");
    ran.ends_with(2);
    let shown: Vec<&str> = ran.out.lines().collect();
    let at =
        shown.iter().position(|line| line.contains("--> own.feature:12:5")).unwrap_or_else(|| panic!("{}", ran.out));
    let (text, marks) = (shown[at + 2], shown[at + 3]);
    assert_eq!(text.find("When"), marks.find('^'), "{}", ran.out);
}

/// What could only end as an error of the harness is found before anything runs, by lint and by `run` alike.
#[test]
fn a_deviation_without_its_tag_is_found_before_anything_runs() {
    let deviant = OWN.replace("requests a token", "requests a token, but \"scope\" is left out");
    let desk = Desk::with(&[("own.feature", &deviant)]);
    for words in ["lint own.feature", "run own.feature --out out", "list own.feature"] {
        let ran = desk.capifspec(words);
        let told = format!("{}{}", ran.ends_with(2).out, ran.err);
        for part in ["own.feature:12:5", "is not tagged @negative", "write @negative above the scenario"] {
            assert!(told.contains(part), "`{part}` is not in:\n{told}");
        }
    }
    assert!(!desk.has("out"));
    desk.write("own.feature", &deviant.replace("  @req", "  @negative @req"));
    desk.capifspec("lint own.feature").ends_with(0);
}

/// What lint finds, `run` refuses: nothing runs on a feature that is not understood.
#[test]
fn run_refuses_what_lint_finds() {
    let desk = Desk::with(&[("good.feature", OWN), ("bad.feature", &OWN.replace("@req:", "@rec:"))]);
    desk.capifspec("lint good.feature").ends_with(0);
    desk.capifspec("lint good.feature bad.feature").ends_with(2);
    desk.capifspec("run good.feature bad.feature --out out").ends_with(2);
    assert!(!desk.has("out"));
}

/// What the parser forgives and no tester means.
#[test]
fn what_would_judge_nothing_or_something_else_is_found() {
    let when = "    When the invoker requests a token\n";
    assert!(OWN.contains(when), "{OWN}");
    let name = OWN.lines().find(|line| line.trim().starts_with("Scenario:")).unwrap();
    for (text, told) in [
        (OWN.replace(when, ""), "nothing was done before this step that it could judge"),
        (OWN.replace(when, &format!("{when}      | a | table |\n")), "a table or a text stands below this step"),
        (OWN.replace(name, "  Scenario:"), "the scenario has no name"),
        (OWN.replace("  Scenario:", "  Scenario Outline:"), "the outline has no examples"),
    ] {
        let desk = Desk::with(&[("own.feature", &text)]);
        for words in ["lint own.feature", "run own.feature --out out"] {
            let ran = desk.capifspec(words);
            assert!(ran.code == Some(2) && format!("{}{}", ran.out, ran.err).contains(told), "{told}: {ran:?}");
        }
    }
}
