//! `partnerlog collect`

use chrono::NaiveDate;
use clap::Args;
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{ConfigFile, Outcome, WrongUsage};
use crate::{
    app::{App, shutdown_signal},
    clock::Clock,
};

/// Collects once, to the end; prints a line for each partner account.
#[derive(Debug, Args)]
pub struct Collect {
    #[command(flatten)]
    config: ConfigFile,
    /// The first UTC day; without --from and --to, whatever is missing
    #[arg(long, value_name = "yyyy-mm-dd")]
    from: Option<NaiveDate>,
    /// The last UTC day
    #[arg(long, value_name = "yyyy-mm-dd")]
    to: Option<NaiveDate>,
}

impl Collect {
    pub(super) async fn run(self) -> anyhow::Result<Outcome> {
        let clock = Clock::system();
        let today = clock.now().date_naive();
        let oldest = crate::collect::oldest_day(clock.now());
        let days = match (self.from, self.to) {
            (None, None) => None,
            (from, to) => {
                let (from, to) = (from.unwrap_or(oldest), to.unwrap_or(today));
                if from < oldest {
                    let earliest =
                        format!("Partner Center keeps 90 days: --from can be {oldest} at the earliest");
                    return Err(WrongUsage(earliest).into());
                }
                if to < from || to > today {
                    return Err(WrongUsage(format!("--to must lie between {from} and {today}")).into());
                }
                Some(from.iter_days().take_while(|day| *day <= to).collect::<Vec<_>>())
            }
        };
        let app = App::new(self.config.load()?, clock, false).await?;
        if app.settings.partner_center.is_empty() {
            let none = "the settings name no [[partner_center]] to collect from";
            return Err(WrongUsage(none.to_owned()).into());
        }
        let stop = shutdown_signal();
        let mut outcome = Outcome::Done;
        // All at once: an account that has to wait keeps no other waiting.
        let collectors = app.collectors();
        let mut runs: FuturesUnordered<_> = collectors
            .iter()
            .map(|collector| async { (&collector.name, collector.run(days.clone(), &stop).await) })
            .collect();
        while let Some((name, summary)) = runs.next().await {
            let summary = summary?;
            say!("{name}: {summary}");
            if let Some(error) = &summary.error {
                remark!("{name}: {error}");
            }
            if summary.unread > 0 || summary.busy {
                outcome = Outcome::Incomplete;
            }
        }
        Ok(outcome)
    }
}
