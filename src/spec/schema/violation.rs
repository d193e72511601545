//! One way in which a body breaks the schema facts.

use std::fmt;

use serde_json::Value;

use crate::spec::RequirementId;

/// One way in which a body breaks the schema facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, such as `securityInfo[0].aefId`; empty for the body itself.
    pub path: String,
    /// What kind of thing is wrong.
    pub kind: ViolationKind,
    /// What the facts ask for.
    pub expected: String,
    /// What is there. Strings are shown only where they are values of a list or a pattern, so that no secret is.
    pub observed: String,
    /// The requirement it is charged to.
    pub requirement: RequirementId,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.path.is_empty() { "the body" } else { &self.path };
        write!(f, "{place}: expected {}, observed {}", self.expected, self.observed)
    }
}

/// The kinds of violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ViolationKind {
    /// The body is no JSON text.
    NotJson,
    /// The body is no form.
    NotForm,
    /// A name occurs twice in an object or form.
    DuplicateMember,
    /// A required member is absent.
    Missing,
    /// A value has another JSON type.
    WrongType,
    /// A list that must have an element has none.
    EmptyArray,
    /// A value of a closed list is none of it.
    NotInEnum,
    /// A string does not have the form asked for.
    PatternMismatch,
    /// A number or a length is too small or too great.
    OutOfBounds,
    /// None, or more than one, of members that exclude each other.
    NotExactlyOne,
    /// None of members of which one must be there.
    NoneOfGroup,
    /// None of the alternatives fits.
    NoAlternative,
}

/// What a JSON value is, without showing what a string holds.
pub(super) fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a string".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// A value of a list or pattern, cut where it is long.
pub(super) fn shown(text: &str) -> String {
    let cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}
