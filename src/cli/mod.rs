//! The command line: arguments in, exit code out, and the only place that prints.

mod args;
mod doctor;
mod init;
mod pki;
mod prove;
mod run;
mod serve;
mod show;
mod signals;
mod target;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Arguments, Command, TargetCommand};

/// Exit code of usage errors and of an unusable target file.
const USAGE: u8 = 2;
/// Exit code when nothing was selected or nothing was judged.
const NOTHING: u8 = 4;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    NothingToRun(#[from] crate::run::NothingToRun),
    #[error(transparent)]
    Feature(#[from] crate::run::feature::FeatureError),
    #[error(transparent)]
    Target(#[from] crate::target::TargetError),
    #[error(transparent)]
    Override(#[from] crate::target::BadOverride),
    #[error("the set-up is wrong, not the product, and nothing was judged; `capifspec doctor` says more\n{0}")]
    SetUp(String),
    #[error(transparent)]
    NotStarted(#[from] crate::run::NotStarted),
    #[error(transparent)]
    Report(#[from] crate::report::WriteError),
    #[error("{0}")]
    Journal(String),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    NothingLeft(String),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::NothingToRun(crate::run::NothingToRun::Selection(_)) | Self::NothingLeft(_) => NOTHING,
            Self::NothingToRun(_)
            | Self::Feature(_)
            | Self::Target(_)
            | Self::Override(_)
            | Self::SetUp(_)
            | Self::NotStarted(_)
            | Self::Report(_)
            | Self::Journal(_)
            | Self::Usage(_) => USAGE,
        }
    }
}

/// Carries out a command line.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            let wanted = !error.use_stderr();
            let _closed = error.print();
            return if wanted { ExitCode::SUCCESS } else { ExitCode::from(USAGE) };
        }
    };
    match carry_out(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            show::complain(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn carry_out(arguments: Arguments) -> Result<u8, Failure> {
    match arguments.command {
        Command::Run(mut asked) => {
            asked.target = target::named(asked.target);
            run::run(&asked)
        }
        Command::List(asked) => show::list(&asked),
        Command::Steps(asked) => show::steps(&asked),
        Command::Lint(asked) => show::lint(&asked),
        Command::Coverage(asked) => prove::coverage(&asked),
        Command::Mutants(asked) => prove::mutants(&asked),
        Command::Diff(asked) => prove::diff(&asked),
        Command::Init(asked) => init::init(&asked),
        Command::Target(asked) => match asked.command {
            TargetCommand::Explain(asked) => target::explain(&asked),
            TargetCommand::Schema => Ok(target::schema()),
        },
        Command::Doctor(asked) => doctor::doctor(&asked),
        Command::Serve(asked) => serve::serve(&asked),
        Command::Pki(asked) => pki::pki(&asked),
        Command::Completions(asked) => Ok(show::completions(asked.shell)),
        Command::Man => show::manual(),
        Command::Report(asked) => run::report(&asked),
    }
}
