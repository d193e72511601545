//! The tester's hand on the answers of a reference peer: held back until something else has been seen, or replaced.

use super::{Lab, LabError, Stop};
use crate::spec::{Operation, Party};
use crate::wire::{Exchange, ExchangeId, Gate, Hold, Incoming, Reply, Which};

impl Lab {
    /// Holds back what a peer would answer to an operation, until it is let go.
    ///
    /// # Errors
    /// When the party is none of our peers: a product answers when it likes.
    pub(super) fn hold(&self, party: Party, operation: &'static Operation) -> Result<Hold, Stop> {
        Ok(self.gate(party)?.hold(requests_of(operation)))
    }

    /// Puts this answer in the place of what a peer would answer to an operation, from now on.
    ///
    /// # Errors
    /// When the party is none of our peers: a product answers when it likes.
    pub fn answer_instead(&self, party: Party, operation: &'static Operation, reply: Reply) -> Result<(), Stop> {
        self.gate(party)?.answer(requests_of(operation), reply);
        Ok(())
    }

    /// Lets a peer answer for itself again.
    ///
    /// # Errors
    /// When the party is none of our peers: a product answers when it likes.
    pub fn answer_as_always(&self, party: Party) -> Result<(), Stop> {
        self.gate(party)?.open();
        Ok(())
    }

    /// Waits until a request of an operation has arrived at a party.
    ///
    /// # Errors
    /// When none comes within the deadline for notifications.
    pub(super) async fn arrival(
        &self,
        party: Party,
        operation: &'static Operation,
        after: ExchangeId,
    ) -> Result<ExchangeId, Stop> {
        let name = party.name();
        let arrived = |exchange: &Exchange| {
            exchange.server.name() == name
                && exchange.witnesses.server
                && crate::checks::lens::is_of(exchange, operation)
        };
        let deadline = self.target.deadlines.notification;
        self.timeline.wait_for(deadline, after, arrived).await.map_err(|overdue| {
            Stop::Inconclusive(format!("no {} reached {party}: {overdue}", operation.service_operation))
        })
    }

    pub(super) fn gate(&self, party: Party) -> Result<&Gate, Stop> {
        self.peers.gate(party).map_err(|_product| {
            let why = LabError::NotPlayed(party);
            Stop::NotApplicable(format!("its answers cannot be held back or replaced: {why}"))
        })
    }
}

/// The requests of an operation.
fn requests_of(operation: &'static Operation) -> Which {
    std::sync::Arc::new(move |incoming: &Incoming| {
        let path = incoming.target.split('?').next().unwrap_or_default();
        Operation::matching(&incoming.method, path).is_some_and(|(found, _)| std::ptr::eq(found, operation))
    })
}
