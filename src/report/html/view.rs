//! The page around the scenarios: the run, the causes, the clauses.

use std::collections::BTreeMap;

use minijinja::value::Value;
use serde::Serialize;

use crate::event::{RunStarted, ShardRef, Tool, WaiverRef};
use crate::spec::Role;
use crate::verdict::Verdict;

use super::super::fold::{Report, RequirementReport};
use super::super::json::incomplete_because;
use super::super::problems::{Cause, Problem, problems};
use super::super::ruling::{WaiverReport, cite, kind};
use super::super::score::Score;
use super::super::words;
use super::certificates::{CertificateView, Certificates};
use super::diagram::glyph;
use super::requirement::{RequirementLink, RequirementTold};

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
    score: String,
    // Those of `run` are left out of it where there are none.
    set: Option<&'a str>,
    shard: Option<&'a ShardRef>,
    failed_from: Option<&'a str>,
    waivers_fail: bool,
    waivers: Vec<WaiverView<'a>>,
    reasons: Vec<ReasonView<'a>>,
    causes: Vec<CauseView<'a>>,
    documents: Vec<DocumentView<'a>>,
    scenarios: Vec<Value>,
    certificates: Vec<CertificateView<'a>>,
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

/// A waiver of the target file, and what became of it.
#[derive(Serialize)]
struct WaiverView<'a> {
    word: &'static str,
    badge: &'static str,
    kind: &'static str,
    told: &'a WaiverRef,
    says: String,
    places: Vec<Link<'a>>,
    more: Vec<Link<'a>>,
}

/// Why scenarios were not applicable, or waived.
#[derive(Serialize)]
struct ReasonView<'a> {
    word: &'static str,
    reason: &'a str,
    places: Vec<Link<'a>>,
    more: Vec<Link<'a>>,
}

#[derive(Serialize)]
struct CauseView<'a> {
    word: &'static str,
    title: &'a str,
    expected: &'a str,
    observed: &'a str,
    message: &'a str,
    waivers: Vec<String>,
    step: Option<String>,
    hint: Option<String>,
    requirements: Vec<RequirementTold<'a>>,
    more_requirements: Vec<RequirementLink<'a>>,
    exchange: Option<ExchangeLine<'a>>,
    replay: &'a str,
    places: Vec<Link<'a>>,
    more: Vec<Link<'a>>,
    count: usize,
}

/// The first exchange in which a problem showed.
#[derive(Serialize)]
struct ExchangeLine<'a> {
    anchor: String,
    number: u64,
    client: &'a str,
    server: &'a str,
    asked: &'a str,
    answered: &'a str,
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
    later: Option<&'static str>,
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
    pub(super) fn of(report: &'a Report, scenarios: Vec<Value>, certificates: Certificates<'a>) -> Self {
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
            score: Score::of(report).says(),
            set: report.run.requirement_set.as_deref(),
            shard: report.run.shard.as_ref(),
            failed_from: report.run.failed_from.as_deref(),
            waivers_fail: report.waivers_fail(),
            waivers: report.waivers.iter().map(|told| WaiverView::of(report, told)).collect(),
            reasons: reasons(report),
            causes: problems(report).iter().map(|problem| CauseView::of(report, problem)).collect(),
            documents: documents(report),
            scenarios,
            certificates: certificates.views(),
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
        Self::of(|verdict| requirements.iter().filter(|told| told.scored && told.verdict == verdict).count())
    }
}

impl<'a> WaiverView<'a> {
    fn of(report: &'a Report, told: &'a WaiverReport) -> Self {
        let mut places: Vec<_> = told.scenarios.iter().filter_map(|index| Link::to(report, *index)).collect();
        Self {
            word: told.state.word(),
            badge: told.state.badness().word(),
            kind: kind(told.waiver.subject),
            told: &told.waiver,
            says: told.says(),
            more: places.split_off(places.len().min(NAMED)),
            places,
        }
    }
}

impl<'a> Link<'a> {
    fn to(report: &'a Report, index: usize) -> Option<Self> {
        let told = report.scenarios.get(index)?;
        let glyph = told.verdict.map_or("·", glyph);
        Some(Self { anchor: format!("s{index}"), name: &told.scenario.name, word: word(told.verdict), glyph })
    }
}

fn waived(told: &WaiverReport) -> String {
    format!("{}, for {}: {}", told.subject(), cite(&told.waiver), told.says())
}

/// What was not judged, each reason once, with the scenarios that give it.
fn reasons(report: &Report) -> Vec<ReasonView<'_>> {
    let mut reasons: BTreeMap<(Verdict, &str), Vec<usize>> = BTreeMap::new();
    for (index, told) in report.scenarios.iter().enumerate() {
        if let Some(verdict @ (Verdict::NotApplicable | Verdict::Waived)) = told.verdict {
            let reason = told.reason.as_deref().unwrap_or("no reason given");
            reasons.entry((verdict, reason)).or_default().push(index);
        }
    }
    let view = |((verdict, reason), scenarios): ((Verdict, _), Vec<usize>)| {
        let mut places: Vec<_> = scenarios.into_iter().filter_map(|index| Link::to(report, index)).collect();
        let more = places.split_off(places.len().min(NAMED));
        ReasonView { word: verdict.word(), reason, places, more }
    };
    reasons.into_iter().map(view).collect()
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
        // What was merely not come to is named; it would bury the cause.
        let told = match problem.cause {
            Cause::Ending { .. } if problem.requirements.len() > NAMED => 0,
            Cause::Ending { .. } | Cause::Finding { .. } => problem.requirements.len().min(NAMED),
        };
        let (told, more) = problem.requirements.split_at(told);
        Self {
            word: problem.verdict.word(),
            title: if title.is_empty() { "no reason given" } else { title },
            expected,
            observed,
            message,
            waivers: problem.waivers(report).into_iter().map(waived).collect(),
            step: problem.step().map(|step| format!("{} {}", step.keyword.trim(), step.text)),
            hint: problem.hint(report),
            requirements: told.iter().map(|id| RequirementTold::of(report, id, true)).collect(),
            more_requirements: more.iter().map(|id| RequirementLink::of(report, id)).collect(),
            exchange: problem.exchange().map(|(place, exchange)| ExchangeLine {
                anchor: format!("s{}-e{}", place.index, exchange.number),
                number: exchange.number,
                client: &exchange.client,
                server: &exchange.server,
                asked: words::asked(exchange),
                answered: words::answered(exchange),
            }),
            replay: problem.places.first().map_or("", |place| &place.scenario.scenario.replay),
            count: places.len(),
            more: places.split_off(places.len().min(NAMED)),
            places,
        }
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
            open: rows.iter().any(|told| told.verdict.is_some_and(needs_repair)),
            tally: Tally::of_requirements(rows),
            requirements: rows.iter().map(|told| RequirementView::of(report, told)).collect(),
        }
    }
}

/// Somebody has to change something. What was not seen is told once, above all clauses.
fn needs_repair(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Error | Verdict::Fail | Verdict::UnexpectedPass => true,
        Verdict::Inconclusive | Verdict::Warn | Verdict::Waived | Verdict::Pass | Verdict::NotApplicable => false,
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
            anchor: RequirementLink::of(report, &told.id).into_anchor(),
            id: &told.id,
            word: word(told.verdict),
            role: told.listed.map_or("", |listed| listed.role.title()),
            strength: told.listed.map_or("", |listed| listed.strength.code()),
            provisional: told.listed.is_some_and(|listed| listed.provisional),
            later: told.listed.filter(|_| !told.scored).map(|listed| listed.added),
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
