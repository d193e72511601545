//! Whether the claimed APIs answer. What was done already shows it; else a request is made that changes nothing.

use std::sync::Arc;

use super::Line;
use crate::checks::lens;
use crate::lab::{Lab, LabError};
use crate::spec::{Party, Service};
use crate::wire::{Exchange, Request};

const ABOUT: &str = "ccf";
/// What scenarios of a core function rely on: asked for where it does not say which APIs it has.
const RELIED_ON: [Service; 4] =
    [Service::ProviderManagement, Service::PublishService, Service::InvokerManagement, Service::Security];
/// A path below which nobody offers anything.
const NOWHERE: &str = "/capifspec-doctor/v1";

/// A line for each API that is claimed, or relied on where none is claimed by name.
pub(super) async fn answer(lab: &Lab) -> Vec<Line> {
    let claimed = lab.core.claims.apis.clone().unwrap_or_else(|| RELIED_ON.to_vec());
    let mut lines = Vec::new();
    for service in claimed.into_iter().filter(|service| *service != Service::AefSecurity) {
        let what = format!("API {service}");
        lines.push(match shown(&lab.exchanges(), service) {
            Some(line) => line,
            None => {
                probe(lab, service).await.unwrap_or_else(|error| Line::not_checkable(ABOUT, &what, error.to_string()))
            }
        });
    }
    lines
}

/// What requests of this API came to already.
fn shown(exchanges: &[Arc<Exchange>], service: Service) -> Option<Line> {
    let of_service = exchanges.iter().filter(|exchange| {
        exchange.server.name() == Party::CORE_FUNCTION.name()
            && lens::operation(exchange).is_some_and(|operation| operation.service == service)
    });
    let told: Vec<&Arc<Exchange>> = of_service.filter(|exchange| exchange.status().is_some()).collect();
    let best = told.iter().find(|exchange| lens::accepted(exchange)).or(told.first())?;
    let seen = format!("{} → {}", request_line(best), lens::ending(best));
    let what = format!("API {service}");
    Some(match best.status() {
        Some(404) => Line::problem(ABOUT, &what, seen, missing(service)),
        Some(_) | None => Line::ok(ABOUT, &what, seen),
    })
}

/// A GET below the root of the API, and one where nobody is: different answers show that somebody is there.
async fn probe(lab: &Lab, service: Service) -> Result<Line, LabError> {
    let what = format!("API {service}");
    let asked = get(lab, service, &below(service)).await?;
    let seen = format!("{} → {}", request_line(&asked), lens::ending(&asked));
    let Some(status) = asked.status() else {
        return Ok(Line::problem(ABOUT, &what, seen, missing(service)));
    };
    let nowhere = get(lab, service, NOWHERE).await?.status();
    if Some(status) == nowhere {
        return Ok(Line::not_checkable(ABOUT, &what, format!("{seen}, as for a path where nobody is")));
    }
    Ok(Line::ok(ABOUT, &what, seen))
}

async fn get(lab: &Lab, service: Service, below: &str) -> Result<Arc<Exchange>, LabError> {
    let client = crate::wire::Party::new(&Party::INVOKER.name());
    let identity = lab.played.get(&Party::INVOKER).map(|played| &played.identity);
    let request = Request::new("GET", &format!("{}{below}", lab.prefix(service)));
    let id = lab.caller.call(&client, identity, &lab.route_to_core(service), &request, "doctor").await;
    lab.timeline.get(id).ok_or(LabError::Lost)
}

fn missing(service: Service) -> String {
    format!(
        "is the prefix in ccf.url right, or has it another place in [ccf.apis]? Else leave {service} out of ccf.claims.apis"
    )
}

fn request_line(exchange: &Exchange) -> String {
    let line = exchange.request.as_ref().and_then(|request| Some((request.method()?, request.target()?)));
    line.map_or_else(|| "no request".to_owned(), |(method, target)| format!("{method} {target}"))
}

/// Something below the root of an API that is read with GET, or refused.
fn below(service: Service) -> String {
    let resource = match service {
        Service::DiscoverService => "allServiceAPIs",
        Service::PublishService => "doctor/service-apis",
        Service::Events => "doctor/subscriptions",
        Service::InvokerManagement => "onboardedInvokers",
        Service::Security => "trustedInvokers/doctor",
        Service::AccessControlPolicy => "accessControlPolicyList/doctor",
        Service::Logging => "doctor/logs",
        Service::Auditing => "apiInvocationLogs",
        Service::ProviderManagement => "registrations",
        Service::RoutingInfo => "service-apis/doctor",
        Service::AefSecurity | Service::OpenDiscover => "doctor",
    };
    format!("{}/{resource}", service.root())
}
