//! Sign-in against the stand-in of Entra that the demo uses, through its pages as a person would go.

use partnerlog::simulator::{
    faults::HttpFault,
    identity_provider::{
        ADMIN_AGENTS_GROUP, Endpoint, HELPDESK_AGENTS_GROUP, IdentityProvider, IdpOptions, JwtFault,
        KeysFault, SALES_AGENTS_GROUP, overage_user,
    },
};
use reqwest::Method;

use super::*;

struct Demo {
    provider: IdentityProvider,
    site: Site,
    clock: Clock,
}

impl Demo {
    async fn start() -> Self {
        let clock = Clock::fixed(DateTime::from_timestamp(1_790_000_000, 0).unwrap());
        let mut options = IdpOptions::new(clock.clone());
        options.users.push(overage_user());
        let provider = IdentityProvider::start(options).await.unwrap();
        let (client_id, client_secret) = provider.client();
        let one = |id: &str| vec![id.to_owned()];
        let settings = config::SignIn {
            issuer: provider.issuer().to_owned(),
            client_id: client_id.to_owned(),
            client_secret: Some(client_secret.to_owned().into()),
            session_idle: Duration::from_secs(3600),
            session_lifetime: Duration::from_secs(12 * 3600),
            graph_url: Some(provider.graph_url()),
            roles: config::Roles {
                global_admin: one("62e90394-69f5-4237-9190-012177145e10"),
                billing_admin: one("b0f54661-2d74-4c50-afa3-1ec803f12efe"),
                user_management_admin: one("fe930be7-5e62-47db-91af-98c3a49a38b1"),
                admin_agent: one(ADMIN_AGENTS_GROUP),
                sales_agent: one(SALES_AGENTS_GROUP),
                helpdesk_agent: one(HELPDESK_AGENTS_GROUP),
            },
        };
        let site = Site::serve(&settings, None, clock.clone()).await;
        provider.register_redirect_uri(&format!("{}/sign-in/callback", site.base));
        provider.register_post_logout_redirect_uri(&format!("{}/signed-out", site.base));
        provider.set_front_channel_logout_uri(&format!("{}/sign-out/front-channel", site.base));
        Self {
            provider,
            site,
            clock,
        }
    }

    /// A browser as the site and as the provider see it.
    fn browsers(&self) -> (Browser, Browser) {
        (Browser::new(&self.site.base), Browser::new(""))
    }

    /// From a protected page to the provider's, where `decision` is pressed, and back: the callback's answer.
    async fn press(&self, here: &mut Browser, there: &mut Browser, decision: (&str, &str)) -> Answer {
        let start = here.get("/activity").await.location().to_owned();
        let location = here.get(&start).await.location().to_owned();
        let page = there.get(&location).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let request = page
            .body
            .split("name=\"request\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let form = format!("request={request}&{}={}", decision.0, decision.1);
        let decided = there
            .submit(&format!("{}/authorize/decision", self.provider.issuer()), form)
            .await;
        self.back(here, &decided).await
    }

    async fn back(&self, here: &mut Browser, answer: &Answer) -> Answer {
        let callback = answer.location().strip_prefix(&self.site.base).unwrap();
        here.get(callback).await
    }

    async fn sign_in(&self) -> Answer {
        let (mut here, mut there) = self.browsers();
        let user = self.provider.users()[0].id.clone();
        self.press(&mut here, &mut there, ("user", &user)).await
    }
}

#[tokio::test]
async fn every_user_of_the_demo_enters_with_the_role_it_says() {
    let demo = Demo::start().await;
    let roles = [
        "[GlobalAdmin]",
        "[BillingAdmin]",
        "[UserManagementAdmin]",
        "[AdminAgent]",
        "[SalesAgent]",
        "[HelpdeskAgent]",
        "NoRole",
        "[AdminAgent]",
    ];
    assert_eq!(demo.provider.users().len(), roles.len());
    for (user, role) in demo.provider.users().iter().zip(roles) {
        let (mut here, mut there) = demo.browsers();
        let answer = demo.press(&mut here, &mut there, ("user", &user.id)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/activity"),
            "{}",
            answer.body
        );
        let page = here.get("/activity").await;
        assert_eq!(page.status.as_u16(), if role == "NoRole" { 403 } else { 200 });
        assert!(
            page.body.contains(role) && page.body.contains(&user.preferred_username),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn signing_out_ends_both_sessions_and_the_next_sign_in_asks_again() {
    let demo = Demo::start().await;
    let (mut here, mut there) = demo.browsers();
    let user = demo.provider.users()[3].id.clone();
    demo.press(&mut here, &mut there, ("user", &user)).await;
    assert_eq!(demo.provider.sessions().len(), 1);

    let answer = here.post("/sign-out").await;
    let end = answer
        .header("refresh")
        .strip_prefix("0;url=")
        .unwrap()
        .to_owned();
    let answer = there.get(&end).await;
    assert_eq!(demo.provider.sessions().len(), 0);
    assert!(
        answer.body.contains("/signed-out") || answer.location().ends_with("/signed-out"),
        "{}",
        answer.body
    );
    assert_eq!(here.get("/activity").await.status, 303);
    // `press` finds the provider's page rather than a silent way back.
    demo.press(&mut here, &mut there, ("user", &user)).await;
    assert_eq!(here.get("/activity").await.status, 200);
}

#[tokio::test]
async fn a_session_at_the_provider_signs_in_silently_and_ends_ours_when_it_ends() {
    let demo = Demo::start().await;
    let (mut here, mut there) = demo.browsers();
    let user = demo.provider.users()[4].id.clone();
    demo.press(&mut here, &mut there, ("user", &user)).await;
    let start = here.get("/sign-in/start").await;
    let silent = there.get(start.location()).await;
    assert_eq!(demo.back(&mut here, &silent).await.status, 303);

    let (sid, _) = demo.provider.sessions().remove(0);
    let frame = demo.provider.front_channel_logout_url(&sid).unwrap();
    assert_eq!(Browser::new("").get(&frame).await.status, 200);
    assert_eq!(here.get("/activity").await.status, 303);
    assert_eq!(demo.site.rows.session_count(), 0);
}

#[tokio::test]
async fn whoever_declines_at_the_provider_reads_so() {
    let demo = Demo::start().await;
    let (mut here, mut there) = demo.browsers();
    let answer = demo.press(&mut here, &mut there, ("cancel", "1")).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.starts_with("page sign-in-declined"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn forged_tokens_and_odd_keys_let_nobody_in_and_good_ones_do_afterwards() {
    let demo = Demo::start().await;
    for fault in [
        JwtFault::ForeignKey,
        JwtFault::EmbeddedKey,
        JwtFault::UnknownKid,
        JwtFault::AlgNone,
        JwtFault::Hs256WithClientSecret,
        JwtFault::BadSignature,
        JwtFault::Expired,
        JwtFault::NotYetValid,
        JwtFault::Without("nonce".to_owned()),
        JwtFault::Set("tid".to_owned(), "00000000-0000-4000-8000-000000000000".into()),
    ] {
        demo.provider.faults().next_id_token([fault.clone()]);
        let answer = demo.sign_in().await;
        assert_eq!(answer.status, 400, "{fault:?}");
        assert!(
            answer.body.starts_with("page sign-in-rejected"),
            "{fault:?}: {}",
            answer.body
        );
        assert_eq!(demo.site.rows.session_count(), 0);
    }
    assert!(demo.provider.faults().all_struck());
    demo.clock.set(demo.clock.now() + TimeDelta::minutes(1));
    demo.provider.rotate_keys();
    demo.provider.faults().set_keys(KeysFault::OddNeighbours);
    assert_eq!(demo.sign_in().await.status, 303);
}

#[tokio::test]
async fn keys_that_are_lost_for_a_while_are_found_again() {
    let demo = Demo::start().await;
    demo.provider.faults().set_keys(KeysFault::Empty);
    assert_eq!(demo.sign_in().await.status, 503);
    demo.provider.faults().clear();
    demo.clock.set(demo.clock.now() + TimeDelta::seconds(2));
    assert_eq!(demo.sign_in().await.status, 303);
    // Once known, the keys survive their loss at the provider.
    demo.provider.faults().set_keys(KeysFault::Empty);
    assert_eq!(demo.sign_in().await.status, 303);
}

#[tokio::test]
async fn disturbed_answers_end_in_a_page_and_leave_nothing_behind() {
    let demo = Demo::start().await;
    for fault in [
        HttpFault::CutBody,
        HttpFault::CutChunkedBody,
        HttpFault::Html,
        HttpFault::HugeBody(10 << 20),
        HttpFault::Redirect("http://127.0.0.1:9/".to_owned()),
        HttpFault::ContentType("text/html".to_owned()),
        HttpFault::Status(500),
    ] {
        demo.provider.faults().next(1, Endpoint::Token, fault.clone());
        let answer = demo.sign_in().await;
        assert_eq!(answer.status, 503, "{fault:?}: {}", answer.body);
        assert_eq!(demo.site.rows.session_count(), 0);
    }
    assert_eq!(demo.sign_in().await.status, 303);
    assert_eq!(
        Browser::new(&demo.site.base)
            .request(Method::HEAD, "/sign-in", &[])
            .await
            .status,
        200
    );
}
