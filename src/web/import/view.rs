//! The pages of importing as finished text.

use askama::Template;

use super::{
    desk::{self, Failure, Stage},
    receive::Trouble,
};
use crate::{
    collect::import::{DateOrder, Format, Imported, Question},
    i18n::{Arg, byte_size, grouped},
    identity::UserId,
    store::{Account, PastImport, StoreError},
    web::{AppState, PageContext, settings::zones},
    wording::one_line,
};

/// So many rejected rows are shown.
const SHOWN: usize = 20;
/// So many imports of the past are shown.
const PAST: u32 = 50;
/// The longest name that is shown, in characters.
const NAME: usize = 120;

/// Where a file is chosen.
#[derive(Template)]
#[template(path = "settings/import.html")]
pub struct Start<'a> {
    ctx: &'a PageContext,
    trouble: Option<String>,
    /// The address of the upload that the reader has.
    mine: Option<String>,
    largest: String,
    past: Vec<Past>,
}

struct Past {
    at: String,
    file: String,
    format: String,
    by: String,
    counts: String,
    state: &'static str,
    sha256: Option<String>,
}

/// An upload.
#[derive(Template)]
#[template(path = "settings/upload.html")]
pub struct Upload<'a> {
    ctx: &'a PageContext,
    id: String,
    file: String,
    size: String,
    title: String,
    /// How far it is, while it is worked on.
    progress: Option<Running>,
    report: Option<Report>,
    failure: Option<String>,
    can_retry: bool,
    questions: Option<Questions>,
    can_import: bool,
    looked_again: bool,
    is_over: bool,
}

struct Running {
    percent: u64,
    text: String,
}

struct Report {
    format: String,
    counts: Vec<(String, String)>,
    zone: Option<String>,
    new_accounts: Option<String>,
    rejected: Vec<(Option<String>, String)>,
    more: Option<String>,
}

/// What the reader is asked, or can say otherwise.
struct Questions {
    dates: Option<Dates>,
    zones: Vec<(&'static str, bool)>,
    /// Whether the account has to be said, or only can be.
    asks_account: bool,
    accounts: Vec<(String, String, bool)>,
}

struct Dates {
    text: String,
    orders: Vec<(&'static str, String, bool)>,
}

fn number(n: u64) -> String {
    grouped(i64::try_from(n).unwrap_or(i64::MAX))
}

fn format_name(ctx: &PageContext, format: &str) -> String {
    ctx.lang
        .try_t(&format!("import-format-{format}"))
        .unwrap_or_else(|| one_line(format, NAME))
}

impl<'a> Start<'a> {
    pub async fn new(
        state: &AppState,
        ctx: &'a PageContext,
        user: &UserId,
        trouble: Option<Trouble>,
    ) -> Result<Self, StoreError> {
        let past = state.store.imports(PAST).await?;
        let largest = state.imports.bounds().largest;
        let mine = state.imports.of(user).filter(|upload| upload.state().is_open());
        Ok(Self {
            ctx,
            trouble: trouble.map(|trouble| ctx.t1(trouble.key(), "size", &byte_size(largest))),
            mine: mine.map(|upload| format!("/settings/import/{}", upload.id)),
            largest: ctx.t1("import-largest", "size", &byte_size(largest)),
            past: past.into_iter().map(|import| Past::new(ctx, import)).collect(),
        })
    }
}

impl Past {
    fn new(ctx: &PageContext, import: PastImport) -> Self {
        let appended = import.counts.appended;
        Self {
            at: ctx.dates().moment(import.started_at),
            file: one_line(&import.file, NAME),
            format: format_name(ctx, &import.format),
            by: one_line(&import.imported_by, NAME),
            counts: ctx.lang.t_with(
                "import-past-counts",
                &[
                    ("new", Arg::Text(&number(appended.new))),
                    ("known", Arg::Text(&number(appended.known))),
                    ("revised", Arg::Text(&number(appended.revised))),
                    ("rejected", Arg::Text(&number(import.counts.rejected))),
                ],
            ),
            state: match (import.finished, import.ended_at) {
                (true, _) => "import-finished",
                (false, Some(_)) => "import-broken-off",
                (false, None) => "import-not-ended",
            },
            sha256: import
                .sha256
                .map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }
}

impl<'a> Upload<'a> {
    pub fn new(ctx: &'a PageContext, upload: &desk::Upload, accounts: Vec<Account>) -> Self {
        let state = upload.state();
        let mut this = Self {
            ctx,
            id: upload.id.clone(),
            file: one_line(&state.name, NAME),
            size: byte_size(state.size),
            title: String::new(),
            progress: None,
            report: None,
            failure: None,
            can_retry: false,
            questions: None,
            can_import: false,
            looked_again: false,
            is_over: false,
        };
        let title = match &state.stage {
            Stage::Receiving => "import-receiving",
            Stage::Working { dry_run, progress } => {
                this.progress = Some(Running {
                    percent: progress.percent(),
                    text: ctx.lang.t_with(
                        "import-progress",
                        &[
                            ("percent", Arg::Text(&progress.percent().to_string())),
                            ("records", Arg::Text(&number(progress.records()))),
                        ],
                    ),
                });
                if *dry_run {
                    "import-checking"
                } else {
                    "import-importing"
                }
            }
            Stage::Checked(done) => {
                this.report = Some(Report::new(ctx, done, true));
                this.questions = Questions::of_report(ctx, done, &state, &accounts);
                this.looked_again = state.looked_again;
                this.can_import = done.appended.new + done.appended.revised > 0;
                "import-checked"
            }
            Stage::Asks(questions) => {
                this.questions = Some(Questions::of(ctx, questions, &state, &accounts));
                "import-asks"
            }
            Stage::Imported(done) => {
                this.report = Some(Report::new(ctx, done, false));
                this.is_over = true;
                "import-done"
            }
            Stage::Failed(Failure::NotUnderstood(misfit)) => {
                this.failure = Some(ctx.t1("import-not-understood", "why", &misfit.words(ctx.lang)));
                this.is_over = true;
                "import-failed"
            }
            Stage::Failed(Failure::BrokenOff) => {
                this.failure = Some(ctx.t("import-failed-text"));
                this.can_retry = true;
                "import-failed"
            }
        };
        this.title = ctx.t(title);
        this
    }
}

impl Report {
    fn new(ctx: &PageContext, done: &Imported, dry_run: bool) -> Self {
        let appended = done.appended;
        let count = |key: &str, n: u64| (ctx.t(key), number(n));
        let mut rejected: Vec<_> = done
            .reasons
            .iter()
            .take(SHOWN)
            .map(|(at, reason)| {
                let line = (*at > 0).then(|| ctx.t1("import-line", "line", &number(*at)));
                (line, one_line(&reason.words(ctx.lang), 2 * NAME))
            })
            .collect();
        rejected.shrink_to_fit();
        let more = done.rejected - rejected.len() as u64;
        Self {
            format: done
                .format
                .map_or_else(|| ctx.t("import-empty"), |format| format_name(ctx, format.name())),
            counts: vec![
                count("import-read", done.read),
                count(
                    if dry_run { "import-would-new" } else { "import-new" },
                    appended.new,
                ),
                count("import-known", appended.known),
                count("import-revised", appended.revised),
                count("import-rejected", done.rejected),
            ],
            zone: done.zone.map(|(zone, assumed)| {
                let key = if assumed {
                    "import-zone-assumed"
                } else {
                    "import-zone-read"
                };
                ctx.t1(key, "zone", zone.name())
            }),
            new_accounts: (!done.new_accounts.is_empty()).then(|| {
                let names: Vec<_> = done
                    .new_accounts
                    .iter()
                    .take(SHOWN)
                    .map(|tenant| one_line(tenant, NAME))
                    .collect();
                ctx.t1(
                    "import-new-accounts",
                    "accounts",
                    &names.join(&ctx.t("list-joint")),
                )
            }),
            rejected,
            more: (more > 0).then(|| ctx.t1("import-more", "n", &number(more))),
        }
    }
}

impl Questions {
    /// What can be said otherwise after a report; nothing where the file itself says everything.
    fn of_report(
        ctx: &PageContext,
        done: &Imported,
        state: &desk::State,
        accounts: &[Account],
    ) -> Option<Self> {
        let is_list = done.format == Some(Format::PartnerCenterCsv);
        let asks_account = done.asks_account || state.answers.account.is_some();
        if !is_list && !asks_account {
            return None;
        }
        let mut questions = Self::of(ctx, &[], state, accounts);
        if !is_list {
            questions.zones.clear();
        }
        if !asks_account {
            questions.accounts.clear();
        }
        Some(questions)
    }

    fn of(ctx: &PageContext, questions: &[Question], state: &desk::State, accounts: &[Account]) -> Self {
        let said = &state.answers;
        let text = questions.iter().find_map(|question| match question {
            Question::Dates {
                sample,
                contradictory,
            } => {
                let key = match contradictory {
                    true => "import-dates-contradict",
                    false => "import-dates-open",
                };
                Some(ctx.t1(key, "sample", &one_line(sample, NAME)))
            }
            Question::Account => None,
        });
        let text = text.or_else(|| said.dates.map(|_| ctx.t("import-dates-said")));
        let asks_account = questions.contains(&Question::Account) || said.account.is_some();
        Self {
            dates: text.map(|text| Dates {
                text,
                orders: DateOrder::ALL
                    .into_iter()
                    .map(|order| {
                        let label = ctx.t(match order {
                            DateOrder::DayFirst => "import-day-first",
                            DateOrder::MonthFirst => "import-month-first",
                            DateOrder::YearFirst => "import-year-first",
                        });
                        (order.name(), label, said.dates == Some(order))
                    })
                    .collect(),
            }),
            zones: zones()
                .into_iter()
                .map(|name| (name, said.zone.is_some_and(|zone| zone.name() == name)))
                .collect(),
            asks_account: questions.contains(&Question::Account),
            accounts: match asks_account || questions.is_empty() {
                false => Vec::new(),
                true => accounts
                    .iter()
                    .map(|account| {
                        let selected = said.account.as_deref() == Some(&account.tenant_id);
                        (account.tenant_id.clone(), account.name.clone(), selected)
                    })
                    .collect(),
            },
        }
    }
}
