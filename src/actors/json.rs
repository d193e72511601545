//! Reading JSON into what it means: every miss names the attribute, for `invalidParams` (TS 29.122 5.2.6).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// An attribute that is not as the data model wants it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{param}: {reason}")]
pub(super) struct Invalid {
    /// The attribute, as a path from the root of the body.
    pub(super) param: String,
    /// What is wrong with it.
    pub(super) reason: &'static str,
}

impl Invalid {
    /// A miss at this attribute.
    pub(super) fn new(param: &str, reason: &'static str) -> Self {
        Self { param: param.to_owned(), reason }
    }
}

/// The members of a JSON object, the first where one stands twice, and the names of those that do.
pub(super) fn first_members(text: &str) -> Option<(Map<String, Value>, Vec<String>)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = FirstMembers.deserialize(&mut reader).ok()?;
    reader.end().ok().map(|()| read)
}

struct FirstMembers;

impl<'de> DeserializeSeed<'de> for FirstMembers {
    type Value = (Map<String, Value>, Vec<String>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FirstMembers {
    type Value = (Map<String, Value>, Vec<String>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut first, mut twice) = (Map::new(), Vec::new());
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            match first.entry(name) {
                Entry::Vacant(free) => drop(free.insert(value)),
                Entry::Occupied(taken) => twice.push(taken.key().clone()),
            }
        }
        Ok((first, twice))
    }
}

/// A JSON object that is being read, with the path that leads to it.
pub(super) struct Object<'a> {
    path: String,
    members: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The object at this path; the root has an empty one.
    pub(super) fn new(value: &'a Value, path: &str) -> Result<Self, Invalid> {
        let members = value.as_object().ok_or_else(|| Invalid::new(path, "is no object"))?;
        Ok(Self { path: path.to_owned(), members })
    }

    /// The members as they are.
    pub(super) fn members(&self) -> &'a Map<String, Value> {
        self.members
    }

    /// A miss at a member.
    pub(super) fn invalid(&self, name: &str, reason: &'static str) -> Invalid {
        Invalid::new(&self.at(name), reason)
    }

    /// A member that may be there.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    /// A string that may be there.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Invalid> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| self.invalid(name, "is no string"))?;
        Ok(Some(text.to_owned()))
    }

    /// A string that must be there.
    pub(super) fn required_text(&self, name: &str) -> Result<String, Invalid> {
        self.text(name)?.ok_or_else(|| self.invalid(name, "is missing"))
    }

    /// A number that may be there.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Invalid> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_u64().ok_or_else(|| self.invalid(name, "is no whole number"))?;
        Ok(Some(number))
    }

    /// An object that may be there.
    pub(super) fn object(&self, name: &str) -> Result<Option<Object<'a>>, Invalid> {
        self.get(name).map(|value| Object::new(value, &self.at(name))).transpose()
    }

    /// An object that must be there.
    pub(super) fn required_object(&self, name: &str) -> Result<Object<'a>, Invalid> {
        self.object(name)?.ok_or_else(|| self.invalid(name, "is missing"))
    }

    /// The objects of an array; an array that is there has at least one element, as everywhere in TS 29.222.
    pub(super) fn objects(&self, name: &str) -> Result<Option<Vec<Object<'a>>>, Invalid> {
        let Some(elements) = self.elements(name)? else {
            return Ok(None);
        };
        let objects = elements.iter().enumerate();
        objects
            .map(|(at, element)| Object::new(element, &format!("{}[{at}]", self.at(name))))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The strings of an array; an array that is there has at least one element.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Invalid> {
        let Some(elements) = self.elements(name)? else {
            return Ok(None);
        };
        let texts = elements.iter().map(|element| element.as_str().map(str::to_owned));
        texts
            .collect::<Option<Vec<_>>>()
            .map(Some)
            .ok_or_else(|| self.invalid(name, "holds something that is no string"))
    }

    fn elements(&self, name: &str) -> Result<Option<&'a Vec<Value>>, Invalid> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let elements = value.as_array().ok_or_else(|| self.invalid(name, "is no array"))?;
        if elements.is_empty() {
            return Err(self.invalid(name, "is empty"));
        }
        Ok(Some(elements))
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_that_stands_twice_is_found() {
        let (members, twice) = first_members(r#"{"a": 1, "b": {"c": 1}, "a": 2}"#).unwrap();
        assert_eq!((&members["a"], twice), (&json!(1), vec!["a".to_owned()]));
        assert!(first_members(r#"{"a": {"a": 1}}"#).unwrap().1.is_empty());
        assert!(first_members("[]").is_none());
    }

    #[test]
    fn a_miss_names_its_attribute() {
        let body = json!({"list": [{"name": "a"}, {"name": 1}], "none": []});
        let root = Object::new(&body, "").unwrap();
        let list = root.objects("list").unwrap().unwrap();
        assert_eq!(list[0].required_text("name").unwrap(), "a");
        assert_eq!(list[1].text("name").unwrap_err(), Invalid::new("list[1].name", "is no string"));
        assert_eq!(list[1].required_text("id").unwrap_err(), Invalid::new("list[1].id", "is missing"));
        assert_eq!(root.texts("none").unwrap_err(), Invalid::new("none", "is empty"));
        assert_eq!(root.texts("list").unwrap_err().reason, "holds something that is no string");
        assert_eq!(root.texts("absent"), Ok(None));
    }
}
