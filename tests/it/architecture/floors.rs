//! Arrows between modules go down only.

use std::collections::BTreeMap;

use super::none_of;
use super::source::{Source, files, production_files};

/// A module of the crate, its floor, and the modules that it may use.
struct Part {
    name: &'static str,
    floor: u8,
    may_use: &'static [&'static str],
}

const fn part(name: &'static str, floor: u8, may_use: &'static [&'static str]) -> Part {
    Part { name, floor, may_use }
}

/// The house, lowest floor first. A module that is not here is not part of it.
const HOUSE: &[Part] = &[
    part("spec", 0, &[]),
    part("clock", 0, &[]),
    part("verdict", 1, &["spec"]),
    part("wire", 1, &["clock"]),
    part("pki", 1, &["clock"]),
    part("jose", 1, &["clock"]),
    part("control", 2, &["spec"]),
    part("fault", 2, &["spec"]),
    part("target", 2, &["spec", "clock", "wire", "pki"]),
    part("actors", 3, &["spec", "clock", "wire", "pki", "jose", "control", "fault", "target"]),
    part("checks", 3, &["spec", "verdict", "wire"]),
    part("drive", 3, &["spec", "clock", "wire", "pki", "jose", "control", "fault", "target"]),
    part(
        "lab",
        4,
        &["spec", "clock", "verdict", "wire", "pki", "jose", "control", "fault", "target", "actors", "checks", "drive"],
    ),
    part("event", 5, &["spec", "verdict", "wire"]),
    part("redact", 5, &["event", "jose"]),
    part("steps", 5, &["spec", "verdict", "control", "checks", "drive", "lab"]),
    part("report", 6, &["event", "spec", "verdict"]),
    part(
        "run",
        6,
        &[
            "spec", "clock", "verdict", "wire", "pki", "fault", "target", "lab", "event", "redact", "steps",
            // Journal first: the run writes what every report reads.
            "report",
        ],
    ),
    part(
        "prove",
        6,
        // `control` is a vocabulary: which acts a role under test is asked for. The doctor looks at certificates (`pki`),
        // and tells nothing that is secret (`redact`).
        &[
            "spec", "clock", "verdict", "pki", "control", "fault", "target", "checks", "lab", "event", "redact", "run",
            "report",
        ],
    ),
    part(
        "cli",
        7,
        &["spec", "clock", "verdict", "fault", "target", "drive", "lab", "event", "steps", "report", "run", "prove"],
    ),
];

/// Macros stand at the root of the crate, wherever they are written.
const MACROS_OF_SPEC: [&str; 4] = ["req", "reading", "operation", "data_type"];

/// Compiled by `build.rs` only.
const BUILD: &str = "src/spec/build";

fn lookup(name: &str) -> Option<&'static Part> {
    HOUSE.iter().find(|part| part.name == name)
}

#[test]
fn the_table_itself_goes_down_only() {
    let mut seen: BTreeMap<&str, u8> = BTreeMap::new();
    for part in HOUSE {
        for below in part.may_use {
            assert!(seen.contains_key(below), "{} may use {below}, which does not stand before it", part.name);
        }
        seen.insert(part.name, part.floor);
    }
    let sides = ["actors", "checks", "drive"];
    for part in HOUSE.iter().filter(|part| sides.contains(&part.name)) {
        assert!(!part.may_use.iter().any(|used| sides.contains(used)), "{} may use one of its own floor", part.name);
    }
    let importers: Vec<&str> =
        HOUSE.iter().filter(|part| part.may_use.contains(&"actors")).map(|part| part.name).collect();
    assert_eq!(importers, ["lab"], "only the lab knows the reference peers");
}

#[test]
fn no_arrow_goes_up() {
    let mut complaints = Vec::new();
    for source in production_files().into_iter().filter(|source| !source.path.starts_with(BUILD)) {
        let Some(own) = lookup(source.module()) else {
            if !["lib", "main"].contains(&source.module()) {
                complaints.push(format!(
                    "{}:1 belongs to no floor; give its module a row in HOUSE (tests/it/architecture/floors.rs)",
                    source.path
                ));
            }
            continue;
        };
        complaints.extend(arrows(&source).into_iter().filter_map(|(at, used)| forbidden(&source, own, at, &used)));
    }
    none_of(complaints);
}

fn forbidden(source: &Source, own: &Part, at: usize, used: &str) -> Option<String> {
    if used == own.name || own.may_use.contains(&used) {
        return None;
    }
    let place = source.place(at);
    Some(match lookup(used) {
        None => format!("{place} uses crate::{used}, which is no module of the house"),
        Some(other) if other.floor > own.floor => format!(
            "{place} `{}` (floor {}) uses `{used}` (floor {}): an arrow up; move what it needs down, or hand it in as data",
            own.name, own.floor, other.floor
        ),
        Some(_) => format!(
            "{place} `{}` uses `{used}`, which its row does not allow; hand in plain data instead, or argue a change of HOUSE",
            own.name
        ),
    })
}

/// The modules that a file uses by `crate::`, in groups too.
fn arrows(source: &Source) -> Vec<(usize, String)> {
    let code = &source.production;
    let paths = code.match_indices("crate::").map(|(at, word)| (at, &code[at + word.len()..]));
    paths
        .flat_map(|(at, rest)| heads(rest).into_iter().map(move |head| (at, head)))
        .map(|(at, head)| (at, if MACROS_OF_SPEC.contains(&head.as_str()) { "spec".to_owned() } else { head }))
        .collect()
}

/// First names of the paths after `crate::`: `{a::b, c}` has two.
fn heads(rest: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let mut depth = 1_i32;
    let mut found = Vec::new();
    let mut expected = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => expected = true,
            c if expected && !c.is_whitespace() => {
                found.push(name(&group[at..]));
                expected = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[test]
fn an_arrow_up_would_be_seen() {
    let text = "//! x\nuse crate::{\n    spec::Role,\n    lab::{Lab, Plan},\n};\nfn f() { crate::actors::g() }\n";
    let source = Source::of("src/checks/x.rs", text.to_owned());
    let own = lookup("checks").unwrap();
    let found: Vec<String> =
        arrows(&source).iter().filter_map(|(at, used)| forbidden(&source, own, *at, used)).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("src/checks/x.rs:2 `checks` (floor 3) uses `lab` (floor 4)"), "{found:?}");
    assert!(found[1].starts_with("src/checks/x.rs:6 `checks` uses `actors`"), "{found:?}");
}

/// The catalogue of the build script is compiled outside the crate.
#[test]
fn what_the_build_script_compiles_uses_nothing_of_the_crate() {
    let build = files(BUILD);
    assert!(!build.is_empty());
    let own = ["catalogue", "emit", "operations", "schemas"];
    for source in build {
        for (at, used) in arrows(&source) {
            let listed = own.contains(&used.as_str());
            assert!(listed, "{} uses crate::{used}, which the build script has not", source.place(at));
        }
    }
}
