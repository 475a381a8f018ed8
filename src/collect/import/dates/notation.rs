//! Reading a date and a time in any notation that pages were found to use. Pure.

use chrono::{NaiveDate, NaiveTime};
use unicode_normalization::UnicodeNormalization;

use super::{
    Day, Written,
    words::{AM, JOINTS, PM, WEEKDAYS, month},
};

/// The longest text that is a date, in bytes.
const LONGEST: usize = 80;
/// Partner Center began after the first and will end before the last.
const YEARS: std::ops::RangeInclusive<u32> = 2000..=2099;

/// Reads a date with or without a time, of any of the forms that the tests list; `None` for anything else.
pub fn parse(text: &str) -> Option<Written> {
    if text.len() > LONGEST {
        return None;
    }
    let mut text = Cursor::new(text);
    text.space();
    text.word_of(WEEKDAYS);
    let mut time = None;
    let day = match day(&mut text) {
        Some(day) => day,
        None => {
            // Some languages write the time first.
            time = Some(clock(&mut text)?);
            text.joint();
            day(&mut text)?
        }
    };
    text.joint();
    if time.is_none() && !text.is_at_end() && text.peek() != Some('z') {
        time = Some(clock(&mut text)?);
    }
    text.space();
    let before = text.at;
    let offset = offset(&mut text);
    if offset.is_none() {
        text.at = before;
    }
    text.space();
    let (time, precision) = time.unwrap_or((NaiveTime::MIN, 86_400));
    text.is_at_end().then_some(Written {
        day,
        time,
        precision,
        offset,
    })
}

/// A text, folded: full-width forms, other digits and spaces as ASCII, lower case, no marks of direction.
struct Cursor {
    text: Vec<char>,
    at: usize,
}

impl Cursor {
    fn new(text: &str) -> Self {
        let narrow = |c: char| match c {
            '\u{660}'..='\u{669}' => digit(c as u32 - 0x660),
            '\u{6f0}'..='\u{6f9}' => digit(c as u32 - 0x6f0),
            '\u{966}'..='\u{96f}' => digit(c as u32 - 0x966),
            c if c.is_whitespace() => ' ',
            '‐' | '‑' | '–' | '−' => '-',
            c => c,
        };
        let is_direction = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        Self {
            text: text
                .nfkc()
                .filter(|c| !is_direction(c))
                .flat_map(char::to_lowercase)
                .map(narrow)
                .collect(),
            at: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn space(&mut self) {
        while self.eat(' ') {}
    }

    /// What stands between a date and a time.
    fn joint(&mut self) {
        loop {
            self.space();
            if !(self.eat(',') || self.eat('、') || self.eat('，')) {
                break;
            }
        }
        let before = self.at;
        if self.eat('t') && self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return;
        }
        self.at = before;
        self.word_of(JOINTS);
    }

    /// A number of at most four digits, and how many it has.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits: String = self.text[self.at..]
            .iter()
            .take_while(|c| c.is_ascii_digit())
            .collect();
        if !(1..=4).contains(&digits.len()) {
            return None;
        }
        self.at += digits.len();
        Some((digits.parse().ok()?, digits.len()))
    }

    /// One of these words, longest first; with what stands around it.
    fn word_of(&mut self, words: &[&str]) -> bool {
        let rest = &self.text[self.at..];
        let matching = |word: &&&str| {
            let length = word.chars().count();
            let is_whole = |next: Option<&char>| next.is_none_or(|c| !c.is_alphabetic()) || !word.is_ascii();
            rest.len() >= length && word.chars().zip(rest).all(|(a, b)| a == *b) && is_whole(rest.get(length))
        };
        let found = words
            .iter()
            .filter(matching)
            .map(|word| word.chars().count())
            .max();
        if let Some(length) = found {
            self.at += length;
            while self.eat('.') || self.eat(',') || self.eat(' ') {}
        }
        found.is_some()
    }

    /// The letters that stand here, without points.
    fn letters(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(char::is_alphabetic) {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }
}

fn digit(n: u32) -> char {
    char::from_digit(n, 10).unwrap_or('0')
}

/// A day in any notation.
fn day(text: &mut Cursor) -> Option<Day> {
    let before = text.at;
    for form in [of_numbers, of_cjk, of_words] {
        text.at = before;
        if let Some(day) = form(text) {
            return Some(day);
        }
    }
    text.at = before;
    None
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    YEARS
        .contains(&year)
        .then(|| NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day))?
}

/// Three numbers: `1/2/2026`, `01.02.2026`, `2026-02-01`, `2026. 2. 1.`, `1/2/26`.
fn of_numbers(text: &mut Cursor) -> Option<Day> {
    let (a, a_digits) = text.number()?;
    let mark = text.peek().filter(|c| matches!(c, '/' | '.' | '-'))?;
    let joint = |text: &mut Cursor| {
        let there = text.eat(mark);
        text.space();
        there.then_some(())
    };
    joint(text)?;
    let (b, b_digits) = text.number()?;
    joint(text)?;
    let (c, c_digits) = text.number()?;
    if mark == '.' && text.peek() == Some('.') {
        text.eat('.');
    }
    if b_digits > 2 {
        return None;
    }
    match (a_digits, c_digits) {
        (4, 1 | 2) => date(a, b, c).map(Day::Sure),
        // With points the day comes first wherever they are written so.
        (1 | 2, 4) if mark == '.' => date(c, b, a).map(Day::Sure),
        (1 | 2, 2) if mark == '.' => date(2000 + c, b, a).map(Day::Sure),
        (1 | 2, 4) => open([date(c, b, a), date(c, a, b), None]),
        (1 | 2, 2) => {
            let year_first = (a_digits == 2).then(|| date(2000 + a, b, c)).flatten();
            open([date(2000 + c, b, a), date(2000 + c, a, b), year_first])
        }
        _ => None,
    }
}

fn open(days: [Option<NaiveDate>; 3]) -> Option<Day> {
    days.iter().any(Option::is_some).then_some(Day::Open(days))
}

/// `2026年8月1日`, `令和8年8月1日`, `2026년 8월 1일`, with the day of the week in brackets after it or not.
fn of_cjk(text: &mut Cursor) -> Option<Day> {
    let era = if text.word_of(&["令和"]) {
        2018
    } else if text.word_of(&["平成"]) {
        1988
    } else {
        0
    };
    let year = if era > 0 && text.eat('元') {
        1
    } else {
        text.number()?.0
    };
    let unit = |text: &mut Cursor, units: [char; 2]| {
        text.space();
        let there = text.eat(units[0]) || text.eat(units[1]);
        text.space();
        there.then_some(())
    };
    unit(text, ['年', '년'])?;
    let month = text.number()?.0;
    unit(text, ['月', '월'])?;
    let day = text.number()?.0;
    unit(text, ['日', '일'])?;
    if text.eat('(') {
        text.letters();
        text.eat(')').then_some(())?;
    } else {
        text.word_of(&[
            "月曜日",
            "火曜日",
            "水曜日",
            "木曜日",
            "金曜日",
            "土曜日",
            "日曜日",
        ]);
    }
    date(era + year, month, day).map(Day::Sure)
}

/// `1 Aug 2026`, `1. August 2026`, `August 1, 2026`, `1 de agosto de 2026`, `01-Aug-2026`.
fn of_words(text: &mut Cursor) -> Option<Day> {
    let joint = |text: &mut Cursor| {
        while text.eat(' ') || text.eat('.') || text.eat('-') || text.eat(',') || text.eat('/') {}
        text.word_of(&["de", "of"]);
    };
    let mut number = None;
    if text.peek().is_some_and(|c| c.is_ascii_digit()) {
        number = Some(text.number()?.0);
        joint(text);
    }
    let month = month(&text.letters())?;
    joint(text);
    let day = match number {
        Some(day) => day,
        None => {
            let day = text.number()?.0;
            joint(text);
            day
        }
    };
    let (year, digits) = text.number()?;
    let year = if digits == 2 { 2000 + year } else { year };
    date(year, month, day).map(Day::Sure)
}

/// Whether words for half a day stand here, and which.
fn half_of_day(text: &mut Cursor) -> Option<bool> {
    let before = text.at;
    let mut word = String::new();
    // `a. m.` is one word; `AM` stands alone.
    while let Some(c) = text.peek() {
        // The marks of Devanagari belong to its letters.
        if c.is_alphabetic() || ('\u{900}'..='\u{963}').contains(&c) {
            word.push(c);
        } else if !matches!(c, '.' | ' ') {
            break;
        }
        text.at += 1;
        let is_word = AM.contains(&&*word) || PM.contains(&&*word);
        let goes_on = text.text[text.at..]
            .iter()
            .find(|c| !matches!(c, '.' | ' '))
            .is_some_and(|c| c.is_alphabetic() || ('\u{900}'..='\u{963}').contains(c));
        if is_word && !goes_on {
            while text.eat('.') || text.eat(' ') {}
            return Some(PM.contains(&&*word));
        }
    }
    text.at = before;
    None
}

/// A time of the day, and how exact it is in seconds.
fn clock(text: &mut Cursor) -> Option<(NaiveTime, i64)> {
    text.space();
    let mut half = half_of_day(text);
    text.space();
    let (hour, digits) = text.number()?;
    if digits > 2 {
        return None;
    }
    let mark = |text: &mut Cursor, marks: &[char]| {
        let before = text.at;
        text.space();
        let there = marks.iter().any(|mark| text.eat(*mark));
        text.space();
        if !there {
            text.at = before;
        }
        there
    };
    mark(text, &[':', '.', 'h', '時', '시', '时', '點', '点']).then_some(())?;
    let (minute, digits) = text.number().unwrap_or((0, 2));
    if digits != 2 && !text.text.contains(&'分') && !text.text.contains(&'분') {
        return None;
    }
    let (mut second, mut precision, mut nanos) = (0, 60, 0);
    if mark(text, &[':', '.', '分', '분']) && text.peek().is_some_and(|c| c.is_ascii_digit()) {
        second = text.number().filter(|(_, digits)| *digits <= 2)?.0;
        precision = 1;
        if let Some('.' | ',') = text.peek()
            && text.text.get(text.at + 1).is_some_and(char::is_ascii_digit)
        {
            text.at += 1;
            nanos = fraction(text)?;
        }
        mark(text, &['秒', '초']);
    }
    if half.is_none() {
        let before = text.at;
        text.space();
        half = half_of_day(text);
        if half.is_none() {
            text.at = before;
        }
    }
    let hour = match half {
        Some(false) if hour == 12 => 0,
        Some(false) if hour > 12 => return None,
        Some(true) if hour < 12 => hour + 12,
        _ => hour,
    };
    Some((
        NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?,
        precision,
    ))
}

/// Digits after the point, in nanoseconds.
fn fraction(text: &mut Cursor) -> Option<u32> {
    let digits: String = text.text[text.at..]
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .collect();
    text.at += digits.len();
    (digits.len() <= 9).then(|| format!("{digits:0<9}").parse().ok())?
}

/// `Z`, `UTC`, `GMT`, `+09:00`, `+0900`, `UTC+9`, with or without brackets: seconds east of UTC.
fn offset(text: &mut Cursor) -> Option<i32> {
    let bracket = text.eat('(');
    let named = text.word_of(&["utc", "gmt", "z"]);
    let sign = match text.peek() {
        Some('+') => 1,
        Some('-') => -1,
        _ if named => {
            if bracket {
                text.eat(')');
            }
            return Some(0);
        }
        _ => return None,
    };
    text.at += 1;
    let (hours, digits) = text.number()?;
    let (hours, minutes) = match digits {
        4 => (hours / 100, hours % 100),
        1 | 2 if text.eat(':') => (hours, text.number()?.0),
        1 | 2 => (hours, 0),
        _ => return None,
    };
    if bracket {
        text.eat(')');
    }
    if hours > 14 || minutes > 59 {
        return None;
    }
    i32::try_from(hours * 3600 + minutes * 60)
        .ok()
        .map(|seconds| sign * seconds)
}
