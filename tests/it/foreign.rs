//! Programs that share nothing with this crate complete a token request against the reference core function.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use capifspec::clock::{Clock, Deadline, Deadlines, within};
use capifspec::lab::{ServeOrder, ServedCoreFunction, serve};
use capifspec::pki::{KeyKind, KeyPair, certificates_from_pem};
use capifspec::wire::{Caller, Identity, Party, Request, Route, Scheme, Timeline, Trust, Versions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

const PATIENCE: Deadline = Deadline { name: "foreign program", after: Duration::from_secs(20) };

/// A core function, and on disk what an onboarded invoker has.
struct Capif {
    serving: ServedCoreFunction,
    directory: TempDir,
    invoker_id: String,
    secret: String,
}

impl Capif {
    async fn with_an_invoker() -> Self {
        let serving = serve(&ServeOrder::default()).await.unwrap().core_function.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let provider = Provider::register(&serving).await;
        let api_id = provider.publish(&serving).await;
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let wanted = json!({
            "onboardingInformation": {"apiInvokerPublicKey": key.public_pem()},
            "notificationDestination": "http://127.0.0.1:9/nobody-listens",
            "apiList": {"serviceAPIDescriptions": [{"apiName": "location", "apiId": api_id}]},
        });
        let token = serving.onboarding_token.clone();
        let path = "/api-invoker-management/v1/onboardedInvokers";
        let told = post(&serving, None, path, &wanted, Some(&token)).await;
        let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
        write("ca.pem", &serving.root_pem);
        write("invoker.pem", text(&told["onboardingInformation"]["apiInvokerCertificate"]));
        write("invoker.key", &key.private_pem());
        let wish = json!({
            "securityInfo": [{"aefId": provider.aef_id, "prefSecurityMethods": ["OAUTH"]}],
            "notificationDestination": "http://127.0.0.1:9/nobody-listens",
        });
        write("wish.json", &wish.to_string());
        let secret = text(&told["onboardingInformation"]["onboardingSecret"]).to_owned();
        Self { invoker_id: text(&told["apiInvokerId"]).to_owned(), secret, serving, directory }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn authority(&self) -> &str {
        self.serving.url.strip_prefix("https://").unwrap()
    }

    fn context(&self) -> String {
        format!("/capif-security/v1/trustedInvokers/{}", self.invoker_id)
    }

    fn token_end_point(&self) -> String {
        format!("/capif-security/v1/securities/{}/token", self.invoker_id)
    }

    /// What the token says, read by another library than the one that signed it.
    fn claims(&self, answer: &Value) -> Value {
        assert_eq!(answer["token_type"], "Bearer", "{answer}");
        let key = jsonwebtoken::DecodingKey::from_ec_pem(self.serving.token_key_pem.as_bytes()).unwrap();
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        validation.validate_aud = false;
        jsonwebtoken::decode::<Value>(text(&answer["access_token"]), &key, &validation).unwrap().claims
    }
}

struct Provider {
    publisher: Identity,
    apf_id: String,
    aef_id: String,
}

impl Provider {
    async fn register(serving: &ServedCoreFunction) -> Self {
        let keys = ["AMF", "APF", "AEF"].map(|role| (role, KeyPair::generate(KeyKind::EcdsaP256).unwrap()));
        let functions: Vec<Value> = keys
            .iter()
            .map(|(role, key)| json!({"regInfo": {"apiProvPubKey": key.public_pem()}, "apiProvFuncRole": role}))
            .collect();
        let body = json!({"regSec": serving.registration_secret, "apiProvFuncs": functions});
        let path = "/api-provider-management/v1/registrations";
        let told = post(serving, None, path, &body, Some(&serving.registration_secret)).await;
        let certificate = text(&told["apiProvFuncs"][1]["regInfo"]["apiProvCert"]);
        let chain = certificates_from_pem(certificate).unwrap();
        Self {
            publisher: Identity::new(chain, &keys[1].1.private_der()).unwrap(),
            apf_id: text(&told["apiProvFuncs"][1]["apiProvFuncId"]).to_owned(),
            aef_id: text(&told["apiProvFuncs"][2]["apiProvFuncId"]).to_owned(),
        }
    }

    async fn publish(&self, serving: &ServedCoreFunction) -> String {
        let body = json!({
            "apiName": "location",
            "aefProfiles": [{
                "aefId": self.aef_id,
                "versions": [{"apiVersion": "v1"}],
                "securityMethods": ["PKI", "OAUTH"],
                "interfaceDescriptions": [{"ipv4Addr": "127.0.0.1", "port": 9443}],
            }],
        });
        let path = format!("/published-apis/v1/{}/service-apis", self.apf_id);
        text(&post(serving, Some(&self.publisher), &path, &body, None).await["apiId"]).to_owned()
    }
}

async fn post(
    serving: &ServedCoreFunction,
    identity: Option<&Identity>,
    path: &str,
    body: &Value,
    bearer: Option<&str>,
) -> Value {
    let clock = Clock::real();
    let timeline = Timeline::new(clock.clone());
    let caller = Caller::new(timeline.clone(), clock, Deadlines::default());
    let authority = serving.url.strip_prefix("https://").unwrap();
    let trust = Trust::roots(certificates_from_pem(&serving.root_pem).unwrap()).unwrap();
    let route = Route {
        server: Party::new("ccf"),
        address: authority.parse().unwrap(),
        host: authority.to_owned(),
        scheme: Scheme::Tls { trust, versions: Versions::Both },
    };
    let mut request = Request::new("POST", path).body("application/json", body.to_string());
    if let Some(token) = bearer {
        request = request.header("Authorization", &format!("Bearer {token}"));
    }
    let id = caller.call(&Party::new("setup"), identity, &route, &request, "setting up").await;
    let response = timeline.get(id).unwrap().response.clone().unwrap();
    assert_eq!(response.status(), Some(201), "{path}: {}", String::from_utf8_lossy(&response.body));
    response.json().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Whether this machine has a program; says so where it has not.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn has(program: &str) -> bool {
    let found = std::process::Command::new(program).arg("--version").stdout(Stdio::null()).status();
    if found.is_err() {
        eprintln!("SKIPPED: this machine has no `{program}`");
    }
    found.is_ok()
}

/// What a program printed; none, with the reason printed, when this machine has no such program.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn said_by(program: &str, arguments: &[&str], input: &str) -> Option<Output> {
    let spawned = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut running = match spawned {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: this machine has no `{program}`");
            return None;
        }
        spawned => spawned.unwrap(),
    };
    let mut pipe = running.stdin.take().unwrap();
    // A program that has seen enough closes its input.
    _ = pipe.write_all(input.as_bytes()).await;
    let output = within(PATIENCE, running.wait_with_output()).await.unwrap().unwrap();
    drop(pipe);
    Some(output)
}

fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Runs curl over mutual TLS and returns status and body.
async fn curl(capif: &Capif, with_certificate: bool, arguments: &[&str]) -> Option<(String, Value)> {
    let files = ["ca.pem", "invoker.pem", "invoker.key"].map(|name| shown(&capif.file(name)));
    let mut all = vec!["--silent", "--show-error", "--cacert", &files[0], "--write-out", "\n%{http_code}"];
    if with_certificate {
        all.extend(["--cert", &files[1], "--key", &files[2]]);
    }
    all.extend(arguments);
    let output = said_by("curl", &all, "").await?;
    assert!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let (body, status) = said.rsplit_once('\n').unwrap();
    Some((status.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null)))
}

#[tokio::test]
async fn curl_negotiates_and_obtains_a_token() {
    let capif = Capif::with_an_invoker().await;
    let context = format!("{}{}", capif.serving.url, capif.context());
    let wish = format!("@{}", shown(&capif.file("wish.json")));
    let put = ["--request", "PUT", "--header", "Content-Type: application/json", "--data", &wish, &context];
    let Some((status, created)) = curl(&capif, true, &put).await else { return };
    assert_eq!(status, "201", "{created}");
    assert_eq!(created["securityInfo"][0]["selSecurityMethod"], "OAUTH");

    let end_point = format!("{}{}", capif.serving.url, capif.token_end_point());
    let client_id = format!("client_id={}", capif.invoker_id);
    let secret = format!("client_secret={}", capif.secret);
    let form = ["--data-urlencode", "grant_type=client_credentials", "--data-urlencode", &client_id];
    let whole = [&form[..], &["--data-urlencode", &secret, &end_point]].concat();
    let (status, answer) = curl(&capif, true, &whole).await.unwrap();
    assert_eq!(status, "200", "{answer}");
    assert_eq!(capif.claims(&answer)["iss"], json!(capif.invoker_id));

    let (status, refused) = curl(&capif, false, &[&form[..], &[&end_point]].concat()).await.unwrap();
    assert!(status.starts_with('4') && refused["access_token"].is_null(), "without a certificate: {status} {refused}");
}

/// Sends a request written by hand through `openssl s_client` and returns head and body of the answer.
async fn s_client(capif: &Capif, version: &str, start: &str, media: &str, body: &str) -> Option<(String, String)> {
    let files = ["ca.pem", "invoker.pem", "invoker.key"].map(|name| shown(&capif.file(name)));
    let [ca, certificate, key] = &files;
    let trusting = ["s_client", "-quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile", ca];
    let calling = [version, "-connect", capif.authority(), "-cert", certificate, "-key", key];
    let request = format!(
        "{start} HTTP/1.1\r\nHost: {}\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        capif.authority(),
        body.len()
    );
    let output = said_by("openssl", &[trusting, calling].concat(), &request).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    let (head, body) = said.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{version}: no answer: {said}{told}"));
    Some((head.to_owned(), body.to_owned()))
}

#[tokio::test]
async fn s_client_obtains_a_token_over_both_versions_of_tls() {
    let capif = Capif::with_an_invoker().await;
    let wish = std::fs::read_to_string(capif.file("wish.json")).unwrap();
    let put = format!("PUT {}", capif.context());
    let Some((head, body)) = s_client(&capif, "-tls1_2", &put, "application/json", &wish).await else { return };
    assert!(head.starts_with("HTTP/1.1 201 "), "{head} {body}");

    let post = format!("POST {}", capif.token_end_point());
    let form = format!("grant_type=client_credentials&client_id={}", capif.invoker_id);
    for version in ["-tls1_2", "-tls1_3"] {
        let media = "application/x-www-form-urlencoded";
        let (head, body) = s_client(&capif, version, &post, media, &form).await.unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{version}: {head} {body}");
        let answer: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(capif.claims(&answer)["iss"], json!(capif.invoker_id), "{version}");
    }
}
