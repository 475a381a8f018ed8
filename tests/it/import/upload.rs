//! The pages over real HTTP: whose files they take, and what becomes of those.

use std::time::Duration;

use tokio::{io::AsyncReadExt as _, io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    records::record,
    support::{
        browser::{Answer, Browser},
        program::{Program, Setup},
    },
};

/// Places in the provider's list of users.
const MANAGER: usize = 0;

const BORDER: &str = "----partnerlog";

fn form(name: &str, content: &str) -> Vec<u8> {
    format!(
        "--{BORDER}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--{BORDER}--\r\n"
    )
    .into_bytes()
}

fn kind() -> String {
    format!("multipart/form-data; boundary={BORDER}")
}

async fn send(browser: &mut Browser, name: &str, content: &str) -> Answer {
    let kind = kind();
    let headers = [("content-type", kind.as_str()), ("sec-fetch-site", "same-origin")];
    browser
        .post_body("/settings/import/upload", &headers, form(name, content))
        .await
}

/// The page of an upload once nothing is under way any more.
async fn settled(browser: &mut Browser, address: &str) -> String {
    for _ in 0..200 {
        let page = browser.get(address).await;
        assert_eq!(page.status, 200, "{}", page.body);
        if !page.body.contains("data-poll") {
            return page.body;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{address} never ends");
}

/// Somebody of a role, by its part of the users' list.
async fn reader_without_right(program: &Program) -> Browser {
    let users = program.provider.users();
    for user in 0..users.len() {
        let mut browser = program.browser();
        let answer = program.sign_in(&mut browser, "/sign-in/start", user).await;
        if answer.status == 303 && browser.get("/settings/import").await.status == 403 {
            return browser;
        }
    }
    panic!("everybody manages");
}

#[tokio::test]
async fn a_file_is_looked_at_first_and_imported_when_that_is_said() {
    let program = Program::start(Setup::default()).await;
    let mut browser = program.signed_in(MANAGER).await;
    let start = browser.get("/settings/import").await;
    assert!(start.body.contains("Nothing was imported yet"));

    let file = format!(
        "{}\nnonsense <b>\n",
        record().id("partner_customer_update_1").json()
    );
    let sent = send(&mut browser, "old \"log\" <i>.json", &file).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let address = sent.location().to_owned();
    assert!(address.len() > "/settings/import/".len() + 30, "{address}");
    let report = settled(&mut browser, &address).await;
    assert!(report.contains("What importing would do"), "{report}");
    assert!(
        report.contains("not a JSON object") && report.contains("Line 2:"),
        "{report}"
    );
    assert!(!report.contains("<i>"));
    let record_page = "/activity/partner_customer_update_1";
    assert_eq!(browser.get(record_page).await.status, 404);

    let said = browser.submit(&address, "action=import".to_owned()).await;
    assert_eq!((said.status.as_u16(), said.location()), (303, &*address));
    let result = settled(&mut browser, &address).await;
    assert!(result.contains("Imported as new"), "{result}");
    let page = browser.get(record_page).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Imported from old "), "{}", page.body);
    let page = browser.get(&format!("{record_page}?lang=ja")).await;
    assert!(page.body.contains("からインポート"), "{}", page.body);

    let start = browser.get("/settings/import?lang=en").await;
    assert!(
        start.body.contains("Finished") && start.body.contains("SHA-256"),
        "{}",
        start.body
    );
    // Once imported, the file is gone: nothing more can be decided about it.
    browser.submit(&address, "action=import".to_owned()).await;
    assert!(settled(&mut browser, &address).await.contains("Imported as new"));
}

#[tokio::test]
async fn questions_are_asked_on_the_page() {
    let program = Program::start(Setup::default()).await;
    let mut browser = program.signed_in(MANAGER).await;
    let file = "Date-Time,Affected customer,Action,Partner user\n1/2/2026 9:00:00 AM,Relecloud,Created an order,b@c\n";
    let sent = send(&mut browser, "log.csv", file).await;
    let address = sent.location().to_owned();
    let page = settled(&mut browser, &address).await;
    assert!(
        page.contains("1/2/2026 9:00:00 AM") && page.contains("value=\"day-first\""),
        "{page}"
    );
    assert!(
        !page.contains("value=\"import\""),
        "nothing can be imported yet: {page}"
    );
    for wrong in [
        "action=check&dates=sideways",
        "action=check&zone=Mars/Base",
        "action=check&account=nobody",
        "action=explode",
    ] {
        assert_eq!(
            browser.submit(&address, wrong.to_owned()).await.status,
            400,
            "{wrong}"
        );
    }
    browser
        .submit(&address, "action=check&dates=day-first&zone=".to_owned())
        .await;
    let page = settled(&mut browser, &address).await;
    assert!(
        page.contains("read as UTC") && page.contains("value=\"import\""),
        "{page}"
    );
    browser
        .submit(
            &address,
            "action=import&dates=day-first&zone=Asia%2FTokyo".to_owned(),
        )
        .await;
    // Nobody has seen yet what that would do.
    let page = settled(&mut browser, &address).await;
    assert!(
        page.contains("You changed an answer") && page.contains("read as Asia/Tokyo"),
        "{page}"
    );
    browser
        .submit(
            &address,
            "action=import&dates=day-first&zone=Asia%2FTokyo".to_owned(),
        )
        .await;
    assert!(settled(&mut browser, &address).await.contains("Imported as new"));
    let log = browser.get("/activity?from=2026-02-01&to=2026-02-01").await;
    assert!(log.body.contains("2026-02-01T00:00:00"), "{}", log.body);
}

#[tokio::test]
async fn only_managers_get_in_and_each_sees_their_own() {
    let program = Program::start(Setup::default()).await;
    let mut nobody = program.browser();
    assert_eq!(send(&mut nobody, "a.json", "{}").await.status, 401);
    assert_eq!(nobody.get("/settings/import").await.status, 303);
    let mut reader = reader_without_right(&program).await;
    assert_eq!(send(&mut reader, "a.json", "{}").await.status, 403);

    let mut manager = program.signed_in(MANAGER).await;
    let kind = kind();
    let cross = [("content-type", kind.as_str()), ("sec-fetch-site", "cross-site")];
    let refused = manager
        .post_body("/settings/import/upload", &cross, form("a.json", "{}"))
        .await;
    assert_eq!(refused.status, 403);

    let sent = send(&mut manager, "a.json", &record().json()).await;
    let address = sent.location().to_owned();
    settled(&mut manager, &address).await;
    assert_eq!(reader.get(&address).await.status, 403);
    assert_eq!(nobody.get(&address).await.status, 303);
    for wrong in [
        "/settings/import/0",
        "/settings/import/..%2f..%2fetc",
        "/settings/import/upload",
    ] {
        let status = manager.get(wrong).await.status.as_u16();
        assert!([404, 405].contains(&status), "{wrong} {status}");
    }
    // A file that is thrown away is gone.
    assert_eq!(
        manager
            .submit(&address, "action=discard".to_owned())
            .await
            .location(),
        "/settings/import"
    );
    assert_eq!(manager.get(&address).await.status, 404);
}

#[tokio::test]
async fn what_is_no_file_is_said() {
    let program = Program::start(Setup::default()).await;
    let mut browser = program.signed_in(MANAGER).await;
    for (body, content_type) in [
        (form("", ""), kind()),
        (
            b"action=x".to_vec(),
            "application/x-www-form-urlencoded".to_owned(),
        ),
        (Vec::new(), kind()),
        (b"--nothing".to_vec(), kind()),
        (
            format!(
                "--{BORDER}\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--{BORDER}--\r\n"
            )
            .into_bytes(),
            kind(),
        ),
    ] {
        let headers = [
            ("content-type", content_type.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = browser.post_body("/settings/import/upload", &headers, body).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        assert!(answer.body.contains("role=\"alert\""), "{}", answer.body);
    }
    let sent = send(&mut browser, "picture.png", "\u{89}PNG\r\n\u{1a}\n\0\0").await;
    let page = settled(&mut browser, sent.location()).await;
    assert!(
        page.contains("neither NDJSON") && page.contains("Nothing was changed"),
        "{page}"
    );
}

/// The head of an upload by this browser; nothing of its body.
fn head(browser: &Browser, program: &Program, length: u64) -> String {
    let cookies: Vec<_> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!(
        "POST /settings/import/upload HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: {}\r\nContent-Length: {length}\r\n\r\n",
        program.address,
        cookies.join("; "),
        kind()
    )
}

#[tokio::test]
async fn an_upload_at_a_time_and_one_that_breaks_off_leaves_nothing() {
    let program = Program::start(Setup::default()).await;
    let mut browser = program.signed_in(MANAGER).await;
    let mut first = TcpStream::connect(program.address).await.unwrap();
    first
        .write_all(head(&browser, &program, 3_000_000_000).as_bytes())
        .await
        .unwrap();
    let begun = form("large.json", "{}\n");
    first.write_all(&begun[..begun.len() - 20]).await.unwrap();
    // Larger than any other request may be, and longer than any may take.
    for _ in 0..20 {
        first.write_all(&vec![b' '; 100_000]).await.unwrap();
    }
    // Whichever arrives first has the place: the other one waits until this one is there.
    for attempt in 0.. {
        let page = browser.get("/settings/import").await;
        if page.body.contains("still here") {
            break;
        }
        assert!(attempt < 200, "the upload never arrives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sent = send(&mut browser, "b.json", &record().json()).await;
    assert_eq!(sent.status, 409, "two uploads of one user at once");
    drop(first);
    for attempt in 0.. {
        let sent = send(&mut browser, "b.json", &record().json()).await;
        if sent.status == 303 {
            settled(&mut browser, sent.location()).await;
            break;
        }
        assert!(attempt < 100, "the place is never given back: {}", sent.status);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let page = browser.get("/settings/import").await;
    assert!(page.body.contains("Nothing was imported yet"));
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    let program = Program::start(Setup::default()).await;
    let browser = program.signed_in(MANAGER).await;
    let mut socket = TcpStream::connect(program.address).await.unwrap();
    let large = (4_u64 << 30) + (1 << 20);
    socket
        .write_all(head(&browser, &program, large).as_bytes())
        .await
        .unwrap();
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(Duration::from_secs(20), socket.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}
