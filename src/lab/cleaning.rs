//! Clean-up: what a scenario created at a core function that is a product is deleted again, the last thing first.
//!
//! What was created is read off the wire, so that what a deviant request got created by mistake is found as well. Our
//! own core function goes with its lab.

use std::sync::Arc;

use super::{Lab, Played};
use crate::checks::lens;
use crate::clock::within;
use crate::drive::Stimulus;
use crate::drive::stimulus::Body;
use crate::spec::{Operation, Party, Role};
use crate::target::Onboarding;
use crate::wire::{Exchange, ExchangeId, Identity, Outcome};

const CLEAN_UP: &str = "clean-up";
const CREATED: u16 = 201;

/// Something that is left at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What it is and where: a path, or a name.
    pub what: String,
    /// Why it could not be deleted.
    pub why: String,
}

/// Something that was created, or may have been.
#[derive(Debug)]
struct Creation {
    by: Party,
    /// The request that created it.
    request: String,
    exchange: ExchangeId,
    /// Where it is; none where the answer did not tell.
    path: Option<String>,
}

/// Why something was not deleted.
enum Miss {
    /// The target would not.
    Refused(String),
    /// The target does not answer any more.
    Dead(String),
}

impl Lab {
    /// Deletes what was created at a core function that is a product, and says what is left. It has a deadline of its own;
    /// a target that does not answer once is not asked again.
    pub async fn clean_up(&mut self) -> Vec<Leftover> {
        if self.target.core_function.is_none() {
            // It has one port for every scenario where others expect it there.
            if self.provision().is_some() {
                self.peers.end_core_function().await;
            }
            return Vec::new();
        }
        let mut pending = creations(&self.timeline.snapshot());
        let mut left = Vec::new();
        let deadline = self.target.deadlines.clean_up;
        let deleting = async {
            while let Some(creation) = pending.last() {
                match self.delete(creation).await {
                    Ok(()) => {}
                    Err(Miss::Refused(why)) => left.push(creation.left(why)),
                    Err(Miss::Dead(why)) => return why,
                }
                pending.pop();
            }
            String::new()
        };
        let gave_up = within(deadline, deleting).await.unwrap_or_else(|overdue| overdue.to_string());
        left.extend(pending.iter().rev().map(|creation| creation.left(gave_up.clone())));
        left.extend(self.clean_up_users().await);
        left
    }

    /// How many things were created that a clean-up deletes.
    #[must_use]
    pub fn created(&self) -> usize {
        creations(&self.timeline.snapshot()).len()
    }

    async fn clean_up_users(&mut self) -> Vec<Leftover> {
        let Onboarding::OpencapifRegister(register) = self.core.onboarding.clone() else {
            return Vec::new();
        };
        let users = self.enrolments.users.clone();
        let deadline = self.target.deadlines.clean_up;
        let left = within(deadline, self.delete_users(&register)).await;
        let left = left.unwrap_or_else(|overdue| users.into_iter().map(|user| (user, overdue.to_string())).collect());
        left.into_iter().map(|(user, why)| Leftover { what: user.title(), why }).collect()
    }

    async fn delete(&self, creation: &Creation) -> Result<(), Miss> {
        let Some(path) = &creation.path else {
            return Err(Miss::Refused("its creation was not answered with a Location".to_owned()));
        };
        let Some((operation, _)) = Operation::matching("DELETE", path) else {
            return Err(Miss::Refused("TS 29.222 has no DELETE for it".to_owned()));
        };
        let mut refusal = format!("no certificate of {} is known", creation.by);
        for (by, identity) in self.deleters(operation, creation, path) {
            let exchange = self.delete_by(by, &identity, operation, path).await;
            let status = exchange.as_ref().and_then(|exchange| exchange.status());
            // What went with something else is gone as well.
            if matches!(status, Some(200..=299 | 404 | 410)) {
                return Ok(());
            }
            let ending = exchange.as_deref().map_or_else(|| "nothing came of it".to_owned(), lens::ending);
            if exchange.is_none_or(|exchange| is_dead(&exchange.outcome)) {
                return Err(Miss::Dead(ending));
            }
            refusal = ending;
        }
        Err(Miss::Refused(refusal))
    }

    async fn delete_by(
        &self,
        by: Party,
        identity: &Identity,
        operation: &'static Operation,
        path: &str,
    ) -> Option<Arc<Exchange>> {
        let stimulus = Stimulus::new(operation, by, path.to_owned(), Body::Empty);
        let client = crate::wire::Party::new(&by.name());
        let route = self.route_to_core(operation.service);
        let id = self.caller.call(&client, Some(identity), &route, &stimulus.request(), CLEAN_UP).await;
        self.timeline.get(id)
    }

    /// Who may delete something: whoever TS 29.222 lets do it, and whoever created it, as whom it was created.
    fn deleters(&self, operation: &'static Operation, creation: &Creation, path: &str) -> Vec<(Party, Identity)> {
        let held = self.played.iter().map(|(party, played)| (*party, played));
        let (mut deleters, mut others) = (Vec::new(), Vec::new());
        for (party, played) in held {
            if party == creation.by {
                others.push((party, played.identity.clone()));
            } else if party.role == Role::ExposingFunction && operation.initiators.contains(&party.role) {
                deleters.push((party, played.identity.clone()));
            }
        }
        let is_its_own = |played: &&Played| played.enrolment.as_deref() == Some(path);
        let former =
            self.enrolments.former.iter().filter(is_its_own).map(|played| (creation.by, played.identity.clone()));
        former.chain(deleters).chain(others).collect()
    }
}

impl Creation {
    fn left(&self, why: String) -> Leftover {
        let what = self.path.clone().unwrap_or_else(|| format!("whatever came of {} by {}", self.request, self.by));
        Leftover { what, why }
    }
}

fn is_dead(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Open | Outcome::TimedOut { .. } | Outcome::Unreachable { .. } => true,
        Outcome::Answered
        | Outcome::HandshakeRefused { .. }
        | Outcome::ClosedWithoutAnswer
        | Outcome::Malformed { .. } => false,
    }
}

/// What was created and not deleted since, oldest first.
fn creations(exchanges: &[Arc<Exchange>]) -> Vec<Creation> {
    let mut found: Vec<Creation> = Vec::new();
    for exchange in exchanges.iter().filter(|exchange| exchange.server.name() == Party::CORE_FUNCTION.name()) {
        let request = exchange.request.as_ref().and_then(|request| Some((request.method()?, lens::path(request)?)));
        let (Some((method, path)), Some(by)) = (request, Party::named(exchange.client.name())) else {
            continue;
        };
        if method == "DELETE" && lens::accepted(exchange) {
            found.retain(|creation| creation.path.as_ref().is_none_or(|created| !is_same(created, &path)));
        } else if may_have_created(exchange) {
            // A PUT names what it creates; what a POST created is told by its answer.
            let place = lens::location_path(exchange).or_else(|| (method == "PUT").then(|| path.clone()));
            let known = |creation: &Creation| match (&creation.path, &place) {
                (Some(known), Some(place)) => is_same(known, place),
                (_, _) => false,
            };
            if !found.iter().any(known) {
                let request = format!("{method} {path}");
                found.push(Creation { by, request, exchange: exchange.id, path: place });
            }
        }
    }
    found.sort_by_key(|creation| creation.exchange);
    found
}

/// Whether a request was answered as one that creates, or is one that creates and was not answered.
fn may_have_created(exchange: &Exchange) -> bool {
    let creates = lens::operation(exchange)
        .is_some_and(|operation| operation.success.iter().any(|success| success.status == CREATED));
    match &exchange.outcome {
        Outcome::Answered => lens::status(exchange) == Some(CREATED) || (creates && lens::accepted(exchange)),
        Outcome::Open | Outcome::TimedOut { .. } | Outcome::ClosedWithoutAnswer | Outcome::Malformed { .. } => creates,
        Outcome::HandshakeRefused { .. } | Outcome::Unreachable { .. } => false,
    }
}

fn is_same(one: &str, other: &str) -> bool {
    lens::segments(one) == lens::segments(other)
}
