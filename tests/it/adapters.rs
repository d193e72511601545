//! How parties come to be let in and judged: onboarding adapters, token keys, provisioned identities,
//! arrangements and callbacks, each against a core function that insists on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use capifspec::clock::Clock;
use capifspec::event::{Leftover, RunEvent};
use capifspec::run::feature::Scenario;
use capifspec::run::{Settings, observe};
use capifspec::spec::{Party, Role};
use capifspec::target::{
    Arrangement, CommandLine, Endpoint, Harness, Jwks, KeyForm, Onboarding, OwnerAdapter, Present, Site, Surface,
    Target, TokenKey, Trust,
};
use capifspec::verdict::Verdict;
use serde_json::{Value, json};

use crate::built_in::{endings, every_scenario, settings};
use crate::real_targets::front::{Front, KEY_SET, patient};
use crate::real_targets::habits::{Habits, KeySetText};
use crate::real_targets::register::{ADMIN_TOKEN, Manners, PASSWORD};

/// Scenarios about the core function whose id holds one of these.
pub(crate) fn scenarios(parts: &[&str]) -> Vec<Scenario> {
    let wanted = |scenario: &&Scenario| parts.iter().any(|part| scenario.id.contains(part));
    let judged = every_scenario().iter().filter(|scenario| scenario.sut == Role::CoreFunction);
    let found: Vec<Scenario> = judged.filter(wanted).cloned().collect();
    assert!(!found.is_empty(), "no scenario is like {parts:?}");
    found
}

/// Scenarios in which the signature of a token is judged.
fn about_signatures() -> Vec<Scenario> {
    let about = |scenario: &&Scenario| scenario.requirements.iter().any(|id| id.as_str() == "29222-5.6.2.3.2-06");
    let found: Vec<Scenario> =
        every_scenario().iter().filter(|scenario| scenario.sut == Role::CoreFunction).filter(about).cloned().collect();
    assert!(!found.is_empty());
    found
}

/// A few scenarios that enrol, negotiate, ask for tokens and revoke.
pub(crate) fn some() -> Vec<Scenario> {
    scenarios(&["C_access_token_profile"])
}

pub(crate) fn against(front: &Front) -> Settings {
    let deadlines = patient();
    let target = Target { core_function: Some(front.endpoint.clone()), deadlines, ..Target::built_in() };
    let jobs = if target.is_serial() { 1 } else { 4 };
    Settings { target: Arc::new(target), ..settings(1, jobs) }
}

pub(crate) fn changed(settings: &Settings, change: impl FnOnce(&mut Target)) -> Settings {
    let mut target = (*settings.target).clone();
    change(&mut target);
    Settings { target: Arc::new(target), ..settings.clone() }
}

pub(crate) fn verdicts(events: &[RunEvent]) -> BTreeMap<&str, (Verdict, &str)> {
    let told = endings(events).into_iter();
    told.map(|(id, ended)| (id, (ended.verdict, ended.reason.as_deref().unwrap_or_default()))).collect()
}

#[track_caller]
pub(crate) fn all_pass(events: &[RunEvent]) {
    let found = verdicts(events);
    let wrong: Vec<_> =
        found.iter().filter(|(_, (verdict, _))| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(found.values().any(|(verdict, _)| *verdict == Verdict::Pass), "none passes: {found:#?}");
}

/// Nothing gets far enough to be judged, and why is said in these words.
#[track_caller]
pub(crate) fn all_stop(events: &[RunEvent], verdict: Verdict, words: &str) {
    let found = verdicts(events);
    let wrong: Vec<_> = found.iter().filter(|(_, (found, why))| *found != verdict || !why.contains(words)).collect();
    assert!(!found.is_empty() && wrong.is_empty(), "{wrong:#?}");
}

pub(crate) fn leftovers(events: &[RunEvent]) -> Vec<&Leftover> {
    let left = events.iter().filter_map(|event| if let RunEvent::LeftBehind(left) = event { Some(left) } else { None });
    left.flat_map(|left| &left.leftovers).collect()
}

fn registering(manners: Manners) -> Front {
    Front::with(Habits { register: Some(manners), ..Habits::default() })
}

#[test]
fn a_user_of_the_register_service_is_made_for_each_enrolment_and_goes_again() {
    let front = registering(Manners::default());
    let events = observe(&some(), &against(&front));
    all_pass(&events);
    assert_eq!(leftovers(&events), Vec::<&Leftover>::new());
    let (left, made, asked) = front.state.users();
    let enrolled = front.log().iter().filter(|line| line.ends_with("-> 201") && is_enrolment(line)).count();
    assert_eq!((left, made), (0, enrolled));
    assert!(made > 10, "{made} users");
    let logins = asked.iter().filter(|line| line.as_str() == "POST /login").count();
    assert!(logins > made, "the administrator logs in for each user and to delete them");
    // Its traffic is no traffic of CAPIF, and its secrets are nobody's business.
    let told = serde_json::to_string(&events).unwrap();
    for secret in [PASSWORD, ADMIN_TOKEN, "token-of-capifspec", "/createUser", "/getauth"] {
        assert!(!told.contains(secret), "{secret} is told");
    }
}

fn is_enrolment(line: &str) -> bool {
    line.starts_with("POST ") && (line.contains("/onboardedInvokers ") || line.contains("/registrations "))
}

/// The root that a user is told verifies the core function, where the file names none.
#[test]
fn the_root_is_the_one_that_the_register_service_tells() {
    let told = |manners: Manners| {
        let front = registering(manners);
        let mut target = (*against(&front).target).clone();
        let core = target.core_function.as_mut().unwrap();
        let own = std::mem::replace(&mut core.trust, Trust::Told);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        (runtime.block_on(capifspec::lab::with_told_trust(target)), own, front)
    };
    let (learned, own, front) = told(Manners::default());
    let (learned, left) = learned.unwrap();
    assert_eq!(left, None);
    let (Some(Trust::Roots(roots)), Trust::Roots(own)) =
        (learned.core_function.as_ref().map(|core| core.trust.clone()), own)
    else {
        panic!("no root was told");
    };
    assert_eq!(roots, own);
    assert_eq!((front.state.users().0, front.state.users().1), (0, 1), "the user for that is gone again");
    let settings = Settings { target: Arc::new(learned), ..against(&front) };
    all_pass(&observe(&some(), &settings));
    let (kept, _, front) = told(Manners { keeps_users: true, ..Manners::default() });
    assert!(kept.unwrap().1.unwrap().what.starts_with("user capifspec-"));
    assert_eq!(front.state.users().0, 1);
    let (garbled, _, front) = told(Manners { garbles_root: true, ..Manners::default() });
    assert!(garbled.unwrap_err().reason().contains("ca_root"));
    assert_eq!(front.state.users().0, 0);
}

#[test]
fn what_the_register_service_does_not_do_is_named() {
    let wrong_password = |target: &mut Target| {
        let core = target.core_function.as_mut().unwrap();
        let Onboarding::OpencapifRegister(register) = &mut core.onboarding else { panic!("it has users") };
        register.password = "wrong".to_owned();
    };
    let front = registering(Manners::default());
    let events = observe(&some(), &changed(&against(&front), wrong_password));
    all_stop(&events, Verdict::Inconclusive, "did not let the administrator log in (POST login): 401");
    assert_eq!(front.state.users().1, 0);

    let front = registering(Manners { keeps_tokens: true, ..Manners::default() });
    let events = observe(&some(), &against(&front));
    all_stop(&events, Verdict::Inconclusive, "its answer holds no access_token");
    let (left, made, _) = front.state.users();
    assert_eq!((left, leftovers(&events).len()), (0, 0), "users go although nobody could enrol");
    assert!(made > 0);

    let front = registering(Manners { taken: usize::MAX, ..Manners::default() });
    let events = observe(&some(), &against(&front));
    all_stop(&events, Verdict::Inconclusive, "did not create a user (POST createUser): 409");
    let deleted = front.state.users().2.iter().any(|line| line.starts_with("DELETE"));
    assert!(!deleted, "a user that was there already is not ours to delete");
}

#[test]
fn a_name_that_is_taken_is_no_obstacle_and_a_user_that_stays_is_told() {
    let front = registering(Manners { taken: 1, keeps_users: true, ..Manners::default() });
    let events = observe(&some()[..2], &against(&front));
    all_pass(&events);
    let (left, made, _) = front.state.users();
    assert_eq!(left, made);
    let told = leftovers(&events);
    assert_eq!(told.len(), made);
    let is_user = |left: &&Leftover| left.what.starts_with("user capifspec-") && left.why.contains("403");
    assert!(told.iter().all(is_user), "{told:#?}");
}

/// A target whose keys are in the set at its usual place.
fn by_key_set(front: &Front) -> Settings {
    changed(&against(front), |target| {
        let core = target.core_function.as_mut().unwrap();
        let prefix = KEY_SET.trim_start_matches('/').to_owned();
        core.token_key = TokenKey::Jwks(Jwks::At(Site { prefix, ..core.site.clone() }));
    })
}

fn both(own: &Value, other: &Value) -> String {
    json!({"keys": [other, own]}).to_string()
}

#[test]
fn the_key_of_a_set_is_found_by_its_name_or_by_trying() {
    for kid in [Some("own"), None] {
        let front = Front::with(Habits { kid, key_set: (200, both), ..Habits::default() });
        let scenarios = [some(), about_signatures()].concat();
        let events = observe(&scenarios, &by_key_set(&front));
        all_pass(&events);
        assert_eq!(verdicts(&events), verdicts(&observe(&scenarios, &against(&front))));
        let fetched = front.log().iter().filter(|line| line.contains(KEY_SET)).count();
        assert!((1..=scenarios.len()).contains(&fetched), "fetched {fetched} times");
    }
}

/// What cannot be verified is nobody's fault, and no pass.
#[test]
fn a_token_whose_key_is_not_known_is_inconclusive() {
    let nothing: KeySetText = |_, _| json!({"keys": []}).to_string();
    let nonsense: KeySetText = |_, _| "<html>".to_owned();
    for (kid, status, text, why) in [
        (Some("stranger"), 200, both as KeySetText, "names the key \"stranger\""),
        (None, 200, nothing, "none that signatures are verified with"),
        (None, 200, nonsense, "cannot be read"),
        (None, 503, both, "could not be fetched: 503"),
    ] {
        let front = Front::with(Habits { kid, key_set: (status, text), ..Habits::default() });
        let events = observe(&about_signatures(), &by_key_set(&front));
        let judged: Vec<_> = events
            .iter()
            .filter_map(|event| if let RunEvent::Judged(judged) = event { Some(&judged.finding) } else { None })
            .filter(|finding| finding.check == "token-is-signed")
            .collect();
        assert!(!judged.is_empty());
        let unclear = |verdict: Verdict, observed: &str| verdict == Verdict::Inconclusive && observed.contains(why);
        assert!(judged.iter().all(|finding| unclear(finding.verdict, &finding.observed)), "{judged:#?}");
        let blamed = verdicts(&events).values().any(|(verdict, _)| *verdict == Verdict::Fail);
        assert!(!blamed, "somebody is blamed");
    }
}

#[test]
fn a_token_that_another_key_of_the_set_should_have_made_fails() {
    let front = Front::with(Habits { kid: Some("other"), key_set: (200, both), ..Habits::default() });
    let events = observe(&[some(), about_signatures()].concat(), &by_key_set(&front));
    let failed: Vec<_> = events
        .iter()
        .filter_map(|event| if let RunEvent::Judged(judged) = event { Some(&judged.finding) } else { None })
        .filter(|finding| finding.verdict == Verdict::Fail)
        .map(|finding| finding.check.as_str())
        .collect();
    assert!(!failed.is_empty() && failed.iter().all(|check| *check == "token-is-signed"), "{failed:?}");
}

const EVERYBODY: &[Party] = &[
    Party::INVOKER,
    Party::SECOND_INVOKER,
    Party { role: Role::Invoker, ordinal: 3 },
    Party { role: Role::Invoker, ordinal: 4 },
    Party::EXPOSING_FUNCTION,
    Party { role: Role::ExposingFunction, ordinal: 2 },
    Party { role: Role::ExposingFunction, ordinal: 3 },
    Party::MANAGEMENT_FUNCTION,
    Party { role: Role::ManagementFunction, ordinal: 2 },
    Party { role: Role::ManagementFunction, ordinal: 3 },
    Party::PUBLISHING_FUNCTION,
    Party { role: Role::PublishingFunction, ordinal: 2 },
    Party { role: Role::PublishingFunction, ordinal: 3 },
];

/// A front that issues no certificates refuses whoever shows more or less than it wants.
#[test]
fn identities_are_those_provisioned_where_none_are_issued() {
    for present in [Present::Token, Present::Certificate, Present::Both] {
        let front = Front::with(Habits { provisioned: EVERYBODY, present, ..Habits::default() });
        let settings = against(&front);
        assert_eq!(settings.jobs, 1, "provisioned identities are shared");
        all_pass(&observe(&some(), &settings));
    }
}

#[test]
fn a_target_that_issues_no_certificate_and_names_none_is_told_the_cure() {
    let front = Front::with(Habits { bare: true, ..Habits::default() });
    let events = observe(&some(), &against(&front));
    all_stop(&events, Verdict::Inconclusive, "name one that is provisioned for it in [ccf.credentials.amf]");
}

#[test]
fn certificates_are_shown_with_the_token_only_where_that_is_said() {
    // The other way round: a front that wants both refuses those who show the token alone.
    let front = Front::with(Habits { provisioned: EVERYBODY, present: Present::Both, ..Habits::default() });
    let token_only = changed(&against(&front), |target| {
        target.core_function.as_mut().unwrap().enrolment.present = Present::Token;
    });
    all_stop(&observe(&some(), &token_only), Verdict::Inconclusive, "did not register the provider: 401");
}

#[test]
fn whoever_onboards_is_authorized_for_everything_where_that_is_preset() {
    let front = Front::with(Habits { preset: true, ..Habits::default() });
    let scenarios = scenarios(&["C_access_token_profile", "8.11", "5.6"]);
    let events = observe(&scenarios, &Settings { jobs: 1, ..against(&front) });
    all_pass(&events);
    let found = verdicts(&events);
    let reasons = found.values().filter(|(_, why)| why.contains("kind = \"preset\"")).count();
    assert!(reasons > 0, "some scenarios need an API that an invoker is not authorized for");
    let lists = events.iter().filter(|event| said_at_onboarding(event).is_some_and(|body| body.contains("apiList")));
    assert_eq!(lists.count(), 0, "no list is sent");
}

fn said_at_onboarding(event: &RunEvent) -> Option<&str> {
    let RunEvent::Exchanged(exchange) = event else { return None };
    let request = exchange.request.as_ref()?;
    let onboards = request.start_line.starts_with("POST ") && request.start_line.contains("/onboardedInvokers ");
    onboards.then_some(request.body.as_str())
}

#[test]
fn an_invoker_is_subscribed_by_the_control_surface() {
    let front = Front::with(Habits { controlled: true, ..Habits::default() });
    let scenarios = scenarios(&["C_access_token_profile", "8.11"]);
    let arranged = |arrangement| {
        changed(&against(&front), |target| target.core_function.as_mut().unwrap().arrangement = arrangement)
    };
    let events = observe(&scenarios, &arranged(Arrangement::Control));
    all_pass(&events);
    assert!(events.iter().filter_map(said_at_onboarding).all(|body| !body.contains("apiList")));
    assert_eq!(verdicts(&events), verdicts(&observe(&scenarios, &against(&front))));
    let events = observe(&scenarios, &arranged(Arrangement::Nothing));
    all_stop(&events, Verdict::NotApplicable, "say it in [ccf.arrangement]");
}

/// The command takes the act `arrange` on its standard input, and passes it on.
#[test]
fn a_command_tells_the_core_function_where_owners_are_asked() {
    if !crate::foreign::has("curl") {
        return;
    }
    let front = Front::with(Habits::default());
    let told = |words: &[&str]| {
        let arguments = words.iter().map(|word| (*word).to_owned()).collect();
        let line = CommandLine { program: "curl".to_owned(), arguments, directory: std::env::temp_dir() };
        let core = Endpoint { owner: OwnerAdapter::Command(line), ..front.behind() };
        changed(&against(&front), |target| target.core_function = Some(core))
    };
    let act = format!("{}/act", front.state.control_url());
    let scenarios = scenarios(&["8.31_owner_authorization#"]);
    let events = observe(&scenarios, &Settings { jobs: 1, ..told(&["--silent", "--data-binary", "@-", &act]) });
    all_pass(&events);
    let nowhere = told(&["--silent", "--data-binary", "@-", "http://127.0.0.1:9/act"]);
    let events = observe(&scenarios, &Settings { jobs: 1, ..nowhere });
    all_stop(&events, Verdict::Inconclusive, "ended with exit code 7");
}

/// The reference core function takes any certificate of a callback; that it is notified over TLS is in the record.
#[test]
fn callbacks_are_served_over_tls_where_plain_http_is_not_wanted() {
    let front = Front::with(Habits::default());
    let secure = changed(&against(&front), |target| {
        target.harness = Harness { plain_http_callbacks: false, ..Harness::default() };
    });
    let scenarios = scenarios(&["5.6_security_api#"]);
    let events = observe(&scenarios, &secure);
    let plain = observe(&scenarios, &against(&front));
    assert_eq!(verdicts(&events), verdicts(&plain));
    all_pass(&events);
    let notified = |exchange: &&capifspec::event::ExchangeEvent| exchange.server.starts_with("invoker");
    let over_tls = exchanges(&events).filter(notified).filter(|exchange| exchange.tls.is_some()).count();
    let in_clear = exchanges(&events).filter(notified).filter(|exchange| exchange.tls.is_none()).count();
    assert!(over_tls > 3 && in_clear == 0, "{over_tls} over TLS, {in_clear} in clear");
    assert!(exchanges(&plain).filter(notified).all(|exchange| exchange.tls.is_none()));
}

pub(crate) fn exchanges(events: &[RunEvent]) -> impl Iterator<Item = &capifspec::event::ExchangeEvent> {
    events.iter().filter_map(|event| if let RunEvent::Exchanged(exchange) = event { Some(exchange) } else { None })
}

/// An act goes to a surface; that the front has one is what the tests above rely on.
#[test]
fn a_front_that_can_be_told_runs_one_scenario_at_a_time() {
    let front = Front::with(Habits { controlled: true, ..Habits::default() });
    assert!(matches!(front.endpoint.control, Some(Surface::Http(_))));
    assert_eq!(against(&front).jobs, 1);
}

#[test]
fn a_target_file_says_how_parties_are_let_in() {
    let directory = tempfile::tempdir().unwrap();
    let authority = front_certificate();
    for (name, text) in [("ca.pem", authority.as_str()), ("invoker.pem", authority.as_str()), ("invoker.key", "key")] {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    let read = |more: &str| {
        let text = format!(
            "schema = \"capifspec.target/1\"\nname = \"x\"\n[ccf]\nurl = \"https://127.0.0.1:1\"\n\
             [ccf.trust]\nroots = [\"ca.pem\"]\n{more}"
        );
        std::fs::write(directory.path().join("target.toml"), text).unwrap();
        capifspec::target::read(&directory.path().join("target.toml"))
    };
    let credentials = "[ccf.credentials.invoker]\ncertificate = \"invoker.pem\"\nkey = \"invoker.key\"\n";
    let enrolment = "[ccf.enrolment]\npresent = \"both\"\nkey-form = \"csr\"\n[timing]\nclean-up-ms = 7\n";
    let target = read(&format!("{credentials}{enrolment}")).unwrap();
    let core = target.core_function.as_ref().unwrap();
    assert_eq!((core.enrolment.present, core.enrolment.key_form), (Present::Both, KeyForm::Csr));
    assert_eq!(target.deadlines.clean_up.after, Duration::from_millis(7));
    assert!(target.is_serial(), "provisioned identities are shared");
    let plain = read("").unwrap().core_function.unwrap().enrolment;
    assert_eq!((plain.present, plain.key_form), (Present::Token, KeyForm::PublicKey));
    let register = "[ccf.onboarding]\nkind = \"opencapif-register\"\nurl = \"https://127.0.0.1:2\"\nadmin = \"a\"\n\
                    password = { file = \"invoker.key\" }\n";
    assert_eq!(read(register).unwrap().core_function.unwrap().enrolment.key_form, KeyForm::Csr);
    let own_roots = format!("{register}[ccf.onboarding.trust]\nroots = [\"ca.pem\"]\n");
    assert!(matches!(read(&own_roots).unwrap().core_function.unwrap().trust, Trust::Roots(_)));
    let told =
        format!("schema = \"capifspec.target/1\"\nname = \"x\"\n[ccf]\nurl = \"https://127.0.0.1:1\"\n{own_roots}");
    std::fs::write(directory.path().join("told.toml"), told).unwrap();
    let told = capifspec::target::read(&directory.path().join("told.toml")).unwrap();
    assert!(matches!(told.core_function.unwrap().trust, Trust::Told));
    let error = read("[ccf.enrolment]\npresent = \"certificate\"\n").unwrap_err().to_string();
    assert!(error.contains("ccf.enrolment.present") && error.contains("[ccf.credentials]"), "{error}");
}

fn front_certificate() -> String {
    let clock = Clock::real();
    let key = capifspec::pki::KeyPair::generate(capifspec::pki::KeyKind::EcdsaP256).unwrap();
    capifspec::pki::Authority::new("some authority", &key, &clock).unwrap().root_pem()
}
