//! One reading of one UTC day: its pages appended as they come, and whether it was whole.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, NaiveDate, Utc};
use tokio_util::sync::CancellationToken;

use super::{
    archivist::{ArchiveFailed, Archivist, Receipt},
    seen::Seen,
};
use crate::{
    audit::{
        AuditRecord, Ticks,
        identity::{Content, EventKey},
    },
    clock::Clock,
    partner_center::{self, Client, DayPages, RecordPage, Trouble},
    store::{AccountId, Appended, Batch, Incoming, Source, end_of},
};

/// Page sizes for reading a day again when its pages repeated themselves: with other borders, another page
/// would have to repeat itself in just the same way.
const OTHER_SIZES: [u32; 5] = [499, 333, 487, 251, 97];

/// Records of a page, where larger pages are more than the client takes: documents can have megabytes.
const SMALLER_SIZES: [u32; 3] = [50, 7, 1];

/// When so many more records than there are came again, a reading is given up.
const MANY_REPEATED: u64 = 20_000;

/// Records that may have come again wait in memory; of more bytes a reading is given up. Twins come by the dozen.
const MOST_DOUBTFUL: usize = 64 << 20;

/// Why a day was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    #[error(transparent)]
    PartnerCenter(#[from] partner_center::Error),
    #[error(transparent)]
    Archive(#[from] ArchiveFailed),
    #[error("the day changed while it was read, however often it was read")]
    Unsteady,
    #[error("Partner Center shows records of several days that it does not show of each day alone")]
    EndsLeftOut,
    #[error("collecting was stopped")]
    Stopped,
}

impl DayError {
    /// The kind of trouble, as a code.
    pub fn trouble(&self) -> &'static str {
        match self {
            Self::PartnerCenter(error) => Trouble::of(error).code(),
            Self::Archive(_) => Trouble::ArchiveFailed.code(),
            Self::Unsteady => Trouble::Unsteady.code(),
            Self::EndsLeftOut => Trouble::AnswerUnusable.code(),
            Self::Stopped => Trouble::Stopped.code(),
        }
    }
}

/// What a whole reading of a day showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayRead {
    pub records: u64,
    /// Partner Center's clock when the reading began.
    pub their_date: Option<DateTime<Utc>>,
}

/// A day of an account about to be read.
pub struct Reading<'a> {
    pub archivist: &'a Archivist,
    pub account: AccountId,
    pub client: &'a Client,
    pub clock: &'a Clock,
    pub day: NaiveDate,
    pub stop: &'a CancellationToken,
}

/// What one reading of the pages showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shown {
    /// How many records, each counted once.
    records: u64,
    /// Which ones, whatever they say: a sum over their event keys.
    keys: u128,
}

impl Shown {
    fn add(&mut self, key: &EventKey) {
        self.records += 1;
        self.keys = self.keys.wrapping_add(u128::from_le_bytes(key.0));
    }
}

/// How often a reading showed a record that has no id, by what it is and says.
type Multiplicity = HashMap<(EventKey, Content), u32>;

/// Pages that were handed over and what they changed.
#[derive(Default)]
struct Receipts {
    open: VecDeque<Receipt>,
    appended: Appended,
}

/// Of so many pages the receipts are kept before the oldest is waited for.
const OPEN_RECEIPTS: usize = 16;

impl Receipts {
    async fn add(&mut self, receipt: Receipt) -> Result<(), ArchiveFailed> {
        self.open.push_back(receipt);
        self.wait(OPEN_RECEIPTS).await
    }

    /// Waits until no more than so many are open.
    async fn wait(&mut self, open: usize) -> Result<(), ArchiveFailed> {
        while self.open.len() > open
            && let Some(receipt) = self.open.pop_front()
        {
            self.appended += receipt.written().await?;
        }
        Ok(())
    }
}

impl Reading<'_> {
    /// Reads the day to its last page. Says what that changed, also when a later page fails, and only once that is
    /// safe.
    ///
    /// Where a page is larger than the client takes, the day is read in smaller ones.
    ///
    /// A reading that shows fewer records than its pages announce is not whole, nor is one that shows a record again:
    /// what came twice may have come in the place of another. The day is read again with other page borders, until it
    /// is whole, or until a second reading shows the same, and only the number is wrong or the borders overlap. Of a day
    /// that still goes on two readings are enough.
    pub async fn run(&self) -> (Appended, Result<DayRead, DayError>) {
        let mut receipts = Receipts::default();
        let result = self.read(&mut receipts).await;
        match receipts.wait(0).await {
            Ok(()) => (receipts.appended, result),
            Err(failed) => (receipts.appended, Err(failed.into())),
        }
    }

    async fn read(&self, receipts: &mut Receipts) -> Result<DayRead, DayError> {
        let mut their_date = None;
        let mut before = None;
        let (mut size, mut limit) = (None, None);
        for attempt in 0..OTHER_SIZES.len() {
            let (once, shown, announced) = loop {
                match self.once(size, limit, receipts).await {
                    Err(DayError::PartnerCenter(partner_center::Error::TooLarge)) if limit != Some(1) => {
                        let smaller = SMALLER_SIZES
                            .into_iter()
                            .find(|n| limit.is_none_or(|limit| *n < limit));
                        tracing::info!(size = smaller, "a page was too large; asking for smaller ones");
                        (size, limit) = (smaller, smaller);
                    }
                    read => break read?,
                }
            };
            // The first clock counts: what appeared while the day was read again may not all be here.
            their_date = their_date.or(once.their_date);
            let read = DayRead { their_date, ..once };
            if shown.records >= announced {
                return Ok(read);
            }
            if before == Some(shown) {
                tracing::warn!(
                    announced,
                    shown = shown.records,
                    "Partner Center announces more records than it shows, or shows some of them twice"
                );
                return Ok(read);
            }
            let now = self.clock.now();
            let goes_on = their_date.map_or(now, |theirs| theirs.min(now)) < end_of(self.day);
            if goes_on && before.is_some() {
                // Records that arrive meanwhile push others over the borders. What that hides is found by the next run,
                // or by the one after the day's end: none before makes it complete.
                return Ok(read);
            }
            before = Some(shown);
            size = Some(other_sizes(limit)[attempt]);
        }
        Err(DayError::Unsteady)
    }

    /// What the pages show, and how many records they announce: by their own words, or by how many came, with those
    /// that came again.
    async fn once(
        &self,
        size: Option<u32>,
        limit: Option<u32>,
        receipts: &mut Receipts,
    ) -> Result<(DayRead, Shown, u64), DayError> {
        let mut different = Shown::default();
        let (mut came, mut repeated, mut announced) = (0, 0, 0);
        let mut read = DayRead::default();
        let mut seen = Seen::default();
        // Records without ids whose event an earlier page has shown already: further ones, or a page that repeats
        // itself, perhaps after a revision. They wait until that is clear.
        let mut doubtful: Vec<Incoming> = Vec::new();
        let mut doubtful_bytes = 0;
        let mut shown = Multiplicity::new();

        let mut pages = match size {
            None => self.client.day(self.day),
            Some(size) => self.client.day_in_pages_of(self.day, size),
        };
        while let Some(page) = self.next(&mut pages).await? {
            read.their_date = read.their_date.or(page.server_date);
            came += page.records.len() as u64;
            let of_all = page.total_count.and_then(|n| u64::try_from(n).ok());
            announced = announced.max(of_all.unwrap_or(0));
            let page = self.prepared(page).await;
            let mut records = Vec::with_capacity(page.len());
            let mut of_page: Vec<(EventKey, Content)> = Vec::with_capacity(page.len());
            let mut with_id: HashSet<EventKey> = HashSet::new();
            for mut incoming in page {
                let key = (incoming.key, incoming.content);
                incoming.seen_before = seen.of(&incoming.key);
                let without_id = incoming.record.given_id.is_none();
                if without_id {
                    *shown.entry(key).or_default() += 1;
                } else {
                    with_id.insert(incoming.key);
                }
                if without_id && !incoming.seen_before.is_empty() {
                    doubtful_bytes += incoming.record.document.len();
                    doubtful.push(incoming);
                } else {
                    of_page.push(key);
                    records.push(incoming);
                }
            }
            for (key, content) in of_page {
                if seen.has(&key) && with_id.contains(&key) {
                    // An id is one record, however often it comes; what it says counts once.
                    seen.add_once(key, content);
                    repeated += 1;
                    continue;
                }
                seen.add(key, content);
                different.add(&key);
            }
            self.archive(records, receipts).await?;
            if repeated > different.records + MANY_REPEATED || doubtful_bytes > MOST_DOUBTFUL {
                // Going round in circles.
                return Err(DayError::Unsteady);
            }
        }
        if !doubtful.is_empty() {
            let (further, agreed) = self.settle(shown, doubtful, &seen, limit).await?;
            // What those readings showed beyond this one is not archived: this one was not whole.
            announced = announced.max(agreed);
            further.iter().for_each(|incoming| different.add(&incoming.key));
            self.archive(further, receipts).await?;
        }
        read.records = different.records;
        Ok((read, different, announced.max(came)))
    }

    async fn next(&self, pages: &mut DayPages) -> Result<Option<RecordPage>, DayError> {
        let page = tokio::select! {
            biased;
            () = self.stop.cancelled() => return Err(DayError::Stopped),
            page = pages.next() => page?,
        };
        let Some(page) = page else { return Ok(None) };
        if let Some(theirs) = page.server_date {
            let apart = (self.clock.now() - theirs).num_seconds();
            if apart.abs() > 120 {
                tracing::warn!(
                    seconds = apart,
                    "this machine's clock differs from Partner Center's"
                );
            }
        }
        Ok(Some(page))
    }

    /// The records of a page as the archive takes them. Reading and hashing them is work, so it is done elsewhere.
    async fn prepared(&self, page: RecordPage) -> Vec<Incoming> {
        let fallback = Ticks::start_of(self.day);
        let prepare = move || {
            let documents = page.records.into_iter().map(Box::<str>::from);
            documents
                .map(|document| Incoming::new(AuditRecord::read(document), fallback))
                .collect()
        };
        match tokio::task::spawn_blocking(prepare).await {
            Ok(prepared) => prepared,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    async fn archive(&self, records: Vec<Incoming>, receipts: &mut Receipts) -> Result<(), DayError> {
        if records.is_empty() {
            return Ok(());
        }
        let batch = Batch {
            account: self.account,
            source: Source::Collected,
            archived_at: self.clock.now(),
            records,
        };
        let receipt = self.archivist.archive(batch).await?;
        Ok(receipts.add(receipt).await?)
    }

    /// Reads the day again, with other page borders, until two readings in a row agree on how often each record
    /// without an id is there; returns the doubtful ones that are really there, and how many records the last reading
    /// showed.
    async fn settle(
        &self,
        mut before: Multiplicity,
        doubtful: Vec<Incoming>,
        seen: &Seen,
        limit: Option<u32>,
    ) -> Result<(Vec<Incoming>, u64), DayError> {
        for size in other_sizes(limit) {
            let mut pages = self.client.day_in_pages_of(self.day, size);
            let mut now = Multiplicity::new();
            let mut came = 0;
            while let Some(page) = self.next(&mut pages).await? {
                came += page.records.len() as u64;
                for incoming in self.prepared(page).await {
                    if incoming.record.given_id.is_none() {
                        *now.entry((incoming.key, incoming.content)).or_default() += 1;
                    }
                }
            }
            let agree = doubtful.iter().all(|incoming| {
                let key = (incoming.key, incoming.content);
                before.get(&key) == now.get(&key)
            });
            if agree {
                return Ok((further(&now, doubtful, seen), came));
            }
            before = now;
        }
        Err(DayError::Unsteady)
    }
}

/// As many of the doubtful records as the agreed multiplicity has beyond those handed over already.
fn further(agreed: &Multiplicity, doubtful: Vec<Incoming>, seen: &Seen) -> Vec<Incoming> {
    let mut archived: Multiplicity = HashMap::new();
    let mut further = Vec::new();
    for mut incoming in doubtful {
        let key = (incoming.key, incoming.content);
        // What was shown at first and is gone now has made room: it became what is shown instead.
        let mut already = seen.of(&key.0);
        let mut left: HashMap<Content, u32> = HashMap::new();
        already.retain(|content| {
            let left = left
                .entry(*content)
                .or_insert_with(|| agreed.get(&(key.0, *content)).copied().unwrap_or(0));
            let stays = *left > 0;
            *left = left.saturating_sub(1);
            stays
        });
        let count = archived.entry(key).or_insert_with(|| {
            u32::try_from(already.iter().filter(|c| **c == key.1).count()).unwrap_or(u32::MAX)
        });
        if *count < agreed.get(&key).copied().unwrap_or(0) {
            *count += 1;
            incoming.seen_before = already;
            further.push(incoming);
        }
    }
    further
}

/// The sizes for reading a day again, where no page may have more than `limit` records.
fn other_sizes(limit: Option<u32>) -> [u32; OTHER_SIZES.len()] {
    match limit {
        None => OTHER_SIZES,
        Some(limit) => [1, 2, 3, 4, 5].map(|less| limit.saturating_sub(less).max(1)),
    }
}
