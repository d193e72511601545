//! The walls between the parts of the crate, held by reading its sources.
//!
//! Every complaint names file and line, and says what to do about it.

mod floors;
mod habits;
mod size;
mod source;
mod spelling;

/// Fails with everything that was found, one complaint a line.
#[track_caller]
fn none_of(complaints: impl IntoIterator<Item = String>) {
    let complaints: Vec<String> = complaints.into_iter().collect();
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}
