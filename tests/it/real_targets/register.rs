//! A register service as OpenCAPIF has one: users are made by an administrator, and log in by HTTP Basic.

use std::collections::BTreeMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capifspec::wire::{Handler, Incoming, Reply};
use futures::future::BoxFuture;
use serde_json::{Value, json};

pub(crate) const ADMIN: &str = "admin";
pub(crate) const PASSWORD: &str = "the password of the administrator";
/// The token that an administrator gets.
pub(crate) const ADMIN_TOKEN: &str = "token-of-the-administrator";

/// What the service does otherwise than it should.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manners {
    /// So many users are there already.
    pub(crate) taken: usize,
    /// A user is told no token.
    pub(crate) keeps_tokens: bool,
    /// What it tells of the root of the core function is no certificate.
    pub(crate) garbles_root: bool,
    /// No user is deleted.
    pub(crate) keeps_users: bool,
}

/// A running service.
pub(crate) struct Register {
    manners: Manners,
    /// The root of the core function that it registers for, PEM.
    root: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    met: usize,
    made: usize,
    users: BTreeMap<String, User>,
    asked: Vec<String>,
}

struct User {
    password: String,
    uuid: String,
    used: bool,
}

impl Register {
    pub(crate) fn with(manners: Manners, root: String) -> Self {
        Self { manners, root, state: Mutex::default() }
    }

    /// Users there are now, users there were ever, and what was asked for.
    pub(crate) fn told(&self) -> (usize, usize, Vec<String>) {
        let state = self.state.lock().unwrap();
        (state.users.len(), state.made, state.asked.clone())
    }

    /// Whether a token is one of a user's that has not enrolled anybody yet.
    pub(crate) fn admits(&self, token: &str) -> bool {
        let mut state = self.state.lock().unwrap();
        let user = state.users.iter_mut().find(|(name, _)| token_of(name) == token);
        user.is_some_and(|(_, user)| !std::mem::replace(&mut user.used, true))
    }

    fn reply(&self, incoming: &Incoming) -> Reply {
        let mut state = self.state.lock().unwrap();
        state.asked.push(format!("{} {}", incoming.method, incoming.target));
        let shown = incoming.header("authorization").unwrap_or_default();
        let admin = shown == format!("Bearer {ADMIN_TOKEN}");
        match (incoming.method.as_str(), incoming.target.as_str()) {
            ("POST", "/login") if shown == basic(ADMIN, PASSWORD) => {
                told(200, &json!({"access_token": ADMIN_TOKEN, "refresh_token": "r"}))
            }
            ("POST", "/createUser") if admin => self.create(&mut state, incoming),
            ("GET", "/getauth") => {
                let user = state.users.iter().find(|(name, user)| shown == basic(name, &user.password));
                user.map_or_else(|| told(401, &json!({})), |(name, _)| told(200, &self.leave(name)))
            }
            ("DELETE", path) if admin && !self.manners.keeps_users => {
                let uuid = path.strip_prefix("/deleteUser/").unwrap_or_default();
                let before = state.users.len();
                state.users.retain(|_, user| user.uuid != uuid);
                told(if state.users.len() < before { 204 } else { 404 }, &Value::Null)
            }
            (_, "/login" | "/createUser") => told(401, &json!({})),
            _ => told(403, &json!({})),
        }
    }

    fn create(&self, state: &mut State, incoming: &Incoming) -> Reply {
        let wanted: Value = serde_json::from_slice(&incoming.body).unwrap();
        for name in ["username", "password", "enterprise", "country", "email", "purpose"] {
            assert!(wanted[name].is_string(), "{name} in {wanted}");
        }
        state.met += 1;
        if state.met <= self.manners.taken {
            return told(409, &json!({"message": "user already exists"}));
        }
        state.made += 1;
        let uuid = format!("6d2f3c1e-0000-4000-8000-{:012}", state.made);
        let text = |name: &str| wanted[name].as_str().unwrap().to_owned();
        let user = User { password: text("password"), uuid: uuid.clone(), used: false };
        assert!(state.users.insert(text("username"), user).is_none(), "a name that is fresh");
        told(201, &json!({"message": "User registered successfully", "uuid": uuid}))
    }

    fn leave(&self, name: &str) -> Value {
        let token = if self.manners.keeps_tokens { Value::Null } else { json!(token_of(name)) };
        json!({
            "access_token": token,
            "ca_root": if self.manners.garbles_root { "-----BEGIN CERTIFICATE-----\n" } else { &self.root },
            "ccf_api_onboarding_url": "api-provider-management/v1/registrations",
            "ccf_onboarding_url": "api-invoker-management/v1/onboardedInvokers",
            "ccf_publish_url": "published-apis/v1/<apfId>/service-apis",
            "ccf_discover_url": "service-apis/v1/allServiceAPIs?api-invoker-id=",
            "ccf_security_url": "capif-security/v1/trustedInvokers/<apiInvokerId>",
        })
    }
}

pub(crate) struct Desk(pub(crate) std::sync::Arc<Register>);

impl Handler for Desk {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(std::future::ready(self.0.reply(&incoming)))
    }
}

fn token_of(name: &str) -> String {
    format!("token-of-{name}")
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn told(status: u16, body: &Value) -> Reply {
    if body.is_null() { Reply::new(status) } else { Reply::new(status).body("application/json", body.to_string()) }
}
