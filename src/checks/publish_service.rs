//! What a publishing function sends to publish a service API: TS 23.222 clause 8.3, TS 29.222 clauses 5.3.2.2 and 8.2.4.2.

use serde_json::{Map, Value};

use super::evidence::Evidence;
use super::provider_management::on_every_body;
use super::{Check, Judgement, lens};
use crate::spec::{Party, Release, Role};
use crate::wire::Exchange;
use crate::{data_type, operation, req};

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &PUBLICATION_SENT,
    &PUBLICATION_IS_JSON,
    &PUBLICATION_DESCRIBES,
    &NO_API_ID,
    &PROFILES_GIVEN,
    &ONE_ADDRESS,
    &PROFILE_COMPLETE,
    &DOMAIN_NAME_OR_INTERFACES,
];

/// A service API is published by the function that says it is.
pub const PUBLICATION_SENT: Check = Check {
    slug: "published-under-its-own-identity",
    role: Role::PublishingFunction,
    requirements: &[req!("23222-8.3.3-01")],
    judge: |evidence| {
        on_publications(evidence, "POST published-apis/v1/{own apfId}/service-apis", |exchange, _| {
            under_another(evidence, exchange)
        })
    },
};

/// The same, with the description as JSON.
pub const PUBLICATION_IS_JSON: Check = Check {
    slug: "published-as-json",
    role: Role::PublishingFunction,
    requirements: &[req!("29222-5.3.2.2.2-01")],
    judge: |evidence| {
        let expected = "POST published-apis/v1/{own apfId}/service-apis with application/json";
        on_publications(evidence, expected, |exchange, _| {
            let media = exchange.request.as_ref().and_then(lens::media_type);
            let other = media.as_deref() != Some("application/json");
            under_another(evidence, exchange).or_else(|| other.then(|| media.unwrap_or_else(|| "no type".to_owned())))
        })
    },
};

/// The description is what the data type asks for.
pub const PUBLICATION_DESCRIBES: Check = Check {
    slug: "publication-describes-the-api",
    role: Role::PublishingFunction,
    requirements: &[req!("23222-8.3.2-01")],
    judge: |evidence| {
        on_publications(evidence, "a ServiceAPIDescription with apiName", |exchange, _| {
            let bytes = exchange.request.as_ref().map(|request| request.body.as_slice()).unwrap_or_default();
            lens::violation(data_type!("ServiceAPIDescription"), evidence.release, bytes)
        })
    },
};

/// The identifier is the core function's to give.
pub const NO_API_ID: Check = Check {
    slug: "published-without-api-id",
    role: Role::PublishingFunction,
    requirements: &[req!("29222-8.2.4.2.2-02")],
    judge: |evidence| {
        on_publications(evidence, "a ServiceAPIDescription without apiId", |_, body| {
            body.get("apiId").map(|id| format!("apiId {id}"))
        })
    },
};

/// Who exposes the API is said.
pub const PROFILES_GIVEN: Check = Check {
    slug: "published-with-profiles",
    role: Role::PublishingFunction,
    requirements: &[req!("29222-8.2.4.2.2-03")],
    judge: |evidence| {
        on_publications(evidence, "aefProfiles that are not empty", |_, body| {
            list(body, "aefProfiles").is_empty().then(|| "none".to_owned())
        })
    },
};

/// An interface is at one place.
pub const ONE_ADDRESS: Check = Check {
    slug: "interface-at-one-address",
    role: Role::PublishingFunction,
    requirements: &[req!("29222-8.2.4.2.3-01")],
    judge: |evidence| {
        let known: &[&str] = if evidence.release >= Release::Rel18 {
            &["ipv4Addr", "ipv6Addr", "fqdn"]
        } else {
            &["ipv4Addr", "ipv6Addr"]
        };
        let expected = format!("exactly one of {} in every InterfaceDescription", known.join(", "));
        on_publications(evidence, &expected, |_, body| {
            let interfaces = profiles(body).into_iter().flat_map(|profile| list(&profile, "interfaceDescriptions"));
            let named = |interface: &Value| known.iter().filter(|name| interface.get(**name).is_some()).count();
            interfaces
                .map(|interface| named(&interface))
                .find(|count| *count != 1)
                .map(|count| format!("{count} of them"))
        })
    },
};

/// A profile says whose it is and in which versions.
pub const PROFILE_COMPLETE: Check = Check {
    slug: "profile-names-function-and-versions",
    role: Role::PublishingFunction,
    requirements: &[req!("29222-8.2.4.2.4-01")],
    judge: |evidence| {
        on_publications(evidence, "aefId and versions in every AefProfile", |_, body| {
            profiles(body).into_iter().find_map(|profile| {
                let nobody = profile.get("aefId").and_then(Value::as_str).unwrap_or_default().is_empty();
                let no_versions = list(&profile, "versions").is_empty();
                (nobody || no_versions).then(|| if nobody { "no aefId".to_owned() } else { "no version".to_owned() })
            })
        })
    },
};

/// A profile says in one way where it is.
pub const DOMAIN_NAME_OR_INTERFACES: Check = Check {
    slug: "profile-names-domain-or-interfaces",
    role: Role::PublishingFunction,
    requirements: &[req!("29222-8.2.4.2.4-02")],
    judge: |evidence| {
        on_publications(
            evidence,
            "exactly one of domainName and interfaceDescriptions in every AefProfile",
            |_, body| {
                profiles(body).into_iter().find_map(|profile| {
                    let (domain, interfaces) =
                        (profile.contains_key("domainName"), profile.contains_key("interfaceDescriptions"));
                    (domain == interfaces).then(|| if domain { "both".to_owned() } else { "neither".to_owned() })
                })
            },
        )
    },
};

/// Looks at every publication for the first thing that is wrong with one.
fn on_publications(
    evidence: &Evidence<'_>,
    expected: &str,
    wrong: impl Fn(&Exchange, &Map<String, Value>) -> Option<String>,
) -> Judgement {
    on_every_body(evidence, (Party::PUBLISHING_FUNCTION, operation!("CreateAPFPubAPIs")), expected, wrong)
}

/// The function of the path, where it is not the one that was registered to publish.
fn under_another(evidence: &Evidence<'_>, exchange: &Exchange) -> Option<String> {
    let segments = exchange.request.as_ref().and_then(lens::path).map(|path| lens::segments(&path)).unwrap_or_default();
    let under = segments.iter().rev().nth(1).cloned().unwrap_or_default();
    (Some(under.as_str()) != evidence.roster.id(Party::PUBLISHING_FUNCTION)).then(|| format!("under `{under}`"))
}

fn profiles(body: &Map<String, Value>) -> Vec<Map<String, Value>> {
    list(body, "aefProfiles").iter().filter_map(Value::as_object).cloned().collect()
}

fn list(body: &Map<String, Value>, member: &str) -> Vec<Value> {
    body.get(member).and_then(Value::as_array).cloned().unwrap_or_default()
}
