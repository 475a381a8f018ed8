//! The sign-in provider, and whom it lets in.

use super::{Line, Tell, told};
use crate::{
    app,
    clock::Clock,
    config::Settings,
    i18n::Lang,
    identity::{Entra, EntryError, FetchError},
};

pub(super) async fn check(settings: &Settings, clock: &Clock, tell: &mut Tell<'_>) {
    let sign_in = app::sign_in(settings);
    let entra = Entra::new(&sign_in, &settings.server.public_url, clock.clone());
    tell(match entra.probe().await {
        Ok(()) => Line::ok(
            "sign_in.issuer",
            format!("{} describes itself so, and gives its keys", sign_in.issuer),
        ),
        Err(error) => Line::failed(
            "sign_in.issuer",
            format!("{}: {}", sign_in.issuer, told(&error)),
            remedy(&error),
        ),
    });
    tell(if sign_in.client_secret.is_some() {
        Line::ok(
            "sign_in.client_secret",
            "set; whether it is right shows at the first sign-in",
        )
    } else {
        Line::warning(
            "sign_in.client_secret",
            "not set: partnerlog signs in as a public client",
            "Microsoft Entra demands a secret of platform Web: App registrations, the application, Certificates & \
             secrets.",
        )
    });
    let callback = format!("{}/sign-in/callback", settings.server.public_url);
    tell(Line::ok(
        "sign_in",
        format!("the redirect URI to register for the application is {callback}"),
    ));
    tell(roles(settings));
}

fn roles(settings: &Settings) -> Line {
    let roles = &settings.sign_in.roles;
    let missing: Vec<&str> = [
        ("admin_agent", &roles.admin_agent),
        ("sales_agent", &roles.sales_agent),
        ("helpdesk_agent", &roles.helpdesk_agent),
    ]
    .into_iter()
    .filter(|(_, ids)| ids.is_empty())
    .map(|(name, _)| name)
    .collect();
    match missing.as_slice() {
        [] => Line::ok("sign_in.roles", "every role has somebody who may have it"),
        [_, _, _] => Line::warning(
            "sign_in.roles",
            "no group of agents is set: only administrators of the directory get in",
            "Put the object ids of the groups AdminAgents, SalesAgents and HelpdeskAgents into [sign_in.roles]; they \
             are in the Microsoft Entra admin center under Groups.",
        ),
        some => Line::warning(
            "sign_in.roles",
            format!("nobody has {}", some.join(", ")),
            "Put the object id of the group into [sign_in.roles], or leave it so if they are not to get in.",
        ),
    }
}

fn remedy(error: &EntryError) -> String {
    let EntryError::Unavailable(error) = error else {
        return Lang::En.t("remedy-other");
    };
    match error {
        FetchError::Request(_) if told(error).to_ascii_lowercase().contains("certificate") => {
            Lang::En.t("remedy-certificate")
        }
        FetchError::Request(_) | FetchError::TooSlow | FetchError::JustFailed => {
            "Check this server's network, name resolution and proxy: it must reach the issuer by https.".to_owned()
        }
        FetchError::Unfit(_) | FetchError::Address(_) => {
            "Write sign_in.issuer exactly as the provider names itself in its discovery document; for Microsoft Entra \
             https://login.microsoftonline.com/<tenant-id>/v2.0, with the tenant's ID instead of its name."
                .to_owned()
        }
        FetchError::Status(_) | FetchError::NotJson(_) | FetchError::TooLarge => {
            "There is no OpenID provider at this address. For Microsoft Entra sign_in.issuer is \
             https://login.microsoftonline.com/<tenant-id>/v2.0, with the Tenant ID of the Overview page."
                .to_owned()
        }
    }
}
