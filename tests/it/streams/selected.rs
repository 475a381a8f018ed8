//! Which versions a stream sends, and from where.

use chrono::TimeDelta;
use partnerlog::{
    clock::Clock,
    store::{Bounds, Place, Source, Store as _, StreamKind, Streams as _},
    stream::selected,
};

use super::{Archive, http::to, id, ids, numbered, pace, receiver::Receiver, records};
use crate::{
    records::{RELECLOUD, record},
    support::dashboard::now,
};

/// The places of the records of which a stream with that query string sends versions.
async fn sent(archive: &Archive, query: &str) -> Vec<String> {
    let selection = selected(query, now(), chrono_tz::Tz::UTC).unwrap();
    let bounds = Bounds {
        versions: 1_000,
        bytes: 1 << 20,
    };
    let found = archive.store.outgoing(&selection, 0, bounds).await.unwrap();
    assert!(!found.more);
    found
        .versions
        .iter()
        .map(|version| {
            format!(
                "{} {}",
                version
                    .record
                    .as_str()
                    .trim_start_matches("record-of-the-streams-0000"),
                version.number
            )
        })
        .collect()
}

#[tokio::test]
async fn each_version_is_judged_by_what_it_says_itself() {
    let archive = Archive::new().await;
    let other = "7a2c1f5e-1111-4222-8333-944455556666";
    archive
        .archive(&[
            numbered(1).status("failed").json(),
            numbered(2)
                .customer(other, "Fabrikam 株式会社")
                .user("Taro.Yamada@partner.example")
                .json(),
            numbered(3)
                .action("create_order")
                .with("resourceType", "order")
                .json(),
            numbered(4)
                .without("userPrincipalName")
                .with("applicationId", "b6b84568-6c01-4981-a80f-09da9a20bbed")
                .json(),
            record()
                .id(&id(5))
                .without("customerId")
                .with("customerName", "Wingtip Toys")
                .on("2026-09-02")
                .json(),
        ])
        .await;
    archive.archive(&[numbered(1).status("succeeded").json()]).await;
    archive
        .archive(&[numbered(2)
            .customer(other, "Fabrikam Japan")
            .user("Taro.Yamada@partner.example")
            .json()])
        .await;
    archive
        .archive_at(
            &[numbered(6)
                .with("resourceOldValue", r#"{"Quantity":1,"Name":"a"}"#)
                .with("resourceNewValue", r#"{"Quantity":25,"Name":"a"}"#)
                .json()],
            archive.clock.now(),
            Source::Imported,
        )
        .await;
    for (query, expected) in [
        ("", "1 1, 2 1, 3 1, 4 1, 5 1, 1 2, 2 2, 6 1"),
        // The first version says so, whatever became of the record.
        ("status=failed", "1 1"),
        ("-status=succeeded", "1 1"),
        ("status=succeeded&action=create_order", "3 1"),
        ("action=create_order&action=nothing", "3 1"),
        (&format!("customer={RELECLOUD}"), "1 1, 3 1, 4 1, 1 2, 6 1"),
        // Under any of its names, former ones too, and names without ids.
        ("customer=fabrikam", "2 1, 2 2"),
        ("customer=株式", "2 1, 2 2"),
        ("customer=wingtip", "5 1"),
        ("-customer=relecloud", "2 1, 5 1, 2 2"),
        ("user=YAMADA", "2 1, 2 2"),
        ("user=%22taro.yamada%40partner.example%22", "2 1, 2 2"),
        ("user=%22yamada%22", ""),
        ("app=b6b84568", "4 1"),
        ("actor=app", "4 1"),
        ("resource=order", "3 1"),
        ("source=imported", "6 1"),
        ("changed=quantity", "6 1"),
        (
            "account=9daaeb1c-4195-4db5-9f1d-509eb70c8c2d",
            "1 1, 2 1, 3 1, 4 1, 5 1, 1 2, 2 2, 6 1",
        ),
        ("account=none", ""),
        // The search box: words, phrases, parts, minus, filters loosely and in words, dates, quantities.
        ("q=fabrikam", "2 1, 2 2"),
        ("q=fabri+japan", "2 2"),
        ("q=%22fabrikam+japan%22", "2 2"),
        ("q=-succeeded", "1 1"),
        ("q=status:failed", "1 1"),
        ("q=action:order", "3 1"),
        ("q=action:%22created+an+order%22", "3 1"),
        ("q=qty:%3E20", "6 1"),
        ("q=qty:2..9", ""),
        ("q=date:2026-09", "5 1"),
        ("q=-date:2026-08", "5 1"),
        ("q=nowhere+to+be+found", ""),
        // Dates of the address are not a stream's.
        ("from=2020-01-01&to=2020-01-02&status=failed", "1 1"),
    ] {
        assert_eq!(sent(&archive, query).await.join(", "), expected, "{query}");
    }
    // What is not understood is refused rather than left out.
    for query in [
        "q=custmer:contoso",
        "q=qty:many",
        "q=date:soon",
        "from=2024-13-01",
    ] {
        assert!(selected(query, now(), chrono_tz::Tz::UTC).is_none(), "{query}");
    }
}

#[tokio::test]
async fn the_log_and_a_stream_agree_about_newest_versions() {
    use partnerlog::{
        audit::Selection,
        collect::import,
        simulator::tenant::{Tenant, TenantOptions},
    };
    let archive = Archive::new().await;
    let now = archive.clock.now();
    let tenant = Tenant::generate(&TenantOptions {
        records: 1_500,
        ..TenantOptions::new(7, now)
    });
    let mut lines: Vec<String> = (0..400)
        .flat_map(|back| tenant.records_of(now.date_naive() - chrono::Days::new(back)))
        .collect();
    lines.dedup();
    import::import(&*archive.store, lines.join("\n").as_bytes(), now)
        .await
        .unwrap();
    archive.store.warm_up().await.unwrap();
    for query in [
        "status=failed",
        "action=create_order&actor=person",
        "-actor=person",
        "q=contoso",
        "q=office+-status:failed",
        "q=action:order+qty:%3E10",
        "q=%E4%BC%9A%E7%A4%BE",
        "changed=Quantity",
        "customer=a&-resource=order",
        "q=changed:autorenew",
        "user=sato",
    ] {
        let selection: Selection = selected(query, now, chrono_tz::Tz::UTC).unwrap();
        let (mut shown, mut at) = (Vec::new(), None);
        loop {
            let page = archive.store.page(&selection, at.as_ref(), 100).await.unwrap();
            shown.extend(page.entries.iter().map(|entry| entry.id.to_string()));
            at = page.older;
            if at.is_none() {
                break;
            }
        }
        let (mut streamed, mut after) = (Vec::new(), 0);
        loop {
            let bounds = Bounds {
                versions: 64,
                bytes: 1 << 20,
            };
            let found = archive.store.outgoing(&selection, after, bounds).await.unwrap();
            streamed.extend(found.versions.iter().map(|version| version.record.to_string()));
            after = found.up_to;
            if !found.more {
                break;
            }
        }
        shown.sort();
        streamed.sort();
        assert!(!shown.is_empty(), "{query} finds nothing to compare");
        assert_eq!(streamed, shown, "{query}");
    }
}

#[tokio::test]
async fn a_stream_begins_and_goes_on_where_it_is_told_to() {
    let clock = Clock::fixed(now());
    let archive = Archive::with(clock.clone(), pace()).await;
    let receiver = Receiver::start().await;
    for day in 0..5 {
        let at = now() - TimeDelta::days(10 - day);
        let some = records(10 * day as usize..10 * day as usize + 10);
        archive.archive_at(&some, at, Source::Collected).await;
    }
    let number = archive
        .stream_of(StreamKind::Ndjson, to(&receiver), "", Place::Now)
        .await;
    assert_eq!(archive.at(number).await.behind, 0);
    let since = |days| Place::Since(now() - TimeDelta::days(days));
    for (place, behind) in [
        (Place::Beginning, 50),
        (since(11), 50),
        (since(10), 50),
        (since(9), 40),
        (since(7), 20),
        (since(6), 10),
        (since(5), 0),
        (Place::Now, 0),
        (since(8), 30),
    ] {
        assert!(archive.streaming.go_to(number, place).await.unwrap());
        assert_eq!(archive.at(number).await.behind, behind, "{place:?}");
    }
    archive.send_all(number).await;
    assert_eq!(receiver.ids(), ids(20..50));
    // Replay: the same again, with the same ids, from any point.
    archive.streaming.go_to(number, since(6)).await.unwrap();
    archive.send_all(number).await;
    assert_eq!(receiver.ids()[30..], ids(40..50));
    assert!(!archive.streaming.go_to(number + 1, Place::Now).await.unwrap());
}

#[tokio::test]
async fn what_is_not_selected_is_passed_over_and_not_looked_at_again() {
    let (archive, receiver) = (Archive::new().await, Receiver::start().await);
    archive.archive(&records(0..4_500)).await;
    archive.archive(&[numbered(5_000).status("failed").json()]).await;
    let query = "status=failed";
    let number = archive
        .stream_of(StreamKind::Ndjson, to(&receiver), query, Place::Beginning)
        .await;
    archive.send_all(number).await;
    assert_eq!(receiver.ids(), [id(5_000)]);
    let stream = archive.at(number).await;
    assert_eq!(stream.position, 4_501);
    assert_eq!(
        archive.log(number).await.len(),
        1,
        "nothing is said of what was not sent"
    );
}
