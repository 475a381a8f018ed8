//! Saved views and start pages.

use super::connection::{Optional as _, Row, Transaction, Writes, params};
use async_trait::async_trait;

use super::{SqlStore, StoreError, ledger::moment, question::Question};
use crate::store::{
    Changed, Editor, MOST_VIEWS, NewView, Person, Saved, SavedView, ViewChange, ViewId, ViewName, Views,
};

/// The longest name of a person that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// What a list shows; `?1` and `?2` are the reader.
const LISTED: &str = "id, name, tenant = ?1 AND object = ?2, shared, owner_name";
const WHOLE: &str = "id, name, tenant = ?1 AND object = ?2, shared, owner_name, query, span, saved_at,
    id = (SELECT view FROM start_page WHERE start_page.tenant = ?1 AND start_page.object = ?2)";
/// Which views a reader sees.
const SEEN: &str = "(shared = 1 OR (tenant = ?1 AND object = ?2))";

/// Names that are the same to a person are the same here.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// The reader's own views, then others' shared ones: each a walk along an index.
fn list_of(columns: &str) -> String {
    format!(
        "SELECT * FROM (SELECT {columns} FROM saved_view WHERE tenant = ?1 AND object = ?2 ORDER BY folded) AS own
         UNION ALL
         SELECT * FROM (SELECT {columns} FROM saved_view
           WHERE shared = 1 AND NOT (tenant = ?1 AND object = ?2) ORDER BY folded, id LIMIT ?3) AS others"
    )
}

fn name_of(row: &Row<'_>) -> super::connection::Result<ViewName> {
    Ok(ViewName {
        id: ViewId(row.get(0)?),
        name: row.get(1)?,
        own: row.get(2)?,
        shared: row.get(3)?,
        owner_name: row.get(4)?,
    })
}

fn whole(row: &Row<'_>) -> super::connection::Result<SavedView> {
    Ok(SavedView {
        listed: name_of(row)?,
        query: row.get(5)?,
        span: row.get(6)?,
        saved_at: moment(row.get(7)?),
        // Nothing where the reader has no start page.
        is_start: row.get::<Option<bool>>(8)?.unwrap_or_default(),
    })
}

fn begin_with(transaction: &Transaction<'_>, reader: &Person, id: ViewId) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO start_page (tenant, object, view) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant, object) DO UPDATE SET view = ?3",
        )?
        .execute(params![reader.tenant, reader.object, id.0])?;
    Ok(())
}

fn save(
    transaction: &Transaction<'_>,
    owner: &Person,
    view: &NewView,
    replace: bool,
) -> Result<Saved, StoreError> {
    let there: Option<i64> = transaction
        .prepare_cached("SELECT id FROM saved_view WHERE tenant = ?1 AND object = ?2 AND folded = ?3")?
        .query_row(params![owner.tenant, owner.object, folded(&view.name)], |row| {
            row.get(0)
        })
        .optional()?;
    if let (Some(id), false) = (there, replace) {
        return Ok(Saved::NameTaken(ViewId(id)));
    }
    if there.is_none() {
        let has: u32 = transaction
            .prepare_cached("SELECT count(*) FROM saved_view WHERE tenant = ?1 AND object = ?2")?
            .query_row([&owner.tenant, &owner.object], |row| row.get(0))?;
        if has >= MOST_VIEWS {
            return Ok(Saved::Full);
        }
    }
    let owner_name: String = view.owner_name.chars().take(LONGEST_NAME).collect();
    // The number stays when a view is replaced: bookmarks and start pages go on to mean it.
    let id = transaction
        .prepare_cached(
            "INSERT INTO saved_view (tenant, object, owner_name, name, folded, query, span, shared, saved_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (tenant, object, folded) DO UPDATE SET owner_name = ?3, name = ?4, query = ?6, span = ?7,
               shared = ?8, saved_at = ?9
             RETURNING id",
        )?
        .query_row(
            params![
                owner.tenant,
                owner.object,
                owner_name,
                view.name,
                folded(&view.name),
                view.query,
                view.span,
                view.shared,
                view.saved_at.timestamp_millis(),
            ],
            |row| row.get(0).map(ViewId),
        )?;
    if view.start {
        begin_with(transaction, owner, id)?;
    }
    Ok(match there {
        Some(_) => Saved::Replaced(id),
        None => Saved::New(id),
    })
}

/// Whose a view is that the editor may change.
fn owner_for(
    transaction: &Transaction<'_>,
    editor: &Editor,
    id: ViewId,
) -> Result<Option<Person>, StoreError> {
    let owner = transaction
        .prepare_cached(
            "SELECT tenant, object FROM saved_view
             WHERE id = ?1 AND ((tenant = ?2 AND object = ?3) OR (shared = 1 AND ?4))",
        )?
        .query_row(
            params![id.0, editor.person.tenant, editor.person.object, editor.manages],
            |row| {
                Ok(Person {
                    tenant: row.get(0)?,
                    object: row.get(1)?,
                })
            },
        )
        .optional()?;
    Ok(owner)
}

fn change(
    transaction: &Transaction<'_>,
    editor: &Editor,
    id: ViewId,
    change: &ViewChange,
) -> Result<Changed, StoreError> {
    let Some(owner) = owner_for(transaction, editor, id)? else {
        return Ok(Changed::Nothing);
    };
    match change {
        ViewChange::Rename(name) => {
            let taken: bool = transaction
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM saved_view
                       WHERE tenant = ?1 AND object = ?2 AND folded = ?3 AND id <> ?4)",
                )?
                .query_row(params![owner.tenant, owner.object, folded(name), id.0], |row| {
                    row.get(0)
                })?;
            if taken {
                return Ok(Changed::NameTaken);
            }
            transaction
                .prepare_cached("UPDATE saved_view SET name = ?2, folded = ?3 WHERE id = ?1")?
                .execute(params![id.0, name, folded(name)])?;
        }
        ViewChange::Share(shared) => {
            transaction
                .prepare_cached("UPDATE saved_view SET shared = ?2 WHERE id = ?1")?
                .execute(params![id.0, shared])?;
        }
        ViewChange::Delete => {
            transaction
                .prepare_cached("DELETE FROM saved_view WHERE id = ?1")?
                .execute([id.0])?;
            transaction
                .prepare_cached("DELETE FROM start_page WHERE view = ?1")?
                .execute([id.0])?;
        }
    }
    Ok(Changed::Done)
}

#[async_trait]
impl Views for SqlStore {
    async fn save_view(&self, owner: &Person, view: &NewView, replace: bool) -> Result<Saved, StoreError> {
        let (owner, view) = (owner.clone(), view.clone());
        self.write(move |c| {
            let transaction = c.transaction(Writes::Books)?;
            let saved = save(&transaction, &owner, &view, replace)?;
            transaction.commit()?;
            Ok(saved)
        })
        .await
    }

    async fn view_names(&self, reader: &Person, most_shared: u32) -> Result<Vec<ViewName>, StoreError> {
        let reader = reader.clone();
        self.read(Question::Books, move |r, _| {
            let mut statement = r.connection().prepare_cached(&list_of(LISTED))?;
            let rows = statement.query_map(params![reader.tenant, reader.object, most_shared], name_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn views(&self, reader: &Person, most_shared: u32) -> Result<Vec<SavedView>, StoreError> {
        let reader = reader.clone();
        self.read(Question::Books, move |r, _| {
            let mut statement = r.connection().prepare_cached(&list_of(WHOLE))?;
            let rows = statement.query_map(params![reader.tenant, reader.object, most_shared], whole)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn view(&self, reader: &Person, id: ViewId) -> Result<Option<SavedView>, StoreError> {
        let reader = reader.clone();
        self.read(Question::Books, move |r, _| {
            let view = r
                .connection()
                .prepare_cached(&format!(
                    "SELECT {WHOLE} FROM saved_view WHERE id = ?3 AND {SEEN}"
                ))?
                .query_row(params![reader.tenant, reader.object, id.0], whole)
                .optional()?;
            Ok(view)
        })
        .await
    }

    async fn change_view(
        &self,
        editor: &Editor,
        id: ViewId,
        change_to: &ViewChange,
    ) -> Result<Changed, StoreError> {
        let (editor, change_to) = (editor.clone(), change_to.clone());
        self.write(move |c| {
            let transaction = c.transaction(Writes::Books)?;
            let changed = change(&transaction, &editor, id, &change_to)?;
            transaction.commit()?;
            Ok(changed)
        })
        .await
    }

    async fn set_start_view(&self, reader: &Person, id: Option<ViewId>) -> Result<bool, StoreError> {
        let reader = reader.clone();
        self.write(move |c| {
            let transaction = c.transaction(Writes::Books)?;
            if let Some(id) = id {
                let seen: bool = transaction
                    .prepare_cached(&format!(
                        "SELECT EXISTS (SELECT 1 FROM saved_view WHERE id = ?3 AND {SEEN})"
                    ))?
                    .query_row(params![reader.tenant, reader.object, id.0], |row| row.get(0))?;
                if !seen {
                    return Ok(false);
                }
                begin_with(&transaction, &reader, id)?;
            } else {
                transaction
                    .prepare_cached("DELETE FROM start_page WHERE tenant = ?1 AND object = ?2")?
                    .execute([&reader.tenant, &reader.object])?;
            }
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    async fn start_view(&self, reader: &Person) -> Result<Option<SavedView>, StoreError> {
        let reader = reader.clone();
        self.read(Question::Books, move |r, _| {
            let view = r
                .connection()
                .prepare_cached(&format!(
                    "SELECT {WHOLE} FROM saved_view
                     WHERE id = (SELECT view FROM start_page WHERE start_page.tenant = ?1 AND start_page.object = ?2)
                       AND {SEEN}"
                ))?
                .query_row(params![reader.tenant, reader.object], whole)
                .optional()?;
            Ok(view)
        })
        .await
    }
}
