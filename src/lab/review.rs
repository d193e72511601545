//! The static conformance review: claims of the role under test, held against what it says on the wire.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::{Lab, Stop};
use crate::checks::lens;
use crate::spec::{Operation, Party, Role, Service};
use crate::target::{Capability, Capable, Claims, Features};
use crate::verdict::{Finding, Verdict};
use crate::wire::{Exchange, RawMessage};

/// The slug under which contradicted claims are reported.
pub const REVIEW: &str = "claims-agree-with-the-wire";

/// The claims that were found contradicted in a run: each is told once, not in every scenario that shows it.
#[derive(Clone, Debug, Default)]
pub struct Reviewed(Arc<Mutex<BTreeSet<String>>>);

/// A claim that the wire contradicts.
struct Contradiction {
    capability: Capability,
    exchange: u64,
    observed: String,
}

impl Lab {
    /// A capability that the role under test does not claim is not asked of it.
    pub(super) fn needs(&self, what: Capable) -> Result<(), Stop> {
        let role = self.plan.sut;
        match self.target.claims(role) {
            Some(claims) if !claims.has(&what) => Err(Stop::NotApplicable(unclaimed(&Capability { role, what }))),
            Some(_) | None => Ok(()),
        }
    }

    /// Parties of ours need an API of the core function. Where that is ours as well, it is nobody's claim.
    pub(super) fn needs_of_core(&self, service: Service) -> Result<(), Stop> {
        if self.target.core_function.is_some() { self.needs(Capable::Api(service)) } else { Ok(()) }
    }

    /// A wish for security methods of which the role under test claims none is not made.
    pub(super) fn needs_one_of(&self, methods: &[String]) -> Result<(), Stop> {
        let refused = |method: &String| self.needs(Capable::Method(method.clone())).err();
        let mut stops = methods.iter().map(refused);
        match stops.next().flatten() {
            Some(stop) if stops.all(|stop| stop.is_some()) => Err(stop),
            Some(_) | None => Ok(()),
        }
    }

    /// What the role under test says on the wire and does not claim. Contradicted claims are no requirement's miss: they
    /// warn, so that whoever reads the report knows that scenarios were left out which the product is good for.
    #[must_use]
    pub fn review(&self, reviewed: &Reviewed) -> Vec<Finding> {
        let role = self.plan.sut;
        let Some(claims) = self.target.claims(role) else {
            return Vec::new();
        };
        let exchanges = self.timeline.snapshot();
        let said = exchanges.iter().flat_map(|exchange| shown(role, exchange));
        let contradicted = said.filter(|contradiction| contradicts(claims, &contradiction.capability.what));
        contradicted.filter(|contradiction| reviewed.is_new(&contradiction.capability)).map(finding).collect()
    }
}

impl Reviewed {
    fn is_new(&self, capability: &Capability) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(capability.to_string())
    }
}

/// Why a scenario is left out.
#[must_use]
pub fn unclaimed(capability: &Capability) -> String {
    format!("the target does not claim {capability}")
}

/// Silence about the features of an API is no claim that it has none.
fn contradicts(claims: &Claims, what: &Capable) -> bool {
    match what {
        Capable::Feature(service, _) if !claims.features.contains_key(service) => false,
        Capable::Api(_) | Capable::Feature(..) | Capable::Method(_) | Capable::Grant(_) => !claims.has(what),
    }
}

fn finding(contradiction: Contradiction) -> Finding {
    let capability = contradiction.capability;
    Finding {
        check: REVIEW.to_owned(),
        role: capability.role,
        requirements: Vec::new(),
        verdict: Verdict::Warn,
        expected: format!("nothing of {capability}, which [{}.claims] leaves out", capability.role.code()),
        observed: contradiction.observed,
        exchange: Some(contradiction.exchange),
    }
}

/// The capabilities that a role shows in an exchange.
fn shown(role: Role, exchange: &Exchange) -> Vec<Contradiction> {
    let by = |name: &str| Party::named(name).is_some_and(|party| party.role == role && party.ordinal == 1);
    let answers = by(exchange.server.name()) && lens::accepted(exchange);
    let (Some(operation), true) = (lens::operation(exchange), answers || by(exchange.client.name())) else {
        return Vec::new();
    };
    let message = if answers { &exchange.response } else { &exchange.request };
    let body = message.as_ref().and_then(RawMessage::json).unwrap_or_default();
    let mut found: Vec<(Capable, String)> = Vec::new();
    if answers {
        let line = format!("{} {} was carried out", operation.method, operation.service.root());
        found.push((Capable::Api(operation.service), line));
    }
    if answers && operation.service_operation == "Obtain_Authorization" {
        found.push((Capable::Grant("client_credentials".to_owned()), "a token by client_credentials".to_owned()));
    }
    found.extend(features(operation, &body));
    found.extend(methods(&body, answers));
    let told =
        |(what, observed)| Contradiction { capability: Capability { role, what }, exchange: exchange.id.0, observed };
    found.into_iter().map(told).collect()
}

fn features(operation: &Operation, body: &Value) -> Vec<(Capable, String)> {
    let text = body.get("supportedFeatures").and_then(Value::as_str).unwrap_or_default();
    let set: Features = text.parse().unwrap_or_default();
    let told = |number| (Capable::Feature(operation.service, number), format!("supportedFeatures \"{text}\""));
    set.numbers().map(told).collect()
}

/// Security methods: selected in an answer, preferred or offered in a request.
fn methods(body: &Value, answers: bool) -> Vec<(Capable, String)> {
    let list = |member: &str| body.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    let texts = |entries: Vec<Value>, member: &str| -> Vec<(String, String)> {
        let values = entries.iter().filter_map(|entry| entry.get(member)).flat_map(|value| match value {
            Value::Array(values) => values.clone(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                vec![value.clone()]
            }
        });
        values.filter_map(|value| Some((value.as_str()?.to_owned(), format!("{member} {value}")))).collect()
    };
    let said = if answers {
        texts(list("securityInfo"), "selSecurityMethod")
    } else {
        [texts(list("securityInfo"), "prefSecurityMethods"), texts(list("aefProfiles"), "securityMethods")].concat()
    };
    said.into_iter().map(|(method, observed)| (Capable::Method(method), observed)).collect()
}
