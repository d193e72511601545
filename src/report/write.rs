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
    let reports = [("report.json", json(report)?), ("junit.xml", junit(report)?), ("report.html", html(report)?)];
    std::fs::create_dir_all(directory)
        .map_err(|source| WriteError::Directory { path: directory.to_owned(), source })?;
    for (name, text) in reports {
        let path = directory.join(name);
        whole(&path, &text).map_err(|source| WriteError::File { path, source })?;
    }
    Ok(())
}

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
