//! Partner accounts: the key that their consents are sealed with, their tokens, and whether Partner Center answers.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::{Line, Tell};
use crate::{
    app,
    clock::Clock,
    config::{Cloud, PartnerAccount, Settings},
    credentials::{Seal, Stored, Vault},
    i18n::Lang,
    partner_center::{Access, Client, ClientOptions, Error, Trouble, cloud::Addresses},
    store::sql::SqlStore,
};

/// Clocks that are further apart are told of; tokens and sign-ins fail from a few minutes on.
const ODD: TimeDelta = TimeDelta::seconds(30);
const WRONG: TimeDelta = TimeDelta::minutes(5);

pub(super) async fn check(settings: &Settings, store: Option<SqlStore>, clock: &Clock, tell: &mut Tell<'_>) {
    let vault = store.map(|store| app::vault(settings, &store, clock));
    key(settings, vault.as_ref(), tell).await;
    if settings.partner_center.is_empty() {
        tell(Line::warning(
            "partner_center",
            "no account is set: nothing is collected",
            "Write a [[partner_center]] section for each partner account, unless the archive is only imported into.",
        ));
    }
    for account in &settings.partner_center {
        one(account, vault.as_ref(), clock, tell).await;
    }
}

/// What is sealed, and whether it opens.
async fn key(settings: &Settings, vault: Option<&Vault>, tell: &mut Tell<'_>) {
    let what = "credentials.key_secret";
    let stored: Vec<Stored> = match vault {
        Some(vault) => match vault.all().await {
            Ok(stored) => stored,
            Err(error) => {
                tell(Line::trouble(what, Trouble::ArchiveFailed, &error));
                return;
            }
        },
        None => Vec::new(),
    };
    let sealed_as = |seal: Seal| stored.iter().filter(|one| one.seal == seal).count();
    let remedy = |trouble: Trouble| Lang::En.t(&format!("remedy-{}", trouble.code()));
    let has_key = settings.credentials.key_secret.is_some();
    let in_settings = settings
        .partner_center
        .iter()
        .any(|it| it.refresh_token.is_some());
    tell(if sealed_as(Seal::Unknown) > 0 {
        let trouble = if has_key {
            Trouble::KeyUnknown
        } else {
            Trouble::KeyMissing
        };
        let found = format!(
            "{} of {} consents do not open",
            sealed_as(Seal::Unknown),
            stored.len()
        );
        Line::failed(what, found, remedy(trouble))
    } else if sealed_as(Seal::Previous) > 0 {
        Line::warning(
            what,
            format!(
                "{} consents are sealed with the previous key",
                sealed_as(Seal::Previous)
            ),
            "Run partnerlog credentials rotate, then remove credentials.previous_key_secret.",
        )
    } else if settings.credentials.previous_key_secret.is_some() {
        Line::warning(
            what,
            "nothing is sealed with the previous key any more",
            "Remove credentials.previous_key_secret.",
        )
    } else if has_key {
        Line::ok(what, format!("set; {} consents open with it", stored.len()))
    } else if in_settings {
        Line::warning(
            what,
            "not set: the newest refresh token is lost at each restart",
            remedy(Trouble::KeyMissing),
        )
    } else {
        Line::ok(what, "not set; needed for App+User only")
    });
}

async fn one(account: &PartnerAccount, vault: Option<&Vault>, clock: &Clock, tell: &mut Tell<'_>) {
    let what = |part: &str| format!("account {:?}, {part}", account.name);
    let addresses = Addresses::of(account);
    let cloud = match account.cloud {
        Cloud::Commercial => "commercial",
        Cloud::UsGovernment => "us-government",
        Cloud::China => "china",
    };
    tell(Line::ok(
        what("addresses"),
        format!(
            "cloud {cloud}: sign-in {}, API {}, Graph {}",
            addresses.authority, addresses.api_url, addresses.graph_url
        ),
    ));
    let options = ClientOptions {
        request_timeout: Duration::from_secs(20),
        attempts: 1,
        page_size: Some(1),
        ..ClientOptions::default()
    };
    let client = match vault {
        Some(vault) => {
            let kept = Arc::new(vault.of(account));
            Client::with_refresh_tokens(account, clock.clone(), options, kept)
        }
        None => Client::new(account, clock.clone(), options),
    };
    let client = match client {
        Ok(client) => client,
        Err(error) => return tell(Line::trouble(&what("settings"), Trouble::of(&error), &error)),
    };
    let access = match client.access().await {
        Ok(access) => access,
        Err(error) => {
            return tell(Line::trouble(
                &what("token"),
                Trouble::of_token_error(&error),
                &error,
            ));
        }
    };
    tell(Line::ok(what("token"), told(access)));
    if let Some(line) = consent(account, vault, clock, &what("consent")).await {
        tell(line);
    }
    let now = clock.now();
    let yesterday = now.date_naive() - Days::new(1);
    let mut server_date = access.server_date;
    let answer = client.day(yesterday).next().await;
    if let Ok(Some(page)) = &answer {
        server_date = page.server_date.or(server_date);
    }
    if let Some(theirs) = server_date {
        tell(compared(&what("clock"), now, theirs));
    }
    match client.used_mfa() {
        Some(false) => tell(Line::warning(
            what("multifactor authentication"),
            "the user consented without it; Partner Center is about to refuse that",
            Lang::En.t("remedy-mfa-required"),
        )),
        Some(true) => tell(Line::ok(
            what("multifactor authentication"),
            "the user consented with it",
        )),
        None => {}
    }
    tell(match answer {
        Ok(_) => Line::ok(
            what("Partner Center"),
            format!("audit records can be read (asked for one of {yesterday})"),
        ),
        Err(error) => refused(&what("Partner Center"), &error, access),
    });
}

/// Whether the stored consent is about to lapse.
async fn consent(account: &PartnerAccount, vault: Option<&Vault>, clock: &Clock, what: &str) -> Option<Line> {
    let standing = vault?.standing(account).await.ok()?;
    let stored = standing.stored.as_ref()?;
    let found = format!(
        "of {}, renewed {}, lapses {} unless used",
        stored.obtained_at.format("%Y-%m-%d"),
        stored.used_at.format("%Y-%m-%d"),
        stored.lapses_at.format("%Y-%m-%d")
    );
    Some(if standing.is_lapsing(clock.now()) {
        Line::warning(what, found, Lang::En.t("remedy-consent-lapsed"))
    } else {
        Line::ok(what, found)
    })
}

fn refused(what: &str, error: &Error, access: Access) -> Line {
    let line = Line::trouble(what, Trouble::of(error), error);
    let way = if access.delegated { "App+User" } else { "App-only" };
    Line {
        found: format!("{} [{way}]", line.found),
        ..line
    }
}

fn told(access: Access) -> String {
    let way = if access.delegated { "App+User" } else { "App-only" };
    format!(
        "{way}, good until {}",
        access.expires_at.format("%Y-%m-%d %H:%M:%S UTC")
    )
}

fn compared(what: &str, ours: DateTime<Utc>, theirs: DateTime<Utc>) -> Line {
    let apart = ours - theirs;
    let direction = if apart < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    let found = format!("{} s {direction} Microsoft's", apart.num_seconds().abs());
    let remedy = Lang::En.t("remedy-clock-wrong");
    match apart.abs() {
        apart if apart > WRONG => Line::failed(what, found, remedy),
        apart if apart > ODD => Line::warning(what, found, remedy),
        _ => Line::ok(what, "agrees with Microsoft's"),
    }
}
