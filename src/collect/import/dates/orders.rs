//! In which order the dates of a file write day, month and year: told by all of them together. Pure.

use super::{DateOrder, Day, Written};

/// What all the dates of a file say about their order.
#[derive(Clone, Debug)]
pub struct Orders {
    possible: [bool; 3],
    /// For each pair of orders, a date that would differ.
    differs: [Option<String>; 3],
    sample: Option<String>,
}

const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// In which order the dates of a file are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// This one, or any: nothing depends on it.
    Order(Option<DateOrder>),
    Open {
        sample: String,
        contradictory: bool,
    },
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            possible: [true; 3],
            differs: [const { None }; 3],
            sample: None,
        }
    }
}

impl Orders {
    /// Takes another date into account.
    pub fn add(&mut self, written: &Written, text: &str) {
        let Day::Open(days) = written.day else {
            return;
        };
        for (possible, day) in self.possible.iter_mut().zip(&days) {
            *possible &= day.is_some();
        }
        for (differs, (one, other)) in self.differs.iter_mut().zip(PAIRS) {
            if differs.is_none() && days[one].is_some() && days[other].is_some() && days[one] != days[other] {
                *differs = Some(text.to_owned());
            }
        }
        self.sample.get_or_insert_with(|| text.to_owned());
    }

    pub fn decided(self) -> Decided {
        if self.sample.is_none() {
            return Decided::Order(None);
        }
        let left: Vec<DateOrder> = DateOrder::ALL
            .into_iter()
            .filter(|order| self.possible[*order as usize])
            .collect();
        if left.is_empty() {
            return Decided::Open {
                sample: self.sample.unwrap_or_default(),
                contradictory: true,
            };
        }
        if let [only] = left[..] {
            return Decided::Order(Some(only));
        }
        let open = PAIRS.iter().zip(self.differs).find_map(|((one, other), sample)| {
            let both = self.possible[*one] && self.possible[*other];
            sample.filter(|_| both)
        });
        match open {
            Some(sample) => Decided::Open {
                sample,
                contradictory: false,
            },
            None => Decided::Order(Some(left[0])),
        }
    }
}
