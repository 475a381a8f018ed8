//! The records that a text means, as bits.

use std::collections::HashMap;

use super::block::{BLOCK, Block};

/// A set of records, by number.
#[derive(Clone, Debug, Default)]
pub struct Hits(HashMap<usize, Box<[u64]>>);

impl Hits {
    pub fn of(numbers: impl IntoIterator<Item = i64>) -> Self {
        let mut hits = Self::default();
        for number in numbers {
            let Ok(number) = usize::try_from(number - 1) else {
                continue;
            };
            let inside = number % BLOCK;
            let words = hits
                .0
                .entry(number / BLOCK)
                .or_insert_with(|| vec![0; BLOCK / 64].into());
            words[inside / 64] |= 1 << (inside % 64);
        }
        hits
    }

    /// Those of a block, by their place in it. The index may know of records that came after the columns were made.
    pub fn of_block(&self, block: &Block) -> impl Iterator<Item = usize> {
        let length = block.len();
        let words = self.words(block).into_iter().flatten().enumerate();
        let places = words.flat_map(|(i, word)| {
            let mut bits = *word;
            std::iter::from_fn(move || {
                let bit = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(i * 64 + bit)
            })
        });
        places.filter(move |place| *place < length)
    }

    pub fn words(&self, block: &Block) -> Option<&[u64]> {
        let first = usize::try_from(block.first).ok()?;
        self.0.get(&((first - 1) / BLOCK)).map(|words| &**words)
    }
}
