//! `capifspec serve`: a core function on this machine, and a target file that finds it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use super::args::ServeArguments;
use super::{Failure, show};
use crate::fault::FaultSet;
use crate::lab::{Serving, serve_core_function};
use crate::reading;
use crate::run::NotStarted;
use crate::spec::Release;
use crate::target::Target;

pub(super) fn serve(asked: &ServeArguments) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(NotStarted::Runtime)?;
    runtime.block_on(async {
        let faults = asked.fault.iter().copied().collect::<FaultSet>();
        let release = asked.release.unwrap_or(Release::DEFAULT);
        let serving = serve_core_function(release, faults, asked.seed).await;
        let serving = serving.map_err(|error| Failure::Usage(format!("cannot serve: {}", show::chain(&error))))?;
        hand_over(&serving, release, &asked.dir)
            .map_err(|source| NotStarted::Output { path: asked.dir.clone(), source })?;
        show::print(&welcome(&serving, &asked.dir));
        let interrupted = tokio::signal::ctrl_c().await;
        interrupted.map_err(NotStarted::Runtime)?;
        show::print(&format!("\n{} exchanges; the core function is gone\n", serving.timeline.snapshot().len()));
        Ok(0)
    })
}

/// Writes what a user of the core function needs, the target file last: when it is there, all of it is.
fn hand_over(serving: &Serving, release: Release, dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("ca.pem"), &serving.root_pem)?;
    fs::write(dir.join("token-key.pem"), &serving.token_key_pem)?;
    write_secret(&dir.join("onboarding-token"), &serving.onboarding_token)?;
    write_secret(&dir.join("registration-secret"), &serving.registration_secret)?;
    let unfinished = dir.join("target.toml.new");
    fs::write(&unfinished, target_file(serving, release))?;
    fs::rename(unfinished, dir.join("target.toml"))
}

/// Only its owner may read a secret.
fn write_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(secret.as_bytes())
}

fn target_file(serving: &Serving, release: Release) -> String {
    format!(
        r#"schema = "capifspec.target/1"
name = "capifspec serve"
release = "{release}"

[ccf]
url = "{url}"
plain-http = "{plain}"
registration-secret = {{ file = "registration-secret" }}

[ccf.trust]
roots = ["ca.pem"]

[ccf.onboarding]
kind = "static-token"
token = {{ file = "onboarding-token" }}

[ccf.tokens]
key = "pem"
file = "token-key.pem"

[ccf.control]
kind = "http"
url = "{control}"

[ccf.reading]
revocation-indication = "{indication}"
"#,
        url = serving.url,
        plain = serving.plain_address,
        control = serving.control_url,
        indication = Target::built_in().readings.option(reading!("revocation-indication")),
    )
}

fn welcome(serving: &Serving, dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "A CAPIF core function listens at {url} until Ctrl-C.\n\n  \
         root certificate     {dir}/ca.pem\n  \
         onboarding token     {dir}/onboarding-token\n  \
         registration secret  {dir}/registration-secret\n  \
         token key            {dir}/token-key.pem\n  \
         target file          {dir}/target.toml\n\n\
         Judge it:  capifspec run --target {dir}/target.toml\n\
         Onboard, with an APIInvokerEnrolmentDetails of your own in enrolment.json:\n           curl --cacert {dir}/ca.pem -H \"Authorization: Bearer $(cat {dir}/onboarding-token)\" \\\n             \
         --json @enrolment.json {url}/api-invoker-management/v1/onboardedInvokers\n",
        url = serving.url,
    )
}
