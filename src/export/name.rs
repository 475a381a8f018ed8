//! A part of a file's name made of what somebody typed or sent.

/// The longest such part, in characters.
const LONGEST: usize = 40;

/// The letters and digits of a text, with hyphens between them.
pub fn plain_name(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}
