//! Hands the command line over to [`partnerlog::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    partnerlog::cli::main()
}
