//! What a user of served peers needs on disk: certificates, secrets, and the target file that names them.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::cli::args::ServeArguments;
use crate::cli::show::write_secret;
use crate::lab::{ServeOrder, ServedCoreFunction, ServedExposingFunction, ServedInvoker, ServedOwnerFunction, Serving};

/// What was written.
pub(super) struct Written {
    /// Where.
    pub(super) directory: PathBuf,
    /// Names, and what is in the files.
    pub(super) files: Vec<(&'static str, &'static str)>,
    /// The target file that what is served is judged with.
    pub(super) judged_with: PathBuf,
}

impl Written {
    fn public(&mut self, name: &'static str, what: &'static str, text: &str) -> io::Result<()> {
        self.files.push((name, what));
        fs::write(self.directory.join(name), text)
    }

    /// Only its owner may read a secret, also where the file was there before.
    fn secret(&mut self, name: &'static str, what: &'static str, text: &str) -> io::Result<()> {
        self.files.push((name, what));
        write_secret(&self.directory.join(name), text)
    }
}

/// Writes it, the target file last: when that is there, all of it is.
pub(super) fn hand_over(serving: &Serving, order: &ServeOrder, asked: &ServeArguments) -> io::Result<Written> {
    let directory = asked.dir.clone();
    let judged_with = directory.join("target.toml");
    let mut written = Written { directory, files: Vec::new(), judged_with };
    if let Some(core) = &serving.core_function {
        written.public("ca.pem", "root certificate", &core.root_pem)?;
        written.public("token-key.pem", "token key", &core.token_key_pem)?;
        written.secret("onboarding-token", "onboarding token", &core.onboarding_token)?;
        written.secret("registration-secret", "registration secret", &core.registration_secret)?;
    }
    if let Some(aef) = &serving.exposing_function {
        written.public("aef-ca.pem", "root of the aef", &aef.root_pem)?;
    }
    if let Some(rof) = &serving.owner_function {
        written.public("rof-ca.pem", "root of the rof", &rof.root_pem)?;
    }
    // Who is configured by a target file is judged with that: another one would have it told to enrol elsewhere.
    if let (Some(like), Some(_)) = (&asked.target, &order.provision) {
        written.judged_with.clone_from(like);
        return Ok(written);
    }
    let unfinished = written.directory.join("target.toml.new");
    fs::write(&unfinished, target_file(serving, order))?;
    fs::rename(unfinished, &written.judged_with)?;
    written.files.push(("target.toml", "target file"));
    Ok(written)
}

/// The target file of what is served.
fn target_file(serving: &Serving, order: &ServeOrder) -> String {
    let mut out =
        format!("schema = \"capifspec.target/1\"\nname = \"capifspec serve\"\nrelease = \"{}\"\n", order.release);
    let readings = order.readings.iter().filter(|(id, _)| !order.readings.is_default(*id));
    let readings: Vec<String> = readings.map(|(id, option)| format!("{id} = \"{option}\"")).collect();
    if !readings.is_empty() {
        table(&mut out, "reading", &readings.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out.extend(serving.core_function.as_ref().map(core_table));
    out.extend(serving.exposing_function.as_ref().map(exposing_table));
    out.extend(serving.invoker.as_ref().map(invoker_table));
    out.extend(serving.owner_function.as_ref().map(owner_table));
    out
}

fn core_table(core: &ServedCoreFunction) -> String {
    let mut out = format!("\n[ccf]\nurl = \"{}\"\nplain-http = \"{}\"\n", core.url, core.plain_address);
    out.push_str("registration-secret = { file = \"registration-secret\" }\n");
    table(&mut out, "ccf.trust", &["roots = [\"ca.pem\"]"]);
    table(&mut out, "ccf.onboarding", &["kind = \"static-token\"", "token = { file = \"onboarding-token\" }"]);
    table(&mut out, "ccf.tokens", &["key = \"pem\"", "file = \"token-key.pem\""]);
    control(&mut out, "ccf", &core.control_url);
    out
}

fn exposing_table(aef: &ServedExposingFunction) -> String {
    let mut out = format!("\n[aef]\nurl = \"{}\"\nplain-http = \"{}\"\n", aef.url, aef.plain_address);
    table(&mut out, "aef.trust", &["roots = [\"aef-ca.pem\"]"]);
    control(&mut out, "aef", &aef.control_url);
    // Its provider domain comes with it, and is judged too.
    control(&mut out, "amf", &aef.control_url);
    control(&mut out, "apf", &aef.control_url);
    out
}

fn invoker_table(invoker: &ServedInvoker) -> String {
    let mut out = "\n[invoker]\n".to_owned();
    control(&mut out, "invoker", &invoker.control_url);
    out
}

fn owner_table(rof: &ServedOwnerFunction) -> String {
    let mut out = format!("\n[rof]\nurl = \"{}\"\n", rof.url);
    table(&mut out, "rof.trust", &["roots = [\"rof-ca.pem\"]"]);
    control(&mut out, "rof", &rof.control_url);
    out
}

fn control(out: &mut String, role: &str, url: &str) {
    table(out, &format!("{role}.control"), &["kind = \"http\"", &format!("url = \"{url}\"")]);
}

fn table(out: &mut String, name: &str, lines: &[&str]) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "\n[{name}]\n{}", lines.join("\n"));
}
