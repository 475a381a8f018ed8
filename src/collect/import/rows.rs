//! Rows of a CSV file, one after the other, with the line each begins in. Bounded: neither an endless cell nor a million
//! columns are held in memory, and a quotation mark that is never closed does not swallow what follows.

use std::io::{BufRead, Seek, SeekFrom};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{ImportError, Reason};

/// The longest row, in bytes.
const LONGEST_ROW: usize = 64 << 20;
const MOST_COLUMNS: usize = 1_000;
/// So many bytes are read again at most to go on after rows that could not be read.
const MOST_READ_AGAIN: u64 = 1 << 30;

/// Whether quotation marks are used as they should be. The reader takes everything for something; here only rows of
/// several lines depend on it, because a mark that was never closed makes one row of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quotes {
    #[default]
    FieldStart,
    Unquoted,
    Quoted,
    /// After a mark within quotation marks: they end here, or it stands for itself.
    Mark,
}

/// See the module.
pub(super) struct Rows<F> {
    from: F,
    reader: Reader,
    delimiter: u8,
    /// Where the next row begins.
    offset: u64,
    lines: Lines,
    text: Vec<u8>,
    ends: Vec<usize>,
    /// How many cells a row has, once that is known.
    columns: Option<usize>,
    /// So many bytes may still be read again.
    may_read_again: u64,
}

/// Counts lines, which end in LF, CR LF or CR.
#[derive(Clone, Copy, Debug)]
struct Lines {
    /// The line of the next byte.
    number: u64,
    /// Whether the last byte was a CR: an LF would belong to it.
    after_cr: bool,
}

impl Lines {
    fn pass(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.after_cr && bytes[0] != b'\n' {
            self.number += 1;
        }
        self.after_cr = bytes.ends_with(b"\r");
        for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
            let ends = bytes[at] == b'\n' || bytes.get(at + 1).is_some_and(|next| *next != b'\n');
            self.number += u64::from(ends);
        }
    }

    /// No LF follows.
    fn settle(&mut self) {
        self.number += u64::from(self.after_cr);
        self.after_cr = false;
    }
}

/// The cells of a row.
pub(super) struct Row<'a> {
    /// The line it begins in.
    pub line: u64,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell at that place; empty where the row has none.
    pub fn cell(&self, at: usize) -> &'a str {
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        start
            .zip(self.ends.get(at))
            .and_then(|(start, end)| self.text.get(start..*end))
            .unwrap_or_default()
    }

    pub fn cells(&self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map(|at| self.cell(at))
    }
}

/// What stands where a row is looked for.
pub(super) enum Found<'a> {
    Row(Row<'a>),
    Bad { line: u64, reason: Reason },
    End,
}

impl<F: BufRead + Seek> Rows<F> {
    /// From `offset` on, which is in that line.
    pub fn new(mut from: F, offset: u64, line: u64, delimiter: u8) -> Result<Self, ImportError> {
        from.seek(SeekFrom::Start(offset))?;
        Ok(Self {
            from,
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            offset,
            lines: Lines {
                number: line,
                after_cr: false,
            },
            text: vec![0; 64 << 10],
            ends: vec![0; 64],
            columns: None,
            may_read_again: MOST_READ_AGAIN,
        })
    }

    /// From now on a row has to have so many cells.
    pub fn expect(&mut self, columns: usize) {
        self.columns = Some(columns);
    }

    /// Where the next row begins, and its line.
    pub fn place(&self) -> (u64, u64) {
        (self.offset, self.lines.number)
    }

    /// The next row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> Result<Found<'_>, ImportError> {
        self.skip_empty_lines()?;
        let (start, line) = (self.offset, self.lines.number);
        let (mut written, mut cells) = (0, 0);
        let (mut quotes, mut sound) = (Quotes::default(), true);
        let ended_by_file = loop {
            let input = self.from.fill_buf()?;
            let is_over = input.is_empty();
            let (result, read, wrote, ended) =
                self.reader
                    .read_record(input, &mut self.text[written..], &mut self.ends[cells..]);
            self.lines.pass(&input[..read]);
            sound &= quotes.follow(&input[..read], self.delimiter);
            self.from.consume(read);
            self.offset += read as u64;
            written += wrote;
            cells += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.text.len() < LONGEST_ROW => {
                    self.text.resize(self.text.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull if self.ends.len() < MOST_COLUMNS => {
                    self.ends.resize((self.ends.len() * 2).min(MOST_COLUMNS), 0);
                }
                ReadRecordResult::OutputFull => return self.bad(start, line, Reason::TooLong, true),
                ReadRecordResult::OutputEndsFull => {
                    return self.bad(start, line, Reason::TooManyColumns, true);
                }
                ReadRecordResult::Record => break is_over,
                ReadRecordResult::End => return Ok(Found::End),
            }
        };
        self.end_line()?;
        let several_lines = self.lines.number > line + u64::from(!ended_by_file);
        if let Some(expected) = self.columns
            && expected != cells
        {
            let reason = Reason::Columns {
                expected,
                found: cells,
            };
            return self.bad(start, line, reason, several_lines);
        }
        let is_open = ended_by_file && quotes == Quotes::Quoted;
        if is_open || (several_lines && !sound) {
            return self.bad(start, line, Reason::OpenQuote, several_lines);
        }
        let ends = &self.ends[..cells];
        match std::str::from_utf8(&self.text[..written]) {
            Ok(text) => Ok(Found::Row(Row { line, text, ends })),
            Err(_) => Ok(Found::Bad {
                line,
                reason: Reason::NotUtf8,
            }),
        }
    }

    /// A row that cannot be read. Where it took more than one line, something in the first is wrong, and what follows gets
    /// its chance from the second line on.
    fn bad(
        &mut self,
        start: u64,
        line: u64,
        reason: Reason,
        go_back: bool,
    ) -> Result<Found<'_>, ImportError> {
        self.text.truncate(1 << 20);
        if !go_back {
            return Ok(Found::Bad { line, reason });
        }
        self.reader = ReaderBuilder::new().delimiter(self.delimiter).build();
        let again = self.offset - start;
        if again <= self.may_read_again {
            self.may_read_again -= again;
            self.from.seek(SeekFrom::Start(start))?;
            self.offset = start;
            self.lines = Lines {
                number: line,
                after_cr: false,
            };
            self.skip_line()?;
            return Ok(Found::Bad { line, reason });
        }
        // Going back each time would take for ever. What was passed over is said.
        if matches!(reason, Reason::TooLong | Reason::TooManyColumns) {
            self.skip_line()?;
        }
        let lines = self.lines.number - line;
        Ok(Found::Bad {
            line,
            reason: Reason::Swallowed { lines },
        })
    }

    /// Takes the LF that belongs to a CR.
    fn end_line(&mut self) -> Result<(), ImportError> {
        if self.lines.after_cr && self.from.fill_buf()?.first() == Some(&b'\n') {
            self.lines.pass(b"\n");
            self.from.consume(1);
            self.offset += 1;
        }
        self.lines.settle();
        Ok(())
    }

    fn skip_line(&mut self) -> Result<(), ImportError> {
        loop {
            let input = self.from.fill_buf()?;
            if input.is_empty() {
                return Ok(());
            }
            let end = memchr::memchr2(b'\r', b'\n', input).map(|at| at + 1);
            let read = end.unwrap_or(input.len());
            self.lines.pass(&input[..read]);
            self.from.consume(read);
            self.offset += read as u64;
            if end.is_some() {
                return self.end_line();
            }
        }
    }

    fn skip_empty_lines(&mut self) -> Result<(), ImportError> {
        loop {
            let input = self.from.fill_buf()?;
            let empty = input
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                .count();
            if empty == 0 {
                self.lines.settle();
                return Ok(());
            }
            self.lines.pass(&input[..empty]);
            self.from.consume(empty);
            self.offset += empty as u64;
        }
    }
}

impl Quotes {
    /// Goes on through these bytes; false when something stands between a closing mark and the end of its field.
    fn follow(&mut self, bytes: &[u8], delimiter: u8) -> bool {
        let mut sound = true;
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            *self = match *self {
                Self::Quoted => match memchr::memchr(b'"', &bytes[at..]) {
                    Some(length) => {
                        at += length;
                        Self::Mark
                    }
                    None => return sound,
                },
                Self::Unquoted => match memchr::memchr3(delimiter, b'\r', b'\n', &bytes[at..]) {
                    Some(length) => {
                        at += length;
                        Self::FieldStart
                    }
                    None => return sound,
                },
                Self::Mark if byte == b'"' => Self::Quoted,
                Self::FieldStart if byte == b'"' => Self::Quoted,
                _ if byte == delimiter || byte == b'\r' || byte == b'\n' => Self::FieldStart,
                Self::Mark => {
                    sound = false;
                    Self::Unquoted
                }
                Self::FieldStart => Self::Unquoted,
            };
            at += 1;
        }
        sound
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    fn read(file: &str, columns: usize) -> Vec<(u64, Result<Vec<String>, Reason>)> {
        let mut rows = Rows::new(BufReader::with_capacity(7, Cursor::new(file)), 0, 1, b',').unwrap();
        rows.expect(columns);
        let mut all = Vec::new();
        loop {
            all.push(match rows.next().unwrap() {
                Found::End => return all,
                Found::Row(row) => (row.line, Ok(row.cells().map(str::to_owned).collect())),
                Found::Bad { line, reason } => (line, Err(reason)),
            });
        }
    }

    fn ok(line: u64, cells: [&str; 2]) -> (u64, Result<Vec<String>, Reason>) {
        (line, Ok(cells.map(str::to_owned).to_vec()))
    }

    #[test]
    fn rows_know_the_line_they_begin_in() {
        let file = "a,b\r\n\r\n\"c\nd\",e\r\n\"f \"\"g\"\"\",h\n";
        assert_eq!(
            read(file, 2),
            [ok(1, ["a", "b"]), ok(3, ["c\nd", "e"]), ok(5, ["f \"g\"", "h"])]
        );
    }

    #[test]
    fn a_lone_quotation_mark_costs_only_its_own_line() {
        for (file, reason) in [
            (
                "a,b\n\"c,d\ne,f\ng,h\n",
                Reason::Columns {
                    expected: 2,
                    found: 1,
                },
            ),
            ("a,b\nc,\"d\ne,f\ng,h\n", Reason::OpenQuote),
        ] {
            assert_eq!(
                read(file, 2),
                [
                    ok(1, ["a", "b"]),
                    (2, Err(reason)),
                    ok(3, ["e", "f"]),
                    ok(4, ["g", "h"])
                ]
            );
        }
        let file = "\"a,b\n\"c\",d\n\"e\",f\n";
        assert_eq!(read(file, 2)[1..], [ok(2, ["c", "d"]), ok(3, ["e", "f"])]);
    }

    #[test]
    fn lines_end_in_any_way() {
        for end in ["\n", "\r\n", "\r"] {
            let file = ["a,b", "", "\"c", "d\",e", "f,\"g", "h,i", "j", "k,l"].join(end);
            let open = match read(&file, 2).remove(2) {
                (line, Err(Reason::OpenQuote)) => line,
                other => panic!("{other:?}"),
            };
            assert_eq!(open, 5, "{end:?}");
            let all = read(&file, 2);
            assert_eq!(all[0], ok(1, ["a", "b"]), "{end:?}");
            assert_eq!(all[1], (3, Ok(vec![format!("c{end}d"), "e".to_owned()])));
            assert_eq!(all[3], ok(6, ["h", "i"]), "{end:?}");
            assert!(matches!(all[4], (7, Err(Reason::Columns { .. }))), "{end:?}");
            assert_eq!(all[5], ok(8, ["k", "l"]), "{end:?}");
        }
    }

    #[test]
    fn what_is_passed_over_for_good_is_said() {
        let file = "a,b\nc,\"d\ne,f\ng,h\ni,\"j\nk,l\n";
        let mut rows = Rows::new(BufReader::new(Cursor::new(file)), 0, 1, b',').unwrap();
        rows.expect(2);
        rows.may_read_again = 0;
        assert!(matches!(rows.next().unwrap(), Found::Row(_)));
        let Found::Bad { line, reason } = rows.next().unwrap() else {
            panic!("a quotation mark that is not closed")
        };
        assert_eq!((line, reason), (2, Reason::Swallowed { lines: 4 }));
        let Found::Row(rest) = rows.next().unwrap() else {
            panic!("the rest")
        };
        assert_eq!((rest.line, rest.cells().collect::<Vec<_>>()), (6, vec!["k", "l"]));
    }

    #[test]
    fn too_many_columns_are_not_held() {
        let file = format!("a,b\n{}\nc,d", ",".repeat(1_000_000));
        assert_eq!(
            read(&file, 2),
            [
                ok(1, ["a", "b"]),
                (2, Err(Reason::TooManyColumns)),
                ok(3, ["c", "d"])
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(proptest::sample::select(b"\",\r\na\xff\0".to_vec()), 0..60)) {
            let mut rows = Rows::new(BufReader::with_capacity(5, Cursor::new(bytes)), 0, 1, b',').unwrap();
            rows.expect(2);
            let ends = (0..1_000).any(|_| matches!(rows.next().unwrap(), Found::End));
            proptest::prop_assert!(ends);
        }
    }
}
