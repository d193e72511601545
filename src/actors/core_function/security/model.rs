//! `ServiceSecurity`, `SecurityInformation` and `SecurityNotification` (TS 29.222 8.5.4.2), as this core function reads and
//! writes them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::actors::core_function::features::Feature;
use crate::actors::core_function::service_api::{Address, ServiceApi};
use crate::actors::json::{Invalid, Object};
use crate::actors::uri::Uri;
use crate::spec::Release;

/// What was negotiated with an invoker.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct SecurityContext {
    /// One entry per interface.
    pub(super) entries: Vec<Entry>,
    /// Where the invoker wants to be told of revocations.
    pub(super) destination: String,
    /// Whether it was updated since it was created.
    pub(super) updated: bool,
}

/// What was negotiated for one interface.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Entry {
    /// The interface.
    pub(super) interface: Interface,
    /// The API, where the invoker named one.
    pub(super) api_id: Option<String>,
    /// Methods that the invoker prefers, best first.
    pub(super) preferred: Vec<String>,
    /// The method selected; none when there is none in common.
    pub(super) selected: Option<String>,
}

/// How an entry names its interface.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Interface {
    /// By the exposing function: all its interfaces.
    OfAef(String),
    /// By its address.
    At {
        /// interfaceDetails, as sent.
        details: Value,
        /// What it is found by.
        address: Address,
    },
}

/// A security method request.
#[derive(Default)]
pub(super) struct Proposal {
    /// Entries without selection.
    pub(super) entries: Vec<Entry>,
    /// notificationDestination.
    pub(super) destination: String,
    /// The features in common, as the answer tells them.
    pub(super) features: Option<String>,
}

/// A revocation, as told in either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Notification {
    pub(super) api_invoker_id: String,
    pub(super) aef_id: Option<String>,
    pub(super) api_ids: Vec<String>,
    pub(super) cause: String,
}

impl SecurityContext {
    /// The `ServiceSecurity` of these entries.
    pub(super) fn service_security(&self, entries: &[Entry], features: Option<String>) -> Value {
        let entries = entries.iter().map(|entry| Value::Object(entry.security_information()));
        self.service_security_of(entries.collect(), features)
    }

    /// The `ServiceSecurity` of entries that are written already.
    pub(super) fn service_security_of(&self, entries: Vec<Value>, features: Option<String>) -> Value {
        let mut body = Map::new();
        body.insert("securityInfo".to_owned(), entries.into());
        body.insert("notificationDestination".to_owned(), self.destination.as_str().into());
        if let Some(features) = features {
            body.insert("supportedFeatures".to_owned(), features.into());
        }
        Value::Object(body)
    }
}

impl Entry {
    /// The `SecurityInformation` of this entry.
    pub(super) fn security_information(&self) -> Map<String, Value> {
        let mut body = Map::new();
        match &self.interface {
            Interface::OfAef(aef_id) => body.insert("aefId".to_owned(), aef_id.as_str().into()),
            Interface::At { details, .. } => body.insert("interfaceDetails".to_owned(), details.clone()),
        };
        if let Some(api_id) = &self.api_id {
            body.insert("apiId".to_owned(), api_id.as_str().into());
        }
        body.insert("prefSecurityMethods".to_owned(), self.preferred.clone().into());
        if let Some(selected) = &self.selected {
            body.insert("selSecurityMethod".to_owned(), selected.as_str().into());
        }
        body
    }

    /// The methods that each interface concerned offers.
    pub(super) fn offers<'a>(&self, apis: impl Iterator<Item = &'a ServiceApi>) -> Vec<&'a [String]> {
        apis.filter(|api| self.api_id.as_ref().is_none_or(|wanted| *wanted == api.id))
            .flat_map(|api| &api.profiles)
            .flat_map(|profile| profile.interfaces.iter().map(move |interface| (profile, interface)))
            .filter(|(profile, interface)| match &self.interface {
                Interface::OfAef(aef_id) => profile.aef_id == *aef_id,
                Interface::At { address, .. } => interface.address.as_ref() == Some(address),
            })
            .map(|(_profile, interface)| interface.methods.as_slice())
            .collect()
    }

    /// The exposing function whose interface this is.
    pub(super) fn exposing_function<'a>(&'a self, apis: &'a BTreeMap<String, ServiceApi>) -> Option<&'a str> {
        match &self.interface {
            Interface::OfAef(aef_id) => Some(aef_id),
            Interface::At { address, .. } => {
                let mut profiles = apis.values().flat_map(|api| &api.profiles);
                let has_it = |interface: &crate::actors::core_function::service_api::Interface| {
                    interface.address.as_ref() == Some(address)
                };
                profiles.find(|profile| profile.interfaces.iter().any(has_it)).map(|profile| profile.aef_id.as_str())
            }
        }
    }

    /// Whether this is an interface of the exposing function; of nobody in particular, every one is.
    pub(super) fn belongs_to(&self, aef_id: Option<&str>, apis: &BTreeMap<String, ServiceApi>) -> bool {
        aef_id.is_none_or(|aef_id| self.exposing_function(apis) == Some(aef_id))
    }
}

impl Proposal {
    /// Reads a `ServiceSecurity` that an invoker sent. Whatever only the core function may say is not looked at.
    pub(super) fn parse(body: &Value, release: Release) -> Result<Self, Invalid> {
        let root = Object::new(body, "")?;
        let listed = root.objects("securityInfo")?.ok_or_else(|| root.invalid("securityInfo", "is missing"))?;
        let destination = root.required_text("notificationDestination")?;
        if Uri::parse(&destination).is_none() {
            return Err(root.invalid("notificationDestination", "is no http or https URI"));
        }
        Ok(Self {
            entries: listed.iter().map(|entry| proposed(entry, release)).collect::<Result<_, _>>()?,
            destination,
            features: Feature::SecurityInfoPerApi.negotiate(release, &root, "supportedFeatures")?,
        })
    }
}

fn proposed(entry: &Object, release: Release) -> Result<Entry, Invalid> {
    let interface = match (entry.text("aefId")?, entry.object("interfaceDetails")?) {
        (Some(aef_id), None) => Interface::OfAef(aef_id),
        (None, Some(details)) => Interface::At {
            details: Value::Object(details.members().clone()),
            address: Address::parse(&details, release)?,
        },
        // Exactly one of the two (TS 29.222 8.5.4.2.3).
        (Some(_), Some(_)) => return Err(entry.invalid("aefId", "comes together with interfaceDetails")),
        (None, None) => return Err(entry.invalid("aefId", "is missing, and so is interfaceDetails")),
    };
    let preferred = entry.texts("prefSecurityMethods")?;
    Ok(Entry {
        interface,
        // Known from Release 17 on (SecurityInfoPerAPI); before that an unknown attribute.
        api_id: if release >= Release::Rel17 { entry.text("apiId")? } else { None },
        preferred: preferred.ok_or_else(|| entry.invalid("prefSecurityMethods", "is missing"))?,
        selected: None,
    })
}

impl Notification {
    /// Reads a `SecurityNotification`.
    pub(super) fn parse(body: &Value) -> Result<Self, Invalid> {
        let root = Object::new(body, "")?;
        Ok(Self {
            api_invoker_id: root.required_text("apiInvokerId")?,
            aef_id: root.text("aefId")?,
            api_ids: root.texts("apiIds")?.ok_or_else(|| root.invalid("apiIds", "is missing"))?,
            cause: root.required_text("cause")?,
        })
    }

    /// The body that tells it.
    pub(in super::super) fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("apiInvokerId".to_owned(), self.api_invoker_id.as_str().into());
        if let Some(aef_id) = &self.aef_id {
            body.insert("aefId".to_owned(), aef_id.as_str().into());
        }
        body.insert("apiIds".to_owned(), self.api_ids.clone().into());
        body.insert("cause".to_owned(), self.cause.as_str().into());
        Value::Object(body)
    }
}
