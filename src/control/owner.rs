//! The owner adapter: how an authorization function asks a resource owner function (CAPIF-8, TS 23.222 8.31.3).
//!
//! No stage 3 exists for CAPIF-8. This is the smallest message that holds what stage 2 names: `POST` of an
//! [`OwnerQuery`] over mutual TLS, answered with 200 and an [`OwnerAnswer`]. A product is connected to it by a few
//! lines of glue.

use serde::{Deserialize, Serialize};

/// Who wants access to what of whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OwnerQuery {
    /// The resource owner: its GPSI.
    pub owner: String,
    /// The invoker that asks for authorization.
    pub api_invoker_id: String,
    /// The services it asks for.
    pub services: Vec<WantedService>,
}

/// Services at one exposing function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WantedService {
    /// The exposing function.
    pub aef_id: String,
    /// Names of the APIs.
    pub api_names: Vec<String>,
}

/// What the owner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Yes.
    Granted,
    /// No.
    Refused,
}

/// The answer to an [`OwnerQuery`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OwnerAnswer {
    /// What the owner says.
    pub decision: Decision,
    /// About whom: the owner of the query.
    pub owner: String,
    /// For whom: the invoker of the query.
    pub api_invoker_id: String,
    /// For what: the services of the query, or fewer.
    pub services: Vec<WantedService>,
}
