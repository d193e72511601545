//! Claimed features against negotiated ones: what is claimed is offered, and has to come back (TS 29.500 clause 6.6.2).

use std::sync::Arc;

use serde_json::Value;

use super::Line;
use crate::checks::lens;
use crate::drive::Stimulus;
use crate::drive::enrolment::{self, Profile, Publication};
use crate::drive::stimulus::Body;
use crate::lab::{Lab, LabError, Stop};
use crate::spec::{Party, Service};
use crate::target::Features;
use crate::wire::Exchange;

const ABOUT: &str = "ccf";
const MEMBER: &str = "supportedFeatures";

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
        lines.push(match offer(lab, label, service, &features).await {
            Ok(Some(exchange)) => compared(&what, &features, &exchange),
            Ok(None) => Line::not_checkable(ABOUT, &what, "no request of ours carries features of this API"),
            Err(stop) => Line::not_checkable(ABOUT, &what, stop.reason()),
        });
    }
    lines
}

async fn offer(
    lab: &mut Lab,
    label: &str,
    service: Service,
    features: &Features,
) -> Result<Option<Arc<Exchange>>, Stop> {
    let invoker = Party::INVOKER;
    let stimulus = match service {
        Service::Security => {
            let wanted = lab.wanted(Party::EXPOSING_FUNCTION, &["OAUTH".to_owned()])?;
            lab.renegotiation(invoker, &[wanted]).await?
        }
        Service::PublishService => publication(lab, label)?,
        Service::DiscoverService
        | Service::Events
        | Service::InvokerManagement
        | Service::AccessControlPolicy
        | Service::Logging
        | Service::Auditing
        | Service::AefSecurity
        | Service::ProviderManagement
        | Service::RoutingInfo
        | Service::OpenDiscover => return Ok(None),
    };
    let stimulus = offering(stimulus, features);
    Ok(Some(lab.send_clean(&stimulus, "doctor: claimed features").await?))
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

fn offering(mut stimulus: Stimulus, features: &Features) -> Stimulus {
    if let Body::Json(Value::Object(members)) = &mut stimulus.body {
        members.insert(MEMBER.to_owned(), features.to_string().into());
    }
    stimulus
}

fn compared(what: &str, claimed: &Features, exchange: &Exchange) -> Line {
    if !lens::accepted(exchange) {
        return Line::not_checkable(ABOUT, what, format!("the offer was not accepted: {}", lens::ending(exchange)));
    }
    let answered = lens::answer_object(exchange).and_then(|answer| answer.get(MEMBER)?.as_str().map(str::to_owned));
    let negotiated: Features = answered.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default();
    let missing: Vec<String> =
        claimed.numbers().filter(|number| !negotiated.has(*number)).map(|number| number.to_string()).collect();
    if missing.is_empty() {
        return Line::ok(ABOUT, what, format!("offered {claimed}, negotiated {negotiated}"));
    }
    let cure = "correct ccf.claims.features: what is claimed and not negotiated is not there";
    let seen = format!("claims {claimed}, negotiated {negotiated}: without feature {}", missing.join(", "));
    Line::problem(ABOUT, what, seen, cure)
}
