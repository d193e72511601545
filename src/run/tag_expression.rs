//! Tag expressions: `@sut:ccf and not (@negative or @slow)`.
//!
//! Written here because the parser of the `gherkin` crate reads `a and b or c` as `a and (b or c)`.

use std::fmt;
use std::str::FromStr;

/// A parsed tag expression; tags are kept without their `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagExpression {
    /// The tag is there.
    Tag(String),
    /// It does not hold.
    Not(Box<Self>),
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// One of them holds.
    Or(Box<Self>, Box<Self>),
}

/// What is wrong with a tag expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tag expression `{text}`: {what}; write for instance `@sut:ccf and not @negative`")]
pub struct BadTagExpression {
    text: String,
    what: String,
}

impl TagExpression {
    /// Whether a scenario with these tags (with or without `@`) is meant.
    #[must_use]
    pub fn holds(&self, tags: &[String]) -> bool {
        match self {
            Self::Tag(name) => tags.iter().any(|tag| tag.trim_start_matches('@') == name),
            Self::Not(inner) => !inner.holds(tags),
            Self::And(left, right) => left.holds(tags) && right.holds(tags),
            Self::Or(left, right) => left.holds(tags) || right.holds(tags),
        }
    }
}

/// In brackets throughout, so that it reads back as it was understood.
impl fmt::Display for TagExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(name) => write!(f, "@{name}"),
            Self::Not(inner) => write!(f, "not {inner}"),
            Self::And(left, right) => write!(f, "({left} and {right})"),
            Self::Or(left, right) => write!(f, "({left} or {right})"),
        }
    }
}

impl FromStr for TagExpression {
    type Err = BadTagExpression;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
        let bad = |what: String| BadTagExpression { text: text.to_owned(), what };
        let expression = disjunction(&mut words).map_err(bad)?;
        match words.pop() {
            None => Ok(expression),
            Some(word) => Err(bad(format!("`{word}` is not expected there"))),
        }
    }
}

fn disjunction(words: &mut Vec<&str>) -> Result<TagExpression, String> {
    let mut left = conjunction(words)?;
    while words.pop_if(|word| *word == "or").is_some() {
        left = TagExpression::Or(Box::new(left), Box::new(conjunction(words)?));
    }
    Ok(left)
}

fn conjunction(words: &mut Vec<&str>) -> Result<TagExpression, String> {
    let mut left = single(words)?;
    while words.pop_if(|word| *word == "and").is_some() {
        left = TagExpression::And(Box::new(left), Box::new(single(words)?));
    }
    Ok(left)
}

fn single(words: &mut Vec<&str>) -> Result<TagExpression, String> {
    match words.pop() {
        None => Err("it ends where a tag is expected".to_owned()),
        Some("not") => single(words).map(|inner| TagExpression::Not(Box::new(inner))),
        Some("(") => {
            let inner = disjunction(words)?;
            if words.pop() == Some(")") { Ok(inner) } else { Err("a bracket is not closed".to_owned()) }
        }
        Some(word) => match word.strip_prefix('@') {
            Some(name) if !name.is_empty() => Ok(TagExpression::Tag(name.to_owned())),
            _ => Err(format!("`{word}` is no tag; tags begin with @")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &str, tags: &[&str]) -> bool {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        expression.parse::<TagExpression>().unwrap().holds(&tags)
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert!(holds("@a and @b or @c", &["c"]));
        assert!(!holds("@a and (@b or @c)", &["c"]));
        assert!(holds("not @a and not @b", &["c"]));
        assert!(holds("@sut:ccf and not @negative", &["@sut:ccf"]));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, part) in [("@a and", "ends"), ("a", "no tag"), ("(@a", "not closed"), ("@a @b", "not expected")] {
            let error = text.parse::<TagExpression>().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
