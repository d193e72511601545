//! Where requests arrive at an exposing function: `AEF_Security_API` (TS 29.222 6.2, 9.1), and its service APIs.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::office::Office;
use super::rules;
use crate::actors::json::Object;
use crate::actors::problem::Problem;
use crate::control::ObtainInvokerInfo;
use crate::pki::common_name;
use crate::wire::{Handler, Incoming, Reply};

pub(super) struct Desk(pub(super) Arc<Office>);

impl Handler for Desk {
    fn answer(&self, incoming: Incoming) -> BoxFuture<'_, Reply> {
        Box::pin(async move { self.serve(&incoming).await.unwrap_or_else(Problem::reply) })
    }
}

impl Desk {
    async fn serve(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        let path = incoming.target.split('?').next().unwrap_or_default();
        let Some(operation) = path.strip_prefix("/aef-security/v1/") else {
            return self.0.invoked(incoming).await;
        };
        if !incoming.secure {
            return Err(Problem::forbidden("CAPIF APIs are served over TLS only"));
        }
        match (operation, incoming.method.as_str()) {
            ("check-authentication", "POST") => self.check_authentication(incoming).await,
            ("revoke-authorization", "POST") => self.revoke_authorization(incoming),
            ("check-authentication" | "revoke-authorization", _) => Err(Problem::method_not_allowed("POST")),
            _ => Err(Problem::not_found("there is no such resource")),
        }
    }

    /// The core function is asked at every initiation, as TS 33.122 6.5.2.3 step 5 has it; the answer waits for it.
    async fn check_authentication(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        let body = json_body(incoming)?;
        let root = Object::new(&body, "")?;
        let api_invoker_id = root.required_text("apiInvokerId")?;
        root.required_text("supportedFeatures")?;
        let faults = &self.0.settings.faults;
        if rules::fetches(faults) {
            let wanted = ObtainInvokerInfo { api_invoker_id, authentication: true, authorization: false };
            let is_known = self.0.fetch(wanted).await?.is_some();
            if !rules::admits(is_known, faults) {
                return Err(Problem::forbidden("the core function knows no such invoker here"));
            }
        }
        Ok(features())
    }

    /// TS 23.222 8.23.4 steps 2 to 4, TS 29.222 6.2.2.3: what is named is invalid when the answer goes out.
    fn revoke_authorization(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        let mut state = self.0.state();
        let own = state.membership.as_ref().ok_or_else(|| Problem::unavailable("no core function is known"))?;
        let caller = incoming.peer_chain.first().and_then(|leaf| common_name(leaf));
        let named = own.core.names();
        let faults = &self.0.settings.faults;
        if !rules::may_revoke(caller.as_deref(), named.as_deref(), faults) {
            return Err(Problem::forbidden("only the core function revokes here"));
        }
        let exposed: Vec<String> = own.apis.iter().map(|api| api.id.clone()).collect();
        let told = rules::told(&json_body(incoming)?, faults)?;
        let known: Vec<String> = state.invokers.keys().cloned().collect();
        state.revoked.extend(rules::struck_by(&told, &exposed, &known, faults));
        drop(state);
        Ok(rules::revocation_answer(features(), faults))
    }
}

fn json_body(incoming: &Incoming) -> Result<Value, Problem> {
    serde_json::from_slice(&incoming.body).map_err(|_no_json| Problem::bad_request("the body is no JSON"))
}

/// No feature in common: `CheckAuthenticationRsp` and `RevokeAuthorizationRsp` alike.
fn features() -> Reply {
    Reply::new(200).body("application/json", json!({"supportedFeatures": "0"}).to_string())
}
