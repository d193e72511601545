//! Writes the table of operations from the `[[operation]]` rows of `fixtures/requirements/ts29222.toml`.

use serde::Deserialize;

use crate::catalogue::{Catalogue, Role};
use crate::emit::table;
use crate::schemas::{Schemas, release};

/// Source of the table of operations.
pub(crate) fn source(catalogue: &Catalogue, schemas: &Schemas) -> Result<String, String> {
    let operations = catalogue.operations();
    let mut rows = Vec::new();
    for (at, row) in operations.iter().enumerate() {
        if operations[..at].iter().any(|other| other.id == row.id) {
            return Err(format!("ts29222.toml: operation {}: the id is taken", row.id));
        }
        rows.push(
            row.source(catalogue, schemas)
                .map_err(|problem| format!("ts29222.toml: operation {}: {problem}", row.id))?,
        );
    }
    let names = operations.iter().map(|row| format!("{:?}", row.id));
    Ok(table("const", "OPERATION_IDS", "&str", names) + &table("static", "OPERATIONS", "Operation", rows))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    service: Service,
    #[serde(rename = "service_operation")]
    carries_out: String,
    #[serde(rename = "operation_id")]
    id: String,
    method: String,
    root: Option<String>,
    path: Option<String>,
    callback: Option<String>,
    clause: String,
    initiators: Vec<Role>,
    request: Option<Body>,
    #[serde(default)]
    query: Vec<Query>,
    success: Vec<Success>,
    errors: Vec<u16>,
    own_error: Option<OwnError>,
    answer: String,
    since: String,
    // For those who maintain the catalogue.
    #[serde(rename = "error_bodies")]
    _error_bodies: Option<String>,
    #[serde(rename = "security")]
    _security: String,
    #[serde(rename = "version_rel18")]
    _version_rel18: Option<String>,
    #[serde(rename = "version_rel19")]
    _version_rel19: Option<String>,
    #[serde(rename = "calls_back")]
    _calls_back: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
    #[serde(rename = "confidence")]
    _confidence: String,
}

impl Operation {
    fn source(&self, catalogue: &Catalogue, schemas: &Schemas) -> Result<String, String> {
        let target = match (&self.root, &self.path, &self.callback) {
            (Some(root), Some(path), None) => {
                format!("Resource {{ root: {root:?}, path: {path:?} }}")
            }
            (None, None, Some(callback)) => format!("Callback({callback:?})"),
            _ => return Err("either `root` and `path` or `callback`".to_owned()),
        };
        let request = match &self.request {
            Some(body) => format!("Some({})", body.source(schemas)?),
            None => "None".to_owned(),
        };
        let query: Result<Vec<String>, String> = self.query.iter().map(Query::source).collect();
        let success: Result<Vec<String>, String> = self.success.iter().map(|answer| answer.source(schemas)).collect();
        let own_error = match &self.own_error {
            Some(own) => format!("Some((&{:?}, {}))", own.statuses, own.body.source(schemas)?),
            None => "None".to_owned(),
        };
        let initiators: Vec<String> = self.initiators.iter().map(|role| format!("Role::{role:?}")).collect();
        Ok(format!(
            "Operation {{ id: {:?}, service: Service::{:?}, service_operation: {:?}, method: {:?}, target: Target::{target}, \
             clause: {:?}, initiators: &[{}], request: {request}, query: &[{}], success: &[{}], errors: &{:?}, \
             own_error: {own_error}, answer: {}, since: {} }}",
            self.id,
            self.service,
            self.carries_out,
            self.method,
            self.clause,
            initiators.join(", "),
            query?.join(", "),
            success?.join(", "),
            self.errors,
            catalogue.id(&self.answer)?,
            release(&self.since)?,
        ))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(rename = "type")]
    one: Option<String>,
    array: Option<String>,
    media: String,
}

impl Body {
    fn source(&self, schemas: &Schemas) -> Result<String, String> {
        body(self.one.as_deref(), self.array.as_deref(), Some(&self.media), schemas)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Success {
    status: u16,
    #[serde(rename = "type")]
    one: Option<String>,
    array: Option<String>,
    media: Option<String>,
    #[serde(default)]
    location: bool,
}

impl Success {
    fn source(&self, schemas: &Schemas) -> Result<String, String> {
        let body = match self.media {
            Some(_) => {
                let body = body(self.one.as_deref(), self.array.as_deref(), self.media.as_deref(), schemas)?;
                format!("Some({body})")
            }
            None => "None".to_owned(),
        };
        Ok(format!("Success {{ status: {}, body: {body}, location: {} }}", self.status, self.location))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnError {
    statuses: Vec<u16>,
    body: Body,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    name: String,
    #[serde(default)]
    mandatory: bool,
    since: Option<String>,
}

impl Query {
    fn source(&self) -> Result<String, String> {
        let since = release(self.since.as_deref().unwrap_or("15"))?;
        Ok(format!("QueryParameter {{ name: {:?}, mandatory: {}, since: {since} }}", self.name, self.mandatory))
    }
}

/// Variants as in `src/spec/operation.rs`, spelt as everywhere in the project.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "the APIs are called so")]
enum Service {
    DiscoverService,
    PublishService,
    Events,
    InvokerManagement,
    Security,
    AccessControlPolicy,
    Logging,
    Auditing,
    AefSecurity,
    ProviderManagement,
    RoutingInfo,
    OpenDiscover,
}

fn body(one: Option<&str>, array: Option<&str>, media: Option<&str>, schemas: &Schemas) -> Result<String, String> {
    let content = match (one, array) {
        (Some(one), None) => format!("One({})", schemas.data_type_name(one)?),
        (None, Some(of)) => format!("Many {{ of: {}, may_be_empty: true }}", schemas.data_type_name(of)?),
        _ => return Err("a body has either `type` or `array`".to_owned()),
    };
    let media = media.ok_or("a body without a media type")?;
    Ok(format!("Body {{ content: Content::{content}, media: {media:?} }}"))
}
