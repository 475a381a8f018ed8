//! `partnerlog demo`

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use chrono::{DateTime, Days, TimeDelta, Utc};
use clap::Args;
use rand::Rng;
use tokio_util::sync::CancellationToken;

use super::{
    Outcome, WrongUsage,
    stand_in::{account, go_on, provider, sign_in},
};
use crate::{
    app::{self, App, shutdown_signal},
    clock::Clock,
    collect::{import::import, oldest_day},
    config::{self, Settings},
    server,
    simulator::{
        identity_provider::IdentityProvider,
        partner_center::{PartnerCenter, PartnerCenterOptions},
        tenant::{self, Tenant, TenantOptions},
    },
    store::{
        StoreError,
        postgres::{Session, migrations},
    },
};

/// Shows the dashboard over a made-up partner's activity: everything in one process, on this machine only.
#[derive(Debug, Args)]
pub struct Demo {
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// How many records of activity there are at the start
    #[arg(long, value_name = "N", default_value_t = 30_000)]
    records: usize,
    /// Where the archive is made, anew at each start; a temporary folder if absent
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Makes the archive in an empty database on a server instead, such as postgres://user:password@localhost/demo
    #[arg(long, value_name = "URL")]
    database: Option<String>,
}

/// New activity is made about so often, and collected as often.
const PACE: Duration = Duration::from_secs(20);

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let listener = server::bind(address)
            .with_context(|| format!("port {} is taken; choose another with --port", self.port))?;
        let public_url = format!("http://{}", listener.local_addr()?);
        let folder = Folder::prepare(self.data_dir.as_deref())?;
        let shutdown = shutdown_signal();
        let clock = Clock::system();
        let database = match &self.database {
            None => config::Database::Sqlite(folder.path.join(ARCHIVE)),
            Some(url) => empty(url, &clock).await?,
        };

        let tenant = Arc::new(Tenant::generate(&TenantOptions {
            records: self.records,
            ..TenantOptions::new(1, clock.now())
        }));
        let options = PartnerCenterOptions {
            redirect_uris: vec![format!("{public_url}/settings/accounts/consent/callback")],
            ..PartnerCenterOptions::new(Arc::clone(&tenant), clock.clone())
        };
        let credentials = (options.client_id.clone(), options.client_secret.clone());
        let partner_center = PartnerCenter::start(options).await?;
        let provider = provider(&clock, &public_url).await?;
        let settings = Settings {
            server: config::Server {
                listen: address,
                public_url: public_url.clone(),
                trusted_proxies: Vec::new(),
            },
            database,
            sign_in: sign_in(&provider),
            partner_center: vec![account(&partner_center, credentials)],
            collect: config::Collect {
                interval: PACE,
                reread_days: REREAD_DAYS,
            },
            credentials: config::Credentials {
                key_secret: Some(key().into()),
                previous_key_secret: None,
            },
            export_destinations: vec![destination(&folder.path)?],
        };
        let began = Instant::now();
        history(&tenant, &settings, clock.now(), &shutdown).await?;
        let app = App::new(settings, clock.clone(), true).await?;
        tenant.forget_before(oldest_day(clock.now()));
        collect(&app, &shutdown).await?;
        tracing::info!(seconds = began.elapsed().as_secs_f32(), "the archive is made");
        if shutdown.is_cancelled() {
            return Ok(Outcome::Done);
        }
        let going_on = tokio::spawn(go_on(Arc::clone(&tenant), PACE, clock, shutdown.clone()));
        say!("partnerlog demo: {public_url}");
        remark!("{}", program(&provider));
        app.run(listener, shutdown).await?;
        going_on.await?;
        partner_center.shutdown().await;
        provider.shutdown().await;
        Ok(Outcome::Done)
    }
}

/// A database on a server, in which nobody's archive is: made-up activity belongs into none.
async fn empty(url: &str, clock: &Clock) -> anyhow::Result<config::Database> {
    let wrong = |problem: String| WrongUsage(format!("--database: {problem}"));
    let settings = config::Postgres::at(url).map_err(wrong)?;
    let connector = app::connector(&settings, clock)?;
    let there = tokio::task::spawn_blocking(move || -> Result<_, StoreError> {
        Ok(migrations::there(&Session::of(&connector)?)?)
    });
    if there.await?.context("the database of --database")?.is_some() {
        let problem = "there is an archive already; the demonstration takes an empty database";
        return Err(wrong(problem.to_owned()).into());
    }
    Ok(config::Database::Postgres(Box::new(settings)))
}

/// A folder beside the archive, for scheduled exports.
fn destination(folder: &std::path::Path) -> anyhow::Result<config::ExportDestination> {
    let path = std::path::absolute(folder)?.join("exports");
    std::fs::create_dir_all(&path)?;
    Ok(config::ExportDestination {
        name: "Exports folder".to_owned(),
        url: config::ExportPlace::Folder(path),
        endpoint: None,
        region: None,
        access_key_id: None,
        access_key_secret: None,
        sas_token: None,
    })
}

/// So many days ago the made-up partner's dashboard ran for a while. Between the second and the third time it was off
/// for too long: three days were lost. The first time, nothing older could be had any more, but from saved files.
const RAN: [i64; 3] = [270, 181, 89];

/// So many days are read again: also after a weekend, when next to nothing happens, some records of them have changed.
const REREAD_DAYS: u32 = 7;

/// So many of the newest records had not succeeded yet when the dashboard ran for the last time.
const STILL_GOING_ON: usize = 5;
const SUCCEEDED: &str = r#""operationStatus":"succeeded""#;

/// Makes the archive of a year: what was imported, and what was collected on the days when somebody did.
async fn history(
    tenant: &Arc<Tenant>,
    settings: &Settings,
    now: DateTime<Utc>,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let last_time = now - TimeDelta::minutes(50);
    let times = RAN
        .map(|days| now - TimeDelta::days(days))
        .into_iter()
        .chain([last_time]);
    let ended = newest_ended(tenant, last_time);
    for (n, at) in times.enumerate() {
        let past = Clock::fixed(at);
        let options = PartnerCenterOptions::new(Arc::clone(tenant), past.clone());
        let credentials = (options.client_id.clone(), options.client_secret.clone());
        let partner_center = PartnerCenter::start(options).await?;
        let settings = Settings {
            partner_center: vec![account(&partner_center, credentials)],
            ..settings.clone()
        };
        let app = App::new(settings, past, true).await?;
        if at == last_time {
            for (id, record) in &ended {
                tenant.replace_record(id, &record.replace(SUCCEEDED, r#""operationStatus":"progress""#));
            }
        }
        if n == 0 {
            // What Partner Center has forgotten comes from files that the partner saved.
            let mut saved = String::new();
            for line in tenant.history_before(oldest_day(at)) {
                saved.push_str(&line);
                saved.push('\n');
            }
            import(&app.store, saved.as_bytes(), at).await?;
        }
        collect(&app, shutdown).await?;
        partner_center.shutdown().await;
    }
    // What went on at the last of those times has ended since.
    for (id, record) in &ended {
        tenant.replace_record(id, record);
    }
    Ok(())
}

/// The newest records of a moment that had succeeded by then, with their ids. They are read again also where that moment was
/// on the day before.
fn newest_ended(tenant: &Tenant, at: DateTime<Utc>) -> Vec<(String, String)> {
    (0..u64::from(REREAD_DAYS) - 1)
        .flat_map(|back| tenant.records_of(at.date_naive() - Days::new(back)))
        .filter(|record| record.contains(SUCCEEDED))
        .filter(|record| tenant::date_of(record).is_some_and(|date| date <= at))
        .filter_map(|record| Some((tenant::id_of(&record)?, record)))
        .take(STILL_GOING_ON)
        .collect()
}

async fn collect(app: &App, shutdown: &CancellationToken) -> anyhow::Result<()> {
    for collector in app.collectors() {
        let summary = collector.run(None, shutdown).await?;
        if let Some(error) = summary.error.filter(|_| !shutdown.is_cancelled()) {
            anyhow::bail!("the stand-in could not be collected from: {error}");
        }
    }
    Ok(())
}

/// How a program gets an access token for the API.
fn program(provider: &IdentityProvider) -> String {
    let application = provider.applications().first();
    let (id, secret) = application.map_or(("", ""), |application| {
        (&application.client_id, &application.client_secret)
    });
    format!(
        "a program's access token: curl -d grant_type=client_credentials -d client_id={id} -d client_secret={secret} \
         -d scope=api://{}/.default {}",
        provider.client().0,
        provider.token_endpoint()
    )
}

/// The demo's archive is made anew at each start, and its key with it.
fn key() -> String {
    let key: [u8; 32] = crate::seal::random();
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

const ARCHIVE: &str = "partnerlog-demo.db";

/// The folder of the archive; a temporary one is gone when the demo ends.
struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    fn prepare(given: Option<&Path>) -> anyhow::Result<Self> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => {
                let mut name = [0; 8];
                rand::rng().fill(&mut name);
                std::env::temp_dir().join(format!("partnerlog-demo-{:016x}", u64::from_ne_bytes(name)))
            }
        };
        std::fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        // Only what an earlier demo left: nothing else of the folder is touched.
        for companion in ["", "-wal", "-shm", "-opening"] {
            let file = path.join(format!("{ARCHIVE}{companion}"));
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("{} cannot be replaced", file.display()));
                }
                _ => {}
            }
        }
        Ok(Self {
            path,
            temporary: given.is_none(),
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn some_records_have_two_versions_at_any_hour_also_early_on_a_monday() {
        for (day, hour) in [(22, 23), (23, 0), (23, 2), (25, 12)] {
            let at = Utc.with_ymd_and_hms(2026, 11, day, hour, 40, 0).unwrap();
            let tenant = Tenant::generate(&TenantOptions {
                records: 4000,
                ..TenantOptions::new(1, at)
            });
            let last_time = at - TimeDelta::minutes(50);
            let ended = newest_ended(&tenant, last_time);
            assert_eq!(ended.len(), STILL_GOING_ON, "{at}");
            for (_, record) in ended {
                assert!(tenant::date_of(&record).unwrap() <= last_time);
            }
        }
    }
}
