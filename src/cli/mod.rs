//! The command line, one file a command. Data goes to stdout, everything else to stderr.

/// `println!` for commands: who reads our output may have seen enough (`| head`), and what was begun goes on.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::say(format_args!($($text)*)) };
}

/// `eprintln!` in the same way.
macro_rules! remark {
    ($($text:tt)*) => {{
        use ::std::io::Write as _;
        let _ = writeln!(::std::io::stderr(), $($text)*);
    }};
}

mod backup;
mod check;
mod collect;
mod copy;
mod credentials;
mod demo;
mod expire;
mod export;
mod import;
mod meter;
mod migrate;
mod serve;
mod stand_in;
mod token;
mod verify;

use std::{
    fmt::Arguments,
    io::{self, ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::{Args, Parser, Subcommand};

use crate::{
    config::{self, ConfigError, Settings},
    telemetry,
};

/// The activity log of Microsoft Partner Center, kept for good.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Collect(collect::Collect),
    Import(import::Import),
    Export(export::Export),
    Expire(expire::Expire),
    Check(check::Check),
    Credentials(credentials::Credentials),
    Token(token::Token),
    Verify(verify::Verify),
    Backup(backup::Backup),
    Copy(copy::Copy),
    StandIn(stand_in::StandIn),
    Migrate(migrate::Migrate),
}

/// Where settings come from.
#[derive(Debug, Args)]
struct ConfigFile {
    /// The settings file; else PARTNERLOG_CONFIG, else ./partnerlog.toml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> Result<Settings, ConfigError> {
        Settings::load(self.config.as_deref(), config::environment())
    }
}

/// Arguments that parse and cannot work.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongUsage(String);

/// Whether output was lost that somebody may wait for.
static OUTPUT_LOST: AtomicBool = AtomicBool::new(false);

/// Writes a line to stdout, unless nobody reads any more.
fn say(line: Arguments<'_>) {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => OUTPUT_LOST.store(true, Ordering::Relaxed),
        _ => {}
    }
}

/// How a command ended that ran to its end.
enum Outcome {
    Done,
    /// It ran, and not everything it was asked for is done.
    Incomplete,
}

/// So long what still runs when a command has ended is waited for.
const LAST_WAIT: std::time::Duration = std::time::Duration::from_secs(10);

/// Runs the command that the process was started with. Exit code 0: done; 1: failed; 2: wrong usage or settings.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = telemetry::init() {
        remark!("partnerlog: {error}");
        return ExitCode::from(2);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            remark!("partnerlog: no threads to work with: {error}");
            return ExitCode::FAILURE;
        }
    };
    let result = runtime.block_on(async {
        match cli.command {
            Command::Demo(command) => command.run().await,
            Command::Serve(command) => command.run().await,
            Command::Collect(command) => command.run().await,
            Command::Import(command) => command.run().await,
            Command::Export(command) => command.run().await,
            Command::Expire(command) => command.run().await,
            Command::Check(command) => command.run().await,
            Command::Credentials(command) => command.run().await,
            Command::Token(command) => command.run().await,
            Command::Verify(command) => command.run().await,
            Command::Backup(command) => command.run().await,
            Command::Copy(command) => command.run().await,
            Command::StandIn(command) => command.run().await,
            Command::Migrate(command) => command.run().await,
        }
    });
    // A disk elsewhere that does not answer must not keep the process.
    runtime.shutdown_timeout(LAST_WAIT);
    match result {
        Ok(Outcome::Done) if OUTPUT_LOST.load(Ordering::Relaxed) => {
            remark!("partnerlog: not all of the output could be written");
            ExitCode::FAILURE
        }
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Incomplete) => ExitCode::FAILURE,
        // Whoever reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            remark!("partnerlog: {error:#}");
            if error.is::<ConfigError>() || error.is::<WrongUsage>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
