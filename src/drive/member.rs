//! Changing one member of a body: a parameter of a form, or a member of a JSON object wherever it lies.

use serde_json::Value;

use super::deviation::{Change, Identifiers, Inapplicable, identifier, secret};
use super::stimulus::Body;

/// Path of a member, as a tester writes it: `securityInfo[0].aefId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPath(pub String);

pub(super) fn change_member(
    body: &mut Body,
    path: &MemberPath,
    change: &Change,
    known: &dyn Identifiers,
) -> Result<(), Inapplicable> {
    match body {
        Body::Form(pairs) => change_parameter(pairs, &path.0, change, known),
        Body::Json(value) => change_json(value, path, change, known),
        Body::Empty | Body::Raw { .. } => Err(Inapplicable::OtherBody("JSON or form")),
    }
}

fn change_parameter(
    pairs: &mut Vec<(String, String)>,
    name: &str,
    change: &Change,
    known: &dyn Identifiers,
) -> Result<(), Inapplicable> {
    let position = pairs.iter().position(|(each, _)| each == name);
    let old = position.map(|at| pairs[at].1.clone());
    match change {
        Change::LeftOut => {
            let at = position.ok_or_else(|| Inapplicable::NoSuchMember(name.to_owned()))?;
            pairs.remove(at);
        }
        Change::Twice => {
            let value = old.ok_or_else(|| Inapplicable::NoSuchMember(name.to_owned()))?;
            pairs.push((name.to_owned(), value));
        }
        Change::Empty
        | Change::Text(_)
        | Change::Number(_)
        | Change::IdentifierOf(_)
        | Change::SecretOf(_)
        | Change::CaseChanged
        | Change::LeadingBlank
        | Change::TrailingBlank
        | Change::CutShort
        | Change::LetterBefore
        | Change::Added(_) => {
            let value = new_text(old.as_deref(), change, name, known)?;
            match position {
                Some(at) => pairs[at].1 = value,
                None => pairs.push((name.to_owned(), value)),
            }
        }
    }
    Ok(())
}

fn new_text(old: Option<&str>, change: &Change, name: &str, known: &dyn Identifiers) -> Result<String, Inapplicable> {
    let present = || old.ok_or_else(|| Inapplicable::NoSuchMember(name.to_owned()));
    Ok(match change {
        Change::LeftOut | Change::Empty => String::new(),
        Change::Twice => present()?.to_owned(),
        Change::Text(text) | Change::Added(text) => text.clone(),
        Change::Number(number) => number.to_string(),
        Change::IdentifierOf(subject) => identifier(subject, known)?,
        Change::SecretOf(subject) => secret(subject, known)?,
        Change::CaseChanged => present()?.chars().map(other_case).collect(),
        Change::LeadingBlank => format!(" {}", present()?),
        Change::TrailingBlank => format!("{} ", present()?),
        Change::CutShort => {
            let mut kept: String = present()?.to_owned();
            kept.pop();
            kept
        }
        Change::LetterBefore => format!("x{}", present()?),
    })
}

/// The letter in the other case; what has none stays.
pub(super) fn other_case(letter: char) -> char {
    if letter.is_ascii_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() }
}

fn change_json(
    root: &mut Value,
    path: &MemberPath,
    change: &Change,
    known: &dyn Identifiers,
) -> Result<(), Inapplicable> {
    let missing = || Inapplicable::NoSuchMember(path.0.clone());
    let (parent_pointer, member) = path.pointer();
    let parent = root.pointer_mut(&parent_pointer).and_then(Value::as_object_mut).ok_or_else(missing)?;
    let old = parent.get(&member).cloned();
    let new = match change {
        Change::LeftOut => {
            return parent.shift_remove(&member).map(|_| ()).ok_or_else(missing);
        }
        Change::Twice => return Err(Inapplicable::OtherBody("form")),
        Change::Number(number) => Value::from(*number),
        Change::Empty => match old.ok_or_else(missing)? {
            Value::Array(_) => Value::Array(Vec::new()),
            Value::Object(_) => Value::Object(serde_json::Map::new()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::String(String::new()),
        },
        Change::Text(_)
        | Change::IdentifierOf(_)
        | Change::SecretOf(_)
        | Change::CaseChanged
        | Change::LeadingBlank
        | Change::TrailingBlank
        | Change::CutShort
        | Change::LetterBefore
        | Change::Added(_) => Value::String(new_text(old.as_ref().and_then(Value::as_str), change, &path.0, known)?),
    };
    parent.insert(member, new);
    Ok(())
}

impl MemberPath {
    /// JSON pointer of the object that holds the member, and the member's name.
    fn pointer(&self) -> (String, String) {
        let slashed = self.0.replace('[', ".").replace(']', "");
        let mut parts: Vec<&str> = slashed.split('.').collect();
        let member = parts.pop().unwrap_or_default().to_owned();
        let parent = parts.iter().map(|part| format!("/{part}")).collect();
        (parent, member)
    }
}
