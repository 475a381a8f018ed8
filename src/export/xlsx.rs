//! A workbook for Excel: typed dates and numbers, a header that stays, a filter. Rows go to the disk as they come, so a
//! workbook of any size takes the memory of a few; its file is only there when it is whole.

use std::{
    fs::File,
    io::{Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use chrono::Datelike as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rust_xlsxwriter::{Format as CellFormat, FormatAlign, Workbook, Worksheet, XlsxError};
use tokio::{io::AsyncReadExt as _, sync::mpsc};
use zstd::zstd_safe::DCtx;

use super::{
    Chunk, Chunks, ExportError, Extract,
    cell::shortened,
    form::Form,
    pages::made,
    table::{Kind, RecordRows},
};
use crate::store::{Documents, Store};

/// Excel's limit of a sheet, its header included.
const LONGEST_SHEET: u32 = 1_048_576;
/// Beyond so many bytes of cells the archive format for more than 4 GiB is taken, which old readers do not know.
const LARGE: u64 = 2 << 30;
/// The file is sent in pieces of so many bytes.
const PIECE: usize = 256 * 1024;
/// Excel's dates begin here, and are exact from here on.
const FIRST_YEAR: i32 = 1900;
/// A number with more digits would lose some.
const MOST_DIGITS: usize = 15;

/// A selection as a workbook, which is put together in a folder with room for it before anything is sent.
pub(super) fn chunks(store: Arc<dyn Store>, of: Extract, form: Form, folder: PathBuf) -> Chunks {
    let file = async move { workbook(store, of, form, &folder).await };
    Box::pin(stream::once(file).map_ok(pieces).try_flatten())
}

/// A file that is whole, and what is in it.
struct Finished {
    file: tokio::fs::File,
    length: u64,
    records: u64,
    rows: u64,
}

fn pieces(finished: Finished) -> Chunks {
    let counts = Chunk {
        length: Some(finished.length),
        records: finished.records,
        rows: finished.rows,
        ..Chunk::default()
    };
    let pieces = stream::try_unfold(finished.file, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut file).take(PIECE as u64).read_to_end(&mut piece).await?;
        Ok((!piece.is_empty()).then(|| (Chunk::of(Bytes::from(piece)), file)))
    });
    Box::pin(stream::once(async move { Ok(counts) }).chain(pieces))
}

async fn workbook(
    store: Arc<dyn Store>,
    of: Extract,
    form: Form,
    folder: &Path,
) -> Result<Finished, ExportError> {
    let (to, from) = mpsc::channel(1);
    let folder = folder.to_owned();
    let writing = tokio::task::spawn_blocking(move || Sheets::new(form, &folder)?.write(from));
    let mut pages = Box::pin(made(store, of, move |documents| rows(&form, &documents)));
    loop {
        let page = pages.next().await.transpose();
        let last = !matches!(page, Ok(Some(_)));
        // When nobody takes it any more, writing has failed, and says why.
        if to.send(page).await.is_err() || last {
            break;
        }
    }
    writing
        .await
        .map_err(|e| crate::store::StoreError::Database(e.into()))?
}

fn rows(form: &Form, documents: &Documents) -> Result<Vec<RecordRows>, ExportError> {
    let mut context = DCtx::create();
    documents
        .iter()
        .map(|document| Ok(form.rows_of(documents.read(document, &mut context)?)))
        .collect()
}

struct Sheets {
    workbook: Workbook,
    folder: PathBuf,
    form: Form,
    header: Vec<String>,
    kinds: Vec<Kind>,
    cut: String,
    /// How many sheets there are.
    sheets: usize,
    dates: CellFormat,
    /// The row that is next in the last one.
    next: u32,
    records: u64,
    rows: u64,
    bytes: u64,
}

impl Sheets {
    fn new(form: Form, folder: &Path) -> Result<Self, ExportError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let mut sheets = Self {
            workbook,
            folder: folder.to_owned(),
            header: form.header(),
            kinds: form.kinds(),
            cut: form.lang.t("csv-cell-cut"),
            form,
            sheets: 0,
            dates: CellFormat::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            next: 0,
            records: 0,
            rows: 0,
            bytes: 0,
        };
        sheets.begin()?;
        Ok(sheets)
    }

    /// Writes what comes up to its end, which is `None`, and then the file.
    fn write(
        mut self,
        mut from: mpsc::Receiver<Result<Option<Vec<RecordRows>>, ExportError>>,
    ) -> Result<Finished, ExportError> {
        loop {
            // Whoever wanted it has gone: there is no end, and nobody to make a file for.
            let Some(page) = from.blocking_recv() else {
                return Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe).into());
            };
            let Some(page) = page? else {
                break;
            };
            for mut record in page {
                self.records += 1;
                let at = record.at;
                while let Some(cells) = record.next() {
                    self.row(at, cells)?;
                }
            }
        }
        self.end()?;
        self.workbook.use_zip_large_file(self.bytes > LARGE);
        let mut file = tempfile::tempfile_in(&self.folder)?;
        self.workbook.save_to_writer(std::io::BufWriter::new(&mut file))?;
        finished(file, self.records, self.rows)
    }

    /// Begins a sheet: its header, which stays where it is.
    fn begin(&mut self) -> Result<(), ExportError> {
        let number = self.sheets + 1;
        let title = self.form.lang.t("xlsx-sheet");
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(match number {
            1 => title,
            _ => format!("{title} {number}"),
        })?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = CellFormat::new().set_bold().set_align(FormatAlign::Top);
        for (column, (name, kind)) in (0..).zip(self.header.iter().zip(&self.kinds)) {
            sheet.set_column_width(column, width(*kind, name))?;
            sheet.write_string_with_format(0, column, name, &bold)?;
        }
        self.sheets = number;
        self.next = 1;
        Ok(())
    }

    fn end(&mut self) -> Result<(), ExportError> {
        let (last, columns) = (self.next - 1, self.header.len());
        let columns = u16::try_from(columns - 1).unwrap_or(u16::MAX);
        self.sheet()?.autofilter(0, 0, last, columns)?;
        Ok(())
    }

    fn sheet(&mut self) -> Result<&mut Worksheet, XlsxError> {
        self.workbook.worksheet_from_index(self.sheets - 1)
    }

    fn row<'c>(
        &mut self,
        at: Option<chrono::NaiveDateTime>,
        cells: impl Iterator<Item = &'c str>,
    ) -> Result<(), ExportError> {
        if self.next == LONGEST_SHEET {
            self.end()?;
            self.begin()?;
        }
        let row = self.next;
        self.next += 1;
        self.rows += 1;
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for (column, (cell, kind)) in (0..).zip(cells.zip(&self.kinds)) {
            self.bytes += cell.len() as u64 + 40;
            match (kind, at) {
                (Kind::LocalTime, Some(at)) if (FIRST_YEAR..=9999).contains(&at.year()) => {
                    sheet.write_datetime_with_format(row, column, at, &self.dates)?;
                }
                (Kind::Number, _) if let Some(number) = number(cell) => {
                    sheet.write_number(row, column, number)?;
                }
                _ if cell.is_empty() => {}
                _ => {
                    sheet.write_string(row, column, fit(cell, &self.cut))?;
                }
            }
        }
        Ok(())
    }
}

/// A text that a workbook can hold.
fn fit(cell: &str, cut: &str) -> String {
    shortened(cell.to_owned(), cut)
}

/// The number that a text is; `None` where it would not come back as the same text.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.len() <= MOST_DIGITS
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

/// How wide a column is, in characters.
fn width(kind: Kind, name: &str) -> f64 {
    match kind {
        Kind::LocalTime => 20.0_f64.max(name.chars().count() as f64),
        Kind::Json => 40.0,
        Kind::Number => 10.0,
        Kind::Text => 24.0,
    }
}

fn finished(mut file: File, records: u64, rows: u64) -> Result<Finished, ExportError> {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    Ok(Finished {
        file: tokio::fs::File::from_std(file),
        length,
        records,
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_the_same_is_a_number() {
        for text in ["0", "25", "-3", "123456789012345"] {
            assert_eq!(number(text).map(|n| n.to_string()).as_deref(), Some(text));
        }
        for text in [
            "",
            "-",
            "007",
            "1.50",
            "1e3",
            "1234567890123456",
            "１",
            "+1",
            " 1",
            "-0x",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
