//! The surfaces on which a role is told to act: HTTP, a program for each order, or a person at the terminal.
//!
//! What is said on a surface is no traffic of CAPIF and stays out of the record.

use std::io::{BufRead as _, BufReader, Write as _};

use super::program;
use super::{Lab, LabError, Stop};
use crate::checks::lens;
use crate::clock::{Deadlines, within};
use crate::control::{ActOutcome, Order, Report};
use crate::spec::Party;
use crate::target::{CommandLine, Surface};
use crate::wire::{Caller, Request, Route, Scheme, Timeline};

/// Exit code of a program that knows no such order.
const UNSUPPORTED: i32 = 127;
/// The terminal of whoever started the program.
const TERMINAL: &str = "/dev/tty";

impl Lab {
    /// Gives an order on a surface.
    pub(super) async fn order(&self, party: Party, surface: &Surface, order: &Order) -> Result<Report, Stop> {
        match surface {
            Surface::Http(url) => self.post(party, url, order).await,
            Surface::Command(line) => self.command(party, line, order).await,
            Surface::Prompt => ask(party, order).await,
        }
    }

    /// Lets the product under test forget what it was told in another scenario. One that cannot is taken as it is.
    pub(super) async fn reset(&self) {
        if let Some(Surface::Http(url)) = self.target.control(self.plan.sut)
            && let Some(route) = control_route(url)
        {
            let (caller, _apart) = self.aside();
            let tester = crate::wire::Party::new("tester");
            caller.call(&tester, None, &route, &Request::new("POST", "/reset"), "reset").await;
        }
    }

    async fn post(&self, party: Party, url: &str, order: &Order) -> Result<Report, Stop> {
        let (caller, apart) = self.aside();
        let route =
            control_route(url).ok_or_else(|| LabError::Peer(format!("the control URL {url} cannot be used")))?;
        let request = Request::new("POST", "/act").body("application/json", written(order));
        let tester = crate::wire::Party::new("tester");
        let id = caller.call(&tester, None, &route, &request, "act").await;
        let exchange = apart.get(id).ok_or(LabError::Lost)?;
        let answer = exchange.response.as_ref().and_then(|answer| serde_json::from_slice(&answer.body).ok());
        answer.ok_or_else(|| {
            Stop::Inconclusive(format!("the control surface of {party} did not answer: {}", lens::ending(&exchange)))
        })
    }

    /// A caller whose exchanges are no evidence. An act may take as long as a step: it is many exchanges.
    fn aside(&self) -> (Caller, Timeline) {
        let apart = Timeline::new(self.clock.clone());
        let deadlines = Deadlines { answer: self.target.deadlines.step, ..self.target.deadlines };
        (Caller::new(apart.clone(), self.clock.clone(), deadlines), apart)
    }

    async fn command(&self, party: Party, line: &CommandLine, order: &Order) -> Result<Report, Stop> {
        let whose = format!("the control command of {party}");
        let ended = within(self.target.deadlines.step, program::run(line, &written(order))).await;
        let ended = ended.map_err(|overdue| Stop::Inconclusive(format!("{whose} did not end: {overdue}")))?;
        let output = ended.map_err(|error| Stop::Inconclusive(format!("{whose}: {error}")))?;
        if output.code == Some(UNSUPPORTED) {
            return Ok(Report { outcome: ActOutcome::Unsupported, detail: serde_json::Value::Null });
        }
        let told = if output.code == Some(0) { serde_json::from_str(&output.text).ok() } else { None };
        told.ok_or_else(|| {
            let how = output.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with exit code {code}"));
            Stop::Inconclusive(format!("{whose} ended {how} and printed no report such as {{\"outcome\":\"done\"}}"))
        })
    }
}

/// Whether there is a terminal at which somebody can be asked.
#[must_use]
pub fn somebody_is_there() -> bool {
    std::fs::File::open(TERMINAL).is_ok()
}

/// Asks the person at the terminal to see to it. Questions come one at a time: such a run has one job.
async fn ask(party: Party, order: &Order) -> Result<Report, Stop> {
    let question = format!(
        "\ncapifspec: please let {party} carry out `{}` with\n{}\n  d done · r refused · f failed · u it cannot do that > ",
        order.action,
        serde_json::to_string_pretty(&order.with).unwrap_or_default(),
    );
    let asked = tokio::task::spawn_blocking(move || answer_to(&question)).await;
    let answered = asked.map_err(|_cancelled| Stop::Inconclusive("nobody was asked".to_owned()))?;
    let outcome = answered.map_err(|error| {
        Stop::Inconclusive(format!("nobody could be asked to let {party} act: {TERMINAL}: {error}"))
    })?;
    Ok(Report { outcome, detail: serde_json::Value::Null })
}

fn answer_to(question: &str) -> std::io::Result<ActOutcome> {
    let mut terminal = std::fs::OpenOptions::new().read(true).write(true).open(TERMINAL)?;
    let mut lines = BufReader::new(terminal.try_clone()?).lines();
    loop {
        terminal.write_all(question.as_bytes())?;
        let line = lines.next().ok_or(std::io::ErrorKind::UnexpectedEof)??;
        match line.trim().to_ascii_lowercase().chars().next() {
            Some('d') => return Ok(ActOutcome::Done),
            Some('r') => return Ok(ActOutcome::Refused),
            Some('f') => return Ok(ActOutcome::Failed),
            Some('u') => return Ok(ActOutcome::Unsupported),
            Some(_) | None => {}
        }
    }
}

fn written(order: &Order) -> String {
    serde_json::to_string(order).unwrap_or_default()
}

pub(super) fn control_route(url: &str) -> Option<Route> {
    let host = url.strip_prefix("http://")?.trim_end_matches('/');
    Some(Route {
        server: crate::wire::Party::new("control"),
        address: host.parse().ok()?,
        host: host.to_owned(),
        scheme: Scheme::Plain,
    })
}
