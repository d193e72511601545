//! Bad input: one screen with place and cure, the documented exit code, nothing half-written.

use super::{Desk, OWN, Ran};

/// Lines of a small terminal.
const SCREEN: usize = 24;

/// Refused as documented: this code, all of these words, no more than a screen, and nothing written.
#[track_caller]
fn refused(desk: &Desk, words: &str, code: i32, told: &[&str]) {
    let ran = desk.capifspec(&format!("{words} --out out"));
    complains(&ran, code, told);
    assert!(!desk.has("out"), "{words} left something in --out");
}

#[track_caller]
fn complains(ran: &Ran, code: i32, told: &[&str]) {
    ran.ends_with(code);
    for part in told {
        assert!(ran.err.contains(part), "`{part}` is not in:\n{}", ran.err);
    }
    let lines = ran.err.lines().count() + ran.out.lines().count();
    assert!(lines <= SCREEN, "{lines} lines are more than a screen:\n{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

/// The tester's feature with one slip in it.
#[track_caller]
fn slip(right: &str, wrong: &str, place: &str, told: &[&str]) {
    assert!(OWN.contains(right), "{right}");
    let desk = Desk::with(&[("own.feature", &OWN.replacen(right, wrong, 1))]);
    let place = format!("own.feature:{place}");
    refused(&desk, "run own.feature", 2, &[&[place.as_str()], told].concat());
}

#[test]
fn a_misspelt_step() {
    slip(
        "requests a token",
        "reqests a token",
        "12:5",
        &["When the invoker reqests a token", "did you mean", "{party} requests a token"],
    );
}

#[test]
fn a_misspelt_deviation() {
    slip(
        "requests a token",
        "requests a token, but \"scope\" is left ouf",
        "12:5",
        &["is no deviation", "did you mean", "is left out"],
    );
}

#[test]
fn a_misspelt_reserved_tag() {
    slip("@sut:ccf", "@sut:cff", "1:1", &["did you mean `ccf`"]);
    slip("@req:", "@rec:", "10:3", &["`rec:` is not one of the reserved kinds req:, sut:, rel:, cap:"]);
}

#[test]
fn a_misspelt_requirement() {
    slip("33122-C.1-02", "33122-C.1-2", "10:3", &["did you mean `33122-C.1-02`"]);
    let desk = Desk::new();
    refused(&desk, "run --requirement 33122-6.5.2.33", 2, &["did you mean `33122-6.5.2.3`"]);
}

#[test]
fn a_scenario_that_says_too_little() {
    slip("@req:33122-C.1-02", "@free", "11:3", &["names no requirement", "add a tag such as @req:"]);
    slip("@sut:ccf", "@free", "11:3", &["does not say whom it judges", "add a tag such as @sut:"]);
}

#[test]
fn a_file_that_does_not_parse() {
    slip("  Scenario: Bearer", "  Scenari: Bearer", "11:3", &["not Gherkin", "did you mean `Scenario:`"]);
    slip("Feature: Own", "Feture: Own", "2:1", &["not Gherkin", "did you mean `Feature:`"]);
    slip(OWN, "A poem\nwithout keywords\n", "1:1", &["not Gherkin", "a feature file has `Feature:`"]);
}

#[test]
fn a_misspelt_keyword_that_the_parser_takes_for_prose() {
    slip("  Background:", "  Backgroud:", "4:3", &["is no keyword", "did you mean `Background:`"]);
    slip("    When the", "    Whne the", "12:5", &["is no keyword", "did you mean `When`"]);
}

#[test]
fn what_judges_nothing() {
    slip("    When the invoker requests a token\n    Then the token is a bearer token\n", "", "11:3", &["no steps"]);
    let background = OWN.split("  @req").next().unwrap();
    slip(OWN, background, "2:1", &["no scenario"]);
}

#[test]
fn two_scenarios_with_one_name() {
    let twice = format!("{OWN}\n  @req:33122-C.1-03\n  Scenario: Bearer\n    When the invoker requests a token\n");
    slip(OWN, &twice, "16:3", &["two scenarios are called `Bearer`", "line 11", "give each its own"]);
}

#[test]
fn a_hundred_mistakes_fit_on_a_screen() {
    let many: String = (0..100).map(|n| format!("    Then nothing reads this {n}\n")).collect();
    slip(OWN, &format!("{OWN}{many}"), "14:5", &["98 more", "capifspec lint"]);
}

#[test]
fn nothing_to_read() {
    let desk = Desk::with(&[("empty/readme.txt", "no feature")]);
    refused(&desk, "run empty", 2, &["empty holds no feature file", ".feature"]);
    refused(&desk, "run nowhere.feature", 2, &["cannot read nowhere.feature"]);
}

#[test]
fn numbers_and_words_of_the_command_line() {
    let desk = Desk::new();
    refused(&desk, "run --jobs 0", 2, &["--jobs", "1 or more"]);
    refused(&desk, "run --jobs many", 2, &["--jobs", "1 or more"]);
    refused(&desk, "run --seed x", 2, &["--seed"]);
    refused(&desk, "run --sut cff", 2, &["did you mean `ccf`"]);
    refused(&desk, "run --sut aef,cff", 2, &["did you mean `ccf`"]);
    refused(&desk, "run --release 99", 2, &["is no release"]);
    refused(&desk, "run --tags sut:ccf", 2, &["tags begin with @"]);
    refused(&desk, "run --tag @sut:ccf", 2, &["--tags"]);
}

#[test]
fn nothing_selected() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    refused(&desk, "run own.feature --sut rof", 4, &["no scenario", "capifspec list"]);
    refused(&desk, "run own.feature --tags @nobody", 4, &["no scenario", "capifspec list"]);
}

#[test]
fn an_output_that_cannot_be_written() {
    let desk = Desk::with(&[("own.feature", OWN), ("file", "regular")]);
    for place in ["file/below", "file"] {
        let ran = desk.capifspec(&format!("run own.feature --out {place}"));
        complains(&ran, 2, &[place, "choose another place"]);
    }
    assert_eq!(desk.read("file"), b"regular");
}

#[test]
fn a_foreign_journal() {
    let desk = Desk::with(&[("own.feature", OWN), ("empty", ""), ("other.ndjson", "{\"event\":\"something\"}\n")]);
    for file in ["own.feature", "empty", "other.ndjson"] {
        refused(&desk, &format!("report --from {file}"), 2, &[file, "no capifspec journal", "run-started"]);
    }
    refused(&desk, "report --from nowhere.ndjson", 2, &["nowhere.ndjson"]);
}

#[test]
fn a_journal_damaged_in_the_middle() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    desk.capifspec("run own.feature --out run").ends_with(0);
    let whole = String::from_utf8(desk.read("run/journal.ndjson")).unwrap();
    let without = |at: usize| {
        whole.lines().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let garbled: String = whole
        .lines()
        .enumerate()
        .map(|(n, line)| if n == 4 { "garbage\n".to_owned() } else { format!("{line}\n") })
        .collect();
    desk.write("gap.ndjson", &without(3));
    desk.write("garbled.ndjson", &garbled);
    refused(&desk, "report --from gap.ndjson", 2, &["gap.ndjson", "line 4", "restore the file"]);
    refused(&desk, "report --from garbled.ndjson", 2, &["garbled.ndjson", "line 5", "restore the file"]);
}

const TARGET: &str = "schema = \"capifspec.target/1\"\nname = \"x\"\n\n[ccf]\nurl = \"https://127.0.0.1:1\"\n";

#[track_caller]
fn bad_target(text: &str, told: &[&str]) {
    let desk = Desk::with(&[("own.feature", OWN), ("target.toml", text)]);
    refused(&desk, "run own.feature --target target.toml", 2, &[&["target.toml"], told].concat());
}

#[test]
fn a_target_file_with_an_unknown_key() {
    bad_target(
        &format!("{TARGET}conect-to = \"127.0.0.1:2\"\n"),
        &["line 6", "column 1", "conect-to", "did you mean `connect-to`"],
    );
    bad_target(&format!("{TARGET}\n[timming]\nanswer-ms = 1\n"), &["line 7", "timming", "did you mean `timing`"]);
}

#[test]
fn a_target_file_with_an_unusable_value() {
    bad_target("not toml at all", &["line 1", "column"]);
    bad_target(&format!("{TARGET}url = 7\n"), &["line 6", "url"]);
    bad_target(&TARGET.replace("target/1", "target/9"), &["target.toml:1:1", "schema", "capifspec.target/1"]);
    bad_target(&TARGET.replace("https", "http"), &["target.toml:5:1", "ccf.url", "insecure-plain-http"]);
    bad_target(
        &format!("{TARGET}[ccf.trust]\nroots = [\"nowhere.pem\"]\n"),
        &["target.toml:7:1", "ccf.trust.roots", "nowhere.pem"],
    );
    bad_target(
        &format!("{TARGET}[ccf.reading]\ntoken-exp = \"nonsense\"\n"),
        &["target.toml:7:1", "has no reading `nonsense`", "there are"],
    );
    bad_target(
        &TARGET.replace("[ccf]", "[reading]\ntoken-exp = \"nonsense\"\n[ccf]"),
        &["target.toml:5:1", "reading: ", "has no reading `nonsense`"],
    );
    bad_target(
        &format!("{TARGET}[ccf.reading]\ntoken-exp = \"duration\"\n[reading]\ntoken-exp = \"duration\"\n"),
        &["target.toml:7:1", "reading.token-exp is there too", "choose once"],
    );
    bad_target(TARGET, &["target.toml:4:2", "ccf.trust.roots", "name at least one PEM file"]);
    let roots = "[ccf.onboarding]\nkind = \"none\"\n";
    bad_target(
        &format!("{TARGET}{roots}[ccf.control]\nkind = \"htpp\"\nurl = \"http://127.0.0.1:1\"\n"),
        &["line 9", "htpp", "did you mean `http`"],
    );
}

#[test]
fn a_file_that_is_no_target_file() {
    let desk = Desk::with(&[("own.feature", OWN), ("empty.toml", ""), ("other.toml", "[package]\nname = \"x\"\n")]);
    desk.write("directory/readme", "x");
    std::fs::write(desk.path().join("latin.toml"), b"# \xc3\xbcber\nname = \"\xc3\xbc\xfcber\"\n").unwrap();
    for (file, told) in [
        ("empty.toml", "empty.toml:1:1: the file is empty, it has no `schema`"),
        ("/dev/null", "/dev/null:1:1: the file is empty, it has no `schema`"),
        ("other.toml", "other.toml:1:1: it has no `schema`"),
        ("directory", "directory:1:1: it is a directory"),
        ("latin.toml", "latin.toml:2:10: the byte 0xfc is no UTF-8 text"),
    ] {
        refused(&desk, &format!("run own.feature --target {file}"), 2, &[told, "capifspec init"]);
        for words in ["doctor", "target explain", "pki export"] {
            complains(&desk.capifspec(&format!("{words} --target {file}")), 2, &[told]);
        }
    }
}

#[test]
fn a_target_file_that_is_not_there() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    refused(&desk, "run own.feature --target nowhere.toml", 2, &["nowhere.toml"]);
}
