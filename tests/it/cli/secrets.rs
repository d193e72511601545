//! No secret leaves the process: canaries known from the other end of the wire are looked for in every output.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use capifspec::lab::{ServeOrder, serve};
use capifspec::wire::Timeline;
use serde_json::Value;
use tokio::sync::oneshot;

use super::Desk;

/// A core function in this process, and every secret that it will hand out.
struct Served {
    timeline: Timeline,
    planted: BTreeSet<String>,
    _stop: oneshot::Sender<()>,
}

impl Served {
    fn for_desk(desk: &Desk) -> Self {
        let (tell, told) = sync_channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let served = serve(&ServeOrder::default()).await.unwrap();
                let mut serving = served.core_function.unwrap();
                let told = (serving.url.clone(), serving.plain_address.clone(), serving.root_pem.clone());
                let secrets = (serving.onboarding_token.clone(), serving.registration_secret.clone());
                let key = std::mem::take(&mut serving.token_key_pem);
                tell.send((told, secrets, key, served.timeline.clone())).unwrap();
                _ = stopped.await;
            });
        });
        let ((url, plain, root), (token, secret), key, timeline) = told.recv().unwrap();
        desk.write("ca.pem", &root);
        desk.write("token-key.pem", &key);
        desk.write("onboarding-token", &token);
        desk.write("registration-secret", &secret);
        desk.write("target.toml", &target_file(&url, &plain));
        Self { timeline, planted: BTreeSet::from([token, secret]), _stop: stop }
    }

    /// What was planted, and every secret and token that went over the wire.
    fn secrets(&self) -> BTreeSet<String> {
        let mut found = self.planted.clone();
        for exchange in self.timeline.snapshot() {
            for message in [&exchange.request, &exchange.response].into_iter().flatten() {
                collect(&message.json().unwrap_or_default(), &mut found);
            }
        }
        found
    }
}

fn target_file(url: &str, plain: &str) -> String {
    format!(
        "schema = \"capifspec.target/1\"\nname = \"canary\"\n\n[ccf]\nurl = \"{url}\"\nplain-http = \"{plain}\"\n\
         registration-secret = {{ file = \"registration-secret\" }}\n\n[ccf.trust]\nroots = [\"ca.pem\"]\n\n\
         [ccf.onboarding]\nkind = \"static-token\"\ntoken = {{ file = \"onboarding-token\" }}\n\n\
         [ccf.tokens]\nkey = \"pem\"\nfile = \"token-key.pem\"\n"
    )
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(text) if ["onboardingSecret", "access_token", "regSec"].contains(&name.as_str()) => {
                        found.insert(text.to_owned());
                    }
                    _ => collect(member, found),
                }
            }
        }
        Value::Array(members) => members.iter().for_each(|member| collect(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_core_function_in_another_process_is_judged_and_its_secrets_are_kept() {
    let desk = Desk::new();
    let served = Served::for_desk(&desk);
    let ran = desk.capifspec("run --target target.toml --out out");
    ran.ends_with(0);
    super::targets::explains_what_needs_control(&desk, "target.toml", "ccf", "out");
    let secrets = served.secrets();
    assert!(secrets.len() > 100, "only {} secrets were seen: nothing was planted", secrets.len());

    let mut outputs = vec![("stdout".to_owned(), ran.out), ("stderr".to_owned(), ran.err)];
    for entry in fs::read_dir(desk.path().join("out")).unwrap() {
        let path = entry.unwrap().path();
        outputs.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
    }
    assert_eq!(outputs.len(), 6, "journal, three reports and two streams");
    for (name, text) in &outputs {
        assert_eq!(leak(text, &secrets), None, "in {name}");
    }
}

/// The first secret that a text gives away, with what surrounds it.
fn leak(text: &str, secrets: &BTreeSet<String>) -> Option<String> {
    let around = |at: usize| text.get(at.saturating_sub(60)..(at + 90).min(text.len())).unwrap_or("…").to_owned();
    let spelt = |secret: &String| [secret.clone(), STANDARD.encode(secret), percent_encoded(secret)];
    let planted = secrets.iter().flat_map(spelt).find_map(|secret| text.find(&secret));
    let key = text.find("PRIVATE KEY");
    planted.or(key).or_else(|| signed_token(text)).map(around)
}

/// Runs scenarios at a terminal at which somebody says of every act that it cannot be done; what the terminal showed.
fn at_a_terminal(desk: &Desk, words: &str) -> String {
    let run = format!("{} run --out out {words}", env!("CARGO_BIN_EXE_capifspec"));
    let mut asked = Command::new("script");
    asked.args(["-qec", &run, "/dev/null"]).current_dir(desk.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut asked = asked.spawn().unwrap();
    let mut keyboard = asked.stdin.take().unwrap();
    keyboard.write_all("\nu\n".repeat(20).as_bytes()).unwrap();
    let output = asked.wait_with_output().unwrap();
    drop(keyboard);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whoever could be told over HTTP is told by a person.
fn asked_of_a_person(desk: &Desk) {
    let file = String::from_utf8(desk.read("capif/target.toml")).unwrap();
    let (mut of_control, mut told) = (false, String::new());
    for line in file.lines() {
        of_control = if line.starts_with('[') { line.ends_with(".control]") } else { of_control };
        told.push_str(match line {
            "kind = \"http\"" if of_control => "kind = \"prompt\"",
            _ if of_control && line.starts_with("url = ") => "",
            _ => line,
        });
        told.push('\n');
    }
    assert!(told.contains("kind = \"prompt\""), "{file}");
    desk.write("capif/target.toml", &told);
}

/// What a person is asked is shown at the terminal and told nowhere else: the product has to show a secret of ours, and
/// nobody needs one of the product's.
#[test]
fn a_person_is_shown_secrets_of_ours_only_and_only_at_the_terminal() {
    if Command::new("script").arg("--version").output().is_err() {
        return;
    }
    for (role, requirement, act) in
        [("ccf", "23222-8.23.4-05", "revoke-authorization"), ("aef", "33122-C.1-07", "register")]
    {
        let desk = Desk::new();
        let _served = crate::cli::serving::Served::with(&desk, &format!("--quiet --role {role}"));
        asked_of_a_person(&desk);
        let shown = at_a_terminal(&desk, &format!("--target capif/target.toml --requirement {requirement}"));
        assert!(shown.contains(&format!("carry out `{act}`")), "{shown}");
        let of_the_product: BTreeSet<String> = ["onboarding-token", "registration-secret"]
            .iter()
            .filter(|name| desk.has(&format!("capif/{name}")))
            .map(|name| String::from_utf8(desk.read(&format!("capif/{name}"))).unwrap().trim().to_owned())
            .collect();
        assert_eq!(of_the_product.len(), if role == "ccf" { 2 } else { 0 });
        assert_eq!(leak(&shown, &of_the_product), None);
        let ours = shown.split("\"secret\": \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        let ours: BTreeSet<String> = ours.collect();
        assert_eq!(ours.is_empty(), role == "ccf", "{shown}");
        for name in names(&desk.path().join("out")) {
            let text = String::from_utf8(desk.read(&format!("out/{name}"))).unwrap();
            assert_eq!((leak(&text, &ours), leak(&text, &of_the_product)), (None, None), "in {name}");
        }
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Where something looks like a whole JWS: three parts of base64url, the first an object.
fn signed_token(text: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices("eyJ").map(|(at, _)| at).find(|at| {
        let token: String = text[*at..].chars().take_while(|c| part(*c) || *c == '.').collect();
        let parts: Vec<&str> = token.split('.').collect();
        parts.len() >= 3 && parts.iter().take(3).all(|part| part.len() > 8)
    })
}

#[test]
fn a_leak_would_be_seen() {
    let secrets = BTreeSet::from(["a/secret".to_owned()]);
    for text in [
        "x a/secret y",
        "YS9zZWNyZXQ=",
        "client_secret=a%2Fsecret&",
        "-----BEGIN PRIVATE KEY-----",
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
    ] {
        assert!(leak(text, &secrets).is_some(), "{text}");
    }
    assert_eq!(leak("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0 and a secret", &secrets), None);
}

/// Material on the desk is what the test itself put there.
#[test]
fn nothing_is_written_outside_of_out() {
    let desk = Desk::with(&[("own.feature", super::OWN)]);
    desk.capifspec("run own.feature --out out").ends_with(0);
    assert_eq!(names(desk.path()), ["out", "own.feature"]);
    assert_eq!(names(&desk.path().join("out")), ["journal.ndjson", "junit.xml", "report.html", "report.json"]);
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
