//! Programs of the tester's: JSON goes in, text comes out.

use std::process::Stdio;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStdout, Command};

use crate::target::CommandLine;

/// More than this is no answer.
const OUTPUT_MAX: u64 = 1 << 20;

/// How a program ended.
#[derive(Debug)]
pub(super) struct Output {
    /// Its exit code; none after a signal.
    pub(super) code: Option<i32>,
    /// What it printed.
    pub(super) text: String,
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramError {
    #[error("`{program}` cannot be run: {source}")]
    NotRun { program: String, source: std::io::Error },
    #[error("`{program}` printed what cannot be read: {source}")]
    Unreadable { program: String, source: std::io::Error },
}

/// Runs a program with this text on its standard input. What it says on standard error is for the tester.
pub(super) async fn run(line: &CommandLine, input: &str) -> Result<Output, ProgramError> {
    let not_run = |source| ProgramError::NotRun { program: line.program.clone(), source };
    let mut command = Command::new(&line.program);
    command.args(&line.arguments).current_dir(&line.directory).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().map_err(not_run)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let writing = async {
        if let Some(mut stdin) = stdin {
            // A program need not read what it does not want.
            let _unread = stdin.write_all(input.as_bytes()).await.is_err();
        }
    };
    let ((), text) = tokio::join!(writing, printed(stdout));
    let text = text.map_err(|source| ProgramError::Unreadable { program: line.program.clone(), source })?;
    let status = child.wait().await.map_err(not_run)?;
    Ok(Output { code: status.code(), text })
}

async fn printed(stdout: Option<ChildStdout>) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    if let Some(stdout) = stdout {
        stdout.take(OUTPUT_MAX).read_to_end(&mut bytes).await?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
