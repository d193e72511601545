//! Identifiers of the front in the place of those that the reference core function gave.

use serde_json::Value;

/// Attributes whose values are identifiers, and the kinds of things that they identify.
const IDENTIFIERS: [(&str, Kind); 4] = [
    ("apiInvokerId", Kind::Invoker),
    ("apiProvFuncId", Kind::Function),
    ("apiProvDomId", Kind::Domain),
    ("apiId", Kind::Api),
];

/// What is identified.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Invoker,
    Function,
    Domain,
    Api,
}

/// Both names of everything, theirs and the front's.
#[derive(Default)]
pub(crate) struct Mapping(Vec<(String, String)>);

impl Mapping {
    /// Takes up the identifiers of an answer.
    pub(crate) fn learn(&mut self, value: &Value, form: fn(Kind, &str) -> String) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let kind = IDENTIFIERS.iter().find(|(known, _)| known == name);
                    if let (Some((_, kind)), Some(id)) = (kind, member.as_str())
                        && !self.0.iter().any(|(theirs, _)| theirs == id)
                    {
                        self.0.push((id.to_owned(), form(*kind, id)));
                    }
                    self.learn(member, form);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn(item, form)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    pub(crate) fn outwards(&self, value: &mut Value) {
        each_text(value, &|text| self.text_outwards(text));
    }

    pub(crate) fn inwards(&self, value: &mut Value) {
        each_text(value, &|text| self.text_inwards(text));
    }

    pub(crate) fn text_outwards(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (theirs, own)| if theirs == own { text } else { text.replace(theirs, own) })
    }

    pub(crate) fn text_inwards(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (theirs, own)| if theirs == own { text } else { text.replace(own, theirs) })
    }

    /// A path, each segment encoded.
    pub(crate) fn path_outwards(&self, path: &str) -> String {
        let segments: Vec<String> = path.split('/').map(|segment| encoded(&self.text_outwards(segment))).collect();
        segments.join("/")
    }
}

fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(members) => members.values_mut().for_each(|member| each_text(member, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Everything but unreserved characters percent-encoded.
pub(crate) fn encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escape = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
