//! A service API as published: what the core function needs to know of a `ServiceAPIDescription` (TS 29.222 8.2.4.2).
//!
//! The description itself is kept as it was sent, so that nothing a provider says gets lost on the way to an invoker.

use serde_json::{Map, Value};

use crate::actors::json::{Invalid, Object};
use crate::spec::Release;

/// A published service API.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ServiceApi {
    /// apiId, assigned by us.
    pub(super) id: String,
    /// The publishing function.
    pub(super) apf_id: String,
    /// apiName.
    pub(super) name: String,
    /// aefProfiles.
    pub(super) profiles: Vec<AefProfile>,
    /// The `ServiceAPIDescription`, with the apiId.
    pub(super) document: Map<String, Value>,
}

/// How one exposing function offers an API.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AefProfile {
    /// aefId.
    pub(super) aef_id: String,
    /// Security methods of each interface; those of the profile where the interface has none of its own.
    pub(super) interfaces: Vec<Interface>,
    /// The `AefProfile`, as published.
    pub(super) document: Value,
}

/// One interface of an exposing function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    /// Where it is; none for an exposing function that is known by its domain name.
    pub(super) address: Option<Address>,
    /// Security methods that it offers.
    pub(super) methods: Vec<String>,
}

/// What tells one interface from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    host: String,
    port: Option<u64>,
    prefix: Option<String>,
}

impl ServiceApi {
    /// Reads a description that a publishing function sent.
    pub(super) fn parse(body: &Value, id: &str, apf_id: &str, release: Release) -> Result<Self, Invalid> {
        let root = Object::new(body, "")?;
        let profiles = root.objects("aefProfiles")?.unwrap_or_default();
        let mut document = root.members().clone();
        // The id is ours to assign (TS 29.222 8.2.4.2.2), whatever a request proposes.
        document.insert("apiId".to_owned(), id.into());
        Ok(Self {
            id: id.to_owned(),
            apf_id: apf_id.to_owned(),
            name: root.required_text("apiName")?,
            profiles: profiles.iter().map(|profile| AefProfile::parse(profile, release)).collect::<Result<_, _>>()?,
            document,
        })
    }
}

impl AefProfile {
    /// `{apiRoot}` of the first interface; none where that has no address. No attribute names the root of
    /// `AEF_Security_API`: it is taken to be that of the service APIs.
    pub(super) fn root(&self) -> Option<String> {
        match self.interfaces.first()?.address.as_ref() {
            Some(address) => Some(address.root()),
            None => self.document.get("domainName")?.as_str().map(|name| format!("https://{name}")),
        }
    }

    fn parse(profile: &Object, release: Release) -> Result<Self, Invalid> {
        let versions = profile.objects("versions")?.ok_or_else(|| profile.invalid("versions", "is missing"))?;
        for version in &versions {
            version.required_text("apiVersion")?;
        }
        let methods = profile.texts("securityMethods")?.unwrap_or_default();
        Ok(Self {
            aef_id: profile.required_text("aefId")?,
            interfaces: interfaces(profile, &methods, release)?,
            document: Value::Object(profile.members().clone()),
        })
    }
}

impl Address {
    fn root(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let prefix = self.prefix.as_deref().unwrap_or_default().trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("https://{host}{port}{slash}{prefix}")
    }

    /// Reads the address of an `InterfaceDescription` (TS 29.222 8.2.4.2.3): exactly one way to name the host.
    pub(super) fn parse(interface: &Object, release: Release) -> Result<Self, Invalid> {
        let names: &[&str] =
            if release >= Release::Rel18 { &["ipv4Addr", "ipv6Addr", "fqdn"] } else { &["ipv4Addr", "ipv6Addr"] };
        let mut hosts = Vec::new();
        for name in names {
            hosts.extend(interface.text(name)?);
        }
        let host =
            hosts.pop().ok_or_else(|| interface.invalid("ipv4Addr", "is missing, and so is every other address"))?;
        if !hosts.is_empty() {
            return Err(interface.invalid("ipv4Addr", "is not the only address"));
        }
        Ok(Self { host, port: interface.number("port")?, prefix: interface.text("apiPrefix")? })
    }
}

/// The interfaces of a profile, which has exactly one of domainName and interfaceDescriptions (TS 29.222 8.2.4.2.4).
/// The methods of an interface take precedence over those of the profile (8.2.4.2.3).
fn interfaces(profile: &Object, methods: &[String], release: Release) -> Result<Vec<Interface>, Invalid> {
    match (profile.text("domainName")?, profile.objects("interfaceDescriptions")?) {
        (Some(_name), None) => Ok(vec![Interface { address: None, methods: methods.to_vec() }]),
        (None, Some(described)) => described
            .iter()
            .map(|interface| {
                Ok(Interface {
                    address: Some(Address::parse(interface, release)?),
                    methods: interface.texts("securityMethods")?.unwrap_or_else(|| methods.to_vec()),
                })
            })
            .collect(),
        (Some(_), Some(_)) => Err(profile.invalid("domainName", "comes together with interfaceDescriptions")),
        (None, None) => Err(profile.invalid("interfaceDescriptions", "is missing, and so is domainName")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(body: &Value) -> Result<ServiceApi, Invalid> {
        ServiceApi::parse(body, "api-1", "apf-1", Release::Rel18)
    }

    #[test]
    fn an_interface_overrides_the_methods_of_its_profile() {
        let api = parse(&json!({"apiName": "n", "apiId": "proposed", "extra": 1, "aefProfiles": [{
            "aefId": "aef-1", "versions": [{"apiVersion": "v1"}], "securityMethods": ["PKI"],
            "interfaceDescriptions": [{"ipv4Addr": "127.0.0.1"}, {"fqdn": "a.example", "securityMethods": ["OAUTH"]}],
        }]}))
        .unwrap();
        let methods: Vec<_> = api.profiles[0].interfaces.iter().map(|interface| interface.methods.clone()).collect();
        assert_eq!(methods, [["PKI"], ["OAUTH"]]);
        assert_eq!((&api.document["apiId"], &api.document["extra"]), (&json!("api-1"), &json!(1)));
    }

    #[test]
    fn a_profile_is_found_by_name_or_by_address_never_by_both() {
        let profile = |more: &Value| {
            let mut profile = json!({"aefId": "a", "versions": [{"apiVersion": "v1"}]});
            profile.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            parse(&json!({"apiName": "n", "aefProfiles": [profile]}))
        };
        assert!(profile(&json!({"domainName": "a.example"})).is_ok());
        for wrong in [json!({}), json!({"domainName": "a", "interfaceDescriptions": [{"ipv4Addr": "::"}]})] {
            assert!(profile(&wrong).unwrap_err().param.starts_with("aefProfiles[0]."));
        }
        for wrong in [json!({}), json!({"ipv4Addr": "1.1.1.1", "ipv6Addr": "::1"})] {
            let miss = profile(&json!({"interfaceDescriptions": [wrong]})).unwrap_err();
            assert_eq!(miss.param, "aefProfiles[0].interfaceDescriptions[0].ipv4Addr");
        }
    }
}
