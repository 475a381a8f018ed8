//! Where files go: folders, S3 and Azure Blob storage, as the settings name them.

use std::{path::PathBuf, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig,
    aws::{AmazonS3Builder, Checksum},
    azure::MicrosoftAzureBuilder,
    buffered::BufWriter,
    client::{HttpClient, HttpConnector},
    local::LocalFileSystem,
    path::Path,
};
use secrecy::ExposeSecret as _;
use tokio::io::AsyncWriteExt as _;
use tokio_util::task::TaskTracker;

use crate::{
    config::{ExportDestination, ExportPlace},
    export::{ExportError, Keeper},
    http_client,
};

/// A larger file is sent in parts of so many bytes. S3 takes 10,000 of them: 80 GB.
const PART: usize = 8 << 20;
/// So many parts are on their way at once.
const AT_ONCE: usize = 2;
/// A request, which may carry a part.
const TIMEOUT: Duration = Duration::from_secs(300);
/// A request is repeated so often before the file waits for its next try.
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(60);
/// For a folder that does not answer.
const OPENING: Duration = Duration::from_secs(30);
/// What is put to see whether anything can be.
const PROBE: &str = "partnerlog-check.txt";

/// The destinations that the settings name.
#[derive(Clone, Default)]
pub struct Destinations(Arc<[Destination]>);

/// One of them.
#[derive(Clone)]
pub struct Destination(ExportDestination);

/// Why a destination did not take something.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DestinationError(#[from] object_store::Error);

impl Destinations {
    pub fn new(settings: &[ExportDestination]) -> Self {
        Self(settings.iter().cloned().map(Destination).collect())
    }

    pub fn all(&self) -> &[Destination] {
        &self.0
    }

    pub fn named(&self, name: &str) -> Option<&Destination> {
        self.0.iter().find(|it| it.name() == name)
    }
}

impl Destination {
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Which folder or which part of which store it is, for display.
    pub fn shown(&self) -> String {
        match &self.0.url {
            ExportPlace::Folder(path) => path.display().to_string(),
            ExportPlace::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
            ExportPlace::Azure {
                account,
                container,
                prefix,
            } => format!("azure://{account}/{container}/{prefix}"),
        }
    }

    /// Begins a file. It appears under its name when it is whole, in the place of one that was there. What ends it when
    /// nobody waits any more is one of `tasks`.
    pub(super) async fn begin(&self, file: &str, tasks: &TaskTracker) -> Result<Upload, DestinationError> {
        let writer = BufWriter::with_capacity(self.open().await?, self.path(file)?, PART);
        Ok(Upload {
            writer: Some(writer.with_max_concurrency(AT_ONCE)),
            tasks: tasks.clone(),
        })
    }

    /// Puts a small file there.
    pub(super) async fn put(&self, file: &str, text: String) -> Result<(), DestinationError> {
        let (store, path) = (self.open().await?, self.path(file)?);
        store.put(&path, PutPayload::from(text)).await?;
        Ok(())
    }

    /// Whether files can be put there: puts a small one, always the same, whose name is given. To delete is a right that
    /// nothing here needs.
    ///
    /// # Errors
    /// When they cannot.
    pub async fn probe(&self) -> Result<&'static str, DestinationError> {
        self.put(PROBE, "partnerlog can write here.\n".to_owned()).await?;
        Ok(PROBE)
    }

    /// As it is: encoded, a name that is not in ASCII would be another one.
    fn path(&self, file: &str) -> Result<Path, DestinationError> {
        let prefix = match &self.0.url {
            ExportPlace::Folder(_) => "",
            ExportPlace::S3 { prefix, .. } | ExportPlace::Azure { prefix, .. } => prefix,
        };
        let joint = if prefix.is_empty() { "" } else { "/" };
        let path = Path::parse(format!("{prefix}{joint}{file}"));
        Ok(path.map_err(object_store::Error::from)?)
    }

    /// Opened anew for each file: folders may be mounted, and identities be given, after the start. A folder that does not
    /// answer must not hold up anything else.
    async fn open(&self) -> Result<Arc<dyn ObjectStore>, DestinationError> {
        let this = self.clone();
        let opened = tokio::task::spawn_blocking(move || this.opened());
        let opened = tokio::time::timeout(OPENING, opened).await;
        let silent = |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic {
            store: "destination",
            source,
        };
        Ok(match opened {
            Ok(Ok(store)) => store?,
            Ok(Err(error)) => return Err(silent(error.into()).into()),
            Err(late) => return Err(silent(late.into()).into()),
        })
    }

    fn opened(&self) -> Result<Arc<dyn ObjectStore>, object_store::Error> {
        let it = &self.0;
        let secret = |secret: &Option<secrecy::SecretString>| {
            secret.as_ref().map(|secret| secret.expose_secret().to_owned())
        };
        Ok(match &it.url {
            ExportPlace::Folder(path) => {
                Arc::new(LocalFileSystem::new_with_prefix(folder(path)?)?.with_fsync(true))
            }
            ExportPlace::S3 { bucket, .. } => {
                let keys = it.access_key_id.clone().zip(secret(&it.access_key_secret));
                let mut builder = match keys {
                    Some((id, secret)) => AmazonS3Builder::new()
                        .with_access_key_id(id)
                        .with_secret_access_key(secret),
                    None => AmazonS3Builder::from_env(),
                };
                if let Some(region) = &it.region {
                    builder = builder.with_region(region);
                }
                if let Some(endpoint) = &it.endpoint {
                    builder = builder.with_endpoint(endpoint).with_allow_http(true);
                }
                // Buckets that keep what they have ask for a checksum.
                let builder = builder.with_checksum_algorithm(Checksum::SHA256);
                let builder = builder.with_bucket_name(bucket).with_retry(retries());
                Arc::new(builder.with_http_connector(Connector).build()?)
            }
            ExportPlace::Azure {
                account, container, ..
            } => {
                let mut builder = match (secret(&it.access_key_secret), secret(&it.sas_token)) {
                    (Some(key), _) => MicrosoftAzureBuilder::new().with_access_key(key),
                    (None, Some(sas)) => {
                        let pairs = form_urlencoded::parse(sas.trim_start_matches('?').as_bytes());
                        MicrosoftAzureBuilder::new()
                            .with_sas_authorization(pairs.into_owned().collect::<Vec<_>>())
                    }
                    (None, None) => MicrosoftAzureBuilder::from_env(),
                };
                if let Some(endpoint) = &it.endpoint {
                    builder = builder.with_endpoint(endpoint.clone()).with_allow_http(true);
                }
                let builder = builder
                    .with_account(account)
                    .with_container_name(container)
                    .with_retry(retries());
                Arc::new(builder.with_http_connector(Connector).build()?)
            }
        })
    }
}

/// A folder that is there: a disk that is not mounted must not be mistaken for one.
fn folder(path: &PathBuf) -> Result<&PathBuf, object_store::Error> {
    match std::fs::metadata(path) {
        Ok(it) if it.is_dir() => Ok(path),
        Ok(_) => Err(object_store::Error::NotFound {
            path: path.display().to_string(),
            source: "it is no folder".into(),
        }),
        Err(source) => Err(object_store::Error::NotFound {
            path: path.display().to_string(),
            source: source.into(),
        }),
    }
}

fn retries() -> RetryConfig {
    RetryConfig {
        max_retries: RETRIES,
        retry_timeout: RETRYING,
        ..RetryConfig::default()
    }
}

/// Requests go through a client of ours, which follows no redirects and checks certificates.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(http_client::new(TIMEOUT)))
    }
}

/// A file on its way.
pub(super) struct Upload {
    writer: Option<BufWriter>,
    tasks: TaskTracker,
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ExportError {
    ExportError::Kept(error.into())
}

#[async_trait]
impl Keeper for Upload {
    async fn take(&mut self, bytes: Bytes) -> Result<(), ExportError> {
        match &mut self.writer {
            Some(writer) => writer.put(bytes).await.map_err(failed),
            None => Err(failed("it has ended")),
        }
    }

    async fn finish(&mut self) -> Result<(), ExportError> {
        let Some(mut writer) = self.writer.take() else {
            return Err(failed("it has ended"));
        };
        // A task of its own: what has begun to be finished is finished, whoever waits for it. Broken off, its parts would
        // stay where they are.
        let finishing = self.tasks.spawn(async move { writer.shutdown().await });
        finishing.await.map_err(failed)?.map_err(failed)
    }

    async fn abandon(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            let _ = writer.abort().await;
        }
    }
}

impl Drop for Upload {
    /// Whoever made the file has gone away: a store keeps parts of a file, and takes money for them, until it is told.
    fn drop(&mut self) {
        if let Some(mut writer) = self.writer.take()
            && tokio::runtime::Handle::try_current().is_ok()
        {
            self.tasks.spawn(async move { writer.abort().await });
        }
    }
}
