//! Reading a target file: every key known, every value checked, every error with its place and its cure.

#[cfg(test)]
mod against_schema;
mod core_function;
mod exposing_function;
mod survey;
mod tables;
mod values;

pub use survey::{Setting, Survey, Unmet, Wants, survey};

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::DeTable;

use super::keys::Node;
use super::waiver;
use super::{ActingEndpoint, Origin, Overlay, OwnerEndpoint, Place, Target, Trust};
use crate::clock::Deadlines;
use crate::pki::certificates_to_pem;
use crate::spec::{Readings, Role, UnknownReading, UnknownSet, nearest};
use tables::{Acting, File, Invoker, Rof, Timing};

/// What a step may take in which a person is asked to see to something.
const PERSON_PATIENCE: Duration = Duration::from_mins(10);
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
    /// It is something else than a target file.
    #[error("{path}:{place}: {what}; name a target file, or write one with `capifspec init`")]
    NoTarget {
        /// The file.
        path: PathBuf,
        /// Where it ceases to be one.
        place: Place,
        /// What it is.
        what: String,
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
    /// What the environment or the command line says cannot be used.
    #[error("{by}: {why}{}", hint.as_deref().map(|hint| format!("; did you mean `{hint}`?")).unwrap_or_default())]
    Overridden {
        /// Who says it.
        by: Origin,
        /// Why it cannot be used.
        why: String,
        /// The nearest word that could.
        hint: Option<String>,
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
    read_with(path, &Overlay::default())
}

/// The same with what goes before the file.
///
/// # Errors
/// Whatever is wrong with it, with its place, or the override that it comes from, and its cure.
pub fn read_with(path: &Path, overlay: &Overlay) -> Result<Target, TargetError> {
    let text = text_of(path)?;
    let laid = laid_over(path, &text, overlay)?;
    Reader::new(path, &text, laid.get_ref(), overlay, Manner::Strict).read(laid.clone())
}

fn text_of(path: &Path) -> Result<String, TargetError> {
    let bytes = std::fs::read(path).map_err(|source| {
        if source.kind() == std::io::ErrorKind::IsADirectory {
            return no_target(path, Place::at(0, ""), "it is a directory".to_owned());
        }
        TargetError::Unreadable { path: path.to_owned(), source }
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let sound = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes().get(..sound).unwrap_or_default());
        let byte = error.as_bytes().get(sound).copied().unwrap_or_default();
        no_target(path, Place::at(sound, &text), format!("the byte 0x{byte:02x} is no UTF-8 text"))
    })
}

fn no_target(path: &Path, place: Place, what: String) -> TargetError {
    TargetError::NoTarget { path: path.to_owned(), place, what }
}

/// The keys and values of a file, with what goes before it laid over.
fn laid_over<'a>(path: &Path, text: &'a str, overlay: &'a Overlay) -> Result<Spanned<DeTable<'a>>, TargetError> {
    let mut table = DeTable::parse(text).map_err(|error| malformed(path, &error))?;
    overlay.lay_over(table.get_mut(), text.len());
    Ok(table)
}

fn malformed(path: &Path, error: &toml::de::Error) -> TargetError {
    TargetError::Malformed {
        path: path.to_owned(),
        hint: hint(error.message()),
        message: error.to_string().trim_end().to_owned(),
    }
}

/// The nearest of the names that serde says it expected.
fn hint(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let given = names.next()?;
    nearest(given, names).map(str::to_owned)
}

/// How much is wanted of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// Everything: a name that does not resolve and a secret that is not there are errors.
    Strict,
    /// Everything that can be had; what cannot is noted.
    Survey,
    /// What is written; no name is resolved and no secret fetched, and files may not be there yet.
    Written,
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// The file with what goes before it.
    laid: &'a DeTable<'a>,
    overlay: &'a Overlay,
    manner: Manner,
    unmet: RefCell<Vec<Unmet>>,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Path, text: &'a str, laid: &'a DeTable<'a>, overlay: &'a Overlay, manner: Manner) -> Self {
        Self { path, text, laid, overlay, manner, unmet: RefCell::default() }
    }
}

impl Reader<'_> {
    fn read(&self, laid: Spanned<DeTable<'_>>) -> Result<Target, TargetError> {
        self.no_secret_stands_here()?;
        if survey::value_at(self.laid, "schema").is_none() {
            let empty = self.text.trim().is_empty();
            let what = if empty { "the file is empty, it has no `schema`" } else { "it has no `schema`" };
            return Err(no_target(self.path, Place::at(0, self.text), what.to_owned()));
        }
        let file = File::deserialize(toml::Deserializer::from(laid)).map_err(|mut error| {
            let start = error.span().map_or(0, |span| span.start);
            if let Some(by) = self.overlay.origin(start, self.text.len()) {
                return TargetError::Overridden { by, why: error.message().to_owned(), hint: hint(error.message()) };
            }
            error.set_input(Some(self.text));
            malformed(self.path, &error)
        })?;
        self.target(file)
    }

    /// A line with a secret in it would be shown with whatever is wrong with it.
    fn no_secret_stands_here(&self) -> Result<(), TargetError> {
        let written = |key: &String| survey::value_at(self.laid, key).is_some_and(|value| !value.is_table());
        match Node::root().secrets().into_iter().find(written) {
            None => Ok(()),
            Some(key) => {
                let why = "a secret never stands here; say where it comes from: { env = \"NAME\" }, \
                           { file = \"…\" } or { command = [\"…\"] }";
                Err(self.unusable(&key, why.to_owned()))
            }
        }
    }

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
        let step_given = file.timing.as_ref().is_some_and(|timing| timing.step_ms.is_some());
        let mut target = Target {
            name: file.name,
            release,
            readings: self.readings(&file.reading, file.ccf.as_ref().map(|ccf| &ccf.reading))?,
            core_function: file.ccf.map(|ccf| self.core_function(ccf)).transpose()?,
            exposing_function: file.aef.map(|aef| self.exposing_function(aef)).transpose()?,
            invoker: file.invoker.map(|invoker| self.invoker(invoker)).transpose()?,
            resource_owner_function: file.rof.map(|rof| self.owner_function(rof)).transpose()?,
            management_function: acting(Role::ManagementFunction, file.amf)?,
            publishing_function: acting(Role::PublishingFunction, file.apf)?,
            requirements,
            waivers: waiver::read(file.waiver, self.path, self.text)?,
            deadlines: deadlines(file.timing),
            harness: self.harness(file.harness.unwrap_or_default())?,
            overrides: self.overlay.assignments(),
        };
        if target.provision(Role::ExposingFunction).is_some() && target.harness.pki.is_none() {
            let why =
                "it was configured with certificates that stay; name the directory where ours are kept in harness.pki";
            return Err(self.unusable("aef.enrolment", why.to_owned()));
        }
        if target.asks_a_person() && !step_given {
            target.deadlines.step.after = PERSON_PATIENCE;
        }
        Ok(target)
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
                readings.choose(id, option.as_str().unwrap_or_default()).map_err(|source| {
                    match self.origin(&format!("{key}.{id}")) {
                        Origin::File { path, place } => TargetError::Reading { path, place, key, source },
                        by @ (Origin::Environment(_) | Origin::Flag(_) | Origin::Default) => {
                            TargetError::Overridden { by, why: source.to_string(), hint: None }
                        }
                    }
                })?;
            }
        }
        Ok(readings)
    }

    fn invoker(&self, Invoker { callback, claims, control }: Invoker) -> Result<ActingEndpoint, TargetError> {
        let callback = callback.map(|text| self.resolved("invoker.callback", &text)).transpose()?;
        Ok(ActingEndpoint { callback, ..self.acting(Role::Invoker, Acting { claims, control })? })
    }

    fn acting(&self, role: Role, table: Acting) -> Result<ActingEndpoint, TargetError> {
        Ok(ActingEndpoint {
            callback: None,
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
        match self.origin(key) {
            Origin::File { path, place } => TargetError::Unusable { path, place, key: key.to_owned(), why },
            by @ (Origin::Environment(_) | Origin::Flag(_) | Origin::Default) => {
                TargetError::Overridden { by, why: format!("{key}: {why}"), hint: None }
            }
        }
    }

    /// Where a key comes from; the table that it is missing from where it is not there.
    fn origin(&self, key: &str) -> Origin {
        let start = Place::start(key, self.laid);
        self.overlay
            .origin(start, self.text.len())
            .unwrap_or_else(|| Origin::File { path: self.path.to_owned(), place: Place::at(start, self.text) })
    }

    /// Something that is not there now, but may be another time. A survey goes on without it.
    fn lacks(&self, wants: Wants, key: &str, why: String) -> Result<(), TargetError> {
        match self.manner {
            Manner::Strict => Err(self.unusable(key, why)),
            Manner::Survey | Manner::Written => {
                let unmet = Unmet { wants, key: key.to_owned(), origin: self.origin(key), why };
                self.unmet.borrow_mut().push(unmet);
                Ok(())
            }
        }
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
