//! What can be written on the command line.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::fault::Fault;
use crate::run::select::Shard;
use crate::run::tag_expression::TagExpression;
use crate::spec::{Release, Role, Selector};

/// The executable specification of CAPIF: judges core functions, exposing functions, invokers and resource owner
/// functions against TS 23.222, TS 33.122 and TS 29.222.
///
/// Exit codes: 0 all well; 1 something failed; 2 usage or target file; 3 an error, something inconclusive, or an
/// incomplete run; 4 nothing selected or nothing judged.
#[derive(Debug, Parser)]
#[command(name = "capifspec", version, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run scenarios and report what held, clause by clause.
    Run(RunArguments),
    /// List scenarios, filtered like `run`.
    List(ListArguments),
    /// Show the steps that scenarios are written in.
    Steps(StepsArguments),
    /// Check feature files without running them.
    Lint(LintArguments),
    /// Show which requirements are judged, by what, and which not yet.
    Coverage(CoverageArguments),
    /// Try every fault of the reference peers: which check catches which lie.
    Mutants(MutantsArguments),
    /// Make every report again from a journal, or one of the journals of all shares of a run.
    Report(ReportArguments),
    /// Compare two runs by their report.json; exit code 1 when the new one is worse.
    ///
    /// Worse is: a scenario that fails and did not, a waiver that begins to fail the run, and a shall requirement that was
    /// judged and is judged by nothing now, because the target claims less, can no longer be told to act or names fewer
    /// roles. What one run was not asked for (another release, set, selection or share, another capifspec, the built-in
    /// peers) is not worse, but not cleared either: exit code 3, as for a new run that is incomplete. A pass that is a
    /// warning now is told and stops nothing.
    Diff(DiffArguments),
    /// Write a target file in which every key is explained.
    Init(InitArguments),
    /// Say what a target file comes to.
    Target(TargetArguments),
    /// Check the set-up of a target before anything is judged; exit code 2 when something is wrong with it.
    Doctor(DoctorArguments),
    /// Serve reference peers on this machine, a core function by default, with a target file that finds them.
    Serve(ServeArguments),
    /// Hand out the certificates of our own roles.
    Pki(PkiArguments),
    /// Print a completion script for a shell.
    Completions(CompletionsArguments),
    /// Print the manual page.
    Man,
}

/// Which scenarios.
#[derive(Args, Debug)]
pub(super) struct Selecting {
    /// Feature files, or directories of them; the embedded ones without.
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Only scenarios of a requirement or a clause, such as 33122-6.5.2.3-04, 33122-6.5.2.3 or 8.23.3; may be given more
    /// than once, or with commas.
    #[arg(long, value_name = "ID-OR-CLAUSE", value_delimiter = ',')]
    pub(super) requirement: Vec<Selector>,
    /// Only scenarios whose tags satisfy an expression, such as "@sut:ccf and not @negative".
    #[arg(long, value_name = "EXPR")]
    pub(super) tags: Option<TagExpression>,
    /// Only scenarios that judge this role: ccf, aef, invoker, rof, apf, amf; may be given more than once, or with commas.
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(super) sut: Vec<Role>,
    /// Release judged against [default: that of the target, else 18].
    #[arg(long, value_name = "N")]
    pub(super) release: Option<Release>,
    /// Only scenarios whose id contains this text.
    #[arg(long, value_name = "TEXT")]
    pub(super) scenario: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) selecting: Selecting,
    /// Target file [default: that of CAPIFSPEC_TARGET; every role is built in without].
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// A value that goes before the target file and the environment, such as ccf.url=https://host:port; may be given more
    /// than once.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// How many scenarios at once [default: as many as there are processors].
    #[arg(long, short, value_name = "N", value_parser = jobs)]
    pub(super) jobs: Option<NonZeroUsize>,
    /// Seed of names, order and choices; the report names it.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Where the journal and the reports go.
    #[arg(long, value_name = "DIR", default_value = "reports/latest")]
    pub(super) out: PathBuf,
    /// Stop at the first scenario that fails.
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// Only say what would run.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Only what was fail, error, inconclusive, unexpected-pass or not run in this report.json.
    #[arg(long, value_name = "REPORT")]
    pub(super) failed_from: Option<PathBuf>,
    /// Only one share of the selection, such as 2/3; `report --merge` makes one report of all shares.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
}

#[derive(Args, Debug)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub(super) selecting: Selecting,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct StepsArguments {
    /// Only steps that contain all of these words.
    #[arg(value_name = "WORD")]
    pub(super) words: Vec<String>,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct LintArguments {
    /// Feature files, or directories of them; the embedded ones without.
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct CoverageArguments {
    /// Only requirements of an id or a clause; may be given more than once, or with commas.
    #[arg(long, value_name = "ID-OR-CLAUSE", value_delimiter = ',')]
    pub(super) requirement: Vec<Selector>,
    /// Only requirements that are not judged and have no reason.
    #[arg(long)]
    pub(super) missing: bool,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct MutantsArguments {
    /// Only this fault; may be given more than once. `capifspec coverage` names them.
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<Fault>,
    /// Only faults of this role; may be given more than once, or with commas.
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(super) sut: Vec<Role>,
    /// Only the scenarios that judge what a fault breaks; collateral is not looked for.
    #[arg(long)]
    pub(super) quick: bool,
    /// How many scenarios at once.
    #[arg(long, short, value_name = "N", default_value = "8", value_parser = jobs)]
    pub(super) jobs: NonZeroUsize,
    /// Seed of names and order.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct ReportArguments {
    /// The journal of a run.
    #[arg(long, value_name = "JOURNAL", required_unless_present = "merge", conflicts_with = "merge")]
    pub(super) from: Option<PathBuf>,
    /// The directories, or the journals, of all shares of a run (`run --shard`): one journal and one report of them all.
    #[arg(long, value_name = "DIR", num_args = 1.., requires = "out")]
    pub(super) merge: Vec<PathBuf>,
    /// Where the reports go [default: beside the journal].
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct DiffArguments {
    /// report.json of the run before.
    #[arg(value_name = "OLD")]
    pub(super) old: PathBuf,
    /// report.json of the run now.
    #[arg(value_name = "NEW")]
    pub(super) new: PathBuf,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct InitArguments {
    /// A role that is external: ccf, aef, invoker, rof, apf, amf; may be given more than once, or with commas
    /// [default: ccf].
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(super) role: Vec<Role>,
    /// Where the file goes; `-` is standard output. What is there is left alone.
    #[arg(long, value_name = "FILE", default_value = "target.toml")]
    pub(super) out: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct TargetArguments {
    #[command(subcommand)]
    pub(super) command: TargetCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum TargetCommand {
    /// Every value that holds and where it comes from, secrets hidden; for each role what the harness plays and needs.
    Explain(DoctorArguments),
    /// Print the JSON Schema of target files, for editors.
    Schema,
}

#[derive(Args, Debug)]
pub(super) struct DoctorArguments {
    /// Target file [default: that of CAPIFSPEC_TARGET, else target.toml].
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// A value that goes before the target file and the environment, such as ccf.url=https://host:port; may be given more
    /// than once.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    /// text or json.
    #[arg(long, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Args, Debug)]
pub(super) struct ServeArguments {
    /// A role to serve: ccf, aef, invoker or rof; may be given more than once, or with commas [default: ccf].
    #[arg(long, value_name = "ROLE", value_delimiter = ',')]
    pub(super) role: Vec<Role>,
    /// Where certificates, secrets and the target file go; the authorities and keys in its `pki` are used again.
    #[arg(long, value_name = "DIR", default_value = "capifspec-serve")]
    pub(super) dir: PathBuf,
    /// Target file whose [harness], [timing], release and readings hold for what is served.
    #[arg(long, value_name = "FILE")]
    pub(super) target: Option<PathBuf>,
    /// First of ten ports; 0 takes any that are free [default: that of the target file, else 8443].
    #[arg(long, value_name = "N")]
    pub(super) port: Option<u16>,
    /// Address to listen on [default: that of the target file, else the loopback].
    #[arg(long, value_name = "ADDRESS")]
    pub(super) bind: Option<IpAddr>,
    /// Name or address that others reach it by, for URLs and certificates [default: the address listened on].
    #[arg(long, value_name = "HOST")]
    pub(super) advertise: Option<String>,
    /// Do not show the exchanges.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Release that they speak [default: that of the target file, else 18].
    #[arg(long, value_name = "N")]
    pub(super) release: Option<Release>,
    /// A wrong behaviour; may be given more than once. `capifspec coverage --requirement 8.23.3` names those of a clause.
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<Fault>,
    /// Seed of identifiers, for them to come back [default: another one each time].
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
}

#[derive(Args, Debug)]
pub(super) struct PkiArguments {
    #[command(subcommand)]
    pub(super) command: PkiCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum PkiCommand {
    /// Write the roots and certificates that our roles have in every run with this target file, for the trust store of
    /// a product.
    Export(ExportArguments),
}

#[derive(Args, Debug)]
pub(super) struct ExportArguments {
    /// Target file; its harness.pki names the directory in which they are kept, and made where they are not there yet.
    #[arg(long, value_name = "FILE")]
    pub(super) target: PathBuf,
    /// Where they are written.
    #[arg(long, value_name = "DIR", default_value = "capifspec-certificates")]
    pub(super) out: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArguments {
    /// The shell.
    pub(super) shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A number of threads.
fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write how many scenarios at once, 1 or more".to_owned())
}
