//! The address to listen on, and the one that browsers use.

use std::{io::ErrorKind, net::IpAddr, net::SocketAddr, time::Duration};

use super::{Line, Tell};
use crate::{config::Settings, http_client, server};

const TIME_OUT: Duration = Duration::from_secs(5);

pub(super) async fn check(settings: &Settings, tell: &mut Tell<'_>) {
    let listen = settings.server.listen;
    let running = match server::bind(listen) {
        Ok(_) => {
            tell(Line::ok("server.listen", format!("{listen} is free")));
            false
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let running = answers(&format!("http://{}", reachable(listen))).await;
            tell(if running {
                Line::ok("server.listen", format!("partnerlog is running at {listen}"))
            } else {
                Line::failed(
                    "server.listen",
                    format!("another program uses {listen}"),
                    format!(
                        "Choose another port in server.listen, or end that program (ss -ltnp 'sport = :{}' names it).",
                        listen.port()
                    ),
                )
            });
            running
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            tell(Line::failed(
                "server.listen",
                format!("this user may not listen on port {}", listen.port()),
                "Choose a port of 1024 or more in server.listen, and let the reverse proxy have the other one.",
            ));
            false
        }
        Err(error) => {
            tell(Line::failed(
                "server.listen",
                format!("cannot listen on {listen}: {error}"),
                "Write an address of this machine into server.listen, such as 127.0.0.1:8080.",
            ));
            false
        }
    };
    tell(public_url(settings, running).await);
}

async fn public_url(settings: &Settings, running: bool) -> Line {
    let url = &settings.server.public_url;
    if running && !answers(url).await {
        return Line::warning(
            "server.public_url",
            format!("{url} does not lead here as seen from this machine"),
            "Check the reverse proxy, its certificate and the name's address; browsers must reach partnerlog there.",
        );
    }
    if settings.server.is_https() {
        Line::ok(
            "server.public_url",
            format!("{url}: cookies are Secure, HSTS is sent"),
        )
    } else {
        Line::ok(
            "server.public_url",
            format!("{url}: for browsers on this machine only"),
        )
    }
}

/// Whether partnerlog answers there.
async fn answers(url: &str) -> bool {
    let http = http_client::new(TIME_OUT);
    let Ok(answer) = http.get(format!("{url}/healthz")).send().await else {
        return false;
    };
    answer.status().as_u16() == 200 && answer.text().await.is_ok_and(|text| text == "ok")
}

/// Where a listener is reached that listens everywhere.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip: IpAddr = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => [127, 0, 0, 1].into(),
        IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
