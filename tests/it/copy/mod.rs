//! An archive moved from one database to another, by the program itself and between real databases: nothing lost, doubled or
//! altered, whenever it is broken off; and nobody sees a part of one.

mod broken_off;
mod refused;
mod there_and_back;

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono_tz::Tz;
use partnerlog::{
    audit::Selection,
    store::{
        Batch, CustomerOrder, CustomersAsked, Incoming, Overseer, Source, Stage, Store, StoreError,
        postgres::Connector,
        sql::{
            SqlStore,
            copy::{Compared, CopyError, Place, copy},
        },
    },
};
use rusqlite::{Connection, params, types::ValueRef};

use crate::{
    records::{Record, record},
    soundness::world::{Ran, ran},
    support::postgres::{Database, cluster},
};

/// One archive, wherever it is.
pub enum Archive {
    File(PathBuf),
    Server(Database),
}

impl Archive {
    pub fn file(folder: &Path, name: &str) -> Self {
        Self::File(folder.join(name))
    }

    pub fn server() -> Self {
        Self::Server(cluster().database())
    }

    /// As an argument. A server's stands in a settings file in that folder, with its password in another one.
    pub fn argument(&self, folder: &Path) -> String {
        match self {
            Self::File(path) => format!("sqlite:{}", path.display()),
            Self::Server(database) => {
                let (settings, password) = (
                    folder.join(format!("{}.toml", database.name())),
                    folder.join(format!("{}.password", database.name())),
                );
                let mut url = url::Url::parse(database.url()).unwrap();
                std::fs::write(&password, url.password().unwrap()).unwrap();
                url.set_password(None).unwrap();
                let text = format!(
                    "[database]\nurl = \"{url}\"\npassword_file = \"{}\"\n",
                    password.display()
                );
                std::fs::write(&settings, text).unwrap();
                format!("settings:{}", settings.display())
            }
        }
    }

    pub fn place(&self) -> Place {
        match self {
            Self::File(path) => Place::File(path.clone()),
            Self::Server(database) => Place::Server(Connector::at(database.url()).unwrap()),
        }
    }

    pub async fn open(&self) -> Result<SqlStore, StoreError> {
        opened(&self.place()).await
    }

    pub fn sql(&self, sql: &str) {
        match self {
            Self::File(path) => Connection::open(path).unwrap().execute_batch(sql).unwrap(),
            Self::Server(database) => drop(database.psql(sql)),
        }
    }

    /// The number that a statement answers.
    pub fn number(&self, sql: &str) -> i64 {
        match self {
            Self::File(path) => Connection::open(path)
                .unwrap()
                .query_row(sql, [], |row| row.get(0))
                .unwrap(),
            Self::Server(database) => database.psql(sql).parse().unwrap(),
        }
    }
}

pub async fn opened(place: &Place) -> Result<SqlStore, StoreError> {
    match place {
        Place::File(path) => SqlStore::open(path).await,
        Place::Server(connector) => SqlStore::connect(connector.clone()).await,
    }
}

pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partnerlog"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("PARTNERLOG_LOG", "error");
    command
}

/// Runs `partnerlog copy` to its end.
pub async fn moved(folder: &Path, from: &Archive, to: &Archive, more: &[&str]) -> Ran {
    let (from, to) = (from.argument(folder), to.argument(folder));
    let arguments = [&["copy", "--from", &from, "--to", &to][..], more].concat();
    ran(command(folder, &arguments)).await
}

/// Begins `partnerlog copy`; what it says goes nowhere.
pub fn begun(folder: &Path, from: &Archive, to: &Archive) -> Child {
    let (from, to) = (from.argument(folder), to.argument(folder));
    command(folder, &["copy", "--from", &from, "--to", &to])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Copies in this process, stopped as soon as `when` says so: of what is being done, and how often that was told.
pub async fn stopped(
    from: &Archive,
    to: &Archive,
    when: impl Fn(Stage, u64) -> bool + Send + Sync + 'static,
) -> Result<Compared, CopyError> {
    let (from, to) = (from.place(), to.place());
    let (stop, told) = (Arc::new(AtomicBool::new(false)), Mutex::new(Vec::new()));
    let overseer = Overseer::new(
        {
            let stop = Arc::clone(&stop);
            move |stage, _, _| {
                let mut told = told.lock().unwrap();
                let before = told.iter().filter(|it| **it == stage).count();
                told.push(stage);
                if when(stage, before as u64) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        },
        stop,
    );
    tokio::task::spawn_blocking(move || copy(&from, &to, 1_800_000_000_000, &overseer))
        .await
        .unwrap()
}

pub async fn append(store: &SqlStore, tenant: &str, source: Source, records: Vec<Incoming>) {
    let batch = Batch {
        account: store.account(tenant, "Contoso").await.unwrap(),
        source,
        archived_at: "2026-11-20T12:00:00Z".parse().unwrap(),
        records,
    };
    store.append(batch).await.unwrap();
}

pub fn numbered(i: u32) -> Record {
    record()
        .id(&format!("partner_customer_update_{i:05}"))
        .on(&format!(
            "2026-{:02}-{:02}T09:{:02}:{:02}.{:07}Z",
            1 + i % 11,
            1 + i / 60 % 28,
            i % 60,
            i % 59,
            i
        ))
        .user(&format!("user{}@partner.example", i % 20))
        .customer(
            &format!("{:08x}-0000-4000-8000-000000000000", i % 50),
            &format!("Customer {}", i % 50),
        )
        .with("resourceNewValue", format!("{{\"Quantity\":{i}}}"))
}

/// An archive with some of everything that there can be, and what databases like least.
pub async fn nasty(path: &Path, records: u32) {
    let store = SqlStore::open(path).await.unwrap();
    let (one, other) = ("9daaeb1c-4195-4db5-9f1d-509eb70c8c2d", "\0tenant\u{1}\u{2}");
    for from in (0..records).step_by(1_000) {
        let some = (from..records.min(from + 1_000)).map(|i| numbered(i).incoming());
        append(&store, one, Source::Collected, some.collect()).await;
    }
    let odd = [
        "\0",
        "\u{1}",
        "a\0b",
        "\u{1}\u{1}",
        "\u{1}\u{2}\0",
        "",
        "松本 ﬁ Ａ \u{10FFFF}",
        "it's \"quoted\" \\ \t\n",
    ];
    for (at, text) in (0..).zip(odd) {
        let record = numbered(90_000 + at)
            .customer(&format!("{text}{at}"), text)
            .user(text)
            .action(text)
            .with("applicationId", text)
            .with("resourceOldValue", text);
        append(&store, other, Source::Collected, vec![record.incoming()]).await;
    }
    let giant: String = (0..150_000_u64)
        .map(|i| format!("{:x}", i.wrapping_mul(2_654_435_761)))
        .collect();
    let giants = [1, 2].map(|i| numbered(80_000 + i).with("note", giant.clone()).incoming());
    append(&store, one, Source::Imported, giants.into()).await;
    let same = |i: u32| record().id(&format!("partner_same_{i}")).on("2026-09-01");
    let same = [3, 1, 2].map(|i| same(i).incoming());
    append(&store, one, Source::Collected, same.into()).await;
    let twin = record().on("2026-09-02");
    append(
        &store,
        one,
        Source::Collected,
        vec![twin.incoming(), twin.incoming()],
    )
    .await;
    // Versions: one that moves its record to another month, one that does not hide what was collected, an older one.
    let changed = numbered(7).status("failed").on("2024-02-29");
    append(&store, one, Source::Collected, vec![changed.incoming()]).await;
    append(
        &store,
        one,
        Source::Imported,
        vec![numbered(8).status("progress").incoming()],
    )
    .await;
    append(
        &store,
        one,
        Source::Imported,
        vec![numbered(8).on("2025-01-01").incoming()],
    )
    .await;
    for date in ["never", "0001-01-01", "9999-12-31", "1999-12-31"] {
        let undated = record()
            .on(date)
            .without("customerId")
            .id(&format!("partner_{date}"));
        append(&store, one, Source::Collected, vec![undated.incoming()]).await;
    }
    drop(store);
    beside(path);
}

/// What is in an archive beside records.
fn beside(path: &Path) {
    let archive = Connection::open(path).unwrap();
    let text = "\0it's \u{1}\u{2} 松本";
    let (number, bytes) = (i64::MAX, vec![0_u8, 1, 2, 255, b'\\', b'\n']);
    archive
        .execute_batch(
            "INSERT INTO day VALUES (1, 20000, 2, 3, 5, NULL, NULL, 5, NULL, 1, 2, 3);
             INSERT INTO day VALUES (2, -1, 3, 0, 5, 'a reason', 'throttled', NULL, 7, 1, 2, 3);
             INSERT INTO run VALUES (4, 1, 1, 2, 3, 4, 5, 6, NULL, NULL, 0, 0);
             INSERT INTO run VALUES (9, 1, 1, 2, 3, 4, 5, 6, 'it broke', 'other', 1, 1);
             INSERT INTO amendment VALUES (1000, 1);
             INSERT INTO session VALUES (x'01', NULL, 1, x'01');
             INSERT INTO sign_in VALUES (x'01', 1, x'01');
             INSERT INTO lease VALUES ('collect x', 'nobody', 1);
             INSERT INTO start_page VALUES ('t', 'o', 3);
             INSERT INTO export (begun_at, tenant, object, name, query) VALUES (1, 't', 'o', 'n', 'q');
             INSERT INTO export VALUES (20, 1, 't', 'o', 'n', 'q', 2, 'whole', 1, 1, 1, zeroblob(32));
             INSERT INTO stream VALUES (3, 'sends', 'webhook', 'https://x', '', NULL, zeroblob(8), x'01', 5, 0, 7, 1, 'me',
               NULL, NULL, NULL, NULL, 0, NULL);
             INSERT INTO stream VALUES (5, 'rests', 'webhook', 'https://x', '', NULL, zeroblob(8), x'01', 5, 0, 7, 1, 'me',
               8, 'somebody', 'asked', 4, 2, 9);
             INSERT INTO stream_delivery VALUES (11, 3, 1, 0, 5, 'a', 'b', 'accepted', 200, 12, 'said');
             INSERT INTO schedule VALUES (2, 'daily', '', NULL, 'daily', 4, 'new', 'disk', 1, 5, 9, 1, 'me', NULL, NULL);
             INSERT INTO schedule VALUES (6, 'rests', '', NULL, 'daily', 4, 'new', 'disk', 1, 5, 9, 1, 'me', 7, 'me');
             INSERT INTO schedule_delivery (schedule, due_at, file, query, retry_at) VALUES (2, 1, 'f', 'q', 3);
             INSERT INTO saved_view (tenant, object, owner_name, name, folded, query, shared, saved_at)
               VALUES ('t', 'o', 'me', 'gone', 'gone', 'q', 0, 1), ('t', 'o', 'me', 'Mine', 'mine', 'q', 1, 1);
             DELETE FROM saved_view WHERE folded = 'gone';
             INSERT INTO saved_view (id, tenant, object, owner_name, name, folded, query, shared, saved_at)
               VALUES (70, 't', 'o', 'me', 'last', 'last', 'q', 0, 1);
             DELETE FROM saved_view WHERE id = 70;",
        )
        .unwrap();
    let put = |sql: &str| archive.execute(sql, params![text, number, bytes]).unwrap();
    put("INSERT INTO credential VALUES (?1, ?2, ?3, ?3, 1, 1)");
    put("INSERT INTO token_request VALUES (?1, ?2, 1, ?1, hex(?3))");
    put("INSERT INTO application_name SELECT ?1, NULL, ?1, ?2, 3 WHERE ?3 IS NOT NULL");
    put(
        "INSERT INTO access VALUES (7, ?2, ?1, ?1, ?1, 'raw', ?1), (?2 - 9, 1, '', '', '', '', coalesce('', ?3))",
    );
    put("INSERT INTO api_token VALUES (3, ?3, ?1, 'read', '', ?2, ?1, NULL, NULL, NULL, NULL)");
    put("INSERT INTO import VALUES (8, ?1, ?1, ?2, ?3, ?1, 1, NULL, 0, 1, 2, 3, 4, 5)");
}

/// What lies in an archive's file, but for what is no part of a copy: each row as a line.
pub fn dump(path: &Path) -> Vec<String> {
    const LEFT: [&str; 6] = [
        "session",
        "sign_in",
        "lease",
        "copy_under_way",
        "search",
        "sqlite_stat1",
    ];
    let archive = Connection::open(path).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = archive.prepare(sql).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    let mut lines = Vec::new();
    for table in names(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search\\_%' ESCAPE '\\'",
    ) {
        if LEFT.contains(&table.as_str()) {
            continue;
        }
        let mut columns = names(&format!("SELECT name FROM pragma_table_info('{table}')"));
        // They arrive paused.
        let own = ["paused_at", "paused_by", "pause_reason", "revision"];
        columns.retain(|name| {
            !["stream", "schedule"].contains(&table.as_str()) || !own.contains(&name.as_str())
        });
        let columns: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let mut statement = archive
            .prepare(&format!("SELECT {} FROM {table}", columns.join(", ")))
            .unwrap();
        let rows = statement.query_map([], |row| {
            let cells: Vec<String> = (0..columns.len())
                .map(|at| match row.get_ref(at).unwrap() {
                    ValueRef::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
                    other => format!("{other:?}"),
                })
                .collect();
            Ok(format!("{table}: {}", cells.join(" | ")))
        });
        lines.extend(rows.unwrap().map(Result::unwrap));
    }
    lines.sort();
    lines
}

/// What an archive answers to whoever reads it.
pub async fn answers(archive: &Archive) -> Vec<String> {
    let store = archive.open().await.unwrap();
    store.fill().await.unwrap();
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let mut said = Vec::new();
    for query in [
        "from=",
        "from=&q=松本",
        "from=&q=customer",
        "from=&q=update_0001",
        "from=&q=quantity:7",
        "from=&q=\"it's \\\"quoted\"",
        "from=&q=-user3@partner.example+failed",
        "from=&customer=customer 1&status=succeeded",
        "from=&user=user7@partner.example",
        "from=&source=imported",
        "from=2026-03-01&to=2026-04-30",
        "from=2024-02-01&to=2024-03-01",
    ] {
        let selection = Selection::parse(query, now, Tz::UTC).selection;
        let overview = store.overview(&selection, &[], Duration::from_secs(60)).await;
        said.push(format!("{query}: {:?}", overview.unwrap()));
        let mut at = None;
        loop {
            let page = store.page(&selection, at.as_ref(), 100).await.unwrap();
            for entry in page.entries {
                let document = &entry.record.document;
                said.push(format!("{query}: {:?} {} {document}", entry.ticks, entry.id));
            }
            match page.older {
                Some(older) => at = Some(older),
                None => break,
            }
        }
    }
    let customers = CustomersAsked {
        text: String::new(),
        order: CustomerOrder::Name,
        skip: 0,
        limit: 100,
    };
    said.push(format!("{:?}", store.customers(&customers).await.unwrap()));
    said.push(format!("{:?}", store.span().await.unwrap()));
    said.push(format!("{:?}", store.accounts().await.unwrap()));
    said
}
