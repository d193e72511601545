//! The owner adapter: how an authorization function asks a resource owner function (CAPIF-8, TS 23.222 8.31.3).
//!
//! No stage 3 exists for CAPIF-8. This is the smallest pair of messages that holds what stage 2 names. A product is
//! connected to it by a few lines of glue:
//!
//! - The core function learns where to ask by the act `arrange` on its control surface: `{"owner-function": {"url":
//!   "https://host:port/owner-queries", "roots": "PEM"}}`. It asks there from then on, and nowhere without it.
//! - It asks by `POST` of an [`OwnerQuery`] as `application/json` to that URL, over TLS in which both sides show
//!   certificates: the resource owner function one that chains to the roots told, the core function the one that it
//!   shows as a server.
//! - The answer is 200 and an [`OwnerAnswer`], as soon as the owner has decided: the request stays open for as long.
//!   Whatever else comes back (4xx, 5xx, a closed connection, nothing) is no authorization.
//! - `granted` holds for the services that the answer lists, which are those of the query or some of them; `refused`
//!   holds for the whole query.
//! - The owner of a query is the `resOwnerId` of the token request: its GPSI. The invoker is the one that was
//!   authenticated at the token end point.
//!
//! ```json
//! {"owner": "msisdn-491234567890", "api-invoker-id": "i-1", "services": [{"aef-id": "a-1", "api-names": ["x"]}]}
//! {"decision": "granted", "owner": "msisdn-491234567890", "api-invoker-id": "i-1",
//!  "services": [{"aef-id": "a-1", "api-names": ["x"]}]}
//! ```
//!
//! A resource owner function under test is told by the act `decide` how an owner decides ([`super::Decide`]): for
//! everything or for one invoker or service API, before the query or while it is open, and also that an owner is there
//! and does not react. It asks nobody else, and an owner of whom it was never told is unknown to it.

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
