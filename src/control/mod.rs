//! The control surface: what a role can be told to do, as JSON over HTTP (the upper tester of ISO/IEC 9646).
//!
//! `POST /reset`, `POST /act` with an [`Order`], answered with a [`Report`], and `GET /capabilities`, answered with
//! [`Capabilities`]. The outcome only says that the act was carried out; verdicts come from the wire. A product offers
//! the same surface through a few lines of glue, so every member has one spelling, kebab-case, and a default where a
//! product knows better.
//!
//! `/reset` lets a role forget what it was told before: an invoker and the functions of a provider domain where they are
//! enrolled, a core function its policy and where owners are asked, but none of its tenants. A program that is run for each
//! order gets `{"action": "reset"}` for it, and need not know it: exit code 127 says so of any order. In the same way it is
//! asked for its [`Capabilities`] by `{"action": "capabilities"}`, and may print them.

mod orders;
mod owner;

pub use orders::{
    Arrange, AskingCoreFunction, CoreFunction, Decide, Discover, Invoke, Negotiate, ObtainInvokerInfo, ObtainToken,
    Onboard, OwnerFunction, Policy, Publish, Register, Revoke, SecretUse, Subscription, WantedAccess, WantedInterface,
};
pub use owner::{Decision, OwnerAnswer, OwnerQuery, WantedService};

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
    /// Invoker: call a service API, after whatever it has to do before. With [`Invoke`].
    Invoke,
    /// Invoker: leave the core function. With nothing.
    Offboard,
    /// Provider domain: register its functions at the core function. With [`Register`].
    Register,
    /// Provider domain: publish a service API. With [`Publish`].
    Publish,
    /// Exposing function: ask the core function about an invoker. With [`ObtainInvokerInfo`].
    ObtainInvokerInfo,
    /// Exposing function, core function: revoke the authorization of an invoker. With [`Revoke`].
    RevokeAuthorization,
    /// Core function, resource owner function: what it has to know of others. With [`Arrange`].
    Arrange,
    /// Core function: what it decides from now on. With [`Policy`].
    SetPolicy,
    /// Resource owner function: how an owner decides from now on. With [`Decide`].
    Decide,
}

impl Act {
    /// Every act, in the order in which a peer lives through them.
    pub const ALL: &'static [Self] = &[
        Self::Onboard,
        Self::Discover,
        Self::NegotiateSecurity,
        Self::RenegotiateSecurity,
        Self::ObtainToken,
        Self::Invoke,
        Self::Offboard,
        Self::Register,
        Self::Publish,
        Self::ObtainInvokerInfo,
        Self::RevokeAuthorization,
        Self::Arrange,
        Self::SetPolicy,
        Self::Decide,
    ];

    /// The acts of a role: what its control surface is asked for.
    #[must_use]
    pub fn of(role: Role) -> &'static [Self] {
        match role {
            Role::CoreFunction => &[Self::Arrange, Self::SetPolicy, Self::RevokeAuthorization],
            Role::ExposingFunction => {
                &[Self::Register, Self::Publish, Self::ObtainInvokerInfo, Self::RevokeAuthorization]
            }
            Role::Invoker => &[
                Self::Onboard,
                Self::Discover,
                Self::NegotiateSecurity,
                Self::RenegotiateSecurity,
                Self::ObtainToken,
                Self::Invoke,
                Self::Offboard,
            ],
            Role::ResourceOwnerFunction => &[Self::Arrange, Self::Decide],
            Role::PublishingFunction => &[Self::Publish],
            Role::ManagementFunction => &[Self::Register],
            Role::PeerCoreFunction => &[],
        }
    }

    /// The word used on the surface.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Onboard => "onboard",
            Self::Discover => "discover",
            Self::NegotiateSecurity => "negotiate-security",
            Self::RenegotiateSecurity => "renegotiate-security",
            Self::ObtainToken => "obtain-token",
            Self::Invoke => "invoke",
            Self::Offboard => "offboard",
            Self::Register => "register",
            Self::Publish => "publish",
            Self::ObtainInvokerInfo => "obtain-invoker-info",
            Self::RevokeAuthorization => "revoke-authorization",
            Self::Arrange => "arrange",
            Self::SetPolicy => "set-policy",
            Self::Decide => "decide",
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
