//! What the archive says of itself: the coverage page, the line under a table, freshness, the banner, the probes.

use std::sync::{Arc, atomic::Ordering};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use http::StatusCode;
use partnerlog::{
    collect,
    simulator::{faults::HttpFault, partner_center::When, tenant::Tenant},
    store::{AccountId, Appended, AttemptEnd, DayAttempt, Run, coverage},
    web::probes,
};

use crate::{
    records::{PARTNER, record},
    support::{
        archive,
        dashboard::{Answer, Dashboard, now},
        program::{Program, Setup},
    },
};

const OTHER: &str = "b0b0b0b0-0000-0000-0000-000000000000";

fn ago(days: u64) -> NaiveDate {
    now().date_naive() - Days::new(days)
}

fn whole(records: u64) -> AttemptEnd {
    AttemptEnd::Whole { records }
}

fn broken(trouble: &str) -> AttemptEnd {
    AttemptEnd::Broken {
        reason: "HTTP 500 <internal detail>".to_owned(),
        trouble: trouble.to_owned(),
    }
}

impl Dashboard {
    async fn mark(&self, account: AccountId, day: NaiveDate, at: DateTime<Utc>, end: AttemptEnd) {
        let attempt = DayAttempt {
            day,
            at,
            appended: Appended::default(),
            end,
        };
        self.store.mark_day(account, &attempt).await.unwrap();
    }

    /// Every day of the last `back` was read whole just now, but those.
    async fn collected(&self, back: u64, but: &[u64]) {
        for day in (0..=back).filter(|day| !but.contains(day)) {
            self.mark(self.account, ago(day), now(), whole(10)).await;
        }
    }

    async fn ran(&self, ended_at: DateTime<Utc>, error: Option<&str>) {
        let run = Run {
            started_at: ended_at,
            ended_at,
            days: 3,
            appended: Appended {
                new: 7,
                known: 5,
                revised: 1,
            },
            error: error.map(|_| "HTTP 500 <internal detail>".to_owned()),
            trouble: error.map(str::to_owned),
            throttled: 2,
            late: 1,
        };
        self.store.record_run(self.account, &run).await.unwrap();
    }

    async fn line(&self, address: &str) -> String {
        self.get(address).await.one("#coverage")
    }

    async fn banner(&self, address: &str) -> Option<String> {
        self.get(address).await.texts("#collecting").pop()
    }

    async fn probe(&self) -> (String, String) {
        let standing = self.state.collecting.standing().await.unwrap();
        (probes::lines(&standing), probes::metrics(&standing))
    }
}

/// The words of a day's cell.
#[track_caller]
fn cell(page: &Answer, day: &str) -> String {
    let all = page.texts(".month td .visually-hidden");
    let mut found = all.iter().filter(|text| text.starts_with(&format!("{day}:")));
    let words = found.next().unwrap_or_else(|| panic!("{day} in {all:?}")).clone();
    assert!(found.next().is_none());
    words
}

#[test]
fn pages_and_collector_agree_on_how_far_back_partner_center_can_be_read() {
    assert_eq!(collect::oldest_day(now()), coverage::oldest_in_reach(now()));
}

#[tokio::test]
async fn each_day_has_its_state_in_words_and_leads_to_its_log() {
    let dashboard = Dashboard::new().await;
    dashboard.collected(120, &[0, 3, 4, 100, 101]).await;
    dashboard.mark(dashboard.account, ago(0), now(), whole(4)).await;
    dashboard
        .mark(dashboard.account, ago(3), now(), broken("server-error"))
        .await;
    // Late and changed records of a day that was complete.
    let attempt = DayAttempt {
        day: ago(7),
        at: now(),
        appended: Appended {
            new: 2,
            known: 10,
            revised: 1,
        },
        end: whole(1_234),
    };
    dashboard
        .store
        .mark_day(dashboard.account, &attempt)
        .await
        .unwrap();
    let page = dashboard.get("/coverage").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.one("h1"), "Coverage");
    for (day, words) in [
        ("20 Nov 2026", "20 Nov 2026: Being collected, 4 records"),
        ("19 Nov 2026", "19 Nov 2026: Complete, 10 records"),
        ("17 Nov 2026", "17 Nov 2026: Partial, 0 records"),
        ("16 Nov 2026", "16 Nov 2026: Not collected yet"),
        (
            "13 Nov 2026",
            "13 Nov 2026: Complete, 1,234 records, 2 late, 1 changed",
        ),
        ("12 Aug 2026", "12 Aug 2026: Missing for ever"),
        ("22 Jul 2026", "22 Jul 2026: Before the start"),
    ] {
        assert_eq!(cell(&page, day), words);
    }
    assert_eq!(page.texts(".month td.partial").len(), 1);
    assert_eq!(page.texts(".month td.lost").len(), 2);
    assert!(
        page.attributes(".month td.complete a", "href")
            .contains(&"/activity?from=2026-11-19&to=2026-11-19&tz=UTC".to_owned())
    );
    // Days to come lead nowhere.
    assert_eq!(page.texts(".month td.ahead").len(), 10);
    assert_eq!(page.attributes(".month td.ahead a", "href"), [""; 0]);
    assert_eq!(page.texts(".month caption")[0], "November 2026");
    assert_eq!(page.one(".extent"), "Complete from 23 Jul 2026 to 12:00 today.");
    assert_eq!(
        page.one(".gaps"),
        "Except for 4 days: 11 Aug 2026 – 12 Aug 2026, 16 Nov 2026 – 17 Nov 2026."
    );
    let totals: Vec<_> = page
        .texts(".totals dt")
        .into_iter()
        .zip(page.texts(".totals dd"))
        .collect();
    for (label, value) in [
        ("Records, by collecting", "2,388"),
        ("Duplicates skipped", "10"),
        ("Late arrivals", "2"),
        ("Records changed later", "1"),
        ("Last run without a failure", "Never"),
        ("Next collection", "Due now"),
    ] {
        let pair = (label.to_owned(), value.to_owned());
        assert!(totals.contains(&pair), "{pair:?} in {totals:?}");
    }
    assert!(page.one(".days-list.lost").contains("11 Aug 2026 – 12 Aug 2026"));
    let japanese = dashboard.get("/coverage?lang=ja").await;
    assert_eq!(cell(&japanese, "2026/11/17"), "2026/11/17: 一部のみ、0 件");
    assert_eq!(
        japanese.one(".extent"),
        "2026/07/23 から 今日 12:00 まで収集済みです。"
    );
}

#[tokio::test]
async fn the_last_failure_is_told_in_words_and_as_received_to_managers_only() {
    let mut dashboard = Dashboard::new().await;
    dashboard.collected(20, &[2]).await;
    dashboard
        .mark(dashboard.account, ago(2), now(), broken("no-such-code"))
        .await;
    dashboard
        .ran(now() - TimeDelta::minutes(1), Some("no-such-code"))
        .await;
    let page = dashboard.get("/coverage").await;
    assert!(page.one(".trouble h3").contains("20 Nov 2026, 11:59"));
    assert!(page.one(".trouble > p").starts_with("Something went wrong"));
    assert_eq!(page.texts("code bdi"), ["HTTP 500 <internal detail>"; 2]);
    assert!(
        page.one(".days-list")
            .starts_with("18 Nov 2026 0 records so far. Something went wrong")
    );
    dashboard.role = Some("helpdesk_agent");
    let page = dashboard.get("/coverage").await;
    assert!(page.one(".trouble > p").starts_with("Something went wrong"));
    assert!(!page.text.contains("internal detail"));
}

#[tokio::test]
async fn days_that_will_be_lost_within_a_week_are_listed_with_their_deadline() {
    let dashboard = Dashboard::new().await;
    dashboard.collected(100, &[88, 82]).await;
    dashboard.ran(now(), Some("server-error")).await;
    let page = dashboard.get("/coverage").await;
    assert_eq!(page.one(".at-risk h3"), "One day will be lost within a week");
    assert_eq!(
        page.one(".at-risk li"),
        "24 Aug 2026 is lost on 22 Nov 2026, 00:00 (in one day)"
    );
    assert_eq!(page.texts(".month td.at-risk").len(), 1);
    assert_eq!(
        page.one("#collecting"),
        "One day could not be collected, and will be lost for good within a week."
    );
    assert_eq!(page.attributes("#collecting", "class"), ["banner losing"]);
}

#[tokio::test]
async fn accounts_and_years_are_chosen_in_the_address() {
    let dashboard = Dashboard::new().await;
    let other = dashboard.store.account(OTHER, "Fabrikam <b>").await.unwrap();
    dashboard.collected(400, &[]).await;
    let page = dashboard.get("/coverage").await;
    assert_eq!(page.texts(".coverage h2"), ["Contoso Japan", "Fabrikam <b>"]);
    assert!(page.text.contains("Nothing has been collected for this account"));
    let of = format!("/coverage?account={PARTNER}");
    assert!(page.attributes(".accounts-nav a", "href").contains(&of));
    let page = dashboard.get(&of).await;
    assert_eq!(page.one(".coverage h2"), "Contoso Japan");
    assert_eq!(page.texts(".month").len(), 11);
    assert_eq!(
        page.texts(".years li"),
        ["2026 323 days complete", "2025 77 days complete"]
    );
    let last_year = dashboard.get(&format!("{of}&year=2025")).await;
    assert_eq!(
        last_year.texts(".month caption"),
        ["December 2025", "November 2025", "October 2025"]
    );
    let links = last_year.attributes(".month td a", "href");
    assert!(links[0].ends_with(&format!("&account={PARTNER}")), "{}", links[0]);
    // What is no year and no account is as if it were not there.
    for odd in [
        "year=999999999999",
        "year=-1",
        "year=x&account=nobody",
        "account=%00",
    ] {
        let page = dashboard.get(&format!("/coverage?{odd}")).await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
    }
    // An account that is no longer in the settings stops, and alarms nobody.
    dashboard
        .mark(other, ago(40), now() - TimeDelta::days(40), whole(1))
        .await;
    let page = dashboard.get(&format!("/coverage?account={OTHER}")).await;
    assert!(page.text.contains("This account is no longer in the settings"));
    assert_eq!(page.texts(".at-risk"), [""; 0]);
}

#[tokio::test]
async fn the_line_under_the_table_is_about_the_selection() {
    let dashboard = Dashboard::with(&[record().id("a-record-of-the-line").on("2026-11-20")]).await;
    assert_eq!(
        dashboard.line("/activity").await,
        "30 days in this range are not collected yet (21 Oct 2026 – 19 Nov 2026). Details"
            .replace("30", "29")
            .replace("21 Oct", "22 Oct")
    );
    dashboard.collected(100, &[2, 3, 50]).await;
    dashboard
        .mark(dashboard.account, ago(3), now(), broken("server-error"))
        .await;
    assert_eq!(
        dashboard.line("/activity?tz=UTC").await,
        "2 days in this range are missing or incomplete (17 Nov 2026 – 18 Nov 2026). Details"
    );
    assert_eq!(
        dashboard.line("/activity?from=2026-11-19&tz=UTC").await,
        "Complete from 19 Nov 2026 to 12:00 today. Details"
    );
    // In Tokyo, the 19th begins on the 18th of UTC.
    assert_eq!(
        dashboard.line("/activity?from=2026-11-19&tz=Asia/Tokyo").await,
        "One day in this range is not collected yet (18 Nov 2026 UTC). Details"
    );
    assert_eq!(
        dashboard
            .line("/activity?from=2026-10-05&to=2026-11-10&tz=UTC")
            .await,
        "Complete from 2 Oct 2026 to 17 Nov 2026, 00:00. Details"
    );
    assert_eq!(
        dashboard
            .line("/activity?from=2026-08-01&to=2026-08-20&tz=UTC")
            .await,
        "Complete from 12 Aug 2026 to 1 Oct 2026, 00:00. Collecting began with 12 Aug 2026; of the days before, the archive holds what was imported. Details"
    );
    // Before the start nothing of the range was ever asked for; what is said of the rest is without gaps.
    assert_eq!(
        dashboard
            .line("/activity?from=2025-01-01&to=2025-02-01&tz=UTC")
            .await,
        "Complete from 19 Nov 2026 to 12:00 today. Collecting began with 12 Aug 2026; of the days before, the archive holds what was imported. Details"
    );
    let japanese = dashboard.get("/activity?lang=ja&tz=UTC").await;
    assert_eq!(
        japanese.one("#coverage"),
        "この期間のうち 2 日分が欠落しているか、不完全です (2026/11/17 ～ 2026/11/18)。 詳細"
    );
    // Of another account there is nothing to say.
    dashboard.store.account(OTHER, "Fabrikam").await.unwrap();
    assert_eq!(
        dashboard.line(&format!("/activity?account={OTHER}&tz=UTC")).await,
        "Nothing is collected: the archive holds what was imported. Details"
    );
    assert_eq!(
        dashboard
            .get(&format!("/activity?account={PARTNER}&tz=UTC"))
            .await
            .attributes("#coverage a", "href"),
        [format!("/coverage?account={PARTNER}")]
    );
    // Where nothing of an account could be read yet, nothing is complete for all of them.
    let other = dashboard.store.account(OTHER, "Fabrikam").await.unwrap();
    dashboard
        .mark(other, ago(20), now(), broken("server-error"))
        .await;
    assert_eq!(
        dashboard
            .line("/activity?from=2025-01-01&to=2025-02-01&tz=UTC")
            .await
            .split_inclusive('.')
            .next(),
        Some("Nothing of this range has been collected yet.")
    );
    // The customer's last activities have the line, too.
    let page = dashboard
        .get(&format!("/customers/{}/subscriptions", crate::records::RELECLOUD))
        .await;
    assert!(page.one("#coverage").contains("missing or incomplete"));
}

#[tokio::test]
async fn freshness_is_told_and_managers_can_collect_now() {
    let mut dashboard = Dashboard::new().await;
    assert!(
        dashboard
            .get("/activity")
            .await
            .one(".fresh")
            .starts_with("Not collected yet")
    );
    dashboard.ran(now() - TimeDelta::minutes(4), None).await;
    let page = dashboard.get("/activity?customer=a%26b&tz=UTC").await;
    assert_eq!(
        page.one(".fresh"),
        "Collected 4 min ago next at 12:01 Refresh Collect now"
    );
    assert_eq!(
        page.attributes(".fresh a", "href"),
        ["/activity?customer=a%26b&tz=UTC"]
    );
    let back = page.attributes(".fresh input[name=back]", "value").remove(0);
    assert_eq!(back, "/activity?customer=a%26b&tz=UTC");
    let collect = async |back: &'static str| {
        dashboard
            .post("/settings/accounts/collect", back)
            .await
            .header("location")
            .to_owned()
    };
    let asked = collect("back=%2Factivity%3Fcustomer%3Da%2526b%26tz%3DUTC").await;
    assert_eq!(asked, "/activity?customer=a%26b&tz=UTC&collecting=1");
    assert_eq!(dashboard.woken.load(Ordering::SeqCst), 1);
    let page = dashboard.get(&asked).await;
    assert!(
        page.one(".banner[role=status]")
            .starts_with("Collection has been started.")
    );
    // The next wish keeps no trace of this one.
    assert_eq!(
        page.attributes(".fresh input[name=back]", "value"),
        ["/activity?customer=a%26b&tz=UTC"]
    );
    // Not twice in ten seconds.
    let again = collect("back=%2Fcoverage").await;
    assert_eq!(again, "/coverage?collecting=wait");
    assert_eq!(dashboard.woken.load(Ordering::SeqCst), 1);
    assert!(
        dashboard
            .get(&again)
            .await
            .one(".banner[role=status]")
            .contains("Wait ten seconds")
    );
    // On a server it is the database's clock that counts, for all processes.
    if archive::is_on_server() {
        return;
    }
    dashboard.clock.set(now() + TimeDelta::seconds(10));
    assert_eq!(collect("").await, "/settings/accounts?collecting=1");
    assert_eq!(dashboard.woken.load(Ordering::SeqCst), 2);
    // Nowhere but on this site.
    dashboard.clock.set(now() + TimeDelta::seconds(30));
    assert_eq!(
        collect("back=https%3A%2F%2Fevil.example").await,
        "/activity?collecting=1"
    );
    dashboard.role = Some("helpdesk_agent");
    let page = dashboard.get("/activity").await;
    assert!(page.one(".fresh").ends_with("Refresh"));
    assert_eq!(
        dashboard.post("/settings/accounts/collect", "").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_run_under_way_is_told() {
    let dashboard = Dashboard::new().await;
    let lease = format!("collect {PARTNER}");
    let until = now() + TimeDelta::seconds(60);
    assert!(
        dashboard
            .store
            .lease(&lease, "somebody", now(), until)
            .await
            .unwrap()
    );
    let page = dashboard.get("/activity").await;
    assert!(
        page.one(".fresh").contains("collecting now"),
        "{}",
        page.one(".fresh")
    );
    dashboard.store.release(&lease, "somebody").await.unwrap();
    let page = dashboard.get("/activity").await;
    assert!(!page.one(".fresh").contains("collecting now"));
}

#[tokio::test]
async fn a_banner_appears_on_every_page_and_goes_when_collecting_works() {
    let mut dashboard = Dashboard::with(&[record().id("a-record-under-banners").on("2026-11-20")]).await;
    dashboard.collected(100, &[]).await;
    dashboard.ran(now(), None).await;
    let pages = [
        "/activity",
        "/activity/a-record-under-banners",
        "/coverage",
        "/settings",
        "/settings/accounts",
        "/nowhere",
    ];
    for address in pages {
        assert_eq!(dashboard.banner(address).await, None, "{address}");
    }
    // The pause between two runs, and once more: not yet.
    dashboard.clock.set(now() + TimeDelta::minutes(10));
    assert_eq!(dashboard.banner("/activity").await, None);
    // 26 hours later.
    dashboard.clock.set(now() + TimeDelta::hours(26));
    for address in pages {
        let banner = dashboard.banner(address).await.unwrap();
        assert!(
            banner.starts_with(
                "Last collected 26 h ago. Partner Center keeps 90 days; nothing is lost yet: 88 days remain."
            ),
            "{address}: {banner}"
        );
    }
    assert_eq!(
        dashboard
            .get("/activity")
            .await
            .attributes("#collecting", "class"),
        ["banner warning"]
    );
    assert!(
        dashboard
            .banner("/activity?lang=ja")
            .await
            .unwrap()
            .starts_with("最終収集から 26 時間経過しています。パートナー センターには 90 日分が残っているため、まだ失われたレコードはありません。残り 88 日です。")
    );
    // A run is under way and the last one went well: patience.
    let lease = format!("collect {PARTNER}");
    let later = now() + TimeDelta::hours(26);
    dashboard
        .store
        .lease(&lease, "somebody", later, later + TimeDelta::seconds(60))
        .await
        .unwrap();
    assert_eq!(dashboard.banner("/activity").await, None);
    dashboard.store.release(&lease, "somebody").await.unwrap();
    // 85 days later.
    dashboard.clock.set(now() + TimeDelta::days(85));
    let page = dashboard.get("/activity").await;
    assert!(
        page.one("#collecting")
            .starts_with("Last collected 85 days ago. In 4 days the first records will be lost for good."),
    );
    assert_eq!(page.attributes("#collecting", "class"), ["banner losing"]);
    dashboard.clock.set(now() + TimeDelta::days(92));
    assert!(
        dashboard.banner("/activity").await.unwrap().starts_with(
            "Last collected 92 days ago. 3 days are lost for good already, and with every day that passes another one."
        ),
    );
    // Signed out, nothing is told.
    dashboard.role = None;
    assert_eq!(dashboard.banner("/sign-in").await, None);
}

#[tokio::test]
async fn a_first_collection_that_fails_is_told_at_once() {
    let dashboard = Dashboard::new().await;
    assert_eq!(dashboard.banner("/activity").await, None);
    dashboard.ran(now(), Some("secret-expired")).await;
    assert!(
        dashboard
            .banner("/activity")
            .await
            .unwrap()
            .starts_with("No collection has succeeded yet; the last attempt ended at 20 Nov 2026, 12:00.")
    );
}

#[tokio::test]
async fn one_day_that_always_fails_does_not_make_the_archive_look_old() {
    let dashboard = Dashboard::new().await;
    dashboard.collected(100, &[40]).await;
    dashboard
        .mark(dashboard.account, ago(40), now(), broken("server-error"))
        .await;
    // No run ever succeeded altogether.
    dashboard.ran(now(), Some("server-error")).await;
    assert_eq!(dashboard.banner("/activity").await, None);
    let page = dashboard.get("/activity").await;
    assert!(page.one(".fresh").starts_with("Collected just now"));
}

#[tokio::test]
async fn probes_count_the_same_and_name_nobody_to_strangers() {
    let dashboard = Dashboard::new().await;
    dashboard.collected(120, &[1, 88, 100, 101]).await;
    dashboard.ran(now() - TimeDelta::minutes(4), None).await;
    dashboard
        .ran(now() - TimeDelta::minutes(1), Some("throttled"))
        .await;
    let (lines, metrics) = dashboard.probe().await;
    assert_eq!(
        lines,
        "account 1: collected 0 s ago; last run failed; days incomplete 2, at risk 1, lost 2, until loss 1\n"
    );
    assert!(!lines.contains("Contoso") && !lines.contains(PARTNER));
    let labels = format!("account=\"Contoso Japan\",tenant=\"{PARTNER}\"");
    for (name, value) in [
        (
            "last_success_timestamp_seconds",
            (now() - TimeDelta::minutes(4)).timestamp(),
        ),
        ("up_to_date_timestamp_seconds", now().timestamp()),
        (
            "next_run_timestamp_seconds",
            (now() + TimeDelta::minutes(4)).timestamp(),
        ),
        ("running", 0),
        ("days_incomplete", 2),
        ("days_lost", 2),
        ("days_at_risk", 1),
        ("days_until_loss", 1),
        ("records_new_total", 14),
        ("records_known_total", 10),
        ("records_revised_total", 2),
        ("records_late_total", 2),
        ("throttled_total", 4),
    ] {
        let line = format!("\npartnerlog_collect_{name}{{{labels}}} {value}\n");
        assert!(metrics.contains(&line), "{line} in {metrics}");
        assert!(metrics.contains(&format!("# TYPE partnerlog_collect_{name} ")));
    }
    for result in ["succeeded", "failed"] {
        let line = format!("partnerlog_collect_runs_total{{{labels},result=\"{result}\"}} 1\n");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    // Asked again, nothing is counted twice.
    dashboard.ran(now(), None).await;
    let (_, metrics) = dashboard.probe().await;
    assert!(metrics.contains(&format!("partnerlog_collect_records_new_total{{{labels}}} 21\n")));
}

#[tokio::test]
async fn what_came_while_somebody_reads_is_counted_for_the_same_filters() {
    let mut dashboard = Dashboard::with(&[record().id("the-first-record-0001").on("2026-11-20")]).await;
    let page = dashboard.get("/activity?status=failed&size=25&tz=UTC").await;
    assert_eq!(page.one("#news[role=status]"), "");
    assert_eq!(
        page.attributes("#news", "data-show"),
        ["/activity?tz=UTC&status=failed&size=25"]
    );
    let ask = page.attributes("#news", "data-ask").remove(0);
    let answer = dashboard.get(&ask).await;
    assert_eq!(answer.text, r#"{"count":0,"text":null}"#);
    let more: Vec<_> = (0..18)
        .map(|i| {
            record()
                .id(&format!("a-later-record-{i:04}"))
                .on("2026-11-20")
                .status("failed")
                .json()
        })
        .chain([record().id("one-that-succeeded").on("2026-11-20").json()])
        .collect();
    dashboard.archive(&more).await;
    let answer = dashboard.get(&ask).await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text, r#"{"count":18,"text":"18 new activities – show"}"#);
    let japanese = dashboard.get(&format!("{ask}&lang=ja")).await;
    assert_eq!(
        japanese.text,
        r#"{"count":18,"text":"新しいアクティビティ 18 件 – 表示"}"#
    );
    let many: Vec<_> = (0..101)
        .map(|i| {
            record()
                .id(&format!("one-of-very-many-{i:04}"))
                .on("2026-11-20")
                .status("failed")
                .json()
        })
        .collect();
    dashboard.archive(&many).await;
    assert!(dashboard.get(&ask).await.text.contains("100+ new activities"));
    // A range that is over, and a later page, have nothing new.
    for address in [
        "/activity?to=2026-11-19&tz=UTC",
        "/activity?from=2027-01-01&to=2027-01-02&tz=UTC",
    ] {
        assert_eq!(dashboard.get(address).await.texts("#news"), [""; 0], "{address}");
    }
    let first = dashboard.get("/activity?size=25&tz=UTC").await;
    let older = first.attributes("a[rel=next]", "href").remove(0);
    assert_eq!(dashboard.get(&older).await.texts("#news"), [""; 0]);
    for odd in [
        "",
        "?since=",
        "?since=-1",
        "?since=x",
        "?since=99999999999999999999",
    ] {
        let answer = dashboard.get(&format!("/activity/new{odd}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{odd}");
    }
    dashboard.role = None;
    let refused = dashboard
        .get_with(&ask, &[("x-requested-with", "partnerlog")])
        .await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(dashboard.get("/coverage").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_known_is_kept_for_a_moment() {
    let dashboard = Dashboard::new().await;
    let kept = partnerlog::web::collecting::Collecting::new(
        Arc::clone(&dashboard.store),
        dashboard.clock.clone(),
        Arc::clone(&dashboard.state.settings),
        now(),
        std::time::Duration::from_secs(3600),
    );
    let before = kept.standing().await.unwrap();
    dashboard.ran(now(), None).await;
    let after = kept.standing().await.unwrap();
    assert!(Arc::ptr_eq(&before, &after));
}

#[tokio::test]
async fn the_whole_program_tells_of_its_collecting_by_every_way() {
    let documents = (0..5)
        .map(|i| {
            record()
                .id(&format!("a-collected-record-{i:04}"))
                .on("2026-11-18")
                .json()
        })
        .collect();
    let program = Program::start(Setup {
        tenant: Tenant::from_records(documents),
        ..Setup::default()
    })
    .await;
    let mut stranger = program.browser();
    let ready = stranger.get("/readyz").await;
    assert_eq!(ready.status, StatusCode::OK);
    let line = "; days incomplete 0, at risk 0, lost 0, until loss 89\n";
    assert!(
        ready.body.starts_with("ready\naccount 1: collected 0 s ago; ") && ready.body.ends_with(line),
        "{}",
        ready.body
    );
    let metrics = stranger.get("/metrics").await.body;
    assert!(metrics.contains("\npartnerlog_collect_days_incomplete{account=\"Contoso Partner\",tenant="));
    assert!(metrics.contains("result=\"failed\"} 0\n"), "{metrics}");
    let page = stranger.get("/coverage").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.location().starts_with("/sign-in/start?next="));

    // A collection that hangs shows that it is under way.
    let mut reader = program.signed_in(0).await;
    let page = reader.get("/coverage").await;
    assert!(page.body.contains("18 Nov 2026: Complete, 5 records"));
    program
        .partner_center
        .faults()
        .always(When::audit_records(), HttpFault::Hang);
    let asked = reader
        .submit("/settings/accounts/collect", "back=%2Fcoverage".to_owned())
        .await;
    assert_eq!(asked.location(), "/coverage?collecting=1");
    for attempt in 0.. {
        let page = reader.get("/coverage").await;
        if page.body.contains("<li>collecting now</li>") {
            break;
        }
        assert!(attempt < 100, "{}", page.body);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let metrics = stranger.get("/metrics").await.body;
    let running = metrics
        .lines()
        .find(|line| line.starts_with("partnerlog_collect_running{"));
    assert!(running.is_some_and(|line| line.ends_with(" 1")), "{running:?}");
}
