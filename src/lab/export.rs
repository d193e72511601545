//! The certificates of our roles, for the trust store of whoever is judged.

use super::provisioned::Papers;
use super::{LabError, Material};
use crate::actors::{authority_name, server_leaf};
use crate::clock::Clock;
use crate::pki::certificates_to_pem;
use crate::spec::Role;
use crate::target::Target;
use crate::wire;

/// A certificate, and what it is for.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Name of the file.
    pub name: String,
    /// PEM.
    pub pem: String,
    /// Whether nobody but its owner may read it.
    pub is_secret: bool,
    /// What it is, and where it is imported.
    pub about: String,
}

/// Whose root the sinks for notifications chain to, where they are not reached over plain HTTP.
pub(super) const CALLBACKS: &str = "callbacks";

/// The roles that have an authority of their own, what its root is, and where it is imported.
pub(super) const ROOTS: [(Role, &str); 3] = [
    (
        Role::CoreFunction,
        "root of our core function and of everyone that it enrols: \
         import it at your exposing function, invoker and resource owner function",
    ),
    (Role::ExposingFunction, "root of our exposing functions: import it at your invoker and your core function"),
    (Role::ResourceOwnerFunction, "root of our resource owner function: import it at your core function"),
];

/// The roots and the server certificates of our roles, as every run with this harness has them; none where it keeps none.
/// They are made where they are not there yet.
///
/// # Errors
/// When those that are kept cannot be used, or nothing can be kept.
pub fn export(target: &Target) -> Result<Vec<Exported>, LabError> {
    let harness = &target.harness;
    let clock = Clock::real();
    let material = Material::make(&clock, harness)?;
    let Some(store) = &material.store else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    let mut bundle = String::new();
    for (role, about) in ROOTS {
        let party = wire::Party::new(role.code());
        let name = authority_name(&party);
        let authority = store.authority(&name, &clock)?;
        let root = authority.root_pem();
        bundle.push_str(&root);
        all.push(Exported::public(&format!("{name}.pem"), root, about));
        let leaf = server_leaf(&material.ports, role.code(), &clock);
        let (_key, certificate) = store.server(party.name(), &authority, &leaf, &clock)?;
        let about = format!("certificate of our {}, for {}", role.title(), leaf.names.join(", "));
        all.push(Exported::public(&format!("{}.pem", role.code()), certificates_to_pem(&[certificate]), &about));
    }
    if !harness.plain_http_callbacks {
        let root = material.callbacks.root_pem();
        bundle.push_str(&root);
        let name = format!("{}.pem", authority_name(&wire::Party::new(CALLBACKS)));
        all.push(Exported::public(&name, root, "root of the sinks that notifications go to"));
    }
    all.push(Exported::public("ca-bundle.pem", bundle, "all roots in one file"));
    if let Some((aef, provision)) = target.exposing_function.as_ref().zip(target.provision(Role::ExposingFunction)) {
        let papers = Papers::kept(store, provision, &aef.site.host, &material.ports)?;
        let name = "your-aef";
        let about =
            format!("certificate of your exposing function `{}`, issued by our core function", provision.aef_id);
        let certificate = certificates_to_pem(std::slice::from_ref(&papers.certificate));
        all.push(Exported::public(&format!("{name}.pem"), certificate, &about));
        let (key, about) = (papers.key.private_pem(), "its private key".to_owned());
        all.push(Exported { name: format!("{name}.key"), pem: key, is_secret: true, about });
        let token_key = papers.core_function.token_key.unwrap_or_default();
        let about = format!("what access tokens verify with; our core function is at {}", papers.core_function.url);
        all.push(Exported::public("token-key.pem", token_key, &about));
    }
    Ok(all)
}

impl Exported {
    fn public(name: &str, pem: String, about: &str) -> Self {
        Self { name: name.to_owned(), pem, is_secret: false, about: about.to_owned() }
    }
}
