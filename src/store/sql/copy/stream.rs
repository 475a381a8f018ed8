//! The rows of all tables of an archive, read by a thread of its own while others deal with those before.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{
    super::{StoreError, connection::Connection},
    rows::{self, Cells},
    tables::{ALL, Table},
};

/// Rows of a table, or that there are no more of it.
type Sent = Result<Option<Vec<Cells>>, StoreError>;

/// So many parts wait at most.
const AHEAD: usize = 2;

pub struct Sender(SyncSender<Sent>);

pub struct Receiving(Receiver<Sent>);

pub fn stream() -> (Sender, Receiving) {
    let (sender, receiver) = sync_channel(AHEAD);
    (Sender(sender), Receiving(receiver))
}

impl Sender {
    /// Reads every table, from behind the key that `after` names, until nobody takes what was read.
    pub fn send(self, connection: &Connection, after: impl Fn(&Table) -> Option<Cells>) {
        for table in &ALL {
            let mut heard = true;
            let read = rows::read(connection, table, after(table), |some| {
                heard = self.0.send(Ok(Some(some))).is_ok();
                heard
            });
            let failed = read.is_err();
            if !heard || self.0.send(read.map(|()| None)).is_err() || failed {
                return;
            }
        }
    }
}

impl Receiving {
    /// Further rows of the table that is being read; `None` at its end, after which the next one begins.
    pub fn some(&self) -> Sent {
        self.0
            .recv()
            .unwrap_or_else(|_| Err(StoreError::Database("reading broke off".into())))
    }
}
