//! How the sample tells a scenario: exchanges, steps, findings and the end.

use capifspec::event::{
    CertificateEvent, ExchangeEvent, Judged, RunEvent, ScenarioEnded, ScenarioRef, StepEnded, StepOutcome, TlsEvent,
};
use capifspec::redact::Redactor;
use capifspec::verdict::{Finding, Verdict};

use super::{Run, SECRET, TOKEN};

impl Run {
    pub(super) fn scenario(&mut self, scenario: ScenarioRef) -> Scenario<'_> {
        self.event(RunEvent::ScenarioStarted(scenario.clone()));
        Scenario {
            run: self,
            scenario,
            redactor: Redactor::new(),
            number: 0,
            now: 0,
            verdict: Verdict::NotApplicable,
            judged: Vec::new(),
        }
    }
}

/// A scenario that is being told.
#[expect(clippy::struct_field_names, reason = "the scenario is told with its reference")]
pub(super) struct Scenario<'a> {
    pub(super) run: &'a mut Run,
    pub(super) scenario: ScenarioRef,
    pub(super) redactor: Redactor,
    pub(super) number: u64,
    pub(super) now: u64,
    pub(super) verdict: Verdict,
    pub(super) judged: Vec<(String, Verdict)>,
}

impl Scenario<'_> {
    pub(super) fn onboarded(&mut self) {
        let head = "POST /api-invoker-management/v1/onboardedInvokers HTTP/1.1\r\nHost: ccf.example\r\nContent-Type: application/json\r\n";
        let answer = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nLocation: https://ccf.example/api-invoker-management/v1/onboardedInvokers/INV7f3a\r\n";
        let body = format!(
            r#"{{"apiInvokerId":"INV7f3a","onboardingInformation":{{"apiInvokerPublicKey":"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----","onboardingSecret":"{SECRET}"}},"notificationDestination":"https://invoker.example/notifications/1"}}"#
        );
        self.exchange(("invoker", "ccf"), head, r#"{"onboardingInformation":{"apiInvokerPublicKey":"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"},"notificationDestination":"https://invoker.example/notifications/1"}"#, Some((answer, &body)), "arranging");
        self.step("Given", "an enrolled invoker", 15);
        let head = "POST /published-apis/v1/APF1/service-apis HTTP/1.1\r\nHost: ccf.example\r\nContent-Type: application/json\r\n";
        let answer = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nLocation: https://ccf.example/published-apis/v1/APF1/service-apis/api-1\r\n";
        self.exchange(
            ("apf", "ccf"),
            head,
            r#"{"apiName":"weather","aefProfiles":[{"aefId":"aef01"}]}"#,
            Some((answer, r#"{"apiId":"api-1","apiName":"weather"}"#)),
            "arranging",
        );
        self.step("And", "the API \"weather\", published", 16);
    }

    pub(super) fn security_context(&mut self) {
        let head = "PUT /capif-security/v1/trustedInvokers/INV7f3a HTTP/1.1\r\nHost: ccf.example\r\nContent-Type: application/json\r\n";
        let answer = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nLocation: https://ccf.example/capif-security/v1/trustedInvokers/INV7f3a\r\n";
        let request = r#"{"securityInfo":[{"aefId":"aef01","apiId":"api-1","prefSecurityMethods":["OAUTH"]}],"notificationDestination":"https://invoker.example/notifications/7"}"#;
        let body = r#"{"securityInfo":[{"aefId":"aef01","apiId":"api-1","prefSecurityMethods":["OAUTH"],"selSecurityMethod":"OAUTH"}],"notificationDestination":"https://invoker.example/notifications/7"}"#;
        self.exchange(("invoker", "ccf"), head, request, Some((answer, body)), "arranging");
        self.step("And", "a security context with method \"OAUTH\"", 17);
    }

    pub(super) fn token_request(&mut self, client: &str, scope: &str, purpose: &str) -> u64 {
        let head = "POST /capif-security/v1/securities/INV7f3a/token HTTP/1.1\r\nHost: ccf.example\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let body = format!("grant_type=client_credentials&client_id=INV7f3a&client_secret={SECRET}&scope={scope}");
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n";
        let token = format!(
            r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600,"scope":"3gpp#aef01:weather"}}"#
        );
        self.exchange((client, "ccf"), head, &body, Some((answer, &token)), purpose)
    }

    pub(super) fn exchange(
        &mut self,
        parties: (&str, &str),
        head: &str,
        body: &str,
        answer: Option<(&str, &str)>,
        purpose: &str,
    ) -> u64 {
        let exchange = self.built(parties, head, body, answer, purpose);
        self.run.event(RunEvent::Exchanged(exchange));
        self.number
    }

    pub(super) fn built(
        &mut self,
        (client, server): (&str, &str),
        head: &str,
        body: &str,
        answer: Option<(&str, &str)>,
        purpose: &str,
    ) -> ExchangeEvent {
        self.number += 1;
        self.now += 500;
        let started_us = self.now;
        self.now += 1_700;
        ExchangeEvent {
            scenario: self.scenario.id.clone(),
            number: self.number,
            client: client.to_owned(),
            server: server.to_owned(),
            client_role: client.split('-').next().unwrap().to_owned(),
            server_role: server.to_owned(),
            witnesses: [(client, "client"), (server, "server")]
                .into_iter()
                .filter(|(party, _)| *party != "ccf")
                .map(|(_, end)| end.to_owned())
                .collect(),
            started_us,
            ended_us: Some(self.now),
            tls: Some(tls(client, server)),
            request: Some(self.redactor.message(head.as_bytes(), body.as_bytes())),
            response: answer.map(|(head, body)| self.redactor.message(head.as_bytes(), body.as_bytes())),
            outcome: if answer.is_some() { "answered" } else { "closed without an answer" }.to_owned(),
            purpose: purpose.to_owned(),
        }
    }

    pub(super) fn step(&mut self, keyword: &str, text: &str, line: usize) {
        self.step_ended(keyword, text, line, StepOutcome::Passed, None);
    }

    pub(super) fn stopped(&mut self, keyword: &str, text: &str, line: usize, message: &str) {
        self.step_ended(keyword, text, line, StepOutcome::Stopped, Some(message.to_owned()));
    }

    pub(super) fn not_reached(&mut self, keyword: &str, text: &str, line: usize) {
        self.step_ended(keyword, text, line, StepOutcome::NotReached, None);
    }

    pub(super) fn step_ended(
        &mut self,
        keyword: &str,
        text: &str,
        line: usize,
        outcome: StepOutcome,
        message: Option<String>,
    ) {
        self.run.event(RunEvent::StepEnded(StepEnded {
            scenario: self.scenario.id.clone(),
            keyword: keyword.to_owned(),
            text: text.to_owned(),
            line,
            outcome,
            message: message.map(|message| self.redactor.text(&message)),
            duration_us: 2_200,
        }));
    }

    pub(super) fn finding(
        &mut self,
        check: &str,
        requirement: &str,
        verdict: Verdict,
        expected: &str,
        observed: &str,
        exchange: Option<u64>,
    ) {
        self.verdict = self.verdict.max(verdict);
        self.judged.push((requirement.to_owned(), verdict));
        self.run.event(RunEvent::Judged(Judged {
            scenario: self.scenario.id.clone(),
            finding: Finding {
                check: check.to_owned(),
                role: self.scenario.sut.parse().unwrap(),
                requirements: vec![requirement.to_owned()],
                verdict,
                expected: expected.to_owned(),
                observed: self.redactor.text(observed),
                exchange,
            },
        }));
    }

    pub(super) fn ended(self, reason: Option<&str>) {
        let said =
            |id: &String| self.judged.iter().find(|(judged, _)| judged == id).map_or(self.verdict, |(_, said)| *said);
        let requirements = self.scenario.requirements.iter().map(|id| (id.clone(), said(id))).collect();
        self.run.event(RunEvent::ScenarioEnded(ScenarioEnded {
            scenario: self.scenario.id,
            verdict: self.verdict,
            reason: reason.map(|reason| self.redactor.text(reason)),
            requirements,
            duration_us: self.now + 1_000,
            floor: None,
        }));
    }
}

pub(super) fn scenario(name: &str, line: usize, sut: &str, requirements: &[&str]) -> ScenarioRef {
    let feature = "features/ts29222/5.6_security_api.feature";
    let mut tags: Vec<_> = requirements.iter().map(|id| format!("@req:{id}")).collect();
    tags.push(format!("@sut:{sut}"));
    let id = format!("ts29222/5.6_security_api#{name}");
    ScenarioRef {
        replay: format!("capifspec run --target example.toml --seed 42 '{id}'"),
        id,
        feature: feature.to_owned(),
        name: name.to_owned(),
        line,
        tags,
        sut: sut.to_owned(),
        requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
    }
}

fn tls(client: &str, server: &str) -> TlsEvent {
    TlsEvent {
        version: Some("TLSv1.3".to_owned()),
        suite: Some("TLS13_AES_128_GCM_SHA256".to_owned()),
        alpn: Some("http/1.1".to_owned()),
        server_chain: vec![certificate(server), certificate("CAPIF root")],
        client_chain: vec![certificate(client)],
        alert: None,
    }
}

fn certificate(subject: &str) -> CertificateEvent {
    CertificateEvent {
        subject: format!("CN={subject}"),
        issuer: "CN=CAPIF root".to_owned(),
        serial: "7f3a91".to_owned(),
        not_before: "2026-09-21T00:00:00Z".to_owned(),
        not_after: "2027-09-21T00:00:00Z".to_owned(),
        names: vec![format!("DNS:{subject}.example")],
        sha256: format!("{:0>64}", subject.len()),
    }
}
