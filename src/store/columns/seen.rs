//! How often each customer was seen, and when first and last: one look at every record, kept for as long as the records
//! stay the same.

use super::{Columns, Customer};

/// How many records, and the seconds of the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds {
    pub records: u64,
    pub first: i64,
    pub last: i64,
}

/// Before any was seen.
const NEVER: Seconds = Seconds {
    records: 0,
    first: i64::MAX,
    last: i64::MIN,
};

impl Seconds {
    fn add(&mut self, other: Self) {
        self.records += other.records;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

impl Columns {
    /// Every customer that a record has, in the order of their first appearance.
    pub fn customers_seen(&self) -> impl Iterator<Item = (Customer, Seconds)> {
        let seen = self.seen.get_or_init(|| self.look_at_all());
        let all = self.customers.all.iter().copied().zip(seen.iter().copied());
        all.filter(|(_, seen)| seen.records > 0)
    }

    fn look_at_all(&self) -> Vec<Seconds> {
        let mut all = vec![NEVER; self.customers.all.len()];
        for block in &self.blocks {
            let mut local = vec![NEVER; block.customers.values.len()];
            for (place, value) in block.customers.places.iter().enumerate() {
                if let Some(second) = block.second(place) {
                    local[usize::from(*value)].add(Seconds {
                        records: 1,
                        first: second,
                        last: second,
                    });
                }
            }
            for (value, seen) in block.customers.values.iter().zip(local) {
                all[*value as usize].add(seen);
            }
        }
        all
    }
}
