//! Answers that are no HTTP/1.1, or lie about their own length: silence, floods, garbage.

use super::front::Wire;
use super::{Case, at_the_token_end_point, case, endured, miss};

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
/// What would be a good answer.
const TOKEN: &str = r#"{"access_token":"eyJhbGciOiJFUzI1NiJ9.e30.c2ln","token_type":"Bearer","expires_in":600}"#;

#[test]
fn silence_and_slowness_end_with_the_deadline() {
    endured(&silent(), at_the_token_end_point);
}

fn silent() -> Vec<Case> {
    let late = "no answer within the answer deadline";
    vec![
        case("never answers", late, Wire::hold),
        case("answers one byte at a time", late, |wire| wire.drip(format!("{JSON}\r\n"))),
        case("sends a body one byte at a time", late, |wire| {
            wire.say(format!("{JSON}Content-Length: {}\r\n\r\n", TOKEN.len()));
            wire.drip(TOKEN);
        }),
        case("sends a chunk extension one byte at a time", late, |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n"));
            wire.drip("5;slow=aaaaaaaaaaaaaaaaaaaaaaaaaaa");
        }),
        case("announces more than it sends", late, |wire| {
            wire.say(format!("{JSON}Content-Length: 100000\r\n\r\n{TOKEN}"));
            wire.hold();
        }),
        case("announces 2^63 bytes", late, |wire| {
            wire.say(format!("{JSON}Content-Length: 9223372036854775808\r\n\r\n{TOKEN}"));
            wire.hold();
        }),
        case("announces a chunk of 2^63 bytes", late, |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\n{TOKEN}"));
            wire.hold();
        }),
        case("never ends its trailers", late, |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n0\r\n"));
            wire.drip("A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        }),
    ]
}

#[test]
fn floods_end_at_a_limit() {
    endured(&floods(), at_the_token_end_point);
}

fn floods() -> Vec<Case> {
    vec![
        case("a body without end", "a body longer than", |wire| {
            wire.say(format!("{JSON}\r\n"));
            wire.flood("x");
        }),
        case("chunks without end", "a body longer than", |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n"));
            wire.flood("400\r\n".to_owned() + &"x".repeat(1024) + "\r\n");
        }),
        case("chunks of one byte without end", "chunk", |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n"));
            wire.flood("1\r\nx\r\n");
        }),
        case("a body of 50 MB", "a body longer than", |wire| {
            wire.say(format!("{JSON}Content-Length: 50000000\r\n\r\n"));
            wire.say("y".repeat(50_000_000));
        }),
        case("a header of 100 MB", "a head longer than", |wire| {
            wire.say("HTTP/1.1 200 OK\r\nX-Long: ");
            wire.say("z".repeat(100_000_000));
        }),
        case("a status line without end", "a head longer than", |wire| {
            wire.say("HTTP/1.1 200 ");
            wire.flood("O");
        }),
        case("100 000 headers", "a head longer than", |wire| {
            wire.say("HTTP/1.1 200 OK\r\n");
            wire.say("X-Many: 1\r\n".repeat(100_000) + "\r\n{}");
        }),
        case("5 000 short headers", "header fields", |wire| {
            wire.say("HTTP/1.1 200 OK\r\n".to_owned() + &"a:\r\n".repeat(5_000) + "Content-Length: 0\r\n\r\n");
            wire.hold();
        }),
        case("interim answers without end", "interim answers", |wire| {
            wire.flood("HTTP/1.1 100 Continue\r\n\r\n");
        }),
        case("a chunk extension without end", "chunk", |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n5;x="));
            wire.flood("x");
        }),
        case("trailers without end", "trailer", |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n0\r\n"));
            wire.flood("A: a\r\n");
        }),
    ]
}

#[test]
fn what_is_no_answer_is_called_so() {
    endured(&garbage(), at_the_token_end_point);
}

fn garbage() -> Vec<Case> {
    let foreign = "what came is not HTTP/1.1";
    let cut = "in the middle of the answer";
    vec![
        case("bytes without sense", foreign, |wire| {
            wire.flood((0..=255).rev().collect::<Vec<u8>>());
        }),
        case("an answer of HTTP/0.9", foreign, |wire| {
            wire.say(TOKEN);
        }),
        case("a status line of HTTP/2.0", foreign, |wire| {
            wire.say(format!("HTTP/2.0 200 OK\r\nContent-Length: {}\r\n\r\n{TOKEN}", TOKEN.len()));
        }),
        case("another protocol", foreign, |wire| {
            wire.say("220 mail.example ESMTP\r\n");
            wire.hold();
        }),
        case("frames of HTTP/2: settings, pings and resets", foreign, |wire| {
            wire.say(b"\0\0\0\x04\0\0\0\0\0");
            wire.flood(b"\0\0\x08\x06\0\0\0\0\0pingpong\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08");
        }),
        case("a status of two digits", "start line", |wire| {
            wire.say("HTTP/1.1 20 OK\r\n\r\n");
        }),
        case("a status of four digits", "start line", |wire| {
            wire.say("HTTP/1.1 2000 OK\r\n\r\n");
        }),
        case("a header without a colon", "header line", |wire| {
            wire.say("HTTP/1.1 200 OK\r\nno colon\r\n\r\n");
        }),
        miss("resets the connection", "closed without an answer", |_wire| {}),
        case("closes in the head", cut, |wire| {
            wire.say("HTTP/1.1 200 OK\r\nContent-Ty");
        }),
        case("closes in the body", cut, |wire| {
            wire.say(format!("{JSON}Content-Length: {}\r\n\r\n{}", TOKEN.len(), &TOKEN[..40]));
        }),
        case("closes in a chunk", cut, |wire| {
            wire.say(format!("{JSON}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}", TOKEN.len(), &TOKEN[..40]));
        }),
        case("closes after an interim answer", cut, |wire| {
            wire.say("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 ");
        }),
        miss("switches protocols", "101", |wire| {
            wire.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n");
            wire.flood(b"\0\0\x08\x06\0\0\0\0\0pingpong");
        }),
    ]
}

#[test]
fn lies_about_the_length_are_not_believed() {
    endured(&lies(), at_the_token_end_point);
}

fn lies() -> Vec<Case> {
    fn answer(fields: &str, body: &str) -> String {
        format!("{JSON}{fields}\r\n\r\n{body}")
    }
    let chunked = |line: &'static str| answer("Transfer-Encoding: chunked", line);
    vec![
        case("two lengths", "Content-Length", |wire| {
            wire.say(answer("Content-Length: 5\r\nContent-Length: 85", TOKEN));
        }),
        case("a negative length", "Content-Length", |wire| {
            wire.say(answer("Content-Length: -1", TOKEN));
        }),
        case("a length with a sign", "Content-Length", |wire| {
            wire.say(answer("Content-Length: +85", TOKEN));
        }),
        case("a length beyond 64 bits", "Content-Length", |wire| {
            wire.say(answer("Content-Length: 18446744073709551617", TOKEN));
        }),
        case("a length in words", "Content-Length", |wire| {
            wire.say(answer("Content-Length: many", TOKEN));
        }),
        case("a length and chunks", "Content-Length and Transfer-Encoding", |wire| {
            wire.say(answer("Content-Length: 3\r\nTransfer-Encoding: chunked", "1\r\n{\r\n0\r\n\r\n"));
        }),
        case("a chunk size in words", "chunk size", move |wire| {
            wire.say(chunked("lots\r\n{}\r\n0\r\n\r\n"));
        }),
        case("a negative chunk size", "chunk size", move |wire| {
            wire.say(chunked("-2\r\n{}\r\n0\r\n\r\n"));
        }),
        case("a chunk size beyond 64 bits", "chunk size", move |wire| {
            wire.say(chunked("10000000000000002\r\n{}\r\n0\r\n\r\n"));
        }),
        case("a chunk longer than its size", "chunk", move |wire| {
            wire.say(chunked("1\r\n{}\r\n0\r\n\r\n"));
        }),
    ]
}
