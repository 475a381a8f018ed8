//! The raw record laid out for reading. Only white space between tokens changes: numbers, escapes, order and
//! duplicate keys stay as received, and what is not JSON stays altogether.

/// How much of a document a page shows, in bytes.
const SHOWN: usize = 100_000;
/// Levels that are indented; deeper ones stay on their line, or a hostile depth would fill the page with spaces.
const INDENTED: usize = 24;

/// A document for display.
pub struct Raw {
    pub text: String,
    /// Whether only the beginning is shown.
    pub cut: bool,
    pub is_json: bool,
}

impl Raw {
    pub fn of(document: &str) -> Self {
        let is_json = serde_json::from_str::<&serde_json::value::RawValue>(document).is_ok();
        let mut text = if is_json {
            indented(document)
        } else {
            document.to_owned()
        };
        let cut = text.len() > SHOWN;
        if cut {
            text.truncate(text.floor_char_boundary(SHOWN));
        }
        Self { text, cut, is_json }
    }
}

/// JSON with line breaks and two spaces a level, until it is longer than a page shows.
fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len().min(SHOWN) * 5 / 4);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut chars = json.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = chars.next() {
        if out.len() > SHOWN {
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
        let raw = Raw::of(r#"{"a":[1e400,{"b":"x\"{,:\\"}],"a":{},"c":[ ],"d":"\ud800"}"#);
        assert_eq!(
            raw.text,
            "{\n  \"a\": [\n    1e400,\n    {\n      \"b\": \"x\\\"{,:\\\\\"\n    }\n  ],\n  \"a\": {},\n  \"c\": [],\n  \"d\": \"\\ud800\"\n}"
        );
    }

    #[test]
    fn what_is_not_json_stays_as_it_is() {
        let raw = Raw::of("{\"a\": <html>\r\n");
        assert_eq!(raw.text, "{\"a\": <html>\r\n");
        assert!(!raw.is_json);
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(Raw::of(&deep).text.len() < 30_000);
        let long = format!("[\"{}\"]", "あ".repeat(100_000));
        let raw = Raw::of(&long);
        assert!(raw.cut && raw.text.len() <= SHOWN);
    }

    proptest::proptest! {
        #[test]
        fn tokens_survive(text in "[\\[\\]{}:,\"\\\\ a1]{0,40}") {
            let raw = Raw::of(&text);
            let dense = |t: &str| serde_json::from_str::<serde_json::Value>(t).ok();
            proptest::prop_assert_eq!(dense(&raw.text), dense(&text));
        }
    }
}
