//! JSON with its duplicate members: `serde_json` keeps the last one and says nothing.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A body that is no JSON text (RFC 8259), and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotJson(String);

/// As many duplicates are told: more of them make nothing clearer.
const DUPLICATES_MAX: usize = 32;

/// The value, and the path of members that occur again in their object.
///
/// # Errors
/// When the octets are not one JSON text.
pub fn read_json(octets: &[u8]) -> Result<(Value, Vec<String>), NotJson> {
    let duplicates = RefCell::new(Vec::new());
    let mut reader = serde_json::Deserializer::from_slice(octets);
    let value = Reader { place: Place::Root, duplicates: &duplicates }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| NotJson(error.to_string()))?;
    Ok((value, duplicates.into_inner()))
}

/// The path of a member of the object at `path`.
pub(super) fn member(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Where a value stands. Put into words only when asked: a peer may send a long name with very many elements in it.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Member(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn path(self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(object, name) => member(&object.path(), name),
            Self::Element(list, at) => format!("{}[{at}]", list.path()),
        }
    }
}

struct Reader<'a> {
    place: Place<'a>,
    duplicates: &'a RefCell<Vec<String>>,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements
            .next_element_seed(Reader { place: Place::Element(&self.place, list.len()), duplicates: self.duplicates })?
        {
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let place = Place::Member(&self.place, &name);
            let value = members.next_value_seed(Reader { place, duplicates: self.duplicates })?;
            if object.contains_key(&name) && self.duplicates.borrow().len() < DUPLICATES_MAX {
                self.duplicates.borrow_mut().push(place.path());
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_are_found_at_any_depth() {
        let (value, duplicates) = read_json(br#"{"a":1,"b":[{"c":1},{"c":1,"d":{"e":1,"e":2}}],"a":"x"}"#).unwrap();
        assert_eq!(duplicates, ["b[1].d.e", "a"]);
        assert_eq!(value, serde_json::json!({"a": "x", "b": [{"c": 1}, {"c": 1, "d": {"e": 2}}]}));
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let text = r#"{"n":null,"t":true,"i":-1,"u":18446744073709551615,"f":0.5,"s":"\u00fc"}"#;
        assert_eq!(read_json(text.as_bytes()).unwrap(), (serde_json::from_str(text).unwrap(), Vec::new()));
    }

    #[test]
    fn what_is_not_one_json_text_is_refused() {
        for octets in [&b""[..], b"{", b"{} {}", b"\xff", b"'a'", b"<html>", b"\xef\xbb\xbf{}"] {
            assert!(read_json(octets).is_err(), "{octets:?}");
        }
    }
}
