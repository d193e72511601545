//! The control surface: what a role can be told to do, as JSON over HTTP (the upper tester of ISO/IEC 9646).
//!
//! `POST /reset` · `POST /act` with an [`Order`], answered with a [`Report`] · `GET /capabilities`, answered with
//! [`Capabilities`]. The outcome only says that the act was carried out; verdicts come from the wire. A product offers
//! the same surface through a few lines of glue, so every member has one spelling, kebab-case, and a default where a
//! product knows better.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::spec::{Role, nearest};

/// Version of the surface.
pub const SCHEMA: &str = "capifspec.control/1";

/// What a role can be told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Invoker: enrol at the core function. With [`Onboard`].
    Onboard,
    /// Invoker: look for service APIs. With [`Discover`].
    Discover,
    /// Invoker: create the security context. With [`Negotiate`].
    NegotiateSecurity,
    /// Invoker: update the security context. With [`Negotiate`].
    RenegotiateSecurity,
    /// Invoker: ask for an access token. With [`ObtainToken`].
    ObtainToken,
    /// Invoker: leave the core function. With nothing.
    Offboard,
    /// Provider domain: register its functions at the core function. With [`Register`].
    Register,
    /// Provider domain: publish a service API. With [`Publish`].
    Publish,
    /// Exposing function: ask the core function about an invoker. With [`ObtainInvokerInfo`].
    ObtainInvokerInfo,
    /// Exposing function: revoke the authorization of an invoker. With [`Revoke`].
    RevokeAuthorization,
}

impl Act {
    /// Every act, in the order in which a peer lives through them.
    pub const ALL: &'static [Self] = &[
        Self::Onboard,
        Self::Discover,
        Self::NegotiateSecurity,
        Self::RenegotiateSecurity,
        Self::ObtainToken,
        Self::Offboard,
        Self::Register,
        Self::Publish,
        Self::ObtainInvokerInfo,
        Self::RevokeAuthorization,
    ];

    /// The word used on the surface.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Onboard => "onboard",
            Self::Discover => "discover",
            Self::NegotiateSecurity => "negotiate-security",
            Self::RenegotiateSecurity => "renegotiate-security",
            Self::ObtainToken => "obtain-token",
            Self::Offboard => "offboard",
            Self::Register => "register",
            Self::Publish => "publish",
            Self::ObtainInvokerInfo => "obtain-invoker-info",
            Self::RevokeAuthorization => "revoke-authorization",
        }
    }
}

/// A word that is no act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no act is called `{given}`{}", nearest.map_or_else(String::new, |word| format!("; did you mean `{word}`?")))]
pub struct UnknownAct {
    /// The word as it was given.
    pub given: String,
    /// The word that was probably meant.
    pub nearest: Option<&'static str>,
}

impl FromStr for Act {
    type Err = UnknownAct;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|act| act.word() == given).ok_or_else(|| UnknownAct {
            given: given.to_owned(),
            nearest: nearest(given, Self::ALL.iter().map(|act| act.word())),
        })
    }
}

/// The body of `POST /act`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The word of the act. Text, because a surface may know acts that we do not.
    pub action: String,
    /// What the act is to be done with.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub with: Value,
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActOutcome {
    /// It was carried out, and the peer agreed.
    Done,
    /// It was carried out, and the peer refused.
    Refused,
    /// It could not be carried out.
    Failed,
    /// This role does no such act.
    Unsupported,
}

/// The answer to `POST /act`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How it ended.
    pub outcome: ActOutcome,
    /// What it brought, for people and for later acts.
    #[serde(default)]
    pub detail: Value,
}

/// The answer to `GET /capabilities`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Version of the surface: [`SCHEMA`].
    pub schema: String,
    /// The role behind it.
    pub role: Role,
    /// The words of the acts it knows.
    pub acts: Vec<String>,
}

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
}

fn unexpected_reason() -> String {
    "UNEXPECTED_REASON".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_spelt_the_same_in_text_and_in_json() {
        for act in Act::ALL {
            assert_eq!(act.word().parse(), Ok(*act));
            assert_eq!(serde_json::to_value(act).unwrap(), act.word());
        }
        assert_eq!("onbord".parse::<Act>().unwrap_err().nearest, Some("onboard"));
    }

    #[test]
    fn defaults_may_be_left_out() {
        let revoke: Revoke = serde_json::from_str(r#"{"api-invoker-id": "i"}"#).unwrap();
        assert_eq!((revoke.api_ids.len(), revoke.cause.as_str()), (0, "UNEXPECTED_REASON"));
        let order: Order = serde_json::from_str(r#"{"action": "offboard"}"#).unwrap();
        assert_eq!(order.with, Value::Null);
    }
}
