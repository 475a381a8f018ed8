//! Many who mean no good at once, while others are served as if nothing were.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

use super::asked;
use crate::support::archive;
use crate::support::{
    browser::Browser,
    program::{Program, Setup, now},
};

async fn program() -> Program {
    use partnerlog::simulator::tenant::{Tenant, TenantOptions};
    Program::start(Setup {
        tenant: Tenant::generate(&TenantOptions {
            // So many that no buffer of the system takes the whole of their file.
            records: 30_000,
            ..TenantOptions::new(3, now())
        }),
        ..Setup::default()
    })
    .await
}

/// Sends something and reads nothing: this side's buffer is small, so that the system does not take a whole file for it.
async fn sent(program: &Program, text: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(program.address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream
}

fn cookie(reader: &Browser) -> String {
    format!("Cookie: partnerlog={}", reader.cookies["partnerlog"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_who_stop_and_senders_who_drip_hold_nobody_up() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    let cookie = cookie(&reader);
    let mut held = Vec::new();
    for n in 0..60 {
        let request =
            format!("GET /activity/export?from=&format=csv-plain HTTP/1.1\r\nHost: x\r\n{cookie}\r\n\r\n");
        let mut stream = sent(&program, &request).await;
        // The export has begun, as many as one person can have; nobody reads on.
        let mut beginning = [0; 12];
        stream.read_exact(&mut beginning).await.unwrap();
        let expected: &[u8] = if n < 4 { b"HTTP/1.1 200" } else { b"HTTP/1.1 429" };
        assert_eq!(beginning, expected, "{n}");
        held.push(stream);
    }
    for n in 0..200 {
        held.push(match n % 4 {
            0 => sent(&program, "GET /activity HT").await,
            1 => {
                sent(
                    &program,
                    "POST /settings HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nlang=",
                )
                .await
            }
            2 => {
                sent(
                    &program,
                    "POST /sign-out HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                )
                .await
            }
            _ => sent(&program, "").await,
        });
    }
    for path in [
        "/activity",
        "/activity?from=",
        "/settings",
        "/activity?customer=a&from=",
        "/sign-in",
        "/healthz",
    ] {
        let answer = asked(&mut reader, path).await;
        assert!(matches!(answer.status.as_u16(), 200 | 303), "{path}");
    }
    // Nobody who reads slowly holds the database: all that was written can be folded into the file.
    let busy = archive::with(&program.archive(), |connection| match connection.file() {
        Some(file) => file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)),
        None => Ok(connection
            .query_row(
                "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND xact_start < now() - INTERVAL '1 s'",
                (),
                |row| row.get(0),
            )
            .unwrap()),
    });
    assert_eq!(busy, Ok(0_i64));
    drop(held);
    let mut whole = reader.get("/activity/export?from=&format=csv-plain").await;
    for _ in 0..500 {
        if whole.status != 429 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        whole = reader.get("/activity/export?from=&format=csv-plain").await;
    }
    assert!(whole.body.ends_with("\r\n") && whole.body.lines().count() > 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workbook_that_arrived_is_noted_as_whole() {
    let program = program().await;
    let mut reader = program.signed_in(0).await;
    // Its length is announced: then nobody asks whether there is more behind the last byte.
    let cookie = cookie(&reader);
    let head = format!("GET /activity/export?from=&format=xlsx HTTP/1.1\r\nHost: x\r\n{cookie}\r\n\r\n");
    let mut stream = sent(&program, &head).await;
    let (mut answer, mut piece) = (Vec::new(), [0; 65_536]);
    let end = loop {
        let read = stream.read(&mut piece).await.unwrap();
        answer.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&answer[..answer.len().min(4_000)]).to_ascii_lowercase();
        let length = text
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next());
        if let (Some(head), Some(length)) = (text.find("\r\n\r\n"), length) {
            let whole = head + 4 + length.parse::<usize>().unwrap();
            if answer.len() >= whole {
                break whole;
            }
        }
        assert!(read > 0, "the answer ended early: {text}");
    };
    assert_eq!(answer.len(), end);
    let list = asked(&mut reader, "/exports").await;
    assert!(list.body.contains("SHA-256</a>"), "{}", list.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_request_hides_in_the_body_of_a_first() {
    let program = program().await;
    let reader = program.signed_in(0).await;
    let cookie = cookie(&reader);
    let hidden = format!("GET /settings HTTP/1.1\r\nHost: x\r\n{cookie}\r\n\r\n");
    let size = hidden.len();
    for head in [
        format!("Content-Length: {size}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "Transfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n".to_owned(),
        " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "Content-Length: 0\r\nContent-Length: 5\r\n\r\n".to_owned(),
        "Content-Length: +0\r\n\r\n".to_owned(),
        "Content-Length: 0x0\r\n\r\n".to_owned(),
        "X: a\nContent-Length: 0\r\n\r\n".to_owned(),
        "Host: other.example\r\n\r\n".to_owned(),
    ] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{head}{hidden}");
        let mut stream = sent(&program, &request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.starts_with("HTTP/1.1 400"), "{head}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{head}: {answer}");
    }
}
