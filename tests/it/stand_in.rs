//! Something in place of the core function: reached like any target, and up to no good.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use capifspec::clock::{Clock, Deadlines};
use capifspec::pki::{Authority, KeyKind, KeyPair, LeafSpec, PublicKey, certificates_to_pem};
use capifspec::target::{
    Arrangement, Claims, Endpoint, Enrolment, Onboarding, OwnerAdapter, Site, Target, TokenKey, Trust,
};
use capifspec::wire::{ClientAuth, Handler, Identity, Incoming, Party, Reply, Server, ServerTls, Timeline};
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::built_in::settings;

/// How it answers one request; none: never.
pub(crate) type Manner = Arc<dyn Fn(&Incoming) -> Option<Reply> + Send + Sync>;

/// What is done to what it issues, before it is sent.
pub(crate) type Tamper = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// A running stand-in. Dropped, it stops.
pub(crate) struct StandIn {
    endpoint: Endpoint,
    _stop: oneshot::Sender<()>,
}

impl StandIn {
    /// Answers everything in this manner.
    pub(crate) fn answering(manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let manner: Manner = Arc::new(manner);
        Self::start(move |_| Arc::clone(&manner))
    }

    /// Enrols whoever comes, as a core function does, and answers the security API in this manner.
    pub(crate) fn enrolling(manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let manner: Manner = Arc::new(manner);
        Self::start(move |registry| {
            let manner = Arc::clone(&manner);
            Arc::new(move |incoming| registry.enrol(incoming).or_else(|| manner(incoming)))
        })
    }

    /// The same with enrolments and publications that are tampered with.
    pub(crate) fn tampering(
        tamper: Tamper,
        manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let manner: Manner = Arc::new(manner);
        Self::start(move |registry| {
            let manner = Arc::clone(&manner);
            Arc::new(move |incoming| match registry.enrol(incoming) {
                Some(reply) => Some(tampered(reply, &tamper)),
                None => manner(incoming),
            })
        })
    }

    /// Accepts connections and closes them.
    pub(crate) fn closing() -> Self {
        let registry = Registry::new();
        let root = registry.authority.root().to_vec();
        Self::on_thread(async move || {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let accepting = async move { while listener.accept().await.is_ok() {} };
            (endpoint(address, address, root), tokio::spawn(accepting))
        })
    }

    fn start(manner: impl FnOnce(Arc<Registry>) -> Manner + Send + 'static) -> Self {
        let registry = Arc::new(Registry::new());
        Self::on_thread(async move || {
            let (secure, plain) = registry.serve(manner(Arc::clone(&registry))).await;
            (endpoint(secure.address(), plain.address(), registry.authority.root().to_vec()), (secure, plain))
        })
    }

    /// Lives on a thread of its own, since every worker of a run has its own runtime.
    fn on_thread<T>(begin: impl AsyncFnOnce() -> (Endpoint, T) + Send + 'static) -> Self {
        let (tell, told) = sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let (endpoint, running) = begin().await;
                tell.send(endpoint).unwrap();
                _ = stopped.await;
                drop(running);
            });
        });
        Self { endpoint: told.recv().unwrap(), _stop: stop }
    }

    /// Where it takes requests without TLS.
    pub(crate) fn plain_address(&self) -> SocketAddr {
        self.endpoint.plain_http.unwrap()
    }

    /// Writes a target file that finds it, with this deadline for answers.
    pub(crate) fn hand_over(&self, directory: &Path, answer_ms: u64) {
        let Trust::Roots(roots) = &self.endpoint.trust else { panic!("a stand-in has a root") };
        let roots: Vec<_> = roots.iter().cloned().map(Into::into).collect();
        std::fs::write(directory.join("ca.pem"), certificates_to_pem(&roots)).unwrap();
        let target = format!(
            "schema = \"capifspec.target/1\"\nname = \"stand-in\"\n\n[ccf]\nurl = \"https://{}\"\n\n\
             [ccf.trust]\nroots = [\"ca.pem\"]\n\n[timing]\nanswer-ms = {answer_ms}\nnotification-ms = 20\n",
            self.endpoint.site.address
        );
        std::fs::write(directory.join("target.toml"), target).unwrap();
    }

    /// A target with this core function.
    pub(crate) fn target(&self, deadlines: Deadlines) -> Target {
        Target { core_function: Some(self.endpoint.clone()), deadlines, ..Target::built_in() }
    }
}

fn endpoint(secure: SocketAddr, plain: SocketAddr, root: Vec<u8>) -> Endpoint {
    Endpoint {
        site: Site { host: secure.ip().to_string(), port: secure.port(), prefix: String::new(), address: secure },
        apis: BTreeMap::new(),
        trust: Trust::Roots(vec![root]),
        onboarding: Onboarding::Nothing,
        registration_secret: None,
        enrolment: Enrolment::default(),
        token_key: TokenKey::Unknown,
        credentials: BTreeMap::new(),
        plain_http: Some(plain),
        owner: OwnerAdapter::Nothing,
        arrangement: Arrangement::ApiList,
        control: None,
        claims: Claims::default(),
    }
}

/// Enrolment without any rule: everybody gets an identifier and a certificate.
struct Registry {
    clock: Clock,
    authority: Authority,
    names: capifspec::clock::Names,
}

impl Registry {
    fn new() -> Self {
        let clock = Clock::real();
        let authority = Authority::new("stand-in", &key(), &clock).unwrap();
        Self { clock, authority, names: capifspec::clock::Names::new(1, "stand-in") }
    }

    /// One server over TLS that trusts even the authority that scenarios call foreign, and one without TLS.
    async fn serve(&self, manner: Manner) -> (Server, Server) {
        let key = key();
        let leaf = LeafSpec::server("stand-in", &["127.0.0.1"], &self.clock);
        let certificate = self.authority.issue(&leaf, &key.public().unwrap()).unwrap();
        let identity = Identity::new(vec![certificate], &key.private_der()).unwrap();
        let roots = vec![self.authority.root().clone(), settings(1, 1).material.foreign.root().clone()];
        let tls = ServerTls::Tls { identity, client_auth: ClientAuth::Optional { roots } };
        (self.bind(tls, &manner).await, self.bind(ServerTls::Plain, &manner).await)
    }

    async fn bind(&self, tls: ServerTls, manner: &Manner) -> Server {
        let handler = Arc::new(Mannered(Arc::clone(manner)));
        let timeline = Timeline::new(self.clock.clone());
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Server::bind(Party::new("stand-in"), tls, handler, timeline, self.clock.clone(), any).await.unwrap()
    }

    fn enrol(&self, incoming: &Incoming) -> Option<Reply> {
        let path: Vec<&str> = incoming.target.split('/').skip(1).collect();
        match (incoming.method.as_str(), path.first().copied()?) {
            ("DELETE", "api-invoker-management") => Some(Reply::new(204)),
            ("POST", "api-provider-management") => self.created(incoming, |body| self.register(body)),
            ("POST", "published-apis") => self.created(incoming, |body| body["apiId"] = json!(self.names.fresh("api"))),
            ("POST", "api-invoker-management") => self.created(incoming, |body| self.onboard(body)),
            _ => None,
        }
    }

    fn created(&self, incoming: &Incoming, complete: impl Fn(&mut Value)) -> Option<Reply> {
        let mut body: Value = serde_json::from_slice(&incoming.body).ok()?;
        complete(&mut body);
        let location = format!("{}/{}", incoming.target, self.names.fresh("enrolment"));
        Some(Reply::new(201).header("Location", &location).body("application/json", body.to_string()))
    }

    fn register(&self, body: &mut Value) {
        body["apiProvDomId"] = json!(self.names.fresh("domain"));
        for function in body["apiProvFuncs"].as_array_mut().into_iter().flatten() {
            let id = self.names.fresh("function");
            function["regInfo"]["apiProvCert"] = self.certificate(&id, &function["regInfo"]["apiProvPubKey"]);
            function["apiProvFuncId"] = json!(id);
        }
    }

    fn onboard(&self, body: &mut Value) {
        let id = self.names.fresh("invoker");
        let told = &mut body["onboardingInformation"];
        told["apiInvokerCertificate"] = self.certificate(&id, &told["apiInvokerPublicKey"]);
        told["onboardingSecret"] = json!(self.names.fresh("secret"));
        body["apiInvokerId"] = json!(id);
    }

    fn certificate(&self, id: &str, public_key: &Value) -> Value {
        let key = PublicKey::from_pem(public_key.as_str().unwrap_or_default()).unwrap();
        let leaf = self.authority.issue(&LeafSpec::client(id, &self.clock), &key).unwrap();
        json!(certificates_to_pem(&[leaf]))
    }
}

fn tampered(mut reply: Reply, tamper: &Tamper) -> Reply {
    if let Ok(mut body) = serde_json::from_slice(&reply.body) {
        tamper(&mut body);
        reply.body = body.to_string().into_bytes();
    }
    reply
}

fn key() -> KeyPair {
    KeyPair::generate(KeyKind::EcdsaP256).unwrap()
}

struct Mannered(Manner);

impl Handler for Mannered {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        match (self.0)(&incoming) {
            Some(reply) => Box::pin(std::future::ready(reply)),
            None => Box::pin(std::future::pending()),
        }
    }
}
