//! One exchange: who called whom, what both sent, and how it ended.

use std::fmt;

use crate::wire::RawMessage;

/// Number of an exchange within its timeline, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Name of a party, such as `invoker` or `aef-2`. Which role it plays is not known here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party(pub String);

impl Party {
    /// The party of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// A caller that only the server saw.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new("unknown")
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One of the two ends of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The party that called.
    Client,
    /// The party that was called.
    Server,
}

/// Which ends have recorded an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// The caller is one of ours.
    pub client: bool,
    /// The party called is one of ours.
    pub server: bool,
}

/// One request and its answer, or the handshake that prevented them.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its number.
    pub id: ExchangeId,
    /// Who called.
    pub client: Party,
    /// Who was called.
    pub server: Party,
    /// Which ends recorded it.
    pub witnesses: Witnesses,
    /// The TLS session; none over plain HTTP or where no connection came about.
    pub tls: Option<TlsFacts>,
    /// What was sent; none when no request got that far.
    pub request: Option<RawMessage>,
    /// What was answered, or as much of it as arrived.
    pub response: Option<RawMessage>,
    /// How it ended.
    pub outcome: Outcome,
    /// Start, on the monotonic clock.
    pub started_us: u64,
    /// End; none while it is open.
    pub ended_us: Option<u64>,
    /// Start, in protocol time: seconds since 1970.
    pub at_unix: i64,
    /// Number of the TLS session that it went over, where the server is one of ours.
    pub session: Option<u64>,
    /// Why the exchange happened, in a few words.
    pub purpose: String,
}

impl Exchange {
    /// The answer, when it is complete: of half a message nothing is to be believed.
    #[must_use]
    pub fn answer(&self) -> Option<&RawMessage> {
        self.response.as_ref().filter(|_| self.outcome == Outcome::Answered)
    }

    /// Status of a complete answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.answer().and_then(RawMessage::status)
    }
}

/// A TLS session that a client began at a server of ours, whatever came of it and whatever went over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number within its timeline, from 1.
    pub number: u64,
    /// Where it was begun.
    pub server: Party,
    /// When the first byte of the handshake arrived, on the monotonic clock.
    pub began_us: u64,
}

/// What is known of a TLS session, or of the handshake that failed to make one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFacts {
    /// Version agreed, such as `TLSv1.3`.
    pub version: Option<String>,
    /// Cipher suite agreed, by its IANA name.
    pub suite: Option<String>,
    /// Application protocol agreed.
    pub alpn: Option<String>,
    /// Certificates that the server presented, DER, leaf first.
    pub server_chain: Vec<Vec<u8>>,
    /// Certificates that the client presented, DER, leaf first.
    pub client_chain: Vec<Vec<u8>>,
    /// Fatal alert, by its RFC name.
    pub alert: Option<String>,
    /// Server name that the client indicated.
    pub server_name: Option<String>,
}

impl TlsFacts {
    /// Adds what the other end saw, where this one saw nothing.
    pub(super) fn complete_with(&mut self, other: Self) {
        self.version = self.version.take().or(other.version);
        self.suite = self.suite.take().or(other.suite);
        self.alpn = self.alpn.take().or(other.alpn);
        self.alert = self.alert.take().or(other.alert);
        self.server_name = self.server_name.take().or(other.server_name);
        if self.server_chain.is_empty() {
            self.server_chain = other.server_chain;
        }
        if self.client_chain.is_empty() {
            self.client_chain = other.client_chain;
        }
    }
}

/// How an exchange ended: always a behaviour of the peers, never an error of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended yet.
    Open,
    /// A complete answer.
    Answered,
    /// One end refused the other in the TLS handshake.
    HandshakeRefused {
        /// The end that refused.
        by: End,
        /// The alert it sent, by its RFC name.
        alert: String,
    },
    /// The connection ended before an answer began.
    ClosedWithoutAnswer,
    /// A named deadline passed.
    TimedOut {
        /// Name of the deadline.
        deadline: &'static str,
    },
    /// No connection.
    Unreachable {
        /// What the network said.
        why: String,
    },
    /// Bytes that are not the protocol.
    Malformed {
        /// What is wrong with them.
        why: String,
    },
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Answered => f.write_str("answered"),
            Self::HandshakeRefused { by: End::Client, alert } => {
                write!(f, "the client refused the server in the handshake: {alert}")
            }
            Self::HandshakeRefused { by: End::Server, alert } => {
                write!(f, "refused in the handshake: {alert}")
            }
            Self::ClosedWithoutAnswer => f.write_str("closed without an answer"),
            Self::TimedOut { deadline } => write!(f, "no answer within the {deadline} deadline"),
            Self::Unreachable { why } => write!(f, "unreachable: {why}"),
            Self::Malformed { why } => write!(f, "malformed: {why}"),
        }
    }
}
