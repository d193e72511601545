//! The schema for editors says exactly what the parser takes: each table is asked with a key that it does not have, and
//! tells those that it has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::tables::File;
use crate::target::JSON_SCHEMA;

const STRANGER: &str = "zzz";

/// What the parser says of a file; nothing where it takes it.
fn complaint(text: &str) -> String {
    toml::from_str::<File>(text).map_or_else(|error| error.message().to_owned(), |_file| String::new())
}

/// The names that a complaint says were expected.
fn expected(complaint: &str) -> BTreeSet<String> {
    let mut names = complaint.split('`').skip(1).step_by(2);
    assert_eq!(names.next(), Some(STRANGER), "{complaint}");
    names.map(str::to_owned).collect()
}

/// A place in a file: how a table stands in it, inline.
#[derive(Clone)]
struct Place {
    path: String,
    before: String,
    after: String,
}

impl Place {
    fn with(&self, inside: &str) -> String {
        format!("{}{inside}{}", self.before, self.after)
    }

    /// A table in the table that stands here, beside what its kind needs.
    fn inner(&self, name: &str, beside: &str) -> Self {
        Self {
            path: format!("{}.{name}", self.path),
            before: format!("{}{beside}{name} = {{ ", self.before),
            after: format!(" }}{}", self.after),
        }
    }
}

fn schema() -> Value {
    serde_json::from_str(JSON_SCHEMA).unwrap()
}

fn meant<'a>(schema: &'a Value, said: &'a Value) -> &'a Value {
    said["$ref"].as_str().map_or(said, |place| schema.pointer(place.trim_start_matches('#')).unwrap())
}

fn names(said: &Value) -> BTreeSet<String> {
    said["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn tables_have_the_same_keys_kinds_and_words() {
    let schema = schema();
    let mut tried = 0;
    let root = Place { path: "file".to_owned(), before: String::new(), after: String::new() };
    table(&schema, &schema, &root, "", &mut tried);
    assert!(tried > 60, "only {tried} tables were tried");
}

fn table(schema: &Value, said: &Value, place: &Place, beside: &str, tried: &mut usize) {
    let said = meant(schema, said);
    if let Some(kinds) = said["oneOf"].as_array() {
        return kinded(schema, kinds, place, tried);
    }
    if said["properties"].is_object() {
        *tried += 1;
        let told = complaint(&place.with(&format!("{beside}{STRANGER} = 1")));
        let mut wanted = names(said);
        if !beside.is_empty() {
            wanted.remove("kind");
        }
        assert!(told.starts_with("unknown field"), "{}: {told}", place.path);
        assert_eq!(expected(&told), wanted, "{}", place.path);
        required(said, place, beside);
        for (name, child) in said["properties"].as_object().unwrap() {
            value(schema, child, &place.inner(name, beside), name, place, beside, tried);
        }
    } else if said["additionalProperties"].is_object() {
        let free = if place.path.ends_with("credentials") { "invoker" } else { "security" };
        let child = meant(schema, &said["additionalProperties"]);
        if child["properties"].is_object() {
            table(schema, child, &place.inner(free, ""), "", tried);
        }
    }
}

fn value(schema: &Value, said: &Value, inner: &Place, name: &str, place: &Place, beside: &str, tried: &mut usize) {
    let child = meant(schema, said);
    if child["items"]["$ref"].is_string() && meant(schema, &child["items"])["properties"].is_object() {
        let (before, after) = (format!("{}{beside}{name} = [{{ ", place.before), format!(" }}]{}", place.after));
        table(schema, &child["items"], &Place { path: inner.path.clone(), before, after }, "", tried);
    } else if child["type"] == "object" || child["oneOf"].is_array() {
        table(schema, said, inner, "", tried);
    } else if child["enum"].is_array() && ["kind", "key"].contains(&name) {
        *tried += 1;
        let told = complaint(&place.with(&format!("{beside}{name} = \"{STRANGER}\"")));
        let words: BTreeSet<String> =
            child["enum"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        assert_eq!(expected(&told), words, "{}", inner.path);
    }
}

/// A table of kinds is told apart by its kind, or by its one key.
fn kinded(schema: &Value, kinds: &[Value], place: &Place, tried: &mut usize) {
    *tried += 1;
    let kind = |said: &Value| said["properties"]["kind"]["const"].as_str().map(str::to_owned);
    let by_kind: Option<BTreeSet<String>> = kinds.iter().map(kind).collect();
    let (asked, wanted) = match &by_kind {
        Some(words) => (format!("kind = \"{STRANGER}\""), words.clone()),
        None => (format!("{STRANGER} = 1"), kinds.iter().flat_map(names).collect()),
    };
    assert_eq!(expected(&complaint(&place.with(&asked))), wanted, "{}", place.path);
    for said in kinds {
        if let Some(kind) = kind(said) {
            let place = Place { path: format!("{}[{kind}]", place.path), ..place.clone() };
            table(schema, said, &place, &format!("kind = \"{kind}\", "), tried);
        }
    }
}

/// What is required is missed, and nothing else is.
fn required(said: &Value, place: &Place, beside: &str) {
    let told = complaint(&place.with(beside.trim_end_matches(", ")));
    let missed = told.strip_prefix("missing field `").map(|rest| rest.trim_end_matches('`').to_owned());
    let wanted: Vec<&str> = said["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let wanted: Vec<&str> = wanted.into_iter().filter(|name| beside.is_empty() || *name != "kind").collect();
    match missed {
        Some(name) if wanted.contains(&name.as_str()) => {}
        // The tables around it want their keys once this one is good.
        Some(name) if wanted.is_empty() && !names(said).contains(&name) => {}
        other => panic!("{}: {other:?} was missed, the schema wants {wanted:?}: {told}", place.path),
    }
}

#[test]
fn defaults_are_what_holds_without_them() {
    use crate::target::keys::Node;
    let mut text = "schema = \"capifspec.target/1\"\nname = \"x\"\n".to_owned();
    let desk = tempfile::tempdir().unwrap();
    let path = desk.path().join("target.toml");
    let read = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let target = super::read(&path).unwrap();
        (target.deadlines, target.harness, target.release.unwrap_or(crate::spec::Release::DEFAULT))
    };
    let without = read(&text);
    let release = Node::at("release").unwrap().default().unwrap().clone();
    text.push_str(&format!("release = {release}\n"));
    let mut said = 0;
    for name in ["harness", "timing"] {
        text.push_str(&format!("[{name}]\n"));
        for (key, node) in Node::at(name).unwrap().children() {
            if let Some(default) = node.default() {
                text.push_str(&format!("{key} = {default}\n"));
                said += 1;
            }
        }
    }
    assert_eq!(read(&text), without, "{text}");
    assert!(said >= 7, "{text}");
}
