//! An archive in a file and one on a server that were given the same, in the same batches, answer the same: whatever is
//! public, however nasty what they were given.
//!
//! `PROPTEST_CASES` asks for more archives than a run has time for, `TEST_RECORDS` for a larger one where it has to be large.

use std::{
    collections::BTreeSet,
    fmt::{Debug, Write as _},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use partnerlog::{
    audit::{
        AuditRecord, Cursor, RecordId, Selection, Ticks,
        cursor::Direction,
        identity::{Content, EventKey},
        selection::FilterKey,
    },
    store::{
        Archived, Batch, Bounds, Count, CustomerOrder, CustomersAsked, Entry, Incoming, Page, Source, Store,
        StoreError, Streams, Stretch, postgres::Connector, sql::SqlStore,
    },
};
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Map, Value, json};
use url::form_urlencoded::Serializer;

use crate::{
    records::PARTNER,
    support::{
        dashboard::Dashboard,
        postgres::{Database, cluster},
    },
};

/// No count is left out because of other work on the machine.
const BUDGET: Duration = Duration::from_secs(30);

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// The same archive twice.
struct Pair {
    file: SqlStore,
    server: SqlStore,
    database: Arc<Database>,
    folder: Arc<tempfile::TempDir>,
}

impl Pair {
    async fn new() -> Self {
        let database = tokio::task::spawn_blocking(|| cluster().database());
        let database = Arc::new(database.await.unwrap());
        Self::of(database, Arc::new(tempfile::tempdir().unwrap())).await
    }

    async fn of(database: Arc<Database>, folder: Arc<tempfile::TempDir>) -> Self {
        Self {
            file: SqlStore::open(&folder.path().join("archive.db")).await.unwrap(),
            server: SqlStore::connect(Connector::at(database.url()).unwrap())
                .await
                .unwrap(),
            database,
            folder,
        }
    }

    /// The same in further processes, which have to read it first.
    async fn reopened(&self) -> Self {
        Self::of(Arc::clone(&self.database), Arc::clone(&self.folder)).await
    }

    /// Archives the same in both; they say the same of it.
    async fn give(&self, at: usize, together: &[Given]) {
        let mut said = Vec::new();
        for store in [&self.file, &self.server] {
            let mut batches = Vec::new();
            for given in together {
                let tenant = TENANTS[given.tenant];
                let account = store.account(tenant.0, tenant.1).await.unwrap();
                batches.push(given.batch(account, at));
            }
            said.push(store.append_all(batches).await.unwrap());
        }
        assert_eq!(said[0], said[1], "what archiving {together:#?} changed");
    }

    /// Both find the same.
    async fn find(&self, asked: &Asked) {
        let ((file, _), (server, _)) = (found(&self.file, asked).await, found(&self.server, asked).await);
        agree(&format!("{asked:?}"), &file, &server);
    }

    /// Both answer the same.
    async fn agree(&self, asked: &Asked) {
        let (file, server) = (
            answers(&self.file, asked).await,
            answers(&self.server, asked).await,
        );
        agree(&format!("{asked:?}"), &file, &server);
    }
}

/// What a store says where it could not know in time, which is a matter of the machine.
const NOT_IN_TIME: &str = "not in time";

fn in_time<T: Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(StoreError::TooLong | StoreError::Busy(_)) => NOT_IN_TIME.to_owned(),
        answer => format!("{:?}", answer.unwrap()),
    }
}

/// A count up to so many; where it stopped before, its time was up.
fn counted(answer: Result<Count, StoreError>, at_most: u64) -> String {
    match answer {
        Ok(Count::MoreThan(n)) if n < at_most => NOT_IN_TIME.to_owned(),
        answer => in_time(answer),
    }
}

#[track_caller]
fn agree(asked: &str, file: &[(String, String)], server: &[(String, String)]) {
    let mut differences = String::new();
    for (file, server) in file.iter().zip(server) {
        if file == server || [&file.1, &server.1].into_iter().any(|said| said == NOT_IN_TIME) {
            continue;
        }
        // What is alike before and behind is of no use to whoever reads this.
        let mut pairs = file.1.chars().zip(server.1.chars());
        let at = pairs.position(|(file, server)| file != server);
        let from = at.unwrap_or_default().saturating_sub(200);
        let some = |text: &str| text.chars().skip(from).take(600).collect::<String>();
        let (name, file, server) = (&file.0, some(&file.1), some(&server.1));
        write!(differences, "\n{name}\n  file:   {file}\n  server: {server}").unwrap();
    }
    assert!(differences.is_empty(), "of {asked}{differences}");
    assert_eq!(file.len(), server.len(), "{asked}");
}

/// What is archived together.
#[derive(Clone, Debug)]
struct Given {
    tenant: usize,
    imported: bool,
    /// Whether what is equal in it is so because it happened more than once.
    counts: bool,
    documents: Vec<String>,
}

const TENANTS: [(&str, &str); 3] = [
    (PARTNER, "Contoso Japan"),
    (
        "0AAAEB1C-4195-4DB5-9F1D-509EB70C8C2D",
        "Contoso \u{0}\u{1} 100 %_\\",
    ),
    ("ffffeb1c-4195-4db5-9f1d-509eb70c8c2d", "Contoso Japan"),
];

impl Given {
    fn batch(&self, account: partnerlog::store::AccountId, at: usize) -> Batch {
        let archived_at = now() + Duration::from_secs(at as u64);
        let mut shown: Vec<(EventKey, Content)> = Vec::new();
        let records = self.documents.iter().map(|document| {
            let fallback = Ticks(638_000_000_000_000_000 + (at as i64 % 2) * 864_000_000_000);
            let mut incoming = Incoming::new(AuditRecord::read(document.as_str()), fallback);
            if self.counts && incoming.record.given_id.is_none() {
                let before = shown.iter().filter(|(key, _)| *key == incoming.key);
                incoming.seen_before = before.map(|(_, content)| *content).collect();
                shown.push((incoming.key, incoming.content));
            }
            incoming
        });
        Batch {
            account,
            source: [Source::Collected, Source::Imported][usize::from(self.imported)],
            archived_at,
            records: records.collect(),
        }
    }
}

// What they are given.

const DATES: &[&str] = &[
    "2026-08-01T09:00:00Z",
    "2026-08-01T09:00:00.0000001Z",
    "2026-08-01T09:00:00.0000002Z",
    "2026-08-01T09:00:00.9999999Z",
    "2026-08-01T09:00:00.5Z",
    "2026-08-01T11:00:00+02:00",
    "2026-08-01T09:00:01Z",
    "2026-07-31T23:59:59.9999999Z",
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",
    "2026-11-20T11:59:00Z",
    "2026-12-31T23:59:59.9999999Z",
    "1969-12-31T23:59:59.9999999Z",
    "1970-01-01T00:00:00Z",
    "1999-12-31T23:59:59.9999999Z",
    "2000-01-01T00:00:00Z",
    "2099-12-31T23:59:59.9999999Z",
    "2100-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00.0000001Z",
    "9999-12-31T23:59:59.9999999Z",
    "2026-13-45T00:00:00Z",
    "never",
    "",
];

const IDS: &[&str] = &[
    "",
    "short",
    "partner_customer_update_637346859797753934",
    "partner_customer_update_637346859797753935",
    "partner_customer_update_999999999999999999999",
    "PARTNER_CUSTOMER_UPDATE_637346859797753934",
    "with a blank and \u{0} and \u{1}",
    "日本語の識別子がここにある",
    "'; DROP TABLE record; --",
    "h-00000000000000000000000000000000",
];

const COMPANIES: &[&str] = &[
    "Relecloud",
    "RELECLOUD",
    "relecloud",
    "Relecloud\u{0}",
    "Relecloud\u{1}",
    "\u{1}\u{2}",
    "\u{1}\u{1}",
    "Rele\u{e001}cloud",
    "\u{e001}",
    "\u{e000}\u{e000}",
    "Bäckerei Süß",
    "Ba\u{308}ckerei Su\u{308}ß",
    "BÄCKEREI SÜSS",
    "株式会社サンプル",
    "株式会社ｻﾝﾌﾟﾙ",
    "ﾌｧﾌﾞﾘｶﾑ West",
    "ファブリカム　Ｗｅｓｔ",
    "İstanbul Işık",
    "istanbul isik",
    "שלום \u{202e}gnp.exe\u{200f}",
    "👩‍👩‍👧 Familie",
    "100 %",
    "100 _",
    "a\\b",
    "a'b\"c",
    "",
    " ",
    "x",
    "京",
    "Fabrikam, Inc.",
    "Ａ",
    "e\u{301}\u{301}\u{301}",
    "ﷺ",
];

const CUSTOMERS: &[&str] = &[
    "0c39d6d5-c70d-4c55-bc02-f620844f3fd1",
    "0C39D6D5-C70D-4C55-BC02-F620844F3FD1",
    "c0000000-0000-0000-0000-000000000001",
    "c0000000-0000-0000-0000-000000000002",
    "c0000000-0000-0000-0000-000000000003",
    "00000000-0000-0000-0000-000000000000",
    "no guid",
    "\u{0}",
    "",
    "İ",
];

const USERS: &[&str] = &[
    "hanako.sato@partner.example",
    "Hanako.Sato@Partner.example",
    "taro.yamada_1@contoso.example",
    "taro.yamadaX1@contoso.example",
    "100%@contoso.example",
    "System",
    "Microsoft",
    "n/a",
    "6a9e0b2c",
    "山田 太郎",
    "ﾔﾏﾀﾞ ﾀﾛｳ",
    "a\"b@x.example",
    "a\u{0}b@x.example",
    "",
    "İ@x.example",
];

const APPLICATIONS: &[&str] = &[
    "Partner Center Native App",
    "Partner Center Web App",
    "FulfillmentService",
    "b6b84568-6c01-4981-a80f-09da9a20bbed",
    "B6B84568-6C01-4981-A80F-09DA9A20BBED",
    "app\u{0}",
    "",
];

const RESOURCES: &[&str] = &[
    "subscription",
    "Subscription",
    "order",
    "customer",
    "license",
    "\u{0}",
    "",
];

const ACTIONS: &[&str] = &[
    "create_order",
    "update_subscription",
    "update_subscription_quantity",
    "delete_customer_user",
    "some_new_operation",
    "dap_admin_relationship_terminated_by_microsoft",
    "操作",
    "a\u{0}b",
    "",
];

const STATUSES: &[&str] = &["succeeded", "failed", "progress", "Failed", "decline", "後で", ""];

const CORRELATIONS: &[&str] = &[
    "1366a36a-1c2d-4e3f-8a9b-0064144d300b",
    "1366A36A-1C2D-4E3F-8A9B-0064144D300B",
    "1366c1cb-1c2d-4e3f-8a9b-0064144eb6a2",
    "64144d300bde",
    "not a guid",
];

const WORDS: &[&str] = &[
    "Microsoft 365 Business Premium",
    "Office 365 E3",
    "office 365",
    "Azure プラン",
    "CFQ7TTC0LF8R:0001",
    "=cmd|' /C calc'!A0 \"quoted\" AND NOT (x*",
    "OR NEAR(a b) & | ! <-> :* '",
    "customer:contoso -status:succeeded",
    "サンプル東京都千代田区",
    "ｻﾝﾌﾟﾙ",
    "e3",
    "a",
    "25",
    "2024",
    "12345",
    "99999999999999999999",
    "ab\u{0}cd",
    "\u{e001}",
    "ﬁnance ﬂow ½ Ⅷ",
    "naïve Straße ÅNGSTRÖM",
    "İSTANBUL ışık",
    "\u{202e}rtl\u{202c} \u{200f}",
    "zero\u{200b}width soft\u{ad}hyphen",
    "👩‍👩‍👧🎌",
    "a_b_c 50% c:\\windows\\",
    "taro.yamada@contoso.example",
    "1366a36a-1c2d-4e3f-8a9b-0064144d300b",
    "xx1366a36a1c2d4e3f8a9b0064144d300bxx",
    "한국어 텍스트",
    "ไทย ภาษา",
    "العربية",
    "Ελληνικά ΣΊΣΥΦΟΣ σίσυφος",
];

/// Whole documents that are no records.
const RAW: &[&str] = &[
    "",
    "{",
    "null",
    "[]",
    "\"\"",
    "{}",
    "{\"operationType\":\"create_order\",\"operationType\":\"update_order\"}",
    "{\"customerName\":\"\\ud800\",\"operationDate\":\"2026-08-01T09:00:00Z\",\"a\":1,\"a\":2}",
    "{ \"id\" : 17, \"customizedData\" : {\"x\": [1e400, -0.0]}, \"operationDate\": 5 }",
    "{\"resourceNewValue\":\"{\\\"Quantity\\\":25\",\"customizedData\":[{\"key\":null,\"value\":7}, 3]}",
    "{\"operationDate\":\"2026-08-01T09:00:00Z\"}",
    "no JSON at all, only サンプル and office",
];

/// One of these, or something else.
fn text(of: &'static [&'static str]) -> BoxedStrategy<String> {
    prop_oneof![
        20 => prop::sample::select(of).prop_map(ToOwned::to_owned),
        1 => prop::sample::select(COMPANIES).prop_map(ToOwned::to_owned),
        1 => "\\PC{0,6}",
        1 => any::<String>(),
    ]
    .boxed()
}

fn maybe(of: &'static [&'static str]) -> BoxedStrategy<Option<String>> {
    prop::option::weighted(0.85, text(of)).boxed()
}

/// JSON in a text, as values of resources are, or nearly.
fn value() -> BoxedStrategy<String> {
    let quantity = prop_oneof![
        Just(0i64),
        Just(5),
        Just(25),
        Just(100),
        Just(i64::MAX),
        any::<i64>()
    ];
    let thing = (quantity, text(CORRELATIONS), text(WORDS), text(WORDS)).prop_map(|(quantity, id, name, other)| {
        json!({"Id": id, "SubscriptionId": id, "Quantity": quantity, "FriendlyName": name, "displayName": other,
            "LineItems": [{"LineItemNumber": 0, "OfferId": other, "Quantity": quantity}]})
        .to_string()
    });
    prop_oneof![
        6 => thing,
        1 => text(WORDS),
        1 => "[a-zA-Zа-я]{30,60}",
        1 => "[ァ-ヶ]{10,50}",
        1 => Just("{\"Quantity\": 25".to_owned()),
    ]
    .boxed()
}

/// A word of letters alone, of which there can be more than a search names.
fn spelt(n: usize) -> String {
    let digit = |place: u32| char::from(b'a' + (n / 26usize.pow(place) % 26) as u8);
    ['z', 'q', digit(2), digit(1), digit(0)].iter().collect()
}

/// A record, mostly of an id that others have, too.
fn document() -> BoxedStrategy<String> {
    let id = prop_oneof![
        6 => (0u32..40).prop_map(|n| Some(format!("partner_record_{n:04}"))),
        2 => prop::sample::select(IDS).prop_map(|id| Some(id.to_owned())),
        3 => Just(None),
    ];
    let who = (
        maybe(CUSTOMERS),
        maybe(COMPANIES),
        maybe(USERS),
        maybe(APPLICATIONS),
    );
    let what = (
        maybe(ACTIONS),
        maybe(RESOURCES),
        maybe(STATUSES),
        maybe(CORRELATIONS),
    );
    let values = (
        prop::option::weighted(0.3, value()),
        prop::option::weighted(0.6, value()),
        prop::collection::vec((text(WORDS), text(WORDS)), 0..3),
        prop_oneof![60 => Just(0usize), 2 => Just(300), 1 => Just(600)],
    );
    let members = (id, maybe(DATES), who, what, values).prop_map(|(id, date, who, what, values)| {
        let mut members = Map::new();
        let mut set = |name: &str, text: Option<String>| {
            if let Some(text) = text {
                members.insert(name.to_owned(), Value::String(text));
            }
        };
        set("id", id);
        set("partnerId", Some(PARTNER.to_owned()));
        set("operationDate", date);
        for (name, text) in ["customerId", "customerName", "userPrincipalName", "applicationId"]
            .into_iter()
            .zip([who.0, who.1, who.2, who.3])
        {
            set(name, text);
        }
        for (name, text) in [
            "operationType",
            "resourceType",
            "operationStatus",
            "originalCorrelationId",
        ]
        .into_iter()
        .zip([what.0, what.1, what.2, what.3])
        {
            set(name, text);
        }
        set("resourceOldValue", values.0);
        set("resourceNewValue", values.1);
        let mut customized: Vec<Value> = values
            .2
            .into_iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect();
        // Giant, and of more words than a search can name.
        customized.extend((0..values.3).map(|n| json!({"key": spelt(n), "value": n})));
        members.insert("customizedData".to_owned(), customized.into());
        Value::Object(members).to_string()
    });
    prop_oneof![25 => members, 1 => prop::sample::select(RAW).prop_map(ToOwned::to_owned)].boxed()
}

fn given() -> impl Strategy<Value = Given> {
    let some = prop::collection::vec(
        (
            document(),
            prop_oneof![8 => Just(1usize), 1 => Just(2), 1 => Just(3)],
        ),
        0..70,
    );
    (0usize..TENANTS.len(), any::<bool>(), any::<bool>(), some).prop_map(
        |(tenant, imported, counts, some)| Given {
            // Most belong to one.
            tenant: tenant * usize::from(some.len() % 2 == 0),
            imported,
            counts,
            documents: some
                .into_iter()
                .flat_map(|(document, times)| vec![document; times])
                .collect(),
        },
    )
}

// What they are asked.

/// A query string, and how its answer is walked through.
#[derive(Clone, Debug)]
struct Asked {
    query: String,
    size: u32,
    /// Documents together, and bytes of them.
    part: (u32, usize),
    /// Which versions an export is of, of a hundred.
    archived: Option<(i64, i64)>,
    /// A part of a name, in lists.
    text: String,
    /// A cursor that no page gave.
    cursor: (bool, i64, i64),
}

impl Asked {
    fn plainly(query: &str, size: u32) -> Self {
        Self {
            query: query.to_owned(),
            size,
            part: (300, 1 << 20),
            archived: None,
            text: String::new(),
            cursor: (false, 638_000_000_000_000_000, 1),
        }
    }

    fn selection(&self) -> Selection {
        Selection::parse(&self.query, now(), Tz::Asia__Tokyo).selection
    }
}

/// A part of a text, or the text, or the text in other letters.
fn bent(text: String, (how, from, length): (u8, usize, usize)) -> String {
    match how {
        0 => format!("\"{text}\""),
        1 => text.to_uppercase(),
        2 => text.to_lowercase(),
        3..=5 => text.chars().skip(from).take(length + 1).collect(),
        _ => text,
    }
}

fn wanted(of: &'static [&'static str]) -> BoxedStrategy<String> {
    (text(of), (0u8..10, 0usize..12, 0usize..8))
        .prop_map(|(text, how)| bent(text, how))
        .boxed()
}

fn filter() -> BoxedStrategy<(FilterKey, String)> {
    let of =
        |key: FilterKey, values: &'static [&'static str]| wanted(values).prop_map(move |value| (key, value));
    prop_oneof![
        3 => of(FilterKey::Customer, COMPANIES),
        2 => of(FilterKey::Customer, CUSTOMERS),
        2 => of(FilterKey::Action, ACTIONS),
        2 => of(FilterKey::User, USERS),
        1 => of(FilterKey::Resource, RESOURCES),
        2 => of(FilterKey::Status, STATUSES),
        2 => of(FilterKey::App, APPLICATIONS),
        1 => of(FilterKey::Account, &[PARTNER, "0aaaeb1c-4195-4db5-9f1d-509eb70c8c2d", "Contoso"]),
        1 => of(FilterKey::Changed, &["Quantity", "quantity", "FriendlyName", "Id"]),
        1 => of(FilterKey::Source, &["collected", "imported"]),
        1 => of(FilterKey::Actor, &["person", "app", "microsoft"]),
    ]
    .boxed()
}

const SEARCHES: &[&str] = &[
    "qty:>24",
    "qty:25",
    "qty:5..50",
    "-qty:>100",
    "date:2026-08",
    "date:2026-08-01",
    "date:0001..2000",
    "date:>9998",
    "-date:2026",
    "zq",
    "zqaa",
    "zqabc",
    "-zq",
    "\"zqabc\"",
    "36a-1c2d-4e3f",
    "1366a",
    "1366a36a",
    "subscription:1366a36a-1c2d-4e3f-8a9b-0064144d300b",
    "order:64144d300bde",
    "-correlation:1366a36a-1c2d-4e3f-8a9b-0064144d300b,1366c1cb-1c2d-4e3f-8a9b-0064144eb6a2",
    "partner_record_0001",
    "AND",
    "*",
    "\"",
    "-",
    "サ",
    "プラン",
    "東京",
    "a",
    "e",
    "1",
    "\u{e001}",
    "操作:注文の作成",
    "status:failed,progress",
];

fn search() -> BoxedStrategy<String> {
    let keyed = filter().prop_map(|(key, value)| format!("{}:\"{}\"", key.name(), value.replace('"', "")));
    prop_oneof![
        4 => prop::sample::select(SEARCHES).prop_map(ToOwned::to_owned),
        4 => (wanted(WORDS), any::<bool>()).prop_map(|(text, minus)| if minus && text.len() % 4 == 0 { format!("-{text}") } else { text }),
        2 => wanted(COMPANIES),
        1 => wanted(USERS),
        1 => (keyed, any::<bool>()).prop_map(|(text, minus)| if minus { format!("-{text}") } else { text }),
    ]
    .boxed()
}

fn asked() -> impl Strategy<Value = Asked> {
    let day = prop::sample::select(
        &[
            "",
            "0001-01-01",
            "1999-12-31",
            "2000-01-01",
            "2026-07-31",
            "2026-08-01",
            "2026-10-25",
            "2026-11-20",
            "2100-01-01",
            "9999-12-31",
        ][..],
    );
    let dates = prop_oneof![
        4 => Just(vec![("from".to_owned(), String::new()), ("to".to_owned(), "9999-12-31".to_owned())]),
        2 => Just(vec![("from".to_owned(), String::new())]),
        1 => Just(Vec::new()),
        2 => (day.clone(), day).prop_map(|(from, to)| vec![("from".to_owned(), from.to_owned()), ("to".to_owned(), to.to_owned())]),
    ];
    let zone = prop::sample::select(
        &[
            "",
            "UTC",
            "Europe/Berlin",
            "Pacific/Kiritimati",
            "America/St_Johns",
        ][..],
    );
    // Of many conditions little is left that could differ.
    let filter = (filter(), prop::bool::weighted(0.3));
    let filters = prop_oneof![
        3 => Just(Vec::new()),
        2 => prop::collection::vec(filter.clone(), 1),
        1 => prop::collection::vec(filter, 2),
    ];
    let searches = prop_oneof![
        2 => Just(Vec::new()),
        3 => prop::collection::vec(search(), 1),
        1 => prop::collection::vec(search(), 2),
    ];
    let query = (dates, zone, filters, searches).prop_map(|(dates, zone, filters, searches)| {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(dates).append_pair("tz", zone);
        for ((key, value), exclude) in filters {
            query.append_pair(
                &format!("{}{}", if exclude { "-" } else { "" }, key.name()),
                &value,
            );
        }
        if !searches.is_empty() {
            query.append_pair("q", &searches.join(" "));
        }
        query.finish()
    });
    let cursor = (
        any::<bool>(),
        prop_oneof![
            Just(638_000_000_000_000_000i64),
            Just(639_211_392_000_000_000),
            any::<i64>()
        ],
        -1i64..300,
    );
    (
        query,
        prop::sample::select(&[1u32, 3, 25, 50, 100, 500][..]),
        prop::sample::select(
            &[
                (1u32, 1usize),
                (7, 2_000),
                (50, 1),
                (64, 1 << 20),
                (1_000, 1 << 24),
            ][..],
        ),
        prop::option::weighted(0.4, (0i64..100, 0i64..100)),
        wanted(COMPANIES),
        cursor,
    )
        .prop_map(|(query, size, part, archived, text, cursor)| Asked {
            query,
            size,
            part,
            archived,
            text,
            cursor,
        })
}

// What they answer.

fn short(document: &str) -> String {
    let mut hasher = DefaultHasher::new();
    document.hash(&mut hasher);
    format!("{} bytes, {:x}", document.len(), hasher.finish())
}

fn told(entry: &Entry) -> String {
    format!(
        "{} at {} of {} for {:?}, {:?} {:?} from {:?}, {} versions, {}\n",
        entry.id,
        entry.ticks.0,
        entry.account.tenant_id,
        entry.customer_name,
        entry.source,
        entry.archived_at,
        entry.imported_from,
        entry.versions,
        short(&entry.record.document)
    )
}

/// What a walk in one direction shows: all records, and where each page ends.
#[derive(Default)]
struct Walked {
    entries: Vec<Arc<Entry>>,
    records: String,
    edges: String,
    last: Page,
}

async fn walked(
    store: &SqlStore,
    selection: &Selection,
    size: u32,
    mut at: Option<Cursor>,
    newer: bool,
) -> Walked {
    let (mut entries, mut edges, mut interrupted) = (Vec::new(), String::new(), false);
    loop {
        let page = match store.page(selection, at.as_ref(), size).await {
            Err(StoreError::TooLong | StoreError::Busy(_)) => {
                return Walked {
                    records: NOT_IN_TIME.to_owned(),
                    edges: NOT_IN_TIME.to_owned(),
                    ..Walked::default()
                };
            }
            page => page.unwrap(),
        };
        interrupted |= page.searched_to.is_some();
        writeln!(edges, "{} {:?} {:?}", page.entries.len(), page.newer, page.older).unwrap();
        let mut some = page.entries.clone();
        if newer {
            some.reverse();
        }
        entries.extend(some);
        at = match newer {
            true => page.newer,
            false => page.older,
        };
        if at.is_none() {
            if interrupted {
                NOT_IN_TIME.clone_into(&mut edges);
            }
            return Walked {
                records: entries.iter().map(|entry| told(entry)).collect(),
                entries,
                edges,
                last: page,
            };
        }
    }
}

/// What was asked for, with the answer.
type Answers = Vec<(String, String)>;

/// What is found of a selection, and counted.
async fn found(store: &SqlStore, asked: &Asked) -> (Answers, Vec<Arc<Entry>>) {
    let mut all = Answers::new();
    let selection = asked.selection();
    let mut say = |name: &str, what: String| all.push((name.to_owned(), what));

    let older = walked(store, &selection, asked.size, None, false).await;
    let (from_there, entries) = (older.last.newer, older.entries);
    say("the records", older.records);
    say("the pages", older.edges);
    let back = walked(store, &selection, asked.size, from_there, true).await;
    say("the records back", back.records);
    say("the pages back", back.edges);
    let [whole, newer, older] = exported(store, &selection, asked).await;
    say("the documents", whole);
    say("the documents of a newer stretch", newer);
    say("the documents behind it", older);
    let edges: BTreeSet<Ticks> = [
        i64::MIN,
        0,
        630_000_000_000_000_000,
        638_000_000_000_000_000,
        i64::MAX,
    ]
    .into_iter()
    .chain((0..20).map(|day| 639_211_392_000_000_000 + day * 432_000_000_000))
    .map(Ticks)
    .collect();
    let edges: Vec<Ticks> = edges.into_iter().collect();
    let overview = store.overview(&selection, &edges, BUDGET).await.unwrap();
    say(
        "the overview",
        match overview.left_out {
            None => format!("{overview:?}"),
            Some(_) => NOT_IN_TIME.to_owned(),
        },
    );
    (all, entries)
}

/// All answers.
async fn answers(store: &SqlStore, asked: &Asked) -> Answers {
    let selection = asked.selection();
    let (mut all, entries) = found(store, asked).await;
    let mut say = |name: &str, what: String| all.push((name.to_owned(), what));
    let (newer, ticks, record) = asked.cursor;
    let cursor = Cursor {
        direction: if newer { Direction::Newer } else { Direction::Older },
        ticks: Ticks(ticks),
        record,
    };
    let from = walked(store, &selection, asked.size, Some(cursor), newer).await;
    say("the records from a place", from.records);
    say("the pages from a place", from.edges);
    say("what is streamed", streamed(store, &selection).await);
    for at_most in [0, 7, 1_000_000] {
        say(
            "the count",
            counted(store.count(&selection, at_most).await, at_most),
        );
    }
    let newest = store.newest_number().await.unwrap();
    say("the newest number", newest.to_string());
    for number in [newest - 1, newest / 2, 0] {
        let after = store.count_after(&selection, number, 20).await;
        say("the count after", counted(after, 20));
    }
    say("the nearest", in_time(store.nearest(&selection).await));
    say("the ends", in_time(store.ends(&selection).await));
    say("the span", in_time(store.span().await));
    // Their numbers are the databases' own.
    let accounts = store.accounts().await.unwrap().into_iter();
    let accounts: Vec<_> = accounts
        .map(|account| (account.tenant_id, account.name))
        .collect();
    say("the accounts", format!("{accounts:?}"));
    say("the choices", in_time(store.choices(&FilterKey::ALL, 12).await));
    for key in FilterKey::ALL {
        for text in [&*asked.text, ""] {
            let suggested = store.suggest(key, text, asked.size as usize).await;
            say(&format!("suggestions of {key:?}"), in_time(suggested));
        }
    }
    for order in [
        CustomerOrder::LastActivity,
        CustomerOrder::Name,
        CustomerOrder::Records,
    ] {
        for (text, skip) in [(&*asked.text, 0), ("", 2)] {
            let customers = CustomersAsked {
                text: text.to_owned(),
                order,
                skip,
                limit: asked.size as usize,
            };
            let listed = store.customers(&customers).await.unwrap();
            say(
                &format!("{customers:?}"),
                match listed.left_out {
                    None => format!("{listed:?}"),
                    Some(_) => NOT_IN_TIME.to_owned(),
                },
            );
        }
    }
    for customer in CUSTOMERS {
        say("a customer", in_time(store.customer(customer).await));
        say("its names", in_time(store.customer_names(customer).await));
    }
    let some = entries.iter().step_by(entries.len() / 8 + 1);
    let ids = some.map(|entry| entry.id.clone());
    let strange = IDS.iter().filter_map(|id| RecordId::parse(id));
    for id in ids.chain(strange) {
        let record = store.find(&id).await.unwrap();
        say(id.as_str(), record.as_ref().map(told).unwrap_or_default());
        let versions = store.versions(&id).await.unwrap();
        say(&format!("versions of {id}"), format!("{versions:?}"));
        for number in (0..=versions.len() as u32 + 1).take(6) {
            let version = store.version(&id, number).await.unwrap();
            say(
                &format!("version {number} of {id}"),
                version.as_ref().map(told).unwrap_or_default(),
            );
        }
    }
    all
}

/// Everything as exports read it, with where each part ends; and the same again in two stretches.
async fn exported(store: &SqlStore, selection: &Selection, asked: &Asked) -> [String; 3] {
    let since = Ticks(asked.cursor.1.max(i64::MIN + 1));
    let edge = Cursor {
        direction: Direction::Older,
        ticks: Ticks(since.0 - 1),
        record: 0,
    };
    let whole = stretched(store, selection, asked, (None, Ticks::MIN)).await;
    let newer = stretched(store, selection, asked, (None, since)).await;
    let older = stretched(store, selection, asked, (Some(edge), Ticks::MIN)).await;
    let documents = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("then "));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    if [&whole, &newer, &older].iter().all(|text| *text != NOT_IN_TIME) {
        assert_eq!(
            documents(&whole),
            documents(&newer) + &documents(&older),
            "{asked:?}"
        );
    }
    [whole, newer, older]
}

/// What a stretch of the log has, as exports read it.
async fn stretched(
    store: &SqlStore,
    selection: &Selection,
    asked: &Asked,
    (mut at, since): (Option<Cursor>, Ticks),
) -> String {
    let mut text = String::new();
    let last = store.newest_version().await.unwrap();
    let archived = asked.archived.map(|(after, up_to)| Archived {
        after: last * after / 100,
        up_to: last * up_to / 100,
    });
    let mut context = zstd::zstd_safe::DCtx::create();
    loop {
        let stretch = Stretch {
            at,
            since,
            most: asked.part.0,
            most_bytes: asked.part.1,
        };
        let part = store.documents(selection, archived, stretch);
        let part = match part.await {
            Err(StoreError::TooLong | StoreError::Busy(_)) => return NOT_IN_TIME.to_owned(),
            part => part.unwrap().documents().unwrap(),
        };
        for document in part.iter() {
            let filed = part.read(document, &mut context).unwrap();
            writeln!(
                text,
                "{} at {} of {} for {:?}, {} {} {:?} {:?}",
                filed.id,
                filed.ticks.0,
                filed.account.tenant_id,
                filed.customer_name,
                short(&filed.record.document),
                document.ordinal,
                document.customer_id,
                document.customer_name,
            )
            .unwrap();
        }
        writeln!(text, "then {:?}", part.older).unwrap();
        at = part.older;
        if at.is_none() {
            return text;
        }
    }
}

/// Everything as streams read it.
async fn streamed(store: &SqlStore, selection: &Selection) -> String {
    let (mut text, mut after) = (String::new(), 0);
    let bounds = Bounds {
        versions: 100,
        bytes: 1 << 20,
    };
    loop {
        let outgoing = store.outgoing(selection, after, bounds).await.unwrap();
        for version in outgoing.versions {
            writeln!(
                text,
                "{} {} {} {:?} {:?} {:?} {}",
                version.seq,
                version.record,
                version.number,
                version.source,
                version.archived_at,
                version.ticks,
                short(&version.document)
            )
            .unwrap();
        }
        if !outgoing.more {
            return text;
        }
        after = outgoing.up_to;
    }
}

/// What browsers and programs get, of what takes no longer than it may.
async fn sent(store: &SqlStore, asked: &Asked) -> Answers {
    let dashboard = Dashboard::over(store.clone(), tempfile::tempdir().unwrap()).await;
    let mut all = Vec::new();
    let text: String = url::form_urlencoded::byte_serialize(asked.text.as_bytes()).collect();
    for address in [
        format!("/activity/export?{}&format=csv", asked.query),
        format!("/activity/export?{}&format=ndjson", asked.query),
        format!("/customers?q={text}"),
        format!("/customers/{}", CUSTOMERS[0]),
        format!("/history/subscription/{}", CORRELATIONS[0]),
        "/actors".to_owned(),
    ] {
        let answer = dashboard.get(&address).await;
        all.push((address, format!("{}\n{}", answer.status, answer.text)));
    }
    all
}

fn config(cases: u32) -> ProptestConfig {
    let asked_for = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if asked_for {
            ProptestConfig::default().cases
        } else {
            cases
        },
        max_shrink_time: 120_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(3))]
    #[test]
    fn a_file_and_a_server_answer_the_same(
        given in prop::collection::vec(prop::collection::vec(given(), 1..3), 3..7),
        asked in prop::collection::vec(asked(), 4..8),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let pair = Pair::new().await;
            for (at, together) in given.iter().enumerate() {
                pair.give(at, together).await;
                // Some of what is in memory then follows what comes.
                if at % 2 == 0 {
                    pair.agree(&asked[at % asked.len()]).await;
                }
            }
            let another = pair.reopened().await;
            for (at, asked) in asked.iter().enumerate() {
                match at % 2 {
                    0 => pair.agree(asked).await,
                    _ => another.agree(asked).await,
                }
            }
            if let Some(asked) = asked.first() {
                let (file, server) = (sent(&pair.file, asked).await, sent(&pair.server, asked).await);
                agree(&format!("{asked:?}"), &file, &server);
            }
        });
    }
}

// What only a larger archive has.

/// So many records, of which a fifth are of one second.
fn many(records: usize) -> Vec<Given> {
    let mut random = StdRng::seed_from_u64(20_261_120);
    let mut documents = Vec::new();
    for n in 0..records {
        let mut words = vec!["azure".to_owned(), "プラン".to_owned()];
        for (one_in, word) in [
            (2, "premium"),
            (9, "東京"),
            (30, "scarce"),
            (400, "seldom"),
            (1_000, "サンプル"),
        ] {
            if n % one_in == one_in / 2 {
                words.push(word.to_owned());
            }
        }
        words.push(spelt(n));
        let guid = format!(
            "{:08x}-1c2d-4e3f-8a9b-{:012x}",
            n * 7_919,
            random.random_range(0..1u64 << 48)
        );
        let ticks = match n < records / 5 {
            true => 639_211_392_000_000_000 + random.random_range(0..10_000_000),
            false => 638_600_000_000_000_000 + random.random_range(0..2_000_000) * 600_000_000i64 / 100,
        };
        let customer = random.random_range(0..40 + records / 10);
        let members = json!({
            "id": format!("partner_record_{n:06}"),
            "operationDate": Ticks(ticks).to_rfc3339().unwrap(),
            "customerId": format!("c0000000-0000-0000-0000-{customer:012}"),
            "customerName": format!("{} {customer}", COMPANIES[customer % COMPANIES.len()]),
            "userPrincipalName": USERS.choose(&mut random),
            "operationType": ACTIONS.choose(&mut random),
            "operationStatus": STATUSES.choose(&mut random),
            "resourceType": RESOURCES.choose(&mut random),
            "originalCorrelationId": guid,
            "resourceNewValue": json!({"Id": guid, "Quantity": n, "FriendlyName": words.join(" ")}).to_string(),
        });
        documents.push(members.to_string());
    }
    documents
        .chunks(1_000)
        .map(|some| Given {
            tenant: 0,
            imported: false,
            counts: false,
            documents: some.to_vec(),
        })
        .collect()
}

#[test]
fn a_larger_archive_answers_the_same_by_all_ways_to_search_it() {
    let records = std::env::var("TEST_RECORDS").map_or(1_500, |records| records.parse().unwrap());
    let everything = "from=&to=9999-12-31&tz=UTC";
    // What the records themselves have to be looked at for is asked for in large pages.
    let searches = [
        ("premium", 100),
        ("-premium", 1_000),
        ("scarce", 25),
        ("seldom", 3),
        ("seldom premium", 25),
        ("premium -scarce", 500),
        ("東京", 25),
        ("京", 100),
        ("サンプル", 25),
        ("zq", 25),
        ("zqaab", 25),
        ("qaa", 25),
        ("00001eef", 25),
        ("1c2d-4e3f", 1_000),
        ("\"azure プラン\"", 1_000),
        ("qty:>100", 1_000),
        ("-qty:>100 scarce", 25),
        ("xyzzyplugh", 25),
        ("date:2026-08-01 seldom", 25),
        ("date:2024..2025 premium", 25),
    ];
    let filters = [
        "",
        "&status=failed",
        "&-status=failed&user=sato",
        "&customer=cloud",
        "&action=&-app=x",
    ];
    let searched = searches.iter().map(|(search, size)| {
        let mut query = Serializer::new(everything.to_owned());
        Asked::plainly(&query.append_pair("q", search).finish(), *size)
    });
    let filtered = filters
        .iter()
        .map(|filters| Asked::plainly(&format!("{everything}{filters}"), 500));
    let selections: Vec<Asked> = searched.chain(filtered).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let pair = Pair::new().await;
        for (at, given) in many(records).into_iter().enumerate() {
            pair.give(at, &[given]).await;
        }
        for asked in &selections {
            pair.find(asked).await;
        }
        // By processes that did not read it yet.
        for asked in selections.iter().rev().take(2) {
            pair.reopened().await.agree(asked).await;
        }
        // While the index is made anew.
        let (database, folder) = (Arc::clone(&pair.database), Arc::clone(&pair.folder));
        drop(pair);
        let anew = "UPDATE search_state SET rules = -1; UPDATE record SET changed = NULL";
        database.psql(anew);
        let file = rusqlite::Connection::open(folder.path().join("archive.db")).unwrap();
        file.execute_batch(anew).unwrap();
        drop(file);
        let pair = Pair::of(database, folder).await;
        let (mut steps, mut more) = (0, true);
        while more {
            more = pair.file.index_some().await.unwrap();
            assert_eq!(pair.server.index_some().await.unwrap(), more);
            pair.find(&selections[steps % selections.len()]).await;
            steps += 1;
        }
        assert!(steps > 1);
    });
}

#[test]
fn a_record_of_more_tokens_than_a_server_keeps_together_is_found_as_in_a_file() {
    let word = |n: usize| format!("{n:05}{}", "щ".repeat(30));
    let giant: Vec<String> = (0..19_000).map(word).collect();
    let record = |n: usize, words: &str| json!({"id": format!("partner_record_{n:06}"), "operationDate": "2026-08-01T09:00:00Z", "resourceNewValue": words});
    let mut documents: Vec<String> = (0..40)
        .map(|n| record(n, &format!("small {}", word(n))).to_string())
        .collect();
    documents.push(record(40, &giant.join(" ")).to_string());
    let given = Given {
        tenant: 0,
        imported: false,
        counts: false,
        documents,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let pair = Pair::new().await;
        pair.give(0, &[given]).await;
        let marked = pair
            .database
            .psql("SELECT count(*) FROM search WHERE tokens @@ CAST('\u{e001}' AS TSQUERY)");
        assert_eq!(marked, "1");
        for search in [word(17), format!("-{} small", word(18_000))] {
            let mut query = Serializer::new("from=&".to_owned());
            query.append_pair("q", &search);
            pair.find(&Asked::plainly(&query.finish(), 25)).await;
        }
    });
}
