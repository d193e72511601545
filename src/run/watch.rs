//! What peers that are served take part in, for people who look on: a line for each exchange, without its secrets.

use crate::clock::rfc3339;
use crate::pki::common_name;
use crate::redact::Redactor;
use crate::report::one_line;
use crate::wire::{Exchange, Outcome, Party};

/// Longer lines are cut.
const LONGEST: usize = 240;

/// Tells exchanges in a line each.
#[derive(Debug)]
pub struct Watch {
    redactor: Redactor,
}

impl Watch {
    /// Tells them without these secrets, and without what looks like one.
    #[must_use]
    pub fn new(secrets: &[String]) -> Self {
        let mut redactor = Redactor::new();
        for secret in secrets {
            redactor.register("secret", secret);
        }
        Self { redactor }
    }

    /// Time, who called whom, what for, and what came of it.
    #[must_use]
    pub fn line(&self, exchange: &Exchange) -> String {
        let time = rfc3339(exchange.at_unix);
        let time = time.get(11..19).unwrap_or_default();
        // One exchange teaches nothing about the next: who runs for ever must not learn for ever.
        let mut redactor = self.redactor.clone();
        let start = exchange.request.as_ref().map(|request| redactor.message(&request.head, &request.body).start_line);
        let asked = start.as_deref().map(|line| line.trim_end_matches(" HTTP/1.1"));
        let what = asked.unwrap_or(if exchange.tls.is_some() { "TLS handshake" } else { "connection" });
        let came = match (&exchange.outcome, &exchange.response) {
            (Outcome::Answered, Some(response)) => {
                let status = redactor.message(&response.head, &response.body).start_line;
                status.split_once(' ').map_or(status.clone(), |(_version, status)| status.to_owned())
            }
            (outcome, _) => redactor.text(&outcome.to_string()),
        };
        let took = exchange.ended_us.map_or(0, |ended| ended.saturating_sub(exchange.started_us) / 1000);
        let (client, server) = (self.client(exchange), self.server(exchange));
        let line = format!("{time}  {client} → {server}  {what} → {came}  {took} ms");
        let line = one_line(&line);
        if line.chars().count() <= LONGEST {
            return line.into_owned();
        }
        format!("{}…", line.chars().take(LONGEST).collect::<String>())
    }

    /// Whoever is none of ours is called by the name in its certificate.
    fn client(&self, exchange: &Exchange) -> String {
        if exchange.client != Party::unknown() {
            return exchange.client.name().to_owned();
        }
        let leaf = exchange.tls.as_ref().and_then(|tls| tls.client_chain.first());
        let name = leaf.and_then(|leaf| common_name(leaf));
        name.map_or_else(|| "somebody".to_owned(), |name| self.redactor.text(&name))
    }

    /// Or by the host that it was called by.
    fn server(&self, exchange: &Exchange) -> String {
        if exchange.server != Party::unknown() {
            return exchange.server.name().to_owned();
        }
        let host = exchange.request.as_ref().and_then(|request| request.header("Host"));
        host.map_or_else(|| "somebody".to_owned(), |host| self.redactor.text(&host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{End, ExchangeId, RawMessage, TlsFacts, Witnesses};

    fn exchange(request: Option<&str>, answer: Option<&str>, outcome: Outcome) -> Exchange {
        let message = |text: &str| RawMessage { head: text.as_bytes().to_vec(), ..RawMessage::default() };
        Exchange {
            id: ExchangeId(1),
            client: Party::unknown(),
            server: Party::new("ccf"),
            witnesses: Witnesses { client: false, server: true },
            tls: Some(TlsFacts::default()),
            request: request.map(message),
            response: answer.map(message),
            outcome,
            started_us: 1_000,
            ended_us: Some(4_500),
            at_unix: 43_384,
            session: None,
            purpose: String::new(),
        }
    }

    #[test]
    fn an_exchange_is_told_in_a_line() {
        let told = exchange(Some("GET /a HTTP/1.1\r\n\r\n"), Some("HTTP/1.1 404 Not Found\r\n\r\n"), Outcome::Answered);
        assert_eq!(Watch::new(&[]).line(&told), "12:03:04  somebody → ccf  GET /a → 404 Not Found  3 ms");
        let refused = Outcome::HandshakeRefused { by: End::Server, alert: "unknown_ca".to_owned() };
        let line = Watch::new(&[]).line(&exchange(None, None, refused));
        assert!(line.contains("somebody → ccf  TLS handshake → ") && line.contains("unknown_ca"), "{line}");
    }

    #[test]
    fn secrets_and_escapes_do_not_reach_the_terminal() {
        let request =
            "GET /\x1b[31ma?x=hunter22&access_token=eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.c2ln HTTP/1.1\r\n\r\n";
        let line =
            Watch::new(&["hunter22".to_owned()]).line(&exchange(Some(request), None, Outcome::ClosedWithoutAnswer));
        assert!(!line.contains("hunter22") && !line.contains("c2ln") && !line.contains('\x1b'), "{line}");
        assert!(line.contains("\\x1b"), "{line}");
    }

    #[test]
    fn long_lines_are_cut() {
        let request = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(1000));
        let line = Watch::new(&[]).line(&exchange(Some(&request), None, Outcome::ClosedWithoutAnswer));
        assert_eq!(line.chars().count(), LONGEST + 1);
    }
}
