//! What each act is to be done with, as JSON.

use serde::{Deserialize, Serialize};

use super::Decision;

/// Where the core function is and what to trust it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CoreFunction {
    /// `{apiRoot}` of its APIs, `https://host:port` or with a path.
    pub url: String,
    /// Address to connect to, while the host of the URL stays the name; the URL's own without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_to: Option<String>,
    /// PEM of the certificates that it must chain to.
    pub roots: String,
    /// PEM of the key that its access tokens verify with, for whoever validates them; of several, where any of them may
    /// have signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_key: Option<String>,
}

/// Enrol at this core function (TS 29.222 5.5.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Onboard {
    /// The core function.
    pub core_function: CoreFunction,
    /// The onboarding credential.
    pub token: String,
    /// Names of the service APIs wished for.
    #[serde(default)]
    pub apis: Vec<String>,
}

/// Look for service APIs (TS 29.222 5.2.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Discover {
    /// Only APIs of this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_name: Option<String>,
}

/// Create or update the security context (TS 29.222 5.6.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Negotiate {
    /// One entry each; what was discovered, when there are none.
    #[serde(default)]
    pub interfaces: Vec<WantedInterface>,
}

/// One interface to negotiate for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WantedInterface {
    /// The exposing function.
    pub aef_id: String,
    /// The API at it, for security information per API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_id: Option<String>,
    /// Preferred security methods, best first.
    pub methods: Vec<String>,
}

/// Ask for an access token (TS 29.222 5.6.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObtainToken {
    /// What it is to be good for; the core function decides, when this is empty.
    #[serde(default)]
    pub scope: Vec<WantedAccess>,
    /// How the onboarding secret is presented.
    #[serde(default)]
    pub secret: SecretUse,
    /// Whose authorization it is to carry (TS 23.222 8.31): the GPSI of a resource owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// Call a service API (TS 23.222 8.16, TS 33.122 6.5.2.3 steps 5 and 6). A token is obtained first where none is
/// good for it, and authentication initiated where that was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Invoke {
    /// The exposing function, as discovered.
    pub aef_id: String,
    /// Name of the API at it.
    pub api_name: String,
    /// PEM of the certificates that the exposing function must chain to.
    pub roots: String,
    /// One call each: what tells one from another, which goes in and has to come back.
    pub nonces: Vec<String>,
    /// The owner of the resource, where the API needs the owner's authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// The APIs wanted at one exposing function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WantedAccess {
    /// The exposing function.
    pub aef_id: String,
    /// Names of the APIs.
    pub api_names: Vec<String>,
}

/// How the onboarding secret is presented at the token end point, an option of TS 29.222 5.6.2.3.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretUse {
    /// Not at all: the certificate authenticates.
    #[default]
    None,
    /// As `client_secret` of the body.
    Body,
    /// By HTTP Basic.
    Basic,
}

/// Register the provider domain (TS 29.222 5.11.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Register {
    /// The core function.
    pub core_function: CoreFunction,
    /// The registration secret.
    pub secret: String,
}

/// Publish a service API of this exposing function (TS 29.222 5.3.2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Publish {
    /// Name of the API.
    pub api_name: String,
    /// Security methods that it offers.
    pub methods: Vec<String>,
    /// Where its service logic is: every call that is let through is passed on to this URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_end: Option<String>,
    /// Whether access to it needs the authorization of the resource owner.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owner_authorization: bool,
}

/// Ask about an invoker (TS 29.222 5.6.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ObtainInvokerInfo {
    /// The invoker.
    pub api_invoker_id: String,
    /// Whether its authentication information is wanted.
    #[serde(default)]
    pub authentication: bool,
    /// Whether its authorization information is wanted.
    #[serde(default)]
    pub authorization: bool,
}

/// Revoke the authorization of an invoker (TS 29.222 5.6.2.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Revoke {
    /// The invoker.
    pub api_invoker_id: String,
    /// The APIs; all of them, when this is empty.
    #[serde(default)]
    pub api_ids: Vec<String>,
    /// Why, in a word of the Cause enumeration.
    #[serde(default = "unexpected_reason")]
    pub cause: String,
    /// Whether other exposing functions are to do the same (TS 23.222 8.23.3 step 2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
}

/// What a role has to know of others before it is judged: each names what it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Arrange {
    /// Core function: where the resource owner function is, which has no stage 3 and is an adapter of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_function: Option<OwnerFunction>,
    /// Core function: what an invoker is authorized for from now on, besides what it asked for when it onboarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// Resource owner function: whose queries it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_function: Option<AskingCoreFunction>,
}

/// An invoker and service APIs that it may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Subscription {
    /// The invoker.
    pub api_invoker_id: String,
    /// The service APIs.
    pub api_ids: Vec<String>,
}

/// A core function, as a resource owner function knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AskingCoreFunction {
    /// PEM of the certificates that it must chain to.
    pub roots: String,
    /// The common name that it shows: its invokers and providers may have certificates of the same root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A resource owner function, as the authorization function of the core function reaches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OwnerFunction {
    /// Where an [`super::OwnerQuery`] is POSTed to.
    pub url: String,
    /// PEM of the certificates that it must chain to.
    pub roots: String,
}

/// What a core function decides from now on. What is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Policy {
    /// For how many seconds access tokens are good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_lifetime: Option<i64>,
    /// For how many seconds the answer says that they are good, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_lifetime: Option<i64>,
    /// Whether invokers show certificates to exposing functions in method 3 (TS 33.122 6.5.2.3 step 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutual_certificates: Option<bool>,
    /// Whether access tokens are texts in which an invoker cannot read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque_tokens: Option<bool>,
}

/// How an owner decides from now on, about queries under way as well. What is said of one invoker or one service API
/// stands before what is said of all of them, and what is said last before what was said earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Decide {
    /// The owner.
    pub owner: String,
    /// What the owner says; without it the owner is there and does not react.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// The invoker that this is about; every one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_invoker_id: Option<String>,
    /// Name of the service API that this is about; every one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_name: Option<String>,
}

fn unexpected_reason() -> String {
    "UNEXPECTED_REASON".to_owned()
}
