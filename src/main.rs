//! The `capifspec` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    capifspec::cli::main(std::env::args_os())
}
