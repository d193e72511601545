//! The data types as tables, and names for them that cannot be invented.

use std::fmt;
use std::str::FromStr;

use crate::spec::{ReadingId, Release, RequirementId, UnknownWord, nearest, same};

include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// The name of a listed data type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeName(u16);

impl TypeName {
    /// Every data type.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> + Clone {
        DATA_TYPES.iter().map(|row| row.name)
    }

    /// The type that is spelt like this. Use `data_type!`.
    ///
    /// # Panics
    /// When there is none: a compile error, since `data_type!` evaluates it in a constant.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler only, where a panic is the compile error wanted")]
    pub const fn listed(name: &str) -> Self {
        let mut at = 0;
        while at < TYPE_NAMES.len() {
            if same(TYPE_NAMES[at], name) {
                return DATA_TYPES[at].name;
            }
            at += 1;
        }
        panic!("no [[type]] in fixtures/schemas/ has this name")
    }

    /// The name as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        TYPE_NAMES[self.0 as usize]
    }

    /// What is known about the type.
    #[must_use]
    pub const fn facts(self) -> &'static DataType {
        &DATA_TYPES[self.0 as usize]
    }
}

impl fmt::Display for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for TypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeName({self})")
    }
}

impl FromStr for TypeName {
    type Err = UnknownWord;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        Self::all().find(|name| name.as_str() == given).ok_or_else(|| UnknownWord {
            what: "data type",
            given: given.to_owned(),
            nearest: nearest(given, TYPE_NAMES),
        })
    }
}

/// One data type.
#[derive(Debug)]
pub struct DataType {
    /// Its name.
    pub name: TypeName,
    /// First release that has it.
    pub since: Release,
    /// Last release that has it.
    pub until: Option<Release>,
    /// The requirements that a violation is charged to, one for each role that sends the type.
    pub charge: &'static [RequirementId],
    /// The reading that makes it more lenient than the `OpenAPI` file.
    pub reading: Option<ReadingId>,
    /// What its values look like.
    pub shape: Shape,
}

/// What the values of a type look like.
#[derive(Debug)]
pub enum Shape {
    /// A JSON object.
    Object(Members),
    /// Fields of an `application/x-www-form-urlencoded` body.
    Form(Members),
    /// A string.
    Text(Text),
    /// A whole number.
    Integer {
        /// Least value.
        min: Option<i64>,
        /// Greatest value.
        max: Option<i64>,
    },
    /// True or false.
    Boolean,
    /// Anything.
    Any,
    /// An object that is not looked into.
    AnyObject,
    /// A list.
    List(TypeName),
    /// At least one of the alternatives fits.
    OneOf(&'static [TypeName]),
}

/// The members of an object or form.
#[derive(Debug)]
pub struct Members {
    /// Its fields.
    pub fields: &'static [Field],
    /// Fields that depend on one another.
    pub groups: &'static [Group],
}

impl Members {
    /// The fields that the release has.
    pub fn fields_in(&self, release: Release) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().filter(move |field| field.is_in(release))
    }
}

/// One field. A name may come twice, for releases that do not overlap.
#[derive(Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub content: Content,
    /// Whether it must be there.
    pub required: bool,
    /// First release that has it.
    pub since: Release,
    /// Last release that has it.
    pub until: Option<Release>,
    /// The requirements that a violation is charged to instead of those of the type.
    pub charge: &'static [RequirementId],
    /// The reading that makes it more lenient than the `OpenAPI` file.
    pub reading: Option<ReadingId>,
}

impl Field {
    /// Whether the release has it.
    #[must_use]
    pub fn is_in(&self, release: Release) -> bool {
        self.since <= release && self.until.is_none_or(|until| release <= until)
    }
}

/// One value or a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// One value.
    One(TypeName),
    /// A JSON array.
    Many {
        /// Type of the elements.
        of: TypeName,
        /// Whether it may be empty.
        may_be_empty: bool,
    },
}

impl Content {
    /// The type of the value or of each element.
    #[must_use]
    pub const fn type_name(self) -> TypeName {
        match self {
            Self::One(name) | Self::Many { of: name, .. } => name,
        }
    }
}

impl From<TypeName> for Content {
    fn from(name: TypeName) -> Self {
        Self::One(name)
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name) => name.fmt(f),
            Self::Many { of, .. } => write!(f, "array of {of}"),
        }
    }
}

/// Fields of which a number must be there.
#[derive(Debug)]
pub struct Group {
    /// How many.
    pub rule: GroupRule,
    /// Names of the fields.
    pub members: &'static [&'static str],
    /// The requirements that a violation is charged to instead of those of the type.
    pub charge: &'static [RequirementId],
}

/// How many fields of a group must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupRule {
    /// One and no more.
    ExactlyOne,
    /// One or more.
    AtLeastOne,
}

/// What a string may be.
#[derive(Debug)]
pub struct Text {
    /// Values it can take; empty means any.
    pub values: &'static [Value],
    /// Whether other values are right too.
    pub open: bool,
    /// Regular expressions that all match.
    pub patterns: &'static [&'static str],
    /// Least number of characters.
    pub min_length: Option<usize>,
    /// Greatest number of characters.
    pub max_length: Option<usize>,
    /// Whether null is right too.
    pub nullable: bool,
}

impl Text {
    /// The values that the release lists.
    pub fn values_in(&self, release: Release) -> impl Iterator<Item = &'static str> + use<> {
        self.values.iter().filter(move |value| value.since <= release).map(|value| value.name)
    }
}

/// A value that a string can take.
#[derive(Debug)]
pub struct Value {
    /// The value.
    pub name: &'static str,
    /// First release that has it.
    pub since: Release,
    /// The reading that makes it more lenient than the `OpenAPI` file.
    pub reading: Option<ReadingId>,
}

/// The fields that a type has in a release. The difference between two releases is the difference of the two answers.
pub fn fields(name: TypeName, release: Release) -> impl Iterator<Item = &'static Field> {
    let members = match &name.facts().shape {
        Shape::Object(members) | Shape::Form(members) => Some(members),
        Shape::Text(_)
        | Shape::Integer { .. }
        | Shape::Boolean
        | Shape::Any
        | Shape::AnyObject
        | Shape::List(_)
        | Shape::OneOf(_) => None,
    };
    members.into_iter().flat_map(move |members| members.fields_in(release))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_type;

    #[test]
    fn releases_differ_by_their_fields() {
        let names = |release| -> Vec<&str> {
            fields(data_type!("SecurityInformation"), release).map(|field| field.name).collect()
        };
        assert!(names(Release::Rel18).contains(&"authorizationFlow") && !names(Release::Rel18).contains(&"grantType"));
        assert!(names(Release::Rel19).contains(&"grantType") && !names(Release::Rel19).contains(&"authorizationFlow"));
        assert!(!names(Release::Rel16).contains(&"apiId"));
    }

    #[test]
    fn no_field_is_there_twice_in_a_release() {
        for name in TypeName::all() {
            for release in Release::ALL {
                let mut names: Vec<&str> = fields(name, *release).map(|field| field.name).collect();
                let all = names.len();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), all, "{name} in release {release}");
            }
        }
    }

    #[test]
    fn an_unknown_type_is_told_with_the_nearest_one() {
        let error = "ServiceSecuritty".parse::<TypeName>().unwrap_err();
        assert_eq!(error.nearest, Some("ServiceSecurity"));
    }
}
