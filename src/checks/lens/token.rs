//! Looking into an access token: its parts, its claims and its scope.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The three parts of a compact JWS with header and claims decoded, as far as they are what they should be.
pub struct DecodedToken {
    /// The parts as they stand, without the dots.
    pub parts: Vec<String>,
    /// The header, when it decodes to a JSON object.
    pub header: Option<Map<String, Value>>,
    /// The claims, when they decode to a JSON object.
    pub claims: Option<Map<String, Value>>,
    /// Decoded text of the claims, to find duplicate members in.
    pub claims_text: Option<String>,
    /// Decoded text of the header.
    pub header_text: Option<String>,
}

/// Takes a token apart without verifying anything.
#[must_use]
pub fn decode(token: &str) -> DecodedToken {
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let text = |at: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(parts.get(at)?).ok()?;
        String::from_utf8(bytes).ok()
    };
    let (header_text, claims_text) = (text(0), text(1));
    let parse = |text: &Option<String>| serde_json::from_str(text.as_deref()?).ok();
    DecodedToken { header: parse(&header_text), claims: parse(&claims_text), header_text, claims_text, parts }
}

/// One AEF in a scope and the service APIs granted there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeEntry {
    /// Identifier of the exposing function.
    pub aef_id: String,
    /// Names of service APIs.
    pub apis: Vec<String>,
}

/// Parses a scope by the grammar of TS 29.222 clause 8.5.4.2.6: `3gpp#aef:api,api;aef:api`, other scopes beside it
/// being allowed. `None` where no part of it follows the grammar, or one that begins like it does not.
#[must_use]
pub fn scope(text: &str, prefix_needed: bool) -> Option<Vec<ScopeEntry>> {
    let prefixed: Vec<&str> = text.split(' ').filter_map(|part| part.strip_prefix("3gpp#")).collect();
    let lists = match prefixed.is_empty() {
        false => prefixed,
        true if prefix_needed => return None,
        true => text.split(' ').filter(|part| part.contains(':')).collect(),
    };
    let entries: Option<Vec<ScopeEntry>> = lists.iter().flat_map(|list| list.split(';')).map(scope_entry).collect();
    entries.filter(|entries| !entries.is_empty())
}

fn scope_entry(text: &str) -> Option<ScopeEntry> {
    let (aef_id, apis) = text.split_once(':')?;
    let apis: Option<Vec<String>> = apis.split(',').map(api_name).collect();
    let complete = !aef_id.is_empty();
    complete.then_some(apis?).map(|apis| ScopeEntry { aef_id: aef_id.to_owned(), apis })
}

/// The name of a service API; resource and operation levels may follow it (feature CAPIF_Ext1).
fn api_name(text: &str) -> Option<String> {
    let mut levels = text.split(':');
    let name = levels.next().filter(|name| !name.is_empty())?;
    levels.all(|level| level.starts_with("res.") || level.starts_with("op.")).then(|| name.to_owned())
}

/// A scope as a sorted list of `aef:api` pairs, for comparing and for showing.
#[must_use]
pub fn scope_pairs(entries: &[ScopeEntry]) -> Vec<String> {
    let mut pairs: Vec<String> =
        entries.iter().flat_map(|entry| entry.apis.iter().map(move |api| format!("{}:{api}", entry.aef_id))).collect();
    pairs.sort();
    pairs.dedup();
    pairs
}
