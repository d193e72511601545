//! What a front does otherwise than the reference core function.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use capifspec::pki::certificates_to_pem;
use capifspec::run::Interrupt;
use capifspec::spec::Party;
use capifspec::target::{KeyForm, Present};
use capifspec::wire::{Incoming, Reply};
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::mapping::Kind;
use super::register::Manners;

/// The habits of a front. The default ones are those of the reference core function.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each habit is there or not, whatever the others are")]
pub(crate) struct Habits {
    /// Its identifiers.
    pub(crate) ids: fn(Kind, &str) -> String,
    /// Its Locations.
    pub(crate) location: Location,
    /// Certificates that it hands out.
    pub(crate) chain: Chain,
    /// The form in which it takes public keys.
    pub(crate) key_form: KeyForm,
    /// What whoever enrols shows.
    pub(crate) present: Present,
    /// Parties that it hands no certificate to, because they have one.
    pub(crate) provisioned: &'static [Party],
    /// Media type and text of errors; those of the reference core function without.
    pub(crate) errors: Option<(&'static str, &'static str)>,
    /// Requests that it carries out and hangs up on: method and part of the path.
    pub(crate) hangs_up: Option<(&'static str, &'static str)>,
    /// Whether it hands no certificate to anybody.
    pub(crate) bare: bool,
    /// Requests that it refuses.
    pub(crate) refuses: Option<(&'static str, &'static str)>,
    /// Requests that it carries out, whereupon the run is interrupted.
    pub(crate) interrupts: Option<(&'static str, &'static str, Interrupt)>,
    /// Requests that it never answers.
    pub(crate) silent: Option<(&'static str, &'static str)>,
    /// Its register service, where it has one.
    pub(crate) register: Option<Manners>,
    /// Zeros before its feature strings.
    pub(crate) feature_zeros: &'static str,
    /// Whether it writes date-times and lists anew each time that it is asked.
    pub(crate) restless: bool,
    /// Whether there are others beside the parties of a scenario.
    pub(crate) tenants: bool,
    /// How it notifies.
    pub(crate) notifying: Notifying,
    /// Path before its APIs.
    pub(crate) prefix: &'static str,
    /// Path before the security API, where that is at a port of its own.
    pub(crate) security_prefix: Option<&'static str>,
    /// Whether whoever onboards is authorized for everything.
    pub(crate) preset: bool,
    /// Whether it can be told to act.
    pub(crate) controlled: bool,
    /// The name of its token key, in tokens.
    pub(crate) kid: Option<&'static str>,
    /// Status and text of its key set, made from its own key and another.
    pub(crate) key_set: (u16, KeySetText),
}

/// The text of a key set with the front's own key and another.
pub(crate) type KeySetText = fn(&Value, &Value) -> String;

/// How a front tells where something is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Absolute,
    OtherHost,
    WithoutPort,
    Path,
    Relative,
    NetworkPath,
}

/// What a front hands out as a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chain {
    Leaf,
    LeafFirst,
    RootFirst,
}

/// How a front notifies.
#[derive(Clone, Copy)]
pub(crate) struct Notifying {
    pub(crate) method: &'static str,
    pub(crate) chunked: bool,
    pub(crate) after: Duration,
    pub(crate) one_each: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            ids: |_, id| id.to_owned(),
            location: Location::Absolute,
            chain: Chain::Leaf,
            key_form: KeyForm::PublicKey,
            present: Present::Token,
            provisioned: &[],
            errors: None,
            hangs_up: None,
            bare: false,
            refuses: None,
            interrupts: None,
            silent: None,
            register: None,
            feature_zeros: "",
            restless: false,
            tenants: false,
            notifying: Notifying { method: "POST", chunked: false, after: Duration::ZERO, one_each: false },
            prefix: "",
            security_prefix: None,
            preset: false,
            controlled: false,
            kid: None,
            key_set: (404, |_, _| String::new()),
        }
    }
}

impl Habits {
    pub(super) fn location(&self, path: &str, incoming: &Incoming) -> String {
        let host = incoming.header("host").unwrap();
        let (directory, _) = incoming.target.rsplit_once('/').unwrap();
        match self.location {
            Location::Absolute => format!("https://{host}{path}"),
            Location::OtherHost => format!("https://capif.internal:8443{path}"),
            Location::WithoutPort => format!("https://{}{path}", host.split(':').next().unwrap()),
            Location::Path => path.to_owned(),
            Location::Relative => path.strip_prefix(&format!("{directory}/")).unwrap().to_owned(),
            Location::NetworkPath => format!("//{host}{path}"),
        }
    }

    pub(super) fn chain(&self, leaf: CertificateDer<'static>, root: CertificateDer<'static>) -> String {
        match self.chain {
            Chain::Leaf => certificates_to_pem(&[leaf]),
            Chain::LeafFirst => certificates_to_pem(&[leaf, root]),
            Chain::RootFirst => certificates_to_pem(&[root, leaf]),
        }
    }

    pub(super) fn takes_key(&self, text: &str) -> bool {
        match self.key_form {
            KeyForm::PublicKey => true,
            KeyForm::Csr => text.contains("CERTIFICATE REQUEST"),
        }
    }

    /// A refusal of whoever shows more or less than is wanted.
    pub(super) fn refuses_to_enrol(&self, incoming: &Incoming) -> Option<Reply> {
        let (token, certificate) = (incoming.header("authorization").is_some(), !incoming.peer_chain.is_empty());
        let wanted = (self.present.has_token(), self.present.has_certificate());
        ((token, certificate) != wanted).then(|| self.error(401))
    }

    pub(super) fn has_own_errors(&self) -> bool {
        self.errors.is_some()
    }

    pub(super) fn error(&self, status: u16) -> Reply {
        match self.errors {
            Some((media, text)) => Reply::new(status).body(media, text),
            None => Reply::new(status).body("application/problem+json", json!({"status": status}).to_string()),
        }
    }

    pub(super) fn drops(&self, incoming: &Incoming) -> bool {
        is_one(incoming, self.hangs_up)
    }

    pub(super) fn is_refused(&self, incoming: &Incoming) -> bool {
        is_one(incoming, self.refuses)
    }

    pub(super) fn interrupt(&self, incoming: &Incoming) {
        if let Some((method, part, interrupt)) = &self.interrupts
            && is_one(incoming, Some((method, part)))
        {
            interrupt.set();
        }
    }

    pub(super) fn is_silent(&self, incoming: &Incoming) -> bool {
        is_one(incoming, self.silent)
    }

    /// What else the front says.
    pub(super) fn dress(&self, incoming: &Incoming, value: &mut Value) {
        for name in ["supportedFeatures", "suppFeat"] {
            if let Some(text) = value[name].as_str() {
                value[name] = json!(format!("{}{text}", self.feature_zeros));
            }
        }
        if self.restless {
            let moment = ["2026-11-26T04:00:00Z", "2026-11-26T05:30:00.000+01:30", "2026-11-26T03:00:00.0-01:00"];
            let turn = TURN.fetch_add(1, Ordering::SeqCst);
            rewrite(value, moment[turn % moment.len()], turn % 2 == 1);
        }
        let path = incoming.target.split('?').next().unwrap();
        if self.tenants && path.ends_with("/allServiceAPIs") {
            let others = json!({
                "apiName": "somebody-elses", "apiId": "other-tenant",
                "aefProfiles": [{
                    "aefId": "other-aef", "versions": [{"apiVersion": "v1"}], "securityMethods": ["OAUTH"],
                    "interfaceDescriptions": [{"ipv4Addr": "192.0.2.1", "port": 443}],
                }],
            });
            if let Some(listed) = value["serviceAPIDescriptions"].as_array_mut() {
                listed.insert(0, others);
            }
        }
        if self.tenants
            && path.ends_with("/onboardedInvokers")
            && let Some(listed) = value["apiList"]["serviceAPIDescriptions"].as_array_mut()
        {
            listed.insert(0, json!({"apiName": "somebody-elses", "apiId": "other-tenant"}));
        }
    }
}

/// How often a restless front has answered.
static TURN: AtomicUsize = AtomicUsize::new(0);

/// A date-time in every object, and every list turned round.
fn rewrite(value: &mut Value, moment: &str, turned: bool) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| rewrite(member, moment, turned));
            members.insert("updatedAt".to_owned(), moment.into());
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                rewrite(item, moment, turned);
            }
            if turned {
                items.reverse();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_one(incoming: &Incoming, kind: Option<(&str, &str)>) -> bool {
    let path = incoming.target.split('?').next().unwrap();
    kind.is_some_and(|(method, part)| incoming.method == method && path.contains(part))
}

/// One request, written by hand, and whatever is answered.
pub(super) async fn post_raw(method: &str, port: &str, place: &str, body: &str, chunked: bool) {
    let Ok(mut stream) = TcpStream::connect(format!("127.0.0.1:{port}")).await else { return };
    let mut text =
        format!("{method} /{place} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n");
    text.push_str("Connection: close\r\n");
    if chunked {
        let (first, second) = body.split_at(1);
        text.push_str(&format!(
            "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
            first.len(),
            second.len()
        ));
    } else {
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    }
    if stream.write_all(text.as_bytes()).await.is_ok() {
        let mut answer = Vec::new();
        // Whoever was notified may be gone: scenarios end.
        _ = stream.read_to_end(&mut answer).await;
    }
}
