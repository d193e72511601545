//! The catalogue of steps: read from the very source that defines them, so that it cannot differ.

use cucumber::step::{Context, Location};
use gherkin::{Step, StepType};
use serde::Serialize;

use super::parameter::{Deviation, Party};

/// A file that defines steps.
struct Source {
    /// What its steps are about.
    domain: &'static str,
    /// Its path below `src/steps`.
    file: &'static str,
    text: &'static str,
}

macro_rules! sources {
    ($($domain:literal: $file:literal),+ $(,)?) => {
        &[$(Source { domain: $domain, file: $file, text: include_str!($file) }),+]
    };
}

/// The files that define steps, with the domain each stands for.
const SOURCES: &[Source] = sources![
    "arranging": "arranging.rs",
    "acting": "acting.rs",
    "provider domain": "provider_domain.rs",
    "security context": "security/context.rs",
    "security information": "security/information.rs",
    "authorization": "security/authorization.rs",
    "revocation": "security/revocation.rs",
    "revoking": "security/revoking.rs",
    "revoked": "security/revoked.rs",
    "tokens": "security/tokens.rs",
    "refusals": "security/refusals.rs",
    "owner authorization": "owner_authorization.rs",
    "invocations": "service_api/invoking.rs",
    "invocations served": "service_api/served.rs",
    "invocations refused": "service_api/refused.rs",
    "invocations by an invoker under test": "service_api/by_invoker.rs",
];

/// What the body of a step calls that tries a deviation between two clean twins.
const ATTEMPT: &str = ".attempt_";

/// A step, as a tester meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// `Given`, `When` or `Then`.
    pub keyword: &'static str,
    /// The phrase, with `{parameters}`.
    pub phrase: String,
    /// What it does.
    pub about: String,
    /// Its domain.
    pub domain: &'static str,
}

/// Every step, by domain.
#[must_use]
pub fn entries() -> Vec<Entry> {
    SOURCES.iter().flat_map(|source| of_source(source.domain, source.text)).collect()
}

/// The phrases nearest to a step that is not defined, best first, as lines to show.
#[must_use]
pub fn nearest(step: &Step, most: usize) -> Vec<String> {
    let wanted = keyword(step.ty);
    let mut scored: Vec<(f64, Entry)> = entries()
        .into_iter()
        .map(|entry| {
            let same_kind = if entry.keyword == wanted { 0.05 } else { 0.0 };
            (strsim::sorensen_dice(&plain(&entry.phrase), &plain(&step.value)) + same_kind, entry)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(most).map(|(_, entry)| format!("      {} {}", entry.keyword, entry.phrase)).collect()
}

/// Why an argument of a step that matches cannot be read: a deviation or a party that is misspelt.
#[must_use]
pub fn unreadable_argument(context: &Context) -> Option<String> {
    let phrase = &context.step.value;
    if let Some((_, deviation)) = phrase.split_once(", but ") {
        return deviation.parse::<Deviation>().err().map(|error| error.to_string());
    }
    let party = phrase.split_once(" of the certificate of ").map(|(_, party)| party)?;
    party.parse::<Party>().err().map(|error| error.to_string())
}

/// Whether the step that is defined in a place tries a deviation: what makes a scenario a negative.
#[must_use]
pub fn tries_a_deviation(place: &Location) -> bool {
    let defined = SOURCES.iter().find(|source| place.path.ends_with(&format!("steps/{}", source.file)));
    let before = (place.line as usize).saturating_sub(1);
    let body = |source: &Source| source.text.lines().skip(before).take_while(|line| *line != "}").any(is_attempt);
    defined.is_some_and(body)
}

fn is_attempt(line: &str) -> bool {
    line.contains(ATTEMPT)
}

fn keyword(kind: StepType) -> &'static str {
    match kind {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    }
}

/// A phrase with its parameters blanked and common words left in.
fn plain(phrase: &str) -> String {
    phrase.replace("{party}", "the invoker").replace("{apis}", "\"x\"").replace("{words}", "OAUTH")
}

fn of_source(domain: &'static str, source: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut about = Vec::new();
    for line in source.lines() {
        if let Some(doc) = line.strip_prefix("/// ") {
            about.push(doc);
        } else if let Some((keyword, phrase)) = attribute(line) {
            found.push(Entry { keyword, phrase, about: about.join(" "), domain });
        } else if !line.starts_with("#[") {
            about.clear();
        }
    }
    found
}

fn attribute(line: &str) -> Option<(&'static str, String)> {
    let (keyword, rest) = [("Given", "#[given("), ("When", "#[when("), ("Then", "#[then(")]
        .into_iter()
        .find_map(|(keyword, opening)| line.strip_prefix(opening).map(|rest| (keyword, rest)))?;
    let phrase = rest.strip_prefix("expr = \"")?.strip_suffix("\")]")?;
    Some((keyword, phrase.replace("\\\"", "\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_holds_every_step_with_a_word_about_it() {
        let defined = format!("{:?}", crate::steps::collection()).matches("HashableRegex").count();
        assert_eq!(entries().len(), defined);
        assert!(entries().iter().all(|entry| !entry.about.is_empty()));
    }

    /// A step that sends a deviation says so in its phrase, or in its name: both are read from the same source.
    #[test]
    fn a_step_that_attempts_something_is_told_from_one_that_does_not() {
        let steps = crate::steps::collection();
        let tries = |kind: StepType, text: &str| {
            let source = format!("Feature: F\n  Scenario: S\n    {} {text}\n", keyword(kind));
            let feature = gherkin::Feature::parse(&source, gherkin::GherkinEnv::default()).unwrap();
            let (_, _, place, _) = steps.find(&feature.scenarios[0].steps[0]).unwrap().unwrap();
            tries_a_deviation(&place.unwrap())
        };
        assert!(tries(StepType::When, "the invoker requests a token, but \"scope\" is left out"));
        assert!(tries(StepType::When, "the second invoker is offboarded and requests a token"));
        assert!(tries(StepType::When, "the invoker invokes \"a\" before and after its token runs out"));
        assert!(!tries(StepType::When, "the invoker requests a token"));
        assert!(!tries(StepType::Then, "the token is a bearer token"));
        let all: usize = SOURCES.iter().map(|source| source.text.lines().filter(|line| is_attempt(line)).count()).sum();
        assert!(all > 20, "{all}");
    }
}
