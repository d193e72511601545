//! The surfaces on which a role is told to act: HTTP, a program for each order, or a person at the terminal.
//!
//! What is said on a surface is no traffic of CAPIF and stays out of the record.

use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::program;
use super::{Lab, LabError, Stop};
use crate::checks::lens;
use crate::clock::{Deadlines, within};
use crate::control::{ActOutcome, Order, Report};
use crate::spec::Party;
use crate::target::{CommandLine, Surface};
use crate::wire::{Caller, Exchange, Request, Route, Scheme, Timeline};

/// Exit code of a program that knows no such order.
const UNSUPPORTED: i32 = 127;
/// The word by which a program is told to forget what it was told before.
const RESET: &str = "reset";
/// The terminal of whoever started the program.
const TERMINAL: &str = "/dev/tty";
/// `O_NONBLOCK`.
const NON_BLOCKING: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x0004 };

impl Lab {
    /// Gives an order on a surface.
    pub(super) async fn order(&self, party: Party, surface: &Surface, order: &Order) -> Result<Report, Stop> {
        match surface {
            Surface::Http(url) => self.tell(party, url, order).await,
            Surface::Command(line) => self.command(party, line, order).await,
            Surface::Prompt => ask(party, order).await,
        }
    }

    /// Lets the product under test forget what it was told in another scenario, and says whether it does. One that cannot
    /// is taken as it is; what does not answer is told of at the first act.
    pub(super) async fn reset(&self) -> bool {
        match self.target.control(self.plan.sut) {
            Some(Surface::Http(url)) => {
                let answer = self.post(url, &Request::new("POST", "/reset")).await;
                answer.is_ok_and(|exchange| lens::accepted(&exchange))
            }
            Some(Surface::Command(line)) => {
                let order = Order { action: RESET.to_owned(), with: serde_json::Value::Null };
                let ended = within(self.target.deadlines.step, program::run(line, &written(&order))).await;
                matches!(ended, Ok(Ok(output)) if output.code == Some(0))
            }
            Some(Surface::Prompt) | None => false,
        }
    }

    async fn tell(&self, party: Party, url: &str, order: &Order) -> Result<Report, Stop> {
        let request = Request::new("POST", "/act").body("application/json", written(order));
        let exchange = self.post(url, &request).await?;
        let answer = exchange.response.as_ref().and_then(|answer| serde_json::from_slice(&answer.body).ok());
        answer.ok_or_else(|| {
            Stop::Inconclusive(format!("the control surface of {party} did not answer: {}", lens::ending(&exchange)))
        })
    }

    /// Posts something to a surface, in a record apart: it is no evidence. An act may take as long as a step: it is many
    /// exchanges.
    async fn post(&self, url: &str, request: &Request) -> Result<Arc<Exchange>, LabError> {
        let route =
            control_route(url).ok_or_else(|| LabError::Peer(format!("the control URL {url} cannot be used")))?;
        let apart = Timeline::new(self.clock.clone());
        let deadlines = Deadlines { answer: self.target.deadlines.step, ..self.target.deadlines };
        let caller = Caller::new(apart.clone(), self.clock.clone(), deadlines);
        let id = caller.call(&crate::wire::Party::new("tester"), None, &route, request, "act").await;
        apart.get(id).ok_or(LabError::Lost)
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
    let outcome = answer_to(&question).await.map_err(|error| {
        Stop::Inconclusive(format!("nobody could be asked to let {party} act: {TERMINAL}: {error}"))
    })?;
    Ok(Report { outcome, detail: serde_json::Value::Null })
}

/// Asks until it is answered. Whoever stops waiting leaves no reader behind that would take the next answer.
#[expect(deprecated, reason = "its successor is unsafe for descriptors that change; that of a file does not")]
async fn answer_to(question: &str) -> std::io::Result<ActOutcome> {
    let mut options = std::fs::OpenOptions::new();
    let terminal = options.read(true).write(true).custom_flags(NON_BLOCKING).open(TERMINAL)?;
    let terminal = AsyncFd::with_interest(terminal, Interest::READABLE | Interest::WRITABLE)?;
    let mut line = [0; 1024];
    loop {
        terminal.async_io(Interest::WRITABLE, |mut to| to.write_all(question.as_bytes())).await?;
        // A terminal hands out a line at a time.
        let length = terminal.async_io(Interest::READABLE, |mut from| from.read(&mut line)).await?;
        if length == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let said = String::from_utf8_lossy(line.get(..length).unwrap_or_default()).trim().to_ascii_lowercase();
        match said.chars().next() {
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
