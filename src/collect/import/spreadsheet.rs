//! partnerlog's export for spreadsheets, and its export for programs where the column with the records is gone: records
//! made again of what their rows say. A record that is known stays as it is, because a row says less than it does.

use std::{
    collections::HashMap,
    io::{Read, Seek},
};

use chrono_tz::Tz;

use super::{
    ImportError, Reason, dates,
    intake::Intake,
    object::Object,
    rows::{Found, Row},
    source::Source,
    table::{Spreadsheet, Table},
};
use crate::{
    audit::{AuditRecord, RecordId, Ticks, identity::EventKey, json},
    export::was_guarded,
    i18n::Lang,
    store::AccountId,
};

/// So many rows, or about so many bytes, are looked up at once.
const TOGETHER: usize = 1_000;
const TOGETHER_BYTES: usize = 4 << 20;

/// A record made of its row, not looked up yet.
struct Made {
    line: u64,
    /// What the row calls it.
    row_name: String,
    name: Option<(EventKey, u32)>,
    record: AuditRecord,
    fallback: Ticks,
}

impl Made {
    /// The name of its row and what it says, where the record has no id of its own.
    fn unlike_others(&self) -> Option<(&str, &str)> {
        let has_own = self.record.given_id.is_some() || self.row_name.is_empty();
        (!has_own).then_some((&self.row_name, &self.record.document))
    }
}

/// Reads all rows.
pub(super) async fn read<R: Read + Seek + Send>(
    table: &Table,
    sheet: &Spreadsheet,
    source: &mut Source<'_, R>,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let mut rows = table.rows(source)?;
    let cuts = Lang::ALL.map(|lang| lang.t("csv-cell-cut"));
    let (mut last, mut pending, mut bytes) = (String::new(), Vec::new(), 0);
    loop {
        let row = match rows.next()? {
            Found::End => break,
            Found::Bad { line, reason } => {
                intake.count();
                intake.reject(line, reason);
                continue;
            }
            Found::Row(row) if table.is_header(&row) => continue,
            Found::Row(row) => row,
        };
        let cells = Cells {
            row: &row,
            sheet,
            cuts: &cuts,
        };
        let id = cells.text("id");
        if !id.is_empty() && id == last {
            // Another line of the same order.
            continue;
        }
        id.clone_into(&mut last);
        intake.count();
        if cells.text("operationType").is_empty() && cells.text("operationDate").is_empty() {
            intake.reject(row.line, Reason::NotARecord);
            continue;
        }
        let named = cells.text("partnerId");
        let account = match (named.is_empty(), sheet.exact) {
            (true, _) => intake.account(None).await?,
            (false, true) => intake.account(Some(named)).await?,
            (false, false) => intake.account_named(named).await?,
        };
        let account = match account {
            Ok(account) => account,
            Err(reason) => {
                intake.reject(row.line, reason);
                continue;
            }
        };
        if pending.len() >= TOGETHER || bytes >= TOGETHER_BYTES {
            look_up(&mut pending, intake).await?;
            bytes = 0;
        }
        let made = cells.make(intake.tenant(account), intake.fallback());
        bytes += made.record.document.len();
        pending.push((account, made));
    }
    look_up(&mut pending, intake).await
}

/// Takes in what is not known yet.
async fn look_up(pending: &mut Vec<(AccountId, Made)>, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let mut names: HashMap<AccountId, Vec<(EventKey, u32)>> = HashMap::new();
    for (account, made) in pending.iter() {
        names.entry(*account).or_default().extend(made.name);
    }
    // Those without an id are named by their export all the same: exports put together repeat some.
    let nameless: Vec<_> = pending
        .iter()
        .filter_map(|(_, made)| made.unlike_others())
        .collect();
    let mut repeated = intake.repeated(&nameless).await?.into_iter();
    let mut there = HashMap::new();
    for (account, names) in names {
        there.insert(account, intake.has(account, names).await?.into_iter());
    }
    for (account, made) in pending.drain(..) {
        let is_repeated = made.unlike_others().is_some() && repeated.next() == Some(true);
        let is_there = made.name.and_then(|_| there.get_mut(&account)?.next());
        match is_there {
            _ if is_repeated => intake.known(),
            Some(true) => intake.known(),
            _ => {
                intake
                    .take(made.line, account, made.record, made.fallback)
                    .await?
            }
        }
    }
    Ok(())
}

/// A row, by the wire's names.
struct Cells<'a> {
    row: &'a Row<'a>,
    sheet: &'a Spreadsheet,
    cuts: &'a [String],
}

impl<'a> Cells<'a> {
    fn text(&self, name: &str) -> &'a str {
        let Some(at) = self.sheet.places.get(name) else {
            return "";
        };
        let cell = self.row.cell(*at);
        if self.sheet.exact { cell } else { was_guarded(cell) }
    }

    /// The text without the words that say that it was cut, and whether it was.
    fn uncut(&self, name: &str) -> (&'a str, bool) {
        let text = self.text(name);
        if self.sheet.exact {
            return (text, false);
        }
        let cut = self.cuts.iter().find_map(|cut| text.strip_suffix(cut.as_str()));
        cut.map_or((text, false), |text| (text, true))
    }

    fn make(&self, tenant: Option<&str>, now: Ticks) -> Made {
        let id = RecordId::parse(self.text("id"));
        let name = id.as_ref().map(RecordId::event);
        let given = id
            .as_ref()
            .map(RecordId::as_str)
            .filter(|id| !id.starts_with("h-"));
        let mut record = AuditRecord::read(self.document(given, tenant));
        // What has no id is known by its fields, the partner among them: it may have been left out.
        if let (None, Some((key, _))) = (given, name)
            && EventKey::of(&record) != key
        {
            let without = AuditRecord::read(self.document(None, None));
            if EventKey::of(&without) == key {
                record = without;
            }
        }
        Made {
            line: self.row.line,
            row_name: self.text("id").to_owned(),
            name,
            record,
            fallback: self.filed().unwrap_or(now),
        }
    }

    /// The date of the first column, which is the one the record was filed under.
    fn filed(&self) -> Option<Ticks> {
        let zone = self.sheet.zone.unwrap_or(Tz::UTC);
        let moment = dates::parse(self.text("dateTime"))?.moment(None, zone).ok()?;
        Some(moment.at)
    }

    fn document(&self, id: Option<&str>, tenant: Option<&str>) -> String {
        let mut object = Object::new();
        let mut cut = Vec::new();
        if let Some(id) = id {
            object.text("id", id);
        }
        if let Some(tenant) = tenant {
            object.text("partnerId", tenant);
        }
        for name in [
            "customerId",
            "customerName",
            "userPrincipalName",
            "applicationId",
            "resourceType",
            "resourceOldValue",
            "resourceNewValue",
            "operationType",
            "originalCorrelationId",
            "operationDate",
            "operationStatus",
        ] {
            let (text, was_cut) = self.uncut(name);
            // Where there was no name, the id stands in its place.
            let is_stand_in = name == "customerName" && text == self.text("customerId");
            if text.is_empty() || is_stand_in {
                continue;
            }
            object.text(name, text);
            if was_cut {
                cut.push(name);
            }
        }
        let (data, was_cut) = self.uncut("customizedData");
        match pairs(data) {
            Some(pairs) => {
                object.raw("customizedData", &pairs);
            }
            None => {
                object.text("customizedData", data);
            }
        }
        if was_cut {
            cut.push("customizedData");
        }
        // Says that this is not the record as Partner Center sent it: that one is to take its place, once it comes.
        object.text("importedFrom", if self.sheet.exact { "csv-plain" } else { "csv" });
        if !cut.is_empty() {
            let names: Vec<_> = cut.iter().map(|name| json::quoted(name)).collect();
            object.raw("importedCut", &format!("[{}]", names.join(",")));
        }
        object.finish()
    }
}

/// The column of additional data as the API writes it; `None` when it is no object any more.
fn pairs(data: &str) -> Option<String> {
    if data.is_empty() {
        return Some("[]".to_owned());
    }
    let pairs: Vec<String> = json::members(data)?
        .into_iter()
        .map(|(key, value)| {
            let mut pair = Object::new();
            pair.text("key", &key).raw("value", value);
            pair.finish()
        })
        .collect();
    Some(format!("[{}]", pairs.join(",")))
}
