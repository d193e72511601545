//! What one end of an exchange saw of it, and where it is matched with what the other end saw.

use std::net::SocketAddr;

use crate::wire::{Outcome, RawMessage, TlsFacts};

/// Where both ends see the same exchange: the connection, and the request's ordinal on it from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
    pub(super) ordinal: u32,
}

/// What one end saw of an exchange.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) tls: Option<TlsFacts>,
    pub(super) request: Option<RawMessage>,
    pub(super) response: Option<RawMessage>,
    pub(super) outcome: Outcome,
    pub(super) session: Option<u64>,
}

/// What both ends know of the session.
pub(super) fn merge_tls(known: &mut Option<TlsFacts>, told: Option<TlsFacts>) {
    match (known.as_mut(), told) {
        (Some(known), Some(told)) => known.complete_with(told),
        (None, told) => *known = told,
        (Some(_), None) => {}
    }
}
