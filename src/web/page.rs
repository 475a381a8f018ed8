//! What every page knows about its request: language, time zone, the reader, the present.
//!
//! Knows nothing of any one page, and decides nothing about who may see what.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request, State},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use http::{HeaderMap, HeaderValue, Uri, header, request::Parts};
use tokio::sync::Semaphore;

use super::{AppState, Error, assets, coverage::Banner, dates::Dates, requests::RequestId};
use crate::{
    i18n::{Arg, Lang},
    identity::{Permission, Permitted, Refusal, SignedIn, View},
    wording::Applications,
};

/// A year, for preferences.
const COOKIE_SECONDS: u32 = 31_536_000;

/// Who reads, and what they may do. Handlers demand one by taking it as a parameter.
#[derive(Clone, Debug, Default)]
pub struct Viewer {
    pub name: String,
    pub username: String,
    /// `admin_agent`, …: the last part of a role's message key.
    pub roles: Vec<String>,
    pub may_export: bool,
    pub may_manage: bool,
}

/// What templates know about the request.
#[derive(Clone, Debug)]
pub struct PageContext {
    pub lang: Lang,
    /// The zone in which this page shows dates.
    pub zone: Tz,
    /// The reader's own zone, which an address can override with `tz`.
    pub own_zone: Tz,
    /// The zone that the reader chose; nothing where the browser's counts.
    pub preferred_zone: Option<Tz>,
    /// Whether single keys do something, where there is script.
    pub keys: bool,
    pub now: DateTime<Utc>,
    pub path: String,
    /// The query string, without `?`.
    pub query: String,
    pub demo: bool,
    pub viewer: Option<Viewer>,
    /// What readers of any page should know of collecting.
    pub banner: Option<Banner>,
    /// What applications are called.
    pub applications: Applications,
    /// By which the operator finds this request in the log.
    pub request_id: Option<String>,
}

impl PageContext {
    /// Reads an address and headers; never fails. Language: `lang` in the address, else the cookie, else
    /// `Accept-Language`. Zone: `tz` in the address, else the preference, else the browser's, else UTC.
    pub fn read(uri: &Uri, headers: &HeaderMap, now: DateTime<Utc>, demo: bool) -> Self {
        let query = uri.query().unwrap_or_default();
        let lang = asked_language(query)
            .or_else(|| cookie(headers, "lang").and_then(Lang::from_tag))
            .or_else(|| {
                let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
                Some(Lang::from_accept_language(header))
            })
            .unwrap_or_default();
        let preferred_zone = cookie(headers, "zone").and_then(zone);
        let own_zone = preferred_zone
            .or_else(|| cookie(headers, "tz").and_then(zone))
            .unwrap_or(Tz::UTC);
        Self {
            lang,
            zone: parameter(query, "tz")
                .and_then(|name| zone(&name))
                .unwrap_or(own_zone),
            own_zone,
            preferred_zone,
            keys: cookie(headers, "keys") != Some("off"),
            now,
            path: uri.path().to_owned(),
            query: query.to_owned(),
            demo,
            viewer: None,
            banner: None,
            applications: Applications::default(),
            request_id: None,
        }
    }

    /// The message of that key.
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// The message of that key with one text in it.
    pub fn t1(&self, key: &str, name: &'static str, text: &str) -> String {
        self.lang.t_with(key, &[(name, Arg::Text(text))])
    }

    /// A role by its key, in words.
    pub fn role(&self, key: &str) -> String {
        self.t(&format!("role-{key}"))
    }

    pub fn may_export(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.may_export)
    }

    pub fn may_manage(&self) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.may_manage)
    }

    /// Which part of the raw record is shown.
    pub fn raw_part(&self, part: &usize) -> String {
        self.counted("record-part", *part)
    }

    /// `Show all 200`
    pub fn items_all(&self, n: &usize) -> String {
        self.counted("items-all", *n)
    }

    /// `Show unchanged (41)`
    pub fn unchanged(&self, n: &usize) -> String {
        self.counted("changes-unchanged", *n)
    }

    /// How much of a list only the raw record has.
    pub fn left_out(&self, n: &usize) -> String {
        self.counted("left-out", *n)
    }

    fn counted(&self, key: &str, n: usize) -> String {
        self.lang
            .t_with(key, &[("n", Arg::Number(i64::try_from(n).unwrap_or(i64::MAX)))])
    }

    /// The address of a file in `static/`.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    pub fn zone_name(&self) -> &'static str {
        self.zone.name()
    }

    /// Whether the reader chose this zone.
    pub fn is_preferred(&self, zone: &str) -> bool {
        self.preferred_zone
            .is_some_and(|preferred| preferred.name() == zone)
    }

    /// How this page writes dates.
    pub fn dates(&self) -> Dates {
        Dates {
            lang: self.lang,
            zone: self.zone,
        }
    }

    /// This very page in another language.
    pub fn in_language(&self, lang: &str) -> String {
        self.with_parameter("lang", lang)
    }

    /// This very page with its dates in another zone.
    pub fn in_zone(&self, zone: Tz) -> String {
        self.with_parameter("tz", zone.name())
    }

    /// Whether this page lies at or under an address, for the menu.
    pub fn is_at(&self, path: &str) -> bool {
        self.path
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// This very page with another value of a parameter.
    pub fn with_parameter(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, old) in form_urlencoded::parse(self.query.as_bytes()).filter(|(key, _)| key != name) {
            query.append_pair(&key, &old);
        }
        // To a browser, `//host/` and `/\host/` at the beginning of a link are another site.
        let path = self.path.trim_start_matches(['/', '\\']);
        format!("/{path}?{}", query.append_pair(name, value).finish())
    }
}

impl FromRequestParts<AppState> for PageContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let mut context = Self::read(&parts.uri, &parts.headers, state.clock.now(), state.demo);
        context.viewer = <Viewer as OptionalFromRequestParts<_>>::from_request_parts(parts, state).await?;
        if context.viewer.is_some() {
            context.applications = state.applications.current().await;
        }
        if context.viewer.is_some()
            // Where the archive fails, the page itself says so.
            && let Ok(standing) = state.collecting.standing().await
        {
            context.banner = Banner::of(&standing, context.dates());
        }
        context.request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string());
        Ok(context)
    }
}

impl Viewer {
    fn new(signed_in: &SignedIn) -> Self {
        Self {
            name: signed_in.name.clone(),
            username: signed_in.username.clone(),
            roles: signed_in.roles.iter().map(|role| role.key().to_owned()).collect(),
            may_export: signed_in.may(Permission::Export),
            may_manage: signed_in.may(Permission::Manage),
        }
    }
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        let permitted = Permitted::<View>::from_request_parts(parts, state).await?;
        Ok(Self::new(&permitted))
    }
}

impl OptionalFromRequestParts<AppState> for Viewer {
    type Rejection = Infallible;

    /// Whoever may see the log; nobody where that cannot be told, because then there is an error to show.
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Infallible> {
        let signed_in = <SignedIn as OptionalFromRequestParts<_>>::from_request_parts(parts, state).await;
        Ok(signed_in.ok().flatten().as_ref().map(Self::new))
    }
}

/// Renders a page.
pub fn html(page: &impl askama::Template) -> Result<Html<String>, Error> {
    Ok(Html(page.render()?))
}

/// So many pages of records are made at once: more would only take memory, fewer would let large ones hold up the
/// others.
static TURNS: Semaphore = Semaphore::const_new(8);

/// Makes a page that shows records. What a record holds is somebody else's choice, and explaining one can take a
/// second: other requests do not wait for that.
pub async fn of_records(
    make: impl FnOnce() -> Result<Html<String>, Error> + Send + 'static,
) -> Result<Html<String>, Error> {
    in_turn(make).await
}

/// Does with records what can take a second, off the threads that answer and as one of a few.
pub async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let turn = TURNS.acquire().await.expect("this semaphore is never closed");
    // The turn lasts as long as the work, also when nobody waits for it any more.
    let work = move || {
        let _turn = turn;
        work()
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// Middleware: a language chosen in the address becomes the reader's preference, for this answer already, also
/// where a page is made of headers alone.
pub async fn remember_language(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let chosen = asked_language(request.uri().query().unwrap_or_default());
    if let Some(lang) = chosen {
        let mut cookies = format!("lang={}", lang.tag()).into_bytes();
        for cookie in request.headers().get_all(header::COOKIE) {
            cookies.extend_from_slice(b"; ");
            cookies.extend_from_slice(cookie.as_bytes());
        }
        if let Ok(cookies) = HeaderValue::from_bytes(&cookies) {
            request.headers_mut().insert(header::COOKIE, cookies);
        }
    }
    let mut response = next.run(request).await;
    if let Some(lang) = chosen {
        set_cookie(
            &mut response,
            "lang",
            lang.tag(),
            state.settings.server.is_https(),
        );
    }
    response
}

/// Adds a preference to an answer. `value` has to be of characters that a cookie may hold.
pub fn set_cookie(response: &mut Response, name: &str, value: &str, https: bool) {
    let secure = if https { "; Secure" } else { "" };
    let age = if value.is_empty() { 0 } else { COOKIE_SECONDS };
    let cookie = format!("{name}={value}; Path=/; Max-Age={age}; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A page with another status than 200.
pub fn with_status(status: http::StatusCode, page: impl IntoResponse) -> Response {
    (status, page).into_response()
}

fn asked_language(query: &str) -> Option<Lang> {
    Lang::from_tag(&parameter(query, "lang")?)
}

/// The last value of a parameter.
/// Cuts a list that was asked for with one more than fits to a page; the number of the last one on it where there are more.
pub(super) fn cut<T>(all: &mut Vec<T>, size: u32, number: impl Fn(&T) -> i64) -> Option<i64> {
    let more = all.len() > size as usize;
    all.truncate(size as usize);
    all.last().map(number).filter(|_| more)
}

pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .last()
        .map(|(_, value)| value.into_owned())
}

fn zone(name: &str) -> Option<Tz> {
    name.trim().replace("%2F", "/").parse().ok()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
