//! Reaching the server: one of several hosts, over TLS that is checked, with the password of now.

use std::{
    error::Error,
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use postgres::{
    CancelToken, Client, Config, NoTls,
    config::{SslMode, TargetSessionAttrs},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use rustls_platform_verifier::BuilderVerifierExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    PasswordError, Passwords, Refused, StoreError,
    errors::{Said, is_about_password, is_unavailable},
    passwords::Source,
};
use crate::config::{EntraIdentity, Postgres, PostgresAddress, PostgresHost, PostgresPlace, PostgresSession};

/// What the server's administrators see of us.
const NAME: &str = "partnerlog";
/// To reach one address of a host.
const REACHING: Duration = Duration::from_secs(5);
/// Until a host has answered everything there is to ask at the beginning.
const ANSWERING: Duration = Duration::from_secs(15);
/// A connection ends when nobody acknowledges what was sent for so long …
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// … and when nothing is sent, by so many questions after so long.
const SILENT: Duration = Duration::from_secs(30);
const ASKING: Duration = Duration::from_secs(10);
const QUESTIONS: u32 = 3;

/// The same from the server's side: what a machine that vanished holds, above all the right to write, is free again soon.
const WATCHED: &str =
    "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 30000";

/// Makes connections. Cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<Inner>);

struct Inner {
    primary: PostgresAddress,
    replica: Option<PostgresAddress>,
    passwords: Source,
    /// Where any host speaks it.
    tls: Option<MakeRustlsConnect>,
    answering: Duration,
    /// Attempts that have not ended, those included that nobody waits for any more.
    attempts: Arc<AtomicUsize>,
    most_attempts: usize,
    connections: usize,
    slow_statement: Duration,
}

impl Connector {
    /// For the servers of the settings; nothing is sent yet. `entra` makes the source of access tokens where one is set.
    ///
    /// # Errors
    /// When the certificates cannot be used, or that source cannot be made.
    pub fn new(
        settings: &Postgres,
        entra: impl FnOnce(&EntraIdentity) -> Result<Arc<dyn Passwords>, PasswordError>,
    ) -> Result<Self, StoreError> {
        let speaks_tls = settings.addresses().flat_map(|it| &it.hosts).any(|host| host.tls);
        let tls = match speaks_tls {
            true => Some(tls(settings.ca_file.as_deref())?),
            false => None,
        };
        Ok(Self(Arc::new(Inner {
            primary: settings.url.clone(),
            replica: settings.replica_url.clone(),
            passwords: Source::new(settings, entra)?,
            tls,
            answering: ANSWERING,
            attempts: Arc::default(),
            // So many wait at once when all connections are made anew; more means that those of before hang.
            most_attempts: 2 * settings.connections + 16,
            connections: settings.connections,
            slow_statement: settings.slow_statement,
        })))
    }

    /// For the server at an address that holds its password, if there is one.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn at(url: &str) -> Result<Self, StoreError> {
        let settings = Postgres::at(url).map_err(StoreError::Address)?;
        let no_entra = |_: &EntraIdentity| {
            Err(PasswordError::Unavailable(
                "no address asks for an identity".into(),
            ))
        };
        Self::new(&settings, no_entra)
    }

    /// So many connections of one process at most.
    pub fn connections(&self) -> usize {
        self.0.connections
    }

    /// Statements that take longer are logged.
    pub fn slow_statement(&self) -> Duration {
        self.0.slow_statement
    }

    /// A connection to the first host that everything can be written to. Waits: for threads that may.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when there is none now, [`StoreError::Refused`] when somebody has to change something.
    pub fn connect(&self) -> Result<Client, StoreError> {
        let connected = self.connect_to(&self.0.primary);
        let result = if connected.is_ok() { "made" } else { "failed" };
        metrics::counter!("partnerlog_database_connections_total", "result" => result).increment(1);
        connected
    }

    /// Whether there is a server that is for reading alone.
    pub fn has_replica(&self) -> bool {
        self.0.replica.is_some()
    }

    /// A connection to a server that is for reading alone, where one is set.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn connect_to_replica(&self) -> Result<Option<Client>, StoreError> {
        let replica = self.0.replica.as_ref();
        replica.map(|address| self.connect_to(address)).transpose()
    }

    /// Breaks off what a connection is doing, over a connection of its own.
    ///
    /// # Errors
    /// When the server cannot be told. Whether there was anything to break off is not known.
    pub fn cancel(&self, token: &CancelToken) -> Result<(), postgres::Error> {
        // A token knows whether its connection has TLS.
        match &self.0.tls {
            Some(tls) => token.cancel_query(tls.clone()),
            None => token.cancel_query(NoTls),
        }
    }

    fn connect_to(&self, address: &PostgresAddress) -> Result<Client, StoreError> {
        let password = self.0.passwords.password(address)?;
        let mut unreached = Vec::new();
        for host in &address.hosts {
            let error = match self.attempt(host, address, password.as_ref()) {
                Ok(client) => return Ok(client),
                Err(Failed::Silent(why)) => why.to_owned(),
                Err(Failed::Error(error)) if is_unavailable(&error) => Said::of(&error).to_string(),
                Err(Failed::Error(error)) => {
                    if is_about_password(&error) {
                        self.0.passwords.refused();
                    }
                    return Err(StoreError::Refused(Refused::of(&error, host, address)));
                }
            };
            unreached.push((host.clone(), error));
        }
        Err(StoreError::Unavailable(Box::new(Unreached(unreached))))
    }

    /// On a thread of its own: the client bounds how long a host may take to be reached, but not how long to answer.
    fn attempt(
        &self,
        host: &PostgresHost,
        address: &PostgresAddress,
        password: Option<&SecretString>,
    ) -> Result<Client, Failed> {
        let config = config(host, address, password);
        let tls = self.0.tls.clone().filter(|_| host.tls);
        let attempt = Attempt::begin(&self.0.attempts);
        if self.0.attempts.load(Ordering::Relaxed) > self.0.most_attempts {
            return Err(Failed::Silent("those asked before have not answered"));
        }
        let (sender, receiver) = mpsc::channel();
        let connecting = move || {
            let result = match tls {
                Some(tls) => config.connect(tls),
                None => config.connect(NoTls),
            };
            let result = result.map(|mut client| {
                // A server whose system does not know these has its own.
                let _ = client.batch_execute(WATCHED);
                client
            });
            // Where nobody waits any more, the connection ends here.
            let _ = sender.send(result);
            drop(attempt);
        };
        let thread = thread::Builder::new().name("connecting".to_owned());
        thread
            .spawn(connecting)
            .map_err(|_| Failed::Silent("no thread can be started"))?;
        match receiver.recv_timeout(self.0.answering) {
            Ok(result) => result.map_err(Failed::Error),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(Failed::Silent("it does not answer")),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(Failed::Silent("connecting broke off")),
        }
    }
}

enum Failed {
    Silent(&'static str),
    Error(postgres::Error),
}

/// Counts until it ends.
struct Attempt(Arc<AtomicUsize>);

impl Attempt {
    fn begin(attempts: &Arc<AtomicUsize>) -> Self {
        attempts.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(attempts))
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn config(host: &PostgresHost, address: &PostgresAddress, password: Option<&SecretString>) -> Config {
    let mut config = Config::new();
    match &host.place {
        PostgresPlace::Network(name) => config.host(name),
        #[cfg(unix)]
        PostgresPlace::Socket(folder) => config.host_path(folder),
        #[cfg(not(unix))]
        PostgresPlace::Socket(folder) => config.host(&folder.to_string_lossy()),
    };
    if let Some(password) = password {
        config.password(password.expose_secret());
    }
    config
        .port(host.port)
        .user(&address.user)
        .dbname(&address.database)
        .application_name(NAME)
        .ssl_mode(match host.tls {
            true => SslMode::Require,
            false => SslMode::Disable,
        })
        .target_session_attrs(match address.session {
            PostgresSession::ReadWrite => TargetSessionAttrs::ReadWrite,
            PostgresSession::ReadOnly => TargetSessionAttrs::ReadOnly,
            PostgresSession::Any => TargetSessionAttrs::Any,
        })
        .connect_timeout(REACHING)
        .tcp_user_timeout(UNACKNOWLEDGED)
        .keepalives_idle(SILENT)
        .keepalives_interval(ASKING)
        .keepalives_retries(QUESTIONS)
        // Words of a server may hold what was written to it.
        .notice_callback(|notice| {
            tracing::debug!(code = notice.code().code(), "the database remarks something")
        });
    config
}

/// How certificates are checked: against those of the file, else against the system's.
fn tls(ca_file: Option<&Path>) -> Result<MakeRustlsConnect, StoreError> {
    let odd = |what: String| {
        StoreError::Refused(Refused {
            what,
            remedy: "It must hold the authority's certificate as text that begins with -----BEGIN CERTIFICATE-----.",
        })
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StoreError::Database(error.into()))?;
    let config = match ca_file {
        Some(path) => {
            let unreadable = |error: &dyn Error| {
                odd(format!(
                    "database.ca_file: {} cannot be used ({error})",
                    path.display()
                ))
            };
            let mut roots = RootCertStore::empty();
            for one in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
                let one = one.map_err(|error| unreadable(&error))?;
                roots.add(one).map_err(|error| unreadable(&error))?;
            }
            if roots.is_empty() {
                return Err(odd(format!(
                    "database.ca_file: {} holds no certificate",
                    path.display()
                )));
            }
            config.with_root_certificates(roots)
        }
        None => config
            .with_platform_verifier()
            .map_err(|error| StoreError::Database(error.into()))?,
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

/// What became of each host.
#[derive(Debug)]
struct Unreached(Vec<(PostgresHost, String)>);

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (host, error)) in self.0.iter().enumerate() {
            write!(f, "{}{host}: {error}", if n == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl Error for Unreached {}

/// The address, without a password.
impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.primary.fmt(f)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connector").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_host_that_says_nothing_is_given_up_and_not_asked_without_end() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let mut connector = Connector::at(&format!("postgres://u:geheim@{address}/d")).unwrap();
        let inner = Arc::get_mut(&mut connector.0).unwrap();
        (inner.answering, inner.most_attempts) = (Duration::from_millis(50), 2);
        for said in [
            "it does not answer",
            "it does not answer",
            "those asked before have not answered",
        ] {
            let error = connector.connect().err().unwrap();
            let StoreError::Unavailable(why) = &error else {
                panic!("{error:?}");
            };
            assert_eq!(why.to_string(), format!("{address}: {said}"));
        }
        // With the host's end those attempts end, and there may be others.
        drop(silent);
        while connector.0.attempts.load(Ordering::Relaxed) > 0 {
            thread::sleep(Duration::from_millis(5));
        }
        let error = connector.connect().err().unwrap();
        let StoreError::Unavailable(why) = &error else {
            panic!("{error:?}");
        };
        assert!(why.to_string().contains("error connecting to server"), "{why}");
    }
}
