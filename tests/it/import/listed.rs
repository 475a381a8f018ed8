//! The four columns that Partner Center's own page exports.

use chrono_tz::Tz;
use partnerlog::{
    collect::import::{Answers, DateOrder, Format, ImportError, Question, Reason},
    store::Source,
};

use super::{Archive, tally, ticks};
use crate::records::{PARTNER, record};

const AT: &str = "2026-08-14T21:05:07Z";

fn zone(zone: Tz) -> Answers {
    Answers {
        zone: Some(zone),
        ..Answers::default()
    }
}

#[tokio::test]
async fn a_list_of_any_language_becomes_records() {
    let files = [
        "Date-Time,Affected customer,Action,Partner user\r\n8/14/2026 9:05:07 PM,Relecloud,Created an order,taro@x.example\r\n",
        "\u{feff}日時,影響を受ける顧客,アクション,パートナー ユーザー\r\n2026/08/14 21:05:07,Relecloud,注文を作成した,taro@x.example\r\n",
        "日時,影響を受けるユーザー,アクション,パートナー ユーザー\n2026年8月14日 午後9:05:07,Relecloud,注文を作成した,taro@x.example",
        "Datum/Uhrzeit;Betroffener Kunde;Aktion;Partnerbenutzer\r\n14.08.2026 21:05:07;Relecloud;create_order;taro@x.example\r\n",
        "Date/Heure;Client concerné;Action;Utilisateur partenaire\r\n14/08/2026 21:05:07;Relecloud;CreateOrder;taro@x.example\r\n",
        "\"Date-Time\",\"Affected customer\",\"Action\",\"Partner user\"\n\"14/08/2026, 9:05:07 p.m.\",\"Relecloud\",\"Create order\",\"taro@x.example\"\n",
        "Date-Time\tAffected customer\tAction\tPartner user\n2026-08-14T21:05:07Z\tRelecloud\tCreated an order\ttaro@x.example\n",
        // A language that nobody here knows, told by its shape; and no header at all.
        "Wann,Wen,Was,Wer\n14.08.2026 21:05:07,Relecloud,create_order,taro@x.example\n",
        "8/14/2026 9:05:07 PM,Relecloud,Created an order,taro@x.example\n",
        "Partner user,Action,Affected customer,Date-Time\ntaro@x.example,Created an order,Relecloud,2026-08-14 21:05:07\n",
        "sep=;\r\nDate;Customer;Action;User\r\n2026-08-14 21:05:07;Relecloud;Created an order;taro@x.example\r\n",
    ];
    for file in files {
        let archive = Archive::new().await;
        let done = archive.import(file).await;
        assert_eq!(done.format, Some(Format::PartnerCenterCsv), "{file}");
        assert_eq!(tally(&done), [1, 0, 0, 0], "{file} {:?}", done.reasons);
        let entry = archive.entries().await.remove(0);
        let record = &entry.record;
        assert_eq!(entry.ticks, ticks(AT), "{file}");
        assert_eq!(entry.customer_name.as_deref(), Some("Relecloud"), "{file}");
        assert_eq!(&*record.operation_type.0, "create_order", "{file}");
        assert_eq!(record.user_principal_name.as_deref(), Some("taro@x.example"));
        assert_eq!(record.partner_id.as_deref(), Some(PARTNER));
        assert_eq!(entry.source, Source::Imported);
        let row: serde_json::Value = serde_json::from_str(&record.document).unwrap();
        assert_eq!(row["importedRow"].as_object().unwrap().len(), 4, "{file}");
        assert_eq!(tally(&archive.import(file).await), [0, 1, 0, 0], "{file}");
    }
}

#[tokio::test]
async fn the_row_is_kept_as_it_is() {
    let archive = Archive::new().await;
    archive
        .import("Date-Time,Affected customer,Action,Partner user\n2026/8/14 9:05, Relecloud ,Did  \"\"something\"\" ,\n")
        .await;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&archive.documents().await[0]).unwrap()["importedRow"],
        serde_json::json!({"Date-Time": "2026/8/14 9:05", "Affected customer": " Relecloud ",
            "Action": "Did  \"\"something\"\" ", "Partner user": ""})
    );
}

fn full() -> crate::records::Record {
    record()
        .id("partner_customer_createorder_1")
        .action("create_order")
        .user("Taro@X.example")
        .on("2026-08-14T21:05:07.1234567Z")
}

#[tokio::test]
async fn a_row_about_a_known_record_is_known() {
    let archive = Archive::with(&[full()]).await;
    for (row, known) in [
        (
            "2026-08-14 21:05:07,Relecloud,Created an order,taro@x.example",
            true,
        ),
        (
            "2026-08-14 21:05,ＲＥＬＥＣＬＯＵＤ,注文を作成した,TARO@x.example",
            true,
        ),
        (
            "2026-08-14 21:05:08,Relecloud,Created an order,taro@x.example",
            false,
        ),
        ("2026-08-14 21:05:07,Other,Created an order,taro@x.example", false),
        (
            "2026-08-14 21:05:07,Relecloud,Updated an order,taro@x.example",
            false,
        ),
        (
            "2026-08-14 21:05:07,Relecloud,Created an order,hanako@x.example",
            false,
        ),
        ("2026-08-14 21:05:07,Relecloud,Created an order,", false),
    ] {
        let file = format!("Date-Time,Affected customer,Action,Partner user\n{row}\n");
        let done = archive.import(&file).await;
        assert_eq!(tally(&done), [u64::from(!known), u64::from(known), 0, 0], "{row}");
    }
}

#[tokio::test]
async fn equal_rows_are_about_as_many_records() {
    let row = "2026-08-14 21:05:07,Relecloud,Created an order,taro@x.example\n";
    let file = |rows: usize| {
        format!(
            "Date-Time,Affected customer,Action,Partner user\n{}",
            row.repeat(rows)
        )
    };
    let archive = Archive::with(&[full(), full().id("partner_customer_createorder_2")]).await;
    assert_eq!(tally(&archive.import(file(2)).await), [0, 2, 0, 0]);
    assert_eq!(tally(&archive.import(file(3)).await), [1, 2, 0, 0]);
    assert_eq!(tally(&archive.import(file(3)).await), [0, 3, 0, 0]);
    assert_eq!(tally(&archive.import(file(1)).await), [0, 1, 0, 0]);
    assert_eq!(tally(&archive.import(file(5)).await), [2, 3, 0, 0]);
    // Over the border of what is looked up at once.
    let bare = Archive::new().await;
    let many = format!(
        "{}{}",
        file(1),
        "2026-08-14 21:06:00,A,Created an order,b@c\n".repeat(2_100)
    );
    let many = format!("{many}{row}");
    assert_eq!(tally(&bare.import(&many).await), [2_102, 0, 0, 0]);
    assert_eq!(tally(&bare.import(&many).await), [0, 2_102, 0, 0]);
}

#[tokio::test]
async fn rows_that_differ_in_their_customer_alone_are_different() {
    let archive = Archive::new().await;
    let file = |customer: &str| {
        format!(
            "Date-Time,Affected customer,Action,Partner user\n2026-08-14 21:05:07,{customer},Created an order,b@c\n"
        )
    };
    for customer in ["A", "B", "C"] {
        assert_eq!(tally(&archive.import(file(customer)).await), [1, 0, 0, 0]);
    }
    assert_eq!(archive.documents().await.len(), 3);
}

#[tokio::test]
async fn dates_that_can_be_meant_two_ways_are_asked_for() {
    let file = "Date-Time,Affected customer,Action,Partner user\n1/2/2026 9:00:00 AM,A,Created an order,b@c\n3/3/2026 9:00:00 AM,A,Created an order,b@c\n";
    let archive = Archive::new().await;
    let asked = archive.try_import(file, Answers::default()).await.unwrap_err();
    let ImportError::Asks(questions) = &asked else {
        panic!("{asked}");
    };
    assert_eq!(
        questions[..],
        [Question::Dates {
            sample: "1/2/2026 9:00:00 AM".to_owned(),
            contradictory: false
        }]
    );
    assert!(asked.to_string().contains("--dates"), "{asked}");
    for (order, expected) in [
        (DateOrder::DayFirst, "2026-02-01T09:00:00Z"),
        (DateOrder::MonthFirst, "2026-01-02T09:00:00Z"),
    ] {
        let archive = Archive::new().await;
        let said = Answers {
            dates: Some(order),
            ..Answers::default()
        };
        assert_eq!(
            tally(&archive.try_import(file, said).await.unwrap()),
            [2, 0, 0, 0]
        );
        assert_eq!(archive.entries().await[1].ticks, ticks(expected));
    }
    // Another row decides, wherever it stands.
    let decided = format!(
        "{file}{}1/31/2026 9:00:00 AM,A,Created an order,b@c\n",
        "x,A,B,c@d\n".repeat(500)
    );
    let done = archive.import(&decided).await;
    assert_eq!((done.appended.new, done.rejected), (3, 500));
    assert_eq!(done.reasons[0], (4, Reason::NotADate("x".to_owned())));
    assert_eq!(archive.entries().await[1].ticks, ticks("2026-01-31T09:00:00Z"));
}

#[tokio::test]
async fn dates_that_contradict_each_other_are_asked_for_too() {
    let file = "Date-Time,Affected customer,Action,Partner user\n31/1/2026 9:00,A,Created an order,b@c\n1/30/2026 9:00,A,Created an order,b@c\n";
    let archive = Archive::new().await;
    let asked = archive.try_import(file, Answers::default()).await.unwrap_err();
    assert!(asked.to_string().contains("contradict"), "{asked}");
    let said = Answers {
        dates: Some(DateOrder::MonthFirst),
        ..Answers::default()
    };
    let done = archive.try_import(file, said).await.unwrap();
    assert_eq!(tally(&done), [1, 0, 0, 1]);
    assert_eq!(done.reasons[0].0, 2);
}

#[tokio::test]
async fn the_zone_is_what_is_said_else_what_the_header_says_else_utc() {
    let rows = "Affected customer,Action,Partner user\n2026-08-14 21:05:07,A,Created an order,b@c\n";
    for (header, answers, expected, told) in [
        ("Date-Time", Answers::default(), AT, Some((Tz::UTC, true))),
        (
            "Date-Time",
            zone(Tz::Asia__Tokyo),
            "2026-08-14T12:05:07Z",
            Some((Tz::Asia__Tokyo, false)),
        ),
        (
            "Date-Time (Asia/Tokyo)",
            Answers::default(),
            "2026-08-14T12:05:07Z",
            Some((Tz::Asia__Tokyo, false)),
        ),
    ] {
        let archive = Archive::new().await;
        let done = archive
            .try_import(format!("{header},{rows}"), answers)
            .await
            .unwrap();
        assert_eq!(done.zone, told, "{header}");
        assert_eq!(archive.entries().await[0].ticks, ticks(expected), "{header}");
    }
    let archive = Archive::new().await;
    let skipped =
        "Date-Time,Affected customer,Action,Partner user\n2026-03-29 02:30:00,A,Created an order,b@c\n";
    let done = archive
        .try_import(skipped, zone(Tz::Europe__Berlin))
        .await
        .unwrap();
    assert_eq!(
        done.reasons,
        [(2, Reason::NoSuchTime("2026-03-29 02:30:00".to_owned()))]
    );
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_looked_for_in_both() {
    let full = full().on("2026-10-25T01:30:00.5Z");
    let archive = Archive::with(&[full]).await;
    let row = "Date-Time,Affected customer,Action,Partner user\n2026-10-25 02:30:00,Relecloud,Created an order,taro@x.example\n";
    let done = archive.try_import(row, zone(Tz::Europe__Berlin)).await.unwrap();
    assert_eq!(tally(&done), [0, 1, 0, 0]);
}

#[tokio::test]
async fn of_several_accounts_one_has_to_be_said() {
    let file =
        "Date-Time,Affected customer,Action,Partner user\n2026-08-14 21:05:07,A,Created an order,b@c\n";
    let archive = Archive::new().await;
    archive.store.account("another", "Another").await.unwrap();
    let asked = archive.try_import(file, Answers::default()).await.unwrap_err();
    assert!(matches!(&asked, ImportError::Asks(q) if q[..] == [Question::Account]));
    let said = Answers {
        account: Some("another".to_owned()),
        ..Answers::default()
    };
    assert_eq!(
        tally(&archive.try_import(file, said).await.unwrap()),
        [1, 0, 0, 0]
    );
    assert_eq!(archive.entries().await[0].account.name, "Another");
}
