//! What a check may look at: plain data, filled in by the lab.

use std::sync::Arc;

use crate::spec::{Operation, Party, Readings, Release};
use crate::wire::{Exchange, ExchangeId, Session};

/// The evidence of one scenario.
pub struct Evidence<'a> {
    /// Release judged against.
    pub release: Release,
    /// The readings chosen where texts disagree.
    pub readings: &'a Readings,
    /// Path of the core function's apiRoot: empty, or with a leading slash.
    pub api_root: &'a str,
    /// Everything that went over a wire, oldest first.
    pub exchanges: &'a [Arc<Exchange>],
    /// Every TLS session begun at one of our servers, oldest first.
    pub sessions: &'a [Session],
    /// What the invoker under test was told to invoke, oldest first.
    pub told: &'a [Told],
    /// Who is who.
    pub roster: &'a Roster,
    /// What access tokens are verified with.
    pub keys: &'a TokenKeys,
    /// The exchange that the step speaks of.
    pub focus: Option<ExchangeId>,
    /// The negative that the step speaks of.
    pub trial: Option<&'a Trial>,
    /// Values that the step names, such as the errors allowed.
    pub named: &'a [String],
    /// Protocol time of the judgement, seconds since 1970.
    pub now_unix: i64,
}

/// The parties of a scenario and what the harness knows of them.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// One entry a party.
    pub members: Vec<Member>,
    /// The service APIs published so far.
    pub apis: Vec<ServiceApi>,
    /// The owners of resources, and what they said.
    pub owners: Vec<Owner>,
}

/// An owner of resources.
#[derive(Clone, Debug)]
pub struct Owner {
    /// The word used in the feature file.
    pub label: String,
    /// Its GPSI.
    pub gpsi: String,
    /// What it told the resource owner function, oldest first.
    pub words: Vec<OwnerWord>,
}

/// What an owner said: the most special word holds, and of those the last before it is asked for.
#[derive(Clone, Debug)]
pub struct OwnerWord {
    /// The identifier of the invoker that it is about; every one without it.
    pub invoker: Option<String>,
    /// Name of the service API that it is about; every one without it.
    pub api: Option<String>,
    /// Yes or no; none where the owner does not react.
    pub granted: Option<bool>,
    /// The last exchange before it was said.
    pub after: ExchangeId,
}

/// One party.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub party: Party,
    /// The identifier that the core function gave it.
    pub id: Option<String>,
    /// The onboarding secret that the core function gave it.
    pub secret: Option<String>,
    /// Its leaf certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// Where it wants notifications, oldest first; the last one is the one in force.
    pub destinations: Vec<String>,
    /// Labels of the service APIs that were arranged for it.
    pub permitted: Vec<String>,
    /// Location of its security context.
    pub context: Option<String>,
}

impl Member {
    /// A party of which nothing is known yet.
    #[must_use]
    pub fn unknown(party: Party) -> Self {
        Self {
            party,
            id: None,
            secret: None,
            certificate: None,
            destinations: Vec::new(),
            permitted: Vec::new(),
            context: None,
        }
    }
}

/// A published service API.
#[derive(Clone, Debug)]
pub struct ServiceApi {
    /// The word used in the feature file.
    pub label: String,
    /// Its name on the wire.
    pub name: String,
    /// The identifier that the core function gave it.
    pub id: String,
    /// Who offers it; one at least.
    pub exposures: Vec<Exposure>,
    /// The security methods it was published with.
    pub methods: Vec<String>,
    /// How it is invoked and its success told, where the service logic behind it is the product's own; none where it is
    /// ours, which gives a nonce back.
    pub own_logic: Option<OwnLogic>,
}

/// The one request that a service API is invoked by whose service logic is the product's own.
#[derive(Clone, Debug)]
pub struct OwnLogic {
    /// Its method.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// The status of its success; any of 2xx where none is named.
    pub status: Option<u16>,
    /// What stands in the content of its success.
    pub text: Option<String>,
}

/// A service API at one exposing function.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The exposing function.
    pub aef: Party,
    /// That function's identifier.
    pub aef_id: String,
    /// Address and port of its interface.
    pub interface: (String, u16),
}

impl ServiceApi {
    /// Where it is offered by a party.
    #[must_use]
    pub fn at(&self, aef: Party) -> Option<&Exposure> {
        self.exposures.iter().find(|exposure| exposure.aef == aef)
    }

    /// Whether the exposing function of this identifier offers it.
    #[must_use]
    pub fn is_at(&self, aef_id: &str) -> bool {
        self.exposures.iter().any(|exposure| exposure.aef_id == aef_id)
    }

    /// The pairs `aef:api` by which scopes name it.
    #[must_use]
    pub fn scope_pairs(&self) -> Vec<String> {
        self.exposures.iter().map(|exposure| format!("{}:{}", exposure.aef_id, self.name)).collect()
    }
}

/// What an invoker under test was told to invoke, and when.
#[derive(Clone, Debug)]
pub struct Told {
    /// Label of the service API.
    pub label: String,
    /// The exposing function.
    pub at: Party,
    /// GPSI of the owner whose resource it is, where the owner has to agree.
    pub owner: Option<String>,
    /// One invocation each.
    pub nonces: Vec<String>,
    /// The last exchange before it was told.
    pub after: ExchangeId,
    /// The last exchange when it said that it was done.
    pub until: ExchangeId,
    /// Protocol time when it was told, seconds since 1970.
    pub at_unix: i64,
    /// Whether it said that it carried it out, with whatever success.
    pub carried_out: bool,
}

/// A negative and its clean twins.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The clean twin before.
    pub before: ExchangeId,
    /// The deviant request.
    pub deviant: ExchangeId,
    /// The clean twin after.
    pub after: ExchangeId,
    /// What deviates, in words.
    pub deviation: String,
    /// Whether it deviates in who is calling or over what, so that a refusal below HTTP is a refusal.
    pub below_http: bool,
    /// Readings of the subject before and after, as far as it can be read.
    pub read_back: Vec<(ExchangeId, ExchangeId)>,
}

/// What the target's access tokens are verified with.
#[derive(Clone, Debug)]
pub enum TokenKeys {
    /// Nothing is known, and why: signatures cannot be judged.
    Unknown(String),
    /// This key, PEM, and no other: a token that it does not verify is not signed.
    Key(String),
    /// The keys of a set: a token may say which of them is its own.
    Set(Vec<SetKey>),
}

/// A key of a set.
#[derive(Clone, Debug)]
pub struct SetKey {
    /// Its name.
    pub kid: Option<String>,
    /// The one algorithm that it is for, where the set says so.
    pub alg: Option<String>,
    /// SubjectPublicKeyInfo, PEM.
    pub pem: String,
}

impl Roster {
    /// What is known of a party.
    #[must_use]
    pub fn member(&self, party: Party) -> Option<&Member> {
        self.members.iter().find(|member| member.party == party)
    }

    /// The identifier of a party.
    #[must_use]
    pub fn id(&self, party: Party) -> Option<&str> {
        self.member(party)?.id.as_deref()
    }

    /// The owner of a label.
    #[must_use]
    pub fn owner(&self, label: &str) -> Option<&Owner> {
        self.owners.iter().find(|owner| owner.label == label)
    }

    /// The service API of a label.
    #[must_use]
    pub fn api(&self, label: &str) -> Option<&ServiceApi> {
        self.apis.iter().find(|api| api.label == label)
    }

    /// The service APIs that were arranged for a party.
    #[must_use]
    pub fn permitted(&self, party: Party) -> Vec<&ServiceApi> {
        let Some(member) = self.member(party) else {
            return Vec::new();
        };
        self.apis.iter().filter(|api| member.permitted.contains(&api.label)).collect()
    }
}

impl Evidence<'_> {
    /// An exchange by its number.
    #[must_use]
    pub fn exchange(&self, id: ExchangeId) -> Option<&Exchange> {
        self.exchanges.iter().find(|exchange| exchange.id == id).map(AsRef::as_ref)
    }

    /// The exchange that the step speaks of.
    #[must_use]
    pub fn focus(&self) -> Option<&Exchange> {
        self.focus.and_then(|id| self.exchange(id))
    }

    /// The exchanges of a service operation, oldest first.
    pub fn of(&self, operation: &'static Operation) -> impl DoubleEndedIterator<Item = &Exchange> + Clone {
        self.exchanges.iter().map(AsRef::as_ref).filter(move |exchange| super::lens::is_of(exchange, operation))
    }
}
