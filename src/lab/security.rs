//! The four service operations of CAPIF_Security_API, as the parties of a scenario carry them out.

use std::sync::Arc;

use super::arrange::refused;
use super::{Lab, LabError, Stop};
use crate::checks::lens;
use crate::drive::Stimulus;
use crate::drive::security::{self, Elsewhere, Flags, Wanted};
use crate::drive::stimulus::path_segment;
use crate::operation;
use crate::spec::{Party, Role};
use crate::target::Capable;
use crate::wire::{Exchange, ExchangeId};

/// What a token is asked for.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Without a scope.
    Default,
    /// These service APIs, by label.
    Apis(Vec<String>),
}

impl Lab {
    /// An invoker negotiates its security context.
    ///
    /// # Errors
    /// Mistakes of ours only: what the core function answers is evidence.
    pub async fn negotiate(&mut self, invoker: Party, wanted: &[Wanted]) -> Result<Arc<Exchange>, Stop> {
        let destination = self.fresh_destination(invoker).await?;
        let stimulus = self.negotiation(invoker, wanted, &destination)?;
        let exchange = self.send_clean(&stimulus, "Obtain_Security_Method").await?;
        self.remember_context(invoker, &exchange);
        Ok(self.speak_of(exchange))
    }

    /// An invoker renegotiates its security context.
    ///
    /// # Errors
    /// When no Location is known.
    pub async fn renegotiate(&mut self, invoker: Party, wanted: &[Wanted]) -> Result<(), Stop> {
        let stimulus = self.renegotiation(invoker, wanted).await?;
        let exchange = self.send_clean(&stimulus, "Obtain_Security_Method").await?;
        self.speak_of(exchange);
        Ok(())
    }

    /// The same as [`Self::negotiate`], where the scenario cannot go on without it.
    ///
    /// # Errors
    /// When the core function does not create the context.
    pub async fn have_negotiated(&mut self, invoker: Party, wanted: &[Wanted]) -> Result<(), Stop> {
        let exchange = self.negotiate(invoker, wanted).await?;
        if lens::accepted(&exchange) { Ok(()) } else { Err(refused("create a security context", &exchange)) }
    }

    /// An exposing function asks for the security information of an invoker.
    ///
    /// # Errors
    /// When no Location is known although one was due.
    pub async fn ask(&mut self, by: Party, invoker: Party, flags: Flags) -> Result<(), Stop> {
        let stimulus = security::ask(by, &self.context(invoker)?, flags);
        let exchange = self.send_clean(&stimulus, "Obtain_API_Invoker_Info").await?;
        self.speak_of(exchange);
        Ok(())
    }

    /// The authorization for all APIs is revoked, and the notification is waited for.
    ///
    /// # Errors
    /// When no Location is known.
    pub async fn revoke_all(&mut self, by: Party, invoker: Party) -> Result<(), Stop> {
        let stimulus = security::revoke_all(by, &self.context(invoker)?);
        let due = self.due(invoker, None);
        self.revoke(invoker, &stimulus, &due).await
    }

    /// The authorization for some APIs is revoked, and the notification is waited for.
    ///
    /// # Errors
    /// When no Location is known, or a label was not published.
    pub async fn revoke_some(&mut self, by: Party, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let stimulus = self.partial_revocation(by, invoker, labels, Elsewhere::No)?;
        let due = self.due(invoker, Some(labels));
        self.revoke(invoker, &stimulus, &due).await
    }

    /// The same for an invoker that nobody knows.
    ///
    /// # Errors
    /// Mistakes of ours only.
    pub async fn revoke_unknown(&mut self, by: Party) -> Result<(), Stop> {
        let context = format!("{}/trustedInvokers/{}", self.security_root(), self.names.fresh("nobody"));
        let exchange = self.send_clean(&security::revoke_all(by, &context), "Revoke_Authorization").await?;
        self.speak_of(exchange);
        Ok(())
    }

    /// An invoker asks for a token.
    ///
    /// # Errors
    /// When a label was not published.
    pub async fn obtain_token(&mut self, invoker: Party, asked: &Asked, with_secret: bool) -> Result<(), Stop> {
        let stimulus = self.token_request(invoker, asked, with_secret)?;
        let exchange = self.send_clean(&stimulus, "Obtain_Authorization").await?;
        self.tokens.extend(lens::access_token(&exchange).map(|token| (invoker, token)));
        self.speak_of(exchange);
        Ok(())
    }

    /// An invoker asks for a token and shows by HTTP Basic the secret of its onboarding, or one that is none.
    ///
    /// # Errors
    /// When the core function issued no secret.
    pub async fn obtain_token_by_basic(&mut self, invoker: Party, right: bool) -> Result<(), Stop> {
        let secret = self.roster.member(invoker).and_then(|member| member.secret.clone()).ok_or_else(no_secret)?;
        let shown = if right { secret } else { format!("x{secret}") };
        let stimulus = self.token_request(invoker, &Asked::Default, false)?;
        let stimulus = security::by_basic(stimulus, &self.id_of(invoker)?, &shown);
        let exchange = self.send_clean(&stimulus, "Obtain_Authorization").await?;
        self.speak_of(exchange);
        Ok(())
    }

    /// Waits until an invoker has been told of these APIs, or the deadline has passed: what came is evidence either way.
    pub(super) async fn await_notification(&self, invoker: Party, after: ExchangeId, due: &[String]) {
        let name = invoker.name();
        let told_all = || {
            let told = self.told_since(invoker, after);
            due.iter().all(|id| told.contains(id))
        };
        let arrived = |exchange: &Exchange| exchange.server.name() == name && exchange.response.is_some() && told_all();
        // Overdue is no error here: a check says what the missing notification means.
        let _overdue = self.timeline.wait_for(self.target.deadlines.notification, after, arrived).await;
    }

    /// The APIs whose revocation a party was told of.
    fn told_since(&self, party: Party, after: ExchangeId) -> Vec<String> {
        let exchanges = self.timeline.snapshot();
        let name = party.name();
        let told = exchanges.iter().filter(|exchange| exchange.id > after && exchange.response.is_some());
        let told = told.filter(|exchange| exchange.server.name() == name);
        told.flat_map(|exchange| lens::request_texts(exchange, "apiIds")).collect()
    }

    /// The APIs that a revocation has to be told for: those named, or all that were arranged and are left.
    pub(super) fn due(&self, invoker: Party, labels: Option<&[String]>) -> Vec<String> {
        let gone = self.told_since(invoker, ExchangeId(0));
        let permitted = self.roster.permitted(invoker).into_iter();
        let due = permitted.filter(|api| match labels {
            Some(labels) => labels.contains(&api.label),
            None => !gone.contains(&api.id),
        });
        due.map(|api| api.id.clone()).collect()
    }

    pub(super) async fn revoke(&mut self, invoker: Party, stimulus: &Stimulus, due: &[String]) -> Result<(), Stop> {
        let mark = self.timeline.mark();
        let exchange =
            self.send_clean(stimulus, "step 2: revoke API invoker authorization request → step 4: response").await?;
        if lens::accepted(&exchange) {
            self.await_notification(invoker, mark, due).await;
        }
        self.speak_of(exchange);
        Ok(())
    }

    pub(super) fn negotiation(
        &self,
        invoker: Party,
        wanted: &[Wanted],
        destination: &str,
    ) -> Result<Stimulus, LabError> {
        Ok(security::negotiate(invoker, &self.security_root(), &self.id_of(invoker)?, wanted, destination))
    }

    pub(super) fn partial_revocation(
        &self,
        by: Party,
        invoker: Party,
        labels: &[String],
        elsewhere: Elsewhere,
    ) -> Result<Stimulus, Stop> {
        let mut ids = Vec::new();
        for label in labels {
            let api = self.roster.api(label).ok_or_else(|| LabError::NoSuchApi(label.clone()))?;
            ids.push(api.id.clone());
        }
        // The function that reports is an exposing function, also where another party forges the report.
        let reporting = if by.role == Role::ExposingFunction { by } else { Party::EXPOSING_FUNCTION };
        let (context, id, aef_id) = (self.context(invoker)?, self.id_of(invoker)?, self.id_of(reporting)?);
        Ok(security::revoke_some(by, &context, &id, &aef_id, &ids, elsewhere))
    }

    pub(super) fn token_request(&self, invoker: Party, asked: &Asked, with_secret: bool) -> Result<Stimulus, Stop> {
        self.needs(Capable::Grant("client_credentials".to_owned()))?;
        let scope = match asked {
            Asked::Default => None,
            Asked::Apis(labels) => {
                self.meant_for(invoker, labels)?;
                Some(self.scope(labels)?)
            }
        };
        let secret = self.roster.member(invoker).and_then(|member| member.secret.clone());
        if with_secret && secret.is_none() {
            return Err(no_secret());
        }
        let secret = secret.filter(|_| with_secret);
        let (root, id) = (self.security_root(), self.id_of(invoker)?);
        Ok(security::obtain_token(invoker, &root, &id, scope.as_deref(), secret.as_deref()))
    }

    /// Wishes for one exposing function and all its APIs together.
    ///
    /// # Errors
    /// When the function is not enrolled, or the role under test claims none of the methods.
    pub fn wanted(&self, aef: Party, methods: &[String]) -> Result<Wanted, Stop> {
        self.needs_one_of(methods)?;
        Ok(Wanted { aef_id: self.id_of(aef)?, interface: None, methods: methods.to_vec() })
    }

    /// A wish for the interface of one service API.
    ///
    /// # Errors
    /// When the label was not published, or the role under test claims none of the methods.
    pub fn wanted_interface(&self, label: &str, methods: &[String]) -> Result<Wanted, Stop> {
        self.needs_one_of(methods)?;
        let exposure = self.exposure(label)?;
        let interface = Some(exposure.interface.clone());
        Ok(Wanted { aef_id: exposure.aef_id.clone(), interface, methods: methods.to_vec() })
    }

    /// Path of an invoker's security context: told by the Location of its creation. Before anybody asked for a
    /// creation, the structure of clause 5.6.2.1 is all there is.
    pub(super) fn context(&self, invoker: Party) -> Result<String, Stop> {
        let told = self.roster.member(invoker).and_then(|member| member.context.clone());
        let created = self.created_context(invoker);
        match told.or_else(|| lens::location_path(created.as_deref()?)) {
            Some(path) => Ok(path),
            None if created.is_some() => Err(Stop::Inconclusive(
                "the created security context has no usable Location: its URI is not known".to_owned(),
            )),
            None => Ok(format!("{}/trustedInvokers/{}", self.security_root(), path_segment(&self.id_of(invoker)?))),
        }
    }

    fn created_context(&self, invoker: Party) -> Option<Arc<Exchange>> {
        self.timeline.snapshot().into_iter().rfind(|exchange| {
            exchange.client.name() == invoker.name()
                && lens::is_of(exchange, operation!("CreateSecIndTrustedAPIInv"))
                && lens::accepted(exchange)
        })
    }

    pub(super) fn remember_context(&mut self, invoker: Party, exchange: &Exchange) {
        if lens::accepted(exchange) {
            self.member_mut(invoker).context = lens::location_path(exchange);
        }
    }

    fn scope(&self, labels: &[String]) -> Result<String, LabError> {
        let mut parts: Vec<(String, Vec<String>)> = Vec::new();
        for label in labels {
            let api = self.roster.api(label).ok_or_else(|| LabError::NoSuchApi(label.clone()))?;
            for exposure in &api.exposures {
                match parts.iter_mut().find(|(aef_id, _)| *aef_id == exposure.aef_id) {
                    Some((_, names)) => names.push(api.name.clone()),
                    None => parts.push((exposure.aef_id.clone(), vec![api.name.clone()])),
                }
            }
        }
        let entries: Vec<String> =
            parts.into_iter().map(|(aef_id, names)| format!("{aef_id}:{}", names.join(","))).collect();
        Ok(format!("3gpp#{}", entries.join(";")))
    }

    pub(super) fn speak_of(&mut self, exchange: Arc<Exchange>) -> Arc<Exchange> {
        self.focus = Some(exchange.id);
        exchange
    }
}

fn no_secret() -> Stop {
    Stop::NotApplicable("the core function issued no onboardingSecret".to_owned())
}
