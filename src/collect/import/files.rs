//! What a file is, told by its content: never by its name.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use super::{
    Answers, Format, ImportError, Misfit,
    answers::Values,
    intake::Intake,
    lines, listed, plain,
    source::Source,
    spreadsheet,
    table::{self, Kind, Table},
};
use crate::store::Account;

/// The buffer before the file, in bytes.
const BUFFER: usize = 256 << 10;

/// A file of a known kind.
pub(super) enum Recognised {
    Lines(u64),
    Answers(u64),
    Table(Box<Table>),
}

/// One that can be read: every question is answered.
pub(super) struct Ready {
    what: Recognised,
    dates: Option<listed::HowDates>,
}

/// Tells what a file is; nothing when it is empty.
pub(super) fn recognise<R: Read + Seek>(
    source: &mut Source<'_, R>,
) -> Result<Option<Recognised>, ImportError> {
    let mut first = Vec::new();
    source.seek(SeekFrom::Start(0))?;
    (&mut *source).take(4).read_to_end(&mut first)?;
    let is_utf16 = first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff");
    // Without its mark, UTF-16 of most languages begins with every other byte 0.
    let every_other = |at: usize| first.len() == 4 && (0..4).all(|n| (first[n] == 0) == (n % 2 == at));
    if first == b"PK\x03\x04" {
        return Err(ImportError::NotUnderstood(Misfit::Zip));
    }
    // gzip and zstd.
    if first.starts_with(b"\x1f\x8b") || first == b"\x28\xb5\x2f\xfd" {
        return Err(ImportError::NotUnderstood(Misfit::Compressed));
    }
    if is_utf16 || every_other(0) || every_other(1) {
        return Err(ImportError::NotUnderstood(Misfit::Utf16));
    }
    let start = if first.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let Some(byte) = first_byte(&mut from(source, start)?)? else {
        return Ok(None);
    };
    if !matches!(byte, b'{' | b'[') {
        if let Some(table) = table::recognise(source, start)? {
            return Ok(Some(Recognised::Table(Box::new(table))));
        }
        return match lines::are_mostly_records(&mut from(source, start)?)? {
            true => Ok(Some(Recognised::Lines(start))),
            false => Err(ImportError::NotUnderstood(Misfit::Unknown)),
        };
    }
    if lines::begins_with_a_record(&mut from(source, start)?)? {
        return Ok(Some(Recognised::Lines(start)));
    }
    match walk(source, start) {
        Ok(()) => Ok(Some(Recognised::Answers(start))),
        Err(ImportError::NotUnderstood(misfit)) => {
            match lines::are_mostly_records(&mut from(source, start)?)? {
                true => Ok(Some(Recognised::Lines(start))),
                false => Err(ImportError::NotUnderstood(misfit)),
            }
        }
        Err(other) => Err(other),
    }
}

fn from<'a, 'p, R: Read + Seek>(
    source: &'a mut Source<'p, R>,
    start: u64,
) -> Result<BufReader<&'a mut Source<'p, R>>, ImportError> {
    source.seek(SeekFrom::Start(start))?;
    Ok(BufReader::with_capacity(BUFFER, source))
}

/// The first byte that is no white space.
fn first_byte(from: &mut impl BufRead) -> Result<Option<u8>, ImportError> {
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        if let Some(byte) = buffer.iter().find(|byte| !byte.is_ascii_whitespace()) {
            return Ok(Some(*byte));
        }
        let length = buffer.len();
        from.consume(length);
    }
}

/// Goes through saved answers once before anything is written: a file that was cut on its way is refused as a whole.
fn walk<R: Read + Seek>(source: &mut Source<'_, R>, start: u64) -> Result<(), ImportError> {
    source.begin_first_pass();
    let mut values = Values::new(from(source, start)?);
    while values.next()?.is_some() {}
    Ok(())
}

impl Recognised {
    /// Asks what has to be known before anything is written.
    pub fn prepare<R: Read + Seek>(
        self,
        source: &mut Source<'_, R>,
        answers: &Answers,
        accounts: &[Account],
    ) -> Result<Ready, ImportError> {
        let dates = match &self {
            Self::Table(table) => match &table.kind {
                Kind::Listed(columns) => Some(listed::prepare(table, columns, source, answers, accounts)?),
                _ => None,
            },
            _ => None,
        };
        Ok(Ready { what: self, dates })
    }
}

impl Ready {
    pub fn format(&self) -> Format {
        match &self.what {
            Recognised::Lines(_) => Format::Ndjson,
            Recognised::Answers(_) => Format::Answers,
            Recognised::Table(table) => match table.kind {
                Kind::Plain(_) => Format::CsvPlain,
                Kind::Spreadsheet(_) => Format::Csv,
                Kind::Listed(_) => Format::PartnerCenterCsv,
            },
        }
    }

    /// Reads all of it.
    pub async fn read<R: Read + Seek + Send>(
        &self,
        source: &mut Source<'_, R>,
        intake: &mut Intake<'_>,
    ) -> Result<(), ImportError> {
        match &self.what {
            Recognised::Lines(start) => lines::read(&mut from(source, *start)?, intake).await,
            Recognised::Answers(start) => {
                let mut values = Values::new(from(source, *start)?);
                while let Some(item) = values.next()? {
                    match item.bytes {
                        Some(bytes) => lines::take_bytes(item.line, &bytes, intake).await?,
                        None => {
                            intake.count();
                            intake.reject(item.line, super::Reason::TooLong);
                        }
                    }
                }
                Ok(())
            }
            Recognised::Table(table) => match (&table.kind, self.dates) {
                (Kind::Plain(places), _) => plain::read(table, places, source, intake).await,
                (Kind::Spreadsheet(sheet), _) => spreadsheet::read(table, sheet, source, intake).await,
                (Kind::Listed(columns), Some(how)) => listed::read(table, columns, how, source, intake).await,
                (Kind::Listed(_), None) => Err(ImportError::NotUnderstood(Misfit::Unknown)),
            },
        }
    }
}
