//! Addresses of PostgreSQL databases: `postgres://user@host:port,host/database?…`, as libpq reads them, with nothing
//! assumed that matters: the user, a host and the database are named, and TLS is checked unless it is switched off.

use std::{
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use secrecy::SecretString;
use url::Url;

/// PostgreSQL's, unless an address says otherwise.
const PORT: u16 = 5432;
/// What an address shows as it is.
const PLAIN: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'/')
    .add(b':')
    .add(b'@')
    .add(b'?')
    .add(b'#')
    .add(b'%');
const FORM: &str = "must be postgres://USER@HOST/DATABASE; what is special in a name or a password is written as %XX, \
                    such as %40 for @";

/// A database on one of several servers, and who we are there.
#[derive(Clone, Debug)]
pub struct PostgresAddress {
    /// Tried in this order.
    pub hosts: Vec<PostgresHost>,
    pub user: String,
    /// What stands before the `@`, if anything.
    pub password: Option<SecretString>,
    pub database: String,
    /// `target_session_attrs`
    pub session: PostgresSession,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresHost {
    pub place: PostgresPlace,
    pub port: u16,
    /// Whether the connection is encrypted, with the certificate and the name in it checked.
    pub tls: bool,
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostgresPlace {
    /// A name or a number of an address.
    Network(String),
    /// The folder of a unix socket.
    Socket(PathBuf),
}

/// What a server has to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostgresSession {
    /// `read-write`: after a failover, the new primary.
    ReadWrite,
    /// `read-only`
    ReadOnly,
    /// `any`
    Any,
}

impl PostgresAddress {
    /// Reads an address. `session` is what its servers have to be like where it does not say.
    ///
    /// # Errors
    /// What is wrong and what to write instead, without any part of the address that may be secret.
    pub fn parse(text: &str, session: PostgresSession) -> Result<Self, String> {
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"))
            .ok_or(FORM)?;
        if rest.contains(['<', '>', '…']) {
            return Err("still holds a placeholder; put the real value there".to_owned());
        }
        if rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(FORM.to_owned());
        }
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (who, hosts) = match authority.rsplit_once('@') {
            Some(parts) => parts,
            // A password with a slash in it.
            None if tail.contains('@') => return Err(FORM.to_owned()),
            None => ("", authority),
        };
        // Several hosts are more than an address of the web can have: each is read on its own.
        let at = if who.is_empty() { "" } else { "@" };
        let url = Url::parse(&format!("postgres://{who}{at}localhost{tail}")).map_err(|_| FORM)?;
        if url.fragment().is_some() {
            return Err("must not have `#`; write it as %23".to_owned());
        }
        let parameters = Parameters::read(url.query().unwrap_or_default())?;
        let mut user = decoded(url.username())?;
        if user.is_empty() {
            user = parameters.user.clone().unwrap_or_default();
        }
        let database = decoded(url.path().trim_start_matches('/'))?;
        if user.is_empty() || database.is_empty() {
            let what = if user.is_empty() { "user" } else { "database" };
            return Err(format!("must name the {what}: postgres://USER@HOST/DATABASE"));
        }
        let password = url.password().map(decoded).transpose()?;
        Ok(Self {
            hosts: parameters.hosts(hosts)?,
            user,
            password: password.filter(|text| !text.is_empty()).map(SecretString::from),
            database,
            session: parameters.session.unwrap_or(session),
        })
    }

    /// Whether something is sent over a network without encryption.
    pub fn is_exposed(&self) -> bool {
        self.hosts.iter().any(|host| !host.tls && !host.place.is_local())
    }
}

impl PostgresPlace {
    /// Whether nothing of what is sent there leaves this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Network(name) if name == "localhost" => true,
            Self::Network(name) => name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback()),
        }
    }
}

/// What may stand behind the `?`.
#[derive(Default)]
struct Parameters {
    /// Whether TLS was demanded or switched off.
    tls: Option<bool>,
    session: Option<PostgresSession>,
    user: Option<String>,
    host: Option<String>,
    port: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, String> {
        let mut read = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or(FORM)?;
            let value = decoded(value)?;
            match key {
                "sslmode" => read.tls = Some(tls(&value)?),
                "target_session_attrs" => read.session = Some(session(&value)?),
                "user" => read.user = Some(value),
                "host" => read.host = Some(value),
                "port" => read.port = Some(value),
                "password" => {
                    return Err(
                        "must not have the password behind the `?`; put it into a file, and name that as \
                         `database.password_file`"
                            .to_owned(),
                    );
                }
                "sslrootcert" => {
                    return Err("must not have sslrootcert; name the file as `database.ca_file`".to_owned());
                }
                _ => {
                    return Err(
                        "has a parameter that partnerlog does not know; it knows sslmode, target_session_attrs, host, \
                         port and user"
                            .to_owned(),
                    );
                }
            }
        }
        Ok(read)
    }

    /// The servers: `hosts` stands before the path, `host` and `port` may stand for it.
    fn hosts(&self, hosts: &str) -> Result<Vec<PostgresHost>, String> {
        let found = match (&self.host, &self.port) {
            (None, None) if !hosts.is_empty() => {
                hosts.split(',').map(named).collect::<Result<Vec<_>, _>>()?
            }
            (Some(_), _) | (_, Some(_)) if !hosts.is_empty() => {
                return Err("names its host twice; keep what stands before the database".to_owned());
            }
            (Some(hosts), ports) => self::hosts(hosts, ports.as_deref())?,
            (None, _) => return Err("must name the host: postgres://USER@HOST/DATABASE".to_owned()),
        };
        let host = |(place, port): (PostgresPlace, u16)| PostgresHost {
            tls: match &place {
                // There is no TLS on sockets, whatever is asked for; nobody stands between us and the server there.
                PostgresPlace::Socket(_) => false,
                PostgresPlace::Network(_) => self.tls.unwrap_or(!place.is_local()),
            },
            place,
            port,
        };
        Ok(found.into_iter().map(host).collect())
    }
}

/// A host as it stands before the path, with its port.
fn named(text: &str) -> Result<(PostgresPlace, u16), String> {
    let url = Url::parse(&format!("postgres://{text}")).map_err(|_| FORM)?;
    let host = url.host_str().ok_or(FORM)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok((place(decoded(host)?)?, url.port().unwrap_or(PORT)))
}

/// Hosts as they stand in parameters.
fn hosts(hosts: &str, ports: Option<&str>) -> Result<Vec<(PostgresPlace, u16)>, String> {
    let port = |text: &str| match text {
        "" => Ok(PORT),
        _ => text.parse().map_err(|_| "has a port that is none".to_owned()),
    };
    let ports: Vec<u16> = ports
        .unwrap_or_default()
        .split(',')
        .map(port)
        .collect::<Result<_, _>>()?;
    let hosts: Vec<&str> = hosts.split(',').collect();
    if ports.len() != 1 && ports.len() != hosts.len() {
        return Err("must have one port for all hosts, or one for each".to_owned());
    }
    let pairs = hosts.iter().zip(ports.iter().cycle());
    pairs
        .map(|(host, port)| Ok((place((*host).to_owned())?, *port)))
        .collect()
}

fn place(text: String) -> Result<PostgresPlace, String> {
    if Path::new(&text).is_absolute() {
        return Ok(PostgresPlace::Socket(text.into()));
    }
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match !text.is_empty() && (text.chars().all(name) || text.parse::<IpAddr>().is_ok()) {
        true => Ok(PostgresPlace::Network(text.to_ascii_lowercase())),
        false => Err("has a host that is neither a name nor a folder; a folder begins with %2F".to_owned()),
    }
}

fn tls(mode: &str) -> Result<bool, String> {
    match mode {
        "disable" => Ok(false),
        // Encryption with whoever answers protects from nobody who stands between.
        "require" | "verify-ca" | "verify-full" => Ok(true),
        "prefer" | "allow" => Err(format!(
            "has sslmode={mode}, which protects from nobody: whoever stands between turns TLS off; leave it out for \
             checked TLS, or write sslmode=disable"
        )),
        _ => Err("has an sslmode that is none; leave it out, or write verify-full or disable".to_owned()),
    }
}

fn session(text: &str) -> Result<PostgresSession, String> {
    match text {
        "read-write" => Ok(PostgresSession::ReadWrite),
        "read-only" => Ok(PostgresSession::ReadOnly),
        "any" => Ok(PostgresSession::Any),
        _ => Err(
            "has target_session_attrs that partnerlog does not know; write read-write, read-only or any"
                .to_owned(),
        ),
    }
}

fn decoded(text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| FORM)?;
    match text.contains(char::is_control) {
        true => Err(FORM.to_owned()),
        false => Ok(text.into_owned()),
    }
}

/// Without the password.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@", utf8_percent_encode(&self.user, PLAIN))?;
        for (n, host) in self.hosts.iter().enumerate() {
            write!(f, "{}{host}", if n == 0 { "" } else { "," })?;
        }
        write!(f, "/{}", utf8_percent_encode(&self.database, PLAIN))
    }
}

impl fmt::Display for PostgresHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            PostgresPlace::Network(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            PostgresPlace::Network(name) => write!(f, "{name}:{}", self.port),
            PostgresPlace::Socket(folder) => {
                let folder = folder.to_string_lossy();
                write!(
                    f,
                    "{}:{}",
                    utf8_percent_encode(&folder, NON_ALPHANUMERIC),
                    self.port
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn parse(text: &str) -> Result<PostgresAddress, String> {
        PostgresAddress::parse(text, PostgresSession::ReadWrite)
    }

    #[test]
    fn tls_is_checked_unless_nothing_leaves_the_machine_or_somebody_switches_it_off() {
        for (text, shown, tls) in [
            (
                "postgres://u@db.example/log",
                "postgres://u@db.example:5432/log",
                true,
            ),
            (
                "postgresql://u@DB.example:6432/log?sslmode=require",
                "postgres://u@db.example:6432/log",
                true,
            ),
            (
                "postgres://u@10.0.0.1/log?sslmode=verify-ca",
                "postgres://u@10.0.0.1:5432/log",
                true,
            ),
            (
                "postgres://u@db.example/log?sslmode=disable",
                "postgres://u@db.example:5432/log",
                false,
            ),
            (
                "postgres://u@localhost/log",
                "postgres://u@localhost:5432/log",
                false,
            ),
            (
                "postgres://u@localhost/log?sslmode=verify-full",
                "postgres://u@localhost:5432/log",
                true,
            ),
            ("postgres://u@[::1]:1/log", "postgres://u@[::1]:1/log", false),
            (
                "postgres://u@[2001:db8::1]/log",
                "postgres://u@[2001:db8::1]:5432/log",
                true,
            ),
            (
                "postgres://u@127.0.0.1.example/log",
                "postgres://u@127.0.0.1.example:5432/log",
                true,
            ),
            (
                "postgres://u@%2Frun%2Fpg:1/log?sslmode=require",
                "postgres://u@%2Frun%2Fpg:1/log",
                false,
            ),
            (
                "postgres:///log?host=/run/pg&user=u",
                "postgres://u@%2Frun%2Fpg:5432/log",
                false,
            ),
        ] {
            let address = parse(text).unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.hosts[0].tls),
                (shown, tls),
                "{text}"
            );
            let again = parse(shown).unwrap();
            assert_eq!(again.to_string(), shown);
        }
        assert!(
            parse("postgres://u@db.example/log?sslmode=disable")
                .unwrap()
                .is_exposed()
        );
        assert!(
            !parse("postgres://u@localhost,db.example/log")
                .unwrap()
                .is_exposed()
        );
    }

    #[test]
    fn several_hosts_have_ports_of_their_own() {
        for text in [
            "postgres://u@a.example:1,b.example,[::1]:3/log",
            "postgres://u@/log?host=a.example,b.example,::1&port=1,,3",
        ] {
            let address = parse(text).unwrap();
            assert_eq!(
                address.to_string(),
                "postgres://u@a.example:1,b.example:5432,[::1]:3/log"
            );
        }
        let same = parse("postgres:///log?user=u&host=a.example,b.example&port=7").unwrap();
        assert_eq!(same.to_string(), "postgres://u@a.example:7,b.example:7/log");
    }

    #[test]
    fn names_and_passwords_are_decoded_and_shown_without_the_password() {
        let address = parse("postgres://log%40contoso:p%40ss+w%2F%E3%81%82@db.example/l%2Fog").unwrap();
        assert_eq!(
            (address.user.as_str(), address.database.as_str()),
            ("log@contoso", "l/og")
        );
        assert_eq!(address.password.as_ref().unwrap().expose_secret(), "p@ss+w/あ");
        assert_eq!(
            address.to_string(),
            "postgres://log%40contoso@db.example:5432/l%2Fog"
        );
        assert!(!format!("{address:?}").contains("ss+w"));
        // As people write it.
        let address = parse("postgres://u:p@ss@db.example/log").unwrap();
        assert_eq!(address.password.unwrap().expose_secret(), "p@ss");
        assert!(parse("postgres://u:@db.example/log").unwrap().password.is_none());
    }

    #[test]
    fn what_a_server_has_to_be_like_can_be_said() {
        for (said, session) in [
            ("", PostgresSession::ReadWrite),
            ("?target_session_attrs=any", PostgresSession::Any),
            ("?target_session_attrs=read-only", PostgresSession::ReadOnly),
            ("?target_session_attrs=read-write", PostgresSession::ReadWrite),
        ] {
            assert_eq!(
                parse(&format!("postgres://u@h/d{said}")).unwrap().session,
                session
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_address() {
        for (text, words) in [
            ("postgres:u@h/d", "postgres://USER@HOST/DATABASE"),
            ("mysql://u@h/d", "postgres://USER@HOST/DATABASE"),
            ("postgres://h/d", "must name the user"),
            ("postgres://u:geheim@h", "must name the database"),
            ("postgres://u:geheim@h/", "must name the database"),
            ("postgres://u:geheim@/d", "must name the host"),
            ("postgres://<user>:geheim@h/d", "placeholder"),
            ("postgres://u:geheim@h:99999/d", "%XX"),
            ("postgres://u:geh/eim@h/d", "%XX"),
            ("postgres://u:geheim @h/d", "%XX"),
            ("postgres://u:geheim%00@h/d", "%XX"),
            ("postgres://u:geheim@h%20/d", "neither a name nor a folder"),
            ("postgres://u:geheim@h,/d", "%XX"),
            ("postgres://u:geheim@h/d#x", "%23"),
            ("postgres://u:geheim@h/d?sslmode=prefer", "protects from nobody"),
            ("postgres://u:geheim@h/d?sslmode=allow", "protects from nobody"),
            ("postgres://u:geheim@h/d?sslmode=on", "sslmode that is none"),
            ("postgres://u:geheim@h/d?sslrootcert=/x", "database.ca_file"),
            ("postgres://u@h/d?password=geheim", "database.password_file"),
            ("postgres://u@h/d?geheim=1", "does not know"),
            (
                "postgres://u@h/d?target_session_attrs=geheim",
                "target_session_attrs",
            ),
            ("postgres://u@h/d?host=geheim", "names its host twice"),
            ("postgres://u@/d?host=a,b,c&port=1,2", "one for each"),
            ("postgres://u@/d?host=a&port=geheim", "a port that is none"),
        ] {
            let fault = parse(text).unwrap_err();
            assert!(fault.contains(words), "{text}: {fault}");
            assert!(!fault.contains("geh"), "{text}: {fault}");
        }
    }
}
