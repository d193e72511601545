//! Control surfaces: whether they are there, and whether they are what the file says.

use std::path::{Path, PathBuf};

use super::Line;
use super::reaching::is_nowhere;
use crate::clock::{Clock, within};
use crate::control::{Act, Capabilities, Order};
use crate::lab::program;
use crate::lab::surface::{control_route, somebody_is_there};
use crate::spec::Role;
use crate::target::{CommandLine, Surface, Target, is_of_domain};
use crate::wire::{Caller, Knocked, Party, Request, Timeline, knock};

const WHAT: &str = "control surface";
const KNOWN: &str = "what it can be told";
/// The word by which a program is asked what it knows.
const CAPABILITIES: &str = "capabilities";

/// Whether a surface is there at all.
pub async fn find_surface(role: Role, surface: &Surface, target: &Target, clock: &Clock) -> Line {
    let about = role.code();
    match surface {
        Surface::Prompt if somebody_is_there() => Line::ok(about, WHAT, "there is a terminal to ask at"),
        Surface::Prompt => Line::problem(
            about,
            WHAT,
            "there is no terminal, and nobody who could be asked",
            format!("run it in a terminal, or name another kind in {about}.control"),
        )
        .stopping(),
        Surface::Command(line) => found(about, WHAT, line, &format!("{about}.control.command")),
        Surface::Http(url) => {
            let Some(route) = control_route(url).filter(|route| !is_nowhere(route.address)) else {
                return Line::not_checkable(about, WHAT, "its address is not known");
            };
            match knock(&route, clock, target.deadlines).await {
                Knocked::Nobody { why } => {
                    let cure = format!("start it, or correct {about}.control.url");
                    Line::problem(about, WHAT, format!("nobody listens at {url}: {why}"), cure).stopping()
                }
                Knocked::Open { .. } | Knocked::Broken { .. } | Knocked::Distrusted { .. } => {
                    Line::ok(about, WHAT, format!("{url} takes connections"))
                }
            }
        }
    }
}

/// Whether a program is there. What it does cannot be tried: it would be done.
pub(super) fn found(about: &str, what: &str, line: &CommandLine, key: &str) -> Line {
    match locate(line) {
        Some(path) => Line::ok(about, what, format!("{} is there", path.display())),
        None => Line::problem(
            about,
            what,
            format!("there is no program `{}`", line.program),
            format!("correct {key}: a path in it begins at the directory of the target file"),
        )
        .stopping(),
    }
}

fn locate(line: &CommandLine) -> Option<PathBuf> {
    if line.program.contains('/') {
        return Some(line.directory.join(&line.program)).filter(|path| is_program(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(&line.program)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What a surface says of itself.
pub async fn ask_surface(role: Role, surface: &Surface, target: &Target, clock: &Clock) -> Option<Line> {
    match surface {
        Surface::Http(url) => ask_over_http(role, url, target, clock).await,
        Surface::Command(line) => {
            // That it is not there was said when it was looked for.
            locate(line)?;
            Some(ask_program(role, line, target).await)
        }
        Surface::Prompt => None,
    }
}

async fn ask_over_http(role: Role, url: &str, target: &Target, clock: &Clock) -> Option<Line> {
    let route = control_route(url).filter(|route| !is_nowhere(route.address))?;
    let record = Timeline::new(clock.clone());
    let caller = Caller::new(record.clone(), clock.clone(), target.deadlines);
    let request = Request::new("GET", "/capabilities");
    let id = caller.call(&Party::new("tester"), None, &route, &request, "doctor").await;
    let exchange = record.get(id)?;
    let about = role.code();
    let Some(answer) = exchange.response.as_ref() else {
        let cure = format!("is {about}.control.url a control surface?");
        return Some(Line::problem(about, KNOWN, format!("GET {url}/capabilities: {}", exchange.outcome), cure));
    };
    let told: Option<Capabilities> = serde_json::from_slice(&answer.body).ok();
    Some(match told {
        Some(told) if answer.status() == Some(200) => fits(role, &told, "url"),
        Some(_) | None => {
            let status = answer.status().map_or_else(|| "no status".to_owned(), |status| status.to_string());
            let why = format!("GET {url}/capabilities is answered {status}, without role and acts");
            let is_json = serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok();
            // A surface need not know the request; what speaks no HTTP, or shows a page, is none.
            if answer.status().is_none() || (answer.status() == Some(200) && !is_json) {
                return Some(Line::problem(about, KNOWN, why, format!("is {about}.control.url a control surface?")));
            }
            Line::not_checkable(about, KNOWN, why)
        }
    })
}

/// A program need not know what it is asked here: then nothing is known of it.
async fn ask_program(role: Role, line: &CommandLine, target: &Target) -> Line {
    let order = Order { action: CAPABILITIES.to_owned(), with: serde_json::Value::Null };
    let question = serde_json::to_string(&order).unwrap_or_default();
    let silent = |how: String| {
        let why = format!("`{}` does not say what it knows: asked for its {CAPABILITIES}, it {how}", line.program);
        Line::not_checkable(role.code(), KNOWN, why)
    };
    let output = match within(target.deadlines.answer, program::run(line, &question)).await {
        Err(overdue) => return silent(format!("did not end: {overdue}")),
        Ok(Err(error)) => return silent(format!("did not run: {error}")),
        Ok(Ok(output)) => output,
    };
    let how = || output.code.map_or_else(|| "by a signal".to_owned(), |code| format!("with exit code {code}"));
    let told = serde_json::from_str::<Capabilities>(&output.text).ok().filter(|_| output.code == Some(0));
    told.map_or_else(
        || silent(format!("ended {} and printed no role and acts", how())),
        |told| fits(role, &told, "command"),
    )
}

/// Whether a surface is that of the role, and knows its acts.
fn fits(role: Role, told: &Capabilities, key: &str) -> Line {
    let (about, what) = (role.code(), KNOWN);
    // One product may stand behind all functions of a provider domain, whichever of them it says that it is.
    let same_domain = is_of_domain(role) && is_of_domain(told.role);
    if told.role != role && !same_domain {
        let seen = format!("it says that it is the surface of {}", told.role);
        return Line::problem(about, what, seen, format!("name the surface of {role} in {about}.control.{key}"))
            .stopping();
    }
    let missing: Vec<&str> = Act::of(role)
        .iter()
        .map(|act| act.word())
        .filter(|word| !told.acts.iter().any(|known| known == word))
        .collect();
    if missing.is_empty() {
        Line::ok(about, what, format!("all acts of {role}: {}", told.acts.join(", ")))
    } else {
        let seen = format!("it does not know {}: scenarios that need them are not applicable", missing.join(", "));
        Line::not_checkable(about, what, seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::SCHEMA;
    use crate::lab::doctor::State;

    #[test]
    fn a_surface_has_to_be_that_of_the_role_and_says_which_acts_it_lacks() {
        let told = |role: Role, acts: &[Act]| Capabilities {
            schema: SCHEMA.to_owned(),
            role,
            acts: acts.iter().map(|act| act.word().to_owned()).collect(),
        };
        let aef = Role::ExposingFunction;
        assert_eq!(fits(aef, &told(aef, Act::of(aef)), "url").state, State::Ok);
        assert_eq!(fits(Role::PublishingFunction, &told(aef, Act::of(aef)), "url").state, State::Ok);
        assert_eq!(fits(aef, &told(Role::Invoker, Act::of(aef)), "url").state, State::Problem);
        let lacking = fits(aef, &told(aef, &[Act::Register]), "url");
        assert!(lacking.state == State::NotCheckable && lacking.seen.contains("revoke-authorization"), "{lacking:?}");
    }

    #[test]
    fn a_program_is_looked_for_as_it_is_started() {
        let desk = tempfile::tempdir().unwrap();
        std::fs::write(desk.path().join("text"), "").unwrap();
        let line = |program: &str| CommandLine {
            program: program.to_owned(),
            arguments: Vec::new(),
            directory: desk.path().to_owned(),
        };
        assert!(locate(&line("sh")).is_some() && locate(&line("/bin/sh")).is_some());
        assert!(locate(&line("./text")).is_none() && locate(&line("no-such-program")).is_none());
    }
}
