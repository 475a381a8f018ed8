//! The claims of an ID token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{App, jwt, users::User};

/// The ID token of a sign-in.
pub(super) fn issue(app: &App, user: &User, nonce: &str, sid: &str) -> String {
    jwt::issue(app, claims(app, user, nonce, sid), app.faults.take_id_token())
}

fn claims(app: &App, user: &User, nonce: &str, sid: &str) -> Map<String, Value> {
    let now = app.options.clock.now().timestamp();
    let client = &app.options.client_id;
    let mut claims = Map::new();
    let mut set = |claim: &str, value: Value| claims.insert(claim.to_owned(), value);
    set("ver", "2.0".into());
    set("iss", app.issuer.as_str().into());
    // Pairwise, as Entra's: another client sees another subject.
    set(
        "sub",
        BASE64
            .encode(Sha256::digest(format!("{client}\n{}", user.id)))
            .into(),
    );
    set("aud", client.as_str().into());
    set("iat", now.into());
    set("nbf", now.into());
    set("exp", (now + jwt::LIFETIME).into());
    set("tid", app.options.tenant_id.as_str().into());
    set("oid", user.id.as_str().into());
    set("name", user.name.as_str().into());
    set("preferred_username", user.preferred_username.as_str().into());
    set("nonce", nonce.into());
    set("sid", sid.into());
    set("uti", BASE64.encode(uuid::Uuid::new_v4().as_bytes()).into());
    set("wids", json!(user.wids));
    if !user.roles.is_empty() {
        set("roles", json!(user.roles));
    }
    if user.groups_overage {
        let old_graph = format!(
            "https://graph.windows.net/{}/users/{}/getMemberObjects",
            app.options.tenant_id, user.id
        );
        set("_claim_names", json!({"groups": "src1"}));
        set("_claim_sources", json!({"src1": {"endpoint": old_graph}}));
    } else {
        set("groups", json!(user.groups));
    }
    claims
}
