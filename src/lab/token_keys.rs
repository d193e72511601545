//! The keys that the target's access tokens are verified with: named by the target file, seen in a handshake, or fetched
//! as a JSON Web Key Set.

use std::sync::Arc;

use super::{Lab, route};
use crate::checks::{SetKey, TokenKeys, lens};
use crate::jose::{self, key_set};
use crate::pki::{certificates_from_pem, public_key_pem};
use crate::spec::Party;
use crate::target::{Jwks, Site, TokenKey};
use crate::wire::{Caller, Exchange, Request, Timeline};

const NAMED_NOWHERE: &str = "the target file names no key to verify with; name it in [ccf.tokens]";

impl Lab {
    /// What access tokens are verified with, as far as it is known by now.
    pub(super) fn token_keys(&self, exchanges: &[Arc<Exchange>]) -> TokenKeys {
        match &self.core.token_key {
            TokenKey::Pem(pem) => TokenKeys::Key(public_pem(pem)),
            TokenKey::ServerCertificate => shown_key(exchanges).map_or_else(
                || {
                    TokenKeys::Unknown(
                        "the core function has shown no certificate, whose key its tokens have".to_owned(),
                    )
                },
                TokenKeys::Key,
            ),
            TokenKey::Jwks(Jwks::Text(text)) => read(text, "the key set of ccf.tokens.file"),
            TokenKey::Jwks(Jwks::At(_)) => {
                let fetched = self.key_set.get().cloned();
                fetched
                    .unwrap_or_else(|| TokenKeys::Unknown("no token came, so that no key set was fetched".to_owned()))
            }
            TokenKey::Unknown => TokenKeys::Unknown(NAMED_NOWHERE.to_owned()),
        }
    }

    /// The same as PEM, for whoever validates tokens: one key, or all those of a set.
    pub(super) fn token_key_pem(&self) -> Option<String> {
        match self.token_keys(&self.timeline.snapshot()) {
            TokenKeys::Unknown(_) => None,
            TokenKeys::Key(pem) => Some(pem),
            TokenKeys::Set(set) => {
                Some(set.into_iter().map(|key| key.pem).collect::<String>()).filter(|pem| !pem.is_empty())
            }
        }
    }

    /// Fetches the key set, where there is one to fetch: once in a lab, when a key is first needed.
    pub(super) async fn have_token_keys(&self) {
        if let TokenKey::Jwks(Jwks::At(site)) = &self.core.token_key {
            self.key_set.get_or_init(|| self.fetched(site)).await;
        }
    }

    /// A key set is fetched by the verifier, and is no traffic between the parties: it stays out of the record.
    async fn fetched(&self, site: &Site) -> TokenKeys {
        let place = format!("the key set at https://{}{}", site.authority(), site.path());
        let route = match route(Party::CORE_FUNCTION, site, &self.core.trust) {
            Ok(route) => route,
            Err(error) => return TokenKeys::Unknown(format!("{place} could not be fetched: {error}")),
        };
        let apart = Timeline::new(self.clock.clone());
        let caller = Caller::new(apart.clone(), self.clock.clone(), self.target.deadlines);
        let request = Request::new("GET", &site.path()).header("Accept", "application/jwk-set+json, application/json");
        let verifier = crate::wire::Party::new("verifier");
        let id = caller.call(&verifier, None, &route, &request, "key set").await;
        let exchange = apart.get(id);
        let answer = exchange.as_deref().filter(|exchange| exchange.status() == Some(200));
        if let Some(response) = answer.and_then(|exchange| exchange.response.as_ref()) {
            return read(&String::from_utf8_lossy(&response.body), &place);
        }
        let ending = exchange.as_deref().map_or_else(|| "nothing came of it".to_owned(), lens::ending);
        TokenKeys::Unknown(format!("{place} could not be fetched: {ending}"))
    }
}

/// The key of the certificate that the core function showed.
fn shown_key(exchanges: &[Arc<Exchange>]) -> Option<String> {
    let name = Party::CORE_FUNCTION.name();
    let mut shown = exchanges.iter().filter(|exchange| exchange.server.name() == name);
    shown.find_map(|exchange| public_key_pem(exchange.tls.as_ref()?.server_chain.first()?))
}

fn read(text: &str, place: &str) -> TokenKeys {
    let set_key = |key: jose::SetKey| SetKey { kid: key.kid, alg: key.alg, pem: key.pem };
    match key_set(text) {
        Ok(keys) => TokenKeys::Set(keys.into_iter().map(set_key).collect()),
        Err(error) => TokenKeys::Unknown(format!("{place} cannot be read: {error}")),
    }
}

/// A public key, also where the file holds a certificate for it.
fn public_pem(pem: &str) -> String {
    let leaf = certificates_from_pem(pem).ok().and_then(|chain| public_key_pem(chain.first()?));
    leaf.unwrap_or_else(|| pem.to_owned())
}
