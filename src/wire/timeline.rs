//! The append-only record of one lab.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use crate::clock::{Clock, Deadline, Overdue, within};
use crate::wire::account::{Account, Place, merge_tls};
use crate::wire::onlooking::{Onlooker, Strangers};
use crate::wire::{End, Exchange, ExchangeId, Outcome, Party, RawMessage, Session, Witnesses};

/// What strangers may put into the record of one lab, in bytes: more than a product that behaves ever sends.
const UNASKED_MAX: usize = 2 * 1024 * 1024;
/// What an exchange costs beside its bytes.
const UNASKED_EACH: usize = 4 * 1024;
/// What the answers to our own requests may put there.
const ANSWERS_MAX: usize = 16 * 1024 * 1024;

/// Every exchange of one lab, in the order in which they began. Clones share the record.
#[derive(Clone, Debug)]
pub struct Timeline(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    record: Mutex<Record>,
    changes: watch::Sender<u64>,
    strangers: OnceLock<Strangers>,
    room: Room,
    onlooker: OnceLock<Onlooker>,
    /// How many exchanges are kept at least; all of them without.
    keep: Option<usize>,
}

/// How many bytes others may put in.
#[derive(Clone, Copy, Debug)]
struct Room {
    /// Requests that nobody of ours has asked for.
    unasked: usize,
    /// Answers to our own requests.
    answers: usize,
}

impl Room {
    const UNBOUNDED: Self = Self { unasked: usize::MAX, answers: usize::MAX };
}

#[derive(Debug, Default)]
struct Record {
    exchanges: Vec<Arc<Exchange>>,
    /// How many were before them.
    forgotten: u64,
    latest_at: HashMap<Place, ExchangeId>,
    sessions: Vec<Session>,
    /// Bytes that strangers have put in.
    unasked: usize,
    /// Bytes of answers to our own requests.
    answers: usize,
}

impl Timeline {
    /// An empty record whose times are those of the clock's monotonic side.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::with(clock, Room::UNBOUNDED, None)
    }

    /// The same with bounded room for what others send: the record of one scenario, in which they may be hostile.
    #[must_use]
    pub fn bounded(clock: Clock) -> Self {
        Self::with(clock, Room { unasked: UNASKED_MAX, answers: ANSWERS_MAX }, None)
    }

    /// The same for peers that run for ever: of what is long over, only this many exchanges are kept for certain.
    #[must_use]
    pub fn forgetful(clock: Clock, keep: usize) -> Self {
        Self::with(clock, Room::UNBOUNDED, Some(keep))
    }

    fn with(clock: Clock, room: Room, keep: Option<usize>) -> Self {
        Self(Arc::new(Inner {
            clock,
            record: Mutex::default(),
            changes: watch::Sender::new(0),
            strangers: OnceLock::new(),
            room,
            onlooker: OnceLock::new(),
            keep,
        }))
    }

    /// Tells of every exchange when it is over: by its client where that is ours, else by its server. Who is told must
    /// not keep others waiting. Told twice, the first word counts.
    pub fn tell(&self, onlooker: impl Fn(Arc<Exchange>) + Send + Sync + 'static) {
        let _known = self.0.onlooker.set(Onlooker(Box::new(onlooker)));
    }

    /// Every exchange so far that is kept, by number.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Arc<Exchange>> {
        self.record().exchanges.clone()
    }

    /// Every TLS session begun at a server of ours so far, by number.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        self.record().sessions.clone()
    }

    /// Whether strangers have sent so much that not all of it is here: nothing can be judged by such a record.
    #[must_use]
    pub fn is_flooded(&self) -> bool {
        self.record().unasked > self.0.room.unasked
    }

    /// Says who calls when only the server sees it.
    pub fn strangers_are(&self, strangers: Strangers) {
        // Told twice, the first word counts.
        let _known = self.0.strangers.set(strangers);
    }

    /// One exchange, as known now.
    #[must_use]
    pub fn get(&self, id: ExchangeId) -> Option<Arc<Exchange>> {
        self.record().get(id).cloned()
    }

    /// The latest exchange so far (0 when there is none): what [`Self::wait_for`] counts from.
    #[must_use]
    pub fn mark(&self) -> ExchangeId {
        self.record().latest()
    }

    /// Waits for an exchange that began after the mark and satisfies the predicate. It is looked at whenever something
    /// about it becomes known.
    ///
    /// # Errors
    /// [`Overdue`] when the deadline passed first.
    pub async fn wait_for(
        &self,
        deadline: Deadline,
        after: ExchangeId,
        is_it: impl Fn(&Exchange) -> bool,
    ) -> Result<ExchangeId, Overdue> {
        let mut changes = self.0.changes.subscribe();
        let first_match = || {
            let mut later = self.snapshot().into_iter().filter(|exchange| exchange.id > after);
            later.find(|exchange| is_it(exchange)).map(|exchange| exchange.id)
        };
        within(deadline, async {
            loop {
                if let Some(id) = first_match() {
                    return Ok(id);
                }
                // The sender lives as long as `self`: a closed channel only means that nothing will ever come.
                if changes.changed().await.is_err() {
                    return Err(Overdue(deadline));
                }
            }
        })
        .await?
    }

    /// Says why an exchange happened.
    pub fn set_purpose(&self, id: ExchangeId, purpose: &str) {
        self.amend(id, |exchange| purpose.clone_into(&mut exchange.purpose));
    }

    /// The client's side opens an exchange, before it has a connection. Where it does not know who is called, and that is
    /// one of ours, the server's side will say so.
    pub(super) fn opened_by_client(&self, client: &Party, server: &Party, purpose: &str) -> ExchangeId {
        let unknown = *server == Party::unknown();
        let stranger = self.0.strangers.get().filter(|_| unknown).map(|strangers| &strangers.called);
        let id = self.append(End::Client, client.clone(), stranger.unwrap_or(server).clone(), purpose);
        self.announce();
        id
    }

    /// The client's side tells where the server will see the exchange. To be called before a byte is sent, so that the
    /// server finds it.
    pub(super) fn placed(&self, id: ExchangeId, place: Place) {
        self.record().latest_at.insert(place, id);
    }

    /// The client's side sent this, perhaps not to its end, and nobody waits for the answer any more.
    pub(super) fn abandoned(&self, id: ExchangeId, request: RawMessage) {
        self.amend(id, |exchange| exchange.request = exchange.request.take().or(Some(request)));
    }

    /// The server's side saw something at a place: of the client's exchange if that is there and still without a
    /// server's account, else of a new one. None when there is no more room for what nobody of ours has asked for.
    pub(super) fn seen_by_server(&self, place: Place, server: &Party, account: Account) -> Option<ExchangeId> {
        let known = self.record().awaiting_server(place);
        let id = match known {
            Some(id) => id,
            None => self.unasked(place, server, &account)?,
        };
        self.amend(id, |exchange| {
            exchange.witnesses.server = true;
            exchange.server = server.clone();
        });
        self.told(id, End::Server, account);
        Some(id)
    }

    fn unasked(&self, place: Place, server: &Party, account: &Account) -> Option<ExchangeId> {
        let size = account.request.as_ref().map_or(0, |request| request.head.len() + request.body.len());
        self.record().unasked += size + UNASKED_EACH;
        if self.is_flooded() {
            return None;
        }
        let stranger = self.0.strangers.get().map(|strangers| strangers.caller(account.request.as_ref()));
        let id = self.append(End::Server, stranger.unwrap_or_else(Party::unknown), server.clone(), "");
        self.placed(id, place);
        Some(id)
    }

    /// A client begins a TLS session at a server of ours.
    pub(super) fn session_began(&self, server: &Party) -> u64 {
        let began_us = self.0.clock.monotonic_us();
        let mut record = self.record();
        let number = record.sessions.last().map_or(0, |session| session.number) + 1;
        record.sessions.push(Session { number, server: server.clone(), began_us });
        number
    }

    /// One end adds its account. The client knows best what it sent and what it received: where accounts differ, its own
    /// stands, except that only the server may know that it refused the handshake.
    pub(super) fn told(&self, id: ExchangeId, by: End, mut account: Account) {
        let now = self.0.clock.monotonic_us();
        if by == End::Client {
            self.make_room(&mut account);
        }
        let is_over = account.outcome != Outcome::Open;
        self.amend(id, |exchange| {
            merge_tls(&mut exchange.tls, account.tls);
            exchange.session = exchange.session.or(account.session);
            let client_has_spoken = exchange.witnesses.client && exchange.outcome != Outcome::Open;
            match by {
                End::Client => {
                    exchange.request = account.request;
                    exchange.response = account.response;
                    let server_refused = matches!(exchange.outcome, Outcome::HandshakeRefused { .. });
                    if !(server_refused && account.outcome == Outcome::ClosedWithoutAnswer) {
                        exchange.outcome = account.outcome;
                    }
                    exchange.ended_us = Some(now);
                }
                End::Server if client_has_spoken => {
                    let explains = matches!(account.outcome, Outcome::HandshakeRefused { .. });
                    if explains && exchange.outcome == Outcome::ClosedWithoutAnswer {
                        exchange.outcome = account.outcome;
                    }
                }
                End::Server => {
                    exchange.request = exchange.request.take().or(account.request);
                    exchange.response = account.response.or(exchange.response.take());
                    let ended = account.outcome != Outcome::Open;
                    exchange.ended_us = ended.then_some(now);
                    exchange.outcome = account.outcome;
                }
            }
        });
        if let (true, Some(onlooker), Some(exchange)) = (is_over, self.0.onlooker.get(), self.get(id))
            && (by == End::Client || !exchange.witnesses.client)
        {
            (onlooker.0)(exchange);
        }
    }

    /// An answer for which there is no room is none.
    fn make_room(&self, account: &mut Account) {
        let Some(answer) = &mut account.response else { return };
        let mut record = self.record();
        record.answers = record.answers.saturating_add(answer.body.len());
        if record.answers > self.0.room.answers {
            record.answers -= answer.body.len();
            answer.keep(0);
            let why = format!("the answers of this scenario are longer than {ANSWERS_MAX} bytes together");
            account.outcome = Outcome::Malformed { why };
        }
    }

    fn append(&self, by: End, client: Party, server: Party, purpose: &str) -> ExchangeId {
        let mut record = self.record();
        let id = ExchangeId(record.latest().0 + 1);
        record.exchanges.push(Arc::new(Exchange {
            id,
            client,
            server,
            witnesses: Witnesses { client: by == End::Client, server: by == End::Server },
            tls: None,
            request: None,
            response: None,
            outcome: Outcome::Open,
            started_us: self.0.clock.monotonic_us(),
            ended_us: None,
            at_unix: self.0.clock.now_unix(),
            session: None,
            purpose: purpose.to_owned(),
        }));
        if let Some(keep) = self.0.keep {
            record.forget_beyond(keep);
        }
        id
    }

    fn amend(&self, id: ExchangeId, change: impl FnOnce(&mut Exchange)) {
        let mut record = self.record();
        if let Some(exchange) = record.index(id).and_then(|at| record.exchanges.get_mut(at)) {
            change(Arc::make_mut(exchange));
        }
        drop(record);
        self.announce();
    }

    fn announce(&self) {
        self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn latest(&self) -> ExchangeId {
        self.exchanges.last().map_or(ExchangeId(self.forgotten), |exchange| exchange.id)
    }

    fn get(&self, id: ExchangeId) -> Option<&Arc<Exchange>> {
        self.exchanges.get(self.index(id)?)
    }

    fn index(&self, id: ExchangeId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.forgotten + 1)?).ok()
    }

    /// A port may serve a second connection later: an exchange that already has the server's account is over.
    fn awaiting_server(&self, place: Place) -> Option<ExchangeId> {
        let id = *self.latest_at.get(&place)?;
        let exchange = self.get(id)?;
        (!exchange.witnesses.server).then_some(id)
    }

    /// Not at every exchange, so that it costs nothing to speak of.
    fn forget_beyond(&mut self, keep: usize) {
        if self.exchanges.len() < keep.saturating_mul(2) {
            return;
        }
        let gone = self.exchanges.len() - keep;
        self.exchanges.drain(..gone);
        self.forgotten += gone as u64;
        let forgotten = self.forgotten;
        self.latest_at.retain(|_place, id| id.0 > forgotten);
        let sessions = self.sessions.len().saturating_sub(keep);
        self.sessions.drain(..sessions);
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const PLACE: Place = Place {
        client: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1),
        server: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 2),
        ordinal: 0,
    };

    fn account(outcome: Outcome, answer: Option<&str>) -> Account {
        let message = |text: &str| RawMessage { head: text.as_bytes().to_vec(), ..RawMessage::default() };
        let request = Some(message("GET / HTTP/1.1\r\n\r\n"));
        Account { tls: None, request, response: answer.map(message), outcome, session: None }
    }

    fn refusal() -> Outcome {
        Outcome::HandshakeRefused { by: End::Server, alert: "unknown_ca".to_owned() }
    }

    /// The exchange after accounts in this order.
    fn told(accounts: &[(End, Outcome, Option<&str>)]) -> Arc<Exchange> {
        let timeline = Timeline::new(Clock::virtual_from_now());
        let (client, server) = (Party::new("invoker"), Party::new("ccf"));
        let id = timeline.opened_by_client(&client, &server, "test");
        timeline.placed(id, PLACE);
        for (by, outcome, answer) in accounts {
            let account = account(outcome.clone(), *answer);
            match by {
                End::Client => timeline.told(id, End::Client, account),
                End::Server => assert_eq!(timeline.seen_by_server(PLACE, &server, account), Some(id)),
            }
        }
        timeline.get(id).unwrap()
    }

    #[test]
    fn an_answer_that_came_too_late_was_not_received() {
        let late = Outcome::TimedOut { deadline: "answer" };
        let exchange = told(&[
            (End::Client, late.clone(), None),
            (End::Server, Outcome::Answered, Some("HTTP/1.1 200 OK\r\n\r\n")),
        ]);
        assert_eq!((&exchange.outcome, &exchange.response), (&late, &None));
        assert!(exchange.witnesses.client && exchange.witnesses.server);
    }

    #[test]
    fn the_server_explains_why_it_closed() {
        let closed = (End::Client, Outcome::ClosedWithoutAnswer, None);
        let refused = (End::Server, refusal(), None);
        assert_eq!(told(&[closed.clone(), refused.clone()]).outcome, refusal());
        assert_eq!(told(&[refused, closed]).outcome, refusal());
    }

    #[test]
    fn sessions_are_counted_and_strangers_named() {
        let timeline = Timeline::new(Clock::virtual_from_now());
        timeline.strangers_are(Strangers::named(|_| Party::new("invoker"), Party::new("aef")));
        let server = Party::new("aef");
        let session = Some(timeline.session_began(&server));
        let id = timeline.seen_by_server(PLACE, &server, Account { session, ..account(Outcome::Open, None) });
        let exchange = timeline.get(id.unwrap()).unwrap();
        assert_eq!((exchange.client.name(), exchange.session), ("invoker", Some(1)));
        let called = |name: &str| {
            let id = timeline.opened_by_client(&Party::new("ccf"), &Party::new(name), "test");
            timeline.get(id).unwrap().server.name().to_owned()
        };
        assert_eq!((called("unknown"), called("rof")), ("aef".to_owned(), "rof".to_owned()));
        assert_eq!(timeline.sessions().first().map(|session| session.server.clone()), Some(server));
    }

    #[test]
    fn what_is_over_is_told_once_and_forgotten_in_the_end() {
        let timeline = Timeline::forgetful(Clock::virtual_from_now(), 2);
        let (tell, told) = std::sync::mpsc::sync_channel(100);
        timeline.tell(move |exchange| tell.send(exchange.id.0).unwrap());
        let server = Party::new("ccf");
        for ordinal in 0..7 {
            let place = Place { ordinal, ..PLACE };
            let id = timeline.seen_by_server(place, &server, account(Outcome::Open, None));
            timeline.told(id.unwrap(), End::Server, account(Outcome::Answered, Some("HTTP/1.1 200 OK\r\n\r\n")));
        }
        let id = timeline.opened_by_client(&Party::new("aef"), &server, "test");
        timeline.placed(id, PLACE);
        timeline.seen_by_server(PLACE, &server, account(Outcome::Answered, None));
        timeline.told(id, End::Client, account(Outcome::Answered, None));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
        let kept: Vec<u64> = timeline.snapshot().iter().map(|exchange| exchange.id.0).collect();
        assert_eq!((kept, timeline.mark().0), (vec![7, 8], 8));
        assert!(timeline.get(ExchangeId(1)).is_none());
        assert_eq!(timeline.get(id).map(|exchange| exchange.client.name().to_owned()).as_deref(), Some("aef"));
    }

    #[test]
    fn a_port_that_serves_again_makes_a_new_exchange() {
        let timeline = Timeline::new(Clock::virtual_from_now());
        let server = Party::new("ccf");
        let see = || timeline.seen_by_server(PLACE, &server, account(Outcome::Open, None));
        assert_eq!((see(), see()), (Some(ExchangeId(1)), Some(ExchangeId(2))));
        assert_eq!(timeline.mark(), ExchangeId(2));
        assert!(timeline.get(ExchangeId(0)).is_none() && timeline.get(ExchangeId(3)).is_none());
    }

    #[test]
    fn strangers_find_no_room_without_end() {
        let timeline = Timeline::bounded(Clock::virtual_from_now());
        let server = Party::new("invoker");
        let seen = (0..10_000).filter(|_| {
            let account = account(Outcome::Open, None);
            timeline.seen_by_server(PLACE, &server, account).is_some()
        });
        assert!((100..1_000).contains(&seen.count()) && timeline.is_flooded());
        let id = timeline.opened_by_client(&Party::new("aef"), &server, "test");
        assert!(timeline.get(id).is_some(), "our own go on");
    }

    #[test]
    fn answers_find_no_room_without_end() {
        let timeline = Timeline::bounded(Clock::virtual_from_now());
        let (client, server) = (Party::new("invoker"), Party::new("ccf"));
        let mut asked = |_| {
            let id = timeline.opened_by_client(&client, &server, "test");
            let response = RawMessage { body: vec![0; ANSWERS_MAX / 4], ..RawMessage::default() };
            let answered = Account { response: Some(response), ..account(Outcome::Answered, None) };
            timeline.told(id, End::Client, answered);
            timeline.get(id).unwrap()
        };
        let answered: Vec<_> = (0..6).map(&mut asked).collect();
        assert_eq!(answered.iter().filter(|exchange| exchange.outcome == Outcome::Answered).count(), 4);
        let last = answered.last().unwrap().response.as_ref().unwrap();
        assert_eq!((last.body.len(), last.body_length()), (0, ANSWERS_MAX as u64 / 4));
    }
}
