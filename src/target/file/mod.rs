//! Reading a target file: every key known, every value checked, every error with its place and its cure.

mod core_function;
mod tables;
mod values;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::waiver;
use super::{ActingEndpoint, ExposingEndpoint, OwnerEndpoint, Place, Target, Trust};
use crate::clock::Deadlines;
use crate::pki::certificates_to_pem;
use crate::spec::{Readings, Role, UnknownReading, UnknownSet, nearest};
use tables::{Acting, Aef, File, Rof, Timing};

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
        key: String,
        /// Why, and what to do.
        why: String,
    },
    /// A reading that does not exist.
    #[error("{path}:{place}: {key}: {source}")]
    Reading {
        /// The file.
        path: PathBuf,
        /// Where it is chosen.
        place: Place,
        /// The table that it is chosen in.
        key: &'static str,
        /// What is wrong.
        source: UnknownReading,
    },
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
        let requirements = file.requirements.map(|text| text.parse()).transpose();
        let requirements =
            requirements.map_err(|error: UnknownSet| self.unusable("requirements", error.to_string()))?;
        let acting = |role, table: Option<Acting>| table.map(|table| self.acting(role, table)).transpose();
        Ok(Target {
            name: file.name,
            release,
            readings: self.readings(&file.reading, file.ccf.as_ref().map(|ccf| &ccf.reading))?,
            core_function: file.ccf.map(|ccf| self.core_function(ccf)).transpose()?,
            exposing_function: file.aef.map(|aef| self.exposing_function(aef)).transpose()?,
            invoker: acting(Role::Invoker, file.invoker)?,
            resource_owner_function: file.rof.map(|rof| self.owner_function(rof)).transpose()?,
            management_function: acting(Role::ManagementFunction, file.amf)?,
            publishing_function: acting(Role::PublishingFunction, file.apf)?,
            requirements,
            waivers: waiver::read(file.waiver, self.path, self.text)?,
            deadlines: deadlines(file.timing),
            harness: self.harness(file.harness.unwrap_or_default())?,
        })
    }

    /// Readings hold for every role. They may stand in a table of their own, for a file without a core function.
    fn readings(&self, general: &toml::Table, of_core: Option<&toml::Table>) -> Result<Readings, TargetError> {
        let mut readings = Readings::default();
        let empty = toml::Table::new();
        let of_core = of_core.unwrap_or(&empty);
        if let Some(id) = of_core.keys().find(|id| general.contains_key(*id)) {
            return Err(self.unusable(&format!("ccf.reading.{id}"), format!("reading.{id} is there too; choose once")));
        }
        for (key, table) in [("reading", general), ("ccf.reading", of_core)] {
            for (id, option) in table {
                readings.choose(id, option.as_str().unwrap_or_default()).map_err(|source| TargetError::Reading {
                    path: self.path.to_owned(),
                    place: Place::of(&format!("{key}.{id}"), self.text),
                    key,
                    source,
                })?;
            }
        }
        Ok(readings)
    }

    fn exposing_function(&self, aef: Aef) -> Result<ExposingEndpoint, TargetError> {
        let (scheme, site) =
            self.site("aef.url", &aef.url, aef.connect_to.as_deref().map(|to| ("aef.connect-to", to)))?;
        Ok(ExposingEndpoint {
            trust: self.trust("aef", &scheme, aef.trust)?,
            site,
            plain_http: aef.plain_http.map(|text| self.resolved("aef.plain-http", &text)).transpose()?,
            control: self.control("aef", aef.control)?,
            claims: self.claims("aef", aef.claims)?,
        })
    }

    fn acting(&self, role: Role, table: Acting) -> Result<ActingEndpoint, TargetError> {
        Ok(ActingEndpoint {
            control: self.control(role.code(), table.control)?,
            claims: self.claims(role.code(), table.claims)?,
        })
    }

    fn owner_function(&self, rof: Rof) -> Result<OwnerEndpoint, TargetError> {
        let (scheme, _site) = self.site("rof.url", &rof.url, None)?;
        let Trust::Roots(roots) = self.trust("rof", &scheme, rof.trust)? else {
            let why = "a core function has to verify it by its roots; write https and name them in rof.trust.roots";
            return Err(self.unusable("rof.trust", why.to_owned()));
        };
        let roots: Vec<_> = roots.into_iter().map(Into::into).collect();
        Ok(OwnerEndpoint {
            url: rof.url,
            roots: certificates_to_pem(&roots),
            control: self.control("rof", rof.control)?,
            claims: self.claims("rof", rof.claims)?,
        })
    }

    fn unusable(&self, key: &str, why: String) -> TargetError {
        TargetError::Unusable { path: self.path.to_owned(), place: Place::of(key, self.text), key: key.to_owned(), why }
    }
}

fn deadlines(table: Option<Timing>) -> Deadlines {
    let mut deadlines = Deadlines::default();
    let Some(table) = table else {
        return deadlines;
    };
    let told = [
        (table.answer_ms, &mut deadlines.answer),
        (table.handshake_ms, &mut deadlines.handshake),
        (table.notification_ms, &mut deadlines.notification),
        (table.quiet_ms, &mut deadlines.quiet),
        (table.step_ms, &mut deadlines.step),
        (table.clean_up_ms, &mut deadlines.clean_up),
    ];
    for (milliseconds, deadline) in told {
        if let Some(milliseconds) = milliseconds {
            deadline.after = Duration::from_millis(milliseconds);
        }
    }
    deadlines
}
