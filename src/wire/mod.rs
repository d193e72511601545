//! Real HTTP over real sockets, recorded from both ends.
//!
//! A [`Timeline`] holds every exchange of one lab. A [`Caller`] sends requests, a [`Server`] answers them; each records
//! what it sees, and an exchange seen by both is one [`Exchange`] with two witnesses. What a peer does is an
//! [`Outcome`], never an error of ours.
//!
//! HTTP/1.1 is framed here, by hand: the record must hold the exact bytes of every head, a stimulus must be able to
//! send what no library would, and a peer's nonsense must be told apart from its silence. Not here: HTTP/2, and
//! anything that knows what a role of CAPIF is.

mod account;
mod alert;
mod caller;
mod exchange;
mod framing;
mod gate;
mod grammar;
mod knock;
mod message;
mod noting;
mod onlooking;
mod ports;
mod relay;
mod server;
mod timeline;
mod tls;

pub use alert::alert_name;
pub use caller::{Caller, Route, Scheme};
pub use exchange::{End, Exchange, ExchangeId, Outcome, Party, Session, TlsFacts, Witnesses};
pub use gate::{Gate, Hold, Manner, Which};
pub use knock::{Distrust, Knocked, knock};
pub use message::{RawMessage, Reply, Request};
pub use onlooking::Strangers;
pub use ports::Ports;
pub use relay::Relay;
pub use server::{ClientAuth, Handler, Incoming, Server, ServerTls};
pub use timeline::Timeline;
pub use tls::{BadMaterial, Identity, Trust, Versions};
