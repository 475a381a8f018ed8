//! The names of applications as pages use them: read once, and again after they were changed, by whichever process.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{
    store::{Store, StoreError},
    wording::Applications,
};

/// What the applications are called at present. Clones share it.
#[derive(Clone)]
pub struct NamedApplications(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    /// The archive's stamp when they were read; nothing before the first time.
    held: RwLock<(Option<u64>, Applications)>,
}

impl NamedApplications {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(Inner {
            store,
            held: RwLock::default(),
        }))
    }

    /// The names as they are now; those that were read last where the archive does not answer, which the page itself will
    /// say.
    pub async fn current(&self) -> Applications {
        self.read_again().await.unwrap_or_else(|_| self.held().1)
    }

    fn held(&self) -> (Option<u64>, Applications) {
        self.0.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn read_again(&self) -> Result<Applications, StoreError> {
        // Before they are read: what changes meanwhile is read the next time.
        let stamp = self.0.store.stamp()?;
        let (seen, held) = self.held();
        if seen == Some(stamp) {
            return Ok(held);
        }
        let named = self.0.store.application_names().await?;
        let names = match named.version == held.version() {
            // Most of what is written are records.
            true => held,
            false => {
                let names = named.names.into_iter();
                Applications::new(
                    named.version,
                    names.filter_map(|named| Some((named.application, named.name?))),
                )
            }
        };
        *self.0.held.write().unwrap_or_else(PoisonError::into_inner) = (Some(stamp), names.clone());
        Ok(names)
    }
}
