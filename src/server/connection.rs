//! One connection from its first byte to its end.

use std::{
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, body::Body};
use http::Request;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::debug;

use super::{Limits, PeerAddr, crowd::Place, guarded::Guarded};

/// What ends connections from outside.
pub(super) struct Lifetime {
    /// Finish what is in hand.
    pub shutdown: CancellationToken,
    /// End now.
    pub cut: CancellationToken,
}

/// Serves one connection until it ends, from whichever side.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    limits: Arc<Limits>,
    place: Place,
    lifetime: Lifetime,
) {
    let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(PeerAddr(peer));
        let answer = app.clone().oneshot(request.map(Body::new));
        let turn = Turn(place.clone());
        async move {
            answer
                .await
                .map(|response| response.map(|body| Answer { body, _turn: turn }))
        }
    });
    let socket = Guarded::new(stream, place.clone(), limits.stall);
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head_bytes)
        .max_headers(limits.head_fields)
        .max_buf_size(limits.head_bytes.max(64 * 1024))
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    let mut life = pin!(tokio::time::sleep(limits.life));
    let mut longest = pin!(tokio::time::sleep(limits.longest_answer));
    let mut ending = false;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    debug!(%error, "a connection ended early");
                }
                return;
            }
            () = place.asked_to_leave() => return,
            () = lifetime.cut.cancelled() => return,
            () = longest.as_mut() => return,
            () = lifetime.shutdown.cancelled(), if !ending => {
                ending = true;
                if place.is_waiting() {
                    return;
                }
                connection.as_mut().graceful_shutdown();
            }
            () = life.as_mut(), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// While it lives, a request is being answered; then it is the peer's turn again.
struct Turn(Place);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.wait();
    }
}

/// The body of an answer, which ends our turn when it is through.
struct Answer {
    body: Body,
    _turn: Turn,
}

impl http_body::Body for Answer {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
