//! Queries of the authorization function and what the resource owner function answered, as they stand on the wire, and
//! what the owner had said about them. Nothing here has an opinion.

use serde_json::{Map, Value};

use super::super::evidence::{Evidence, Owner, OwnerWord};
use super::super::lens;
use crate::spec::{Party, Role};
use crate::wire::Exchange;

/// A query that went to the resource owner function.
pub(super) struct Query<'a> {
    pub(super) exchange: &'a Exchange,
    pub(super) about: Matter,
    /// The answer, where it is one.
    pub(super) answer: Option<Answer>,
}

/// Whom and what a query or an answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Matter {
    pub(super) owner: String,
    pub(super) invoker: String,
    /// Service APIs, as sorted pairs `aef:api`.
    pub(super) pairs: Vec<String>,
}

/// An answer in good form.
pub(super) struct Answer {
    pub(super) granted: bool,
    pub(super) about: Matter,
}

/// What the owner had to say about a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Yes, to these pairs.
    Grant(Vec<String>),
    /// No.
    Denial,
    /// Nothing: the owner does not react.
    Nothing,
    /// Nobody told the resource owner function of this owner.
    Unknown,
}

impl Due {
    pub(super) fn is_grant(&self) -> bool {
        matches!(self, Self::Grant(_))
    }
}

impl Query<'_> {
    pub(super) fn granted(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.granted)
    }
}

/// Everything that was sent to the resource owner function, query or not.
pub(super) fn attempts<'a>(evidence: &'a Evidence<'_>) -> impl DoubleEndedIterator<Item = &'a Exchange> {
    let name = Party::first(Role::ResourceOwnerFunction).name();
    evidence.exchanges.iter().map(AsRef::as_ref).filter(move |exchange| exchange.server.name() == name)
}

/// The queries, oldest first.
pub(super) fn queries<'a>(evidence: &'a Evidence<'_>) -> Vec<Query<'a>> {
    let query = |exchange: &'a Exchange| {
        let about = matter(&lens::request_object(exchange)?)?;
        Some(Query { exchange, about, answer: answer(exchange) })
    };
    attempts(evidence).filter_map(query).collect()
}

fn answer(exchange: &Exchange) -> Option<Answer> {
    let body = lens::answer_object(exchange).filter(|_| lens::status(exchange) == Some(200))?;
    let granted = match body.get("decision")?.as_str()? {
        "granted" => true,
        "refused" => false,
        _ => return None,
    };
    Some(Answer { granted, about: matter(&body)? })
}

fn matter(body: &Map<String, Value>) -> Option<Matter> {
    let text = |name: &str| body.get(name)?.as_str().map(str::to_owned);
    let mut pairs = Vec::new();
    for service in body.get("services")?.as_array()? {
        let aef_id = service.get("aef-id")?.as_str()?;
        for name in service.get("api-names")?.as_array()? {
            pairs.push(format!("{aef_id}:{}", name.as_str()?));
        }
    }
    pairs.sort();
    Some(Matter { owner: text("owner")?, invoker: text("api-invoker-id")?, pairs })
}

/// What the owner had said about a query: all of its service APIs decided, or nothing is.
pub(super) fn due(evidence: &Evidence<'_>, query: &Query<'_>) -> Due {
    let about = &query.about;
    let told = |owner: &&Owner| owner.gpsi == about.owner && !owner.words.is_empty();
    let Some(owner) = evidence.roster.owners.iter().find(told) else {
        return Due::Unknown;
    };
    let mut granted = Vec::new();
    for pair in &about.pairs {
        let api = pair.split_once(':').map_or(pair.as_str(), |(_aef_id, api)| api);
        match word(owner, query, api) {
            Some(true) => granted.push(pair.clone()),
            Some(false) => {}
            None => return Due::Nothing,
        }
    }
    if granted.is_empty() { Due::Denial } else { Due::Grant(granted) }
}

/// What the owner had said of one API when the query came; or what it said later, where that was nothing and the query
/// waited for it.
fn word(owner: &Owner, query: &Query<'_>, api: &str) -> Option<bool> {
    let concerned = |word: &&OwnerWord| {
        word.invoker.as_ref().is_none_or(|id| *id == query.about.invoker)
            && word.api.as_ref().is_none_or(|name| name == api)
    };
    let special = |word: &&OwnerWord| usize::from(word.invoker.is_some()) + usize::from(word.api.is_some());
    let known = |word: &&OwnerWord| word.after < query.exchange.id;
    let said = owner.words.iter().filter(concerned);
    let before = said.clone().filter(known).max_by_key(special).and_then(|word| word.granted);
    before.or_else(|| said.max_by_key(special)?.granted)
}

/// The owner that a claim or a parameter names: a text, or an object with the GPSI.
pub(super) fn named_owner(claim: &Value) -> Option<String> {
    claim.as_str().or_else(|| claim.get("gpsi")?.as_str()).map(str::to_owned)
}

/// The owner that a token request names.
pub(super) fn owner_asked(request: &Exchange) -> Option<String> {
    let form = lens::request_form(request);
    let given = (*lens::values(&form, "resOwnerId").first()?).to_owned();
    let object: Option<Value> = serde_json::from_str(&given).ok();
    Some(object.as_ref().and_then(named_owner).unwrap_or(given))
}
