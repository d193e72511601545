//! The catalogue of steps: read from the very source that defines them, so that it cannot differ.

use cucumber::step::Context;
use gherkin::{Step, StepType};
use serde::Serialize;

use super::parameter::{Deviation, Party};

/// The files that define steps, with the domain each stands for.
const SOURCES: [(&str, &str); 16] = [
    ("arranging", include_str!("arranging.rs")),
    ("acting", include_str!("acting.rs")),
    ("provider domain", include_str!("provider_domain.rs")),
    ("security context", include_str!("security/context.rs")),
    ("security information", include_str!("security/information.rs")),
    ("authorization", include_str!("security/authorization.rs")),
    ("revocation", include_str!("security/revocation.rs")),
    ("revoking", include_str!("security/revoking.rs")),
    ("revoked", include_str!("security/revoked.rs")),
    ("tokens", include_str!("security/tokens.rs")),
    ("refusals", include_str!("security/refusals.rs")),
    ("owner authorization", include_str!("owner_authorization.rs")),
    ("invocations", include_str!("service_api/invoking.rs")),
    ("invocations served", include_str!("service_api/served.rs")),
    ("invocations refused", include_str!("service_api/refused.rs")),
    ("invocations by an invoker under test", include_str!("service_api/by_invoker.rs")),
];

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
    SOURCES.iter().flat_map(|(domain, source)| of_source(domain, source)).collect()
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
}
