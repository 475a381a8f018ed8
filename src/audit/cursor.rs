//! Where a page of the log ends and the next begins: opaque outside, a key of the order inside.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::Ticks;

/// A place in the log, which is ordered newest first and by record id among equal dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub direction: Direction,
    pub ticks: Ticks,
    /// The archive's own number of the record at this place.
    pub record: i64,
}

/// Which side of a [`Cursor`] is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Older,
    Newer,
}

impl Cursor {
    /// The text that stands in an address.
    pub fn encode(&self) -> String {
        let mut bytes = [0; 17];
        bytes[0] = match self.direction {
            Direction::Older => b'o',
            Direction::Newer => b'n',
        };
        bytes[1..9].copy_from_slice(&self.ticks.0.to_be_bytes());
        bytes[9..].copy_from_slice(&self.record.to_be_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the text of an address; `None` when it is not one of ours.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; 17] = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let direction = match bytes[0] {
            b'o' => Direction::Older,
            b'n' => Direction::Newer,
            _ => return None,
        };
        let number = |from: usize| bytes[from..from + 8].try_into().map(i64::from_be_bytes).ok();
        Some(Self {
            direction,
            ticks: Ticks(number(1)?),
            record: number(9)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_cursor_survives_its_address(ticks: i64, record: i64, newer: bool) {
            let direction = if newer { Direction::Newer } else { Direction::Older };
            let cursor = Cursor { direction, ticks: Ticks(ticks), record };
            proptest::prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Cursor::decode(&text);
        }
    }
}
