//! Who looks on at a record: who strangers are, and who is told of what is over.

use std::sync::Arc;

use crate::wire::{Exchange, Party, RawMessage};

/// Names whoever is at the other end when only one end is ours.
#[derive(Clone)]
pub struct Strangers {
    caller: Arc<Naming>,
    pub(super) called: Party,
}

type Naming = dyn Fn(Option<&RawMessage>) -> Party + Send + Sync;

impl Strangers {
    /// Names those who call by their requests (none where nothing of it came), and whoever is called by a client that
    /// does not know whom.
    pub fn named(by: impl Fn(Option<&RawMessage>) -> Party + Send + Sync + 'static, called: Party) -> Self {
        Self { caller: Arc::new(by), called }
    }

    pub(super) fn caller(&self, request: Option<&RawMessage>) -> Party {
        (self.caller)(request)
    }
}

impl std::fmt::Debug for Strangers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Strangers")
    }
}

/// Is told of exchanges that are over.
pub(super) struct Onlooker(pub(super) Box<dyn Fn(Arc<Exchange>) + Send + Sync>);

impl std::fmt::Debug for Onlooker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Onlooker")
    }
}
