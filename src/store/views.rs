//! Names for addresses of the log, as the database sees them: whose they are, who sees them, where a reader begins.
//!
//! Knows nothing of what an address selects; the pages do.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::StoreError;

/// So many views a person can have.
pub const MOST_VIEWS: u32 = 200;

/// A person for good: Entra's tenant and object id, or another provider's issuer and subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    pub tenant: String,
    pub object: String,
}

/// The archive's number of a view; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewId(pub i64);

/// What is saved under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewView {
    /// As it is shown. Names that differ in case alone are the same name.
    pub name: String,
    /// A query string of the log, without `?`.
    pub query: String,
    /// A range that moves along, by the pages' name for it; nothing where the query string holds the dates.
    pub span: Option<String>,
    /// Whether everybody who may see the log sees it.
    pub shared: bool,
    /// Whether the owner begins with it from now on. `false` takes nothing away.
    pub start: bool,
    /// Whose it is, for display; only its beginning is kept.
    pub owner_name: String,
    pub saved_at: DateTime<Utc>,
}

/// What came of saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    New(ViewId),
    Replaced(ViewId),
    /// The owner has one of that name, and nobody said that it may be replaced: nothing was changed.
    NameTaken(ViewId),
    /// The owner has [`MOST_VIEWS`]: nothing was changed.
    Full,
}

/// A view as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewName {
    pub id: ViewId,
    pub name: String,
    /// Whether it is the reader's own.
    pub own: bool,
    pub shared: bool,
    pub owner_name: String,
}

/// A view as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    pub listed: ViewName,
    pub query: String,
    pub span: Option<String>,
    /// Whether the reader begins with it.
    pub is_start: bool,
    pub saved_at: DateTime<Utc>,
}

/// Who changes a view.
#[derive(Clone, Debug)]
pub struct Editor {
    pub person: Person,
    /// Whether others' views may be changed, too, as long as they are shared.
    pub manages: bool,
}

/// What is changed about a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewChange {
    Rename(String),
    Share(bool),
    /// For good; nobody begins with it any more.
    Delete,
}

/// What came of changing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Done,
    /// Its owner has another one of that name: nothing was changed.
    NameTaken,
    /// There is none that this person may change.
    Nothing,
}

/// Where views are kept. Whoever asks is told of their own and of shared ones only; what they may not see is, to them,
/// not there.
#[async_trait]
pub trait Views: Send + Sync + 'static {
    /// Saves a view under its name. One of that name takes the new content if `replace` says so and keeps its number.
    async fn save_view(&self, owner: &Person, view: &NewView, replace: bool) -> Result<Saved, StoreError>;

    /// The names of the reader's own views, then of others' shared ones, at most so many of these; each in the order of
    /// their names. Small, however large the views are.
    async fn view_names(&self, reader: &Person, most_shared: u32) -> Result<Vec<ViewName>, StoreError>;

    /// The same views as a whole.
    async fn views(&self, reader: &Person, most_shared: u32) -> Result<Vec<SavedView>, StoreError>;

    /// One view that the reader sees.
    async fn view(&self, reader: &Person, id: ViewId) -> Result<Option<SavedView>, StoreError>;

    /// Changes a view of the editor's own, or a shared one where they manage.
    async fn change_view(
        &self,
        editor: &Editor,
        id: ViewId,
        change: &ViewChange,
    ) -> Result<Changed, StoreError>;

    /// Has the reader begin with a view, or with none. `false` when there is none that they see: nothing was changed.
    async fn set_start_view(&self, reader: &Person, id: Option<ViewId>) -> Result<bool, StoreError>;

    /// The view that the reader begins with, as long as they see it.
    async fn start_view(&self, reader: &Person) -> Result<Option<SavedView>, StoreError>;
}
