//! The pages around signing in, which have no session: words and markup only. When each is shown, with which
//! status, is decided where sign-in is done.

use askama::Template;

use super::PageContext;

/// The roles that may enter, as on Microsoft's page.
const ROLES: [&str; 6] =
    ["global_admin", "billing_admin", "user_management_admin", "admin_agent", "sales_agent", "helpdesk_agent"];

/// The page with the one button. `next` is the local path to come back to.
pub fn sign_in_page(ctx: &PageContext, next: &str) -> String {
    rendered(&SignInPage { ctx, start: start(next) })
}

/// Signed out here; `end_session_url` ends the provider's session as well, by a link and by itself.
pub fn signed_out(ctx: &PageContext, end_session_url: Option<&str>) -> String {
    rendered(&SignedOutPage { ctx, end_session_url })
}

/// How else a sign-in can end. `key` is the page's message key, such as `sign-in-declined`; `-title`, `-text`
/// and `-remedy` follow. Offers to begin again.
pub fn outcome(ctx: &PageContext, key: &str) -> String {
    let message = |part: &str| ctx.lang.try_t(&format!("{key}-{part}")).filter(|text| !text.is_empty());
    rendered(&OutcomePage {
        title: message("title").unwrap_or_else(|| ctx.t("sign-in-failed-title")),
        text: message("text").unwrap_or_else(|| ctx.t("sign-in-failed-text")),
        remedy: message("remedy"),
        roles: if key == "no-role" { ROLES.map(|role| ctx.t(&format!("role-{role}"))).to_vec() } else { Vec::new() },
        start: start("/activity"),
        ctx,
    })
}

fn start(next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/sign-in/start?{query}")
}

/// These templates have nothing in them that can fail.
fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignInPage<'a> {
    ctx: &'a PageContext,
    start: String,
}

#[derive(Template)]
#[template(path = "sign_in/signed_out.html")]
struct SignedOutPage<'a> {
    ctx: &'a PageContext,
    end_session_url: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in/outcome.html")]
struct OutcomePage<'a> {
    ctx: &'a PageContext,
    title: String,
    text: String,
    remedy: Option<String>,
    roles: Vec<String>,
    start: String,
}
