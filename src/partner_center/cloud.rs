//! The national clouds: which hosts a partner account of each lives on.
//!
//! Plain facts from Microsoft's documents; which of them a setting overrides is decided where they are used.

use crate::config::Cloud;

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
