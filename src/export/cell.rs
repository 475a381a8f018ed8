//! What a spreadsheet makes of a cell: formulas, and a limit of length.

/// Excel's limit of a cell, in UTF-16 units.
const LONGEST: usize = 32_767;

/// A cell for a spreadsheet: a text that could start a formula is guarded by an apostrophe, one longer than
/// Excel's limit is cut and ends in `cut`, and what no spreadsheet can hold is replaced.
pub fn for_spreadsheet(text: String, cut: impl FnOnce() -> String) -> String {
    let mut cell = match memchr::memchr(0, text.as_bytes()).is_some() {
        true => text.replace('\0', "\u{fffd}"),
        false => text,
    };
    if is_guarded(&cell) {
        cell.insert(0, '\'');
    }
    match is_long(&cell) {
        true => shortened(cell, &cut()),
        false => cell,
    }
}

/// No text has more UTF-16 units than bytes.
fn is_long(cell: &str) -> bool {
    cell.len() > LONGEST
}

/// A text within Excel's limit: a longer one ends in `cut`.
pub fn shortened(mut cell: String, cut: &str) -> String {
    if is_long(&cell) && cell.encode_utf16().count() > LONGEST {
        let room = LONGEST - cut.encode_utf16().count();
        let mut units = 0;
        let end = cell
            .char_indices()
            .find(|(_, c)| {
                units += c.len_utf16();
                units > room
            })
            .map_or(cell.len(), |(at, _)| at);
        cell.truncate(end);
        cell.push_str(cut);
    }
    cell
}

/// A cell without the apostrophe that guards it.
pub fn was_guarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_guarded(text) => text,
        _ => cell,
    }
}

/// Also what looks as if it were guarded already is: else nobody could tell what a cell was.
fn is_guarded(text: &str) -> bool {
    // Most cells are seen to be harmless by their first byte.
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return false;
    }
    starts_a_formula(text.trim_start_matches('\''))
}

fn starts_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> String {
        for_spreadsheet(text.to_owned(), || " …[cut]".to_owned())
    }

    #[test]
    fn what_could_start_a_formula_is_guarded() {
        for text in [
            "=1+1",
            "+49 30",
            "-Minus GmbH",
            "@SUM(1)",
            "\tx",
            "\rx",
            "\nx",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "'=1",
            "''-1",
        ] {
            assert_eq!(cell(text), format!("'{text}"));
            assert_eq!(was_guarded(&cell(text)), text);
        }
        for text in ["", "a=1", "Müller", "1-2", " =1", "'quoted"] {
            assert_eq!(cell(text), text);
            assert_eq!(was_guarded(text), text);
        }
    }

    #[test]
    fn a_long_cell_is_cut_to_excels_limit_and_says_so() {
        for long in ["x".repeat(40_000), "株".repeat(40_000), "😀".repeat(20_000)] {
            let cell = cell(&long);
            assert!(cell.encode_utf16().count() <= LONGEST);
            assert!(cell.encode_utf16().count() >= LONGEST - 1);
            assert!(cell.ends_with(" …[cut]"));
        }
        let fits = "株".repeat(LONGEST);
        assert_eq!(cell(&fits), fits);
    }
}
