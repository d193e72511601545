//! Reads `fixtures/requirements/*.toml` and writes the tables of requirements and discrepancies.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::emit::{option, table};
use crate::operations::Operation;

/// The files, in the order that the ids take.
const FILES: [&str; 3] = ["ts23222.toml", "ts33122.toml", "ts29222.toml"];

/// All catalogue files.
pub(crate) struct Catalogue {
    requirements: Vec<Requirement>,
    discrepancies: Vec<Discrepancy>,
    operations: Vec<Operation>,
}

impl Catalogue {
    /// Reads and checks every file of the folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut catalogue = Self { requirements: Vec::new(), discrepancies: Vec::new(), operations: Vec::new() };
        for name in FILES {
            let path = folder.join(name);
            let file: File =
                toml::from_str(&fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
            catalogue.add(file).map_err(|problem| format!("{}: {problem}", path.display()))?;
        }
        catalogue.check_links()?;
        Ok(catalogue)
    }

    /// The place of a requirement in the table.
    pub(crate) fn position(&self, id: &str) -> Option<usize> {
        self.requirements.iter().position(|row| row.id == id)
    }

    /// Whether there is a discrepancy with this id.
    pub(crate) fn has_discrepancy(&self, id: &str) -> bool {
        self.discrepancies.iter().any(|row| row.id == id)
    }

    /// Every operation.
    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Source of the requirement table.
    pub(crate) fn requirements(&self) -> String {
        let ids = self.requirements.iter().map(|row| format!("{:?}", row.id));
        let rows = self.requirements.iter().enumerate().map(|(at, row)| self.requirement(at, row));
        table("const", "REQUIREMENT_IDS", "&str", ids) + &table("static", "REQUIREMENTS", "Requirement", rows)
    }

    /// Source of the discrepancy table.
    pub(crate) fn readings(&self) -> String {
        let ids = self.discrepancies.iter().map(|row| format!("{:?}", row.id));
        let rows = self.discrepancies.iter().enumerate().map(|(at, row)| {
            format!(
                "Discrepancy {{ id: ReadingId({at}), item: {:?}, options: &{:?}, default: {:?}, harness: {:?}, text: {:?}, \
                 openapi: {:?}, note: {} }}",
                row.item,
                row.options,
                row.default,
                row.harness,
                row.text,
                row.openapi,
                option(row.note.as_deref())
            )
        });
        table("const", "READING_IDS", "&str", ids) + &table("static", "DISCREPANCIES", "Discrepancy", rows)
    }

    fn add(&mut self, file: File) -> Result<(), String> {
        check_month(&file.added)?;
        for mut row in file.requirement {
            row.check().map_err(|problem| format!("requirement {}: {problem}", row.id))?;
            if self.position(&row.id).is_some() {
                return Err(format!("requirement {}: the id is taken", row.id));
            }
            row.added.get_or_insert_with(|| file.added.clone());
            if row.title.is_none() {
                row.title = file.titles.get(&row.clause).cloned();
            }
            if row.title.is_none() {
                return Err(format!(
                    "requirement {}: no title, and none in [titles] for clause {}",
                    row.id, row.clause
                ));
            }
            self.requirements.push(row);
        }
        for row in file.discrepancy {
            if !row.options.contains(&row.default) {
                return Err(format!("discrepancy {}: `{}` is none of its options", row.id, row.default));
            }
            if self.discrepancies.iter().any(|other| other.id == row.id) {
                return Err(format!("discrepancy {}: the id is taken", row.id));
            }
            self.discrepancies.push(row);
        }
        self.operations.extend(file.operation);
        Ok(())
    }

    fn check_links(&self) -> Result<(), String> {
        for row in &self.requirements {
            for other in &row.same_as {
                if self.position(other).is_none() {
                    return Err(format!("requirement {}: linked to `{other}`, which is not listed", row.id));
                }
            }
        }
        Ok(())
    }

    fn requirement(&self, at: usize, row: &Requirement) -> String {
        let untested = row.untested.as_ref().map_or_else(
            || "None".to_owned(),
            |untested| {
                format!("Some(Untested {{ kind: UntestedKind::{:?}, reason: {:?} }})", untested.kind, untested.reason)
            },
        );
        let same_as: Vec<String> =
            row.same_as.iter().filter_map(|id| self.position(id)).map(|at| format!("RequirementId({at})")).collect();
        format!(
            "Requirement {{ id: RequirementId({at}), document: Document::{}, clause: Clause({:?}), title: {:?}, \
             release: Release::Rel{}, role: Role::{:?}, strength: Strength::{:?}, statement: {:?}, how: {:?}, step: {}, \
             provisional: {}, testability: Testability::{:?}, untested: {untested}, same_as: &[{}], note: {}, \
             added: {:?} }}",
            row.document(),
            row.clause,
            row.title.as_deref().unwrap_or_default(),
            row.release,
            row.role,
            row.strength,
            row.statement,
            row.how,
            option(row.step.as_deref().or(row.step_unverified.as_deref())),
            row.provisional,
            row.testability,
            same_as.join(", "),
            option(row.note.as_deref()),
            row.added.as_deref().unwrap_or_default(),
        )
    }
}

/// Sets are compared as text, so every month is spelt alike.
fn check_month(text: &str) -> Result<(), String> {
    let month = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    let month = month.filter(|(year, _)| year.bytes().all(|byte| byte.is_ascii_digit()));
    match month.and_then(|(_, month)| month.parse::<u8>().ok()) {
        Some(1..=12) => Ok(()),
        _ => Err(format!("added `{text}` is no month; write it as 2026-12")),
    }
}

/// One catalogue file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The month in which its entries were added, but for those that say another.
    added: String,
    #[serde(default)]
    titles: BTreeMap<String, String>,
    requirement: Vec<Requirement>,
    #[serde(default)]
    discrepancy: Vec<Discrepancy>,
    #[serde(default)]
    operation: Vec<Operation>,
    // For those who maintain the catalogue.
    #[serde(rename = "meta")]
    _meta: Option<toml::Table>,
    #[serde(rename = "feature")]
    _feature: Option<Vec<toml::Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    id: String,
    clause: String,
    title: Option<String>,
    release: String,
    role: Role,
    strength: Strength,
    statement: String,
    how: String,
    step: Option<String>,
    step_unverified: Option<String>,
    #[serde(default)]
    provisional: bool,
    #[serde(default)]
    testability: Testability,
    untested: Option<Untested>,
    #[serde(default)]
    same_as: Vec<String>,
    note: Option<String>,
    added: Option<String>,
    // Provenance: for those who maintain the catalogue.
    #[serde(rename = "confidence")]
    _confidence: Confidence,
    #[serde(rename = "basis")]
    _basis: Option<String>,
    #[serde(rename = "label")]
    _label: Option<String>,
    #[serde(rename = "figure")]
    _figure: Option<String>,
    #[serde(rename = "function")]
    _function: Option<String>,
    #[serde(rename = "feature")]
    _feature: Option<String>,
    #[serde(rename = "normative")]
    _normative: Option<bool>,
    #[serde(rename = "release_note")]
    _release_note: Option<String>,
    #[serde(rename = "see_also")]
    _see_also: Option<String>,
    #[serde(rename = "subclause_hint")]
    _subclause_hint: Option<String>,
}

impl Requirement {
    fn document(&self) -> &'static str {
        match self.id.split('-').next() {
            Some("23222") => "Ts23222",
            Some("23722") => "Tr23722",
            Some("33122") => "Ts33122",
            _ => "Ts29222",
        }
    }

    fn check(&self) -> Result<(), String> {
        if !["23222-", "23722-", "33122-", "29222-"].iter().any(|prefix| self.id.starts_with(prefix)) {
            return Err("the id does not begin with its document".to_owned());
        }
        if !(15..=20).any(|release: u8| release.to_string() == self.release) {
            return Err(format!("`{}` is no release from 15 to 20", self.release));
        }
        self.added.as_deref().map_or(Ok(()), check_month)?;
        match &self.untested {
            Some(untested) if untested.reason.is_empty() => Err("untested without a reason".to_owned()),
            _ => Ok(()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Untested {
    kind: UntestedKind,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Discrepancy {
    id: String,
    item: String,
    options: Vec<String>,
    default: String,
    text: String,
    openapi: String,
    harness: String,
    note: Option<String>,
    #[serde(rename = "confidence")]
    _confidence: Confidence,
}

// The word lists below name their variants as `src/spec/vocabulary.rs` does: the generated source does not compile otherwise.

/// Who binds a requirement.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum Role {
    #[serde(rename = "ccf")]
    CoreFunction,
    #[serde(rename = "aef")]
    ExposingFunction,
    #[serde(rename = "invoker")]
    Invoker,
    #[serde(rename = "rof")]
    ResourceOwnerFunction,
    #[serde(rename = "apf")]
    PublishingFunction,
    #[serde(rename = "amf")]
    ManagementFunction,
    #[serde(rename = "ccf-peer")]
    PeerCoreFunction,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Strength {
    May,
    Should,
    Shall,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Testability {
    #[default]
    BlackBox,
    Precondition,
    Conditional,
    ReportOnly,
    NotObservable,
    DeploymentInspection,
    ScopeNote,
}

#[derive(Debug, Deserialize)]
enum UntestedKind {
    #[serde(rename = "not-observable")]
    NotObservable,
    #[serde(rename = "no-stage-3")]
    NoStage3,
    #[serde(rename = "another-specification")]
    AnotherSpecification,
    #[serde(rename = "text-not-seen")]
    TextNotSeen,
}

/// Whether the text behind a row was read.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Confidence {
    Seen,
    Derived,
}
