//! Session rows in memory, which can be made to fail and can be looked into.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use chrono::{DateTime, Utc};
use partnerlog::store::{SessionRow, SessionRows, StoreError};

/// A sealed sign-in under way, and when it ends.
type SignIn = (Vec<u8>, DateTime<Utc>);

#[derive(Default)]
pub struct Rows {
    pub sessions: Mutex<HashMap<[u8; 32], SessionRow>>,
    pub sign_ins: Mutex<HashMap<[u8; 32], SignIn>>,
    pub failing: AtomicBool,
    /// How often a session was rewritten.
    pub updates: AtomicU32,
}

impl Rows {
    fn up(&self) -> Result<(), StoreError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(StoreError::Database("SELECT secret FROM path/to/database".into()));
        }
        Ok(())
    }

    pub fn session_count(&self) -> usize {
        self.sessions.lock().unwrap().len()
    }

    /// Everything the database holds, as one text.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (key, row) in self.sessions.lock().unwrap().iter() {
            bytes.extend_from_slice(key);
            bytes.extend(row.provider_session.into_iter().flatten());
            bytes.extend_from_slice(&row.sealed);
        }
        for (key, (sealed, _)) in self.sign_ins.lock().unwrap().iter() {
            bytes.extend_from_slice(key);
            bytes.extend_from_slice(sealed);
        }
        bytes
    }
}

#[async_trait::async_trait]
impl SessionRows for Rows {
    async fn insert_session(&self, row: &SessionRow) -> Result<bool, StoreError> {
        self.up()?;
        let mut sessions = self.sessions.lock().unwrap();
        if sessions.contains_key(&row.key) {
            return Ok(false);
        }
        sessions.insert(row.key, row.clone());
        Ok(true)
    }

    async fn update_session(&self, row: &SessionRow) -> Result<bool, StoreError> {
        self.up()?;
        self.updates.fetch_add(1, Ordering::SeqCst);
        match self.sessions.lock().unwrap().get_mut(&row.key) {
            Some(held) => {
                *held = row.clone();
                Ok(true)
            }
            None => Ok(false),
        }
    }

    async fn session(&self, key: &[u8; 32], now: DateTime<Utc>) -> Result<Option<SessionRow>, StoreError> {
        self.up()?;
        Ok(self
            .sessions
            .lock()
            .unwrap()
            .get(key)
            .filter(|row| row.expires_at > now)
            .cloned())
    }

    async fn delete_session(&self, key: &[u8; 32]) -> Result<(), StoreError> {
        self.up()?;
        self.sessions.lock().unwrap().remove(key);
        Ok(())
    }

    async fn delete_sessions_of(&self, provider_session: &[u8; 32]) -> Result<u64, StoreError> {
        self.up()?;
        let mut sessions = self.sessions.lock().unwrap();
        let before = sessions.len();
        sessions.retain(|_, row| row.provider_session.as_ref() != Some(provider_session));
        Ok((before - sessions.len()) as u64)
    }

    async fn put_sign_in(
        &self,
        key: &[u8; 32],
        sealed: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.up()?;
        self.sign_ins
            .lock()
            .unwrap()
            .insert(*key, (sealed.to_vec(), expires_at));
        Ok(())
    }

    async fn take_sign_in(&self, key: &[u8; 32], now: DateTime<Utc>) -> Result<Option<Vec<u8>>, StoreError> {
        self.up()?;
        let taken = self.sign_ins.lock().unwrap().remove(key);
        Ok(taken
            .filter(|(_, expires_at)| *expires_at > now)
            .map(|(sealed, _)| sealed))
    }

    async fn purge_expired(&self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        self.up()?;
        self.sessions
            .lock()
            .unwrap()
            .retain(|_, row| row.expires_at > now);
        self.sign_ins
            .lock()
            .unwrap()
            .retain(|_, (_, expires_at)| *expires_at > now);
        Ok(0)
    }
}
