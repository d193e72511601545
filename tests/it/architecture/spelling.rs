//! One spelling per service, and features laid out like the specifications' tables of contents.

use std::fs;

use capifspec::run::feature;
use capifspec::spec::{Document, RequirementId, Service};

use super::none_of;
use super::source::{paths, relative, root};

/// Scenario outlines and scenarios in one file.
const SCENARIOS_MAX: usize = 100;

fn spellings() -> Vec<&'static str> {
    Service::ALL.iter().map(|service| service.code()).collect()
}

#[test]
fn schemas_are_filed_under_their_service() {
    let files = paths(&root().join("fixtures/schemas"), "toml");
    let stems = files.iter().map(|path| (relative(path), path.file_stem().unwrap().to_str().unwrap()));
    let stray = stems.filter(|(_, stem)| *stem != "common" && !spellings().contains(stem));
    none_of(
        stray.map(|(path, _)| format!("{path}: no service is spelt so; the spellings are {}", spellings().join(", "))),
    );
}

/// A file of the core function, a check or a stimulus that is about a service has its spelling: another word order or
/// a plural would make a newcomer guess twice.
#[test]
fn parts_of_a_service_are_filed_under_it() {
    let mut complaints = Vec::new();
    for folder in ["src/actors/core_function", "src/checks", "src/drive"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let stem = name.trim_end_matches(".rs");
            if let Some(spelling) = near_miss(stem) {
                complaints.push(format!("{folder}/{name}: the service is spelt `{spelling}`"));
            }
        }
    }
    none_of(complaints);
}

/// The spelling that a name shares its words with, or all but their endings, without being it or beginning with it.
fn near_miss(stem: &str) -> Option<&'static str> {
    let roots = |text: &str| {
        let mut words: Vec<String> = text.split('_').map(|word| word.chars().take(5).collect()).collect();
        words.sort();
        words
    };
    let spelt =
        |spelling: &&str| stem == *spelling || stem.strip_prefix(*spelling).is_some_and(|rest| rest.starts_with('_'));
    spellings().into_iter().find(|spelling| roots(spelling) == roots(stem) && !spelt(spelling))
}

#[test]
fn a_near_miss_would_be_seen() {
    assert_eq!(near_miss("publishing_services"), Some("publish_service"));
    assert_eq!(near_miss("management_invoker"), Some("invoker_management"));
    assert_eq!(near_miss("security"), None);
    assert_eq!(near_miss("security_by_invoker"), None);
    assert_eq!(near_miss("access_token"), None);
}

/// `ts29222/5.6_security_api.feature`: the document, a clause that has requirements, a slug.
#[test]
fn features_follow_the_tables_of_contents() {
    none_of(feature::embedded().iter().filter_map(|source| misfiled(&source.path)));
}

fn misfiled(path: &str) -> Option<String> {
    let wrong = |why: &str| Some(format!("features/{path}: {why}"));
    let Some((folder, file)) = path.split_once('/') else {
        return wrong("stands in no folder; file it under its document, such as ts29222/");
    };
    let Some(document) = folder.strip_prefix("ts").and_then(|number| number.parse::<Document>().ok()) else {
        return wrong("its folder is no document; the documents are ts23222, ts29222 and ts33122");
    };
    let Some((clause, slug)) = file.trim_end_matches(".feature").split_once('_') else {
        return wrong("is not called <clause>_<slug>.feature");
    };
    let within = |id: RequirementId| id.requirement().document == document && id.requirement().clause.is_within(clause);
    if !RequirementId::all().any(within) {
        return wrong("no requirement stands in that clause");
    }
    if document == Document::Ts29222 {
        // `_by_<role>`: the same API, judged at the consumer that uses it.
        let provided = slug.split_once("_by_").map_or(slug, |(provided, _consumer)| provided);
        let service = provided.strip_suffix("_api").and_then(|name| spellings().into_iter().find(|code| *code == name));
        if clause.starts_with("5.") && service.is_none() {
            return wrong("is not called after a service, as in 5.6_security_api.feature");
        }
    }
    let plain = slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { None } else { wrong("its slug is not lower case with underscores") }
}

#[test]
fn a_misfiled_feature_would_be_seen() {
    for path in [
        "x.feature",
        "ts1/5.6_x.feature",
        "ts29222/5.6.feature",
        "ts29222/99_x.feature",
        "ts29222/5.6_safety_api.feature",
    ] {
        assert!(misfiled(path).is_some(), "{path}");
    }
}

#[test]
fn a_feature_file_stays_readable() {
    let scenarios = |text: &str| text.lines().filter(|line| line.trim_start().starts_with("Scenario")).count();
    let long = feature::embedded().into_iter().filter(|source| scenarios(&source.text) >= SCENARIOS_MAX);
    none_of(
        long.map(|source| format!("features/{}: {SCENARIOS_MAX} scenarios or more; cut it by sub-clause", source.path)),
    );
}
