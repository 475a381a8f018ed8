//! What an archive consists of: every table that a copy takes along. Sessions, sign-ins and leases are for the living
//! archive alone; the search index is made anew, because neither database can give out what another one would take.

use super::super::adding::{
    self, Column,
    Kind::{Blob, Int, Text},
};

/// How rows change after they came, and so how a copy that was broken off goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Never, and in the order of their numbers: what has a number that the copy has is there.
    Archived,
    /// Never; rows are added.
    Added,
    /// They may, each in its place.
    Replaced,
    /// They may, until they have ended; a trigger lets nobody take them away.
    Updated,
    /// They may in whatever way, and are few: all of them are copied at once.
    Whole,
}

/// Who says which number comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// There are none.
    None,
    /// `head` on a server, SQLite's own counter in a file.
    Head,
    /// The table's counter on a server; the highest number in a file.
    Highest,
    /// The table's counter: no number is ever given twice.
    Counted,
}

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// Those of the key first.
    pub columns: &'static [Column],
    /// So many make the key.
    pub key: usize,
    pub way: Way,
    pub numbers: Numbers,
}

impl Table {
    /// Columns that are the copy's own: streams and schedules arrive paused.
    pub fn is_its_own(&self, column: &str) -> bool {
        ["stream", "schedule"].contains(&self.name)
            && ["paused_at", "paused_by", "pause_reason", "revision"].contains(&column)
    }

    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| *name == column)
    }
}

pub const VERSION: Table = Table {
    name: "version",
    columns: &adding::VERSION,
    key: 1,
    way: Way::Archived,
    numbers: Numbers::Head,
};

/// In the order in which they are copied: what others name comes before them.
pub const ALL: [Table; 25] = [
    Table {
        name: "dictionary",
        columns: &[("id", Int), ("bytes", Blob)],
        key: 1,
        way: Way::Added,
        numbers: Numbers::Highest,
    },
    // Before what is in months: nothing goes into those that were removed.
    Table {
        name: "removal",
        columns: &[
            ("id", Int),
            ("at", Int),
            ("month", Int),
            ("kept_from", Int),
            ("records", Int),
            ("versions", Int),
        ],
        key: 1,
        way: Way::Added,
        numbers: Numbers::Counted,
    },
    Table {
        name: "tombstone",
        columns: &[
            ("seq", Int),
            ("record", Int),
            ("account", Int),
            ("event_key", Blob),
            ("ordinal", Int),
            ("content", Blob),
            ("removal", Int),
        ],
        key: 1,
        way: Way::Archived,
        numbers: Numbers::None,
    },
    VERSION,
    Table {
        name: "record",
        columns: &adding::RECORD,
        key: 1,
        way: Way::Replaced,
        numbers: Numbers::Head,
    },
    Table {
        name: "term",
        columns: &[("id", Int), ("kind", Int), ("text", Text)],
        key: 1,
        way: Way::Added,
        numbers: Numbers::Highest,
    },
    Table {
        name: "word",
        columns: &[("id", Int), ("text", Text)],
        key: 1,
        way: Way::Added,
        numbers: Numbers::Highest,
    },
    Table {
        name: "amendment",
        columns: &[("id", Int), ("record", Int)],
        key: 1,
        way: Way::Added,
        numbers: Numbers::Counted,
    },
    Table {
        name: "account",
        columns: &[("id", Int), ("tenant_id", Text), ("name", Text)],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Highest,
    },
    Table {
        name: "customer_name",
        columns: &[
            ("customer", Int),
            ("name", Int),
            ("last_ticks", Int),
            ("changed", Int),
        ],
        key: 2,
        way: Way::Whole,
        numbers: Numbers::None,
    },
    Table {
        name: "day",
        columns: &[
            ("account", Int),
            ("day", Int),
            ("state", Int),
            ("records", Int),
            ("read_at", Int),
            ("reason", Text),
            ("trouble", Text),
            ("whole_at", Int),
            ("probed_at", Int),
            ("known", Int),
            ("late", Int),
            ("changed", Int),
        ],
        key: 2,
        way: Way::Whole,
        numbers: Numbers::None,
    },
    Table {
        name: "run",
        columns: &[
            ("id", Int),
            ("account", Int),
            ("started_at", Int),
            ("ended_at", Int),
            ("days", Int),
            ("new", Int),
            ("known", Int),
            ("revised", Int),
            ("error", Text),
            ("trouble", Text),
            ("throttled", Int),
            ("late", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Highest,
    },
    Table {
        name: "import",
        columns: &[
            ("id", Int),
            ("file", Text),
            ("format", Text),
            ("size", Int),
            ("sha256", Blob),
            ("imported_by", Text),
            ("started_at", Int),
            ("ended_at", Int),
            ("finished", Int),
            ("read", Int),
            ("new", Int),
            ("known", Int),
            ("revised", Int),
            ("rejected", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
    Table {
        name: "credential",
        columns: &[
            ("tenant_id", Text),
            ("revision", Int),
            ("key_id", Blob),
            ("sealed", Blob),
            ("obtained_at", Int),
            ("used_at", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::None,
    },
    Table {
        name: "token_request",
        columns: &[
            ("tenant_id", Text),
            ("at", Int),
            ("delegated", Int),
            ("trouble", Text),
            ("said", Text),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::None,
    },
    Table {
        name: "saved_view",
        columns: &[
            ("id", Int),
            ("tenant", Text),
            ("object", Text),
            ("owner_name", Text),
            ("name", Text),
            ("folded", Text),
            ("query", Text),
            ("span", Text),
            ("shared", Int),
            ("saved_at", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
    Table {
        name: "start_page",
        columns: &[("tenant", Text), ("object", Text), ("view", Int)],
        key: 2,
        way: Way::Whole,
        numbers: Numbers::None,
    },
    Table {
        name: "application_name",
        columns: &[
            ("application", Text),
            ("name", Text),
            ("changed_by", Text),
            ("changed_at", Int),
            ("changed", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::None,
    },
    Table {
        name: "access",
        columns: &[
            ("id", Int),
            ("at", Int),
            ("tenant", Text),
            ("object", Text),
            ("name", Text),
            ("action", Text),
            ("subject", Text),
        ],
        key: 1,
        way: Way::Added,
        numbers: Numbers::Counted,
    },
    Table {
        name: "api_token",
        columns: &[
            ("id", Int),
            ("hash", Blob),
            ("name", Text),
            ("rights", Text),
            ("customers", Text),
            ("created_at", Int),
            ("created_by", Text),
            ("expires_at", Int),
            ("used_at", Int),
            ("revoked_at", Int),
            ("revoked_by", Text),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
    Table {
        name: "export",
        columns: &[
            ("id", Int),
            ("begun_at", Int),
            ("tenant", Text),
            ("object", Text),
            ("name", Text),
            ("query", Text),
            ("ended_at", Int),
            ("outcome", Text),
            ("records", Int),
            ("rows", Int),
            ("bytes", Int),
            ("sha256", Blob),
        ],
        key: 1,
        way: Way::Updated,
        numbers: Numbers::Counted,
    },
    Table {
        name: "stream",
        columns: &[
            ("id", Int),
            ("name", Text),
            ("kind", Text),
            ("shown", Text),
            ("query", Text),
            ("view", Text),
            ("key_id", Blob),
            ("sealed", Blob),
            ("revision", Int),
            ("moves", Int),
            ("position", Int),
            ("created_at", Int),
            ("created_by", Text),
            ("paused_at", Int),
            ("paused_by", Text),
            ("pause_reason", Text),
            ("failing_since", Int),
            ("tries", Int),
            ("retry_at", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
    Table {
        name: "stream_delivery",
        columns: &[
            ("id", Int),
            ("stream", Int),
            ("at", Int),
            ("test", Int),
            ("records", Int),
            ("first", Text),
            ("last", Text),
            ("outcome", Text),
            ("status", Int),
            ("took", Int),
            ("said", Text),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
    Table {
        name: "schedule",
        columns: &[
            ("id", Int),
            ("name", Text),
            ("query", Text),
            ("view", Text),
            ("rhythm", Text),
            ("hour", Int),
            ("contents", Text),
            ("destination", Text),
            ("revision", Int),
            ("next_due", Int),
            ("position", Int),
            ("created_at", Int),
            ("created_by", Text),
            ("paused_at", Int),
            ("paused_by", Text),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
    Table {
        name: "schedule_delivery",
        columns: &[
            ("id", Int),
            ("schedule", Int),
            ("due_at", Int),
            ("file", Text),
            ("query", Text),
            ("after", Int),
            ("up_to", Int),
            ("tries", Int),
            ("tried_at", Int),
            ("retry_at", Int),
            ("outcome", Text),
            ("said", Text),
            ("export", Int),
            ("read_until", Int),
        ],
        key: 1,
        way: Way::Whole,
        numbers: Numbers::Counted,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rusqlite::Connection;

    use super::*;
    use crate::store::sqlite::migrations::migrate;

    /// What is there and not copied.
    const LEFT: [&str; 6] = [
        "session",
        "sign_in",
        "lease",
        "search_state",
        "copy_under_way",
        "sqlite_sequence",
    ];

    #[test]
    fn every_column_of_every_table_is_copied_or_meant_to_be_left() {
        let mut archive = Connection::open_in_memory().unwrap();
        migrate(&mut archive).unwrap();
        let mut tables = archive
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%'")
            .unwrap();
        let tables: BTreeSet<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .filter(|name: &String| !LEFT.contains(&name.as_str()))
            .collect();
        let known: BTreeSet<String> = ALL.iter().map(|table| table.name.to_owned()).collect();
        assert_eq!(tables, known);
        for table in &ALL {
            let mut columns = archive
                .prepare(&format!(
                    "SELECT name, type, pk FROM pragma_table_info('{}')",
                    table.name
                ))
                .unwrap();
            let there: BTreeSet<(String, String)> = columns
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let of_a_file = match table.name {
                "version" => adding::VERSION_OF_A_FILE,
                _ => table.columns.len(),
            };
            let known: BTreeSet<(String, String)> = table.columns[..of_a_file]
                .iter()
                .map(|(name, kind)| {
                    let kind = match kind {
                        Int => "INTEGER",
                        Text => "TEXT",
                        Blob => "BLOB",
                    };
                    ((*name).to_owned(), kind.to_owned())
                })
                .collect();
            assert_eq!(there, known, "{}", table.name);
            // The key is what the database itself tells rows apart by.
            let key: i64 = archive
                .query_row(
                    "SELECT count(*) FROM pragma_table_info(?1) WHERE pk > 0",
                    [table.name],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(usize::try_from(key).unwrap(), table.key, "{}", table.name);
            let counted: bool = archive
                .query_row(
                    "SELECT sql LIKE '%AUTOINCREMENT%' FROM sqlite_schema WHERE name = ?1",
                    [table.name],
                    |row| row.get(0),
                )
                .unwrap();
            let counts = matches!(table.numbers, Numbers::Counted | Numbers::Head);
            assert_eq!(counted, counts, "{}", table.name);
        }
    }
}
