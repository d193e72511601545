//! The pages of the README for vendors, gone word by word from an empty directory: the reference peers stand for products.

use std::fs;

use crate::cli::Desk;
use crate::cli::serving::Served;

/// The text of a page.
pub(crate) fn page(title: &str) -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let begin = format!("\n## {title}\n");
    let text = readme.split(&begin).nth(1).unwrap_or_else(|| panic!("the README has no page {title}"));
    text.split("\n## ").next().unwrap().to_owned()
}

/// The shell blocks of a page, each with its lines, comments cut off.
pub(crate) fn blocks(title: &str) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    for block in page(title).split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let lines = block.lines().map(|line| line.split('#').next().unwrap().trim().to_owned());
        blocks.push(lines.filter(|line| !line.is_empty()).collect());
    }
    blocks
}

/// Goes a page: what serves, what tries it, and what one's own product takes, for which the served one is put in.
#[track_caller]
fn goes(page: &str, role: &str) {
    let blocks = blocks(page);
    let [serve, tries, own] = blocks.as_slice() else { panic!("{page} has {} blocks", blocks.len()) };
    let desk = Desk::new();
    let directory = format!("my-{role}");
    let words: Vec<&str> = serve[0].split(' ').skip(2).collect();
    assert!(words.windows(2).any(|pair| pair == ["--dir", &directory]), "{serve:?}");
    let _served = Served::at(&desk, &directory, &format!("--quiet {}", words.join(" ")));
    for line in tries {
        step(&desk, line);
    }
    for line in own {
        match line.as_str() {
            "$EDITOR target.toml" => edit(&desk, &directory),
            _ => step(&desk, line),
        }
    }
}

/// Runs a line of a page; a whole run is cut down to one clause.
#[track_caller]
fn step(desk: &Desk, line: &str) {
    let words = line.strip_prefix("capifspec ").unwrap_or_else(|| panic!("`{line}` is no command of ours"));
    let narrowed = if words.starts_with("run ") { " --requirement 33122-6.5.2.3" } else { "" };
    let ran = desk.capifspec(&format!("{words}{narrowed}"));
    ran.ends_with(0);
}

/// What a vendor writes into the file: here, where the served product is.
fn edit(desk: &Desk, directory: &str) {
    let served = String::from_utf8(desk.read(&format!("{directory}/target.toml"))).unwrap();
    let text = ["ca.pem", "aef-ca.pem", "rof-ca.pem", "token-key.pem", "onboarding-token", "registration-secret"]
        .iter()
        .fold(served, |text, file| text.replace(&format!("\"{file}\""), &format!("\"{directory}/{file}\"")));
    desk.write("target.toml", &text);
}

#[test]
fn certify_your_core_function() {
    goes("Certify your core function", "ccf");
}

#[test]
fn certify_your_exposing_function() {
    goes("Certify your exposing function", "aef");
}

#[test]
fn certify_your_invoker() {
    goes("Certify your invoker", "invoker");
}
