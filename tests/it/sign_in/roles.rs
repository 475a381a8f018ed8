//! Who may do what.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::*;

const ROLES: [(&str, &str, &str, bool); 6] = [
    (
        "GlobalAdmin",
        "wids",
        "62e90394-69f5-4237-9190-012177145e10",
        true,
    ),
    (
        "BillingAdmin",
        "wids",
        "b0f54661-2d74-4c50-afa3-1ec803f12efe",
        false,
    ),
    (
        "UserManagementAdmin",
        "wids",
        "fe930be7-5e62-47db-91af-98c3a49a38b1",
        false,
    ),
    ("AdminAgent", "groups", ADMIN_AGENTS, true),
    (
        "SalesAgent",
        "groups",
        "0a1b2c3d-0000-4000-8000-00000000000b",
        false,
    ),
    ("HelpdeskAgent", "roles", "Helpdesk.Agent", false),
];

fn claim(world: &World, claims: Value) {
    world.provider.change_claims(move |it| {
        it["wids"] = Value::Null;
        for (name, value) in claims.as_object().unwrap() {
            it[name] = value.clone();
        }
    });
}

#[tokio::test]
async fn each_role_may_view_and_export_and_two_may_manage() {
    let world = World::new().await;
    for (role, name, id, manages) in ROLES {
        claim(&world, json!({ name: ["x", id] }));
        let mut browser = world.signed_in().await;
        let page = browser.get("/activity").await;
        assert!(page.body.ends_with(&format!("[{role}]")), "{}", page.body);
        assert_eq!(browser.get("/export").await.status, 200);
        let managing = browser.get("/manage").await;
        if manages {
            assert_eq!(managing.status, 200);
        } else {
            assert_eq!(managing.status, 403, "{role}");
            assert!(
                managing.body.starts_with("page missing-permission: "),
                "{}",
                managing.body
            );
            assert!(
                managing.body.contains("Manage") && managing.body.contains(role),
                "{}",
                managing.body
            );
        }
    }
}

#[tokio::test]
async fn without_a_role_every_page_says_so() {
    let world = World::new().await;
    for claims in [
        json!({}),
        // Helpdesk Administrator and the mark of every member are not roles of ours.
        json!({"wids": ["729827e3-9c14-49f7-bb1b-9608f156bbb8", "b79fbf4d-3ef9-4689-8143-76b194e85509"]}),
        json!({"groups": ADMIN_AGENTS}),
        json!({"roles": {"0": "Helpdesk.Agent"}, "wids": "62e90394-69f5-4237-9190-012177145e10"}),
        json!({"groups": [{"id": ADMIN_AGENTS}]}),
        json!({"groups": ["Helpdesk.Agent "], "email": "admin@contoso.example", "upn": "root"}),
    ] {
        claim(&world, claims);
        let mut browser = world.signed_in().await;
        for path in ["/activity", "/export", "/manage"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, 403);
            assert!(answer.body.starts_with("page no-role: "), "{}", answer.body);
            assert!(answer.body.contains("ann@contoso.example"), "{}", answer.body);
        }
        assert_eq!(browser.post("/change").await.status, 403);
    }
}

#[tokio::test]
async fn groups_left_out_of_the_token_are_asked_of_graph_in_batches() {
    let many: Vec<String> = (0..45)
        .map(|n| format!("0a1b2c3d-0000-4000-9000-{n:012}"))
        .collect();
    let sales = many.clone();
    let world = World::with(&format!("/{TENANT}/v2.0"), None, |it| {
        it.roles.sales_agent = sales
    })
    .await;
    let evil = json!({"groups": "src1"});
    claim(
        &world,
        json!({
            "_claim_names": evil,
            "_claim_sources": {"src1": {"endpoint": "http://127.0.0.1:9/evil"}},
        }),
    );
    world.provider.set().graph_groups = vec![many[44].clone(), "not asked for".to_owned()];
    let mut browser = world.signed_in().await;
    assert!(browser.get("/activity").await.body.ends_with("[SalesAgent]"));
    let asked = world.provider.seen.lock().unwrap().graph.clone();
    assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 6]);
    // Neither template ids nor app roles are groups.
    assert!(
        asked
            .concat()
            .iter()
            .all(|id| id == ADMIN_AGENTS || many.contains(id))
    );
}

#[tokio::test]
async fn groups_that_graph_does_not_tell_grant_nothing() {
    let world = World::new().await;
    claim(&world, json!({"_claim_names": {"groups": "src1"}}));
    world.provider.set().graph_groups = vec![ADMIN_AGENTS.to_owned()];
    for (status, page_status, key) in [
        (StatusCode::FORBIDDEN, 403, "sign-in-overage"),
        (StatusCode::UNAUTHORIZED, 403, "sign-in-overage"),
        (StatusCode::INTERNAL_SERVER_ERROR, 503, "sign-in-unavailable"),
        (StatusCode::FOUND, 503, "sign-in-unavailable"),
    ] {
        world.provider.set().graph_status = status;
        let answer = world.sign_in(&mut world.browser()).await;
        world.assert_refused(&answer, page_status, key);
    }
    // A role that the token itself grants does not hang on Graph; the one that Graph would grant is missing.
    claim(&world, json!({"hasgroups": true, "roles": ["Helpdesk.Agent"]}));
    let mut browser = world.signed_in().await;
    assert!(browser.get("/activity").await.body.ends_with("[HelpdeskAgent]"));
}

#[tokio::test]
async fn without_an_address_of_graph_overage_is_a_page_of_its_own() {
    let world = World::with(&format!("/{TENANT}/v2.0"), None, |it| it.graph_url = None).await;
    claim(&world, json!({"_claim_names": {"groups": "src1"}}));
    let answer = world.sign_in(&mut world.browser()).await;
    world.assert_refused(&answer, 403, "sign-in-overage");
}

#[tokio::test]
async fn names_of_any_length_and_kind_are_bearable() {
    let world = World::new().await;
    for name in [
        json!("ん".repeat(20_000)),
        json!(["x"]),
        json!({"a": 1}),
        json!("\u{0}\u{202e}\r\n"),
        json!(null),
    ] {
        world.provider.change_claims(move |claims| {
            claims["name"] = name.clone();
            claims["preferred_username"] = name.clone();
            claims["login_hint"] = name.clone();
        });
        let mut browser = world.signed_in().await;
        let answer = browser.get("/activity").await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.len() < 2000);
        assert_eq!(browser.post("/sign-out").await.status, 200);
    }
}
