//! Records on their way from a file into the archive: in batches, each into the account it belongs to; what is rejected
//! is counted and said.

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use super::{Format, ImportError, Imported, Job, Reason, source::Progress};
use crate::{
    audit::{AuditRecord, Ticks, identity::EventKey},
    store::{
        Account, AccountId, Appended, Batch, Incoming, KeptFrom, NotTaken, Reading, Sighting, Source,
        StoreError,
    },
};

/// So many records go into one transaction, and about so many bytes.
/// The more, the less often pages of the indexes are written again and again.
const BATCH: usize = 8_000;
/// From so many first ones the archive learns how to compress the others. They come in small transactions, so that of
/// a small file, too, something stays when the import is broken off.
const FIRST: u64 = 1_000;
const FIRST_BATCH: usize = 250;
const BATCH_BYTES: usize = 12 << 20;
/// Of so many rejected records the reasons are told.
const MOST_REASONS: usize = 100;
/// So many partner accounts that are not known may be in a file, and so long is an account's id at most, in bytes.
const MOST_NEW_ACCOUNTS: usize = 100;
const LONGEST_TENANT: usize = 100;
/// The account of records that name none where none is known.
const NOBODY: &str = "unknown";

type Archived = (Box<dyn Reading>, Result<(Appended, NotTaken), StoreError>);

/// See the module.
pub(super) struct Intake<'a> {
    /// Not here while it archives.
    reading: Option<Box<dyn Reading>>,
    /// A batch that is being archived while the next one is read.
    archiving: Option<JoinHandle<Archived>>,
    accounts: Vec<Account>,
    /// The account of records that name none: the one that was said, or the only one.
    usual: Option<String>,
    was_said: bool,
    /// What goes into the next transaction, of each account: files have them mixed.
    batch: Vec<(AccountId, Vec<Incoming>)>,
    batched: usize,
    batch_bytes: usize,
    now: DateTime<Utc>,
    kept_from: Option<KeptFrom>,
    done: Imported,
    progress: &'a Progress,
}

/// The tenant id of the account that records belong to which name none; nothing where that has to be asked.
pub(super) fn usual_account(accounts: &[Account], said: Option<&str>) -> Option<String> {
    match (said, accounts) {
        (Some(tenant), _) => Some(tenant.to_ascii_lowercase()),
        (None, []) => Some(NOBODY.to_owned()),
        (None, [only]) => Some(only.tenant_id.clone()),
        (None, _) => None,
    }
}

impl<'a> Intake<'a> {
    pub fn new(
        reading: Box<dyn Reading>,
        accounts: Vec<Account>,
        kept_from: Option<KeptFrom>,
        job: &Job,
        now: DateTime<Utc>,
        progress: &'a Progress,
    ) -> Self {
        Self {
            reading: Some(reading),
            archiving: None,
            usual: usual_account(&accounts, job.answers.account.as_deref()),
            was_said: job.answers.account.is_some(),
            accounts,
            batch: Vec::new(),
            batched: 0,
            batch_bytes: 0,
            now,
            kept_from,
            done: Imported::default(),
            progress,
        }
    }

    pub fn into_done(self, format: Format) -> Imported {
        Imported {
            format: Some(format),
            ..self.done
        }
    }

    /// The date under which something is filed that has none.
    pub fn fallback(&self) -> Ticks {
        Ticks::from(self.now)
    }

    /// Notes in which zone times were read that name none.
    pub fn read_in(&mut self, zone: chrono_tz::Tz, assumed: bool) {
        self.done.zone = Some((zone, assumed));
    }

    /// A record or a row of one was read.
    pub fn count(&mut self) {
        self.done.read += 1;
        self.progress.count(self.done.read);
    }

    /// What was read is known already.
    pub fn known(&mut self) {
        self.done.appended.known += 1;
    }

    /// What was read cannot be archived.
    pub fn reject(&mut self, at: u64, reason: Reason) {
        self.done.rejected += 1;
        self.done.asks_account |= reason.is_about_account();
        if self.done.reasons.len() < MOST_REASONS {
            self.done.reasons.push((at, reason));
        }
    }

    /// The account that a record belongs to; one that the settings do not name appears under its id.
    pub async fn account(
        &mut self,
        tenant_id: Option<&str>,
    ) -> Result<Result<AccountId, Reason>, ImportError> {
        let tenant = match tenant_id {
            Some(tenant) if !tenant.trim().is_empty() => tenant.to_ascii_lowercase(),
            _ => match &self.usual {
                Some(usual) => usual.clone(),
                None => return Ok(Err(Reason::NoAccount)),
            },
        };
        if let Some(known) = self.accounts.iter().find(|account| account.tenant_id == tenant) {
            return Ok(Ok(known.id));
        }
        if tenant.len() > LONGEST_TENANT || self.done.new_accounts.len() >= MOST_NEW_ACCOUNTS {
            return Ok(Err(Reason::TooManyAccounts));
        }
        let id = self.reading().await?.account(&tenant).await?;
        self.done.new_accounts.push(tenant.clone());
        self.accounts.push(Account {
            id,
            name: tenant.clone(),
            tenant_id: tenant,
        });
        Ok(Ok(id))
    }

    /// The account of that name or tenant id, else the one that was said. Where that names no account, or several, it is
    /// not guessed: the only account there is can be another one. Nobody's records are nobody's in an empty archive.
    pub async fn account_named(&mut self, name: &str) -> Result<Result<AccountId, Reason>, ImportError> {
        let mut named = self
            .accounts
            .iter()
            .filter(|account| account.name == name || account.tenant_id.eq_ignore_ascii_case(name));
        match (named.next(), named.next()) {
            (Some(one), None) => Ok(Ok(one.id)),
            _ if self.was_said || self.usual.as_deref() == Some(NOBODY) => self.account(None).await,
            _ => Ok(Err(Reason::about(Reason::UnknownAccount, name))),
        }
    }

    /// The tenant id of an account.
    pub fn tenant(&self, id: AccountId) -> Option<&str> {
        self.accounts
            .iter()
            .find(|account| account.id == id)
            .map(|account| account.tenant_id.as_str())
            .filter(|tenant| *tenant != NOBODY)
    }

    /// Takes a record in, of that line, unless it is older than what the archive keeps.
    pub async fn take(
        &mut self,
        at: u64,
        account: AccountId,
        record: AuditRecord,
        fallback: Ticks,
    ) -> Result<(), ImportError> {
        if let Some(kept_from) = self.kept_from
            && kept_from.is_gone(record.ticks.unwrap_or(fallback))
        {
            self.reject(at, Reason::TooOld(kept_from.day()));
            return Ok(());
        }
        let size = record.document.len();
        let most = if self.progress.records() > FIRST + 1 {
            BATCH
        } else {
            FIRST_BATCH
        };
        if self.batched >= most || self.batch_bytes + size > BATCH_BYTES {
            self.flush().await?;
        }
        self.batched += 1;
        self.batch_bytes += size;
        let incoming = Incoming::new(record, fallback);
        match self.batch.iter_mut().find(|(of, _)| *of == account) {
            Some((_, records)) => records.push(incoming),
            None => self.batch.push((account, vec![incoming])),
        }
        Ok(())
    }

    /// Begins to archive what was taken in; what was begun before is waited for.
    async fn flush(&mut self) -> Result<(), ImportError> {
        if self.progress.is_stopped() {
            return Err(ImportError::Stopped);
        }
        (self.batched, self.batch_bytes) = (0, 0);
        let batches: Vec<_> = std::mem::take(&mut self.batch)
            .into_iter()
            .map(|(account, records)| Batch {
                account,
                source: Source::Imported,
                archived_at: self.now,
                records,
            })
            .collect();
        if batches.is_empty() {
            return Ok(());
        }
        self.settle().await?;
        let mut reading = self.reading.take().ok_or(ImportError::Stopped)?;
        self.archiving = Some(tokio::spawn(async move {
            let result = reading.append(batches).await;
            (reading, result)
        }));
        Ok(())
    }

    /// Waits for what is being archived.
    pub async fn settle(&mut self) -> Result<(), ImportError> {
        let Some(archiving) = self.archiving.take() else {
            return Ok(());
        };
        let (reading, result) = archiving
            .await
            .map_err(|error| StoreError::Database(error.into()))?;
        self.reading = Some(reading);
        let (appended, left_out) = result?;
        self.done.appended += appended;
        for _ in 0..left_out.too_many_equal {
            self.reject(0, Reason::TooManyEqual);
        }
        // Months were removed while the file was read.
        if left_out.too_old > 0
            && let Some(reading) = &mut self.reading
        {
            self.kept_from = reading.kept_from().await?;
        }
        let kept_from = self.kept_from.map(KeptFrom::day).unwrap_or_default();
        for _ in 0..left_out.too_old {
            self.reject(0, Reason::TooOld(kept_from));
        }
        Ok(())
    }

    /// Archives all that was taken in.
    pub async fn finish(&mut self) -> Result<(), ImportError> {
        self.flush().await?;
        self.settle().await
    }

    async fn reading(&mut self) -> Result<&mut Box<dyn Reading>, ImportError> {
        self.settle().await?;
        self.reading.as_mut().ok_or(ImportError::Stopped)
    }

    /// Which of these records there are.
    pub async fn has(
        &mut self,
        account: AccountId,
        names: Vec<(EventKey, u32)>,
    ) -> Result<Vec<bool>, ImportError> {
        self.flush().await?;
        Ok(self.reading().await?.has(account, names).await?)
    }

    /// See [`Reading::alike`].
    pub async fn alike(
        &mut self,
        account: AccountId,
        sightings: Vec<Sighting>,
    ) -> Result<Vec<Vec<EventKey>>, ImportError> {
        self.flush().await?;
        Ok(self.reading().await?.alike(account, sightings).await?)
    }

    /// For each of these rows, told by what makes it unlike others, whether the file showed it before.
    pub async fn repeated(&mut self, rows: &[(&str, &str)]) -> Result<Vec<bool>, ImportError> {
        let key = |(name, text): &(&str, &str)| EventKey::of_id(&format!("{name}\n{text}"));
        let times = self.times_asked(rows.iter().map(key).collect()).await?;
        Ok(times.into_iter().map(|times| times > 0).collect())
    }

    /// See [`Reading::times_asked`].
    pub async fn times_asked(&mut self, keys: Vec<EventKey>) -> Result<Vec<u32>, ImportError> {
        Ok(self.reading().await?.times_asked(keys).await?)
    }
}
