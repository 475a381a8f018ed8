//! Saved views: what the archive promises of them, and the pages over real HTTP.

use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Utc};
use partnerlog::store::{Changed, Editor, MOST_VIEWS, NewView, Person, Saved, ViewChange, ViewId, Views};
use scraper::{Html, Selector};

use crate::support::archive;
use crate::{
    records::record,
    support::{
        browser::{Answer, Browser},
        program::{Program, now},
    },
};

/// Places in the provider's list of users.
const GLOBAL_ADMIN: usize = 0;
const SALES_AGENT: usize = 4;
const HELPDESK_AGENT: usize = 5;

/// Names that somebody gives to do harm, or because their language is like that.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; DROP TABLE saved_view; --",
    "{{ 7*7 }} ${7*7} { $n }",
    "\u{202e}gnp.exe\u{2066}",
    "%2e%2e/%00&amp;",
    "مرحبا بالعالم",
    "👩‍👩‍👧‍👦 失敗した操作",
];

async fn archive() -> (Arc<dyn Views>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = archive::open(&folder.path().join("archive.db")).await.unwrap();
    (Arc::new(store), folder)
}

fn person(tenant: &str, object: &str) -> Person {
    Person {
        tenant: tenant.to_owned(),
        object: object.to_owned(),
    }
}

fn hanako() -> Person {
    person("tenant", "hanako")
}

fn jiro() -> Person {
    person("tenant", "jiro")
}

fn editor(person: Person, manages: bool) -> Editor {
    Editor { person, manages }
}

fn view(name: &str, query: &str) -> NewView {
    NewView {
        name: name.to_owned(),
        query: query.to_owned(),
        span: None,
        shared: false,
        start: false,
        owner_name: "佐藤 花子".to_owned(),
        saved_at: Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap(),
    }
}

fn shared(name: &str) -> NewView {
    NewView {
        shared: true,
        ..view(name, "status=failed")
    }
}

async fn saved(views: &Arc<dyn Views>, owner: &Person, view: &NewView) -> ViewId {
    match views.save_view(owner, view, false).await.unwrap() {
        Saved::New(id) => id,
        other => panic!("{other:?}"),
    }
}

async fn names(views: &Arc<dyn Views>, reader: &Person) -> Vec<String> {
    let names = views.view_names(reader, 100).await.unwrap();
    names.into_iter().map(|view| view.name).collect()
}

#[tokio::test]
async fn a_view_comes_back_as_it_was_saved() {
    let (views, _folder) = archive().await;
    let new = NewView {
        span: Some("7".to_owned()),
        ..view("Failed", "status=failed&q=%E3%81%82")
    };
    let id = saved(&views, &hanako(), &new).await;
    let view = views.view(&hanako(), id).await.unwrap().unwrap();
    assert_eq!(
        (&*view.query, view.span.as_deref()),
        ("status=failed&q=%E3%81%82", Some("7"))
    );
    assert_eq!(
        (&*view.listed.name, &*view.listed.owner_name),
        ("Failed", "佐藤 花子")
    );
    assert_eq!(
        (view.listed.own, view.listed.shared, view.is_start),
        (true, false, false)
    );
    assert_eq!(view.saved_at, new.saved_at);
    assert_eq!(views.views(&hanako(), 10).await.unwrap(), [view]);
}

#[tokio::test]
async fn a_private_view_is_there_for_its_owner_alone() {
    let (views, _folder) = archive().await;
    let id = saved(&views, &hanako(), &view("Mine", "")).await;
    // Equal in one half of who they are, or in both put together.
    for other in [
        jiro(),
        person("other", "hanako"),
        person("tenant", "Hanako"),
        person("tenanthanako", ""),
    ] {
        assert_eq!(views.view(&other, id).await.unwrap(), None, "{other:?}");
        assert_eq!(views.view_names(&other, 100).await.unwrap(), []);
        assert_eq!(views.views(&other, 100).await.unwrap(), []);
        assert!(!views.set_start_view(&other, Some(id)).await.unwrap());
        assert_eq!(views.start_view(&other).await.unwrap(), None);
        for change in [
            ViewChange::Delete,
            ViewChange::Share(true),
            ViewChange::Rename("Taken over".to_owned()),
        ] {
            // Not even for those who manage: they do not see it.
            for manages in [false, true] {
                let changed = views
                    .change_view(&editor(other.clone(), manages), id, &change)
                    .await;
                assert_eq!(changed.unwrap(), Changed::Nothing, "{other:?} {change:?}");
            }
        }
    }
    assert_eq!(names(&views, &hanako()).await, ["Mine"]);
}

#[tokio::test]
async fn a_shared_view_is_seen_by_everybody_and_changed_by_its_owner_or_who_manages() {
    let (views, _folder) = archive().await;
    let id = saved(&views, &hanako(), &shared("Failed")).await;
    let seen = views.view(&jiro(), id).await.unwrap().unwrap();
    assert_eq!((seen.listed.own, seen.listed.shared), (false, true));
    let rename = ViewChange::Rename("Failures".to_owned());
    let by = async |person, manages, change: &ViewChange| {
        views
            .change_view(&editor(person, manages), id, change)
            .await
            .unwrap()
    };
    assert_eq!(by(jiro(), false, &rename).await, Changed::Nothing);
    assert_eq!(by(jiro(), false, &ViewChange::Delete).await, Changed::Nothing);
    assert_eq!(names(&views, &jiro()).await, ["Failed"]);
    assert_eq!(by(jiro(), true, &rename).await, Changed::Done);
    assert_eq!(names(&views, &hanako()).await, ["Failures"]);
    assert_eq!(
        by(hanako(), false, &ViewChange::Share(false)).await,
        Changed::Done
    );
    assert_eq!(names(&views, &jiro()).await, [""; 0]);
    assert_eq!(by(hanako(), false, &ViewChange::Share(true)).await, Changed::Done);
    assert_eq!(by(jiro(), true, &ViewChange::Delete).await, Changed::Done);
    assert_eq!(names(&views, &hanako()).await, [""; 0]);
    assert_eq!(by(hanako(), true, &rename).await, Changed::Nothing);
}

#[tokio::test]
async fn one_name_is_one_view_whatever_its_case_and_goes_only_when_that_is_said() {
    let (views, _folder) = archive().await;
    let id = saved(&views, &hanako(), &view("Ärger im März", "status=failed")).await;
    let other = view("ÄRGER IM MÄRZ", "status=succeeded");
    assert_eq!(
        views.save_view(&hanako(), &other, false).await.unwrap(),
        Saved::NameTaken(id)
    );
    assert_eq!(
        views.view(&hanako(), id).await.unwrap().unwrap().query,
        "status=failed"
    );
    assert_eq!(
        views.save_view(&hanako(), &other, true).await.unwrap(),
        Saved::Replaced(id)
    );
    let replaced = views.view(&hanako(), id).await.unwrap().unwrap();
    assert_eq!(
        (&*replaced.listed.name, &*replaced.query),
        ("ÄRGER IM MÄRZ", "status=succeeded")
    );
    assert_eq!(names(&views, &hanako()).await.len(), 1);
    // Somebody else's names are their own.
    assert!(matches!(
        views.save_view(&jiro(), &other, false).await.unwrap(),
        Saved::New(_)
    ));
    // Renaming to a name that is taken changes nothing; to its own in another case it does.
    let second = saved(&views, &hanako(), &view("Second", "")).await;
    let rename = |to: &str| ViewChange::Rename(to.to_owned());
    let by_hanako = editor(hanako(), false);
    assert_eq!(
        views
            .change_view(&by_hanako, second, &rename("ärger im märz"))
            .await
            .unwrap(),
        Changed::NameTaken
    );
    assert_eq!(
        views
            .change_view(&by_hanako, second, &rename("SECOND"))
            .await
            .unwrap(),
        Changed::Done
    );
    assert_eq!(names(&views, &hanako()).await, ["SECOND", "ÄRGER IM MÄRZ"]);
}

#[tokio::test]
async fn a_reader_begins_with_one_view_as_long_as_they_see_it() {
    let (views, _folder) = archive().await;
    let begins = async |reader: Person| {
        let view = views.start_view(&reader).await.unwrap();
        assert!(view.as_ref().is_none_or(|view| view.is_start));
        view.map(|view| view.listed.name)
    };
    assert_eq!(begins(hanako()).await, None);
    let first = NewView {
        start: true,
        ..shared("First")
    };
    let first = saved(&views, &hanako(), &first).await;
    assert_eq!(begins(hanako()).await.as_deref(), Some("First"));
    assert_eq!(begins(jiro()).await, None, "somebody else's start page is theirs");
    // Saving another one without that wish takes nothing away; choosing it does.
    let second = saved(&views, &hanako(), &view("Second", "")).await;
    assert_eq!(begins(hanako()).await.as_deref(), Some("First"));
    assert!(views.set_start_view(&hanako(), Some(second)).await.unwrap());
    assert_eq!(begins(hanako()).await.as_deref(), Some("Second"));
    let starts = views.views(&hanako(), 10).await.unwrap();
    assert_eq!(starts.iter().filter(|view| view.is_start).count(), 1);
    // A shared one of somebody else's, until it is shared no more.
    assert!(views.set_start_view(&jiro(), Some(first)).await.unwrap());
    assert_eq!(begins(jiro()).await.as_deref(), Some("First"));
    let owner = editor(hanako(), false);
    views
        .change_view(&owner, first, &ViewChange::Share(false))
        .await
        .unwrap();
    assert_eq!(begins(jiro()).await, None);
    views
        .change_view(&owner, second, &ViewChange::Delete)
        .await
        .unwrap();
    assert_eq!(begins(hanako()).await, None);
    // The number of what was deleted never means another view.
    let third = saved(&views, &hanako(), &view("Third", "")).await;
    assert!(third.0 > second.0);
    assert!(views.set_start_view(&hanako(), Some(third)).await.unwrap());
    assert!(views.set_start_view(&hanako(), None).await.unwrap());
    assert_eq!(begins(hanako()).await, None);
    assert!(!views.set_start_view(&hanako(), Some(ViewId(9999))).await.unwrap());
}

#[tokio::test]
async fn there_is_an_end_to_how_many_a_person_has_and_how_many_are_listed() {
    let (views, _folder) = archive().await;
    for n in 0..MOST_VIEWS {
        saved(&views, &hanako(), &shared(&format!("View {n:03}"))).await;
    }
    assert_eq!(
        views
            .save_view(&hanako(), &view("More", ""), false)
            .await
            .unwrap(),
        Saved::Full
    );
    assert!(matches!(
        views
            .save_view(&hanako(), &view("VIEW 007", ""), true)
            .await
            .unwrap(),
        Saved::Replaced(_)
    ));
    assert!(matches!(
        views.save_view(&jiro(), &view("More", ""), false).await.unwrap(),
        Saved::New(_)
    ));
    // Own ones all, others' as many as asked for, by name.
    let all = views.view_names(&jiro(), 3).await.unwrap();
    let all: Vec<_> = all.iter().map(|view| (&*view.name, view.own)).collect();
    assert_eq!(
        all,
        [
            ("More", true),
            ("View 000", false),
            ("View 001", false),
            ("View 002", false)
        ]
    );
    assert_eq!(views.views(&jiro(), 3).await.unwrap().len(), 4);
    assert_eq!(
        views.views(&hanako(), 3).await.unwrap().len(),
        MOST_VIEWS as usize
    );
}

#[tokio::test]
async fn of_two_who_save_the_same_name_at_once_one_is_told() {
    let (views, _folder) = archive().await;
    let together = (0..16).map(|n| {
        let views = Arc::clone(&views);
        tokio::spawn(async move {
            let new = NewView {
                start: true,
                ..view("Same", &format!("size={n}"))
            };
            views.save_view(&hanako(), &new, false).await.unwrap()
        })
    });
    let mut new = 0;
    for one in futures_util::future::join_all(together).await {
        match one.unwrap() {
            Saved::New(_) => new += 1,
            Saved::NameTaken(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(new, 1);
    assert_eq!(names(&views, &hanako()).await, ["Same"]);
    // Nor do two that share the last place both get in.
    for n in 1..MOST_VIEWS - 1 {
        saved(&views, &hanako(), &view(&format!("View {n}"), "")).await;
    }
    let last = ["one", "two", "three"].map(|name| {
        let views = Arc::clone(&views);
        tokio::spawn(async move { views.save_view(&hanako(), &view(name, ""), false).await.unwrap() })
    });
    let last = futures_util::future::join_all(last).await;
    let full = last.iter().filter(|one| matches!(one, Ok(Saved::Full))).count();
    assert_eq!(full, 2);
    assert_eq!(names(&views, &hanako()).await.len(), MOST_VIEWS as usize);
}

#[tokio::test]
async fn names_are_kept_to_the_byte_and_the_owners_bounded() {
    let (views, _folder) = archive().await;
    for name in HOSTILE {
        let id = saved(&views, &hanako(), &shared(name)).await;
        assert_eq!(views.view(&jiro(), id).await.unwrap().unwrap().listed.name, name);
    }
    let long = NewView {
        owner_name: "長".repeat(5000),
        ..view("Long", "")
    };
    let id = saved(&views, &hanako(), &long).await;
    let kept = views.view(&hanako(), id).await.unwrap().unwrap();
    assert_eq!(kept.listed.owner_name, "長".repeat(200));
    assert_eq!(names(&views, &hanako()).await.len(), HOSTILE.len() + 1);
}

// ---- Pages

async fn program() -> Program {
    Program::over(&[record().id("record-of-the-views").json()], now().date_naive()).await
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

async fn save(reader: &mut Browser, name: &str, query: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("name", name), ("query", query)];
    fields.extend_from_slice(more);
    reader.submit("/views", form(&fields)).await
}

async fn saves(reader: &mut Browser, name: &str, query: &str, more: &[(&str, &str)]) -> String {
    let answer = save(reader, name, query, more).await;
    assert_eq!(
        (answer.status.as_u16(), answer.location()),
        (303, "/views?done=saved"),
        "{}",
        answer.body
    );
    let list = reader.get("/views").await.body;
    let page = Html::parse_document(&list);
    let link = page
        .select(&Selector::parse(".view-list h3 a").unwrap())
        .find(|link| link.text().collect::<String>() == name.trim())
        .unwrap_or_else(|| panic!("{name} in {list}"));
    link.attr("href").unwrap().to_owned()
}

fn texts(answer: &Answer, selector: &str) -> Vec<String> {
    Html::parse_document(&answer.body)
        .select(&Selector::parse(selector).unwrap())
        .map(|element| element.text().collect::<Vec<_>>().join(""))
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn values(answer: &Answer, selector: &str, name: &str) -> Vec<String> {
    Html::parse_document(&answer.body)
        .select(&Selector::parse(selector).unwrap())
        .filter_map(|element| element.attr(name).map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_view_saved_from_the_log_leads_back_to_what_was_on_the_page() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let asked = "/activity?status=failed&customer=bri&size=25&lang=en&open=x&tz=Asia/Tokyo";
    let log = reader.get(asked).await;
    let query = values(&log, ".save-view input[name=query]", "value");
    assert_eq!(query, ["tz=Asia%2FTokyo&status=failed&customer=bri&size=25"]);
    let href = saves(&mut reader, "  Failed at Bri…  ", &query[0], &[]).await;
    let open = reader.get(&href).await;
    assert_eq!(
        (open.status.as_u16(), open.location()),
        (
            303,
            "/activity?tz=Asia%2FTokyo&status=failed&customer=bri&size=25"
        )
    );
    let log = reader.get("/activity").await;
    assert_eq!(texts(&log, ".views ul a"), ["Failed at Bri…"]);
    assert_eq!(values(&log, ".views ul a", "href"), [href]);
    // What the list says of it.
    let list = reader.get("/views?done=saved").await;
    assert_eq!(texts(&list, ".banner[role=status]"), ["The view is saved."]);
    assert_eq!(
        texts(&list, ".view-list .muted"),
        ["Last 30 days · Status: Failed · Customer: bri"]
    );
    assert!(
        reader
            .get("/views?done=<b>")
            .await
            .body
            .contains("<h1>Saved views")
    );
}

#[tokio::test]
async fn ranges_that_move_go_on_moving_and_fixed_ones_stay() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let log = reader.get("/activity?tz=UTC&from=2026-11-14").await;
    let offered: Vec<_> = values(&log, "#view-dates option", "value")
        .into_iter()
        .zip(texts(&log, "#view-dates option"))
        .collect();
    assert_eq!(
        offered,
        [
            ("7", "Last 7 days, moving along"),
            ("", "From 14 Nov 2026 until today"),
            ("fixed", "14 Nov 2026 – 20 Nov 2026, as they are"),
        ]
        .map(|(value, text)| (value.to_owned(), text.to_owned()))
    );
    let query = "from=2026-11-14&status=failed";
    let moving = saves(&mut reader, "Moving", query, &[("dates", "7")]).await;
    let since = saves(&mut reader, "Since", query, &[("dates", "")]).await;
    let fixed = saves(&mut reader, "Fixed", query, &[("dates", "fixed")]).await;
    let plain = saves(&mut reader, "Plain", "status=failed", &[]).await;
    let all = saves(&mut reader, "All", "from=&q=bri", &[]).await;
    program.clock.set(now() + TimeDelta::days(1));
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let address = async |reader: &mut Browser, href: &str| reader.get(href).await.location().to_owned();
    assert_eq!(
        address(&mut reader, &moving).await,
        "/activity?from=2026-11-15&status=failed"
    );
    // In a zone where it is the 22nd already.
    reader
        .cookies
        .insert("zone".to_owned(), "Pacific/Auckland".to_owned());
    assert_eq!(
        address(&mut reader, &moving).await,
        "/activity?from=2026-11-16&status=failed"
    );
    assert_eq!(
        address(&mut reader, &since).await,
        "/activity?from=2026-11-14&status=failed"
    );
    assert_eq!(
        address(&mut reader, &fixed).await,
        "/activity?from=2026-11-14&to=2026-11-20&status=failed"
    );
    assert_eq!(address(&mut reader, &plain).await, "/activity?status=failed");
    assert_eq!(address(&mut reader, &all).await, "/activity?from=&q=bri");
}

#[tokio::test]
async fn every_period_of_the_form_can_be_saved_as_one_that_moves() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let log = reader.get("/activity").await;
    let presets: Vec<_> = texts(&log, ".presets a")
        .into_iter()
        .zip(values(&log, ".presets a", "href"))
        .collect();
    assert_eq!(presets.len(), 7);
    for (label, href) in presets {
        let offered = texts(&reader.get(&href).await, "#view-dates option");
        match label.as_str() {
            "All" => assert_eq!(offered, [""; 0]),
            _ => assert!(
                offered.contains(&format!("{label}, moving along")),
                "{label}: {offered:?}"
            ),
        }
    }
}

#[tokio::test]
async fn what_is_private_and_what_is_shared_shows_in_every_page() {
    let program = program().await;
    let mut owner = program.signed_in(HELPDESK_AGENT).await;
    let mut other = program.signed_in(SALES_AGENT).await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let private = saves(&mut owner, "Only for me", "status=failed", &[]).await;
    let public = saves(&mut owner, "For everybody", "status=failed", &[("shared", "1")]).await;
    for reader in [&mut other, &mut manager] {
        let list = reader.get("/views").await;
        assert_eq!(texts(&list, ".view-list h3 a"), ["For everybody"]);
        assert!(!list.body.contains("Only for me"));
        let log = reader.get("/activity").await;
        assert!(log.body.contains("For everybody") && !log.body.contains("Only for me"));
        for path in ["", "/edit", "/delete"] {
            assert_eq!(reader.get(&format!("{private}{path}")).await.status, 404);
        }
        for what in ["rename", "share", "unshare", "delete", "start"] {
            let body = form(&[("what", what), ("name", "Mine now")]);
            let answer = reader.submit(&private, body).await;
            assert_eq!(answer.status, 404, "{what}");
            assert!(answer.body.contains("There is no such view"));
        }
        assert_eq!(reader.get(&public).await.status, 303);
    }
    for path in ["/edit", "/delete"] {
        assert_eq!(other.get(&format!("{public}{path}")).await.status, 403);
        assert_eq!(manager.get(&format!("{public}{path}")).await.status, 200);
    }
    for what in ["rename", "unshare", "delete"] {
        let body = form(&[("what", what), ("name", "Mine now")]);
        assert_eq!(other.submit(&public, body).await.status, 403, "{what}");
    }
    let body = form(&[("what", "delete")]);
    assert_eq!(
        manager.submit(&public, body).await.location(),
        "/views?done=deleted"
    );
    assert_eq!(
        texts(&owner.get("/views").await, ".view-list h3 a"),
        ["Only for me"]
    );
    for odd in ["/views/0", "/views/-1", "/views/x", "/views/99999999999999999999"] {
        assert_eq!(owner.get(odd).await.status, 404, "{odd}");
    }
}

#[tokio::test]
async fn saving_under_a_name_that_is_there_asks_first_and_then_replaces() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let href = saves(&mut reader, "Daily", "status=failed", &[]).await;
    let more = [("shared", "1"), ("dates", "fixed")];
    let asked = save(&mut reader, "DAILY", "status=succeeded", &more).await;
    assert_eq!(asked.status, 409);
    assert_eq!(texts(&asked, "h1"), ["Replace this view?"]);
    assert_eq!(
        texts(&asked, "#trouble"),
        ["You have a view named “DAILY”. Saving replaces what it shows; its link stays the same."]
    );
    // Everything typed is there again.
    assert_eq!(values(&asked, "input[name=query]", "value"), ["status=succeeded"]);
    assert_eq!(values(&asked, "input[name=shared]", "checked"), [""]);
    assert_eq!(values(&asked, "option[selected]", "value"), ["fixed"]);
    assert_eq!(values(&asked, "button[name=replace]", "value"), ["1"]);
    assert_eq!(
        reader.get(&href).await.location(),
        "/activity?status=failed",
        "nothing changed yet"
    );
    let replaced = save(&mut reader, "DAILY", "status=succeeded", &[("replace", "1")]).await;
    assert_eq!(replaced.location(), "/views?done=replaced");
    assert_eq!(reader.get(&href).await.location(), "/activity?status=succeeded");
}

#[tokio::test]
async fn what_cannot_be_saved_is_said_in_both_languages_and_nothing_is() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let long = "x".repeat(81);
    let filters = "user=".to_owned() + &"あ".repeat(500);
    for (name, query, dates, english, japanese) in [
        (
            " \t ",
            "",
            "",
            "Give the view a name.",
            "名前を入力してください。",
        ),
        (
            &*long,
            "",
            "",
            "longer than 80 characters",
            "80 文字を超えています",
        ),
        ("a\nb", "", "", "control characters", "制御文字"),
        ("a", "from=2026-13-45", "", "cannot be saved", "保存できません"),
        ("a", "", "forever", "cannot be saved", "保存できません"),
        ("a", &filters, "", "too many filters", "フィルターが多すぎる"),
    ] {
        for (lang, words) in [("en", english), ("ja", japanese)] {
            reader.cookies.insert("lang".to_owned(), lang.to_owned());
            let answer = save(&mut reader, name, query, &[("dates", dates)]).await;
            assert_eq!(answer.status, 400, "{name:?}");
            let said = texts(&answer, "#trouble");
            assert!(said[0].contains(words), "{name:?}: {said:?}");
        }
    }
    reader.cookies.insert("lang".to_owned(), "en".to_owned());
    let list = reader.get("/views").await;
    assert!(list.body.contains("You have no saved views yet."));
    assert!(list.body.contains("Nobody has shared a view with you."));
    assert_eq!(
        reader.submit("/views", "name=%ff%fe".to_owned()).await.status,
        303
    );
    assert_eq!(
        reader
            .submit("/views/1", form(&[("what", "explode")]))
            .await
            .status,
        400
    );
    // An address that was not understood is not offered to be saved.
    let log = reader.get("/activity?from=2026-13-45").await;
    assert_eq!(values(&log, ".save-view form", "action"), [""; 0]);
}

#[tokio::test]
async fn a_view_is_renamed_shared_and_deleted_after_asking() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let href = saves(&mut reader, "Before", "", &[]).await;
    saves(&mut reader, "Other", "", &[]).await;
    let change = async |reader: &mut Browser, fields: &[(&str, &str)]| {
        let answer = reader.submit(&href, form(fields)).await;
        (answer.status.as_u16(), answer.location().to_owned())
    };
    let to = |answer: &str| (303, format!("/views?done={answer}"));
    assert_eq!(
        change(&mut reader, &[("what", "rename"), ("name", " After ")]).await,
        to("renamed")
    );
    let refused = reader
        .submit(&href, form(&[("what", "rename"), ("name", "OTHER")]))
        .await;
    assert_eq!(refused.status, 409);
    assert_eq!(
        texts(&refused, ".banner.error"),
        ["There is another view named “OTHER”. Choose another name."]
    );
    assert_eq!(values(&refused, "#name", "value"), ["OTHER"]);
    assert_eq!(change(&mut reader, &[("what", "rename")]).await.0, 400);
    assert_eq!(change(&mut reader, &[("what", "share")]).await, to("shared"));
    assert_eq!(change(&mut reader, &[("what", "unshare")]).await, to("unshared"));
    let question = reader.get(&format!("{href}/delete")).await;
    assert_eq!(texts(&question, "main h2"), ["After"]);
    assert_eq!(
        texts(&reader.get("/views").await, ".view-list h3 a"),
        ["After", "Other"],
        "asking deletes nothing"
    );
    assert_eq!(change(&mut reader, &[("what", "delete")]).await, to("deleted"));
    assert_eq!(texts(&reader.get("/views").await, ".view-list h3 a"), ["Other"]);
    assert_eq!(reader.get(&href).await.status, 404);
}

#[tokio::test]
async fn a_start_page_is_where_the_root_and_signing_in_lead() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    assert_eq!(reader.get("/").await.location(), "/activity");
    let href = saves(&mut reader, "Mine", "status=failed", &[("start", "1")]).await;
    assert_eq!(reader.get("/").await.location(), "/activity?status=failed");
    // Signing in anew, without a page in mind: there; with one: to that.
    let mut again = program.browser();
    let entered = program
        .sign_in(&mut again, "/sign-in/start", HELPDESK_AGENT)
        .await;
    assert_eq!(entered.location(), "/activity?status=failed");
    let mut again = program.browser();
    let entered = program
        .sign_in(&mut again, "/sign-in/start?next=%2Fcoverage", HELPDESK_AGENT)
        .await;
    assert_eq!(entered.location(), "/coverage");
    // The log itself stays reachable, and others begin as they did.
    assert_eq!(reader.get("/activity").await.status, 200);
    let mut other = program.signed_in(SALES_AGENT).await;
    assert_eq!(other.get("/").await.location(), "/activity");
    assert_eq!(program.browser().get("/").await.location(), "/sign-in");
    let back = reader.submit(&href, form(&[("what", "no-start")])).await;
    assert_eq!(back.location(), "/views?done=no-start");
    assert_eq!(reader.get("/").await.location(), "/activity");
    reader.submit(&href, form(&[("what", "start")])).await;
    assert_eq!(reader.get("/").await.location(), "/activity?status=failed");
    reader.submit(&href, form(&[("what", "delete")])).await;
    assert_eq!(reader.get("/").await.location(), "/activity");
}

#[tokio::test]
async fn hostile_names_are_text_on_every_page() {
    let program = program().await;
    let mut owner = program.signed_in(HELPDESK_AGENT).await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    for name in HOSTILE {
        let query = form(&[("q", name), ("customer", name)]);
        let href = saves(&mut owner, name, &query, &[("shared", "1")]).await;
        let taken = save(&mut owner, name, &query, &[]).await;
        let pages = [
            owner.get("/views").await,
            owner.get("/activity").await,
            manager.get("/views").await,
            manager.get("/activity").await,
            manager.get(&format!("{href}/edit")).await,
            manager.get(&format!("{href}/delete")).await,
            taken,
        ];
        for page in pages {
            assert_eq!(texts(&page, "main script, main img"), [""; 0], "{name}");
            assert!(!page.body.contains("<script>alert"), "{name}");
        }
        let list = manager.get("/views").await;
        let shown: Vec<String> = Html::parse_document(&list.body)
            .select(&Selector::parse(".view-list h3 a bdi").unwrap())
            .map(|name| name.text().collect())
            .collect();
        assert!(shown.iter().any(|it| it == name), "{name:?} in {shown:?}");
        let to = owner.get(&href).await.location().to_owned();
        assert!(to.starts_with("/activity?q=") && to.is_ascii(), "{to}");
        assert_eq!(owner.get(&to).await.status, 200, "{to}");
    }
}

#[tokio::test]
async fn other_sites_save_nothing() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = reader
        .post_body("/views", &headers, form(&[("name", "x")]).into())
        .await;
    assert_eq!(answer.status, 403);
    assert!(
        reader
            .get("/views")
            .await
            .body
            .contains("You have no saved views yet.")
    );
}

#[tokio::test]
async fn keys_are_on_until_they_are_switched_off() {
    let program = program().await;
    let mut reader = program.signed_in(HELPDESK_AGENT).await;
    let page = reader.get("/settings").await;
    assert_eq!(values(&page, "html", "data-keys"), [""; 0]);
    assert_eq!(values(&page, "#keys-help", "aria-labelledby"), ["keys-title"]);
    let body = form(&[("lang", "en"), ("zone", ""), ("keys", "off")]);
    assert_eq!(reader.submit("/settings", body).await.status, 303);
    assert_eq!(reader.cookies.get("keys").map(String::as_str), Some("off"));
    let page = reader.get("/settings").await;
    assert_eq!(values(&page, "html", "data-keys"), ["off"]);
    assert_eq!(values(&page, "input[name=keys]", "checked"), [""]);
    assert_eq!(values(&page, "#keys-help", "id"), [""; 0]);
    let help = reader.get("/help/keyboard?lang=ja").await;
    assert_eq!(texts(&help, "h1"), ["キーボード ショートカット"]);
    assert!(help.body.contains("現在は無効になっています"));
    let body = form(&[("lang", "en"), ("zone", "")]);
    reader.submit("/settings", body).await;
    assert!(!reader.cookies.contains_key("keys"));
    assert_eq!(
        values(&reader.get("/settings").await, "html", "data-keys"),
        [""; 0]
    );
}
