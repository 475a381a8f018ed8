//! partnerlog's export for spreadsheets, and its export for programs where the column with the records is gone: records
//! made again of what their rows say. A record that is known stays as it is, because a row says less than it does.

use std::io::{Read, Seek};

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
    name: Option<(EventKey, u32)>,
    record: AuditRecord,
    fallback: Ticks,
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
    let (mut last, mut pending, mut bytes, mut account_of_pending) = (String::new(), Vec::new(), 0, None);
    loop {
        let row = match rows.next()? {
            Found::End => break,
            Found::Bad { line, reason } => {
                intake.count();
                intake.reject(line, reason);
                continue;
            }
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
        let Some(account) = account else {
            let reason = match named.is_empty() {
                true => Reason::NoAccount,
                false => Reason::about(Reason::UnknownAccount, named),
            };
            intake.reject(row.line, reason);
            continue;
        };
        if account_of_pending != Some(account) || pending.len() >= TOGETHER || bytes >= TOGETHER_BYTES {
            look_up(account_of_pending, &mut pending, intake).await?;
            bytes = 0;
            account_of_pending = Some(account);
        }
        let made = cells.make(intake.tenant(account), intake.fallback());
        bytes += made.record.document.len();
        pending.push(made);
    }
    look_up(account_of_pending, &mut pending, intake).await
}

/// Takes in what is not known yet.
async fn look_up(
    account: Option<AccountId>,
    pending: &mut Vec<Made>,
    intake: &mut Intake<'_>,
) -> Result<(), ImportError> {
    let (Some(account), false) = (account, pending.is_empty()) else {
        return Ok(());
    };
    let names = pending.iter().filter_map(|made| made.name).collect();
    let mut there = intake.has(account, names).await?.into_iter();
    for made in pending.drain(..) {
        match made.name.and_then(|_| there.next()) {
            Some(true) => intake.known(),
            _ => intake.take(account, made.record, made.fallback).await?,
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
