//! A server under test, and HTTP by hand: what a hostile client sends cannot be said with a client library.

use std::{collections::HashMap, io, net::SocketAddr, time::Duration};

use axum::Router;
use partnerlog::server::{self, Limits};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Longer than anything here takes; it only turns a hang into a failure.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a port of its own.
pub struct Running {
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub ended: JoinHandle<io::Result<()>>,
}

/// Serves `app` until the test ends.
pub fn start(app: Router, limits: Limits) -> Running {
    let listener = server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let ended = tokio::spawn(server::serve(listener, app, limits, shutdown.clone()));
    Running {
        address,
        shutdown,
        ended,
    }
}

impl Running {
    pub async fn connect(&self) -> TcpStream {
        timeout(PATIENCE, TcpStream::connect(self.address))
            .await
            .expect("no connection")
            .unwrap()
    }

    /// A connection on which `bytes` were sent.
    pub async fn sent(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        stream
    }

    /// What the server answers to `bytes` until it closes the connection.
    pub async fn exchange(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        rest(&mut self.sent(bytes).await).await
    }

    /// One request on a connection of its own; `fields` are further header lines.
    pub async fn request(&self, method: &str, path: &str, fields: &[&str], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\n");
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        for field in fields {
            head += &format!("{field}\r\n");
        }
        Answer::parse(&self.exchange(format!("{head}\r\n{body}")).await)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "").await
    }
}

/// Everything until the server closes the connection; a reset counts as closing.
pub async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .expect("the server keeps the connection");
    bytes
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| {
                panic!("no answer in {:?}", String::from_utf8_lossy(bytes));
            });
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}
