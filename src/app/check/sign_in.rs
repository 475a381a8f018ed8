//! The sign-in provider, and whom it lets in.

use super::{Line, Tell, told};
use crate::{
    app,
    clock::Clock,
    config::{self, Settings},
    i18n::Lang,
    identity::{Entra, EntryError, FetchError},
};

pub(super) async fn check(settings: &Settings, clock: &Clock, tell: &mut Tell<'_>) {
    let sign_in = app::sign_in(settings);
    let entra = Entra::new(&sign_in, &settings.server.public_url, clock.clone());
    match entra.probe().await {
        Ok(()) => {
            tell(Line::ok(
                "sign_in.issuer",
                format!("{} describes itself so, and gives its keys", sign_in.issuer),
            ));
            tell(secret(&sign_in, &entra).await);
        }
        Err(error) => tell(Line::failed(
            "sign_in.issuer",
            format!("{}: {}", sign_in.issuer, told(&error)),
            remedy(&error),
        )),
    }
    let callback = format!("{}/sign-in/callback", settings.server.public_url);
    tell(Line::ok(
        "sign_in",
        format!("the redirect URI to register for the application is {callback}"),
    ));
    tell(roles(settings));
}

/// Whether the provider accepts the client and its secret.
async fn secret(sign_in: &config::SignIn, entra: &Entra) -> Line {
    let what = "sign_in.client_secret";
    if sign_in.client_secret.is_none() {
        return Line::warning(
            what,
            "not set: partnerlog signs in as a public client",
            "Microsoft Entra demands a secret of platform Web: App registrations, the application, Certificates & \
             secrets.",
        );
    }
    match entra.probe_client().await {
        Ok(true) => Line::ok(what, "accepted"),
        Ok(false) => Line::ok(
            what,
            "set, and nothing said against it; it is used at the first sign-in",
        ),
        Err(EntryError::ClientRefused(code)) => Line::failed(
            what,
            format!("the provider does not accept sign_in.client_id with this secret ({code})"),
            match code.as_str() {
                "AADSTS7000222" => {
                    "The secret has expired. In the Microsoft Entra admin center open App registrations, the \
                     application for sign-in, Certificates & secrets; add a new client secret and put its value here."
                }
                "AADSTS700016" => {
                    "Check sign_in.client_id: it is the Application (client) ID under App registrations, in the tenant \
                     of sign_in.issuer."
                }
                _ => {
                    "It must be the secret's value, not its ID. If in doubt, add a new client secret under App \
                     registrations, the application for sign-in, Certificates & secrets."
                }
            },
        ),
        Err(error) => Line::warning(
            what,
            format!("set; the provider could not be asked ({})", told(&error)),
            "Check again when the provider answers.",
        ),
    }
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
