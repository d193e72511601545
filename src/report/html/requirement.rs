//! How the page refers to a requirement.

use serde::Serialize;

use crate::spec::Requirement;

use super::super::fold::Report;

/// An id, and the anchor of its row.
#[derive(Serialize)]
pub(super) struct RequirementLink<'a> {
    id: &'a str,
    anchor: String,
}

/// A requirement where its meaning must be at hand.
#[derive(Serialize)]
pub(super) struct RequirementTold<'a> {
    link: RequirementLink<'a>,
    /// None where the id is enough, or where this catalogue does not have it.
    listed: Option<Listed>,
}

#[derive(Serialize)]
struct Listed {
    document: &'static str,
    clause: &'static str,
    step: Option<&'static str>,
    role: &'static str,
    strength: &'static str,
    provisional: bool,
    statement: &'static str,
}

impl<'a> RequirementLink<'a> {
    /// The anchor is a position: an id comes from the journal and may hold anything.
    pub(super) fn of(report: &Report, id: &'a str) -> Self {
        let row = report.requirements.iter().position(|told| told.id == id);
        Self { id, anchor: row.map_or_else(|| "clauses".to_owned(), |row| format!("r{row}")) }
    }

    pub(super) fn into_anchor(self) -> String {
        self.anchor
    }
}

impl<'a> RequirementTold<'a> {
    pub(super) fn of(report: &Report, id: &'a str, in_full: bool) -> Self {
        let told = report.requirements.iter().find(|told| told.id == id).filter(|_| in_full);
        let listed = told.and_then(|told| told.listed).map(Listed::of);
        Self { link: RequirementLink::of(report, id), listed }
    }
}

impl Listed {
    fn of(listed: &'static Requirement) -> Self {
        Self {
            document: listed.document.title(),
            clause: listed.clause.as_str(),
            step: listed.step,
            role: listed.role.title(),
            strength: listed.strength.code(),
            provisional: listed.provisional,
            statement: listed.statement,
        }
    }
}
