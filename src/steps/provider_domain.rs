//! A provider domain under test is told to register and to publish; what it sends is judged.

use cucumber::{given, then, when};

use super::parameter::{Apis, Words};
use super::{Step, World};
use crate::checks::{provider_management, publish_service};

/// The domain under test has registered its functions.
#[given(expr = "the provider domain under test has registered")]
async fn has_registered(w: &mut World) -> Step {
    w.lab()?.have_registered().await
}

/// The management function under test is told to register the functions of its domain.
#[when(expr = "the management function under test is told to register its domain")]
async fn told_to_register(w: &mut World) -> Step {
    w.lab()?.tell_to_register().await
}

/// The publishing function under test is told to publish service APIs with these security methods.
#[when(expr = "the publishing function under test is told to publish {apis} with {words}")]
async fn told_to_publish(w: &mut World, apis: Apis, methods: Words) -> Step {
    w.lab()?.tell_to_publish(&apis.0, &methods.0).await
}

/// The functions of the domain are in the registration.
#[then(expr = "the management function registers the functions of its domain")]
fn registers(w: &mut World) -> Step {
    w.judge(&provider_management::REGISTRATION_SENT)
}

/// The registration has what it needs, and no identity.
#[then(expr = "the registration is complete and gives nobody an identity")]
fn registration_complete(w: &mut World) -> Step {
    w.judge(&provider_management::REGISTRATION_COMPLETE)
}

/// Each function is listed with its role and its key.
#[then(expr = "the registration describes each function")]
fn functions_described(w: &mut World) -> Step {
    w.judge(&provider_management::FUNCTIONS_DESCRIBED)
}

/// The registration is of its data type.
#[then(expr = "the registration is well-formed")]
fn registration_well_formed(w: &mut World) -> Step {
    w.judge(&provider_management::REGISTRATION_WELL_FORMED)
}

/// The registration carries security information.
#[then(expr = "the registration shows security information")]
fn secret_shown(w: &mut World) -> Step {
    w.judge(&provider_management::SECRET_SHOWN)
}

/// A service API is published under the identity of the publishing function.
#[then(expr = "the publishing function publishes under its own identity")]
fn own_identity(w: &mut World) -> Step {
    w.judge(&publish_service::PUBLICATION_SENT)
}

/// A service API is published as JSON.
#[then(expr = "the publishing function publishes as JSON")]
fn as_json(w: &mut World) -> Step {
    w.judge(&publish_service::PUBLICATION_IS_JSON)
}

/// The description of a service API is of its data type.
#[then(expr = "the publication describes the service API")]
fn describes(w: &mut World) -> Step {
    w.judge(&publish_service::PUBLICATION_DESCRIBES)
}

/// The identifier of the service API is left to the core function.
#[then(expr = "the publication has no apiId")]
fn no_api_id(w: &mut World) -> Step {
    w.judge(&publish_service::NO_API_ID)
}

/// The exposing functions of the service API are given.
#[then(expr = "the publication has exposing functions")]
fn profiles_given(w: &mut World) -> Step {
    w.judge(&publish_service::PROFILES_GIVEN)
}

/// Each interface has one address.
#[then(expr = "each published interface has one address")]
fn one_address(w: &mut World) -> Step {
    w.judge(&publish_service::ONE_ADDRESS)
}

/// Each profile names its exposing function and its versions.
#[then(expr = "each published profile names its exposing function and its versions")]
fn profile_complete(w: &mut World) -> Step {
    w.judge(&publish_service::PROFILE_COMPLETE)
}

/// Each profile has a domain name or interfaces.
#[then(expr = "each published profile has either a domain name or interfaces")]
fn domain_or_interfaces(w: &mut World) -> Step {
    w.judge(&publish_service::DOMAIN_NAME_OR_INTERFACES)
}
