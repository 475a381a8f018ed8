//! `partnerlog export`

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use futures_util::TryStreamExt;
use tokio::{
    fs,
    io::{AsyncWrite, AsyncWriteExt},
};

use super::{ConfigFile, Outcome, WrongUsage};
use crate::{
    app,
    audit::Selection,
    clock::Clock,
    export::{Form, Format, Rows, rows},
    i18n::Lang,
    wording,
};

/// Writes a selection as a file.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    config: ConfigFile,
    /// The query string of /activity, such as 'from=2026-08-01&to=2026-08-31&customer=contoso&tz=Asia/Tokyo'
    query: String,
    #[arg(long, value_enum, default_value_t = FormatName::Csv)]
    format: FormatName,
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
}

impl Export {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let settings = self.config.load()?;
        let query = self.query.trim_start_matches('?');
        let parsed = wording::in_words(Selection::parse(query, Clock::system().now(), Tz::UTC));
        if let Some(fault) = parsed.faults.first() {
            return Err(WrongUsage(format!("{} cannot be {:?}", fault.field, fault.text)).into());
        }
        let parameter = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let form = Form {
            format: match self.format {
                FormatName::Csv => Format::Csv,
                FormatName::CsvPlain => Format::CsvPlain,
            },
            rows: match parameter("rows") {
                None => Rows::Activities,
                Some(name) => {
                    Rows::parse(&name).ok_or_else(|| WrongUsage(format!("rows cannot be {name:?}")))?
                }
            },
            lang: parameter("lang")
                .and_then(|tag| Lang::from_tag(&tag))
                .unwrap_or_default(),
            zone: parsed.selection.zone,
        };
        let store = Arc::new(app::open(&settings.database.url).await?);
        if !parsed.selection.is_plain() {
            store.fill().await?;
        }
        let chunks = rows(store, parsed.selection, form);
        match &self.output {
            Some(path) => {
                let name = path.display();
                into_file(chunks, path)
                    .await
                    .with_context(|| format!("{name} was not written"))?;
            }
            None => write(chunks, tokio::io::stdout()).await?,
        }
        Ok(Outcome::Done)
    }
}

/// Writes to a path. A file under its own name is whole: it gets it only when everything is in it.
async fn into_file(chunks: crate::export::Chunks, path: &Path) -> anyhow::Result<()> {
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

async fn write(mut chunks: crate::export::Chunks, mut to: impl AsyncWrite + Unpin) -> anyhow::Result<()> {
    while let Some(chunk) = chunks.try_next().await? {
        to.write_all(&chunk).await?;
    }
    Ok(to.flush().await?)
}
