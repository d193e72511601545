//! Products in processes of their own, judged through target files: what is served here is what is built in, so that a
//! run against it has to end like the run against the built-in peers, and a lie has to be found out like theirs.

mod claims;
mod faults;
mod ports;
mod provisioned;
mod surfaces;
mod verdicts;

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::RwLockReadGuard;

use serde_json::Value;

use crate::cli::Desk;
use crate::machine;

/// Reference peers in another process. Dropped, they end.
struct Product {
    child: Child,
    _busy: RwLockReadGuard<'static, ()>,
}

impl Product {
    /// Serves roles at this desk, with faults, and waits until it is said how they are judged.
    fn served(desk: &Desk, roles: &[&str], faults: &[&str]) -> Self {
        let mut words = vec!["serve", "--dir", "product", "--port", "0", "--quiet"];
        words.extend(roles.iter().flat_map(|role| ["--role", role]));
        words.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
        let busy = machine::busy();
        let mut child = desk.command(&words).spawn().unwrap();
        let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let ready = told.into_iter().any(|line| line.contains("capifspec run --target"));
        assert!(ready, "{words:?} ended before it said how it is judged");
        Self { child, _busy: busy }
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The report of a run with these words, at a desk where a product is served.
fn judged(desk: &Desk, words: &str) -> Value {
    let ran = desk.capifspec(&format!("run --target product/target.toml --out out {words}"));
    assert!(desk.has("out/report.json"), "{ran:?}");
    desk.report("out/report.json")
}

/// Id, verdict and reason of every scenario in a report.
fn scenarios(report: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let listed = report["scenarios"].as_array().unwrap().iter();
    listed.map(|scenario| (text(&scenario["id"]), text(&scenario["verdict"]), text(&scenario["reason"]))).collect()
}
