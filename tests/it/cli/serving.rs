//! A core function in a process of its own, judged through the target file that it writes.

use std::io::{BufRead as _, BufReader};
use std::process::Child;

use serde_json::Value;

use super::Desk;

/// A served core function. Dropped, it ends.
pub(crate) struct Served(Child);

impl Served {
    /// Serves with these words more, and waits until it says how it is judged.
    pub(crate) fn with(desk: &Desk, faults: &[&str]) -> Self {
        let mut words = vec!["serve", "--dir", "capif"];
        words.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
        let mut child = desk.command(&words).spawn().unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let ready = told.into_iter().any(|line| line.contains("capifspec run --target"));
        assert!(ready, "serve ended before it said how it is judged");
        Self(child)
    }

    /// Ends it as a crash would: without a goodbye.
    pub(crate) fn kill(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Everything that the core function has to be told for: revocation of its own accord, and owners of resources.
const TOLD: &str =
    "run --target capif/target.toml --requirement 8.23.4 --requirement 8.31 --requirement 8.23.3 --out out";

#[test]
fn a_served_core_function_passes_what_it_can_be_told() {
    let desk = Desk::new();
    let _served = Served::with(&desk, &[]);
    let ran = desk.capifspec(TOLD);
    ran.ends_with(0);
    let counts = desk.report("out/report.json")["counts"].clone();
    assert!(counts["pass"].as_u64() > Some(20), "{counts}");
    assert_eq!(counts["not-applicable"], Value::from(0), "{counts}");
}

#[test]
fn a_served_core_function_that_lies_fails_on_what_its_lie_breaks() {
    let desk = Desk::new();
    let _served = Served::with(&desk, &["KeepGrantingAfterTrigger", "GrantAgainstTheOwner"]);
    desk.capifspec(TOLD).ends_with(1);
    let report = desk.report("out/report.json");
    let failed: Vec<&str> = report["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|requirement| requirement["verdict"] == "fail")
        .map(|requirement| requirement["id"].as_str().unwrap())
        .collect();
    assert!(failed.contains(&"23222-8.23.4-05") && failed.contains(&"23222-8.31.3-04"), "{failed:?}");
    assert!(!failed.contains(&"23222-8.23.3-03"), "{failed:?}");
}
