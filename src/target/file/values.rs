//! Values that several tables have: addresses, trust, secrets, surfaces, claims.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Command, Stdio};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::survey::NOWHERE;
use super::tables::{ClaimsTable, ControlTable, HarnessTable, Secret, TrustTable};
use super::{Manner, Reader, TargetError, Wants};
use crate::spec::Service;
use crate::target::claims::listed;
use crate::target::{Claims, CommandLine, GRANTS, Harness, METHODS, Site, Surface, Trust};

impl Reader<'_> {
    /// Scheme and site of a URL, connected to elsewhere where another key says so.
    pub(super) fn site(
        &self,
        key: &str,
        url: &str,
        connect_to: Option<(&str, &str)>,
    ) -> Result<(String, Site), TargetError> {
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| self.unusable(key, format!("`{url}`; write it as https://host:port/prefix")))?;
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.contains('@') {
            // Not shown: it may be a password.
            return Err(
                self.unusable(key, "a user and a password are no part of it; write https://host:port".to_owned())
            );
        }
        let default_port = if scheme == "http" { 80 } else { 443 };
        let (host, port) = match authority.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| self.unusable(key, format!("`{port}` is no port")))?)
            }
            Some(_) | None => (authority, default_port),
        };
        if host.is_empty() {
            return Err(self.unusable(key, format!("`{url}` names no host; write it as https://host:port/prefix")));
        }
        let (address_key, address) =
            connect_to.map_or((key, format!("{host}:{port}")), |(key, to)| (key, to.to_owned()));
        let address = self.resolved(address_key, &address)?;
        let prefix = prefix.trim_matches('/').to_owned();
        Ok((scheme.to_owned(), Site { host: host.to_owned(), port, prefix, address }))
    }

    /// What `[<role>.trust]` says, for a URL of this scheme.
    pub(super) fn trust(&self, role: &str, scheme: &str, table: Option<TrustTable>) -> Result<Trust, TargetError> {
        let table = table.unwrap_or_default();
        let url = format!("{role}.url");
        match (scheme, table.insecure_plain_http) {
            ("http", true) => return Ok(Trust::InsecurePlainHttp),
            ("http", false) => {
                let why = format!(
                    "plain HTTP is nothing of CAPIF; write https, or insist with {role}.trust.insecure-plain-http = true"
                );
                return Err(self.unusable(&url, why));
            }
            ("https", _) => {}
            (other, _) => return Err(self.unusable(&url, format!("scheme `{other}`; write https"))),
        }
        let key = format!("{role}.trust.roots");
        if let Some(file) = &table.server_certificate {
            let pinned = format!("{role}.trust.server-certificate");
            if !table.roots.is_empty() {
                return Err(self.unusable(&pinned, format!("the certificate itself or its roots; leave {key} out")));
            }
            let leaf = self.certificates(&pinned, file)?.into_iter().next();
            let leaf = leaf.or_else(|| self.is_missed(&pinned).then(Vec::new));
            let leaf =
                leaf.ok_or_else(|| self.unusable(&pinned, format!("{} holds no certificate", file.display())))?;
            return Ok(Trust::Certificate(leaf));
        }
        let mut roots = Vec::new();
        for file in &table.roots {
            roots.extend(self.certificates(&key, file)?);
        }
        if roots.is_empty() && !self.is_missed(&key) {
            let why = format!("name at least one PEM file with the root certificate that {role} chains to");
            return Err(self.unusable(&key, why));
        }
        Ok(Trust::Roots(roots))
    }

    fn certificates(&self, key: &str, file: &Path) -> Result<Vec<Vec<u8>>, TargetError> {
        let pem = self.file(key, file)?;
        let found = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
        let found = found.map_err(|error| self.unusable(key, format!("{}: {error}", file.display())))?;
        Ok(found.into_iter().map(|certificate| certificate.as_ref().to_vec()).collect())
    }

    /// What `[<role>.control]` says. Plain HTTP at an address: what is said there is no traffic of CAPIF, and stays on
    /// the tester's side.
    pub(super) fn control(&self, role: &str, table: Option<ControlTable>) -> Result<Option<Surface>, TargetError> {
        match table {
            None | Some(ControlTable::None {}) => Ok(None),
            Some(ControlTable::Prompt {}) => Ok(Some(Surface::Prompt)),
            Some(ControlTable::Command { command }) => {
                let key = format!("{role}.control.command");
                self.command(&key, command).map(|line| Some(Surface::Command(line)))
            }
            Some(ControlTable::Http { url }) => {
                let key = format!("{role}.control.url");
                let host = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
                let host = host.filter(|host| !host.contains('/'));
                let host = host.ok_or_else(|| self.unusable(&key, format!("`{url}`; write it as http://host:port")))?;
                Ok(Some(Surface::Http(format!("http://{}", self.resolved(&key, host)?))))
            }
        }
    }

    /// A program and its arguments. A path in it is relative to the target file.
    pub(super) fn command(&self, key: &str, words: Vec<String>) -> Result<CommandLine, TargetError> {
        let mut words = words.into_iter();
        let program = words.next().filter(|program| !program.is_empty());
        let program = program
            .ok_or_else(|| self.unusable(key, "write a program and its arguments, [\"program\", \"…\"]".to_owned()))?;
        Ok(CommandLine { program, arguments: words.collect(), directory: self.directory().to_owned() })
    }

    pub(super) fn secret(&self, key: &str, secret: Secret) -> Result<String, TargetError> {
        if self.manner == Manner::Written {
            return Ok(String::new());
        }
        let found = match secret {
            Secret::Env(name) => std::env::var(&name).map_err(|_| format!("the environment has no {name}; set it")),
            Secret::File(path) => self.text_of(&path).map(|text| text.trim().to_owned()),
            Secret::Command(words) => printed(&self.command(key, words)?),
        };
        match found {
            Ok(secret) => Ok(secret),
            // It is not used: what lacks its secret is not tried.
            Err(why) => self.lacks(Wants::Secret, key, why).map(|()| String::new()),
        }
    }

    pub(super) fn claims(&self, role: &str, table: Option<ClaimsTable>) -> Result<Claims, TargetError> {
        let table = table.unwrap_or_default();
        let of = |kind: &str| format!("{role}.claims.{kind}");
        let words = |kind: &str, words: Option<Vec<String>>, known: &[&str]| {
            let checked = |words: Vec<String>| words.iter().map(|word| listed(word, known)).collect();
            words.map(checked).transpose().map_err(|why: String| self.unusable(&of(kind), why))
        };
        let mut features = std::collections::BTreeMap::new();
        for (api, text) in &table.features {
            let key = format!("{role}.claims.features.{api}");
            let set = text.parse().map_err(|why: String| self.unusable(&key, why))?;
            features.insert(self.service(&of("features"), api)?, set);
        }
        let apis = table.apis.map(|apis| apis.iter().map(|api| self.service(&of("apis"), api)).collect());
        Ok(Claims {
            apis: apis.transpose()?,
            features,
            methods: words("methods", table.methods, &METHODS)?,
            grants: words("grants", table.grants, &GRANTS)?,
        })
    }

    /// An API by its word; `publish` and `discover` will do for the two whose words are longer.
    pub(super) fn service(&self, key: &str, word: &str) -> Result<Service, TargetError> {
        let short = Service::ALL.iter().find(|service| service.code().strip_suffix("_service") == Some(word));
        short.copied().map_or_else(|| word.parse().map_err(|error| self.unusable(key, format!("{error}"))), Ok)
    }

    pub(super) fn harness(&self, table: HarnessTable) -> Result<Harness, TargetError> {
        let default = Harness::default();
        let advertise = table.advertise.unwrap_or(default.advertise);
        let bind = match (&table.bind, advertise.parse::<IpAddr>()) {
            (Some(text), _) => {
                text.parse().map_err(|_| self.unusable("harness.bind", format!("`{text}` is no address")))?
            }
            (None, Ok(address)) => address,
            (None, Err(_)) if advertise == "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
            (None, Err(_)) => {
                let why = format!("`{advertise}` is a name; say in harness.bind which address is listened on");
                return Err(self.unusable("harness.advertise", why));
            }
        };
        Ok(Harness {
            advertise,
            bind,
            ports: table.ports.map(|text| self.ports(&text)).transpose()?,
            pki: table.pki.map(|path| self.directory().join(path)),
            plain_http_callbacks: table.plain_http_callbacks.unwrap_or(default.plain_http_callbacks),
        })
    }

    fn ports(&self, text: &str) -> Result<RangeInclusive<u16>, TargetError> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        match (first.trim().parse(), last.trim().parse()) {
            (Ok(first), Ok(last)) if first <= last && first > 0 => Ok(first..=last),
            _ => Err(self.unusable("harness.ports", format!("`{text}`; write a range such as 20000-20099"))),
        }
    }

    /// The text of a file that the target file names; none of one that is not there yet, where that does not matter.
    pub(super) fn file(&self, key: &str, file: &Path) -> Result<String, TargetError> {
        let missing = self.manner == Manner::Written && !self.directory().join(file).exists();
        match self.text_of(file) {
            Err(why) if missing => self.lacks(Wants::File, key, why).map(|()| String::new()),
            read => read.map_err(|why| self.unusable(key, why)),
        }
    }

    /// Whether a file of this key is not there yet.
    fn is_missed(&self, key: &str) -> bool {
        self.unmet.borrow().iter().any(|one| one.wants == Wants::File && one.key == key)
    }

    fn text_of(&self, file: &Path) -> Result<String, String> {
        let full = self.directory().join(file);
        std::fs::read_to_string(&full).map_err(|error| format!("cannot read {}: {error}", full.display()))
    }

    /// Where relative paths begin.
    pub(super) fn directory(&self) -> &Path {
        self.path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    pub(super) fn resolved(&self, key: &str, text: &str) -> Result<SocketAddr, TargetError> {
        if let Ok(address) = text.parse() {
            return Ok(address);
        }
        if self.manner == Manner::Written {
            return Ok(NOWHERE);
        }
        let why = match text.to_socket_addrs() {
            Ok(mut found) => match found.next() {
                Some(address) => return Ok(address),
                None => format!("`{text}` has no address"),
            },
            // It is no name and port at all.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                return Err(self.unusable(key, format!("`{text}`: {error}; write it as host:port")));
            }
            Err(error) => format!("`{text}` does not resolve: {error}"),
        };
        self.lacks(Wants::Name, key, why).map(|()| NOWHERE)
    }
}

/// What a program prints, without its line end.
fn printed(line: &CommandLine) -> Result<String, String> {
    let mut command = Command::new(&line.program);
    command.args(&line.arguments).current_dir(&line.directory).stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("the program `{}` cannot be run: {error}", line.program))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().last().unwrap_or_default();
        return Err(format!("the program `{}` failed with {}: {said}", line.program, output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if text.is_empty() { Err(format!("the program `{}` printed nothing", line.program)) } else { Ok(text) }
}
