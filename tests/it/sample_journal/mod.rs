//! A run as it could have been: the journal that every golden report is made from. Its messages pass through the
//! redactor as those of a real run do.

mod telling;

use std::collections::BTreeMap;

use capifspec::event::{
    ClaimsRef, ExternalRef, JOURNAL_SCHEMA, NotRun, RunEnd, RunEnded, RunEvent, RunStarted, SelectionRef, TargetRef,
    Tool, WaivedKind, WaiverRef,
};
use capifspec::report::JournalWriter;
use capifspec::verdict::Verdict;

use telling::scenario;

/// A token whose signature must never be seen in a report.
pub(crate) const TOKEN: &str = "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJJTlY3ZjNhIiwic2NvcGUiOiIzZ3BwI2FlZjAxOndlYXRoZXIiLCJleHAiOjE3OTAwMDAwMDB9.Q0FOQVJZLXNpZ25hdHVyZS1ieXRlcy1DQU5BUlk";
/// An onboarding secret, likewise.
pub(crate) const SECRET: &str = "Canary-onboarding-9b1c";

/// The journal, as bytes on disk.
pub(crate) fn bytes() -> Vec<u8> {
    let mut run = Run::started(run_started());
    run.token_granted();
    run.expired_token_refused();
    run.revocation_notified();
    for scope in ["3gpp#", "3gpp#aef01", "other#aef01:weather"] {
        run.scope_not_refused(scope);
    }
    run.cacheable_answer();
    run.closed_without_answer();
    run.handshake_refused();
    run.stopped_harness();
    run.not_claimed();
    run.waived();
    run.not_run();
    run.event(RunEvent::RunEnded(RunEnded { how: RunEnd::Interrupted, duration_us: 2_345_678 }));
    run.journal.into_inner()
}

fn external_ref() -> ExternalRef {
    ExternalRef {
        urls: vec!["https://capif.example:443".to_owned()],
        kinds: BTreeMap::from([("control".to_owned(), "none".to_owned())]),
        claims: ClaimsRef { methods: Some(vec!["OAUTH".to_owned()]), ..ClaimsRef::default() },
    }
}

fn run_started() -> RunStarted {
    RunStarted {
        schema: JOURNAL_SCHEMA.to_owned(),
        tool: Tool { version: "0.1.0".to_owned(), commit: "abc1234".to_owned() },
        started_unix: 1_790_000_000,
        seed: 42,
        release: "18".to_owned(),
        target: TargetRef {
            name: "Example CCF 2.3".to_owned(),
            sut: vec!["ccf".to_owned(), "aef".to_owned()],
            external: vec!["ccf".to_owned()],
            roles: BTreeMap::from([("ccf".to_owned(), external_ref())]),
        },
        readings: vec![
            ("token-exp".to_owned(), "numeric-date".to_owned()),
            ("token-error-status".to_owned(), "400-or-401".to_owned()),
        ],
        requirement_set: Some("2026-12".to_owned()),
        waivers: vec![
            waiver(WaivedKind::Requirement, "29222-5.6.2.2.2-04", "ticket 123, fixed in 2.4", "2027-03-01"),
            waiver(WaivedKind::Check, "token-request-with-bad-scope-is-refused", "ticket 99", "2026-06-30"),
            waiver(
                WaivedKind::Scenario,
                "ts29222/5.6_security_api#A token of another invoker opens nothing",
                "ticket 140, not before 3.0",
                "2027-06-30",
            ),
        ],
        shard: None,
        failed_from: None,
        selection: Some(SelectionRef::default()),
        selected: 14,
        command: "capifspec run --target example.toml --seed 42".to_owned(),
    }
}

fn waiver(subject: WaivedKind, name: &str, reason: &str, expires: &str) -> WaiverRef {
    WaiverRef {
        subject,
        name: name.to_owned(),
        reason: reason.to_owned(),
        owner: "capif team".to_owned(),
        expires: expires.to_owned(),
    }
}

struct Run {
    journal: JournalWriter<Vec<u8>>,
    now: u64,
}

impl Run {
    fn started(run: RunStarted) -> Self {
        let mut this = Self { journal: JournalWriter::new(Vec::new()), now: 0 };
        this.event(RunEvent::RunStarted(run));
        this
    }

    fn event(&mut self, event: RunEvent) {
        self.journal.append(self.now, event).unwrap();
        self.now += 1_000;
    }

    fn token_granted(&mut self) {
        let mut told = self.scenario(scenario(
            "The invoker obtains an access token",
            14,
            "ccf",
            &["29222-5.6.2.3.2-05", "33122-6.5.2.3-13"],
        ));
        told.onboarded();
        told.security_context();
        told.step("When", "the invoker asks for an access token for \"weather\"", 31);
        let token = told.token_request("invoker", "3gpp%23aef01%3Aweather", "request");
        told.step("Then", "the core function answers with a token, its type and its expiry", 32);
        told.finding(
            "token-answer-is-complete",
            "29222-5.6.2.3.2-05",
            Verdict::Pass,
            "200 with access_token, token_type and expires_in",
            "200 with all three; expires_in is 3600",
            Some(token),
        );
        told.finding(
            "token-is-bound-to-the-invoker",
            "33122-6.5.2.3-13",
            Verdict::Pass,
            "a token issued for INV7f3a",
            "iss is INV7f3a",
            Some(token),
        );
        told.ended(None);
    }

    fn expired_token_refused(&mut self) {
        let mut told = self.scenario(scenario("An expired token opens nothing", 58, "aef", &["33122-6.5.2.3-23"]));
        told.onboarded();
        told.step("When", "the invoker invokes with a token that expired 31 seconds ago", 60);
        let status = ["200 OK", "401 Unauthorized", "200 OK"];
        let purposes = ["clean twin before", "deviation: token expired 31 s ago", "clean twin after"];
        let mut refused = 0;
        for (status, purpose) in status.into_iter().zip(purposes) {
            let head = format!(
                "GET /weather/v1/forecast?place=Turku HTTP/1.1\r\nHost: aef.example\r\nAuthorization: Bearer {TOKEN}\r\n"
            );
            let answer = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
            let body = if status.starts_with("200") {
                r#"{"sky":"clear"}"#
            } else {
                r#"{"title":"token expired","status":401}"#
            };
            let number = told.exchange(("invoker", "aef"), &head, "", Some((&answer, body)), purpose);
            if status.starts_with("401") {
                refused = number;
            }
        }
        told.step("Then", "the exposing function refuses it", 61);
        told.finding(
            "aef-rejects-expired-token",
            "33122-6.5.2.3-23",
            Verdict::Pass,
            "401 for the expired token, and success before and after it",
            "200, 401, 200",
            Some(refused),
        );
        told.ended(None);
    }

    fn revocation_notified(&mut self) {
        let mut told = self.scenario(scenario(
            "The invoker is told of a revocation",
            97,
            "ccf",
            &["29222-5.6.2.5.2-01", "29222-5.6.2.5.2-04"],
        ));
        told.onboarded();
        told.security_context();
        told.step("When", "the exposing function revokes all APIs of the invoker", 99);
        let began = told.now;
        told.now += 900;
        let head = "POST /notifications/7 HTTP/1.1\r\nHost: invoker.example\r\nContent-Type: application/json\r\n";
        let body = r#"{"apiInvokerId":"INV7f3a","aefId":"aef01","apiIds":["api-1"],"cause":"OVERLIMIT_USAGE"}"#;
        let notification =
            told.exchange(("ccf", "invoker"), head, body, Some(("HTTP/1.1 204 No Content\r\n", "")), "notification");
        let ended = told.now + 700;
        let head = "DELETE /capif-security/v1/trustedInvokers/INV7f3a HTTP/1.1\r\nHost: ccf.example\r\n";
        let mut revocation = told.built(("aef", "ccf"), head, "", Some(("HTTP/1.1 204 No Content\r\n", "")), "request");
        (revocation.started_us, revocation.ended_us) = (began, Some(ended));
        let number = revocation.number;
        told.run.event(RunEvent::Exchanged(revocation));
        told.now = ended;
        told.step("Then", "the invoker is notified", 100);
        told.finding(
            "revocation-is-notified",
            "29222-5.6.2.5.2-01",
            Verdict::Pass,
            "one notification at the destination of the security context",
            "one, 900 µs after the request",
            Some(notification),
        );
        told.finding("revocation-is-acknowledged", "29222-5.6.2.5.2-04", Verdict::Pass, "204", "204", Some(number));
        told.ended(None);
    }

    fn scope_not_refused(&mut self, scope: &str) {
        let name = format!("A scope that names nothing granted is refused [{scope}]");
        let mut told = self.scenario(scenario(&name, 120, "ccf", &["33122-6.5.2.3-12", "29222-5.6.2.3.2-07"]));
        told.onboarded();
        told.security_context();
        told.step("When", &format!("the invoker asks for a token with the scope \"{scope}\""), 122);
        told.token_request("invoker", "3gpp%23aef01%3Aweather", "clean twin before");
        let bad = told.token_request(
            "invoker",
            &scope.replace('#', "%23").replace(':', "%3A"),
            &format!("deviation: scope {scope}"),
        );
        told.token_request("invoker", "3gpp%23aef01%3Aweather", "clean twin after");
        told.step("Then", "the core function refuses it for its scope", 123);
        told.finding(
            "token-request-with-bad-scope-is-refused",
            "33122-6.5.2.3-12",
            Verdict::Fail,
            "400 with the error invalid_scope, and a token before and after it",
            &format!("200 with the access token {TOKEN}"),
            Some(bad),
        );
        told.finding(
            "token-error-is-described",
            "29222-5.6.2.3.2-07",
            Verdict::NotApplicable,
            "a JSON object that describes the error",
            "no error was given",
            Some(bad),
        );
        told.ended(None);
    }

    fn cacheable_answer(&mut self) {
        let mut told = self.scenario(scenario(
            "Others than the invoker obtain nothing in its name",
            140,
            "ccf",
            &["29222-5.6.2.1-05"],
        ));
        told.onboarded();
        told.security_context();
        told.step("When", "another invoker asks for a token of the invoker", 142);
        let number = told.token_request("invoker-2", "3gpp%23aef01%3Aweather", "deviation: another initiator");
        told.step("Then", "the core function refuses it", 143);
        told.finding(
            "token-is-for-its-own-invoker",
            "29222-5.6.2.1-05",
            Verdict::Warn,
            "401 or 403",
            "200: \u{1b}[2J<script>alert('x')</script> ]]> &amp; \u{202e}desrever",
            Some(number),
        );
        told.ended(None);
    }

    fn closed_without_answer(&mut self) {
        let mut told =
            self.scenario(scenario("The authorization information is asked for", 160, "ccf", &["29222-5.6.2.4.2-02"]));
        told.onboarded();
        let head = "GET /capif-security/v1/trustedInvokers/INV7f3a?authenticationInfo=true&authorizationInfo=true HTTP/1.1\r\nHost: ccf.example\r\n";
        told.exchange(("aef", "ccf"), head, "", None, "request");
        let message = format!("the core function closed the connection after `who is {SECRET}?`");
        told.stopped(
            "When",
            "the exposing function asks for the authentication and authorization information",
            162,
            &message,
        );
        told.not_reached("Then", "the core function answers for its interfaces only", 163);
        told.verdict = Verdict::Inconclusive;
        told.ended(Some(&message));
    }

    fn handshake_refused(&mut self) {
        let mut told =
            self.scenario(scenario("A certificate of a stranger opens no session", 180, "ccf", &["33122-6.5.2.3-10"]));
        told.step("When", "a stranger with a certificate of another authority connects", 182);
        told.token_request("invoker", "3gpp%23aef01%3Aweather", "clean twin before");
        let mut refused = told.built(("stranger", "ccf"), "", "", None, "deviation: certificate of another authority");
        refused.request = None;
        "invoker".clone_into(&mut refused.client_role);
        "refused in the handshake: unknown_ca".clone_into(&mut refused.outcome);
        if let Some(tls) = &mut refused.tls {
            tls.alert = Some("unknown_ca".to_owned());
        }
        let number = refused.number;
        told.run.event(RunEvent::Exchanged(refused));
        told.token_request("invoker", "3gpp%23aef01%3Aweather", "clean twin after");
        told.step("Then", "the core function refuses the session", 183);
        told.finding(
            "stranger-is-refused-in-the-handshake",
            "33122-6.5.2.3-10",
            Verdict::Pass,
            "the handshake fails",
            "alert unknown_ca",
            Some(number),
        );
        told.ended(None);
    }

    fn stopped_harness(&mut self) {
        let mut told = self.scenario(scenario("The token is a signed JWT", 200, "ccf", &["29222-5.6.2.3.2-06"]));
        told.stopped("Given", "an enrolled invoker", 201, "no free port in 20000-20099");
        told.verdict = Verdict::Error;
        told.ended(Some("the harness could not set the scene"));
    }

    fn not_claimed(&mut self) {
        let mut told =
            self.scenario(scenario("A method 1 session is set up with the AEF_PSK", 220, "aef", &["33122-6.5.2.3-31"]));
        told.verdict = Verdict::NotApplicable;
        told.ended(Some("the security method PSK is not claimed"));
    }

    fn waived(&mut self) {
        let mut told = self.scenario(scenario("The update renegotiates a method", 240, "ccf", &["29222-5.6.2.2.2-04"]));
        let head = "POST /capif-security/v1/trustedInvokers/INV7f3a/update HTTP/1.1\r\nHost: ccf.example\r\n";
        let number =
            told.exchange(("invoker", "ccf"), head, "{}", Some(("HTTP/1.1 501 Not Implemented\r\n", "")), "request");
        told.finding(
            "update-returns-the-context",
            "29222-5.6.2.2.2-04",
            Verdict::Fail,
            "200 with a ServiceSecurity",
            "501",
            Some(number),
        );
        told.ended(None);
    }

    fn not_run(&mut self) {
        let scenario = scenario("A token of another invoker opens nothing", 260, "aef", &["33122-6.5.2.3-27"]);
        self.event(RunEvent::NotRun(NotRun { scenario, reason: "the run was interrupted".to_owned() }));
    }
}
