//! Files that nobody should have made.

use partnerlog::collect::import::{Answers, Misfit, Reason};

use super::{Archive, tally};
use crate::records::record;

const HEADER: &str = "Date-Time,Affected customer,Action,Partner user\n";
const ROW: &str = "2026-08-14 21:05:07,A,Created an order,b@c\n";

async fn refusal(file: impl AsRef<[u8]>) -> String {
    let archive = Archive::new().await;
    let refused = archive.try_import(file, Answers::default()).await.unwrap_err();
    refused.to_string()
}

#[tokio::test]
async fn what_is_not_understood_changes_nothing_and_says_what_to_do() {
    let utf16: Vec<u8> = format!("{HEADER}{ROW}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for file in [[b"\xff\xfe", &utf16[..]].concat(), utf16] {
        assert_eq!(
            refusal(file).await,
            format!("the file is not understood: {}", Misfit::Utf16)
        );
    }
    let shift_jis = b"\x93\xfa\x8e\x9e,\x8c\xda\x8bq,a,b\n2026/08/14 21:05,A,B,c@d\n";
    assert!(refusal(shift_jis).await.contains("not UTF-8"));
    for file in [
        "a,b,c\n1,2,3\n".to_owned(),
        "name,city,street,country\nA,B,C,D\n".to_owned(),
        "<html><body>2026-08-14</body></html>".to_owned(),
        format!("{}\n{ROW}", ",".repeat(1_000_000)),
        format!("\"{}", "x".repeat(1_000_000)),
        "\0\0\0\0\0\0\0\0".to_owned(),
    ] {
        let shown: String = file.chars().take(40).collect();
        assert!(refusal(file).await.contains("neither NDJSON"), "{shown}");
    }
}

#[tokio::test]
async fn what_is_packed_is_said_to_be() {
    let workbook = b"PK\x03\x04\x14\0\x06\0";
    assert_eq!(
        refusal(workbook).await,
        format!("the file is not understood: {}", Misfit::Zip)
    );
    for packed in [&b"\x1f\x8b\x08\0\0"[..], b"\x28\xb5\x2f\xfd\x04"] {
        assert_eq!(
            refusal(packed).await,
            format!("the file is not understood: {}", Misfit::Compressed)
        );
    }
}

#[tokio::test]
async fn lines_end_as_they_like() {
    let row = |minute: u32| format!("2026-08-14 21:{minute:02}:07,A,Created an order,b@c");
    let header = HEADER.trim_end();
    for end in ["\n", "\r\n", "\r"] {
        let bad = "2026-08-14 21:30:00,\"open,Created an order,b@c";
        let file = [header, &row(1), bad, &row(2), &row(3)].join(end);
        let done = Archive::new().await.import(&file).await;
        assert_eq!(tally(&done), [3, 0, 0, 1], "{end:?} {:?}", done.reasons);
        assert_eq!(done.reasons[0].0, 3, "{end:?}");
    }
    let mixed = format!("{header}\r{}\n{}\r\nbad\r\r{}", row(1), row(2), row(3));
    let done = Archive::new().await.import(mixed).await;
    assert_eq!(tally(&done), [3, 0, 0, 1]);
    assert_eq!(done.reasons[0].0, 4);
    // Records, too.
    let one = |n: u32| record().id(&format!("partner_customer_update_{n}")).json();
    for end in ["\n", "\r\n", "\r"] {
        let done = Archive::new().await.import([one(1), one(2)].join(end)).await;
        assert_eq!(tally(&done), [2, 0, 0, 0], "{end:?}");
    }
}

#[tokio::test]
async fn a_record_that_is_not_utf8_is_never_altered_into_one() {
    let one = |n: u32| {
        record()
            .id(&format!("partner_customer_update_{n}"))
            .json()
            .into_bytes()
    };
    let mut spoilt = one(2);
    let at = spoilt.iter().position(|byte| *byte == b':').unwrap() + 2;
    spoilt[at] = 0xe9;
    let archive = Archive::new().await;
    for (before, between, after) in [("", "\n", ""), ("[", ",\n", "]")] {
        let parts = [
            before.as_bytes(),
            &one(1),
            between.as_bytes(),
            &spoilt,
            between.as_bytes(),
            &one(3),
            after.as_bytes(),
        ];
        let done = archive.import(parts.concat()).await;
        assert_eq!(done.reasons, [(2, Reason::NotUtf8)]);
        assert_eq!(archive.entries().await.len(), 2);
    }
}

#[tokio::test]
async fn an_empty_file_is_no_trouble() {
    let archive = Archive::new().await;
    for file in ["", "\u{feff}", "\n \r\n", HEADER] {
        assert_eq!(tally(&archive.import(file).await), [0; 4], "{file:?}");
    }
}

#[tokio::test]
async fn a_bad_row_never_stops_the_rest() {
    let huge = "x".repeat(3_000_000);
    let columns = ",".repeat(100_000);
    let file = format!(
        "{HEADER}{ROW}too,few\n2026-08-14 21:06:00,\"never closed,Created an order,b@c\n2026-08-14 21:07:00,B,Created an order,b@c\n\
         {columns}\nnot a date,A,Created an order,b@c\n2026-08-14 21:08:00,{huge},Created an order,b@c\n\
         2026-08-14 21:09:00,N\0UL\u{202e},Created an order,b@c\n2026-08-14 21:10:00,A,,b@c\n\n2026-08-14 21:11:00,\"two\nlines\",Created an order,b@c"
    );
    let archive = Archive::new().await;
    let done = archive.import(&file).await;
    assert_eq!(tally(&done), [5, 0, 0, 5]);
    assert_eq!(
        done.reasons,
        [
            (
                3,
                Reason::Columns {
                    expected: 4,
                    found: 2
                }
            ),
            (
                4,
                Reason::Columns {
                    expected: 4,
                    found: 2
                }
            ),
            (6, Reason::TooManyColumns),
            (7, Reason::NotADate("not a date".to_owned())),
            (10, Reason::NotARecord),
        ]
    );
    assert_eq!(tally(&archive.import(&file).await), [0, 5, 0, 5]);
}

#[tokio::test]
async fn bytes_that_are_no_text_cost_one_row() {
    let file = [
        HEADER.as_bytes(),
        b"2026-08-14 21:05:07,\xff\xfe,a,b@c\n",
        ROW.as_bytes(),
    ]
    .concat();
    let archive = Archive::new().await;
    let done = archive.import(&file).await;
    assert_eq!(tally(&done), [1, 0, 0, 1]);
    assert_eq!(done.reasons, [(2, Reason::NotUtf8)]);
}

#[tokio::test]
async fn a_plain_export_with_broken_rows_gives_what_is_whole() {
    let good = record()
        .id("partner_customer_update_1")
        .json()
        .replace('"', "\"\"");
    let file = format!(
        "dateTime,id,partnerId,record\n2026-08-14,a,x,\n2026-08-14,b,x,{{broken\n2026-08-14,c,x,\"{good}\"\n2026-08-14,c,x,\n"
    );
    let archive = Archive::new().await;
    let done = archive.import(&file).await;
    assert_eq!(tally(&done), [1, 0, 0, 2]);
    assert_eq!(done.reasons, [(2, Reason::NoRecord), (3, Reason::NotJson)]);
}

#[tokio::test]
async fn more_equal_records_than_can_be_told_apart_are_said() {
    let line = format!("{}\n", record().without("id").json());
    let archive = Archive::new().await;
    let done = archive.import(line.repeat(1_010)).await;
    assert_eq!(tally(&done), [1_000, 0, 0, 10]);
    assert_eq!(done.reasons[0].1, Reason::TooManyEqual);
}

#[tokio::test]
async fn lines_that_are_no_records_come_before_and_after_those_that_are() {
    let one = |n: u32| record().id(&format!("partner_customer_update_{n}")).json();
    let file = format!("a title\n{}\n{{\"broken\": \"\n{}\n", one(1), one(2));
    let archive = Archive::new().await;
    let done = archive.import(&file).await;
    assert_eq!(tally(&done), [2, 0, 0, 2]);
    assert_eq!(done.reasons.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 3]);
}
