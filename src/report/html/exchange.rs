//! One exchange on the page: a line, and what opens below it.

use std::collections::HashMap;

use serde::Serialize;

use crate::event::{ExchangeEvent, MessageEvent, TlsEvent, TokenEvent};

use super::super::fold::ScenarioReport;
use super::super::problems::is_setup;
use super::super::words;
use super::body::{cut, indented};
use super::certificates::{CertificateLink, Certificates};
use super::diagram::{class, glyph};

/// Characters of a body that a scenario without a problem shows; the journal has all of it.
const BODY: usize = 2_000;

/// What is told of the exchanges of one scenario.
pub(super) struct Telling<'r, 'a> {
    /// Position of the scenario in the report.
    pub(super) index: usize,
    /// The scenario.
    pub(super) told: &'a ScenarioReport,
    /// Nothing is wrong in it: long bodies are cut, and what set its scene is a line for each exchange.
    pub(super) brief: bool,
    /// The certificates of the whole report.
    pub(super) certificates: &'r mut Certificates<'a>,
    /// Tokens that an earlier exchange of this scenario shows, and its number.
    pub(super) tokens: HashMap<&'a str, u64>,
}

#[derive(Serialize)]
pub(super) struct ExchangeView<'a> {
    anchor: String,
    number: u64,
    client: &'a str,
    server: &'a str,
    outcome: &'a str,
    purpose: &'a str,
    class: &'static str,
    asked: &'a str,
    answered: &'a str,
    /// What opens below the line.
    opened: Option<Opened<'a>>,
}

#[derive(Serialize)]
struct Opened<'a> {
    started: String,
    took: Option<String>,
    witnesses: &'a [String],
    messages: Vec<MessageView<'a>>,
    tls: Option<TlsView<'a>>,
    findings: Vec<FindingLink<'a>>,
}

#[derive(Serialize)]
struct MessageView<'a> {
    title: &'static str,
    message: &'a MessageEvent,
    body: String,
    /// Whether the length is worth a line.
    measured: bool,
    /// Characters of the body that are not shown.
    left_out: usize,
    tokens: Vec<TokenView<'a>>,
}

#[derive(Serialize)]
struct TokenView<'a> {
    fingerprint: &'a str,
    place: &'a str,
    header: &'a str,
    claims: String,
    /// The exchange in which it is already decoded.
    seen: Option<TokenLink>,
}

#[derive(Serialize)]
struct TokenLink {
    anchor: String,
    number: u64,
}

#[derive(Serialize)]
struct TlsView<'a> {
    tls: &'a TlsEvent,
    server: Vec<CertificateLink<'a>>,
    client: Vec<CertificateLink<'a>>,
}

#[derive(Serialize)]
struct FindingLink<'a> {
    anchor: String,
    check: &'a str,
    word: &'static str,
    glyph: &'static str,
}

impl<'a> Telling<'_, 'a> {
    pub(super) fn exchange(&mut self, exchange: &'a ExchangeEvent) -> ExchangeView<'a> {
        let findings = self.findings(exchange.number);
        let line = self.brief && is_setup(exchange) && findings.is_empty();
        ExchangeView {
            anchor: self.anchor(exchange.number),
            number: exchange.number,
            client: &exchange.client,
            server: &exchange.server,
            outcome: &exchange.outcome,
            purpose: if is_setup(exchange) { "" } else { &exchange.purpose },
            class: class(exchange),
            asked: words::asked(exchange),
            answered: words::answered(exchange),
            opened: (!line).then(|| self.opened(exchange, findings)),
        }
    }

    fn anchor(&self, number: u64) -> String {
        format!("s{}-e{number}", self.index)
    }

    fn findings(&self, number: u64) -> Vec<FindingLink<'a>> {
        let made = self.told.findings.iter().enumerate().filter(|(_, finding)| finding.exchange == Some(number));
        made.map(|(position, finding)| FindingLink {
            anchor: format!("s{}-f{position}", self.index),
            check: &finding.check,
            word: finding.verdict.word(),
            glyph: glyph(finding.verdict),
        })
        .collect()
    }

    fn opened(&mut self, exchange: &'a ExchangeEvent, findings: Vec<FindingLink<'a>>) -> Opened<'a> {
        let messages = [("Request", exchange.request.as_ref()), ("Answer", exchange.response.as_ref())];
        let messages = messages.into_iter().filter_map(|(title, message)| Some((title, message?)));
        Opened {
            started: words::duration(exchange.started_us),
            took: exchange.ended_us.map(|ended| words::duration(ended.saturating_sub(exchange.started_us))),
            witnesses: &exchange.witnesses,
            messages: messages.map(|(title, message)| self.message(exchange.number, title, message)).collect(),
            tls: exchange.tls.as_ref().map(|tls| TlsView {
                tls,
                server: self.certificates.chain(&tls.server_chain),
                client: self.certificates.chain(&tls.client_chain),
            }),
            findings,
        }
    }

    fn message(&mut self, number: u64, title: &'static str, message: &'a MessageEvent) -> MessageView<'a> {
        let mut body = indented(&message.body).unwrap_or_else(|| message.body.clone());
        let left_out = if self.brief { cut(&mut body, BODY) } else { 0 };
        let tokens = message.tokens.iter().map(|token| self.token(number, token)).collect();
        MessageView { title, message, body, measured: !self.brief || left_out > 0, left_out, tokens }
    }

    fn token(&mut self, number: u64, token: &'a TokenEvent) -> TokenView<'a> {
        let first = *self.tokens.entry(&token.fingerprint).or_insert(number);
        TokenView {
            fingerprint: &token.fingerprint,
            place: &token.place,
            header: &token.header,
            claims: indented(&token.claims).unwrap_or_else(|| token.claims.clone()),
            seen: (self.brief && first != number).then(|| TokenLink { anchor: self.anchor(first), number: first }),
        }
    }
}
