//! `partnerlog export`

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use async_trait::async_trait;
use bytes::Bytes;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use futures_util::TryStreamExt;
use tokio::{
    fs,
    io::{AsyncWrite, AsyncWriteExt},
};

use super::{ConfigFile, Outcome, WrongUsage, meter::Meter};
use crate::{
    app,
    audit::Selection,
    clock::Clock,
    export::{Chunks, ExportError, Form, Format, Keeper, Recording, Tally, export, in_hex, kept, recorded},
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
        let store = app::open(&settings.database, &clock).await?;
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
        let name = || match &self.output {
            Some(path) => format!("{} was not written", path.display()),
            None => "the export broke off".to_owned(),
        };
        let folder = app::room(&settings.database);
        let list = Arc::new(store.clone());
        let file = export(Arc::new(store), selection, form, folder);
        let file = on_its_way(file, self.output.as_deref())
            .await
            .with_context(name)?;
        let recording = Recording::begin(list, clock, &begun).await?;
        let (mut tally, mut file) = (Tally::default(), Box::pin(recorded(file, recording)));
        while let Some(chunk) = file.try_next().await.with_context(name)? {
            tally.add(&chunk);
            meter.show("written", "records", tally.records, total);
        }
        drop(meter);
        remark!("{}", summary(&tally));
        Ok(Outcome::Done)
    }
}

/// What was written, for whoever wants to compare.
fn summary(tally: &Tally) -> String {
    let number = |n: u64| grouped(i64::try_from(n).unwrap_or(i64::MAX));
    format!(
        "{} records, {} rows, {}, SHA-256 {}",
        number(tally.records),
        number(tally.rows),
        byte_size(tally.bytes),
        in_hex(&tally.sha256())
    )
}

/// A file at a path: under its own name it is whole, because it gets it only when everything is in it.
struct ToFile {
    path: PathBuf,
    unfinished: PathBuf,
    file: fs::File,
    finished: bool,
}

impl Drop for ToFile {
    /// However it ended: what it lacks cannot be seen from it, so it would only mislead.
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.unfinished);
        }
    }
}

/// Pipes, devices and stdout take what they are given.
struct ToWriter(Box<dyn AsyncWrite + Send + Unpin>);

impl ToFile {
    async fn create(path: PathBuf) -> std::io::Result<Self> {
        let mut unfinished = path.clone().into_os_string();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        let file = fs::File::create(&unfinished).await?;
        Ok(Self {
            path,
            unfinished,
            file,
            finished: false,
        })
    }
}

#[async_trait]
impl Keeper for ToFile {
    async fn take(&mut self, bytes: Bytes) -> Result<(), ExportError> {
        Ok(self.file.write_all(&bytes).await?)
    }

    async fn finish(&mut self) -> Result<(), ExportError> {
        self.file.flush().await?;
        fs::rename(&self.unfinished, &self.path).await?;
        self.finished = true;
        Ok(())
    }
}

#[async_trait]
impl Keeper for ToWriter {
    async fn take(&mut self, bytes: Bytes) -> Result<(), ExportError> {
        Ok(self.0.write_all(&bytes).await?)
    }

    async fn finish(&mut self) -> Result<(), ExportError> {
        Ok(self.0.flush().await?)
    }
}

/// The file, on its way to where it is to be.
async fn on_its_way(chunks: Chunks, path: Option<&Path>) -> std::io::Result<Chunks> {
    let Some(path) = path else {
        return Ok(kept(chunks, ToWriter(Box::new(tokio::io::stdout()))));
    };
    // A link stays a link.
    let path = fs::canonicalize(path).await.unwrap_or_else(|_| path.to_owned());
    // A file put in the place of a pipe or a device would be none.
    if fs::metadata(&path).await.is_ok_and(|there| !there.is_file()) {
        let device = fs::OpenOptions::new().write(true).open(&path).await?;
        return Ok(kept(chunks, ToWriter(Box::new(device))));
    }
    Ok(kept(chunks, ToFile::create(path).await?))
}
