//! What the values of one block fail, column by column.

use super::block::{Block, Column, PART, Time};

/// The conditions that the values of one block fail.
pub struct Tables {
    pub customers: Option<Vec<u16>>,
    pub users: Option<Vec<u16>>,
    pub traits: Option<Vec<u16>>,
    /// Conditions that all records of the block fail.
    pub all_fail: u16,
    /// The values that pass of the column of which the fewest records do, where they are few: looked for first.
    pub rarest: Option<(Which, Vec<u16>)>,
    pub time: Option<Time>,
}

/// A column of few different values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Customers,
    Users,
    Traits,
}

impl Which {
    pub const ALL: [Self; 3] = [Self::Customers, Self::Users, Self::Traits];

    pub fn of(self, block: &Block) -> &Column {
        match self {
            Self::Customers => &block.customers,
            Self::Users => &block.users,
            Self::Traits => &block.traits,
        }
    }
}

impl Tables {
    pub fn of(&self, which: Which) -> Option<&[u16]> {
        match which {
            Which::Customers => self.customers.as_deref(),
            Which::Users => self.users.as_deref(),
            Which::Traits => self.traits.as_deref(),
        }
    }

    /// Whether all of the block's records pass.
    pub fn is_open(&self) -> bool {
        self.time.is_none() && Which::ALL.into_iter().all(|which| self.of(which).is_none())
    }

    /// Whether a part may have a record that passes: looks for the rarest value alone.
    pub fn may_have(&self, block: &Block, part: usize) -> bool {
        let Some((which, values)) = &self.rarest else {
            return true;
        };
        let start = part * PART;
        let places = &which.of(block).places[start..block.len().min(start + PART)];
        let has = |value: &u16| {
            let any = places
                .iter()
                .fold(0u16, |any, place| any | u16::from(place == value));
            any != 0
        };
        values.iter().any(has)
    }

    /// The only column whose values fail anything, where nothing else is asked for.
    pub fn only_column(&self) -> Option<(Which, &[u16])> {
        let mut some = Which::ALL
            .into_iter()
            .filter_map(|which| Some((which, self.of(which)?)));
        match (some.next(), some.next(), self.time) {
            (Some(one), None, None) => Some(one),
            _ => None,
        }
    }
}
