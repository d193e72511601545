//! What the answer to a discovery shows.

use serde_json::Value;

use super::{answer_object, is_of};
use crate::operation;
use crate::wire::Exchange;

/// The pairs of aefId and apiId that the answer to a discovery shows.
#[must_use]
pub fn discovered(exchange: &Exchange) -> Vec<(String, String)> {
    if !is_of(exchange, operation!("GetPubServAPIs")) {
        return Vec::new();
    }
    let answer = answer_object(exchange).unwrap_or_default();
    let listed = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut pairs = Vec::new();
    for api in listed(answer.get("serviceAPIDescriptions")) {
        let Some(api_id) = text(&api, "apiId") else { continue };
        let profiles = listed(api.get("aefProfiles"));
        pairs.extend(profiles.iter().filter_map(|profile| Some((text(profile, "aefId")?, api_id.clone()))));
    }
    pairs
}
