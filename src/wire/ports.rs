//! Where servers of ours listen, and what they are called by those who reach them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::clock::Clock;
use crate::wire::{Handler, Party, Server, ServerTls, Timeline};

/// An address to listen on, the ports that may be used there, and the host that others reach it by. Clones hand out
/// ports from the same row.
#[derive(Clone, Debug)]
pub struct Ports {
    bind: IpAddr,
    host: String,
    range: Option<RangeInclusive<u16>>,
    next: Arc<AtomicU16>,
}

impl Ports {
    /// Ports at an address that others reach by this host; any free ones where no range is given.
    #[must_use]
    pub fn new(bind: IpAddr, host: &str, range: Option<RangeInclusive<u16>>) -> Self {
        Self { bind, host: host.to_owned(), range, next: Arc::default() }
    }

    /// Any free ports of the loopback.
    #[must_use]
    pub fn loopback() -> Self {
        let bind = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self::new(bind, &bind.to_string(), None)
    }

    /// The host that others reach servers by.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address that is listened on.
    #[must_use]
    pub fn bound(&self) -> IpAddr {
        self.bind
    }

    /// A server on the next free port. Ports are gone through in turn: what comes late for a server that is gone does
    /// not reach the next one.
    ///
    /// # Errors
    /// When no port is free, or TLS cannot work with the material.
    pub async fn serve(
        &self,
        party: Party,
        tls: ServerTls,
        handler: Arc<dyn Handler>,
        timeline: Timeline,
        clock: Clock,
    ) -> io::Result<Server> {
        let Some(range) = &self.range else {
            return Server::bind(party, tls, handler, timeline, clock, SocketAddr::new(self.bind, 0)).await;
        };
        let count = range.end() - range.start() + 1;
        for _ in 0..count {
            let port = range.start() + self.next.fetch_add(1, Ordering::SeqCst) % count;
            let address = SocketAddr::new(self.bind, port);
            let handler = Arc::clone(&handler);
            match Server::bind(party.clone(), tls.clone(), handler, timeline.clone(), clock.clone(), address).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                bound => return bound,
            }
        }
        let why = format!("none of the ports {}-{} is free", range.start(), range.end());
        Err(io::Error::new(io::ErrorKind::AddrInUse, why))
    }
}
