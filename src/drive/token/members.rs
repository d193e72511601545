//! Members of a JSON object as they are written: in their order, twice where they stand twice, every value as the text
//! it has.
//!
//! A map would lose a second `exp`, and a parsed number may come back as another text; both would be a second deviation.

use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The members, each with the JSON text of its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Members(Vec<(String, String)>);

impl Members {
    /// Reads an object. Nothing where the text is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut json = serde_json::Deserializer::from_str(text);
        let members = json.deserialize_map(Reader).ok()?;
        json.end().ok().map(|()| members)
    }

    /// JSON text of a member; of the last one where there are more (RFC 7519 clause 4).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// A member that is a whole number.
    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// The same with one member of this name, where the first stood, or at the end.
    pub(super) fn with(&self, name: &str, value: impl Into<Value>) -> Self {
        let at = self.0.iter().position(|(each, _)| each == name).unwrap_or(self.0.len());
        let mut changed = self.without(&[name]);
        changed.0.insert(at, (name.to_owned(), value.into().to_string()));
        changed
    }

    /// The same with one more member at the end, whether or not there is one of this name.
    pub(super) fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.push((name.to_owned(), value.into().to_string()));
        self
    }

    /// The same without the members of these names.
    pub(super) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(each, _)| !names.contains(&each.as_str())).cloned().collect())
    }
}

impl fmt::Display for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
        write!(f, "{{{}}}", members.join(","))
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members, A::Error> {
        let mut read = Vec::new();
        while let Some((name, value)) = members.next_entry::<String, Box<RawValue>>()? {
            read.push((name, value.get().to_owned()));
        }
        Ok(Members(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_written_as_they_were_read() {
        let text = r#"{"b":1.50e2,"a":{"z": [1, 2]},"b":123456789012345678901234567890,"\"":"ä\u0041"}"#;
        assert_eq!(Members::read(text).unwrap().to_string(), text);
        for other in ["", "[]", "7", r#""{}""#, "{} x", r#"{"a":}"#] {
            assert_eq!(Members::read(other), None, "{other}");
        }
    }

    #[test]
    fn a_change_leaves_the_others_where_they_are() {
        let members = Members::read(r#"{"a":1,"b":2,"a":3,"c":4}"#).unwrap();
        assert_eq!((members.whole("a"), members.whole("x")), (Some(3), None));
        assert_eq!(members.with("a", "x").to_string(), r#"{"a":"x","b":2,"c":4}"#);
        assert_eq!(members.with("x", 7).to_string(), r#"{"a":1,"b":2,"a":3,"c":4,"x":7}"#);
        assert_eq!(members.without(&["a", "c"]).and("b", 5).to_string(), r#"{"b":2,"b":5}"#);
    }
}
