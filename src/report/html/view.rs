//! The page around the scenarios: the run, the causes, the clauses.

use minijinja::value::Value;
use serde::Serialize;

use crate::event::{RunStarted, Tool};
use crate::spec::Role;
use crate::verdict::Verdict;

use super::super::fold::{Report, RequirementReport};
use super::super::json::incomplete_because;
use super::super::problems::{Cause, Problem, problems};
use super::super::words;
use super::diagram::glyph;

/// Scenarios that are named under one cause or requirement before the rest folds away.
const NAMED: usize = 6;

/// What `page.html` shows.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    run: &'a RunStarted,
    tool: &'a Tool,
    judged: Vec<String>,
    external: Vec<String>,
    started: String,
    duration: String,
    verdict: &'static str,
    exit_code: u8,
    incomplete: Option<String>,
    scenario_tally: Tally,
    requirement_tally: Tally,
    causes: Vec<CauseView<'a>>,
    documents: Vec<DocumentView<'a>>,
    scenarios: Vec<Value>,
    not_run: Vec<NotRunView<'a>>,
    unnamed: usize,
}

/// Counts by verdict, and the bar that shows them.
#[derive(Serialize)]
struct Tally {
    total: usize,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    word: &'static str,
    count: usize,
    /// Where the part begins in the bar.
    from: usize,
}

/// A link to a scenario or to what happened in it.
#[derive(Serialize)]
struct Link<'a> {
    anchor: String,
    name: &'a str,
    word: &'static str,
    glyph: &'static str,
}

#[derive(Serialize)]
struct CauseView<'a> {
    word: &'static str,
    title: &'a str,
    expected: &'a str,
    observed: &'a str,
    message: &'a str,
    requirements: Vec<RequirementLink<'a>>,
    places: Vec<Link<'a>>,
    more: Vec<Link<'a>>,
    count: usize,
}

/// An id, and the anchor of its row.
#[derive(Serialize)]
pub(super) struct RequirementLink<'a> {
    id: &'a str,
    anchor: String,
}

#[derive(Serialize)]
struct DocumentView<'a> {
    title: &'a str,
    tally: Tally,
    clauses: Vec<ClauseView<'a>>,
}

#[derive(Serialize)]
struct ClauseView<'a> {
    clause: &'a str,
    title: &'a str,
    open: bool,
    tally: Tally,
    requirements: Vec<RequirementView<'a>>,
}

#[derive(Serialize)]
struct RequirementView<'a> {
    anchor: String,
    id: &'a str,
    word: &'static str,
    role: &'static str,
    strength: &'static str,
    provisional: bool,
    statement: &'a str,
    scenarios: Vec<Link<'a>>,
    more: Vec<Link<'a>>,
}

#[derive(Serialize)]
struct NotRunView<'a> {
    anchor: String,
    id: &'a str,
    reason: &'a str,
    started: bool,
    replay: &'a str,
}

impl<'a> Page<'a> {
    pub(super) fn of(report: &'a Report, scenarios: Vec<Value>) -> Self {
        Self {
            run: &report.run,
            tool: &report.run.tool,
            judged: titles(&report.run.target.sut),
            external: titles(&report.run.target.external),
            started: words::instant(report.run.started_unix),
            duration: words::duration(report.duration_us),
            verdict: report.verdict().word(),
            exit_code: report.exit_code(),
            incomplete: incomplete_because(report),
            scenario_tally: Tally::of(|verdict| match verdict {
                Some(verdict) => report.count(verdict),
                None => report.not_run(),
            }),
            requirement_tally: Tally::of(|verdict| report.count_requirements(verdict)),
            causes: problems(report).iter().map(|problem| CauseView::of(report, problem)).collect(),
            documents: documents(report),
            scenarios,
            not_run: not_run(report),
            unnamed: report.unnamed,
        }
    }
}

impl Tally {
    fn of(count: impl Fn(Option<Verdict>) -> usize) -> Self {
        let mut total = 0;
        let mut parts = Vec::new();
        for verdict in Verdict::WORST_FIRST.into_iter().map(Some).chain([None]) {
            let count = count(verdict);
            if count > 0 {
                parts.push(Part { word: word(verdict), count, from: total });
            }
            total += count;
        }
        Self { total, parts }
    }

    fn of_requirements(requirements: &[&RequirementReport]) -> Self {
        Self::of(|verdict| requirements.iter().filter(|told| told.verdict == verdict).count())
    }
}

impl<'a> CauseView<'a> {
    fn of(report: &'a Report, problem: &Problem<'a>) -> Self {
        let mut places: Vec<_> = problem
            .places
            .iter()
            .map(|place| Link {
                anchor: match place.finding {
                    Some(position) => format!("s{}-f{position}", place.index),
                    None => format!("s{}", place.index),
                },
                name: &place.scenario.scenario.name,
                word: problem.verdict.word(),
                glyph: glyph(problem.verdict),
            })
            .collect();
        let (title, expected, observed, message) = match problem.cause {
            Cause::Finding { check, expected, observed } => (check, expected, observed, ""),
            Cause::Ending { reason, message } => (reason, "", "", if message == reason { "" } else { message }),
        };
        Self {
            word: problem.verdict.word(),
            title: if title.is_empty() { "no reason given" } else { title },
            expected,
            observed,
            message,
            requirements: problem.requirements.iter().map(|id| RequirementLink::of(report, id)).collect(),
            count: places.len(),
            more: places.split_off(places.len().min(NAMED)),
            places,
        }
    }
}

impl<'a> RequirementLink<'a> {
    /// The anchor is a position: an id comes from the journal and may hold anything.
    pub(super) fn of(report: &Report, id: &'a str) -> Self {
        let row = report.requirements.iter().position(|told| told.id == id);
        Self { id, anchor: row.map_or_else(|| "clauses".to_owned(), |row| format!("r{row}")) }
    }
}

fn documents(report: &Report) -> Vec<DocumentView<'_>> {
    let rows: Vec<_> = report.requirements.iter().collect();
    rows.chunk_by(|one, next| one.document() == next.document())
        .map(|rows| DocumentView {
            title: rows.first().map_or("", |told| words::document(told.document())),
            tally: Tally::of_requirements(rows),
            clauses: rows
                .chunk_by(|one, next| one.clause() == next.clause())
                .map(|rows| ClauseView::of(report, rows))
                .collect(),
        })
        .collect()
}

impl<'a> ClauseView<'a> {
    fn of(report: &'a Report, rows: &[&'a RequirementReport]) -> Self {
        let first = rows.first();
        Self {
            clause: first.map_or("", |told| told.clause()),
            title: first.and_then(|told| told.listed).map_or("", |listed| listed.title),
            open: rows.iter().any(|told| told.verdict.is_some_and(|verdict| verdict > Verdict::Waived)),
            tally: Tally::of_requirements(rows),
            requirements: rows.iter().map(|told| RequirementView::of(report, told)).collect(),
        }
    }
}

impl<'a> RequirementView<'a> {
    fn of(report: &'a Report, told: &'a RequirementReport) -> Self {
        let mut links: Vec<_> = told
            .scenarios
            .iter()
            .filter_map(|(index, verdict)| {
                let scenario = report.scenarios.get(*index)?;
                let glyph = verdict.map_or("·", glyph);
                let link =
                    Link { anchor: format!("s{index}"), name: &scenario.scenario.name, word: word(*verdict), glyph };
                Some((*verdict, link))
            })
            .collect();
        links.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
        let mut scenarios: Vec<_> = links.into_iter().map(|(_, link)| link).collect();
        Self {
            anchor: RequirementLink::of(report, &told.id).anchor,
            id: &told.id,
            word: word(told.verdict),
            role: told.listed.map_or("", |listed| listed.role.title()),
            strength: told.listed.map_or("", |listed| listed.strength.code()),
            provisional: told.listed.is_some_and(|listed| listed.provisional),
            statement: told.listed.map_or("This catalogue does not have the requirement.", |listed| listed.statement),
            more: scenarios.split_off(scenarios.len().min(NAMED)),
            scenarios,
        }
    }
}

fn not_run(report: &Report) -> Vec<NotRunView<'_>> {
    let told = report.scenarios.iter().enumerate().filter(|(_, told)| told.verdict.is_none());
    told.map(|(index, told)| NotRunView {
        anchor: format!("s{index}"),
        id: &told.scenario.id,
        reason: told.reason.as_deref().unwrap_or("no reason given"),
        started: told.started,
        replay: &told.scenario.replay,
    })
    .collect()
}

/// The word for a verdict, or for having none.
pub(super) fn word(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("not-run", Verdict::word)
}

fn titles(roles: &[String]) -> Vec<String> {
    roles.iter().map(|code| code.parse().map_or_else(|_| code.clone(), |role: Role| role.title().to_owned())).collect()
}
