//! Long work on the archive: how far it is, and whether it shall stop.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Pages are copied.
    Copying,
    /// Rows are brought into another database.
    Moving,
    /// Records are brought into the search index.
    Indexing,
    /// The database checks itself. How far it is cannot be told.
    Checking,
    /// Records are compared with what is archived of them.
    Comparing,
    /// What was derived from records is made anew.
    Repairing,
}

/// Who is told how far the work is, and who may stop it.
pub struct Overseer {
    tell: Box<dyn Fn(Stage, u64, u64) + Send + Sync>,
    stop: Arc<AtomicBool>,
}

impl Overseer {
    /// `tell` is called often: with the stage, how much is done, and how much there is (0: nobody knows).
    pub fn new(tell: impl Fn(Stage, u64, u64) + Send + Sync + 'static, stop: Arc<AtomicBool>) -> Self {
        Self {
            tell: Box::new(tell),
            stop,
        }
    }

    /// One who hears nothing and stops nothing.
    pub fn absent() -> Self {
        Self::new(|_, _, _| {}, Arc::default())
    }

    pub(super) fn tell(&self, stage: Stage, done: u64, total: u64) {
        (self.tell)(stage, done, total);
    }

    pub(super) fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Asks the same for somebody who lives longer.
    pub(super) fn stopper(&self) -> impl FnMut() -> bool + Send + 'static {
        let stop = Arc::clone(&self.stop);
        move || stop.load(Ordering::Relaxed)
    }
}
