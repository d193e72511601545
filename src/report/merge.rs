//! One journal out of the shares of one selection.

use std::collections::BTreeMap;

use crate::event::{ClaimsRef, Entry, ExternalRef, RunEnd, RunEnded, RunEvent, RunStarted, ShardRef};

use super::journal::{Damage, Journal};

/// Why journals do not go together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A run of everything.
    #[error("{name} is no share of a run: it was not made with --shard")]
    Whole {
        /// The journal.
        name: String,
    },
    /// Shares of different runs.
    #[error("{first} and {second} do not go together: {what} of the first is {one}, of the second {other}")]
    Different {
        /// One journal.
        first: String,
        /// Another one.
        second: String,
        /// What differs.
        what: &'static str,
        /// What it is in the first.
        one: String,
        /// What it is in the second.
        other: String,
    },
    /// One share given twice.
    #[error("{first} and {second} are both share {index} of {of}")]
    Twice {
        /// One journal.
        first: String,
        /// Another one.
        second: String,
        /// The share.
        index: usize,
        /// How many there are.
        of: usize,
    },
    /// A scenario in two shares.
    #[error("scenario `{scenario}` is in {first} and in {second}")]
    Overlap {
        /// One journal.
        first: String,
        /// Another one.
        second: String,
        /// The scenario.
        scenario: String,
    },
    /// A share is not there.
    #[error("{} of {of} is missing: merge all of them", shares(missing))]
    Missing {
        /// Those that are missing.
        missing: Vec<usize>,
        /// How many there are.
        of: usize,
    },
    /// The shares do not make up a sound journal.
    #[error("the merged journal is not sound: {0}")]
    Unsound(#[from] Damage),
}

fn shares(missing: &[usize]) -> String {
    let numbers: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("share{} {}", if missing.len() == 1 { "" } else { "s" }, numbers.join(", "))
}

/// Merges the journals of all shares of a selection, each with the name it is called by in errors.
///
/// # Errors
/// When they are not all the shares of one run, each once.
pub fn merge(journals: &[(String, Journal)]) -> Result<Journal, MergeError> {
    let mut shares: BTreeMap<usize, &(String, Journal)> = BTreeMap::new();
    let mut of = 0;
    for named in journals {
        let shard = shard(named)?;
        if let Some(first) = journals.first() {
            same_run(first, named)?;
        }
        of = shard.of;
        if let Some((first, _)) = shares.insert(shard.index, named) {
            return Err(MergeError::Twice { first: first.clone(), second: named.0.clone(), index: shard.index, of });
        }
    }
    let missing: Vec<usize> = (1..=of).filter(|index| !shares.contains_key(index)).collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { missing, of });
    }
    let shares: Vec<_> = shares.into_values().collect();
    disjoint(&shares)?;
    let head = started(&shares).map(RunEvent::RunStarted);
    let inner = shares.iter().flat_map(|(_, journal)| journal.entries()).filter(|entry| is_of_a_scenario(&entry.event));
    let events = head.map(|event| (0, event)).into_iter().chain(inner.map(|entry| (entry.at_us, entry.event.clone())));
    let end = ended(&shares).map(|end| (end.duration_us, RunEvent::RunEnded(end)));
    let entries = events.chain(end).zip(0..).map(|((at_us, event), seq)| Entry { seq, at_us, event });
    Ok(Journal::from_entries(entries.collect())?)
}

fn shard((name, journal): &(String, Journal)) -> Result<&ShardRef, MergeError> {
    journal.started().shard.as_ref().ok_or_else(|| MergeError::Whole { name: name.clone() })
}

/// What the shares of one run have in common.
fn facts(run: &RunStarted) -> [(&'static str, String); 12] {
    let target = format!("{}, external: {:?}", run.target.name, run.target.external);
    let (of, selection) = run.shard.as_ref().map_or_else(Default::default, |shard| {
        (shard.of.to_string(), format!("{} scenarios ({})", shard.all, shard.selection))
    });
    let of_roles = |tell: &dyn Fn(&ExternalRef) -> String| {
        run.target.roles.iter().map(|(role, told)| format!("{role}: {}", tell(told))).collect::<Vec<_>>().join("; ")
    };
    [
        ("the tool", format!("{} ({})", run.tool.version, run.tool.commit)),
        ("the target", target),
        ("the place of the target", of_roles(&|told| told.urls.join(", "))),
        ("what is claimed", of_roles(&|told| claimed(&told.claims))),
        (
            "how the target is set up",
            of_roles(&|told| listed(told.kinds.iter().map(|(what, kind)| (&**what, &**kind)))),
        ),
        ("the release", run.release.clone()),
        ("the set of requirements", run.requirement_set.clone().unwrap_or_default()),
        ("the seed", run.seed.to_string()),
        ("the number of shares", of),
        ("the selection", selection),
        ("what is waived", format!("{:?}", run.waivers)),
        ("what is read into the texts", format!("{:?}", run.readings)),
    ]
}

/// Claims in a few words; what is not spoken of is claimed.
fn claimed(claims: &ClaimsRef) -> String {
    let all = [("apis", &claims.apis), ("methods", &claims.methods), ("grants", &claims.grants)];
    let spoken = all.into_iter().filter_map(|(what, words)| Some((what, words.as_ref()?.join(" "))));
    let features = claims.features.iter().map(|(api, set)| ("features", format!("{api} {set}")));
    let told: Vec<(&str, String)> = spoken.chain(features).collect();
    if told.is_empty() { "everything".to_owned() } else { listed(told.iter().map(|(what, words)| (*what, &**words))) }
}

fn listed<'a>(told: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    told.map(|(what, words)| format!("{what} = {words}")).collect::<Vec<_>>().join(", ")
}

fn same_run(first: &(String, Journal), second: &(String, Journal)) -> Result<(), MergeError> {
    let pairs = facts(first.1.started()).into_iter().zip(facts(second.1.started()));
    match pairs.into_iter().find(|((_, one), (_, other))| one != other) {
        None => Ok(()),
        Some(((what, one), (_, other))) => {
            Err(MergeError::Different { first: first.0.clone(), second: second.0.clone(), what, one, other })
        }
    }
}

fn disjoint(shares: &[&(String, Journal)]) -> Result<(), MergeError> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, journal) in shares {
        let mut own: Vec<&str> = journal.entries().iter().filter_map(|entry| named_by(&entry.event)).collect();
        own.sort_unstable();
        own.dedup();
        for scenario in own {
            if let Some(first) = seen.insert(scenario, name) {
                let (first, second) = (first.to_owned(), name.clone());
                return Err(MergeError::Overlap { first, second, scenario: scenario.to_owned() });
            }
        }
    }
    Ok(())
}

/// The scenario that an event brings into a journal.
fn named_by(event: &RunEvent) -> Option<&str> {
    match event {
        RunEvent::ScenarioStarted(scenario) => Some(&scenario.id),
        RunEvent::NotRun(not_run) => Some(&not_run.scenario.id),
        RunEvent::RunStarted(_)
        | RunEvent::StepEnded(_)
        | RunEvent::Exchanged(_)
        | RunEvent::Judged(_)
        | RunEvent::LeftBehind(_)
        | RunEvent::ScenarioEnded(_)
        | RunEvent::RunEnded(_) => None,
    }
}

fn is_of_a_scenario(event: &RunEvent) -> bool {
    match event {
        RunEvent::RunStarted(_) | RunEvent::RunEnded(_) => false,
        RunEvent::ScenarioStarted(_)
        | RunEvent::NotRun(_)
        | RunEvent::StepEnded(_)
        | RunEvent::Exchanged(_)
        | RunEvent::Judged(_)
        | RunEvent::LeftBehind(_)
        | RunEvent::ScenarioEnded(_) => true,
    }
}

/// The head of the whole run: it began with its first share, and what it judges is what any of them does.
fn started(shares: &[&(String, Journal)]) -> Option<RunStarted> {
    let runs = || shares.iter().map(|(_, journal)| journal.started());
    let mut whole = runs().next()?.clone();
    let shard = whole.shard.take()?;
    whole.selected = shard.all;
    whole.started_unix = runs().map(|run| run.started_unix).min().unwrap_or(whole.started_unix);
    whole.target.sut = runs().flat_map(|run| run.target.sut.clone()).collect();
    whole.target.sut.sort();
    whole.target.sut.dedup();
    // To do the whole run again is no share of it, and goes where the reader wants it.
    whole.command = without(&whole.command, &["--shard", "--out"]);
    Some(whole)
}

/// A command line without some options and their values. Words are told apart as a shell does.
fn without(command: &str, options: &[&str]) -> String {
    let mut kept = Vec::new();
    let mut words = words(command).into_iter();
    while let Some(word) = words.next() {
        let has_its_value =
            options.iter().any(|option| word.strip_prefix(option).is_some_and(|rest| rest.starts_with('=')));
        if options.contains(&word) {
            words.next();
        } else if !has_its_value {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// The words of a command line, still quoted.
fn words(command: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let words = command.split(|character| {
        match character {
            _ if escaped => escaped = false,
            '\'' => quoted = !quoted,
            '\\' if !quoted => escaped = true,
            ' ' => return !quoted,
            _ => {}
        }
        false
    });
    words.filter(|word| !word.is_empty()).collect()
}

/// How the whole run ended; not at all when one of its shares was killed.
fn ended(shares: &[&(String, Journal)]) -> Option<RunEnded> {
    let end = |(_, journal): &&(String, Journal)| match journal.entries().last().map(|entry| &entry.event) {
        Some(RunEvent::RunEnded(end)) => Some(end.clone()),
        Some(_) | None => None,
    };
    let ends: Vec<RunEnded> = shares.iter().map(end).collect::<Option<_>>()?;
    let any = |how: RunEnd| ends.iter().any(|end| end.how == how).then_some(how);
    Some(RunEnded {
        how: any(RunEnd::Interrupted).or(any(RunEnd::FailFast)).unwrap_or(RunEnd::Completed),
        // Shares run side by side: the longest one is what was waited for.
        duration_us: ends.iter().map(|end| end.duration_us).max().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_loses_some_options_and_nothing_else() {
        for (command, left) in [
            ("capifspec run --sut ccf --shard 1/3 --out s1", "capifspec run --sut ccf"),
            ("capifspec run --out='a b' --shard=1/3 x.feature", "capifspec run x.feature"),
            ("capifspec run --out 'it'\\''s --shard here' --seed 7", "capifspec run --seed 7"),
            (
                "capifspec run --scenario 'a --out b --shard 1/3' --jobs 2",
                "capifspec run --scenario 'a --out b --shard 1/3' --jobs 2",
            ),
            ("capifspec run --shard 1/3 --set outer=--out", "capifspec run --set outer=--out"),
        ] {
            assert_eq!(without(command, &["--shard", "--out"]), left);
        }
    }
}
