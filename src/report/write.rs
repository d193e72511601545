//! Reports on disk: each is whole or not there.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::fold::Report;
use super::{html, json, junit};

/// Why the reports could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The directory could not be made.
    #[error("cannot make the report directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write the report {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The JSON report could not be made.
    #[error("cannot make report.json")]
    Json(#[from] serde_json::Error),
    /// The XML report could not be made.
    #[error("cannot make junit.xml")]
    Junit(#[from] quick_junit::SerializeError),
    /// The HTML report could not be made.
    #[error("cannot make report.html")]
    Html(#[from] minijinja::Error),
}

/// Writes `report.json`, `junit.xml` and `report.html`. All are made before the first is written, and each is written
/// under another name first: what stands there is never half a report.
///
/// # Errors
/// When a report cannot be made or written.
pub fn write_all(directory: &Path, report: &Report) -> Result<(), WriteError> {
    let [json_name, junit_name, html_name] = NAMES;
    let reports = [(json_name, json(report)?), (junit_name, junit(report)?), (html_name, html(report)?)];
    std::fs::create_dir_all(directory)
        .map_err(|source| WriteError::Directory { path: directory.to_owned(), source })?;
    for (name, text) in reports {
        let path = directory.join(name);
        whole(&path, &text).map_err(|source| WriteError::File { path, source })?;
    }
    Ok(())
}

/// Removes the reports of an earlier run: beside the journal of a new one that is killed they would tell of another run.
///
/// # Errors
/// When one is there and cannot be removed.
pub fn remove_stale(directory: &Path) -> Result<(), WriteError> {
    for name in NAMES {
        let path = directory.join(name);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(WriteError::File { path, source }),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// The reports that are made from a journal.
const NAMES: [&str; 3] = ["report.json", "junit.xml", "report.html"];

fn whole(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let written = std::fs::File::create(&unfinished)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        // The first error is the one to tell.
        _ = std::fs::remove_file(&unfinished);
    }
    written
}
