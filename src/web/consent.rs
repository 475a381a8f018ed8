//! A user's consent for a partner account: the routes, and how an account's access is shown. What is decided is in
//! `credentials`.

use askama::Template;
use axum::{
    Form, Router,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    AppState, Error, PageContext,
    error::Missing,
    page::{html, with_status},
    sign_in::{only, pairs, see_other},
};
use crate::{
    credentials::{ConsentAnswer, Refused, Seal, Standing},
    identity::{Manage, Permitted, Refusal},
};

/// Where accounts are shown.
const ACCOUNTS: &str = "/settings/accounts";

pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/settings/accounts/consent", post(begin))
        // A HEAD request (link checkers send them) must not use the consent up.
        .route(
            "/settings/accounts/consent/callback",
            get(callback).head(async || StatusCode::METHOD_NOT_ALLOWED),
        )
        .route("/settings/accounts/consent/forget", post(forget))
}

/// What the forms send.
#[derive(Deserialize)]
struct Account {
    tenant: String,
}

/// Leads the browser to the identity platform. Other sites' forms are refused by [`csrf`](super::csrf).
async fn begin(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    session: Session,
    context: PageContext,
    Form(account): Form<Account>,
) -> Result<Response, Error> {
    let session = session.id().ok_or(Error::BadRequest)?.to_string();
    match state.consents.begin(&session, &account.tenant).await {
        Ok(url) => {
            tracing::info!(user = %manager.user, "consent begun");
            Ok(see_other(&url))
        }
        Err(refused) => refusal(context, refused),
    }
}

async fn callback(
    State(state): State<AppState>,
    manager: Result<Permitted<Manage>, Refusal>,
    session: Session,
    context: PageContext,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let manager = match manager {
        Ok(manager) => manager,
        // Whoever is signed out begins anew: the consent belonged to the session of before, and the answer must not
        // travel through another sign-in.
        Err(Refusal { page: None, .. }) => {
            return Ok(see_other("/sign-in/start?next=%2Fsettings%2Faccounts"));
        }
        Err(refusal) => return Ok(refusal.into_response()),
    };
    let answer = read_answer(query.as_deref().unwrap_or_default());
    let (Some(session), Some(answer)) = (session.id(), answer) else {
        return refusal(context, Refused::NotUnderWay);
    };
    match state.consents.finish(&session.to_string(), answer).await {
        Ok(account) => {
            tracing::info!(user = %manager.user, account, "consented");
            // Collecting shows at once whether the consent is good for it.
            (state.wake)();
            Ok(see_other("/settings/accounts?connected=1"))
        }
        Err(refused) => refusal(context, refused),
    }
}

/// Takes a consent away: the account is App-only again, unless the settings have a refresh token.
async fn forget(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    Form(account): Form<Account>,
) -> Result<Redirect, Error> {
    state.consents.forget(&account.tenant).await?;
    tracing::info!(user = %manager.user, "consent taken away");
    Ok(Redirect::to("/settings/accounts?disconnected=1"))
}

/// The parameters, if they can be an answer: each once, and either a code or an error.
fn read_answer(query: &str) -> Option<ConsentAnswer> {
    let pairs = pairs(query);
    let one = |name| only(&pairs, name).ok();
    let outcome = match (one("code")?, one("error")?) {
        (Some(code), None) => Ok(code.into()),
        (None, Some(error)) => Err((error, one("error_description")?.unwrap_or_default())),
        _ => return None,
    };
    Some(ConsentAnswer {
        state: one("state")??,
        outcome,
    })
}

fn refusal(mut context: PageContext, refused: Refused) -> Result<Response, Error> {
    // The links of the page lead to where one begins anew, never back to an answer that counts once.
    context.path = ACCOUNTS.to_owned();
    context.query.clear();
    let (status, key, said) = match refused {
        Refused::UnknownAccount => return Err(Error::NotFound(Missing::Page)),
        Refused::NotUnderWay => (StatusCode::BAD_REQUEST, None, None),
        Refused::Trouble { code, said } => {
            let status = match code {
                "unreachable" | "server-error" | "throttled" | "archive-failed" => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::FORBIDDEN,
            };
            (status, Some(code), said)
        }
    };
    let page = RefusedPage {
        text: match key {
            Some(code) => context.t(&format!("trouble-{code}")),
            None => context.t("consent-not-under-way"),
        },
        remedy: match key {
            Some(code) => context.t(&format!("remedy-{code}")),
            None => context.t("consent-not-under-way-remedy"),
        },
        said,
        ctx: &context,
    };
    Ok(with_status(status, html(&page)?))
}

#[derive(Template)]
#[template(path = "settings/consent_refused.html")]
struct RefusedPage<'a> {
    ctx: &'a PageContext,
    text: String,
    remedy: String,
    said: Option<String>,
}

/// How an account gets at Partner Center, for its block on the page.
pub(super) struct AccessView {
    /// App-only or App+User.
    pub way: String,
    pub user: Option<String>,
    pub obtained: Option<String>,
    pub used: Option<String>,
    pub lapses: Option<String>,
    /// When an access token last came.
    pub token: Option<String>,
    /// What is wrong, what to do, and the identity platform's own code.
    pub trouble: Option<(String, String, Option<String>)>,
    /// That the consent lapses soon.
    pub warning: Option<String>,
    /// What to do before anybody can consent.
    pub no_key: Option<String>,
    /// Whether there is a consent to take away.
    pub stored: bool,
    pub redirect_uri: String,
}

impl AccessView {
    pub fn new(standing: &Standing, redirect_uri: &str, context: &PageContext) -> Self {
        let dates = context.dates();
        let stored = standing.stored.as_ref();
        let trouble = standing.trouble().map(|trouble| trouble.code());
        let way = if standing.is_delegated() {
            "access-delegated"
        } else {
            "access-app-only"
        };
        let last = standing.last.as_ref();
        Self {
            way: context.t(way),
            user: stored.map(|it| it.user.clone()).filter(|user| !user.is_empty()),
            obtained: stored.map(|it| dates.moment(it.obtained_at)),
            used: stored.map(|it| dates.moment(it.used_at)),
            lapses: stored
                .filter(|it| it.seal != Seal::Unknown)
                .map(|it| dates.day(dates.local_day(it.lapses_at))),
            token: last
                .filter(|last| last.trouble.is_none())
                .map(|last| dates.moment(last.at)),
            trouble: trouble.map(|code| {
                (
                    context.t(&format!("trouble-{code}")),
                    context.t(&format!("remedy-{code}")),
                    last.and_then(|last| last.said.clone()),
                )
            }),
            warning: stored
                .filter(|_| standing.is_lapsing(context.now))
                .map(|it| context.t1("access-lapsing", "at", &dates.moment(it.lapses_at))),
            no_key: (!standing.can_seal).then(|| context.t("remedy-key-missing")),
            stored: stored.is_some(),
            redirect_uri: redirect_uri.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_only_when_each_parameter_is_there_once() {
        assert!(read_answer("code=c&state=s&session_state=x").is_some_and(|it| it.outcome.is_ok()));
        let declined =
            read_answer("error=access_denied&error_description=AADSTS65004%3A+no&state=s").unwrap();
        assert_eq!(
            declined.outcome.unwrap_err(),
            ("access_denied".to_owned(), "AADSTS65004: no".to_owned())
        );
        for odd in [
            "",
            "state=s",
            "code=c",
            "code=&state=s",
            "code=c&code=d&state=s",
            "code=c&error=e&state=s",
            "code=c&state=s&state=t",
            "error=e&error_description=a&error_description=b&state=s",
        ] {
            assert!(read_answer(odd).is_none(), "{odd}");
        }
    }
}
