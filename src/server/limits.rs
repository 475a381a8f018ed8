//! What a peer may take, as data.

use std::time::Duration;

/// Bounds on what one peer, and all of them together, may hold. The defaults suit production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the first chance to send a request until its head is complete. It bounds idle keep-alive too:
    /// a proxy in front should keep its idle connections for less.
    pub head_time: Duration,
    /// Bytes of a request's line and headers; at least 8 KiB, which is the smallest buffer hyper works with.
    pub head_bytes: usize,
    /// Headers of a request.
    pub head_fields: usize,
    /// From a request's head until the head of its answer, reading the request's body included. The body of
    /// an answer may take longer: it is bounded by `stall` and `longest_answer`.
    pub request_time: Duration,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a file where one may be uploaded. Such a body may take longer than `request_time`, but nothing of it may
    /// arrive for `stall` at most.
    pub upload_bytes: u64,
    /// How long a peer may read nothing of an answer that is ready for it.
    pub stall: Duration,
    /// Connections at once.
    pub connections: usize,
    /// After this a connection ends with the answer in hand.
    pub life: Duration,
    /// After this a connection ends whatever it is doing.
    pub longest_answer: Duration,
    /// How long requests in hand may go on after shutdown began.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(10),
            head_bytes: 32 * 1024,
            head_fields: 100,
            request_time: Duration::from_secs(30),
            body_bytes: 64 * 1024,
            upload_bytes: 4 << 30,
            stall: Duration::from_secs(60),
            connections: 1024,
            life: Duration::from_secs(60 * 60),
            longest_answer: Duration::from_secs(6 * 60 * 60),
            grace: Duration::from_secs(10),
        }
    }
}
