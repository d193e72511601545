//! `report.html`: one file, offline, readable without script. Verdicts by clause, then by scenario, failures first.
//!
//! What stands in a page comes from peers: the templates escape everything, characters that act are made visible
//! first, and the page's own policy forbids every load and every script but its own.

mod body;
mod certificates;
mod diagram;
mod exchange;
mod requirement;
mod scenario;
mod view;

use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Output, escape_formatter};
use serde::Serialize;

use super::escape::visible;
use super::fold::Report;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// What two templates share is written once and stands before both.
const TEMPLATES: [(&str, &str); 3] = [
    ("page.html", concat!(include_str!("shared.html"), include_str!("page.html"))),
    ("scenario.html", concat!(include_str!("shared.html"), include_str!("scenario.html"))),
    // Escaped like HTML, which it stands in.
    ("diagram.html", include_str!("diagram.svg")),
];

/// The report as one HTML page.
///
/// # Errors
/// When a template does not go with its data, which the golden tests rule out.
pub fn html(report: &Report) -> Result<String, minijinja::Error> {
    let templates = Templates::new()?;
    let mut certificates = certificates::Certificates::default();
    let scenarios = scenario::scenarios(&templates, report, &mut certificates)?;
    let page = view::Page::of(report, scenarios, certificates);
    templates.render("page.html", Frame { page, policy: policy(), style: markup(STYLE), script: markup(SCRIPT) })
}

#[derive(Serialize)]
struct Frame<'a> {
    page: view::Page<'a>,
    policy: String,
    style: Value,
    script: Value,
}

/// The templates, with an escape that nothing gets around.
struct Templates {
    environment: Environment<'static>,
}

impl Templates {
    fn new() -> Result<Self, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        environment.set_formatter(|out, state, value| match value.as_str().filter(|_| !value.is_safe()) {
            Some(text) => Ok(escaped(out, &visible(text))?),
            None => escape_formatter(out, state, value),
        });
        for (name, source) in TEMPLATES {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    fn render(&self, name: &str, view: impl Serialize) -> Result<String, minijinja::Error> {
        self.environment.get_template(name)?.render(Serde(view))
    }
}

/// Text that is safe between tags and in a quoted attribute. The solidus stays: it ends nothing there, and paths are
/// full of it.
fn escaped(out: &mut Output<'_>, text: &str) -> fmt::Result {
    let acts = |character| matches!(character, '&' | '<' | '>' | '"' | '\'');
    let mut rest = text;
    while let Some((before, from)) = rest.find(acts).and_then(|at| rest.split_at_checked(at)) {
        out.write_str(before)?;
        let mut characters = from.chars();
        if let Some(character) = characters.next() {
            write!(out, "&#{};", u32::from(character))?;
        }
        rest = characters.as_str();
    }
    out.write_str(rest)
}

/// Text that is markup of ours.
fn markup(text: &str) -> Value {
    Value::from_safe_string(text.to_owned())
}

/// Nothing is loaded, sent or run, but the style and the script whose digests are named.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    )
}

fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest::digest(&digest::SHA256, text.as_bytes())))
}
