//! The server against slow, greedy and malformed peers, over real sockets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::State,
    routing::{get, post},
};
use partnerlog::server::{Limits, PeerAddr, bounds::bounded};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{Notify, mpsc},
    time::timeout,
};

use crate::raw_http::{Answer, PATIENCE, Running, rest, start};

const SHORT: Duration = Duration::from_millis(250);
const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

fn app(limits: &Limits) -> Router {
    let app = Router::new()
        .route("/", get(async || "hello"))
        .route("/echo", post(async |body: Bytes| body))
        .route("/never", get(std::future::pending::<()>))
        .route("/endless", get(async || Body::from_stream(endless())))
        .route(
            "/peer",
            get(async |Extension(peer): Extension<PeerAddr>| peer.0.to_string()),
        );
    bounded(app, limits)
}

fn endless() -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    tokio_stream::iter(std::iter::repeat_with(|| {
        Ok(Bytes::from_static(&[b'x'; 16 * 1024]))
    }))
}

fn serve(limits: Limits) -> Running {
    start(app(&limits), limits)
}

/// Sends one byte every 20 ms until the server closes the connection; how long that took.
async fn drip(mut stream: TcpStream) -> Duration {
    let began = Instant::now();
    let mut buffer = [0; 1024];
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let dripping = async {
        loop {
            tokio::select! {
                _ = tick.tick() => if stream.write_all(b"a").await.is_err() { break },
                read = stream.read(&mut buffer) => if !matches!(read, Ok(1..)) { break },
            }
        }
    };
    timeout(PATIENCE, dripping)
        .await
        .expect("the server lets it drip");
    began.elapsed()
}

async fn is_served_quickly(server: &Running) {
    let began = Instant::now();
    let answer = server.exchange(GET).await;
    assert!(
        answer.ends_with(b"hello"),
        "{:?}",
        String::from_utf8_lossy(&answer)
    );
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_connection_whose_head_drips_or_that_says_nothing_is_cut() {
    let server = serve(Limits {
        head_time: SHORT,
        ..Limits::default()
    });
    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", "\r\n"] {
        let took = drip(server.sent(beginning).await).await;
        assert!(took < Duration::from_secs(3), "{beginning:?}: {took:?}");
    }
    assert_eq!(rest(&mut server.connect().await).await, b"");
}

#[tokio::test]
async fn a_body_that_drips_ends_in_408_when_a_handler_waits_for_it() {
    let server = serve(Limits {
        request_time: SHORT,
        ..Limits::default()
    });
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nab";
    let mut stream = server.sent(head).await;
    let answer = Answer::parse(&rest(&mut stream).await);
    assert_eq!(answer.status, 408);
    let took = drip(server.sent(head).await).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_body_that_nobody_reads_does_not_hold_the_connection() {
    let server = serve(Limits::default());
    let head = "POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nab";
    let took = drip(server.sent(head).await).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    let chunked = "POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFF\r\nab";
    assert_eq!(Answer::parse(&server.exchange(chunked).await).status, 404);
}

#[tokio::test]
async fn a_handler_that_does_not_answer_ends_in_503_but_a_long_answer_goes_on() {
    let limits = Limits {
        request_time: SHORT,
        ..Limits::default()
    };
    let slow = Router::new().route(
        "/slow",
        get(async || {
            let (sender, receiver) = mpsc::channel(1);
            tokio::spawn(async move {
                for _ in 0..8 {
                    tokio::time::sleep(SHORT / 4).await;
                    let _ = sender.send(Ok::<_, std::io::Error>("part,")).await;
                }
            });
            Body::from_stream(tokio_stream::wrappers::ReceiverStream::new(receiver))
        }),
    );
    let server = start(app(&limits).merge(bounded(slow, &limits)), limits);
    assert_eq!(server.get("/never").await.status, 503);
    let answer = server.get("/slow").await;
    assert_eq!(answer.text().matches("part,").count(), 8);
    assert!(
        answer.text().ends_with("0\r\n\r\n"),
        "the chunked answer is whole"
    );
}

#[tokio::test]
async fn large_heads_and_bodies_are_refused() {
    let server = serve(Limits::default());
    let large = "a".repeat(40 * 1024);
    let many = "X-A: b\r\n".repeat(200);
    for head in [
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Large: {large}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
    ] {
        assert_eq!(Answer::parse(&server.exchange(head).await).status, 431);
    }
    let address = format!("GET /{large} HTTP/1.1\r\nHost: x\r\n\r\n");
    let status = Answer::parse(&server.exchange(address).await).status;
    assert!(status == 414 || status == 431, "{status}");
    let body = "a".repeat(65 * 1024);
    assert_eq!(server.request("POST", "/echo", &[], &body).await.status, 413);
    let chunked = format!(
        "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    assert_eq!(Answer::parse(&server.exchange(chunked).await).status, 413);
    assert_eq!(
        server
            .request("POST", "/echo", &[], &body[..64 * 1024])
            .await
            .status,
        200
    );
    is_served_quickly(&server).await;
}

#[tokio::test]
async fn a_refused_peer_may_finish_sending_and_then_read_why() {
    let server = serve(Limits::default());
    for head in [
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nContent-Length: 900000\r\n\r\n",
    ] {
        let mut stream = server.sent(head).await;
        timeout(PATIENCE, stream.peek(&mut [0]))
            .await
            .expect("no answer")
            .unwrap();
        for _ in 0..50 {
            stream
                .write_all(&[b'a'; 16 * 1024])
                .await
                .expect("the connection was reset");
        }
        let answer = Answer::parse(&rest(&mut stream).await);
        assert!([400, 413].contains(&answer.status), "{answer:?}");
    }
}

#[tokio::test]
async fn malformed_and_smuggling_requests_are_refused_and_what_they_hide_is_not_answered() {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = |State(reached): State<Arc<AtomicUsize>>| async move {
        reached.fetch_add(1, Ordering::SeqCst);
    };
    let app = Router::new()
        .route("/hidden", get(count))
        .with_state(reached.clone());
    let server = start(app.fallback(async |_: Bytes| "outer"), Limits::default());
    let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    let post = |fields: &str, body: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n{body}");
    for (request, what) in [
        (
            post(
                "Content-Length: 6\r\nTransfer-Encoding: chunked",
                &format!("0\r\n\r\n{hidden}"),
            ),
            "CL.TE",
        ),
        (
            post(
                "Transfer-Encoding: chunked\r\nContent-Length: 4",
                &format!("5c\r\n{hidden}"),
            ),
            "TE.CL",
        ),
        (
            post(
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
                &format!("0\r\n\r\n{hidden}"),
            ),
            "TE.TE",
        ),
        (
            post("Transfer-Encoding : chunked", &format!("0\r\n\r\n{hidden}")),
            "blank before the colon",
        ),
        (
            post("Transfer-Encoding:\u{b}chunked", &format!("0\r\n\r\n{hidden}")),
            "vertical tab",
        ),
        (
            post("Content-Length: 0\r\nContent-Length: 40", hidden),
            "two lengths",
        ),
        (post("Content-Length: -1", hidden), "negative length"),
        (
            post("Content-Length: 99999999999999999999", hidden),
            "length overflow",
        ),
        (post("X: a\r\n Content-Length: 40", hidden), "obsolete folding"),
        (post("X: a\nContent-Length: 40", hidden), "bare line feed"),
        (post("X: a\rContent-Length: 40", hidden), "bare return"),
        (post("X: a\0b", hidden), "NUL"),
        (post("Host: y", hidden), "two hosts"),
        (format!("GET / HTTP/1.1\r\n\r\n{hidden}"), "no host"),
        (format!("GET / HTTP/1.1\n\n{hidden}"), "bare line feeds"),
        (format!("GET /\r\n{hidden}"), "HTTP/0.9"),
        (
            format!("GET / HTTP/3.0\r\nHost: x\r\n\r\n{hidden}"),
            "unknown version",
        ),
        (
            format!("GET / x HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"),
            "blank in the target",
        ),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), "HTTP/2"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0".to_owned(), "TLS"),
    ] {
        let answer = Answer::parse(&server.exchange(request).await);
        assert_eq!(answer.status, 400, "{what}");
        assert_eq!(answer.header("connection"), "close", "{what}");
        assert_eq!(reached.load(Ordering::SeqCst), 0, "{what}");
    }
    for body in [
        "x\r\n",
        "5;a=b\r\nhello\r\n",
        "-1\r\n",
        "5\nhello",
        "5\r\nhelloworld\r\n",
        "fffffffffffffffff\r\n",
    ] {
        let answer = server
            .exchange(post("Transfer-Encoding: chunked", &format!("{body}{hidden}")))
            .await;
        assert_eq!(Answer::parse(&answer).status, 400, "{body:?}");
        assert_eq!(reached.load(Ordering::SeqCst), 0, "{body:?}");
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests_also_pipelined() {
    let server = serve(Limits::default());
    let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunked =
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let answers = server.exchange(format!("{request}{chunked}{request}{GET}")).await;
    assert_eq!(String::from_utf8(answers).unwrap().matches("hello").count(), 4);

    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"hello") {
            assert_ne!(
                timeout(PATIENCE, stream.read_buf(&mut answer))
                    .await
                    .unwrap()
                    .unwrap(),
                0
            );
        }
    }
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_cut_and_its_answer_dropped() {
    struct Told(Arc<Notify>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let dropped = Arc::new(Notify::new());
    let told = dropped.clone();
    let app = Router::new().route(
        "/",
        get(async move || {
            let told = Told(told);
            let parts = std::iter::repeat_with(move || {
                let _kept = &told;
                Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 16 * 1024]))
            });
            Body::from_stream(tokio_stream::iter(parts))
        }),
    );
    let server = start(
        app,
        Limits {
            stall: SHORT,
            ..Limits::default()
        },
    );
    let _unread = server.sent(GET).await;
    timeout(PATIENCE, dropped.notified())
        .await
        .expect("the answer is kept for a peer that does not read");
}

#[tokio::test]
async fn a_slow_reader_that_makes_progress_gets_everything() {
    const SIZE: usize = 12 << 20;
    let limits = Limits {
        stall: SHORT * 4,
        head_time: SHORT,
        request_time: SHORT,
        ..Limits::default()
    };
    let app = Router::new().route("/", get(async || Bytes::from(vec![b'x'; SIZE])));
    let server = start(bounded(app, &limits), limits);
    let mut stream = server.sent(GET).await;
    let began = Instant::now();
    let mut received = 0;
    let mut buffer = vec![0; SIZE / 16];
    loop {
        tokio::time::sleep(SHORT / 2).await;
        let read = timeout(PATIENCE, read_up_to(&mut stream, &mut buffer))
            .await
            .unwrap();
        received += read;
        if read < buffer.len() {
            break;
        }
    }
    assert!(received > SIZE, "{received}");
    assert!(
        began.elapsed() > SHORT * 5,
        "too fast to prove anything: {:?}",
        began.elapsed()
    );
}

async fn read_up_to(stream: &mut TcpStream, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]).await {
            Ok(0) | Err(_) => break,
            Ok(read) => filled += read,
        }
    }
    filled
}

#[tokio::test]
async fn crowds_of_slow_peers_leave_others_served_at_once_even_when_the_house_is_full() {
    let limits = Limits {
        connections: 100,
        stall: Duration::from_secs(3),
        ..Limits::default()
    };
    let server = serve(limits);
    for (beginning, what) in [
        ("GET / HTTP/1.1\r\nX-Slow: ", "heads"),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\na",
            "bodies",
        ),
        ("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n", "readers"),
        ("", "silent"),
    ] {
        let mut crowd = Vec::new();
        for _ in 0..150 {
            crowd.push(server.sent(beginning).await);
        }
        for _ in 0..5 {
            let began = Instant::now();
            let answer = server.exchange(GET).await;
            assert!(answer.ends_with(b"hello"), "{what}");
            assert!(
                began.elapsed() < Duration::from_secs(3),
                "{what}: {:?}",
                began.elapsed()
            );
        }
    }
}

#[tokio::test]
async fn requests_in_hand_finish_after_shutdown_began_and_nothing_new_is_accepted() {
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (arrived.clone(), go.clone());
    let app = Router::new().route(
        "/",
        get(async move || {
            tell.notify_one();
            wait.notified().await;
            "finished"
        }),
    );
    let server = start(app, Limits::default());
    let mut idle = server.sent("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut partial = server.sent("GET / HT").await;
    let mut working = server.sent("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    timeout(PATIENCE, arrived.notified()).await.unwrap();
    server.shutdown.cancel();
    assert!(
        String::from_utf8(rest(&mut idle).await)
            .unwrap()
            .starts_with("HTTP/1.1 404")
    );
    assert_eq!(rest(&mut partial).await, b"");
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    timeout(PATIENCE, refused)
        .await
        .expect("the server still accepts");
    go.notify_one();
    assert!(rest(&mut working).await.ends_with(b"finished"));
    timeout(PATIENCE, server.ended)
        .await
        .expect("the server does not end")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_request_that_does_not_finish_after_shutdown_is_cut() {
    let server = serve(Limits {
        grace: SHORT,
        ..Limits::default()
    });
    let mut endless = server.sent("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    endless.read_exact(&mut [0; 8]).await.unwrap();
    server.shutdown.cancel();
    timeout(PATIENCE, server.ended)
        .await
        .expect("the server does not end")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_connection_does_not_outlive_its_life_and_no_answer_goes_on_for_ever() {
    let server = serve(Limits {
        life: SHORT,
        longest_answer: SHORT * 3,
        ..Limits::default()
    });
    let mut stream = server.sent("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(rest(&mut stream).await.ends_with(b"hello"));
    let began = Instant::now();
    server.exchange("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(began.elapsed() >= SHORT * 2, "{:?}", began.elapsed());
}

#[tokio::test]
async fn handlers_see_the_address_of_the_peer() {
    let server = serve(Limits::default());
    let mut stream = server
        .sent("GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    let own = stream.local_addr().unwrap().to_string();
    assert!(rest(&mut stream).await.ends_with(own.as_bytes()));
}
