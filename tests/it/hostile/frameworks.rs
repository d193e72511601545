//! What common frameworks answer when they are not what was wanted: pages, texts, delays. Played by wiremock.

use std::time::Duration;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Case, at_the_token_end_point, case, endured, miss};

const TOKEN: &str = r#"{"access_token":"eyJhbGciOiJFUzI1NiJ9.e30.c2ln","token_type":"Bearer","expires_in":600}"#;
const PAGE: &str = "<!DOCTYPE html><html><title>Bad gateway</title><script>hostile()</script></html>";

/// What each framework answers, whether that is a miss, and the words that say so.
fn answers() -> Vec<(&'static str, bool, &'static str, ResponseTemplate)> {
    let status = ResponseTemplate::new;
    let late = Duration::from_mins(1);
    vec![
        ("a page instead of a token", true, "200 with text/html", status(200).set_body_raw(PAGE, "text/html")),
        ("a page that calls itself JSON", true, "", status(200).set_body_raw(PAGE, "application/json")),
        ("no content", true, "204 without content", status(204)),
        ("an error page", true, "502 with text/html", status(502).set_body_raw(PAGE, "text/html; charset=latin1")),
        ("a text", false, "no token was granted: 401 with text/plain", status(401).set_body_string("go away")),
        ("come back later", true, "503", status(503).insert_header("Retry-After", "86400")),
        ("a list of tokens", true, "", status(200).set_body_raw(format!("[{TOKEN}]"), "application/json")),
        ("a token in a string", true, "", status(200).set_body_json(TOKEN)),
        (
            "a token too late",
            false,
            "the answer deadline",
            status(200).set_body_raw(TOKEN, "application/json").set_delay(late),
        ),
        ("megabytes", false, "a body longer than", status(200).set_body_bytes(vec![b'{'; 3_000_000])),
    ]
}

#[test]
fn answers_of_frameworks_are_answers_or_none() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers: Vec<(Case, MockServer)> = answers()
        .into_iter()
        .map(|(name, missed, says, template)| {
            let server = runtime.block_on(async {
                let server = MockServer::start().await;
                Mock::given(any()).respond_with(template).mount(&server).await;
                server
            });
            let address = *server.address();
            let relayed = move |wire: &mut super::front::Wire| {
                wire.relay(address);
            };
            (if missed { miss(name, says, relayed) } else { case(name, says, relayed) }, server)
        })
        .collect();
    let (cases, _servers): (Vec<Case>, Vec<MockServer>) = servers.into_iter().unzip();
    endured(&cases, at_the_token_end_point);
}
