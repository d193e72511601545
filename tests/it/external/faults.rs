//! A product that lies is found out: on what its lie breaks, through nothing but its sockets and its target file.

use capifspec::fault::Fault;
use capifspec::spec::Role;

use super::{Product, judged};
use crate::cli::Desk;

/// How many lies are tried, over all roles.
const TRIED_MIN: usize = 30;

/// Roles, who serves each, and every which of its lies is tried.
const TRIED: [(Role, &str, usize); 6] = [
    (Role::CoreFunction, "ccf", 9),
    (Role::ExposingFunction, "aef", 8),
    (Role::Invoker, "invoker", 5),
    (Role::ResourceOwnerFunction, "rof", 3),
    (Role::ManagementFunction, "aef", 3),
    (Role::PublishingFunction, "aef", 4),
];

fn tried(role: Role) -> Vec<Fault> {
    let every = TRIED.iter().find(|(listed, ..)| *listed == role).map_or(1, |(_, _, every)| *every);
    Fault::ALL.iter().copied().filter(|fault| fault.role() == role).step_by(every).collect()
}

/// Lies that show only once a token has run out, on a clock that nobody can turn: half a minute each.
const SLOW: [Fault; 2] = [Fault::AcceptExpiredTokenSeenBefore, Fault::GrantOnlyOnce];

/// Serves each lie in turn; told are those that no verdict on what they break shows.
#[track_caller]
fn all_are_found_out(role: Role) {
    let server = TRIED.iter().find(|(listed, ..)| *listed == role).unwrap().1;
    let survivors: Vec<String> = tried(role).into_iter().filter_map(|fault| unnoticed(fault, server)).collect();
    assert!(survivors.is_empty(), "\n  {}\n", survivors.join("\n  "));
}

fn unnoticed(fault: Fault, server: &str) -> Option<String> {
    let desk = Desk::new();
    let _product = Product::served(&desk, &[server], &[fault.name()]);
    let broken: Vec<String> = fault.breaks().iter().map(ToString::to_string).collect();
    let words: String = broken.iter().map(|id| format!(" --requirement {id}")).collect();
    let report = judged(&desk, &format!("--sut {} {words}", fault.role().code()));
    let verdicts: Vec<(&str, &str)> = report["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|each| (each["id"].as_str().unwrap(), each["verdict"].as_str().unwrap_or("none")))
        .collect();
    let found_out =
        |(id, verdict): &&(&str, &str)| broken.iter().any(|broken| broken == id) && matches!(*verdict, "fail" | "warn");
    (!verdicts.iter().any(|each| found_out(&each))).then(|| format!("{fault}: {verdicts:?}"))
}

#[test]
fn enough_lies_are_tried() {
    let count: usize = TRIED.iter().map(|(role, ..)| tried(*role).len()).sum();
    assert!(count >= TRIED_MIN, "{count}");
}

#[test]
fn lies_that_take_their_time() {
    let told: Vec<String> = std::thread::scope(|all| {
        let tried = SLOW.map(|fault| {
            let server = TRIED.iter().find(|(role, ..)| *role == fault.role()).unwrap().1;
            all.spawn(move || unnoticed(fault, server))
        });
        tried.into_iter().filter_map(|tried| tried.join().unwrap()).collect()
    });
    assert!(told.is_empty(), "\n  {}\n", told.join("\n  "));
}

#[test]
fn a_core_function_that_lies() {
    all_are_found_out(Role::CoreFunction);
}

#[test]
fn an_exposing_function_that_lies() {
    all_are_found_out(Role::ExposingFunction);
}

#[test]
fn an_invoker_that_lies() {
    all_are_found_out(Role::Invoker);
}

#[test]
fn a_resource_owner_function_that_lies() {
    all_are_found_out(Role::ResourceOwnerFunction);
}

#[test]
fn provider_functions_that_lie() {
    all_are_found_out(Role::ManagementFunction);
    all_are_found_out(Role::PublishingFunction);
}
