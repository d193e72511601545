//! The table of an exposing function.

use super::tables::{Aef, AefEnrolmentTable, OfferedApiTable, SafeRequestTable, SuccessTable};
use super::{Reader, TargetError};
use crate::target::{ExposingEndpoint, OfferedApi, Provision, SafeRequest, Success};

/// Methods that a service API can be invoked by.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Whether two requests have the same method and path.
fn is_alike(one: &SafeRequest, other: &SafeRequest) -> bool {
    let path = |request: &SafeRequest| request.target.split('?').next().map(str::to_owned);
    one.method == other.method && path(one) == path(other)
}

impl Reader<'_> {
    pub(super) fn exposing_function(&self, aef: Aef) -> Result<ExposingEndpoint, TargetError> {
        let (scheme, site) =
            self.site("aef.url", &aef.url, aef.connect_to.as_deref().map(|to| ("aef.connect-to", to)))?;
        Ok(ExposingEndpoint {
            trust: self.trust("aef", &scheme, aef.trust)?,
            site,
            plain_http: aef.plain_http.map(|text| self.resolved("aef.plain-http", &text)).transpose()?,
            provision: self.provision(aef.enrolment, aef.api)?,
            control: self.control("aef", aef.control)?,
            claims: self.claims("aef", aef.claims)?,
        })
    }

    fn provision(
        &self,
        enrolment: Option<AefEnrolmentTable>,
        apis: Vec<OfferedApiTable>,
    ) -> Result<Option<Provision>, TargetError> {
        let (aef_id, core_port) = match enrolment {
            Some(AefEnrolmentTable::Provisioned { aef_id, core_port }) => (aef_id, core_port),
            None | Some(AefEnrolmentTable::Control {}) if apis.is_empty() => return Ok(None),
            None | Some(AefEnrolmentTable::Control {}) => {
                let why =
                    "it publishes what it is told to; [[aef.api]] is for kind = \"provisioned\" in [aef.enrolment]";
                return Err(self.unusable("aef.api", why.to_owned()));
            }
        };
        self.in_scopes("aef.enrolment.aef-id", &aef_id)?;
        if core_port == 0 {
            let why = "it is no port; write the one at which it was told to find our core function";
            return Err(self.unusable("aef.enrolment.core-port", why.to_owned()));
        }
        if apis.is_empty() {
            let why = "say which service APIs it offers, and how they are invoked: [[aef.api]], one for each";
            return Err(self.unusable("aef.enrolment", why.to_owned()));
        }
        let mut offered: Vec<OfferedApi> = Vec::new();
        for (at, api) in apis.into_iter().enumerate() {
            let key = format!("aef.api.{}", at + 1);
            let api = self.offered(&key, api)?;
            if offered.iter().any(|other| other.name == api.name || other.id == api.id) {
                return Err(self.unusable(&key, format!("`{}` is there already, by its name or its id", api.name)));
            }
            if let Some(other) = offered.iter().find(|other| is_alike(&other.request, &api.request)) {
                let why = format!("it is that of `{}` as well: which of them is invoked could not be told", other.name);
                return Err(self.unusable(&format!("{key}.request"), why));
            }
            offered.push(api);
        }
        Ok(Some(Provision { aef_id, core_port, apis: offered }))
    }

    fn offered(&self, key: &str, api: OfferedApiTable) -> Result<OfferedApi, TargetError> {
        let OfferedApiTable { name, id, request, success } = api;
        self.in_scopes(&format!("{key}.name"), &name)?;
        if id.as_deref() == Some("") {
            return Err(self.unusable(&format!("{key}.id"), "it is empty".to_owned()));
        }
        let request = self.request(&format!("{key}.request"), request)?;
        let success = self.success(&format!("{key}.success"), &success)?;
        Ok(OfferedApi { id: id.unwrap_or_else(|| name.clone()), request, success, name })
    }

    /// Identifiers that scopes of tokens name (TS 29.222 8.5.4.2.6): what separates them there cannot be part of them.
    fn in_scopes(&self, key: &str, text: &str) -> Result<(), TargetError> {
        let stands =
            |character: char| !character.is_whitespace() && !character.is_control() && !":,;".contains(character);
        match text.chars().find(|character| !stands(*character)) {
            Some(other) => Err(self.unusable(key, format!("`{other}` cannot stand in the scope of a token"))),
            None if text.is_empty() => Err(self.unusable(key, "it is empty".to_owned())),
            None => Ok(()),
        }
    }

    fn request(&self, key: &str, table: SafeRequestTable) -> Result<SafeRequest, TargetError> {
        let SafeRequestTable { method, path, body, content_type } = table;
        let unusable = |member: &str, why: String| self.unusable(&format!("{key}.{member}"), why);
        let method = method.unwrap_or_else(|| "GET".to_owned());
        let known = METHODS.into_iter().find(|known| *known == method);
        let method =
            known.ok_or_else(|| unusable("method", format!("`{method}` is none of {}", METHODS.join(", "))))?;
        let is_target = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_target {
            return Err(unusable(
                "path",
                format!("`{path}`; write path and query as they are sent, /weather/v1/here?at=noon"),
            ));
        }
        let body = match (body, content_type) {
            (Some(body), media) => Some((media.unwrap_or_else(|| "application/json".to_owned()), body)),
            (None, None) => None,
            (None, Some(_)) => return Err(unusable("content-type", "it is of no use without body".to_owned())),
        };
        Ok(SafeRequest { method, target: path, body })
    }

    fn success(&self, key: &str, table: &SuccessTable) -> Result<Success, TargetError> {
        let unusable = |member: &str, why: &str| Err(self.unusable(&format!("{key}.{member}"), why.to_owned()));
        match (table.status, table.text.as_deref()) {
            (Some(status), _) if !(200..300).contains(&status) => unusable("status", "success is one of 200 to 299"),
            (_, Some("")) => unusable("text", "an empty text stands everywhere; leave it out, or write one that tells"),
            (status, text) => Ok(Success { status, text: text.map(str::to_owned) }),
        }
    }
}
