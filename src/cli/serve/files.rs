//! What a user of served peers needs on disk: certificates, secrets, and the target file that names them.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::lab::{ServeOrder, ServedCoreFunction, ServedExposingFunction, ServedInvoker, ServedOwnerFunction, Serving};

/// What was written.
pub(super) struct Written {
    /// Where.
    pub(super) directory: PathBuf,
    /// Names, and what is in the files.
    pub(super) files: Vec<(&'static str, &'static str)>,
}

impl Written {
    fn public(&mut self, name: &'static str, what: &'static str, text: &str) -> io::Result<()> {
        self.files.push((name, what));
        fs::write(self.directory.join(name), text)
    }

    /// Only its owner may read a secret, also where the file was there before.
    fn secret(&mut self, name: &'static str, what: &'static str, text: &str) -> io::Result<()> {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        self.files.push((name, what));
        let path = self.directory.join(name);
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    }
}

/// Writes it, the target file last: when that is there, all of it is.
pub(super) fn hand_over(serving: &Serving, order: &ServeOrder, directory: &Path) -> io::Result<Written> {
    let mut written = Written { directory: directory.to_owned(), files: Vec::new() };
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
    let unfinished = directory.join("target.toml.new");
    fs::write(&unfinished, target_file(serving, order))?;
    fs::rename(unfinished, directory.join("target.toml"))?;
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
