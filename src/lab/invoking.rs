//! Invocations of service APIs by an invoker that the harness plays: clean ones, deviant ones, several at once.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all};

use super::attempt::SIBLING;
use super::security::Asked;
use super::serving::service_name;
use super::{Lab, LabError, Stop, provisioned};
use crate::checks::lens;
use crate::drive::bearer::BearerDeviation;
use crate::drive::service_api::{Invocation, invoke, invoke_own};
use crate::drive::token::TokenDeviation;
use crate::drive::{Deviation, Presents, Stimulus};
use crate::operation;
use crate::spec::Party;
use crate::wire::{Exchange, ExchangeId, Reply};

/// After so many seconds past its end no exposing function may take a token (TS 33.122 C.2.2).
const LEEWAY_SECONDS: u64 = 31;

/// What is invoked, as a step says it.
#[derive(Clone, Debug)]
pub struct Invoked {
    /// Label of the service API.
    pub label: String,
    /// The exposing function; the first that offers it, where none is named.
    pub at: Option<Party>,
    /// HTTP method; that of a plain reading, where none is named.
    pub method: Option<&'static str>,
    /// The owner of the resource, where it has one.
    pub owner: Option<String>,
    /// The certificate shown.
    pub presents: Presents,
}

impl Invoked {
    /// A plain reading of a service API.
    #[must_use]
    pub fn reading(label: &str) -> Self {
        Self { label: label.to_owned(), at: None, method: None, owner: None, presents: Presents::Own }
    }

    /// The same by another method.
    ///
    /// # Errors
    /// When it is none that service APIs have.
    pub fn by(method: &str, label: &str) -> Result<Self, LabError> {
        let known = ["GET", "POST", "DELETE"].into_iter().find(|known| *known == method);
        let method = known.ok_or_else(|| LabError::NoSuchMethod(method.to_owned()))?;
        Ok(Self { method: Some(method), ..Self::reading(label) })
    }

    /// The same at this exposing function.
    #[must_use]
    pub fn at(self, aef: Party) -> Self {
        Self { at: Some(aef), ..self }
    }

    /// The same without a client certificate.
    #[must_use]
    pub fn bare(self) -> Self {
        Self { presents: Presents::Nothing, ..self }
    }
}

impl Lab {
    /// An invoker gets a token for service APIs, and keeps it for what it invokes.
    ///
    /// # Errors
    /// When the core function grants none.
    pub async fn have_token(&mut self, invoker: Party, labels: &[String]) -> Result<(), Stop> {
        let stimulus = self.token_request(invoker, &Asked::Apis(labels.to_vec()), false)?;
        let exchange = self.send_clean(&stimulus, "Obtain_Authorization").await?;
        let token = lens::access_token(&exchange).filter(|_| lens::accepted(&exchange));
        let token = token.ok_or_else(|| super::arrange::refused("grant a token", &exchange))?;
        self.tokens.insert(invoker, token);
        Ok(())
    }

    /// Time goes by until the token that an invoker got last has run out, leeway included.
    ///
    /// # Errors
    /// When it would take longer than a step may.
    pub async fn let_token_run_out(&mut self, invoker: Party) -> Result<(), Stop> {
        let token = self.tokens.get(&invoker).ok_or(LabError::OutOfOrder("a token runs out after it was granted"))?;
        let exp = lens::decode(token).claims.and_then(|claims| claims.get("exp")?.as_i64());
        let exp = exp.ok_or_else(|| Stop::Inconclusive("the token does not tell when it runs out".to_owned()))?;
        let left = u64::try_from(exp - self.clock.now_unix()).unwrap_or(0) + LEEWAY_SECONDS;
        let wait = Duration::from_secs(left);
        if !self.clock.is_virtual() && wait > self.target.deadlines.step.after {
            return Err(Stop::NotApplicable(format!("a token is good for {left} s more, longer than a step may take")));
        }
        self.clock.pass(wait).await;
        Ok(())
    }

    /// An invoker invokes a service API, with the token that it has.
    ///
    /// # Errors
    /// Mistakes of ours only: what the exposing function answers is evidence.
    pub async fn invoke(&mut self, invoker: Party, invoked: &Invoked) -> Result<Arc<Exchange>, Stop> {
        let stimulus = self.invocation(invoker, invoked)?;
        let exchange = self.send_clean(&stimulus, "service API invocation").await?;
        Ok(self.speak_of(exchange))
    }

    /// An invoker invokes a service API several times at once, every second time with a token that has run out. Where the
    /// service logic is ours it answers nothing before it was called for every good one, or that is overdue: whoever executes
    /// one after the other is right as well.
    ///
    /// # Errors
    /// As [`Self::invoke`].
    pub async fn invoke_at_once(&mut self, invoker: Party, invoked: &Invoked, times: usize) -> Result<(), Stop> {
        let expired = Deviation::Bearer(BearerDeviation::Forged(TokenDeviation::Expired(600)));
        let mut stimuli = Vec::new();
        for turn in 0..times {
            let clean = self.invocation(invoker, invoked)?;
            let is_good = turn % 2 == 0;
            stimuli.push(if is_good { clean } else { expired.apply(&clean, self).map_err(LabError::from)? });
        }
        let aef = invoked.at.map_or_else(|| self.exposure(&invoked.label).map(|exposure| exposure.aef), Ok)?;
        let hold = self.services.get(&aef).map(|logic| logic.gate().hold(Arc::new(|_| true)));
        let after = self.timeline.mark();
        let calls = join_all(stimuli.iter().map(|stimulus| self.send_clean(stimulus, "service API invocation")));
        let released = async {
            if let Some(hold) = hold {
                let logic = service_name(aef);
                let called = |exchange: &Exchange| exchange.server.name() == logic && exchange.request.is_some();
                self.come(self.target.deadlines.quiet, after, times.div_ceil(2), called).await;
                hold.release();
            }
        };
        let (answers, ()) = join(calls, released).await;
        for (turn, exchange) in answers.into_iter().enumerate() {
            let exchange = exchange?;
            if turn % 2 == 0 {
                self.good_marks.push(nonce(&stimuli[turn]).unwrap_or_else(|| lens::mark(&exchange)));
            }
            self.focus = Some(exchange.id);
        }
        Ok(())
    }

    /// An invocation with a deviation, between two clean ones.
    ///
    /// # Errors
    /// Mistakes of ours.
    pub async fn attempt_invocation(
        &mut self,
        invoker: Party,
        invoked: &Invoked,
        deviation: &Deviation,
    ) -> Result<(), Stop> {
        let clean = self.invocation(invoker, invoked)?;
        let before = self.send_clean(&clean, "clean twin before").await?;
        let clean = self.invocation(invoker, invoked)?;
        let deviant = self.deviate(&clean, deviation).await?;
        let clean = self.invocation(invoker, invoked)?;
        let after = self.send_clean(&clean, "clean twin after").await?;
        self.tried(deviation, &before, &deviant, &after, &[]);
        Ok(())
    }

    /// An invocation with a token that served before and has run out since; the one after it is with a new token.
    ///
    /// # Errors
    /// Mistakes of ours, or a token that runs out later than a step may take.
    pub async fn attempt_run_out(&mut self, invoker: Party, invoked: &Invoked) -> Result<(), Stop> {
        let before = self.invoke(invoker, invoked).await?;
        self.let_token_run_out(invoker).await?;
        let stimulus = self.invocation(invoker, invoked)?;
        let words = "the token that served before has run out";
        let deviant = self.send_clean(&stimulus, &format!("deviation: {words}")).await?;
        self.have_token(invoker, std::slice::from_ref(&invoked.label)).await?;
        let after = self.invoke(invoker, invoked).await?;
        self.tried_state(words, [&before, &deviant, &after]);
        Ok(())
    }

    /// An invocation of another service API than the clean ones before and after it.
    ///
    /// # Errors
    /// Mistakes of ours.
    pub async fn attempt_other_api(&mut self, invoker: Party, clean: &Invoked, other: &Invoked) -> Result<(), Stop> {
        let before = self.invoke(invoker, clean).await?;
        let stimulus = self.invocation(invoker, other)?;
        let words = format!("the service API is \"{}\"", other.label);
        let deviant = self.send_clean(&stimulus, &format!("deviation: {words}")).await?;
        let after = self.invoke(invoker, clean).await?;
        self.tried_state(&words, [&before, &deviant, &after]);
        Ok(())
    }

    /// An invocation while the core function answers that it knows no such invoker. The clean one before it is a
    /// sibling's, since an exposing function may keep what it was told.
    ///
    /// # Errors
    /// Mistakes of ours, or a core function whose answers cannot be replaced.
    pub async fn attempt_unknown(&mut self, invoker: Party, invoked: &Invoked, methods: &[String]) -> Result<(), Stop> {
        let before = self.invoke_by_sibling(invoked, methods).await?;
        let ask = operation!("GetSecIndTrustedAPIInv");
        self.answer_instead(Party::CORE_FUNCTION, ask, Reply::new(404))?;
        let stimulus = self.invocation(invoker, invoked)?;
        let words = "the core function knows nothing of the invoker";
        let deviant = self.send_clean(&stimulus, &format!("deviation: {words}")).await?;
        self.answer_as_always(Party::CORE_FUNCTION)?;
        let after = self.invoke(invoker, invoked).await?;
        self.tried_state(words, [&before, &deviant, &after]);
        Ok(())
    }

    /// An invocation while the core function tells of the invoker what it told of a sibling, but for another exposing
    /// function. The clean ones are the sibling's, since an exposing function may keep what it was told.
    ///
    /// # Errors
    /// Mistakes of ours, a core function whose answers cannot be replaced, or one that was not asked about the sibling.
    pub async fn attempt_authorized_elsewhere(
        &mut self,
        invoker: Party,
        invoked: &Invoked,
        elsewhere: Party,
        methods: &[String],
    ) -> Result<(), Stop> {
        let aef = self.exposure(&invoked.label)?.aef;
        let mark = self.timeline.mark();
        let before = self.invoke_by_sibling(invoked, methods).await?;
        let told = self.told_about_sibling(aef, mark)?;
        let other = told.replace(&self.id_of(SIBLING)?, &self.id_of(invoker)?);
        let other = other.replace(&self.id_of(aef)?, &self.id_of(elsewhere)?);
        let ask = operation!("GetSecIndTrustedAPIInv");
        self.answer_instead(Party::CORE_FUNCTION, ask, Reply::new(200).body("application/json", other))?;
        let stimulus = self.invocation(invoker, invoked)?;
        let words = format!("the core function authorizes the invoker at {elsewhere} only");
        let deviant = self.send_clean(&stimulus, &format!("deviation: {words}")).await?;
        self.answer_as_always(Party::CORE_FUNCTION)?;
        let after = self.invoke(SIBLING, invoked).await?;
        self.tried_state(&words, [&before, &deviant, &after]);
        Ok(())
    }

    /// A sibling of the invoker, whom the exposing function knows nothing of yet, invokes a service API.
    async fn invoke_by_sibling(&mut self, invoked: &Invoked, methods: &[String]) -> Result<Arc<Exchange>, Stop> {
        let aef = self.exposure(&invoked.label)?.aef;
        self.have_sibling().await?;
        let wanted = [self.wanted(aef, methods)?];
        self.have_negotiated(SIBLING, &wanted).await?;
        self.invoke(SIBLING, invoked).await
    }

    /// What the core function told this exposing function of the sibling after that point.
    fn told_about_sibling(&self, aef: Party, mark: ExchangeId) -> Result<String, Stop> {
        let ask = operation!("GetSecIndTrustedAPIInv");
        let exchanges = self.timeline.snapshot();
        let told = exchanges.iter().rfind(|exchange| {
            exchange.id > mark
                && exchange.client.name() == aef.name()
                && lens::is_of(exchange, ask)
                && lens::accepted(exchange)
        });
        let body = told.and_then(|exchange| exchange.response.as_ref()).map(|response| response.body.clone());
        let why = || Stop::Inconclusive(format!("{aef} did not ask the core function about an invoker new to it"));
        body.map(|body| String::from_utf8_lossy(&body).into_owned()).ok_or_else(why)
    }

    /// The request, with a nonce of its own where the service logic is ours.
    pub(super) fn invocation(&self, invoker: Party, invoked: &Invoked) -> Result<Stimulus, Stop> {
        let api = self.api(&invoked.label)?;
        let at = invoked.at.map_or_else(|| self.exposure(&invoked.label).map(|exposure| exposure.aef), Ok)?;
        let token = self.tokens.get(&invoker).map(String::as_str);
        if let Some(provision) = self.provision().filter(|_| at == Party::EXPOSING_FUNCTION) {
            let request = provisioned::request(provision, api, invoked)?;
            let stimulus = invoke_own(invoker, at, &api.name, &request, token).under(&self.prefix_at(at));
            return Ok(Stimulus { presents: invoked.presents.clone(), ..stimulus });
        }
        let invocation = Invocation {
            at,
            api_name: &api.name,
            method: invoked.method.unwrap_or("GET"),
            owner: invoked.owner.as_deref(),
            nonce: &self.names.fresh("nonce"),
            token,
        };
        let stimulus = invoke(invoker, &invocation).under(&self.prefix_at(at));
        Ok(Stimulus { presents: invoked.presents.clone(), ..stimulus })
    }

    /// What tells the invocations at once that had a good token from the others.
    #[must_use]
    pub fn good_marks(&self) -> Vec<String> {
        self.good_marks.clone()
    }
}

fn nonce(stimulus: &Stimulus) -> Option<String> {
    stimulus.target.split_once("nonce=").map(|(_, nonce)| nonce.to_owned())
}
