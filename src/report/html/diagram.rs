//! The sequence diagram of a scenario: lanes are the parties, arrows are the exchanges really seen, from top to bottom
//! as time went, between the steps of the scenario that brought them about. Geometry only; `diagram.svg` draws it.

use serde::Serialize;

use crate::event::{ExchangeEvent, StepOutcome};
use crate::spec::Role;
use crate::verdict::{Finding, Verdict};

use super::super::fold::ScenarioReport;
use super::super::problems::is_setup;
use super::super::words;

/// Width of twenty characters of a request line, and of a purpose.
const TWENTY_CHARACTERS: (i32, i32) = (133, 126);
/// Room at the ends of an arrow that its label leaves free.
const ENDS: i32 = 44;
/// Room left and right of the outer lanes.
const MARGIN: i32 = 90;
/// Room at the right for the marks of findings.
const MARKS: i32 = 56;
/// Height of the heads of the lanes.
const HEAD: i32 = 50;
/// Narrowest and widest distance of two lanes, and the width that all of them share before the diagram scrolls.
const GAP: (i32, i32, i32) = (200, 380, 900);
/// From the line before to an arrow that goes out, with its label; to one that comes back; and what a purpose adds.
const ROW: (i32, i32, i32) = (38, 24, 13);
/// Height of a step of the scenario.
const CAPTION: i32 = 26;
/// Room below an arrow that ends in a cross, for what came instead of an answer.
const CROSS: i32 = 20;

/// One diagram.
#[derive(Serialize)]
pub(super) struct Diagram {
    title: String,
    width: i32,
    height: i32,
    lanes: Vec<Lane>,
    bands: Vec<Band>,
    arrows: Vec<Arrow>,
    captions: Vec<Caption>,
}

/// A step of the scenario, above what it brought about; with the worst of what was judged in it.
#[derive(Serialize)]
struct Caption {
    y: i32,
    text: String,
    /// All of the text, where there is no room for it.
    full: Option<String>,
    verdict: Option<&'static str>,
    glyph: Option<&'static str>,
}

/// A party.
#[derive(Serialize)]
struct Lane {
    x: i32,
    name: String,
    role: String,
    under_test: bool,
    #[serde(skip)]
    party: String,
}

/// The stretch of time in which a deviation was on.
#[derive(Serialize)]
struct Band {
    y: i32,
    height: i32,
}

/// A message, or what came instead of one.
#[derive(Serialize)]
struct Arrow {
    class: &'static str,
    y: i32,
    from: i32,
    to: i32,
    /// Where the label stands in the middle of.
    middle: i32,
    /// -1 to the left, 1 to the right.
    direction: i32,
    /// It did not arrive: where it broke off.
    broken_at: Option<i32>,
    /// Number of the exchange, on the arrow that opens it.
    number: Option<u64>,
    label: String,
    /// What came instead of an answer.
    instead: Option<String>,
    /// All of the label, where there is no room for it.
    full: Option<String>,
    purpose: Option<Purpose>,
    anchor: String,
    marks: Vec<Mark>,
}

/// The operation, or why the request was sent.
#[derive(Serialize)]
struct Purpose {
    x: i32,
    text: String,
}

/// A finding that was made in an exchange.
#[derive(Serialize)]
struct Mark {
    x: i32,
    verdict: &'static str,
    glyph: &'static str,
    check: String,
    anchor: String,
}

/// Draws these exchanges of a scenario; nothing when there is none.
pub(super) fn diagram(index: usize, told: &ScenarioReport, exchanges: &[&ExchangeEvent]) -> Option<Diagram> {
    if exchanges.is_empty() {
        return None;
    }
    let lanes = lanes(told, exchanges);
    let mut pen = Pen { index, told, lanes, y: HEAD, arrows: Vec::new(), bands: Vec::new(), captions: Vec::new() };
    let mut steps = steps(told).into_iter().peekable();
    for moment in moments(exchanges) {
        while let Some(step) = steps.next_if(|step| step.begins_us <= moment.when_us()) {
            pen.caption(&step);
        }
        match moment {
            Moment::Asked(exchange) => pen.ask(exchange),
            Moment::Answered(exchange) => pen.answer(exchange),
        }
    }
    steps.for_each(|step| pen.caption(&step));
    let right = pen.lanes.iter().map(|lane| lane.x).fold(0, i32::max);
    let marks = if pen.arrows.iter().any(|arrow| !arrow.marks.is_empty()) { MARKS } else { 0 };
    let parties: Vec<_> = pen.lanes.iter().map(|lane| lane.party.as_str()).collect();
    Some(Diagram {
        title: format!("{} between {}", words::counted(exchanges.len(), "exchange"), parties.join(", ")),
        width: right + MARGIN + marks,
        height: pen.y + 16,
        lanes: pen.lanes,
        bands: pen.bands,
        arrows: pen.arrows,
        captions: pen.captions,
    })
}

/// A step that did or judged something.
struct Step<'a> {
    keyword: &'a str,
    text: &'a str,
    /// Before what happened from then on.
    begins_us: u64,
    judged: Option<Verdict>,
}

/// The steps of the procedure: what came before it set the scene, and is told as such.
fn steps(told: &ScenarioReport) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let (mut clock, mut kind) = (0, "Given");
    for (step, brought) in told.steps.iter().zip(&told.brought) {
        kind = if matches!(step.keyword.as_str(), "And" | "But" | "*") { kind } else { &step.keyword };
        let judged = told.findings.get(brought.findings.clone()).unwrap_or_default();
        let exchanges = || told.exchanges.iter().filter(|exchange| brought.exchanges.contains(&exchange.number));
        let begins_us = exchanges().map(|exchange| exchange.started_us).min().unwrap_or(clock).max(clock);
        clock = exchanges().filter_map(|exchange| exchange.ended_us).map(|ended| ended + 1).fold(begins_us, u64::max);
        if kind != "Given" && step.outcome != StepOutcome::NotReached {
            let judged = judged.iter().map(|finding| finding.verdict).max();
            steps.push(Step { keyword: &step.keyword, text: &step.text, begins_us, judged });
        }
    }
    steps
}

/// Something that happens at one instant.
enum Moment<'a> {
    Asked(&'a ExchangeEvent),
    Answered(&'a ExchangeEvent),
}

impl Moment<'_> {
    fn when_us(&self) -> u64 {
        match self {
            Self::Asked(exchange) => exchange.started_us,
            Self::Answered(exchange) => exchange.ended_us.unwrap_or(exchange.started_us),
        }
    }
}

/// Requests and answers in the order of time: a notification sent while a request is still open stands inside it.
fn moments<'a>(exchanges: &[&'a ExchangeEvent]) -> Vec<Moment<'a>> {
    let mut moments = Vec::new();
    for exchange in exchanges {
        let ended = exchange.ended_us.unwrap_or(exchange.started_us).max(exchange.started_us);
        moments.push(((exchange.started_us, exchange.number, 0), Moment::Asked(exchange)));
        if !is_refused(exchange) {
            moments.push(((ended, exchange.number, 1), Moment::Answered(exchange)));
        }
    }
    moments.sort_by_key(|(when, _)| *when);
    moments.into_iter().map(|(_, moment)| moment).collect()
}

/// The parties in the order in which CAPIF's figures draw them.
fn lanes(told: &ScenarioReport, exchanges: &[&ExchangeEvent]) -> Vec<Lane> {
    let mut parties: Vec<(&str, &str)> = Vec::new();
    for exchange in exchanges {
        for party in [(&exchange.client, &exchange.client_role), (&exchange.server, &exchange.server_role)] {
            let party = (party.0.as_str(), party.1.as_str());
            if !parties.contains(&party) {
                parties.push(party);
            }
        }
    }
    parties.sort_by_key(|(name, role)| (rank(role), *name));
    let gap = gap(&parties, exchanges);
    let mut x = MARGIN;
    parties
        .into_iter()
        .map(|(name, role)| {
            let under_test = role == told.scenario.sut;
            let lane = Lane {
                x,
                name: shortened(name, if under_test { 10 } else { 20 }),
                role: role.parse().map_or_else(|_| beside_figures(role), |role| in_figures(role).to_owned()),
                under_test,
                party: name.to_owned(),
            };
            x += gap;
            lane
        })
        .collect()
}

/// A role as the figures of TS 23.222 head its lane.
fn in_figures(role: Role) -> &'static str {
    match role {
        Role::CoreFunction => "CAPIF core function",
        Role::ExposingFunction => "API exposing function",
        Role::Invoker => "API invoker",
        Role::ResourceOwnerFunction => "resource owner function",
        Role::PublishingFunction => "API publishing function",
        Role::ManagementFunction => "API management function",
        Role::PeerCoreFunction => "peer CAPIF core function",
    }
}

/// What is no role of CAPIF and stands beside the figures: the service logic behind an exposing function.
fn beside_figures(role: &str) -> String {
    if is_service(role) { "service logic".to_owned() } else { role.to_owned() }
}

fn is_service(role: &str) -> bool {
    role == "service" || role.starts_with("service-")
}

fn rank(role: &str) -> usize {
    const ORDER: [&str; 8] = ["rof", "invoker", "ccf-peer", "ccf", "aef", "service", "apf", "amf"];
    let role = if is_service(role) { "service" } else { role };
    ORDER.iter().position(|known| *known == role).unwrap_or(ORDER.len())
}

/// Wide enough for the longest label between neighbours, as far as the page allows.
fn gap(parties: &[(&str, &str)], exchanges: &[&ExchangeEvent]) -> i32 {
    let (narrowest, widest, page) = GAP;
    let at = |party: &str| parties.iter().position(|(name, _)| *name == party).unwrap_or_default();
    let wanted = exchanges.iter().map(|exchange| {
        let asked = request_line(words::asked(exchange), usize::MAX).chars().count();
        let lanes = at(&exchange.client).abs_diff(at(&exchange.server)).max(1);
        let label = asked.max(words::answered(exchange).chars().count());
        (width_of(label + 1, TWENTY_CHARACTERS.0) + ENDS) / small(lanes)
    });
    let most = (page / small(parties.len().saturating_sub(1).max(1))).max(narrowest);
    wanted.fold(narrowest, i32::max).min(widest.min(most))
}

struct Pen<'a> {
    index: usize,
    told: &'a ScenarioReport,
    lanes: Vec<Lane>,
    y: i32,
    arrows: Vec<Arrow>,
    bands: Vec<Band>,
    captions: Vec<Caption>,
}

impl Pen<'_> {
    fn caption(&mut self, step: &Step<'_>) {
        self.y += CAPTION;
        let width = self.lanes.iter().map(|lane| lane.x).fold(0, i32::max) + MARGIN;
        let text = format!("{} {}", step.keyword, step.text);
        let room = usize::try_from((width - 40) * 20 / TWENTY_CHARACTERS.1).unwrap_or_default();
        let short = shortened(&text, room);
        self.captions.push(Caption {
            y: self.y,
            full: (short != text).then_some(text),
            text: short,
            verdict: step.judged.map(Verdict::word),
            glyph: step.judged.map(glyph),
        });
    }

    fn ask(&mut self, exchange: &ExchangeEvent) {
        let named = !matches!(exchange.purpose.as_str(), "" | "setup" | "arranging" | "request");
        let top = self.y;
        self.y += ROW.0 + if named { ROW.2 } else { 0 };
        let mut arrow = self.arrow(exchange, (&exchange.client, &exchange.server), words::asked(exchange));
        arrow.number = Some(exchange.number);
        arrow.purpose = named.then(|| self.purpose(asked_for(&exchange.purpose).0, arrow.middle));
        arrow.marks = self.marks(exchange.number);
        if is_refused(exchange) {
            arrow.broken_at = Some(arrow.from + (arrow.to - arrow.from) * 7 / 10);
            arrow.instead = Some(fitted(&exchange.outcome, arrow.from, arrow.to));
            self.y += CROSS;
        }
        self.band(exchange, top);
        self.arrows.push(arrow);
    }

    fn answer(&mut self, exchange: &ExchangeEvent) {
        let top = self.y;
        let answers = asked_for(&exchange.purpose).1;
        self.y += ROW.1 + if answers.is_some() { ROW.2 } else { 0 };
        let mut arrow = self.arrow(exchange, (&exchange.server, &exchange.client), words::answered(exchange));
        arrow.purpose = answers.map(|purpose| self.purpose(purpose, arrow.middle));
        arrow.broken_at = exchange.response.is_none().then(|| arrow.from + (arrow.to - arrow.from) * 3 / 10);
        self.band(exchange, top);
        self.arrows.push(arrow);
    }

    fn arrow(&self, exchange: &ExchangeEvent, (from, to): (&str, &str), label: &str) -> Arrow {
        let at = |party: &str| self.lanes.iter().find(|lane| lane.party == party).map_or(MARGIN, |lane| lane.x);
        let (from, mut to) = (at(from), at(to));
        if from == to {
            // A party that calls itself: a stub to the right, long enough to carry its label.
            to += 120;
        }
        let short = fitted(label, from, to);
        Arrow {
            class: class(exchange),
            y: self.y,
            from,
            to,
            middle: i32::midpoint(from, to),
            direction: if to > from { 1 } else { -1 },
            broken_at: None,
            number: None,
            instead: None,
            full: (short != label).then(|| label.to_owned()),
            label: short,
            purpose: None,
            anchor: format!("s{}-e{}", self.index, exchange.number),
            marks: Vec::new(),
        }
    }

    /// Above the middle of its arrow, and within the diagram.
    fn purpose(&self, purpose: &str, middle: i32) -> Purpose {
        let width = self.lanes.iter().map(|lane| lane.x).fold(0, i32::max) + MARGIN;
        let text = shortened(purpose, usize::try_from((width - 16) * 20 / TWENTY_CHARACTERS.1).unwrap_or_default());
        let half = width_of(text.chars().count(), TWENTY_CHARACTERS.1) / 2 + 8;
        Purpose { x: middle.min(width - half).max(half), text }
    }

    /// A deviation is marked over all the time that it is on the wire.
    fn band(&mut self, exchange: &ExchangeEvent, top: i32) {
        if class(exchange) == "deviation" {
            self.bands.push(Band { y: top + 7, height: self.y - top });
        }
    }

    fn marks(&self, number: u64) -> Vec<Mark> {
        let right = self.lanes.iter().map(|lane| lane.x).fold(0, i32::max) + MARGIN - 8;
        let made: Vec<(usize, &Finding)> =
            self.told.findings.iter().enumerate().filter(|(_, finding)| finding.exchange == Some(number)).collect();
        made.into_iter()
            .take(3)
            .enumerate()
            .map(|(place, (position, finding))| Mark {
                x: right + 20 * small(place),
                verdict: finding.verdict.word(),
                glyph: glyph(finding.verdict),
                check: finding.check.clone(),
                anchor: format!("s{}-f{position}", self.index),
            })
            .collect()
    }
}

/// What a request is for, and what its answer is, where a figure has a word for that too: `request → response`.
fn asked_for(purpose: &str) -> (&str, Option<&str>) {
    match purpose.split_once(" → ") {
        Some((request, answer)) => (request, Some(answer)),
        None => (purpose, None),
    }
}

/// A label as far as there is room for it on an arrow.
fn fitted(label: &str, from: i32, to: i32) -> String {
    let room = ((to - from).abs() - ENDS).max(0) * 20 / TWENTY_CHARACTERS.0;
    request_line(label, usize::try_from(room).unwrap_or_default())
}

/// A request line without the root of its API, which the operation tells, and without more of the path where there is
/// no room; anything else shortened.
fn request_line(asked: &str, room: usize) -> String {
    let Some((method, target)) = asked.split_once(" /") else {
        return shortened(asked, room);
    };
    let is_version = |segment: &str| {
        let number = segment.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let path = target.split('?').next().unwrap_or_default();
    let root = path.split('/').position(is_version).map_or(0, |version| version + 1);
    let segments = path.split('/').count();
    let mut shown = (root..segments).map(|from| {
        let rest = target.splitn(from + 1, '/').last().unwrap_or_default();
        if from == 0 { asked.to_owned() } else { format!("{method} …/{rest}") }
    });
    let last = shown.next_back().unwrap_or_else(|| asked.to_owned());
    shown.find(|line| line.chars().count() <= room).unwrap_or_else(|| shortened(&last, room))
}

/// Whether it got no further than the handshake. In TLS 1.3 the client may have sent its request before it knew.
fn is_refused(exchange: &ExchangeEvent) -> bool {
    let alert = exchange.tls.as_ref().and_then(|tls| tls.alert.as_ref());
    exchange.request.is_none() || exchange.response.is_none() && alert.is_some()
}

/// How an exchange is drawn, from why it happened.
pub(super) fn class(exchange: &ExchangeEvent) -> &'static str {
    match exchange.purpose.as_str() {
        _ if is_setup(exchange) => "setup",
        purpose if purpose.starts_with("deviation") => "deviation",
        purpose if purpose.starts_with("clean twin") || purpose == "read back" => "twin",
        _ => "plain",
    }
}

/// One character for a verdict: not by colour alone.
pub(super) fn glyph(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail | Verdict::UnexpectedPass => "×",
        Verdict::Error | Verdict::Warn => "!",
        Verdict::Inconclusive => "?",
        Verdict::Waived | Verdict::NotApplicable => "–",
    }
}

/// Short enough, with the beginning and the end, where paths differ.
fn shortened(text: &str, room: usize) -> String {
    let length = text.chars().count();
    if length <= room {
        return text.to_owned();
    }
    let kept = room.saturating_sub(1);
    let tail = kept / 2;
    text.chars().take(kept - tail).chain(std::iter::once('…')).chain(text.chars().skip(length - tail)).collect()
}

fn width_of(characters: usize, twenty: i32) -> i32 {
    small(characters) * twenty / 20
}

/// A small count as a coordinate.
fn small(count: usize) -> i32 {
    u16::try_from(count).unwrap_or(u16::MAX).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_labels_keep_both_ends() {
        assert_eq!(shortened("/capif-security/v1/token", 11), "/capi…token");
        assert_eq!(shortened("short", 11), "short");
    }

    #[test]
    fn request_lines_keep_the_resource() {
        let asked = "DELETE /capif-security/v1/trustedInvokers/INV7?a=b/c";
        assert_eq!(request_line(asked, 50), "DELETE …/trustedInvokers/INV7?a=b/c");
        assert_eq!(request_line(asked, 20), "DELETE …/INV7?a=b/c");
        assert_eq!(request_line(asked, 11), "DELET…a=b/c");
        assert_eq!(request_line("POST /v1", 50), "POST /v1");
        assert_eq!(request_line("POST /a/notifications-7", 50), "POST /a/notifications-7");
        assert_eq!(request_line("201 Created", 6), "201…ed");
    }
}
