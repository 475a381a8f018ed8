//! One folding for every comparison of text: case, width and accents do not count.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The form in which two texts are compared: NFKC, lower case, without accents.
///
/// The marks of Japanese voiced sounds stay: が and か are different letters.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .filter(|c| !is_combining_mark(*c) || matches!(c, '\u{3099}' | '\u{309a}'))
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_accents_do_not_count() {
        assert_eq!(fold("Müller GmbH"), fold("MULLER gmbh"));
        assert_eq!(fold("ｻﾝﾌﾟﾙ"), fold("サンプル"));
        assert_eq!(fold("Ｃｏｎｔｏｓｏ"), "contoso");
    }

    #[test]
    fn voiced_sounds_stay_apart() {
        assert_ne!(fold("がき"), fold("かき"));
    }
}
