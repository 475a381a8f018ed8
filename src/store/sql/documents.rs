//! Documents as they lie in the file: zstd with a checksum, with a dictionary trained on the first records archived.

use std::collections::HashMap;

use super::connection::{Connection, Optional as _, Row};
use zstd::{
    bulk::{Compressor, Decompressor},
    zstd_safe::{self, CParameter},
};

use super::{
    StoreError,
    dated::{Dated, Lookup},
    dialect::STATE,
};
use crate::{audit::AuditRecord, store::postgres::Said};

const LEVEL: i32 = 3;
const DICTIONARY_BYTES: usize = 64 * 1024;
/// A dictionary is trained once so many documents were seen.
const SAMPLES: usize = 1_000;
/// A longer document teaches nothing about the others.
const LONGEST_SAMPLE: usize = 16 * 1024;
/// Room for a longer document, in bytes, is given back.
const MOST_ROOM: usize = 1 << 20;

fn failed(error: std::io::Error) -> StoreError {
    StoreError::Database(error.into())
}

/// With a checksum of the document, so that one of which a byte has changed is found, and never shown as if it were whole.
fn summing(compressor: std::io::Result<Compressor<'static>>) -> Result<Compressor<'static>, StoreError> {
    let mut compressor = compressor.map_err(failed)?;
    compressor
        .set_parameter(CParameter::ChecksumFlag(true))
        .map_err(failed)?;
    Ok(compressor)
}

/// Compresses documents for the archive.
pub struct Packer {
    plain: Compressor<'static>,
    trained: Option<(i64, Compressor<'static>)>,
    samples: Vec<Vec<u8>>,
    /// Room for the longest that a document may become: many wait to be written, and each takes what it needs.
    room: Vec<u8>,
}

/// A document compressed, and the dictionary it needs.
pub struct Packed {
    pub dictionary: Option<i64>,
    pub bytes: Vec<u8>,
}

impl Packer {
    pub fn new(connection: &Connection) -> Result<Self, StoreError> {
        let newest = connection
            .query_row(
                "SELECT id, bytes FROM dictionary ORDER BY id DESC LIMIT 1",
                (),
                |row| Ok((row.get::<i64>(0)?, row.get::<Vec<u8>>(1)?)),
            )
            .optional()?;
        let trained = match newest {
            Some((id, bytes)) => Some((id, summing(Compressor::with_dictionary(LEVEL, &bytes))?)),
            None => None,
        };
        Ok(Self {
            plain: summing(Compressor::new(LEVEL))?,
            trained,
            samples: Vec::new(),
            room: Vec::new(),
        })
    }

    pub fn pack(&mut self, document: &str) -> Result<Packed, StoreError> {
        if self.trained.is_none() && self.samples.len() < SAMPLES && document.len() <= LONGEST_SAMPLE {
            self.samples.push(document.as_bytes().to_vec());
        }
        let (dictionary, compressor) = match &mut self.trained {
            Some((id, compressor)) => (Some(*id), compressor),
            None => (None, &mut self.plain),
        };
        self.room.clear();
        self.room.reserve(zstd_safe::compress_bound(document.len()));
        compressor
            .compress_to_buffer(document.as_bytes(), &mut self.room)
            .map_err(failed)?;
        let bytes = self.room.as_slice().into();
        if self.room.capacity() > MOST_ROOM {
            self.room = Vec::new();
        }
        Ok(Packed { dictionary, bytes })
    }

    /// Trains a dictionary when enough documents were seen, and stores it in its own transaction: call
    /// between transactions, so that a rollback cannot take it away from under the compressor.
    pub fn train(&mut self, connection: &Connection) -> Result<(), StoreError> {
        if self.trained.is_some() || self.samples.len() < SAMPLES {
            return Ok(());
        }
        let samples = std::mem::take(&mut self.samples);
        // Too little in common is no error: the next thousand documents get their chance.
        let Ok(bytes) = zstd::dict::from_samples(&samples, DICTIONARY_BYTES) else {
            return Ok(());
        };
        let id = connection
            .prepare_cached("INSERT INTO dictionary (bytes) VALUES (?1) RETURNING id")?
            .query_row([&bytes], |row| row.get(0))?;
        self.trained = Some((id, summing(Compressor::with_dictionary(LEVEL, &bytes))?));
        Ok(())
    }
}

/// Where the dictionaries are that documents were packed with.
pub trait Dictionaries {
    /// `None` where there is no such dictionary.
    fn dictionary(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError>;
}

impl Dictionaries for Connection {
    fn dictionary(&self, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = self.query_row("SELECT bytes FROM dictionary WHERE id = ?1", [id], |row| {
            row.get(0)
        });
        Ok(bytes.optional()?)
    }
}

/// Gives documents back byte for byte.
pub struct Unpacker {
    plain: Decompressor<'static>,
    trained: HashMap<i64, Decompressor<'static>>,
}

impl Unpacker {
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self {
            plain: Decompressor::new().map_err(failed)?,
            trained: HashMap::new(),
        })
    }

    pub fn unpack(
        &mut self,
        dictionaries: &impl Dictionaries,
        dictionary: Option<i64>,
        bytes: &[u8],
    ) -> Result<String, StoreError> {
        let decompressor = match dictionary {
            None => &mut self.plain,
            Some(id) => match self.trained.entry(id) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(place) => {
                    let bytes = dictionaries.dictionary(id)?.ok_or_else(damaged)?;
                    place.insert(Decompressor::with_dictionary(&bytes).map_err(failed)?)
                }
            },
        };
        let document = decompressor.decompress(bytes, length(bytes)?).map_err(failed)?;
        String::from_utf8(document).map_err(|e| StoreError::Database(e.into()))
    }
}

/// What a record says as it is now; `None` when that cannot be unpacked, or there is none of that number.
pub fn newest(
    connection: &Connection,
    unpacker: &mut Unpacker,
    record: i64,
) -> Result<Option<AuditRecord>, StoreError> {
    let Some((dictionary, packed)) = connection
        .prepare_cached(&format!(
            "SELECT v.dictionary, v.document FROM record r {} WHERE r.id = ?1",
            connection.newest_version()
        ))?
        .query_row([record], packed)
        .optional()?
    else {
        return Ok(None);
    };
    readable(unpacker.unpack(connection, dictionary, &packed))
}

/// Tells what each of several records on a server says, in any order. Of what is missing or cannot be unpacked nothing is told.
/// They are sent together as they are packed, and unpacked one by one: some are very long.
pub fn each_newest(
    connection: &Connection,
    unpacker: &mut Unpacker,
    records: &[Dated],
    mut tell: impl FnMut(i64, AuditRecord),
) -> Result<(), StoreError> {
    let lookup = Lookup::of(connection, records);
    let mut statement = connection.prepare_cached(&format!(
        "SELECT v.dictionary, v.document, r.id, {STATE} FROM {}",
        lookup.records()
    ))?;
    let mut rows = statement.query(lookup.values().as_slice())?;
    let mut state = None;
    while let Some(row) = rows.next()? {
        state = Some(row.get(3)?);
        let document = unpacker.unpack(connection, row.get(0)?, row.blob(1)?);
        if let Some(record) = readable(document)? {
            tell(row.get(2)?, record);
        }
    }
    if let Some(state) = state {
        connection.has_answered_in(state);
    }
    Ok(())
}

/// What a version says; `None` when it cannot be unpacked.
pub fn of_version(
    connection: &Connection,
    unpacker: &mut Unpacker,
    version: i64,
) -> Result<Option<AuditRecord>, StoreError> {
    let (dictionary, packed) = connection
        .prepare_cached("SELECT dictionary, document FROM version WHERE seq = ?1")?
        .query_row([version], packed)?;
    readable(unpacker.unpack(connection, dictionary, &packed))
}

fn packed(row: &Row<'_>) -> super::connection::Result<(Option<i64>, Vec<u8>)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// One document that cannot be unpacked is no reason to refuse all others; that the file is damaged, or the
/// time is up, is.
fn readable(unpacked: Result<String, StoreError>) -> Result<Option<AuditRecord>, StoreError> {
    match unpacked {
        Ok(document) => Ok(Some(AuditRecord::read(document))),
        // What the database itself says is of other weight.
        Err(StoreError::Database(error)) if !error.is::<rusqlite::Error>() && !error.is::<Said>() => Ok(None),
        Err(other) => Err(other),
    }
}

/// How many bytes a packed document has unpacked.
pub fn length(packed: &[u8]) -> Result<usize, StoreError> {
    zstd_safe::get_frame_content_size(packed)
        .ok()
        .flatten()
        .and_then(|size| usize::try_from(size).ok())
        .ok_or_else(damaged)
}

fn damaged() -> StoreError {
    StoreError::Database("a stored document is damaged".into())
}
