//! What the core function knows. Plain data and questions about it; nothing here decides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::security::{Notice, SecurityContext};
use super::service_api::ServiceApi;
use crate::control::OwnerFunction;
use crate::spec::Role;

/// The registers of the core function.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Provider domains, by apiProvDomId.
    pub(super) domains: BTreeMap<String, Domain>,
    /// Provider functions of every domain, by apiProvFuncId.
    pub(super) functions: BTreeMap<String, Function>,
    /// Published service APIs, by apiId.
    pub(super) apis: BTreeMap<String, ServiceApi>,
    /// Onboarded invokers, by apiInvokerId.
    pub(super) invokers: BTreeMap<String, Invoker>,
    /// apiInvokerId in the order of onboarding.
    pub(super) onboarding_order: Vec<String>,
    /// Security contexts, by apiInvokerId.
    pub(super) contexts: BTreeMap<String, SecurityContext>,
    /// Notifications that wait for a later event.
    pub(super) held: Vec<Notice>,
    /// What is to be struck once the next token has been asked for.
    pub(super) overdue: Vec<(String, Access)>,
    /// What the answers to an invoker's discoveries showed, by apiInvokerId.
    pub(super) discovered: BTreeMap<String, BTreeSet<Access>>,
    /// The first token that was issued, and to whom.
    pub(super) first_token: Option<(String, String)>,
    /// What it decides by.
    pub(super) policy: Policy,
    /// Where the owners of resources are asked.
    pub(super) owner_function: Option<OwnerFunction>,
    /// What owners granted.
    pub(super) owner_grants: BTreeSet<OwnerGrant>,
}

/// What the owner of resources granted an invoker (TS 23.222 8.31.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnerGrant {
    /// GPSI of the owner.
    pub(super) owner: String,
    /// The invoker.
    pub(super) client: String,
    /// The exposing function.
    pub(super) aef_id: String,
    /// Name of the service API.
    pub(super) api_name: String,
}

/// What the core function decides by, as its operator sets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Seconds for which an access token is good.
    pub(super) token_lifetime: i64,
    /// Seconds for which the answer says that it is, where that differs.
    pub(super) told_lifetime: Option<i64>,
    /// Whether invokers show certificates to exposing functions in method 3 (TS 33.122 6.5.2.3 step 5).
    pub(super) mutual_certificates: bool,
    /// Whether access tokens are texts in which nobody can read.
    pub(super) opaque_tokens: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { token_lifetime: 600, told_lifetime: None, mutual_certificates: true, opaque_tokens: false }
    }
}

/// A registered provider domain.
#[derive(Clone, Debug, Default)]
pub(super) struct Domain {
    /// Everything that was said of the domain, but for its functions.
    pub(super) document: Map<String, Value>,
    /// Its functions, in the order in which they were listed.
    pub(super) functions: Vec<String>,
}

/// A function of a provider domain.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// The role that its certificate was issued for.
    pub(super) role: Role,
    /// The domain that it belongs to.
    pub(super) domain: String,
    /// Its public key, as registered.
    pub(super) public_key: String,
    /// The `APIProviderFunctionDetails` of it, as answered.
    pub(super) document: Value,
}

/// An onboarded invoker.
#[derive(Clone, Debug)]
pub(super) struct Invoker {
    /// Its `APIInvokerEnrolmentDetails`, but for the list of APIs.
    pub(super) document: Map<String, Value>,
    /// Where it wanted to be told of its onboarding.
    pub(super) destination: String,
    /// Its public key, as sent.
    pub(super) public_key: String,
    /// The secret given to it at onboarding.
    pub(super) secret: String,
    /// Ids of the APIs that it was authorized for: the arrangement of TS 33.122 6.5.2.3.
    pub(super) arranged: BTreeSet<String>,
    /// What was revoked since. No operation of TS 29.222 takes a revocation back, so this only grows.
    pub(super) revoked: BTreeSet<Access>,
    /// Whether it is registered as a client of the token end point (TS 33.122 6.5.2.3), by its security context.
    pub(super) is_client: bool,
}

/// Access to one API at one exposing function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Access {
    /// The exposing function.
    pub(super) aef_id: String,
    /// The API.
    pub(super) api_id: String,
}

impl State {
    /// Every access that published APIs offer.
    pub(super) fn published(&self) -> BTreeSet<Access> {
        self.apis.values().flat_map(accesses).collect()
    }

    /// Every access that an invoker is permitted: arranged, published, and not revoked.
    pub(super) fn permitted(&self, invoker: &Invoker) -> BTreeSet<Access> {
        let arranged = invoker.arranged.iter().filter_map(|id| self.apis.get(id));
        arranged.flat_map(accesses).filter(|access| !invoker.revoked.contains(access)).collect()
    }

    /// Strikes what was left over.
    pub(super) fn catch_up(&mut self) {
        let overdue = std::mem::take(&mut self.overdue);
        self.strike(overdue);
    }

    /// Ends these accesses, for good.
    pub(super) fn strike(&mut self, struck: impl IntoIterator<Item = (String, Access)>) {
        for (invoker_id, access) in struck {
            if let Some(invoker) = self.invokers.get_mut(&invoker_id) {
                invoker.revoked.insert(access);
            }
        }
    }

    /// Every access that the invoker of this id is permitted.
    pub(super) fn permitted_to(&self, invoker_id: &str) -> BTreeSet<Access> {
        self.invokers.get(invoker_id).map(|invoker| self.permitted(invoker)).unwrap_or_default()
    }
}

fn accesses(api: &ServiceApi) -> impl Iterator<Item = Access> {
    api.profiles.iter().map(|profile| Access { aef_id: profile.aef_id.clone(), api_id: api.id.clone() })
}
