//! The terminal report: what is wrong, once per cause, with all that is needed to see it again; then the summary.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use crate::event::ExchangeEvent;
use crate::spec::RequirementId;
use crate::verdict::Verdict;

use super::escape::one_line;
use super::fold::Report;
use super::json::incomplete_because;
use super::problems::{Cause, Problem, problems};
use super::ruling::cite;
use super::score::Score;
use super::words::{self, counted};
use super::wrap::wrapped;

/// Columns of text; only commands and ids, which are to be copied, may be longer.
const WIDTH: usize = 100;

/// Leftovers that are told; more are counted.
const LEFT: usize = 10;

/// Where the text of a labelled line begins.
const INDENT: usize = 15;

/// Causes of one verdict that are told in full; more are listed.
const IN_FULL: usize = 12;

/// Causes of one verdict that are listed at all.
const LISTED: usize = 40;

/// Scenarios that are named under one cause.
const NAMED: usize = 4;

/// Lines that one text may take.
const LINES: usize = 6;

/// How the terminal report looks.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Whether colours may be used.
    pub colour: bool,
    /// Where the other reports are, if anywhere.
    pub reports: Option<PathBuf>,
}

/// The report as text for a terminal. Nothing that a peer sent can act on it.
#[must_use]
pub fn terminal(report: &Report, style: &Style) -> String {
    let mut page = Page { text: String::new(), colour: style.colour };
    page.head(report);
    let problems = problems(report);
    for group in problems.chunk_by(|one, next| one.verdict == next.verdict) {
        page.group(report, group);
    }
    page.waivers(report);
    page.summary(report, style);
    page.text
}

struct Page {
    text: String,
    colour: bool,
}

impl Page {
    fn head(&mut self, report: &Report) {
        let run = &report.run;
        let target = self.bold(&one_line(&run.target.name));
        let external = match run.target.external.as_slice() {
            [] => "all peers built in".to_owned(),
            external => format!("external: {}", external.join(", ")),
        };
        let line =
            format!("{} judged, {external}, release {}, seed {}", run.target.sut.join(", "), run.release, run.seed);
        self.line(&format!("capifspec {} · {target}", run.tool.version));
        self.line(&one_line(&line));
    }

    /// All causes of one verdict.
    fn group(&mut self, report: &Report, problems: &[Problem<'_>]) {
        let Some(verdict) = problems.first().map(|problem| problem.verdict) else {
            return;
        };
        let scenarios: BTreeSet<_> =
            problems.iter().flat_map(|problem| &problem.places).map(|place| place.index).collect();
        let (causes, scenarios) = (counted(problems.len(), "cause"), counted(scenarios.len(), "scenario"));
        self.heading(verdict, &format!("{}: {causes} in {scenarios}", heading(verdict)));
        for problem in problems.iter().take(IN_FULL) {
            self.problem(report, problem);
        }
        self.rest(report, problems.get(IN_FULL..).unwrap_or_default());
    }

    fn heading(&mut self, verdict: Verdict, title: &str) {
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        self.line(&format!("\n── {} {rule}", self.painted(verdict, title)));
    }

    /// Every waiver and what became of it, those first that somebody has to do something about.
    fn waivers(&mut self, report: &Report) {
        let mut waivers: Vec<_> = report.waivers.iter().collect();
        waivers.sort_by_key(|told| std::cmp::Reverse(told.state.badness()));
        let Some(worst) = waivers.first().map(|told| told.state.badness()) else {
            return;
        };
        self.heading(worst, &format!("Waivers: {} in the target file", waivers.len()));
        for told in waivers.iter().take(LISTED) {
            let word = self.painted(told.state.badness(), &told.state.word().to_uppercase());
            self.line(&format!("\n{word}  {}", self.bold(&one_line(&told.subject()))));
            self.field("waived for", &cite(&told.waiver));
            self.field("now", &told.says());
            self.places_of(&report.ids(&told.scenarios));
        }
        if waivers.len() > LISTED {
            self.line(&format!("\n  … {} more: see report.html", waivers.len() - LISTED));
        }
    }

    /// Causes beyond those told in full, most frequent first.
    fn rest(&mut self, report: &Report, problems: &[Problem<'_>]) {
        if problems.is_empty() {
            return;
        }
        self.line(&format!("\n  and {}:", counted(problems.len(), "more cause")));
        for problem in problems.iter().take(LISTED) {
            let line = format!("{} × {}", problem.places.len(), title(report, problem));
            self.line(&format!("    {}", clipped(&line, WIDTH - 4)));
        }
        if problems.len() > LISTED {
            self.line(&format!("    … {} more: see report.html", problems.len() - LISTED));
        }
    }

    fn problem(&mut self, report: &Report, problem: &Problem<'_>) {
        let Some(first) = problem.places.first() else {
            return;
        };
        let word = self.painted(problem.verdict, &problem.verdict.word().to_uppercase());
        match problem.cause {
            Cause::Finding { check, expected, observed } => {
                self.line(&format!("\n{word}  {}", self.bold(&one_line(check))));
                self.field("expected", expected);
                self.field("observed", observed);
            }
            Cause::Ending { reason, message } => {
                let name = match problem.places.len() {
                    1 => first.scenario.scenario.name.clone(),
                    all if all == report.scenarios.len() => format!("all {all} scenarios came to the same end"),
                    many => format!("{many} scenarios came to the same end"),
                };
                self.line(&format!("\n{word}  {}", self.bold(&clipped(&name, WIDTH - 14))));
                self.field("reason", reason);
                if message != reason && !message.is_empty() {
                    self.field("because", message);
                }
                if let Some(step) = problem.step() {
                    self.field("step", &format!("{} {} (line {})", step.keyword.trim(), step.text, step.line));
                }
            }
        }
        for waiver in problem.waivers(report) {
            self.field("waived", &format!("{}, for {}", waiver.subject(), cite(&waiver.waiver)));
            self.field("", &waiver.says());
        }
        if let Some(hint) = problem.hint(report) {
            self.field("hint", &hint);
        }
        self.requirements(problem);
        if let Some((_, exchange)) = problem.exchange() {
            self.field("exchange", &exchange_line(exchange));
        }
        self.places(problem);
        self.copied("again", &first.scenario.scenario.replay);
    }

    /// What was missed is told; what was merely not come to is named.
    fn requirements(&mut self, problem: &Problem<'_>) {
        let (told, rest) = problem.requirements.split_at(problem.requirements.len().min(NAMED));
        if matches!(problem.cause, Cause::Ending { .. }) && !rest.is_empty() {
            let count = counted(problem.requirements.len(), "requirement");
            self.field("left open", &format!("{count}: {} …", told.join(", ")));
            return;
        }
        for id in told {
            self.requirement(id);
        }
        if !rest.is_empty() {
            self.field("", &format!("… and {}: {}", counted(rest.len(), "more requirement"), rest.join(", ")));
        }
    }

    fn requirement(&mut self, id: &str) {
        let Ok(listed) = id.parse::<RequirementId>().map(RequirementId::requirement) else {
            self.field("requirement", &format!("{id} (not in this catalogue)"));
            return;
        };
        let provisional = if listed.provisional { ", provisional" } else { "" };
        let place = format!("{} clause {}", listed.document.title(), listed.clause);
        self.field("requirement", &format!("{id} · {place} · {} {}{provisional}", listed.role, listed.strength));
        self.field("", listed.statement);
    }

    fn places(&mut self, problem: &Problem<'_>) {
        self.places_of(&problem.places.iter().map(|place| place.scenario.scenario.id.as_str()).collect::<Vec<_>>());
    }

    fn places_of(&mut self, ids: &[&str]) {
        let label = if ids.len() == 1 { "scenario" } else { "scenarios" };
        for (position, id) in ids.iter().take(NAMED).enumerate() {
            self.copied(if position == 0 { label } else { "" }, id);
        }
        if ids.len() > NAMED {
            self.field("", &format!("… and {}", counted(ids.len() - NAMED, "more scenario")));
        }
    }

    fn summary(&mut self, report: &Report, style: &Style) {
        self.line(&format!("\n{}", "─".repeat(WIDTH)));
        self.counts(
            "scenarios",
            &counts("not-run", |verdict| match verdict {
                Some(verdict) => report.count(verdict),
                None => report.not_run(),
            }),
        );
        self.counts("requirements", &counts("not judged", |verdict| report.count_requirements(verdict)));
        self.score(report);
        for (word, reason, count) in reasons(report) {
            self.field(word, &format!("{count} × {reason}"));
        }
        if let Some(why) = incomplete_because(report) {
            self.field("incomplete", &why);
        }
        self.leftovers(report);
        if let Some(directory) = &style.reports {
            self.copied(
                "reports",
                &format!("{} (report.html, report.json, junit.xml, journal.ndjson)", directory.display()),
            );
        }
        self.field("time", &words::duration(report.duration_us));
        self.labelled("seed", &report.run.seed.to_string());
        self.copied("again", &report.run.command);
        let verdict = report.verdict();
        let word = self.painted(verdict, &verdict.word().to_uppercase());
        self.labelled("verdict", &format!("{word} (exit code {})", report.exit_code()));
    }

    /// What is left at the target, for whoever has to delete it by hand: all of it is in `report.json`.
    fn leftovers(&mut self, report: &Report) {
        for (position, (_, left)) in report.leftovers().take(LEFT).enumerate() {
            let label = if position == 0 { "left behind" } else { "" };
            self.field(label, &format!("{}: {}", left.what, left.why));
        }
        let more = report.leftovers().count().saturating_sub(LEFT);
        if more > 0 {
            self.field("", &format!("… and {more} more (report.json, leftovers)"));
        }
    }

    /// What the target is held to, how far it holds, and what it is not held to.
    fn score(&mut self, report: &Report) {
        let run = &report.run;
        self.field("score", &Score::of(report).says());
        if let Some(set) = &run.requirement_set {
            self.field("held to", &format!("set {set}, release {}, as {}", run.release, run.target.sut.join(", ")));
        }
        let later: Vec<_> = report.requirements.iter().filter(|told| !told.scored).collect();
        for verdict in Verdict::WORST_FIRST {
            let ids: Vec<_> = later.iter().filter(|told| told.verdict == Some(verdict)).map(|told| &*told.id).collect();
            if !ids.is_empty() {
                self.field("not scored", &format!("{} {verdict}: {}", ids.len(), ids.join(", ")));
            }
        }
        if let Some(shard) = &run.shard {
            let part = format!("{} of {}: `capifspec report --merge` makes one report of all", shard.index, shard.of);
            self.field("share", &part);
        }
        if let Some(report) = &run.failed_from {
            self.field("again from", &format!("{report}: only what was not well there"));
        }
    }

    /// Counts by verdict, broken into lines like any text; colours take no room.
    fn counts(&mut self, label: &str, counts: &[(usize, Option<Verdict>, &str)]) {
        let (mut line, mut used, mut label) = (String::new(), 0, label);
        for (count, verdict, word) in counts {
            let length = format!("{count} {word}").chars().count();
            if used > 0 && used + 3 + length > WIDTH - INDENT {
                self.labelled(label, &line);
                (line, used, label) = (String::new(), 0, "");
            }
            if used > 0 {
                line.push_str(" · ");
                used += 3;
            }
            let word = verdict.map_or_else(|| (*word).to_owned(), |verdict| self.painted(verdict, word));
            _ = write!(line, "{count} {word}");
            used += length;
        }
        self.labelled(label, if line.is_empty() { "none" } else { &line });
    }

    /// A labelled text of a peer or of ours, wrapped and never longer than a few lines.
    fn field(&mut self, label: &str, text: &str) {
        let lines = wrapped(&one_line(text), WIDTH - INDENT);
        for (position, line) in lines.iter().take(LINES).enumerate() {
            let cut = position + 1 == LINES && lines.len() > LINES;
            let end = if cut { " … (all of it in report.html)" } else { "" };
            self.labelled(if position == 0 { label } else { "" }, &format!("{line}{end}"));
        }
    }

    /// A labelled text that is to be copied: never wrapped.
    fn copied(&mut self, label: &str, text: &str) {
        self.labelled(label, &one_line(text));
    }

    fn labelled(&mut self, label: &str, text: &str) {
        self.line(&format!("  {label:<12} {text}"));
    }

    fn line(&mut self, line: &str) {
        _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn painted(&self, verdict: Verdict, text: &str) -> String {
        let colour = match verdict {
            Verdict::Error => "1;35",
            Verdict::Fail | Verdict::UnexpectedPass => "1;31",
            Verdict::Inconclusive | Verdict::Warn => "33",
            Verdict::Waived | Verdict::NotApplicable => "2",
            Verdict::Pass => "32",
        };
        if self.colour { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// What there is of each verdict, and of none: `(count, verdict, word)`.
fn counts(none: &'static str, count: impl Fn(Option<Verdict>) -> usize) -> Vec<(usize, Option<Verdict>, &'static str)> {
    let verdicts = Verdict::WORST_FIRST.into_iter().map(|verdict| (Some(verdict), verdict.word()));
    let counts = verdicts.chain([(None, none)]).map(|(verdict, word)| (count(verdict), verdict, word));
    counts.filter(|(count, _, _)| *count > 0).collect()
}

/// Why scenarios were not judged, each reason with its count: `(word, reason, count)`.
fn reasons(report: &Report) -> Vec<(&'static str, &str, usize)> {
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for told in &report.scenarios {
        let word = match told.verdict {
            None => "not run",
            Some(Verdict::NotApplicable) => "not applic.",
            Some(Verdict::Waived) => "waived",
            Some(_) => continue,
        };
        *reasons.entry((word, told.reason.as_deref().unwrap_or("no reason given"))).or_default() += 1;
    }
    if report.unnamed > 0 {
        reasons.insert(("not run", "the run ended before it came to them"), report.unnamed);
    }
    let mut reasons: Vec<_> = reasons.into_iter().map(|((word, reason), count)| (word, reason, count)).collect();
    reasons.sort_by_key(|(word, _, count)| (*word, std::cmp::Reverse(*count)));
    reasons
}

fn heading(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Error => "Errors of the harness",
        Verdict::Fail => "Failures",
        Verdict::UnexpectedPass => "Unexpected passes",
        Verdict::Inconclusive => "Inconclusive",
        Verdict::Warn => "Warnings",
        Verdict::Waived => "Waived",
        Verdict::Pass => "Passed",
        Verdict::NotApplicable => "Not applicable",
    }
}

fn title(report: &Report, problem: &Problem<'_>) -> String {
    let first = problem.places.first().and_then(|place| report.scenarios.get(place.index));
    let name = first.map(|told| told.scenario.name.as_str()).unwrap_or_default();
    match problem.cause {
        Cause::Finding { check, observed, .. } => format!("{check}: {observed}"),
        Cause::Ending { reason, .. } => format!("{name}: {reason}"),
    }
}

fn exchange_line(exchange: &ExchangeEvent) -> String {
    let (asked, answered) = (words::asked(exchange), words::answered(exchange));
    format!("{}: {} → {}  {asked} → {answered}", exchange.number, exchange.client, exchange.server)
}

fn clipped(text: &str, width: usize) -> String {
    let text = one_line(text);
    if text.chars().count() <= width {
        return text.into_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(std::iter::once('…')).collect()
}
