//! Knocking: one connection as far as its handshake, to find out what is there before anything is asked for.

use std::io;
use std::sync::Arc;

use rustls::{CertificateError, Error};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::clock::{Clock, Deadlines, within};
use crate::wire::caller::{dial, server_name};
use crate::wire::tls::{self, ClientHandshake};
use crate::wire::{End, Outcome, Route, Scheme, TlsFacts, Trust, Versions};

/// What answered a knock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knocked {
    /// Nobody took the connection.
    Nobody {
        /// What the network said.
        why: String,
    },
    /// The certificate shown does not fit the trust given.
    Distrusted {
        /// Why not.
        why: Distrust,
        /// What was shown.
        tls: TlsFacts,
    },
    /// Somebody took the connection, and no handshake came of it.
    Broken {
        /// How it ended.
        outcome: Outcome,
        /// What was shown.
        tls: TlsFacts,
    },
    /// The connection stands.
    Open {
        /// What was agreed; nothing in clear.
        tls: Option<TlsFacts>,
    },
}

/// Why a certificate does not fit the trust given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It chains to none of the roots.
    UnknownRoot,
    /// It was signed with another key than that of the root, or intermediate, of its issuer's name.
    OtherKey,
    /// It is for other names.
    OtherName,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is not the very certificate that was named.
    OtherCertificate,
}

/// Knocks at a route.
pub async fn knock(route: &Route, clock: &Clock, deadlines: Deadlines) -> Knocked {
    let dialled = within(deadlines.handshake, dial(route.address)).await;
    let stream = match dialled {
        Ok(Ok((stream, _client))) => stream,
        Ok(Err(error)) => return Knocked::Nobody { why: error.to_string() },
        Err(overdue) => return Knocked::Nobody { why: overdue.to_string() },
    };
    match &route.scheme {
        Scheme::Plain => Knocked::Open { tls: None },
        Scheme::Tls { trust, versions } => secured(stream, route, trust, *versions, clock, deadlines).await,
    }
}

async fn secured(
    stream: TcpStream,
    route: &Route,
    trust: &Trust,
    versions: Versions,
    clock: &Clock,
    deadlines: Deadlines,
) -> Knocked {
    let broken = |why: String| Knocked::Broken { outcome: Outcome::Malformed { why }, tls: TlsFacts::default() };
    let Some(name) = server_name(&route.host) else {
        return broken(format!("`{}` is no server name", route.host));
    };
    let handshake = match ClientHandshake::new(trust, versions, None, clock) {
        Ok(handshake) => handshake,
        Err(error) => return broken(error.to_string()),
    };
    let connector = TlsConnector::from(Arc::clone(&handshake.config));
    match within(deadlines.handshake, connector.connect(name.clone(), stream)).await {
        Ok(Ok(stream)) => Knocked::Open { tls: Some(handshake.facts(&name, Some(stream.get_ref().1))) },
        Ok(Err(error)) => {
            let (outcome, alert) = tls::failure(End::Client, &error);
            let tls = TlsFacts { alert, ..handshake.facts(&name, None) };
            match distrust(&error) {
                Some(why) => Knocked::Distrusted { why, tls },
                None => Knocked::Broken { outcome, tls },
            }
        }
        Err(overdue) => {
            let outcome = Outcome::TimedOut { deadline: overdue.0.name };
            Knocked::Broken { outcome, tls: handshake.facts(&name, None) }
        }
    }
}

/// Why our side did not trust the certificate, where that is why the handshake failed.
fn distrust(error: &io::Error) -> Option<Distrust> {
    use CertificateError as C;
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    let Error::InvalidCertificate(reason) = error else {
        return None;
    };
    if matches!(reason, C::UnknownIssuer) {
        Some(Distrust::UnknownRoot)
    } else if matches!(reason, C::BadSignature) {
        Some(Distrust::OtherKey)
    } else if matches!(reason, C::NotValidForName | C::NotValidForNameContext { .. }) {
        Some(Distrust::OtherName)
    } else if matches!(reason, C::Expired | C::ExpiredContext { .. }) {
        Some(Distrust::Expired)
    } else if matches!(reason, C::NotValidYet | C::NotValidYetContext { .. }) {
        Some(Distrust::NotYetValid)
    } else if matches!(reason, C::ApplicationVerificationFailure) {
        Some(Distrust::OtherCertificate)
    } else {
        None
    }
}
