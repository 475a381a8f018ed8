//! How large a file will be, before it is made.

use super::Format;

/// For so many records the size is said beforehand.
const LARGE: u64 = 10_000;

/// About how many bytes a file of so many records will have, where some of them have `sample` bytes on average; `None`
/// where it is too small to matter, or cannot be told. A line holds what a record is; in a table its values stand with
/// words beside them, and a file for programs holds them twice.
pub fn about(format: Format, records: u64, sample: f64) -> Option<u64> {
    let of_one = match format {
        Format::Ndjson => sample + 1.0,
        Format::Csv => sample * 1.1 + 150.0,
        Format::CsvPlain => sample * 2.3 + 150.0,
        Format::Xlsx => return None,
    };
    (records >= LARGE).then_some((of_one * records as f64) as u64)
}
