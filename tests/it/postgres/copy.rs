//! Rows that are written in bulk arrive as they are, or none of them does.

use partnerlog::store::postgres::{Connector, Session, copy};
use postgres::types::{ToSql, Type};

use crate::support::postgres::cluster;

#[test]
fn rows_of_any_length_arrive_whole_and_with_a_misfit_among_them_none_does() {
    let database = cluster().database();
    database.psql("CREATE TABLE taken (id BIGINT PRIMARY KEY, text TEXT, bytes BYTEA)");
    let session = Session::of(&Connector::at(database.url()).unwrap()).unwrap();
    let columns = [("id", Type::INT8), ("text", Type::TEXT), ("bytes", Type::BYTEA)];
    // Some have nothing, some are longer than what is sent together, and together they are much longer.
    let long = |n: i64| usize::try_from(n * n * n * 7 % 200_001).unwrap();
    let rows: Vec<(i64, Option<String>, Vec<u8>)> = (0..200)
        .map(|n| {
            let text = (n % 3 > 0).then(|| "é".repeat(long(n) / 2));
            (n, text, vec![u8::try_from(n).unwrap(); long(n + 1)])
        })
        .collect();
    let write = |misfit: Option<usize>| {
        let rows = rows.iter().enumerate().map(|(at, (id, text, bytes))| {
            let text: &(dyn ToSql + Sync) = if misfit == Some(at) { id } else { text };
            vec![id as &(dyn ToSql + Sync), text, bytes]
        });
        copy::into(&session, "taken", &columns, rows)
    };
    let there = || {
        database.psql(
            "SELECT count(*), coalesce(sum(length(text)), 0), coalesce(sum(length(bytes)), 0) FROM taken",
        )
    };
    for at in [0, 199] {
        write(Some(at)).unwrap_err();
        assert_eq!(there(), "0|0|0", "{at}");
    }
    write(None).unwrap();
    let characters: usize = rows
        .iter()
        .flat_map(|(_, text, _)| text)
        .map(|text| text.chars().count())
        .sum();
    let bytes: usize = rows.iter().map(|(.., bytes)| bytes.len()).sum();
    assert!(bytes > 10_000_000);
    assert_eq!(there(), format!("200|{characters}|{bytes}"));
    let differs = rows.iter().step_by(17).filter(|(id, _, bytes)| {
        let first = bytes.first().copied().unwrap_or_default();
        let same = format!("SELECT bytes = decode(repeat(lpad(to_hex({first}), 2, '0'), {}), 'hex') FROM taken WHERE id = {id}", bytes.len());
        database.psql(&same) != "t"
    });
    assert_eq!(differs.count(), 0);
    // What the server refuses is said, and the session goes on.
    write(None).unwrap_err();
    assert_eq!(there(), format!("200|{characters}|{bytes}"));
}
