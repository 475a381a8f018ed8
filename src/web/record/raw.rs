//! The raw record laid out for reading. Only white space between tokens changes: numbers, escapes, order and
//! duplicate keys stay as received, and what is not JSON stays altogether.

/// How much of a document a page shows at once, in bytes.
const PART: usize = 100_000;
/// Levels that are indented; deeper ones stay on their line, or a hostile depth would fill the page with spaces.
const INDENTED: usize = 24;

/// A document for display.
pub struct Raw {
    pub text: String,
    /// Which part of the document it is, from 1.
    pub part: usize,
    /// Whether there are parts behind it.
    pub more: bool,
    pub is_json: bool,
}

impl Raw {
    /// That part of a document, counted from 1; its last one where it has not so many.
    pub fn of(document: &str, part: usize) -> Self {
        let is_json = serde_json::from_str::<&serde_json::value::RawValue>(document).is_ok();
        let mut text = if is_json {
            indented(document, part.saturating_mul(PART))
        } else {
            document.to_owned()
        };
        let part = part.clamp(1, text.len().div_ceil(PART).max(1));
        let (start, end) = (
            text.floor_char_boundary((part - 1) * PART),
            text.floor_char_boundary(part * PART),
        );
        let more = end < text.len();
        text.truncate(end);
        text.drain(..start);
        Self {
            text,
            part,
            more,
            is_json,
        }
    }
}

/// JSON with line breaks and two spaces a level, until it is longer than that.
fn indented(json: &str, at_most: usize) -> String {
    let mut out = String::with_capacity(json.len().min(at_most) * 5 / 4);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut chars = json.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = chars.next() {
        if out.len() > at_most {
            break;
        }
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                depth += 1;
                while chars.peek().is_some_and(|c| c.is_ascii_whitespace()) {
                    chars.next();
                }
                match chars.next_if(|c| matches!(c, '}' | ']')) {
                    Some(close) => {
                        depth -= 1;
                        out.push(close);
                    }
                    None => new_line(&mut out, depth),
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                // Levels that were opened without a line break are closed without one.
                if depth < INDENTED {
                    new_line(&mut out, depth);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => out.push(c),
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    if depth <= INDENTED {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_changes() {
        let raw = Raw::of(r#"{"a":[1e400,{"b":"x\"{,:\\"}],"a":{},"c":[ ],"d":"\ud800"}"#, 1);
        assert_eq!(
            raw.text,
            "{\n  \"a\": [\n    1e400,\n    {\n      \"b\": \"x\\\"{,:\\\\\"\n    }\n  ],\n  \"a\": {},\n  \"c\": [],\n  \"d\": \"\\ud800\"\n}"
        );
    }

    #[test]
    fn what_is_not_json_stays_as_it_is() {
        let raw = Raw::of("{\"a\": <html>\r\n", 1);
        assert_eq!(raw.text, "{\"a\": <html>\r\n");
        assert!(!raw.is_json);
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Raw::of(&deep, 1).text.len() < 30_000);
        let long = format!("[\"{}\"]", "あ".repeat(100_000));
        let raw = Raw::of(&long, 1);
        assert!(raw.more && raw.text.len() <= PART);
    }

    #[test]
    fn the_parts_are_the_whole() {
        let long = format!("[\"{}\",1]", "あ".repeat(100_000));
        let (mut whole, mut part) = (String::new(), 1);
        loop {
            let raw = Raw::of(&long, part);
            assert_eq!(raw.part, part);
            whole.push_str(&raw.text);
            if !raw.more {
                break;
            }
            part += 1;
        }
        assert_eq!(part, 4);
        assert_eq!(whole, format!("[\n  \"{}\",\n  1\n]", "あ".repeat(100_000)));
        assert_eq!(Raw::of(&long, usize::MAX).part, 4);
        assert_eq!(Raw::of("", 7).part, 1);
    }

    proptest::proptest! {
        #[test]
        fn tokens_survive(text in "[\\[\\]{}:,\"\\\\ a1]{0,40}") {
            let raw = Raw::of(&text, 1);
            let dense = |t: &str| serde_json::from_str::<serde_json::Value>(t).ok();
            proptest::prop_assert_eq!(dense(&raw.text), dense(&text));
        }
    }
}
