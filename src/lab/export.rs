//! The certificates of our roles, for the trust store of whoever is judged.

use super::peers::AUTHORITIES;
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

/// The authorities and the server certificates of our roles, as every run with this harness has them. They are made
/// where they are not there yet.
///
/// # Errors
/// When the harness keeps none, or those that are kept cannot be used.
pub fn export(harness: &Harness) -> Result<Vec<Exported>, LabError> {
    let clock = Clock::real();
    let material = Material::make(&clock, harness)?;
    let Some(store) = &material.store else {
        return Err(LabError::OutOfOrder(
            "the harness keeps no certificates; name a directory for them in harness.pki",
        ));
    };
    let mut all = Vec::new();
    let mut bundle = String::new();
    for role in AUTHORITIES {
        let party = wire::Party::new(role.code());
        let name = authority_name(&party);
        let authority = store.authority(&name, &clock)?;
        let root = authority.root_pem();
        bundle.push_str(&root);
        all.push(Exported { name: format!("{name}.pem"), pem: root, about: root_of(role) });
        let leaf = server_leaf(&material.ports, role.code(), &clock);
        let (_key, certificate) = store.server(party.name(), &authority, &leaf, &clock)?;
        let about = format!("certificate of our {}, for {}", role.title(), leaf.names.join(", "));
        all.push(Exported { name: format!("{}.pem", role.code()), pem: certificates_to_pem(&[certificate]), about });
    }
    all.push(Exported { name: "ca-bundle.pem".to_owned(), pem: bundle, about: "all roots in one file".to_owned() });
    Ok(all)
}

fn root_of(role: Role) -> String {
    let (what, whose) = match role {
        Role::CoreFunction => (
            "root of our core function and of everyone that it enrols",
            "your exposing function, invoker and resource owner function",
        ),
        Role::ExposingFunction => ("root of our exposing functions", "your invoker, and your core function"),
        Role::ResourceOwnerFunction => ("root of our resource owner function", "your core function"),
        Role::Invoker | Role::PublishingFunction | Role::ManagementFunction | Role::PeerCoreFunction => {
            ("root of nobody", "nobody")
        }
    };
    format!("{what}: import it at {whose}")
}
