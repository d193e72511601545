//! Bodies as a front takes them apart.

use serde_json::Value;

use super::mapping::{decoded, encoded};

/// A body, as far as the front understands it.
pub(super) enum Content {
    Json(Value),
    Form(Vec<(String, String)>),
    Raw(Vec<u8>),
}

impl Content {
    pub(super) fn of(bytes: &[u8], media: Option<&str>) -> Self {
        let form = media.is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"));
        match serde_json::from_slice(bytes) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => Self::Json(value),
            _ if form => {
                let text = String::from_utf8_lossy(bytes).replace('+', " ");
                let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
                Self::Form(pairs.map(|(name, value)| (decoded(name), decoded(value))).collect())
            }
            _ => Self::Raw(bytes.to_vec()),
        }
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Form(pairs) => {
                let pairs: Vec<String> =
                    pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
                pairs.join("&").into_bytes()
            }
            Self::Raw(bytes) => bytes,
        }
    }
}

pub(super) fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut changed = object.clone();
    changed[name] = value;
    changed
}

pub(super) fn each_member(value: &mut Value, act: &mut dyn FnMut(&str, &mut Value)) {
    each_object(value, &mut |object| {
        for (name, member) in object.iter_mut() {
            act(name, member);
        }
    });
}

pub(super) fn each_object(value: &mut Value, act: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            act(object);
            object.values_mut().for_each(|member| each_object(member, act));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_object(item, act)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
