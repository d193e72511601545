//! Keys, certificates and addresses of those who speak through a front, and what it says of them upstream.

use capifspec::pki::{KeyPair, LeafSpec, PublicKey, certificates_from_pem};
use capifspec::wire::Identity;
use serde_json::{Value, json};

use super::content::{Content, each_member, each_object};
use super::front::{State, key, lock};

/// Attributes that hold a public key, and those that hold the certificate for it.
const KEYS: [&str; 2] = ["apiInvokerPublicKey", "apiProvPubKey"];
const CERTIFICATES: [&str; 2] = ["apiInvokerCertificate", "apiProvCert"];

/// A key that somebody sent, and the one that was sent upstream for it.
pub(super) struct OwnKey {
    theirs: PublicKey,
    text: String,
    pair: KeyPair,
}

impl State {
    /// Every key that somebody wants a certificate for, and the front's own in its place; none where one cannot be read
    /// or is not in the form wanted.
    pub(super) fn replace_keys(&self, body: &mut Content) -> Option<Vec<OwnKey>> {
        let Content::Json(value) = body else { return Some(Vec::new()) };
        let mut own = Vec::new();
        let mut readable = true;
        each_member(value, &mut |name, member| {
            if KEYS.contains(&name) {
                let text = member.as_str().unwrap_or_default().to_owned();
                match PublicKey::from_pem(&text).ok().filter(|_| self.habits.takes_key(&text)) {
                    Some(theirs) => {
                        let pair = key();
                        *member = json!(pair.public_pem());
                        own.push(OwnKey { theirs, text, pair });
                    }
                    None => readable = false,
                }
            }
        });
        readable.then_some(own)
    }

    /// Certificates of the front's for those that it got in somebody's place, and the key that they sent.
    pub(super) fn replace_certificates(&self, value: &mut Value, own_keys: &[OwnKey]) {
        let mut at = 0;
        let kinds = self.habits.ids;
        lock(&self.ids).learn(value, kinds);
        each_object(value, &mut |object| {
            let Some(sent) = KEYS.iter().find_map(|name| object.get(*name)).and_then(Value::as_str) else { return };
            let Some(own) = own_keys.iter().find(|own| own.pair.public_pem() == sent) else { return };
            at += 1;
            for name in KEYS.iter().filter(|name| object.contains_key(**name)).copied().collect::<Vec<_>>() {
                object.insert(name.to_owned(), json!(own.text));
            }
            for name in CERTIFICATES {
                if let Some(issued) = object.get(name).and_then(Value::as_str).map(str::to_owned) {
                    match self.exchange_certificate(&issued, own) {
                        Some(pem) => object.insert(name.to_owned(), json!(pem)),
                        None => object.shift_remove(name),
                    };
                }
            }
        });
        assert_eq!(at, own_keys.len(), "every key that was sent comes back");
    }

    /// The certificate that is handed out; none where those who enrol have theirs already.
    fn exchange_certificate(&self, issued: &str, own: &OwnKey) -> Option<String> {
        let chain = certificates_from_pem(issued).unwrap();
        let id = capifspec::pki::common_name(&chain[0]).unwrap();
        let upstream = Identity::new(chain, &own.pair.private_der()).unwrap();
        if self.habits.bare {
            return None;
        }
        let known = self.provisioned.iter().find(|(public, _)| *public == own.theirs.der());
        if let Some((_, leaf)) = known {
            lock(&self.identities).insert(leaf.clone(), upstream);
            return None;
        }
        let name = lock(&self.ids).text_outwards(&id);
        let leaf = self.authority.issue(&LeafSpec::client(&name, &self.clock), &own.theirs).unwrap();
        lock(&self.identities).insert(leaf.as_ref().to_vec(), upstream);
        Some(self.habits.chain(leaf, self.authority.root().clone()))
    }

    pub(super) fn redo_destinations(&self, value: &mut Value) {
        let relay = lock(&self.relay).unwrap();
        each_member(value, &mut |name, member| {
            let port = member.as_str().and_then(|text| text.strip_prefix("http://127.0.0.1:"));
            if name == "notificationDestination"
                && let Some(rest) = port
            {
                *member = json!(format!("http://{relay}/{rest}"));
            }
        });
    }

    pub(super) fn undo_destinations(&self, value: &mut Value) {
        let relay = format!("http://{}/", lock(&self.relay).unwrap());
        each_member(value, &mut |_, member| {
            if let Some(rest) = member.as_str().and_then(|text| text.strip_prefix(&relay)) {
                *member = json!(format!("http://127.0.0.1:{rest}"));
            }
        });
    }
}
