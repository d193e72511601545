//! A plain sink for notifications: it takes whatever is POSTed or PUT and says 204. It judges nothing.

use std::io;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::spec::Party;
use crate::wire::{self, ClientAuth, Handler, Identity, Incoming, Ports, Reply, Server, ServerTls, Timeline};

/// The notification addresses of one party: every path of one listener.
#[derive(Debug)]
pub struct Sink {
    server: Server,
    scheme: &'static str,
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
    /// A sink for a party: over TLS where it has something to show, else over plain HTTP.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn open(
        party: Party,
        ports: &Ports,
        identity: Option<Identity>,
        timeline: Timeline,
        clock: Clock,
    ) -> io::Result<Self> {
        let label = wire::Party::new(&party.name());
        let (scheme, tls) = match identity {
            // No text says that a core function authenticates itself to a callback.
            Some(identity) => ("https", ServerTls::Tls { identity, client_auth: ClientAuth::None }),
            None => ("http", ServerTls::Plain),
        };
        let server = ports.serve(label, tls, Arc::new(SaysNoContent), timeline, clock).await?;
        Ok(Self { server, scheme, host: ports.host().to_owned() })
    }

    /// The URL of one of its addresses.
    #[must_use]
    pub fn address(&self, place: &str) -> String {
        format!("{}://{}:{}/{place}", self.scheme, self.host, self.server.address().port())
    }
}
