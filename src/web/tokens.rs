//! `/settings/tokens`, for those who manage: the tokens with which programs read the API.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{Html, IntoResponse as _, Redirect, Response},
};
use chrono::TimeDelta;
use http::StatusCode;
use serde::Deserialize;

use super::{
    AppState, Error, PageContext,
    page::{html, parameter, with_status},
    views::form::{LONGEST_NAME, Trouble, name},
};
use crate::{
    i18n::{Arg, grouped},
    identity::{Manage, Permitted},
    store::{ApiToken, NewApiToken, Right, new_token_text, token_hash},
    wording::one_line,
};

/// For so many days a token can be good; 0 is for good.
const DAYS: [u16; 4] = [30, 90, 365, 0];
/// What is chosen at first.
const USUAL: u16 = 365;
/// So many customers a token can be for.
const CUSTOMERS: usize = 500;
/// Of longer texts only the beginning is shown, in characters.
const SHOWN: usize = 200;

/// What the form for a new token sends.
#[derive(Deserialize)]
pub struct Sent {
    name: String,
    /// Each is there with any value, or not.
    read: Option<String>,
    export: Option<String>,
    /// Ids, with blanks, commas or line breaks between them; none for all customers.
    customers: String,
    days: String,
}

impl Sent {
    fn has(&self, right: Right) -> bool {
        match right {
            Right::Read => self.read.is_some(),
            Right::Export => self.export.is_some(),
        }
    }
}

impl Default for Sent {
    /// The form as it is found.
    fn default() -> Self {
        Self {
            name: String::new(),
            read: Some("1".to_owned()),
            export: None,
            customers: String::new(),
            days: USUAL.to_string(),
        }
    }
}

/// `GET /settings/tokens`.
pub async fn show(
    State(state): State<AppState>,
    _: Permitted<Manage>,
    context: PageContext,
) -> Result<Html<String>, Error> {
    html(&TokensPage::new(&state, &context, Sent::default(), Vec::new(), None).await?)
}

/// `POST /settings/tokens`: makes a token. The answer shows it, this once.
pub async fn create(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Form(sent): Form<Sent>,
) -> Result<Response, Error> {
    let asked = match read(&sent) {
        Ok(asked) => asked,
        Err(faults) => {
            let page = TokensPage::new(&state, &context, sent, faults, None).await?;
            return Ok(with_status(StatusCode::BAD_REQUEST, html(&page)?));
        }
    };
    let text = new_token_text();
    let token = NewApiToken {
        hash: token_hash(&text).ok_or(Error::BadRequest)?,
        name: asked.name,
        rights: asked.rights,
        customers: asked.customers,
        created_at: context.now,
        created_by: manager.name.clone(),
        expires_at: (asked.days > 0).then(|| context.now + TimeDelta::days(asked.days.into())),
    };
    let number = state.tokens.add_token(&token).await?;
    tracing::info!(user = %manager.user, token = number, "an API token was made");
    let page = TokensPage::new(&state, &context, Sent::default(), Vec::new(), Some(text)).await?;
    Ok(html(&page)?.into_response())
}

/// What the form for revoking one sends.
#[derive(Deserialize)]
pub struct Revoked {
    number: i64,
}

/// `POST /settings/tokens/revoke`.
pub async fn revoke(
    State(state): State<AppState>,
    manager: Permitted<Manage>,
    context: PageContext,
    Form(sent): Form<Revoked>,
) -> Result<Redirect, Error> {
    let done = state
        .tokens
        .revoke_token(sent.number, context.now, &manager.name)
        .await?;
    if done {
        tracing::info!(user = %manager.user, token = sent.number, "an API token was revoked");
    }
    // Whoever asks twice has what they asked for.
    Ok(Redirect::to("/settings/tokens?done=revoked"))
}

struct Asked {
    name: String,
    rights: Vec<Right>,
    customers: Vec<String>,
    days: u16,
}

/// The fields that cannot be as they are, each with the message that says what to do.
fn read(sent: &Sent) -> Result<Asked, Vec<(&'static str, &'static str)>> {
    let mut faults = Vec::new();
    let name = name(&sent.name).unwrap_or_else(|trouble| {
        faults.push((
            "name",
            match trouble {
                Trouble::NameTooLong => "tokens-name-long",
                Trouble::NameOdd => "tokens-name-odd",
                _ => "tokens-name-missing",
            },
        ));
        String::new()
    });
    let rights: Vec<_> = Right::ALL.into_iter().filter(|right| sent.has(*right)).collect();
    if rights.is_empty() {
        faults.push(("rights", "tokens-rights-missing"));
    }
    let mut customers: Vec<String> = Vec::new();
    let texts = sent
        .customers
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    for text in texts.filter(|text| !text.is_empty()) {
        match uuid::Uuid::try_parse(text) {
            Ok(id) if customers.contains(&id.to_string()) => {}
            Ok(id) if customers.len() < CUSTOMERS => customers.push(id.to_string()),
            Ok(_) => {
                faults.push(("customers", "tokens-customers-many"));
                break;
            }
            Err(_) => {
                faults.push(("customers", "tokens-customers-odd"));
                break;
            }
        }
    }
    // Who wrote something meant somebody: that must not be all.
    if customers.is_empty() && faults.is_empty() && !sent.customers.trim().is_empty() {
        faults.push(("customers", "tokens-customers-odd"));
    }
    let days = sent.days.parse().ok().filter(|days| DAYS.contains(days));
    match days {
        Some(days) if faults.is_empty() => Ok(Asked {
            name,
            rights,
            customers,
            days,
        }),
        Some(_) => Err(faults),
        None => {
            faults.push(("days", "tokens-days-odd"));
            Err(faults)
        }
    }
}

#[derive(Template)]
#[template(path = "settings/tokens.html")]
struct TokensPage<'a> {
    ctx: &'a PageContext,
    /// The token that was just made.
    made: Option<String>,
    /// What was just done.
    done: Option<String>,
    sent: Sent,
    /// Field and what to do about it.
    errors: Vec<(&'static str, String)>,
    /// Value, words, and whether it is chosen.
    days: Vec<(u16, String, bool)>,
    /// Name, words, a hint, and whether it is ticked.
    rights: Vec<(&'static str, String, String, bool)>,
    good: Vec<Row>,
    past: Vec<Row>,
}

struct Row {
    number: i64,
    name: String,
    /// What it lets a program do.
    rights: String,
    customers: String,
    made: String,
    used: String,
    /// Until when it is good, or since when it is not.
    until: String,
}

impl<'a> TokensPage<'a> {
    async fn new(
        state: &AppState,
        ctx: &'a PageContext,
        sent: Sent,
        faults: Vec<(&'static str, &'static str)>,
        made: Option<String>,
    ) -> Result<Self, Error> {
        let all = state.tokens.api_tokens().await?;
        let (good, past): (Vec<_>, Vec<_>) = all.iter().partition(|token| token.is_good(ctx.now));
        let rows = |tokens: Vec<&ApiToken>| tokens.into_iter().map(|token| Row::of(token, ctx)).collect();
        let number = |n: usize| Arg::Number(i64::try_from(n).unwrap_or(i64::MAX));
        Ok(Self {
            made,
            done: (parameter(&ctx.query, "done").as_deref() == Some("revoked"))
                .then(|| ctx.t("tokens-revoked-now")),
            days: DAYS
                .into_iter()
                .map(|days| {
                    let words = match days {
                        0 => ctx.t("tokens-for-good"),
                        _ => ctx.lang.t_with("value-days", &[("n", Arg::Number(days.into()))]),
                    };
                    (days, words, sent.days == days.to_string())
                })
                .collect(),
            rights: Right::ALL
                .into_iter()
                .map(|right| {
                    let hint = ctx.t(&format!("tokens-right-{}-hint", right.name()));
                    (right.name(), words_of(right, ctx), hint, sent.has(right))
                })
                .collect(),
            errors: faults
                .into_iter()
                .map(|(field, key)| {
                    let n = if field == "name" { LONGEST_NAME } else { CUSTOMERS };
                    (field, ctx.lang.t_with(key, &[("n", number(n))]))
                })
                .collect(),
            sent,
            good: rows(good),
            past: rows(past),
            ctx,
        })
    }

    fn error(&self, field: &str) -> Option<&str> {
        let found = self.errors.iter().find(|(other, _)| *other == field);
        found.map(|(_, text)| text.as_str())
    }
}

/// A right in words.
fn words_of(right: Right, ctx: &PageContext) -> String {
    ctx.t(&format!("tokens-right-{}", right.name()))
}

impl Row {
    fn of(token: &ApiToken, ctx: &PageContext) -> Self {
        let dates = ctx.dates();
        let n = i64::try_from(token.customers.len()).unwrap_or(i64::MAX);
        let by = one_line(&token.created_by, SHOWN);
        let at = |key: &str, moment| ctx.t1(key, "at", &dates.minute(moment));
        Self {
            number: token.number,
            name: one_line(&token.name, SHOWN),
            rights: match &token.rights[..] {
                [] => ctx.t("tokens-no-right"),
                rights => rights
                    .iter()
                    .map(|right| words_of(*right, ctx))
                    .collect::<Vec<_>>()
                    .join(&ctx.t("list-joint")),
            },
            customers: match n {
                0 => ctx.t("tokens-all-customers"),
                _ => ctx.lang.t_with(
                    "tokens-some-customers",
                    &[("n", Arg::Number(n)), ("number", Arg::Text(&grouped(n)))],
                ),
            },
            made: ctx.lang.t_with(
                "tokens-made",
                &[
                    ("by", Arg::Text(&by)),
                    ("at", Arg::Text(&dates.minute(token.created_at))),
                ],
            ),
            used: token
                .used_at
                .map_or_else(|| ctx.t("tokens-never-used"), |used| at("tokens-used", used)),
            until: match (token.revoked_at, token.expires_at) {
                (Some(revoked), _) => at("tokens-revoked", revoked),
                (None, Some(end)) if end <= ctx.now => at("tokens-expired", end),
                (None, Some(end)) => at("tokens-until", end),
                (None, None) => ctx.t("tokens-for-good"),
            },
        }
    }
}
