//! Reads `fixtures/schemas/*.toml` and writes the table of data types.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::catalogue::Catalogue;
use crate::emit::table;

/// The types of all files, in the order of file names.
pub(crate) struct Schemas(Vec<Type>);

impl Schemas {
    /// Reads and checks every file of the folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
        paths.sort();
        let mut types = Vec::new();
        for path in paths {
            let file: File =
                toml::from_str(&fs::read_to_string(&path)?).map_err(|error| format!("{}: {error}", path.display()))?;
            let file_name = path.display().to_string();
            types.extend(file.types.into_iter().map(|row| Type { file: file_name.clone(), ..row }));
        }
        let schemas = Self(types);
        for (at, row) in schemas.0.iter().enumerate() {
            if schemas.position(&row.name)? != at {
                return Err(format!("{}: type {}: the name is taken", row.file, row.name).into());
            }
        }
        Ok(schemas)
    }

    /// A type as an expression that the rest of the crate can use.
    pub(crate) fn data_type_name(&self, name: &str) -> Result<String, String> {
        self.position(name).map(|_| format!("crate::data_type!({name:?})"))
    }

    fn type_name(&self, name: &str) -> Result<String, String> {
        Ok(format!("TypeName({})", self.position(name)?))
    }

    /// Source of the table of data types.
    pub(crate) fn source(&self, catalogue: &Catalogue) -> Result<String, String> {
        let rows: Result<Vec<String>, String> = self
            .0
            .iter()
            .enumerate()
            .map(|(at, row)| {
                self.data_type(at, row, catalogue)
                    .map_err(|problem| format!("{}: type {}: {problem}", row.file, row.name))
            })
            .collect();
        let names = self.0.iter().map(|row| format!("{:?}", row.name));
        Ok(table("const", "TYPE_NAMES", "&str", names) + &table("static", "DATA_TYPES", "DataType", rows?))
    }

    fn position(&self, name: &str) -> Result<usize, String> {
        self.0.iter().position(|row| row.name == name).ok_or_else(|| format!("there is no type `{name}`"))
    }

    fn data_type(&self, at: usize, row: &Type, catalogue: &Catalogue) -> Result<String, String> {
        Ok(format!(
            "DataType {{ name: TypeName({at}), since: {}, until: {}, charge: {}, reading: {}, shape: Shape::{} }}",
            release(&row.since)?,
            until(row.until.as_deref())?,
            catalogue.ids(&row.charge)?,
            catalogue.reading(row.reading.as_deref())?,
            self.shape(row, catalogue)?
        ))
    }

    fn shape(&self, row: &Type, catalogue: &Catalogue) -> Result<String, String> {
        Ok(match row.kind {
            Kind::Object => format!("Object({})", self.members(row, catalogue)?),
            Kind::Form => format!("Form({})", self.members(row, catalogue)?),
            Kind::Text => format!("Text({})", text(row, catalogue)?),
            Kind::Integer => format!("Integer {{ min: {}, max: {} }}", number(row.min), number(row.max)),
            Kind::Boolean => "Boolean".to_owned(),
            Kind::Any => "Any".to_owned(),
            Kind::AnyObject => "AnyObject".to_owned(),
            Kind::List => format!("List({})", self.type_name(row.of.first().ok_or("a list of nothing")?)?),
            Kind::OneOf => {
                let types: Result<Vec<String>, String> = row.of.iter().map(|name| self.type_name(name)).collect();
                format!("OneOf(&[{}])", types?.join(", "))
            }
        })
    }

    fn members(&self, row: &Type, catalogue: &Catalogue) -> Result<String, String> {
        let mut fields = Vec::new();
        if let Some(parent) = &row.extends {
            let parent = &self.0[self.position(parent)?];
            fields.extend(&parent.fields);
        }
        fields.extend(&row.fields);
        let mut groups = Vec::new();
        for (rule, members, charge) in
            [("ExactlyOne", &row.exactly_one, &row.exactly_one_charge), ("AtLeastOne", &row.at_least_one, &row.charge)]
        {
            if members.is_empty() {
                continue;
            }
            if let Some(unknown) = members.iter().find(|name| !fields.iter().any(|field| field.name == **name)) {
                return Err(format!("`{unknown}` is none of its fields"));
            }
            groups.push(format!(
                "Group {{ rule: GroupRule::{rule}, members: &{members:?}, charge: {} }}",
                catalogue.ids(charge)?
            ));
        }
        let fields: Result<Vec<String>, String> = fields.iter().map(|field| self.field(field, catalogue)).collect();
        Ok(format!("Members {{ fields: &[{}], groups: &[{}] }}", fields?.join(", "), groups.join(", ")))
    }

    fn field(&self, field: &Field, catalogue: &Catalogue) -> Result<String, String> {
        let content = match (&field.one, &field.array) {
            (Some(one), None) => format!("One({})", self.type_name(one)?),
            (None, Some(of)) => {
                format!("Many {{ of: {}, may_be_empty: {} }}", self.type_name(of)?, field.may_be_empty)
            }
            _ => return Err(format!("field {}: either `type` or `array`", field.name)),
        };
        Ok(format!(
            "Field {{ name: {:?}, content: Content::{content}, required: {}, since: {}, until: {}, charge: {}, reading: {} }}",
            field.name,
            field.required,
            release(&field.since)?,
            until(field.until.as_deref())?,
            catalogue.ids(&field.charge)?,
            catalogue.reading(field.reading.as_deref())?,
        ))
    }
}

/// A release as an expression.
pub(crate) fn release(given: &str) -> Result<String, String> {
    match given {
        "15" | "16" | "17" | "18" | "19" | "20" => Ok(format!("Release::Rel{given}")),
        _ => Err(format!("`{given}` is no release from 15 to 20")),
    }
}

fn until(given: Option<&str>) -> Result<String, String> {
    given.map_or_else(|| Ok("None".to_owned()), |given| Ok(format!("Some({})", release(given)?)))
}

fn number(given: Option<i64>) -> String {
    given.map_or_else(|| "None".to_owned(), |given| format!("Some({given})"))
}

fn text(row: &Type, catalogue: &Catalogue) -> Result<String, String> {
    let mut values = Vec::new();
    for value in &row.values {
        let (name, since, reading) = match value {
            Value::Plain(name) => (name, "15", None),
            Value::Since { value, since, reading } => (value, since.as_str(), reading.as_deref()),
        };
        let reading = catalogue.reading(reading)?;
        values.push(format!("Value {{ name: {name:?}, since: {}, reading: {reading} }}", release(since)?));
    }
    Ok(format!(
        "Text {{ values: &[{}], open: {}, patterns: &{:?}, min_length: {:?}, max_length: {:?}, nullable: {} }}",
        values.join(", "),
        row.open || row.values.is_empty(),
        row.patterns,
        row.min_length,
        row.max_length,
        row.nullable,
    ))
}

impl Catalogue {
    /// A list of requirement ids as an expression.
    fn ids(&self, ids: &[String]) -> Result<String, String> {
        let ids: Result<Vec<String>, String> = ids.iter().map(|id| self.id(id)).collect();
        Ok(format!("&[{}]", ids?.join(", ")))
    }

    /// A requirement id as an expression.
    pub(crate) fn id(&self, id: &str) -> Result<String, String> {
        if self.position(id).is_none() {
            return Err(format!("there is no requirement `{id}`"));
        }
        Ok(format!("crate::req!({id:?})"))
    }

    fn reading(&self, id: Option<&str>) -> Result<String, String> {
        match id {
            Some(id) if !self.has_discrepancy(id) => Err(format!("there is no discrepancy `{id}`")),
            Some(id) => Ok(format!("Some(crate::reading!({id:?}))")),
            None => Ok("None".to_owned()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "type")]
    types: Vec<Type>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    #[serde(skip)]
    file: String,
    name: String,
    #[serde(default = "first_release")]
    since: String,
    until: Option<String>,
    #[serde(default)]
    charge: Vec<String>,
    #[serde(default)]
    kind: Kind,
    extends: Option<String>,
    #[serde(default)]
    fields: Vec<Field>,
    #[serde(default)]
    exactly_one: Vec<String>,
    #[serde(default)]
    exactly_one_charge: Vec<String>,
    #[serde(default)]
    at_least_one: Vec<String>,
    #[serde(default)]
    values: Vec<Value>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    patterns: Vec<String>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    #[serde(default)]
    nullable: bool,
    min: Option<i64>,
    max: Option<i64>,
    #[serde(default)]
    of: Vec<String>,
    reading: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Object,
    Form,
    Text,
    Integer,
    Boolean,
    Any,
    AnyObject,
    List,
    OneOf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    name: String,
    #[serde(rename = "type")]
    one: Option<String>,
    array: Option<String>,
    #[serde(default)]
    may_be_empty: bool,
    #[serde(default)]
    required: bool,
    #[serde(default = "first_release")]
    since: String,
    until: Option<String>,
    #[serde(default)]
    charge: Vec<String>,
    reading: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Value {
    Plain(String),
    Since { value: String, since: String, reading: Option<String> },
}

fn first_release() -> String {
    "15".to_owned()
}
