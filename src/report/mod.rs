//! Reports: folds over the journal, never over live state. Any report can be made again from a journal, later and
//! elsewhere, byte for byte.

mod escape;
mod fold;
mod html;
mod journal;
mod json;
mod junit;
mod merge;
mod problems;
mod ruling;
mod score;
mod terminal;
mod words;
mod wrap;
mod write;

pub use escape::{json_line, json_pretty, one_line, visible};
pub use fold::{Completeness, Report, RequirementReport, ScenarioReport};
pub use html::html;
pub use journal::{Damage, Journal, JournalError, JournalWriter, read_journal};
pub use json::{REPORT_SCHEMA, json};
pub use junit::junit;
pub use merge::{MergeError, merge};
pub use ruling::{Counted, Ruling, WaiverReport, WaiverState};
pub use score::Score;
pub use terminal::{Style, terminal};
pub use write::{WriteError, remove_stale, write_all};
