//! A plain sink for notifications: it takes whatever is POSTed or PUT and says 204. It judges nothing.

use std::io;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::spec::Party;
use crate::wire::{self, Handler, Incoming, Ports, Reply, Server, ServerTls, Timeline};

/// The notification addresses of one party: every path of one listener.
#[derive(Debug)]
pub struct Sink {
    server: Server,
    host: String,
}

struct SaysNoContent;

impl Handler for SaysNoContent {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let status = if matches!(incoming.method.as_str(), "POST" | "PUT") { 204 } else { 405 };
        Box::pin(async move { Reply::new(status) })
    }
}

impl Sink {
    /// A sink for a party.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn open(party: Party, ports: &Ports, timeline: Timeline, clock: Clock) -> io::Result<Self> {
        let label = wire::Party::new(&party.name());
        let server = ports.serve(label, ServerTls::Plain, Arc::new(SaysNoContent), timeline, clock).await?;
        Ok(Self { server, host: ports.host().to_owned() })
    }

    /// The URL of one of its addresses.
    #[must_use]
    pub fn address(&self, place: &str) -> String {
        format!("http://{}:{}/{place}", self.host, self.server.address().port())
    }
}
