//! Documents on their way out of the archive: many at a time, still packed, so that whoever wants them can unpack them
//! where there is a processor to spare.

use std::{io::Cursor as Place, ops::Range, sync::Arc};

use zstd::zstd_safe::{DCtx, DDict, get_error_name, get_frame_content_size};

use super::{Account, StoreError};
use crate::audit::{AuditRecord, Cursor, RecordId, Ticks, identity::EventKey};

/// The newest documents of some records of a selection, newest first.
#[derive(Default)]
pub struct Documents {
    /// The packed documents, one after the other.
    packed: Vec<u8>,
    all: Vec<Document>,
    /// Where the next ones begin, when there are any.
    pub older: Option<Cursor>,
}

/// A stretch of the log that is read for files and programs, from newer to older.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    /// It begins behind this record, or with all of its date where there is no such record; with the newest where nothing
    /// is said.
    pub at: Option<Cursor>,
    /// Nothing that is older is in it; [`Ticks::MIN`] where it has no end.
    pub since: Ticks,
    /// So many records at most,
    pub most: u32,
    /// and no further one behind so many bytes of documents.
    pub most_bytes: usize,
}

/// Documents that were read, of which is left to be told what memory knows of them: no connection waits for that.
pub struct Fetched {
    /// Where the next ones begin, when there are any.
    pub older: Option<Cursor>,
    rest: Box<dyn FnOnce() -> Result<Documents, StoreError> + Send>,
}

impl Fetched {
    pub(super) fn new(
        older: Option<Cursor>,
        rest: impl FnOnce() -> Result<Documents, StoreError> + Send + 'static,
    ) -> Self {
        Self {
            older,
            rest: Box::new(rest),
        }
    }

    /// Takes well under a millisecond.
    ///
    /// # Errors
    /// When the archive does not fit together.
    pub fn documents(self) -> Result<Documents, StoreError> {
        (self.rest)()
    }
}

impl From<Documents> for Fetched {
    fn from(documents: Documents) -> Self {
        Self::new(documents.older, || Ok(documents))
    }
}

/// A packed document, and what the archive knows of its record beside it.
pub struct Document {
    pub key: EventKey,
    pub ordinal: u32,
    /// The date it is filed under.
    pub ticks: Ticks,
    pub account: Arc<Account>,
    pub customer_id: Option<Arc<str>>,
    /// The last name known for its customer id.
    pub customer_name: Option<Arc<str>>,
    pub dictionary: Option<Arc<DDict<'static>>>,
    pub(super) packed: Range<usize>,
}

impl Document {
    /// Whether it is of one of these customers, by their ids; of any where there are none.
    pub fn is_of(&self, customers: &[String]) -> bool {
        is_one_of(self.customer_id.as_deref(), customers)
    }
}

/// Whether a customer is one of these, by their ids; anybody is where there are none.
pub fn is_one_of(customer_id: Option<&str>, customers: &[String]) -> bool {
    let customer = customer_id.unwrap_or_default();
    customers.is_empty() || customers.iter().any(|id| id.eq_ignore_ascii_case(customer))
}

/// A record as it is filed: what a list shows of it.
#[derive(Clone, Debug)]
pub struct Filed {
    pub id: RecordId,
    pub record: AuditRecord,
    /// The date it is filed under.
    pub ticks: Ticks,
    pub account: Arc<Account>,
    /// The record's own customer name, or the last one known for its customer id.
    pub customer_name: Option<String>,
}

impl Documents {
    /// Keeps a document as it is packed, of zstd with the length and a checksum; says where.
    pub(super) fn keep(&mut self, packed: &[u8]) -> Range<usize> {
        let at = self.packed.len();
        self.packed.extend_from_slice(packed);
        at..self.packed.len()
    }

    pub(super) fn kept(&self, at: Range<usize>) -> &[u8] {
        &self.packed[at]
    }

    pub(super) fn reserve(&mut self, more: usize) {
        self.all.reserve(more);
    }

    /// Adds a record whose document is kept.
    pub(super) fn push(&mut self, document: Document) {
        self.all.push(document);
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.all.iter()
    }

    /// Leaves the documents out that are not wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Document) -> bool) {
        self.all.retain(wanted);
    }

    /// How many bytes a document has unpacked.
    ///
    /// # Errors
    /// When what is kept of it is damaged.
    pub fn length(&self, document: &Document) -> Result<usize, StoreError> {
        get_frame_content_size(&self.packed[document.packed.clone()])
            .ok()
            .flatten()
            .and_then(|size| usize::try_from(size).ok())
            .ok_or_else(|| StoreError::Database("a stored document is damaged".into()))
    }

    /// Appends a document to `out`, byte for byte as it was received.
    ///
    /// # Errors
    /// When what is kept of it is damaged.
    pub fn unpack(
        &self,
        document: &Document,
        context: &mut DCtx<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        let packed = &self.packed[document.packed.clone()];
        let at = out.len();
        out.reserve(self.length(document)?);
        let mut place = Place::new(out);
        place.set_position(at as u64);
        match &document.dictionary {
            Some(dictionary) => context.decompress_using_ddict(&mut place, packed, dictionary),
            None => context.decompress(&mut place, packed),
        }
        .map(|_| ())
        .map_err(|code| StoreError::Database(get_error_name(code).into()))
    }

    /// Unpacks a document and reads it.
    ///
    /// # Errors
    /// When what is kept of it is damaged.
    pub fn read(&self, document: &Document, context: &mut DCtx<'_>) -> Result<Filed, StoreError> {
        let mut text = Vec::new();
        self.unpack(document, context, &mut text)?;
        let text = String::from_utf8(text).map_err(|e| StoreError::Database(e.into()))?;
        let record = AuditRecord::read(text);
        let last_known = || document.customer_name.as_deref().map(ToOwned::to_owned);
        Ok(Filed {
            id: RecordId::new(record.given_id.as_deref(), &document.key, document.ordinal),
            customer_name: record.customer_name.clone().or_else(last_known),
            record,
            ticks: document.ticks,
            account: Arc::clone(&document.account),
        })
    }
}
