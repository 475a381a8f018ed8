//! Cuts a text into the runs that become tokens. Records and what is searched for are cut by the same rules, so that
//! the one finds the other.

use std::ops::Range;

/// The longest run that is a token, in characters; of a longer one only so much counts.
pub(super) const LONGEST_RUN: usize = 40;
/// The longest number that is a token; longer ones are no number that anybody types.
pub(super) const LONGEST_NUMBER: usize = 16;

/// A stretch of a text without white space and punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run<'a> {
    /// Letters alone, of any script that puts blanks between its words.
    Letters(&'a str),
    /// Ascii digits alone.
    Digits(&'a str),
    /// Letters and then a number: `office365`, `taro2`.
    Named {
        letters: &'a str,
        digits: &'a str,
        whole: &'a str,
    },
    /// Letters and digits in any other order: `cfq7ttc0lf8r`; also what was cut at [`LONGEST_RUN`].
    Code(&'a str),
    /// A whole GUID with its hyphens.
    Guid(&'a str),
    /// Chinese, Japanese or Korean characters, which have no blanks between words.
    Cjk(&'a str),
}

impl<'a> Run<'a> {
    /// The five groups of a GUID.
    pub(super) fn groups(guid: &'a str) -> impl Iterator<Item = &'a str> {
        guid.split('-')
    }
}

/// Whether a text has hexadecimal digits alone.
pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether a [`Run::Named`] is a token as a whole, too: short ones (`e3`) and those that may be part of a hash.
pub(super) fn is_also_whole(whole: &str) -> bool {
    whole.len() <= 4 || is_hex(whole)
}

/// Whether words of the character's script are written without blanks between them.
pub(super) fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{3099}' | '\u{309a}' | '\u{309d}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3105}'..='\u{318e}' | '\u{31f0}'..='\u{31ff}'
        | '\u{1100}'..='\u{11ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// What a byte is: every record that is archived is cut, and a table answers quicker than questions.
#[derive(Clone, Copy)]
enum Class {
    Letter,
    Digit,
    Other,
    /// Of a character beyond ascii.
    Beyond,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' => Class::Digit,
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            128.. => Class::Beyond,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

fn is_wordy(c: char) -> bool {
    c.is_alphanumeric() && !is_cjk(c)
}

/// Calls `each` with every run of a text and where it stands, in order. Folding is up to the caller; letters of ascii
/// may be in any case.
pub(super) fn cut<'a>(text: &'a str, mut each: impl FnMut(Run<'a>, Range<usize>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let b = bytes[at];
        if b.is_ascii_alphanumeric() {
            at = word(text, at, &mut each);
        } else if b.is_ascii() {
            at += 1;
        } else {
            let Some(c) = text[at..].chars().next() else { break };
            if is_cjk(c) {
                let rest = &text[at..];
                let length = rest.find(|c| !is_cjk(c)).unwrap_or(rest.len());
                each(Run::Cjk(&rest[..length]), at..at + length);
                at += length;
            } else if c.is_alphanumeric() {
                at = word(text, at, &mut each);
            } else {
                at += c.len_utf8();
            }
        }
    }
}

/// The run of letters and digits at a place; returns where it ends.
fn word<'a>(text: &'a str, from: usize, each: &mut impl FnMut(Run<'a>, Range<usize>)) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    // Where the first digit stands, and whether a letter follows it.
    let (mut digit, mut mixed) = (None, false);
    let mut ascii = true;
    while let Some(b) = bytes.get(at) {
        match CLASSES[*b as usize] {
            Class::Digit => {
                digit = digit.or(Some(at));
                at += 1;
            }
            Class::Letter => {
                mixed |= digit.is_some();
                at += 1;
            }
            Class::Other => break,
            Class::Beyond => match text[at..].chars().next() {
                Some(c) if is_wordy(c) => {
                    (mixed, ascii) = (mixed | digit.is_some(), false);
                    at += c.len_utf8();
                }
                _ => break,
            },
        }
    }
    let whole = &text[from..at];
    if ascii && whole.len() == 8 && is_guid(text, from) {
        each(Run::Guid(&text[from..from + 36]), from..from + 36);
        return from + 36;
    }
    if whole.len() == 4
        && digit == Some(from)
        && !mixed
        && let Some(end) = moment(text, from, each)
    {
        return end;
    }
    let number = digit == Some(from) && !mixed;
    let run = match whole.char_indices().nth(LONGEST_RUN) {
        Some((end, _)) if !number => Run::Code(&whole[..end]),
        _ => classified(whole, digit.map(|digit| digit - from), mixed),
    };
    each(run, from..at);
    at
}

fn classified(whole: &str, digit: Option<usize>, mixed: bool) -> Run<'_> {
    match digit {
        None => Run::Letters(whole),
        Some(_) if mixed => Run::Code(whole),
        Some(0) => Run::Digits(whole),
        Some(digit) => Run::Named {
            letters: &whole[..digit],
            digits: &whole[digit..],
            whole,
        },
    }
}

/// Whether eight hexadecimal digits begin a GUID that ends with its last group.
fn is_guid(text: &str, from: usize) -> bool {
    let Some(guid) = text.as_bytes().get(from..from + 36) else {
        return false;
    };
    let formed = guid.iter().enumerate().all(|(at, b)| match at {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    });
    formed && !text[from + 36..].chars().next().is_some_and(is_wordy)
}

/// The numbers of `2026-08-03T10:11:12.1234567Z`, whose fraction and zone nobody looks for, so that `03T10` is not
/// taken for a code. Returns where it ends; `None` for anything that has no time of day.
fn moment<'a>(text: &'a str, from: usize, each: &mut impl FnMut(Run<'a>, Range<usize>)) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |at: usize| {
        let pair = bytes.get(at..at + 2)?;
        pair.iter().all(u8::is_ascii_digit).then_some(at..at + 2)
    };
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|b| any.contains(b));
    if !(is(from + 4, b"-") && is(from + 7, b"-") && is(from + 10, b"Tt")) {
        return None;
    }
    let (month, day, hour) = (digits(from + 5)?, digits(from + 8)?, digits(from + 11)?);
    let mut number = |at: Range<usize>| each(Run::Digits(&text[at.clone()]), at);
    number(from..from + 4);
    number(month);
    number(day);
    number(hour);
    let mut end = from + 13;
    for _ in 0..2 {
        if let Some(pair) = is(end, b":").then(|| digits(end + 1)).flatten() {
            number(pair);
            end += 3;
        }
    }
    if is(end, b".") {
        end += 1;
        end += bytes[end..].iter().take_while(|b| b.is_ascii_digit()).count();
    }
    if is(end, b"Zz") {
        end += 1;
    } else if is(end, b"+-")
        && let Some(hours) = digits(end + 1)
    {
        end = hours.end;
        if let Some(minutes) = is(end, b":").then(|| digits(end + 1)).flatten() {
            end = minutes.end;
        }
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(text: &str) -> Vec<Run<'_>> {
        let mut all = Vec::new();
        cut(text, |run, at| {
            assert!(text.is_char_boundary(at.start) && text.is_char_boundary(at.end));
            all.push(run);
        });
        all
    }

    #[test]
    fn letters_numbers_codes_and_guids_are_told_apart() {
        assert_eq!(
            runs("anna.sato2@contoso 25 cfq7ttc0lf8r:0001 株式会社e3"),
            [
                Run::Letters("anna"),
                Run::Named {
                    letters: "sato",
                    digits: "2",
                    whole: "sato2"
                },
                Run::Letters("contoso"),
                Run::Digits("25"),
                Run::Code("cfq7ttc0lf8r"),
                Run::Digits("0001"),
                Run::Cjk("株式会社"),
                Run::Named {
                    letters: "e",
                    digits: "3",
                    whole: "e3"
                },
            ]
        );
        let guid = "0C39d6d5-c70d-4c55-bc02-f620844f3fd1";
        assert_eq!(runs(guid), [Run::Guid(guid)]);
        assert_eq!(runs(&format!("x {guid}.")), [Run::Letters("x"), Run::Guid(guid)]);
        assert_eq!(runs(&format!("{guid}0")).len(), 5);
    }

    #[test]
    fn a_moment_is_its_numbers() {
        let all = ["2026", "08", "03", "10", "11", "12"].map(Run::Digits);
        for text in [
            "2026-08-03T10:11:12.1234567Z",
            "2026-08-03t10:11:12+09:00",
            "2026-08-03T10:11:12",
        ] {
            assert_eq!(runs(text), all, "{text}");
        }
        assert_eq!(runs("2026-08-03"), all[..3]);
        assert_eq!(runs("2026-08-03T10:11"), all[..5]);
        assert_eq!(runs("2026-08-03T10x").len(), 5);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_runs_come_in_order(text in "[\\PC\n]{0,60}|[0-9a-fTZ:.+-]{0,60}") {
            let mut last = 0;
            cut(&text, |_, at| {
                assert!(at.start >= last && at.end > at.start);
                last = at.end;
            });
        }
    }
}
