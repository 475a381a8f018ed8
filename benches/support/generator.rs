//! As many records as wanted, over three years, without holding them: a believable month of a tenant, again and again with
//! other ids, dates and customers. The same number makes the same records.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Days, Utc};
use partnerlog::simulator::tenant::{PARTNER_TENANT_ID, Tenant, TenantOptions};
use serde_json::{Map, Value};

/// Different records; everything else is one of them with other ids.
const SEED: usize = 20_000;
/// A GUID that so many of them name is one of the catalogue, of an application or of the partner: it stays.
const COMMON: usize = 40;
/// How many customers each of the month's customers stands for.
const VARIANTS: usize = 24;
const YEARS: i64 = 3;
const UNIX_EPOCH: i64 = 621_355_968_000_000_000;

pub struct Generator {
    lines: Vec<Line>,
    records: usize,
    last: DateTime<Utc>,
}

struct Line {
    text: String,
    /// Where GUIDs begin that are to be others, and whether they are the customer's.
    guids: Vec<(usize, bool)>,
    /// Where the customer's name ends.
    names: Vec<usize>,
    date: usize,
    ticks: usize,
}

impl Generator {
    /// That many records up to a moment.
    pub fn new(records: usize, last: DateTime<Utc>) -> Self {
        let tenant = Tenant::generate(&TenantOptions {
            records: SEED,
            ..TenantOptions::new(7, last)
        });
        let all: Vec<String> = tenant.history_before(last.date_naive() + Days::new(1)).collect();
        let mut named: HashMap<&str, usize> = HashMap::new();
        for line in &all {
            let once: HashSet<&str> = guids(line).map(|at| &line[at..at + 36]).collect();
            once.into_iter()
                .for_each(|guid| *named.entry(guid).or_default() += 1);
        }
        let common: HashSet<String> = named
            .into_iter()
            .filter(|(_, count)| *count >= COMMON)
            .map(|(guid, _)| guid.to_owned())
            .collect();
        // In another order than that of time, so that neighbours differ.
        let lines = (0..all.len())
            .map(|i| Line::new(&all[i * 7_919 % all.len()], &common))
            .collect();
        Self { lines, records, last }
    }

    /// The record of that number, counted from the oldest.
    pub fn record(&self, number: usize) -> String {
        let line = &self.lines[number % self.lines.len()];
        let round = (number / self.lines.len()) as u64;
        let draw = mix(number as u64);
        // A few customers have most of the activity.
        let variant = ((draw % 1_000) as f64 / 1_000.0).powi(3) * VARIANTS as f64;
        let variant = variant as u64;
        let mut text = line.text.clone().into_bytes();
        for (at, is_customer) in &line.guids {
            let salt = if *is_customer { variant } else { round + 1_000 };
            if salt > 0 {
                scramble(&mut text[*at..*at + 36], salt);
            }
        }
        let ago = YEARS * 365 * 864_000_000_000 / self.records as i64 * (self.records - number) as i64;
        let jitter = (draw >> 20) as i64 % 600_000_000;
        let now = self.last.timestamp() * 10_000_000;
        let ticks = now - ago + jitter % (ago + 1);
        let moment = DateTime::from_timestamp(ticks.div_euclid(10_000_000), 0).unwrap();
        let date = format!(
            "{}.{:07}Z",
            moment.format("%Y-%m-%dT%H:%M:%S"),
            ticks.rem_euclid(10_000_000)
        );
        text[line.date..line.date + 28].copy_from_slice(date.as_bytes());
        text[line.ticks..line.ticks + 18].copy_from_slice((ticks + UNIX_EPOCH).to_string().as_bytes());
        let mut text = String::from_utf8(text).unwrap();
        if variant > 0 {
            for at in line.names.iter().rev() {
                text.insert_str(
                    *at,
                    &format!(" {}", VARIANT_NAMES[variant as usize % VARIANT_NAMES.len()]),
                );
            }
        }
        text
    }
}

const VARIANT_NAMES: [&str; VARIANTS] = [
    "",
    "West",
    "East",
    "Nord",
    "Süd",
    "東京",
    "大阪",
    "名古屋",
    "福岡",
    "札幌",
    "Retail",
    "Logistics",
    "Health",
    "Labs",
    "Energy",
    "Foods",
    "Capital",
    "Marine",
    "Design",
    "Motors",
    "販売",
    "商事",
    "工業",
    "Group",
];

impl Line {
    fn new(line: &str, common: &HashSet<String>) -> Self {
        const TICKS: &str = "000000000000000000";
        const DATE: &str = "0000-00-00T00:00:00.0000000Z";
        let mut record: Map<String, Value> = serde_json::from_str(line).unwrap();
        let customer = record
            .get("customerId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let name = record
            .get("customerName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        record.insert(
            "id".to_owned(),
            format!("{PARTNER_TENANT_ID}_{customer}_{TICKS}").into(),
        );
        record.insert("operationDate".to_owned(), DATE.into());
        let text = Value::Object(record).to_string();
        let quoted = format!("\"customerName\":\"{name}\"");
        let names = match name.is_empty() {
            true => Vec::new(),
            false => text
                .find(&quoted)
                .map(|at| at + quoted.len() - 1)
                .into_iter()
                .collect(),
        };
        Self {
            guids: guids(&text)
                .filter(|at| {
                    let guid = &text[*at..*at + 36];
                    guid == customer || (!common.contains(guid) && guid != PARTNER_TENANT_ID)
                })
                .map(|at| (at, text[at..at + 36] == customer))
                .collect(),
            names,
            date: text.find(DATE).unwrap(),
            ticks: text.find(&format!("_{TICKS}\"")).unwrap() + 1,
            text,
        }
    }
}

/// Where GUIDs begin.
fn guids(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_guid = |at: usize| {
        let part = &bytes[at..at + 36];
        part.iter().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut next = 0;
    std::iter::from_fn(move || {
        while next + 36 <= bytes.len() {
            let at = next;
            next += 1;
            if bytes[at + 8] == b'-' && is_guid(at) {
                next = at + 36;
                return Some(at);
            }
        }
        None
    })
}

fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Another GUID, the same for the same salt.
fn scramble(guid: &mut [u8], salt: u64) {
    let seed = guid.iter().fold(0u64, |hash, byte| mix(hash ^ u64::from(*byte)));
    let (mut state, mut left) = (mix(seed ^ salt), 16);
    for (i, byte) in guid.iter_mut().enumerate() {
        if matches!(i, 8 | 13 | 18 | 23) {
            continue;
        }
        if left == 0 {
            state = mix(seed ^ salt.wrapping_mul(0x9E37_79B9));
            left = 16;
        }
        *byte = b"0123456789abcdef"[(state & 15) as usize];
        state >>= 4;
        left -= 1;
    }
}
