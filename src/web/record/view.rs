//! A record's details as finished text, the same on its page and under its row.

use std::borrow::Cow;

use askama::Template;

use super::{
    earlier::EarlierView,
    known::Known,
    names::Names,
    parts::{ChangesView, Item, LicencesView, clipped, words},
    pivots::{Pivot, pivots},
    raw::Raw,
    thread::Thread,
    ticket::Ticket,
    versions::VersionsView,
};
use crate::{
    audit::{
        Selection,
        explain::{Explanation, Fact, Secrets, Side, explain},
        search::Search,
        secrets::mask_document,
        selection::FilterKey,
        vocabulary::OperationStatus,
    },
    i18n::{Arg, Lang},
    store::{Entry, Source},
    web::{
        PageContext,
        activity::rows::{Actor, CustomerCell, OutcomeCell, When},
        actors,
    },
    wording::{self, Happened},
};

/// The longest name of a file, in characters.
const NAME: usize = 120;
/// The longest name of a user, in characters.
const USER: usize = 1_000;
/// Line items that stand in the open.
const ITEMS_SHOWN: usize = 20;

/// The record at its permanent address.
#[derive(Template)]
#[template(path = "record/page.html")]
pub struct RecordPage<'a> {
    ctx: &'a PageContext,
    details: Details,
    thread: &'a Thread,
    level: u8,
}

/// The record under its row.
#[derive(Template)]
#[template(path = "record/fragment.html")]
pub struct RecordFragment<'a> {
    ctx: &'a PageContext,
    details: Details,
    thread: &'a Thread,
    level: u8,
}

impl<'a> RecordPage<'a> {
    /// `part` is which part of the raw record is shown, from 1.
    pub fn new(ctx: &'a PageContext, known: &'a Known, public_url: &str, part: usize) -> Self {
        let everything = Selection::everything(ctx.zone, ctx.dates().local_day(ctx.now));
        let mut details = Details::new(ctx, known, public_url, part);
        details.pivots = pivots(&known.entry, &everything, ctx.lang, false);
        Self {
            ctx,
            details,
            thread: &known.thread,
            level: 2,
        }
    }
}

impl<'a> RecordFragment<'a> {
    /// `selection` is what the log shows that the record opens in.
    pub fn new(ctx: &'a PageContext, known: &'a Known, public_url: &str, selection: &Selection) -> Self {
        let mut details = Details::new(ctx, known, public_url, 1);
        details.pivots = pivots(&known.entry, selection, ctx.lang, true);
        Self {
            ctx,
            details,
            thread: &known.thread,
            level: 3,
        }
    }
}

struct Details {
    id: String,
    action: String,
    outcome: Option<OutcomeCell>,
    sentence: String,
    when: When,
    zone_label: String,
    utc: Option<String>,
    received: Option<String>,
    actor: Actor,
    user_page: Option<String>,
    application_page: Option<String>,
    user: Option<String>,
    /// Name where it is known, and id.
    application: Option<(Option<String>, String)>,
    session: Option<String>,
    customer: Option<CustomerCell>,
    customer_id: Option<String>,
    account: String,
    partner_id: Option<String>,
    operation: String,
    resource: (String, String),
    /// In words, and on the wire where that says something else.
    status: Option<(String, Option<String>)>,
    correlation: Option<String>,
    items: Vec<Item>,
    more_items: Vec<Item>,
    item_count: usize,
    items_left_out: usize,
    licences: Option<LicencesView>,
    changes: Option<ChangesView>,
    /// Compared with the record before, where there is no old value.
    earlier: Option<EarlierView>,
    facts: Vec<(String, String)>,
    facts_left_out: usize,
    other_data: Vec<(String, String)>,
    other_data_left_out: usize,
    /// Side, text, and whether that is only the beginning.
    unreadable: Vec<(String, String, bool)>,
    raw: Raw,
    /// The parts of the raw record before and after the one that is shown.
    raw_before: Option<String>,
    raw_after: Option<String>,
    /// Whether something is hidden, or would be.
    has_secrets: bool,
    revealed: bool,
    archived: String,
    /// Nothing where there is only one.
    versions: Option<VersionsView>,
    /// `?version=1` behind the record's address; nothing for the newest.
    version: String,
    pivots: Vec<Pivot>,
    link: String,
    /// The block for a ticket, plain and in Markdown.
    text: String,
    markdown: String,
    /// Who looks at it when, for the sheet that is printed.
    printed: String,
}

impl Details {
    fn new(ctx: &PageContext, known: &Known, public_url: &str, part: usize) -> Self {
        let Known {
            entry,
            history,
            explained,
            names,
            ..
        } = known;
        let versions = VersionsView::of(ctx, entry, history, names);
        // An older version has an address of its own; the newest has the record's.
        let version = match &versions {
            Some(versions) if versions.old.is_some() => format!("?version={}", history.number()),
            _ => String::new(),
        };
        let (lang, dates, record) = (ctx.lang, ctx.dates(), &entry.record);
        let masked = mask_document(&record.document);
        let (has_secrets, revealed) = (matches!(masked, Cow::Owned(_)), known.secrets == Secrets::Shown);
        let raw = match revealed {
            true => Raw::of(&record.document, part),
            false => Raw::of(&masked, part),
        };
        let joint = if version.is_empty() { '?' } else { '&' };
        let part_address = |part: usize| format!("/activity/{}{version}{joint}part={part}#raw", entry.id);
        // What is taken along has no secrets, whatever the page shows.
        let masked_explanation = revealed.then(|| explain(record));
        let told = masked_explanation.as_ref().unwrap_or(explained);
        let at = entry.ticks.to_utc();
        let offset = at.map(|at| dates.offset(at)).unwrap_or_default();
        let words = |fact: &Fact| words(&fact.field, &fact.value, names, lang);
        let count = explained.items.len() + explained.items_left_out;
        let mut items: Vec<Item> = explained
            .items
            .iter()
            .map(|item| Item::of(item, names, lang))
            .collect();
        let more_items = items.split_off(items.len().min(ITEMS_SHOWN));
        let mut details = Self {
            id: entry.id.to_string(),
            action: wording::action(&record.operation_type, lang),
            outcome: OutcomeCell::of(entry, lang),
            sentence: sentence(entry, told, names, ctx),
            when: When::of(entry, dates, &offset),
            zone_label: at.map(|at| dates.zone_label(at)).unwrap_or_default(),
            utc: entry.ticks.to_rfc3339(),
            received: record.operation_date.as_deref().map(clipped),
            actor: Actor::of(
                record.user_principal_name.as_deref(),
                record.application_id.as_deref(),
                &Search::default(),
                &ctx.applications,
                lang,
            ),
            user_page: record
                .user_principal_name
                .as_deref()
                .and_then(|user| actors::href(FilterKey::User, user)),
            application_page: record
                .application_id
                .as_deref()
                .and_then(|id| actors::href(FilterKey::App, id)),
            user: record
                .user_principal_name
                .as_deref()
                .map(|user| wording::one_line(user, USER)),
            application: record
                .application_id
                .as_deref()
                .map(|id| (ctx.applications.name(id, lang), clipped(id))),
            session: record.session_id.as_deref().map(clipped),
            customer: CustomerCell::of(entry, &Search::default()),
            customer_id: record.customer_id.as_deref().map(clipped),
            account: entry.account.name.clone(),
            partner_id: record.partner_id.as_deref().map(clipped),
            operation: clipped(&record.operation_type.0),
            resource: (
                wording::resource(&record.resource_type, lang),
                clipped(&record.resource_type.0),
            ),
            status: status(&record.operation_status, lang),
            correlation: record.original_correlation_id.as_deref().map(clipped),
            items,
            more_items,
            item_count: count,
            items_left_out: explained.items_left_out,
            licences: explained
                .licences
                .as_ref()
                .map(|all| LicencesView::of(all, names, lang)),
            changes: ChangesView::of(&explained.changes, names, lang),
            earlier: known
                .earlier
                .as_ref()
                .map(|earlier| EarlierView::of(earlier, names, ctx)),
            facts: explained.facts.iter().map(words).collect(),
            facts_left_out: explained.facts_left_out,
            other_data_left_out: explained.other_data_left_out,
            other_data: explained
                .other_data
                .iter()
                .map(|pair| other(pair, names, lang))
                .collect(),
            unreadable: explained
                .unreadable
                .iter()
                .map(|value| {
                    let side = match value.side {
                        Side::Old => "record-old-value",
                        Side::New => "record-new-value",
                    };
                    (lang.t(side), value.text.clone(), value.left_out > 0)
                })
                .collect(),
            raw_before: (raw.part > 1 && !revealed).then(|| part_address(raw.part - 1)),
            raw_after: (raw.more && !revealed).then(|| part_address(raw.part + 1)),
            raw,
            has_secrets,
            revealed,
            archived: archived(entry, ctx),
            versions,
            pivots: Vec::new(),
            link: format!("{public_url}/activity/{}{version}", entry.id),
            version,
            text: String::new(),
            markdown: String::new(),
            printed: printed(ctx),
        };
        (details.text, details.markdown) = ticket(&details, told, lang);
        details
    }
}

/// What happened, in words.
fn sentence(entry: &Entry, explained: &Explanation, names: &Names, ctx: &PageContext) -> String {
    let record = &entry.record;
    let mut deed = explained.deed.clone();
    names.put_into(&mut deed);
    let user = record.user_principal_name.as_deref();
    // That a person used the portal goes without saying.
    let application = record
        .application_id
        .as_deref()
        .filter(|id| user.is_none() || !wording::is_portal(id));
    let name = application.map(|id| {
        let name = ctx.applications.name(id, ctx.lang);
        name.unwrap_or_else(|| id.to_owned())
    });
    wording::sentence(
        &Happened {
            action: &record.operation_type,
            status: &record.operation_status,
            deed: &deed,
            customer: entry.customer_name.as_deref().or(record.customer_id.as_deref()),
            user,
            application: name.as_deref(),
        },
        ctx.lang,
    )
}

/// How and when this content came into the archive.
fn archived(entry: &Entry, ctx: &PageContext) -> String {
    let at = ctx.dates().moment(entry.archived_at);
    let at = ("at", Arg::Text(&at));
    match (&entry.imported_from, entry.source) {
        (Some(file), Source::Imported) => {
            let file = wording::one_line(file, NAME);
            ctx.lang
                .t_with("record-imported-from", &[("file", Arg::Text(&file)), at])
        }
        (_, Source::Imported) => ctx.lang.t_with("record-imported", &[at]),
        (_, Source::Collected) => ctx.lang.t_with("record-collected", &[at]),
    }
}

fn status(status: &OperationStatus, lang: Lang) -> Option<(String, Option<String>)> {
    let words = Some(wording::status(status, lang)).filter(|_| !status.0.is_empty())?;
    let wire = Some(clipped(&status.0)).filter(|wire| !wire.eq_ignore_ascii_case(&words));
    Some((words, wire))
}

/// The block that is pasted into a ticket, plain and in Markdown.
fn ticket(details: &Details, explained: &Explanation, lang: Lang) -> (String, String) {
    let actor = match (&details.user, &details.application) {
        (Some(user), _) => user.clone(),
        (None, Some((name, id))) => name.clone().unwrap_or_else(|| id.clone()),
        (None, None) => lang.t("user-unknown"),
    };
    let customer = details
        .customer
        .as_ref()
        .map_or_else(|| lang.t("customer-none"), |c| c.name.to_string());
    let date = format!(
        "{}{} ({})",
        details.when.date, details.when.time, details.zone_label
    );
    let outcome = details
        .outcome
        .as_ref()
        .map(|outcome| format!(" ({})", outcome.word))
        .unwrap_or_default();
    let ticket = Ticket {
        date: &date,
        customer: &customer,
        action: &format!("{}{outcome}", details.action),
        actor: &actor,
        sentence: &details.sentence,
        changes: &explained.changes,
        link: &details.link,
        lang,
    };
    (ticket.text(), ticket.markdown())
}

/// Where a printed sheet is from.
fn printed(ctx: &PageContext) -> String {
    let at = ctx.dates().moment(ctx.now);
    let who = ctx.viewer.as_ref().map(|viewer| viewer.username.as_str());
    ctx.lang.t_with(
        "record-printed",
        &[
            ("at", Arg::Text(&at)),
            ("zone", Arg::Text(&ctx.dates().zone_label(ctx.now))),
            ("who", Arg::Text(who.unwrap_or_default())),
        ],
    )
}

fn other((key, value): &(String, Option<String>), names: &Names, lang: Lang) -> (String, String) {
    words(key, value.as_deref().unwrap_or_default(), names, lang)
}
