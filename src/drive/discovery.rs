//! Stimuli of CAPIF_Discover_Service_API, TS 29.222 clause 8.1.

use super::stimulus::{Body, Stimulus, form_text};
use crate::operation;
use crate::spec::Party;

/// GET of the service APIs, of all exposing functions or of one.
#[must_use]
pub fn discover(by: Party, prefix: &str, invoker_id: &str, aef_id: Option<&str>) -> Stimulus {
    let mut query = vec![("api-invoker-id".to_owned(), invoker_id.to_owned())];
    query.extend(aef_id.map(|id| ("aef-id".to_owned(), id.to_owned())));
    let target = format!("{prefix}/service-apis/v1/allServiceAPIs?{}", form_text(&query));
    Stimulus::new(operation!("GetPubServAPIs"), by, target, Body::Empty)
}
