//! An exposing function that nobody has to tell to enrol: it was configured beforehand, and our core function is made to
//! know it.

use super::Target;
use crate::spec::Role;

/// What our core function is made to know of it, and how it is invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Its identifier at our core function.
    pub aef_id: String,
    /// Where our core function listens in every scenario, because that was configured as well.
    pub core_port: u16,
    /// The service APIs that it offers, in the order in which scenarios take them; at least one.
    pub apis: Vec<OfferedApi>,
}

/// A service API whose service logic is the product's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedApi {
    /// apiName, as scopes of tokens have it.
    pub name: String,
    /// apiId, as our core function tells it.
    pub id: String,
    /// The request that scenarios make.
    pub request: SafeRequest,
    /// How its success is told.
    pub success: Success,
}

/// A request that may be made any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeRequest {
    /// Its method.
    pub method: &'static str,
    /// Path and query, with a leading slash.
    pub target: String,
    /// Media type and content, where it has any.
    pub body: Option<(String, String)>,
}

/// What the success of a request looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Success {
    /// The status; any of 2xx without.
    pub status: Option<u16>,
    /// What stands in the content.
    pub text: Option<String>,
}

impl Target {
    /// What was configured at the role that a scenario judges; none where it is told to enrol.
    #[must_use]
    pub fn provision(&self, judged: Role) -> Option<&Provision> {
        let aef = self.exposing_function.as_ref().filter(|_| judged == Role::ExposingFunction)?;
        aef.provision.as_ref()
    }
}
