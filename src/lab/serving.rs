//! Exposing functions that serve: reference peers in the places that the harness enrolled, with the service logic
//! behind them that shows whether they were let through.

use super::{Lab, LabError, Stop};
use crate::actors::exposing_function::Adoption;
use crate::drive::service_api::ServiceLogic;
use crate::pki::Flaw;
use crate::spec::Party;

impl Lab {
    /// Lets a reference peer serve in the place of an exposing function that the harness enrolled.
    ///
    /// # Errors
    /// When the peer does not start, or the party is not enrolled.
    pub async fn let_serve(&mut self, aef: Party, flaw: Option<Flaw>) -> Result<(), Stop> {
        self.have_token_keys().await;
        let core_function = self.core_function()?;
        if core_function.token_key.is_none() {
            let why = "no key is known that access tokens verify with; name it in [ccf.tokens] of the target file";
            return Err(Stop::Inconclusive(why.to_owned()));
        }
        let aef_id = self.id_of(aef)?;
        let identity = self.played.get(&aef).ok_or(LabError::NotPlayed(aef))?.identity.clone();
        let (peers, around) = self.peers_around();
        peers.start_exposing_function(around, aef, flaw).await?;
        let adoption = Adoption { core_function: &core_function, aef_id: &aef_id, identity };
        let peer = self.peers.exposing_function(aef)?;
        peer.adopt(adoption).await.map_err(|error| LabError::Peer(super::peers::chain(&error)))?;
        Ok(())
    }

    /// Address and port of an exposing function that serves.
    pub(super) fn serving_interface(&self, aef: Party) -> Option<(String, u16)> {
        Some(self.peers.exposing_function(aef).ok()?.interface())
    }

    /// Where the service logic behind an exposing function is.
    pub(super) async fn service_url(&mut self, aef: Party) -> Result<String, LabError> {
        if !self.services.contains_key(&aef) {
            let name = service_name(aef);
            let service = ServiceLogic::open(&name, &self.ports, self.timeline.clone(), self.clock.clone()).await?;
            self.services.insert(aef, service);
        }
        self.services.get(&aef).map(ServiceLogic::url).ok_or(LabError::NotServing(aef))
    }
}

/// The service logic behind an exposing function, as the record names it.
pub(super) fn service_name(aef: Party) -> String {
    if aef.ordinal == 1 { "service".to_owned() } else { format!("service-{}", aef.ordinal) }
}
