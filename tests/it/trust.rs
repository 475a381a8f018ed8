//! What strangers, readers and records can do to the program, tried from outside: by requests to the whole of it
//! over a real socket.

mod doors;
mod headers;
mod hostile_records;
mod input;
mod leaving_traces;
mod load;

use std::time::{Duration, Instant};

use crate::support::browser::{Answer, Browser};

/// Nothing that anybody sends may keep a reader waiting for longer. Without the compiler's optimisation, hostile
/// records cost some twenty times as much.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 3 });

/// The answer, which must come in time and be no failure of ours.
async fn asked(browser: &mut Browser, path: &str) -> Answer {
    let began = Instant::now();
    let answer = browser.get(path).await;
    let took = began.elapsed();
    let shown: String = path.chars().take(120).collect();
    assert!(!answer.status.is_server_error(), "{} for {shown}", answer.status);
    assert!(took < PATIENCE, "{took:?} for {shown}");
    answer
}

/// Asserts that an answer is a page in words, not a bare status.
#[track_caller]
fn assert_page(answer: &Answer, path: &str) {
    let shown: String = path.chars().take(120).collect();
    assert!(
        answer.header("content-type").starts_with("text/html"),
        "{} for {shown}",
        answer.status
    );
    assert!(
        answer.body.contains("<h1"),
        "{} without words for {shown}",
        answer.status
    );
}
