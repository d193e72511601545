//! Telling the role under test to act: the upper tester of ISO/IEC 9646.
//!
//! The outcome of an act says that it was carried out; what it was is on the wire. What the role was given by the
//! core function is read off the wire as well, never taken from its word.

use serde::Serialize;
use serde_json::json;

use super::{Lab, LabError, Stop};
use crate::checks::{Exposure, ServiceApi, lens};
use crate::control::{
    Act, ActOutcome, CoreFunction, Discover, Negotiate, ObtainInvokerInfo, ObtainToken, Order, Policy, Publish,
    Register, Report, SecretUse, WantedAccess, WantedInterface,
};
use crate::drive::aef_security;
use crate::operation;
use crate::pki::certificates_to_pem;
use crate::spec::{Operation, Party, Role, Service};
use crate::target::{Site, Surface, Trust};
use crate::wire::{Exchange, Route, Scheme, Versions};

impl Lab {
    /// The invoker under test onboards for some service APIs and discovers them.
    ///
    /// # Errors
    /// When it cannot be told, or does not get there.
    pub async fn have_onboarded(&mut self, labels: &[String]) -> Result<(), Stop> {
        let with = self.onboarding(labels).await?;
        self.act(Party::INVOKER, Act::Onboard, &with).await?;
        self.read_enrolment(labels)?;
        self.act(Party::INVOKER, Act::Discover, &Discover::default()).await.map(|_| ())
    }

    /// The invoker under test is told to negotiate with an exposing function.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_negotiate(&mut self, act: Act, aef: Party, methods: &[String]) -> Result<(), Stop> {
        let interfaces = vec![WantedInterface { aef_id: self.id_of(aef)?, api_id: None, methods: methods.to_vec() }];
        self.act(Party::INVOKER, act, &Negotiate { interfaces }).await.map(|_| ())
    }

    /// The invoker under test is told to obtain a token.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_obtain_token(&mut self, labels: &[String], secret: SecretUse) -> Result<(), Stop> {
        let mut scope = Vec::new();
        for label in labels {
            let api = self.api(label)?;
            let wanted = |exposure: &Exposure| WantedAccess {
                aef_id: exposure.aef_id.clone(),
                api_names: vec![api.name.clone()],
            };
            scope.extend(api.exposures.iter().map(wanted));
        }
        self.act(Party::INVOKER, Act::ObtainToken, &ObtainToken { scope, secret, owner: None }).await.map(|_| ())
    }

    /// The exposing function under test registers its domain and publishes.
    ///
    /// # Errors
    /// When it cannot be told, or does not get there.
    pub async fn have_published(&mut self, labels: &[String], methods: &[String]) -> Result<(), Stop> {
        if self.provision().is_some() {
            return self.be_provisioned(labels, methods);
        }
        self.have_registered().await?;
        self.have_published_too(labels, methods, false).await
    }

    /// The domain under test is told to register.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_register(&mut self) -> Result<(), Stop> {
        let secret = self.registration().await?.0.unwrap_or_default();
        let with = Register { core_function: self.core_function()?, secret };
        let done = self.act(Party::EXPOSING_FUNCTION, Act::Register, &with).await;
        self.sent_at_least(operation!("CreateApiProvRegist"), Role::ManagementFunction, done)
    }

    /// What was sent can be judged, whatever its sender made of the answer.
    fn sent_at_least(&self, operation: &'static Operation, by: Role, done: Result<Report, Stop>) -> Result<(), Stop> {
        match done {
            Err(Stop::Inconclusive(_)) if self.last_answer(operation, by).is_ok() => Ok(()),
            Ok(_) => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// The domain under test has registered.
    ///
    /// # Errors
    /// When it cannot be told, or does not get there.
    pub async fn have_registered(&mut self) -> Result<(), Stop> {
        self.tell_to_register().await?;
        self.read_registration()
    }

    /// The domain under test is told to publish, whatever comes of it.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_publish(&mut self, labels: &[String], methods: &[String]) -> Result<(), Stop> {
        for label in labels {
            let with = self.publication(label, methods, false).await?;
            let done = self.act(Party::EXPOSING_FUNCTION, Act::Publish, &with).await;
            self.sent_at_least(operation!("CreateAPFPubAPIs"), Role::PublishingFunction, done)?;
        }
        Ok(())
    }

    async fn publication(&mut self, label: &str, methods: &[String], owner: bool) -> Result<Publish, Stop> {
        Ok(Publish {
            api_name: self.names.fresh(label),
            methods: methods.to_vec(),
            back_end: Some(self.service_url(Party::EXPOSING_FUNCTION).await?),
            owner_authorization: owner,
        })
    }

    /// The exposing function under test publishes more, for which the owner of the resources has to agree or not.
    ///
    /// # Errors
    /// When it cannot be told, or does not get there.
    pub async fn have_published_too(&mut self, labels: &[String], methods: &[String], owner: bool) -> Result<(), Stop> {
        if self.provision().is_some() && owner {
            let why = "which of its service APIs need the authorization of an owner is configured, and not in our hand";
            return Err(Stop::NotApplicable(why.to_owned()));
        }
        for label in labels {
            let with = self.publication(label, methods, owner).await?;
            self.act(Party::EXPOSING_FUNCTION, Act::Publish, &with).await?;
            self.read_publication(label, &with)?;
        }
        Ok(())
    }

    /// The exposing function under test is told to ask about an invoker.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_ask(&mut self, invoker: Party, flags: (bool, bool)) -> Result<(), Stop> {
        let with =
            ObtainInvokerInfo { api_invoker_id: self.id_of(invoker)?, authentication: flags.0, authorization: flags.1 };
        self.act(Party::EXPOSING_FUNCTION, Act::ObtainInvokerInfo, &with).await.map(|_| ())
    }

    /// The exposing function under test is told to revoke the authorization of an invoker.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_revoke(&mut self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let with = self.revocation_order(invoker, labels, false)?;
        self.act(Party::EXPOSING_FUNCTION, Act::RevokeAuthorization, &with).await.map(|_| ())
    }

    /// The core function decides by this policy from now on.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn set_policy(&self, policy: &Policy) -> Result<(), Stop> {
        self.act(Party::CORE_FUNCTION, Act::SetPolicy, policy).await.map(|_| ())
    }

    /// The same where it can be told, and forgets it when the scenario is over: what it keeps would be in the way of others.
    ///
    /// # Errors
    /// When it can be told, and does not do it.
    pub async fn prefer_policy(&self, policy: &Policy) -> Result<(), Stop> {
        let is_product = self.target.core_function.is_some();
        if is_product && !self.forgets {
            return Ok(());
        }
        match self.set_policy(policy).await {
            // It is as it was.
            Err(Stop::NotApplicable(_)) => Ok(()),
            told => told,
        }
    }

    /// An invoker initiates authentication at the exposing function under test.
    ///
    /// # Errors
    /// When there is none.
    pub async fn initiate_authentication(&mut self, invoker: Option<Party>) -> Result<(), Stop> {
        let id = match invoker {
            Some(invoker) => self.id_of(invoker)?,
            None => self.names.fresh("nobody"),
        };
        let at = Party::EXPOSING_FUNCTION;
        let stimulus = aef_security::initiate_authentication(Party::INVOKER, at, &id).under(&self.prefix_at(at));
        let exchange = self.send_clean(&stimulus, "Authentication Initiation Request").await?;
        self.speak_of(exchange);
        Ok(())
    }

    /// Tells a role to act.
    pub(super) async fn act(&self, party: Party, act: Act, with: &impl Serialize) -> Result<Report, Stop> {
        let surface = self.surface(party, act)?;
        let order = Order { action: act.word().to_owned(), with: json!(with) };
        let report = self.order(party, &surface, &order).await?;
        match report.outcome {
            ActOutcome::Done | ActOutcome::Refused => Ok(report),
            ActOutcome::Unsupported => {
                Err(Stop::NotApplicable(format!("{party} does not know the act {}", act.word())))
            }
            ActOutcome::Failed => {
                Err(Stop::Inconclusive(format!("{party} could not {}: {}", act.word(), report.detail)))
            }
        }
    }

    /// Where a party is told to act.
    fn surface(&self, party: Party, act: Act) -> Result<Surface, Stop> {
        if party.role == Role::CoreFunction {
            return self.core.control.clone().ok_or_else(|| not_told(Role::CoreFunction));
        }
        let external = self.target.external();
        let whose = whose(party.role, act);
        if party.ordinal != 1 || !whose.iter().any(|role| external.contains(role)) {
            return Ok(self.peers.control(party)?);
        }
        let told = whose.iter().find_map(|role| self.target.control(*role)).cloned();
        told.ok_or_else(|| not_told(self.plan.sut))
    }

    pub(super) fn core_function(&self) -> Result<CoreFunction, Stop> {
        let roots: Vec<_> = match &self.core.trust {
            Trust::InsecurePlainHttp => {
                return Err(Stop::NotApplicable("the core function is reached over plain HTTP".to_owned()));
            }
            Trust::Told => return Err(LabError::NotPlayed(Party::CORE_FUNCTION).into()),
            Trust::Roots(roots) => roots.iter().cloned().map(Into::into).collect(),
            Trust::Certificate(leaf) => vec![leaf.clone().into()],
        };
        // What our peers ask of a core function that is a product is its security API.
        let site = self.core.site_of(Service::Security);
        Ok(CoreFunction {
            url: format!("https://{}{}", site.authority(), site.path()),
            connect_to: self.has_to_be_shown(site).then(|| site.address.to_string()),
            roots: certificates_to_pem(&roots),
            token_key: self.token_key_pem(),
        })
    }

    /// Whether the name of the core function is not enough to find it. A product finds ours by what [harness] advertises:
    /// the address that we listen on need mean nothing where it is.
    fn has_to_be_shown(&self, site: &Site) -> bool {
        let told_to_product = self.target.core_function.is_none() && !self.target.external().is_empty();
        !told_to_product && site.host != site.address.ip().to_string()
    }

    pub(super) fn api(&self, label: &str) -> Result<&ServiceApi, LabError> {
        self.roster.api(label).ok_or_else(|| LabError::NoSuchApi(label.to_owned()))
    }

    /// The first place where a service API is offered.
    pub(super) fn exposure(&self, label: &str) -> Result<&Exposure, LabError> {
        self.api(label)?.exposures.first().ok_or_else(|| LabError::NoSuchApi(label.to_owned()))
    }

    /// What the core function gave the invoker when it onboarded.
    fn read_enrolment(&mut self, labels: &[String]) -> Result<(), Stop> {
        let exchange = self.last_answer(operation!("CreateOnboardedAPIInvoker"), Role::Invoker)?;
        let (id, certificate) = super::arrange::onboarded(&exchange)
            .ok_or_else(|| Stop::Inconclusive(format!("the invoker was not onboarded: {}", lens::ending(&exchange))))?;
        let secret = super::arrange::onboarding_information(&exchange, "onboardingSecret");
        let member = self.member_mut(Party::INVOKER);
        member.id = Some(id);
        member.certificate = leaf(&certificate);
        member.secret = secret;
        member.permitted = labels.to_vec();
        Ok(())
    }

    /// What the core function gave the functions of the domain when it was registered.
    fn read_registration(&mut self) -> Result<(), Stop> {
        let exchange = self.last_answer(operation!("CreateApiProvRegist"), Role::ManagementFunction)?;
        let not_registered =
            || Stop::Inconclusive(format!("the provider was not registered: {}", lens::ending(&exchange)));
        let functions = [
            (Party::MANAGEMENT_FUNCTION, "AMF"),
            (Party::PUBLISHING_FUNCTION, "APF"),
            (Party::EXPOSING_FUNCTION, "AEF"),
        ];
        for (party, word) in functions {
            let Some((id, certificate)) = super::arrange::registered_function(&exchange, word) else {
                // A domain may do without a function of its own for the others, but not without one that exposes.
                if party == Party::EXPOSING_FUNCTION {
                    return Err(not_registered());
                }
                continue;
            };
            let member = self.member_mut(party);
            member.id = Some(id);
            member.certificate = leaf(&certificate);
        }
        Ok(())
    }

    fn read_publication(&mut self, label: &str, with: &Publish) -> Result<(), Stop> {
        let exchange = self.last_answer(operation!("CreateAPFPubAPIs"), Role::PublishingFunction)?;
        let id = super::arrange::text_member(&exchange, "apiId").ok_or_else(|| {
            Stop::Inconclusive(format!("the service API was not published: {}", lens::ending(&exchange)))
        })?;
        let aef_id = self.id_of(Party::EXPOSING_FUNCTION)?;
        self.roster.apis.push(ServiceApi {
            label: label.to_owned(),
            name: with.api_name.clone(),
            id,
            // Where it listens is its own affair here: nobody negotiates for one of its interfaces.
            exposures: vec![Exposure { aef: Party::EXPOSING_FUNCTION, aef_id, interface: Default::default() }],
            methods: with.methods.clone(),
            own_logic: None,
        });
        Ok(())
    }

    fn last_answer(&self, operation: &'static Operation, by: Role) -> Result<std::sync::Arc<Exchange>, Stop> {
        let of_operation = |exchange: &&std::sync::Arc<Exchange>| {
            lens::is_of(exchange, operation)
                && Party::named(exchange.client.name()).is_some_and(|party| party.role == by)
        };
        let exchanges = self.exchanges();
        let found = exchanges.iter().rfind(of_operation).cloned();
        found.ok_or_else(|| Stop::Inconclusive(format!("no {} was seen", operation.service_operation)))
    }
}

fn leaf(pem: &str) -> Option<Vec<u8>> {
    let chain = crate::pki::certificates_from_pem(pem).ok()?;
    chain.first().map(|leaf| leaf.as_ref().to_vec())
}

/// Whose act it is. A domain may be one product or several: each act is for whoever of them does it best.
pub(super) fn whose(role: Role, act: Act) -> &'static [Role] {
    match (role, act) {
        (Role::ExposingFunction, Act::Register) => {
            &[Role::ManagementFunction, Role::ExposingFunction, Role::PublishingFunction]
        }
        (Role::ExposingFunction, Act::Publish) => {
            &[Role::PublishingFunction, Role::ExposingFunction, Role::ManagementFunction]
        }
        (Role::ExposingFunction, _) => &[Role::ExposingFunction],
        (Role::Invoker, _) => &[Role::Invoker],
        (_, _) => &[Role::ResourceOwnerFunction],
    }
}

/// Why a role is not told to act.
pub(super) fn not_told(role: Role) -> Stop {
    Stop::NotApplicable(format!(
        "the target does not say how its {} is told to act; name its surface in [{}.control]",
        role.title(),
        role.code()
    ))
}

/// A route over TLS to something that a reference peer offers.
pub(super) fn tls_route_to(party: Party, url: &str, root_pem: &str) -> Result<Route, LabError> {
    let host = url.strip_prefix("https://").unwrap_or(url).trim_end_matches('/');
    let address = host.parse().map_err(|_| LabError::Peer(format!("the URL {url} cannot be used")))?;
    let roots = crate::pki::certificates_from_pem(root_pem)?;
    let trust = crate::wire::Trust::roots(roots)?;
    Ok(Route {
        server: crate::wire::Party::new(&party.name()),
        address,
        host: host.to_owned(),
        scheme: Scheme::Tls { trust, versions: Versions::Both },
    })
}
