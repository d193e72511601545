//! What a run says about itself: the only thing that reports ever see.
//!
//! The journal is one [`Entry`] a line. Everything in it is already redacted: a report can be opened and passed
//! on without a second thought. Fields are only ever added (`capifspec.journal/1`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::verdict::{Finding, Verdict};

/// The schema name in the first entry of every journal.
pub const JOURNAL_SCHEMA: &str = "capifspec.journal/1";

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Running number from 0: a gap or a repeat means that the journal was damaged.
    pub seq: u64,
    /// Microseconds since the run began.
    pub at_us: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: RunEvent,
}

/// Everything that can happen in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RunEvent {
    /// The first entry.
    RunStarted(RunStarted),
    /// A scenario begins.
    ScenarioStarted(ScenarioRef),
    /// A step ended.
    StepEnded(StepEnded),
    /// An exchange is complete (with all the witnesses it will have).
    Exchanged(ExchangeEvent),
    /// A check has judged.
    Judged(Judged),
    /// What a scenario created at the target and could not delete.
    LeftBehind(LeftBehind),
    /// A scenario ended.
    ScenarioEnded(ScenarioEnded),
    /// A selected scenario was not run, and why. Nothing is silently skipped.
    NotRun(NotRun),
    /// The last entry; a journal without it is incomplete.
    RunEnded(RunEnded),
}

/// What a reader must know to do the run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`JOURNAL_SCHEMA`].
    pub schema: String,
    /// The tool that ran.
    pub tool: Tool,
    /// Wall clock at the start, seconds since 1970 (for display only).
    pub started_unix: i64,
    /// The seed that repeats the run.
    pub seed: u64,
    /// Release judged against.
    pub release: String,
    /// What was judged.
    pub target: TargetRef,
    /// Readings chosen where specification texts disagree: discrepancy id and option, those not at their default first.
    pub readings: Vec<(String, String)>,
    /// The set of requirements that is scored; in journals of before there were sets none, and all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement_set: Option<String>,
    /// Misses that the target file excuses. Verdicts in the journal are those before any excuse: waivers are judged over
    /// the whole run, by the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverRef>,
    /// The part of the selection that ran here, where it was shared out among several runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardRef>,
    /// The report whose failures are run again, where nothing else was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_from: Option<String>,
    /// What was asked for, as it was asked; in journals of before it was told none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<SelectionRef>,
    /// How many scenarios were selected.
    pub selected: usize,
    /// The command line, secrets out, that does this run again.
    pub command: String,
}

/// A miss that is excused for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaiverRef {
    /// What `name` is.
    pub subject: WaivedKind,
    /// The requirement id, the slug of the check or the scenario id.
    pub name: String,
    /// Why it is excused.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds, `YYYY-MM-DD` (UTC).
    pub expires: String,
}

/// What a waiver is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaivedKind {
    /// A requirement, wherever it is judged.
    Requirement,
    /// A check, whatever it is charged to.
    Check,
    /// A scenario.
    Scenario,
}

/// One share of a selection. The shares of one selection are disjoint, and together they are all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRef {
    /// Which share, from 1.
    pub index: usize,
    /// How many shares there are.
    pub of: usize,
    /// How many scenarios the whole selection has.
    pub all: usize,
    /// Fingerprint of the ids of the whole selection: shares of two selections do not go together.
    pub selection: String,
}

/// Which scenarios were asked for. Nothing in it: all of the release that judge a role of the target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectionRef {
    /// Feature files of a tester's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Requirements and clauses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<String>,
    /// The tag expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<String>,
    /// Roles judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sut: Vec<String>,
    /// Parts of scenario ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<String>,
}

/// Name and build of the tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tool {
    /// Version of the crate.
    pub version: String,
    /// Commit it was built from, or `unknown`.
    pub commit: String,
}

/// The target of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRef {
    /// Name from the target file, or `built-in`.
    pub name: String,
    /// Roles under test.
    pub sut: Vec<String>,
    /// Roles that are external products; empty for a run against the built-in peers.
    pub external: Vec<String>,
    /// What the target file says of each of them, secrets and the tester's own machine left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, ExternalRef>,
}

/// What a target file says of an external role, as far as it decides what is asked of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalRef {
    /// Where it is, as its certificate and peers name it; several where single APIs are elsewhere.
    #[serde(default)]
    pub urls: Vec<String>,
    /// The kind of each thing that there are kinds of: `control`, and of a core function `onboarding`, `tokens`,
    /// `arrangement` and `owner`.
    #[serde(default)]
    pub kinds: BTreeMap<String, String>,
    /// What it claims to support.
    #[serde(default)]
    pub claims: ClaimsRef,
}

/// What a role claims to support; what is absent is claimed, features excepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRef {
    /// APIs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub apis: Option<Vec<String>>,
    /// Optional features by API, as `SupportedFeatures` spells them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub features: BTreeMap<String, String>,
    /// Security methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// OAuth grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<Vec<String>>,
}

/// One scenario (an Examples row is its own scenario).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioRef {
    /// `<feature path without .feature>#<name>` plus `[row values]`: never the line.
    pub id: String,
    /// Path of the feature file.
    pub feature: String,
    /// The scenario's name, Examples values filled in.
    pub name: String,
    /// Line of the scenario or of its Examples row.
    pub line: usize,
    /// All tags, with their `@`.
    pub tags: Vec<String>,
    /// Role under test.
    pub sut: String,
    /// Requirement ids from the `@req` tags.
    pub requirements: Vec<String>,
    /// Command that runs this one again.
    pub replay: String,
}

/// How one step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepEnded {
    /// Scenario id.
    pub scenario: String,
    /// `Given`, `When`, `Then` … as written.
    pub keyword: String,
    /// Text of the step.
    pub text: String,
    /// Line in the feature file.
    pub line: usize,
    /// `passed`, `stopped` (it could not go on) or `not-reached`.
    pub outcome: StepOutcome,
    /// Why it could not go on.
    pub message: Option<String>,
    /// Duration.
    pub duration_us: u64,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// The step was carried out. What it judged is in findings of its own.
    Passed,
    /// The scenario could not go on from here.
    Stopped,
    /// A step before it stopped the scenario.
    NotReached,
}

/// One exchange of the timeline, redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeEvent {
    /// Scenario id.
    pub scenario: String,
    /// Number of the exchange within the scenario, from 1; findings refer to it.
    pub number: u64,
    /// Party that called, such as `invoker`, `invoker-2`, `aef`, `amf`.
    pub client: String,
    /// Party that was called, such as `ccf`, or `invoker` for a notification.
    pub server: String,
    /// Role code of the caller (`ccf`, `aef`, `invoker`, `rof`, `apf`, `amf`).
    pub client_role: String,
    /// Role code of the party called.
    pub server_role: String,
    /// Which ends recorded it.
    pub witnesses: Vec<String>,
    /// Microseconds since the scenario began.
    pub started_us: u64,
    /// Same, for the end of the answer.
    pub ended_us: Option<u64>,
    /// The TLS session it ran over; none over plain HTTP or where no handshake came about.
    pub tls: Option<TlsEvent>,
    /// What was sent. None when only a handshake was seen.
    pub request: Option<MessageEvent>,
    /// What was answered.
    pub response: Option<MessageEvent>,
    /// `answered`, or how it ended instead: `refused in the handshake: <alert>`, `closed without an answer`, …
    pub outcome: String,
    /// Why the exchange happened, in a few words (`setup`, `clean twin before`, `deviation: …`, `clean twin after`, `read back`).
    pub purpose: String,
}

/// TLS facts of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsEvent {
    /// `TLSv1.3` …
    pub version: Option<String>,
    /// Cipher suite.
    pub suite: Option<String>,
    /// ALPN protocol.
    pub alpn: Option<String>,
    /// Certificates the server presented, leaf first.
    pub server_chain: Vec<CertificateEvent>,
    /// Certificates the client presented, leaf first.
    pub client_chain: Vec<CertificateEvent>,
    /// Alert seen, by its RFC name.
    pub alert: Option<String>,
}

/// Summary of one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateEvent {
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number, hex.
    pub serial: String,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// Subject alternative names.
    pub names: Vec<String>,
    /// SHA-256 of the DER, hex.
    pub sha256: String,
}

/// One HTTP message, redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageEvent {
    /// `POST /path HTTP/1.1` or `HTTP/1.1 200 OK`.
    pub start_line: String,
    /// Header fields in wire order, secrets replaced.
    pub headers: Vec<(String, String)>,
    /// Body as text, secrets replaced; bytes that are not text are shown as escapes.
    pub body: String,
    /// Length of the real body in bytes.
    pub body_length: u64,
    /// Tokens found in this message.
    pub tokens: Vec<TokenEvent>,
}

/// A token, as it may be shown: header and claims and a fingerprint, never its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenEvent {
    /// SHA-256 of the whole token, first 16 hex digits: the same token has the same fingerprint everywhere.
    pub fingerprint: String,
    /// Where it stood: `body access_token`, `header authorization` …
    pub place: String,
    /// Decoded header, or why it could not be decoded.
    pub header: String,
    /// Decoded claims, or why they could not be decoded.
    pub claims: String,
}

/// A finding of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// Scenario id.
    pub scenario: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What a scenario created at the target and could not delete. It has no bearing on any verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Scenario id.
    pub scenario: String,
    /// What is left.
    pub leftovers: Vec<Leftover>,
}

/// Something that is left at the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// What it is and where: a path, or a name.
    pub what: String,
    /// Why it could not be deleted.
    pub why: String,
}

/// How a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioEnded {
    /// Scenario id.
    pub scenario: String,
    /// Worst of its findings and of how its steps ended.
    pub verdict: Verdict,
    /// Why, where the findings do not say it (inconclusive, error, not applicable).
    pub reason: Option<String>,
    /// Verdict on each requirement of its tags.
    pub requirements: Vec<(String, Verdict)>,
    /// How far it got, whatever was found: what the verdict is at least, also when every miss is excused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Verdict>,
    /// Duration.
    pub duration_us: u64,
}

/// A selected scenario that did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotRun {
    /// The scenario.
    #[serde(flatten)]
    pub scenario: ScenarioRef,
    /// Why.
    pub reason: String,
}

/// The last entry of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    /// How the run came to its end.
    pub how: RunEnd,
    /// Duration of the run.
    pub duration_us: u64,
}

/// How a run came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunEnd {
    /// Every selected scenario ran.
    Completed,
    /// `--fail-fast` stopped it at the first failure.
    FailFast,
    /// Ctrl-C stopped it.
    Interrupted,
}
