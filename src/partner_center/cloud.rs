//! The national clouds: which hosts a partner account of each lives on, and what the settings put in their place.
//!
//! Plain facts from Microsoft's documents.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::{Cloud, PartnerAccount};

/// The addresses of one cloud, all without a trailing slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Microsoft Entra's login host; a tenant's endpoints are below `{authority}/{tenant}`.
    pub authority: &'static str,
    /// Partner Center's REST API, without `/v1`.
    pub api_url: &'static str,
    /// The resource for which tokens are asked; as a scope it ends in `/.default`.
    pub resource: &'static str,
    /// Microsoft Graph.
    pub graph_url: &'static str,
}

/// The addresses that `cloud` implies.
pub fn endpoints(cloud: Cloud) -> Endpoints {
    const COMMERCIAL: Endpoints = Endpoints {
        authority: "https://login.microsoftonline.com",
        api_url: "https://api.partnercenter.microsoft.com",
        resource: "https://api.partnercenter.microsoft.com",
        graph_url: "https://graph.microsoft.com",
    };
    match cloud {
        Cloud::Commercial => COMMERCIAL,
        // Microsoft runs one API host for both; only the identities differ.
        Cloud::UsGovernment => Endpoints {
            authority: "https://login.microsoftonline.us",
            graph_url: "https://graph.microsoft.us",
            ..COMMERCIAL
        },
        Cloud::China => Endpoints {
            authority: "https://login.partner.microsoftonline.cn",
            api_url: "https://partner.partnercenterapi.microsoftonline.cn",
            resource: "https://partner.partnercenterapi.microsoftonline.cn",
            graph_url: "https://microsoftgraph.chinacloudapi.cn",
        },
    }
}

impl Endpoints {
    /// The scope of an App-only or App+User token for Partner Center.
    pub fn scope(&self) -> String {
        format!("{}/.default", self.resource)
    }
}

/// The addresses of one partner account: those of its cloud, but for what its settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Microsoft Entra's login host.
    pub authority: String,
    /// Where a browser is sent for consent.
    pub authorize_url: String,
    /// The token endpoint.
    pub token_url: String,
    /// Partner Center's REST API, without `/v1`.
    pub api_url: String,
    /// The resource for which tokens are asked.
    pub resource: &'static str,
    /// Microsoft Graph.
    pub graph_url: String,
}

impl Addresses {
    /// Where `account` lives.
    pub fn of(account: &PartnerAccount) -> Self {
        let cloud = endpoints(account.cloud);
        let or = |setting: &Option<String>, implied: &str| {
            setting
                .as_deref()
                .unwrap_or(implied)
                .trim_end_matches('/')
                .to_owned()
        };
        let authority = or(&account.authority_url, cloud.authority);
        let tenant = utf8_percent_encode(&account.tenant_id, TENANT);
        let endpoint = |last| format!("{authority}/{tenant}/oauth2/v2.0/{last}");
        Self {
            authorize_url: endpoint("authorize"),
            token_url: account.token_url.clone().unwrap_or_else(|| endpoint("token")),
            api_url: or(&account.api_url, cloud.api_url),
            resource: cloud.resource,
            graph_url: or(&account.graph_url, cloud.graph_url),
            authority,
        }
    }
}

/// What may stand in a tenant's name as it is: letters, digits, and the marks of domains and GUIDs.
const TENANT: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn us_government_shares_the_api_but_not_the_identities_of_the_commercial_cloud() {
        let (commercial, government) = (endpoints(Cloud::Commercial), endpoints(Cloud::UsGovernment));
        assert_eq!(government.api_url, commercial.api_url);
        assert_eq!(
            government.scope(),
            "https://api.partnercenter.microsoft.com/.default"
        );
        assert_eq!(government.authority, "https://login.microsoftonline.us");
        assert_eq!(government.graph_url, "https://graph.microsoft.us");
    }

    fn account(cloud: Cloud) -> PartnerAccount {
        PartnerAccount {
            name: "A".to_owned(),
            tenant_id: "0a1b-c.example".to_owned(),
            cloud,
            client_id: "c".to_owned(),
            client_secret: "s".into(),
            refresh_token: None,
            authority_url: None,
            api_url: None,
            token_url: None,
            graph_url: None,
            subscriptions_url: String::new(),
        }
    }

    #[test]
    fn one_setting_implies_every_address() {
        for (cloud, authority, api, graph) in [
            (
                Cloud::Commercial,
                "https://login.microsoftonline.com",
                "https://api.partnercenter.microsoft.com",
                "https://graph.microsoft.com",
            ),
            (
                Cloud::UsGovernment,
                "https://login.microsoftonline.us",
                "https://api.partnercenter.microsoft.com",
                "https://graph.microsoft.us",
            ),
            (
                Cloud::China,
                "https://login.partner.microsoftonline.cn",
                "https://partner.partnercenterapi.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
            ),
        ] {
            let addresses = Addresses::of(&account(cloud));
            assert_eq!(
                addresses.token_url,
                format!("{authority}/0a1b-c.example/oauth2/v2.0/token")
            );
            assert_eq!(
                addresses.authorize_url,
                format!("{authority}/0a1b-c.example/oauth2/v2.0/authorize")
            );
            assert_eq!((&*addresses.api_url, &*addresses.graph_url), (api, graph));
            assert_eq!(addresses.resource, api);
        }
    }

    #[test]
    fn each_address_can_be_put_in_place_of_what_the_cloud_implies() {
        let addresses = Addresses::of(&PartnerAccount {
            authority_url: Some("https://login.example/".to_owned()),
            api_url: Some("https://api.example".to_owned()),
            graph_url: Some("https://graph.example".to_owned()),
            ..account(Cloud::China)
        });
        assert_eq!(
            addresses.token_url,
            "https://login.example/0a1b-c.example/oauth2/v2.0/token"
        );
        assert_eq!(addresses.api_url, "https://api.example");
        assert_eq!(addresses.graph_url, "https://graph.example");
        let token_url = Some("https://token.example/t".to_owned());
        let addresses = Addresses::of(&PartnerAccount {
            token_url: token_url.clone(),
            ..account(Cloud::Commercial)
        });
        assert_eq!(Some(addresses.token_url), token_url);
        assert!(
            addresses
                .authorize_url
                .starts_with("https://login.microsoftonline.com/")
        );
    }

    #[test]
    fn a_tenants_name_cannot_lead_elsewhere() {
        let addresses = Addresses::of(&PartnerAccount {
            tenant_id: "../x?y#z/é".to_owned(),
            ..account(Cloud::Commercial)
        });
        assert_eq!(
            addresses.token_url,
            "https://login.microsoftonline.com/..%2Fx%3Fy%23z%2F%C3%A9/oauth2/v2.0/token"
        );
    }

    #[test]
    fn china_has_hosts_of_its_own_for_everything() {
        let (commercial, china) = (endpoints(Cloud::Commercial), endpoints(Cloud::China));
        assert_eq!(
            china.scope(),
            "https://partner.partnercenterapi.microsoftonline.cn/.default"
        );
        assert_ne!(china.authority, commercial.authority);
        assert_ne!(china.api_url, commercial.api_url);
        assert_ne!(china.graph_url, commercial.graph_url);
    }
}
