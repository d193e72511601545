//! An exposing function that was configured beforehand: our core function is made to know it and what it offers, and it
//! is invoked as its operator says, by the service logic of its own.

use rustls::pki_types::CertificateDer;

use super::invoking::Invoked;
use super::{Lab, LabError, Stop};
use crate::actors::core_function::Provisioned;
use crate::actors::{TOKEN_KEY, authority_name, kept_name};
use crate::checks::{Exposure, OwnLogic, ServiceApi};
use crate::clock::Clock;
use crate::control::CoreFunction;
use crate::drive::service_api::OwnRequest;
use crate::pki::{KeyPair, LeafSpec, Store};
use crate::spec::{Party, Role};
use crate::target::{OfferedApi, Provision};
use crate::wire::{self, Ports};

/// A certificate that is installed by hand is good for four years: another one would be taken for that of somebody else.
const VALID_FOR: i64 = 4 * 365 * 86_400;

/// What the operator of an exposing function configures at it.
pub(super) struct Papers {
    /// The core function that it belongs to.
    pub(super) core_function: CoreFunction,
    /// What it shows, to our core function and to our invokers.
    pub(super) certificate: CertificateDer<'static>,
    /// The key of that.
    pub(super) key: KeyPair,
}

impl Papers {
    /// They are kept, since they are configured once and for all.
    pub(super) fn kept(store: &Store, provision: &Provision, host: &str, ports: &Ports) -> Result<Self, LabError> {
        let clock = Clock::real();
        let party = wire::Party::new(Role::CoreFunction.code());
        let authority = store.authority(&authority_name(&party), &clock)?;
        let server = LeafSpec::server(&provision.aef_id, &[host], &clock);
        let leaf = LeafSpec { not_after: clock.now_unix() + VALID_FOR, ..server };
        let (key, certificate) = store.member(&authority, &leaf, &clock)?;
        let core_function = CoreFunction {
            url: format!("https://{}", ports.authority(provision.core_port)),
            connect_to: None,
            roots: authority.root_pem(),
            token_key: Some(store.key(&kept_name(&party, TOKEN_KEY))?.public_pem()),
        };
        Ok(Self { core_function, certificate, key })
    }

    pub(super) fn identity(&self) -> Result<wire::Identity, LabError> {
        Ok(wire::Identity::new(vec![self.certificate.clone()], &self.key.private_der())?)
    }
}

impl Lab {
    /// What was configured at the exposing function under test; none where it is told to enrol.
    pub(super) fn provision(&self) -> Option<&Provision> {
        self.target.provision(self.plan.sut)
    }

    /// Our core function knows the exposing function under test, and these service APIs of it: those that it offers, in
    /// their order, then others that it knows nothing of, for what tokens say of them.
    pub(super) fn be_provisioned(&mut self, labels: &[String], methods: &[String]) -> Result<(), Stop> {
        let (Some(provision), Some(site)) =
            (self.provision().cloned(), self.target.exposing_function.as_ref().map(|aef| aef.site.clone()))
        else {
            return Ok(());
        };
        for label in labels {
            let offered = provision.apis.get(self.roster.apis.len());
            let (name, id) = match offered {
                Some(api) => (api.name.clone(), api.id.clone()),
                None => (self.names.fresh(label), self.names.fresh(&format!("{label}-id"))),
            };
            self.peers.provision(&Provisioned {
                aef_id: &provision.aef_id,
                address: site.address,
                prefix: &site.prefix,
                api: (&id, &name),
                methods,
            })?;
            let exposure = Exposure {
                aef: Party::EXPOSING_FUNCTION,
                aef_id: provision.aef_id.clone(),
                interface: (site.address.ip().to_string(), site.address.port()),
            };
            self.roster.apis.push(ServiceApi {
                label: label.clone(),
                name,
                id,
                exposures: vec![exposure],
                methods: methods.to_vec(),
                own_logic: offered.map(|api| own_logic(api, &site.path())),
            });
        }
        let papers = self.plan.material.store.as_ref();
        let papers = papers.map(|store| Papers::kept(store, &provision, &site.host, &self.ports)).transpose()?;
        let member = self.member_mut(Party::EXPOSING_FUNCTION);
        member.certificate = papers.map(|papers| papers.certificate.as_ref().to_vec());
        member.id = Some(provision.aef_id);
        Ok(())
    }

    /// Whether it is seen how often the service logic behind the exposing function under test runs.
    ///
    /// # Errors
    /// Where that is the product's own.
    pub fn sees_service_logic(&self) -> Result<(), Stop> {
        match self.provision() {
            None => Ok(()),
            Some(_) => Err(Stop::NotApplicable(
                "the service logic is the product's own ([aef.enrolment] kind = \"provisioned\"): how often it ran is not seen"
                    .to_owned(),
            )),
        }
    }
}

/// The request by which a service API is invoked that was configured.
pub(super) fn request<'a>(
    provision: &'a Provision,
    api: &ServiceApi,
    invoked: &Invoked,
) -> Result<OwnRequest<'a>, Stop> {
    let offered = provision.apis.iter().find(|offered| offered.id == api.id).ok_or_else(|| {
        let count = provision.apis.len();
        let word = if count == 1 { "is one" } else { "are too few" };
        Stop::NotApplicable(format!("the scenario invokes \"{}\": {count} [[aef.api]] {word}", api.label))
    })?;
    let request = &offered.request;
    match invoked.method {
        Some(method) if method != request.method => Err(Stop::NotApplicable(format!(
            "the scenario invokes \"{}\" by {method}, and the safe request of `{}` is a {}",
            api.label, offered.name, request.method
        ))),
        Some(_) | None => {
            Ok(OwnRequest { method: request.method, target: &request.target, body: request.body.as_ref() })
        }
    }
}

fn own_logic(api: &OfferedApi, prefix: &str) -> OwnLogic {
    OwnLogic {
        method: api.request.method,
        target: format!("{prefix}{}", api.request.target),
        status: api.success.status,
        text: api.success.text.clone(),
    }
}
