//! The claims of an access token that an application gets for itself, as Entra's two versions have them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use serde_json::{Map, Value, json};

use super::{App, jwt, registered::Application};

/// The token with which `application` calls the API of the registered client.
pub(super) fn issue(app: &App, application: &Application) -> String {
    jwt::issue(app, claims(app, application), app.faults.take_access_token())
}

fn claims(app: &App, application: &Application) -> Map<String, Value> {
    let now = app.options.clock.now().timestamp();
    let tenant = &app.options.tenant_id;
    let api = &app.options.client_id;
    let mut claims = Map::new();
    let mut set = |claim: &str, value: Value| claims.insert(claim.to_owned(), value);
    if app.options.has_v1_access_tokens {
        set("ver", "1.0".into());
        set("iss", format!("https://sts.windows.net/{tenant}/").into());
        set("aud", format!("api://{api}").into());
        set("appid", application.client_id.as_str().into());
        set("appidacr", "1".into());
        set("idp", format!("https://sts.windows.net/{tenant}/").into());
    } else {
        set("ver", "2.0".into());
        set("iss", app.issuer.as_str().into());
        set("aud", api.as_str().into());
        set("azp", application.client_id.as_str().into());
        set("azpacr", "1".into());
    }
    set("iat", now.into());
    set("nbf", now.into());
    set("exp", (now + jwt::LIFETIME).into());
    set("tid", tenant.as_str().into());
    // An application is its own subject: that of its service principal.
    set("oid", application.object_id.as_str().into());
    set("sub", application.object_id.as_str().into());
    set("uti", BASE64.encode(uuid::Uuid::new_v4().as_bytes()).into());
    if !application.app_roles.is_empty() {
        set("roles", json!(application.app_roles));
    }
    claims
}
