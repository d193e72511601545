//! Where a value of a target comes from.

use std::fmt;
use std::path::PathBuf;

use super::Place;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It stands in the file.
    File {
        /// The file.
        path: PathBuf,
        /// Where in it.
        place: Place,
    },
    /// A variable of the environment says it.
    Environment(String),
    /// `--set` says it, for this key.
    Flag(String),
    /// Nobody says it.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, place } => write!(f, "{}:{place}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(key) => write!(f, "--set {key}"),
            Self::Default => f.write_str("default"),
        }
    }
}
