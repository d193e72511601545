//! The tables of a target file, key by key, as serde takes them. What the values mean is settled in the modules beside.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use super::super::waiver::WaiverTable;

/// A whole target file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) release: Option<String>,
    pub(super) requirements: Option<String>,
    pub(super) ccf: Option<Ccf>,
    pub(super) aef: Option<Aef>,
    pub(super) invoker: Option<Invoker>,
    pub(super) rof: Option<Rof>,
    pub(super) amf: Option<Acting>,
    pub(super) apf: Option<Acting>,
    pub(super) harness: Option<HarnessTable>,
    pub(super) timing: Option<Timing>,
    #[serde(default)]
    pub(super) reading: toml::Table,
    #[serde(default)]
    pub(super) waiver: Vec<Spanned<WaiverTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Ccf {
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) apis: BTreeMap<String, String>,
    pub(super) connect_to: Option<String>,
    pub(super) alpn: Option<Vec<String>>,
    pub(super) plain_http: Option<String>,
    pub(super) trust: Option<TrustTable>,
    pub(super) onboarding: Option<OnboardingTable>,
    pub(super) enrolment: Option<EnrolmentTable>,
    pub(super) registration_secret: Option<Secret>,
    pub(super) tokens: Option<Tokens>,
    #[serde(default)]
    pub(super) credentials: BTreeMap<String, CredentialTable>,
    pub(super) claims: Option<ClaimsTable>,
    #[serde(default)]
    pub(super) reading: toml::Table,
    pub(super) owner: Option<OwnerTable>,
    pub(super) arrangement: Option<ArrangementTable>,
    pub(super) control: Option<ControlTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Aef {
    pub(super) url: String,
    pub(super) connect_to: Option<String>,
    pub(super) plain_http: Option<String>,
    pub(super) trust: Option<TrustTable>,
    pub(super) enrolment: Option<AefEnrolmentTable>,
    #[serde(default)]
    pub(super) api: Vec<OfferedApiTable>,
    pub(super) claims: Option<ClaimsTable>,
    pub(super) control: Option<ControlTable>,
}

/// How an exposing function comes to be enrolled at our core function.
#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum AefEnrolmentTable {
    Control {},
    Provisioned { aef_id: String, core_port: u16 },
}

/// A service API that an exposing function offers, as it was configured beforehand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OfferedApiTable {
    pub(super) name: String,
    pub(super) id: Option<String>,
    pub(super) request: SafeRequestTable,
    #[serde(default)]
    pub(super) success: SuccessTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SafeRequestTable {
    pub(super) method: Option<String>,
    pub(super) path: String,
    pub(super) body: Option<String>,
    pub(super) content_type: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SuccessTable {
    pub(super) status: Option<u16>,
    pub(super) text: Option<String>,
}

/// An invoker: told to act, and called at an address that it gives itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Invoker {
    pub(super) callback: Option<String>,
    pub(super) claims: Option<ClaimsTable>,
    pub(super) control: Option<ControlTable>,
}

/// A function of a provider domain: told to act, and called by nobody.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Acting {
    pub(super) claims: Option<ClaimsTable>,
    pub(super) control: Option<ControlTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Rof {
    pub(super) url: String,
    pub(super) trust: Option<TrustTable>,
    pub(super) claims: Option<ClaimsTable>,
    pub(super) control: Option<ControlTable>,
}

/// How a role is told to act.
#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum ControlTable {
    // A variant without braces would swallow whatever stands beside its kind.
    None {},
    Http { url: String },
    Command { command: Vec<String> },
    Prompt {},
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TrustTable {
    #[serde(default)]
    pub(super) roots: Vec<PathBuf>,
    pub(super) server_certificate: Option<PathBuf>,
    #[serde(default)]
    pub(super) insecure_plain_http: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum OnboardingTable {
    None {},
    StaticToken {
        token: Secret,
    },
    Command {
        command: Vec<String>,
    },
    OpencapifRegister {
        url: String,
        connect_to: Option<String>,
        trust: Option<TrustTable>,
        admin: String,
        password: Secret,
    },
}

/// What a request to enrol looks like.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EnrolmentTable {
    pub(super) present: Option<PresentKind>,
    pub(super) key_form: Option<KeyFormKind>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PresentKind {
    Token,
    Certificate,
    Both,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyFormKind {
    PublicKey,
    Csr,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tokens {
    pub(super) key: KeyKind,
    pub(super) file: Option<PathBuf>,
    pub(super) url: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyKind {
    Jwks,
    Pem,
    ServerCertificate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CredentialTable {
    pub(super) id: Option<String>,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClaimsTable {
    pub(super) apis: Option<Vec<String>>,
    #[serde(default)]
    pub(super) features: BTreeMap<String, String>,
    pub(super) methods: Option<Vec<String>>,
    pub(super) grants: Option<Vec<String>>,
}

/// How the authorization function comes to reach the resource owner function.
#[derive(Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub(super) enum OwnerTable {
    None {},
    Http {},
    Command { command: Vec<String> },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ArrangementTable {
    pub(super) kind: ArrangementKind,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ArrangementKind {
    ApiList,
    Preset,
    Control,
    None,
}

/// A secret comes from the environment, a file or a command, never from the target file itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) enum Secret {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HarnessTable {
    pub(super) advertise: Option<String>,
    pub(super) bind: Option<String>,
    pub(super) ports: Option<String>,
    pub(super) pki: Option<PathBuf>,
    pub(super) plain_http_callbacks: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_field_names, reason = "the keys of the target file say their unit")]
pub(super) struct Timing {
    pub(super) answer_ms: Option<u64>,
    pub(super) handshake_ms: Option<u64>,
    pub(super) notification_ms: Option<u64>,
    pub(super) quiet_ms: Option<u64>,
    pub(super) step_ms: Option<u64>,
    pub(super) clean_up_ms: Option<u64>,
}
