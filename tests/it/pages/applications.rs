//! What applications are called: named by those who manage, and used wherever one is shown.

use http::StatusCode;
use partnerlog::{
    audit::Selection,
    export::{Format, Rows},
    i18n::Lang,
    store::{ApplicationName, ApplicationNames as _},
};

use crate::support::archive;
use crate::{
    records::record,
    support::{
        dashboard::{Dashboard, now},
        exported,
    },
};

const APP: &str = "b6b84568-6c01-4981-a80f-09da9a20bbed";

async fn dashboard() -> Dashboard {
    let on = |id: &str, app: &str| {
        record()
            .id(id)
            .on("2026-11-19")
            .without("userPrincipalName")
            .with("applicationId", app)
    };
    Dashboard::with(&[
        on("a-record-by-the-app-1", APP),
        on("a-record-by-the-app-2", &APP.to_uppercase()),
        on("a-record-by-another-app", "a\"p<p>"),
    ])
    .await
}

#[tokio::test]
async fn a_name_is_used_wherever_the_application_is_shown_and_goes_again() {
    let dashboard = dashboard().await;
    let users = async || dashboard.get("/activity").await.texts("#activity td.user bdi");
    assert!(users().await.contains(&APP.to_owned()));
    let form = "application=b6b84568-6c01-4981-a80f-09da9a20bbed&name=%E8%AB%8B%E6%B1%82+%3Cb%3E";
    let answer = dashboard.post("/settings/applications", form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/settings/applications?done=named");
    let name = "請求 <b>".to_owned();
    assert_eq!(
        users().await.iter().filter(|user| **user == name).count(),
        2,
        "in any notation"
    );
    let record = dashboard.get("/activity/a-record-by-the-app-1").await;
    assert!(record.texts(".facts dd").iter().any(|text| text.contains(&name)));
    assert!(record.one(".sentence").contains(&name));
    assert_eq!(
        dashboard.get(&format!("/actors?app={APP}")).await.one("h1 bdi"),
        name
    );
    // Found by its name: as a filter, in the search box, and while somebody types.
    for query in [
        "app=%E8%AB%8B%E6%B1%82",
        "q=app:%E8%AB%8B%E6%B1%82",
        "app=%22%E8%AB%8B%E6%B1%82%20%3CB%3E%22",
    ] {
        let page = dashboard.get(&format!("/activity?{query}")).await;
        assert_eq!(page.texts("tr[data-record-id]").len(), 2, "{query}");
    }
    let proposed = dashboard.get("/activity/suggest?field=app&text=%E8%AB%8B").await;
    assert!(
        proposed.text.contains(&format!("value=\"{APP}\"")),
        "{}",
        proposed.text
    );
    let chips = dashboard.get(&format!("/activity?app={APP}")).await.text;
    assert!(chips.contains("請求 &#60;b&#62;"));
    // And forgotten.
    let form = "application=B6B84568-6C01-4981-A80F-09DA9A20BBED&name=+";
    let answer = dashboard.post("/settings/applications", form).await;
    assert_eq!(answer.header("location"), "/settings/applications?done=unnamed");
    assert!(users().await.contains(&APP.to_owned()));
    let page = dashboard.get("/activity?app=%E8%AB%8B%E6%B1%82").await;
    assert_eq!(page.texts("tr[data-record-id]").len(), 0);
}

#[tokio::test]
async fn applications_are_listed_with_numbers_and_one_row_for_all_notations() {
    let dashboard = dashboard().await;
    dashboard
        .post(
            "/settings/applications",
            "application=b6b84568-6c01-4981-a80f-09da9a20bbed&name=Billing",
        )
        .await;
    let page = dashboard.get("/settings/applications?done=named").await;
    assert_eq!(page.one("[role=status].banner"), "The application has its name.");
    assert_eq!(page.texts(".applications li").len(), 2);
    assert_eq!(
        page.attributes(".applications input[name=name]", "value"),
        ["Billing", ""]
    );
    let first = &page.texts(".applications li")[0];
    assert!(first.contains("2 activities"), "{first}");
    assert!(
        first.contains("Changed by 佐藤 花子, 20 Nov 2026, 12:00"),
        "{first}"
    );
    let second = page.attributes(".applications input[name=application]", "value");
    assert_eq!(second[1], "a\"p<p>");
}

#[tokio::test]
async fn names_that_cannot_be_are_refused_in_words_and_stay_in_the_form() {
    let dashboard = dashboard().await;
    let long: &'static str = Box::leak(format!("application={APP}&name={}", "x".repeat(81)).into_boxed_str());
    for (form, error) in [
        (long, "The name is longer than 80 characters. Shorten it."),
        (
            "application=b6b84568-6c01-4981-a80f-09da9a20bbed&name=a%07b",
            "The name has line breaks, control characters or nothing that can be seen. Type it again without them.",
        ),
    ] {
        let page = dashboard.post("/settings/applications", form).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert_eq!(page.one(".field-error"), error);
        assert_eq!(page.attributes("[aria-invalid=true]", "name"), ["name"]);
    }
    let unknown = dashboard
        .post("/settings/applications", "application=nobody&name=Somebody")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(dashboard.store.application_names().await.unwrap().names, []);
}

#[tokio::test]
async fn only_those_who_manage_name_applications() {
    let mut dashboard = dashboard().await;
    dashboard.role = Some("helpdesk_agent");
    let form = "application=b6b84568-6c01-4981-a80f-09da9a20bbed&name=Mine";
    for status in [
        dashboard.get("/settings/applications").await.status,
        dashboard.post("/settings/applications", form).await.status,
    ] {
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    assert_eq!(dashboard.store.application_names().await.unwrap().names, []);
    assert!(
        !dashboard
            .get("/activity")
            .await
            .text
            .contains("/settings/applications")
    );
}

#[tokio::test]
async fn exports_have_the_id_as_it_was_in_the_columns_that_others_rely_on() {
    let dashboard = dashboard().await;
    dashboard
        .post(
            "/settings/applications",
            "application=b6b84568-6c01-4981-a80f-09da9a20bbed&name=%3DBilling",
        )
        .await;
    let export = async |format, rows_are| {
        let form = exported::form(format, rows_are, Lang::En, chrono_tz::Tz::UTC);
        let all = Selection::everything(form.zone, now().date_naive());
        let chunks = exported::chunks(&dashboard.store, all, form).await;
        let text = String::from_utf8(chunks.concat()).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect());
        rows.collect::<Vec<Vec<String>>>()
    };
    for (format, rows_are, columns) in [
        (Format::Csv, Rows::Activities, 17),
        (Format::Csv, Rows::Items, 23),
        (Format::CsvPlain, Rows::Activities, 18),
    ] {
        let table = export(format, rows_are).await;
        assert!(table.iter().all(|row| row.len() == columns), "{}", table[0].len());
        assert!(table.iter().flatten().any(|cell| cell == APP));
        assert!(!table.iter().flatten().any(|cell| cell.contains("Billing")));
    }
}

#[tokio::test]
async fn a_name_that_another_process_gave_is_known_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.db");
    let (one, other) = (
        archive::open(&path).await.unwrap(),
        archive::open(&path).await.unwrap(),
    );
    use partnerlog::store::{Batch, Count, Source, Store as _};
    let account = one.account(crate::records::PARTNER, "Contoso").await.unwrap();
    let records = vec![
        record()
            .id("a-record-by-the-app-1")
            .with("applicationId", APP)
            .incoming(),
    ];
    one.append(Batch {
        account,
        source: Source::Collected,
        archived_at: now(),
        records,
    })
    .await
    .unwrap();
    let of_name = Selection::everything(chrono_tz::Tz::UTC, now().date_naive()).with(
        partnerlog::audit::selection::FilterKey::App,
        false,
        "billing",
    );
    assert_eq!(other.count(&of_name, 10).await.unwrap(), Count::Exactly(0));
    let change = |name: Option<&str>| ApplicationName {
        application: APP.to_uppercase(),
        name: name.map(str::to_owned),
        changed_by: "佐藤 花子".to_owned(),
        changed_at: now(),
    };
    assert!(one.name_application(&change(Some("Ｂilling job"))).await.unwrap());
    archive::until(async || other.count(&of_name, 10).await.unwrap() == Count::Exactly(1)).await;
    let named = other.application_names().await.unwrap();
    assert_eq!(named.names[0].application, APP);
    assert_eq!(named.names[0].changed_by, "佐藤 花子");
    assert!(other.name_application(&change(None)).await.unwrap());
    archive::until(async || one.count(&of_name, 10).await.unwrap() == Count::Exactly(0)).await;
    let after = one.application_names().await.unwrap();
    assert!(after.version > named.version);
    assert_eq!(after.names[0].name, None, "who took it away stays known");
}
