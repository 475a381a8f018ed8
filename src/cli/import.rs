//! `partnerlog import`

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono_tz::Tz;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{ConfigFile, Outcome, WrongUsage, meter::Meter};
use crate::{
    app,
    clock::Clock,
    collect::import::{Answers, DateOrder, ImportError, Imported, Job, Progress, import_file, spooled},
    config::PartnerAccount,
    i18n::Lang,
    store::Store,
};

/// Imports audit records from files: NDJSON, saved answers of the API, CSV exports of partnerlog (csv-plain loses nothing,
/// csv keeps what it has), and CSV exports of Partner Center's own page.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    config: ConfigFile,
    /// Only say what importing would do
    #[arg(long)]
    dry_run: bool,
    /// How dates like 1/2/2026 are meant, where no date of the file tells
    #[arg(long, value_name = "ORDER", value_parser = date_orders())]
    dates: Option<DateOrder>,
    /// Where clocks showed the times that name no zone, such as Asia/Tokyo; else UTC
    #[arg(long)]
    zone: Option<Tz>,
    /// The partner account (tenant id or name) of rows that name none
    #[arg(long, value_name = "TENANT")]
    account: Option<String>,
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The values of `--dates`.
fn date_orders() -> impl TypedValueParser<Value = DateOrder> {
    PossibleValuesParser::new(DateOrder::ALL.map(DateOrder::name))
        .try_map(|name| DateOrder::parse(&name).ok_or("is no order"))
}

impl Import {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let store = app::open(&settings.database, &Clock::system()).await?;
        for account in &settings.partner_center {
            store.account(&account.tenant_id, &account.name).await?;
        }
        let account = match &self.account {
            Some(said) => Some(tenant(&store, &settings.partner_center, said).await?),
            None => None,
        };
        let mut outcome = Outcome::Done;
        for path in &self.files {
            let job = Job {
                file: file_name(path),
                by: String::from("partnerlog import"),
                dry_run: self.dry_run,
                answers: Answers {
                    dates: self.dates,
                    zone: self.zone,
                    account: account.clone(),
                },
                clock: Clock::system(),
            };
            match one(&store, path, &job).await {
                Ok(done) => {
                    if tell(path, &job, &done) {
                        outcome = Outcome::Incomplete;
                    }
                }
                Err(ImportError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    let source = std::error::Error::source(&error);
                    let source = source.map(|source| format!(": {source}")).unwrap_or_default();
                    remark!("partnerlog: {} was not imported: {error}{source}", path.display());
                    outcome = Outcome::Incomplete;
                }
            }
        }
        Ok(outcome)
    }
}

/// The tenant id of an account by that or by its name. One that nobody knows would be a misspelling, unless nobody knows
/// any.
async fn tenant(store: &dyn Store, configured: &[PartnerAccount], said: &str) -> anyhow::Result<String> {
    let known = store.accounts().await?;
    let found = known
        .iter()
        .find(|account| account.tenant_id.eq_ignore_ascii_case(said) || account.name == said);
    match found {
        Some(account) => Ok(account.tenant_id.clone()),
        None if known.is_empty() && configured.is_empty() => Ok(said.to_owned()),
        None => {
            let names: Vec<_> = known
                .iter()
                .map(|account| format!("{} ({})", account.tenant_id, account.name))
                .collect();
            Err(WrongUsage(format!(
                "--account names no partner account: {said:?}; there are {}",
                names.join(", ")
            ))
            .into())
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy())
        .into_owned()
}

async fn one(store: &dyn Store, path: &Path, job: &Job) -> Result<Imported, ImportError> {
    let file = File::open(path)?;
    // What comes through a pipe cannot be read twice.
    let file = match file.metadata()?.is_file() {
        true => file,
        false => spooled(BufReader::new(file))?,
    };
    let progress = Arc::new(Progress::default());
    let showing = tokio::spawn(show(Arc::clone(&progress)));
    let result = import_file(store, file, job, &progress).await;
    showing.abort();
    // Until then, its line may still be on the terminal.
    let _ = showing.await;
    result
}

/// Shows how far an import is, until it is aborted.
async fn show(progress: Arc<Progress>) {
    const MEGABYTE: u64 = 1_000_000;
    let meter = Meter::new();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (done, whole) = progress.bytes();
        // Small files are over before anybody could read it.
        if whole > MEGABYTE {
            let records = format!("MB ({} records)", progress.records());
            meter.show("read", &records, done / MEGABYTE, whole / MEGABYTE);
        }
    }
}

/// Says what was done; true when something was rejected.
fn tell(path: &Path, job: &Job, done: &Imported) -> bool {
    let name = path.display();
    let appended = done.appended;
    let dry = if job.dry_run { "dry run, " } else { "" };
    say!(
        "{name}: {dry}{} read, {} new, {} already known, {} changed, {} rejected",
        done.read,
        appended.new,
        appended.known,
        appended.revised,
        done.rejected
    );
    if let Some((zone, assumed)) = done.zone {
        let advice = if assumed {
            "; say --zone if clocks showed another"
        } else {
            ""
        };
        remark!("{name}: times that name no zone are read as {zone}{advice}");
    }
    if !done.new_accounts.is_empty() {
        let accounts = printable(&done.new_accounts.join(", "));
        remark!("{name}: partner accounts that the archive did not know: {accounts}");
    }
    for (at, reason) in &done.reasons {
        remark!("{name}:{at}: {}", printable(&reason.words(Lang::En)));
    }
    let told = u64::try_from(done.reasons.len()).unwrap_or(u64::MAX);
    if done.rejected > told {
        remark!("{name}: {} more were rejected", done.rejected - told);
    }
    if done.asks_account {
        remark!("{name}: with --account TENANT, rows that name no known partner account go there");
    }
    done.rejected > 0
}

/// Text of a file must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
