//! Where servers of ours listen, and what they are called by those who reach them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::clock::Clock;
use crate::wire::{Handler, Party, Server, ServerTls, Timeline};

/// How often all ports of a row are gone through.
const ROUNDS: u8 = 3;

/// An address to listen on, the ports that may be used there, and the host that others reach it by. Clones hand out
/// ports from the same row.
#[derive(Clone, Debug)]
pub struct Ports {
    bind: IpAddr,
    host: String,
    row: Row,
    next: Arc<AtomicU16>,
}

#[derive(Clone, Debug)]
enum Row {
    /// Any that is free.
    Any,
    /// The next free one of these, in turn: what comes late for a server that is gone does not reach the next one.
    Among(RangeInclusive<u16>),
    /// These, one after the other, whether they are free or not.
    These(RangeInclusive<u16>),
}

impl Ports {
    /// Ports at an address that others reach by this host; any free ones where no range is given.
    #[must_use]
    pub fn new(bind: IpAddr, host: &str, range: Option<RangeInclusive<u16>>) -> Self {
        let row = range.map_or(Row::Any, Row::Among);
        Self { bind, host: host.to_owned(), row, next: Arc::default() }
    }

    /// Any free ports of the loopback.
    #[must_use]
    pub fn loopback() -> Self {
        let bind = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self::new(bind, &bind.to_string(), None)
    }

    /// The same address with exactly these ports, in their order: each server has the same one in every process.
    #[must_use]
    pub fn exactly(&self, ports: RangeInclusive<u16>) -> Self {
        Self { row: Row::These(ports), next: Arc::default(), ..self.clone() }
    }

    /// The host that others reach servers by.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Host and port that others reach a server by, as URLs have them.
    #[must_use]
    pub fn authority(&self, port: u16) -> String {
        match self.host.parse() {
            Ok(IpAddr::V6(host)) => format!("[{host}]:{port}"),
            Ok(IpAddr::V4(_)) | Err(_) => format!("{}:{port}", self.host),
        }
    }

    /// The address that is listened on.
    #[must_use]
    pub fn bound(&self) -> IpAddr {
        self.bind
    }

    /// A server on the next port.
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
        let bind = |port| {
            let address = SocketAddr::new(self.bind, port);
            Server::bind(party.clone(), tls.clone(), Arc::clone(&handler), timeline.clone(), clock.clone(), address)
        };
        let (range, rounds) = match &self.row {
            Row::Any => return bind(0).await,
            Row::Among(range) => (range, ROUNDS),
            Row::These(range) => (range, 1),
        };
        let count = range.end() - range.start() + 1;
        let tries = if rounds == 1 { 1 } else { count };
        let mut last = *range.start();
        for _ in 0..rounds {
            for _ in 0..tries {
                last = range.start() + self.next.fetch_add(1, Ordering::SeqCst) % count;
                match bind(last).await {
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                    bound => return bound,
                }
            }
            // What was dropped just now gives its port back as soon as others have their turn.
            tokio::task::yield_now().await;
        }
        let why = match &self.row {
            Row::These(_) => format!("port {last} is in use"),
            Row::Any | Row::Among(_) => format!("none of the ports {}-{} is free", range.start(), range.end()),
        };
        Err(io::Error::new(io::ErrorKind::AddrInUse, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Incoming, Reply};

    struct Nobody;

    impl Handler for Nobody {
        fn answer(&self, _incoming: Incoming) -> futures::future::BoxFuture<'_, Reply> {
            Box::pin(std::future::ready(Reply::new(404)))
        }
    }

    async fn serve(ports: &Ports) -> io::Result<Server> {
        let clock = Clock::real();
        let timeline = Timeline::new(clock.clone());
        ports.serve(Party::new("nobody"), ServerTls::Plain, Arc::new(Nobody), timeline, clock).await
    }

    #[tokio::test]
    async fn exact_ports_are_had_or_missed_and_others_are_gone_through() {
        let taken = serve(&Ports::loopback()).await.unwrap();
        let port = taken.address().port();
        let missed = serve(&Ports::loopback().exactly(port..=port)).await.unwrap_err();
        assert_eq!((missed.kind(), missed.to_string()), (io::ErrorKind::AddrInUse, format!("port {port} is in use")));
        let bind = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let none = serve(&Ports::new(bind, "localhost", Some(port..=port))).await.unwrap_err();
        assert_eq!(none.to_string(), format!("none of the ports {port}-{port} is free"));
        taken.close().await;
        let again = serve(&Ports::loopback().exactly(port..=port)).await.unwrap();
        assert_eq!(again.address().port(), port);
    }

    #[test]
    fn an_address_of_the_sixth_version_stands_in_brackets() {
        let reached_by = |host: &str| Ports::new(IpAddr::V4(Ipv4Addr::LOCALHOST), host, None).authority(1);
        assert_eq!((reached_by("::1"), reached_by("capif.example")), ("[::1]:1".into(), "capif.example:1".into()));
    }
}
