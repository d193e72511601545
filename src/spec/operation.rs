//! The operations of the CAPIF APIs: where each is reached, by whom, and what goes in and out.

use super::catalogue::RequirementId;
use super::nearest::nearest;
use super::schema::Content;
use super::vocabulary::{Release, Role, UnknownWord, word_list};
use super::{percent, same};

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

word_list! {
    /// A CAPIF API, in the one spelling that folders, files and target files use.
    Service("service") {
        /// `CAPIF_Discover_Service_API`.
        DiscoverService = "discover_service",
        /// `CAPIF_Publish_Service_API`.
        PublishService = "publish_service",
        /// `CAPIF_Events_API`.
        Events = "events",
        /// `CAPIF_API_Invoker_Management_API`.
        InvokerManagement = "invoker_management",
        /// `CAPIF_Security_API`.
        Security = "security",
        /// `CAPIF_Access_Control_Policy_API`.
        AccessControlPolicy = "access_control_policy",
        /// `CAPIF_Logging_API_Invocation_API`.
        Logging = "logging",
        /// `CAPIF_Auditing_API`.
        Auditing = "auditing",
        /// `AEF_Security_API`, the one that the exposing function offers.
        AefSecurity = "aef_security",
        /// `CAPIF_API_Provider_Management_API`.
        ProviderManagement = "provider_management",
        /// `CAPIF_Routing_Info_API`.
        RoutingInfo = "routing_info",
        /// `CAPIF_Open_Discover_Service_API`.
        OpenDiscover = "open_discover",
    }
}

impl Service {
    /// The name that TS 29.222 gives the API.
    #[must_use]
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::DiscoverService => "CAPIF_Discover_Service_API",
            Self::PublishService => "CAPIF_Publish_Service_API",
            Self::Events => "CAPIF_Events_API",
            Self::InvokerManagement => "CAPIF_API_Invoker_Management_API",
            Self::Security => "CAPIF_Security_API",
            Self::AccessControlPolicy => "CAPIF_Access_Control_Policy_API",
            Self::Logging => "CAPIF_Logging_API_Invocation_API",
            Self::Auditing => "CAPIF_Auditing_API",
            Self::AefSecurity => "AEF_Security_API",
            Self::ProviderManagement => "CAPIF_API_Provider_Management_API",
            Self::RoutingInfo => "CAPIF_Routing_Info_API",
            Self::OpenDiscover => "CAPIF_Open_Discover_Service_API",
        }
    }

    /// The part of its URIs that follows the apiRoot, such as `/capif-security/v1`.
    #[must_use]
    pub fn root(self) -> &'static str {
        let mut roots = OPERATIONS.iter().filter(|row| row.service == self).filter_map(|row| match row.target {
            Target::Resource { root, .. } => Some(root),
            Target::Callback(_) => None,
        });
        roots.next().unwrap_or_default()
    }
}

/// One operation of an API.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// Operation id of the Rel-19 `OpenAPI` file, or the service operation's name where that has none.
    pub id: &'static str,
    /// The API it belongs to.
    pub service: Service,
    /// The service operation it carries out, such as `Obtain_Authorization`.
    pub service_operation: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Where it is reached.
    pub target: Target,
    /// Clause of TS 29.222.
    pub clause: &'static str,
    /// Who may initiate it; empty means anyone.
    pub initiators: &'static [Role],
    /// Body of the request.
    pub request: Option<Body>,
    /// Query parameters.
    pub query: &'static [QueryParameter],
    /// What it answers when carried out.
    pub success: &'static [Success],
    /// Other statuses that are declared for it.
    pub errors: &'static [u16],
    /// Errors with a body of their own instead of `ProblemDetails`.
    own_error: Option<(&'static [u16], Body)>,
    /// The requirement that fixes what it answers.
    pub answer: RequirementId,
    /// First release it is known for.
    pub since: Release,
}

/// Where an operation is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A resource below the root of its API.
    Resource {
        /// What follows the apiRoot, such as `/capif-security/v1`.
        root: &'static str,
        /// Path template, such as `/trustedInvokers/{apiInvokerId}`.
        path: &'static str,
    },
    /// A URI that the consumer gave in this attribute, such as `ServiceSecurity.notificationDestination`.
    Callback(&'static str),
}

/// A message body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// Its data type.
    pub content: Content,
    /// Its media type.
    pub media: &'static str,
}

/// An answer to an operation that was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    /// HTTP status.
    pub status: u16,
    /// The body; none means that there is none.
    pub body: Option<Body>,
    /// Whether the Location header names the resource created.
    pub location: bool,
}

/// A query parameter of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryParameter {
    /// Its name.
    pub name: &'static str,
    /// Whether a request without it is wrong.
    pub mandatory: bool,
    /// First release that has it.
    pub since: Release,
}

impl Operation {
    /// Every operation, in the order of the clauses.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &OPERATIONS
    }

    /// The operation with this id. Use `operation!`.
    ///
    /// # Panics
    /// When there is none: a compile error, since `operation!` evaluates it in a constant.
    #[must_use]
    #[expect(clippy::panic, reason = "evaluated by the compiler only, where a panic is the compile error wanted")]
    pub const fn listed(id: &str) -> &'static Self {
        let mut at = 0;
        while at < OPERATION_IDS.len() {
            if same(OPERATION_IDS[at], id) {
                return &OPERATIONS[at];
            }
            at += 1;
        }
        panic!("no [[operation]] in fixtures/requirements/ts29222.toml has this operation_id")
    }

    /// The operation with this id, as a tester writes it.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(id: &str) -> Result<&'static Self, UnknownWord> {
        OPERATIONS.iter().find(|row| row.id == id).ok_or_else(|| UnknownWord {
            what: "operation",
            given: id.to_owned(),
            nearest: nearest(id, OPERATION_IDS),
        })
    }

    /// The operation that a request line is for, behind whatever apiRoot, and the variables of its path.
    #[must_use]
    pub fn matching(method: &str, path: &str) -> Option<(&'static Self, Vec<(&'static str, String)>)> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        OPERATIONS
            .iter()
            .filter(|row| row.method == method)
            .find_map(|row| row.variables(path).map(|variables| (row, variables)))
    }

    /// The body that an answer with this status has; none where the status has none, or is not declared.
    #[must_use]
    pub fn answer_body(&self, status: u16) -> Option<Body> {
        if let Some(success) = self.success.iter().find(|success| success.status == status) {
            return success.body;
        }
        match self.own_error {
            Some((statuses, body)) if statuses.contains(&status) => Some(body),
            _ if status >= 400 => Some(Body {
                content: Content::One(crate::data_type!("ProblemDetails")),
                media: "application/problem+json",
            }),
            _ => None,
        }
    }

    fn variables(&self, path: &str) -> Option<Vec<(&'static str, String)>> {
        let Target::Resource { root, path: template } = self.target else {
            return None;
        };
        path.match_indices(root).find_map(|(at, _)| fill(template, &path[at + root.len()..]))
    }
}

/// The variables of the template, when the path has its shape.
fn fill(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut variables = Vec::new();
    let mut segments = path.split('/');
    for expected in template.split('/') {
        let segment = segments.next()?;
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if segment.is_empty() => return None,
            Some(name) => variables.push((name, percent::decode(segment)?)),
            None if segment == expected => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(variables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation;

    #[test]
    fn a_request_line_is_matched_behind_any_api_root() {
        let (found, variables) =
            Operation::matching("POST", "/edge/a/capif-security/v1/securities/in%20v/token?x=1").unwrap();
        assert_eq!(found, operation!("GetOAuthIndAPIInv"));
        assert_eq!(variables, [("securityId", "in v".to_owned())]);
        assert_eq!(found.initiators, [Role::Invoker]);
    }

    #[test]
    fn another_method_or_shape_is_no_match() {
        assert!(Operation::matching("PATCH", "/capif-security/v1/trustedInvokers/1").is_none());
        assert!(Operation::matching("GET", "/capif-security/v1/trustedInvokers/").is_none());
        assert!(Operation::matching("GET", "/capif-security/v1/trustedInvokers/1/2").is_none());
        assert!(Operation::matching("GET", "/trustedInvokers/1").is_none());
    }

    #[test]
    fn every_resource_operation_matches_its_own_template() {
        for row in Operation::all() {
            if let Target::Resource { root, path } = row.target {
                let filled = path.replace(['{', '}'], "");
                let (found, _) = Operation::matching(row.method, &format!("/x{root}{filled}")).unwrap();
                assert_eq!(found.id, row.id);
            }
        }
    }

    #[test]
    fn an_answer_has_the_body_of_its_status() {
        let token = operation!("GetOAuthIndAPIInv");
        let type_of = |status| token.answer_body(status).map(|body| body.content.to_string());
        assert_eq!(type_of(200).as_deref(), Some("AccessTokenRsp"));
        assert_eq!(type_of(401).as_deref(), Some("AccessTokenErr"));
        assert_eq!(type_of(404).as_deref(), Some("ProblemDetails"));
        assert_eq!(operation!("DeleteSecIndTrustedAPIInv").answer_body(204), None);
    }

    #[test]
    fn the_root_of_a_service_is_known() {
        assert_eq!(Service::Security.root(), "/capif-security/v1");
        assert_eq!(Service::AefSecurity.root(), "/aef-security/v1");
        assert!(Service::ALL.iter().all(|service| !service.root().is_empty()));
    }

    #[test]
    fn an_answer_is_charged_to_the_role_that_gives_it() {
        for row in Operation::all() {
            assert!(
                !row.initiators.contains(&row.answer.requirement().role),
                "{} is answered by its initiator",
                row.id
            );
        }
    }
}
