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
/// `charge` is the requirement that the message as a whole is held to. Its role is the sender; where the facts name a
/// nearer requirement for that role, a violation is charged to that one.
pub fn check_json(
    content: impl Into<Content>,
    release: Release,
    charge: RequirementId,
    octets: &[u8],
) -> Checked<Value> {
    let mut check = Check::new(release, charge);
    let (value, duplicates) = match read_json(octets) {
        Ok(read) => read,
        Err(error) => {
            let observed = if octets.is_empty() {
                "nothing".to_owned()
            } else {
                error.to_string()
            };
            check.report("", ViolationKind::NotJson, "a JSON text", observed, charge);
            return Checked {
                content: None,
                violations: check.violations,
            };
        }
    };
    let content = content.into();
    let nearest = match content {
        Content::One(name) | Content::Many { of: name, .. } => {
            check.nearest(name.facts().charge, charge)
        }
    };
    for path in duplicates {
        check.report(
            &path,
            ViolationKind::DuplicateMember,
            "every name once",
            "the name again",
            nearest,
        );
    }
    check.content(content, &value, "", charge);
    Checked {
        content: Some(value),
        violations: check.violations,
    }
}

/// Checks an `application/x-www-form-urlencoded` body; `charge` as in [`check_json`]. A field sent without a value counts
/// as absent (RFC 6749 3.2).
#[must_use]
pub fn check_form(
    name: TypeName,
    release: Release,
    charge: RequirementId,
    octets: &[u8],
) -> Checked<Vec<(String, String)>> {
    let mut check = Check::new(release, charge);
    let facts = name.facts();
    let charge = check.nearest(facts.charge, charge);
    let Some(fields) = form::read(octets) else {
        check.report(
            "",
            ViolationKind::NotForm,
            "fields as name=value, joined by &",
            "something else",
            charge,
        );
        return Checked {
            content: None,
            violations: check.violations,
        };
    };
    let mut values = Map::new();
    let mut seen = HashSet::new();
    for (name, value) in &fields {
        if !seen.insert(name) {
            check.report(
                name,
                ViolationKind::DuplicateMember,
                "every name once",
                "the name again",
                charge,
            );
        }
        if !value.is_empty() {
            values.insert(name.clone(), Value::String(value.clone()));
        }
    }
    if let Shape::Form(members) = &facts.shape {
        check.form(members, &values, charge);
    }
    Checked {
        content: Some(fields),
        violations: check.violations,
    }
}

struct Check {
    release: Release,
    sender: Role,
    violations: Vec<Violation>,
}

impl Check {
    fn new(release: Release, charge: RequirementId) -> Self {
        Self {
            release,
            sender: charge.requirement().role,
            violations: Vec::new(),
        }
    }

    /// The first of the ids that binds the sender, else the one in force so far.
    fn nearest(&self, ids: &[RequirementId], so_far: RequirementId) -> RequirementId {
        ids.iter()
            .copied()
            .find(|id| id.requirement().role == self.sender)
            .unwrap_or(so_far)
    }

    fn report(
        &mut self,
        path: &str,
        kind: ViolationKind,
        expected: impl Into<String>,
        observed: impl Into<String>,
        requirement: RequirementId,
    ) {
        self.violations.push(Violation {
            path: path.to_owned(),
            kind,
            expected: expected.into(),
            observed: observed.into(),
            requirement,
        });
    }

    fn wrong_type(&mut self, path: &str, expected: &str, value: &Value, charge: RequirementId) {
        self.report(
            path,
            ViolationKind::WrongType,
            expected,
            kind_of(value),
            charge,
        );
    }

    fn content(&mut self, content: Content, value: &Value, path: &str, charge: RequirementId) {
        match content {
            Content::One(name) => self.one(name, value, path, charge),
            Content::Many { of, may_be_empty } => self.many(of, may_be_empty, value, path, charge),
        }
    }

    fn many(
        &mut self,
        of: TypeName,
        may_be_empty: bool,
        value: &Value,
        path: &str,
        charge: RequirementId,
    ) {
        let Value::Array(elements) = value else {
            return self.wrong_type(path, "an array", value, charge);
        };
        if elements.is_empty() && !may_be_empty {
            self.report(
                path,
                ViolationKind::EmptyArray,
                "at least one element",
                "an empty array",
                charge,
            );
        }
        for (at, element) in elements.iter().enumerate() {
            self.one(of, element, &format!("{path}[{at}]"), charge);
        }
    }

    fn one(&mut self, name: TypeName, value: &Value, path: &str, charge: RequirementId) {
        let facts = name.facts();
        let charge = self.nearest(facts.charge, charge);
        match (&facts.shape, value) {
            (Shape::Any, _)
            | (Shape::AnyObject, Value::Object(_))
            | (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::Object(members) | Shape::Form(members), Value::Object(object)) => {
                self.members(members, object, path, charge);
            }
            (Shape::Text(text), Value::String(value)) => self.text(text, value, path, charge),
            (Shape::Text(text), Value::Null) if text.nullable => {}
            (Shape::Integer { min, max }, Value::Number(_)) => {
                self.integer(*min, *max, value, path, charge)
            }
            (Shape::List(of), Value::Array(_)) => self.many(*of, true, value, path, charge),
            (Shape::OneOf(names), _) => self.one_of(names, value, path, charge),
            (Shape::Object(_) | Shape::Form(_) | Shape::AnyObject, _) => {
                self.wrong_type(path, "an object", value, charge);
            }
            (Shape::Text(_), _) => self.wrong_type(path, "a string", value, charge),
            (Shape::Integer { .. }, _) => self.wrong_type(path, "an integer", value, charge),
            (Shape::Boolean, _) => self.wrong_type(path, "true or false", value, charge),
            (Shape::List(_), _) => self.wrong_type(path, "an array", value, charge),
        }
    }

    fn members(
        &mut self,
        members: &Members,
        object: &Map<String, Value>,
        path: &str,
        charge: RequirementId,
    ) {
        for field in members.fields_in(self.release) {
            let charge = self.nearest(field.charge, charge);
            let path = member(path, field.name);
            match object.get(field.name) {
                Some(value) => self.content(field.content, value, &path, charge),
                None => self.absent(field, &path, charge),
            }
        }
        self.groups(members, object, path, charge);
    }

    fn form(&mut self, members: &Members, values: &Map<String, Value>, charge: RequirementId) {
        for field in members.fields_in(self.release) {
            let charge = self.nearest(field.charge, charge);
            match (values.get(field.name), field.content) {
                (None, _) => self.absent(field, field.name, charge),
                // How an object or a list is put in a form is fixed nowhere: only strings are looked into.
                (Some(Value::String(value)), Content::One(name)) => {
                    if let Shape::Text(text) = &name.facts().shape {
                        self.text(text, value, field.name, charge);
                    }
                }
                (Some(_), _) => {}
            }
        }
        self.groups(members, values, "", charge);
    }

    fn absent(&mut self, field: &Field, path: &str, charge: RequirementId) {
        if field.required {
            let expected = format!("{} ({})", field.name, field.content);
            self.report(
                path,
                ViolationKind::Missing,
                expected,
                "no such member",
                charge,
            );
        }
    }

    fn groups(
        &mut self,
        members: &Members,
        object: &Map<String, Value>,
        path: &str,
        charge: RequirementId,
    ) {
        for group in members.groups {
            let names = group_in(group, members, self.release);
            let there: Vec<&str> = names
                .iter()
                .copied()
                .filter(|name| object.contains_key(*name))
                .collect();
            let charge = self.nearest(group.charge, charge);
            let observed = if there.is_empty() {
                "none of them".to_owned()
            } else {
                there.join(" and ")
            };
            let listed = names.join(", ");
            match group.rule {
                GroupRule::ExactlyOne if there.len() != 1 => {
                    let expected = format!("exactly one of {listed}");
                    self.report(
                        path,
                        ViolationKind::NotExactlyOne,
                        expected,
                        observed,
                        charge,
                    );
                }
                GroupRule::AtLeastOne if there.is_empty() => {
                    let expected = format!("at least one of {listed}");
                    self.report(path, ViolationKind::NoneOfGroup, expected, observed, charge);
                }
                GroupRule::ExactlyOne | GroupRule::AtLeastOne => {}
            }
        }
    }

    fn text(&mut self, text: &Text, value: &str, path: &str, charge: RequirementId) {
        let mut values = text
            .values
            .iter()
            .filter(|known| known.since <= self.release);
        if !text.open && !values.clone().any(|known| known.name == value) {
            let listed: Vec<&str> = values.by_ref().map(|known| known.name).collect();
            let expected = format!("one of {}", listed.join(", "));
            self.report(
                path,
                ViolationKind::NotInEnum,
                expected,
                shown(value),
                charge,
            );
        }
        for pattern in text.patterns {
            if !matches(pattern, value) {
                self.report(
                    path,
                    ViolationKind::PatternMismatch,
                    format!("{pattern}"),
                    shown(value),
                    charge,
                );
            }
        }
        let length = value.chars().count();
        if text.min_length.is_some_and(|min| length < min)
            || text.max_length.is_some_and(|max| length > max)
        {
            let bounds = (
                text.min_length.unwrap_or(0),
                text.max_length.unwrap_or(usize::MAX),
            );
            let expected = format!("{} to {} characters", bounds.0, bounds.1);
            self.report(
                path,
                ViolationKind::OutOfBounds,
                expected,
                format!("{length} characters"),
                charge,
            );
        }
    }

    fn integer(
        &mut self,
        min: Option<i64>,
        max: Option<i64>,
        value: &Value,
        path: &str,
        charge: RequirementId,
    ) {
        let Some(number) = whole(value) else {
            return self.wrong_type(path, "an integer", value, charge);
        };
        if min.is_some_and(|min| number < i128::from(min))
            || max.is_some_and(|max| number > i128::from(max))
        {
            let expected = match (min, max) {
                (Some(min), Some(max)) => format!("{min} to {max}"),
                (Some(min), None) => format!("{min} or more"),
                (None, max) => format!("{} or less", max.unwrap_or(i64::MAX)),
            };
            self.report(
                path,
                ViolationKind::OutOfBounds,
                expected,
                kind_of(value),
                charge,
            );
        }
    }

    fn one_of(&mut self, names: &[TypeName], value: &Value, path: &str, charge: RequirementId) {
        let fits = |name: &TypeName| {
            let mut attempt = Self {
                release: self.release,
                sender: self.sender,
                violations: Vec::new(),
            };
            attempt.one(*name, value, path, charge);
            attempt.violations.is_empty()
        };
        if !names.iter().any(fits) {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
            let expected = format!("a valid {}", names.join(" or "));
            self.report(
                path,
                ViolationKind::NoAlternative,
                expected,
                kind_of(value),
                charge,
            );
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
    let integer = value
        .as_i64()
        .map(i128::from)
        .or_else(|| value.as_u64().map(i128::from));
    integer.or_else(|| {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within range, as tested"
        )]
        value
            .as_f64()
            .filter(|float| float.fract() == 0.0 && float.abs() < 1e18)
            .map(|float| float as i128)
    })
}

fn matches(pattern: &str, text: &str) -> bool {
    COMPILED
        .get(pattern)
        .is_none_or(|regex| regex.is_match(text))
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
    texts
        .flatten()
        .filter_map(|pattern| Regex::new(pattern).ok().map(|regex| (*pattern, regex)))
        .collect()
});

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{data_type, req};

    /// Path, kind and charge of every violation in a `ServiceSecurity` that the invoker sends.
    fn found(body: &Value) -> Vec<(String, ViolationKind, &'static str)> {
        violations(check_json(
            data_type!("ServiceSecurity"),
            Release::Rel18,
            req!("29222-5.6.2.2.2-01"),
            body.to_string().as_bytes(),
        ))
    }

    fn found_in_form(release: Release, body: &str) -> Vec<(String, ViolationKind, &'static str)> {
        let charge = req!("29222-5.6.2.1-02");
        violations(check_form(
            data_type!("AccessTokenReq"),
            release,
            charge,
            body.as_bytes(),
        ))
    }

    fn violations<T>(checked: Checked<T>) -> Vec<(String, ViolationKind, &'static str)> {
        let facts = checked.violations.into_iter();
        facts
            .map(|found| (found.path, found.kind, found.requirement.as_str()))
            .collect()
    }

    fn security(entry: &Value) -> Value {
        json!({"notificationDestination": "https://invoker.example/n", "securityInfo": [entry]})
    }

    #[test]
    fn a_correct_body_passes_with_its_extensions() {
        let entry =
            json!({"aefId": "aef-1", "prefSecurityMethods": ["OAUTH", "VENDOR"], "vendor-x": 1});
        assert_eq!(found(&security(&entry)), []);
    }

    #[test]
    fn each_way_to_be_wrong_is_found_where_it_is() {
        use ViolationKind::{
            EmptyArray, Missing, NotExactlyOne, OutOfBounds, PatternMismatch, WrongType,
        };
        let (whole, part) = ("29222-8.5.4.2.2-01", "29222-8.5.4.2.3-01");
        let at = |path: &str, kind, charge| vec![(path.to_owned(), kind, charge)];
        let pref = json!(["PKI"]);
        let cases = [
            (json!([]), at("", WrongType, whole)),
            (
                json!({"securityInfo": [], "notificationDestination": "x"}),
                at("securityInfo", EmptyArray, whole),
            ),
            (
                json!({"securityInfo": [{"aefId": "a", "prefSecurityMethods": pref}]}),
                at("notificationDestination", Missing, whole),
            ),
            (
                security(&json!({"aefId": "a"})),
                at("securityInfo[0].prefSecurityMethods", Missing, part),
            ),
            (
                security(&json!({"aefId": 1, "prefSecurityMethods": pref})),
                at("securityInfo[0].aefId", WrongType, part),
            ),
            (
                security(&json!({"prefSecurityMethods": pref})),
                at("securityInfo[0]", NotExactlyOne, part),
            ),
            (
                security(
                    &json!({"aefId": "a", "interfaceDetails": {"ipv4Addr": "10.0.0.1"}, "prefSecurityMethods": pref}),
                ),
                at("securityInfo[0]", NotExactlyOne, part),
            ),
            (
                security(
                    &json!({"interfaceDetails": {"ipv4Addr": "10.0.0.1", "port": 65536}, "prefSecurityMethods": pref}),
                ),
                at("securityInfo[0].interfaceDetails.port", OutOfBounds, part),
            ),
            (
                security(&json!({"interfaceDetails": {"fqdn": "-"}, "prefSecurityMethods": pref})),
                vec![
                    (
                        "securityInfo[0].interfaceDetails.fqdn".to_owned(),
                        PatternMismatch,
                        part,
                    ),
                    (
                        "securityInfo[0].interfaceDetails.fqdn".to_owned(),
                        OutOfBounds,
                        part,
                    ),
                ],
            ),
        ];
        for (body, expected) in cases {
            assert_eq!(found(&body), expected, "{body}");
        }
    }

    #[test]
    fn the_sender_decides_what_is_charged() {
        let body = br#"{"apiInvokerId":"1","apiIds":["a"]}"#;
        let charged = |charge| {
            let checked = check_json(
                data_type!("SecurityNotification"),
                Release::Rel18,
                charge,
                body,
            );
            checked.violations[0].requirement.as_str()
        };
        assert_eq!(charged(req!("29222-8.5.3.2-01")), "29222-8.5.4.2.5-01");
        assert_eq!(charged(req!("23222-8.23.3-02")), "23222-8.23.2-01");
        assert_eq!(charged(req!("29222-5.6.2.2.2-01")), "29222-5.6.2.2.2-01");
    }

    #[test]
    fn duplicates_and_other_formats_are_violations() {
        let check = |octets: &[u8]| {
            violations(check_json(
                data_type!("AccessTokenErr"),
                Release::Rel18,
                req!("29222-8.5.4.2.9-01"),
                octets,
            ))
        };
        let duplicate = check(br#"{"error":"invalid_scope","error":"invalid_grant"}"#);
        assert_eq!(
            duplicate,
            [(
                "error".to_owned(),
                ViolationKind::DuplicateMember,
                "29222-8.5.4.2.9-01"
            )]
        );
        assert_eq!(check(b"no")[0].1, ViolationKind::NotJson);
        assert_eq!(check(b"")[0].1, ViolationKind::NotJson);
        assert_eq!(
            check(br#"{"error":"access_denied"}"#)[0].1,
            ViolationKind::NotInEnum
        );
    }

    #[test]
    fn a_form_is_held_to_its_fields() {
        use ViolationKind::{DuplicateMember, Missing, NotForm, NotInEnum};
        let charge = "29222-8.5.4.2.6-01";
        let one = |name: &str, kind| vec![(name.to_owned(), kind, charge)];
        let rel18 = |body| found_in_form(Release::Rel18, body);
        assert_eq!(rel18("grant_type=client_credentials&client_id=1&x=y"), []);
        assert_eq!(
            rel18("grant_type=client_credentials"),
            one("client_id", Missing)
        );
        assert_eq!(rel18("grant_type=&client_id=1"), one("grant_type", Missing));
        assert_eq!(
            rel18("grant_type=password&client_id=1"),
            one("grant_type", NotInEnum)
        );
        assert_eq!(
            rel18("grant_type=client_credentials&client_id=1&client_id=1"),
            one("client_id", DuplicateMember)
        );
        assert_eq!(rel18("{}"), one("", NotForm));
    }

    #[test]
    fn the_release_decides_which_values_are_known() {
        let body = "grant_type=authorization_code&client_id=1";
        assert_eq!(
            found_in_form(Release::Rel17, body)[0].1,
            ViolationKind::NotInEnum
        );
        assert_eq!(found_in_form(Release::Rel19, body), []);
    }

    #[test]
    fn an_alternative_must_fit() {
        let check = |release, owner: Value| {
            let claims = json!({"iss": "1", "scope": "3gpp#a:b", "exp": 1, "resOwnerId": owner});
            let charge = req!("33122-C.2.1-01");
            violations(check_json(
                data_type!("AccessTokenClaims"),
                release,
                charge,
                claims.to_string().as_bytes(),
            ))
        };
        assert_eq!(check(Release::Rel18, json!("msisdn-123456")), []);
        assert_eq!(check(Release::Rel18, json!({"gpsi": "msisdn-123456"})), []);
        assert_eq!(
            check(Release::Rel18, json!(7))[0].1,
            ViolationKind::NoAlternative
        );
        assert_eq!(
            check(Release::Rel19, json!("msisdn-123456"))[0].1,
            ViolationKind::WrongType
        );
        assert_eq!(
            check(Release::Rel19, json!({}))[0].1,
            ViolationKind::NoneOfGroup
        );
    }

    #[test]
    fn whole_numbers_are_integers_however_written() {
        let check = |number: &str| {
            let body = format!(r#"{{"iss":"1","scope":"s","exp":{number}}}"#);
            let charge = req!("33122-C.2.1-01");
            violations(check_json(
                data_type!("AccessTokenClaims"),
                Release::Rel18,
                charge,
                body.as_bytes(),
            ))
        };
        assert_eq!(check("1700000000"), []);
        assert_eq!(check("17e8"), []);
        assert_eq!(
            check("1.5"),
            [(
                "exp".to_owned(),
                ViolationKind::WrongType,
                "29222-8.5.4.2.8-02"
            )]
        );
        assert_eq!(
            check("-1"),
            [(
                "exp".to_owned(),
                ViolationKind::OutOfBounds,
                "29222-8.5.4.2.8-02"
            )]
        );
        assert_eq!(check("\"1\"")[0].1, ViolationKind::WrongType);
    }

    #[test]
    fn no_secret_is_shown() {
        let body = br#"{"grant_type":{"a":"s3cret"},"access_token":["s3cret"],"token_type":"Bearer","expires_in":"s3cret"}"#;
        let checked = check_json(
            data_type!("AccessTokenRsp"),
            Release::Rel18,
            req!("29222-8.5.4.2.7-01"),
            body,
        );
        assert_eq!(checked.violations.len(), 2);
        assert!(
            checked
                .violations
                .iter()
                .all(|found| !found.to_string().contains("s3cret"))
        );
    }

    #[test]
    fn every_pattern_compiles_and_dates_are_dates() {
        for name in TypeName::all() {
            if let Shape::Text(text) = &name.facts().shape {
                assert!(
                    text.patterns
                        .iter()
                        .all(|pattern| COMPILED.contains_key(pattern)),
                    "{name}"
                );
            }
        }
        let Shape::Text(date) = &data_type!("DateTime").facts().shape else {
            panic!("no text")
        };
        let fits = |text: &str| matches(date.patterns[0], text);
        assert!(fits("2026-11-21T09:35:00Z") && fits("2026-11-21T09:35:00.123+01:00"));
        assert!(
            !fits("2026-11-21 09:35:00Z")
                && !fits("2026-11-21T09:35:00")
                && !fits("2026-13-01T00:00:00Z")
        );
    }
}
