//! Which history of its database a server goes on with. A replica that is promoted begins one of its own, and may lack the
//! last moments of the one before, whose numbers it gives anew: then nothing counts that is in memory.

use std::sync::PoisonError;

use super::{
    Inner, StoreError, applications, connection::Connection, engine::Engine, following, locked,
    words::Vocabulary,
};
use crate::store::directory::Directory;

impl Inner {
    /// A connection for reading or writing the archive, to a server that goes on from what is in memory.
    pub(super) fn connect(&self) -> Result<Connection, StoreError> {
        let connection = self.engine.connect()?;
        self.follow_history(&connection)?;
        Ok(connection)
    }

    fn follow_history(&self, connection: &Connection) -> Result<(), StoreError> {
        // One at a time.
        let mut is_loading = locked(&self.loading);
        let (known, now) = (self.memory.timeline(), connection.timeline());
        if now == known {
            return Ok(());
        }
        if now < known {
            return Err(StoreError::Unavailable(
                "this server was replaced by another one".into(),
            ));
        }
        let (mut directory, mut words) = (Directory::default(), Vocabulary::default());
        following::load_directory(connection, &mut directory)?;
        applications::follow(connection, &mut directory)?;
        words.follow(connection)?;
        locked(&self.readers).clear();
        let mut known = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        self.memory.begin_anew(now, words);
        *known = directory;
        drop(known);
        if let Engine::Server(server) = &self.engine {
            server.changes.begin_anew();
        }
        *is_loading = false;
        tracing::info!("another database server took over: what is in memory is read anew");
        Ok(())
    }
}
