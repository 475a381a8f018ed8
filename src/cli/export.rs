//! `partnerlog export`

use std::{
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use anyhow::Context;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use futures_util::{Stream, TryStreamExt};
use tokio::{
    fs,
    io::{AsyncWrite, AsyncWriteExt},
};

use super::{ConfigFile, Outcome, WrongUsage, meter::Meter};
use crate::{
    app,
    audit::Selection,
    clock::Clock,
    export::{Chunk, ExportError, Form, Format, Recording, Tally, export, recorded},
    i18n::{Lang, byte_size, grouped},
    store::{Count, NewExport, Person, Store},
    wording,
};

/// Writes a selection as a file.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    config: ConfigFile,
    /// The query string of /activity, such as 'from=2026-08-01&to=2026-08-31&customer=contoso&tz=Asia/Tokyo'; and
    /// rows=items, columns=shown or columns=no-values, lang=ja
    query: String,
    /// Without it the query's own, else csv
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Where to write; stdout if absent
    #[arg(short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// For spreadsheets
    Csv,
    /// Exact, for programs
    CsvPlain,
    /// A workbook for Excel
    Xlsx,
    /// The records as they were received, one in a line
    Ndjson,
}

/// Counting for the sake of showing how far a file is ends here.
const MOST_COUNTED: u64 = 1_000_000_000;

type File<'a> = Pin<Box<dyn Stream<Item = Result<Chunk, ExportError>> + Send + 'a>>;

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let clock = Clock::system();
        let query = self.query.trim_start_matches('?');
        let parsed = wording::in_words(Selection::parse(query, clock.now(), Tz::UTC));
        if let Some(fault) = parsed.faults.first() {
            return Err(WrongUsage(format!("{} cannot be {:?}", fault.field, fault.text)).into());
        }
        let selection = parsed.selection;
        let lang = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "lang");
        let lang = lang.and_then(|(_, tag)| Lang::from_tag(&tag)).unwrap_or_default();
        let form = Form::parse(query, lang, selection.zone).map_err(|e| WrongUsage(e.to_string()))?;
        let form = Form {
            format: match self.format {
                None => form.format,
                Some(FormatName::Csv) => Format::Csv,
                Some(FormatName::CsvPlain) => Format::CsvPlain,
                Some(FormatName::Xlsx) => Format::Xlsx,
                Some(FormatName::Ndjson) => Format::Ndjson,
            },
            ..form
        };
        let store = app::open(&settings.database.url).await?;
        if !selection.is_plain() {
            store.fill().await?;
        }
        let meter = Meter::new();
        let total = match store.count(&selection, MOST_COUNTED).await {
            Ok(Count::Exactly(n)) => n,
            // Nobody knows, and it does not matter.
            Ok(Count::MoreThan(_)) | Err(_) => 0,
        };
        let begun = NewExport {
            begun_at: clock.now(),
            person: Person {
                tenant: String::new(),
                object: String::new(),
            },
            name: String::new(),
            query: form.address(&selection),
        };
        let recording = Recording::begin(Arc::new(store.clone()), clock, &begun).await?;
        let folder = app::room(&settings.database.url);
        let chunks = recorded(export(Arc::new(store), selection, form, folder), recording);
        let (mut tally, mut seen) = (Tally::default(), 0);
        let file: File<'_> = Box::pin(chunks.inspect_ok(|chunk| {
            seen += chunk.records;
            meter.show("written", "records", seen, total);
            tally.add(chunk);
        }));
        match &self.output {
            Some(path) => {
                let name = path.display();
                into_file(file, path)
                    .await
                    .with_context(|| format!("{name} was not written"))?;
            }
            None => write(file, tokio::io::stdout()).await?,
        }
        drop(meter);
        remark!("{}", summary(&tally));
        Ok(Outcome::Done)
    }
}

/// What was written, for whoever wants to compare.
fn summary(tally: &Tally) -> String {
    let number = |n: u64| grouped(i64::try_from(n).unwrap_or(i64::MAX));
    let digest: String = tally.sha256().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "{} records, {} rows, {}, SHA-256 {digest}",
        number(tally.records),
        number(tally.rows),
        byte_size(tally.bytes)
    )
}

/// Writes to a path. A file under its own name is whole: it gets it only when everything is in it.
async fn into_file(chunks: File<'_>, path: &Path) -> anyhow::Result<()> {
    // A link stays a link.
    let path = fs::canonicalize(path).await.unwrap_or_else(|_| path.to_owned());
    // Pipes and devices take what they are given; a file put in their place would be none.
    if fs::metadata(&path).await.is_ok_and(|there| !there.is_file()) {
        return write(chunks, fs::OpenOptions::new().write(true).open(&path).await?).await;
    }
    let mut unfinished = path.clone().into_os_string();
    unfinished.push(".part");
    let file = fs::File::create(&unfinished).await?;
    if let Err(error) = write(chunks, file).await {
        // What it lacks cannot be seen from it, so it would only mislead.
        let _ = fs::remove_file(&unfinished).await;
        return Err(error);
    }
    Ok(fs::rename(&unfinished, &path).await?)
}

async fn write(mut chunks: File<'_>, mut to: impl AsyncWrite + Unpin) -> anyhow::Result<()> {
    while let Some(chunk) = chunks.try_next().await? {
        to.write_all(&chunk.bytes).await?;
    }
    Ok(to.flush().await?)
}
