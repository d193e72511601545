//! The surfaces on which a product is told to act: a program for each order, and a person at the terminal.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::{Product, judged, scenarios};
use crate::cli::Desk;
use crate::foreign::has;

/// A scenario in which an invoker is told to do most of what it can be told.
const TOLD: &str = "--requirement 33122-6.5.2.3-11 --sut invoker";

/// A text of the served product's target file.
fn of_target(desk: &Desk, role: &str) -> String {
    let target: toml::Table = String::from_utf8(desk.read("product/target.toml")).unwrap().parse().unwrap();
    target[role]["control"]["url"].as_str().unwrap().to_owned()
}

/// The target file with another control surface for a role.
fn told_by(desk: &Desk, role: &str, control: &str) {
    let text = String::from_utf8(desk.read("product/target.toml")).unwrap();
    let head = format!("[{role}.control]");
    let (before, after) = text.split_once(&head).unwrap();
    let rest = after.split_once("\n\n").map(|(_, rest)| rest).unwrap_or_default();
    desk.write("product/target.toml", &format!("{before}{head}\n{control}\n\n{rest}"));
}

#[test]
fn an_invoker_is_told_by_a_program() {
    if !has("curl") {
        return;
    }
    let desk = Desk::new();
    let _product = Product::served(&desk, &["invoker"], &[]);
    let url = of_target(&desk, "invoker");
    desk.write("product/tell.sh", &format!("exec curl -sS --data-binary @- {url}/act\n"));
    told_by(&desk, "invoker", "kind = \"command\"\ncommand = [\"sh\", \"tell.sh\"]");
    let told = scenarios(&judged(&desk, TOLD));
    assert!(!told.is_empty() && told.iter().all(|(_, verdict, _)| verdict == "pass"), "{told:?}");
}

/// Exit code 127 is what a shell says of a command that it does not know.
#[test]
fn a_program_that_knows_no_such_order_makes_nothing_fail() {
    let desk = Desk::new();
    let _product = Product::served(&desk, &["invoker"], &[]);
    for (script, verdict, reason) in [
        ("exit 127", "not-applicable", "does not know the act"),
        ("exit 1", "inconclusive", "ended with exit code 1"),
        ("echo no report", "inconclusive", "printed no report"),
        ("echo '{\"outcome\":\"failed\",\"detail\":\"lamp broken\"}'", "inconclusive", "lamp broken"),
    ] {
        desk.write("product/tell.sh", &format!("cat > /dev/null\n{script}\n"));
        told_by(&desk, "invoker", "kind = \"command\"\ncommand = [\"sh\", \"tell.sh\"]");
        let told = scenarios(&judged(&desk, TOLD));
        let as_said = |(_, seen, why): &(String, String, String)| seen == verdict && why.contains(reason);
        assert!(!told.is_empty() && told.iter().all(as_said), "{script}: {told:?}");
    }
}

/// Runs scenarios of a revocation that the core function is told of, at a terminal at which this is typed ahead.
fn at_a_terminal(desk: &Desk, words: &str, typed: &str) -> Output {
    let run = format!(
        "{} run --target product/target.toml --out out --requirement 23222-8.23.4-05 {words}",
        env!("CARGO_BIN_EXE_capifspec")
    );
    let mut asked = Command::new("script");
    asked.args(["-qec", &run, "/dev/null"]).current_dir(desk.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut asked = asked.spawn().unwrap();
    // Kept open until the end: somebody may still type.
    let mut keyboard = asked.stdin.take().unwrap();
    keyboard.write_all(typed.as_bytes()).unwrap();
    let output = asked.wait_with_output().unwrap();
    drop(keyboard);
    output
}

/// What a person at a terminal says stands in the report: here, that the core function cannot be told.
#[test]
fn a_person_is_asked_at_the_terminal() {
    if !has("script") {
        return;
    }
    let desk = Desk::new();
    let _product = Product::served(&desk, &["ccf"], &[]);
    told_by(&desk, "ccf", "kind = \"prompt\"");
    let output = at_a_terminal(&desk, "", &"\nu\n".repeat(20));
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("please let the core function carry out `revoke-authorization`"), "{shown}");
    let told = scenarios(&desk.report("out/report.json"));
    let as_said = |(_, verdict, why): &(String, String, String)| {
        verdict == "not-applicable" && why.contains("does not know the act revoke-authorization")
    };
    assert!(!told.is_empty() && told.iter().all(as_said), "{told:?}");
}

/// Nobody answers: each question has its deadline, and the run ends with its reports.
#[test]
fn a_person_who_does_not_answer_holds_nothing_up() {
    if !has("script") {
        return;
    }
    let desk = Desk::new();
    let _product = Product::served(&desk, &["ccf"], &[]);
    told_by(&desk, "ccf", "kind = \"prompt\"");
    let output = at_a_terminal(&desk, "--set timing.step-ms=400", "");
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
    let told = scenarios(&desk.report("out/report.json"));
    assert!(!told.is_empty() && told.iter().all(|(_, verdict, _)| verdict == "inconclusive"), "{told:?}");
}
