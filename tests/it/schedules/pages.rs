//! `/settings/schedules`: making, changing, pausing and deleting schedules, and what is noted of it.

use http::StatusCode;
use partnerlog::{config::ExportPlace, store::Rhythm};

use super::{PLACE, at, destination, making, scheduling, until};
use crate::{
    records::record,
    support::dashboard::{Answer as Page, Dashboard},
};

/// A dashboard with a folder that files can go to.
async fn dashboard() -> Dashboard {
    let mut dashboard = Dashboard::with(&[record().on("2026-11-19T09:00:00Z")]).await;
    let files = dashboard.folder().join("files");
    std::fs::create_dir(&files).unwrap();
    let places = [destination(ExportPlace::Folder(files))];
    dashboard.state.scheduling = scheduling(&dashboard.sqlite, &dashboard.clock, dashboard.folder(), &places);
    dashboard
}

async fn post(dashboard: &Dashboard, address: &str, pairs: &[(&str, &str)]) -> Page {
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    dashboard.post(address, form).await
}

/// Fills the form in, with some fields otherwise.
fn filled<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("name", "Audit"),
        ("filter", "all"),
        ("rhythm", "daily"),
        ("hour", "6"),
        ("zone", "Asia/Tokyo"),
        ("contents", "period"),
        ("destination", PLACE),
        ("format", "csv"),
        ("rows", "activities"),
        ("columns", "all"),
        ("language", "en"),
    ];
    for (key, value) in pairs {
        all.retain(|(other, _)| other != key);
        all.push((key, value));
    }
    all
}

async fn made(dashboard: &Dashboard, pairs: &[(&str, &str)]) -> Page {
    post(dashboard, "/settings/schedules", &filled(pairs)).await
}

async fn noted(dashboard: &Dashboard) -> Vec<String> {
    let mut all = dashboard.state.access.accesses(None, 100).await.unwrap();
    all.reverse();
    all.into_iter()
        .map(|it| format!("{}: {}", it.action, it.subject))
        .collect()
}

#[tokio::test]
async fn without_a_destination_the_page_says_how_to_name_one() {
    let dashboard = Dashboard::new().await;
    let page = dashboard.get("/settings/schedules").await;
    assert!(page.one(".banner.warning").contains("[[export_destination]]"));
    assert!(
        page.attributes("main a[href='/settings/schedules/new']", "href")
            .is_empty()
    );
    let answer = made(&dashboard, &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.one("#destination-error").contains("not in the settings"));
    assert!(dashboard.state.scheduling.all().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_schedule_is_made_delivered_changed_and_deleted_and_all_of_it_is_noted() {
    let dashboard = dashboard().await;
    let page = dashboard.get("/settings/schedules/new").await;
    assert_eq!(page.texts("#destination option"), [PLACE]);
    assert_eq!(page.texts("#hour option").len(), 24);
    let answer = made(&dashboard, &[("name", "<b>監査</b> =1+1")]).await;
    assert_eq!(answer.header("location"), "/settings/schedules/1?done=created");
    let schedule = dashboard.state.scheduling.one(1).await.unwrap().unwrap();
    assert_eq!(
        schedule.content.query,
        "from=&tz=Asia%2FTokyo&format=csv&rows=activities&columns=all&lang=en"
    );
    assert_eq!(schedule.next_due, at("2026-11-20T21:00:00Z"));

    let answer = post(&dashboard, "/settings/schedules/1", &[("what", "now")]).await;
    assert_eq!(answer.header("location"), "/settings/schedules/1?done=now");
    let page = dashboard.get("/settings/schedules/1?done=now").await;
    assert!(page.one(".stream-state").contains("is to be made now"));
    let making = making(&dashboard.state.scheduling);
    until("the file", async || {
        let schedule = dashboard.state.scheduling.one(1).await.unwrap().unwrap();
        schedule.open.is_none()
    })
    .await;
    making.end().await;
    let page = dashboard.get("/settings/schedules/1").await;
    assert_eq!(page.one("h1"), "<b>監査</b> =1+1");
    assert!(
        page.one("tr[data-file]")
            .contains("b-監査-b-1-1_1_2026-11-19.csv"),
        "{}",
        page.one("tr[data-file]")
    );
    assert!(page.one("tr[data-file] .ok").contains("Delivered"));
    // Nobody collects here, and that is said.
    assert!(
        page.one("tr[data-file] .failing")
            .contains("Collecting had only come to")
    );
    let checksum = page.attributes("tr[data-file] a", "href").remove(0);
    let line = dashboard.get(&checksum).await.text;
    assert!(line.ends_with("  b-監査-b-1-1_1_2026-11-19.csv\n"), "{line}");
    let exports = dashboard.get("/exports").await;
    assert!(exports.one("tr[data-export]").contains("<b>監査</b> =1+1"));

    let page = dashboard.get("/settings/schedules/1/change").await;
    let revision = page.attributes("input[name=revision]", "value").remove(0);
    let change = |revision: &str| {
        let revision = revision.to_owned();
        let dashboard = &dashboard;
        async move {
            let fields = [
                ("revision", &*revision),
                ("filter", "kept"),
                ("rhythm", "monthly"),
                ("format", "xlsx"),
            ];
            post(dashboard, "/settings/schedules/1/change", &filled(&fields)).await
        }
    };
    assert_eq!(
        change(&revision).await.header("location"),
        "/settings/schedules/1?done=changed"
    );
    let schedule = dashboard.state.scheduling.one(1).await.unwrap().unwrap();
    assert_eq!(schedule.content.rhythm, Rhythm::Monthly);
    assert_eq!(schedule.next_due, at("2026-11-30T21:00:00Z"));
    // A form that somebody left open changes nothing any more.
    let answer = change(&revision).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.one("#name-error").contains("meanwhile"));

    post(&dashboard, "/settings/schedules/1", &[("what", "pause")]).await;
    let page = dashboard.get("/settings/schedules").await;
    assert!(page.one(".stream-state.paused").contains("Paused by"));
    post(&dashboard, "/settings/schedules/1", &[("what", "resume")]).await;
    assert_eq!(
        dashboard.get("/settings/schedules/1/delete").await.status,
        StatusCode::OK
    );
    let answer = post(&dashboard, "/settings/schedules/1", &[("what", "delete")]).await;
    assert_eq!(answer.header("location"), "/settings/schedules?done=deleted");
    assert_eq!(
        dashboard.get("/settings/schedules/1").await.status,
        StatusCode::NOT_FOUND
    );
    let deeds = [
        "- created",
        "1 now",
        "1 changed",
        "1 paused",
        "1 resumed",
        "1 deleted",
    ];
    let noted = noted(&dashboard).await;
    assert_eq!(noted.len(), deeds.len());
    for (noted, deed) in noted.iter().zip(deeds) {
        assert!(
            noted.starts_with(&format!("schedule: {deed} Audit_share ")),
            "{noted}"
        );
    }
    let log = dashboard.get("/access-log").await;
    assert!(log.text.contains("Schedule made"));
}

#[tokio::test]
async fn every_fault_stands_at_its_field_and_nothing_that_was_typed_is_lost() {
    let dashboard = dashboard().await;
    for (field, value, fault) in [
        ("name", " ", "name"),
        ("filter", "4711", "filter"),
        ("rhythm", "hourly", "rhythm"),
        ("hour", "24", "hour"),
        ("zone", "Mars/Base", "zone"),
        ("contents", "all", "contents"),
        ("destination", "elsewhere", "destination"),
        ("format", "pdf", "format"),
        ("rows", "1", "rows"),
        ("columns", "1", "columns"),
        ("language", "tlh", "language"),
    ] {
        let answer = made(&dashboard, &[(field, value)]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}");
        assert_eq!(answer.texts(".field-error").len(), 1, "{field}: {}", answer.text);
        assert!(!answer.one(&format!("#{fault}-error")).is_empty());
        if field != "name" {
            assert_eq!(answer.attributes("#name", "value"), ["Audit"]);
        }
    }
    assert!(dashboard.state.scheduling.all().await.unwrap().is_empty());
    assert_eq!(noted(&dashboard).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_filters_of_a_view_are_taken_without_its_dates() {
    let dashboard = dashboard().await;
    let view = [
        ("name", "Failed"),
        (
            "query",
            "from=2026-01-01&to=2026-01-31&status=failed&customer=bri",
        ),
    ];
    post(&dashboard, "/views", &view).await;
    let page = dashboard.get("/settings/schedules/new?view=1").await;
    assert_eq!(page.texts("#filter option[selected]"), ["View “Failed”"]);
    made(&dashboard, &[("filter", "1"), ("zone", "UTC")]).await;
    let schedule = dashboard.state.scheduling.one(1).await.unwrap().unwrap();
    assert!(
        schedule.content.query.starts_with("from=&tz=UTC&"),
        "{}",
        schedule.content.query
    );
    assert!(schedule.content.query.contains("status=failed"));
    assert_eq!(schedule.content.view.as_deref(), Some("Failed"));
    let page = dashboard.get("/settings/schedules/1").await;
    assert!(
        page.text.contains("As the view “Failed” selected"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn there_are_only_so_many_schedules() {
    let dashboard = dashboard().await;
    for _ in 0..50 {
        assert_eq!(made(&dashboard, &[]).await.status, StatusCode::SEE_OTHER);
    }
    let answer = made(&dashboard, &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.one("#name-error").contains("50"));
    let page = dashboard.get("/settings/schedules").await;
    assert!(
        page.attributes("main a[href='/settings/schedules/new']", "href")
            .is_empty()
    );
}

#[tokio::test]
async fn filters_that_mean_nothing_any_more_do_not_become_everything() {
    let dashboard = dashboard().await;
    made(&dashboard, &[]).await;
    let schedule = dashboard.state.scheduling.one(1).await.unwrap().unwrap();
    let mut content = schedule.content.clone();
    content.query = "from=&status=failed&format=papyrus".to_owned();
    assert!(
        dashboard
            .state
            .scheduling
            .change(&schedule, &content)
            .await
            .unwrap()
    );
    let page = dashboard.get("/settings/schedules/1/change").await;
    assert_eq!(
        page.texts("#filter option[selected]"),
        ["As it is: part of it is not understood any more"]
    );
    let revision = page.attributes("input[name=revision]", "value").remove(0);
    let fields = filled(&[("revision", &revision), ("filter", "kept")]);
    let answer = post(&dashboard, "/settings/schedules/1/change", &fields).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.one("#filter-error").contains("not understood"));
}
