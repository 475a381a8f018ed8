//! Consent on the page of partner accounts, over real HTTP, from the button to the collector.

use chrono::TimeDelta;
use partnerlog::{
    config,
    simulator::partner_center::{Fault, When},
};
use reqwest::Method;

use super::{KEY, OTHER_KEY, bytes, holds, keys};
use crate::support::{
    browser::{Answer, Browser},
    program::{Program, Setup},
};

/// By place in the provider's list.
pub const GLOBAL_ADMIN: usize = 0;
pub const HELPDESK: usize = 5;

pub async fn program_with(credentials: config::Credentials) -> Program {
    Program::start(Setup {
        credentials,
        ..Setup::default()
    })
    .await
}

pub async fn program() -> Program {
    program_with(keys(Some(KEY), None)).await
}

pub fn form(program: &Program) -> String {
    format!("tenant={}", program.partner_center.tenant().partner_id())
}

/// From the button to the authority, where the user accepts or not: the callback's path and query, not yet asked for.
pub async fn answered(program: &Program, browser: &mut Browser, accept: bool) -> String {
    let begun = browser.submit("/settings/accounts/consent", form(program)).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    let mut there = Browser::new("");
    let page = there.get(begun.location()).await;
    if page.status == 302 {
        return path(program, &page);
    }
    assert_eq!(page.status, 200, "{}", page.body);
    let request = page.body.split("name=\"request\" value=\"").nth(1).unwrap();
    let request = request.split('"').next().unwrap();
    let authority = program.partner_center.authority_url();
    let tenant = program.partner_center.tenant().partner_id();
    let decided = there
        .submit(
            &format!("{authority}/{tenant}/oauth2/v2.0/authorize/decision"),
            format!("request={request}&{}=1", if accept { "accept" } else { "cancel" }),
        )
        .await;
    path(program, &decided)
}

fn path(program: &Program, answer: &Answer) -> String {
    answer
        .location()
        .strip_prefix(&program.public_url)
        .unwrap_or_else(|| panic!("{}", answer.location()))
        .to_owned()
}

#[tokio::test]
async fn a_manager_consents_and_collecting_goes_on_with_it_without_a_restart() {
    let program = program().await;
    let mut browser = program.signed_in(GLOBAL_ADMIN).await;
    let before = browser.get("/settings/accounts").await;
    assert!(before.body.contains("App-only: the application alone"));
    assert!(before.body.contains(&format!(
        "{}/settings/accounts/consent/callback",
        program.public_url
    )));

    let callback = answered(&program, &mut browser, true).await;
    program.partner_center.log().clear();
    let done = browser.get(&callback).await;
    assert_eq!(
        (done.status.as_u16(), done.location()),
        (303, "/settings/accounts?connected=1"),
        "{}",
        done.body
    );
    let after = browser.get("/settings/accounts?connected=1").await;
    assert!(after.body.contains("Connected. The consent is stored sealed"));
    assert!(after.body.contains("App+User: on behalf of a user who consented"));
    assert!(after.body.contains("aiko.tanaka@contoso.example"));

    // The collector was woken, and asks with the consent: the code was redeemed, then the refresh token used.
    for _ in 0..200 {
        if program.partner_center.log().to("/auditrecords").len() > 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(program.partner_center.log().to("/oauth2/v2.0/token").len(), 2);
    let page = browser.get("/settings/accounts").await;
    assert!(!page.body.contains("class=\"banner error\""), "{}", page.body);

    // Nothing of it lies in the archive in the clear, nor on the page.
    let all = bytes(program.folder.path());
    assert!(!holds(&all, "refresh-") && !holds(&all, "aiko.tanaka"));
    assert!(!page.body.contains("refresh-") && !page.body.contains("stand-in-secret"));

    // Taken away again: App-only.
    let gone = browser
        .submit("/settings/accounts/consent/forget", form(&program))
        .await;
    assert_eq!(gone.location(), "/settings/accounts?disconnected=1");
    let page = browser.get("/settings/accounts").await;
    assert!(page.body.contains("App-only: the application alone"));
}

#[tokio::test]
async fn an_answer_counts_once_in_the_session_that_asked_and_for_ten_minutes() {
    let program = program().await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let mut other = program.signed_in(GLOBAL_ADMIN).await;
    let not_under_way = |answer: &Answer| {
        answer.status == 400
            && answer
                .body
                .contains("belongs to no consent that was begun in this session")
    };

    // Another manager's session, also with the right state; a made-up state; none; a repeated parameter.
    let callback = answered(&program, &mut manager, true).await;
    assert!(not_under_way(&other.get(&callback).await));
    let at = "/settings/accounts/consent/callback";
    for odd in [
        "?code=c&state=made-up",
        "?code=c",
        "",
        "?code=a&code=b&state=s",
        "?state=s",
    ] {
        assert!(not_under_way(&manager.get(&format!("{at}{odd}")).await), "{odd}");
    }
    let head = manager.request(Method::HEAD, &callback, &[]).await;
    assert_eq!(head.status, 405);
    // None of that used it up.
    assert_eq!(manager.get(&callback).await.status, 303);
    assert!(not_under_way(&manager.get(&callback).await), "twice");

    // Two tabs at once: one of them.
    let callback = answered(&program, &mut manager, true).await;
    let mut tab = program.browser();
    tab.cookies = manager.cookies.clone();
    let (one, two) = tokio::join!(manager.get(&callback), tab.get(&callback));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400]);

    let callback = answered(&program, &mut manager, true).await;
    program.clock.set(super::now() + TimeDelta::minutes(11));
    assert!(not_under_way(&manager.get(&callback).await), "too late");

    // A page that was refused leads nowhere near the answer again.
    let refused = manager.get(&format!("{at}?code=c0de&state=st4te")).await;
    assert!(!refused.body.contains("c0de") && !refused.body.contains("st4te"));
}

#[tokio::test]
async fn who_is_signed_out_or_may_not_manage_gets_nowhere() {
    let program = program().await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let callback = answered(&program, &mut manager, true).await;

    let mut nobody = program.browser();
    let sent = nobody.get(&callback).await;
    assert_eq!(sent.status, 303);
    assert_eq!(
        sent.location(),
        "/sign-in/start?next=%2Fsettings%2Faccounts",
        "the answer does not travel"
    );
    let mut reader = program.signed_in(HELPDESK).await;
    assert_eq!(reader.get(&callback).await.status, 403);
    for path in ["/settings/accounts/consent", "/settings/accounts/consent/forget"] {
        assert_eq!(reader.submit(path, form(&program)).await.status, 403, "{path}");
        let refused = nobody.submit(path, form(&program)).await;
        assert!(
            refused.status == 401 || refused.status == 403,
            "{path} {}",
            refused.status
        );
        // Another site's form, with the manager's cookies.
        let headers = [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://evil.example"),
        ];
        let refused = manager.request(Method::POST, path, &headers).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    let unknown = manager
        .submit(
            "/settings/accounts/consent",
            "tenant=11111111-0000-4000-8000-000000000000".to_owned(),
        )
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn signing_out_ends_a_consent_under_way() {
    let program = program().await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let callback = answered(&program, &mut manager, true).await;
    manager.post("/sign-out").await;
    let again = program
        .sign_in(
            &mut manager,
            "/sign-in/start?next=/settings/accounts",
            GLOBAL_ADMIN,
        )
        .await;
    assert_eq!(again.status, 303);
    assert_eq!(manager.get(&callback).await.status, 400);
}

#[tokio::test]
async fn each_refusal_becomes_a_page_with_its_remedy() {
    let program = program().await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let faults = program.partner_center.faults().clone();

    // The user declines.
    let callback = answered(&program, &mut manager, false).await;
    let page = manager.get(&callback).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("Consent was declined.") && page.body.contains("AADSTS65004"));
    assert!(page.body.contains("Connect the account again and accept."));

    // The authority refuses before the user sees anything, or when the code is redeemed.
    for (at, number, text, remedy) in [
        (
            When::authorize(),
            65_001,
            "Nobody has consented",
            "API permissions",
        ),
        (When::authorize(), 50_105, "not assigned", "Users and groups"),
        (When::authorize(), 53_003, "Conditional Access", "Sign-in logs"),
        (
            When::token(),
            7_000_222,
            "has expired",
            "Certificates &#38; secrets",
        ),
        (
            When::token(),
            50_076,
            "Multifactor authentication is demanded",
            "Security info",
        ),
        (
            When::token(),
            700_016,
            "no application of this client ID",
            "App registrations",
        ),
    ] {
        let page = if at_authorize(number) {
            faults.next(1, at, Fault::Refusal(number));
            let callback = answered(&program, &mut manager, true).await;
            manager.get(&callback).await
        } else {
            let callback = answered(&program, &mut manager, true).await;
            faults.next(1, at, Fault::Refusal(number));
            manager.get(&callback).await
        };
        assert_eq!(page.status, 403, "{number}");
        for expected in [text, remedy, &format!("AADSTS{number}")] {
            assert!(
                page.body.contains(expected),
                "{number}: {expected} in {}",
                page.body
            );
        }
    }

    for (fault, text) in [
        (
            Fault::OtherTenant,
            "The consent is for another tenant than the account",
        ),
        (Fault::NoRefreshToken, "Nobody has consented"),
    ] {
        let callback = answered(&program, &mut manager, true).await;
        faults.next(1, When::token(), fault);
        let page = manager.get(&callback).await;
        assert_eq!(page.status, 403);
        assert!(page.body.contains(text), "{}", page.body);
    }
    let page = manager.get("/settings/accounts").await;
    assert!(
        page.body.contains("App-only: the application alone"),
        "nothing was stored"
    );

    // In Japanese, too.
    let callback = answered(&program, &mut manager, false).await;
    manager.cookies.insert("lang".to_owned(), "ja".to_owned());
    let page = manager.get(&callback).await;
    assert!(page.body.contains("同意が拒否されました。"));
}

fn at_authorize(number: u32) -> bool {
    matches!(number, 65_001 | 50_105 | 53_003)
}

#[tokio::test]
async fn without_a_key_the_page_says_what_to_put_into_the_settings() {
    let program = program_with(config::Credentials::default()).await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let page = manager.get("/settings/accounts").await;
    assert!(page.body.contains("openssl rand -base64 32") && page.body.contains("key_secret"));
    assert!(!page.body.contains("Connect with consent</button>"));
    let refused = manager.submit("/settings/accounts/consent", form(&program)).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("The settings name no key"));
}

#[tokio::test]
async fn what_goes_wrong_later_is_said_where_it_is_mended() {
    let program = Program::start(Setup {
        credentials: keys(Some(OTHER_KEY), None),
        refresh_token: Some(super::FIRST.to_owned()),
        ..Setup::default()
    })
    .await;
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let page = manager.get("/settings/accounts").await;
    assert!(page.body.contains("App+User"));

    // Months without a collection, as a page sees them; the session is long over, so another one is begun.
    program.clock.set(super::now() + TimeDelta::days(61));
    let mut manager = program.signed_in(GLOBAL_ADMIN).await;
    let page = manager.get("/settings/accounts").await;
    assert!(page.body.contains("for more than 60 days"), "{}", page.body);

    // MFA is demanded from now on: the next collection runs into it.
    program
        .partner_center
        .faults()
        .always(When::token(), Fault::Refusal(50_076));
    manager.submit("/settings/accounts/collect", String::new()).await;
    let mut body = String::new();
    for _ in 0..200 {
        body = manager.get("/settings/accounts").await.body;
        if body.contains("AADSTS50076") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(body.contains("Multifactor authentication is demanded."), "{body}");
    assert!(body.contains("On the page Partner accounts choose Connect with consent"));
}
