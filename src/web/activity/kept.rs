//! Pages as they were sent a moment ago: whoever asks for the same page again, with nothing new in the archive, gets the
//! same bytes. Most readers look at the newest activity, and all at once when something is wrong.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Bytes,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use quick_cache::{Weighter, sync::Cache};

use super::super::{Error, PageContext};
use crate::identity::SignedIn;

/// What pages say of the time that has passed is at most so old.
const FRESH: Duration = Duration::from_secs(2);
/// What all of them may take of memory, in bytes.
const MOST: u64 = 24 << 20;
/// A longer query string is nobody's habit.
const LONGEST_QUERY: usize = 1_000;

/// The pages of all readers.
#[derive(Clone)]
pub struct KeptPages(Arc<Inner>);

struct Inner {
    pages: Cache<String, Bytes, ByLength>,
    began: Instant,
}

#[derive(Clone)]
struct ByLength;

impl Weighter<String, Bytes> for ByLength {
    fn weight(&self, key: &String, page: &Bytes) -> u64 {
        (key.len() + page.len()) as u64
    }
}

impl Default for KeptPages {
    fn default() -> Self {
        Self(Arc::new(Inner {
            pages: Cache::with_weighter(400, MOST, ByLength),
            began: Instant::now(),
        }))
    }
}

impl KeptPages {
    /// The page of a request: one that was made for the same reader from the same archive, or what `make` makes. Of
    /// several who ask at the same time one makes it. `stamp` is the archive's.
    pub async fn page(
        &self,
        context: &PageContext,
        reader: &SignedIn,
        stamp: u64,
        make: impl Future<Output = Result<Bytes, Error>>,
    ) -> Result<Response, Error> {
        let page = match context.query.len() > LONGEST_QUERY {
            true => make.await?,
            false => {
                let key = self.key(context, reader, stamp);
                self.0.pages.get_or_insert_async(&key, make).await?
            }
        };
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        Ok(([(header::CONTENT_TYPE, html)], page).into_response())
    }

    /// Everything that the page of a request depends on.
    fn key(&self, context: &PageContext, reader: &SignedIn, stamp: u64) -> String {
        let viewer = context.viewer.as_ref();
        format!(
            "{stamp} {} {} {} {} {} {:?} {} {}\n{:?}\n{viewer:?}\n{}",
            self.0.began.elapsed().as_secs() / FRESH.as_secs(),
            context.now.timestamp() / 2,
            context.lang.tag(),
            context.zone.name(),
            context.own_zone.name(),
            context.preferred_zone,
            context.keys,
            context.demo,
            reader.user,
            context.query
        )
    }
}
