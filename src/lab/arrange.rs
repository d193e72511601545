//! Arranging a scenario: providers registered, service APIs published, invokers onboarded.
//!
//! All of it goes over the wire, as in life. What the target refuses here makes a scenario inconclusive, never failed.

use serde_json::Value;

use super::{Lab, LabError, Played, Stop};
use crate::checks::{Exposure, ServiceApi, lens};
use crate::control::{Act, Arrange, Publish, Subscription};
use crate::drive::enrolment::{self, Enrolling, Function, Profile, Publication};
use crate::drive::stimulus::Presents;
use crate::pki::{KeyPair, certificates_from_pem, public_key_pem};
use crate::spec::{Party, Service};
use crate::target::{Arrangement, KeyForm};
use crate::wire::{Exchange, Identity};

const ARRANGING: &str = "arranging";
/// Why a scenario does not go on where nobody comes to be authorized.
const NOT_ARRANGED: &str = "the target does not say how an invoker comes to be authorized for service APIs; \
     say it in [ccf.arrangement]";

impl Lab {
    /// Registers a provider domain with a management, a publishing and these exposing functions. The functions of the
    /// first domain have no ordinal, those of another one that of its first exposing function.
    ///
    /// # Errors
    /// When the core function does not register it.
    pub async fn register_provider(&mut self, exposing: &[Party]) -> Result<(), Stop> {
        self.needs_of_core(Service::ProviderManagement)?;
        let ordinal = exposing.first().map_or(1, |aef| aef.ordinal);
        let manager = Party { ordinal, ..Party::MANAGEMENT_FUNCTION };
        let publisher = Party { ordinal, ..Party::PUBLISHING_FUNCTION };
        let parties: Vec<Party> = [manager, publisher].into_iter().chain(exposing.iter().copied()).collect();
        let mut keys = Vec::new();
        let mut functions = Vec::new();
        for party in &parties {
            let key = self.enrolment_key(*party)?;
            functions.push(Function { party: *party, public_key: self.sent_key(*party, &key)? });
            keys.push(key);
        }
        let domain = self.names.fresh("domain");
        let (secret, admission) = self.registration().await?;
        let target = admission.registration.clone();
        let target = target.unwrap_or_else(|| enrolment::registrations(&self.prefix(Service::ProviderManagement)));
        let presents = self.shown_to_enrol(manager)?;
        let enrolling = Enrolling { target, token: admission.token.as_deref(), presents };
        let stimulus = enrolment::register(manager, &enrolling, &functions, secret.as_deref(), &domain);
        let stimulus = self.offering(stimulus);
        let exchange = self.send_clean(&stimulus, ARRANGING).await?;
        let registered = registered_functions(&exchange).ok_or_else(|| refused("register the provider", &exchange))?;
        for (at, (function, key)) in functions.iter().zip(keys).enumerate() {
            let told = told_of(function, at, &registered);
            let told = told.ok_or_else(|| refused(&format!("register {}", function.party), &exchange))?;
            self.enrolled(function.party, key, told.id.clone(), told.certificate.clone())?;
        }
        self.remember_enrolment(manager, &exchange);
        self.publishers.extend(exposing.iter().map(|aef| (*aef, publisher)));
        Ok(())
    }

    /// Publishes a service API at exposing functions of one provider.
    ///
    /// # Errors
    /// When the core function does not publish it.
    pub async fn publish(&mut self, label: &str, at: &[Party], methods: &[String], owner: bool) -> Result<(), Stop> {
        self.needs_of_core(Service::PublishService)?;
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
        let stimulus =
            enrolment::publish(publisher, &self.prefix(Service::PublishService), &self.id_of(publisher)?, &publication);
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
        let methods = methods.to_vec();
        self.roster.apis.push(ServiceApi { label: label.to_owned(), name, id, exposures, methods, own_logic: None });
        for invoker in self.enrolments.meant.keys().copied().collect::<Vec<_>>() {
            self.member_mut(invoker).permitted.push(label.to_owned());
        }
        Ok(())
    }

    /// Onboards an invoker that wants some service APIs.
    ///
    /// # Errors
    /// When the core function does not onboard it.
    pub async fn onboard(&mut self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        self.needs_of_core(Service::InvokerManagement)?;
        let wanted = self.names_and_ids(labels)?;
        self.arrangeable(invoker, labels)?;
        let key = self.enrolment_key(invoker)?;
        let destination = self.fresh_destination(invoker).await?;
        let admission = self.admission().await?;
        let target = admission.onboarding.clone();
        let target = target.unwrap_or_else(|| enrolment::onboarded_invokers(&self.prefix(Service::InvokerManagement)));
        let presents = self.shown_to_enrol(invoker)?;
        let enrolling = Enrolling { target, token: admission.token.as_deref(), presents };
        let listed = if self.core.arrangement == Arrangement::ApiList { wanted.clone() } else { Vec::new() };
        let sent_key = self.sent_key(invoker, &key)?;
        let stimulus = self.offering(enrolment::onboard(invoker, &enrolling, &sent_key, &destination, &listed));
        let exchange = self.send_clean(&stimulus, ARRANGING).await?;
        if !lens::accepted(&exchange) {
            return Err(refused("onboard the invoker", &exchange));
        }
        let certificate = onboarding_information(&exchange, "apiInvokerCertificate");
        self.enrolled(invoker, key, text_member(&exchange, "apiInvokerId"), certificate)?;
        self.remember_enrolment(invoker, &exchange);
        let secret = onboarding_information(&exchange, "onboardingSecret");
        self.member_mut(invoker).secret = secret;
        let permitted = match self.core.arrangement {
            Arrangement::ApiList => {
                let granted = granted_names(&exchange, &wanted);
                let apis = self.roster.apis.iter().filter(|api| granted.contains(&api.name));
                apis.map(|api| api.label.clone()).collect()
            }
            Arrangement::Control => {
                self.subscribe(invoker, &wanted).await?;
                labels.to_vec()
            }
            Arrangement::Preset => {
                self.enrolments.meant.insert(invoker, labels.to_vec());
                self.roster.apis.iter().map(|api| api.label.clone()).collect()
            }
            Arrangement::Nothing => Vec::new(),
        };
        self.member_mut(invoker).permitted = permitted;
        Ok(())
    }

    /// Whether an invoker can come to be authorized for these service APIs and no others.
    fn arrangeable(&self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        match self.core.arrangement {
            Arrangement::Nothing if !labels.is_empty() => Err(Stop::NotApplicable(NOT_ARRANGED.to_owned())),
            // One invoker may have been meant to be authorized for less: what it asks for is looked at. Two of them with
            // different rights are what there is none of.
            Arrangement::Preset if invoker != Party::INVOKER => {
                let other = self.roster.apis.iter().find(|api| !labels.contains(&api.label));
                other.map_or(Ok(()), |api| Err(authorized_for_all(&api.label)))
            }
            Arrangement::ApiList | Arrangement::Preset | Arrangement::Control | Arrangement::Nothing => Ok(()),
        }
    }

    /// Whether an invoker was meant to be authorized for these service APIs, where whoever onboards is for all of them.
    pub(super) fn meant_for(&self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let Some(meant) = self.enrolments.meant.get(&invoker) else { return Ok(()) };
        let other = labels.iter().find(|label| !meant.contains(label));
        other.map_or(Ok(()), |label| Err(authorized_for_all(label)))
    }

    /// The core function is told what an invoker is authorized for.
    async fn subscribe(&self, invoker: Party, wanted: &[(String, String)]) -> Result<(), Stop> {
        if wanted.is_empty() {
            return Ok(());
        }
        let api_ids = wanted.iter().map(|(_, id)| id.clone()).collect();
        let subscription = Some(Subscription { api_invoker_id: self.id_of(invoker)?, api_ids });
        let with = Arrange { subscription, ..Arrange::default() };
        self.act(Party::CORE_FUNCTION, Act::Arrange, &with).await.map(|_| ())
    }

    /// The key that a party enrols with: that of the certificate provisioned for it, or one of its own.
    fn enrolment_key(&mut self, party: Party) -> Result<KeyPair, Stop> {
        match self.core.credentials.get(&party) {
            Some(credential) => KeyPair::from_pem(&credential.key)
                .map_err(|error| Stop::Inconclusive(format!("the key in [ccf.credentials.{}]: {error}", party.name()))),
            None => Ok(self.key()?),
        }
    }

    /// The public key of a party, in the form that the target wants.
    fn sent_key(&self, party: Party, key: &KeyPair) -> Result<String, LabError> {
        match self.core.enrolment.key_form {
            KeyForm::PublicKey => Ok(key.public_pem()),
            KeyForm::Csr => Ok(key.csr(&party.name())?),
        }
    }

    /// The certificate that a party shows to enrol, where the target wants one.
    fn shown_to_enrol(&mut self, party: Party) -> Result<Presents, Stop> {
        if !self.core.enrolment.present.has_certificate() {
            return Ok(Presents::Nothing);
        }
        let credential = self.core.credentials.get(&party).cloned().ok_or_else(|| no_certificate(party))?;
        let key = self.enrolment_key(party)?;
        let identity = identity(party, &key, &credential.certificate)?;
        self.hold_for(party, Played { key, identity, enrolment: None });
        Ok(Presents::Own)
    }

    fn hold_for(&mut self, party: Party, played: Played) {
        self.enrolments.former.extend(self.played.insert(party, played));
    }

    /// Where a party is enrolled, as the answer tells.
    fn remember_enrolment(&mut self, party: Party, exchange: &Exchange) {
        if let Some(played) = self.played.get_mut(&party) {
            played.enrolment = lens::location_path(exchange);
        }
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

    /// What a party was given when it enrolled, completed by what was provisioned for it.
    fn enrolled(
        &mut self,
        party: Party,
        key: KeyPair,
        id: Option<String>,
        certificate: Option<String>,
    ) -> Result<(), Stop> {
        let credential = self.core.credentials.get(&party).cloned();
        let id = id.or_else(|| credential.as_ref()?.id.clone());
        let id = id.ok_or_else(|| Stop::Inconclusive(format!("the core function told no identifier of {party}")))?;
        if id.is_empty() {
            return Err(Stop::Inconclusive(format!("the identifier given to {party} is empty")));
        }
        let certificate = certificate.or_else(|| Some(credential?.certificate));
        let identity = identity(party, &key, &certificate.ok_or_else(|| no_certificate(party))?)?;
        let member = self.member_mut(party);
        member.id = Some(id);
        member.certificate = identity.chain().first().map(|leaf| leaf.as_ref().to_vec());
        self.hold_for(party, Played { key, identity, enrolment: None });
        Ok(())
    }
}

/// A certificate or a chain, in whatever order, with the key that one of them is for.
fn identity(party: Party, key: &KeyPair, pem: &str) -> Result<Identity, Stop> {
    let unusable = |why: &str| Stop::Inconclusive(format!("the certificate of {party} cannot be used: {why}"));
    let mut chain = certificates_from_pem(pem).map_err(|error| unusable(&error.to_string()))?;
    let own = key.public_pem();
    let at = chain.iter().position(|certificate| public_key_pem(certificate).as_ref() == Some(&own));
    let leaf = chain.remove(at.ok_or_else(|| unusable("it is not for the key that was sent"))?);
    chain.insert(0, leaf);
    Ok(Identity::new(chain, &key.private_der()).map_err(LabError::from)?)
}

fn no_certificate(party: Party) -> Stop {
    let name = party.name();
    Stop::Inconclusive(format!(
        "the core function issued no certificate to {party}; name one that is provisioned for it in [ccf.credentials.{name}]"
    ))
}

/// Where everybody is authorized for everything, nobody is not.
fn authorized_for_all(label: &str) -> Stop {
    Stop::NotApplicable(format!(
        "whoever onboards is authorized for every service API ([ccf.arrangement] kind = \"preset\"), \
         and the scenario needs one that an invoker is not authorized for: \"{label}\""
    ))
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

/// A provider function, as the answer to its registration tells of it.
struct Registered {
    role: Option<String>,
    info: Option<String>,
    public_key: Option<String>,
    id: Option<String>,
    certificate: Option<String>,
}

fn registered_functions(exchange: &Exchange) -> Option<Vec<Registered>> {
    if !lens::accepted(exchange) {
        return None;
    }
    let answer = lens::answer_object(exchange)?;
    let functions = answer.get("apiProvFuncs")?.as_array()?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let registered = functions.iter().map(|function| {
        let keys = function.get("regInfo");
        Registered {
            role: text(function.get("apiProvFuncRole")),
            info: text(function.get("apiProvFuncInfo")),
            public_key: text(keys.and_then(|keys| keys.get("apiProvPubKey"))),
            id: text(function.get("apiProvFuncId")),
            certificate: text(keys.and_then(|keys| keys.get("apiProvCert"))),
        }
    });
    Some(registered.collect())
}

/// What is told of a function: found by its key or by what it said of itself, since nothing says that the order stays;
/// else by its place.
fn told_of<'a>(function: &Function, at: usize, registered: &'a [Registered]) -> Option<&'a Registered> {
    let has_key = |told: &&Registered| told.public_key.as_deref().map(str::trim) == Some(function.public_key.trim());
    let has_info = |told: &&Registered| told.info == Some(function.party.name());
    registered.iter().find(has_key).or_else(|| registered.iter().find(has_info)).or_else(|| registered.get(at))
}

/// Identifier and certificate of the registered function of a role.
pub(super) fn registered_function(exchange: &Exchange, role: &str) -> Option<(String, String)> {
    let function = registered_functions(exchange)?.into_iter().find(|told| told.role.as_deref() == Some(role))?;
    Some((function.id?, function.certificate?))
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
