//! What discovery told of service APIs: where each is and by which version (TS 29.222 8.2.4.2).

use serde_json::Value;

/// A service API at an interface of an exposing function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// The exposing function.
    pub(super) aef_id: String,
    /// apiName.
    pub(super) api_name: String,
    /// apiVersion.
    pub(super) version: String,
    /// Host and port.
    pub(super) authority: String,
    /// apiPrefix, with a leading slash; empty without one.
    pub(super) prefix: String,
}

/// What a discovery answer offers, the first version and interface of each profile.
pub(super) fn offers(answer: &Value) -> Vec<Offer> {
    let apis = answer["serviceAPIDescriptions"].as_array().into_iter().flatten();
    let profiles = apis.flat_map(|api| api["aefProfiles"].as_array().into_iter().flatten().map(move |at| (api, at)));
    profiles.filter_map(|(api, profile)| offer(api, profile)).collect()
}

fn offer(api: &Value, profile: &Value) -> Option<Offer> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let interface = &profile["interfaceDescriptions"][0];
    let host = ["ipv4Addr", "fqdn"].into_iter().find_map(|name| text(&interface[name]));
    let host = host.or_else(|| Some(format!("[{}]", interface["ipv6Addr"].as_str()?)));
    let host = host.or_else(|| text(&profile["domainName"]))?;
    let port = interface["port"].as_u64().map(|port| format!(":{port}")).unwrap_or_default();
    let prefix = interface["apiPrefix"].as_str().unwrap_or_default().trim_matches('/');
    Some(Offer {
        aef_id: text(&profile["aefId"])?,
        api_name: text(&api["apiName"])?,
        version: text(&profile["versions"][0]["apiVersion"])?,
        authority: format!("{host}{port}"),
        prefix: if prefix.is_empty() { String::new() } else { format!("/{prefix}") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_offer_has_its_interface() {
        let profile = |more: Value| {
            let mut profile = json!({"aefId": "a", "versions": [{"apiVersion": "v2"}]});
            profile.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            offers(&json!({"serviceAPIDescriptions": [{"apiName": "n", "aefProfiles": [profile]}]})).pop()
        };
        let found = profile(json!({"interfaceDescriptions": [{"ipv4Addr": "10.0.0.1", "port": 8, "apiPrefix": "p"}]}));
        let expected = ("10.0.0.1:8".to_owned(), "/p".to_owned(), "v2".to_owned());
        assert_eq!(found.map(|offer| (offer.authority, offer.prefix, offer.version)), Some(expected));
        let found = profile(json!({"interfaceDescriptions": [{"ipv6Addr": "::1", "port": 8}]})).unwrap();
        assert_eq!(found.authority, "[::1]:8");
        assert_eq!(profile(json!({"domainName": "aef.example"})).unwrap().authority, "aef.example");
        assert_eq!(profile(json!({})), None);
    }
}
