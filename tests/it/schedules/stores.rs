//! S3, by a server that checks signatures, and Azure Blob storage, by a stand-in for Microsoft's side.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, Method, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use partnerlog::{
    config::{ExportDestination, ExportPlace},
    schedule::Destinations,
    store::{Contents, Rhythm, ScheduledFile},
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use super::{Archive, FILE, at, destination, numbered, numbers, until};

const KEY: &str = "AKIAPARTNERLOG";
const SECRET: &str = "a secret of the tests of schedules";
const QUERY: &str = "from=&tz=UTC&format=ndjson";

/// A server over a folder; its buckets are the folders in there.
async fn s3(folder: &std::path::Path) -> SocketAddr {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let connection = hyper::server::conn::http1::Builder::new();
            tokio::spawn(connection.serve_connection(TokioIo::new(socket), service.clone()));
        }
    });
    address
}

fn s3_place(address: SocketAddr, bucket: &str, secret: &str) -> ExportDestination {
    ExportDestination {
        endpoint: Some(format!("http://{address}")),
        access_key_id: Some(KEY.to_owned()),
        access_key_secret: Some(secret.to_owned().into()),
        ..destination(ExportPlace::S3 {
            bucket: bucket.to_owned(),
            prefix: "audit/2026".to_owned(),
        })
    }
}

/// Larger than a part: it goes in several.
async fn large(archive: &Archive) -> usize {
    let padding = "x".repeat(20_000);
    for part in 0..4 {
        let records: Vec<_> = (0..500)
            .map(|n| numbered(part * 500 + n, "2026-11-20T13:00:00Z").with("note", padding.clone()))
            .collect();
        archive.archive(&records).await;
    }
    2_000
}

#[tokio::test]
async fn a_large_file_goes_to_s3_in_parts_and_appears_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let buckets = folder.path().join("buckets");
    std::fs::create_dir_all(buckets.join("exports")).unwrap();
    let address = s3(&buckets).await;
    let places = [s3_place(address, "exports", SECRET)];
    Destinations::new(&places).all()[0].probe().await.unwrap();
    let archive = Archive::with(folder, "2026-11-20T12:00:00Z", &places).await;
    let all = large(&archive).await;
    let number = archive.schedule(Rhythm::Daily, Contents::Period, QUERY).await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    archive.make_all(number, 1).await;
    let file = archive.log(number).await.remove(0);
    let there = buckets.join("exports/audit/2026");
    let text = std::fs::read_to_string(there.join(&file.file)).unwrap();
    assert_eq!(numbers(&text).len(), all);
    assert!(there.join(format!("{}.sha256", file.file)).exists());
    // With the one of the probe.
    assert_eq!(std::fs::read_dir(there).unwrap().count(), 3);
}

/// What is kept of the first try.
async fn tried(place: ExportDestination) -> ScheduledFile {
    assert!(
        Destinations::new(std::slice::from_ref(&place)).all()[0]
            .probe()
            .await
            .is_err()
    );
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::with(folder, "2026-11-20T12:00:00Z", &[place]).await;
    let number = archive.schedule(Rhythm::Daily, Contents::Period, QUERY).await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    let making = archive.make();
    until("a try", async || {
        archive.at(number).await.open.is_some_and(|it| it.tries == 1)
    })
    .await;
    making.end().await;
    archive.at(number).await.open.unwrap()
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("exports")).unwrap();
    let address = s3(folder.path()).await;
    let open = tried(s3_place(address, "exports", "another secret")).await;
    assert_eq!(open.outcome.as_deref(), Some("refused"), "{}", open.said);
    assert!(!open.said.contains("another secret"), "{}", open.said);
    assert_eq!(
        std::fs::read_dir(folder.path().join("exports")).unwrap().count(),
        0
    );
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_one_that_failed() {
    // Nobody listens there.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let open = tried(s3_place(address, "exports", SECRET)).await;
    assert_eq!(open.outcome.as_deref(), Some("failed"), "{}", open.said);
}

/// Blobs and blocks that are not committed, by their paths.
#[derive(Default)]
struct Azure {
    blobs: BTreeMap<String, Vec<u8>>,
    blocks: BTreeMap<(String, String), Vec<u8>>,
    /// What requests were let in by.
    seen: Vec<String>,
}

async fn answer(
    State(azure): State<Arc<Mutex<Azure>>>,
    method: Method,
    uri: Uri,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut azure = azure.lock().unwrap();
    let key = headers
        .get("authorization")
        .map(|it| it.to_str().unwrap().to_owned());
    let by = match (key, query.get("sig")) {
        (Some(key), _) if key.starts_with("SharedKey contoso:") => "key",
        (None, Some(signature)) if signature == "good+/=" => "signature",
        _ => return StatusCode::FORBIDDEN.into_response(),
    };
    if !uri.path().starts_with("/exports/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    azure.seen.push(by.to_owned());
    let path = percent_encoding::percent_decode_str(uri.path())
        .decode_utf8()
        .unwrap()
        .into_owned();
    let status = match (method, query.get("comp").map(String::as_str)) {
        (Method::PUT, Some("block")) => {
            azure
                .blocks
                .insert((path, query["blockid"].clone()), body.to_vec());
            StatusCode::CREATED
        }
        (Method::PUT, Some("blocklist")) => {
            let list = String::from_utf8(body.to_vec()).unwrap();
            let mut whole = Vec::new();
            for part in list.split("<Uncommitted>").skip(1) {
                let id = part.split("</").next().unwrap();
                whole.extend(azure.blocks.remove(&(path.clone(), id.to_owned())).unwrap());
            }
            azure.blobs.insert(path, whole);
            StatusCode::CREATED
        }
        (Method::PUT, None) if headers["x-ms-blob-type"] == "BlockBlob" => {
            azure.blobs.insert(path, body.to_vec());
            StatusCode::CREATED
        }
        _ => StatusCode::BAD_REQUEST,
    };
    (
        status,
        [
            ("etag", "0x8DD"),
            ("last-modified", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ],
    )
        .into_response()
}

async fn azure() -> (SocketAddr, Arc<Mutex<Azure>>) {
    let azure = Arc::new(Mutex::new(Azure::default()));
    let routes = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::disable())
        .with_state(azure.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (address, azure)
}

fn azure_place(address: SocketAddr) -> ExportDestination {
    ExportDestination {
        endpoint: Some(format!("http://{address}")),
        ..destination(ExportPlace::Azure {
            account: "contoso".to_owned(),
            container: "exports".to_owned(),
            prefix: "audit".to_owned(),
        })
    }
}

#[tokio::test]
async fn a_large_file_goes_to_azure_in_blocks_and_appears_as_a_whole() {
    let (address, azure) = azure().await;
    let place = ExportDestination {
        access_key_secret: Some("c2VjcmV0".to_owned().into()),
        ..azure_place(address)
    };
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::with(folder, "2026-11-20T12:00:00Z", &[place]).await;
    let all = large(&archive).await;
    let number = archive.schedule(Rhythm::Daily, Contents::Period, QUERY).await;
    archive.clock.set(at("2026-11-21T06:00:00Z"));
    archive.make_all(number, 1).await;
    let azure = azure.lock().unwrap();
    let name = format!("/exports/audit/{FILE}_{number}_2026-11-20.ndjson");
    let text = String::from_utf8(azure.blobs[&name].clone()).unwrap();
    assert_eq!(numbers(&text).len(), all);
    assert!(azure.blobs.contains_key(&format!("{name}.sha256")));
    assert!(
        azure.blocks.is_empty() && azure.seen.len() >= 5,
        "{:?}",
        azure.seen
    );
}

#[tokio::test]
async fn a_shared_access_signature_lets_in_and_is_never_told() {
    let (address, azure) = azure().await;
    let good = ExportDestination {
        sas_token: Some("?sv=2024-11-04&sig=good%2B%2F%3D".to_owned().into()),
        ..azure_place(address)
    };
    Destinations::new(&[good]).all()[0].probe().await.unwrap();
    assert_eq!(azure.lock().unwrap().seen, ["signature"]);
    let bad = ExportDestination {
        sas_token: Some("sv=2024-11-04&sig=stolen".to_owned().into()),
        ..azure_place(address)
    };
    let open = tried(bad).await;
    assert_eq!(open.outcome.as_deref(), Some("refused"), "{}", open.said);
    assert!(!open.said.contains("stolen"), "{}", open.said);
}

#[tokio::test]
async fn a_container_that_is_not_there_is_said() {
    let (address, _) = azure().await;
    let open = tried(ExportDestination {
        access_key_secret: Some("c2VjcmV0".to_owned().into()),
        url: ExportPlace::Azure {
            account: "contoso".to_owned(),
            container: "nowhere".to_owned(),
            prefix: String::new(),
        },
        ..azure_place(address)
    })
    .await;
    assert_eq!(open.outcome.as_deref(), Some("missing"), "{}", open.said);
}
