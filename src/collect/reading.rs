//! One reading of one UTC day: its pages appended as they come, and whether it was whole.

use std::collections::HashMap;

use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

use crate::{
    audit::{
        AuditRecord, Ticks,
        identity::{Content, EventKey},
    },
    clock::Clock,
    partner_center::{self, Client, DayPages},
    store::{AccountId, Appended, Batch, Incoming, Source, Store, StoreError},
};

/// Page sizes for reading a day again when its pages repeated themselves: with other borders, another page
/// would have to repeat itself in just the same way.
const OTHER_SIZES: [u32; 5] = [499, 333, 487, 251, 97];

/// Why a day was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    #[error(transparent)]
    PartnerCenter(#[from] partner_center::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the day changed while it was read, however often it was read")]
    Unsteady,
    #[error("collecting was stopped")]
    Stopped,
}

/// What a whole reading of a day showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayRead {
    pub records: u64,
    pub appended: Appended,
}

/// A day of an account about to be read.
pub struct Reading<'a> {
    pub store: &'a dyn Store,
    pub account: AccountId,
    pub client: &'a Client,
    pub clock: &'a Clock,
    pub day: NaiveDate,
    pub stop: &'a CancellationToken,
}

/// How often a reading showed a record that has no id, by what it is and says.
type Multiplicity = HashMap<(EventKey, Content), u32>;

impl Reading<'_> {
    /// Reads the day to its last page. `progress` sees what each page changed, also when a later one fails.
    pub async fn run(&self, mut progress: impl FnMut(Appended)) -> Result<DayRead, DayError> {
        let mut read = DayRead::default();
        let mut seen: HashMap<EventKey, Vec<Content>> = HashMap::new();
        // Records without ids that an earlier page has shown already: further equal records, or a page that
        // repeats itself. They wait until that is clear.
        let mut doubtful: Vec<Incoming> = Vec::new();
        let mut shown = Multiplicity::new();

        let mut pages = self.client.day(self.day);
        while let Some(page) = self.next(&mut pages).await? {
            let mut records = Vec::with_capacity(page.len());
            let mut of_page: Vec<(EventKey, Content)> = Vec::with_capacity(page.len());
            for document in page {
                let incoming = self.incoming(document, &seen);
                let key = (EventKey::of(&incoming.record), Content::of(&incoming.record));
                let without_id = incoming.record.given_id.is_none();
                if without_id {
                    *shown.entry(key).or_default() += 1;
                }
                if without_id && incoming.seen_before.contains(&key.1) {
                    doubtful.push(incoming);
                } else {
                    of_page.push(key);
                    records.push(incoming);
                }
            }
            for (key, content) in of_page {
                seen.entry(key).or_default().push(content);
            }
            read.records += records.len() as u64;
            let appended = self.append(records).await?;
            progress(appended);
            read.appended += appended;
        }
        if !doubtful.is_empty() {
            let settled = self.settle(shown, doubtful, &seen).await?;
            read.records += settled.new + settled.known + settled.revised;
            progress(settled);
            read.appended += settled;
        }
        Ok(read)
    }

    async fn next(&self, pages: &mut DayPages) -> Result<Option<Vec<Box<str>>>, DayError> {
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
        Ok(Some(
            page.records
                .into_iter()
                .map(|raw| Box::<str>::from(raw.get()))
                .collect(),
        ))
    }

    fn incoming(&self, document: Box<str>, seen: &HashMap<EventKey, Vec<Content>>) -> Incoming {
        let record = AuditRecord::read(document);
        let seen_before = seen.get(&EventKey::of(&record)).cloned().unwrap_or_default();
        Incoming {
            record,
            fallback: Ticks::start_of(self.day),
            seen_before,
        }
    }

    async fn append(&self, records: Vec<Incoming>) -> Result<Appended, DayError> {
        if records.is_empty() {
            return Ok(Appended::default());
        }
        let batch = Batch {
            account: self.account,
            source: Source::Collected,
            archived_at: self.clock.now(),
            records,
        };
        Ok(self.store.append(batch).await?)
    }

    /// Reads the day again, with other page borders, until two readings in a row agree on how often each record
    /// without an id is there; then archives the doubtful ones that are really there.
    async fn settle(
        &self,
        mut before: Multiplicity,
        doubtful: Vec<Incoming>,
        seen: &HashMap<EventKey, Vec<Content>>,
    ) -> Result<Appended, DayError> {
        for size in OTHER_SIZES {
            let mut pages = self.client.day_in_pages_of(self.day, size);
            let mut now = Multiplicity::new();
            while let Some(page) = self.next(&mut pages).await? {
                for document in page {
                    let record = AuditRecord::read(document);
                    if record.given_id.is_none() {
                        *now.entry((EventKey::of(&record), Content::of(&record)))
                            .or_default() += 1;
                    }
                }
            }
            let agree = doubtful.iter().all(|incoming| {
                let key = (EventKey::of(&incoming.record), Content::of(&incoming.record));
                before.get(&key) == now.get(&key)
            });
            if agree {
                return self.append_further(now, doubtful, seen).await;
            }
            before = now;
        }
        Err(DayError::Unsteady)
    }

    /// Archives as many of the doubtful records as the agreed multiplicity has beyond those archived already.
    async fn append_further(
        &self,
        agreed: Multiplicity,
        doubtful: Vec<Incoming>,
        seen: &HashMap<EventKey, Vec<Content>>,
    ) -> Result<Appended, DayError> {
        let mut archived: Multiplicity = HashMap::new();
        let mut further = Vec::new();
        for mut incoming in doubtful {
            let key = (EventKey::of(&incoming.record), Content::of(&incoming.record));
            let already = seen.get(&key.0).cloned().unwrap_or_default();
            let count = archived.entry(key).or_insert_with(|| {
                u32::try_from(already.iter().filter(|c| **c == key.1).count()).unwrap_or(u32::MAX)
            });
            if *count < agreed.get(&key).copied().unwrap_or(0) {
                *count += 1;
                incoming.seen_before = already;
                further.push(incoming);
            }
        }
        self.append(further).await
    }
}
