//! Example files, every key explained: `fixtures/targets`.

use crate::spec::Role;

const HEAD: &str = include_str!("../../fixtures/targets/head.toml");
const TAIL: &str = include_str!("../../fixtures/targets/tail.toml");
const ROLES: [(Role, &str); 6] = [
    (Role::CoreFunction, include_str!("../../fixtures/targets/ccf.toml")),
    (Role::ExposingFunction, include_str!("../../fixtures/targets/aef.toml")),
    (Role::Invoker, include_str!("../../fixtures/targets/invoker.toml")),
    (Role::ResourceOwnerFunction, include_str!("../../fixtures/targets/rof.toml")),
    (Role::PublishingFunction, include_str!("../../fixtures/targets/apf.toml")),
    (Role::ManagementFunction, include_str!("../../fixtures/targets/amf.toml")),
];

/// The schema of target files, for editors.
pub const JSON_SCHEMA: &str = include_str!("../../fixtures/target.schema.json");

/// A target file in which these roles are external. It reads as it stands, once the files that it names are there.
#[must_use]
pub fn example(roles: &[Role]) -> String {
    let wanted = ROLES.iter().filter(|(role, _)| roles.contains(role)).map(|(_, text)| *text);
    [HEAD].into_iter().chain(wanted).chain([TAIL]).collect()
}

/// The roles that can be external.
pub fn external_roles() -> impl Iterator<Item = Role> {
    ROLES.iter().map(|(role, _)| *role)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::clock::Clock;
    use crate::pki::{Authority, KeyKind, KeyPair};
    use crate::target::keys::Node;
    use crate::target::{Claims, Onboarding, read};

    #[test]
    fn an_example_of_any_roles_reads_as_it_stands() {
        let desk = tempfile::tempdir().unwrap();
        let key = KeyPair::generate(KeyKind::EcdsaP256).unwrap();
        let authority = Authority::new("root", &key, &Clock::real()).unwrap();
        std::fs::write(desk.path().join("ca.pem"), authority.root_pem()).unwrap();
        let path = desk.path().join("target.toml");
        for chosen in 0_u32..1 << ROLES.len() {
            let roles: Vec<Role> =
                external_roles().enumerate().filter(|(at, _)| chosen & (1 << at) != 0).map(|(_, role)| role).collect();
            std::fs::write(&path, example(&roles)).unwrap();
            let target = read(&path).unwrap_or_else(|error| panic!("{roles:?}: {error}"));
            let as_set = |roles: &[Role]| roles.iter().copied().collect::<BTreeSet<_>>();
            assert_eq!(as_set(&target.external()), as_set(&roles));
            assert!(roles.iter().all(|role| target.claims(*role) == Some(&Claims::default())), "{roles:?}");
            assert!(target.core_function.is_none_or(|ccf| matches!(ccf.onboarding, Onboarding::Nothing)));
        }
    }

    /// A key of an example: its path, the value beside it, and whether a comment stands before it.
    struct Documented {
        path: String,
        value: String,
        explained: bool,
    }

    /// The keys of a file with their values, made or not, free names as `*`.
    fn documented(text: &str) -> Vec<Documented> {
        let mut table = String::new();
        let mut explained = false;
        let mut found = Vec::new();
        for line in text.lines() {
            let setting = line.strip_prefix('#').unwrap_or(line);
            let key = setting.split_once(" = ").filter(|(key, _)| key.starts_with(|c: char| c.is_ascii_lowercase()));
            if let Some(header) = setting.strip_prefix('[') {
                table = format!("{}.", header.trim_matches(['[', ']']));
            } else if let Some((key, value)) = key.filter(|(key, _)| !key.contains(' ')) {
                found.push(Documented { path: starred(&format!("{table}{key}")), value: value.to_owned(), explained });
            } else {
                explained = line.starts_with("# ");
            }
        }
        found
    }

    fn starred(path: &str) -> String {
        let mut node = Node::root();
        let mut names = Vec::new();
        for name in path.split('.') {
            let known = node.children().iter().any(|(known, _)| *known == name);
            names.push(if known || !node.is_open() { name } else { "*" });
            let child = node.child(name).unwrap_or_else(|| panic!("{path}: the schema has no `{name}`"));
            node = item_of(child);
        }
        names.join(".")
    }

    /// One table of an array of tables; else the node itself.
    fn item_of(node: Node) -> Node {
        node.items().filter(Node::is_table).unwrap_or(node)
    }

    fn in_schema(prefix: &str, node: &Node, into: &mut BTreeSet<String>) {
        for (name, child) in node.children() {
            let path = format!("{prefix}{name}");
            let child = item_of(child);
            if child.is_table() && !child.is_secret() {
                in_schema(&format!("{path}."), &child, into);
            } else {
                into.insert(path);
            }
        }
        if node.is_open() {
            let child = node.child("*").unwrap();
            if child.is_table() {
                in_schema(&format!("{prefix}*."), &child, into);
            } else {
                into.insert(format!("{prefix}*"));
            }
        }
    }

    #[test]
    fn every_key_that_there_is_is_explained_and_no_other() {
        let roles: Vec<Role> = external_roles().collect();
        let keys = documented(&example(&roles));
        let dumb: Vec<&str> = keys.iter().filter(|key| !key.explained).map(|key| key.path.as_str()).collect();
        assert!(dumb.is_empty(), "no comment stands before {dumb:?}");
        let mut wanted = BTreeSet::new();
        in_schema("", &Node::root(), &mut wanted);
        let documented: BTreeSet<String> = keys.into_iter().map(|key| key.path).collect();
        let missing: Vec<_> = wanted.difference(&documented).collect();
        assert!(missing.is_empty(), "fixtures/targets/*.toml says nothing of {missing:?}");
        assert!(wanted.is_superset(&documented), "{:?}", documented.difference(&wanted));
    }

    #[test]
    fn every_value_of_an_example_is_what_the_schema_wants() {
        let roles: Vec<Role> = external_roles().collect();
        for key in documented(&example(&roles)) {
            let value: toml::Table = toml::from_str(&format!("v = {}", key.value)).unwrap();
            let value = match value["v"].as_datetime() {
                // JSON has no dates.
                Some(moment) => Value::String(moment.to_string()),
                None => serde_json::to_value(&value["v"]).unwrap(),
            };
            let node = key.path.split('.').try_fold(Node::root(), |node, name| {
                let free = if name == "*" { "security" } else { name };
                node.child(free).map(item_of)
            });
            assert!(fits(&value, &node.unwrap()), "{} = {}", key.path, key.value);
        }
    }

    /// As much of a validator as these values need.
    fn fits(value: &Value, node: &Node) -> bool {
        let words = node.words();
        match value {
            Value::String(text) if !words.is_empty() => words.contains(&text.as_str()),
            Value::String(_) => node.is_text(),
            Value::Array(items) => {
                let item = node.items();
                item.is_some_and(|item| !items.is_empty() && items.iter().all(|one| fits(one, &item)))
            }
            Value::Object(members) => {
                members.iter().all(|(name, one)| node.child(name).is_some_and(|child| fits(one, &child)))
            }
            Value::Bool(_) => node.is_of("boolean"),
            Value::Number(_) => node.is_of("integer"),
            Value::Null => false,
        }
    }
}
