//! Negotiation of optional features (TS 29.222 7.8): hexadecimal, feature n is bit n-1, the answer is the intersection.

use crate::actors::json::{Invalid, Object};
use crate::spec::Release;

/// A feature that an API of this core function supports from Release 17 on. Each API has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feature {
    /// `PatchUpdate` of `CAPIF_API_Provider_Management_API`.
    ProviderPatchUpdate,
    /// `PatchUpdate` of `CAPIF_Publish_Service_API`.
    PublishPatchUpdate,
    /// `PatchUpdate` of `CAPIF_API_Invoker_Management_API`.
    InvokerPatchUpdate,
    /// `SecurityInfoPerAPI` of `CAPIF_Security_API`.
    SecurityInfoPerApi,
}

impl Feature {
    fn number(self) -> u32 {
        match self {
            Self::ProviderPatchUpdate => 1,
            Self::PublishPatchUpdate => 2,
            Self::InvokerPatchUpdate | Self::SecurityInfoPerApi => 3,
        }
    }

    /// The features that both sides support, as the answer tells them; none when the request names none.
    pub(super) fn negotiate(
        self,
        release: Release,
        request: &Object,
        attribute: &str,
    ) -> Result<Option<String>, Invalid> {
        let Some(given) = request.text(attribute)? else {
            return Ok(None);
        };
        let asked = parse(&given).ok_or_else(|| request.invalid(attribute, "is no hexadecimal number"))?;
        let supported = if release >= Release::Rel17 { 1 << (self.number() - 1) } else { 0 };
        Ok(Some(format!("{:x}", asked & supported)))
    }
}

/// The low 64 bits; no API has more features than that.
fn parse(features: &str) -> Option<u64> {
    if features.is_empty() || !features.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let low = features.len().saturating_sub(16);
    u64::from_str_radix(features.get(low..)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(release: Release, given: &str) -> Result<Option<String>, Invalid> {
        let body = json!({"suppFeat": given});
        Feature::SecurityInfoPerApi.negotiate(release, &Object::new(&body, "").unwrap(), "suppFeat")
    }

    #[test]
    fn the_answer_is_the_intersection() {
        assert_eq!(answer(Release::Rel18, "F").unwrap().unwrap(), "4");
        assert_eq!(answer(Release::Rel18, "ffffffffffffffffffff").unwrap().unwrap(), "4");
        assert_eq!(answer(Release::Rel18, "0003").unwrap().unwrap(), "0");
        assert_eq!(answer(Release::Rel16, "4").unwrap().unwrap(), "0");
        assert!(answer(Release::Rel18, "4g").is_err());
        assert!(answer(Release::Rel18, "").is_err());
    }
}
