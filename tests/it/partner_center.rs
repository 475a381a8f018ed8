//! The client of Partner Center against real sockets: what it sends, what it accepts, what it refuses.
//!
//! The server is a script of raw answers, so that it can do what no well-behaved server does.

mod distrust;
mod reading;
mod retries;
pub mod server;
mod stand_in;
mod subscriptions;
pub mod tls;
mod tokens;

use std::time::Duration;

use partnerlog::{
    clock::Clock,
    config::{Cloud, PartnerAccount},
    partner_center::{Client, ClientOptions, DayPages, Error, RecordPage},
};

/// Options that do not make a test wait.
fn quick() -> ClientOptions {
    ClientOptions {
        request_timeout: Duration::from_secs(20),
        backoff_base: Duration::from_millis(1),
        ..ClientOptions::default()
    }
}

fn account(url: &str) -> PartnerAccount {
    PartnerAccount {
        name: "Contoso Japan".to_owned(),
        tenant_id: "contoso.example".to_owned(),
        cloud: Cloud::Commercial,
        client_id: "the-client".to_owned(),
        client_secret: "s3cr3t-of-contoso".to_owned().into(),
        refresh_token: None,
        authority_url: None,
        api_url: Some(url.to_owned()),
        graph_url: None,
        token_url: Some(format!("{url}/tenant/oauth2/v2.0/token")),
        subscriptions_url: String::new(),
    }
}

/// A client of the service at that address, which issues the tokens, too.
pub fn client(url: &str) -> Client {
    Client::new(&account(url), Clock::system(), quick()).unwrap()
}

fn day(client: &Client) -> DayPages {
    client.day("2020-09-02".parse().unwrap())
}

/// The first page of a day.
async fn first_page(client: &Client) -> Result<RecordPage, Error> {
    Ok(day(client).next().await?.expect("a day has at least one page"))
}

fn texts(page: &RecordPage) -> Vec<&str> {
    page.records.iter().map(|record| record.get()).collect()
}

/// Everything that an error could show to anybody.
fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(e) = cause {
        text.push_str(&format!(" {e} {e:?}"));
        cause = e.source();
    }
    text
}
