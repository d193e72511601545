//! Reading a target file: every key known, every value checked, every error with its place and its cure.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;

use super::{Endpoint, Onboarding, Place, Target, TokenKey, Trust, milliseconds};
use crate::clock::Deadlines;
use crate::spec::{Readings, Role, UnknownReading, nearest};

/// The schema of a target file.
const SCHEMA: &str = "capifspec.target/1";

/// What is wrong with a target file.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It cannot be read.
    #[error("cannot read the target file {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no TOML, or has a key or value that is not known.
    #[error("{path}: {message}{}", hint.as_deref().map(|hint| format!("\n  did you mean `{hint}`?")).unwrap_or_default())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What and where, with the line shown.
        message: String,
        /// The nearest key that exists.
        hint: Option<String>,
    },
    /// A value cannot be used.
    #[error("{path}:{place}: {key}: {why}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Where the key stands.
        place: Place,
        /// The key.
        key: &'static str,
        /// Why, and what to do.
        why: String,
    },
    /// A reading that does not exist.
    #[error("{path}:{place}: ccf.reading: {source}")]
    Reading {
        /// The file.
        path: PathBuf,
        /// Where it is chosen.
        place: Place,
        /// What is wrong.
        source: UnknownReading,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    schema: String,
    name: String,
    release: Option<String>,
    ccf: Option<Ccf>,
    harness: Option<Harness>,
    timing: Option<Timing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Ccf {
    url: String,
    connect_to: Option<String>,
    plain_http: Option<String>,
    trust: Option<TrustTable>,
    onboarding: Option<OnboardingTable>,
    registration_secret: Option<Secret>,
    tokens: Option<Tokens>,
    control: Option<ControlTable>,
    #[serde(default)]
    reading: toml::Table,
}

/// How a role is told to act.
#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case")]
enum ControlTable {
    None,
    Http { url: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TrustTable {
    #[serde(default)]
    roots: Vec<PathBuf>,
    #[serde(default)]
    insecure_plain_http: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case")]
enum OnboardingTable {
    None,
    StaticToken { token: Secret },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Tokens {
    key: KeyKind,
    file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KeyKind {
    Pem,
    ServerCertificate,
}

/// A secret comes from the environment or a file, never from the target file itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Secret {
    Env(String),
    File(PathBuf),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Harness {
    advertise: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_field_names, reason = "the keys of the target file say their unit")]
struct Timing {
    answer_ms: Option<u64>,
    handshake_ms: Option<u64>,
    notification_ms: Option<u64>,
    quiet_ms: Option<u64>,
}

/// Reads a target file. Paths in it are relative to the file.
///
/// # Errors
/// Whatever is wrong with it, with its place and its cure.
pub fn read(path: &Path) -> Result<Target, TargetError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| TargetError::Unreadable { path: path.to_owned(), source })?;
    let file: File = toml::from_str(&text).map_err(|error| TargetError::Malformed {
        path: path.to_owned(),
        hint: hint(error.message()),
        message: error.to_string().trim_end().to_owned(),
    })?;
    Reader { path, text: &text }.target(file)
}

/// The nearest of the names that serde says it expected.
fn hint(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let given = names.next()?;
    nearest(given, names).map(str::to_owned)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn target(&self, file: File) -> Result<Target, TargetError> {
        if file.schema != SCHEMA {
            return Err(self.unusable("schema", format!("`{}` is not known; write `{SCHEMA}`", file.schema)));
        }
        let release = file.release.map(|text| text.parse()).transpose();
        let release = release.map_err(|error| self.unusable("release", format!("{error}")))?;
        let mut readings = Readings::default();
        for (id, option) in file.ccf.iter().flat_map(|ccf| &ccf.reading) {
            readings.choose(id, option.as_str().unwrap_or_default()).map_err(|source| TargetError::Reading {
                path: self.path.to_owned(),
                place: Place::of(&format!("ccf.reading.{id}"), self.text),
                source,
            })?;
        }
        Ok(Target {
            name: file.name,
            release,
            core_function: file.ccf.map(|ccf| self.core_function(ccf)).transpose()?,
            resource_owner_function: None,
            invoker: None,
            readings,
            deadlines: deadlines(file.timing),
            advertise: file.harness.and_then(|harness| harness.advertise).unwrap_or_else(|| "127.0.0.1".to_owned()),
        })
    }

    fn core_function(&self, ccf: Ccf) -> Result<Endpoint, TargetError> {
        let (scheme, rest) = ccf
            .url
            .split_once("://")
            .ok_or_else(|| self.unusable("ccf.url", "write it as https://host:port/prefix".to_owned()))?;
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let default_port = if scheme == "http" { 80 } else { 443 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => {
                (host, port.parse().map_err(|_| self.unusable("ccf.url", format!("`{port}` is no port")))?)
            }
            None => (authority, default_port),
        };
        let trust = self.trust(scheme, ccf.trust)?;
        let address =
            self.resolved("ccf.connect-to", ccf.connect_to.as_deref().unwrap_or(&format!("{host}:{port}")))?;
        let registration_secret =
            ccf.registration_secret.as_ref().map(|secret| self.secret("ccf.registration-secret", secret));
        Ok(Endpoint {
            role: Role::CoreFunction,
            host: host.to_owned(),
            port,
            prefix: prefix.trim_end_matches('/').to_owned(),
            address,
            trust,
            onboarding: self.onboarding(ccf.onboarding)?,
            registration_secret: registration_secret.transpose()?,
            token_key: self.token_key(ccf.tokens)?,
            control: self.control("ccf.control.url", ccf.control)?,
            plain_http: ccf.plain_http.map(|text| self.resolved("ccf.plain-http", &text)).transpose()?,
        })
    }

    fn trust(&self, scheme: &str, table: Option<TrustTable>) -> Result<Trust, TargetError> {
        let table = table.unwrap_or(TrustTable { roots: Vec::new(), insecure_plain_http: false });
        match (scheme, table.insecure_plain_http) {
            ("http", true) => return Ok(Trust::InsecurePlainHttp),
            ("http", false) => {
                return Err(self.unusable(
                    "ccf.url",
                    "plain HTTP is no CAPIF-1e; write https, or insist with ccf.trust.insecure-plain-http = true"
                        .to_owned(),
                ));
            }
            ("https", _) => {}
            (other, _) => return Err(self.unusable("ccf.url", format!("scheme `{other}`; write https"))),
        }
        let mut roots = Vec::new();
        for file in &table.roots {
            let pem = self.file("ccf.trust.roots", file)?;
            let found = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
            let found =
                found.map_err(|error| self.unusable("ccf.trust.roots", format!("{}: {error}", file.display())))?;
            roots.extend(found.into_iter().map(|certificate| certificate.as_ref().to_vec()));
        }
        if roots.is_empty() {
            let why = "name at least one PEM file with the root certificate of the core function";
            return Err(self.unusable("ccf.trust.roots", why.to_owned()));
        }
        Ok(Trust::Roots(roots))
    }

    fn onboarding(&self, table: Option<OnboardingTable>) -> Result<Onboarding, TargetError> {
        match table {
            None | Some(OnboardingTable::None) => Ok(Onboarding::Nothing),
            Some(OnboardingTable::StaticToken { token }) => {
                self.secret("ccf.onboarding.token", &token).map(Onboarding::StaticToken)
            }
        }
    }

    /// Plain HTTP at an address: what is said there is no traffic of CAPIF, and stays on the tester's side.
    fn control(&self, key: &'static str, table: Option<ControlTable>) -> Result<Option<String>, TargetError> {
        let Some(ControlTable::Http { url }) = table else {
            return Ok(None);
        };
        let host = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let host = host.filter(|host| !host.contains('/'));
        let host = host.ok_or_else(|| self.unusable(key, format!("`{url}`; write it as http://host:port")))?;
        Ok(Some(format!("http://{}", self.resolved(key, host)?)))
    }

    fn secret(&self, key: &'static str, secret: &Secret) -> Result<String, TargetError> {
        match secret {
            Secret::Env(name) => {
                std::env::var(name).map_err(|_| self.unusable(key, format!("the environment has no {name}; set it")))
            }
            Secret::File(path) => self.file(key, path).map(|text| text.trim().to_owned()),
        }
    }

    fn token_key(&self, table: Option<Tokens>) -> Result<TokenKey, TargetError> {
        match table {
            None => Ok(TokenKey::Unknown),
            Some(Tokens { key: KeyKind::ServerCertificate, .. }) => Ok(TokenKey::ServerCertificate),
            Some(Tokens { key: KeyKind::Pem, file: Some(file) }) => {
                self.file("ccf.tokens.file", &file).map(TokenKey::Pem)
            }
            Some(Tokens { key: KeyKind::Pem, file: None }) => {
                Err(self.unusable("ccf.tokens", "key = \"pem\" needs file = \"…\"".to_owned()))
            }
        }
    }

    fn file(&self, key: &'static str, file: &Path) -> Result<String, TargetError> {
        let base = self.path.parent().unwrap_or(Path::new("."));
        let full = base.join(file);
        std::fs::read_to_string(&full)
            .map_err(|error| self.unusable(key, format!("cannot read {}: {error}", full.display())))
    }

    fn resolved(&self, key: &'static str, text: &str) -> Result<SocketAddr, TargetError> {
        let found = text.to_socket_addrs().map_err(|error| self.unusable(key, format!("`{text}`: {error}")))?;
        found.into_iter().next().ok_or_else(|| self.unusable(key, format!("`{text}` has no address")))
    }

    fn unusable(&self, key: &'static str, why: String) -> TargetError {
        TargetError::Unusable { path: self.path.to_owned(), place: Place::of(key, self.text), key, why }
    }
}

fn deadlines(table: Option<Timing>) -> Deadlines {
    let mut deadlines = Deadlines::default();
    let Some(table) = table else {
        return deadlines;
    };
    if let Some(value) = table.answer_ms {
        deadlines.answer.after = milliseconds(value);
    }
    if let Some(value) = table.handshake_ms {
        deadlines.handshake.after = milliseconds(value);
    }
    if let Some(value) = table.notification_ms {
        deadlines.notification.after = milliseconds(value);
    }
    if let Some(value) = table.quiet_ms {
        deadlines.quiet.after = milliseconds(value);
    }
    deadlines
}
