//! A receiver over HTTP: remembers what it was sent, and answers as it is told to.

use std::{
    collections::VecDeque,
    io::Read as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::{net::TcpListener, sync::Notify};

/// What a receiver does with a request, once.
#[derive(Clone)]
pub enum Answer {
    Status(u16),
    /// With headers and a body.
    Said(u16, Vec<(&'static str, String)>, String),
    /// 200, and a body without an end.
    Endless,
    /// Ends the connection in the middle of the request.
    Breaks,
    /// Reads the request and never answers.
    Silent,
    /// Waits until it is told to go on, then answers 200.
    Held(Arc<Notify>),
    /// Answers 400 to whatever contains a text, else 200.
    Picky(String),
}

#[derive(Clone)]
pub struct Taken {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether it was answered with 2xx.
    pub accepted: bool,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Remembered>>);

#[derive(Default)]
struct Remembered {
    taken: Vec<Taken>,
    script: VecDeque<Answer>,
    /// What it does when nothing else is said.
    usual: Option<Answer>,
}

/// It ends when the test's runtime does.
pub struct Receiver {
    pub address: SocketAddr,
    memory: Memory,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::at("127.0.0.1:0").await
    }

    pub async fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let memory = Memory::default();
        let app = Router::new().fallback(take).with_state(memory.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, memory }
    }

    pub fn url(&self) -> String {
        format!("http://{}/in", self.address)
    }

    /// The next answers, one after the other; then 200.
    pub fn answer(&self, script: impl IntoIterator<Item = Answer>) {
        self.memory.0.lock().unwrap().script.extend(script);
    }

    pub fn usually(&self, answer: Answer) {
        self.memory.0.lock().unwrap().usual = Some(answer);
    }

    /// Every request, accepted or not.
    pub fn all(&self) -> Vec<Taken> {
        self.memory.0.lock().unwrap().taken.clone()
    }

    pub fn accepted(&self) -> Vec<Taken> {
        self.all().into_iter().filter(|taken| taken.accepted).collect()
    }

    /// The records of every accepted request, in order, as lines of JSON or one object.
    pub fn envelopes(&self) -> Vec<Value> {
        self.accepted().iter().flat_map(Taken::envelopes).collect()
    }

    pub fn ids(&self) -> Vec<String> {
        let ids = self
            .envelopes()
            .into_iter()
            .map(|envelope| envelope["id"].as_str().unwrap().to_owned());
        ids.collect()
    }
}

impl Taken {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        if self.header("content-encoding") == "gzip" {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&self.body[..])
                .read_to_string(&mut text)
                .unwrap();
            return text;
        }
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub fn envelopes(&self) -> Vec<Value> {
        let text = self.text();
        let values = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        values
            .map(|value| match value {
                // A webhook, an event of Splunk's, or a line.
                Value::Object(mut whole) => ["data", "event"]
                    .iter()
                    .find_map(|name| whole.remove(*name))
                    .unwrap_or(Value::Object(whole)),
                other => other,
            })
            .collect()
    }
}

async fn take(State(memory): State<Memory>, request: Request) -> Response {
    let answer = {
        let mut memory = memory.0.lock().unwrap();
        let next = memory.script.pop_front();
        next.or(memory.usual.clone()).unwrap_or(Answer::Status(200))
    };
    let (parts, body) = request.into_parts();
    let remember = |body: Bytes, accepted| {
        memory.0.lock().unwrap().taken.push(Taken {
            path: parts.uri.to_string(),
            headers: parts.headers.clone(),
            body,
            accepted,
        });
    };
    if matches!(answer, Answer::Breaks) {
        remember(Bytes::new(), false);
        // What panics here ends its connection.
        std::panic::resume_unwind(Box::new(()));
    }
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&body).into_owned();
    match answer {
        Answer::Status(status) => {
            remember(body, (200..300).contains(&status));
            StatusCode::from_u16(status).unwrap().into_response()
        }
        Answer::Said(status, headers, said) => {
            remember(body, (200..300).contains(&status));
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(said)).unwrap()
        }
        Answer::Endless => {
            remember(body, true);
            let chunk = Bytes::from_static(&[b'x'; 65_536]);
            let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
            Body::from_stream(endless).into_response()
        }
        Answer::Silent => {
            remember(body, false);
            std::future::pending().await
        }
        Answer::Held(go_on) => {
            remember(body, true);
            go_on.notified().await;
            StatusCode::OK.into_response()
        }
        Answer::Picky(text_of_it) => {
            let refused = text.contains(&text_of_it);
            remember(body, !refused);
            let status = if refused {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::OK
            };
            (status, "this one I do not take").into_response()
        }
        Answer::Breaks => unreachable!("answered above"),
    }
}
