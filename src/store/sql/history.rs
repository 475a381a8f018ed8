//! Which history of its database a server goes on with. A replica that is promoted begins one of its own, and may lack the
//! last moments of the one before, whose numbers it gives anew: then nothing counts that is in memory.

use std::sync::PoisonError;

use super::{
    Inner, StoreError, applications, connection::Connection, engine::Engine, engine::Server, following,
    locked, words::Vocabulary,
};
use crate::store::{
    directory::Directory,
    postgres::{Session, is_unavailable},
};

/// The timeline, of which a promotion begins another. A server that only reads follows somebody else's.
const TIMELINE: &str =
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// The history that a server writes; `None` where it does not say.
///
/// # Errors
/// When it does not answer.
pub fn of(session: &Session) -> Result<Option<String>, StoreError> {
    match session.with(|client| client.query_one(TIMELINE, &[])) {
        Ok(row) => Ok(row.try_get(0)?),
        Err(error) if is_unavailable(&error) => Err(error.into()),
        Err(error) => {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the database does not say which history it is of"
            );
            Ok(None)
        }
    }
}

impl Inner {
    /// A connection for reading or writing the archive, to a server that goes on from what is in memory.
    pub(super) fn connect(&self) -> Result<Connection, StoreError> {
        let connection = self.engine.connect()?;
        let (Connection::Server(session), Engine::Server(server)) = (&connection, &self.engine) else {
            return Ok(connection);
        };
        if let Some(now) = of(session)? {
            let mut known = locked(&server.history);
            if known.as_ref().is_some_and(|known| *known != now) {
                self.begin_anew(&connection, server)?;
            }
            *known = Some(now);
        }
        Ok(connection)
    }

    fn begin_anew(&self, connection: &Connection, server: &Server) -> Result<(), StoreError> {
        let (mut directory, mut words) = (Directory::default(), Vocabulary::default());
        following::load_directory(connection, &mut directory)?;
        applications::follow(connection, &mut directory)?;
        words.follow(connection)?;
        locked(&self.readers).clear();
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = directory;
        self.memory.begin_anew(words);
        *locked(&self.loading) = false;
        server.changes.begin_anew();
        tracing::info!("another database server took over: what is in memory is read anew");
        Ok(())
    }
}
