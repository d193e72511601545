//! A provider domain as far as its exposing function needs one: a management function that registers it, a publishing
//! function that publishes for it.

mod rules;

use serde_json::Value;

use crate::actors::Settings;
use crate::actors::core_client::{Answer, CoreClient, Unanswered};
use crate::fault::FaultSet;
use crate::pki::{KeyPair, certificates_from_pem};
use crate::spec::Role;
use crate::wire::{Identity, Party, Request};

/// A registered function of the domain.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its name in the record.
    party: Party,
    /// apiProvFuncId.
    pub(super) id: String,
    /// What it shows.
    pub(super) identity: Identity,
}

/// A registered provider domain.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    /// Its core function.
    pub(super) core: CoreClient,
    publishing: Member,
    /// Its exposing function.
    pub(super) exposing: Member,
    faults: FaultSet,
}

/// The functions that are registered, and the words for their roles (TS 29.222 8.9.4.3).
const FUNCTIONS: [(Role, &str); 3] =
    [(Role::ManagementFunction, "AMF"), (Role::PublishingFunction, "APF"), (Role::ExposingFunction, "AEF")];

/// Registers the domain (TS 29.222 5.11.2.2); none when the answer holds no identities.
pub(super) async fn register(
    settings: &Settings,
    core: CoreClient,
    secret: &str,
    keys: &[KeyPair; 3],
) -> Result<(Answer, Option<Domain>), Unanswered> {
    let functions: Vec<(&str, &KeyPair)> =
        FUNCTIONS.iter().zip(keys).map(|((_role, word), key)| (*word, key)).collect();
    let body = rules::registration(secret, &functions, &settings.faults);
    let target = core.target("/api-provider-management/v1/registrations");
    let request = Request::new("POST", &target).body("application/json", body.to_string());
    let manager = companion(settings, Role::ManagementFunction);
    let answer = core.send(&manager, None, &request, "arranging: register the provider domain").await?;
    let member = |at: usize| member(settings, &answer.body, FUNCTIONS.get(at)?, keys.get(at)?);
    let domain = match (answer.is_success(), member(1), member(2)) {
        (true, Some(publishing), Some(exposing)) => {
            Some(Domain { core, publishing, exposing, faults: settings.faults.clone() })
        }
        (_, _, _) => None,
    };
    Ok((answer, domain))
}

/// The function of this role in an answer. There is one of each, so that the role finds it.
fn member(settings: &Settings, answer: &Value, (role, word): &(Role, &str), key: &KeyPair) -> Option<Member> {
    let listed = answer["apiProvFuncs"].as_array()?;
    let own = listed.iter().find(|function| function["apiProvFuncRole"] == *word)?;
    let chain = certificates_from_pem(own["regInfo"]["apiProvCert"].as_str()?).ok()?;
    Some(Member {
        party: companion(settings, *role),
        id: own["apiProvFuncId"].as_str()?.to_owned(),
        identity: Identity::new(chain, &key.private_der()).ok()?,
    })
}

/// Functions of one domain have one suffix in the record: `apf-2` publishes for `aef-2`.
fn companion(settings: &Settings, role: Role) -> Party {
    Party::new(&companion_of(&settings.party, role.code()))
}

/// The name of something that belongs to an exposing function, with its suffix.
pub(super) fn companion_of(exposing: &Party, code: &str) -> String {
    let suffix = exposing.name().strip_prefix(Role::ExposingFunction.code()).unwrap_or_default();
    format!("{code}{suffix}")
}

impl Domain {
    /// Publishes a service API at the exposing function (TS 29.222 5.3.2.2).
    pub(super) async fn publish(&self, name: &str, methods: &[String], host: &Value) -> Result<Answer, Unanswered> {
        let body = rules::publication(name, &self.exposing.id, methods, host, &self.faults);
        let target = rules::publication_target(&self.publishing.id, &self.exposing.id, &self.faults);
        let request = Request::new("POST", &self.core.target(&target));
        let request = request.body(rules::publication_media(&self.faults), body.to_string());
        self.publishing.send(&self.core, &request, "arranging: publish a service API").await
    }
}

impl Member {
    /// The exposing function that somebody else registered.
    pub(super) fn of(settings: &Settings, id: &str, identity: Identity) -> Self {
        Self { party: settings.party.clone(), id: id.to_owned(), identity }
    }

    /// Sends a request of this function.
    pub(super) async fn send(&self, core: &CoreClient, request: &Request, purpose: &str) -> Result<Answer, Unanswered> {
        core.send(&self.party, Some(&self.identity), request, purpose).await
    }
}
