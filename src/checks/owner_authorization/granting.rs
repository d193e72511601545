//! How the core function grants with the authorization of the owner: TS 23.222 clause 8.31, TS 33.122 C.1 and C.2.2,
//! TS 29.222 8.5.4.2.8.

use serde_json::Value;

use super::super::evidence::Evidence;
use super::super::lens::{self, Signature};
use super::super::security::refusal::deviant;
use super::super::{Check, Judgement};
use super::query::{Query, named_owner, owner_asked, queries};
use crate::operation;
use crate::req;
use crate::spec::Role;
use crate::wire::Exchange;

/// Every check of this file.
pub const ALL: &[&Check] = &[
    &OWNER_INVOLVED,
    &OWNER_DENIAL_RESPECTED,
    &NO_TOKEN_WITHOUT_THE_OWNER,
    &OWNER_CLAIMED,
    &OWNER_TOKEN_IS_A_TOKEN,
    &GRANT_IS_THE_BASIS,
];

/// The token comes after a grant of the owner about this invoker and these service APIs.
pub const OWNER_INVOLVED: Check = Check {
    slug: "owner-involved-before-token",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.31.3-04")],
    judge: |evidence| {
        let expected = "the token is issued after the owner granted, through the resource owner function, what it is for to the invoker that asked; where the owner granted a part only, a token for that part or none";
        let Some(request) = evidence.focus() else {
            return Judgement::unclear(expected, "no token was asked for");
        };
        let Some(token) = token_of(request) else {
            let issued = lens::access_token(request).is_some();
            if !issued && refused_for_a_part(evidence, request) {
                return Judgement::held(expected, format!("{}: the owner did not grant all", lens::ending(request)))
                    .at(request.id);
            }
            return without_claims(issued, expected, lens::ending(request)).at(request.id);
        };
        let queries = queries(evidence);
        let before = queries.iter().filter(|query| is_before(query.exchange, request));
        let granted: Vec<String> = before.filter(|query| is_of(query, request)).flat_map(granted_pairs).collect();
        let stray = token.pairs.iter().find(|pair| !granted.contains(pair));
        match (stray, token.pairs.is_empty()) {
            (_, true) => Judgement::unclear(expected, "the scope of the token cannot be read"),
            (Some(pair), false) => {
                Judgement::missed(expected, format!("a token for {pair}; queries: {}", shown(&queries)))
            }
            (None, false) => Judgement::held(expected, format!("granted before: {}", granted.join(" "))),
        }
        .at(request.id)
    },
};

/// Where the owner refuses there is no token.
pub const OWNER_DENIAL_RESPECTED: Check = Check {
    slug: "owner-denial-respected",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.31.3-04")],
    judge: |evidence| {
        let expected = "4xx and no token, because the owner refused";
        let Some((_, request)) = deviant(evidence) else {
            return Judgement::unclear(expected, "nothing was tried");
        };
        let is_refusal = lens::status(request).is_some_and(|status| (400..500).contains(&status));
        let observed = lens::ending(request);
        if lens::access_token(request).is_some() || lens::accepted(request) {
            return Judgement::missed(expected, observed).at(request.id);
        }
        let denied = |query: &Query<'_>| is_of(query, request) && query.answer.is_some() && !query.granted();
        if !queries(evidence).iter().any(denied) {
            return Judgement::unclear(expected, format!("{observed}, but the owner was not asked")).at(request.id);
        }
        Judgement::when(is_refusal, expected, observed).at(request.id)
    },
};

/// Where the owner says nothing, or cannot be asked, there is no token.
pub const NO_TOKEN_WITHOUT_THE_OWNER: Check = Check {
    slug: "no-token-without-the-owner",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.31.3-04")],
    judge: |evidence| {
        let Some((trial, request)) = deviant(evidence) else {
            return Judgement::unclear("no token", "nothing was tried");
        };
        let expected = format!("no token within the deadline, because {}", trial.deviation);
        let token = lens::access_token(request).is_some() || lens::accepted(request);
        if !token && silent_and_not_asked(evidence, request) {
            return Judgement::unclear(expected, "the owner was not asked").at(request.id);
        }
        Judgement::when(!token, expected, lens::ending(request)).at(request.id)
    },
};

/// A token with the authorization of an owner names this owner, a plain one names none.
pub const OWNER_CLAIMED: Check = Check {
    slug: "owner-claimed",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.2.2-05"), req!("29222-8.5.4.2.8-03")],
    judge: |evidence| {
        let expected = "claim resOwnerId with the owner asked for in the token that an owner authorized, and none in a plain token";
        let of_token = |request: &Exchange| Some((owner_asked(request), token_of(request)?.owner));
        let tokens: Vec<_> = evidence.of(operation!("GetOAuthIndAPIInv")).filter_map(of_token).collect();
        let plain = tokens.iter().filter(|(asked, _)| asked.is_none()).count();
        if plain == 0 || plain == tokens.len() {
            return Judgement::unclear(expected, "a plain token and one that an owner authorized are needed");
        }
        match tokens.iter().find(|(asked, claimed)| asked != claimed) {
            Some((asked, claimed)) => Judgement::missed(
                expected,
                format!("asked for {}, claimed {}", or_none(asked.as_ref()), or_none(claimed.as_ref())),
            ),
            None => Judgement::held(expected, "one claim where an owner was named, none elsewhere"),
        }
    },
};

/// The token that an owner authorized is a bearer token, a JWT and signed.
pub const OWNER_TOKEN_IS_A_TOKEN: Check = Check {
    slug: "owner-token-is-a-token",
    role: Role::CoreFunction,
    requirements: &[req!("33122-C.1-06")],
    judge: |evidence| {
        let expected = "a bearer token, a JWT in compact serialization, signed by the core function";
        let Some(request) = evidence.focus().filter(|request| owner_asked(request).is_some()) else {
            return Judgement::unclear(expected, "no token was asked for with an owner");
        };
        let Some(token) = lens::access_token(request) else {
            return Judgement::missed(expected, lens::ending(request)).at(request.id);
        };
        let kind = lens::answer_object(request).and_then(|answer| answer.get("token_type").cloned());
        let bearer = kind.as_ref().and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer"));
        let parts = lens::decode(&token);
        if !bearer || parts.parts.len() != 3 || parts.header.is_none() || parts.claims.is_none() {
            return Judgement::missed(expected, "it is no bearer token, or header and claims do not decode")
                .at(request.id);
        }
        match lens::signature(&token, evidence.keys) {
            Signature::Verifies => Judgement::held(expected, "the signature verifies"),
            Signature::Faulty(fault) => Judgement::missed(expected, fault),
            Signature::Unknowable(why) => Judgement::unclear(expected, why),
        }
        .at(request.id)
    },
};

/// What the owner granted before is the basis of what the invoker may do.
pub const GRANT_IS_THE_BASIS: Check = Check {
    slug: "owner-grant-is-the-basis",
    role: Role::CoreFunction,
    requirements: &[req!("23222-8.31.1-01")],
    judge: |evidence| {
        let expected = "an invocation with a token that the owner's grant is the basis of is served";
        let requests = evidence.of(operation!("GetOAuthIndAPIInv"));
        let Some(request) = requests.rev().find(|request| owner_asked(request).is_some()) else {
            return Judgement::unclear(expected, "no token was asked for with an owner");
        };
        let queries = queries(evidence);
        let during = queries.iter().any(|query| query.exchange.id > request.id && is_of(query, request));
        let when = if during { "given during the token request" } else { "stored before the token request" };
        let served = lens::invocations(evidence).iter().any(lens::served);
        match (token_of(request), served) {
            (Some(_), true) => Judgement::held(expected, format!("served; the grant was {when}")).at(request.id),
            (_, _) => Judgement::not_used(expected, lens::ending(request)).at(request.id),
        }
    },
};

/// Whether a request is refused of which the owner, who was asked, did not grant everything: what was granted of it may be
/// ignored as a whole (RFC 6749 3.3).
fn refused_for_a_part(evidence: &Evidence<'_>, request: &Exchange) -> bool {
    let scope = lens::values(&lens::request_form(request), "scope").concat();
    let wanted = lens::scope(&scope, false).map(|entries| lens::scope_pairs(&entries)).unwrap_or_default();
    let kept_back = |query: &Query<'_>| {
        let granted = granted_pairs(query);
        query.answer.is_some() && query.about.pairs.iter().any(|pair| wanted.contains(pair) && !granted.contains(pair))
    };
    let queries = queries(evidence);
    let own = queries.iter().filter(|query| is_before(query.exchange, request) && is_of(query, request));
    lens::status(request).is_some_and(|status| (400..500).contains(&status)) && own.into_iter().any(kept_back)
}

/// No claims: none was issued, or it is a text that nobody else can read.
fn without_claims(issued: bool, expected: &str, observed: String) -> Judgement {
    if issued {
        return Judgement::unclear(expected, "the token cannot be read");
    }
    Judgement::missed(expected, observed)
}

/// Whether an owner who does not react was not even asked.
fn silent_and_not_asked(evidence: &Evidence<'_>, request: &Exchange) -> bool {
    let asked = owner_asked(request);
    let owner = evidence.roster.owners.iter().find(|owner| Some(&owner.gpsi) == asked.as_ref());
    let silent = owner.is_some_and(|owner| owner.words.iter().all(|word| word.granted.is_none()));
    silent && !queries(evidence).iter().any(|query| is_of(query, request))
}

/// What an issued token says.
struct Token {
    pairs: Vec<String>,
    owner: Option<String>,
}

fn token_of(request: &Exchange) -> Option<Token> {
    let token = lens::access_token(request).filter(|_| lens::accepted(request))?;
    let claims = lens::decode(&token).claims?;
    let entries = claims.get("scope").and_then(Value::as_str).and_then(|scope| lens::scope(scope, false));
    let pairs = entries.map(|entries| lens::scope_pairs(&entries)).unwrap_or_default();
    let owner = claims.get("resOwnerId").and_then(named_owner);
    Some(Token { pairs, owner })
}

/// Whether a query is about the owner and the invoker of a token request.
fn is_of(query: &Query<'_>, request: &Exchange) -> bool {
    let form = lens::request_form(request);
    let client = lens::values(&form, "client_id").first().map(|id| (*id).to_owned());
    Some(&query.about.owner) == owner_asked(request).as_ref() && Some(&query.about.invoker) == client.as_ref()
}

fn is_before(query: &Exchange, request: &Exchange) -> bool {
    query.ended_us.is_some_and(|ended| request.ended_us.is_none_or(|answered| ended <= answered))
}

/// What a query asked for and its answer grants.
fn granted_pairs(query: &Query<'_>) -> Vec<String> {
    let answer = query.answer.as_ref().filter(|answer| {
        answer.granted && answer.about.owner == query.about.owner && answer.about.invoker == query.about.invoker
    });
    let pairs = answer.map(|answer| answer.about.pairs.clone()).unwrap_or_default();
    pairs.into_iter().filter(|pair| query.about.pairs.contains(pair)).collect()
}

fn shown(queries: &[Query<'_>]) -> String {
    let one = |query: &Query<'_>| {
        let (about, granted) = (&query.about, if query.granted() { "granted" } else { "not granted" });
        format!("{} for {} to {}: {granted}", about.pairs.join(" "), about.invoker, about.owner)
    };
    if queries.is_empty() { "none".to_owned() } else { queries.iter().map(one).collect::<Vec<_>>().join("; ") }
}

fn or_none(owner: Option<&String>) -> &str {
    owner.map_or("none", String::as_str)
}
