//! Canaries: secrets in every place and disguise that a peer can think of.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

const OPAQUE: &str = "opaque-Canary-7f3a91";
const PASSWORD: &str = "Canary!Passw0rd";
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";

fn jws() -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(r#"{"alg":"ES256"}"#), part(r#"{"iss":"INV1"}"#), part("canary-signature-bytes"))
}

/// Everything that a message event would put into a journal.
fn told(event: &MessageEvent) -> String {
    serde_json::to_string(event).unwrap()
}

#[test]
fn a_secret_is_struck_out_by_its_place() {
    let bodies = [
        format!(r#"{{"access_token":"{OPAQUE}","expires_in":3600}}"#),
        format!(r#"{{ "onboardingInformation" : {{ "onboardingSecret" : "{OPAQUE}" }} }}"#),
        format!(r#"{{"regSec":"{OPAQUE}"}}"#),
        format!(r#"{{"access\u005ftoken":"{OPAQUE}"}}"#),
        format!(r#"{{"client_secret":["{OPAQUE}",{{"x":"{OPAQUE}"}}],"next":1}}"#),
        format!("{{'password': '{OPAQUE}'}}"),
        format!("grant_type=client_credentials&client_secret={OPAQUE}&scope=3gpp"),
        format!("client%5Fsecret={OPAQUE}"),
        format!("<p>token refused: access_token={OPAQUE}</p>"),
        format!("{{\"detail\":\"cannot read {{\\\"access_token\\\":\\\"{OPAQUE}\\\"}}\"}}"),
        format!("{{\"access_token\":\"{OPAQUE}"),
        format!("bare {}", format!("eyJhbGciOiJub25lIn0.eyJ9.{OPAQUE}").replacen('e', "\\u0065", 1)),
        format!("dump: {{\\\"clientSecret\\\":\\\"{OPAQUE}\\\"}}"),
        format!("request={}", percent_all(&format!(r#"{{"authCode":"{OPAQUE}"}}"#))),
    ];
    for body in bodies {
        let event = Redactor::new().message(HEAD, body.as_bytes());
        assert!(!told(&event).contains(OPAQUE), "{body}\n{}", event.body);
        assert!(event.body.contains("<redacted: "), "{body}\n{}", event.body);
    }
}

#[test]
fn a_token_is_struck_out_by_its_looks_and_told_decoded() {
    let token = jws();
    let signature = token.rsplit('.').next().unwrap();
    let hidden = token.replacen('e', "\\u0065", 1);
    let bodies = [
        format!("{{\"detail\":\"token {token} has expired\"}}"),
        format!("{{\"detail\":\"{hidden}\"}}"),
        format!("see /tokens/{}", token.replace('.', "%2E")),
        format!("<html>{token}</html>"),
        format!("[[\"{token}\"]]"),
    ];
    for body in bodies {
        let event = Redactor::new().message(HEAD, body.as_bytes());
        assert!(!told(&event).contains(signature), "{body}\n{}", event.body);
        assert_eq!(event.tokens.len(), 1, "{body}\n{event:?}");
        assert_eq!(event.tokens[0].header, r#"{"alg":"ES256"}"#);
        assert_eq!(event.tokens[0].claims, r#"{"iss":"INV1"}"#);
        assert!(event.body.contains(&format!("<redacted: token {}>", event.tokens[0].fingerprint)), "{}", event.body);
    }
}

#[test]
fn heads_lose_their_credentials_and_keep_the_rest() {
    let basic = STANDARD.encode(format!("INV1:{PASSWORD}"));
    let token = jws();
    let head = format!(
        "GET /x?access_token={OPAQUE}&b=1 HTTP/1.1\r\nHost: ccf.example\r\nAuthorization: Bearer {token}\r\n\
         Proxy-Authorization: Basic {basic}\r\nX-Folded: a\r\n  {token}\r\nCookie: sid={OPAQUE}\r\n\r\n"
    );
    let event = Redactor::new().message(head.as_bytes(), b"");
    let told = told(&event);
    for secret in [OPAQUE, PASSWORD, &basic, token.rsplit('.').next().unwrap()] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    let opaque = token::fingerprint(OPAQUE);
    assert_eq!(event.start_line, format!("GET /x?access_token=<redacted: token {opaque}>&b=1 HTTP/1.1"));
    assert_eq!(event.headers[0], ("Host".to_owned(), "ccf.example".to_owned()));
    let fingerprint = token::fingerprint(&token);
    assert_eq!(event.headers[1].1, format!("Bearer <redacted: token {fingerprint}>"));
    assert_eq!(event.headers[2].1, "Basic <redacted: basic credentials>");
    let places: Vec<_> = event.tokens.iter().map(|token| token.place.as_str()).collect();
    assert_eq!(places, ["start line access_token", "header authorization", "header x-folded"]);
}

#[test]
fn a_registered_secret_is_found_in_every_disguise() {
    let mut redactor = Redactor::new();
    redactor.register("password", PASSWORD);
    for text in [
        PASSWORD.to_owned(),
        percent_all(PASSWORD),
        PASSWORD.replace('C', "\\u0043"),
        STANDARD.encode(format!("some one:{PASSWORD}")),
        URL_SAFE_NO_PAD.encode(format!("x{PASSWORD}yy")),
        format!("the client said {PASSWORD}, which is wrong"),
        format!("{{\"note\":\"{}\"}}", percent_all(PASSWORD)),
    ] {
        let shown = redactor.text(&text);
        assert!(
            shown.contains("<redacted: ") && !shown.contains(PASSWORD) && !shown.contains(&text),
            "{text} → {shown}"
        );
    }
}

#[test]
fn a_secret_once_seen_is_known_when_it_is_reflected() {
    let mut redactor = Redactor::new();
    let token = jws();
    redactor.message(HEAD, format!(r#"{{"onboardingSecret":"{OPAQUE}","access_token":"{token}"}}"#).as_bytes());
    let reflected = redactor.text(&format!("refused: {OPAQUE}, signed {}", token.rsplit('.').next().unwrap()));
    assert_eq!(
        reflected,
        format!("refused: <redacted: onboardingSecret>, signed <redacted: token {}>", token::fingerprint(&token))
    );
    let head = format!("HTTP/1.1 400 Bad Request\r\nX-Seen: {OPAQUE}-again\r\n\r\n");
    let event = Redactor::new().message(head.as_bytes(), format!(r#"{{"client_secret":"{OPAQUE}-again"}}"#).as_bytes());
    assert_eq!(event.headers[0].1, "<redacted: client_secret>");
}

#[test]
fn private_keys_never_pass() {
    let pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFcanary\n-----END EC PRIVATE KEY-----";
    for body in [pem.to_owned(), serde_json::json!({ "key": pem }).to_string(), pem[..50].to_owned()] {
        let event = Redactor::new().message(HEAD, body.as_bytes());
        assert!(!event.body.contains("canary") && event.body.contains("<redacted: private key>"), "{}", event.body);
    }
}

#[test]
fn what_is_no_secret_keeps_every_byte() {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n-----END CERTIFICATE-----\n";
    let bodies = [
        r#"{"a" : 1.0e+2, "a":1.00,"text":"caf\u00e9 \u0041 100%25 don't", "access_token":null,"client_secret":""}"#
            .to_owned(),
        serde_json::json!({ "apiInvokerCertificate": certificate, "grant_type": "client_credentials" }).to_string(),
        "grant_type=client_credentials&client_id=INV%2F1&scope=3gpp%23aef1%3Aapi1".to_owned(),
        "error code=404: the bearer of bad news, basic rules=apply, a token is missing".to_owned(),
    ];
    for body in bodies {
        let event = Redactor::new().message(HEAD, body.as_bytes());
        assert_eq!(event.body, body);
        assert_eq!(event.body_length, body.len() as u64);
        assert_eq!(Redactor::new().text(&body), body);
    }
}

#[test]
fn redaction_is_done_once_and_for_all() {
    let mut redactor = Redactor::new();
    let body = format!(r#"{{"access_token":"{}","client_secret":"{OPAQUE}","n":[1]}}"#, jws());
    let event = redactor.message(HEAD, body.as_bytes());
    assert_eq!(redactor.text(&event.body), event.body);
    assert_eq!(redactor.message(HEAD, event.body.as_bytes()).body, event.body);
}

#[test]
fn long_and_coded_bodies_are_cut_or_left_out() {
    let long = format!("{}{}", "x".repeat(BODY_LIMIT - 10), jws());
    let event = Redactor::new().message(HEAD, long.as_bytes());
    assert!(event.body.ends_with("\n<cut here>") && !event.body.contains("ey"), "{}", &event.body[BODY_LIMIT - 50..]);
    assert_eq!(event.body_length, long.len() as u64);

    let endless = OPAQUE.repeat(READ_LIMIT / OPAQUE.len() + 1);
    let mut redactor = Redactor::new();
    redactor.register("client_secret", OPAQUE);
    assert!(!redactor.message(HEAD, endless.as_bytes()).body.contains("opaque"));

    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    let event = Redactor::new().message(head, b"\x1f\x8b\x08");
    assert_eq!(event.body, "<not shown: 3 bytes in content coding gzip>");
    assert_eq!(Redactor::new().message(HEAD, b"\xff\x00ok").body, "\\xff\u{0}ok");
}

fn percent_all(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn findings_are_brief_and_cut_no_secret_in_two() {
    let redactor = Redactor::new();
    assert_eq!(redactor.brief("short"), "short");
    let long = redactor.brief(&"é".repeat(1_000_000));
    assert!(
        long.len() < BRIEF_LIMIT + 100 && long.ends_with("<cut here: 2000000 bytes in all>"),
        "{} bytes",
        long.len()
    );
    // The first two make the text shorter than what is shown, the third one is cut where reading ends.
    let secret = |length| format!("password={} ", "S3cret".repeat(length));
    let text = format!("{}{}{}{}", secret(900), secret(900), "w ".repeat(700), "S3cret".repeat(1_300));
    assert!(!redactor.brief(&text).contains("S3cret"), "{}", redactor.brief(&text));
}

#[test]
fn a_flood_of_secrets_is_not_looked_for_without_end() {
    let mut redactor = Redactor::new();
    redactor.register("secret", "our-own-secret");
    for at in 0..2_000 {
        redactor.message(b"HTTP/1.1 200 OK\r\n\r\n", format!("{{\"password\":\"Secret-{at:06}\"}}").as_bytes());
    }
    redactor.register("secret", "our-own-later-secret");
    assert_eq!(redactor.secrets.len(), LEARNT_MAX + 2);
    assert_eq!(redactor.text("our-own-later-secret our-own-secret"), "<redacted: secret> <redacted: secret>");
}
