//! Feature files: the embedded ones and a tester's own, read and taken apart into scenarios.
//!
//! A row of Examples is a scenario of its own. Its identity is path, name and row values, never the line.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use gherkin::{Feature, GherkinEnv, LineCol, Step};
use include_dir::{Dir, include_dir};

use crate::spec::{Release, RequirementId, Role};
use crate::target::Capability;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/features");

/// A feature file as text, not yet understood.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path as shown: relative to `features/` for embedded ones, as given for a tester's own.
    pub path: String,
    /// The text.
    pub text: String,
}

/// Why a feature file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FeatureError {
    /// Nothing is there.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A directory without a single feature file.
    #[error("{0} holds no feature file; a feature file ends in .feature")]
    Empty(PathBuf),
}

/// Every embedded feature file, in the order of the specifications' tables of contents.
#[must_use]
pub fn embedded() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&EMBEDDED, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(dir: &Dir<'_>, found: &mut Vec<Source>) {
    found.extend(dir.files().filter_map(|file| {
        let path = file.path().to_str()?.replace('\\', "/");
        let text = file.contents_utf8()?;
        path.ends_with(".feature").then(|| Source { path, text: text.to_owned() })
    }));
    dir.dirs().for_each(|dir| collect(dir, found));
}

/// Feature files below a path that a tester gave: one file, or a directory and all below it.
///
/// # Errors
/// When there is nothing to read.
pub fn from_path(path: &Path) -> Result<Vec<Source>, FeatureError> {
    let unreadable = |source| FeatureError::Unreadable { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        // Editors on Windows put a byte order mark before the first word.
        let text = text.trim_start_matches('\u{feff}').to_owned();
        return Ok(vec![Source { path: path.display().to_string(), text }]);
    }
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path).map_err(unreadable)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            match from_path(&entry) {
                Ok(more) => found.extend(more),
                Err(FeatureError::Empty(_)) => {}
                Err(error) => return Err(error),
            }
        } else if entry.extension().is_some_and(|ending| ending == "feature") {
            found.extend(from_path(&entry)?);
        }
    }
    if found.is_empty() { Err(FeatureError::Empty(path.to_owned())) } else { Ok(found) }
}

/// One scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Identity: `path without ending#name[values]`.
    pub id: String,
    /// Path of its file.
    pub path: String,
    /// Name, with Examples values filled in.
    pub name: String,
    /// Line of the scenario, or of its row.
    pub line: usize,
    /// Tags with their `@`, those of the feature first.
    pub tags: Vec<String>,
    /// Steps, those of the background first.
    pub steps: Vec<Step>,
    /// Role judged.
    pub sut: Role,
    /// Requirements judged.
    pub requirements: Vec<RequirementId>,
    /// What the role has to support for it.
    pub capabilities: Vec<Capability>,
    /// Releases it applies to.
    pub releases: RangeInclusive<Release>,
    /// Whether it is a negative.
    pub negative: bool,
}

/// A tag of the reserved kinds that is not understood.
#[derive(Debug, thiserror::Error)]
pub enum TagError {
    /// A requirement that is not in the catalogue.
    #[error(transparent)]
    Requirement(#[from] crate::spec::UnknownRequirement),
    /// A word that is not known.
    #[error("tag `@{tag}`: {why}")]
    Word {
        /// The tag.
        tag: String,
        /// What is wrong.
        why: String,
    },
    /// No role.
    #[error("the scenario does not say whom it judges; add a tag such as @sut:ccf")]
    NoRole,
    /// No requirement.
    #[error("the scenario names no requirement; add a tag such as @req:29222-5.6.2.1-01")]
    NoRequirement,
}

/// What the reserved tags of a scenario say.
#[derive(Debug)]
pub struct Reserved {
    /// Role judged.
    pub sut: Role,
    /// Requirements judged.
    pub requirements: Vec<RequirementId>,
    /// What the role has to support for it.
    pub capabilities: Vec<Capability>,
    /// Releases it applies to.
    pub releases: RangeInclusive<Release>,
    /// Whether it is a negative.
    pub negative: bool,
}

impl Reserved {
    /// Reads the reserved tags (given without `@`).
    ///
    /// # Errors
    /// When one is misspelt, or one that is needed is missing.
    pub fn parse(tags: &[String]) -> Result<Self, TagError> {
        let mut sut = None;
        let mut requirements = Vec::new();
        let mut capabilities = Vec::new();
        let mut releases = Release::Rel15..=Release::Rel20;
        for tag in tags {
            match tag.split_once(':') {
                Some(("req", id)) => requirements.push(id.parse()?),
                Some(("sut", _)) if sut.is_some() => {
                    let why = "the scenario already says whom it judges; one role a scenario".to_owned();
                    return Err(TagError::Word { tag: tag.clone(), why });
                }
                Some(("sut", role)) => sut = Some(word(tag, role.parse::<Role>())?),
                Some(("rel", range)) => releases = release_range(tag, range)?,
                None if tag != "negative" && strsim::osa_distance(&tag.to_lowercase(), "negative") <= 2 => {
                    let why = "did you mean `@negative`?".to_owned();
                    return Err(TagError::Word { tag: tag.clone(), why });
                }
                Some(("cap", path)) => capabilities.push(word(tag, path.parse())?),
                None => {}
                Some((kind, _)) => {
                    let why = format!("`{kind}:` is not one of the reserved kinds req:, sut:, rel:, cap:");
                    return Err(TagError::Word { tag: tag.clone(), why });
                }
            }
        }
        if requirements.is_empty() {
            return Err(TagError::NoRequirement);
        }
        let negative = tags.iter().any(|tag| tag == "negative");
        Ok(Self { sut: sut.ok_or(TagError::NoRole)?, requirements, capabilities, releases, negative })
    }
}

fn word<T, E: std::fmt::Display>(tag: &str, parsed: Result<T, E>) -> Result<T, TagError> {
    parsed.map_err(|error| TagError::Word { tag: tag.to_owned(), why: error.to_string() })
}

fn release_range(tag: &str, text: &str) -> Result<RangeInclusive<Release>, TagError> {
    match text.split_once('-') {
        Some((from, until)) => {
            let (from, until): (Release, Release) = (word(tag, from.parse())?, word(tag, until.parse())?);
            if from > until {
                let why = format!("the range is empty; did you mean `@rel:{until}-{from}`?");
                return Err(TagError::Word { tag: tag.to_owned(), why });
            }
            Ok(from..=until)
        }
        None => Ok(word(tag, text.parse())?..=Release::Rel20),
    }
}

/// Parses the text of a feature file.
///
/// # Errors
/// The place where parsing ended, and what was expected there.
pub fn parse(source: &Source) -> Result<Feature, (LineCol, String)> {
    Feature::parse(&source.text, GherkinEnv::default()).map_err(|error| (position(&error), error.to_string()))
}

/// The crate keeps the place of a parse error to itself, but for its `Debug` text.
fn position(error: &gherkin::ParseError) -> LineCol {
    let text = format!("{error:?}");
    let number = |name: &str| {
        let digits = text.split_once(name)?.1;
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits.get(..end)?.parse().ok()
    };
    LineCol { line: number("line: ").unwrap_or(1), col: number("col: ").unwrap_or(1) }
}

/// One scenario of a feature with everything around it, Examples not yet filled in.
pub struct Outline<'a> {
    /// The scenario.
    pub scenario: &'a gherkin::Scenario,
    /// Backgrounds that come before it.
    pub background: Vec<&'a Step>,
    /// Tags of the feature, the rule and the scenario.
    pub tags: Vec<String>,
}

/// Every scenario of a feature, those in rules included.
#[must_use]
pub fn outlines(feature: &Feature) -> Vec<Outline<'_>> {
    let of_feature: Vec<&Step> = feature.background.iter().flat_map(|background| &background.steps).collect();
    let mut found: Vec<Outline<'_>> = feature
        .scenarios
        .iter()
        .map(|scenario| Outline {
            scenario,
            background: of_feature.clone(),
            tags: [feature.tags.clone(), scenario.tags.clone()].concat(),
        })
        .collect();
    for rule in &feature.rules {
        let mut background = of_feature.clone();
        background.extend(rule.background.iter().flat_map(|own| &own.steps));
        found.extend(rule.scenarios.iter().map(|scenario| Outline {
            scenario,
            background: background.clone(),
            tags: [feature.tags.clone(), rule.tags.clone(), scenario.tags.clone()].concat(),
        }));
    }
    found
}

/// The scenarios of an outline: one per row of its Examples, or itself.
///
/// # Errors
/// When its reserved tags are wrong.
pub fn expand(path: &str, outline: &Outline<'_>) -> Result<Vec<Scenario>, TagError> {
    let mut found = Vec::new();
    if outline.scenario.examples.is_empty() {
        found.push(filled(path, outline, &[], &[], None)?);
    }
    for examples in &outline.scenario.examples {
        let Some((header, rows)) = examples.table.as_ref().and_then(|table| table.rows.split_first()) else {
            continue;
        };
        let first = examples.table.as_ref().map_or(0, |table| table.position.line);
        for (at, row) in rows.iter().enumerate() {
            let values: Vec<(&str, &str)> =
                header.iter().map(String::as_str).zip(row.iter().map(String::as_str)).collect();
            found.push(filled(path, outline, &values, &examples.tags, Some(first + at + 1))?);
        }
    }
    Ok(found)
}

fn filled(
    path: &str,
    outline: &Outline<'_>,
    values: &[(&str, &str)],
    more_tags: &[String],
    row_line: Option<usize>,
) -> Result<Scenario, TagError> {
    let fill = |text: &str| {
        values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
    };
    let tags: Vec<String> = outline.tags.iter().chain(more_tags).map(|tag| fill(tag)).collect();
    let reserved = Reserved::parse(&tags)?;
    let name = fill(&outline.scenario.name);
    let row: Vec<&str> = values.iter().map(|(_, value)| *value).collect();
    let suffix = if row.is_empty() { String::new() } else { format!("[{}]", row.join(", ")) };
    let stem = path.strip_suffix(".feature").unwrap_or(path);
    Ok(Scenario {
        id: format!("{stem}#{}{suffix}", outline.scenario.name),
        path: path.to_owned(),
        name,
        line: row_line.unwrap_or(outline.scenario.position.line),
        tags: tags.iter().map(|tag| format!("@{tag}")).collect(),
        steps: outline
            .background
            .iter()
            .copied()
            .chain(&outline.scenario.steps)
            .map(|step| filled_step(step, &fill))
            .collect(),
        sut: reserved.sut,
        requirements: reserved.requirements,
        capabilities: reserved.capabilities,
        releases: reserved.releases,
        negative: reserved.negative,
    })
}

fn filled_step(step: &Step, fill: &impl Fn(&str) -> String) -> Step {
    let mut step = step.clone();
    step.value = fill(&step.value);
    step.docstring = step.docstring.as_deref().map(fill);
    for cell in step.table.iter_mut().flat_map(|table| table.rows.iter_mut().flatten()) {
        *cell = fill(cell);
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "@sut:ccf @req:29222-5.6.2.1-01\nFeature: F\n  Background:\n    Given a\n\n  Scenario Outline: S <x>\n    When b <x>\n\n    Examples:\n      | x | y |\n      | 1 | 2 |\n      | 3 | 4 |\n";

    #[test]
    fn a_row_is_a_scenario_of_its_own() {
        let source = Source { path: "d/f.feature".to_owned(), text: TEXT.to_owned() };
        let feature = parse(&source).unwrap();
        let scenarios = expand(&source.path, &outlines(&feature)[0]).unwrap();
        let ids: Vec<&str> = scenarios.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["d/f#S <x>[1, 2]", "d/f#S <x>[3, 4]"]);
        assert_eq!(scenarios[1].name, "S 3");
        assert_eq!(scenarios[1].line, 12);
        assert_eq!(scenarios[1].steps.iter().map(|s| s.value.as_str()).collect::<Vec<_>>(), ["a", "b 3"]);
    }

    #[test]
    fn an_unknown_requirement_names_the_nearest() {
        let tags = ["sut:ccf".to_owned(), "req:29222-5.6.2.1-1".to_owned()];
        let error = Reserved::parse(&tags).unwrap_err();
        assert!(error.to_string().contains("29222-5.6.2.1-01"), "{error}");
    }
}
