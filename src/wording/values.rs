//! Values of known fields in words: enumerations, durations, switches, dates.

use super::{labels, one_line};
use crate::{
    audit::{Ticks, known_ids, vocabulary::OperationStatus},
    i18n::{Arg, Lang, grouped},
};

/// How long a value may get in a line.
const VALUE: usize = 80;

/// A value of that field in words where it has some, else as it is, in one line. Dates are shown in UTC.
pub fn value(field: &str, value: &str, lang: Lang) -> String {
    let name = field.rsplit('.').next().unwrap_or(field);
    let name = name.split(['[', '-']).next().unwrap_or(name).to_ascii_lowercase();
    let words = match kind(&name) {
        _ if name == "operationstatus" => Some(labels::status(&OperationStatus(value.into()), lang)),
        Some(Kind::Named(kind)) => named(kind, value, lang),
        Some(Kind::Duration) => duration(value, lang),
        Some(Kind::Amount) => amount(value),
        None => None,
    };
    words
        .or_else(|| date(value))
        .or_else(|| known_ids::name(value).map(|name| format!("{name} ({value})")))
        .unwrap_or_else(|| one_line(value, VALUE))
}

enum Kind {
    /// Has words in the catalogue under that name.
    Named(&'static str),
    Duration,
    /// Of money.
    Amount,
}

fn kind(field: &str) -> Option<Kind> {
    Some(Kind::Named(match field {
        "billingcycle" => "billingcycle",
        "status" | "orderstatus" | "subscriptionstatus" => "status",
        "relationship" | "relationshiptopartner" => "relationship",
        "transactiontype" => "transactiontype",
        "qualification" => "qualification",
        "agreementtype" => "agreementtype",
        "billingtype" => "billingtype",
        "unittype" => "unittype",
        "duration"
        | "termduration"
        | "renewaltermduration"
        | "relationshipduration"
        | "autoextendduration" => {
            return Some(Kind::Duration);
        }
        "amount" | "totalprice" | "unitprice" | "effectiveunitprice" | "spendingbudget" | "spendinglimit" => {
            return Some(Kind::Amount);
        }
        _ if field.ends_with("enabled") || field == "autorenew" => "switch",
        _ if ["is", "has", "allow", "force"]
            .iter()
            .any(|start| field.starts_with(start)) =>
        {
            "truth"
        }
        _ => return None,
    }))
}

fn named(kind: &str, value: &str, lang: Lang) -> Option<String> {
    if value.len() > 40 {
        return None;
    }
    let name: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    // `Usage-based` and `one_time` are written in several ways; nothing else may be left over.
    let plain = value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '));
    let fits = plain && !name.is_empty();
    fits.then(|| lang.try_t(&format!("value-{kind}-{}", name.to_ascii_lowercase())))?
}

/// `P1Y`, `P730D`
fn duration(value: &str, lang: Lang) -> Option<String> {
    let rest = value.trim().strip_prefix(['P', 'p'])?;
    let unit = rest.chars().next_back()?;
    let number = &rest[..rest.len() - unit.len_utf8()];
    let digits = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let n: i64 = digits.then(|| number.parse().ok())??;
    let key = match unit.to_ascii_uppercase() {
        'Y' => "value-years",
        'M' => "value-months",
        'W' => "value-weeks",
        'D' => "value-days",
        _ => return None,
    };
    Some(lang.t_with(key, &[("n", Arg::Number(n))]))
}

/// `5000.0` becomes `5,000`; what is no plain decimal number stays.
fn amount(value: &str) -> Option<String> {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = (1..=15).contains(&digits.len())
        && fraction.len() <= 9
        && digits.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
    let grouped = plain.then(|| digits.parse().ok().map(grouped))??;
    let sign = if whole.starts_with('-') { "−" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{grouped}{point}{fraction}"))
}

/// `2020-09-02T17:58:01.7755853Z` becomes `2020-09-02 17:58:01 UTC`.
fn date(value: &str) -> Option<String> {
    let looks = value.len() >= 19 && value.len() <= 40 && value.as_bytes().get(10) == Some(&b'T');
    let at = looks.then(|| Ticks::parse(value))??.to_utc()?;
    Some(at.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
