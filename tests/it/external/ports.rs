//! How many ports a scenario needs: runs are made with exactly as many as are said to be enough, and the largest scenario
//! of each role does not go with one less.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use capifspec::lab::doctor::PORTS_WANTED;

use super::{Product, judged, scenarios};
use crate::cli::Desk;

/// As many ports as the largest scenario of one of these roles needs, free and nobody else's: words for the command line.
pub(super) fn enough_for(roles: &[&str]) -> String {
    let (first, last) = row(wanted(roles));
    format!("--set harness.ports={first}-{last}")
}

/// The exposing function brings its domain with it.
fn wanted(roles: &[&str]) -> u16 {
    let named = PORTS_WANTED.iter().filter(|(role, _)| roles.contains(&role.code()));
    u16::try_from(named.map(|(_, ports)| *ports).max().unwrap()).unwrap()
}

/// A row of free ports below those that systems hand out, for one test of one process.
fn row(count: u16) -> (u16, u16) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let begin = 20_000 + u16::try_from(std::process::id() % 60).unwrap() * 200;
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let first = begin + NEXT.fetch_add(count, Ordering::SeqCst);
        let last = first + count - 1;
        assert!(last < 32_768, "no row of {count} ports is free from {begin} on");
        if (first..=last).all(is_free) {
            return (first, last);
        }
    }
}

/// One of the ports is somebody else's: the largest scenario misses it.
#[track_caller]
fn needs_all(role: &str, largest: &str) {
    let desk = Desk::new();
    let _product = Product::served(&desk, &[if matches!(role, "amf" | "apf") { "aef" } else { role }], &[]);
    let (first, last) = row(wanted(&[role]));
    let words = format!("--sut {role} --set harness.ports={first}-{last} --scenario {largest}");
    let taken = TcpListener::bind(("127.0.0.1", last)).unwrap();
    let told = scenarios(&judged(&desk, &words));
    let missed = told.iter().filter(|(_, verdict, reason)| verdict == "error" && reason.contains("none of the ports"));
    assert!(missed.count() > 0, "{role}: {told:?}");
    drop(taken);
    let told = scenarios(&judged(&desk, &words));
    assert!(told.iter().all(|(_, verdict, _)| verdict == "pass" || verdict == "not-applicable"), "{role}: {told:?}");
}

#[test]
fn what_is_said_to_be_enough_is_no_more_than_is_needed() {
    needs_all("ccf", "8.23.3_revocation_initiated_by_aef#Step");
    needs_all("aef", "8.31_owner_authorization_at_exposing_function#Step");
    needs_all("invoker", "6.5.2.3_method_3_invocation_by_invoker#Step");
    needs_all("rof", "8.31_owner_authorization_at_resource_owner_function#Two");
    needs_all("amf", "5.11_provider_management_api_by_management_function#The");
    needs_all("apf", "5.3_publish_service_api_by_publishing_function#Exposing");
}
