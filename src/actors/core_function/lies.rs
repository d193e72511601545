//! Every fault of the core function shows: one script of requests, played to a healthy core function and to one mutant
//! per fault, has to be answered differently. Without sockets; what a notification says is part of the record.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use serde_json::{Value, json};

use super::{Desk, Papers};
use crate::actors::{Settings, form};
use crate::clock::{Clock, Deadlines, Names};
use crate::fault::{Fault, FaultSet};
use crate::jose::{self, Parts, VerificationKey};
use crate::pki::{KeyPool, certificates_from_pem};
use crate::spec::{Release, Role};
use crate::wire::{Incoming, Party, Reply, Timeline};

/// A core function that is talked to directly, and everything it said.
struct Talk {
    desk: Desk,
    papers: Papers,
    said: Vec<String>,
    key_pem: String,
}

#[derive(Clone)]
struct Peer {
    id: String,
    chain: Vec<CertificateDer<'static>>,
    secret: String,
}

impl Talk {
    fn new(faults: &[Fault], pool: &KeyPool, clock: &Clock) -> Self {
        let settings = Settings {
            party: Party::new("ccf"),
            clock: clock.clone(),
            timeline: Timeline::new(clock.clone()),
            faults: faults.iter().copied().collect::<FaultSet>(),
            seed: 1,
            keys: Arc::new(Mutex::new(pool.ring(&Names::new(1, "keys")))),
            release: Release::Rel18,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            deadlines: Deadlines::default(),
        };
        let key_pem = settings.key().unwrap().public_pem();
        let (desk, papers) = Desk::furnish(&settings).unwrap();
        Self { desk, papers, said: Vec::new(), key_pem }
    }

    /// Sends a request and writes down what comes of it.
    fn say(&mut self, chain: Option<&Peer>, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.say_over(true, chain, method, target, headers, body)
    }

    fn say_over(
        &mut self,
        secure: bool,
        peer: Option<&Peer>,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let incoming = Incoming {
            peer_chain: peer.map(|peer| peer.chain.clone()).unwrap_or_default(),
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            secure,
        };
        let decision = self.desk.decide(incoming).unwrap_or_else(|problem| problem.reply().into());
        let body = serde_json::from_slice(&decision.reply.body).unwrap_or_default();
        let told = format!("{:?}", decision.notices);
        let line = format!("{} {:?} {} {told}", decision.reply.status, decision.reply.headers, self.readable(body));
        self.said.push(line);
        decision.reply
    }

    fn json(&mut self, peer: Option<&Peer>, method: &str, target: &str, body: &Value) -> Value {
        let reply = self.say(peer, method, target, &[("Content-Type", "application/json")], &body.to_string());
        serde_json::from_slice(&reply.body).unwrap_or_default()
    }

    /// A body without what no two runs have in common: certificates and signatures.
    fn readable(&self, mut body: Value) -> String {
        if let Some(token) = body["access_token"].as_str().map(str::to_owned) {
            let key = VerificationKey::from_pem(&self.papers.token_key_pem).unwrap();
            let parts = Parts::split(&token).map(|parts| (parts.header_text, parts.claims_text));
            let verified = jose::verify(&token, &key).is_ok();
            body["access_token"] = json!(format!("{parts:?} {verified} {}", token.contains('=')));
        }
        let text = body.to_string();
        let mut parts = text.split("-----BEGIN CERTIFICATE-----");
        let first = parts.next().unwrap().to_owned();
        parts.fold(first, |text, part| format!("{text}PEM{}", part.split("-----END").nth(1).unwrap_or_default()))
    }

    fn provider(&mut self) -> [Peer; 4] {
        let functions = ["AMF", "APF", "AEF", "AEF"]
            .map(|role| json!({"apiProvFuncRole": role, "regInfo": {"apiProvPubKey": self.key_pem}}));
        let body = json!({"regSec": self.desk.office.registration_secret, "apiProvFuncs": functions});
        let body = self.json(None, "POST", "/api-provider-management/v1/registrations", &body);
        [0, 1, 2, 3].map(|at| {
            let function = &body["apiProvFuncs"][at];
            Peer::new(&function["apiProvFuncId"], &function["regInfo"]["apiProvCert"], &Value::Null)
        })
    }

    fn publish(&mut self, apf: &Peer, name: &str, profiles: &[(&Peer, &str)]) -> String {
        let profiles = profiles.iter().map(|(aef, method)| {
            json!({"aefId": aef.id, "versions": [{"apiVersion": "v1"}], "securityMethods": [method, "PKI"],
                "interfaceDescriptions": [{"ipv4Addr": "127.0.0.1"}]})
        });
        let body = json!({"apiName": name, "aefProfiles": profiles.collect::<Value>()});
        let body = self.json(Some(apf), "POST", &format!("/published-apis/v1/{}/service-apis", apf.id), &body);
        body["apiId"].as_str().unwrap().to_owned()
    }

    fn onboard(&mut self, apis: &[&str]) -> Peer {
        let wished: Vec<Value> = apis.iter().map(|name| json!({"apiName": name})).collect();
        let body = json!({"onboardingInformation": {"apiInvokerPublicKey": self.key_pem},
            "apiList": {"serviceAPIDescriptions": wished}, "notificationDestination": "http://enrolled.example/"});
        let token = format!("Bearer {}", self.papers.onboarding_token);
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        let target = "/api-invoker-management/v1/onboardedInvokers";
        let reply = self.say(None, "POST", target, &headers, &body.to_string());
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        let information = &body["onboardingInformation"];
        Peer::new(&body["apiInvokerId"], &information["apiInvokerCertificate"], &information["onboardingSecret"])
    }

    fn negotiate(&mut self, caller: &Peer, invoker: &Peer, update: bool, entries: &[(&Peer, &[&str])]) {
        let entries = entries.iter().map(|(aef, methods)| json!({"aefId": aef.id, "prefSecurityMethods": methods}));
        let body = json!({"securityInfo": entries.collect::<Value>(),
            "notificationDestination": format!("http://{}.example/", invoker.id)});
        let (method, suffix) = if update { ("POST", "/update") } else { ("PUT", "") };
        self.json(Some(caller), method, &format!("{}{suffix}", context(invoker)), &body);
    }

    fn token(&mut self, caller: Option<&Peer>, invoker: &Peer, pairs: &[(&str, &str)]) {
        self.token_with(caller, invoker, &[], pairs);
    }

    fn token_with(&mut self, caller: Option<&Peer>, of: &Peer, headers: &[(&str, &str)], pairs: &[(&str, &str)]) {
        let form: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut headers = headers.to_vec();
        headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        self.say(caller, "POST", &token_of(of), &headers, &form::encode(&form));
    }

    /// The script.
    fn play(mut self) -> Vec<String> {
        let [amf, apf, aef1, aef2] = self.provider();
        let x = self.publish(&apf, "x", &[(&aef1, "OAUTH")]);
        self.publish(&apf, "y", &[(&aef1, "OAUTH"), (&aef2, "OAUTH")]);
        self.publish(&apf, "z", &[(&aef2, "OAUTH")]);
        let first = self.onboard(&["x", "y"]);
        let second = self.onboard(&["y"]);
        let third = self.onboard(&["x", "y"]);
        self.say(Some(&aef1), "GET", &context(&first), &[], "");
        self.negotiate(&first, &first, false, &[(&aef1, &["PSK", "OAUTH"]), (&aef2, &["OAUTH"]), (&aef1, &["PKI"])]);
        self.negotiate(&second, &second, false, &[(&aef1, &["OAUTH"]), (&aef2, &["OAUTH"])]);
        self.negotiate(&third, &third, false, &[(&aef1, &["OAUTH"])]);
        for stranger in [&amf, &apf, &aef1, &second] {
            self.negotiate(stranger, &first, false, &[(&aef1, &["PKI"])]);
            self.negotiate(stranger, &first, true, &[(&aef1, &["OAUTH"]), (&aef2, &["OAUTH"]), (&aef1, &["PKI"])]);
        }
        for caller in [&aef1, &aef2, &amf, &apf, &second] {
            for flags in ["", "?authenticationInfo=true", "?authorizationInfo=true"] {
                self.say(Some(caller), "GET", &format!("{}{flags}", context(&first)), &[], "");
            }
        }
        self.ask_for_tokens(&first, &second, &aef1, &aef2);
        let some = json!({"apiInvokerId": first.id, "apiIds": [x], "cause": "OVERLIMIT_USAGE"});
        for stranger in [&amf, &apf, &second] {
            self.json(Some(stranger), "POST", &format!("{}/delete", context(&first)), &some);
        }
        self.json(Some(&aef1), "POST", &format!("{}/delete", context(&first)), &some);
        self.token(Some(&first), &first, &plain(&first));
        self.say(Some(&aef1), "DELETE", &context(&first), &[], "");
        self.say(Some(&aef1), "GET", &context(&first), &[], "");
        self.token(Some(&first), &first, &plain(&first));
        self.say(Some(&aef1), "DELETE", "/capif-security/v1/trustedInvokers/nobody", &[], "");
        self.say(
            Some(&third),
            "DELETE",
            &format!("/api-invoker-management/v1/onboardedInvokers/{}", third.id),
            &[],
            "",
        );
        self.token(Some(&third), &third, &plain(&third));
        self.said
    }

    fn ask_for_tokens(&mut self, first: &Peer, second: &Peer, aef1: &Peer, aef2: &Peer) {
        for invoker in [first, second] {
            self.token(Some(invoker), invoker, &plain(invoker));
        }
        self.token(None, first, &plain(first));
        self.token(None, first, &[&plain(first)[..], &[("client_secret", &first.secret)]].concat());
        self.token(Some(aef1), first, &plain(first));
        self.token(Some(second), first, &plain(second));
        let (grant, id) = (("grant_type", "client_credentials"), ("client_id", first.id.as_str()));
        let (shouted, padded) = (first.id.to_uppercase(), format!(" {}", first.id));
        for other in [&second.id, "nobody", &shouted, &padded] {
            self.token(Some(first), first, &[grant, ("client_id", other)]);
        }
        self.token(Some(first), first, &[grant]);
        self.token(Some(first), first, &[id]);
        for kind in ["password", "authorization_code", "refresh_token", "unheard_of"] {
            self.token(Some(first), first, &[("grant_type", kind), id]);
        }
        self.token(Some(first), first, &[grant, id, grant]);
        self.token(Some(first), first, &[grant, id, ("client_secret", "wrong")]);
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", first.id, first.secret)));
        self.token_with(Some(first), first, &[("Authorization", &basic)], &[grant, id]);
        for scope in [format!("3gpp#{}:x,z", aef1.id), format!("3gpp#{}:z", aef2.id), "malformed".to_owned()] {
            self.token(Some(first), first, &[grant, id, ("scope", &scope)]);
        }
        let body = json!({"grant_type": "client_credentials", "client_id": first.id});
        self.json(Some(first), "POST", &token_of(first), &body);
        let form = form::encode(&plain(first).map(|(name, value)| (name.to_owned(), value.to_owned())));
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        self.say_over(false, None, "POST", &token_of(first), &headers, &form);
    }
}

impl Peer {
    fn new(id: &Value, certificate: &Value, secret: &Value) -> Self {
        Self {
            id: id.as_str().unwrap().to_owned(),
            chain: certificates_from_pem(certificate.as_str().unwrap()).unwrap(),
            secret: secret.as_str().unwrap_or_default().to_owned(),
        }
    }
}

fn plain(invoker: &Peer) -> [(&str, &str); 2] {
    [("grant_type", "client_credentials"), ("client_id", &invoker.id)]
}

fn context(invoker: &Peer) -> String {
    format!("/capif-security/v1/trustedInvokers/{}", invoker.id)
}

fn token_of(invoker: &Peer) -> String {
    format!("/capif-security/v1/securities/{}/token", invoker.id)
}

#[test]
fn every_fault_of_the_core_function_shows() {
    let (pool, clock) = (KeyPool::new(8).unwrap(), Clock::virtual_from_now());
    let played = |faults: &[Fault]| Talk::new(faults, &pool, &clock).play();
    let healthy = played(&[]);
    assert_eq!(played(&[]), healthy, "the script repeats");
    let own = Fault::ALL.iter().filter(|fault| fault.role() == Role::CoreFunction);
    let silent: Vec<_> = own.filter(|fault| played(&[**fault]) == healthy).collect();
    assert!(silent.is_empty(), "these change nothing: {silent:?}");
}
