//! Which records of a part are meant, as bits.

use super::block::PART;

/// Some records of a part, a bit for each: branches on values in no order are slow.
#[derive(Default)]
pub struct Bits([u64; PART / 64]);

impl Bits {
    /// Those of which `is_one` says 1, and of the others 0.
    pub fn of<T>(all: impl Iterator<Item = T>, is_one: impl Fn(T) -> u8) -> Self {
        let mut bytes = [0; PART];
        for (byte, one) in bytes.iter_mut().zip(all) {
            *byte = is_one(one);
        }
        let mut bits = Self::default();
        for (word, bytes) in bits.0.iter_mut().zip(bytes.as_chunks::<64>().0) {
            for (i, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
                // The multiplication brings the eight lowest bits together at the top, without carrying.
                let gathered = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
                *word |= gathered << (8 * i);
            }
        }
        bits
    }

    pub fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// The others among the first so many.
    pub fn not(&self, length: usize) -> Self {
        let mut others = Self::default();
        for (i, (other, word)) in others.0.iter_mut().zip(&self.0).enumerate() {
            let mask = match length.saturating_sub(i * 64) {
                0 => 0,
                left @ 1..64 => (1 << left) - 1,
                _ => u64::MAX,
            };
            *other = !word & mask;
        }
        others
    }

    pub fn each(&self, mut then: impl FnMut(usize)) {
        for (i, word) in self.0.iter().enumerate() {
            let mut bits = *word;
            while bits != 0 {
                then(i * 64 + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_asked_for() {
        for length in [0, 1, 63, 64, 65, 1_000, PART] {
            let is_one = |i: usize| u8::from(i.is_multiple_of(3) || i / 64 == 2);
            let bits = Bits::of(0..length, is_one);
            let expected: Vec<usize> = (0..length).filter(|i| is_one(*i) == 1).collect();
            let mut found = Vec::new();
            bits.each(|i| found.push(i));
            assert_eq!(found, expected);
            assert_eq!(bits.count(), expected.len() as u64);
            let mut others = Vec::new();
            bits.not(length).each(|i| others.push(i));
            assert_eq!(
                others,
                (0..length).filter(|i| is_one(*i) == 0).collect::<Vec<_>>()
            );
        }
    }
}
