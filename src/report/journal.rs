//! The journal on disk: written line by line as the run goes, read back strictly.
//!
//! A journal cut at its end is what a killed run leaves and is read as far as it goes. One damaged in the middle is
//! refused: a report made from it would say less than happened without saying so.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::event::{Entry, JOURNAL_SCHEMA, RunEvent, RunStarted};

/// Writes events as they happen: one line each, flushed at once, numbered from 0.
#[derive(Debug)]
pub struct JournalWriter<W> {
    out: W,
    next: u64,
}

impl<W: Write> JournalWriter<W> {
    /// A writer at the beginning of an empty journal.
    pub fn new(out: W) -> Self {
        Self { out, next: 0 }
    }

    /// Writes one event; `at_us` counts from the start of the run.
    ///
    /// # Errors
    /// When the line cannot be written.
    pub fn append(&mut self, at_us: u64, event: RunEvent) -> io::Result<()> {
        let entry = Entry { seq: self.next, at_us, event };
        let mut line = super::escape::json_line(&entry)?;
        line.push('\n');
        self.out.write_all(line.as_bytes())?;
        self.out.flush()?;
        self.next += 1;
        Ok(())
    }

    /// Gives the underlying writer back.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// A journal that was found sound: it opens with its header, no entry is missing, and every entry speaks of a
/// scenario that has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    started: RunStarted,
    entries: Vec<Entry>,
}

impl Journal {
    /// Checks entries that are already in memory.
    ///
    /// # Errors
    /// When they are not one sound journal.
    pub fn from_entries(entries: Vec<Entry>) -> Result<Self, Damage> {
        let mut reader = Reader::default();
        for (index, entry) in entries.into_iter().enumerate() {
            reader.take(entry).map_err(|what| Damage { line: index + 1, what })?;
        }
        reader.finish().ok_or(Damage { line: 1, what: "there is no entry at all".to_owned() })
    }

    /// The facts of the run.
    #[must_use]
    pub fn started(&self) -> &RunStarted {
        &self.started
    }

    /// Every entry, in the order in which it was written.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// Where and how a journal is unsound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Damage {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// Why a file could not be read as a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file could not be read.
    #[error("cannot read the journal {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no capifspec journal: it {what}\nexpected a first line with \"event\":\"run-started\" and \"schema\":\"{JOURNAL_SCHEMA}\", as `capifspec run` writes to journal.ndjson", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// A journal of a later tool.
    #[error("{} was written as {found}, and this capifspec reads {JOURNAL_SCHEMA}\nmake the report with the capifspec that wrote it, or a later one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it names.
        found: String,
    },
    /// The run was killed before its first line was complete.
    #[error("{} ends within its first line: the run was stopped before it began, and there is nothing to report\nrun it again", path.display())]
    NothingRecorded {
        /// The file.
        path: PathBuf,
    },
    /// Damaged before its end.
    #[error("{} is damaged in {damage}\nrestore the file as it was written, or cut it before this line: what is left is then reported as an incomplete run", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where and how.
        damage: Damage,
    },
}

/// Reads a journal file.
///
/// # Errors
/// When the file cannot be read, is no journal of this version, or is damaged before its end.
pub fn read_journal(path: &Path) -> Result<Journal, JournalError> {
    let bytes = std::fs::read(path).map_err(|source| JournalError::Unreadable { path: path.to_owned(), source })?;
    let mut lines = Lines::of(&bytes);
    let mut reader = Reader::default();
    let Some(first) = lines.next() else {
        return Err(JournalError::Foreign { path: path.to_owned(), what: "is empty".to_owned() });
    };
    recognise(path, &first)?;
    for line in std::iter::once(first).chain(lines) {
        match serde_json::from_slice::<Entry>(line.text) {
            Ok(entry) => reader.take(entry).map_err(|what| Damage { line: line.number, what }),
            // The writer ends every line: one without an end is where the run was killed.
            Err(_) if !line.ended => break,
            Err(error) => Err(Damage { line: line.number, what: format!("it is no journal entry ({error})") }),
        }
        .map_err(|damage| JournalError::Damaged { path: path.to_owned(), damage })?;
    }
    reader.finish().ok_or_else(|| JournalError::NothingRecorded { path: path.to_owned() })
}

/// Tells from its first line what a file is, when it is not a journal that can be read.
fn recognise(path: &Path, first: &Line<'_>) -> Result<(), JournalError> {
    let foreign = |what: &str| Err(JournalError::Foreign { path: path.to_owned(), what: what.to_owned() });
    let Ok(value) = serde_json::from_slice::<Value>(first.text) else {
        return match first.text {
            text if !first.ended && text.starts_with(b"{\"seq\":0,") => {
                Err(JournalError::NothingRecorded { path: path.to_owned() })
            }
            [b'<', ..] => foreign("is XML or HTML"),
            [b'{' | b'[', ..] => foreign("is JSON over several lines (a report.json?)"),
            text if std::str::from_utf8(text).is_err() => foreign("is not text"),
            _ => foreign("begins with a line that is not JSON"),
        };
    };
    match value.get("schema").and_then(Value::as_str) {
        Some(JOURNAL_SCHEMA) => Ok(()),
        Some(schema) if is_newer(schema) => {
            Err(JournalError::Newer { path: path.to_owned(), found: schema.to_owned() })
        }
        Some(schema) => foreign(&format!("names the schema `{}`", super::escape::one_line(schema))),
        None if value.get("seq").is_some() => {
            foreign("begins with an entry that is not run-started: its head is cut off")
        }
        None => foreign("begins with JSON that names no schema"),
    }
}

fn is_newer(schema: &str) -> bool {
    let version = |name: &str| name.strip_prefix("capifspec.journal/").and_then(|version| version.parse::<u32>().ok());
    version(schema) > version(JOURNAL_SCHEMA)
}

/// Takes entries one by one and keeps only what is sound.
#[derive(Default)]
struct Reader {
    started: Option<RunStarted>,
    entries: Vec<Entry>,
    begun: HashSet<String>,
    ended: bool,
}

impl Reader {
    fn take(&mut self, entry: Entry) -> Result<(), String> {
        let expected = self.entries.len() as u64;
        if entry.seq != expected {
            return Err(format!("entry {} stands where entry {expected} belongs", entry.seq));
        }
        if self.ended {
            return Err("it follows the end of the run (two journals in one file?)".to_owned());
        }
        match &entry.event {
            RunEvent::RunStarted(started) if self.started.is_none() => {
                self.started = Some(started.clone());
            }
            RunEvent::RunStarted(_) => return Err("the run starts a second time".to_owned()),
            _ if self.started.is_none() => {
                return Err("the journal does not open with run-started".to_owned());
            }
            RunEvent::ScenarioStarted(scenario) => self.begin(&scenario.id)?,
            RunEvent::StepEnded(step) => self.known(&step.scenario)?,
            RunEvent::Exchanged(exchange) => self.known(&exchange.scenario)?,
            RunEvent::Judged(judged) => self.known(&judged.scenario)?,
            RunEvent::LeftBehind(left) => self.known(&left.scenario)?,
            RunEvent::ScenarioEnded(end) => self.known(&end.scenario)?,
            RunEvent::NotRun(_) => {}
            RunEvent::RunEnded(_) => self.ended = true,
        }
        self.entries.push(entry);
        Ok(())
    }

    fn begin(&mut self, scenario: &str) -> Result<(), String> {
        if self.begun.insert(scenario.to_owned()) {
            return Ok(());
        }
        Err(format!("scenario `{}` starts a second time", super::escape::one_line(scenario)))
    }

    fn known(&self, scenario: &str) -> Result<(), String> {
        if self.begun.contains(scenario) {
            return Ok(());
        }
        Err(format!("it speaks of scenario `{}`, which has not begun", super::escape::one_line(scenario)))
    }

    fn finish(self) -> Option<Journal> {
        Some(Journal { started: self.started?, entries: self.entries })
    }
}

/// One line of a file, and whether its end was written.
struct Line<'a> {
    number: usize,
    text: &'a [u8],
    ended: bool,
}

/// The lines of a file as bytes: a cut may fall within a character.
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Lines<'a> {
    fn of(rest: &'a [u8]) -> Self {
        Self { rest, number: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        Some(Line { number: self.number, text, ended: end.is_some() })
    }
}
