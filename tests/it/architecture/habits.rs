//! Habits that no compiler asks for: one place for each lie, for time, for chance and for printing; thin steps.

use capifspec::fault::Fault;

use super::none_of;
use super::source::{Source, files, production_files};

/// A word that may stand in some places only.
struct Reserved {
    words: &'static [&'static str],
    /// Beginnings of paths where they may stand.
    home: &'static [&'static str],
    cure: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        words: &["SystemTime", "Instant", "UNIX_EPOCH", "tokio::time", "time::timeout"],
        home: &["src/clock.rs"],
        cure: "ask a `Clock`, or wait with `clock::within`",
    },
    Reserved {
        words: &["sleep", "sleep_until", "interval"],
        home: &["src/clock.rs"],
        cure: "wait for an event with a named deadline (`clock::within`), or let protocol time pass (`Clock::pass`)",
    },
    Reserved {
        words: &["fastrand", "rand", "RandomState", "thread_rng", "getrandom"],
        // The bytes of a signature are no choice of the run.
        home: &["src/clock.rs", "src/jose/"],
        cure: "draw from `Names`, so that one seed repeats it",
    },
    Reserved {
        words: &["println!", "eprintln!", "print!", "eprint!", "stdout", "stderr", "dbg!", "exit"],
        // The streams of a program that we run are not ours.
        home: &["src/cli/", "src/spec/build/", "src/lab/program.rs"],
        cure: "return it; only `cli` speaks to people",
    },
    Reserved {
        words: &["unbounded_channel", "unbounded", "mpsc::channel"],
        home: &[],
        cure: "bound the channel, and say what happens when it is full",
    },
];

#[test]
fn time_chance_and_printing_have_one_place_each() {
    let sources = production_files();
    none_of(sources.iter().flat_map(out_of_place));
}

fn out_of_place(source: &Source) -> Vec<String> {
    let elsewhere = |reserved: &&Reserved| !reserved.home.iter().any(|home| source.path.starts_with(home));
    RESERVED
        .iter()
        .filter(elsewhere)
        .flat_map(|reserved| source.words(reserved.words).map(|(at, word)| (at, word, reserved.cure)))
        .filter(|(at, word, _)| !is_own_name(source, *at, word))
        .map(|(at, word, cure)| format!("{} `{word}`: {cure}", source.place(at)))
        .collect()
}

/// A field or variable of ours that happens to be called so: `.exit`, `exit:`.
fn is_own_name(source: &Source, at: usize, word: &str) -> bool {
    let before = source.production[..at].chars().next_back();
    let after = source.production[at + word.len()..].trim_start().chars().next();
    before == Some('.') && after != Some('(')
}

#[test]
fn a_bare_sleep_would_be_seen() {
    let text = "//! x\nfn f() {\n    std::thread::sleep(d);\n    let t = std::time::Instant::now();\n}\n";
    let found = out_of_place(&Source::of("src/wire/x.rs", text.to_owned()));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|complaint| complaint.starts_with("src/wire/x.rs:3 `sleep`")), "{found:?}");
    assert!(out_of_place(&Source::of("src/clock.rs", text.to_owned())).is_empty());
}

/// Tests wait for events too.
#[test]
fn no_test_sleeps() {
    let sleeping = |source: Source| {
        let places = source.code.match_indices("sleep(").map(|(at, _)| source.place(at)).collect::<Vec<_>>();
        places.into_iter().map(|place| format!("{place} sleeps; wait for what it waits for"))
    };
    none_of(files("tests").into_iter().chain(files("src")).filter(|s| s.path != "src/clock.rs").flat_map(sleeping));
}

#[test]
fn each_fault_is_read_at_exactly_one_place() {
    let actors: Vec<Source> = production_files().into_iter().filter(|source| source.module() == "actors").collect();
    let complaints = Fault::ALL.iter().filter_map(|fault| {
        let word = format!("Fault::{}", fault.name());
        let places: Vec<String> = actors
            .iter()
            .flat_map(|source| source.words(&[&word]).map(|(at, _)| source.place(at)).collect::<Vec<_>>())
            .collect();
        (places.len() != 1).then(|| {
            format!(
                "{fault} is read at {} places [{}]; decide it once, in the rules of its actor",
                places.len(),
                places.join(", ")
            )
        })
    });
    none_of(complaints);
}

#[test]
fn nobody_but_an_actor_asks_for_a_fault() {
    let elsewhere = production_files().into_iter().filter(|source| !["actors", "fault"].contains(&source.module()));
    let mut complaints = Vec::new();
    for source in elsewhere {
        for fault in Fault::ALL {
            let word = format!("Fault::{}", fault.name());
            let places = source.words(&[&word]).map(|(at, _)| source.place(at)).collect::<Vec<_>>();
            complaints.extend(
                places.iter().map(|place| format!("{place} `{word}`: only the actor that lies knows its lies")),
            );
        }
    }
    none_of(complaints);
}

#[test]
fn a_fault_is_decided_in_rules() {
    let decides = |source: &Source| {
        let rules = source.path.ends_with("/rules.rs") || source.path.contains("/rules/");
        !rules && source.module() == "actors" && source.production.contains("Fault::")
    };
    // Claims are what the rules of tokens decide on; they stand in a file of their own.
    let complaints = production_files().into_iter().filter(decides).filter(|s| !s.path.ends_with("/token/claims.rs"));
    none_of(complaints.map(|s| format!("{}: decides a fault; move the decision into the rules beside it", s.path)));
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    let sources = files("src").into_iter().chain(files("tests"));
    let silent = sources.filter(|source| !source.text.starts_with("//! "));
    none_of(silent.map(|source| format!("{}:1 opens without `//!`; say what the file is for", source.path)));
}

#[test]
fn patterns_of_steps_are_cheap() {
    let mut complaints = Vec::new();
    for source in production_files().iter().filter(|source| source.module() == "steps") {
        for (number, line) in source.text.lines().enumerate() {
            let pattern = line.contains("expr = ") || line.contains("regex = ");
            let costly = ["\\w", "\\d", "\\s", "\\p"].into_iter().find(|class| line.contains(class));
            if let (true, Some(class)) = (pattern, costly) {
                complaints.push(format!(
                    "{}:{} `{class}` takes milliseconds to compile; write [a-z], [0-9] …",
                    source.path,
                    number + 1
                ));
            }
        }
    }
    none_of(complaints);
}

/// Lines between the braces of a step.
const STEP_LINES_MAX: usize = 8;

#[test]
fn steps_are_thin() {
    let mut complaints = Vec::new();
    let mut steps = 0;
    for source in production_files().iter().filter(|source| source.module() == "steps") {
        for function in source.functions().iter().filter(|function| is_step(source, function.at)) {
            steps += 1;
            let body = &source.production[function.body.clone()];
            let place = source.place(function.at);
            let lines = body.trim().lines().count();
            if lines > STEP_LINES_MAX {
                complaints.push(format!(
                    "{place} step {} has {lines} lines, more than {STEP_LINES_MAX}; move it into the lab",
                    function.name
                ));
            }
            let thick = ["if ", "match ", "unwrap", "expect(", "json!", "serde_json"]
                .into_iter()
                .find(|word| body.contains(word));
            let literal = source.text[function.body.clone()].contains("://");
            if let Some(word) = thick.or(literal.then_some("a URL")) {
                complaints.push(format!(
                    "{place} step {} has `{}`; a step says who does what, the lab knows how",
                    function.name,
                    word.trim()
                ));
            }
        }
    }
    assert!(steps > 20, "only {steps} steps were found: this test looks for them in the wrong way");
    none_of(complaints);
}

fn is_step(source: &Source, at: usize) -> bool {
    let before = source.production[..at].trim_end().trim_end_matches("async").trim_end();
    let attribute = before.rfind("#[").map(|from| &before[from..]);
    attribute.is_some_and(|text| {
        text.ends_with(']') && ["#[given(", "#[when(", "#[then("].iter().any(|kind| text.starts_with(kind))
    })
}
