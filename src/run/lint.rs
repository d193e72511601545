//! Lint: everything that is wrong with feature files, found before anything runs.
//!
//! The parser of the `gherkin` crate is forgiving where a tester is not helped by it: a misspelt first keyword becomes
//! description, an empty scenario passes, and reserved tags are any text to it.

use std::collections::HashMap;
use std::fmt;

use cucumber::step::Collection;
use gherkin::{Feature, Step, StepType};

use super::feature::{self, Outline, Scenario, Source};
use crate::steps::{World, can_judge, catalogue, unnumbered};

/// One thing that is wrong, with its place and its cure.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Path of the file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line itself.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gutter = " ".repeat(self.line.to_string().len());
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "{gutter}--> {}:{}:{}", self.path, self.line, self.column)?;
        if !self.text.is_empty() {
            let under = " ".repeat(self.column.saturating_sub(1));
            let width = self.text.chars().count().saturating_sub(self.column - 1).max(1);
            writeln!(f, "{gutter} |\n{} | {}\n{gutter} | {under}{}", self.line, self.text, "^".repeat(width))?;
        }
        match &self.help {
            Some(help) => writeln!(f, "{gutter} = help: {help}"),
            None => Ok(()),
        }
    }
}

/// Reads and checks feature files.
///
/// # Errors
/// Everything that is wrong in any of them, in order.
pub fn read(sources: &[Source], steps: &Collection<World>) -> Result<Vec<Scenario>, Vec<Problem>> {
    let mut scenarios = Vec::new();
    let mut problems = Vec::new();
    let mut names = HashMap::new();
    for source in sources {
        let mut reader = Reader { source, steps, problems: Vec::new() };
        if let Some(feature) = reader.parsed() {
            reader.descriptions(&feature);
            scenarios.extend(reader.scenarios(&feature, &mut names));
        }
        problems.extend(reader.problems);
    }
    if problems.is_empty() { Ok(scenarios) } else { Err(problems) }
}

struct Reader<'a> {
    source: &'a Source,
    steps: &'a Collection<World>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn parsed(&mut self) -> Option<Feature> {
        match feature::parse(self.source) {
            Ok(feature) => Some(feature),
            Err((place, _message)) => {
                let line = self.culprit(place.line);
                let text = self.source.text.lines().nth(line - 1).unwrap_or_default();
                let word = text.split_whitespace().next().unwrap_or_default();
                let help = match misspelt_keyword(word).or_else(|| misspelt(word, ["Feature:"])) {
                    Some(keyword) => format!("did you mean `{keyword}`?"),
                    None => "a feature file has `Feature:`, then `Scenario:` blocks of Given, When and Then steps"
                        .to_owned(),
                };
                self.problem(line, "this line is not Gherkin, or not where it stands".to_owned(), Some(help));
                None
            }
        }
    }

    /// The parser reports the line after the one it could not read, blank lines skipped.
    fn culprit(&self, reported: usize) -> usize {
        let lines: Vec<&str> = self.source.text.lines().collect();
        let filled = |line: &usize| lines.get(line - 1).is_some_and(|text| !text.trim().is_empty());
        (1..reported.min(lines.len() + 1)).rev().find(filled).unwrap_or(1)
    }

    /// Description lines that look like steps: their keyword is misspelt.
    fn descriptions(&mut self, feature: &Feature) {
        let described =
            [feature.description.as_deref(), feature.background.as_ref().and_then(|b| b.description.as_deref())];
        let of_scenarios = feature::outlines(feature);
        let of_scenarios = of_scenarios.iter().map(|outline| outline.scenario.description.as_deref());
        let lines: Vec<String> = described
            .into_iter()
            .chain(of_scenarios)
            .flatten()
            .flat_map(str::lines)
            .map(|line| line.trim().to_owned())
            .collect();
        let keyword = |text: &String| misspelt_keyword(text.split_whitespace().next().unwrap_or_default());
        let found: Vec<(&String, &str)> = lines.iter().filter_map(|text| Some((text, keyword(text)?))).collect();
        // Below a heading that is misspelt even good steps are description: the heading is what is wrong.
        let misspelt = found.iter().any(|(text, keyword)| !text.starts_with(keyword));
        for (text, keyword) in found.into_iter().filter(|(text, keyword)| !misspelt || !text.starts_with(keyword)) {
            let line = self.line_of(text);
            let word = text.split_whitespace().next().unwrap_or_default();
            let (message, help) = if misspelt {
                let help =
                    format!("did you mean `{keyword}`? A line that begins with no keyword is only a description");
                (format!("`{word}` is no keyword, so this line would not run"), help)
            } else {
                let help = "write `Scenario:` or `Background:` above it; before that everything is only a description";
                ("this step belongs to no scenario, so it would not run".to_owned(), help.to_owned())
            };
            self.problem(line, message, Some(help));
        }
    }

    fn scenarios(&mut self, feature: &Feature, names: &mut HashMap<String, usize>) -> Vec<Scenario> {
        let mut found = Vec::new();
        if feature::outlines(feature).is_empty() && self.problems.is_empty() {
            let help = "a file without `Scenario:` judges nothing".to_owned();
            self.problem(feature.position.line, "the feature has no scenario".to_owned(), Some(help));
        }
        for outline in feature::outlines(feature) {
            let line = outline.scenario.position.line;
            let key = format!("{}#{}", self.source.path, outline.scenario.name);
            if let Some(first) = names.insert(key, line) {
                let message =
                    format!("two scenarios are called `{}`; the other one is in line {first}", outline.scenario.name);
                self.problem(line, message, Some("a scenario is known by its name: give each its own".to_owned()));
            }
            if outline.scenario.name.trim().is_empty() {
                let help = "a scenario is known by its name: give it one".to_owned();
                self.problem(line, "the scenario has no name".to_owned(), Some(help));
            }
            if outline.scenario.examples.is_empty()
                && outline.scenario.keyword != "Scenario"
                && outline.scenario.keyword != "Example"
            {
                let help = "write `Examples:` with a header and at least one row below it, or `Scenario:`".to_owned();
                self.problem(line, "the outline has no examples".to_owned(), Some(help));
            }
            if outline.scenario.steps.is_empty() {
                self.problem(
                    line,
                    "the scenario has no steps".to_owned(),
                    Some("an empty scenario judges nothing".to_owned()),
                );
            }
            found.extend(self.expanded(&outline));
        }
        found
    }

    fn expanded(&mut self, outline: &Outline<'_>) -> Vec<Scenario> {
        let scenarios = match feature::expand(&self.source.path, outline) {
            Ok(scenarios) => scenarios,
            Err(error) => {
                let line = self.tag_line(outline, &error.to_string());
                self.problem(line, error.to_string(), None);
                return Vec::new();
            }
        };
        if scenarios.is_empty() {
            let help = "an outline needs `Examples:` with a header and at least one row".to_owned();
            self.problem(outline.scenario.position.line, "the outline has no example rows".to_owned(), Some(help));
        }
        let mut ids = HashMap::new();
        for scenario in &scenarios {
            if let Some(first) = ids.insert(scenario.id.clone(), scenario.line) {
                let message = format!("two example rows are alike; the other one is in line {first}");
                self.problem(scenario.line, message, None);
            }
            let before = self.problems.len();
            for step in &scenario.steps {
                self.step(step);
            }
            self.judged(outline, scenario);
            // What is not understood may be the deviation.
            if self.problems.len() == before {
                self.twins(outline, scenario);
            }
        }
        scenarios
    }

    /// Whether what the tags name can be judged by it: otherwise the scenario could only end as an error.
    fn judged(&mut self, outline: &Outline<'_>, scenario: &Scenario) {
        for id in &scenario.requirements {
            let role = id.requirement().role;
            let (message, help) = if role != scenario.sut {
                let message = format!("@req:{id} binds {role}, and the scenario judges {}", scenario.sut);
                (message, "one role a scenario, with requirements that bind it".to_owned())
            } else if can_judge(*id) {
                continue;
            } else {
                let message = format!("@req:{id} is judged by no check: a tag is no judgement");
                (message, format!("`capifspec coverage --requirement {id}` says what there is of it"))
            };
            let line = self.tag_line(outline, &message);
            self.once(line, message, Some(help));
        }
        let judges = scenario.steps.iter().any(|step| step.ty == StepType::Then);
        let mut before = scenario.steps.iter().take_while(|step| step.ty != StepType::Then);
        if judges && !before.any(|step| step.ty == StepType::When) {
            let line =
                scenario.steps.iter().find(|step| step.ty == StepType::Then).map_or(1, |step| step.position.line);
            let help =
                "write a `When` step before it: `Given` steps arrange, and what they do is not judged".to_owned();
            self.once(line, "nothing was done before this step that it could judge".to_owned(), Some(help));
        }
        if !judges && !scenario.steps.is_empty() {
            let help = "end it with `Then` steps: only they judge; `capifspec steps` shows them".to_owned();
            self.once(outline.scenario.position.line, "no step of the scenario judges anything".to_owned(), Some(help));
        }
    }

    /// Rule 2, before anything runs.
    fn twins(&mut self, outline: &Outline<'_>, scenario: &Scenario) {
        let tries = |step: &&Step| match self.steps.find(&unnumbered(step)) {
            Ok(Some((_, _, Some(place), _))) => catalogue::tries_a_deviation(&place),
            Ok(Some((_, _, None, _)) | None) | Err(_) => false,
        };
        let trying = scenario.steps.iter().find(tries).map(|step| step.position.line);
        let Some(message) = against_the_twin_rule(scenario.negative, trying.is_some()) else {
            return;
        };
        let (line, help) = match trying {
            Some(line) => (line, "write @negative above the scenario"),
            None => (
                self.tag_line(outline, message),
                "a negative is a step with `, but {deviation}`, or another one that says what deviates; without one the \
                 tag goes",
            ),
        };
        self.once(line, message.to_owned(), Some(help.to_owned()));
    }

    fn step(&mut self, step: &Step) {
        if step.table.is_some() || step.docstring.is_some() {
            let help = "no step takes any: what it needs stands in its line".to_owned();
            self.once(step.position.line, "a table or a text stands below this step".to_owned(), Some(help));
        }
        let plain = unnumbered(step);
        let (message, help) = match self.steps.find(&plain) {
            Ok(Some((.., context))) => match catalogue::unreadable_argument(&context) {
                Some(why) => (why, None),
                None => return,
            },
            Ok(None) => {
                let nearest = catalogue::nearest(&plain, 3);
                (format!("no step reads `{}`", step.value), Some(format!("did you mean\n{}", nearest.join("\n"))))
            }
            Err(ambiguous) => (format!("several steps read `{}`: {ambiguous}", step.value), None),
        };
        self.once(step.position.line, message, help);
    }

    /// A problem that several example rows may have.
    fn once(&mut self, line: usize, message: String, help: Option<String>) {
        if !self.problems.iter().any(|problem| problem.line == line && problem.message == message) {
            self.problem(line, message, help);
        }
    }

    /// The line of the tag that an error speaks of.
    fn tag_line(&self, outline: &Outline<'_>, message: &str) -> usize {
        let named = outline.tags.iter().find(|tag| {
            let value = tag.split_once(':').map_or(tag.as_str(), |(_, value)| value);
            message.contains(&format!("`{value}`")) || message.contains(&format!("@{tag}"))
        });
        named.map_or(outline.scenario.position.line, |tag| self.line_of(&format!("@{tag}")))
    }

    fn line_of(&self, part: &str) -> usize {
        self.source.text.lines().position(|line| line.contains(part)).map_or(1, |at| at + 1)
    }

    fn problem(&mut self, line: usize, message: String, help: Option<String>) {
        let text = self.source.text.lines().nth(line.saturating_sub(1)).unwrap_or_default().to_owned();
        let column = text.len() - text.trim_start().len() + 1;
        self.problems.push(Problem { path: self.source.path.clone(), line, column, message, help, text });
    }
}

/// Rule 2: a scenario tagged as a negative tries a deviation between clean twins, and one that tries a deviation is tagged.
pub(super) fn against_the_twin_rule(tagged: bool, tried: bool) -> Option<&'static str> {
    match (tagged, tried) {
        (true, false) => Some("the scenario is tagged @negative, but no step of it tries a deviation"),
        (false, true) => Some("a deviation is tried, but the scenario is not tagged @negative"),
        (true, true) | (false, false) => None,
    }
}

const KEYWORDS: [&str; 9] = ["Given", "When", "Then", "And", "But", "Scenario:", "Background:", "Examples:", "Rule:"];

/// The keyword that a word is nearly: one or two letters off, or in the wrong case.
fn misspelt_keyword(word: &str) -> Option<&'static str> {
    misspelt(word, KEYWORDS)
}

fn misspelt<const N: usize>(word: &str, keywords: [&'static str; N]) -> Option<&'static str> {
    keywords.into_iter().find(|keyword| {
        let distance = strsim::osa_distance(&word.to_lowercase(), &keyword.to_lowercase());
        word.len() > 2 && distance <= if keyword.len() > 4 { 2 } else { 1 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{RequirementId, Role};

    fn problems(text: &str) -> Vec<Problem> {
        let source = Source { path: "x.feature".to_owned(), text: text.to_owned() };
        read(&[source], &crate::steps::collection()).map_or_else(|problems| problems, |_| Vec::new())
    }

    const TAGS: &str = "@sut:ccf @req:29222-5.6.2.1-01\n";

    #[test]
    fn a_misspelt_first_keyword_is_found() {
        let found = problems(&format!(
            "{TAGS}Feature: F\n  Scenario: S\n    Whne the invoker requests a token\n    When the invoker requests a token\n"
        ));
        assert_eq!((found[0].line, found[0].column), (4, 5));
        assert!(found[0].help.as_ref().unwrap().contains("`When`"));
    }

    #[test]
    fn a_step_may_say_which_step_of_the_figure_it_shows() {
        let scenario = |step: &str| {
            format!("{TAGS}Feature: F\n  Scenario: S\n    When {step}\n    Then the token is a bearer token\n")
        };
        assert!(problems(&scenario("step 2a: the invoker requests a token")).is_empty());
        assert!(!problems(&scenario("step by step: the invoker requests a token")).is_empty());
    }

    #[test]
    fn an_undefined_step_names_the_nearest() {
        let found = problems(&format!("{TAGS}Feature: F\n  Scenario: S\n    When the invokr requests a token\n"));
        assert!(found[0].help.as_ref().unwrap().contains("{party} requests a token"), "{:?}", found[0]);
    }

    #[test]
    fn tags_names_and_emptiness_are_judged() {
        let found = problems(
            "@sut:ccf @req:29222-5.6.2.1-1\nFeature: F\n  Scenario: S\n    When the invoker requests a token\n  Scenario: S\n",
        );
        let messages: Vec<&str> = found.iter().map(|p| p.message.as_str()).collect();
        assert!(messages.iter().any(|m| m.contains("29222-5.6.2.1-01")), "{messages:?}");
        assert!(messages.iter().any(|m| m.contains("two scenarios are called `S`")), "{messages:?}");
        assert!(messages.iter().any(|m| m.contains("no steps")), "{messages:?}");
    }

    #[test]
    fn a_deviation_that_is_not_understood_is_found() {
        let found = problems(&format!(
            "{TAGS}Feature: F\n  Scenario: S\n    When the invoker requests a token, but \"scope\" is left ouf\n"
        ));
        assert!(found[0].message.contains("no deviation"), "{:?}", found[0]);
    }

    #[test]
    fn what_could_only_end_as_an_error_is_found() {
        let found = |tags: &str, steps: &str| {
            let text = format!(
                "{tags}Feature: F\n  Scenario Outline: S\n    {steps}\n    Examples:\n      | x |\n      | a |\n      | b |\n"
            );
            let problems = problems(&text);
            problems.into_iter().map(|problem| (problem.line, problem.message)).collect::<Vec<_>>()
        };
        let then = "\n    Then the token is a bearer token";
        let clean = format!("When the invoker requests a token{then}");
        let deviant = format!("When the invoker requests a token, but \"scope\" is left out{then}");
        let (bearer, negative) = ("@sut:ccf @req:33122-C.1-02\n", "@negative @sut:ccf @req:33122-C.1-02\n");
        assert_eq!(found(bearer, &clean), []);
        assert_eq!(found(negative, &deviant), []);
        let one = |found: Vec<(usize, String)>, line: usize, told: &str| {
            assert!(found.len() == 1 && found[0].0 == line && found[0].1.contains(told), "{told}: {found:?}");
        };
        one(found(bearer, &deviant), 4, "not tagged @negative");
        one(found(negative, &clean), 1, "no step of it tries a deviation");
        one(found(bearer, "When the invoker requests a token"), 3, "judges anything");
        one(
            found("@sut:aef\n@req:33122-C.1-02\n", &clean),
            2,
            "@req:33122-C.1-02 binds ccf, and the scenario judges aef",
        );
        let idle = RequirementId::all().find(|id| !can_judge(*id) && id.requirement().role == Role::CoreFunction);
        let idle = idle.unwrap();
        one(found(&format!("@sut:ccf\n@req:{idle}\n"), &clean), 2, "is judged by no check");
    }

    #[test]
    fn every_embedded_feature_is_clean() {
        let found = read(&feature::embedded(), &crate::steps::collection());
        let text = found.map_or_else(|problems| problems.iter().map(ToString::to_string).collect(), |_| String::new());
        assert_eq!(text, "");
    }
}
