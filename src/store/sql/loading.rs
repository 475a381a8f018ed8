//! Reading the archive into memory: when it is first needed, a large one behind the scenes.

use std::{sync::Arc, time::Instant};

use super::{Inner, SqlStore, StoreError, blocking, locked};

impl SqlStore {
    /// Has the archive read into memory, so that the first reader need not wait for it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn warm_up(&self) -> Result<(), StoreError> {
        if self.0.memory.columns().is_some() {
            return Ok(());
        }
        let inner = Arc::clone(&self.0);
        blocking(move || {
            inner.refuse_if_damaged()?;
            inner.noting(inner.load())
        })
        .await
    }

    /// Waits until the archive is in memory, however large it is: for where no reader waits.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn fill(&self) -> Result<(), StoreError> {
        let inner = Arc::clone(&self.0);
        blocking(move || {
            inner.refuse_if_damaged()?;
            let all = || -> Result<(), StoreError> {
                let _spare = inner.engine.take_spare();
                let connection = inner.connect()?;
                while !inner.memory.load_some(&connection)? {}
                Ok(())
            };
            inner.noting(all())
        })
        .await
    }
}

impl Inner {
    /// Has the archive in memory if it is small, and soon if it is large.
    pub(super) fn load(self: &Arc<Self>) -> Result<(), StoreError> {
        if self.memory.is_to_be_read_anew() {
            *locked(&self.loading) = false;
        }
        if *locked(&self.loading) {
            return Ok(());
        }
        // Before it is known that this one reads: a server that took over has everything read anew.
        let spare = self.engine.take_spare();
        let connection = self.connect()?;
        let mut begun = locked(&self.loading);
        if *begun {
            return Ok(());
        }
        if !self.memory.load_some(&connection)? {
            drop((connection, spare));
            self.load_the_rest();
        }
        *begun = true;
        Ok(())
    }

    /// Goes on while others are served, and ends with the archive's last handle.
    fn load_the_rest(self: &Arc<Self>) {
        let inner = Arc::downgrade(self);
        let memory = Arc::clone(&self.memory);
        std::thread::spawn(move || {
            let began = Instant::now();
            let all = || -> Result<bool, StoreError> {
                let Some(upgraded) = inner.upgrade() else {
                    return Ok(false);
                };
                let _spare = upgraded.engine.take_spare();
                let connection = upgraded.connect()?;
                drop(upgraded);
                while inner.strong_count() > 0 {
                    if memory.load_some(&connection)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            };
            match all() {
                Ok(true) => tracing::info!(ms = began.elapsed().as_millis(), "the archive is in memory"),
                Ok(false) => {}
                Err(error) => {
                    let cause: &dyn std::error::Error = &error;
                    tracing::error!(
                        error = cause,
                        "the archive could not be read into memory: it is tried again when somebody filters or counts"
                    );
                    if let Some(inner) = inner.upgrade() {
                        let _ = inner.noting(Err::<(), _>(error));
                        *locked(&inner.loading) = false;
                    }
                }
            }
        });
    }
}
