//! The HTTP server: an accept loop over hyper that no slow, greedy or malformed peer can hold up.
//!
//! `axum::serve` bounds neither the time for a request's head nor the number of connections; here every
//! resource that a peer can hold is bounded by [`Limits`]. Requests are framed strictly before hyper sees
//! them ([`framing`]). It knows nothing of pages: it serves any router.
//!
//! What a full house does: when [`Limits::connections`] are open and one more comes, the connection that is
//! only *waiting* (idle, dripping its head or its body) is closed, of the peer address that holds the
//! most connections, the longest waiting first; then one whose peer has stopped reading its answer. Only when
//! every connection is being answered does a new one wait. So a thousand dripping connections lock nobody out,
//! and a reverse proxy, whose users share one address, needs no exemption.

pub mod bounds;
mod connection;
mod crowd;
pub mod framing;
mod guarded;
mod limits;
mod peer;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info, warn};

pub use limits::Limits;
pub use peer::{PeerAddr, client_address};

use crowd::Crowd;

/// A listener on `address` that can be bound again at once after a restart (`SO_REUSEADDR`).
///
/// # Errors
/// When the address is taken or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Serves `app` over HTTP/1 on `listener` until `shutdown` is cancelled; then accepts nothing more, lets the
/// requests in hand finish within [`Limits::grace`], and cuts what is left.
///
/// Every request carries [`PeerAddr`] as an extension. Errors of `accept` (such as too many open files)
/// are met by making room, not returned.
///
/// # Errors
/// When the listener cannot tell its own address, that is, when it is not a working socket.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    info!(server.address = %address, "listening on {address}");
    let limits = Arc::new(limits);
    let crowd = Arc::new(Crowd::new(limits.connections, limits.stall / 12));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();

    loop {
        let (stream, peer) = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = accept(&listener, &crowd) => accepted,
        };
        let place = tokio::select! {
            () = shutdown.cancelled() => break,
            place = crowd.enter(peer.ip()) => place,
        };
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "the connection ended before it began");
            continue;
        }
        let lifetime = connection::Lifetime {
            shutdown: shutdown.clone(),
            cut: cut.clone(),
        };
        connections.spawn(connection::serve(
            stream,
            peer,
            app.clone(),
            limits.clone(),
            place,
            lifetime,
        ));
    }

    drop(listener);
    connections.close();
    if tokio::time::timeout(limits.grace, connections.wait())
        .await
        .is_err()
    {
        warn!(
            server.connections = connections.len(),
            "cutting connections that did not finish in time"
        );
        cut.cancel();
        connections.wait().await;
    }
    Ok(())
}

/// The next connection. Errors of a single connection are skipped; after errors of the process, such as too many
/// open files, some waiting connections make room, because ending the server would not mend them.
async fn accept(listener: &TcpListener, crowd: &Crowd) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {
                debug!(%error, "a connection ended before it began")
            }
            Err(error) => {
                let room = crowd.make_room();
                warn!(%error, server.closed = room, "cannot accept connections; trying again shortly");
                tokio::time::sleep(Duration::from_millis(if room > 0 { 10 } else { 200 })).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
