//! A record with everything that its page says of it: itself, its versions, what belongs together with it, and what the
//! archive calls the things it names.

use std::sync::Arc;

use super::{
    earlier::{self, Earlier},
    names::{Asked, Names},
    thread::{Things, Thread},
    versions::History,
};
use crate::{
    audit::{
        RecordId,
        entity::Values,
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
        // Read once for all, for a large document takes its time, in which other requests go on.
        let (explained, things, asked, thing) = page::in_turn(move || {
            let record = &record.record;
            let values = Values::of(record);
            let explained = explain::explain_with(record, secrets);
            let asked = Asked::of(record, &values, &explained);
            let (things, thing) = (Things::of(record, &values), earlier::thing(record, &values));
            (explained, things, asked, thing)
        })
        .await;
        let (history, mut thread, earlier, names) = tokio::join!(
            History::of(store, &entry, version),
            Thread::of(store, ctx, &entry, things),
            Earlier::of(store, ctx, &entry, thing),
            Names::of(store, ctx, asked),
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
    if let Some(found) = found {
        return Ok(found);
    }
    // Of a record that is there, only a version is not.
    if version.is_some() && state.store.find(&id).await?.is_some() {
        return Err(Error::NotFound(Missing::Record));
    }
    Err(match state.store.removed(&id).await? {
        Some(removed) => Error::Removed(removed),
        None => Error::NotFound(Missing::Record),
    })
}
