//! The service APIs of an exposing function: who calls, whether it may, and the service logic behind
//! (TS 23.222 8.14 to 8.16, TS 33.122 6.5.2.3 steps 5 to 8).

use serde_json::json;

use super::office::{Exposed, Knowledge, Membership, Office};
use super::rules::token::{self, Measure};
use super::rules::{self, Credentials, Need};
use crate::actors::form;
use crate::actors::problem::Problem;
use crate::actors::provider::companion_of;
use crate::control::ObtainInvokerInfo;
use crate::pki::common_name;
use crate::reading;
use crate::wire::{Incoming, Outcome, Party, Reply, Request, Route, Scheme};

impl Office {
    /// Answers the invocation of a service API, `{apiRoot}/{apiName}/{apiVersion}/…` (TS 29.501 4.4.1).
    pub(super) async fn invoked(&self, incoming: &Incoming) -> Result<Reply, Problem> {
        let own = self.state().membership.clone();
        let own = own.ok_or_else(|| Problem::unavailable("no core function is known"))?;
        let (path, query) = incoming.target.split_once('?').unwrap_or((&incoming.target, ""));
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let [name, "v1", resource @ ..] = segments.as_slice() else {
            return Err(Problem::not_found("there is no such service API"));
        };
        let api = own.apis.iter().find(|api| api.name == *name);
        let api = api.ok_or_else(|| Problem::not_found("there is no such service API"))?;
        self.state().under_way += 1;
        let answer = self.served(incoming, &own, api, resource, query).await;
        self.state().under_way -= 1;
        answer
    }

    async fn served(
        &self,
        incoming: &Incoming,
        own: &Membership,
        api: &Exposed,
        resource: &[&str],
        query: &str,
    ) -> Result<Reply, Problem> {
        let faults = &self.settings.faults;
        let call = Call { incoming, own, api, resource, query };
        if rules::executes_first(faults) {
            self.execute(&call).await?;
        }
        let (under_way, served) = self.so_far();
        rules::may_be_served_at_all(under_way, served.len(), faults)?;
        if !rules::authorizes_no_more(served.contains(&api.id), faults) {
            self.authorize(&call).await?;
        }
        self.state().served.push(api.id.clone());
        if rules::answers_without_executing(faults) {
            return Ok(Reply::new(200).body("application/json", "{}"));
        }
        let reply = self.execute(&call).await?;
        if rules::executes_again(faults) {
            self.execute(&call).await?;
        }
        let before = std::mem::replace(&mut self.state().last_result, reply.body.clone());
        Ok(rules::result(reply, before, faults))
    }

    /// How many invocations are under way, and which APIs were served.
    fn so_far(&self) -> (usize, Vec<String>) {
        let state = self.state();
        (state.under_way, state.served.clone())
    }

    /// Steps 2 and 2a of TS 23.222 8.16.3: whether the caller is authorized, with what the core function tells where
    /// something is missing.
    async fn authorize(&self, call: &Call<'_>) -> Result<(), Problem> {
        let faults = &self.settings.faults;
        rules::over(call.incoming.secure, faults)?;
        let certificate = call.incoming.peer_chain.first().and_then(|leaf| common_name(leaf));
        let bearer = rules::bearer(call.incoming, &call.parameters(), faults);
        let claims = match &bearer {
            Some(bearer) => Some(self.validated(call, bearer)?),
            None => None,
        };
        let named = claims.as_ref().and_then(|claims| claims.invoker.clone());
        let invoker = named.or_else(|| certificate.clone());
        let Some(invoker) = invoker else {
            return rules::without_credentials(bearer.is_some(), faults);
        };
        let known = self.knowledge(call.own, &invoker, bearer.is_none()).await?;
        let revoked = self.state().revoked.contains(&(invoker.clone(), call.api.id.clone()));
        let credentials = Credentials {
            invoker: &invoker,
            certificate: certificate.as_deref(),
            claims: claims.as_ref(),
            known: known.as_ref(),
            revoked: rules::is_ended(revoked, bearer.as_deref().is_none_or(|token| self.has_seen(token)), faults),
        };
        let aef_id = &call.own.exposing.id;
        rules::authorized(&credentials, aef_id, call.api, call.owner().as_deref(), faults)?;
        let mut state = self.state();
        state.seen.extend(bearer);
        state.revoked.retain(|(whose, _)| rules::stays_revoked(*whose == invoker, faults));
        Ok(())
    }

    fn has_seen(&self, token: &str) -> bool {
        self.state().seen.contains(token)
    }

    fn validated(&self, call: &Call<'_>, bearer: &str) -> Result<token::Claims, Problem> {
        let duration = self.settings.readings.option(reading!("token-exp")) == "duration";
        let measure = Measure {
            keys: &call.own.token_keys,
            now_unix: self.settings.clock.now_unix(),
            aef_id: &call.own.exposing.id,
            api_name: &call.api.name,
            exp_is_duration: duration,
            method: &call.incoming.method,
            seen: self.has_seen(bearer),
        };
        let faults = &self.settings.faults;
        token::validated(bearer, &measure, faults).map_err(|refusal| rules::refused(refusal, faults))
    }

    /// What is known of an invoker, or is now fetched (step 2a): authorization only where no token tells it.
    async fn knowledge(
        &self,
        own: &Membership,
        invoker: &str,
        authorization: bool,
    ) -> Result<Option<Knowledge>, Problem> {
        let known = self.state().invokers.get(invoker).cloned();
        match rules::need(known.as_ref(), authorization, &self.settings.faults) {
            Need::Nothing => Ok(known),
            Need::Presume => Ok(Some(own.presumed())),
            Need::Fetch => {
                let api_invoker_id = invoker.to_owned();
                self.fetch(ObtainInvokerInfo { api_invoker_id, authentication: true, authorization }).await
            }
        }
    }

    /// Step 3: the service logic, for this invocation.
    async fn execute(&self, call: &Call<'_>) -> Result<Reply, Problem> {
        let query = {
            let mut state = self.state();
            let under_way = state.executing.first().map(String::as_str);
            let query = rules::executed_with(call.query, under_way, &self.settings.faults).to_owned();
            state.executing.push(query.clone());
            query
        };
        let reply = self.result(call, &query).await;
        let mut state = self.state();
        let at = state.executing.iter().position(|each| *each == query);
        at.map(|at| state.executing.remove(at));
        drop(state);
        reply
    }

    /// What the service logic behind says.
    async fn result(&self, call: &Call<'_>, query: &str) -> Result<Reply, Problem> {
        let missing = || Problem::unavailable("the service logic does not answer");
        let Some(back_end) = call.api.back_end.as_ref() else {
            return Ok(result_of_itself(call));
        };
        let address = crate::actors::core_client::resolve(back_end).await.ok_or_else(missing)?;
        let client = self.settings.party.clone();
        let route = Route {
            server: Party::new(&companion_of(&client, "service")),
            address,
            host: back_end.authority.clone(),
            scheme: Scheme::Plain,
        };
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let target = format!("{}/{}{query}", back_end.target.trim_end_matches('/'), call.resource.join("/"));
        let method = rules::executed_by(&call.incoming.method, &self.settings.faults);
        let mut request = Request::new(method, &target);
        if !call.incoming.body.is_empty() {
            let media = call.incoming.header("Content-Type").unwrap_or("application/json").to_owned();
            request = request.body(&media, call.incoming.body.clone());
        }
        let id = self.settings.caller().call(&client, None, &route, &request, "service logic").await;
        let exchange = self.settings.timeline.get(id).ok_or_else(missing)?;
        match (&exchange.outcome, exchange.status(), &exchange.response) {
            (Outcome::Answered, Some(status), Some(response)) => {
                let media = response.header("Content-Type").unwrap_or_else(|| "application/json".to_owned());
                Ok(Reply::new(status).body(&media, response.body.clone()))
            }
            (_, _, _) => Err(missing()),
        }
    }
}

/// One invocation.
struct Call<'a> {
    incoming: &'a Incoming,
    own: &'a Membership,
    api: &'a Exposed,
    resource: &'a [&'a str],
    query: &'a str,
}

impl Call<'_> {
    /// The owner of the resource addressed: `…/owners/{owner}/…`.
    fn owner(&self) -> Option<String> {
        match self.resource {
            ["owners", owner, ..] => form::unescape(owner),
            _ => None,
        }
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let in_query = form::decode(self.query).unwrap_or_default();
        let media = self.incoming.header("Content-Type").unwrap_or_default();
        let is_form = media.starts_with("application/x-www-form-urlencoded");
        let body = std::str::from_utf8(&self.incoming.body).ok().filter(|_| is_form).and_then(form::decode);
        let in_body = body.unwrap_or_default().into_iter().map(|(name, value)| (format!("body.{name}"), value));
        in_query.into_iter().map(|(name, value)| (format!("query.{name}"), value)).chain(in_body).collect()
    }
}

/// What a service API without service logic behind it comes to: what was asked of it.
fn result_of_itself(call: &Call<'_>) -> Reply {
    let told = json!({"apiName": call.api.name, "resource": call.resource.join("/"), "query": call.query});
    Reply::new(200).body("application/json", told.to_string())
}
