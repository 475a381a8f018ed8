//! A server that answers by script, byte by byte if need be, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Barrier,
    task::JoinHandle,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Path and query string.
    pub target: String,
    /// By lower-case name.
    pub headers: HashMap<String, String>,
    pub body: String,
    pub at: Instant,
}

/// What the script says to do.
pub enum Reply {
    Bytes(Vec<u8>),
    /// Answer nothing and keep the connection.
    Hang,
    /// Answer when two requests are at the gate.
    Together(Arc<Gate>, Vec<u8>),
}

/// Lets requests pass in pairs, and knows how many were ever here at once.
pub struct Gate {
    pair: Barrier,
    here: AtomicUsize,
    pub most: AtomicUsize,
}

impl Gate {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            pair: Barrier::new(2),
            here: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    async fn pass(&self) {
        self.most.fetch_max(self.here.fetch_add(1, SeqCst) + 1, SeqCst);
        self.pair.wait().await;
        self.here.fetch_sub(1, SeqCst);
    }
}

impl From<Vec<u8>> for Reply {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Ends with the test that started it.
pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// `api` answers the n-th request (from 0) for anything but tokens; tokens are `token-0`, `token-1`, ….
    pub async fn start(api: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::with_tokens(api, |n, _| token(n, "3599").into()).await
    }

    /// Also with a script for the token endpoint.
    pub async fn with_tokens(
        api: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
        tokens: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::<Asked>::new()));
        let log = Arc::clone(&asked);
        let script = Arc::new(move |log: &Mutex<Vec<Asked>>, request: Asked| {
            let mut log = log.lock().unwrap();
            let is_token = is_for_token(&request);
            let n = log.iter().filter(|other| is_for_token(other) == is_token).count();
            let reply = if is_token {
                tokens(n, &request)
            } else {
                api(n, &request)
            };
            log.push(request);
            reply
        });
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                connections.spawn(async move {
                    let Some(request) = read(&mut stream).await else {
                        return;
                    };
                    let bytes = match script(&log, request) {
                        Reply::Bytes(bytes) => bytes,
                        Reply::Hang => std::future::pending().await,
                        Reply::Together(gate, bytes) => {
                            gate.pass().await;
                            bytes
                        }
                    };
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        Self { url, asked, task }
    }

    /// The requests so far, those for tokens left out.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|asked| !is_for_token(asked))
            .cloned()
            .collect()
    }

    /// The requests for tokens so far.
    pub fn asked_for_tokens(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|asked| is_for_token(asked))
            .cloned()
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn is_for_token(asked: &Asked) -> bool {
    asked.target.ends_with("/token")
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, target) = (first.next().unwrap().to_owned(), first.next().unwrap().to_owned());
    let headers: HashMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |value| value.parse().unwrap());
    while bytes.len() < end + 4 + length {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let body = String::from_utf8(bytes[end + 4..].to_vec()).unwrap();
    Some(Asked {
        method,
        target,
        headers,
        body,
        at: Instant::now(),
    })
}

/// A whole answer with a body of JSON.
pub fn json(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(
        status,
        &[("Content-Type", "application/json; charset=utf-8")],
        body,
    )
}

/// A whole answer.
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut head = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// A token as version 1 of the endpoint writes it: numbers are strings.
pub fn token(n: usize, expires_in: &str) -> Vec<u8> {
    json(
        200,
        format!(r#"{{"token_type":"Bearer","expires_in":"{expires_in}","access_token":"token-{n}"}}"#),
    )
}

/// A page with these records and, perhaps, a next link with this continuation.
pub fn page(records: &[&str], continuation: Option<&str>) -> Vec<u8> {
    let links = continuation.map_or_else(
        || r#""links":{"self":{"uri":"/auditrecords?size=500","method":"GET","headers":[]}}"#.to_owned(),
        |token| {
            format!(
                r#""links":{{"next":{{"uri":"/auditrecords?startDate=2020-09-02&size=500&seekOperation=Next",
                "method":"GET","headers":[{{"key":"MS-ContinuationToken","value":"{token}"}}]}}}}"#
            )
        },
    );
    json(
        200,
        format!(
            r#"{{"totalCount":{},"items":[{}],{links}}}"#,
            records.len(),
            records.join(",")
        ),
    )
}
