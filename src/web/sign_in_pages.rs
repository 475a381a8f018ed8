//! The pages around signing in, which have no session: words and markup only. When each is shown, with which
//! status, is decided where sign-in is done.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, Uri};

use super::{PageContext, Viewer};
use crate::{
    clock::Clock,
    identity::{Role, SignInPage, SignInPages},
};

/// Renders what sign-in has to say.
pub struct Pages {
    pub clock: Clock,
    pub demo: bool,
}

impl SignInPages for Pages {
    fn render(&self, page: &SignInPage, headers: &HeaderMap) -> Response {
        // Where the language links lead: never back to a callback, whose answer counts once.
        let path = match page {
            SignInPage::SignIn { next } => format!("/sign-in?next={}", next.encoded()),
            SignInPage::SignedOut { .. } => "/signed-out".to_owned(),
            SignInPage::NoRole { .. } | SignInPage::MissingPermission { .. } => "/activity".to_owned(),
            _ => "/sign-in".to_owned(),
        };
        let uri = path
            .parse::<Uri>()
            .unwrap_or_else(|_| Uri::from_static("/sign-in"));
        let mut ctx = PageContext::read(&uri, headers, self.clock.now(), self.demo);
        let html = match page {
            SignInPage::SignIn { next } => rendered(&SignIn {
                start: start(next.encoded()),
                ctx: &ctx,
            }),
            SignInPage::SignedOut { end_session } => rendered(&SignedOut {
                ctx: &ctx,
                end_session_url: end_session.as_ref().map(|url| url.as_str()),
            }),
            other => {
                if let SignInPage::NoRole { name, username } = other {
                    let (name, username) = (name.clone(), username.clone());
                    ctx.viewer = Some(Viewer {
                        name,
                        username,
                        ..Viewer::default()
                    });
                }
                outcome(&ctx, other.key())
            }
        };
        Html(html).into_response()
    }
}

/// How else a sign-in can end: title, text and remedy under the page's message key. Offers to begin again.
fn outcome(ctx: &PageContext, key: &str) -> String {
    let message = |part: &str| {
        ctx.lang
            .try_t(&format!("{key}-{part}"))
            .filter(|text| !text.is_empty())
    };
    rendered(&Outcome {
        title: message("title").unwrap_or_else(|| ctx.t("sign-in-failed-title")),
        text: message("text").unwrap_or_else(|| ctx.t("sign-in-failed-text")),
        remedy: message("remedy"),
        roles: match key {
            "no-role" => Role::ALL.iter().map(|role| ctx.role(role.key())).collect(),
            _ => Vec::new(),
        },
        // Signing in again would lead back here: somebody without a role needs another account, and somebody who
        // may do less the log.
        signed_in: ctx.viewer.is_some(),
        start: (key != "missing-permission").then(|| start("/activity")),
        ctx,
    })
}

/// `next` percent-encoded.
fn start(next: impl std::fmt::Display) -> String {
    format!("/sign-in/start?next={next}")
}

/// These templates have nothing in them that can fail.
fn rendered(page: &impl Template) -> String {
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "sign_in/sign_in.html")]
struct SignIn<'a> {
    ctx: &'a PageContext,
    start: String,
}

#[derive(Template)]
#[template(path = "sign_in/signed_out.html")]
struct SignedOut<'a> {
    ctx: &'a PageContext,
    end_session_url: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "sign_in/outcome.html")]
struct Outcome<'a> {
    ctx: &'a PageContext,
    title: String,
    text: String,
    remedy: Option<String>,
    roles: Vec<String>,
    signed_in: bool,
    start: Option<String>,
}
