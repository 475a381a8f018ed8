//! Blanks between Japanese and Latin letters, where a text was put into a sentence: what it begins and ends with is not
//! known to the catalogue.

/// Stands around a text that was put in. Not a character, so it is no loss where a name has it.
const EDGE: char = '\u{fdd0}';

/// A text to be put into a sentence that [`settled`] will see.
pub(super) fn edged(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2 * EDGE.len_utf8());
    out.push(EDGE);
    out.extend(text.chars().filter(|c| *c != EDGE));
    out.push(EDGE);
    out
}

/// A sentence with its parts joined as Japanese is set: a blank between Japanese and Latin letters, none between
/// Japanese ones. Only edges of what was put in are touched; blanks within names stay.
pub(super) fn settled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at_edge, mut blank) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == EDGE {
            at_edge = true;
            continue;
        }
        if c == ' ' && (at_edge || chars.peek() == Some(&EDGE)) {
            blank = true;
            continue;
        }
        let before = out.chars().next_back();
        let wanted = match (before, at_edge) {
            (None, _) => false,
            (Some(before), true) if is_mark(before) || is_mark(c) => false,
            (Some(before), true) => match (is_japanese(before), is_japanese(c)) {
                (true, true) => false,
                (true, false) if c.is_alphanumeric() => true,
                (false, true) if before.is_alphanumeric() => true,
                _ => blank,
            },
            (_, false) => blank,
        };
        if wanted {
            out.push(' ');
        }
        out.push(c);
        (at_edge, blank) = (false, false);
    }
    out
}

/// Kana, Chinese characters and what is set like them.
fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ffef}')
}

/// Japanese punctuation, which brings its own space.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{303f}' | '\u{ff01}'..='\u{ff0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_stand_between_scripts_and_nowhere_else() {
        for (before, name, after, whole) in [
            ("", "taro", "が", "taro が"),
            ("", "太郎", " が", "太郎が"),
            ("", "山田 太郎", " が", "山田 太郎が"),
            ("が ", "注文", " を", "が注文を"),
            ("が", "Office 365 E3", "を", "が Office 365 E3 を"),
            ("した", " (期間 1 年)", "。", "した (期間 1 年)。"),
            ("セルフ サービス ", "P1", "。", "セルフ サービス P1。"),
            ("を", "", "した", "をした"),
        ] {
            assert_eq!(settled(&format!("{before}{}{after}", edged(name))), whole);
        }
    }

    #[test]
    fn parts_within_parts_are_joined_once() {
        let inner = settled(&format!("ユーザー {}", edged("taro")));
        assert_eq!(settled(&format!("{}を", edged(&inner))), "ユーザー taro を");
    }
}
