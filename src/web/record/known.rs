//! A record with everything that its page says of it: itself, its versions, what belongs together with it, and what the
//! archive calls the things it names.

use std::sync::Arc;

use super::{earlier::Earlier, names::Names, thread::Thread, versions::History};
use crate::{
    audit::{
        RecordId,
        explain::{self, Explanation, Secrets},
    },
    store::Entry,
    web::{AppState, Error, PageContext, error::Missing, page},
};

pub struct Known {
    pub entry: Arc<Entry>,
    pub history: History,
    /// What the record means, and whether with its secrets.
    pub explained: Explanation,
    pub secrets: Secrets,
    pub thread: Thread,
    pub earlier: Option<Earlier>,
    pub names: Names,
}

impl Known {
    /// The record of that id as that version has it, or its newest.
    ///
    /// # Errors
    /// When there is no such record or version, or the archive fails.
    pub async fn of(
        state: &AppState,
        ctx: &PageContext,
        id: &str,
        version: Option<u32>,
        secrets: Secrets,
    ) -> Result<Self, Error> {
        let store = &*state.store;
        let entry = Arc::new(find(state, id, version).await?);
        let record = Arc::clone(&entry);
        let explained = page::in_turn(move || explain::explain_with(&record.record, secrets)).await;
        let (history, mut thread, earlier, names) = tokio::join!(
            History::of(store, &entry, version),
            Thread::of(store, ctx, &entry),
            Earlier::of(store, ctx, &entry),
            Names::of(store, ctx, &entry, &explained),
        );
        thread.call(&names);
        Ok(Self {
            history: history?,
            explained,
            secrets,
            thread,
            earlier,
            names,
            entry,
        })
    }
}

/// The record of that id as that version has it, or its newest.
pub async fn find(state: &AppState, id: &str, version: Option<u32>) -> Result<Entry, Error> {
    let id = RecordId::parse(id).ok_or(Error::NotFound(Missing::Record))?;
    let found = match version {
        Some(number) => state.store.version(&id, number).await?,
        None => state.store.find(&id).await?,
    };
    found.ok_or(Error::NotFound(Missing::Record))
}
