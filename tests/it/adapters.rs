//! How parties come to be let in, judged and cleared away: onboarding adapters, token keys, provisioned identities,
//! arrangements, callbacks and clean-up, each against a core function that insists on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use capifspec::clock::Clock;
use capifspec::event::{Leftover, RunEvent};
use capifspec::run::feature::Scenario;
use capifspec::run::{Interrupt, Settings, observe};
use capifspec::spec::{Party, Role};
use capifspec::target::{
    Arrangement, CommandLine, Endpoint, Harness, Jwks, KeyForm, Onboarding, OwnerAdapter, Present, Site, Surface,
    Target, TokenKey,
};
use capifspec::verdict::Verdict;
use capifspec::wire::Reply;
use serde_json::{Value, json};

use crate::built_in::{endings, every_scenario, settings};
use crate::cli::{Desk, OWN};
use crate::real_targets::front::{Front, KEY_SET, patient};
use crate::real_targets::habits::{Habits, KeySetText};
use crate::real_targets::register::{ADMIN_TOKEN, Manners, PASSWORD};
use crate::stand_in::StandIn;

/// Scenarios about the core function whose id holds one of these.
fn scenarios(parts: &[&str]) -> Vec<Scenario> {
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
fn some() -> Vec<Scenario> {
    scenarios(&["C_access_token_profile"])
}

fn against(front: &Front) -> Settings {
    let deadlines = patient();
    let target = Target { core_function: Some(front.endpoint.clone()), deadlines, ..Target::built_in() };
    let jobs = if target.is_serial() { 1 } else { 4 };
    Settings { target: Arc::new(target), ..settings(1, jobs) }
}

fn changed(settings: &Settings, change: impl FnOnce(&mut Target)) -> Settings {
    let mut target = (*settings.target).clone();
    change(&mut target);
    Settings { target: Arc::new(target), ..settings.clone() }
}

fn verdicts(events: &[RunEvent]) -> BTreeMap<&str, (Verdict, &str)> {
    let told = endings(events).into_iter();
    told.map(|(id, ended)| (id, (ended.verdict, ended.reason.as_deref().unwrap_or_default()))).collect()
}

#[track_caller]
fn all_pass(events: &[RunEvent]) {
    let found = verdicts(events);
    let wrong: Vec<_> =
        found.iter().filter(|(_, (verdict, _))| !matches!(verdict, Verdict::Pass | Verdict::NotApplicable)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(found.values().any(|(verdict, _)| *verdict == Verdict::Pass), "none passes: {found:#?}");
}

/// Nothing gets far enough to be judged, and why is said in these words.
#[track_caller]
fn all_stop(events: &[RunEvent], verdict: Verdict, words: &str) {
    let found = verdicts(events);
    let wrong: Vec<_> = found.iter().filter(|(_, (found, why))| *found != verdict || !why.contains(words)).collect();
    assert!(!found.is_empty() && wrong.is_empty(), "{wrong:#?}");
}

fn leftovers(events: &[RunEvent]) -> Vec<&Leftover> {
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

fn exchanges(events: &[RunEvent]) -> impl Iterator<Item = &capifspec::event::ExchangeEvent> {
    events.iter().filter_map(|event| if let RunEvent::Exchanged(exchange) = event { Some(exchange) } else { None })
}

/// Paths that were created and are still there, by what the front was asked.
fn still_there(log: &[String], created: &[String]) -> Vec<String> {
    let gone = |path: &&String| log.iter().any(|line| line.starts_with(&format!("DELETE {path} -> ")));
    created.iter().filter(|path| !gone(path)).cloned().collect()
}

fn created(events: &[RunEvent]) -> Vec<String> {
    let answers = exchanges(events).filter_map(|exchange| exchange.response.as_ref());
    let created = answers.filter(|answer| answer.start_line.starts_with("HTTP/1.1 201"));
    let locations = created.filter_map(|answer| answer.headers.iter().find(|(name, _)| name == "Location"));
    let paths = locations.map(|(_, url)| url.split_once("://").unwrap().1.split_once('/').unwrap().1);
    paths.map(|path| format!("/{path}")).collect()
}

#[test]
fn what_a_run_created_is_deleted_in_reverse_order() {
    let front = Front::with(Habits::default());
    let scenarios = scenarios(&["C_access_token_profile", "5.6_security_api#", "8.11"]);
    let events = observe(&scenarios, &against(&front));
    all_pass(&events);
    assert_eq!(leftovers(&events), Vec::<&Leftover>::new());
    let (log, created) = (front.log(), created(&events));
    assert!(created.len() > 100, "{} things were created", created.len());
    assert_eq!(still_there(&log, &created), Vec::<String>::new());
    for scenario in &scenarios {
        let own =
            exchanges(&events).filter(|exchange| exchange.scenario == scenario.id && exchange.purpose == "clean-up");
        let kinds: Vec<usize> = own.filter_map(|exchange| rank(&exchange.request.as_ref()?.start_line)).collect();
        assert!(kinds.is_sorted(), "{}: {kinds:?}", scenario.id);
    }
}

/// What is enrolled first goes last.
fn rank(start_line: &str) -> Option<usize> {
    ["/trustedInvokers/", "/onboardedInvokers/", "/service-apis/", "/registrations/"]
        .iter()
        .position(|part| start_line.contains(part))
        // Invokers and providers come and go in the order of the scenario.
        .map(|rank| rank.min(1))
        .filter(|_| start_line.contains("/trustedInvokers/") || start_line.contains("/registrations/"))
}

#[test]
fn what_cannot_be_deleted_is_listed_and_changes_no_verdict() {
    let clean = Front::with(Habits::default());
    let scenarios = some();
    let expected = observe(&scenarios, &against(&clean));
    let front = Front::with(Habits { refuses: Some(("DELETE", "/service-apis/")), ..Habits::default() });
    let events = observe(&scenarios, &against(&front));
    assert_eq!(verdicts(&events), verdicts(&expected));
    let told = leftovers(&events);
    assert!(told.len() >= scenarios.len(), "{} leftovers", told.len());
    assert!(told.iter().all(|left| left.what.contains("/service-apis/") && left.why.contains("403")), "{told:#?}");
}

/// A target that is silent once is not asked again: what is left is listed, and the run goes on.
#[test]
fn a_silent_target_does_not_hold_up_the_clean_up() {
    let front = Front::with(Habits { silent: Some(("DELETE", "/")), ..Habits::default() });
    let impatient = changed(&against(&front), |target| target.deadlines.answer.after = Duration::from_millis(300));
    let scenarios = &some()[..3];
    let stopwatch = Clock::real();
    let events = observe(scenarios, &impatient);
    all_pass(&events);
    assert!(stopwatch.monotonic_us() < 20_000_000);
    for scenario in scenarios {
        let asked = exchanges(&events).filter(|found| found.scenario == scenario.id && found.purpose == "clean-up");
        assert_eq!(asked.count(), 1, "{} asks once", scenario.id);
    }
    let told = leftovers(&events);
    assert_eq!(told.len(), created(&events).len());
    assert!(told.iter().all(|left| left.why.contains("no answer within the answer deadline")), "{told:#?}");
}

#[test]
fn what_was_created_goes_also_after_a_step_ran_out_of_time_and_after_an_interruption() {
    let front = Front::with(Habits { silent: Some(("PUT", "/trustedInvokers/")), ..Habits::default() });
    let impatient = changed(&against(&front), |target| {
        target.deadlines.answer.after = Duration::from_secs(5);
        target.deadlines.step.after = Duration::from_millis(700);
    });
    let scenarios = scenarios(&["C_access_token_profile"]);
    let events = observe(&scenarios[..2], &impatient);
    all_stop(&events, Verdict::Inconclusive, "nothing within the step deadline");
    assert_eq!(still_there(&front.log(), &created(&events)), Vec::<String>::new());
    let asked =
        front.log().iter().filter(|line| line.starts_with("DELETE") && line.contains("/trustedInvokers/")).count();
    assert!(asked >= 2, "what was not answered may have been created");

    let interrupt = Interrupt::default();
    let front =
        Front::with(Habits { interrupts: Some(("PUT", "/trustedInvokers/", interrupt.clone())), ..Habits::default() });
    let events = observe(&scenarios[..1], &Settings { interrupt, ..against(&front) });
    all_stop(&events, Verdict::Inconclusive, "interrupted");
    let created = created(&events);
    assert!(created.iter().any(|path| path.contains("/trustedInvokers/")), "{created:?}");
    assert_eq!(still_there(&front.log(), &created), Vec::<String>::new());
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
    let error = read("[ccf.enrolment]\npresent = \"certificate\"\n").unwrap_err().to_string();
    assert!(error.contains("ccf.enrolment.present") && error.contains("[ccf.credentials]"), "{error}");
}

fn front_certificate() -> String {
    let clock = Clock::real();
    let key = capifspec::pki::KeyPair::generate(capifspec::pki::KeyKind::EcdsaP256).unwrap();
    capifspec::pki::Authority::new("some authority", &key, &clock).unwrap().root_pem()
}

/// What is left is in the reports as well.
#[test]
fn leftovers_are_told_at_the_terminal_and_in_the_report() {
    let desk = Desk::with(&[("own.feature", OWN)]);
    let stand_in = StandIn::enrolling(|_| Some(Reply::new(403)));
    stand_in.hand_over(desk.path(), 5000);
    let ran = desk.capifspec("run own.feature --target target.toml --out out");
    assert!(ran.out.contains("left behind  /published-apis/v1/"), "{}", ran.out);
    let left = desk.report("out/report.json")["leftovers"].clone();
    let left = left.as_array().unwrap();
    assert_eq!(left.len(), 2, "the service API and the provider: {left:?}");
    assert!(left.iter().all(|left| left["why"].as_str().unwrap().contains("403")), "{left:?}");
    assert!(left[0]["scenario"].as_str().unwrap().contains("own"), "{left:?}");
}
