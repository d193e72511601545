//! The authorization of an invoker is revoked at several places: by an exposing function for others as well, by the core
//! function of its own accord, and by the harness in the place of the core function (TS 23.222 8.23.3 and 8.23.4).

use super::arrange::refused;
use super::invoking::Invoked;
use super::{Lab, LabError, Stop};
use crate::checks::lens;
use crate::control::{Act, Revoke};
use crate::drive::security::Elsewhere;
use crate::drive::{Deviation, aef_security, discovery};
use crate::spec::{Operation, Party, Service};
use crate::wire::{Exchange, ExchangeId};
use crate::{operation, reading};

/// The request by which the core function revokes at an exposing function.
const AT_FUNCTION: &Operation = operation!("RevokeAuthServAPIs");

impl Lab {
    /// An invoker discovers service APIs: those of each of these exposing functions, or all.
    ///
    /// # Errors
    /// When the core function shows none.
    pub async fn have_discovered(&mut self, invoker: Party, at: &[Party]) -> Result<(), Stop> {
        let mut wanted = Vec::new();
        for aef in at {
            wanted.push(Some(self.id_of(*aef)?));
        }
        if at.is_empty() {
            wanted.push(None);
        }
        for aef_id in wanted {
            let id = self.id_of(invoker)?;
            let stimulus = discovery::discover(invoker, &self.prefix(Service::DiscoverService), &id, aef_id.as_deref());
            let exchange = self.send_clean(&stimulus, "Discover_Service_API").await?;
            if !lens::accepted(&exchange) {
                return Err(refused("show its service APIs", &exchange));
            }
        }
        Ok(())
    }

    /// An exposing function revokes for other exposing functions as well, as the reading chosen has it said; whoever may
    /// be told of it is waited for.
    ///
    /// # Errors
    /// When no reading says how that is indicated, or a label was not published.
    pub async fn revoke_elsewhere(&mut self, by: Party, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let elsewhere = self.indication()?;
        let stimulus = self.partial_revocation(by, invoker, labels, elsewhere)?;
        let mark = self.timeline.mark();
        let due = self.due(invoker, Some(labels));
        self.revoke(invoker, &stimulus, &due).await?;
        self.await_functions(mark, &self.meant(by, invoker, labels)).await;
        Ok(())
    }

    /// An exposing function is told to revoke, for others as well where that is wanted; whoever may be told of it is waited
    /// for.
    ///
    /// # Errors
    /// When it cannot be told, or no reading says how others are indicated.
    pub async fn tell_function_to_revoke(&mut self, by: Party, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let _indicated = self.indication()?;
        let with = self.revocation_order(invoker, labels, true)?;
        let mark = self.timeline.mark();
        self.act(by, Act::RevokeAuthorization, &with).await?;
        self.await_notification(invoker, mark, &self.due(invoker, Some(labels))).await;
        self.await_functions(mark, &self.meant(by, invoker, labels)).await;
        Ok(())
    }

    /// The core function is told to revoke, and the notification of it is waited for.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_core_to_revoke(&mut self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let with = self.revocation_order(invoker, labels, false)?;
        let mark = self.timeline.mark();
        self.act(Party::CORE_FUNCTION, Act::RevokeAuthorization, &with).await?;
        if self.roster.member(invoker).is_some_and(|member| !member.destinations.is_empty()) {
            self.await_notification(invoker, mark, &self.due(invoker, Some(labels))).await;
        }
        let apis = self.roster.apis.iter().filter(|api| labels.contains(&api.label));
        let concerned: Vec<Party> = apis.flat_map(|api| api.exposures.iter().map(|exposure| exposure.aef)).collect();
        self.await_functions(mark, &concerned).await;
        Ok(())
    }

    /// The exposing function under test is told to revoke; while the answer of the core function is held back, the
    /// invoker invokes.
    ///
    /// # Errors
    /// When it cannot be told, or the request for revocation does not arrive.
    pub async fn tell_to_revoke_and_invoke_meanwhile(&mut self, invoker: Party, label: &str) -> Result<(), Stop> {
        let with = self.revocation_order(invoker, &[label.to_owned()], false)?;
        let stimulus = self.invocation(invoker, &Invoked::reading(label))?;
        let request = operation!("DeleteAuthIndAPIInvForAPIs");
        let mark = self.timeline.mark();
        let hold = self.hold(Party::CORE_FUNCTION, request)?;
        let told = self.act(Party::EXPOSING_FUNCTION, Act::RevokeAuthorization, &with);
        let meanwhile = async {
            let arrived = self.arrival(Party::CORE_FUNCTION, request, mark).await;
            let invoked = match arrived {
                Ok(_arrived) => self.send_clean(&stimulus, "invocation before the answer of step 4").await.map(Some),
                Err(_overdue) => Ok(None),
            };
            hold.release();
            invoked
        };
        let (told, meanwhile) = tokio::join!(told, meanwhile);
        told?;
        meanwhile?;
        Ok(())
    }

    /// The harness revokes in the place of the core function, with a deviation: a sibling's revocation is the twin before,
    /// and the invoker invokes before and after the deviant request.
    ///
    /// # Errors
    /// Where the core function is a product, in whose name nobody else speaks; mistakes of ours.
    pub async fn attempt_told_revocation(
        &mut self,
        sibling: Party,
        invoker: Party,
        label: &str,
        deviation: &Deviation,
    ) -> Result<(), Stop> {
        if self.peers.core_identity().is_none() {
            return Err(Stop::NotApplicable(
                "nobody speaks in the name of a core function that is a product".to_owned(),
            ));
        }
        let api_ids = [self.api(label)?.id.clone()];
        let at = Party::EXPOSING_FUNCTION;
        let prefix = self.prefix_at(at);
        let on_sibling = aef_security::revoke_authorization(at, &self.id_of(sibling)?, &api_ids).under(&prefix);
        let before = self.send_clean(&on_sibling, "clean twin before").await?;
        self.invoke(invoker, &Invoked::reading(label)).await?;
        let clean = aef_security::revoke_authorization(at, &self.id_of(invoker)?, &api_ids).under(&prefix);
        let deviant = self.deviate(&clean, deviation).await?;
        self.invoke(invoker, &Invoked::reading(label)).await?;
        let after = self.send_clean(&clean, "clean twin after").await?;
        self.tried(deviation, &before, &deviant, &after, &[]);
        Ok(())
    }

    pub(super) fn revocation_order(
        &self,
        invoker: Party,
        labels: &[String],
        elsewhere: bool,
    ) -> Result<Revoke, LabError> {
        let mut api_ids = Vec::new();
        for label in labels {
            api_ids.push(self.api(label)?.id.clone());
        }
        let cause = "OVERLIMIT_USAGE".to_owned();
        Ok(Revoke { api_invoker_id: self.id_of(invoker)?, api_ids, cause, elsewhere })
    }

    fn indication(&self) -> Result<Elsewhere, Stop> {
        match self.target.readings.option(reading!("revocation-indication")) {
            "cause-unexpected" => Ok(Elsewhere::ByCause),
            "aef-id-absent" => Ok(Elsewhere::ByAbsence),
            _ => Err(Stop::NotApplicable(
                "no reading says how step 2 indicates other exposing functions; choose one for revocation-indication"
                    .to_owned(),
            )),
        }
    }

    /// The exposing functions that step 7 may be for: others of the same provider that offer one of the APIs and that the
    /// invoker discovered.
    fn meant(&self, by: Party, invoker: Party, labels: &[String]) -> Vec<Party> {
        let exchanges = self.timeline.snapshot();
        let answers = exchanges.iter().filter(|exchange| exchange.client.name() == invoker.name());
        let shown: Vec<(String, String)> = answers.flat_map(|answer| lens::discovered(answer)).collect();
        let apis = self.roster.apis.iter().filter(|api| labels.contains(&api.label));
        let exposures = apis.flat_map(|api| api.exposures.iter().map(move |exposure| (api, exposure)));
        let same = |aef: Party| aef != by && self.publishers.get(&aef) == self.publishers.get(&by);
        let known = exposures.filter(|(api, exposure)| shown.contains(&(exposure.aef_id.clone(), api.id.clone())));
        known.map(|(_, exposure)| exposure.aef).filter(|aef| same(*aef)).collect()
    }

    /// Waits until each of these exposing functions has been told something, or the deadline has passed.
    async fn await_functions(&self, after: ExchangeId, functions: &[Party]) {
        for function in functions {
            let name = function.name();
            let told = |exchange: &Exchange| {
                exchange.server.name() == name && exchange.response.is_some() && lens::is_of(exchange, AT_FUNCTION)
            };
            // Overdue is no error here: step 7 is an option.
            let _overdue = self.timeline.wait_for(self.target.deadlines.notification, after, told).await;
        }
    }
}
