//! The reference invoker: told to act, it plays its part in onboarding, discovery, negotiation and authorization.

mod calling;
mod discovered;
mod rules;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use serde_json::{Value, json};

use crate::actors::control_surface::{self, Actor};
use crate::actors::core_client::{Answer, CoreClient, Unanswered, failed, target_of};
use crate::actors::problem::Problem;
use crate::actors::{Settings, StartError, form};
use crate::control::{Act, Discover, Negotiate, ObtainToken, Onboard, Report, WantedInterface};
use crate::fault::FaultSet;
use crate::pki::{KeyPair, certificates_from_pem};
use crate::spec::Role;
use crate::wire::{Handler, Identity, Incoming, Outcome, Reply, Request, Server, ServerTls};
use discovered::Offer;
use rules::invocation::Permission;
use rules::{Applicant, Message};

/// A running invoker. Dropped, it stops.
#[derive(Debug)]
pub struct Invoker {
    control: Server,
    _callbacks: Server,
    destination: String,
}

impl Invoker {
    /// Starts an invoker that knows no core function yet.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let callbacks = settings.bind(ServerTls::Plain, Arc::new(Callbacks(settings.faults.clone()))).await?;
        let destination = format!("http://{}", settings.authority(&callbacks));
        let actor = Arc::new(Person {
            destination: destination.clone(),
            settings: settings.clone(),
            approached: Mutex::default(),
            enrolment: Mutex::default(),
        });
        let control = control_surface::open(actor, &settings).await?;
        Ok(Self { control, _callbacks: callbacks, destination })
    }

    /// Where it is told to act.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control.address())
    }

    /// Where it is told of revocations.
    #[must_use]
    pub fn callback_url(&self) -> &str {
        &self.destination
    }
}

/// Where notifications arrive: they are acknowledged (TS 29.222 8.5.3.2).
struct Callbacks(FaultSet);

impl Handler for Callbacks {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        let is_notification = serde_json::from_slice::<Value>(&incoming.body).is_ok_and(|body| body.is_object());
        let reply = match incoming.method.as_str() {
            "POST" if is_notification => rules::acknowledged(&self.0),
            "POST" => Problem::bad_request("this is no notification").reply(),
            _ => Problem::method_not_allowed("POST").reply(),
        };
        Box::pin(std::future::ready(reply))
    }
}

struct Person {
    settings: Settings,
    destination: String,
    /// The core function that it was told of last, whatever came of that.
    approached: Mutex<Option<CoreClient>>,
    enrolment: Mutex<Option<Enrolment>>,
}

/// What the invoker has from its core function.
#[derive(Clone)]
struct Enrolment {
    core: CoreClient,
    id: String,
    identity: Identity,
    secret: Option<String>,
    location: String,
    discovered: Vec<WantedInterface>,
    context: Option<String>,
    /// Service APIs, as discovered.
    offers: Vec<Offer>,
    /// Tokens that it got, oldest first.
    permissions: Vec<Permission>,
    /// Exposing functions that agreed to an initiation of authentication.
    initiated: BTreeSet<String>,
}

impl Actor for Person {
    fn role(&self) -> Role {
        Role::Invoker
    }

    fn acts(&self) -> &'static [Act] {
        &[
            Act::Onboard,
            Act::Discover,
            Act::NegotiateSecurity,
            Act::RenegotiateSecurity,
            Act::ObtainToken,
            Act::Invoke,
            Act::Offboard,
        ]
    }

    fn act(&self, act: Act, with: Value) -> BoxFuture<'_, Report> {
        Box::pin(async move { self.carry_out(act, with).await.unwrap_or_else(failed) })
    }

    fn reset(&self) {
        *self.enrolment() = None;
    }
}

/// Why an act could not be carried out.
#[derive(Debug, thiserror::Error)]
enum Hindrance {
    #[error("what the act is to be done with is not what it needs")]
    With(#[from] serde_json::Error),
    #[error("the invoker is not onboarded")]
    NotOnboarded,
    #[error("there is no security context to renegotiate")]
    NotNegotiated,
    #[error("there is no interface to negotiate for")]
    NothingDiscovered,
    #[error("no such service API was discovered at this exposing function")]
    NotOffered,
    #[error("the exposing function gave no answer: {0:?}")]
    Unserved(Outcome),
    #[error("the answer to onboarding cannot be used")]
    UnusableEnrolment,
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error("no key could be made")]
    Key(#[from] crate::pki::PkiError),
    #[error("this role does no such act")]
    NotMine,
}

impl Person {
    async fn carry_out(&self, act: Act, with: Value) -> Result<Report, Hindrance> {
        match act {
            Act::Onboard => self.onboard(serde_json::from_value(with)?).await,
            Act::Discover => self.discover(or_default(with)?).await,
            Act::NegotiateSecurity => self.negotiate(or_default(with)?).await,
            Act::RenegotiateSecurity => self.renegotiate(or_default(with)?).await,
            Act::ObtainToken => self.obtain_token(&or_default(with)?).await,
            Act::Invoke => self.invoke(&serde_json::from_value(with)?).await,
            Act::Offboard => self.offboard().await,
            Act::Register
            | Act::Publish
            | Act::ObtainInvokerInfo
            | Act::RevokeAuthorization
            | Act::Arrange
            | Act::SetPolicy
            | Act::Decide => Err(Hindrance::NotMine),
        }
    }

    /// TS 29.222 5.5.2.2: over TLS with the certificate of the core function alone.
    async fn onboard(&self, with: Onboard) -> Result<Report, Hindrance> {
        let core = CoreClient::new(&self.settings, &with.core_function).await?;
        *self.approached.lock().unwrap_or_else(PoisonError::into_inner) = Some(core.clone());
        let key = self.settings.key()?;
        let mut body = json!({
            "onboardingInformation": {"apiInvokerPublicKey": key.public_pem()},
            "notificationDestination": format!("{}/enrolment", self.destination),
            "supportedFeatures": "0",
        });
        if !with.apis.is_empty() {
            let wished: Vec<Value> = with.apis.iter().map(|name| json!({"apiName": name})).collect();
            body["apiList"] = json!({"serviceAPIDescriptions": wished});
        }
        let target = core.target("/api-invoker-management/v1/onboardedInvokers");
        let request = Request::new("POST", &target)
            .header("Authorization", &format!("Bearer {}", with.token))
            .body("application/json", body.to_string());
        let answer = core.send(&self.settings.party, None, &request, "onboard").await?;
        if !answer.is_success() {
            return Ok(answer.report(json!({})));
        }
        let enrolment = enrolled(core, &answer, &key).ok_or(Hindrance::UnusableEnrolment)?;
        let report = answer.report(json!({"api-invoker-id": enrolment.id}));
        *self.enrolment() = Some(enrolment);
        Ok(report)
    }

    /// TS 29.222 5.2.2.2.
    async fn discover(&self, with: Discover) -> Result<Report, Hindrance> {
        let own = self.enrolled()?;
        let mut query = vec![("api-invoker-id".to_owned(), own.id.clone())];
        query.extend(with.api_name.map(|name| ("api-name".to_owned(), name)));
        let target = own.core.target(&format!("/service-apis/v1/allServiceAPIs?{}", form::encode(&query)));
        let answer = self.call(&own, &Request::new("GET", &target), "discover service APIs").await?;
        let found = interfaces(&answer.body);
        let detail = json!({"interfaces": found});
        let offers = discovered::offers(&answer.body);
        self.remember(|enrolment| (enrolment.discovered, enrolment.offers) = (found, offers));
        Ok(answer.report(detail))
    }

    /// TS 29.222 5.6.2.2: the URI of the context is the one that the answer gives.
    async fn negotiate(&self, with: Negotiate) -> Result<Report, Hindrance> {
        let own = self.enrolled()?;
        let interfaces = wanted(with, &own)?;
        let applicant = self.applicant(&own);
        let message = rules::security_method_request(&applicant, &interfaces, &self.settings.faults);
        let answer = self.say(&own, &message, "negotiate security methods").await?;
        let location = answer.location.as_deref().map(target_of);
        let report = answer.report(json!({"location": location, "answer": answer.body}));
        if answer.is_success() {
            self.remember(|enrolment| enrolment.context = location);
        }
        for message in rules::after_negotiation(&applicant, &self.settings.faults) {
            self.say(&own, &message, "look at the security context").await?;
        }
        Ok(report)
    }

    /// TS 29.222 5.6.2.2.2: the custom operation update of the context.
    async fn renegotiate(&self, with: Negotiate) -> Result<Report, Hindrance> {
        let own = self.enrolled()?;
        let context = own.context.clone().ok_or(Hindrance::NotNegotiated)?;
        let interfaces = wanted(with, &own)?;
        let message = rules::update_request(&self.applicant(&own), &context, &interfaces);
        let answer = self.say(&own, &message, "renegotiate security methods").await?;
        Ok(answer.report(json!({"answer": answer.body})))
    }

    /// TS 29.222 5.6.2.3.
    async fn obtain_token(&self, with: &ObtainToken) -> Result<Report, Hindrance> {
        let own = match self.enrolled() {
            Ok(own) => own,
            Err(stranger) => {
                self.ask_as_a_stranger().await?;
                return Err(stranger);
            }
        };
        let Some(message) = rules::token_request(&self.applicant(&own), with, &self.settings.faults) else {
            return Ok(Report { outcome: crate::control::ActOutcome::Done, detail: Value::Null });
        };
        let answer = self.say(&own, &message, "obtain an access token").await?;
        self.keep(&answer, with);
        Ok(answer.report(calling::told(&answer)))
    }

    /// Who was not onboarded has nothing to ask a core function for.
    async fn ask_as_a_stranger(&self) -> Result<(), Unanswered> {
        let core = self.approached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let (Some(core), Some(mut request)) = (core, rules::request_of_a_stranger(&self.settings.faults)) {
            request.target = core.target(&request.target);
            core.send(&self.settings.party, None, &request, "obtain an access token").await?;
        }
        Ok(())
    }

    /// TS 29.222 5.5.2.3.
    async fn offboard(&self) -> Result<Report, Hindrance> {
        let own = self.enrolled()?;
        let answer = self.call(&own, &Request::new("DELETE", &own.location), "offboard").await?;
        if answer.is_success() {
            self.reset();
        }
        Ok(answer.report(json!({})))
    }

    fn applicant<'a>(&'a self, own: &'a Enrolment) -> Applicant<'a> {
        Applicant {
            id: &own.id,
            secret: own.secret.as_deref(),
            destination: &self.destination,
            release: self.settings.release,
        }
    }

    async fn say(&self, own: &Enrolment, message: &Message, purpose: &str) -> Result<Answer, Unanswered> {
        let mut request = message.request.clone();
        if message.below_api_root {
            request.target = own.core.target(&request.target);
        }
        let identity = message.shows_certificate.then_some(&own.identity);
        own.core.send(&self.settings.party, identity, &request, purpose).await
    }

    async fn call(&self, own: &Enrolment, request: &Request, purpose: &str) -> Result<Answer, Unanswered> {
        own.core.send(&self.settings.party, Some(&own.identity), request, purpose).await
    }

    fn enrolled(&self) -> Result<Enrolment, Hindrance> {
        self.enrolment().clone().ok_or(Hindrance::NotOnboarded)
    }

    fn remember(&self, change: impl FnOnce(&mut Enrolment)) {
        if let Some(enrolment) = self.enrolment().as_mut() {
            change(enrolment);
        }
    }

    fn enrolment(&self) -> MutexGuard<'_, Option<Enrolment>> {
        self.enrolment.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an act is to be done with, where nothing at all is good enough.
fn or_default<T: Default + serde::de::DeserializeOwned>(with: Value) -> Result<T, serde_json::Error> {
    if with.is_null() { Ok(T::default()) } else { serde_json::from_value(with) }
}

fn enrolled(core: CoreClient, answer: &Answer, key: &KeyPair) -> Option<Enrolment> {
    let information = &answer.body["onboardingInformation"];
    let chain = certificates_from_pem(information["apiInvokerCertificate"].as_str()?).ok()?;
    Some(Enrolment {
        core,
        id: answer.body["apiInvokerId"].as_str()?.to_owned(),
        identity: Identity::new(chain, &key.private_der()).ok()?,
        secret: information["onboardingSecret"].as_str().map(str::to_owned),
        location: target_of(answer.location.as_deref()?),
        discovered: Vec::new(),
        context: None,
        offers: Vec::new(),
        permissions: Vec::new(),
        initiated: BTreeSet::new(),
    })
}

/// The interfaces told, or those discovered.
fn wanted(with: Negotiate, own: &Enrolment) -> Result<Vec<WantedInterface>, Hindrance> {
    let interfaces = if with.interfaces.is_empty() { own.discovered.clone() } else { with.interfaces };
    if interfaces.is_empty() { Err(Hindrance::NothingDiscovered) } else { Ok(interfaces) }
}

/// One entry per exposing function of a discovery answer, with the methods that this invoker knows.
fn interfaces(discovered: &Value) -> Vec<WantedInterface> {
    let apis = discovered["serviceAPIDescriptions"].as_array().into_iter().flatten();
    let profiles = apis.flat_map(|api| api["aefProfiles"].as_array().into_iter().flatten());
    let mut found: Vec<WantedInterface> = Vec::new();
    for aef_id in profiles.filter_map(|profile| profile["aefId"].as_str()) {
        if !found.iter().any(|known| known.aef_id == aef_id) {
            found.push(WantedInterface {
                aef_id: aef_id.to_owned(),
                api_id: None,
                methods: vec!["OAUTH".to_owned(), "PKI".to_owned()],
            });
        }
    }
    found
}
