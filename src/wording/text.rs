//! Text from outside made fit for one line.

/// The text in one line of at most so many characters, with `…` where something is missing.
///
/// Line breaks and tabs become a space, other control characters U+FFFD. Marks that embed, override or
/// isolate a direction (U+202A–U+202E, U+2066–U+2069) and the byte order mark are dropped: unclosed, they
/// would turn the words around the text. The weak marks LRM and RLM stay, Arabic and Hebrew names need them.
pub fn one_line(text: &str, at_most: usize) -> String {
    // Most texts are fit as they are.
    let text = text.trim();
    let plain = |pair: &[u8]| matches!(pair[0], b' '..=b'~') && pair != b"  ";
    let ends_plain = text.as_bytes().last().is_none_or(|b| matches!(b, b'!'..=b'~'));
    if text.len() <= at_most && ends_plain && text.as_bytes().windows(2).all(plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(at_most * 4));
    let mut length = 0;
    for c in text.chars() {
        let c = match c {
            '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => continue,
            c if c.is_control() => '\u{fffd}',
            c => c,
        };
        if c == ' ' && out.ends_with(' ') {
            continue;
        }
        if length == at_most {
            out.truncate(out.trim_end().len());
            out.push('…');
            break;
        }
        out.push(c);
        length += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_and_runs_one_way() {
        assert_eq!(one_line(" a\r\n\tb\u{202e}c\u{0}\u{2066}d ", 80), "a bc\u{fffd}d");
        assert_eq!(one_line("שלום\u{200f}!", 80), "שלום\u{200f}!");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(one_line("あいうえお", 5), "あいうえお");
        assert_eq!(one_line("あいうえおか", 5), "あいうえお…");
        assert_eq!(one_line("ab   cd", 3), "ab…");
    }
}
