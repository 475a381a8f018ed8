//! Where a record has no old value: the record before it of the same thing, and what differs from that.

use std::{sync::Arc, time::Duration};

use crate::{
    audit::{
        AuditRecord, Cursor,
        cursor::Direction,
        entity::{self, EntityKind, Values},
        explain::{self, Changes},
    },
    i18n::Arg,
    store::{Entry, Store},
    web::{PageContext, history, page},
    wording,
};

use super::{names::Names, parts::ChangesView};

/// So many records of the same thing are looked at.
const LOOKED_AT: u32 = 20;
/// How long that may take.
const PATIENCE: Duration = Duration::from_millis(250);

/// The record before, and what differs from it.
pub struct Earlier {
    entry: Arc<Entry>,
    changes: Changes,
}

impl Earlier {
    /// The newest earlier record of the same thing that has a value of the same kind; `None` where the record has an old
    /// value itself, or there is no such record, or none is found soon.
    /// `thing` is what the record's value is.
    pub async fn of(
        store: &dyn Store,
        ctx: &PageContext,
        entry: &Arc<Entry>,
        thing: Option<(EntityKind, String)>,
    ) -> Option<Self> {
        let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        if !entry.record.operation_status.came_to_pass() {
            return None;
        }
        let record = &entry.record;
        if said(&record.resource_old_value) || !said(&record.resource_new_value) {
            return None;
        }
        let (kind, id) = thing?;
        let selection = history::selection(ctx, kind, &id);
        let here = Cursor {
            direction: Direction::Older,
            ticks: entry.ticks,
            record: 0,
        };
        let found = store.page(&selection, Some(&here), LOOKED_AT);
        let found = tokio::time::timeout(PATIENCE, found).await.ok()?.ok()?;
        let own = found
            .entries
            .iter()
            .position(|other| other.id == entry.id && other.account.id == entry.account.id)?;
        let this = Arc::clone(entry);
        page::in_turn(move || {
            let mut before = found.entries.into_iter().skip(own + 1);
            // What did not come to pass left nothing that could have changed since.
            let entry = before.find(|other| {
                other.record.operation_status.came_to_pass()
                    && said(&other.record.resource_new_value)
                    && self::thing(&other.record, &Values::of(&other.record)).as_ref()
                        == Some(&(kind, id.clone()))
            })?;
            let changes = explain::against(&entry.record, &this.record);
            Some(Self { entry, changes })
        })
        .await
    }
}

/// The thing that a record's value is.
pub fn thing(record: &AuditRecord, values: &Values<'_>) -> Option<(EntityKind, String)> {
    let kind = match &*record.resource_type.0 {
        "subscription" => EntityKind::Subscription,
        "order" => EntityKind::Order,
        "customer_user" => EntityKind::User,
        "granular_admin_relationship" => EntityKind::Relationship,
        _ => return None,
    };
    // Only a value that says which thing it is describes that thing as a whole.
    let own = values.own_id()?;
    let mut all = entity::entities_in(record, values).into_iter();
    let same = |entity: &entity::Entity| entity.kind == kind && entity.id.eq_ignore_ascii_case(own);
    all.find(same)
        .map(|entity| (kind, entity.id.to_ascii_lowercase()))
}

/// The same as finished text.
pub struct EarlierView {
    pub href: String,
    /// `Compared with the record before of the same subscription: Updated a subscription, 14 May 2026, 10:02`
    pub text: String,
    /// Nothing where nothing differs.
    pub changes: Option<ChangesView>,
}

impl EarlierView {
    pub fn of(earlier: &Earlier, names: &Names, ctx: &PageContext) -> Self {
        let entry = &earlier.entry;
        let action = wording::action(&entry.record.operation_type, ctx.lang);
        let when = entry.ticks.to_utc().map(|at| ctx.dates().moment(at));
        Self {
            href: format!("/activity/{}", entry.id),
            text: ctx.lang.t_with(
                "earlier-record",
                &[
                    ("action", Arg::Text(&action)),
                    ("when", Arg::Text(when.as_deref().unwrap_or_default())),
                ],
            ),
            changes: ChangesView::of(&earlier.changes, names, ctx.lang)
                .filter(|changes| !changes.changed.is_empty()),
        }
    }
}
