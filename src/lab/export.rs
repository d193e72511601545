//! The certificates of our roles, for the trust store of whoever is judged.

use super::{LabError, Material};
use crate::actors::{authority_name, server_leaf};
use crate::clock::Clock;
use crate::pki::certificates_to_pem;
use crate::spec::Role;
use crate::target::Harness;
use crate::wire;

/// A certificate, and what it is for.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Name of the file.
    pub name: String,
    /// PEM.
    pub pem: String,
    /// What it is, and where it is imported.
    pub about: String,
}

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
pub fn export(harness: &Harness) -> Result<Vec<Exported>, LabError> {
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
        all.push(Exported { name: format!("{name}.pem"), pem: root, about: about.to_owned() });
        let leaf = server_leaf(&material.ports, role.code(), &clock);
        let (_key, certificate) = store.server(party.name(), &authority, &leaf, &clock)?;
        let about = format!("certificate of our {}, for {}", role.title(), leaf.names.join(", "));
        all.push(Exported { name: format!("{}.pem", role.code()), pem: certificates_to_pem(&[certificate]), about });
    }
    all.push(Exported { name: "ca-bundle.pem".to_owned(), pem: bundle, about: "all roots in one file".to_owned() });
    Ok(all)
}
