//! A core function as vendors build them: the reference one behind a front that changes its habits.
//!
//! The front has an authority, a token key and identifiers of its own: whoever enrols gets a certificate of the front's
//! and speaks to the reference core function through it, with a certificate that the front got in their place.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use capifspec::clock::{Clock, Deadlines};
use capifspec::jose::{SigningKey, sign};
use capifspec::lab::{ServeOrder, ServedCoreFunction, serve};
use capifspec::pki::{Authority, KeyKind, KeyPair, LeafSpec, certificates_from_pem, certificates_to_pem};
use capifspec::spec::{Party, Service};
use capifspec::target::{
    Arrangement, Claims, Credential, Endpoint, Enrolment, Onboarding, OwnerAdapter, RegisterService, Site, Surface,
    TokenKey, Trust,
};
use capifspec::wire::{
    self, Caller, ClientAuth, Handler, Identity, Incoming, Reply, Request, Route, Scheme, Server, ServerTls, Timeline,
    Versions,
};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::content::{Content, with};
use super::habits::{Habits, Notifying};
use super::mapping::{Mapping, decoded, encoded};
use super::papers::OwnKey;
use super::register::{self, Register};

/// Where the key set is.
pub(crate) const KEY_SET: &str = "/.well-known/jwks.json";

/// A running front. Dropped, it stops.
pub(crate) struct Front {
    pub(crate) endpoint: Endpoint,
    pub(crate) state: Arc<State>,
    _stop: oneshot::Sender<()>,
}

/// What the front knows.
pub(crate) struct State {
    pub(super) habits: Habits,
    pub(super) clock: Clock,
    pub(super) authority: Authority,
    pub(super) token_key: SigningKey,
    pub(super) upstream: ServedCoreFunction,
    pub(super) timeline: Timeline,
    pub(super) caller: Caller,
    /// The certificate shown upstream in the place of one that was shown here.
    pub(super) identities: Mutex<HashMap<Vec<u8>, Identity>>,
    /// Whose key is known before it enrols.
    pub(super) provisioned: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) ids: Mutex<Mapping>,
    pub(super) relay: Mutex<Option<SocketAddr>>,
    pub(super) published: Mutex<Vec<(String, String)>>,
    pub(super) log: Mutex<Vec<String>>,
    pub(super) register: Arc<Register>,
}

impl Front {
    /// A front of these habits, on a thread of its own, since every worker of a run has its own runtime.
    pub(crate) fn with(habits: Habits) -> Self {
        let (tell, told) = sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let (endpoint, state, running) = begin(habits).await;
                tell.send((endpoint, state)).unwrap();
                _ = stopped.await;
                drop(running);
            });
        });
        let (endpoint, state) = told.recv().unwrap();
        Self { endpoint, state, _stop: stop }
    }

    /// The reference core function behind it, by itself.
    pub(crate) fn behind(&self) -> Endpoint {
        let (upstream, route) = (&self.state.upstream, self.state.route());
        let roots = certificates_from_pem(&upstream.root_pem).unwrap();
        let site = Site {
            host: route.address.ip().to_string(),
            port: route.address.port(),
            address: route.address,
            ..self.endpoint.site.clone()
        };
        Endpoint {
            site,
            trust: Trust::Roots(roots.into_iter().map(|root| root.as_ref().to_vec()).collect()),
            token_key: TokenKey::Pem(upstream.token_key_pem.clone()),
            ..self.endpoint.clone()
        }
    }

    /// What was asked of it so far: method, path and status.
    pub(crate) fn log(&self) -> Vec<String> {
        lock(&self.state.log).clone()
    }
}

async fn begin(habits: Habits) -> (Endpoint, Arc<State>, Vec<Server>) {
    let clock = Clock::real();
    let upstream = serve(&ServeOrder::default()).await.unwrap().core_function.unwrap();
    let authority = Authority::new("front", &key(), &clock).unwrap();
    let (token_pair, mut credentials) = (key(), BTreeMap::new());
    let mut provisioned = Vec::new();
    for party in habits.provisioned.iter().copied() {
        let (own, name) = (key(), format!("provisioned {party}"));
        let leaf = authority.issue(&LeafSpec::client(&name, &clock), &own.public().unwrap()).unwrap();
        provisioned.push((own.public_der(), leaf.as_ref().to_vec()));
        let certificate = certificates_to_pem(&[leaf]);
        credentials.insert(party, Credential { id: None, certificate, key: own.private_pem() });
    }
    let timeline = Timeline::new(clock.clone());
    let register = Arc::new(Register::with(habits.register.unwrap_or_default(), authority.root_pem()));
    let state = Arc::new(State {
        caller: Caller::new(timeline.clone(), clock.clone(), Deadlines::default()),
        timeline,
        token_key: SigningKey::from_pkcs8(token_pair.private_der().secret_der()).unwrap(),
        clock,
        authority,
        upstream,
        identities: Mutex::default(),
        provisioned,
        ids: Mutex::default(),
        relay: Mutex::default(),
        published: Mutex::default(),
        log: Mutex::default(),
        register,
        habits,
    });
    let desk = Arc::new(register::Desk(Arc::clone(&state.register)));
    let register = state.bind("register", state.secure(), desk).await;
    let main = state.serve(Door::Main).await;
    let security = state.serve(Door::Security).await;
    let relay = state.bind("relay", ServerTls::Plain, Arc::new(Relay(Arc::clone(&state)))).await;
    *lock(&state.relay) = Some(relay.address());
    let doors = [main.address(), security.address(), register.address()];
    let endpoint = state.endpoint(doors, &token_pair, credentials);
    (endpoint, state, vec![main, security, relay, register])
}

/// The APIs behind one port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    Main,
    Security,
}

struct Desk(Arc<State>, Door);
struct Relay(Arc<State>);

impl Handler for Desk {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move {
            let asked = format!("{} {}", incoming.method, incoming.target);
            let reply = self.0.answer(self.1, &incoming).await;
            lock(&self.0.log).push(format!("{asked} -> {}", reply.status));
            reply
        })
    }
}

impl Handler for Relay {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let state = Arc::clone(&self.0);
        tokio::spawn(async move { state.notify(&incoming).await });
        Box::pin(std::future::ready(Reply::new(204)))
    }
}

impl State {
    fn endpoint(
        &self,
        [main, security, register]: [SocketAddr; 3],
        token_pair: &KeyPair,
        credentials: BTreeMap<Party, Credential>,
    ) -> Endpoint {
        let site = |address: SocketAddr, prefix: &str| Site {
            host: address.ip().to_string(),
            port: address.port(),
            prefix: prefix.to_owned(),
            address,
        };
        let own_door = (Service::Security, site(security, self.habits.security_prefix.unwrap_or_default()));
        let trust = Trust::Roots(vec![self.authority.root().to_vec()]);
        let users = RegisterService {
            site: site(register, ""),
            trust: trust.clone(),
            admin: register::ADMIN.to_owned(),
            password: register::PASSWORD.to_owned(),
        };
        let has_users = self.habits.register.is_some();
        let token = Onboarding::StaticToken(self.upstream.onboarding_token.clone());
        Endpoint {
            site: site(main, self.habits.prefix),
            apis: self.habits.security_prefix.map(|_| own_door).into_iter().collect(),
            trust,
            onboarding: if has_users { Onboarding::OpencapifRegister(Box::new(users)) } else { token },
            enrolment: Enrolment { present: self.habits.present, key_form: self.habits.key_form },
            registration_secret: (!has_users).then(|| self.upstream.registration_secret.clone()),
            token_key: TokenKey::Pem(token_pair.public_pem()),
            credentials,
            plain_http: None,
            owner: OwnerAdapter::Nothing,
            arrangement: if self.habits.preset { Arrangement::Preset } else { Arrangement::ApiList },
            control: self.habits.controlled.then(|| Surface::Http(self.upstream.control_url.clone())),
            claims: Claims::default(),
        }
    }

    /// Where the act `arrange` and its like go.
    pub(crate) fn control_url(&self) -> &str {
        &self.upstream.control_url
    }

    /// Users of the register service, and what it was asked.
    pub(crate) fn users(&self) -> (usize, usize, Vec<String>) {
        self.register.told()
    }

    fn secure(&self) -> ServerTls {
        let leaf = LeafSpec::server("front", &["127.0.0.1"], &self.clock);
        let own = key();
        let certificate = self.authority.issue(&leaf, &own.public().unwrap()).unwrap();
        let identity = Identity::new(vec![certificate], &own.private_der()).unwrap();
        let client_auth = ClientAuth::Optional { roots: vec![self.authority.root().clone()] };
        ServerTls::Tls { identity, client_auth }
    }

    async fn serve(self: &Arc<Self>, door: Door) -> Server {
        self.bind("front", self.secure(), Arc::new(Desk(Arc::clone(self), door))).await
    }

    async fn bind(&self, name: &str, tls: ServerTls, handler: Arc<dyn Handler>) -> Server {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let timeline = Timeline::new(self.clock.clone());
        Server::bind(wire::Party::new(name), tls, handler, timeline, self.clock.clone(), any).await.unwrap()
    }

    async fn answer(&self, door: Door, incoming: &Incoming) -> Reply {
        if incoming.target == KEY_SET {
            return Reply::new(self.habits.key_set.0).body("application/json", self.key_set());
        }
        let prefix = match door {
            Door::Main => self.habits.prefix,
            Door::Security => self.habits.security_prefix.unwrap_or_default(),
        };
        let slash = if prefix.is_empty() { "" } else { "/" };
        let Some(target) = incoming.target.strip_prefix(&format!("{slash}{prefix}")) else {
            return Reply::new(404);
        };
        let is_security = target.starts_with(Service::Security.root());
        if self.habits.security_prefix.is_some() && (door == Door::Security) != is_security {
            return Reply::new(404);
        }
        let enrols =
            incoming.method == "POST" && (target.ends_with("/onboardedInvokers") || target.ends_with("/registrations"));
        if enrols && let Some(refusal) = self.habits.refuses_to_enrol(incoming) {
            return refusal;
        }
        if enrols && self.habits.register.is_some() && !self.is_users(incoming) {
            return self.habits.error(401);
        }
        if self.habits.is_refused(incoming) {
            return self.habits.error(403);
        }
        if self.habits.is_silent(incoming) {
            return std::future::pending().await;
        }
        let base = format!("{slash}{prefix}");
        self.pass_on(incoming, target, &base, enrols).await
    }

    /// Whether a user enrols: by the token that it was told, which a provider says in regSec as well.
    fn is_users(&self, incoming: &Incoming) -> bool {
        let shown = incoming.header("authorization").unwrap_or_default();
        let body: Value = serde_json::from_slice(&incoming.body).unwrap();
        let token = shown.strip_prefix("Bearer ").unwrap_or_default();
        body.get("regSec").is_none_or(|secret| secret == token) && self.register.admits(token)
    }

    /// The request upstream, the answer back, each in the words of the other side.
    async fn pass_on(&self, incoming: &Incoming, target: &str, base: &str, enrols: bool) -> Reply {
        let mut body = self.upstream_body(incoming);
        let own_keys = if enrols { self.replace_keys(&mut body) } else { Some(Vec::new()) };
        let Some(own_keys) = own_keys else {
            return self.habits.error(400);
        };
        let identity = incoming.peer_chain.first().and_then(|leaf| lock(&self.identities).get(leaf.as_ref()).cloned());
        if identity.is_none() && !incoming.peer_chain.is_empty() && !enrols {
            return self.habits.error(403);
        }
        let mut request = Request::new(&incoming.method, &self.upstream_target(target));
        for (name, value) in &incoming.headers {
            let is_ours = ["host", "content-length", "transfer-encoding", "connection", "authorization"];
            if !is_ours.contains(&name.to_ascii_lowercase().as_str()) {
                request = request.header(name, value);
            }
        }
        if let Some(token) = self.authorization(incoming, enrols, target) {
            request = request.header("Authorization", &token);
        }
        request.body = body.bytes();
        let shown = identity.as_ref().filter(|_| !enrols);
        let id = self.caller.call(&wire::Party::new("front"), shown, &self.route(), &request, "").await;
        self.answered(id, &own_keys, incoming, base, enrols)
    }

    /// A front that wants certificates knows whom it lets enrol, and says so upstream in its own name.
    fn authorization(&self, incoming: &Incoming, enrols: bool, target: &str) -> Option<String> {
        let shown = incoming.header("authorization").map(str::to_owned);
        if !enrols || (self.habits.present.has_token() && self.habits.register.is_none()) {
            return shown;
        }
        let invoker = target.ends_with("/onboardedInvokers");
        let token = if invoker { &self.upstream.onboarding_token } else { &self.upstream.registration_secret };
        Some(format!("Bearer {token}"))
    }

    fn route(&self) -> Route {
        let roots = certificates_from_pem(&self.upstream.root_pem).unwrap();
        let host = self.upstream.url.strip_prefix("https://").unwrap().to_owned();
        Route {
            server: wire::Party::new("ccf"),
            address: host.parse().unwrap(),
            host,
            scheme: Scheme::Tls { trust: wire::Trust::roots(roots).unwrap(), versions: Versions::Both },
        }
    }

    fn answered(
        &self,
        id: wire::ExchangeId,
        own_keys: &[OwnKey],
        incoming: &Incoming,
        base: &str,
        enrols: bool,
    ) -> Reply {
        let exchange = self.upstream_exchange(id);
        let Some(response) = exchange.response.clone() else {
            return Reply::close();
        };
        let status = response.status().unwrap();
        self.habits.interrupt(incoming);
        if self.habits.drops(incoming) {
            return Reply::close();
        }
        if status >= 400 && self.habits.has_own_errors() {
            return self.habits.error(status);
        }
        let mut reply = Reply::new(status);
        let mut body = Content::of(&response.body, response.header("content-type").as_deref());
        if let Content::Json(value) = &mut body {
            if enrols && status == 201 {
                self.replace_certificates(value, own_keys);
            }
            self.tell(incoming, status, value);
        }
        for (name, value) in response.headers() {
            let value = String::from_utf8_lossy(&value).into_owned();
            match name.to_ascii_lowercase().as_str() {
                "date" | "content-length" | "transfer-encoding" | "connection" => {}
                "location" => {
                    let path = value.strip_prefix(&self.upstream.url).unwrap_or(&value).to_owned();
                    let path = format!("{base}{}", lock(&self.ids).path_outwards(&path));
                    reply = reply.header("Location", &self.habits.location(&path, incoming));
                }
                _ => reply = reply.header(&name, &value),
            }
        }
        reply.body = body.bytes();
        reply
    }

    fn upstream_exchange(&self, id: wire::ExchangeId) -> Arc<wire::Exchange> {
        self.timeline.get(id).unwrap()
    }

    /// The answer in the front's words.
    fn tell(&self, incoming: &Incoming, status: u16, value: &mut Value) {
        if status == 201 {
            let kinds = self.habits.ids;
            lock(&self.ids).learn(value, kinds);
            if incoming.target.ends_with("/service-apis") {
                let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
                lock(&self.published).push((text("apiName"), text("apiId")));
            }
        }
        if let Some(token) = value["access_token"].as_str() {
            let signed = self.resigned(token);
            value["access_token"] = json!(signed);
        }
        lock(&self.ids).outwards(value);
        self.undo_destinations(value);
        self.habits.dress(incoming, value);
    }

    /// The token, in the front's words and with its signature.
    fn resigned(&self, token: &str) -> String {
        let parts = capifspec::jose::Parts::split(token).unwrap();
        let mut claims: Value = serde_json::from_str(&parts.claims_text).unwrap();
        lock(&self.ids).outwards(&mut claims);
        let mut header: Value = serde_json::from_str(&parts.header_text).unwrap();
        if let Some(kid) = self.habits.kid {
            header["kid"] = json!(kid);
        }
        sign(&self.token_key, &header.to_string(), &claims.to_string()).unwrap()
    }

    fn key_set(&self) -> String {
        let own = self.token_key.verification_key().unwrap().jwk("own");
        let other = SigningKey::from_pkcs8(key().private_der().secret_der()).unwrap();
        let other = other.verification_key().unwrap().jwk("other");
        (self.habits.key_set.1)(&own, &other)
    }

    fn upstream_body(&self, incoming: &Incoming) -> Content {
        let mut body = Content::of(&incoming.body, incoming.header("content-type"));
        match &mut body {
            Content::Json(value) => {
                lock(&self.ids).inwards(value);
                self.redo_destinations(value);
                if self.habits.register.is_some() && value.get("regSec").is_some() {
                    value["regSec"] = json!(self.upstream.registration_secret);
                }
                if self.habits.preset && incoming.target.ends_with("/onboardedInvokers") {
                    let apis: Vec<Value> =
                        lock(&self.published).iter().map(|(name, id)| json!({"apiName": name, "apiId": id})).collect();
                    value["apiList"] = json!({"serviceAPIDescriptions": apis});
                }
            }
            Content::Form(pairs) => {
                for (_, value) in pairs {
                    *value = lock(&self.ids).text_inwards(value);
                }
            }
            Content::Raw(_) => {}
        }
        body
    }

    fn upstream_target(&self, target: &str) -> String {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let ids = lock(&self.ids);
        let path: Vec<String> = path.split('/').map(|segment| encoded(&ids.text_inwards(&decoded(segment)))).collect();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs: Vec<String> =
            pairs.map(|(name, value)| format!("{name}={}", encoded(&ids.text_inwards(&decoded(value))))).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{}{mark}{}", path.join("/"), pairs.join("&"))
    }

    /// A notification on its way from the reference core function to whom it is for.
    async fn notify(&self, incoming: &Incoming) {
        let (port, place) = incoming.target.trim_start_matches('/').split_once('/').unwrap();
        let mut told: Value = serde_json::from_slice(&incoming.body).unwrap();
        lock(&self.ids).outwards(&mut told);
        let Notifying { method, chunked, after, one_each } = self.habits.notifying;
        self.clock.pass(after).await;
        let ids = told["apiIds"].as_array().cloned().unwrap_or_default();
        let each: Vec<Value> =
            if one_each { ids.into_iter().map(|id| with(&told, "apiIds", json!([id]))).collect() } else { vec![told] };
        for body in each {
            super::habits::post_raw(method, port, place, &body.to_string(), chunked).await;
        }
    }
}

pub(super) fn key() -> KeyPair {
    KeyPair::generate(KeyKind::EcdsaP256).unwrap()
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// A deadline that leaves time for late notifications.
pub(crate) fn patient() -> Deadlines {
    let mut deadlines = Deadlines::default();
    deadlines.notification.after = Duration::from_secs(4);
    deadlines
}
