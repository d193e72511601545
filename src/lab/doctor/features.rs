//! Claimed features against negotiated ones: what is claimed is offered, and has to come back (TS 29.500 clause 6.6.2).
//!
//! An API is offered its features where that leaves nothing behind: what a request creates is deleted again.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Line;
use super::exchanged::{compared, features_of_answer};
use crate::checks::lens;
use crate::drive::enrolment::{self, Profile, Publication};
use crate::drive::stimulus::{Body, path_segment};
use crate::drive::{Stimulus, discovery};
use crate::lab::attempt::SIBLING;
use crate::lab::{Lab, LabError, Stop};
use crate::operation;
use crate::spec::{Party, Role, Service};
use crate::target::Features;
use crate::wire::{Exchange, ExchangeId};

const ABOUT: &str = "ccf";
const PURPOSE: &str = "doctor: claimed features";
/// Registers once more, with what is claimed.
const SECOND_FUNCTION: Party = Party { role: Role::ExposingFunction, ordinal: 2 };

/// What an API was asked, or why it is not.
enum Offer {
    Made(Arc<Exchange>),
    Impossible(&'static str),
}

/// Offers the claimed features of each API where that takes one request.
pub(super) async fn agree(lab: &mut Lab, label: &str) -> Vec<Line> {
    let claimed: Vec<(Service, Features)> =
        lab.core.claims.features.iter().map(|(service, features)| (*service, features.clone())).collect();
    if claimed.is_empty() {
        return vec![Line::not_checkable(ABOUT, "claimed features", "it claims none")];
    }
    let mut lines = Vec::new();
    for (service, features) in claimed {
        let what = format!("features of {service}");
        lab.offered = Some((service, features.clone()));
        let offer = offer(lab, label, service, &features).await;
        lab.offered = None;
        lines.push(match offer {
            Ok(Offer::Made(exchange)) => negotiated(&what, service, &features, &exchange),
            Ok(Offer::Impossible(why)) => Line::not_checkable(ABOUT, &what, why),
            Err(stop) => Line::not_checkable(ABOUT, &what, stop.reason()),
        });
    }
    lines
}

impl Lab {
    /// The same with the features that are to be offered to its API; nobody offers any but for the doctor.
    pub(in crate::lab) fn offering(&self, stimulus: Stimulus) -> Stimulus {
        match (&self.offered, stimulus.operation) {
            (Some((service, features)), Some(operation)) if operation.service == *service => {
                offering(stimulus, *service, features)
            }
            (_, _) => stimulus,
        }
    }
}

/// What names the features in a body of the API.
fn member(service: Service) -> &'static str {
    if service == Service::ProviderManagement { "suppFeat" } else { "supportedFeatures" }
}

/// The same with these features offered in its body.
pub(super) fn offering(mut stimulus: Stimulus, service: Service, features: &Features) -> Stimulus {
    if let Body::Json(Value::Object(members)) = &mut stimulus.body {
        members.insert(member(service).to_owned(), features.to_string().into());
    }
    stimulus
}

async fn offer(lab: &mut Lab, label: &str, service: Service, features: &Features) -> Result<Offer, Stop> {
    let mark = lab.timeline.mark();
    let stimulus = match service {
        Service::Security => {
            let wanted = lab.wanted(Party::EXPOSING_FUNCTION, &["OAUTH".to_owned()])?;
            lab.renegotiation(Party::INVOKER, &[wanted]).await?
        }
        Service::PublishService => publication(lab, label)?,
        Service::ProviderManagement => {
            let registered = lab.register_provider(&[SECOND_FUNCTION]).await;
            return made(lab, mark, service, registered);
        }
        Service::InvokerManagement => {
            let onboarded = lab.onboard(SIBLING, &[label.to_owned()]).await;
            return made(lab, mark, service, onboarded);
        }
        Service::Events => subscription(lab).await?,
        Service::DiscoverService => {
            let id = lab.id_of(Party::INVOKER)?;
            asking(discovery::discover(Party::INVOKER, &lab.prefix(service), &id, None), features)
        }
        Service::Auditing => {
            let aef_id = path_segment(&lab.id_of(Party::EXPOSING_FUNCTION)?);
            let target = format!("{}/logs/v1/apiInvocationLogs?aef-id={aef_id}", lab.prefix(service));
            let by = Party::MANAGEMENT_FUNCTION;
            asking(Stimulus::new(operation!("GetAPIInvLogs"), by, target, Body::Empty), features)
        }
        Service::OpenDiscover => {
            let target = format!("{}/open-api-disc/v1/service-apis?", lab.prefix(service));
            let stimulus = Stimulus::new(operation!("GetServAPIs"), Party::INVOKER, target, Body::Empty);
            asking(stimulus, features)
        }
        Service::AccessControlPolicy | Service::RoutingInfo => {
            return Ok(Offer::Impossible("no answer of this API names features"));
        }
        Service::Logging => {
            return Ok(Offer::Impossible("an offer would leave an entry in its log, which nothing deletes"));
        }
        Service::AefSecurity => return Ok(Offer::Impossible("this API is offered by exposing functions")),
    };
    let stimulus = lab.offering(stimulus);
    Ok(Offer::Made(lab.send_clean(&stimulus, PURPOSE).await?))
}

/// The exchange by which a party enrolled since, or why it did not.
fn made(lab: &Lab, mark: ExchangeId, service: Service, done: Result<(), Stop>) -> Result<Offer, Stop> {
    let exchanges = lab.exchanges();
    let of_service = |exchange: &&Arc<Exchange>| {
        exchange.id > mark && lens::operation(exchange).is_some_and(|operation| operation.service == service)
    };
    match (exchanges.iter().rfind(of_service), done) {
        (Some(exchange), _) => Ok(Offer::Made(Arc::clone(exchange))),
        (None, Err(stop)) => Err(stop),
        (None, Ok(())) => Err(LabError::Lost.into()),
    }
}

fn publication(lab: &Lab, label: &str) -> Result<Stimulus, LabError> {
    let aef = Party::EXPOSING_FUNCTION;
    let publisher = lab.publishers.get(&aef).copied().ok_or(LabError::NotEnrolled(aef))?;
    let aef_id = lab.id_of(aef)?;
    let name = lab.names.fresh(label);
    let profile = Profile { aef_id: &aef_id, interface: ("203.0.113.1", 20_000) };
    let publication = Publication { name: &name, methods: &["OAUTH".to_owned()], profiles: vec![profile] };
    Ok(enrolment::publish(publisher, &lab.prefix(Service::PublishService), &lab.id_of(publisher)?, &publication))
}

/// The publishing function subscribes: what comes of it comes to another address than what an invoker is told.
async fn subscription(lab: &mut Lab) -> Result<Stimulus, Stop> {
    let by = Party::PUBLISHING_FUNCTION;
    let destination = lab.fresh_destination(by).await?;
    let body = json!({ "events": ["SERVICE_API_AVAILABLE"], "notificationDestination": destination });
    let id = path_segment(&lab.id_of(by)?);
    let target = format!("{}/capif-events/v1/{id}/subscriptions", lab.prefix(Service::Events));
    Ok(Stimulus::new(operation!("CreateEventSubsc"), by, target, Body::Json(body)))
}

/// The same with these features in its query.
fn asking(mut stimulus: Stimulus, features: &Features) -> Stimulus {
    let between = if stimulus.target.ends_with('?') { "" } else { "&" };
    stimulus.target.push_str(&format!("{between}supported-features={features}"));
    stimulus
}

fn negotiated(what: &str, service: Service, claimed: &Features, exchange: &Exchange) -> Line {
    if !lens::accepted(exchange) {
        return Line::not_checkable(ABOUT, what, format!("the offer was not accepted: {}", lens::ending(exchange)));
    }
    match features_of_answer(exchange) {
        Some(negotiated) => compared(ABOUT, what, claimed, &negotiated, "negotiated"),
        // Whoever names none in the answer to an offer has none (TS 29.500 6.6.2). Answers to queries had no place for
        // them in earlier releases, or have one only where something was found.
        None if is_asked_by_query(service) => {
            Line::not_checkable(ABOUT, what, "its answer to a query names no features")
        }
        None => compared(ABOUT, what, claimed, &Features::default(), "negotiated"),
    }
}

fn is_asked_by_query(service: Service) -> bool {
    matches!(service, Service::DiscoverService | Service::Auditing | Service::OpenDiscover)
}
