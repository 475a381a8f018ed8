//! Counting within one block, by the places of its values.

use super::{
    block::Block,
    sought::{SEARCH, bit},
    tables::Which,
};
use crate::audit::selection::FilterKey;

/// The counts of one block, by the places of its values.
pub struct Local {
    pub customers: Vec<u32>,
    pub users: Vec<u32>,
    pub traits: Vec<u32>,
    /// By the only bit that fails.
    pub but: Vec<(u16, Vec<u32>)>,
    /// Which traits are those of something that failed: 1, else 0.
    pub failed: Vec<u8>,
}

impl Local {
    pub fn new(block: &Block, failed: &[bool]) -> Self {
        let failed = block
            .traits
            .values
            .iter()
            .map(|traits| u8::from(failed[*traits as usize]));
        Self {
            customers: vec![0; block.customers.values.len()],
            users: vec![0; block.users.values.len()],
            traits: vec![0; block.traits.values.len()],
            but: Vec::new(),
            failed: failed.collect(),
        }
    }

    pub fn counts(&mut self, which: Which) -> &mut Vec<u32> {
        match which {
            Which::Customers => &mut self.customers,
            Which::Users => &mut self.users,
            Which::Traits => &mut self.traits,
        }
    }

    pub fn is_failed(&self, block: &Block, place: usize) -> u64 {
        u64::from(self.failed[usize::from(block.traits.places[place])])
    }

    /// Counts records with a value of a column, of which that column alone says what they fail.
    pub fn value(&mut self, which: Which, value: usize, fails: u16, count: u32) {
        let own = match which {
            Which::Customers => bit(FilterKey::Customer),
            Which::Users => bit(FilterKey::User),
            Which::Traits => 0,
        };
        if fails == 0 || fails == own {
            self.counts(which)[value] += count;
        } else if which == Which::Traits && is_counted(fails) {
            self.but_one(fails)[value] += count;
        }
    }

    /// Counts a record that fails one condition at most.
    pub fn record(&mut self, block: &Block, place: usize, fails: u16) {
        let (customer, user) = (block.customers.places[place], block.users.places[place]);
        let traits = block.traits.places[place];
        if fails == 0 {
            self.customers[usize::from(customer)] += 1;
            self.users[usize::from(user)] += 1;
            self.traits[usize::from(traits)] += 1;
        } else if fails == bit(FilterKey::Customer) {
            self.customers[usize::from(customer)] += 1;
        } else if fails == bit(FilterKey::User) {
            self.users[usize::from(user)] += 1;
        } else {
            self.but_one(fails)[usize::from(traits)] += 1;
        }
    }

    /// Where the traits are counted that fail nothing but that.
    fn but_one(&mut self, fails: u16) -> &mut Vec<u32> {
        let at = match self.but.iter().position(|(bit, _)| *bit == fails) {
            Some(at) => at,
            None => {
                self.but.push((fails, vec![0; self.traits.len()]));
                self.but.len() - 1
            }
        };
        &mut self.but[at].1
    }
}

/// Whether a record that fails that is counted anywhere: it fails the filter of one key at most.
pub fn is_counted(fails: u16) -> bool {
    fails & fails.wrapping_sub(1) == 0 && fails < SEARCH
}
