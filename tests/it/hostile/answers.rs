//! Answers in good HTTP with something bad in them.

use std::net::TcpListener;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::front::{Front, Wire};
use super::ordeal::{Ordeal, PAYLOAD};
use super::{Case, at_the_token_end_point, case, endured, miss};

fn ok(wire: &mut Wire, fields: &str, body: impl AsRef<[u8]>) {
    let body = body.as_ref();
    wire.say(format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n", body.len()));
    wire.say(body);
    wire.hold();
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn bodies_that_are_no_token_answer_are_no_token_answer() {
    endured(&bodies(), at_the_token_end_point);
}

fn bodies() -> Vec<Case> {
    let bomb = gzip_bomb();
    vec![
        miss("an empty body", "", |wire| ok(wire, JSON, "")),
        miss("a JSON text cut short", "", |wire| ok(wire, JSON, r#"{"access_token":"abc","token_ty"#)),
        miss("a body that is no UTF-8", "", |wire| ok(wire, JSON, b"{\"access_token\":\"\xff\xfe\xc0\x80\"}")),
        miss("100 000 levels, open", "", |wire| ok(wire, JSON, "[".repeat(100_000))),
        miss("30 000 levels, closed", "", |wire| ok(wire, JSON, "[".repeat(30_000) + &"]".repeat(30_000))),
        miss("100 000 levels of objects", "", |wire| {
            ok(wire, JSON, r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000));
        }),
        miss("a name of 1 MB around 500 000 elements", "", |wire| {
            ok(wire, JSON, format!("{{\"{}\":[1{}]}}", "n".repeat(1_000_000), ",1".repeat(500_000)));
        }),
        miss("one member 200 000 times", "", |wire| {
            ok(wire, JSON, format!("{{\"a\":1{}}}", ",\"a\":1".repeat(200_000)));
        }),
        miss("2 MB of blanks", "", |wire| ok(wire, JSON, " ".repeat(2_000_000))),
        miss("a million zeros", "", |wire| ok(wire, JSON, format!("[0{}]", ",0".repeat(1_000_000)))),
        miss("numbers beyond measure", "", |wire| {
            ok(wire, JSON, r#"{"access_token":1e999999,"token_type":-0,"expires_in":99999999999999999999999999}"#);
        }),
        miss("a gzip bomb", "", move |wire| ok(wire, &format!("{JSON}Content-Encoding: gzip\r\n"), &bomb)),
    ]
}

/// 100 KB that would become 16 MB.
fn gzip_bomb() -> Vec<u8> {
    const LITERAL_ZERO: (u32, u32) = (0b0011_0000, 8);
    /// 258 times the byte before, in the fixed code of RFC 1951.
    const REPEAT: (u32, u32) = (0b1_1000_1010_0000, 13);
    let mut bomb = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    // Last block, fixed code: both stand before the codes, lowest bit first.
    let (mut bits, mut filled) = (0b011_u32, 3);
    let codes = std::iter::once(LITERAL_ZERO).chain(std::iter::repeat_n(REPEAT, 64_000));
    for (code, length) in codes {
        for at in (0..length).rev() {
            bits |= (code >> at & 1) << filled;
            filled += 1;
            if filled == 8 {
                bomb.push(u8::try_from(bits).unwrap());
                (bits, filled) = (0, 0);
            }
        }
    }
    bomb
}

/// What reads the journal's bodies for secrets must not take them for a task without end.
#[test]
fn bodies_made_to_keep_a_reader_busy_do_not() {
    let within = (0..5).fold("\\u0025u0022%22ey.".repeat(4_000), |inner, _| STANDARD.encode(inner));
    let busy = |name, unit: &'static str| miss(name, "", move |wire| ok(wire, JSON, unit.repeat(400_000 / unit.len())));
    let cases = [
        busy("parameters without end", "a=a="),
        busy("beginnings of tokens", "ey"),
        busy("beginnings of tokens with dots", "eyJh."),
        busy("open quotes", "\""),
        busy("escapes", "\\u0022"),
        busy("backslashes", "\\"),
        busy("percent signs", "%25"),
        busy("base64", "YWJj"),
        busy("secret names", "\"password\":"),
        busy("secrets that open and do not close", "\"password\":{"),
        busy("bearers", "bearer "),
        busy("private keys", "-----BEGIN PRIVATE KEY-----"),
        miss("base64 within base64", "", move |wire| ok(wire, JSON, &within)),
        miss("10 000 secrets", "", |wire| {
            let secrets: Vec<String> = (0..10_000).map(|at| format!("\"password\":\"Secret-{at:06}\"")).collect();
            ok(wire, JSON, format!("{{{}}}", secrets.join(",")));
        }),
    ];
    endured(&cases, at_the_token_end_point);
}

#[test]
fn heads_are_taken_as_they_are() {
    endured(&heads(), at_the_token_end_point);
}

const TOKEN: &str = r#"{"access_token":"eyJhbGciOiJFUzI1NiJ9.e30.c2ln","token_type":"Bearer","expires_in":600}"#;

fn heads() -> Vec<Case> {
    vec![
        miss("redirects to itself", "307", |wire| {
            let target = wire.target();
            wire.say(format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n"));
            wire.hold();
        }),
        miss("a second answer behind the first", "mac", |wire| {
            let wrong = TOKEN.replace("Bearer", "mac");
            let first = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {}\r\n\r\n{wrong}", wrong.len());
            let second = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {}\r\n\r\n{TOKEN}", TOKEN.len());
            wire.say(first + &second.repeat(3));
            wire.hold();
        }),
        miss("a length too short", "", |wire| {
            wire.say(format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 20\r\n\r\n{TOKEN}"));
            wire.hold();
        }),
        case("two answers to one request, the first a refusal", "no token was granted: 400", |wire| {
            let good = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {}\r\n\r\n{TOKEN}", TOKEN.len());
            wire.say(format!("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n{good}"));
            wire.hold();
        }),
        case("what acts on a terminal or a page, everywhere", "no token was granted: 403 with title", |wire| {
            let body = serde_json::json!({"title": PAYLOAD, "detail": PAYLOAD, PAYLOAD: [PAYLOAD]}).to_string();
            let line = PAYLOAD.replace(['\r', '\n'], "");
            wire.say(format!(
                "HTTP/1.1 403 {line}\r\nX-{0}: {line}\r\nServer: {line}\r\nContent-Type: text/{line}\r\n\
                 Content-Length: {1}\r\n\r\n{body}",
                "'\"><script>hostile()</script>",
                body.len()
            ));
            wire.hold();
        }),
    ]
}

/// Nothing is sent anywhere but to the target, credentials least of all.
#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = trap.local_addr().unwrap();
    let statuses = [301, 302, 303, 307, 308];
    let cases: Vec<Case> = statuses
        .into_iter()
        .map(|status| {
            miss("redirects elsewhere", "30", move |wire| {
                let location = format!("http://{elsewhere}{}", wire.target());
                wire.say(format!(
                    "HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Location: {location}\r\n\
                     Refresh: 0; url={location}\r\nContent-Length: 0\r\n\r\n"
                ));
                wire.hold();
            })
        })
        .collect();
    endured(&cases, at_the_token_end_point);
    trap.set_nonblocking(true).unwrap();
    assert!(trap.accept().is_err(), "somebody went elsewhere");
}

/// An answer that is there before the whole request, from somebody who then hangs up.
#[test]
fn an_answer_before_the_request_is_an_answer() {
    let early = case("answers at once", "413", |wire| {
        wire.say("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    endured(&[early], |case| {
        let front = Front::raw(Arc::clone(&case.script));
        let desk =
            crate::cli::Desk::with(&[("two.feature", super::TWO), ("target.toml", &super::plain_target(&front))]);
        let run = ["run", "two.feature", "--target", "target.toml", "--jobs", "1", "--out", "out"];
        super::as_expected(case, &Ordeal::undergone(&desk, &run, 2)?)
    });
}
