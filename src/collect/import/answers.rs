//! Saved answers of the API, taken apart without reading them into memory: collections, lists, and records one after the
//! other, however they are broken into lines.
//!
//! Only the frame is looked at: where each value begins and ends. What is in it is for others.

use std::{
    borrow::Cow,
    io::{self, BufRead},
};

use super::{ImportError, Misfit, lines::is_record};
use crate::audit::json;

/// A record longer than this is none.
pub(super) const LONGEST_RECORD: usize = 32 << 20;

/// One element of a list of records, or a record that stands for itself.
pub(super) struct Item {
    /// The line it begins in.
    pub line: u64,
    /// Its bytes as they are; nothing when it is too long.
    pub bytes: Option<Vec<u8>>,
}

/// Where in the file the next byte is.
enum Place {
    /// Between values.
    Top,
    /// Within a list of records; `items` when it is that of a collection.
    List { items: bool, first: bool },
}

/// See the module.
pub(super) struct Values<R> {
    from: R,
    line: u64,
    place: Place,
}

/// What is wrong, with the line for a reader.
enum Fault {
    Io(io::Error),
    Broken,
    NoRecords,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A place to put the bytes of a value that may be too long.
#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        if self.too_long || self.bytes.len() + bytes.len() > LONGEST_RECORD {
            self.too_long = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

impl<R: BufRead> Values<R> {
    pub fn new(from: R) -> Self {
        Self {
            from,
            line: 1,
            place: Place::Top,
        }
    }

    /// The next record, or what stands in its place; `None` at the end.
    ///
    /// # Errors
    /// When the frame is broken, or a value is neither a record nor a list of them.
    pub fn next(&mut self) -> Result<Option<Item>, ImportError> {
        self.item().map_err(|fault| match fault {
            Fault::Io(error) => ImportError::File(error),
            Fault::Broken => ImportError::NotUnderstood(Misfit::BrokenJson(self.line)),
            Fault::NoRecords => ImportError::NotUnderstood(Misfit::NoRecords),
        })
    }

    fn item(&mut self) -> Result<Option<Item>, Fault> {
        loop {
            let next = self.skip_space()?;
            match (&self.place, next) {
                (Place::Top, None) => return Ok(None),
                (_, None) => return Err(Fault::Broken),
                (Place::Top, Some(b'[')) => {
                    self.bump(1);
                    self.place = Place::List {
                        items: false,
                        first: true,
                    };
                }
                (Place::Top, Some(b'{')) => {
                    if let Some(item) = self.object()? {
                        return Ok(Some(item));
                    }
                }
                (Place::Top, Some(_)) => return Err(Fault::NoRecords),
                (Place::List { items, .. }, Some(b']')) => {
                    let items = *items;
                    self.bump(1);
                    self.place = Place::Top;
                    if items {
                        self.rest_of_collection()?;
                    }
                }
                (Place::List { items, first }, Some(byte)) => {
                    let (items, first) = (*items, *first);
                    if !first {
                        if byte != b',' {
                            return Err(Fault::Broken);
                        }
                        self.bump(1);
                        self.skip_space()?;
                    }
                    self.place = Place::List { items, first: false };
                    let line = self.line;
                    let mut kept = Kept::default();
                    self.value(&mut kept)?;
                    return Ok(Some(Item {
                        line,
                        bytes: (!kept.too_long).then_some(kept.bytes),
                    }));
                }
            }
        }
    }

    /// An object between values: a record, or a collection, whose items follow.
    fn object(&mut self) -> Result<Option<Item>, Fault> {
        let line = self.line;
        let mut kept = Kept::default();
        self.take(1, &mut kept)?;
        let mut first = true;
        loop {
            match self.keep_space(&mut kept)? {
                Some(b'}') => break,
                Some(b',') if !first => self.take(1, &mut kept)?,
                Some(b'"') if first => {}
                _ => return Err(Fault::Broken),
            }
            first = false;
            if self.keep_space(&mut kept)? != Some(b'"') {
                return Err(Fault::Broken);
            }
            let mut name = Kept::default();
            self.value(&mut name)?;
            kept.add(&name.bytes);
            if self.keep_space(&mut kept)? != Some(b':') {
                return Err(Fault::Broken);
            }
            self.take(1, &mut kept)?;
            let next = self.keep_space(&mut kept)?;
            let is_items = std::str::from_utf8(&name.bytes)
                .ok()
                .and_then(json::text)
                .map(Cow::into_owned)
                .is_some_and(|name| name == "items");
            if is_items && next == Some(b'[') {
                self.bump(1);
                self.place = Place::List {
                    items: true,
                    first: true,
                };
                return Ok(None);
            }
            self.value(&mut kept)?;
        }
        self.take(1, &mut kept)?;
        if !kept.too_long && !is_record(&String::from_utf8_lossy(&kept.bytes)) {
            return Err(Fault::NoRecords);
        }
        Ok(Some(Item {
            line,
            bytes: (!kept.too_long).then_some(kept.bytes),
        }))
    }

    /// What follows the items of a collection.
    fn rest_of_collection(&mut self) -> Result<(), Fault> {
        loop {
            match self.skip_space()? {
                Some(b'}') => {
                    self.bump(1);
                    return Ok(());
                }
                Some(b',') => self.bump(1),
                _ => return Err(Fault::Broken),
            }
            let mut unused = Kept {
                too_long: true,
                ..Kept::default()
            };
            if self.skip_space()? != Some(b'"') {
                return Err(Fault::Broken);
            }
            self.value(&mut unused)?;
            if self.skip_space()? != Some(b':') {
                return Err(Fault::Broken);
            }
            self.bump(1);
            self.skip_space()?;
            self.value(&mut unused)?;
        }
    }

    /// One value, byte for byte.
    fn value(&mut self, kept: &mut Kept) -> Result<(), Fault> {
        let (mut depth, mut in_text, mut escaped, mut begun) = (0_u64, false, false, false);
        loop {
            let buffer = self.from.fill_buf()?;
            if buffer.is_empty() {
                // A number or a word may end with the file.
                return if begun && depth == 0 && !in_text {
                    Ok(())
                } else {
                    Err(Fault::Broken)
                };
            }
            let mut end = None;
            let mut lines = 0;
            for (at, byte) in buffer.iter().enumerate() {
                if in_text {
                    match byte {
                        b'\n' => return Err(Fault::Broken),
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => {
                            in_text = false;
                            if depth == 0 {
                                end = Some(at + 1);
                                break;
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' if depth > 0 || !begun => in_text = true,
                    b'{' | b'[' if depth > 0 || !begun => depth += 1,
                    b'}' | b']' if depth > 0 => {
                        depth -= 1;
                        if depth == 0 {
                            end = Some(at + 1);
                            break;
                        }
                    }
                    b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 => {
                        if !begun {
                            return Err(Fault::Broken);
                        }
                        end = Some(at);
                        break;
                    }
                    b'\n' => lines += 1,
                    _ => {}
                }
                begun = true;
            }
            let length = end.unwrap_or(buffer.len());
            kept.add(&buffer[..length]);
            self.from.consume(length);
            self.line += lines;
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Passes over white space; the byte after it.
    fn skip_space(&mut self) -> Result<Option<u8>, Fault> {
        let mut unused = Kept {
            too_long: true,
            ..Kept::default()
        };
        self.keep_space(&mut unused)
    }

    fn keep_space(&mut self, kept: &mut Kept) -> Result<Option<u8>, Fault> {
        loop {
            let buffer = self.from.fill_buf()?;
            let Some(first) = buffer.first() else {
                return Ok(None);
            };
            if !matches!(first, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(*first));
            }
            let end = buffer
                .iter()
                .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
                .unwrap_or(buffer.len());
            let lines = memchr::memchr_iter(b'\n', &buffer[..end]).count();
            kept.add(&buffer[..end]);
            self.from.consume(end);
            self.line += lines as u64;
        }
    }

    fn bump(&mut self, bytes: usize) {
        self.from.consume(bytes);
    }

    fn take(&mut self, bytes: usize, kept: &mut Kept) -> Result<(), Fault> {
        let buffer = self.from.fill_buf()?;
        kept.add(&buffer[..bytes.min(buffer.len())]);
        self.from.consume(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Option<Vec<String>> {
        // A small buffer: values lie across its borders.
        let mut values = Values::new(io::BufReader::with_capacity(3, text.as_bytes()));
        let mut all = Vec::new();
        while let Some(item) = values.next().ok()? {
            all.push(String::from_utf8(item.bytes?).ok()?);
        }
        Some(all)
    }

    #[test]
    fn every_value_is_taken_byte_for_byte() {
        let a = r#"{ "operationType" : "x\"}]" ,"n":[1,{"a":[]}]}"#;
        for text in [
            format!("[{a},{a}]"),
            format!("  [ {a} , {a}\n]\n"),
            format!(r#"{{"totalCount":2,"items":[{a},{a}],"links":{{"self":["x"]}}}}"#),
            format!(r#"{{"items" :[ {a}]}} {{"items":[{a}],"a":null}}"#),
            format!("{a}{a}"),
            format!("[{a}]\n{a}"),
        ] {
            assert_eq!(items(&text).unwrap(), [a, a], "{text}");
        }
        assert_eq!(
            items("[1, \"a,b\",null ,true]").unwrap(),
            ["1", "\"a,b\"", "null", "true"]
        );
        assert_eq!(items("[]").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_broken_is_refused() {
        for text in [
            "[",
            "[1",
            "[1,]",
            "[1 2]",
            "[\"a]",
            "{\"items\":[{\"a\":1}",
            "{\"items\":[1],}",
            "{\"items\":[1]",
            "{a}",
            "\"text\"",
            "7",
            "{\"a\":1}",
            "{\"items\":7}",
            "[\"a\nb\"]",
            "[,1]",
        ] {
            assert_eq!(items(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}\",:a\\\\ \n1]*") {
            let _ = items(&text);
        }
    }
}
