//! Arranging a scenario: providers registered, service APIs published, invokers onboarded.
//!
//! All of it goes over the wire, as in life. What the target refuses here makes a scenario inconclusive, never failed.

use serde_json::Value;

use super::{Lab, LabError, Played, Stop};
use crate::checks::{Exposure, ServiceApi, lens};
use crate::control::Publish;
use crate::drive::enrolment::{self, Function, Profile, Publication};
use crate::drive::stimulus::Presents;
use crate::pki::{KeyPair, certificates_from_pem, public_key_pem};
use crate::spec::{Party, Service};
use crate::target::Capable;
use crate::wire::{Exchange, Identity};

const ARRANGING: &str = "arranging";

impl Lab {
    /// Registers a provider domain with a management, a publishing and these exposing functions. The functions of the
    /// first domain have no ordinal, those of another one that of its first exposing function.
    ///
    /// # Errors
    /// When the core function does not register it.
    pub async fn register_provider(&mut self, exposing: &[Party]) -> Result<(), Stop> {
        self.needs(Capable::Api(Service::ProviderManagement))?;
        let ordinal = exposing.first().map_or(1, |aef| aef.ordinal);
        let manager = Party { ordinal, ..Party::MANAGEMENT_FUNCTION };
        let publisher = Party { ordinal, ..Party::PUBLISHING_FUNCTION };
        let parties: Vec<Party> = [manager, publisher].into_iter().chain(exposing.iter().copied()).collect();
        let mut keys = Vec::new();
        for _ in &parties {
            keys.push(self.key()?);
        }
        let functions: Vec<Function> = parties
            .iter()
            .zip(&keys)
            .map(|(party, key)| Function { party: *party, public_key: key.public_pem() })
            .collect();
        let domain = self.names.fresh("domain");
        let secret = self.registration_secret().await?;
        let mut stimulus = enrolment::register(manager, &self.prefix(), &functions, secret.as_deref(), &domain);
        stimulus.presents = Presents::Nothing;
        let exchange = self.send_clean(&stimulus, ARRANGING).await?;
        let registered = registered_functions(&exchange).ok_or_else(|| refused("register the provider", &exchange))?;
        for ((party, key), (id, certificate)) in parties.into_iter().zip(keys).zip(registered) {
            self.enrolled(party, key, &id, &certificate)?;
        }
        self.publishers.extend(exposing.iter().map(|aef| (*aef, publisher)));
        Ok(())
    }

    /// Publishes a service API at exposing functions of one provider.
    ///
    /// # Errors
    /// When the core function does not publish it.
    pub async fn publish(&mut self, label: &str, at: &[Party], methods: &[String], owner: bool) -> Result<(), Stop> {
        self.needs(Capable::Api(Service::PublishService))?;
        let name = self.names.fresh(label);
        let first = at.first().copied().ok_or(LabError::OutOfOrder("a service API is offered by somebody"))?;
        let publisher = self.publishers.get(&first).copied().ok_or(LabError::NotEnrolled(first))?;
        let mut exposures = Vec::new();
        for aef in at {
            let interface = self.serving_interface(*aef).unwrap_or_else(|| self.fresh_interface());
            exposures.push(Exposure { aef: *aef, aef_id: self.id_of(*aef)?, interface });
        }
        let profiles = exposures.iter().map(|exposure| Profile {
            aef_id: &exposure.aef_id,
            interface: (&exposure.interface.0, exposure.interface.1),
        });
        let publication = Publication { name: &name, methods, profiles: profiles.collect() };
        let stimulus = enrolment::publish(publisher, &self.prefix(), &self.id_of(publisher)?, &publication);
        let exchange = self.send_clean(&stimulus, ARRANGING).await?;
        let id = text_member(&exchange, "apiId").ok_or_else(|| refused("publish a service API", &exchange))?;
        let serving: Vec<Party> = at.iter().copied().filter(|aef| self.serving_interface(*aef).is_some()).collect();
        for aef in serving {
            let told = Publish {
                api_name: name.clone(),
                methods: methods.to_vec(),
                back_end: Some(self.service_url(aef).await?),
                owner_authorization: owner,
            };
            self.peers.exposing_function(aef)?.expose(&id, &told);
        }
        self.roster.apis.push(ServiceApi { label: label.to_owned(), name, id, exposures, methods: methods.to_vec() });
        Ok(())
    }

    /// Onboards an invoker that wants some service APIs.
    ///
    /// # Errors
    /// When the core function does not onboard it.
    pub async fn onboard(&mut self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        self.needs(Capable::Api(Service::InvokerManagement))?;
        let wanted = self.names_and_ids(labels)?;
        let key = self.key()?;
        let destination = self.fresh_destination(invoker).await?;
        let token = self.enrolment_token().await?;
        let stimulus =
            enrolment::onboard(invoker, &self.prefix(), &key.public_pem(), &destination, &wanted, token.as_deref());
        let exchange = self.send_clean(&stimulus, ARRANGING).await?;
        let (id, certificate) = onboarded(&exchange).ok_or_else(|| refused("onboard the invoker", &exchange))?;
        self.enrolled(invoker, key, &id, &certificate)?;
        if let Some(played) = self.played.get_mut(&invoker) {
            played.enrolment = lens::location_path(&exchange);
        }
        let granted = granted_names(&exchange, &wanted);
        let apis = self.roster.apis.iter().filter(|api| granted.contains(&api.name));
        let permitted: Vec<String> = apis.map(|api| api.label.clone()).collect();
        let member = self.member_mut(invoker);
        member.secret = onboarding_information(&exchange, "onboardingSecret");
        member.permitted = permitted;
        Ok(())
    }

    /// Offboards an invoker.
    ///
    /// # Errors
    /// When its enrolment is not known, or the core function does not let it go.
    pub async fn offboard(&mut self, invoker: Party) -> Result<(), Stop> {
        let enrolment = self.played.get(&invoker).and_then(|played| played.enrolment.clone());
        let enrolment = enrolment.ok_or_else(|| Stop::Inconclusive("onboarding gave no Location".to_owned()))?;
        let exchange = self.send_clean(&enrolment::offboard(invoker, &enrolment), ARRANGING).await?;
        if lens::accepted(&exchange) { Ok(()) } else { Err(refused("offboard the invoker", &exchange)) }
    }

    /// An interface that nobody else has, at an address for documentation (RFC 5737): where nobody invokes it, nobody
    /// has to listen, and a product with other tenants must not take it for one of theirs.
    fn fresh_interface(&self) -> (String, u16) {
        let port = u16::try_from(self.names.number(20_000..60_000)).unwrap_or(20_000);
        (format!("203.0.113.{}", self.names.number(1..255)), port)
    }

    fn names_and_ids(&self, labels: &[String]) -> Result<Vec<(String, String)>, LabError> {
        labels
            .iter()
            .map(|label| {
                let api = self.roster.api(label).ok_or_else(|| LabError::NoSuchApi(label.clone()))?;
                Ok((api.name.clone(), api.id.clone()))
            })
            .collect()
    }

    pub(super) fn enrolled(&mut self, party: Party, key: KeyPair, id: &str, certificate: &str) -> Result<(), Stop> {
        let chain = certificates_from_pem(certificate).map_err(|error| {
            Stop::Inconclusive(format!("the certificate issued to {party} cannot be read: {error}"))
        })?;
        let leaf = chain.first().map(|leaf| leaf.as_ref().to_vec());
        if id.is_empty() {
            return Err(Stop::Inconclusive(format!("the identifier given to {party} is empty")));
        }
        if leaf.as_deref().and_then(public_key_pem).as_deref().map(str::trim) != Some(key.public_pem().trim()) {
            return Err(Stop::Inconclusive(format!("the certificate issued to {party} is none for its key")));
        }
        let identity = Identity::new(chain, &key.private_der()).map_err(LabError::from)?;
        let member = self.member_mut(party);
        member.id = Some(id.to_owned());
        member.certificate = leaf;
        self.played.insert(party, Played { key, identity, enrolment: None });
        Ok(())
    }
}

/// The target did not do what the scenario needs before it can judge anything.
pub(super) fn refused(what: &str, exchange: &Exchange) -> Stop {
    Stop::Inconclusive(format!("the core function did not {what}: {}", lens::ending(exchange)))
}

pub(super) fn text_member(exchange: &Exchange, name: &str) -> Option<String> {
    if !lens::accepted(exchange) {
        return None;
    }
    lens::answer_object(exchange)?.get(name)?.as_str().map(str::to_owned)
}

fn registered_functions(exchange: &Exchange) -> Option<Vec<(String, String)>> {
    if !lens::accepted(exchange) {
        return None;
    }
    let answer = lens::answer_object(exchange)?;
    let functions = answer.get("apiProvFuncs")?.as_array()?;
    functions
        .iter()
        .map(|function| {
            let id = function.get("apiProvFuncId")?.as_str()?;
            let certificate = function.get("regInfo")?.get("apiProvCert")?.as_str()?;
            Some((id.to_owned(), certificate.to_owned()))
        })
        .collect()
}

/// Identifier and certificate of the registered function of a role.
pub(super) fn registered_function(exchange: &Exchange, role: &str) -> Option<(String, String)> {
    let answer = lens::answer_object(exchange)?;
    let functions = answer.get("apiProvFuncs")?.as_array()?.clone();
    let at =
        functions.iter().position(|function| function.get("apiProvFuncRole").and_then(Value::as_str) == Some(role))?;
    registered_functions(exchange)?.into_iter().nth(at)
}

pub(super) fn onboarded(exchange: &Exchange) -> Option<(String, String)> {
    let id = text_member(exchange, "apiInvokerId")?;
    Some((id, onboarding_information(exchange, "apiInvokerCertificate")?))
}

pub(super) fn onboarding_information(exchange: &Exchange, name: &str) -> Option<String> {
    let answer = lens::answer_object(exchange)?;
    answer.get("onboardingInformation")?.get(name)?.as_str().map(str::to_owned)
}

/// Names of the service APIs that the answer grants; all that were wanted where it does not say.
fn granted_names(exchange: &Exchange, wanted: &[(String, String)]) -> Vec<String> {
    let answer = lens::answer_object(exchange).unwrap_or_default();
    let listed = answer.get("apiList").and_then(|list| list.get("serviceAPIDescriptions")).and_then(Value::as_array);
    match listed {
        Some(listed) => {
            listed.iter().filter_map(|api| api.get("apiName").and_then(Value::as_str)).map(str::to_owned).collect()
        }
        None => wanted.iter().map(|(name, _)| name.clone()).collect(),
    }
}
