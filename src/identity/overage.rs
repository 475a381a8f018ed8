//! Groups overage: a user is in too many groups for the token, so Microsoft Graph is asked about the configured ones.
//!
//! The address in the token is never used. Graph's `checkMemberGroups` for the signed-in user needs no more than
//! the delegated permission `User.Read`, looks through nested groups, and takes twenty ids at a time.

use oauth2::url::Url;
use serde::Deserialize;
use serde_json::json;

use super::fetch::{self, FetchError};

const AT_ONCE: usize = 20;

/// Why it stays unknown in which groups a user is.
#[derive(Debug, thiserror::Error)]
pub enum OverageError {
    /// Nothing is said about where Graph is, or Graph says that we may not ask.
    #[error("Microsoft Graph may not be asked")]
    NotPermitted,
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

#[derive(Deserialize)]
struct Answer {
    value: Vec<String>,
}

/// Where Microsoft Graph is: `configured`, or what the issuer's cloud implies.
pub(super) fn graph_url(configured: Option<&str>, issuer: &str) -> Option<String> {
    if let Some(url) = configured {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let host = Url::parse(issuer).ok()?.host_str()?.to_owned();
    let graph = match host.as_str() {
        "login.microsoftonline.com" => "https://graph.microsoft.com",
        "login.microsoftonline.us" => "https://graph.microsoft.us",
        "login.partner.microsoftonline.cn" | "login.chinacloudapi.cn" => {
            "https://microsoftgraph.chinacloudapi.cn"
        }
        _ => return None,
    };
    Some(graph.to_owned())
}

/// Those of the groups `ids` that the bearer of `access_token` is in. All chunks must be answered.
pub(super) async fn member_of(
    http: &reqwest::Client,
    graph_url: &str,
    access_token: &str,
    ids: &[String],
) -> Result<Vec<String>, OverageError> {
    let plain = fetch::is_plain_loopback(graph_url);
    let address = fetch::trustworthy(&format!("{graph_url}/v1.0/me/checkMemberGroups"), plain)?;
    let mut held = Vec::new();
    for chunk in ids.chunks(AT_ONCE) {
        let request = http
            .post(address.clone())
            .bearer_auth(access_token)
            .json(&json!({ "groupIds": chunk }));
        match fetch::json::<Answer>(request).await {
            Ok(answer) => {
                held.extend(
                    answer
                        .value
                        .into_iter()
                        .filter(|id| chunk.iter().any(|of| of.eq_ignore_ascii_case(id))),
                );
            }
            Err(FetchError::Status(401 | 403)) => return Err(OverageError::NotPermitted),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_issuer_implies_the_graph_of_its_cloud() {
        let implied = |host: &str| graph_url(None, &format!("https://{host}/0a1b/v2.0"));
        assert_eq!(
            implied("login.microsoftonline.com").as_deref(),
            Some("https://graph.microsoft.com")
        );
        assert_eq!(
            implied("login.microsoftonline.us").as_deref(),
            Some("https://graph.microsoft.us")
        );
        assert_eq!(
            implied("login.partner.microsoftonline.cn").as_deref(),
            Some("https://microsoftgraph.chinacloudapi.cn")
        );
        assert_eq!(implied("login.example"), None);
        assert_eq!(
            graph_url(Some("https://graph.example/"), "x").as_deref(),
            Some("https://graph.example")
        );
    }
}
