//! The head of a journal: what a run says of itself before anything happens.

use std::collections::BTreeMap;

use super::execute::Settings;
use super::feature::Scenario;
use super::record::waiver_ref;
use crate::clock::Clock;
use crate::event::{ClaimsRef, ExternalRef, JOURNAL_SCHEMA, RunStarted, SelectionRef, TargetRef, Tool};
use crate::spec::{RequirementSet, Role, Service};
use crate::target::{
    Arrangement, Claims, Endpoint, Jwks, Onboarding, OwnerAdapter, Site, Surface, Target, TokenKey, Trust,
};

pub(super) fn started(scenarios: &[Scenario], settings: &Settings, clock: &Clock) -> RunStarted {
    let mut sut: Vec<String> = scenarios.iter().map(|scenario| scenario.sut.code().to_owned()).collect();
    sut.sort();
    sut.dedup();
    let readings = &settings.target.readings;
    let mut chosen: Vec<(bool, String, String)> =
        readings.iter().map(|(id, option)| (readings.is_default(id), id.to_string(), option.to_owned())).collect();
    chosen.sort();
    let paths = settings.paths.iter().map(|path| path.display().to_string()).collect();
    RunStarted {
        schema: JOURNAL_SCHEMA.to_owned(),
        tool: Tool {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("CAPIFSPEC_COMMIT").unwrap_or("unknown").to_owned(),
        },
        started_unix: clock.now_unix(),
        seed: settings.seed,
        release: settings.release.to_string(),
        target: target_ref(&settings.target, sut),
        readings: chosen.into_iter().map(|(_, id, option)| (id, option)).collect(),
        requirement_set: Some(settings.target.requirements.unwrap_or_else(RequirementSet::newest).to_string()),
        waivers: settings.target.waivers.iter().map(waiver_ref).collect(),
        shard: settings.shard.clone(),
        failed_from: settings.failed_from.clone(),
        selection: Some(SelectionRef { paths, ..settings.selection.clone() }),
        selected: scenarios.len(),
        command: settings.command.clone(),
    }
}

fn target_ref(target: &Target, sut: Vec<String>) -> TargetRef {
    let external = target.external();
    TargetRef {
        name: target.name.clone(),
        sut,
        external: external.iter().map(|role| role.code().to_owned()).collect(),
        roles: external.into_iter().map(|role| (role.code().to_owned(), external_ref(target, role))).collect(),
    }
}

/// What the file says of a role. Where we connect instead, and where it is told to act, is a matter of the tester's
/// machine: the same product may be judged from several.
fn external_ref(target: &Target, role: Role) -> ExternalRef {
    let core = target.core_function.as_ref().filter(|_| role == Role::CoreFunction);
    let exposing = target.exposing_function.as_ref().filter(|_| role == Role::ExposingFunction);
    let owner = target.resource_owner_function.as_ref().filter(|_| role == Role::ResourceOwnerFunction);
    let mut urls: Vec<String> = core.into_iter().flat_map(core_urls).collect();
    urls.extend(exposing.map(|aef| url(&aef.site, &aef.trust)));
    urls.extend(owner.map(|rof| rof.url.clone()));
    let mut kinds: BTreeMap<String, String> = core.into_iter().flat_map(core_kinds).collect();
    if let Some(aef) = exposing {
        let enrolment = if aef.provision.is_some() { "provisioned" } else { "control" };
        kinds.insert("enrolment".to_owned(), enrolment.to_owned());
    }
    kinds.insert("control".to_owned(), control_kind(target.control(role)).to_owned());
    ExternalRef { urls, kinds, claims: target.claims(role).map(claims_ref).unwrap_or_default() }
}

fn core_urls(ccf: &Endpoint) -> Vec<String> {
    let apis = ccf.apis.values();
    std::iter::once(&ccf.site).chain(apis).map(|site| url(site, &ccf.trust)).collect()
}

fn url(site: &Site, trust: &Trust) -> String {
    let scheme = match trust {
        Trust::Roots(_) | Trust::Certificate(_) | Trust::Told => "https",
        Trust::InsecurePlainHttp => "http",
    };
    format!("{scheme}://{}{}", site.authority(), site.path())
}

fn core_kinds(ccf: &Endpoint) -> Vec<(String, String)> {
    let onboarding = match &ccf.onboarding {
        Onboarding::Nothing => "none",
        Onboarding::StaticToken(_) => "static-token",
        Onboarding::Command(_) => "command",
        Onboarding::OpencapifRegister(_) => "opencapif-register",
    };
    let tokens = match &ccf.token_key {
        TokenKey::Pem(_) => "pem",
        TokenKey::Jwks(Jwks::At(_) | Jwks::Text(_)) => "jwks",
        TokenKey::ServerCertificate => "server-certificate",
        TokenKey::Unknown => "none",
    };
    let arrangement = match ccf.arrangement {
        Arrangement::ApiList => "api-list",
        Arrangement::Preset => "preset",
        Arrangement::Control => "control",
        Arrangement::Nothing => "none",
    };
    let owner = match &ccf.owner {
        OwnerAdapter::Nothing => "none",
        OwnerAdapter::Control => "http",
        OwnerAdapter::Command(_) => "command",
    };
    [("onboarding", onboarding), ("tokens", tokens), ("arrangement", arrangement), ("owner", owner)]
        .map(|(what, kind)| (what.to_owned(), kind.to_owned()))
        .to_vec()
}

fn control_kind(control: Option<&Surface>) -> &'static str {
    match control {
        None => "none",
        Some(Surface::Http(_)) => "http",
        Some(Surface::Command(_)) => "command",
        Some(Surface::Prompt) => "prompt",
    }
}

fn claims_ref(claims: &Claims) -> ClaimsRef {
    let codes = |apis: &Vec<Service>| apis.iter().map(|api| api.code().to_owned()).collect();
    ClaimsRef {
        apis: claims.apis.as_ref().map(codes),
        features: claims.features.iter().map(|(api, set)| (api.code().to_owned(), set.to_string())).collect(),
        methods: claims.methods.clone(),
        grants: claims.grants.clone(),
    }
}
