//! A core function that enrols whoever comes, with identifiers that bite, and what it sends to those it has enrolled.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use capifspec::wire::{Incoming, Reply};
use serde_json::Value;

use super::TWO;
use super::ordeal::{Ordeal, PAYLOAD, TIMING};
use crate::cli::Desk;
use crate::degenerate::YesMan;
use crate::stand_in::{StandIn, Tamper};

/// Runs both scenarios against a core function whose enrolments are tampered with.
fn undergone(
    tamper: Tamper,
    manner: impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static,
) -> Result<(Desk, Ordeal), String> {
    let stand_in = StandIn::tampering(tamper, manner);
    let desk = Desk::with(&[("two.feature", TWO)]);
    stand_in.hand_over(desk.path(), 5_000);
    let target = String::from_utf8(desk.read("target.toml")).unwrap();
    let head = target.split("\n[timing]").next().unwrap().to_owned();
    desk.write("target.toml", &(head + &TIMING.replace("answer-ms = 1500", "answer-ms = 5000")));
    let run = ["run", "two.feature", "--target", "target.toml", "--jobs", "1", "--out", "out"];
    let ordeal = Ordeal::undergone(&desk, &run, 6)?;
    Ok((desk, ordeal))
}

fn yes_man() -> impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static {
    let yes = YesMan::default();
    move |incoming| Some(yes.answer(incoming))
}

/// Identifiers of any form are carried as they are: a path, a form and a JSON text have room for all of them.
#[test]
fn identifiers_that_bite_are_carried_and_do_not_bite() {
    let long = "x".repeat(60_000);
    let ids = [
        "../../capif-security/v1/trustedInvokers/somebody-else",
        "..",
        "",
        " ",
        "a\r\nX-Injected: 1\r\n\r\nGET /elsewhere HTTP/1.1\r\n\r\n",
        "a?b=c&d#e/f%2e%2e%00",
        "{\"$ref\":\"#\"}' OR 1=1;--",
        "\u{0}\u{1}\u{1b}[2J\u{7f}",
        "\u{202e}ü\u{fffe}\u{1f600}",
        PAYLOAD,
        &long,
    ];
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    for id in ids {
        let given = id.to_owned();
        let tamper: Tamper = Arc::new(move |body: &mut Value| {
            for member in ["apiInvokerId", "apiProvDomId", "apiId"] {
                if body.get(member).is_some() {
                    body[member] = Value::from(given.clone());
                }
            }
        });
        let (yes, targets) = (YesMan::default(), Arc::clone(&seen));
        let (_desk, ordeal) = undergone(tamper, move |incoming| {
            targets.lock().unwrap().push(incoming.target.clone());
            Some(yes.answer(incoming))
        })
        .unwrap_or_else(|complaint| panic!("{id:?}: {complaint}"));
        // Whatever it makes of such a target, the program does not take it for its own mistake.
        assert!(matches!(ordeal.code, Some(0 | 1 | 3)), "{id:?}: {}", ordeal.out);
    }
    let seen = seen.lock().unwrap();
    assert!(!seen.is_empty() && seen.iter().all(|target| !target.starts_with("/elsewhere")), "{seen:?}");
    assert!(seen.iter().all(|target| target.bytes().all(|byte| byte.is_ascii_graphic())), "{seen:?}");
}

/// A certificate, a secret and a token that are none.
#[test]
fn what_is_issued_may_be_anything() {
    let members = ["apiInvokerCertificate", "onboardingSecret"];
    for (member, value) in members.into_iter().flat_map(|member| {
        let values = [
            Value::Null,
            Value::from(7),
            Value::from(""),
            Value::from(PAYLOAD),
            Value::from("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ];
        values.map(|value| (member, value))
    }) {
        let given = value.clone();
        let tamper: Tamper = Arc::new(move |body: &mut Value| {
            if let Some(told) = body.get_mut("onboardingInformation") {
                told[member] = given.clone();
            }
        });
        let (_desk, ordeal) =
            undergone(tamper, yes_man()).unwrap_or_else(|complaint| panic!("{member} {value}: {complaint}"));
        assert!(matches!(ordeal.code, Some(0 | 3)), "{member} {value}: {}", ordeal.out);
    }
}

/// A token that would end the header it is put into, in an answer with megabytes of text.
#[test]
fn tokens_that_bite_and_values_without_measure_are_judged_in_few_words() {
    let body = serde_json::json!({
        "access_token": "a\r\nX-Injected: 1\r\n\r\n",
        "token_type": format!("{PAYLOAD}{}", "m".repeat(1_500_000)),
        "expires_in": 600,
    });
    let yes = YesMan::default();
    let (desk, ordeal) = undergone(Arc::new(|_| ()), move |incoming| {
        let asks_for_token = incoming.target.ends_with("/token");
        Some(if asks_for_token {
            Reply::new(200).body("application/json", body.to_string())
        } else {
            yes.answer(incoming)
        })
    })
    .unwrap();
    let (verdict, why) = ordeal.scenario("Meets it");
    assert_eq!((verdict, ordeal.code), ("fail", Some(1)), "{}", ordeal.out);
    assert!(why.len() < 10_000 && why.contains("cut here"), "{} bytes", why.len());
    assert!(desk.read("out/report.html").len() < 2_000_000);
    assert!(desk.read("out/journal.ndjson").len() < 2_000_000);
}

/// Rights without number: what compares them with each other must not do so one by one.
#[test]
fn rights_without_number_are_judged_in_time() {
    let pairs: Vec<String> = (0..25_000).map(|at| format!("aef-{at}:api-{at}")).collect();
    let scope = format!("3gpp#{}", pairs.join(";"));
    let claims = serde_json::json!({"iss": "invoker", "exp": 4_000_000_000_u32, "scope": scope}).to_string();
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
    let body = serde_json::json!({"access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": scope});
    let yes = YesMan::default();
    let stand_in = StandIn::enrolling(move |incoming| {
        let asks_for_token = incoming.target.ends_with("/token");
        Some(if asks_for_token {
            Reply::new(200).body("application/json", body.to_string())
        } else {
            yes.answer(incoming)
        })
    });
    let desk = Desk::new();
    stand_in.hand_over(desk.path(), 5_000);
    let mut run = vec!["run", "--target", "target.toml", "--out", "out"];
    for name in ["Claim scope", "Nothing is granted beyond what was arranged", "Scope follows from the client"] {
        run.extend(["--scenario", name]);
    }
    let ordeal = Ordeal::undergone(&desk, &run, 10).unwrap();
    assert!(matches!(ordeal.code, Some(1 | 3)), "{}", ordeal.out);
    let slowest = ordeal.report["scenarios"].as_array().unwrap().iter().map(|told| told["duration_us"].as_u64()).max();
    assert!(slowest.flatten() < Some(10_000_000), "{slowest:?}");
    assert!(!ordeal.out.contains("longer than"), "{}", ordeal.out);
}

/// Where notifications are sent to, as the first onboarding says it.
fn destination(body: &[u8]) -> Option<(String, String)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let url = body.get("notificationDestination")?.as_str()?.strip_prefix("http://")?.to_owned();
    let (authority, path) = url.split_once('/')?;
    Some((authority.to_owned(), format!("/{path}")))
}

/// Sends one request and waits for whatever comes of it; false when nobody takes it.
fn posted(authority: &str, path: &str, body: &[u8]) -> bool {
    let Ok(mut stream) = TcpStream::connect(authority) else { return false };
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    sent.is_ok() && stream.read(&mut [0; 1]).is_ok_and(|read| read > 0)
}

/// Floods the sink of whoever onboards until nobody listens there, then answers as a core function would.
fn flooding(
    flood: impl Fn(&str, &str) + Send + Sync + 'static,
) -> impl Fn(&Incoming) -> Option<Reply> + Send + Sync + 'static {
    let yes = YesMan::default();
    move |incoming| {
        if let Some((authority, path)) = destination(&incoming.body) {
            thread::scope(|scope| {
                // The flood is answered by another process: to wait for it here blocks nothing but this core function.
                scope.spawn(|| flood(&authority, &path));
            });
        }
        Some(yes.answer(incoming))
    }
}

#[test]
fn a_flood_of_notifications_is_not_taken_without_end() {
    let (_desk, ordeal) =
        undergone(Arc::new(|_| ()), flooding(|authority, path| while posted(authority, path, b"{}") {})).unwrap();
    for name in ["Goes on", "Meets it"] {
        let (verdict, why) = ordeal.scenario(name);
        assert_eq!(verdict, "inconclusive", "{why}");
        assert!(why.contains("not all recorded"), "{why}");
    }
    assert_eq!(ordeal.code, Some(3));
}

#[test]
fn a_flood_of_large_notifications_is_not_taken_without_end() {
    let large = "n".repeat(200_000);
    let flood = move |authority: &str, path: &str| while posted(authority, path, large.as_bytes()) {};
    let (desk, ordeal) = undergone(Arc::new(|_| ()), flooding(flood)).unwrap();
    assert_eq!(ordeal.code, Some(3), "{}", ordeal.out);
    assert!(desk.read("out/journal.ndjson").len() < 20_000_000);
}

/// Notifications for others, at addresses that nobody gave, and in no form: they are taken, and change nothing.
#[test]
fn notifications_for_others_change_nothing() {
    let flood = |authority: &str, path: &str| {
        let other = serde_json::json!({"revokeInfo": {"apiInvokerId": "somebody else"}, "title": PAYLOAD}).to_string();
        for (place, body) in [
            (path, other.as_str()),
            (path, PAYLOAD),
            (path, ""),
            ("/notifications-for-others", other.as_str()),
            ("/../../etc/passwd", "{}"),
            ("*", "[[[[[[["),
        ] {
            assert!(posted(authority, place, body.as_bytes()), "{place} was not taken");
        }
        // One that is too large, and some that are no request at all.
        posted(authority, path, "x".repeat(1_000_000).as_bytes());
        for nonsense in ["GET", "\u{16}\u{3}\u{1}", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", PAYLOAD] {
            _ = TcpStream::connect(authority).and_then(|mut stream| stream.write_all(nonsense.as_bytes()));
        }
    };
    let (_desk, ordeal) = undergone(Arc::new(|_| ()), flooding(flood)).unwrap();
    assert_eq!((ordeal.scenario("Goes on").0, ordeal.scenario("Meets it").0), ("pass", "pass"), "{}", ordeal.out);
    assert_eq!(ordeal.code, Some(0));
}
