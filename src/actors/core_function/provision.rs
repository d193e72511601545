//! What somebody provisioned: an exposing function that never registered here, and what it offers.

use std::net::SocketAddr;

use serde_json::json;

use super::CoreFunction;
use super::service_api::ServiceApi;
use super::state::{Domain, Function};
use crate::actors::StartError;
use crate::spec::Role;

/// The domain that it belongs to, and who publishes there.
const DOMAIN: &str = "provisioned";
const PUBLISHER: &str = "provisioned-apf";

/// An exposing function, and a service API that it offers.
pub struct Provisioned<'a> {
    /// Its identifier: the common name of the certificate that it shows.
    pub aef_id: &'a str,
    /// Where it listens.
    pub address: SocketAddr,
    /// The path of its apiRoot; empty, or without slashes at its ends.
    pub prefix: &'a str,
    /// apiId and apiName.
    pub api: (&'a str, &'a str),
    /// Security methods.
    pub methods: &'a [String],
}

impl CoreFunction {
    /// Knows an exposing function, and what it offers, from now on.
    ///
    /// # Errors
    /// When that is no service API description.
    pub fn provision(&self, provisioned: &Provisioned<'_>) -> Result<(), StartError> {
        let Provisioned { aef_id, address, prefix, api: (id, name), methods } = provisioned;
        let host = if address.is_ipv4() { "ipv4Addr" } else { "ipv6Addr" };
        let mut interface =
            json!({ host: address.ip().to_string(), "port": address.port(), "securityMethods": methods });
        if !prefix.is_empty() {
            interface["apiPrefix"] = format!("/{prefix}").into();
        }
        let description = json!({
            "apiName": name,
            "aefProfiles": [{
                "aefId": aef_id, "versions": [{ "apiVersion": "v1" }], "securityMethods": methods,
                "interfaceDescriptions": [interface],
            }],
        });
        let api = ServiceApi::parse(&description, id, PUBLISHER, self.desk.office.release).map_err(|invalid| {
            StartError::CoreFunction(format!("the service API `{name}` cannot be known: {invalid}"))
        })?;
        let mut state = self.desk.state();
        for (function, role, word) in
            [(*aef_id, Role::ExposingFunction, "AEF"), (PUBLISHER, Role::PublishingFunction, "APF")]
        {
            let document = json!({ "apiProvFuncId": function, "apiProvFuncRole": word });
            let known = Function { role, domain: DOMAIN.to_owned(), public_key: String::new(), document };
            state.functions.insert(function.to_owned(), known);
        }
        let functions = vec![(*aef_id).to_owned(), PUBLISHER.to_owned()];
        state.domains.insert(DOMAIN.to_owned(), Domain { functions, ..Domain::default() });
        state.apis.insert(api.id.clone(), api);
        Ok(())
    }
}
