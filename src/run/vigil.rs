//! Whether a target is still there: a dead one is named once, and neither blamed nor waited for in scenario after
//! scenario.
//!
//! A port that refuses is asked again before each scenario: that costs nothing. A target that accepts and says nothing
//! costs a deadline each time, so it is only tried again after 1, 2, 4, 8 … scenarios.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;

use crate::clock::{Deadline, within};
use crate::spec::{Party, Role};
use crate::target::{Surface, Target};
use crate::verdict::{Finding, Verdict};
use crate::wire::{Exchange, Outcome};

/// Scenarios in a row without any answer, after which a target that still accepts counts as gone.
const SILENT_MAX: u32 = 2;

/// Watches over every product of a target: a scenario has to do with the one that it judges.
pub(super) struct Vigils(Vec<(Role, Vigil)>, Vigil);

impl Vigils {
    pub(super) fn over(target: &Target) -> Self {
        let over = |role| (role, Vigil::over(target, role));
        Self(target.external().into_iter().map(over).collect(), Vigil { over: None, state: Mutex::default() })
    }

    /// The one for scenarios that judge this role; of a built-in role it has nothing to say.
    pub(super) fn of(&self, role: Role) -> &Vigil {
        self.0.iter().find(|(watched, _)| *watched == role).map_or(&self.1, |(_, vigil)| vigil)
    }
}

/// Watches over one product: a core function where it is asked, another role where it is told to act, an exposing function
/// that nobody tells where it is invoked.
pub(super) struct Vigil {
    over: Option<Watched>,
    state: Mutex<State>,
}

struct Watched {
    role: Role,
    address: SocketAddr,
    name: String,
    handshake: Deadline,
}

#[derive(Default)]
struct State {
    /// It has answered in this run.
    answered: bool,
    /// The first scenario since the last good one whose last request was not answered.
    suspect: Option<String>,
    /// Scenarios in a row in which nothing was answered.
    silent: u32,
    gone: Option<Gone>,
}

struct Gone {
    reason: String,
    /// It still accepts connections.
    accepts: bool,
    passed_over: u32,
}

/// What a scenario heard of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// It was not asked.
    Unasked,
    /// It answered last, or did something else that shows it to be there.
    Answer,
    /// Its last answer did not come.
    NoLast,
    /// No answer came at all.
    Nothing,
    /// No connection could be had in the end.
    Unreachable,
}

impl Vigil {
    fn over(target: &Target, role: Role) -> Self {
        let at = match (&target.core_function, target.control(role)) {
            (Some(core), _) if role == Role::CoreFunction => {
                Some((core.site.address, format!("the core function at {}", core.site.authority())))
            }
            (_, Some(Surface::Http(url))) => {
                let address = url.strip_prefix("http://").and_then(|address| address.parse().ok());
                address.map(|address| (address, format!("the control surface of the {} at {address}", role.title())))
            }
            (_, None) if role == Role::ExposingFunction => target.exposing_function.as_ref().map(|aef| {
                let authority = aef.site.authority();
                (aef.site.address, format!("the exposing function at {authority}"))
            }),
            (_, _) => None,
        };
        let handshake = target.deadlines.handshake;
        let over = at.map(|(address, name)| Watched { role, address, name, handshake });
        Self { over, state: Mutex::default() }
    }

    /// Why the next scenario need not be tried; none where it is to be.
    pub(super) async fn reason_to_pass_over(&self) -> Option<String> {
        let (reason, accepts, passed_over) = {
            let mut state = self.state();
            let gone = state.gone.as_mut()?;
            gone.passed_over += 1;
            (gone.reason.clone(), gone.accepts, gone.passed_over)
        };
        let try_again = if accepts { passed_over.is_power_of_two() } else { !self.refuses().await };
        (!try_again).then_some(reason)
    }

    /// A scenario has ended, with these exchanges.
    pub(super) async fn ended(&self, scenario: &str, exchanges: &[Arc<Exchange>]) {
        let Some(watched) = &self.over else { return };
        let told_to_act = watched.role != Role::CoreFunction;
        // What is said on a control surface is not among the exchanges.
        let heard = if told_to_act { Heard::Unreachable } else { heard(exchanges) };
        let refuses = heard == Heard::Unreachable && self.refuses().await;
        let mut state = self.state();
        state.answered |= exchanges.iter().any(|exchange| is_asked(exchange) && exchange.answer().is_some());
        state.answered |= told_to_act && !refuses;
        match heard {
            Heard::Unasked => return,
            Heard::Answer => {
                *state = State { answered: state.answered, ..State::default() };
                return;
            }
            Heard::NoLast => (state.silent, state.gone) = (0, None),
            Heard::Nothing => state.silent += 1,
            // Whatever that was, it is over.
            Heard::Unreachable if !refuses => {
                (state.suspect, state.gone) = (None, None);
                return;
            }
            Heard::Unreachable => {}
        }
        let suspect = state.suspect.get_or_insert_with(|| scenario.to_owned()).clone();
        if state.gone.is_none() && (refuses || state.silent >= SILENT_MAX) {
            let when = if state.answered { "stopped answering during" } else { "answered nothing, not even in" };
            let reason = format!("{} {when} the scenario \"{suspect}\"", watched.name);
            state.gone = Some(Gone { reason, accepts: !refuses, passed_over: 0 });
        }
    }

    /// A miss that was found when the target had gone is no evidence against it.
    pub(super) async fn fair(&self, finding: Finding) -> Finding {
        if finding.verdict == Verdict::Fail && self.refuses().await {
            let observed = format!("{}; the {} had gone by then", finding.observed, finding.role.title());
            return Finding { verdict: Verdict::Inconclusive, observed, ..finding };
        }
        finding
    }

    /// Whether the target takes no connection.
    async fn refuses(&self) -> bool {
        let Some(watched) = &self.over else { return false };
        !matches!(within(watched.handshake, TcpStream::connect(watched.address)).await, Ok(Ok(_)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn heard(exchanges: &[Arc<Exchange>]) -> Heard {
    let late = |exchange: &Arc<Exchange>| matches!(exchange.outcome, Outcome::TimedOut { .. });
    let asked: Vec<&Arc<Exchange>> = exchanges.iter().filter(|exchange| is_asked(exchange)).collect();
    match asked.last().map(|last| &last.outcome) {
        None => Heard::Unasked,
        Some(Outcome::Unreachable { .. }) => Heard::Unreachable,
        Some(Outcome::TimedOut { .. }) if asked.iter().all(|exchange| late(exchange)) => Heard::Nothing,
        Some(Outcome::TimedOut { .. }) => Heard::NoLast,
        Some(
            Outcome::Open
            | Outcome::Answered
            | Outcome::HandshakeRefused { .. }
            | Outcome::ClosedWithoutAnswer
            | Outcome::Malformed { .. },
        ) => Heard::Answer,
    }
}

fn is_asked(exchange: &Exchange) -> bool {
    exchange.server.name() == Party::CORE_FUNCTION.name()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::{Clock, Deadlines};
    use crate::wire::{Caller, Request, Route, Scheme, Timeline};

    async fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    fn vigil(address: SocketAddr) -> Vigil {
        let role = Role::CoreFunction;
        let over =
            Watched { role, address, name: "the core function".to_owned(), handshake: Deadlines::default().handshake };
        Vigil { over: Some(over), state: Mutex::default() }
    }

    /// What a scenario that asks once sees of it.
    async fn asked_once(address: SocketAddr) -> Vec<Arc<Exchange>> {
        let (timeline, clock) = (Timeline::new(Clock::real()), Clock::real());
        let mut deadlines = Deadlines::default();
        deadlines.answer.after = Duration::from_millis(30);
        let caller = Caller::new(timeline.clone(), clock, deadlines);
        let (client, server) = (crate::wire::Party::new("invoker"), crate::wire::Party::new("ccf"));
        let route = Route { server, address, host: address.to_string(), scheme: Scheme::Plain };
        caller.call(&client, None, &route, &Request::new("GET", "/"), "test").await;
        timeline.snapshot()
    }

    #[tokio::test]
    async fn a_port_that_refuses_is_passed_over_until_it_opens() {
        let (listener, address) = listener().await;
        let vigil = vigil(address);
        assert_eq!(vigil.reason_to_pass_over().await, None);
        drop(listener);
        vigil.ended("first", &asked_once(address).await).await;
        vigil.ended("beside it", &asked_once(address).await).await;
        let reason = vigil.reason_to_pass_over().await.unwrap();
        assert_eq!(reason, "the core function answered nothing, not even in the scenario \"first\"");
        assert_eq!(vigil.reason_to_pass_over().await, Some(reason));
        let _again = TcpListener::bind(address).await.unwrap();
        assert_eq!(vigil.reason_to_pass_over().await, None);
    }

    #[tokio::test]
    async fn a_target_that_accepts_and_says_nothing_is_tried_again_now_and_then() {
        let (_silent, address) = listener().await;
        let vigil = vigil(address);
        vigil.ended("first", &asked_once(address).await).await;
        assert_eq!(vigil.reason_to_pass_over().await, None, "once is not enough");
        vigil.ended("second", &asked_once(address).await).await;
        let mut tried = Vec::new();
        for scenario in 1..=9 {
            if vigil.reason_to_pass_over().await.is_none() {
                tried.push(scenario);
            }
        }
        assert_eq!(tried, [1, 2, 4, 8]);
        vigil.ended("no request", &[]).await;
        assert!(vigil.reason_to_pass_over().await.is_some());
    }
}
