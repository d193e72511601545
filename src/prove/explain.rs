//! What a target comes to: what the harness plays for each external role, where it listens, what has to be trusted, and
//! which scenarios depend on what.

use std::collections::BTreeMap;

use crate::control::Act;
use crate::run::feature::Scenario;
use crate::spec::Role;
use crate::target::{Claims, CommandLine, Surface, Target};

/// Everything that follows from a target.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The roles that are external.
    pub roles: Vec<OfRole>,
    /// The roles that are built in.
    pub built_in: Vec<Role>,
}

/// What follows for one external role.
#[derive(Clone, Debug)]
pub struct OfRole {
    /// The role.
    pub role: Role,
    /// How many scenarios judge it.
    pub scenarios: usize,
    /// What the harness plays then.
    pub plays: &'static str,
    /// Where the harness listens.
    pub listens: Vec<String>,
    /// Which certificates have to be imported where.
    pub certificates: Vec<String>,
    /// How it is told to act.
    pub surface: String,
    /// What it is told to do.
    pub acts: &'static [Act],
    /// How many of its scenarios are not applicable where it cannot be told.
    pub need_control: usize,
    /// What else leaves scenarios out.
    pub besides: Option<String>,
    /// What it claims.
    pub claims: String,
    /// Capabilities that it does not claim, and how many of its scenarios need each.
    pub deselected: Vec<(String, usize)>,
}

/// Explains a target, given the scenarios of its release.
#[must_use]
pub fn explain(target: &Target, scenarios: &[Scenario]) -> Explained {
    let external = target.external();
    let judged = [Role::CoreFunction, Role::ExposingFunction, Role::Invoker, Role::ResourceOwnerFunction];
    Explained {
        roles: external.iter().map(|role| of_role(*role, target, scenarios)).collect(),
        built_in: judged.into_iter().filter(|role| !external.contains(role)).collect(),
    }
}

fn of_role(role: Role, target: &Target, scenarios: &[Scenario]) -> OfRole {
    let own: Vec<&Scenario> = scenarios.iter().filter(|scenario| scenario.sut == judged_as(role)).collect();
    let claims = target.claims(role).cloned().unwrap_or_default();
    OfRole {
        role,
        scenarios: own.len(),
        plays: plays(role, target),
        listens: listens(role, target),
        certificates: certificates(role, target),
        surface: surface(target.control(role)),
        acts: Act::of(role),
        need_control: own.iter().filter(|scenario| needs_control(role, target, scenario)).count(),
        besides: besides(role, target),
        deselected: deselected(role, &claims, &own),
        claims: claimed(&claims),
    }
}

/// The functions of a provider domain are judged with the exposing function.
fn judged_as(role: Role) -> Role {
    match role {
        Role::PublishingFunction | Role::ManagementFunction => Role::ExposingFunction,
        Role::CoreFunction
        | Role::ExposingFunction
        | Role::Invoker
        | Role::ResourceOwnerFunction
        | Role::PeerCoreFunction => role,
    }
}

fn plays(role: Role, target: &Target) -> &'static str {
    match role {
        Role::CoreFunction => {
            "API invokers and provider functions (amf, apf, aef), and the resource owner function where owners are asked"
        }
        Role::ExposingFunction if target.provision(role).is_some() => {
            "the core function, which is made to know it, and API invokers"
        }
        Role::ExposingFunction => {
            "the core function, API invokers, the service logic behind it, and the resource owner function"
        }
        Role::Invoker => "the core function, exposing functions with service logic, and the resource owner function",
        Role::ResourceOwnerFunction => "the core function whose authorization function asks it, and API invokers",
        Role::PublishingFunction | Role::ManagementFunction => "the core function, as for the exposing function",
        Role::PeerCoreFunction => "nothing: it is judged in no scenario",
    }
}

fn listens(role: Role, target: &Target) -> Vec<String> {
    let harness = &target.harness;
    let ports = harness.ports.as_ref().map_or_else(
        || "at any free port".to_owned(),
        |ports| format!("at a port of {}-{}", ports.start(), ports.end()),
    );
    let scheme = if harness.plain_http_callbacks { "http" } else { "https" };
    let what = match role {
        Role::CoreFunction => {
            format!("{scheme} for notifications, https for revocations at exposing functions and for queries of owners")
        }
        Role::ExposingFunction | Role::PublishingFunction | Role::ManagementFunction => {
            "https as core function, http as the service logic that it forwards to".to_owned()
        }
        Role::Invoker => "https as core function and as exposing functions".to_owned(),
        Role::ResourceOwnerFunction => "https as core function".to_owned(),
        Role::PeerCoreFunction => return Vec::new(),
    };
    if let Some(provision) = target.provision(role) {
        let at = format!("https://{}:{}", harness.advertise, provision.core_port);
        return vec![format!(
            "on {} as the core function at {at}: configure that at it, and its aef-id `{}`",
            harness.bind, provision.aef_id
        )];
    }
    vec![format!("on {} {ports}, told to it as {}: {what}", harness.bind, harness.advertise)]
}

fn certificates(role: Role, target: &Target) -> Vec<String> {
    let harness = &target.harness;
    let export = "`capifspec pki export` writes it";
    let mut told = match role {
        Role::CoreFunction => vec![
            "our invokers and provider functions show what your core function issues to them: nothing to import"
                .to_owned(),
            format!(
                "it has to trust the root of our resource owner function, where it asks owners: {export}, and the act `arrange` carries it"
            ),
        ],
        Role::ExposingFunction if target.provision(role).is_some() => vec![
            format!("it has to trust the root of our core function and of our invokers: {export}"),
            format!(
                "it shows our core function a certificate that this issued, with its aef-id as common name: {export}, with the key"
            ),
            format!("it verifies access tokens with the key of our core function: {export}"),
        ],
        Role::ExposingFunction | Role::ManagementFunction => {
            vec![format!("it has to trust the root of our core function: {export}, and the act `register` carries it")]
        }
        Role::PublishingFunction => vec![format!("it has to trust the root of our core function: {export}")],
        Role::Invoker => vec![format!(
            "it has to trust the root of our core function, which also issues for our exposing functions: {export}, and the act `onboard` carries it"
        )],
        Role::ResourceOwnerFunction => vec![format!(
            "it has to trust the root that our core function shows itself with: {export}, and the act `arrange` carries it"
        )],
        Role::PeerCoreFunction => Vec::new(),
    };
    if harness.pki.is_none() && !told.is_empty() {
        told.push("they are made anew for every run: name a directory in harness.pki to keep them".to_owned());
    }
    told
}

fn surface(surface: Option<&Surface>) -> String {
    match surface {
        None => "none: it is not told to act".to_owned(),
        Some(Surface::Http(_)) => "http: orders are POSTed".to_owned(),
        Some(Surface::Command(CommandLine { program, .. })) => format!("command: {program} is run for each order"),
        Some(Surface::Prompt) => "prompt: a person is asked at the terminal, one scenario after the other".to_owned(),
    }
}

/// The steps in which a role under test is told to act. A test runs each role without a surface and holds what is not
/// applicable then against this.
fn needs_control(role: Role, target: &Target, scenario: &Scenario) -> bool {
    let told: &[&str] = match role {
        Role::CoreFunction => &["the resource owner function is there", "the core function is told to "],
        // What it offers is configured; what it does of its own accord has to be told.
        Role::ExposingFunction if target.provision(role).is_some() => {
            &["the exposing function under test is told ", "while the exposing function under test revokes "]
        }
        Role::ExposingFunction | Role::PublishingFunction | Role::ManagementFunction => {
            &["the exposing function under test "]
        }
        Role::Invoker => &["the invoker under test "],
        Role::ResourceOwnerFunction => &["the resource owner function is there"],
        Role::PeerCoreFunction => &[],
    };
    scenario.steps.iter().any(|step| told.iter().any(|words| step.value.contains(words)))
}

/// What is configured is all that there is.
fn besides(role: Role, target: &Target) -> Option<String> {
    let provision = target.provision(role)?;
    let offered = provision.apis.iter().map(|api| format!("{} {}", api.request.method, api.name));
    Some(format!(
        "scenarios are left out that invoke more or otherwise than {}, that see its service logic run, or that need an owner \
         to agree",
        offered.collect::<Vec<_>>().join(", ")
    ))
}

fn claimed(claims: &Claims) -> String {
    if *claims == Claims::default() {
        return "everything mandatory of the release, and no optional feature".to_owned();
    }
    let mut parts = Vec::new();
    let listed = |what: &str, words: Option<Vec<String>>| words.map(|words| format!("{what} {}", words.join(", ")));
    let codes = claims.apis.as_ref().map(|apis| apis.iter().map(|api| api.code().to_owned()).collect());
    parts.extend(listed("apis", codes));
    parts.extend(listed("methods", claims.methods.clone()));
    parts.extend(listed("grants", claims.grants.clone()));
    for (api, features) in &claims.features {
        let numbers: Vec<String> = features.numbers().map(|number| number.to_string()).collect();
        parts.push(format!("features {} of {api}", numbers.join(", ")));
    }
    parts.join("; ")
}

/// What scenarios need by their `@cap:` tags and the role does not claim.
fn deselected(role: Role, claims: &Claims, scenarios: &[&Scenario]) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::new();
    for capability in scenarios.iter().flat_map(|scenario| &scenario.capabilities) {
        if capability.role == role && !claims.has(&capability.what) {
            *counts.entry(capability.to_string()).or_insert(0) += 1;
        }
    }
    counts.into_iter().collect()
}
