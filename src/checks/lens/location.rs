//! The Location of an answer, as a path that requests can be sent to.

use super::path;
use crate::wire::Exchange;

/// Path of the Location of an answer: a URI, with a port or without, or a reference relative to the request (RFC 9110
/// 10.2.2, RFC 3986 5.2). What cannot stand in a path is encoded, what is encoded already stays so.
#[must_use]
pub fn location_path(exchange: &Exchange) -> Option<String> {
    let location = exchange.answer()?.header("location")?;
    resolved(&location, &path(exchange.request.as_ref()?)?)
}

fn resolved(location: &str, base: &str) -> Option<String> {
    let reference = location.split(['?', '#']).next().filter(|reference| !reference.is_empty())?;
    let behind_authority = |rest: &str| rest.find('/').and_then(|at| rest.get(at..)).map(str::to_owned);
    let absolute = match (reference.split_once("://"), reference.strip_prefix("//")) {
        (Some((scheme, rest)), _) if !scheme.contains('/') => behind_authority(rest)?,
        (_, Some(rest)) => behind_authority(rest)?,
        (Some(_) | None, None) if reference.starts_with('/') => reference.to_owned(),
        (Some(_) | None, None) => {
            let (directory, _) = base.rsplit_once('/')?;
            format!("{directory}/{reference}")
        }
    };
    let mut kept: Vec<&str> = Vec::new();
    for segment in absolute.split('/').filter(|segment| !matches!(*segment, "" | ".")) {
        match segment {
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    (!kept.is_empty()).then(|| encoded(&format!("/{}", kept.join("/"))))
}

/// A path in which every octet may stand (RFC 3986 3.3).
fn encoded(path: &str) -> String {
    let may_stand = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&octet);
    path.bytes()
        .map(|octet| if may_stand(octet) { char::from(octet).to_string() } else { format!("%{octet:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_location_is_the_same_path() {
        let base = "/x/capif-security/v1/trustedInvokers/i-1";
        for location in [
            base,
            "https://ccf.example:8443/x/capif-security/v1/trustedInvokers/i-1",
            "https://ccf.example/x/capif-security/v1/trustedInvokers/i-1",
            "//ccf.example/x/capif-security/v1/trustedInvokers/i-1",
            "i-1",
            "./i-1",
            "../trustedInvokers/i-1",
            "/x/capif-security/v1/trustedInvokers/i-1/?a=b#c",
        ] {
            assert_eq!(resolved(location, base).as_deref(), Some(base), "{location}");
        }
        // RFC 3986 5.2.3: the last segment of the base is replaced, whether or not something was meant to stand behind it.
        assert_eq!(resolved("i-1", "/a/onboardedInvokers").as_deref(), Some("/a/i-1"));
        assert_eq!(
            resolved("onboardedInvokers/i-1", "/a/onboardedInvokers").as_deref(),
            Some("/a/onboardedInvokers/i-1")
        );
        for nowhere in ["", "https://ccf.example", "//ccf.example", "/", "#top"] {
            assert_eq!(resolved(nowhere, "/"), None, "{nowhere}");
        }
    }

    #[test]
    fn what_cannot_stand_in_a_path_is_encoded_once() {
        let path = |location: &str| resolved(location, "/").unwrap();
        assert_eq!(path("/t/a b\"c\u{fc}"), "/t/a%20b%22c%C3%BC");
        assert_eq!(path("/t/a%2Fb%20c"), "/t/a%2Fb%20c");
        assert_eq!(path("/t/urn:uuid:x@y"), "/t/urn:uuid:x@y");
    }
}
