//! Telling invokers and exposing functions, over connections of the core function's own (TS 29.222 7.6, 8.5.3.2,
//! 9.1.2A.3).

use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

use super::security::Notice;
use crate::actors::core_client::resolve;
use crate::actors::uri::Uri;
use crate::wire::{Caller, Identity, Party, Request, Route, Scheme, Trust, Versions};

/// Sends notifications, which end with the core function when they are still under way.
pub(super) struct Notifier {
    messenger: Messenger,
    under_way: Mutex<JoinSet<()>>,
}

/// Calls in the name of the core function.
#[derive(Clone)]
pub(super) struct Messenger {
    /// The client.
    pub(super) caller: Caller,
    /// The core function.
    pub(super) party: Party,
    /// What it shows to a destination that asks.
    pub(super) identity: Identity,
}

impl Notifier {
    /// A notifier with nothing to do yet.
    pub(super) fn new(messenger: Messenger) -> Self {
        Self { messenger, under_way: Mutex::default() }
    }

    /// What the core function shows to whomever it calls.
    pub(super) fn identity(&self) -> &Identity {
        &self.messenger.identity
    }

    /// Sends these one after the other, and waits for each answer: what it is, is in the record.
    pub(super) async fn deliver(&self, notices: &[Notice]) {
        for notice in notices {
            self.messenger.deliver(notice).await;
        }
    }

    /// Sends these notifications one after the other. Nobody waits for them: what comes of each is in the record.
    pub(super) fn send(&self, notices: Vec<Notice>) {
        if notices.is_empty() {
            return;
        }
        let messenger = self.messenger.clone();
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
        under_way.spawn(async move {
            for notice in notices {
                messenger.deliver(&notice).await;
            }
        });
    }
}

impl Messenger {
    async fn deliver(&self, notice: &Notice) {
        let Some(uri) = Uri::parse(&notice.destination) else {
            return;
        };
        let Some(address) = resolve(&uri).await else { return };
        let route = Route {
            server: Party::unknown(),
            address,
            host: uri.authority.clone(),
            // No text says what a callback is to be trusted by, and no attribute of an AefProfile says it of an exposing
            // function; that it holds its key is all that can be asked.
            scheme: if uri.secure {
                Scheme::Tls { trust: Trust::anything(), versions: Versions::Both }
            } else {
                Scheme::Plain
            },
        };
        let body = notice.body.to_string();
        let request = Request::new("POST", &uri.target).body("application/json", body);
        self.caller.call(&self.party, Some(&self.identity), &route, &request, notice.purpose).await;
    }
}
