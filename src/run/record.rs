//! From live exchanges and findings to redacted events, and into the journal.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use super::execute::Settings;
use super::feature::Scenario;
use crate::event::{
    CertificateEvent, ExchangeEvent, Judged, LeftBehind, Leftover, MessageEvent, RunEvent, ScenarioRef, TlsEvent,
    WaivedKind, WaiverRef,
};
use crate::lab;
use crate::pki::Summary;
use crate::redact::Redactor;
use crate::spec::Party;
use crate::steps::World;
use crate::target::{Subject, Waiver};
use crate::verdict::Finding;
use crate::wire::{Exchange, Outcome, RawMessage, TlsFacts};

/// Bytes of messages that one scenario tells in full: many times what one needs that is not flooded.
const MESSAGES_IN_FULL: usize = 512 * 1024;
/// What is told of a text after that.
const SHORT: usize = 256;
/// And of header fields.
const SHORT_HEADERS: usize = 24;

/// Why a run could not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The directory or a file in it cannot be written.
    #[error("cannot write to {path}: {source}; choose another place")]
    Output {
        /// The place.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Keys could not be made.
    #[error("cannot make keys: {0}")]
    Keys(#[from] crate::pki::PkiError),
    /// The machine gives no runtime.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
}

/// Turns what one worker sees into events.
pub(super) struct Recorder<'a> {
    events: &'a SyncSender<RunEvent>,
    settings: &'a Settings,
    redactor: Redactor,
    told: BTreeSet<u64>,
    /// Bytes of messages that this scenario may still tell in full.
    room: usize,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(events: &'a SyncSender<RunEvent>, settings: &'a Settings) -> Self {
        Self { events, settings, redactor: Redactor::new(), told: BTreeSet::new(), room: MESSAGES_IN_FULL }
    }

    pub(super) fn say(&self, event: RunEvent) {
        // The receiver goes last; when it is gone the process is ending and there is nobody to tell.
        let _gone = self.events.send(event);
    }

    pub(super) fn begin(&mut self, scenario: &Scenario) {
        self.told.clear();
        self.room = MESSAGES_IN_FULL;
        self.redactor = Redactor::new();
        self.say(RunEvent::ScenarioStarted(scenario_ref(scenario, self.settings)));
    }

    pub(super) fn redacted(&self, text: &str) -> String {
        self.redactor.brief(text)
    }

    pub(super) fn finding(&self, scenario: &Scenario, finding: Finding) -> Finding {
        let finding = Finding {
            expected: self.redactor.brief(&finding.expected),
            observed: self.redactor.brief(&finding.observed),
            ..finding
        };
        self.say(RunEvent::Judged(Judged { scenario: scenario.id.clone(), finding: finding.clone() }));
        finding
    }

    pub(super) fn left_behind(&self, scenario: &Scenario, left: Vec<lab::Leftover>) {
        if !left.is_empty() {
            let redacted = |left: lab::Leftover| Leftover {
                what: self.redactor.text(&left.what),
                why: self.redactor.text(&left.why),
            };
            let leftovers = left.into_iter().map(redacted).collect();
            self.say(RunEvent::LeftBehind(LeftBehind { scenario: scenario.id.clone(), leftovers }));
        }
    }

    /// Tells the exchanges that have come about since the last call.
    pub(super) fn exchanges(&mut self, scenario: &Scenario, world: &World) {
        let Some(lab) = world.running() else {
            return;
        };
        for secret in lab.secrets() {
            self.redactor.register("secret", &secret);
        }
        for exchange in lab.exchanges() {
            if exchange.outcome != Outcome::Open && self.told.insert(exchange.id.0) {
                let event = RunEvent::Exchanged(self.exchange(scenario, &exchange));
                self.say(event);
            }
        }
    }

    fn exchange(&mut self, scenario: &Scenario, exchange: &Exchange) -> ExchangeEvent {
        let role =
            |name: &str| Party::named(name).map_or_else(|| name.to_owned(), |party| party.role.code().to_owned());
        let witnesses = [(exchange.witnesses.client, "client"), (exchange.witnesses.server, "server")];
        ExchangeEvent {
            scenario: scenario.id.clone(),
            number: exchange.id.0,
            client: exchange.client.name().to_owned(),
            server: exchange.server.name().to_owned(),
            client_role: role(exchange.client.name()),
            server_role: role(exchange.server.name()),
            witnesses: witnesses.into_iter().filter(|(seen, _)| *seen).map(|(_, end)| end.to_owned()).collect(),
            started_us: exchange.started_us,
            ended_us: exchange.ended_us,
            tls: exchange.tls.as_ref().map(tls_event),
            request: exchange.request.as_ref().map(|message| self.message(message)),
            response: exchange.response.as_ref().map(|message| self.message(message)),
            outcome: self.redactor.brief(&exchange.outcome.to_string()),
            purpose: self.redactor.brief(&exchange.purpose),
        }
    }
}

impl Recorder<'_> {
    fn message(&mut self, message: &RawMessage) -> MessageEvent {
        let mut event = self.redactor.message(&message.head, &message.body);
        event.body_length = message.body_length();
        if message.left_out > 0 {
            event.body.push_str(&format!("\n<{} more bytes were not kept>", message.left_out));
        }
        let headers: usize = event.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        match self.room.checked_sub(event.start_line.len() + headers + event.body.len()) {
            Some(room) => self.room = room,
            None => shorten(&mut event),
        }
        event
    }
}

/// A message of a scenario that has told too much already.
fn shorten(event: &mut MessageEvent) {
    let cut = |text: &mut String| {
        if text.len() > SHORT {
            text.truncate(text.floor_char_boundary(SHORT));
            text.push_str(" <cut here: the messages of this scenario are too long>");
        }
    };
    event.headers.truncate(SHORT_HEADERS);
    event.headers.iter_mut().for_each(|(name, value)| {
        cut(name);
        cut(value);
    });
    cut(&mut event.start_line);
    cut(&mut event.body);
}

/// A scenario, as the journal names it.
pub(super) fn scenario_ref(scenario: &Scenario, settings: &Settings) -> ScenarioRef {
    ScenarioRef {
        id: scenario.id.clone(),
        feature: scenario.path.clone(),
        name: scenario.name.clone(),
        line: scenario.line,
        tags: scenario.tags.clone(),
        sut: scenario.sut.code().to_owned(),
        requirements: scenario.requirements.iter().map(ToString::to_string).collect(),
        replay: settings.replay(&scenario.id),
    }
}

/// A waiver, as the journal names it.
pub(super) fn waiver_ref(waiver: &Waiver) -> WaiverRef {
    WaiverRef {
        subject: match waiver.subject {
            Subject::Requirement(_) => WaivedKind::Requirement,
            Subject::Check(_) => WaivedKind::Check,
            Subject::Scenario(_) => WaivedKind::Scenario,
        },
        name: waiver.subject.name().to_owned(),
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        expires: waiver.expires.clone(),
    }
}

fn tls_event(tls: &TlsFacts) -> TlsEvent {
    let chain = |chain: &[Vec<u8>]| chain.iter().filter_map(|der| Summary::of(der)).map(certificate_event).collect();
    TlsEvent {
        version: tls.version.clone(),
        suite: tls.suite.clone(),
        alpn: tls.alpn.clone(),
        server_chain: chain(&tls.server_chain),
        client_chain: chain(&tls.client_chain),
        alert: tls.alert.clone(),
    }
}

fn certificate_event(summary: Summary) -> CertificateEvent {
    CertificateEvent {
        subject: summary.subject,
        issuer: summary.issuer,
        serial: summary.serial,
        not_before: summary.not_before,
        not_after: summary.not_after,
        names: summary.names,
        sha256: summary.sha256,
    }
}
