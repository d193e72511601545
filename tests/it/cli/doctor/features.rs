//! Features that are claimed of a core function, offered to each API that takes an offer.

use capifspec::wire::{Incoming, Reply};
use serde_json::Value;

use super::{doctor, is};
use crate::cli::Desk;
use crate::cli::serving::Served;
use crate::stand_in::StandIn;

/// Claims of these features, as words for the command line.
fn claiming(features: &[(&str, &str)]) -> String {
    features.iter().map(|(service, features)| format!(" --set ccf.claims.features.{service}={features}")).collect()
}

#[test]
fn what_a_target_claims_is_what_it_negotiates() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let right =
        [("provider_management", "1"), ("invoker_management", "4"), ("publish_service", "2"), ("security", "4")];
    let told = doctor(&desk, &format!("--target capif/target.toml{}", claiming(&right)), 0);
    for (service, features) in right {
        let seen = format!("claims {features}, negotiated {features}");
        is(&told, "ccf", &format!("features of {service}"), "ok", &seen);
    }
    is(&told, "ccf", "callbacks reach us", "ok", "a revocation was told");
    // Another provider, another invoker and another publication than without claims.
    is(&told, "ccf", "clean-up", "ok", "all of 6 things");
}

#[test]
fn what_a_target_claims_and_does_not_negotiate_is_told_for_each_api() {
    let desk = Desk::new();
    let _served = Served::with(&desk, "--quiet");
    let wrong = [("provider_management", "2"), ("invoker_management", "3")];
    let silent = [
        ("events", "not accepted: 404"),
        ("discover_service", "names no features"),
        ("logging", "nothing deletes"),
        ("access_control_policy", "no answer of this API"),
        ("aef_security", "exposing functions"),
    ];
    let claims = [&wrong[..], &silent.map(|(service, _)| (service, "1"))].concat();
    let told = doctor(&desk, &format!("--target capif/target.toml{}", claiming(&claims)), 2);
    for (service, _) in wrong {
        is(&told, "ccf", &format!("features of {service}"), "problem", "negotiated 0");
    }
    for (service, why) in silent {
        is(&told, "ccf", &format!("features of {service}"), "not checkable", why);
    }
    is(&told, "ccf", "clean-up", "ok", "all of");
}

/// A core function that has every API: it takes the first feature of each, whatever is offered; discovery has none.
fn with_every_api(incoming: &Incoming) -> Option<Reply> {
    let path = incoming.target.split('?').next().unwrap_or_default();
    let json = |status: u16, body: Value| Reply::new(status).body("application/json", body.to_string());
    let echo = || serde_json::from_slice::<Value>(&incoming.body).unwrap_or_default();
    let offered = incoming.target.contains("supported-features=1");
    let told = |name: &str, features: &str| offered.then(|| json(200, serde_json::json!({ name: features })));
    Some(match (incoming.method.as_str(), path.split('/').nth(1).unwrap_or_default()) {
        ("PUT", "capif-security") => json(201, echo()).header("Location", path),
        ("POST", "capif-events") => json(201, echo()).header("Location", &format!("{path}/one")),
        ("GET", "service-apis") => told("suppFeat", "0")?,
        ("GET", "logs") => told("supportedFeatures", "0f")?,
        ("GET", "open-api-disc") => told("suppFeat", "1")?,
        ("DELETE", _) => Reply::new(204),
        _ => Reply::new(404),
    })
}

#[test]
fn features_are_offered_in_bodies_and_in_queries() {
    let desk = Desk::new();
    let stand_in = StandIn::enrolling(with_every_api);
    stand_in.hand_over(desk.path(), 2_000);
    let claimed = ["events", "auditing", "open_discover", "discover_service"].map(|service| (service, "1"));
    let told = doctor(&desk, &claiming(&claimed), 2);
    is(&told, "ccf", "features of events", "ok", "negotiated 1");
    is(&told, "ccf", "features of auditing", "ok", "negotiated F");
    is(&told, "ccf", "features of open_discover", "ok", "negotiated 1");
    is(&told, "ccf", "features of discover_service", "problem", "negotiated 0");
    is(&told, "ccf", "clean-up", "ok", "all of");
}
