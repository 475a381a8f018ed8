//! Export log over HTTP: every kind of file, what is noted of it, and who may have how many.

use std::io::Cursor;

use axum::body::Body;
use calamine::{Data, Reader as _, Xlsx};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use partnerlog::store::{ExportOutcome, NewApiToken, PastExport, Right, new_token_text, token_hash};
use sha2::{Digest as _, Sha256};

use super::super::records::record;
use crate::support::archive;
use crate::support::dashboard::{Answer, Dashboard, now};

const EVERYTHING: &str = "from=2026-08-01&to=2026-08-31&tz=Asia/Tokyo";

/// An order of two lines and a name that a spreadsheet could run.
async fn dashboard() -> Dashboard {
    let order = record()
        .id("partner_customer_createorder_1")
        .action("create_order")
        .with("resourceType", "order")
        .with(
            "resourceNewValue",
            r#"{"LineItems":[{"LineItemNumber":0,"FriendlyName":"=E3","Quantity":25},{"LineItemNumber":1,"FriendlyName":"E5","Quantity":3}]}"#,
        );
    let formula = record()
        .id("partner_customer_formula_000001")
        .with("customerName", "=HYPERLINK(\"http://x\")")
        .on("2026-08-02");
    Dashboard::with(&[order, formula]).await
}

async fn past(dashboard: &Dashboard) -> Vec<PastExport> {
    dashboard
        .state
        .exports
        .list()
        .exports(None, None, 100)
        .await
        .unwrap()
}

/// What is noted of the newest export, once it has ended.
async fn ended(dashboard: &Dashboard) -> PastExport {
    for _ in 0..1_000 {
        let newest = past(dashboard).await.remove(0);
        if newest.end.is_some() {
            return newest;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it was never noted how the export ended")
}

fn sheets(answer: &Answer) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(answer.bytes.clone())).unwrap();
    workbook
        .worksheets()
        .into_iter()
        .map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect()))
        .collect()
}

#[tokio::test]
async fn a_workbook_has_dates_and_numbers_and_no_formula() {
    let dashboard = dashboard().await;
    let answer = dashboard
        .get(&format!(
            "/activity/export?{EVERYTHING}&format=xlsx&rows=items&lang=ja"
        ))
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer
            .header("content-disposition")
            .contains("2026-08-01_2026-08-31_Asia-Tokyo.xlsx")
    );
    assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
    let all = sheets(&answer);
    let [(name, rows)] = &all[..] else {
        panic!("{} sheets", all.len())
    };
    assert_eq!(name, "アクティビティ ログ");
    assert_eq!(rows.len(), 4, "a header, a record without lines, and two lines");
    assert_eq!(rows[0].len(), 23);
    assert_eq!(rows[0][0], Data::String("日時 (Asia/Tokyo)".to_owned()));
    let Data::DateTime(date) = &rows[1][0] else {
        panic!("{:?}", rows[1][0])
    };
    assert_eq!(date.as_datetime().unwrap().to_string(), "2026-08-02 18:00:00");
    // A text is a text: Excel runs only what is a formula in the file.
    assert_eq!(rows[1][1], Data::String("=HYPERLINK(\"http://x\")".to_owned()));
    assert_eq!(rows[2][17], Data::Float(0.0));
    assert_eq!(rows[2][18], Data::String("=E3".to_owned()));
    assert_eq!(rows[2][21], Data::Float(25.0));
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(answer.bytes.clone())).unwrap();
    let formulas = workbook.worksheet_formula(name).unwrap();
    assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()));
}

#[tokio::test]
async fn columns_are_those_asked_for() {
    let dashboard = dashboard().await;
    let header = async |form: &str| {
        let file = dashboard
            .get(&format!("/activity/export?{EVERYTHING}&{form}"))
            .await;
        let text = file.text.trim_start_matches('\u{feff}').to_owned();
        let header = text.lines().next().unwrap().split(',').map(str::to_owned);
        header.collect::<Vec<_>>()
    };
    assert_eq!(
        header("columns=shown").await,
        [
            "Date-Time (Asia/Tokyo)",
            "Affected customer",
            "Action",
            "Partner user",
            "Details"
        ]
    );
    let without = header("columns=no-values").await;
    assert_eq!(without.len(), 14);
    assert!(!without.iter().any(|name| name.ends_with("value")));
    assert_eq!(header("columns=shown&rows=items").await.len(), 11);
    assert_eq!(
        header("columns=shown&format=csv-plain").await.len(),
        18,
        "for programs it is always whole"
    );
    let bad = dashboard
        .get(&format!("/activity/export?{EVERYTHING}&columns=1"))
        .await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    assert!(past(&dashboard).await.len() == 4, "what was refused is no export");
}

#[tokio::test]
async fn every_export_is_noted_with_what_was_sent() {
    let dashboard = dashboard().await;
    for (format, records, rows) in [
        ("csv", 2, 3),
        ("xlsx", 2, 3),
        ("csv-plain", 2, 3),
        ("ndjson", 2, 2),
    ] {
        let file = dashboard
            .get(&format!(
                "/activity/export?{EVERYTHING}&rows=items&format={format}"
            ))
            .await;
        let noted = ended(&dashboard).await;
        let end = noted.end.unwrap();
        assert_eq!(end.outcome, ExportOutcome::Whole);
        assert_eq!((end.records, end.rows), (records, rows), "{format}");
        assert_eq!(end.bytes, file.bytes.len() as u64);
        assert_eq!(end.sha256, <[u8; 32]>::from(Sha256::digest(&file.bytes)));
        assert_eq!(noted.name, "hanako.sato@partner.example");
        // By what was noted the same comes again.
        if format != "xlsx" {
            let again = dashboard.get(&format!("/activity/export?{}", noted.query)).await;
            assert_eq!(again.bytes, file.bytes);
        }
        let digest = dashboard.get(&format!("/exports/{}/sha256", noted.number)).await;
        let hex: String = end.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let disposition = file.header("content-disposition").to_owned();
        let name = disposition.split('"').nth(1).unwrap();
        assert_eq!(digest.text, format!("{hex}  {name}\n"));
    }
    let page = dashboard.get("/exports").await;
    assert_eq!(page.attributes("tr[data-export]", "data-export").len(), 7);
    assert_eq!(page.texts("tr[data-export] code.digest").len(), 7);
    assert!(page.text.contains("3 rows, "), "{}", page.text);
}

#[tokio::test]
async fn a_reader_who_goes_away_is_noted_as_such() {
    let dashboard = Dashboard::new().await;
    let documents: Vec<String> = (0..4_000)
        .map(|n| {
            record()
                .id(&format!("partner_customer_many_{n:06}"))
                .on("2026-08-03")
                .with("resourceNewValue", "x".repeat(2_000))
                .json()
        })
        .collect();
    dashboard.archive(&documents).await;
    let request = Request::get("/activity/export?from=2026-08-01&format=ndjson");
    let mut answer = dashboard.answer(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(
        answer.headers().get("content-length").is_none(),
        "nobody knows how long it is"
    );
    assert!(
        !answer
            .body_mut()
            .frame()
            .await
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap()
            .is_empty()
    );
    assert!(past(&dashboard).await[0].end.is_none());
    let page = dashboard.get("/exports").await;
    assert!(page.one("tr[data-export]").contains("Not ended yet"));
    drop(answer);
    let end = ended(&dashboard).await.end.unwrap();
    assert_eq!(end.outcome, ExportOutcome::Left);
    assert!((1..4_000).contains(&end.records), "{}", end.records);
    let page = dashboard.get("/exports").await;
    assert!(page.one("tr[data-export] .failed").contains("Broken off"));
    let number = past(&dashboard).await[0].number;
    let digest = dashboard.get(&format!("/exports/{number}/sha256")).await;
    assert_eq!(
        digest.status,
        StatusCode::NOT_FOUND,
        "of a part there is no checksum to check by"
    );
}

#[tokio::test]
async fn a_file_that_fails_midway_is_a_failed_download() {
    let dashboard = Dashboard::new().await;
    let documents: Vec<String> = (0..3_000)
        .map(|n| {
            record()
                .id(&format!("partner_customer_broken_{n:06}"))
                .on(&format!("2026-08-03T09:{:02}:{:02}.0000000Z", n / 60, n % 60))
                .json()
        })
        .collect();
    dashboard.archive(&documents).await;
    let archive = dashboard.state.exports.folder().join("archive.db");
    let sql = "UPDATE version SET document = ?1 WHERE seq = (SELECT version FROM record ORDER BY ticks LIMIT 1 OFFSET 1000)";
    assert_eq!(
        archive::with(&archive, |archive| archive.execute(sql, [[0; 1]])).unwrap(),
        1
    );
    for format in ["csv", "csv-plain", "ndjson"] {
        let request = Request::get(format!("/activity/export?from=2026-08-01&format={format}"));
        let answer = dashboard.answer(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK, "what is first is sound");
        assert!(answer.headers().get("content-length").is_none());
        assert!(answer.into_body().collect().await.is_err(), "{format}");
        let end = ended(&dashboard).await.end.unwrap();
        assert_eq!(end.outcome, ExportOutcome::Failed);
        assert!((1..2_000).contains(&end.records), "{}", end.records);
    }
    // A workbook is only sent when it is whole: until then there can be a page that says so.
    let answer = dashboard
        .get("/activity/export?from=2026-08-01&format=xlsx")
        .await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.one("h1"), "The archive does not answer");
    let left_behind = std::fs::read_dir(dashboard.state.exports.folder()).unwrap();
    let names = left_behind.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.into_iter().all(|name| name.starts_with("archive.db")));
    let page = dashboard.get("/exports?lang=ja").await;
    assert_eq!(page.texts("tr[data-export] .failed"), ["失敗"; 4]);
}

#[tokio::test]
async fn too_many_at_once_are_refused_with_words() {
    let dashboard = dashboard().await;
    let request = || {
        Request::get(format!("/activity/export?{EVERYTHING}"))
            .body(Body::empty())
            .unwrap()
    };
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(dashboard.answer(request()).await);
    }
    for (lang, words) in [
        ("en", "several exports under way"),
        ("ja", "エクスポートを複数実行しています"),
    ] {
        let refused = dashboard
            .get(&format!("/activity/export?{EVERYTHING}&lang={lang}"))
            .await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.header("retry-after"), "30");
        assert!(refused.one("h1").contains(words));
    }
    assert_eq!(past(&dashboard).await.len(), 4, "what was refused is no export");
    held.pop();
    assert_eq!(
        dashboard
            .get(&format!("/activity/export?{EVERYTHING}"))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn one_sees_ones_own_exports_and_who_manages_everybodys() {
    let mut dashboard = dashboard().await;
    let list = dashboard.state.exports.list();
    let other = partnerlog::store::NewExport {
        begun_at: now(),
        person: partnerlog::store::Person {
            tenant: "other".to_owned(),
            object: "somebody".to_owned(),
        },
        name: "<b>taro</b>".to_owned(),
        query: "from=2026-08-01&to=2026-08-02&tz=UTC&format=csv".to_owned(),
    };
    let number = list.begin_export(&other).await.unwrap();
    let end = partnerlog::store::ExportEnd {
        at: now(),
        outcome: ExportOutcome::Whole,
        records: 1,
        rows: 1,
        bytes: 10,
        sha256: [7; 32],
    };
    list.end_export(number, &end).await.unwrap();
    assert!(
        list.end_export(number, &end).await.is_err(),
        "what has ended stays as it is"
    );
    dashboard.get(&format!("/activity/export?{EVERYTHING}")).await;
    let page = dashboard.get("/exports").await;
    assert_eq!(page.attributes("tr[data-export]", "data-export"), ["2", "1"]);
    assert!(
        page.texts("tr[data-export] bdi")
            .contains(&"<b>taro</b>".to_owned())
    );
    let address = format!("/exports/{number}/sha256");
    assert_eq!(dashboard.get(&address).await.status, StatusCode::OK);
    dashboard.role = Some("helpdesk_agent");
    let page = dashboard.get("/exports").await;
    assert_eq!(page.attributes("tr[data-export]", "data-export"), ["2"]);
    assert!(!page.text.contains("taro"));
    assert_eq!(dashboard.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_large_selection_says_about_how_large_its_files_will_be() {
    let dashboard = Dashboard::new().await;
    let documents: Vec<String> = (0..10_000)
        .map(|n| {
            record()
                .id(&format!("partner_customer_large_{n:06}"))
                .on("2026-08-03")
                .json()
        })
        .collect();
    dashboard.archive(&documents).await;
    let page = dashboard.get("/activity?from=2026-08-01&to=2026-08-31").await;
    let ndjson = documents.iter().map(|document| document.len() + 1).sum::<usize>() / 1_000;
    let hint = page.one(".options .hint");
    assert!(hint.starts_with("About 10,000 rows: "), "{hint}");
    assert!(
        hint.contains(&format!("{},{:03} KB as NDJSON", ndjson / 1_000, ndjson % 1_000)),
        "{hint} {ndjson}"
    );
    let small = dashboard.get("/activity?from=2026-08-04&to=2026-08-31").await;
    assert!(small.texts(".options .hint").is_empty());
}

/// Makes a token of that right, for some customers.
async fn token(dashboard: &Dashboard, right: Right, customers: &[&str]) -> String {
    let text = new_token_text();
    let kept = NewApiToken {
        hash: token_hash(&text).unwrap(),
        name: "export".to_owned(),
        rights: vec![right],
        customers: customers.iter().map(|id| (*id).to_owned()).collect(),
        created_at: now(),
        created_by: String::new(),
        expires_at: None,
    };
    dashboard.state.tokens.add_token(&kept).await.unwrap();
    text
}

#[tokio::test]
async fn a_program_exports_with_a_token_that_may() {
    let mut dashboard = dashboard().await;
    let by_person = dashboard
        .get(&format!("/activity/export?{EVERYTHING}&format=ndjson"))
        .await;
    let may = token(&dashboard, Right::Export, &[]).await;
    let may_not = token(&dashboard, Right::Read, &[]).await;
    for (role, header, status) in [
        (None, may.as_str(), StatusCode::OK),
        (None, may_not.as_str(), StatusCode::FORBIDDEN),
        (
            None,
            "plog_0000000000000000000000000000000000000000000",
            StatusCode::UNAUTHORIZED,
        ),
        // A session does not help a token that may not.
        (Some("global_admin"), may_not.as_str(), StatusCode::FORBIDDEN),
    ] {
        dashboard.role = role;
        let header = format!("Bearer {header}");
        let address = format!("/activity/export?{EVERYTHING}&format=ndjson");
        let answer = dashboard.get_with(&address, &[("authorization", &header)]).await;
        assert_eq!(answer.status, status);
        match status {
            StatusCode::OK => assert_eq!(answer.bytes, by_person.bytes),
            _ => assert!(
                answer.header("content-type").starts_with("application/json"),
                "{}",
                answer.text
            ),
        }
    }
    // What a proxy in front leaves of a scheme of its own is no token: the session counts.
    let address = format!("/activity/export?{EVERYTHING}&format=ndjson");
    let proxied = [("authorization", "Basic eDp5")];
    assert_eq!(
        dashboard.get_with(&address, &proxied).await.status,
        StatusCode::OK
    );
    assert_eq!(ended(&dashboard).await.name, "hanako.sato@partner.example");
    let header = format!("Bearer {may}");
    dashboard.get_with(&address, &[("authorization", &header)]).await;
    let noted = ended(&dashboard).await;
    assert_eq!(
        (noted.person.tenant.as_str(), noted.name.as_str()),
        ("program", "token 1")
    );
    let accesses = dashboard.state.access.accesses(None, 1).await.unwrap();
    assert_eq!(
        (accesses[0].name.as_str(), accesses[0].action.as_str()),
        ("token 1", "export")
    );
    let bad = dashboard
        .get_with("/activity/export?from=nonsense", &[("authorization", &header)])
        .await;
    assert_eq!(
        (bad.status, bad.text.as_str()),
        (
            StatusCode::BAD_REQUEST,
            r#"{"message":"The request is invalid."}"#
        )
    );
}

#[tokio::test]
async fn a_token_for_some_customers_exports_nothing_of_others() {
    const OTHER: &str = "11111111-2222-4333-8444-555555555555";
    let named_like = record()
        .id("partner_customer_impostor_0001")
        .customer("99999999-2222-4333-8444-555555555555", OTHER);
    let own = record()
        .id("partner_customer_own_00000001")
        .customer(OTHER, "Other");
    let none = record().id("partner_customer_none_0000001").without("customerId");
    let dashboard = Dashboard::with(&[
        named_like,
        own,
        none,
        record().id("partner_customer_relecloud_001"),
    ])
    .await;
    let header = format!("Bearer {}", token(&dashboard, Right::Export, &[OTHER]).await);
    for more in [
        "",
        "&customer=rele",
        &format!("&customer={OTHER}"),
        "&-customer=rele",
    ] {
        for format in ["ndjson", "csv", "csv-plain", "xlsx"] {
            let address = format!("/activity/export?{EVERYTHING}&format={format}{more}");
            let answer = dashboard.get_with(&address, &[("authorization", &header)]).await;
            assert_eq!(answer.status, StatusCode::OK);
            let end = ended(&dashboard).await.end.unwrap();
            let expected = if more == "&customer=rele" { 0 } else { 1 };
            assert_eq!(end.records, expected, "{format}{more}");
            assert!(
                !answer.text.contains("impostor") && !answer.text.contains("relecloud"),
                "{format}{more}"
            );
        }
    }
}

#[tokio::test]
async fn who_only_looks_takes_nothing_away() {
    let dashboard = dashboard().await;
    let request = Request::head(format!("/activity/export?{EVERYTHING}&format=csv-plain"));
    let answer = dashboard.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.bytes.len()), (StatusCode::OK, 0));
    assert!(answer.header("content-disposition").starts_with("attachment"));
    assert!(past(&dashboard).await.is_empty());
    assert!(dashboard.state.access.accesses(None, 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_document_of_the_api_names_what_an_export_takes_and_gives() {
    let dashboard = dashboard().await;
    let token = token(&dashboard, Right::Export, &[]).await;
    let document: serde_json::Value =
        serde_json::to_value(partnerlog::api::document(partnerlog::i18n::Lang::En)).unwrap();
    let described = &document["paths"]["/activity/export"]["get"];
    let ask = async |query: String| {
        let request = Request::get(format!("/activity/export?{query}"))
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty());
        dashboard.send(request.unwrap()).await
    };
    for parameter in described["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        // Dates and a zone are named once.
        let rest = match name {
            "from" | "to" | "tz" => "",
            _ => EVERYTHING,
        };
        let schema = &parameter["schema"];
        let values = schema["enum"]
            .as_array()
            .or(schema["examples"].as_array())
            .cloned();
        for value in values.unwrap_or_default() {
            let answer = ask(format!("{rest}&{name}={}", value.as_str().unwrap())).await;
            assert_eq!(answer.status, StatusCode::OK, "{name} {value}");
            let kind = answer
                .header("content-type")
                .split(';')
                .next()
                .unwrap()
                .to_owned();
            assert!(
                described["responses"]["200"]["content"][&kind].is_object(),
                "{kind}"
            );
        }
        // Whatever it may be, it is read; filters take anything, and find nothing.
        let nonsense = ask(format!("{rest}&{name}=no%20such%20thing")).await;
        let expected = match name {
            "from" | "to" | "tz" | "format" | "rows" | "columns" => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        assert_eq!(nonsense.status, expected, "{name}");
    }
    for status in ["400", "401", "403", "429", "503"] {
        assert!(described["responses"][status].is_object(), "{status}");
    }
}
