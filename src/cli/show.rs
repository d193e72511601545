//! Printing: the only place of the crate that writes to standard output and standard error.
#![expect(clippy::print_stderr, reason = "this is the place that prints")]

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

use super::args::{Arguments, Format, LintArguments, ListArguments, StepsArguments};
use super::{Failure, USAGE};
use crate::report::{self, Report, Style};
use crate::run::feature::Scenario;
use crate::run::select::Again;
use crate::run::{self, Outcome, lint as linting};
use crate::spec::Release;
use crate::steps::parameter::PLACES;
use crate::steps::{self, catalogue};

pub(super) fn list(asked: &ListArguments) -> Result<u8, Failure> {
    let release = asked.selecting.release.unwrap_or(Release::DEFAULT);
    let selection = super::run::selection(&asked.selecting);
    let scenarios = run::scenarios(&asked.selecting.paths, &selection, release)?;
    match asked.format {
        Format::Text => listed(&scenarios),
        Format::Json => {
            let rows: Vec<_> = scenarios
                .iter()
                .map(|scenario| {
                    json!({
                        "id": scenario.id, "feature": scenario.path, "name": scenario.name, "line": scenario.line,
                        "tags": scenario.tags, "sut": scenario.sut,
                        "requirements": scenario.requirements.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    })
                })
                .collect();
            print_json(&json!({ "schema": "capifspec.list/1", "scenarios": rows }));
        }
    }
    Ok(0)
}

pub(super) fn listed(scenarios: &[Scenario]) {
    let mut out = String::new();
    let mut path = "";
    for scenario in scenarios {
        if scenario.path != path {
            path = &scenario.path;
            out.push_str(&format!("{}\n", report::one_line(path)));
        }
        let ids: Vec<String> = scenario.requirements.iter().map(ToString::to_string).collect();
        out.push_str(&format!(
            "  {:4} {:8} {}  [{}]\n",
            scenario.line,
            scenario.sut.code(),
            report::one_line(&scenario.name),
            ids.join(" ")
        ));
    }
    print(&format!("{out}{} scenarios\n", scenarios.len()));
}

/// Says what is not run again although an earlier report asks for it: nothing is left out in silence.
pub(super) fn left_out(again: &Again, scenarios: &[Scenario]) {
    let found = scenarios.iter().filter(|scenario| again.wanted.contains(&scenario.id)).count();
    let wanted = again.wanted.len();
    if found < wanted {
        let rest = wanted - found;
        eprintln!("capifspec: note: {rest} of the {wanted} scenarios to run again are not in this selection");
    }
}

pub(super) fn steps(asked: &StepsArguments) -> Result<u8, Failure> {
    let contains = |entry: &catalogue::Entry| {
        let text = format!("{} {} {}", entry.phrase, entry.about, entry.domain).to_lowercase();
        asked.words.iter().all(|word| text.contains(&word.to_lowercase()))
    };
    let found: Vec<catalogue::Entry> = catalogue::entries().into_iter().filter(contains).collect();
    if found.is_empty() {
        return Err(Failure::Usage(format!("no step contains `{}`", asked.words.join(" "))));
    }
    let phrases: Vec<&str> = crate::drive::deviation::phrases().collect();
    if asked.format == Format::Json {
        print_json(&json!({ "schema": "capifspec.steps/1", "steps": found, "deviations": phrases }));
        return Ok(0);
    }
    let mut out = String::new();
    let mut domain = "";
    for entry in &found {
        if entry.domain != domain {
            domain = entry.domain;
            out.push_str(&format!("\n{domain}\n"));
        }
        out.push_str(&format!("  {:5} {}\n        {}\n", entry.keyword, entry.phrase, entry.about));
    }
    out.push('\n');
    for (place, words) in PLACES {
        if found.iter().any(|entry| entry.phrase.contains(place)) {
            out.push_str(&format!("{place} is {words}\n"));
        }
    }
    if found.iter().any(|entry| entry.phrase.contains("{deviation}")) {
        out.push_str(&format!("\n{{deviation}} is one of\n  {}\n", phrases.join("\n  ")));
    }
    print(&out);
    Ok(0)
}

pub(super) fn lint(asked: &LintArguments) -> Result<u8, Failure> {
    let problems = match linting::read(&run::sources(&asked.paths)?, &steps::collection()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems,
    };
    match asked.format {
        Format::Json => print_json(&json!({ "schema": "capifspec.lint/1", "problems": problems })),
        Format::Text if problems.is_empty() => print("nothing to complain of\n"),
        Format::Text => {
            let told: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
            // It shows lines of the files.
            print(&report::visible(&told));
        }
    }
    Ok(if problems.is_empty() { 0 } else { USAGE })
}

pub(super) fn completions(shell: Shell) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "capifspec", &mut script);
    print(&String::from_utf8_lossy(&script));
    0
}

pub(super) fn manual() -> Result<u8, Failure> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(Arguments::command()).render(&mut page);
    rendered.map_err(|error| Failure::Usage(error.to_string()))?;
    print(&String::from_utf8_lossy(&page));
    Ok(0)
}

pub(super) fn terminal(report: &Report, out: &Path) {
    let style = Style { colour: std::io::stdout().is_terminal(), reports: Some(out.to_owned()) };
    print(&report::terminal(report, &style));
}

pub(super) fn complain(failure: &Failure) {
    // Files and peers are quoted in it.
    eprintln!("capifspec: {}", report::visible(&chain(failure)));
}

/// Something that a user should know and that ends nothing.
pub(super) fn remark(text: &str) {
    eprintln!("capifspec: {text}");
}

/// An error with its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        cause = error.source();
    }
    text
}

/// The command line as a reader can paste it: the program by its name, wherever it lies, the words quoted for a shell.
pub(super) fn command_line() -> String {
    let mut words = std::env::args();
    let program = words.next().unwrap_or_default();
    let program = Path::new(&program).file_stem().map_or("capifspec".into(), |name| name.to_string_lossy());
    std::iter::once(program.into_owned()).chain(words).map(|word| run::quoted(&word)).collect::<Vec<_>>().join(" ")
}

/// A second Ctrl-C: the journal is flushed line by line, so nothing told so far is lost.
#[expect(clippy::exit, reason = "the user asked twice")]
pub(super) fn abandon() {
    eprintln!("\ncapifspec: interrupted twice; the journal holds what was done");
    std::process::exit(130);
}

/// A line of progress on a terminal; nothing elsewhere.
pub(super) struct Progress {
    shown: bool,
}

impl Progress {
    pub(super) fn new(shown: bool) -> Self {
        Self { shown }
    }

    pub(super) fn tell(&mut self, outcome: Outcome) {
        if self.shown {
            eprint!("\r\x1b[2K{} of {} scenarios", outcome.done, outcome.selected);
        }
    }

    pub(super) fn clear(&mut self) {
        if self.shown {
            eprint!("\r\x1b[2K");
        }
    }
}

pub(super) fn print_json(value: &serde_json::Value) {
    match report::json_pretty(value) {
        Ok(text) => print(&format!("{text}\n")),
        // No value of ours is like that.
        Err(error) => complain(&Failure::Usage(error.to_string())),
    }
}

/// A closed pipe is no error: whoever reads has seen enough.
pub(super) fn print(text: &str) {
    let _closed = std::io::stdout().write_all(text.as_bytes());
}

/// Writes what only its owner may read, also where the file was there before.
pub(super) fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let mut file = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}
