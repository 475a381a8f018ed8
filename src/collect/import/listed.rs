//! What Partner Center's own page exports: date, customer, action, user, in any language. Such rows say too little to be
//! the records they are about; each becomes a record of its own, unless a record that it can be about is there.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Seek},
};

use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::{
    Answers, ImportError, Question, Reason,
    dates::{self, DateOrder, Decided, Moment, Orders, Unclear},
    intake::{Intake, usual_account},
    labels,
    object::Object,
    rows::{Found, Row},
    source::Source,
    table::{Listed, Table},
};
use crate::{
    audit::{AuditRecord, Ticks, fold::fold, identity::EventKey},
    store::{Account, AccountId, Sighting},
};

/// So many rows, or about so many bytes, are looked up at once.
const TOGETHER: usize = 1_000;
const TOGETHER_BYTES: usize = 4 << 20;
/// The longest date that a question shows, in characters.
const SHOWN: usize = 40;
const PER_SECOND: i64 = 10_000_000;

/// How the dates of a file are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct HowDates {
    order: Option<DateOrder>,
    zone: Tz,
    /// The zone was said neither by the file nor by anybody, and some date needs it.
    assumed: bool,
    /// Whether any date needs it.
    needed: bool,
}

/// Reads all dates to find out in which order they are written.
pub(super) fn prepare<R: Read + Seek>(
    table: &Table,
    listed: &Listed,
    source: &mut Source<'_, R>,
    answers: &Answers,
    accounts: &[Account],
) -> Result<HowDates, ImportError> {
    let mut orders = Orders::default();
    let mut needed = false;
    source.begin_first_pass();
    each(table, source, |row| {
        let text = row.cell(listed.date);
        if let Some(written) = dates::parse(text) {
            needed |= !written.has_zone();
            orders.add(&written, text);
        }
    })?;
    let mut questions = Vec::new();
    let order = match (answers.dates, orders.decided()) {
        (Some(said), _) => Some(said),
        (None, Decided::Order(order)) => order,
        (
            None,
            Decided::Open {
                sample,
                contradictory,
            },
        ) => {
            let sample = sample.chars().take(SHOWN).collect();
            questions.push(Question::Dates {
                sample,
                contradictory,
            });
            None
        }
    };
    if usual_account(accounts, answers.account.as_deref()).is_none() {
        questions.push(Question::Account);
    }
    if !questions.is_empty() {
        return Err(ImportError::Asks(questions));
    }
    let zone = answers.zone.or(listed.zone);
    Ok(HowDates {
        order,
        zone: zone.unwrap_or(Tz::UTC),
        assumed: zone.is_none(),
        needed,
    })
}

/// Shows every sound row.
fn each<R: Read + Seek>(
    table: &Table,
    source: &mut Source<'_, R>,
    mut show: impl FnMut(&Row<'_>),
) -> Result<(), ImportError> {
    let mut rows = table.rows(source)?;
    loop {
        match rows.next()? {
            Found::End => return Ok(()),
            Found::Bad { .. } => {}
            Found::Row(row) if table.is_header(&row) => {}
            Found::Row(row) => show(&row),
        }
    }
}

/// A row that is understood and not looked up yet.
struct Sighted {
    line: u64,
    moment: Moment,
    customer: String,
    action: String,
    user: String,
    /// The row itself, as JSON.
    row: String,
    /// What makes it this row: equal rows have the same.
    hash: String,
}

/// Reads all rows.
pub(super) async fn read<R: Read + Seek + Send>(
    table: &Table,
    listed: &Listed,
    how: HowDates,
    source: &mut Source<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    if how.needed {
        intake.read_in(how.zone, how.assumed);
    }
    let Ok(account) = intake.account(None).await? else {
        return Err(ImportError::Asks(vec![Question::Account]));
    };
    let tenant = intake.tenant(account).map(str::to_owned);
    let mut rows = table.rows(source)?;
    let (mut pending, mut bytes) = (Vec::new(), 0);
    loop {
        let (line, sighted) = match rows.next()? {
            Found::End => break,
            Found::Bad { line, reason } => (line, Err(reason)),
            Found::Row(row) if table.is_header(&row) => continue,
            Found::Row(row) => (row.line, sight(&row, listed, how, tenant.as_deref())),
        };
        intake.count();
        match sighted {
            Err(reason) => intake.reject(line, reason),
            Ok(sighted) => {
                bytes += 2 * sighted.row.len();
                pending.push(sighted);
            }
        }
        if pending.len() >= TOGETHER || bytes >= TOGETHER_BYTES {
            look_up(account, tenant.as_deref(), &mut pending, intake).await?;
            bytes = 0;
        }
    }
    look_up(account, tenant.as_deref(), &mut pending, intake).await
}

fn sight(row: &Row<'_>, listed: &Listed, how: HowDates, tenant: Option<&str>) -> Result<Sighted, Reason> {
    let date = row.cell(listed.date);
    let not_a_date = || Reason::about(Reason::NotADate, date);
    let moment = dates::parse(date)
        .ok_or_else(not_a_date)?
        .moment(how.order, how.zone)
        .map_err(|unclear| match unclear {
            Unclear::NotInThisOrder => not_a_date(),
            Unclear::Skipped => Reason::about(Reason::NoSuchTime, date),
        })?;
    let cell = |at: Option<usize>| at.map_or("", |at| row.cell(at)).trim().to_owned();
    let (customer, user) = (cell(listed.customer), cell(listed.user));
    let action = labels::operation(row.cell(listed.action));
    if action.is_empty() {
        return Err(Reason::NotARecord);
    }
    let mut object = Object::new();
    for (name, cell) in listed.names.iter().zip(row.cells()) {
        object.text(name, cell);
    }
    let mut hash = Sha256::new();
    let moment_text = moment.at.0.to_string();
    let fields = [
        tenant.unwrap_or_default(),
        &moment_text,
        &fold(&customer),
        &fold(&user),
        &fold(&action),
    ];
    for field in fields {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    let hash = hash.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Sighted {
        line: row.line,
        moment,
        customer,
        action,
        user,
        row: object.finish(),
        hash,
    })
}

impl Sighted {
    /// The id of the record that the `n`-th of equal rows becomes.
    fn id(&self, n: usize) -> String {
        match n {
            0 => format!("row-{}", self.hash),
            _ => format!("row-{}-{n}", self.hash),
        }
    }

    fn sighting(&self, from: Ticks) -> Sighting {
        Sighting {
            from,
            until: Ticks(from.0.saturating_add(self.moment.precision * PER_SECOND)),
            customer: self.customer.clone(),
            user: self.user.clone(),
            action: self.action.clone(),
        }
    }

    fn document(&self, id: &str, tenant: Option<&str>) -> String {
        let mut object = Object::new();
        object.text("id", id);
        if let Some(tenant) = tenant {
            object.text("partnerId", tenant);
        }
        for (name, text) in [
            ("customerName", &self.customer),
            ("userPrincipalName", &self.user),
            ("operationType", &self.action),
        ] {
            if !text.is_empty() {
                object.text(name, text);
            }
        }
        let date = self.moment.at.to_rfc3339().unwrap_or_default();
        object.text("operationDate", &date);
        object.raw("importedRow", &self.row);
        object.finish()
    }
}

/// Takes in the rows about which there is no record yet. Of equal rows, each can be about another of equal records.
async fn look_up(
    account: AccountId,
    tenant: Option<&str>,
    pending: &mut Vec<Sighted>,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    if pending.is_empty() {
        return Ok(());
    }
    // Equal rows are looked for once.
    let mut different: HashMap<String, &Sighted> = HashMap::new();
    for row in pending.iter() {
        different.entry(row.hash.clone()).or_insert(row);
    }
    let different: Vec<&Sighted> = different.into_values().collect();
    let sightings = different
        .iter()
        .flat_map(|row| {
            let twice = row.moment.again.map(|again| row.sighting(again));
            [Some(row.sighting(row.moment.at)), twice]
        })
        .flatten()
        .collect();
    let mut alike = intake.alike(account, sightings).await?.into_iter();
    let mut others_of = HashMap::new();
    for row in different {
        let mut about = alike.next().unwrap_or_default();
        if row.moment.again.is_some() {
            about.extend(alike.next().unwrap_or_default());
        }
        // What was made of such rows before is looked for by its id.
        let own: HashSet<EventKey> = (0..about.len()).map(|n| EventKey::of_id(&row.id(n))).collect();
        let others = about.iter().filter(|key| !own.contains(key)).count();
        others_of.insert(row.hash.clone(), others);
    }
    let keys = pending.iter().map(|row| EventKey::of_id(&row.id(0))).collect();
    let times = intake.times_asked(keys).await?;
    let mut rows = Vec::with_capacity(pending.len());
    for (row, times) in pending.drain(..).zip(times) {
        let others = others_of.get(&row.hash).copied().unwrap_or_default();
        match (times as usize).checked_sub(others) {
            None => intake.known(),
            Some(n) => {
                let id = row.id(n);
                rows.push((EventKey::of_id(&id), id, row));
            }
        }
    }
    let names = rows.iter().map(|(key, _, _)| (*key, 0)).collect();
    let there = intake.has(account, names).await?;
    for ((_, id, row), there) in rows.into_iter().zip(there) {
        if there {
            intake.known();
        } else {
            let record = AuditRecord::read(row.document(&id, tenant));
            intake.take(row.line, account, record, row.moment.at).await?;
        }
    }
    Ok(())
}
