//! A socket that gives up on a peer that does not read, and that lets only strictly framed requests in.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};
use tracing::debug;

use super::{crowd::Place, framing::Framing};

/// How long a closing connection waits for the peer to finish sending, so that the answer is not lost.
const LINGER: Duration = Duration::from_secs(2);
/// How many bytes it throws away meanwhile.
const LINGER_BYTES: usize = 1 << 20;

/// `S`, guarded.
pub(super) struct Guarded<S> {
    socket: S,
    place: Place,
    framing: Framing,
    refused: bool,
    stall: Duration,
    /// Runs while the peer reads nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    lingering: Option<Lingering>,
}

struct Lingering {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Guarded<S> {
    pub(super) fn new(socket: S, place: Place, stall: Duration) -> Self {
        let framing = Framing::default();
        Self {
            socket,
            place,
            framing,
            refused: false,
            stall,
            stalled: None,
            lingering: None,
        }
    }

    /// Passes `result` on; an error once the peer has made no progress for too long.
    fn progress(&mut self, result: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if result.is_ready() {
            if self.stalled.take().is_some() {
                self.place.set_stalled(false);
            }
            return result;
        }
        let stall = self.stall;
        let stalled = self.stalled.get_or_insert_with(|| {
            self.place.set_stalled(true);
            Box::pin(tokio::time::sleep_until(Instant::now() + stall))
        });
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the peer stopped reading",
        )))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.refused {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "malformed request",
            )));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.socket).poll_read(cx, buffer))?;
        let complete = this.framing.complete();
        let Err(fault) = this.framing.read(&buffer.filled()[before..]) else {
            if this.framing.is_amid_request() {
                this.place.wait();
            } else if this.framing.complete() > complete {
                this.place.work();
            }
            return Poll::Ready(Ok(()));
        };
        debug!("refusing a malformed request");
        this.refused = true;
        // A NUL is no part of any head or chunk, so hyper answers 400 and ends the connection by itself.
        buffer.filled_mut()[before + fault.sound] = 0;
        buffer.set_filled(before + fault.sound + 1);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.progress(result, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.progress(result, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// Ends our side, then throws away what the peer still sends: closing a socket with unread bytes resets
    /// it, and the peer would lose the answer that says why.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.lingering.is_none() {
            ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
            if !this.refused && !this.framing.is_amid_request() {
                return Poll::Ready(Ok(()));
            }
            this.place.wait();
        }
        let lingering = this.lingering.get_or_insert_with(|| Lingering {
            until: Box::pin(tokio::time::sleep(LINGER)),
            left: LINGER_BYTES,
        });
        let mut scratch = [0; 8192];
        while lingering.left > 0 && lingering.until.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut this.socket).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    lingering.left = lingering.left.saturating_sub(buffer.filled().len());
                }
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}
