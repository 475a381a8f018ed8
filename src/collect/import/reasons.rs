//! Why a row is rejected and why a file is not understood, in words for whoever imports.

use chrono::NaiveDate;

use crate::i18n::{Arg, Lang};

/// The longest text of a row that a reason shows, in characters.
const SHOWN: usize = 60;

/// Why a record or a row was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    NotAnObject,
    NotARecord,
    NotJson,
    TooLong,
    NotUtf8,
    Columns {
        expected: usize,
        found: usize,
    },
    TooManyColumns,
    /// A quotation mark that is never closed.
    OpenQuote,
    /// One again, after so many that what follows it was passed over: so many lines.
    Swallowed {
        lines: u64,
    },
    NoRecord,
    NotADate(String),
    /// Clocks in that zone never showed that time.
    NoSuchTime(String),
    NoAccount,
    UnknownAccount(String),
    /// It names one more partner account that is not known, of more than a file may bring.
    TooManyAccounts,
    TooManyEqual,
    /// The archive keeps what is from that day on.
    TooOld(NaiveDate),
}

/// Why a file is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    Utf16,
    NotUtf8,
    /// JSON that breaks off or breaks its own rules, in that line.
    BrokenJson(u64),
    /// JSON without any records.
    NoRecords,
    /// An archive of files, or a workbook, which is one.
    Zip,
    Compressed,
    /// Nothing that is known.
    Unknown,
}

impl Reason {
    /// With a text of the row, cut to what fits a line.
    pub(super) fn about(make: impl FnOnce(String) -> Self, text: &str) -> Self {
        let mut shown: String = text.chars().take(SHOWN).collect();
        if text.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        make(shown)
    }

    pub(super) fn is_about_account(&self) -> bool {
        matches!(self, Self::NoAccount | Self::UnknownAccount(_))
    }

    /// The reason in words. Texts of the row in it are hostile.
    pub fn words(&self, lang: Lang) -> String {
        let n = |n: usize| Arg::Number(i64::try_from(n).unwrap_or(i64::MAX));
        match self {
            Self::NotAnObject => lang.t("import-reason-not-an-object"),
            Self::NotARecord => lang.t("import-reason-not-a-record"),
            Self::NotJson => lang.t("import-reason-not-json"),
            Self::TooLong => lang.t("import-reason-too-long"),
            Self::NotUtf8 => lang.t("import-reason-not-utf8"),
            Self::Columns { expected, found } => lang.t_with(
                "import-reason-columns",
                &[("expected", n(*expected)), ("found", n(*found))],
            ),
            Self::TooManyColumns => lang.t("import-reason-too-many-columns"),
            Self::OpenQuote => lang.t("import-reason-open-quote"),
            Self::Swallowed { lines } => {
                let lines = i64::try_from(*lines).unwrap_or(i64::MAX);
                lang.t_with("import-reason-swallowed", &[("lines", Arg::Number(lines))])
            }
            Self::NoRecord => lang.t("import-reason-no-record"),
            Self::NotADate(text) => lang.t_with("import-reason-not-a-date", &[("text", Arg::Text(text))]),
            Self::NoSuchTime(text) => lang.t_with("import-reason-no-such-time", &[("text", Arg::Text(text))]),
            Self::NoAccount => lang.t("import-reason-no-account"),
            Self::UnknownAccount(text) => {
                lang.t_with("import-reason-unknown-account", &[("text", Arg::Text(text))])
            }
            Self::TooManyAccounts => lang.t("import-reason-too-many-accounts"),
            Self::TooManyEqual => lang.t("import-reason-too-many-equal"),
            Self::TooOld(kept_from) => lang.t_with(
                "import-reason-too-old",
                &[("date", Arg::Text(&kept_from.to_string()))],
            ),
        }
    }
}

impl Misfit {
    /// The trouble in words, with what to do.
    pub fn words(&self, lang: Lang) -> String {
        match self {
            Self::Utf16 => lang.t("import-misfit-utf16"),
            Self::NotUtf8 => lang.t("import-misfit-not-utf8"),
            Self::BrokenJson(line) => {
                let line = i64::try_from(*line).unwrap_or(i64::MAX);
                lang.t_with("import-misfit-broken-json", &[("line", Arg::Number(line))])
            }
            Self::NoRecords => lang.t("import-misfit-no-records"),
            Self::Zip => lang.t("import-misfit-zip"),
            Self::Compressed => lang.t("import-misfit-compressed"),
            Self::Unknown => lang.t("import-misfit-unknown"),
        }
    }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words(Lang::En))
    }
}
