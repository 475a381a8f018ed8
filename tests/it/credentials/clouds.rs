//! One setting says where everything is; single addresses can be put in the place of what it implies.

use partnerlog::{app, config::Settings, partner_center::cloud::Addresses};

const TENANT: &str = "3aa5c8d0-9f4e-4a7b-8f0c-5a6d0b7c1e21";

fn settings(issuer: &str, sign_in: &str, account: &str) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("partnerlog.toml");
    let toml = format!(
        "[sign_in]\nissuer = \"{issuer}\"\nclient_id = \"x\"\n{sign_in}\n[[partner_center]]\nname = \"A\"\n\
         tenant_id = \"{TENANT}\"\nclient_id = \"c\"\nclient_secret = \"s\"\n{account}\n"
    );
    std::fs::write(&file, toml).unwrap();
    Settings::load(Some(&file), std::iter::empty()).unwrap()
}

fn microsoft(host: &str) -> String {
    format!("https://{host}/{TENANT}/v2.0")
}

#[test]
fn each_cloud_is_one_setting() {
    for (account, authority, api, graph) in [
        (
            "",
            "https://login.microsoftonline.com",
            "https://api.partnercenter.microsoft.com",
            "https://graph.microsoft.com",
        ),
        (
            "cloud = \"us-government\"",
            "https://login.microsoftonline.us",
            "https://api.partnercenter.microsoft.com",
            "https://graph.microsoft.us",
        ),
        (
            "cloud = \"china\"",
            "https://login.partner.microsoftonline.cn",
            "https://partner.partnercenterapi.microsoftonline.cn",
            "https://microsoftgraph.chinacloudapi.cn",
        ),
        (
            "cloud = \"china\"\nauthority_url = \"https://login.example/\"\napi_url = \"https://api.example/\"\n\
             graph_url = \"https://graph.example/\"",
            "https://login.example",
            "https://api.example",
            "https://graph.example",
        ),
    ] {
        let settings = settings(&microsoft("login.microsoftonline.com"), "", account);
        let addresses = Addresses::of(&settings.partner_center[0]);
        assert_eq!(
            (&*addresses.authority, &*addresses.api_url, &*addresses.graph_url),
            (authority, api, graph)
        );
        assert!(addresses.token_url.starts_with(authority));
        assert!(addresses.authorize_url.starts_with(authority));
    }
}

#[test]
fn sign_in_of_the_same_tenant_finds_microsoft_graph_where_the_account_says() {
    let graph = |issuer: &str, sign_in: &str, account: &str| {
        app::sign_in(&settings(issuer, sign_in, account)).graph_url
    };
    let ours = microsoft("login.microsoftonline.us");
    assert_eq!(
        graph(&ours, "", "cloud = \"us-government\"").as_deref(),
        Some("https://graph.microsoft.us")
    );
    assert_eq!(
        graph(&ours, "", "graph_url = \"https://graph.example\"").as_deref(),
        Some("https://graph.example")
    );
    assert_eq!(
        graph(
            &ours,
            "graph_url = \"https://mine.example\"",
            "graph_url = \"https://graph.example\""
        )
        .as_deref(),
        Some("https://mine.example")
    );
    // Another provider, or another tenant: what the issuer implies, which is not decided here.
    for other in [
        "https://login.example/v2.0",
        "https://login.microsoftonline.com/another/v2.0",
    ] {
        assert_eq!(graph(other, "", "graph_url = \"https://graph.example\""), None);
    }
}
