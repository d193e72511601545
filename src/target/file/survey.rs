//! What a target file comes to, as far as it can be had: for those who say what is wrong with the set-up, or what there is.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{Manner, Reader, TargetError, laid_over, text_of};
use crate::target::keys::Node;
use crate::target::{Origin, Overlay, Target};

/// In the place of an address that is not known: nothing can be there.
pub(super) const NOWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

/// A target file as far as it can be had.
#[derive(Clone, Debug)]
pub struct Survey {
    /// The target. What is unmet is nowhere in it, or empty.
    pub target: Target,
    /// What is not there.
    pub unmet: Vec<Unmet>,
    /// Every value that is said, and every default beside them.
    pub settings: Vec<Setting>,
}

/// Something that is not there now, but may be another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// What kind of thing.
    pub wants: Wants,
    /// The key that wants it.
    pub key: String,
    /// Where that is said.
    pub origin: Origin,
    /// What is missing, and what to do.
    pub why: String,
}

/// What a value can want from outside of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// A name that resolves.
    Name,
    /// A secret.
    Secret,
    /// A file, such as a root certificate. It is missed only where nothing is fetched: what is tried needs it.
    File,
}

/// A value that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// The value, as TOML; of a secret where it comes from.
    pub value: String,
    /// Where it is said.
    pub origin: Origin,
    /// Of a secret, whether there is something where it comes from. What it is is never told.
    pub secret: Option<&'static str>,
    /// Of files that are named, whether one of them is not there yet.
    pub not_there: bool,
}

/// Reads a target file as far as it can be had. With `fetching`, names are resolved and secrets fetched; without, neither
/// is even tried, and a file that it names may not be there yet.
///
/// # Errors
/// Whatever is wrong with the file itself.
pub fn survey(path: &Path, overlay: &Overlay, fetching: bool) -> Result<Survey, TargetError> {
    let text = text_of(path)?;
    let laid = laid_over(path, &text, overlay)?;
    let manner = if fetching { Manner::Survey } else { Manner::Written };
    let reader = Reader::new(path, &text, laid.get_ref(), overlay, manner);
    let target = reader.read(laid.clone())?;
    let mut settings = Vec::new();
    reader.settings("", &Node::root(), laid.get_ref(), &mut settings);
    let unmet = reader.unmet.take();
    let missed = |key: &str| unmet.iter().any(|one| one.wants == Wants::File && one.key == key);
    for setting in &mut settings {
        setting.not_there = missed(&setting.key);
    }
    Ok(Survey { target, unmet, settings })
}

impl Reader<'_> {
    /// The values of a table in the order of the schema, those of its tables after them.
    fn settings(&self, prefix: &str, node: &Node, table: &DeTable<'_>, into: &mut Vec<Setting>) {
        let known: Vec<&str> = node.children().into_iter().map(|(name, _)| name).collect();
        let free = table.keys().map(|name| name.get_ref().as_ref()).filter(|name| !known.contains(name));
        let names: Vec<&str> = known.iter().copied().chain(free).collect();
        let mut tables = Vec::new();
        for name in names {
            let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
            let Some(child) = node.child(name) else { continue };
            match value_at(table, name) {
                Some(DeValue::Table(inner)) if !child.is_secret() => tables.push((key, child, Some(inner))),
                Some(value) => into.push(Setting {
                    origin: self.origin(&key),
                    secret: child.is_secret().then(|| self.state(value)),
                    value: shown(value),
                    not_there: false,
                    key,
                }),
                None if child.is_table() => tables.push((key, child, None)),
                None => into.extend(child.default().map(|value| Setting {
                    origin: Origin::Default,
                    secret: None,
                    value: value.to_string(),
                    not_there: false,
                    key,
                })),
            }
        }
        for (key, child, inner) in tables {
            match inner {
                Some(inner) => self.settings(&key, &child, inner, into),
                // A role that is not there has no values; our own side always has.
                None if ["harness", "timing"].contains(&key.as_str()) => {
                    self.settings(&key, &child, &DeTable::new(), into);
                }
                None => {}
            }
        }
    }
}

impl Reader<'_> {
    /// Whether there is something where a secret comes from.
    fn state(&self, source: &DeValue<'_>) -> &'static str {
        let text = |name| value_at(source.as_table()?, name)?.as_str();
        match (text("env"), text("file")) {
            (Some(name), _) if std::env::var_os(name).is_some() => "set",
            (Some(_), _) => "not set",
            (None, Some(file)) if self.directory().join(file).exists() => "there",
            (None, Some(_)) => "not there",
            (None, None) => "not run",
        }
    }
}

/// The value of a key such as `ccf.url`.
pub(super) fn value_at<'t>(table: &'t DeTable<'_>, key: &str) -> Option<&'t DeValue<'t>> {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let (_, value) = table.iter().find(|(name, _)| name.get_ref() == first)?;
    match rest {
        None => Some(value.get_ref()),
        Some(rest) => value_at(value.get_ref().as_table()?, rest),
    }
}

/// A value as TOML spells it, in one line.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(is) => is.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(item.get_ref())).collect();
            format!("[{}]", items.join(", "))
        }
        DeValue::Table(table) => {
            let entries = table.iter().map(|(name, value)| format!("{} = {}", name.get_ref(), shown(value.get_ref())));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
