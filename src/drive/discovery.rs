//! Stimuli of CAPIF_Discover_Service_API, TS 29.222 clause 8.1.

use super::stimulus::{Body, Stimulus, form_text};
use crate::operation;
use crate::spec::Party;

/// GET of the service APIs, of all exposing functions or of one.
#[must_use]
pub fn discover(by: Party, prefix: &str, invoker_id: &str, aef_id: Option<&str>) -> Stimulus {
    let mut query = vec![("api-invoker-id".to_owned(), invoker_id.to_owned())];
    query.extend(aef_id.map(|id| ("aef-id".to_owned(), id.to_owned())));
    // A blank as a plus sign is one in forms only: as an escape it is one to everybody.
    let query = form_text(&query).replace('+', "%20");
    let target = format!("{prefix}/service-apis/v1/allServiceAPIs?{query}");
    Stimulus::new(operation!("GetPubServAPIs"), by, target, Body::Empty)
}
