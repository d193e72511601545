//! Stimuli of CAPIF_Security_API, TS 29.222 clause 8.5.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::stimulus::{Body, Stimulus, path_segment};
use crate::operation;
use crate::spec::Party;

/// One interface that a security method is wanted for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The exposing function.
    pub aef_id: String,
    /// One interface of it, by address and port; the whole function where none is named.
    pub interface: Option<(String, u16)>,
    /// Methods preferred, best first.
    pub methods: Vec<String>,
}

/// PUT of the security context. Its target is the one request that is built from the clause: nobody has told the
/// invoker a URI yet.
#[must_use]
pub fn negotiate(by: Party, root: &str, invoker_id: &str, wanted: &[Wanted], destination: &str) -> Stimulus {
    let target = format!("{root}/trustedInvokers/{}", path_segment(invoker_id));
    let body = Body::Json(service_security(wanted, destination));
    Stimulus::new(operation!("CreateSecIndTrustedAPIInv"), by, target, body).about(&path_segment(invoker_id))
}

/// POST update of the security context.
#[must_use]
pub fn renegotiate(by: Party, context: &str, wanted: &[Wanted], destination: &str) -> Stimulus {
    let target = format!("{context}/update");
    let body = Body::Json(service_security(wanted, destination));
    Stimulus::new(operation!("UpdateSecContIndAPIInv"), by, target, body).about(owner(context))
}

/// Which kinds of information are asked for, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flags {
    /// No flag at all.
    None,
    /// Both flags, false.
    BothFalse,
    /// authenticationInfo=true.
    Authentication,
    /// authorizationInfo=true.
    Authorization,
    /// Both true.
    Both,
}

/// GET of the security context.
#[must_use]
pub fn ask(by: Party, context: &str, flags: Flags) -> Stimulus {
    let query = match flags {
        Flags::None => "",
        Flags::BothFalse => "?authenticationInfo=false&authorizationInfo=false",
        Flags::Authentication => "?authenticationInfo=true",
        Flags::Authorization => "?authorizationInfo=true",
        Flags::Both => "?authenticationInfo=true&authorizationInfo=true",
    };
    let target = format!("{context}{query}");
    Stimulus::new(operation!("GetSecIndTrustedAPIInv"), by, target, Body::Empty).about(owner(context))
}

/// DELETE of the security context: the authorization of all APIs is revoked.
#[must_use]
pub fn revoke_all(by: Party, context: &str) -> Stimulus {
    Stimulus::new(operation!("DeleteSecIndTrustedAPIInv"), by, context.to_owned(), Body::Empty).about(owner(context))
}

/// Whether other exposing functions are to do the same, and how that is said (TS 23.222 8.23.3 step 2): no attribute is
/// for it, so that a reading has to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// They are not.
    No,
    /// The cause says it.
    ByCause,
    /// An aefId that is not there says it.
    ByAbsence,
}

/// POST delete: the authorization of some APIs is revoked.
#[must_use]
pub fn revoke_some(
    by: Party,
    context: &str,
    invoker_id: &str,
    aef_id: &str,
    api_ids: &[String],
    elsewhere: Elsewhere,
) -> Stimulus {
    let cause = match elsewhere {
        Elsewhere::ByCause => "UNEXPECTED_REASON",
        Elsewhere::No | Elsewhere::ByAbsence => "OVERLIMIT_USAGE",
    };
    let mut body = json!({ "apiInvokerId": invoker_id, "apiIds": api_ids, "cause": cause });
    if elsewhere != Elsewhere::ByAbsence {
        body["aefId"] = aef_id.into();
    }
    Stimulus::new(operation!("DeleteAuthIndAPIInvForAPIs"), by, format!("{context}/delete"), Body::Json(body))
        .about(owner(context))
}

/// POST to the token end point.
#[must_use]
pub fn obtain_token(by: Party, root: &str, invoker_id: &str, scope: Option<&str>, secret: Option<&str>) -> Stimulus {
    let mut form = vec![("grant_type", "client_credentials"), ("client_id", invoker_id)];
    form.extend(secret.map(|secret| ("client_secret", secret)));
    form.extend(scope.map(|scope| ("scope", scope)));
    let form = form.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let target = format!("{root}/securities/{}/token", path_segment(invoker_id));
    Stimulus::new(operation!("GetOAuthIndAPIInv"), by, target, Body::Form(form)).about(&path_segment(invoker_id))
}

/// The same with an identifier and a secret shown by HTTP Basic (RFC 7617, TS 29.222 5.6.2.3.2).
#[must_use]
pub fn by_basic(token_request: Stimulus, invoker_id: &str, secret: &str) -> Stimulus {
    let shown = STANDARD.encode(format!("{invoker_id}:{secret}"));
    token_request.with_header("Authorization", &format!("Basic {shown}"))
}

/// The invoker that a context belongs to: the last segment of its URI (TS 29.222 8.5.2.3.2).
fn owner(context: &str) -> &str {
    context.rsplit('/').next().unwrap_or_default()
}

fn service_security(wanted: &[Wanted], destination: &str) -> Value {
    let entries: Vec<Value> = wanted
        .iter()
        .map(|wanted| match &wanted.interface {
            Some((address, port)) => json!({
                "interfaceDetails": { "ipv4Addr": address, "port": port },
                "prefSecurityMethods": wanted.methods,
            }),
            None => json!({ "aefId": wanted.aef_id, "prefSecurityMethods": wanted.methods }),
        })
        .collect();
    json!({ "securityInfo": entries, "notificationDestination": destination, "supportedFeatures": "0" })
}
