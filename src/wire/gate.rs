//! A hand on the answers of a server of ours: holds one back until it is let go, or puts another in its place.
//!
//! It serves the tester, not the peer: what a peer would have answered has not been decided yet while it is held.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::wire::{Handler, Incoming, Reply};

/// Which requests a gate concerns.
pub type Which = Arc<dyn Fn(&Incoming) -> bool + Send + Sync>;

/// A gate in front of a handler, open to everything at first. Clones are the same gate.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Vec<Rule>>>);

#[derive(Clone)]
struct Rule {
    which: Which,
    then: Then,
}

#[derive(Clone)]
enum Then {
    /// Wait until this says so.
    Hold(watch::Receiver<bool>),
    /// Answer in this manner, and carry nothing out.
    Be(Manner),
}

/// The manner of a peer that understands nothing.
#[derive(Clone, Debug)]
pub enum Manner {
    /// It says the same to everything.
    Says(Reply),
    /// It says what it was told.
    Echoes,
    /// It hangs up.
    HangsUp,
    /// It says nothing.
    IsSilent,
}

/// Requests that are held back. Let go, or dropped, they are carried out.
#[derive(Debug)]
pub struct Hold(watch::Sender<bool>);

impl Gate {
    /// Holds these requests back before anything is done about them.
    #[must_use]
    pub fn hold(&self, which: Which) -> Hold {
        let (sender, receiver) = watch::channel(false);
        self.add(Rule { which, then: Then::Hold(receiver) });
        Hold(sender)
    }

    /// Answers these requests with this from now on, and carries nothing out.
    pub fn answer(&self, which: Which, reply: Reply) {
        self.add(Rule { which, then: Then::Be(Manner::Says(reply)) });
    }

    /// Answers everything in this manner from now on.
    pub fn be(&self, manner: Manner) {
        self.add(Rule { which: Arc::new(|_| true), then: Then::Be(manner) });
    }

    /// Lets everything through again.
    pub fn open(&self) {
        self.rules().clear();
    }

    /// The handler behind this gate.
    #[must_use]
    pub fn before(&self, handler: Arc<dyn Handler>) -> Arc<dyn Handler> {
        Arc::new(Gated { gate: self.clone(), handler })
    }

    fn add(&self, rule: Rule) {
        self.rules().push(rule);
    }

    /// The rule for a request: the one made last.
    fn rule(&self, incoming: &Incoming) -> Option<Then> {
        let rules = self.rules();
        rules.iter().rev().find(|rule| (rule.which)(incoming)).map(|rule| rule.then.clone())
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hold {
    /// Lets them go.
    pub fn release(self) {
        // Without anybody held there is nobody to tell.
        let _nobody = self.0.send(true);
    }
}

impl Manner {
    fn answer(self, incoming: Incoming) -> BoxFuture<'static, Reply> {
        let reply = match self {
            Self::Says(reply) => reply,
            Self::Echoes => {
                let media = incoming.header("Content-Type").unwrap_or("application/json").to_owned();
                Reply::new(200).body(&media, incoming.body)
            }
            Self::HangsUp => Reply::close(),
            Self::IsSilent => return Box::pin(std::future::pending()),
        };
        Box::pin(std::future::ready(reply))
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("rules", &self.rules().len()).finish()
    }
}

struct Gated {
    gate: Gate,
    handler: Arc<dyn Handler>,
}

impl Handler for Gated {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        match self.gate.rule(&incoming) {
            None => self.handler.answer(incoming),
            Some(Then::Be(manner)) => manner.answer(incoming),
            Some(Then::Hold(mut released)) => Box::pin(async move {
                // A holder that is gone holds nobody.
                let _gone = released.wait_for(|released| *released).await.is_err();
                self.handler.answer(incoming).await
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Deadline, within};

    struct Ok200;

    impl Handler for Ok200 {
        fn answer(&self, _incoming: Incoming) -> BoxFuture<'_, Reply> {
            Box::pin(std::future::ready(Reply::new(200)))
        }
    }

    fn asked(target: &str) -> Incoming {
        Incoming {
            peer_chain: Vec::new(),
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            secure: true,
        }
    }

    #[tokio::test]
    async fn what_is_held_waits_and_what_is_not_passes() {
        let gate = Gate::default();
        let handler = gate.before(Arc::new(Ok200));
        let hold = gate.hold(Arc::new(|incoming| incoming.target == "/held"));
        assert_eq!(handler.answer(asked("/other")).await.status, 200);
        let deadline = Deadline { name: "quiet", after: std::time::Duration::from_millis(1) };
        let mut held = handler.answer(asked("/held"));
        assert!(within(deadline, &mut held).await.is_err());
        hold.release();
        assert_eq!(held.await.status, 200);
    }

    #[tokio::test]
    async fn an_answer_is_put_in_place_of_the_handlers_until_the_gate_opens() {
        let gate = Gate::default();
        let handler = gate.before(Arc::new(Ok200));
        gate.answer(Arc::new(|_| true), Reply::new(403));
        assert_eq!(handler.answer(asked("/")).await.status, 403);
        gate.open();
        assert_eq!(handler.answer(asked("/")).await.status, 200);
    }
}
