//! The owners of resources: the resource owner function through which they are asked, what they say, and the tokens
//! that carry their authorization (TS 23.222 8.31).

use futures::future::{join, join_all};
use serde_json::json;

use super::invoking::Invoked;
use super::security::Asked;
use super::{Lab, LabError, Stop};
use crate::actors::owner_function::Asking;
use crate::checks::{Owner, OwnerWord, lens};
use crate::control::{Act, ActOutcome, Arrange, AskingCoreFunction, Decide, Decision, Order, OwnerFunction};
use crate::drive::Stimulus;
use crate::drive::stimulus::Body;
use crate::pki::{certificates_from_pem, certificates_to_pem, common_name};
use crate::spec::{Party, Release, Role};
use crate::target::{OwnerAdapter, Surface};
use crate::wire::Exchange;

const OWNER_FUNCTION: Party = Party::first(Role::ResourceOwnerFunction);
const PURPOSE: &str = "Obtain_Authorization";
/// Why owners are not asked.
const CORE_ASKS_NOBODY: &str = "the target does not say how its core function comes to ask owners; \
     name its surface in [ccf.control], or a command in [ccf.owner]";
/// Nobody listens there.
const NOWHERE: &str = "https://127.0.0.1:9/owner-queries";

impl Lab {
    /// The resource owner function is there, and the core function knows it.
    ///
    /// # Errors
    /// When the core function cannot be told of it.
    pub async fn have_owner_function(&mut self) -> Result<(), Stop> {
        if self.core.owner == OwnerAdapter::Nothing {
            return Err(Stop::NotApplicable(CORE_ASKS_NOBODY.to_owned()));
        }
        let asking = self.asking()?;
        let reached = if let Some(external) = self.target.resource_owner_function.clone() {
            self.tell_owner_function(asking).await?;
            OwnerFunction { url: external.url, roots: external.roots }
        } else {
            let (peers, around) = self.peers_around();
            peers.start_owner_function(around, asking).await?
        };
        self.arrange_owner_function(&reached).await?;
        self.owner_function = Some(reached);
        Ok(())
    }

    /// The core function as the resource owner function knows it: by its root, and by the name that it has shown.
    fn asking(&self) -> Result<Asking, Stop> {
        let core = self.core_function()?;
        let roots = certificates_from_pem(&core.roots).map_err(LabError::from)?;
        let exchanges = self.timeline.snapshot();
        let shown = exchanges.iter().filter(|exchange| exchange.server.name() == Party::CORE_FUNCTION.name());
        let leaf = shown.filter_map(|exchange| exchange.tls.as_ref()?.server_chain.first()).next_back();
        Ok(Asking { roots, name: leaf.and_then(|leaf| common_name(leaf)) })
    }

    async fn arrange_owner_function(&self, reached: &OwnerFunction) -> Result<(), Stop> {
        let with = Arrange { owner_function: Some(reached.clone()), ..Arrange::default() };
        let OwnerAdapter::Command(line) = &self.core.owner else {
            return self.act(Party::CORE_FUNCTION, Act::Arrange, &with).await.map(|_| ());
        };
        let order = Order { action: Act::Arrange.word().to_owned(), with: json!(with) };
        let report = self.order(Party::CORE_FUNCTION, &Surface::Command(line.clone()), &order).await?;
        match report.outcome {
            ActOutcome::Done => Ok(()),
            ActOutcome::Refused | ActOutcome::Failed | ActOutcome::Unsupported => {
                Err(Stop::Inconclusive(format!("the command of [ccf.owner] did not arrange it: {}", report.detail)))
            }
        }
    }

    /// A resource owner function that is a product is told whose queries it answers. One that knows no such act has to
    /// know our core function beforehand, by the certificates of `capifspec pki export`.
    async fn tell_owner_function(&self, asking: Asking) -> Result<(), Stop> {
        let core_function = AskingCoreFunction { roots: certificates_to_pem(&asking.roots), name: asking.name };
        let with = Arrange { core_function: Some(core_function), ..Arrange::default() };
        match self.act(OWNER_FUNCTION, Act::Arrange, &with).await {
            Ok(_) | Err(Stop::NotApplicable(_)) => Ok(()),
            Err(stop) => Err(stop),
        }
    }

    /// An owner of whom the resource owner function is not told.
    pub fn know_owner(&mut self, label: &str) {
        if self.roster.owner(label).is_none() {
            let gpsi = format!("msisdn-4915{}", self.names.number(100_000_000..1_000_000_000));
            self.roster.owners.push(Owner { label: label.to_owned(), gpsi, words: Vec::new() });
        }
    }

    /// An owner tells the resource owner function how it decides, about everything or one invoker and service API.
    ///
    /// # Errors
    /// When the resource owner function cannot be told.
    pub async fn owner_says(
        &mut self,
        label: &str,
        decision: Option<Decision>,
        about: Option<(Party, &str)>,
    ) -> Result<(), Stop> {
        self.know_owner(label);
        let (api_invoker_id, api_name) = match about {
            Some((invoker, api)) => (Some(self.id_of(invoker)?), Some(self.api(api)?.name.clone())),
            None => (None, None),
        };
        let word = OwnerWord {
            invoker: api_invoker_id.clone(),
            api: api_name.clone(),
            granted: decision.map(|decision| decision == Decision::Granted),
            after: self.timeline.mark(),
        };
        let with = Decide { owner: self.gpsi(label)?, decision, api_invoker_id, api_name };
        self.act(OWNER_FUNCTION, Act::Decide, &with).await?;
        self.note(label, word);
        Ok(())
    }

    fn note(&mut self, label: &str, word: OwnerWord) {
        if let Some(owner) = self.roster.owners.iter_mut().find(|owner| owner.label == label) {
            owner.words.push(word);
        }
    }

    pub(super) fn gpsi(&self, label: &str) -> Result<String, LabError> {
        let owner = self.roster.owner(label).ok_or_else(|| LabError::NoSuchOwner(label.to_owned()))?;
        Ok(owner.gpsi.clone())
    }

    /// An invoker asks for a token with the authorization of an owner.
    ///
    /// # Errors
    /// Mistakes of ours only: what the core function answers is evidence.
    pub async fn obtain_owner_token(&mut self, invoker: Party, labels: &[String], owner: &str) -> Result<(), Stop> {
        let stimulus = self.owner_token_request(invoker, labels, owner)?;
        let exchange = self.send_clean(&stimulus, PURPOSE).await?;
        if let Some(token) = lens::access_token(&exchange).filter(|_| lens::accepted(&exchange)) {
            self.owner_tokens.insert((invoker, owner.to_owned()), token.clone());
            self.tokens.insert(invoker, token);
        }
        self.speak_of(exchange);
        Ok(())
    }

    /// The same, where the scenario cannot go on without the token.
    ///
    /// # Errors
    /// When none is granted.
    pub async fn have_owner_token(&mut self, invoker: Party, labels: &[String], owner: &str) -> Result<(), Stop> {
        self.obtain_owner_token(invoker, labels, owner).await?;
        let is_there = self.owner_tokens.contains_key(&(invoker, owner.to_owned()));
        let why = || format!("no token was granted with the authorization of the owner \"{owner}\"");
        if is_there { Ok(()) } else { Err(Stop::Inconclusive(why())) }
    }

    /// A token request with an owner who does not agree, between two with one who does.
    ///
    /// # Errors
    /// Mistakes of ours.
    pub async fn attempt_owner_token(
        &mut self,
        (invoker, owner): (Party, &str),
        (clean_invoker, clean_owner): (Party, &str),
        labels: &[String],
        deviation: &str,
    ) -> Result<(), Stop> {
        let clean = self.owner_token_request(clean_invoker, labels, clean_owner)?;
        let before = self.send_clean(&clean, "clean twin before").await?;
        let stimulus = self.owner_token_request(invoker, labels, owner)?;
        let deviant = self.send_clean(&stimulus, &format!("deviation: {deviation}")).await?;
        let after = self.send_clean(&clean, "clean twin after").await?;
        self.tried_state(deviation, [&before, &deviant, &after]);
        Ok(())
    }

    /// A token request with an owner while the resource owner function cannot be reached, between two while it can.
    ///
    /// # Errors
    /// As [`Self::have_owner_function`].
    pub async fn attempt_owner_token_out_of_reach(
        &mut self,
        invoker: Party,
        labels: &[String],
        owner: &str,
        clean_owner: &str,
    ) -> Result<(), Stop> {
        let missing = LabError::OutOfOrder("the resource owner function has to be there before it can be away");
        let there = self.owner_function.clone().ok_or(missing)?;
        let clean = self.owner_token_request(invoker, labels, clean_owner)?;
        let before = self.send_clean(&clean, "clean twin before").await?;
        self.arrange_owner_function(&OwnerFunction { url: NOWHERE.to_owned(), ..there.clone() }).await?;
        let stimulus = self.owner_token_request(invoker, labels, owner)?;
        let deviation = "the resource owner function cannot be reached";
        let deviant = self.send_clean(&stimulus, &format!("deviation: {deviation}")).await?;
        self.arrange_owner_function(&there).await?;
        let after = self.send_clean(&clean, "clean twin after").await?;
        self.tried_state(deviation, [&before, &deviant, &after]);
        Ok(())
    }

    /// Two invokers, or one for two service APIs, ask at once; when both queries are under way the owner refuses the
    /// second and then grants the first.
    ///
    /// # Errors
    /// When the queries do not come, or the owner cannot be heard.
    pub async fn obtain_owner_tokens_at_once(
        &mut self,
        first: (Party, &str),
        second: (Party, &str),
        owner: &str,
    ) -> Result<(), Stop> {
        let request = |(invoker, label): (Party, &str)| self.owner_token_request(invoker, &[label.to_owned()], owner);
        let stimuli = [request(first)?, request(second)?];
        let mark = self.timeline.mark();
        let answers = {
            let lab = &*self;
            let sent = join_all(stimuli.iter().map(|stimulus| lab.send_clean(stimulus, PURPOSE)));
            let (answers, arrived) = join(sent, lab.owner_heard(mark, first, second, owner)).await;
            arrived?;
            answers
        };
        for (about, granted) in [(second, false), (first, true)] {
            self.note_word(owner, about, granted)?;
        }
        for exchange in answers {
            self.focus = Some(exchange?.id);
        }
        Ok(())
    }

    async fn owner_heard(
        &self,
        mark: crate::wire::ExchangeId,
        first: (Party, &str),
        second: (Party, &str),
        owner: &str,
    ) -> Result<(), Stop> {
        let external = self.target.resource_owner_function.is_some();
        let name = OWNER_FUNCTION.name();
        let is_query = |exchange: &Exchange| {
            exchange.id > mark && exchange.server.name() == name && (external || exchange.request.is_some())
        };
        let both = |_: &Exchange| self.timeline.snapshot().iter().filter(|exchange| is_query(exchange)).count() > 1;
        let deadline = self.target.deadlines.notification;
        let arrived = self.timeline.wait_for(deadline, mark, both).await;
        arrived.map_err(|overdue| Stop::Inconclusive(format!("two queries were not under way at once: {overdue}")))?;
        for ((invoker, label), decision) in [(second, Decision::Refused), (first, Decision::Granted)] {
            let with = Decide {
                owner: self.gpsi(owner)?,
                decision: Some(decision),
                api_invoker_id: Some(self.id_of(invoker)?),
                api_name: Some(self.api(label)?.name.clone()),
            };
            self.act(OWNER_FUNCTION, Act::Decide, &with).await?;
        }
        Ok(())
    }

    fn note_word(&mut self, owner: &str, (invoker, label): (Party, &str), granted: bool) -> Result<(), LabError> {
        let word = OwnerWord {
            invoker: Some(self.id_of(invoker)?),
            api: Some(self.api(label)?.name.clone()),
            granted: Some(granted),
            after: self.timeline.mark(),
        };
        self.note(owner, word);
        Ok(())
    }

    /// A resource of one owner is invoked with the token that another owner authorized, between two invocations with
    /// the token of its own.
    ///
    /// # Errors
    /// Mistakes of ours, or a token that was not granted.
    pub async fn attempt_invocation_by_other_owner(
        &mut self,
        invoker: Party,
        label: &str,
        owner: &str,
        other: &str,
    ) -> Result<(), Stop> {
        let invoked = self.owned(label, owner)?;
        let missing = |owner: &str| LabError::NoSuchOwner(owner.to_owned());
        let token = |owner: &str| self.owner_tokens.get(&(invoker, owner.to_owned())).cloned().ok_or(missing(owner));
        let (own, foreign) = (token(owner)?, token(other)?);
        let mut exchanges = Vec::new();
        let deviation = format!("the token is that of the owner \"{other}\"");
        for (token, purpose) in
            [(&own, "clean twin before"), (&foreign, deviation.as_str()), (&own, "clean twin after")]
        {
            self.tokens.insert(invoker, token.clone());
            let stimulus = self.invocation(invoker, &invoked)?;
            exchanges.push(self.send_clean(&stimulus, purpose).await?);
        }
        if let [before, deviant, after] = exchanges.as_slice() {
            self.tried_state(&deviation, [before, deviant, after]);
        }
        Ok(())
    }

    /// The invoker under test is told to invoke a service API for a resource of an owner, which it may not get to do.
    ///
    /// # Errors
    /// When it cannot be told.
    pub async fn tell_to_invoke_of(&mut self, label: &str, owner: &str) -> Result<(), Stop> {
        let gpsi = self.gpsi(owner)?;
        self.invoke_of_meanwhile(label, Some(gpsi), 1, async |_, _| Ok(())).await.map(|_failed| ())
    }

    /// The reading of a resource of an owner.
    ///
    /// # Errors
    /// When nothing was said of the owner.
    pub fn owned(&self, label: &str, owner: &str) -> Result<Invoked, LabError> {
        Ok(Invoked { owner: Some(self.gpsi(owner)?), ..Invoked::reading(label) })
    }

    /// The token request of client credentials with the owner named: a text up to Release 18, an object from then on
    /// (discrepancy token-request-res-owner-id).
    fn owner_token_request(&self, invoker: Party, labels: &[String], owner: &str) -> Result<Stimulus, Stop> {
        let mut stimulus = self.token_request(invoker, &Asked::Apis(labels.to_vec()), false)?;
        let gpsi = self.gpsi(owner)?;
        let named =
            if self.plan.release <= Release::Rel18 { gpsi } else { serde_json::json!({"gpsi": gpsi}).to_string() };
        if let Body::Form(pairs) = &mut stimulus.body {
            pairs.push(("resOwnerId".to_owned(), named));
        }
        Ok(stimulus)
    }
}
