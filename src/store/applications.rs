//! The names that a partner gives to applications, which records know by their ids alone.
//!
//! Knows nothing of names that Microsoft gave to its own.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;
use crate::audit::fold::fold;

/// The name of an application, or that it was taken away again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationName {
    /// The id as records have it, as [`application_key`] makes it.
    pub application: String,
    pub name: Option<String>,
    /// Who changed it, for display; only the beginning is kept.
    pub changed_by: String,
    pub changed_at: DateTime<Utc>,
}

/// All names, and the number of the last change: another one after each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplicationNamed {
    pub names: Vec<ApplicationName>,
    pub version: i64,
}

/// What is the same of all notations of an application's id.
pub fn application_key(id: &str) -> String {
    fold(id.trim())
}

/// Names of applications, as the pages see them.
#[async_trait]
pub trait ApplicationNames: Send + Sync {
    /// Every name there is or was, by application.
    async fn application_names(&self) -> Result<ApplicationNamed, StoreError>;

    /// Gives an application its name, in the place of a former one, or takes it away. Filters by application find it under
    /// its name from then on, in every process. `false` where no record names such an application: nothing was changed.
    async fn name_application(&self, change: &ApplicationName) -> Result<bool, StoreError>;
}
