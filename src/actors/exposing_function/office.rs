//! What an exposing function knows: its core function, its service APIs, the invokers it has been told about, and what
//! was revoked. Questions about it and requests to the core function; nothing here decides.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::rules;
use crate::actors::Settings;
use crate::actors::core_client::{Answer, CoreClient, Unanswered};
use crate::actors::problem::Problem;
use crate::actors::provider::{Domain, Member};
use crate::actors::uri::Uri;
use crate::control::{ObtainInvokerInfo, Publish};
use crate::fault::FaultSet;
use crate::jose::VerificationKey;

/// The office in which an exposing function works.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) settings: Settings,
    state: Mutex<State>,
}

/// The registers of the exposing function.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) membership: Option<Membership>,
    /// What the core function told about invokers, by apiInvokerId.
    pub(super) invokers: BTreeMap<String, Knowledge>,
    /// Invokers and ids of the APIs that they may not use any more.
    pub(super) revoked: BTreeSet<(String, String)>,
    /// Invocations under way.
    pub(super) under_way: usize,
    /// Queries with which the service logic is being called.
    pub(super) executing: Vec<String>,
    /// Tokens with which an invoker was let through.
    pub(super) seen: BTreeSet<String>,
    /// Ids of the APIs that were served, once for each time.
    pub(super) served: Vec<String>,
    /// The last result of the service logic.
    pub(super) last_result: Vec<u8>,
}

/// What the exposing function has from its core function.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    pub(super) core: CoreClient,
    pub(super) exposing: Member,
    /// The domain, where it registered that itself.
    pub(super) domain: Option<Domain>,
    pub(super) apis: Vec<Exposed>,
    pub(super) token_keys: Vec<VerificationKey>,
}

/// A service API that it exposes.
#[derive(Clone, Debug)]
pub(super) struct Exposed {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) back_end: Option<Uri>,
    pub(super) needs_owner: bool,
}

/// What the core function told about an invoker (TS 29.222 5.6.2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Knowledge {
    /// The security method selected.
    pub(super) method: Option<String>,
    /// Whether the invoker shows a certificate in method 3: by the root that came with it (discrepancy
    /// `method3-tls-mode`).
    pub(super) mutual: bool,
    /// What it is authorized for; none where that was not asked or not told.
    pub(super) authorization: Option<String>,
    /// Whether authorization was asked for at all.
    pub(super) authorization_asked: bool,
}

impl Membership {
    pub(super) fn new(core: CoreClient, exposing: Member, domain: Option<Domain>) -> Self {
        Self { core, exposing, domain, apis: Vec::new(), token_keys: Vec::new() }
    }

    /// The best that could be told of an invoker of method 2: it may use everything.
    pub(super) fn presumed(&self) -> Knowledge {
        let names: Vec<&str> = self.apis.iter().map(|api| api.name.as_str()).collect();
        let everything = format!("3gpp#{}:{}", self.exposing.id, names.join(","));
        Knowledge {
            method: Some("PKI".to_owned()),
            mutual: true,
            authorization: Some(everything),
            authorization_asked: true,
        }
    }
}

impl Exposed {
    pub(super) fn new(api_id: &str, publication: &Publish) -> Self {
        Self {
            id: api_id.to_owned(),
            name: publication.api_name.clone(),
            back_end: publication.back_end.as_deref().and_then(Uri::parse),
            needs_owner: publication.owner_authorization,
        }
    }
}

impl Office {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, state: Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything.
    pub(super) fn reset(&self) {
        *self.state() = State::default();
    }

    /// Forgets what it was told to do. Where somebody configured it with a core function, it stays with that.
    pub(super) fn forget(&self) {
        let mut state = self.state();
        let membership = state.membership.take().filter(|membership| membership.domain.is_none());
        *state = State { membership, ..State::default() };
    }

    pub(super) fn settle(&self, membership: Membership) {
        self.state().membership = Some(membership);
    }

    pub(super) fn expose(&self, api: Exposed) {
        if let Some(membership) = self.state().membership.as_mut() {
            membership.apis.push(api);
        }
    }

    /// Asks the core function about an invoker (TS 29.222 5.6.2.4) and keeps what it tells; none where it tells
    /// nothing.
    pub(super) async fn fetch(&self, wanted: ObtainInvokerInfo) -> Result<Option<Knowledge>, Problem> {
        let own = self.state().membership.clone();
        let own = own.ok_or_else(|| Problem::unavailable("no core function is known"))?;
        let answer = self.ask(&own, &wanted).await;
        let answer = answer.map_err(|_silence| Problem::unavailable("the core function does not answer"))?;
        let known = answer
            .is_success()
            .then(|| learnt(&answer.body, &own.exposing.id, wanted.authorization, &self.settings.faults));
        if let Some(known) = &known {
            self.state().invokers.insert(wanted.api_invoker_id, known.clone());
        }
        Ok(known)
    }

    /// Sends the request about an invoker.
    pub(super) async fn ask(&self, own: &Membership, wanted: &ObtainInvokerInfo) -> Result<Answer, Unanswered> {
        let mut request = rules::info_request(wanted, &self.settings.faults);
        request.target = own.core.target(&request.target);
        own.exposing.send(&own.core, &request, "Obtain_API_Invoker_Info").await
    }
}

/// What an answer says of the interfaces of this exposing function.
fn learnt(body: &Value, aef_id: &str, authorization_asked: bool, faults: &FaultSet) -> Knowledge {
    let entries = body["securityInfo"].as_array().into_iter().flatten();
    let own = |entry: &&Value| rules::is_about(entry["aefId"].as_str(), aef_id, faults);
    let mut known = Knowledge { authorization_asked, ..Knowledge::default() };
    for entry in entries.filter(own) {
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        known.method = known.method.or(text("selSecurityMethod"));
        known.mutual |= entry["authenticationInfo"].as_str().is_some_and(|info| info.contains("BEGIN CERTIFICATE"));
        let told = text("authorizationInfo");
        known.authorization = match (known.authorization, told) {
            (Some(before), Some(more)) => Some(format!("{before} {more}")),
            (before, more) => before.or(more),
        };
    }
    known
}
