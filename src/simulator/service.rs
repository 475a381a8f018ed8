//! The loopback listener a stand-in runs on, and the log of the requests it received.
//!
//! Dropping a [`Service`] ends its listener and every open connection at once: hung requests
//! (a fault tests ask for) must not keep anything alive.

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderMap, Method};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

/// How many requests a log keeps: a demo may run for weeks.
const KEPT_REQUESTS: usize = 20_000;

/// Locks a mutex whose data stays sound even if another holder panicked.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A router served on 127.0.0.1 until it is dropped.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// A bound listener that does not answer yet, so that a router can be built that knows its own address.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds 127.0.0.1 on `port`, or on a free port.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn bind(port: Option<u16>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Begins to answer with `router`, writing every request down in `log` first.
    pub fn serve(self, router: Router, log: RequestLog) -> Service {
        let router = router.layer(middleware::from_fn_with_state(log, record));
        Service {
            address: self.address,
            task: tokio::spawn(accept(self.listener, router)),
        }
    }
}

impl Service {
    /// `http://127.0.0.1:PORT`, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends the listener and every connection, and returns when the port is free.
    pub async fn shutdown(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Out of file descriptors or a peer already gone: the next one may fare better.
                let Ok((stream, _)) = accepted else { tokio::task::yield_now().await; continue };
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(
                    http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service),
                );
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    pub method: Method,
    pub path: String,
    /// Percent-encoded, without the question mark; empty when there was none.
    pub query: String,
    pub headers: HeaderMap,
}

impl ReceivedRequest {
    /// The first value of a header, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The newest requests a stand-in received, oldest first.
#[derive(Clone, Debug, Default)]
pub struct RequestLog(Arc<Mutex<VecDeque<ReceivedRequest>>>);

impl RequestLog {
    /// A copy of everything kept.
    pub fn all(&self) -> Vec<ReceivedRequest> {
        lock(&self.0).iter().cloned().collect()
    }

    /// Those whose path contains `part`.
    pub fn to(&self, part: &str) -> Vec<ReceivedRequest> {
        lock(&self.0)
            .iter()
            .filter(|request| request.path.contains(part))
            .cloned()
            .collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        lock(&self.0).clear();
    }
}

async fn record(State(log): State<RequestLog>, request: Request, next: Next) -> Response {
    let received = ReceivedRequest {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
    };
    {
        let mut kept = lock(&log.0);
        if kept.len() == KEPT_REQUESTS {
            kept.pop_front();
        }
        kept.push_back(received);
    }
    next.run(request).await
}
