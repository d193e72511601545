//! What a product claims to support: scenarios for the rest do not run, and a claim that the wire contradicts is told.

use super::{Product, judged, scenarios};
use crate::cli::Desk;

/// A core function is served, and its target file claims this.
fn claiming(claims: &str, words: &str) -> serde_json::Value {
    let desk = Desk::new();
    let _product = Product::served(&desk, &["ccf"], &[]);
    let served = String::from_utf8(desk.read("product/target.toml")).unwrap();
    desk.write("product/target.toml", &format!("{served}\n[ccf.claims]\n{claims}\n"));
    judged(&desk, words)
}

#[test]
fn what_is_not_claimed_is_not_applicable_and_named() {
    let report = claiming("methods = [\"PKI\"]", "--requirement 33122-C --requirement 29222-5.6.2.2");
    let scenarios = scenarios(&report);
    let unclaimed = |reason: &str| reason == "the target does not claim ccf.methods.OAUTH";
    let left_out = scenarios.iter().filter(|(_, verdict, reason)| verdict == "not-applicable" && unclaimed(reason));
    assert!(left_out.count() > 10, "{scenarios:?}");
    assert!(scenarios.iter().any(|(_, verdict, _)| verdict == "pass"), "{scenarios:?}");
    assert!(scenarios.iter().all(|(_, verdict, _)| verdict != "fail" && verdict != "error"), "{scenarios:?}");
}

#[test]
fn an_api_that_is_not_claimed_is_not_asked_for_anything() {
    let report = claiming("apis = [\"discover\", \"invoker_management\"]", "--requirement 29222-5.6.2.5");
    let scenarios = scenarios(&report);
    assert!(scenarios.iter().all(|(_, verdict, _)| verdict == "not-applicable"), "{scenarios:?}");
}

#[test]
fn a_contradicted_claim_is_told_once() {
    let report = claiming("methods = [\"PKI\", \"PSK\"]", "--requirement 29222-5.6.2.2");
    let findings: Vec<_> = report["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|scenario| scenario["findings"].as_array().unwrap())
        .filter(|finding| finding["check"] == "claims-agree-with-the-wire")
        .collect();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0]["verdict"], "warn");
    assert!(findings[0]["observed"].as_str().unwrap().contains("OAUTH"), "{findings:?}");
}

/// What our own parties need of our own core function is nobody's claim.
#[test]
fn an_exposing_function_is_judged_although_it_claims_its_own_apis_alone() {
    let desk = Desk::new();
    let _product = Product::served(&desk, &["aef"], &[]);
    let claims = "--set aef.claims.apis=[\"aef_security\",\"security\"]";
    let told = scenarios(&judged(&desk, &format!("--sut aef --requirement 33122-6.5.2.3 {claims}")));
    assert!(!told.is_empty() && told.iter().all(|(_, verdict, _)| verdict == "pass"), "{told:?}");
}
