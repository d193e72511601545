//! Where a key stands in a target file.

use std::fmt;

use toml::de::{DeTable, DeValue};

/// Line and column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

impl Place {
    /// Where a key such as `ccf.trust.roots` begins; where the table begins that it is missing from, where it is not there.
    /// The tables of an array are counted from 1: `aef.api.2.name`.
    pub(super) fn start(key: &str, file: &DeTable<'_>) -> usize {
        let mut start = 0;
        let mut value: Option<&DeValue<'_>> = None;
        for name in key.split('.') {
            let found = match value {
                None => in_table(file, name),
                Some(DeValue::Table(table)) => in_table(table, name),
                Some(DeValue::Array(items)) => name
                    .parse::<usize>()
                    .ok()
                    .and_then(|count| items.get(count.checked_sub(1)?))
                    .map(|item| (item.span().start, item.get_ref())),
                Some(_) => None,
            };
            let Some((begin, inner)) = found else {
                break;
            };
            start = begin;
            value = Some(inner);
        }
        start
    }

    /// The place of an offset.
    pub(super) fn at(offset: usize, text: &str) -> Self {
        let before = text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }
}

/// Where a key of a table begins, and its value.
fn in_table<'t>(table: &'t DeTable<'_>, name: &str) -> Option<(usize, &'t DeValue<'t>)> {
    let (known, value) = table.iter().find(|(known, _)| known.get_ref() == name)?;
    Some((known.span().start, value.get_ref()))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_and_a_missing_one_is_where_it_belongs() {
        let text = "name = \"x\"\n[ccf]\n  url = \"y\"\ntokens = { key = \"pem\" }\n[ccf.trust]\nroots = []\n\
                    [[aef.api]]\nname = \"a\"\n[[aef.api]]\nrequest = { path = \"/\" }\n";
        let file = DeTable::parse(text).unwrap();
        let place = |key: &str| Place::at(Place::start(key, file.get_ref()), text).to_string();
        assert_eq!(place("ccf.url"), "3:3");
        assert_eq!(place("ccf.tokens.key"), "4:12");
        assert_eq!(place("ccf.trust.roots"), "6:1");
        assert_eq!(place("ccf.onboarding.token"), "2:2");
        assert_eq!(place("schema"), "1:1");
        assert_eq!(place("aef.api.2.request.path"), "10:13");
        assert_eq!((place("aef.api.1.id"), place("aef.api.3.name")), ("7:1".to_owned(), "7:7".to_owned()));
    }
}
