//! Trying the set-up of a provider domain out: it is told to register and to publish at a core function of ours, and an
//! invoker of ours calls its exposing function once.
//!
//! Whether it serves is no matter of the set-up: what stands in its way there is.

use std::sync::Arc;

use super::exchanged::{
    Errand, clock_of_answers, compared, core_certificate, features_of_answer, named_features, our_certificates,
};
use super::features::offering;
use super::{Line, forgotten};
use crate::checks::lens;
use crate::control::Act;
use crate::drive::aef_security;
use crate::lab::acting::whose;
use crate::lab::{Invoked, Lab, Stop};
use crate::operation;
use crate::spec::{Party, Role, Service};
use crate::target::{Capable, is_of_domain};
use crate::wire::{End, Exchange, ExchangeId, Outcome, RawMessage};

const AEF: Party = Party::EXPOSING_FUNCTION;
/// The service API that is published.
const LABEL: &str = "doctor";
/// Whom our invoker's certificate is issued by: the core function of this lab.
const TRUST_CURE: &str = "does its TLS end trust the authority of our core function, whose root the order `register` \
     brings? Where it has to trust it beforehand, import that of `capifspec pki export`, which [harness] pki keeps the same";

impl Lab {
    pub(super) async fn check_domain(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        let published = if self.provision().is_some() {
            self.check_provision(&mut lines)
        } else {
            self.check_enrolment(&mut lines).await
        };
        if self.target.exposing_function.is_some() {
            let invoked = match published {
                Ok(methods) => Some(self.invoke_once(&methods).await),
                Err(()) => None,
            };
            lines.extend(self.check_serving(invoked).await);
        }
        let exchanges = self.exchanges();
        for role in self.target.external().into_iter().filter(|role| is_of_domain(*role)) {
            if let Some(claims) = self.target.claims(role) {
                lines.extend(named_features(role.code(), claims, &exchanges));
            }
        }
        lines.push(forgotten(self.teller(Act::Register).code(), &self.target, self.plan.sut));
        self.reset().await;
        // Where it expects our core function at one port, that is to be had again.
        self.clean_up().await;
        lines
    }

    /// Who is told to do something for the domain, or would be.
    fn teller(&self, act: Act) -> Role {
        let external = self.target.external();
        let mut whose = whose(AEF.role, act).iter().copied().filter(|role| external.contains(role));
        let first = whose.clone().next().unwrap_or(AEF.role);
        whose.find(|role| self.target.control(*role).is_some()).unwrap_or(first)
    }

    /// It registers and publishes: the methods that it offers.
    async fn check_enrolment(&mut self, lines: &mut Vec<Line>) -> Result<Vec<String>, ()> {
        let (registrar, publisher) = (self.teller(Act::Register).code(), self.teller(Act::Publish).code());
        let mark = self.timeline.mark();
        let registered = self.have_registered().await.err();
        let errand = Errand {
            about: registrar,
            what: "enrolment",
            operation: operation!("CreateApiProvRegist"),
            achieved: "registered",
            place: &self.core_function().map(|core| core.url).unwrap_or_default(),
        };
        lines.extend(self.went(&errand, mark, registered.as_ref()).await);
        if registered.is_some() {
            return Err(());
        }
        let methods = self.offered_methods();
        if methods.is_empty() {
            lines.push(Line::not_checkable(publisher, "publishing", "it claims neither PKI nor OAUTH"));
            return Err(());
        }
        let mark = self.timeline.mark();
        let published = self.have_published_too(&[LABEL.to_owned()], &methods, false).await.err();
        let errand = Errand {
            about: publisher,
            what: "publishing",
            operation: operation!("CreateAPFPubAPIs"),
            achieved: "published a service API",
            ..errand
        };
        let went = self.went(&errand, mark, published.as_ref()).await;
        // Whether one program trusts us is said once.
        lines.extend(went.into_iter().take(if publisher == registrar { 1 } else { 2 }));
        if published.is_some() { Err(()) } else { Ok(methods) }
    }

    /// It was configured: our core function is made to know it, as in every scenario.
    fn check_provision(&mut self, lines: &mut Vec<Line>) -> Result<Vec<String>, ()> {
        let about = AEF.role.code();
        let methods = self.offered_methods();
        let url = self.core_function().map(|core| core.url).unwrap_or_default();
        match self.be_provisioned(&self.labels(), &methods) {
            Ok(()) if methods.is_empty() => {
                lines.push(Line::not_checkable(about, "an invocation", "it claims neither PKI nor OAUTH"));
                Err(())
            }
            Ok(()) => {
                let id = self.id_of(AEF).unwrap_or_default();
                lines.push(Line::ok(about, "enrolment", format!("our core function, at {url}, knows it as `{id}`")));
                Ok(methods)
            }
            Err(stop) => {
                lines.push(Line::not_checkable(about, "enrolment", stop.reason()));
                Err(())
            }
        }
    }

    /// The service APIs that are tried: the one that is published, or all that were configured.
    fn labels(&self) -> Vec<String> {
        let count = self.provision().map_or(1, |provision| provision.apis.len());
        let more = (2..=count).map(|at| format!("{LABEL}-{at}"));
        std::iter::once(LABEL.to_owned()).chain(more).collect()
    }

    /// What came back where the service logic is the product's own, of each service API, and whether it asked our core
    /// function.
    async fn own_invocation_lines(&mut self, first: &Exchange) -> Vec<Line> {
        let mut lines = vec![self.own_invocation_line(1, LABEL, first)];
        for (at, label) in self.labels().iter().enumerate().skip(1) {
            lines.push(match self.invoke(Party::INVOKER, &Invoked::reading(label)).await {
                Ok(exchange) => self.own_invocation_line(at + 1, label, &exchange),
                Err(stop) => Line::not_checkable(AEF.role.code(), "an invocation", stop.reason()),
            });
        }
        lines.push(self.asking_line());
        lines
    }

    fn own_invocation_line(&self, at: usize, label: &str, exchange: &Exchange) -> Line {
        let (about, what) = (AEF.role.code(), "an invocation");
        let request = exchange.request.as_ref().map(RawMessage::start_line).unwrap_or_default();
        let seen = format!("{request} → {}", lens::ending(exchange));
        let own = self.api(label).ok().and_then(|api| api.own_logic.as_ref());
        match exchange.status() {
            Some(_) if own.is_some_and(|own| lens::succeeded(own, exchange)) => Line::ok(about, what, seen),
            Some(200..=299) => Line::problem(
                about,
                what,
                format!("{seen}; it does not look as its success was said to look"),
                format!("correct aef.api.{at}.success: no scenario passes that needs its invocation to succeed"),
            ),
            Some(404 | 405 | 415) => Line::problem(
                about,
                what,
                seen,
                format!("is aef.api.{at}.request a request that it takes? See method, path and body"),
            ),
            Some(401 | 403) => {
                let why = "a run says whether that is right; where it is not, are aef-id, and name and id of [[aef.api]], \
                           what it knows of itself?";
                Line::not_checkable(about, what, format!("{seen}: {why}"))
            }
            Some(_) | None => Line::not_checkable(about, what, format!("{seen}: a run says whether that is right")),
        }
    }

    fn asking_line(&self) -> Line {
        let about = AEF.role.code();
        let asked = self.exchanges().iter().any(|other| lens::is_of(other, operation!("GetSecIndTrustedAPIInv")));
        let url = self.core_function().map(|core| core.url).unwrap_or_default();
        if asked {
            Line::ok(about, "callbacks reach us", format!("it asked our core function at {url} about the invoker"))
        } else {
            let why = format!(
                "nothing came to {url}: it may know what it needs, or have been told another address (core-port and \
                 harness.advertise say which)"
            );
            Line::not_checkable(about, "callbacks reach us", why)
        }
    }

    /// What came of an errand since, and whether our core function was trusted.
    pub(super) async fn went(&self, errand: &Errand<'_>, mark: ExchangeId, stop: Option<&Stop>) -> Vec<Line> {
        if let Some(Stop::NotApplicable(_)) = stop {
            return vec![errand.came(&[], stop)];
        }
        self.let_arrive(mark, errand.operation).await;
        let since = self.since(mark);
        vec![errand.came(&since, stop), core_certificate(errand.about, &since)]
    }

    /// The methods that it claims of those that an invoker of ours knows.
    pub(super) fn offered_methods(&self) -> Vec<String> {
        let claims = self.target.claims(self.plan.sut);
        let claimed = |method: &String| claims.is_none_or(|claims| claims.has(&Capable::Method(method.clone())));
        ["PKI", "OAUTH"].into_iter().map(str::to_owned).filter(claimed).collect()
    }

    /// An invoker of ours calls the service API, with a good token where there are any.
    async fn invoke_once(&mut self, methods: &[String]) -> Result<Arc<Exchange>, Stop> {
        let labels = self.labels();
        self.onboard(Party::INVOKER, &labels).await?;
        let best: Vec<String> = methods.last().cloned().into_iter().collect();
        let wanted = self.wanted(AEF, &best)?;
        self.have_negotiated(Party::INVOKER, &[wanted]).await?;
        if best.iter().any(|method| method == "OAUTH") {
            self.have_token(Party::INVOKER, &labels).await?;
        }
        self.try_api().await?;
        self.invoke(Party::INVOKER, &Invoked::reading(LABEL)).await
    }

    /// An invoker initiates authentication, and offers what the exposing function claims.
    async fn try_api(&mut self) -> Result<(), Stop> {
        let Some(claims) = self.target.claims(AEF.role).cloned() else { return Ok(()) };
        if !claims.has(&Capable::Api(Service::AefSecurity)) {
            return Ok(());
        }
        let id = self.id_of(Party::INVOKER).unwrap_or_else(|_unknown| self.names.fresh("nobody"));
        let prefix = self.prefix_at(AEF);
        let mut stimulus = aef_security::initiate_authentication(Party::INVOKER, AEF, &id).under(&prefix);
        if let Some(features) = claims.features.get(&Service::AefSecurity) {
            stimulus = offering(stimulus, Service::AefSecurity, features);
        }
        self.send_clean(&stimulus, "doctor: Authentication Initiation Request").await?;
        Ok(())
    }

    /// What came back from the exposing function itself.
    async fn check_serving(&mut self, invoked: Option<Result<Arc<Exchange>, Stop>>) -> Vec<Line> {
        let about = AEF.role.code();
        let mut lines = Vec::new();
        match invoked {
            Some(Ok(exchange)) if self.provision().is_some() => {
                lines.extend(self.own_invocation_lines(&exchange).await);
            }
            Some(Ok(exchange)) => lines.push(self.invocation_line(&exchange).await),
            // What our own peers would not do says nothing of the product.
            Some(Err(stop)) => lines.push(Line::not_checkable(about, "an invocation", stop.reason())),
            // It has not come so far: whoever is at its place answers a stranger as well.
            None => {
                if let Err(stop) = self.try_api().await {
                    lines.push(Line::not_checkable(about, "an invocation", stop.reason()));
                }
            }
        }
        let exchanges = self.exchanges();
        lines.push(our_certificates(about, &exchanges, AEF, TRUST_CURE));
        lines.push(clock_of_answers(about, &exchanges, AEF));
        lines.extend(self.api_lines(&exchanges));
        lines
    }

    async fn invocation_line(&mut self, exchange: &Exchange) -> Line {
        let (about, what) = (AEF.role.code(), "an invocation");
        let seen = format!("GET → {}", lens::ending(exchange));
        let logic = match self.service_url(AEF).await {
            Ok(url) => url,
            Err(error) => return Line::not_checkable(about, what, error.to_string()),
        };
        let authority = logic.strip_prefix("http://").unwrap_or(&logic).to_owned();
        let reached = self.exchanges().iter().any(|other| {
            other.id > exchange.id
                && other.witnesses.server
                && other.server.name() == "service"
                && other.request.is_some()
        });
        if reached {
            return Line::ok(about, what, format!("{seen}; it was passed on to our service logic at {authority}"));
        }
        match exchange.outcome {
            Outcome::HandshakeRefused { by: End::Server, .. } => {
                Line::not_checkable(about, what, "it was refused in the handshake, as said of our certificates")
            }
            // By these it says that whoever is to serve is not there.
            Outcome::Answered if matches!(exchange.status(), Some(502..=504)) => Line::problem(
                about,
                what,
                format!("{seen}; nothing reached our service logic at {authority}"),
                "can it reach that address? See harness.advertise, harness.ports and firewalls between",
            ),
            Outcome::Open
            | Outcome::Answered
            | Outcome::HandshakeRefused { .. }
            | Outcome::ClosedWithoutAnswer
            | Outcome::TimedOut { .. }
            | Outcome::Unreachable { .. }
            | Outcome::Malformed { .. } => Line::not_checkable(
                about,
                what,
                format!("{seen}; nothing reached our service logic at {authority}: a run says whether that is right"),
            ),
        }
    }

    /// Whether `AEF_Security_API` is there, and with the features that are claimed.
    fn api_lines(&self, exchanges: &[Arc<Exchange>]) -> Vec<Line> {
        let about = AEF.role.code();
        let what = format!("API {}", Service::AefSecurity);
        let Some(claims) = self.target.claims(AEF.role) else { return Vec::new() };
        let Some(tried) = exchanges.iter().rfind(|exchange| lens::is_of(exchange, operation!("CheckAuthReq"))) else {
            return vec![Line::not_checkable(about, &what, "it does not claim it, or nobody came to ask for it")];
        };
        let seen = format!("POST check-authentication → {}", lens::ending(tried));
        let is_named = claims.apis.as_ref().is_some_and(|apis| apis.contains(&Service::AefSecurity));
        let mut lines = vec![match tried.status() {
            Some(404 | 405 | 501) if is_named => {
                let cure =
                    format!("is it at the root of aef.url? Else leave {} out of aef.claims.apis", Service::AefSecurity);
                Line::problem(about, &what, seen, cure)
            }
            Some(404 | 405 | 501) | None => Line::not_checkable(about, &what, seen),
            Some(_) => Line::ok(about, &what, seen),
        }];
        if let Some(claimed) = claims.features.get(&Service::AefSecurity) {
            let what = format!("features of {}", Service::AefSecurity);
            lines.push(match features_of_answer(tried) {
                Some(came) if lens::accepted(tried) => compared(about, &what, claimed, &came, "negotiated"),
                Some(_) | None => {
                    Line::not_checkable(about, &what, format!("its answer names none: {}", lens::ending(tried)))
                }
            });
        }
        lines
    }
}
