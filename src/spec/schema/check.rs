//! The validator: a body against the facts of its type in one release.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::facts::{Content, Field, Group, GroupRule, Members, Shape, Text, TypeName};
use super::json::member;
use super::violation::{Violation, ViolationKind, kind_of, shown};
use super::{form, read_json};
use crate::spec::{Release, RequirementId, Role};

/// A body that was read, as far as it could be, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<T> {
    /// The body; none when its format could not be read.
    pub content: Option<T>,
    /// What is wrong with it.
    pub violations: Vec<Violation>,
}

/// Checks a JSON body.
///
/// `charge` is the requirement that the message as a whole is held to. Its role is the sender; where
/// the facts name a nearer requirement for that role, a violation is charged to that one.
pub fn check_json(
    content: impl Into<Content>,
    release: Release,
    charge: RequirementId,
    octets: &[u8],
) -> Checked<Value> {
    let content = content.into();
    let mut check = Check::new(release, charge);
    let whole = check.nearer(content.type_name().facts().charge, Place { path: "", charge });
    let (value, duplicates) = match read_json(octets) {
        Ok(read) => read,
        Err(error) => {
            let error = error.to_string();
            let observed = if octets.is_empty() { "nothing" } else { &error };
            return check.unread(whole, ViolationKind::NotJson, "a JSON text", observed);
        }
    };
    for path in &duplicates {
        check.duplicate(Place { path, ..whole });
    }
    check.content(content, &value, Place { path: "", charge });
    Checked { content: Some(value), violations: check.violations }
}

/// Checks an `application/x-www-form-urlencoded` body; `charge` as in [`check_json`]. A field sent
/// without a value counts as absent (RFC 6749 3.2).
#[must_use]
pub fn check_form(
    name: TypeName,
    release: Release,
    charge: RequirementId,
    octets: &[u8],
) -> Checked<Vec<(String, String)>> {
    let mut check = Check::new(release, charge);
    let facts = name.facts();
    let whole = check.nearer(facts.charge, Place { path: "", charge });
    let Some(fields) = form::read(octets) else {
        let expected = "fields as name=value, joined by &";
        return check.unread(whole, ViolationKind::NotForm, expected, "something else");
    };
    let mut values = Map::new();
    let mut seen = HashSet::new();
    for (name, value) in &fields {
        if !seen.insert(name) {
            check.duplicate(Place { path: name, ..whole });
        }
        if !value.is_empty() {
            values.insert(name.clone(), Value::String(value.clone()));
        }
    }
    if let Shape::Form(members) = &facts.shape {
        check.form(members, &values, whole);
    }
    Checked { content: Some(fields), violations: check.violations }
}

/// Where the check stands, and the requirement in force there.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a str,
    charge: RequirementId,
}

struct Check {
    release: Release,
    sender: Role,
    violations: Vec<Violation>,
}

impl Check {
    fn new(release: Release, charge: RequirementId) -> Self {
        Self { release, sender: charge.requirement().role, violations: Vec::new() }
    }

    /// The same place under the first of the ids that binds the sender, if one does.
    fn nearer<'a>(&self, ids: &[RequirementId], place: Place<'a>) -> Place<'a> {
        let binds_sender = |id: &RequirementId| id.requirement().role == self.sender;
        let charge = ids.iter().copied().find(binds_sender).unwrap_or(place.charge);
        Place { charge, ..place }
    }

    fn report(
        &mut self,
        place: Place<'_>,
        kind: ViolationKind,
        expected: impl Into<String>,
        observed: impl Into<String>,
    ) {
        self.violations.push(Violation {
            path: place.path.to_owned(),
            kind,
            expected: expected.into(),
            observed: observed.into(),
            requirement: place.charge,
        });
    }

    fn unread<T>(mut self, place: Place<'_>, kind: ViolationKind, expected: &str, observed: &str) -> Checked<T> {
        self.report(place, kind, expected, observed);
        Checked { content: None, violations: self.violations }
    }

    fn duplicate(&mut self, place: Place<'_>) {
        self.report(place, ViolationKind::DuplicateMember, "every name once", "the name again");
    }

    fn wrong_type(&mut self, place: Place<'_>, expected: &str, value: &Value) {
        self.report(place, ViolationKind::WrongType, expected, kind_of(value));
    }

    fn content(&mut self, content: Content, value: &Value, place: Place<'_>) {
        match content {
            Content::One(name) => self.one(name, value, place),
            Content::Many { of, may_be_empty } => self.many(of, may_be_empty, value, place),
        }
    }

    fn many(&mut self, of: TypeName, may_be_empty: bool, value: &Value, place: Place<'_>) {
        let Value::Array(elements) = value else {
            self.wrong_type(place, "an array", value);
            return;
        };
        if elements.is_empty() && !may_be_empty {
            self.report(place, ViolationKind::EmptyArray, "at least one element", "an empty array");
        }
        for (at, element) in elements.iter().enumerate() {
            let path = format!("{}[{at}]", place.path);
            self.one(of, element, Place { path: &path, ..place });
        }
    }

    fn one(&mut self, name: TypeName, value: &Value, place: Place<'_>) {
        let facts = name.facts();
        let place = self.nearer(facts.charge, place);
        match (&facts.shape, value) {
            (Shape::Any, _) | (Shape::AnyObject, Value::Object(_)) | (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::Object(members) | Shape::Form(members), Value::Object(object)) => {
                self.members(members, object, place);
            }
            (Shape::Text(text), Value::String(value)) => self.text(text, value, place),
            (Shape::Text(text), Value::Null) if text.nullable => {}
            (Shape::Integer { min, max }, Value::Number(_)) => {
                self.integer(*min, *max, value, place);
            }
            (Shape::List(of), Value::Array(_)) => self.many(*of, true, value, place),
            (Shape::OneOf(names), _) => self.one_of(names, value, place),
            (Shape::Object(_) | Shape::Form(_) | Shape::AnyObject, _) => {
                self.wrong_type(place, "an object", value);
            }
            (Shape::Text(_), _) => self.wrong_type(place, "a string", value),
            (Shape::Integer { .. }, _) => self.wrong_type(place, "an integer", value),
            (Shape::Boolean, _) => self.wrong_type(place, "true or false", value),
            (Shape::List(_), _) => self.wrong_type(place, "an array", value),
        }
    }

    fn members(&mut self, members: &Members, object: &Map<String, Value>, place: Place<'_>) {
        for field in members.fields_in(self.release) {
            let path = member(place.path, field.name);
            let within = self.nearer(field.charge, Place { path: &path, ..place });
            match object.get(field.name) {
                Some(value) => self.content(field.content, value, within),
                None => self.absent(field, within),
            }
        }
        self.groups(members, object, place);
    }

    fn form(&mut self, members: &Members, values: &Map<String, Value>, place: Place<'_>) {
        for field in members.fields_in(self.release) {
            let within = self.nearer(field.charge, Place { path: field.name, ..place });
            match (values.get(field.name), field.content) {
                (None, _) => self.absent(field, within),
                // How an object or a list is put in a form is fixed nowhere: only strings are looked into.
                (Some(Value::String(value)), Content::One(name)) => {
                    if let Shape::Text(text) = &name.facts().shape {
                        self.text(text, value, within);
                    }
                }
                (Some(_), _) => {}
            }
        }
        self.groups(members, values, place);
    }

    fn absent(&mut self, field: &Field, place: Place<'_>) {
        if field.required {
            let expected = format!("{} ({})", field.name, field.content);
            self.report(place, ViolationKind::Missing, expected, "no such member");
        }
    }

    fn groups(&mut self, members: &Members, object: &Map<String, Value>, place: Place<'_>) {
        for group in members.groups {
            let names = group_in(group, members, self.release);
            let there: Vec<&str> = names.iter().copied().filter(|name| object.contains_key(*name)).collect();
            let observed = if there.is_empty() { "none of them".to_owned() } else { there.join(" and ") };
            let place = self.nearer(group.charge, place);
            let listed = names.join(", ");
            match group.rule {
                GroupRule::ExactlyOne if there.len() != 1 => {
                    let expected = format!("exactly one of {listed}");
                    self.report(place, ViolationKind::NotExactlyOne, expected, observed);
                }
                GroupRule::AtLeastOne if there.is_empty() => {
                    let expected = format!("at least one of {listed}");
                    self.report(place, ViolationKind::NoneOfGroup, expected, observed);
                }
                GroupRule::ExactlyOne | GroupRule::AtLeastOne => {}
            }
        }
    }

    fn text(&mut self, text: &Text, value: &str, place: Place<'_>) {
        let known: Vec<&str> = text.values_in(self.release).collect();
        if !text.open && !known.contains(&value) {
            let expected = format!("one of {}", known.join(", "));
            self.report(place, ViolationKind::NotInEnum, expected, shown(value));
        }
        for pattern in text.patterns {
            if !matches(pattern, value) {
                self.report(place, ViolationKind::PatternMismatch, *pattern, shown(value));
            }
        }
        let length = value.chars().count();
        let (min, max) = (text.min_length.unwrap_or(0), text.max_length.unwrap_or(usize::MAX));
        if length < min || length > max {
            let expected = format!("{min} to {max} characters");
            self.report(place, ViolationKind::OutOfBounds, expected, format!("{length} characters"));
        }
    }

    fn integer(&mut self, min: Option<i64>, max: Option<i64>, value: &Value, place: Place<'_>) {
        let Some(number) = whole(value) else {
            self.wrong_type(place, "an integer", value);
            return;
        };
        let too_small = min.filter(|min| number < i128::from(*min)).map(|min| format!("{min} or more"));
        let too_great = max.filter(|max| number > i128::from(*max)).map(|max| format!("{max} or less"));
        if let Some(expected) = too_small.or(too_great) {
            self.report(place, ViolationKind::OutOfBounds, expected, kind_of(value));
        }
    }

    fn one_of(&mut self, names: &[TypeName], value: &Value, place: Place<'_>) {
        let fits = |name: &TypeName| {
            let mut attempt = Self::new(self.release, place.charge);
            attempt.one(*name, value, place);
            attempt.violations.is_empty()
        };
        if !names.iter().any(fits) {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
            let expected = format!("a valid {}", names.join(" or "));
            self.report(place, ViolationKind::NoAlternative, expected, kind_of(value));
        }
    }
}

/// The members of the group that the release has.
fn group_in(group: &Group, members: &Members, release: Release) -> Vec<&'static str> {
    let is_in = |name: &&str| members.fields_in(release).any(|field| field.name == *name);
    group.members.iter().copied().filter(is_in).collect()
}

/// The value of a number that is whole, however it is written: `2`, `2.0` and `2e0` are the same JSON number.
fn whole(value: &Value) -> Option<i128> {
    let integer = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    integer.or_else(|| {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within range, as tested")]
        value.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e18).map(|float| float as i128)
    })
}

fn matches(pattern: &str, text: &str) -> bool {
    COMPILED.get(pattern).is_none_or(|regex| regex.is_match(text))
}

/// Every pattern of the facts; a test sees to it that each compiles.
static COMPILED: LazyLock<HashMap<&'static str, Regex>> = LazyLock::new(|| {
    let texts = TypeName::all().filter_map(|name| match &name.facts().shape {
        Shape::Text(text) => Some(text.patterns),
        Shape::Object(_)
        | Shape::Form(_)
        | Shape::Integer { .. }
        | Shape::Boolean
        | Shape::Any
        | Shape::AnyObject
        | Shape::List(_)
        | Shape::OneOf(_) => None,
    });
    texts.flatten().filter_map(|pattern| Regex::new(pattern).ok().map(|regex| (*pattern, regex))).collect()
});

#[cfg(test)]
mod tests;
