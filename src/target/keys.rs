//! The keys that a target file has, read from the schema that editors use: `fixtures/target.schema.json`.
//!
//! The parser does not need them: it has its own tables, and a test holds the two against each other. They are for
//! everything else that has to know a key without meeting it: overrides, defaults, secrets.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../fixtures/target.schema.json")).unwrap_or_default());

/// What the schema says of one key: one alternative, or several where a table has kinds.
#[derive(Clone, Debug)]
pub(super) struct Node {
    alternatives: Vec<&'static Value>,
    is_secret: bool,
    default: Option<&'static Value>,
}

impl Node {
    /// The whole file.
    pub(super) fn root() -> Self {
        Self::of(&SCHEMA)
    }

    /// A key such as `ccf.trust.roots`.
    #[cfg(test)]
    pub(super) fn at(key: &str) -> Option<Self> {
        key.split('.').try_fold(Self::root(), |node, name| node.child(name))
    }

    fn of(said: &'static Value) -> Self {
        let mut alternatives = Vec::new();
        collect(said, &mut alternatives);
        let is_secret = said["$ref"] == "#/$defs/secret";
        Self { alternatives, is_secret, default: said.get("default") }
    }

    /// The keys of this table, in every kind of it, in the order of the schema.
    pub(super) fn children(&self) -> Vec<(&'static str, Self)> {
        let mut seen = BTreeMap::new();
        let mut found: Vec<(&'static str, Self)> = Vec::new();
        for (name, said) in self.alternatives.iter().filter_map(|one| one["properties"].as_object()).flatten() {
            let at = *seen.entry(name.as_str()).or_insert(found.len());
            match found.get_mut(at) {
                Some((_, node)) => node.alternatives.extend(Self::of(said).alternatives),
                None => found.push((name, Self::of(said))),
            }
        }
        found
    }

    /// One key of this table; any name where names are free.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        let known = self.children().into_iter().find(|(known, _)| *known == name).map(|(_, node)| node);
        known.or_else(|| {
            let free = self.alternatives.iter().map(|one| &one["additionalProperties"]).find(|said| said.is_object());
            free.map(Self::of)
        })
    }

    /// Names that are known: the keys, or the free names where they are listed.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = self.children().into_iter().map(|(name, _)| name).collect();
        for said in self.alternatives.iter().map(|one| &one["propertyNames"]).filter(|said| said.is_object()) {
            names.extend(Self::of(said).words());
        }
        names
    }

    /// The words that may stand here.
    pub(super) fn words(&self) -> Vec<&'static str> {
        let listed = self.alternatives.iter().flat_map(|one| one["enum"].as_array().into_iter().flatten());
        let single = self.alternatives.iter().filter_map(|one| one.get("const"));
        listed.chain(single).filter_map(Value::as_str).collect()
    }

    /// Whether names are free here.
    pub(super) fn is_open(&self) -> bool {
        self.alternatives.iter().any(|one| one["additionalProperties"].is_object())
    }

    /// Whether this is a table, of whatever kind.
    pub(super) fn is_table(&self) -> bool {
        self.is_open() || self.alternatives.iter().any(|one| one["properties"].is_object())
    }

    /// Whether nothing but text may stand here.
    pub(super) fn is_text(&self) -> bool {
        self.alternatives.iter().all(|one| one["type"] == "string" || one.get("const").is_some() || is_word_list(one))
    }

    /// What stands in this list.
    #[cfg(test)]
    pub(super) fn items(&self) -> Option<Self> {
        self.alternatives.iter().map(|one| &one["items"]).find(|said| said.is_object()).map(Self::of)
    }

    /// Whether a value of this JSON type may stand here.
    #[cfg(test)]
    pub(super) fn is_of(&self, kind: &str) -> bool {
        self.alternatives.iter().any(|one| one["type"] == kind)
    }

    /// The keys below this one that hold secrets.
    pub(super) fn secrets(&self) -> Vec<String> {
        let below = |(name, child): (&str, Self)| {
            if child.is_secret {
                vec![name.to_owned()]
            } else {
                child.secrets().into_iter().map(|rest| format!("{name}.{rest}")).collect()
            }
        };
        self.children().into_iter().flat_map(below).collect()
    }

    /// Whether this says where a secret comes from.
    pub(super) fn is_secret(&self) -> bool {
        self.is_secret
    }

    /// What holds where the file says nothing.
    pub(super) fn default(&self) -> Option<&'static Value> {
        self.default
    }

    /// The keys that a table of this kind may have; none where it has no such kind.
    pub(super) fn keys_of_kind(&self, kind: &str) -> Option<Vec<&'static str>> {
        let tables = self.alternatives.iter().filter_map(|one| one["properties"].as_object());
        let mut of_kind = tables.filter(|properties| properties.get("kind").is_some_and(|said| said["const"] == kind));
        of_kind.next().map(|properties| properties.keys().map(String::as_str).collect())
    }
}

fn is_word_list(said: &Value) -> bool {
    said["enum"].as_array().is_some_and(|words| words.iter().all(Value::is_string))
}

fn collect(said: &'static Value, into: &mut Vec<&'static Value>) {
    let meant = said["$ref"].as_str().and_then(|place| SCHEMA.pointer(place.trim_start_matches('#'))).unwrap_or(said);
    match meant["oneOf"].as_array() {
        Some(alternatives) => alternatives.iter().for_each(|one| collect(one, into)),
        None => into.push(meant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Release, Service};

    #[test]
    fn a_key_is_found_through_references_kinds_and_free_names() {
        let at = |key: &str| Node::at(key).unwrap();
        assert!(at("ccf.trust.roots").default().is_none() && !at("ccf.trust.roots").is_text());
        assert_eq!(at("timing.quiet-ms").default(), Some(&Value::from(500)));
        assert!(at("ccf.onboarding.token").is_secret() && at("ccf.onboarding.password").is_secret());
        assert!(at("ccf.onboarding.token.env").is_text() && at("ccf.apis.security").is_text());
        assert!(at("ccf.credentials.invoker-2.key").is_text());
        assert_eq!(at("aef.control.kind").words(), ["none", "http", "command", "prompt"]);
        assert_eq!(at("aef.control").keys_of_kind("http").unwrap(), ["kind", "url"]);
        assert!(Node::at("ccf.conect-to").is_none() && Node::at("ccf.url.x").is_none());
    }

    #[test]
    fn the_schema_lists_the_releases_and_the_apis_there_are() {
        let releases: Vec<&str> = Release::ALL.iter().map(|release| release.code()).collect();
        assert_eq!(Node::at("release").unwrap().words(), releases);
        let mut apis = Node::at("ccf.apis").unwrap().names();
        apis.retain(|name| !["publish", "discover"].contains(name));
        let services: Vec<&str> = Service::ALL.iter().map(|service| service.code()).collect();
        assert_eq!(apis, services);
    }
}
