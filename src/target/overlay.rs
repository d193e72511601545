//! What goes before a target file: variables of the environment, and `--set` before them.
//!
//! `CAPIFSPEC__CCF__CONNECT_TO=…` and `--set ccf.connect-to=…` say the same: two underscores are a dot, one is a
//! hyphen. The value is TOML where it reads as such, else text. What it says is laid over the file before anything is
//! read from it, each value with a span past the end of the file: so whatever is wrong with it names the override.

use std::borrow::Cow;
use std::ffi::OsString;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::Origin;
use super::keys::Node;
use crate::spec::nearest;

/// How variables begin.
const PREFIX: &str = "CAPIFSPEC__";

/// Everything that goes before the file, the strongest last.
#[derive(Clone, Debug, Default)]
pub struct Overlay(Vec<Override>);

#[derive(Clone, Debug)]
struct Override {
    key: Vec<String>,
    /// The value as it was written.
    written: String,
    /// Whether nothing but text may stand there.
    is_text: bool,
    origin: Origin,
}

/// A word that overrides nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOverride {
    /// There is no such key.
    #[error("{by}: a target file has no key `{key}`{}", nearest.as_ref().map_or_else(String::new, |right| format!("; did you mean `{right}`?")))]
    Key {
        /// The variable or the flag.
        by: Origin,
        /// The key that it would be.
        key: String,
        /// The nearest that there is, as it would have to be written.
        nearest: Option<String>,
    },
    /// The flag is no assignment.
    #[error("--set {0}: write it as KEY=VALUE, such as --set ccf.url=https://host:port")]
    Assignment(String),
    /// The variable cannot be read.
    #[error("the value of the environment variable {0} is no text")]
    NoText(String),
}

impl Overlay {
    /// What the environment says, and the assignments of `--set` before it.
    ///
    /// # Errors
    /// The first of them that overrides nothing.
    pub fn of(
        environment: impl Iterator<Item = (OsString, OsString)>,
        assignments: &[String],
    ) -> Result<Self, BadOverride> {
        let mut said: Vec<(String, OsString)> =
            environment.filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        said.retain(|(name, _)| name.starts_with(PREFIX));
        said.sort();
        let mut overrides = Vec::new();
        for (name, value) in said {
            let value = value.into_string().map_err(|_| BadOverride::NoText(name.clone()))?;
            overrides.push(from_variable(&name, &value)?);
        }
        for assignment in assignments {
            overrides.push(from_assignment(assignment)?);
        }
        Ok(Self(overrides))
    }

    /// The variables among them.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|one| match &one.origin {
            Origin::Environment(name) => Some(name.as_str()),
            Origin::Flag(_) | Origin::File { .. } | Origin::Default => None,
        })
    }

    /// Everything that it says, as assignments for `--set`.
    #[must_use]
    pub fn assignments(&self) -> Vec<String> {
        self.0.iter().map(|one| format!("{}={}", one.key.join("."), one.written)).collect()
    }

    /// Lays it over a file, whose text ends here.
    pub(super) fn lay_over<'a>(&'a self, table: &mut DeTable<'a>, end: usize) {
        for (at, one) in self.0.iter().enumerate() {
            let span = end + 1 + at..end + 1 + at;
            set(table, &Node::root(), &one.key, spanned(value_of(&one.written, one.is_text), &span));
        }
    }

    /// Who says what has this span: an override, where it lies past the end of the file.
    pub(super) fn origin(&self, start: usize, end: usize) -> Option<Origin> {
        let at = start.checked_sub(end + 1)?;
        self.0.get(at).map(|one| one.origin.clone())
    }
}

fn from_variable(name: &str, value: &str) -> Result<Override, BadOverride> {
    let by = Origin::Environment(name.to_owned());
    let words = name.trim_start_matches(PREFIX).split("__").map(str::to_lowercase);
    let mut node = Node::root();
    let mut key: Vec<String> = Vec::new();
    for word in words {
        let hyphened = word.replace('_', "-");
        // The words of APIs have underscores of their own.
        let known = node.names().into_iter().find(|known| known.replace('_', "-") == hyphened);
        let spelt = known.map_or(hyphened, str::to_owned);
        let child = known.is_some().then(|| node.child(&spelt)).flatten().or_else(|| free(&node, &spelt));
        let Some(child) = child else {
            return Err(unknown(by, &key, &spelt, &node, &|path| {
                format!("{PREFIX}{}", path.join("__").replace('-', "_").to_uppercase())
            }));
        };
        key.push(spelt);
        node = child;
    }
    Ok(Override { written: value.to_owned(), is_text: node.is_text(), key, origin: by })
}

fn from_assignment(assignment: &str) -> Result<Override, BadOverride> {
    let told = assignment.split_once('=').filter(|(key, _)| !key.trim().is_empty());
    let (path, value) = told.ok_or_else(|| BadOverride::Assignment(assignment.to_owned()))?;
    let path = path.trim();
    let by = Origin::Flag(path.to_owned());
    let mut node = Node::root();
    let mut key: Vec<String> = Vec::new();
    for word in path.split('.') {
        let known = node.names().contains(&word);
        let child = known.then(|| node.child(word)).flatten().or_else(|| free(&node, word));
        let Some(child) = child else {
            return Err(unknown(by, &key, word, &node, &|path| path.join(".")));
        };
        key.push(word.to_owned());
        node = child;
    }
    Ok(Override { written: value.to_owned(), is_text: node.is_text(), key, origin: by })
}

/// A name in a table whose names are free and not listed.
fn free(node: &Node, name: &str) -> Option<Node> {
    let is_free = node.is_open() && node.names().is_empty() && !name.is_empty();
    is_free.then(|| node.child(name)).flatten()
}

fn unknown(by: Origin, before: &[String], word: &str, node: &Node, spell: &dyn Fn(&[String]) -> String) -> BadOverride {
    let path = |last: &str| [before, &[last.to_owned()]].concat();
    let right = nearest(word, node.names()).map(|right| spell(&path(right)));
    BadOverride::Key { by, key: path(word).join("."), nearest: right }
}

/// TOML where it reads as such and may stand there, else the text itself.
fn value_of(written: &str, is_text: bool) -> DeValue<'_> {
    let read = DeValue::parse(written).map(Spanned::into_inner).ok();
    read.filter(|value| value.is_str() || !is_text).unwrap_or(DeValue::String(Cow::Borrowed(written)))
}

/// The same value with this span, everywhere in it.
fn spanned<'a>(value: DeValue<'a>, span: &Range<usize>) -> Spanned<DeValue<'a>> {
    let value = match value {
        DeValue::Array(items) => {
            let mut moved = DeArray::new();
            items.into_iter().for_each(|item| moved.push(spanned(item.into_inner(), span)));
            DeValue::Array(moved)
        }
        DeValue::Table(table) => {
            let entries = table.into_iter();
            let moved = entries.map(|(name, value)| {
                (Spanned::new(span.clone(), name.into_inner()), spanned(value.into_inner(), span))
            });
            DeValue::Table(moved.collect())
        }
        plain @ (DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)) => plain,
    };
    Spanned::new(span.clone(), value)
}

/// Puts a value in its place. A secret comes from one place only, and a table of another kind has other keys.
fn set<'a>(table: &mut DeTable<'a>, node: &Node, key: &'a [String], value: Spanned<DeValue<'a>>) {
    let Some((name, rest)) = key.split_first() else {
        return;
    };
    let span = value.span();
    if let ("kind", Some(keys)) = (name.as_str(), value.get_ref().as_str().and_then(|kind| node.keys_of_kind(kind))) {
        let others =
            table.keys().map(|known| known.get_ref().to_string()).filter(|known| !keys.contains(&known.as_str()));
        for other in others.collect::<Vec<_>>() {
            table.remove(other.as_str());
        }
    }
    if node.is_secret() {
        table.clear();
    }
    let own = |name| Spanned::new(span.clone(), Cow::Borrowed(name));
    if rest.is_empty() {
        // Inserting alone would leave the key where it stood.
        table.remove(name.as_str());
        table.insert(own(name.as_str()), value);
        return;
    }
    let Some(child) = node.child(name) else {
        return;
    };
    if !table.get(name.as_str()).is_some_and(|there| there.get_ref().is_table()) {
        table.remove(name.as_str());
        table.insert(own(name.as_str()), Spanned::new(span.clone(), DeValue::Table(DeTable::new())));
    }
    if let Some(DeValue::Table(inner)) = table.get_mut(name.as_str()).map(Spanned::get_mut) {
        set(inner, &child, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(said: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        said.iter().map(|(name, value)| (name.into(), value.into())).collect::<Vec<_>>().into_iter()
    }

    fn laid(file: &str, said: &[(&str, &str)], set: &[&str]) -> toml::Table {
        let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
        let overlay = Overlay::of(environment(said), &set).unwrap();
        let mut table = DeTable::parse(file).unwrap();
        overlay.lay_over(table.get_mut(), file.len());
        serde::Deserialize::deserialize(toml::Deserializer::from(table)).unwrap()
    }

    #[test]
    fn the_flag_goes_before_the_environment_and_both_before_the_file() {
        let file = "name = \"f\"\n[ccf]\nurl = \"https://f\"\nplain-http = \"f:1\"\n";
        let said = [("CAPIFSPEC__CCF__URL", "https://e"), ("CAPIFSPEC__CCF__CONNECT_TO", "e:1"), ("CAPIFSPEC_X", "x")];
        let table = laid(file, &said, &["ccf.url=https://s", "timing.answer-ms=7", "aef.trust.roots=[\"a\"]"]);
        let ccf = &table["ccf"];
        let text = |key: &str| ccf[key].as_str().unwrap().to_owned();
        assert_eq!([text("url"), text("connect-to"), text("plain-http")], ["https://s", "e:1", "f:1"]);
        assert_eq!(table["timing"]["answer-ms"].as_integer(), Some(7));
        assert_eq!(table["aef"]["trust"]["roots"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn text_stays_text_where_nothing_else_may_stand() {
        let table = laid(
            "",
            &[("CAPIFSPEC__RELEASE", "17")],
            &["name=2.3", "ccf.claims.features.security=0a", "harness.ports=\"1-2\""],
        );
        assert_eq!((table["release"].as_str(), table["name"].as_str()), (Some("17"), Some("2.3")));
        assert_eq!(table["ccf"]["claims"]["features"]["security"].as_str(), Some("0a"));
        assert_eq!(table["harness"]["ports"].as_str(), Some("1-2"));
    }

    #[test]
    fn another_kind_drops_the_keys_of_the_kind_before_and_a_secret_has_one_source() {
        let file = "[ccf.control]\nkind = \"http\"\nurl = \"x\"\n[ccf.onboarding]\nkind = \"static-token\"\ntoken = { env = \"A\" }\n";
        let table = laid(file, &[("CAPIFSPEC__CCF__ONBOARDING__TOKEN__FILE", "t")], &["ccf.control.kind=prompt"]);
        assert_eq!(table["ccf"]["control"], toml::Value::Table(toml::from_str("kind = \"prompt\"").unwrap()));
        assert_eq!(table["ccf"]["onboarding"]["token"], toml::Value::Table(toml::from_str("file = \"t\"").unwrap()));
    }

    #[test]
    fn words_of_apis_parties_and_readings_are_found() {
        let table = laid(
            "",
            &[
                ("CAPIFSPEC__CCF__APIS__INVOKER_MANAGEMENT", "https://i"),
                ("CAPIFSPEC__CCF__CREDENTIALS__INVOKER_2__KEY", "k"),
                ("CAPIFSPEC__CCF__READING__TOKEN_EXP", "duration"),
            ],
            &[],
        );
        let ccf = &table["ccf"];
        assert_eq!(ccf["apis"]["invoker_management"].as_str(), Some("https://i"));
        assert_eq!(ccf["credentials"]["invoker-2"]["key"].as_str(), Some("k"));
        assert_eq!(ccf["reading"]["token-exp"].as_str(), Some("duration"));
    }

    #[test]
    fn what_overrides_nothing_is_told_with_the_nearest_right_key() {
        let of = |said: &[(&str, &str)], set: &[&str]| {
            let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
            Overlay::of(environment(said), &set).unwrap_err().to_string()
        };
        assert_eq!(
            of(&[("CAPIFSPEC__CCF__CONECT_TO", "x")], &[]),
            "environment CAPIFSPEC__CCF__CONECT_TO: a target file has no key `ccf.conect-to`; did you mean \
             `CAPIFSPEC__CCF__CONNECT_TO`?"
        );
        assert!(of(&[], &["ccf.onboarding.tokn.env=x"]).ends_with("did you mean `ccf.onboarding.token`?"));
        assert!(of(&[], &["ccf.apis.securty=x"]).ends_with("did you mean `ccf.apis.security`?"));
        assert!(of(&[], &["ccf.url.more=x"]).contains("no key `ccf.url.more`"));
        assert!(of(&[], &["ccf.url"]).contains("KEY=VALUE"));
        assert!(of(&[], &["=x"]).contains("KEY=VALUE"));
    }

    #[test]
    fn an_assignment_is_told_as_it_was_written() {
        let overlay =
            Overlay::of(environment(&[("CAPIFSPEC__NAME", "a b")]), &["ccf.url=https://x".to_owned()]).unwrap();
        assert_eq!(overlay.assignments(), ["name=a b", "ccf.url=https://x"]);
        assert_eq!(overlay.variables().collect::<Vec<_>>(), ["CAPIFSPEC__NAME"]);
    }
}
