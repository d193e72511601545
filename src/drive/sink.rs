//! A plain sink for notifications: it takes whatever is POSTed or PUT and says 204. It judges nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::spec::Party;
use crate::wire::{self, Handler, Incoming, Reply, Server, ServerTls, Timeline};

/// The notification addresses of one party: every path of one listener.
#[derive(Debug)]
pub struct Sink {
    server: Server,
    advertise: String,
}

struct SaysNoContent;

impl Handler for SaysNoContent {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let status = if matches!(incoming.method.as_str(), "POST" | "PUT") { 204 } else { 405 };
        Box::pin(async move { Reply::new(status) })
    }
}

impl Sink {
    /// A sink for a party, on any free port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn open(party: Party, advertise: &str, timeline: Timeline, clock: Clock) -> io::Result<Self> {
        let bind = SocketAddr::from(([127, 0, 0, 1], 0));
        let label = wire::Party::new(&party.name());
        let server = Server::bind(label, ServerTls::Plain, Arc::new(SaysNoContent), timeline, clock, bind).await?;
        Ok(Self { server, advertise: advertise.to_owned() })
    }

    /// The URL of one of its addresses.
    #[must_use]
    pub fn address(&self, place: &str) -> String {
        format!("http://{}:{}/{place}", self.advertise, self.server.address().port())
    }
}
