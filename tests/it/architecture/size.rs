//! Budgets: how long a file and a function may be.

use super::none_of;
use super::source::{Source, files, production_files};

const FILE_MAX: usize = 500;
const CHECK_FILE_MAX: usize = 300;
const FUNCTION_MAX: usize = 60;
/// Half of all functions are shorter than this.
const FUNCTION_MEDIAN: usize = 12;
/// A check is one question.
const CHECK_MAX: usize = 30;
/// A line of the module doc that begins so asks for more room and gives its reason.
const WAIVER: &str = "//! Longer than its budget: ";

#[test]
fn files_keep_their_budget() {
    let sources = files("src").into_iter().chain(files("tests"));
    none_of(sources.filter_map(|source| too_long(&source)));
}

fn too_long(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    let most = if source.path.starts_with("src/checks/") { CHECK_FILE_MAX } else { FILE_MAX };
    let waived = source.text.lines().filter_map(|line| line.strip_prefix(WAIVER)).any(|reason| reason.len() > 20);
    (lines > most && !waived).then(|| {
        format!(
            "{}:{lines} has {lines} lines, more than {most}; cut it by subject, or argue with a line `{WAIVER}…`",
            source.path
        )
    })
}

#[test]
fn a_long_file_would_be_seen_and_a_reason_heard() {
    let long = |opening: &str| Source::of("src/checks/x.rs", format!("{opening}\n{}", "\n".repeat(CHECK_FILE_MAX)));
    assert!(too_long(&long("//! x")).is_some());
    assert!(too_long(&long("//! Longer than its budget: ")).is_some());
    assert!(too_long(&long("//! Longer than its budget: the table of all causes stands in one place")).is_none());
}

#[test]
fn functions_keep_their_budget() {
    let mut lengths = Vec::new();
    let mut complaints = Vec::new();
    for source in production_files() {
        let most = if is_judging(&source) { CHECK_MAX } else { FUNCTION_MAX };
        for function in source.functions() {
            lengths.push(function.lines);
            if function.lines > most {
                complaints.push(format!(
                    "{} `{}` has {} lines, more than {most}; take its parts out",
                    source.place(function.at),
                    function.name,
                    function.lines
                ));
            }
        }
    }
    none_of(complaints);
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(
        median < FUNCTION_MEDIAN,
        "half of the functions have {median} lines or more; {FUNCTION_MEDIAN} is the bound"
    );
}

fn is_judging(source: &Source) -> bool {
    source.module() == "checks" && !source.path.ends_with("/lens.rs")
}
