//! Telling an invoker under test to invoke, and what the tester does meanwhile as core function and exposing function.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::{Lab, LabError, Stop};
use crate::checks::{Told, lens};
use crate::control::{Act, Invoke, Negotiate, ObtainToken, Onboard};
use crate::drive::sink::Sink;
use crate::operation;
use crate::spec::{Operation, Party, Role};
use crate::wire::{Exchange, ExchangeId, Incoming, Reply, Which};

impl Lab {
    /// The order to onboard.
    pub(super) async fn onboarding(&mut self, labels: &[String]) -> Result<Onboard, Stop> {
        let mut apis = Vec::new();
        for label in labels {
            apis.push(self.api(label)?.name.clone());
        }
        let token = self.admission().await?.token.unwrap_or_default();
        Ok(Onboard { core_function: self.core_function()?, token, apis })
    }

    /// The invoker under test is told to onboard, which is refused; then to obtain a token all the same.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_onboard_in_vain(&mut self, labels: &[String]) -> Result<(), Stop> {
        let forbidden = Reply::new(403).body("application/problem+json", r#"{"title":"Forbidden","status":403}"#);
        self.answer_instead(Party::CORE_FUNCTION, operation!("CreateOnboardedAPIInvoker"), forbidden)?;
        let with = self.onboarding(labels).await?;
        self.act(Party::INVOKER, Act::Onboard, &with).await?;
        if let Err(stop) = self.act(Party::INVOKER, Act::ObtainToken, &ObtainToken::default()).await {
            only_failed(stop)?;
        }
        self.answer_as_usual(Party::CORE_FUNCTION)
    }

    /// The invoker under test is told to negotiate with everybody that it discovered.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_negotiate_with_all(&mut self) -> Result<(), Stop> {
        self.act(Party::INVOKER, Act::NegotiateSecurity, &Negotiate::default()).await.map(|_| ())
    }

    /// The invoker under test is told to invoke a service API so many times at once.
    ///
    /// # Errors
    /// When it cannot be told, or could not do it.
    pub async fn tell_to_invoke(&mut self, label: &str, times: usize) -> Result<(), Stop> {
        self.invoke_meanwhile(label, times, async |_, _| Ok(())).await?.map_or(Ok(()), Err)
    }

    /// The same, where it may well be that it cannot do it.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_try_to_invoke(&mut self, label: &str) -> Result<(), Stop> {
        self.invoke_meanwhile(label, 1, async |_, _| Ok(())).await.map(|_failed| ())
    }

    /// The invoker under test is told to invoke, and the answer to its initiation of authentication is held back.
    ///
    /// # Errors
    /// As [`Self::tell_to_invoke`].
    pub async fn tell_to_invoke_while_initiation_waits(&mut self, label: &str) -> Result<(), Stop> {
        let aef = self.exposure(label)?.aef;
        let initiation = operation!("CheckAuthReq");
        let hold = self.hold(aef, initiation)?;
        let failed = self
            .invoke_meanwhile(label, 1, async |lab, after| {
                let arrived = lab.arrival(aef, initiation, after).await;
                if arrived.is_ok() {
                    // Nothing that could be waited for comes of an invoker that waits.
                    lab.come(lab.plan.target.deadlines.quiet, after, 1, |found| is_invocation_at(found, aef)).await;
                }
                hold.release();
                Ok(())
            })
            .await?;
        failed.map_or(Ok(()), Err)
    }

    /// The invoker under test is told to invoke, which it may not get to do: the exposing function shows a certificate of a
    /// foreign authority before it answers the initiation of authentication, to whoever connects from then on.
    ///
    /// # Errors
    /// When it cannot be told, or initiates nothing.
    pub async fn tell_to_invoke_while_certificate_changes(&mut self, label: &str) -> Result<(), Stop> {
        let aef = self.exposure(label)?.aef;
        let initiation = operation!("CheckAuthReq");
        let hold = self.hold(aef, initiation)?;
        let changed = self.invoke_meanwhile(label, 1, async |lab, after| {
            lab.arrival(aef, initiation, after).await?;
            let changed = lab.peers.exposing_function(aef)?.show_foreign();
            hold.release();
            changed.map_err(|error| LabError::Peer(super::peers::chain(&error)).into())
        });
        changed.await.map(|_failed| ())
    }

    /// An exposing function shows its own certificate again.
    ///
    /// # Errors
    /// When it is none of our peers.
    pub fn show_own_certificate(&self, aef: Party) -> Result<(), Stop> {
        let shown = self.peers.exposing_function(aef)?.show_own();
        Ok(shown.map_err(|error| LabError::Peer(super::peers::chain(&error)))?)
    }

    /// The invoker under test is told to invoke twice at once, and what comes first waits for the second.
    ///
    /// # Errors
    /// As [`Self::tell_to_invoke`].
    pub async fn tell_to_invoke_twice_while_held(&mut self, label: &str) -> Result<(), Stop> {
        let aef = self.exposure(label)?.aef;
        let hold = self.gate(aef)?.hold(invocations());
        let failed = self
            .invoke_meanwhile(label, 2, async |lab, after| {
                lab.come(lab.plan.target.deadlines.notification, after, 1, |found| is_invocation_at(found, aef)).await;
                lab.come(lab.plan.target.deadlines.quiet, after, 2, |found| is_invocation_at(found, aef)).await;
                hold.release();
                Ok(())
            })
            .await?;
        failed.map_or(Ok(()), Err)
    }

    /// An exposing function refuses to initiate authentication with this status, until it answers as usual.
    ///
    /// # Errors
    /// When it is none of our peers.
    pub fn refuse_initiation(&self, aef: Party, status: u16) -> Result<(), Stop> {
        let problem = serde_json::json!({"title": "Refused", "status": status}).to_string();
        let refusal = Reply::new(status).body("application/problem+json", problem);
        self.answer_instead(aef, operation!("CheckAuthReq"), refusal)
    }

    /// An exposing function sends whoever invokes to a place without TLS, until it answers as usual.
    ///
    /// # Errors
    /// When it is none of our peers, or no port can be had.
    pub async fn redirect_invocations(&mut self, aef: Party) -> Result<(), Stop> {
        let sink = Sink::open(aef, &self.ports, None, self.timeline.clone(), self.clock.clone()).await;
        let sink = sink.map_err(LabError::from)?;
        let elsewhere = Reply::new(307).header("Location", &sink.address("elsewhere"));
        self.gate(aef)?.answer(invocations(), elsewhere);
        self.sinks.insert(aef, sink);
        Ok(())
    }

    /// A peer answers as it would.
    ///
    /// # Errors
    /// When it is none of our peers.
    pub fn answer_as_usual(&self, party: Party) -> Result<(), Stop> {
        self.gate(party)?.open();
        Ok(())
    }

    /// Time goes by.
    pub async fn let_time_pass(&mut self, seconds: u64) {
        self.clock.pass(Duration::from_secs(seconds)).await;
    }

    /// Tells the invoker under test to invoke, does something meanwhile, and notes what it was told; why it could not do
    /// it, where that is what it says.
    async fn invoke_meanwhile(
        &mut self,
        label: &str,
        times: usize,
        meanwhile: impl AsyncFnOnce(&Self, ExchangeId) -> Result<(), Stop>,
    ) -> Result<Option<Stop>, Stop> {
        self.invoke_of_meanwhile(label, None, times, meanwhile).await
    }

    /// The same for a resource of this owner.
    pub(super) async fn invoke_of_meanwhile(
        &mut self,
        label: &str,
        owner: Option<String>,
        times: usize,
        meanwhile: impl AsyncFnOnce(&Self, ExchangeId) -> Result<(), Stop>,
    ) -> Result<Option<Stop>, Stop> {
        let exposure = self.exposure(label)?;
        let (at, aef_id) = (exposure.aef, exposure.aef_id.clone());
        let nonces: Vec<String> = (0..times).map(|_| self.names.fresh("nonce")).collect();
        let with = Invoke {
            aef_id,
            api_name: self.api(label)?.name.clone(),
            roots: self.peers.exposing_function(at)?.root_pem().to_owned(),
            nonces: nonces.clone(),
            owner: owner.clone(),
        };
        let (after, at_unix) = (self.timeline.mark(), self.clock.now_unix());
        let told = self.act(Party::INVOKER, Act::Invoke, &with);
        let (report, met) = both(told, meanwhile(self, after)).await;
        met?;
        let failed = report.err().map(only_failed).transpose()?;
        let until = self.timeline.mark();
        let carried_out = failed.is_none();
        self.told.push(Told { label: label.to_owned(), at, owner, nonces, after, until, at_unix, carried_out });
        Ok(failed)
    }

    /// Waits until so many exchanges of a kind have come, at most until the deadline: either is evidence.
    pub(super) async fn come(
        &self,
        deadline: crate::clock::Deadline,
        after: ExchangeId,
        count: usize,
        is_one: impl Fn(&Exchange) -> bool,
    ) {
        let enough = || {
            let exchanges: Vec<Arc<Exchange>> = self.timeline.snapshot();
            exchanges.iter().filter(|exchange| exchange.id > after && is_one(exchange)).count() >= count
        };
        // That it did not come is for the checks to judge.
        let _overdue = self.timeline.wait_for(deadline, after, |_| enough()).await.is_err();
    }
}

async fn both<A, B>(one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
    futures::join!(one, other)
}

/// A failed act is told apart from one that nobody could be told of.
fn only_failed(stop: Stop) -> Result<Stop, Stop> {
    match stop {
        Stop::Inconclusive(_) => Ok(stop),
        Stop::NotApplicable(_) | Stop::Harness(_) => Err(stop),
    }
}

/// Whatever is no operation of `AEF_Security_API`.
fn invocations() -> Which {
    Arc::new(|incoming: &Incoming| {
        let path = incoming.target.split('?').next().unwrap_or_default();
        Operation::matching(&incoming.method, path).is_none()
    })
}

fn is_invocation_at(exchange: &Exchange, aef: Party) -> bool {
    let at = Party::named(exchange.server.name());
    let arrived = exchange.witnesses.server && exchange.request.is_some();
    at == Some(aef) && aef.role == Role::ExposingFunction && arrived && lens::operation(exchange).is_none()
}
