//! The provider's own pages, in English and Japanese. Server-rendered, without scripts.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::users::User;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Language {
    English,
    Japanese,
}

impl Language {
    /// The first of the two that `ui_locales` or the browser names.
    pub(in crate::simulator) fn of(ui_locales: Option<&str>, headers: &HeaderMap) -> Self {
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        let wishes = ui_locales
            .unwrap_or_default()
            .split(' ')
            .chain(accepted.unwrap_or_default().split(','));
        for wish in wishes {
            match wish.trim().get(..2).map(str::to_ascii_lowercase).as_deref() {
                Some("ja") => return Self::Japanese,
                Some("en") => return Self::English,
                _ => {}
            }
        }
        Self::English
    }

    fn choose<'a>(self, english: &'a str, japanese: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::Japanese => japanese,
        }
    }
}

pub(in crate::simulator) const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f3f4f6;--card:#fff;--ink:#1b1f24;--quiet:#555c66;--line:#8a919c;--accent:#0b57a4}
@media(prefers-color-scheme:dark){:root{--page:#14171b;--card:#1f242a;--ink:#eceff3;--quiet:#b3bac4;--line:#737c88;--accent:#8cc1ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,'Hiragino Sans','Noto Sans CJK JP','Yu Gothic UI',sans-serif}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1rem;min-height:100vh}
h1{font-size:1.5rem;line-height:1.3;margin:1rem 0 .25rem}
p{margin:.25rem 0 1rem}
.notice{border-inline-start:4px solid var(--accent);background:var(--card);padding:.5rem .75rem;margin:0}
ul{list-style:none;margin:0;padding:0;display:grid;gap:.5rem}
button,.button{display:block;width:100%;min-height:3rem;padding:.6rem .9rem;border:1px solid var(--line);border-radius:.5rem;background:var(--card);color:inherit;font:inherit;text-align:start;text-decoration:none;cursor:pointer}
button:hover,.button:hover{border-color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
button span{display:block;overflow-wrap:anywhere}
.name{font-weight:600}
.quiet{color:var(--quiet);font-size:.9rem}
.last{margin-top:1rem}
.last button,.last .button{text-align:center}
";

/// Text for element content and quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page with a policy that allows its stylesheet and the two kinds of origins named.
fn page(
    status: StatusCode,
    language: Language,
    title: &str,
    head: &str,
    body: &str,
    allow: &Allow<'_>,
) -> Response {
    let notice = language.choose(
        "This is a stand-in identity provider for demonstration. It asks for no password and protects nothing.",
        "これはデモ用の ID プロバイダーです。パスワードは不要で、何も保護しません。",
    );
    let html = format!(
        r#"<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/stand-in.css">
{head}</head>
<body>
<main>
<p class="notice">{notice}</p>
<h1>{title}</h1>
{body}</main>
</body>
</html>
"#,
        language = language.choose("en", "ja"),
        title = escaped(title),
    );
    // Chromium applies form-action to the redirect that follows a form, so the client's origin belongs there.
    let policy = format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; frame-src {}; frame-ancestors 'none'; base-uri 'none'",
        allow.form_action,
        if allow.frames.is_empty() {
            "'none'"
        } else {
            allow.frames
        },
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Origins that a page's policy allows besides its own.
#[derive(Default)]
struct Allow<'a> {
    form_action: &'a str,
    frames: &'a str,
}

/// The page that asks who to be.
pub(super) fn sign_in(
    language: Language,
    users: &[User],
    action: &str,
    request: &str,
    client_origin: &str,
) -> Response {
    let mut list = String::new();
    for user in users {
        let role = language.choose(user.role.0, user.role.1);
        list.push_str(&format!(
            "<li><button type=\"submit\" name=\"user\" value=\"{id}\"><span class=\"name\">{name}</span>\
             <span>{role}</span><span class=\"quiet\">{upn}</span></button></li>\n",
            id = escaped(&user.id),
            name = escaped(&user.name),
            role = escaped(role),
            upn = escaped(&user.preferred_username),
        ));
    }
    let body = format!(
        "<p>{lead}</p>\n<form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\n<ul>\n{list}</ul>\n\
         <p class=\"last\"><button type=\"submit\" name=\"cancel\" value=\"1\">{cancel}</button></p>\n</form>\n",
        lead = language.choose(
            "Choose the person to sign in as.",
            "サインインするユーザーを選択してください。"
        ),
        action = escaped(action),
        request = escaped(request),
        cancel = language.choose("Cancel", "キャンセル"),
    );
    let allow = Allow {
        form_action: client_origin,
        ..Allow::default()
    };
    page(
        StatusCode::OK,
        language,
        language.choose("Sign in", "サインイン"),
        "",
        &body,
        &allow,
    )
}

/// The page that asks a user for consent.
pub(in crate::simulator) fn consent(
    language: Language,
    (name, username): (&str, &str),
    action: &str,
    request: &str,
    client_origin: &str,
) -> Response {
    let body = format!(
        "<p>{lead}</p>\n<form method=\"post\" action=\"{action}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\n\
         <ul><li><button type=\"submit\" name=\"accept\" value=\"1\"><span class=\"name\">{accept}</span>\
         <span>{name}</span><span class=\"quiet\">{username}</span></button></li></ul>\n\
         <p class=\"last\"><button type=\"submit\" name=\"cancel\" value=\"1\">{cancel}</button></p>\n</form>\n",
        lead = language.choose(
            "The application wants to use Partner Center on your behalf, also while you are away.",
            "このアプリケーションが、あなたの代理で (不在時も) パートナー センターを使用しようとしています。"
        ),
        action = escaped(action),
        request = escaped(request),
        accept = language.choose("Accept", "承諾"),
        name = escaped(name),
        username = escaped(username),
        cancel = language.choose("Cancel", "キャンセル"),
    );
    let allow = Allow {
        form_action: client_origin,
        ..Allow::default()
    };
    let title = language.choose("Permissions requested", "要求されているアクセス許可");
    page(StatusCode::OK, language, title, "", &body, &allow)
}

/// The page after signing out: tells other applications by frames, then leads back.
pub(super) fn signed_out(
    language: Language,
    frames: &[String],
    frame_origin: &str,
    back: Option<&str>,
) -> Response {
    let mut body = format!(
        "<p>{}</p>\n",
        language.choose(
            "You signed out of the stand-in provider.",
            "デモ用プロバイダーからサインアウトしました。"
        )
    );
    for frame in frames {
        let title = language.choose(
            "Signing out of an application",
            "アプリケーションからサインアウト中",
        );
        body.push_str(&format!(
            "<iframe hidden title=\"{title}\" src=\"{}\"></iframe>\n",
            escaped(frame)
        ));
    }
    let mut head = String::new();
    if let Some(back) = back {
        let link = language.choose("Continue", "続行");
        body.push_str(&format!(
            "<p class=\"last\"><a class=\"button\" href=\"{}\">{link}</a></p>\n",
            escaped(back)
        ));
        head = format!(
            "<meta http-equiv=\"refresh\" content=\"1;url={}\">\n",
            escaped(back)
        );
    }
    let allow = Allow {
        frames: frame_origin,
        ..Allow::default()
    };
    page(
        StatusCode::OK,
        language,
        language.choose("Signed out", "サインアウトしました"),
        &head,
        &body,
        &allow,
    )
}

/// A request that cannot be led back to a client.
pub(in crate::simulator) fn refusal(language: Language, message: &str) -> Response {
    let title = language.choose("The request is not valid", "要求が正しくありません");
    let body = format!("<p>{}</p>\n", escaped(message));
    page(
        StatusCode::BAD_REQUEST,
        language,
        title,
        "",
        &body,
        &Allow::default(),
    )
}
