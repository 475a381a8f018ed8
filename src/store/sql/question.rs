//! What the archive is asked for, as far as metrics tell it apart: a fixed set, and nothing of what was asked.

use std::time::Instant;

use super::StoreError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// A page of the log without a search.
    Page,
    /// A page of what is searched for.
    Search,
    /// Numbers, with those beside the filters and in the chart.
    Count,
    /// One record, its versions and what belongs to it.
    Record,
    /// A part of an export, or of an answer of the API.
    Export,
    /// What a stream sends next.
    Stream,
    /// What an import has to know of what is there.
    Import,
    /// Records on their way in.
    Append,
    /// Who asks: sessions and tokens.
    SignIn,
    /// Everything beside the records: settings, lists, notes of what was done.
    Books,
}

impl Question {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Search => "search",
            Self::Count => "count",
            Self::Record => "record",
            Self::Export => "export",
            Self::Stream => "stream",
            Self::Import => "import",
            Self::Append => "append",
            Self::SignIn => "sign-in",
            Self::Books => "books",
        }
    }

    /// Whether it asks again and again, for as long as it takes to read a large part of the archive.
    pub const fn is_long(self) -> bool {
        matches!(self, Self::Export | Self::Stream | Self::Import)
    }

    /// Whether somebody waits for the answer who can be told to come again.
    pub const fn is_awaited(self) -> bool {
        !matches!(self, Self::Stream | Self::Import)
    }

    /// Measures how long an answer takes, the wait for a connection included.
    pub async fn timed<T>(
        self,
        answer: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let answered = answer.await;
        let labels = [("kind", self.name())];
        metrics::histogram!("partnerlog_database_query_seconds", &labels)
            .record(began.elapsed().as_secs_f64());
        if answered.is_err() {
            metrics::counter!("partnerlog_database_query_failures_total", &labels).increment(1);
        }
        answered
    }
}
