//! Account settings: the reader's preferences, and the partner accounts for those who manage them.

use askama::Template;
use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    response::{Html, IntoResponse, Redirect, Response},
};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::Deserialize;

use super::{
    AppState, Error, PageContext, Viewer,
    consent::AccessView,
    coverage,
    page::{html, set_cookie},
};
use crate::{
    i18n::Lang,
    identity::{LocalPath, Manage, Permitted},
    store::LastRuns,
};

/// `GET /settings`.
pub async fn preferences(_: Viewer, context: PageContext) -> Result<Html<String>, Error> {
    let saved = context.query.split('&').any(|pair| pair == "saved=1");
    html(&PreferencesPage {
        zones: zones(),
        ctx: &context,
        saved,
    })
}

/// `GET /help/keyboard`: what the dialog of `?` says, for who has no script.
pub async fn keyboard(_: Viewer, context: PageContext) -> Result<Html<String>, Error> {
    html(&KeyboardPage { ctx: &context })
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Preferences {
    lang: String,
    /// Empty: the browser's.
    zone: String,
    /// `off` where single keys are to do nothing.
    #[serde(default)]
    keys: String,
}

/// `POST /settings`: keeps the choices in cookies, which hold nothing else.
pub async fn save(
    State(state): State<AppState>,
    _: Viewer,
    Form(chosen): Form<Preferences>,
) -> Result<Response, Error> {
    let lang = Lang::from_tag(&chosen.lang).ok_or(Error::BadRequest)?;
    let zone = match chosen.zone.as_str() {
        "" => "",
        name => name.parse::<Tz>().map_err(|_| Error::BadRequest)?.name(),
    };
    let https = state.settings.server.is_https();
    let mut response = Redirect::to("/settings?saved=1").into_response();
    set_cookie(&mut response, "lang", lang.tag(), https);
    set_cookie(&mut response, "zone", zone, https);
    let keys = if chosen.keys == "off" { "off" } else { "" };
    set_cookie(&mut response, "keys", keys, https);
    Ok(response)
}

/// `GET /settings/accounts`, for those who manage.
pub async fn accounts(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    let mut accounts = Vec::new();
    for account in state.store.accounts().await? {
        let runs = state.store.last_runs(account.id).await?;
        let configured = state
            .settings
            .partner_center
            .iter()
            .any(|c| c.tenant_id.eq_ignore_ascii_case(&account.tenant_id));
        let standing = state.consents.standing(&account.tenant_id).await?;
        let access = standing.map(|it| AccessView::new(&it, state.consents.redirect_uri(), &context));
        accounts.push(AccountRow {
            access,
            ..AccountRow::new(
                account.name,
                account.tenant_id,
                runs,
                configured,
                &state,
                &context,
            )
        });
    }
    let said = |what: &str| {
        context
            .query
            .split('&')
            .any(|pair| pair.strip_suffix("=1") == Some(what))
    };
    html(&AccountsPage {
        asked: coverage::answer(&context),
        ctx: &context,
        accounts,
        done: [
            ("connected", "consent-connected"),
            ("disconnected", "consent-disconnected"),
        ]
        .into_iter()
        .find(|(what, _)| said(what))
        .map(|(_, key)| context.t(key)),
    })
}

/// Where the reader asked from.
#[derive(Default, Deserialize)]
pub struct Collect {
    back: Option<String>,
}

/// `POST /settings/accounts/collect`: wakes the collector, not too often, and returns to where the reader came from.
pub async fn collect(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    asked: Result<Form<Collect>, FormRejection>,
) -> Redirect {
    let may = state.collecting.may_wake().await;
    if may {
        (state.wake)();
    }
    // Scripts ask without a form.
    let back = asked.ok().and_then(|Form(asked)| asked.back);
    let back = LocalPath::or_home(Some(back.as_deref().unwrap_or("/settings/accounts")));
    let back = back.as_str().split('#').next().unwrap_or_default();
    let joint = if back.contains('?') { '&' } else { '?' };
    let answer = if may { "1" } else { "wait" };
    Redirect::to(&format!("{back}{joint}{}={answer}", coverage::ANSWER))
}

/// The zones that people live in: `Area/City`, without the aliases of countries and of Unix.
pub(super) fn zones() -> Vec<&'static str> {
    let areas = [
        "Africa/",
        "America/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    ];
    let lived_in = |name: &&str| *name == "UTC" || areas.iter().any(|area| name.starts_with(area));
    TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .filter(lived_in)
        .collect()
}

#[derive(Template)]
#[template(path = "settings/preferences.html")]
struct PreferencesPage<'a> {
    ctx: &'a PageContext,
    zones: Vec<&'static str>,
    saved: bool,
}

#[derive(Template)]
#[template(path = "help/keyboard.html")]
struct KeyboardPage<'a> {
    ctx: &'a PageContext,
}

#[derive(Template)]
#[template(path = "settings/accounts.html")]
struct AccountsPage<'a> {
    ctx: &'a PageContext,
    accounts: Vec<AccountRow>,
    /// What was just done.
    done: Option<String>,
    /// What came of the wish to collect now.
    asked: Option<String>,
}

struct AccountRow {
    name: String,
    tenant_id: String,
    last: Option<String>,
    succeeded: Option<String>,
    next: Option<String>,
    result: Option<String>,
    error: Option<String>,
    access: Option<AccessView>,
}

impl AccountRow {
    fn new(
        name: String,
        tenant_id: String,
        runs: LastRuns,
        configured: bool,
        state: &AppState,
        ctx: &PageContext,
    ) -> Self {
        use crate::i18n::{Arg, grouped};
        let dates = ctx.dates();
        let number = |n: u64| grouped(i64::try_from(n).unwrap_or(i64::MAX));
        let last = runs.last.as_ref();
        let next = last.filter(|_| configured).and_then(|run| {
            let interval = chrono::TimeDelta::from_std(state.settings.collect.interval).ok()?;
            run.ended_at.checked_add_signed(interval)
        });
        Self {
            name,
            tenant_id,
            last: last.map(|run| dates.moment(run.ended_at)),
            succeeded: runs.last_success.as_ref().map(|run| dates.moment(run.ended_at)),
            next: next.map(|at| dates.moment(at.max(ctx.now))),
            result: last.map(|run| {
                ctx.lang.t_with(
                    "accounts-result",
                    &[
                        ("new", Arg::Text(&number(run.appended.new))),
                        ("revised", Arg::Text(&number(run.appended.revised))),
                        ("days", Arg::Text(&number(run.days.into()))),
                    ],
                )
            }),
            error: last.and_then(|run| run.error.clone()),
            access: None,
        }
    }
}
