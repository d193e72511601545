//! What exchanges show of the way between both sides: clocks, certificates, what reached our core function, and the
//! features that requests name.

use std::sync::Arc;

use super::Line;
use crate::checks::lens;
use crate::clock::of_http_date;
use crate::lab::{Lab, Stop};
use crate::pki::Summary;
use crate::spec::{Operation, Party};
use crate::target::{Claims, Features};
use crate::wire::{End, Exchange, ExchangeId, Outcome, RawMessage};

/// Clocks that agree this well do not change what is valid.
const APART_S_MAX: i64 = 5;
/// How requests and answers name features: as members of a body, or as parameters of a query.
const NAMES_OF_FEATURES: [&str; 4] = ["supportedFeatures", "suppFeat", "supported-features", "supp-feat"];

/// What went to a server.
pub(super) fn sent_to(exchanges: &[Arc<Exchange>], server: Party) -> impl DoubleEndedIterator<Item = &Arc<Exchange>> {
    exchanges.iter().filter(move |exchange| exchange.server.name() == server.name())
}

/// What a product sent to our core function.
fn by_product(exchanges: &[Arc<Exchange>]) -> impl DoubleEndedIterator<Item = &Arc<Exchange>> {
    exchanges.iter().filter(|exchange| is_by_product(exchange))
}

fn is_by_product(exchange: &Exchange) -> bool {
    exchange.server.name() == Party::CORE_FUNCTION.name() && !exchange.witnesses.client
}

impl Lab {
    /// What a product began at our core function may come later than its word of it. Where nothing has come that it was
    /// told to ask for, whatever comes is waited for.
    pub(super) async fn let_arrive(&self, after: ExchangeId, operation: &'static Operation) {
        let exchanges = self.exchanges();
        if !by_product(&exchanges).any(|exchange| exchange.id > after && lens::is_of(exchange, operation)) {
            let is_there = |exchange: &Exchange| is_by_product(exchange) && exchange.ended_us.is_some();
            // Silence is what there is to say then.
            let _silence = self.timeline.wait_for(self.target.deadlines.quiet, after, is_there).await.is_err();
        }
    }
}

/// The clock of whoever answers, by the Date of its answers.
pub(super) fn clock_of_answers(about: &str, exchanges: &[Arc<Exchange>], server: Party) -> Line {
    let dated = sent_to(exchanges, server).filter_map(|exchange| off(exchange, exchange.response.as_ref()?));
    apart(about, dated.min_by_key(|apart| apart.abs()), "none of its answers has a Date")
}

/// The clock of whoever only asks, by the Date of its requests.
pub(super) fn clock_of_requests(about: &str, exchanges: &[Arc<Exchange>]) -> Line {
    let dated = by_product(exchanges).filter_map(|exchange| off(exchange, exchange.request.as_ref()?));
    apart(about, dated.min_by_key(|apart| apart.abs()), "none of its requests has a Date, and none needs one")
}

fn off(exchange: &Exchange, message: &RawMessage) -> Option<i64> {
    Some(of_http_date(&message.header("date")?)? - exchange.at_unix)
}

/// How far apart the clocks are.
fn apart(about: &str, seconds: Option<i64>, unknown: &str) -> Line {
    let what = "clock difference";
    match seconds {
        None => Line::not_checkable(about, what, unknown),
        Some(seconds) if seconds.abs() <= APART_S_MAX => {
            Line::ok(about, what, format!("its clock and ours are {} s apart", seconds.abs()))
        }
        Some(seconds) => Line::problem(
            about,
            what,
            format!("its clock is {} s {} ours", seconds.abs(), if seconds > 0 { "before" } else { "behind" }),
            "set both by the same time server: tokens and certificates would be taken for not yet valid, or expired",
        ),
    }
}

/// What a server makes of the certificates that parties of ours show it.
pub(super) fn our_certificates(about: &str, exchanges: &[Arc<Exchange>], server: Party, cure: &str) -> Line {
    let what = "our certificates";
    let shown: Vec<&Arc<Exchange>> = sent_to(exchanges, server)
        .filter(|exchange| exchange.tls.as_ref().is_some_and(|facts| !facts.client_chain.is_empty()))
        .collect();
    let refused =
        shown.iter().find(|exchange| matches!(exchange.outcome, Outcome::HandshakeRefused { by: End::Server, .. }));
    if let Some(exchange) = refused {
        let seen =
            format!("{} was refused in the handshake: {} ({})", exchange.client, exchange.outcome, leaf(exchange));
        return Line::problem(about, what, seen, cure);
    }
    match shown.iter().rev().find(|exchange| lens::accepted(exchange)).or(shown.last()) {
        None => Line::not_checkable(about, what, "its TLS end asked nobody for a certificate, or nobody had one"),
        Some(exchange) => {
            let seen = format!("asked for; {} showed {}: {}", exchange.client, leaf(exchange), lens::ending(exchange));
            Line::ok(about, what, seen)
        }
    }
}

fn leaf(exchange: &Exchange) -> String {
    certificate(exchange.tls.as_ref().and_then(|facts| facts.client_chain.first()))
}

fn certificate(leaf: Option<&Vec<u8>>) -> String {
    leaf.and_then(|leaf| Summary::of(leaf))
        .map_or_else(|| "no certificate".to_owned(), |leaf| format!("{}, issued by {}", leaf.subject, leaf.issuer))
}

/// What a product that calls our core function makes of its certificate.
pub(super) fn core_certificate(about: &str, exchanges: &[Arc<Exchange>]) -> Line {
    let what = "certificate of our core function";
    let shown = |exchange: &Exchange| certificate(exchange.tls.as_ref().and_then(|facts| facts.server_chain.first()));
    if let Some(exchange) = by_product(exchanges).find(|exchange| exchange.request.is_some()) {
        return Line::ok(about, what, format!("it was shown {}, and asked over that connection", shown(exchange)));
    }
    match by_product(exchanges).find(|exchange| is_refused(exchange)) {
        None => Line::not_checkable(about, what, "no connection of its came about"),
        Some(exchange) => {
            let cure = "let it trust the roots that the order brings; where it has to trust them beforehand, import those \
                        of `capifspec pki export`, which [harness] pki keeps the same";
            Line::problem(about, what, format!("{}; it was shown {}", exchange.outcome, shown(exchange)), cure)
        }
    }
}

fn is_refused(exchange: &Exchange) -> bool {
    matches!(exchange.outcome, Outcome::HandshakeRefused { by: End::Client, .. })
}

/// An order that is to bring a product to our core function.
pub(super) struct Errand<'a> {
    /// The role that was told.
    pub(super) about: &'a str,
    /// What is looked at.
    pub(super) what: &'a str,
    /// What it has to ask for.
    pub(super) operation: &'static Operation,
    /// What it has done then.
    pub(super) achieved: &'a str,
    /// Where our core function is.
    pub(super) place: &'a str,
}

impl Errand<'_> {
    /// What came of it. That nothing arrives is a matter of addresses and trust; what arrives is for scenarios to judge.
    pub(super) fn came(&self, exchanges: &[Arc<Exchange>], stop: Option<&Stop>) -> Line {
        let Self { about, what, operation, achieved, place } = self;
        if let Some(Stop::NotApplicable(why)) = stop {
            return Line::not_checkable(about, what, why);
        }
        let said = stop.map_or_else(|| "it says that it did".to_owned(), |stop| stop.reason().to_owned());
        if let Some(arrived) = by_product(exchanges).rfind(|exchange| lens::is_of(exchange, operation)) {
            return match stop {
                None if lens::accepted(arrived) => {
                    Line::ok(about, what, format!("it reached our core function at {place}, and {achieved}"))
                }
                Some(_) | None => {
                    let seen = format!("it reached our core function at {place}: {}; {said}", lens::ending(arrived));
                    let cure = "does it use what the order brings (URL, secret, token, names)? Where it does, a run says \
                                what its request lacks";
                    Line::problem(about, what, seen, cure)
                }
            };
        }
        if by_product(exchanges).any(|exchange| is_refused(exchange)) {
            return Line::not_checkable(about, what, "it does not trust our core function, as said of its certificate");
        }
        let named = operation.service_operation;
        if let Some(other) = by_product(exchanges).next_back() {
            let cure = format!("see its own log: why does no {named} follow?");
            let seen = format!(
                "it reached our core function at {place}, and not with {named}: {}; {said}",
                lens::ending(other)
            );
            return Line::problem(about, what, seen, cure);
        }
        let cure = format!(
            "can it reach that address? See harness.advertise, harness.ports and firewalls between; does it take the URL \
             from the order, and is {about}.control its control surface?"
        );
        Line::problem(about, what, format!("no {named} reached our core function at {place}: {said}"), cure)
    }
}

/// What a role claims to support of the APIs that it calls, against what its requests name (TS 29.500 clause 6.6.2).
pub(super) fn named_features(about: &str, claims: &Claims, exchanges: &[Arc<Exchange>]) -> Vec<Line> {
    if claims.features.is_empty() {
        return vec![Line::not_checkable(about, "claimed features", "it claims none")];
    }
    let own = claims.features.iter().filter(|(service, _)| **service != crate::spec::Service::AefSecurity);
    own.map(|(service, claimed)| {
        let what = format!("features of {service}");
        let of_service = by_product(exchanges)
            .filter(|exchange| lens::operation(exchange).is_some_and(|operation| operation.service == *service));
        let named = of_service.rev().find_map(|exchange| features_of_request(exchange));
        match named {
            None => Line::not_checkable(about, &what, "none of its requests here named features of this API"),
            Some(named) => compared(about, &what, claimed, &named, "its request names"),
        }
    })
    .collect()
}

fn features_of_request(exchange: &Exchange) -> Option<Features> {
    let body = lens::request_object(exchange).unwrap_or_default();
    let in_body = NAMES_OF_FEATURES.iter().find_map(|name| Some(body.get(*name)?.as_str()?.to_owned()));
    let query = lens::query(exchange.request.as_ref()?);
    let in_query = || query.into_iter().find(|(name, _)| NAMES_OF_FEATURES.contains(&name.as_str()));
    in_body.or_else(|| in_query().map(|(_, value)| value))?.parse().ok()
}

/// The features that an answer names.
pub(super) fn features_of_answer(exchange: &Exchange) -> Option<Features> {
    let body = lens::answer_object(exchange)?;
    NAMES_OF_FEATURES.iter().find_map(|name| body.get(*name)?.as_str()?.parse().ok())
}

/// Claimed features against those that came: `how` says by what.
pub(super) fn compared(about: &str, what: &str, claimed: &Features, came: &Features, how: &str) -> Line {
    let missing: Vec<String> =
        claimed.numbers().filter(|number| !came.has(*number)).map(|number| number.to_string()).collect();
    if missing.is_empty() {
        return Line::ok(about, what, format!("claims {claimed}, {how} {came}"));
    }
    let cure = format!("correct {about}.claims.features: what is claimed and not negotiated is not there");
    let seen = format!("claims {claimed}, {how} {came}: without feature {}", missing.join(", "));
    Line::problem(about, what, seen, cure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::doctor::State;

    #[test]
    fn clocks_may_differ_a_little() {
        let of = |seconds| apart("ccf", seconds, "no Date");
        assert_eq!(of(None).state, State::NotCheckable);
        assert_eq!(of(Some(-APART_S_MAX)).state, State::Ok);
        assert!(of(Some(60)).seen.contains("60 s before ours"));
        assert!(of(Some(-3600)).seen.contains("3600 s behind ours"));
    }

    #[test]
    fn what_is_claimed_and_does_not_come_is_a_problem_and_more_is_none() {
        let features = |text: &str| text.parse::<Features>().unwrap();
        let of = |claimed: &str, came: &str| {
            compared("aef", "features", &features(claimed), &features(came), "its request names").state
        };
        assert_eq!((of("2", "0002"), of("2", "f"), of("3", "2")), (State::Ok, State::Ok, State::Problem));
    }
}
