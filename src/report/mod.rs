//! Reports: folds over the journal, never over live state. Any report can be made again from a journal, later and
//! elsewhere, byte for byte.

mod escape;
mod fold;
mod journal;

pub use fold::{Completeness, Report, RequirementReport, ScenarioReport};
pub use journal::{Damage, Journal, JournalError, JournalWriter, read_journal};
