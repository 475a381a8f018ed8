//! Hands the command line over to [`partnerlog::cli`].

use std::process::ExitCode;

// Pages are made of many short-lived strings; the system's allocator takes about a fifth longer for one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    partnerlog::cli::main()
}
