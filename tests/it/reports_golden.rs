//! Golden reports: one stored journal, folded into every format, each compared byte for byte.
//!
//! `CAPIFSPEC_BLESS=1 cargo test reports_golden` writes the sample journal anew; review the difference.

use std::path::{Path, PathBuf};

use capifspec::report::{self, Report, Style};

use crate::sample_journal;

fn stored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/journals/sample.ndjson")
}

fn sample() -> Report {
    Report::from_journal(&report::read_journal(&stored()).unwrap())
}

#[test]
fn the_stored_journal_is_what_the_writer_writes() {
    let written = sample_journal::bytes();
    if std::env::var_os("CAPIFSPEC_BLESS").is_some() {
        std::fs::write(stored(), &written).unwrap();
    }
    assert!(
        std::fs::read(stored()).unwrap() == written,
        "fixtures/journals/sample.ndjson is not what the sample writes"
    );
}

#[test]
fn json_report() {
    insta::assert_snapshot!(report::json(&sample()).unwrap());
}

#[test]
fn junit_report() {
    insta::assert_snapshot!(report::junit(&sample()).unwrap());
}

#[test]
fn terminal_report() {
    insta::assert_snapshot!(report::terminal(
        &sample(),
        &Style { colour: false, reports: Some("reports/latest".into()) }
    ));
}

#[test]
fn html_report() {
    insta::assert_snapshot!(report::html(&sample()).unwrap());
}

/// The sample plants an onboarding secret and a token in requests and answers of nearly every scenario.
#[test]
fn no_output_holds_a_secret() {
    let report = sample();
    let signature = sample_journal::TOKEN.rsplit('.').next().unwrap();
    let style = Style { colour: true, reports: None };
    let outputs = [
        String::from_utf8(std::fs::read(stored()).unwrap()).unwrap(),
        report::json(&report).unwrap(),
        report::junit(&report).unwrap(),
        report::html(&report).unwrap(),
        report::terminal(&report, &style),
    ];
    for output in outputs {
        for secret in [sample_journal::SECRET, sample_journal::TOKEN, signature] {
            assert!(!output.contains(secret), "{secret} in {output}");
        }
    }
}
