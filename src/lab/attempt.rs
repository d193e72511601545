//! Negatives: a deviant request between two clean twins, its subject read before and after.
//!
//! The clean twin is the same request without its one deviation. Where the request consumes or changes its subject,
//! the twin before is made on a sibling, and the twin after on the subject itself: what the deviant request was to do
//! is still there to be done.

use std::sync::Arc;

use super::security::Asked;
use super::{Lab, LabError, Stop};
use crate::checks::Trial;
use crate::checks::lens;
use crate::drive::security::{self, Elsewhere, Flags, Wanted};
use crate::drive::{Deviation, Presents, Stimulus};
use crate::spec::{Party, Service};
use crate::wire::{Exchange, ExchangeId, Relay, Route};

/// The sibling on which a consuming clean twin is made first.
pub(super) const SIBLING: Party = Party { role: crate::spec::Role::Invoker, ordinal: 4 };

impl Lab {
    /// A token request with a deviation.
    ///
    /// # Errors
    /// Mistakes of ours.
    pub async fn attempt_token(
        &mut self,
        invoker: Party,
        asked: &Asked,
        with_secret: bool,
        deviation: &Deviation,
    ) -> Result<(), Stop> {
        let clean = self.token_request(invoker, asked, with_secret)?;
        let before = self.send_clean(&clean, "clean twin before").await?;
        let deviant = self.deviate(&clean, deviation).await?;
        let after = self.send_clean(&clean, "clean twin after").await?;
        self.tried(deviation, &before, &deviant, &after, &[]);
        Ok(())
    }

    /// A token request of an invoker that was offboarded: what deviates is the state of the client.
    ///
    /// # Errors
    /// Mistakes of ours, or an invoker that cannot be offboarded.
    pub async fn attempt_token_of_offboarded(&mut self, invoker: Party) -> Result<(), Stop> {
        let leaving = self.token_request(invoker, &Asked::Default, false)?;
        let staying = self.token_request(Party::INVOKER, &Asked::Default, false)?;
        let before = self.send_clean(&leaving, "clean twin before").await?;
        self.offboard(invoker).await?;
        let deviant = self.send_clean(&leaving, "deviation: the client is offboarded").await?;
        let after = self.send_clean(&staying, "clean twin after").await?;
        self.remember_trial(Trial {
            before: before.id,
            deviant: deviant.id,
            after: after.id,
            deviation: "the client is offboarded".to_owned(),
            // Its certificate may be refused in the handshake already.
            below_http: true,
            read_back: Vec::new(),
        });
        Ok(())
    }

    /// A token request of which somebody on the path flips one bit, between two that pass unchanged.
    ///
    /// # Errors
    /// Mistakes of ours.
    pub async fn attempt_tampered_token(&mut self, invoker: Party) -> Result<(), Stop> {
        let clean = self.token_request(invoker, &Asked::Default, false)?;
        let there = self.route_to_core(Service::Security);
        let relay = Relay::open(there.address).await.map_err(LabError::from)?;
        let route = Route { address: relay.address(), ..there };
        // One connection for the first two: what is flipped is the request, not the handshake.
        let before = self.send_over(&clean, &route, "clean twin before, through a relay").await?;
        relay.flip_next();
        let words = "a bit of the ciphertext is flipped on the path";
        let deviant = self.send_over(&clean, &route, &format!("deviation: {words}")).await?;
        let after = self.send_over(&clean, &route, "clean twin after, through a relay").await?;
        self.remember_trial(Trial {
            before: before.id,
            deviant: deviant.id,
            after: after.id,
            deviation: words.to_owned(),
            below_http: true,
            read_back: Vec::new(),
        });
        Ok(())
    }

    /// Creation of a security context with a deviation.
    ///
    /// # Errors
    /// Mistakes of ours, or a sibling that cannot be had.
    pub async fn attempt_negotiation(&mut self, wanted: &[Wanted], deviation: &Deviation) -> Result<(), Stop> {
        self.have_sibling().await?;
        let before = self.negotiate(SIBLING, wanted).await?;
        let destination = self.fresh_destination(Party::INVOKER).await?;
        let clean = self.negotiation(Party::INVOKER, wanted, &destination)?;
        let context = self.context(Party::INVOKER)?;
        let read_before = self.read_back(&context).await?;
        let deviant = self.deviate(&clean, deviation).await?;
        let read_after = self.read_back(&context).await?;
        let after = self.send_clean(&clean, "clean twin after").await?;
        self.remember_context(Party::INVOKER, &after);
        self.tried(deviation, &before, &deviant, &after, &[(read_before, read_after)]);
        Ok(())
    }

    /// Update of a security context with a deviation.
    ///
    /// # Errors
    /// Mistakes of ours, or a context that does not exist.
    pub async fn attempt_renegotiation(&mut self, wanted: &[Wanted], deviation: &Deviation) -> Result<(), Stop> {
        let clean = self.renegotiation(Party::INVOKER, wanted).await?;
        self.attempt_unconsuming(&clean, deviation).await
    }

    /// Update of a security context that was never created: what deviates is what went before.
    ///
    /// # Errors
    /// Mistakes of ours, or a context that cannot be had for the clean twins.
    pub async fn attempt_renegotiation_without_context(&mut self, wanted: &[Wanted]) -> Result<(), Stop> {
        self.have_sibling().await?;
        self.have_negotiated(SIBLING, wanted).await?;
        let before = self.renegotiation(SIBLING, wanted).await?;
        let before = self.send_clean(&before, "clean twin before").await?;
        let update = self.renegotiation(Party::INVOKER, wanted).await?;
        let deviant = self.send_clean(&update, "deviation: there is no security context").await?;
        self.have_negotiated(Party::INVOKER, wanted).await?;
        let after = self.renegotiation(Party::INVOKER, wanted).await?;
        let after = self.send_clean(&after, "clean twin after").await?;
        self.tried_state("there is no security context", [&before, &deviant, &after]);
        Ok(())
    }

    pub(super) async fn renegotiation(&mut self, invoker: Party, wanted: &[Wanted]) -> Result<Stimulus, Stop> {
        let destination = self.fresh_destination(invoker).await?;
        Ok(security::renegotiate(invoker, &self.context(invoker)?, wanted, &destination))
    }

    /// A request for security information with a deviation.
    ///
    /// # Errors
    /// Mistakes of ours, or a context that does not exist.
    pub async fn attempt_asking(&mut self, deviation: &Deviation) -> Result<(), Stop> {
        let clean = security::ask(Party::EXPOSING_FUNCTION, &self.context(Party::INVOKER)?, Flags::Both);
        self.attempt_unconsuming(&clean, deviation).await
    }

    /// Revocation of all APIs, or of some, with a deviation.
    ///
    /// # Errors
    /// Mistakes of ours, or a sibling that cannot be had.
    pub async fn attempt_revocation(&mut self, labels: Option<&[String]>, deviation: &Deviation) -> Result<(), Stop> {
        self.have_sibling().await?;
        let wanted = [self.wanted(Party::EXPOSING_FUNCTION, &["OAUTH".to_owned()])?];
        self.have_negotiated(SIBLING, &wanted).await?;
        let on_sibling = self.revocation(SIBLING, labels)?;
        let mark = self.timeline.mark();
        let before = self.send_clean(&on_sibling, "clean twin before").await?;
        self.await_notification(SIBLING, mark, &self.due(SIBLING, labels)).await;
        let clean = self.revocation(Party::INVOKER, labels)?;
        let context = self.context(Party::INVOKER)?;
        let asked = self.token_request(Party::INVOKER, &Asked::Default, false)?;
        let granted_before = self.send_clean(&asked, "read back").await?;
        let read_before = self.read_back(&context).await?;
        let deviant = self.deviate(&clean, deviation).await?;
        let read_after = self.read_back(&context).await?;
        let granted_after = self.send_clean(&asked, "read back").await?;
        let mark = self.timeline.mark();
        let after = self.send_clean(&clean, "clean twin after").await?;
        // The fence: a notification that the deviant request had caused would have come before this one.
        self.await_notification(Party::INVOKER, mark, &self.due(Party::INVOKER, labels)).await;
        self.tried(deviation, &before, &deviant, &after, &[(read_before, read_after), (granted_before, granted_after)]);
        Ok(())
    }

    async fn attempt_unconsuming(&mut self, clean: &Stimulus, deviation: &Deviation) -> Result<(), Stop> {
        let before = self.send_clean(clean, "clean twin before").await?;
        let context = self.context(Party::INVOKER)?;
        let read_before = self.read_back(&context).await?;
        let deviant = self.deviate(clean, deviation).await?;
        let read_after = self.read_back(&context).await?;
        let after = self.send_clean(clean, "clean twin after").await?;
        self.tried(deviation, &before, &deviant, &after, &[(read_before, read_after)]);
        Ok(())
    }

    /// Sends a stimulus with its deviation, which has to be exactly the one declared.
    pub(super) async fn deviate(&self, clean: &Stimulus, deviation: &Deviation) -> Result<Arc<Exchange>, Stop> {
        let deviant = deviation.apply(clean, self).map_err(LabError::from)?;
        if deviant.is_like(clean) {
            return Err(Stop::NotApplicable(format!("here the deviation changes nothing: {deviation}")));
        }
        let undeclared = deviant.violations(self.plan.release).into_iter().find(|found| !deviation.declares(found));
        match undeclared {
            Some(violation) => Err(LabError::Undeclared(violation.to_string()).into()),
            None => Ok(self.send(&deviant, &format!("deviation: {deviation}")).await?),
        }
    }

    pub(super) fn tried(
        &mut self,
        deviation: &Deviation,
        before: &Exchange,
        deviant: &Exchange,
        after: &Exchange,
        read_back: &[(Arc<Exchange>, Arc<Exchange>)],
    ) {
        self.remember_trial(Trial {
            before: before.id,
            deviant: deviant.id,
            after: after.id,
            deviation: deviation.to_string(),
            below_http: below_http(deviation, deviant),
            read_back: read_back.iter().map(|(before, after)| (before.id, after.id)).collect(),
        });
    }

    /// What deviated is the state of things, or the token, not the request.
    pub(super) fn tried_state(&mut self, deviation: &str, [before, deviant, after]: [&Exchange; 3]) {
        self.remember_trial(Trial {
            before: before.id,
            deviant: deviant.id,
            after: after.id,
            deviation: deviation.to_owned(),
            below_http: false,
            read_back: Vec::new(),
        });
    }

    pub(super) fn remember_trial(&mut self, trial: Trial) {
        self.focus = Some(trial.deviant);
        self.trial = Some(trial);
    }

    async fn read_back(&self, context: &str) -> Result<Arc<Exchange>, Stop> {
        let stimulus = security::ask(Party::EXPOSING_FUNCTION, context, Flags::Authorization);
        Ok(self.send_clean(&stimulus, "read back").await?)
    }

    fn revocation(&self, invoker: Party, labels: Option<&[String]>) -> Result<Stimulus, Stop> {
        match labels {
            Some(labels) => self.partial_revocation(Party::EXPOSING_FUNCTION, invoker, labels, Elsewhere::No),
            None => Ok(security::revoke_all(Party::EXPOSING_FUNCTION, &self.context(invoker)?)),
        }
    }

    pub(super) async fn have_sibling(&mut self) -> Result<(), Stop> {
        let labels = self.roster.member(Party::INVOKER).map(|member| member.permitted.clone()).unwrap_or_default();
        self.onboard(SIBLING, &labels).await
    }
}

/// Who calls, and over what, is settled below HTTP: a refused handshake refuses the request. Certificates of another role
/// may come from an authority that is not trusted there.
fn below_http(deviation: &Deviation, deviant: &Exchange) -> bool {
    let caller = Party::named(deviant.client.name()).map(|party| party.role);
    match deviation {
        Deviation::Presents(Presents::CertificateOf(party)) => caller.is_some_and(|role| role != party.role),
        Deviation::PlainHttp | Deviation::Presents(Presents::Nothing | Presents::ForeignAuthority) => true,
        Deviation::Presents(Presents::Own)
        | Deviation::Member { .. }
        | Deviation::PathNames(_)
        | Deviation::FormAsJson
        | Deviation::MediaType(_)
        | Deviation::Bearer(_) => false,
    }
}

/// Whether both clean twins of a trial were accepted.
///
/// An accepted deviant request may use up what the twin after it needs, and shows the miss by itself: then the twin
/// before is enough. Whatever else came of the deviant request, a target that no longer does the clean one proves
/// nothing.
pub(super) fn twins_accepted(trial: &Trial, exchanges: &[Arc<Exchange>]) -> Result<(), String> {
    let accepted = |when: &str, id: ExchangeId| match exchanges.iter().find(|exchange| exchange.id == id) {
        Some(twin) if lens::accepted(twin) => Ok(()),
        Some(twin) => Err(format!("the clean twin {when} was not accepted: {}", lens::ending(twin))),
        None => Err(format!("there is no clean twin {when}")),
    };
    accepted("before", trial.before)?;
    match accepted("the deviation", trial.deviant) {
        Ok(()) => Ok(()),
        Err(_) => accepted("after", trial.after),
    }
}
