//! Whatever is asked for, the page, the count, the counts beside the filters and the chart say the same, and it is what a
//! look at every record says.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use partnerlog::{
    audit::{
        AuditRecord, Selection, Ticks,
        actor::Actor,
        entity,
        search::{self, Tokens, What, Words},
        selection::{FilterKey, From, To},
        vocabulary::Outcome,
    },
    store::{AccountId, Batch, Count, Entry, Incoming, Overview, Source, Store, sql::SqlStore},
};
use proptest::prelude::*;

use crate::records::record;
use crate::support::archive;

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn everything() -> Selection {
    Selection::everything(Tz::UTC, now().date_naive())
}

const BUDGET: Duration = Duration::from_secs(20);

struct Archive {
    store: SqlStore,
    account: AccountId,
    folder: tempfile::TempDir,
}

impl Archive {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = archive::open(&folder.path().join("archive.db")).await.unwrap();
        let account = store.account(crate::records::PARTNER, "Contoso").await.unwrap();
        Self {
            store,
            account,
            folder,
        }
    }

    async fn append(&self, source: Source, documents: &[String]) {
        let incoming = |text: &String| Incoming::new(AuditRecord::read(text.as_str()), Ticks::from(now()));
        let batch = Batch {
            account: self.account,
            source,
            archived_at: now(),
            records: documents.iter().map(incoming).collect(),
        };
        self.store.append(batch).await.unwrap();
    }

    /// The same archive in another process.
    async fn reopened(&self) -> SqlStore {
        archive::open(&self.folder.path().join("archive.db"))
            .await
            .unwrap()
    }

    async fn ids(&self, selection: &Selection) -> Vec<String> {
        ids(&self.store, selection, 50).await
    }

    async fn found(&self, text: &str) -> Vec<String> {
        let mut ids = self.ids(&everything().searching(text)).await;
        ids.sort();
        ids
    }
}

async fn all(store: &dyn Store, selection: &Selection, size: u32) -> Vec<Arc<Entry>> {
    let (mut entries, mut at) = (Vec::new(), None);
    loop {
        let page = store.page(selection, at.as_ref(), size).await.unwrap();
        // A server on a busy machine may need more than a look.
        assert!(page.searched_to.is_none() || archive::is_on_server());
        entries.extend(page.entries);
        match page.older {
            Some(older) => at = Some(older),
            None => return entries,
        }
    }
}

async fn ids(store: &dyn Store, selection: &Selection, size: u32) -> Vec<String> {
    let entries = all(store, selection, size).await;
    entries.iter().map(|entry| entry.id.to_string()).collect()
}

/// The words of some records, looked through one by one.
struct List(BTreeSet<String>);

impl List {
    fn of(documents: &[String]) -> Self {
        let words = documents.iter().flat_map(|document| {
            let tokens = Tokens::of(&AuditRecord::read(document.as_str()));
            tokens.words().map(ToOwned::to_owned).collect::<Vec<_>>()
        });
        Self(words.collect())
    }

    fn some(&self, at_most: usize, has: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let found: Vec<_> = self.0.iter().filter(|word| has(word)).cloned().collect();
        (found.len() <= at_most).then_some(found)
    }
}

impl Words for List {
    fn containing(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.some(at_most, |word| word.contains(part))
    }

    fn starting(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.some(at_most, |word| word.starts_with(part))
    }

    fn ending(&self, part: &str, at_most: usize) -> Option<Vec<String>> {
        self.some(at_most, |word| word.ends_with(part))
    }
}

/// Whether a record belongs to a selection, by looking at it alone.
fn belongs(document: &str, selection: &Selection, words: &List, source: Source) -> bool {
    let record = AuditRecord::read(document);
    let ticks = record.ticks.unwrap();
    let (from, until) = selection.during();
    let has = |key: FilterKey, value: &str, loosely: bool| match key {
        FilterKey::Customer => {
            let part = partnerlog::audit::fold::fold(value);
            let name = record.customer_name.as_deref().unwrap_or_default();
            let id = record.customer_id.as_deref();
            id.is_some_and(|id| id.eq_ignore_ascii_case(value))
                || (record.customer_name.is_some() && partnerlog::audit::fold::fold(name).contains(&part))
        }
        FilterKey::User => record
            .user_principal_name
            .as_deref()
            .is_some_and(|user| user.contains(value)),
        FilterKey::Action if loosely => record.operation_type.0.contains(value),
        FilterKey::Action => &*record.operation_type.0 == value,
        FilterKey::Status => &*record.operation_status.0 == value,
        FilterKey::Resource => &*record.resource_type.0 == value,
        FilterKey::Source => {
            value
                == if source == Source::Collected {
                    "collected"
                } else {
                    "imported"
                }
        }
        FilterKey::Changed => search::changed_fields(&record)
            .iter()
            .any(|name| name.eq_ignore_ascii_case(value)),
        FilterKey::Actor => Actor::of(&record).is_some_and(|actor| actor.name() == value),
        FilterKey::App | FilterKey::Account => unreachable!("not generated"),
    };
    let filters = selection
        .filters
        .iter()
        .all(|f| f.values.iter().any(|value| has(f.key, value, false)) != f.exclude);
    let tokens = Tokens::of(&record);
    let parts = selection.search.parts.iter().all(|part| {
        let hit = match &part.what {
            What::Filter { key, values, meant } => {
                values.iter().any(|value| has(*key, value, true))
                    || meant.iter().any(|value| has(*key, value, false))
            }
            What::Dates { .. } => return true,
            What::Entity { kind, ids } => entity::entities(&record)
                .iter()
                .any(|entity| ids.iter().any(|id| entity.is(*kind, id))),
            What::Text(_) | What::Quantity { .. } => {
                let plan = part.plan(words).unwrap();
                plan.expr.holds(&tokens) && (plan.exact || part.finds(&record))
            }
        };
        hit != part.exclude
    });
    let excluded = selection.excluded_times();
    from <= ticks
        && ticks < until
        && filters
        && parts
        && !excluded.iter().any(|(a, b)| *a <= ticks && ticks < *b)
}

#[derive(Clone, Debug)]
struct Model {
    customer: usize,
    user: usize,
    action: usize,
    status: usize,
    product: usize,
    quantity: u32,
    before: Option<u32>,
    second: i64,
    imported: bool,
}

const CUSTOMERS: [&str; 5] = [
    "Relecloud",
    "Bäckerei Süß",
    "株式会社サンプル",
    "ﾌｧﾌﾞﾘｶﾑ West",
    "Fabrikam, Inc.",
];
const PRODUCTS: [&str; 5] = [
    "Microsoft 365 Business Premium",
    "Office 365 E3",
    "Azure プラン",
    "CFQ7TTC0LF8R:0001",
    "=cmd|' /C calc'!A0 \"quoted\" AND NOT (x*",
];
const ACTIONS: [&str; 4] = [
    "create_order",
    "update_subscription",
    "some_new_operation",
    "dap_admin_relationship_terminated_by_microsoft",
];
const STATUSES: [&str; 3] = ["succeeded", "failed", "progress"];

impl Model {
    fn source(&self) -> Source {
        if self.imported {
            Source::Imported
        } else {
            Source::Collected
        }
    }

    fn document(&self, id: usize) -> String {
        let guid = format!(
            "{:08x}-1c2d-4e3f-8a9b-{:012x}",
            0x1366_a36a + id * 7_777,
            0x64_144d_300b + id * 99_991
        );
        let value = |quantity: u32| {
            serde_json::json!({"Id": guid, "Quantity": quantity, "FriendlyName": PRODUCTS[self.product]})
                .to_string()
        };
        let mut record = record()
            .id(&format!("partner_record_{id:04}"))
            .on(&Ticks(639_211_392_000_000_000 + self.second * 10_000_000)
                .to_rfc3339()
                .unwrap())
            .action(ACTIONS[self.action])
            .status(STATUSES[self.status])
            .with("resourceNewValue", value(self.quantity))
            .with("originalCorrelationId", guid.to_uppercase());
        if let Some(before) = self.before {
            record = record.with("resourceOldValue", value(before));
        }
        record = match self.customer {
            5 => record.without("customerId").without("customerName"),
            n => record.customer(&format!("c0000000-0000-0000-0000-00000000000{n}"), CUSTOMERS[n]),
        };
        match self.user {
            3 => record.without("userPrincipalName"),
            4 => record
                .without("userPrincipalName")
                .with("applicationId", "b6b84568-6c01-4981-a80f-09da9a20bbed"),
            5 => record.user("System"),
            6 => record.without("userPrincipalName").without("applicationId"),
            n => record.user(&format!("user{n}.ito@partner{n}.example")),
        }
        .json()
    }
}

fn model() -> impl Strategy<Value = Model> {
    (
        (0usize..6, 0usize..7, 0usize..4, 0usize..3, 0usize..5),
        (0u32..300, prop::option::of(0u32..300), 0i64..40, any::<bool>()),
    )
        .prop_map(
            |((customer, user, action, status, product), (quantity, before, date, imported))| Model {
                customer,
                user,
                action,
                status,
                product,
                quantity,
                before,
                // Few different dates, so that many are equal; some in the same second.
                second: date * 21_600,
                imported,
            },
        )
}

fn searches() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "fabrikam",
        "brik",
        "ﾌｧﾌﾞﾘｶﾑ",
        "サ",
        "サン",
        "サンプル",
        "プラン",
        "office 365",
        "\"business premium\"",
        "e3",
        "1366a36a",
        "1366a",
        "-office",
        "-\"office 365 e3\"",
        "customer:relecloud",
        "-customer:su",
        "action:create_order",
        "action:order",
        "status:failed,progress",
        "-status:succeeded",
        "qty:>100",
        "qty:5..50",
        "-qty:>100",
        "changed:quantity",
        "-changed:quantity",
        "source:imported",
        "actor:person",
        "-actor:app,microsoft",
        "user1.ito@partner1.example",
        "partner",
        "ito@part",
        "cfq7ttc0lf8r:0001",
        "date:2026-07",
        "-date:2026-08-02",
        "\"",
        "xyzzy",
        "NOT",
        "AND (",
        "*",
        "4e3f-8a9b",
        "suss",
        "a",
        "作成",
        "mi",
        "=cmd|'",
        "38f",
        "0",
        "subscription:1366a36a-1c2d-4e3f-8a9b-0064144d300b",
        "order:1366A36A-1C2D-4E3F-8A9B-0064144D300B,1366c1cb-1c2d-4e3f-8a9b-0064144eb6a2",
        "-subscription:1366a36a-1c2d-4e3f-8a9b-0064144d300b",
        "相関:1366c1cb-1c2d-4e3f-8a9b-0064144eb6a2",
        "-correlation:1366a36a-1c2d-4e3f-8a9b-0064144d300b",
        "useraccount:1366a36a-1c2d-4e3f-8a9b-0064144d300b",
        "order:1366a36a",
    ]);
    prop::collection::vec(part, 0..4).prop_map(|parts| parts.join(" "))
}

fn filters() -> impl Strategy<Value = Vec<(FilterKey, bool, &'static str)>> {
    let one = prop::sample::select(vec![
        (FilterKey::Customer, "fabrikam"),
        (FilterKey::Customer, "c0000000-0000-0000-0000-000000000001"),
        (FilterKey::User, "user1"),
        (FilterKey::Action, "create_order"),
        (FilterKey::Action, "update_subscription"),
        (FilterKey::Status, "failed"),
        (FilterKey::Source, "imported"),
        (FilterKey::Changed, "quantity"),
        (FilterKey::Resource, "subscription"),
        (FilterKey::Actor, "person"),
        (FilterKey::Actor, "app"),
        (FilterKey::Actor, "microsoft"),
    ]);
    prop::collection::vec(
        (one, any::<bool>()).prop_map(|((key, value), exclude)| (key, exclude, value)),
        0..3,
    )
}

/// The overview that a look at every record gives; of facets only actions, statuses and users.
fn expected_counts(
    documents: &[(String, Source)],
    selection: &Selection,
    words: &List,
    key: FilterKey,
) -> Vec<(String, u64)> {
    let mut other = selection.clone();
    other.filters.retain(|filter| filter.key != key);
    let mut counts = std::collections::BTreeMap::new();
    for (document, source) in documents {
        if belongs(document, &other, words, *source) {
            let record = AuditRecord::read(document.as_str());
            let value = match key {
                FilterKey::Action => Some(record.operation_type.0.to_string()),
                FilterKey::Status => Some(record.operation_status.0.to_string()),
                FilterKey::User => record.user_principal_name,
                FilterKey::Customer => record.customer_id,
                FilterKey::Actor => Actor::of(&record).map(|actor| actor.name().to_owned()),
                _ => None,
            };
            if let Some(value) = value {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    counts.into_iter().collect()
}

fn counts_of(overview: &Overview, key: FilterKey) -> Vec<(String, u64)> {
    let facet = overview.facets.iter().find(|facet| facet.key == key).unwrap();
    let mut counts: Vec<_> = facet.values.iter().map(|v| (v.value.clone(), v.count)).collect();
    assert!(facet.values.is_sorted_by(|a, b| a.count >= b.count));
    counts.sort();
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn everything_agrees_with_a_look_at_every_record(
        models in prop::collection::vec((model(), prop::option::of(0usize..3)), 1..40),
        asked in prop::collection::vec((searches(), filters(), prop::option::of((0u64..12, 0u64..6))), 1..8),
        size in 1u32..20,
        chunk in 1usize..30,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let archive = Archive::new().await;
            let mut documents: Vec<(String, Source)> = Vec::new();
            for (start, some) in models.chunks(chunk).enumerate().map(|(i, some)| (i * chunk, some)) {
                for (i, (model, _)) in some.iter().enumerate() {
                    let document = model.document(start + i);
                    archive.append(model.source(), std::slice::from_ref(&document)).await;
                    documents.push((document, model.source()));
                }
            }
            // Some change afterwards: what they said before is not found any more.
            for (i, (model, status)) in models.iter().enumerate() {
                if let Some(status) = status {
                    let later = Model { status: *status, product: (model.product + 1) % 5, imported: false, ..model.clone() };
                    let document = later.document(i);
                    archive.append(Source::Collected, std::slice::from_ref(&document)).await;
                    documents[i] = (document, Source::Collected);
                }
            }
            let words = {
                // A vocabulary forgets no word: it is that of everything that ever was.
                let mut ever: Vec<String> = documents.iter().map(|(document, _)| document.clone()).collect();
                ever.extend(models.iter().enumerate().map(|(i, (model, _))| model.document(i)));
                List::of(&ever)
            };
            let another = archive.reopened().await;
            for (text, filters, range) in asked {
                let mut selection = everything().searching(&text);
                if let Some((start, length)) = range {
                    let first = Ticks(639_211_392_000_000_000).day().unwrap() + Days::new(start);
                    selection = selection.over(From::Day(first), To::Day(first + Days::new(length)));
                }
                for (key, exclude, value) in filters {
                    selection = selection.with(key, exclude, value);
                }
                let mut expected: Vec<(i64, String)> = documents
                    .iter()
                    .filter(|(document, source)| belongs(document, &selection, &words, *source))
                    .map(|(document, _)| {
                        let record = AuditRecord::read(document.as_str());
                        (-record.ticks.unwrap().0, record.given_id.unwrap())
                    })
                    .collect();
                expected.sort();
                let expected: Vec<String> = expected.into_iter().map(|(_, id)| id).collect();
                for store in [&archive.store, &another] {
                    assert_eq!(ids(store, &selection, size).await, expected, "{text}");
                    // And back again.
                    let mut last = store.page(&selection, None, size).await.unwrap();
                    let mut shown = last.entries.len();
                    while let Some(older) = last.older {
                        last = store.page(&selection, Some(&older), size).await.unwrap();
                        shown += last.entries.len();
                    }
                    let mut back = last.entries.len();
                    while let Some(newer) = last.newer {
                        last = store.page(&selection, Some(&newer), size).await.unwrap();
                        back += last.entries.len();
                    }
                    assert_eq!(back, shown, "{text}");
                }
                let (first, _) = (Ticks(639_211_392_000_000_000), ());
                let edges: Vec<Ticks> = (-2..14).map(|day| Ticks(first.0 + day * 864_000_000_000)).collect();
                let overview = archive.store.overview(&selection, &edges, BUDGET).await.unwrap();
                assert_eq!(overview.left_out, None);
                assert_eq!(overview.count, Count::Exactly(expected.len() as u64), "{text}");
                assert_eq!(overview.bars.iter().map(|bar| bar.records).sum::<u64>(), expected.len() as u64);
                let failed = all(&archive.store, &selection, 100).await;
                let failed = failed.iter().filter(|e| e.record.operation_status.outcome() == Outcome::Failed).count();
                assert_eq!(overview.bars.iter().map(|bar| bar.failed).sum::<u64>(), failed as u64);
                for key in [FilterKey::Action, FilterKey::Status, FilterKey::User, FilterKey::Customer, FilterKey::Actor] {
                    let wanted = expected_counts(&documents, &selection, &words, key);
                    assert_eq!(counts_of(&overview, key), wanted, "{key:?} of {text}");
                }
            }
        });
    }
}

#[tokio::test]
async fn what_is_pasted_finds_its_record() {
    let archive = Archive::new().await;
    let order = serde_json::json!({
        "Id": "64144d300bde",
        "LineItems": [
            {"LineItemNumber": 0, "FriendlyName": "Office 365 E3", "Quantity": 25, "SubscriptionId": "1366a36a-385c-4f01-9a2b-0123456789ab"},
            {"LineItemNumber": 1, "FriendlyName": "Müller Add-on", "OfferId": "CFQ7TTC0LF8R:0001", "Quantity": 3},
        ],
    });
    let wanted = record()
        .id("partner_record_wanted")
        .customer("0c39d6d5-c70d-4c55-bc02-f620844f3fd1", "株式会社サンプル")
        .user("taro.yamada@contoso.example")
        .with("resourceNewValue", order.to_string())
        .with(
            "customizedData",
            serde_json::json!([{"key": "Domain", "value": "sample.onmicrosoft.com"}]),
        )
        .with("originalCorrelationId", "f3b1c2d4-0000-4000-8000-aabbccddeeff");
    archive.append(Source::Collected, &[wanted.json()]).await;
    let others: Vec<String> = (0..200)
        .map(|i| {
            record()
                .id(&format!("partner_record_{i:04}"))
                .customer("c0000000-0000-0000-0000-000000000001", "Relecloud")
                .with(
                    "originalCorrelationId",
                    format!("{i:08x}-1111-4222-8333-{i:012x}"),
                )
                .json()
        })
        .collect();
    archive.append(Source::Collected, &others).await;
    for text in [
        "64144d300bde",
        "64144d30",
        "1366a36a-385c-4f01-9a2b-0123456789ab",
        "1366A36A",
        "1366a",
        "0123456789ab",
        "36a-385c-4f01",
        "{1366a36a-385c-4f01-9a2b-0123456789ab}",
        "taro.yamada@contoso.example",
        "yamada@contoso",
        "sample.onmicrosoft.com",
        "onmicrosoft",
        "micros",
        "f3b1c2d4-0000-4000-8000-aabbccddeeff",
        "aabbccddeeff",
        "CFQ7TTC0LF8R:0001",
        "cfq7ttc0",
        "office 365 e3",
        "\"365 E3\"",
        "muller",
        "MÜLLER",
        "ｻﾝﾌﾟﾙ",
        "株式会社サンプル",
        "サ",
        "式会",
        "会社サ",
        "株式 サンプル",
        "Ｏｆｆｉｃｅ",
        "qty:25",
        "qty:>20",
        "数量:25",
        "顧客:サンプル",
    ] {
        assert_eq!(archive.found(text).await, ["partner_record_wanted"], "{text}");
    }
    for text in [
        "qty:4..20",
        "64144d300bdf",
        "サソ",
        "\"e3 365\"",
        "office -muller",
    ] {
        assert_eq!(archive.found(text).await, Vec::<String>::new(), "{text}");
    }
}

#[tokio::test]
async fn what_is_not_secret_is_found_and_what_is_secret_is_not() {
    let archive = Archive::new().await;
    let value = r#"{"displayName":"visible words","passwordProfile":{"password":"hunter2secret"}}"#;
    archive
        .append(
            Source::Collected,
            &[record()
                .id("partner_record_0001")
                .with("resourceNewValue", value)
                .json()],
        )
        .await;
    assert_eq!(archive.found("visible").await.len(), 1);
    assert_eq!(archive.found("hunter2secret").await.len(), 0);
    assert_eq!(archive.found("hunter").await.len(), 0);
}

#[tokio::test]
async fn an_index_made_anew_finds_the_same() {
    let archive = Archive::new().await;
    let documents: Vec<String> = (0..1_200)
        .map(|i| {
            record()
                .id(&format!("partner_record_{i:04}"))
                .with("resourceOldValue", r#"{"Quantity":1}"#)
                .with(
                    "resourceNewValue",
                    format!(r#"{{"Quantity":{i},"Name":"number{i}x"}}"#),
                )
                .json()
        })
        .collect();
    archive.append(Source::Collected, &documents).await;
    let asked = [
        "number77x",
        "qty:>1000",
        "changed:quantity",
        "subscription -qty:>100",
    ];
    let mut before = Vec::new();
    for text in asked {
        before.push(archive.found(text).await);
        assert!(!before.last().unwrap().is_empty(), "{text}");
    }
    drop(archive.store);
    let path = archive.folder.path().join("archive.db");
    archive::with(&path, |archive| {
        archive.execute_batch("UPDATE search_state SET rules = -1; UPDATE record SET changed = NULL")
    })
    .unwrap();
    let store = archive::open(&path).await.unwrap();
    let first = ids(&store, &everything().searching("number77x"), 50).await;
    assert!(first.is_empty(), "nothing is indexed yet");
    let mut steps = 0;
    while store.index_some().await.unwrap() {
        steps += 1;
    }
    assert!(steps >= 2);
    for (text, expected) in asked.into_iter().zip(before) {
        let mut found = ids(&store, &everything().searching(text), 50).await;
        found.sort();
        assert_eq!(found, expected, "{text}");
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_any_more_keeps_no_other_from_being_found() {
    let archive = Archive::new().await;
    let document = |i: usize, user: &str| record().id(&format!("partner_record_{i:04}")).user(user).json();
    let documents: Vec<String> = (0..30).map(|i| document(i, "ada.bright@x.example")).collect();
    archive.append(Source::Collected, &documents).await;
    let path = archive.folder.path().join("archive.db");
    archive::with(&path, |archive| {
        archive.execute(
            "UPDATE version SET document = ?1 WHERE record IN (3, 7)",
            [[0; 1]],
        )
    })
    .unwrap();
    assert_eq!(archive.found("\"ada.bright@x.example\"").await.len(), 28);
    // Indexed anew, and revised.
    archive::with(&path, |archive| {
        archive.execute("UPDATE search_state SET rules = -1", ())
    })
    .unwrap();
    drop(archive.store);
    let archive = Archive {
        store: archive::open(&path).await.unwrap(),
        ..archive
    };
    while archive.store.index_some().await.unwrap() {}
    assert_eq!(archive.found("ada").await.len(), 28);
    archive
        .append(
            Source::Collected,
            &[document(2, "grace@x.example"), document(6, "grace@x.example")],
        )
        .await;
    assert_eq!(archive.found("grace").await.len(), 2);
    assert_eq!(archive.found("ada").await.len(), 28);
}

#[tokio::test]
async fn what_another_process_adds_and_changes_at_once_is_found_and_counted_here() {
    let archive = Archive::new().await;
    let document = |i: usize, status: &str| {
        record()
            .id(&format!("partner_record_{i:04}"))
            .status(status)
            .json()
    };
    let failed = everything().with(FilterKey::Status, false, "failed");
    archive.append(Source::Collected, &[document(0, "failed")]).await;
    let another = archive.reopened().await;
    assert_eq!(ids(&another, &failed, 50).await.len(), 1);
    // The last of them was in progress, and failed, within one transaction.
    let mut documents: Vec<String> = (1..=40).map(|i| document(i, "failed")).collect();
    documents.push(document(41, "progress"));
    documents.push(document(41, "failed"));
    archive.append(Source::Collected, &documents).await;
    for store in [&archive.store, &another] {
        assert_eq!(ids(store, &failed, 50).await.len(), 42);
        let overview = store.overview(&failed, &[], BUDGET).await.unwrap();
        assert_eq!(overview.count, Count::Exactly(42));
    }
    // Confirmed, what a file said counts as collected everywhere.
    archive
        .append(Source::Imported, &[document(50, "succeeded")])
        .await;
    let imported = everything().with(FilterKey::Source, false, "imported");
    assert_eq!(ids(&another, &imported, 50).await.len(), 1);
    archive
        .append(Source::Collected, &[document(50, "succeeded")])
        .await;
    for store in [&archive.store, &another] {
        assert_eq!(ids(store, &imported, 50).await.len(), 0);
    }
}

#[tokio::test]
async fn bait_is_answered_in_time() {
    let archive = Archive::new().await;
    let documents: Vec<String> = (0..3_000)
        .map(|i| record().id(&format!("partner_record_{i:04}")).json())
        .collect();
    archive.append(Source::Collected, &documents).await;
    let store: Arc<dyn Store> = Arc::new(archive.store.clone());
    for text in [
        "(a+)+$".repeat(200),
        "a ".repeat(3_000),
        "\"".repeat(5_000),
        "-".repeat(5_000),
        (0..1_000).map(|i| format!("word{i} ")).collect(),
        (0..1_000).map(|i| format!("-x{i} ")).collect(),
        "customer:".repeat(500),
        "date:0001..9999".to_owned(),
        "date:-999999999..999999999".to_owned(),
        "qty:>99999999999999999999999999".to_owned(),
        "サ".repeat(2_000),
        "e ".repeat(60),
        "NEAR(a b, 1000000) OR AND NOT * ^ : {} ()".to_owned(),
        "\u{e000}\u{e000} \u{0} \u{202e}".to_owned(),
    ] {
        let selection = everything().searching(&text);
        let began = std::time::Instant::now();
        store.page(&selection, None, 50).await.unwrap();
        store
            .overview(&selection, &[], Duration::from_millis(50))
            .await
            .unwrap();
        store.nearest(&selection).await.unwrap();
        // Far more than it takes, far less than a scan without end.
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "{} took {:?}",
            &text[..20.min(text.len())],
            began.elapsed()
        );
    }
}
