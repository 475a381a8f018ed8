//! Dates and times as pages of all languages write them. Pure.
//!
//! Whether 1/2/2026 is in January or in February is never guessed from one date: [`Orders`] looks at all of them.

use chrono::{MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use crate::audit::Ticks;

/// The longest text that is a date, in bytes.
const LONGEST: usize = 80;
/// Partner Center began after the first and will end before the last.
const YEARS: std::ops::RangeInclusive<u32> = 2000..=2099;

/// In which order a date of three numbers is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    YearFirst,
}

impl DateOrder {
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The name in arguments and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayFirst => "day-first",
            Self::MonthFirst => "month-first",
            Self::YearFirst => "year-first",
        }
    }

    /// The order of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == text)
    }
}

/// A date as it is written, as far as that can be told from it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    day: Day,
    time: NaiveTime,
    /// In seconds: how exact the time is.
    precision: i64,
    /// East of UTC, in seconds; nothing where the text names no zone.
    offset: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Sure(NaiveDate),
    /// What it is in each order of [`DateOrder::ALL`].
    Open([Option<NaiveDate>; 3]),
}

/// The time that a date means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    pub at: Ticks,
    /// The same clock time an hour later, where clocks were set back.
    pub again: Option<Ticks>,
    /// In seconds.
    pub precision: i64,
}

/// Why a date means no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclear {
    /// It is none in that order.
    NotInThisOrder,
    /// Clocks skipped it.
    Skipped,
}

impl Written {
    /// Whether the text itself names its zone.
    pub fn has_zone(&self) -> bool {
        self.offset.is_some()
    }

    pub fn moment(&self, order: Option<DateOrder>, zone: Tz) -> Result<Moment, Unclear> {
        let day = match self.day {
            Day::Sure(day) => Some(day),
            Day::Open(days) => match order {
                Some(order) => days[order as usize],
                // Nothing depends on it.
                None => days.into_iter().flatten().next(),
            },
        };
        let at = day.ok_or(Unclear::NotInThisOrder)?.and_time(self.time);
        let (at, again) = match self.offset {
            Some(offset) => (at.and_utc() - TimeDelta::seconds(offset.into()), None),
            None => in_zone(at, zone)?,
        };
        Ok(Moment {
            at: Ticks::from(at),
            again: again.map(Ticks::from),
            precision: self.precision,
        })
    }
}

type Utcs = (chrono::DateTime<Utc>, Option<chrono::DateTime<Utc>>);

fn in_zone(at: NaiveDateTime, zone: Tz) -> Result<Utcs, Unclear> {
    match zone.from_local_datetime(&at) {
        MappedLocalTime::Single(one) => Ok((one.with_timezone(&Utc), None)),
        MappedLocalTime::Ambiguous(first, second) => {
            Ok((first.with_timezone(&Utc), Some(second.with_timezone(&Utc))))
        }
        MappedLocalTime::None => Err(Unclear::Skipped),
    }
}

/// What all the dates of a file say about their order.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    possible: [bool; 3],
    /// For each pair of orders, a date that would differ.
    differs: [Option<String>; 3],
    sample: Option<String>,
}

const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

/// In which order the dates of a file are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    /// This one, or any: nothing depends on it.
    Order(Option<DateOrder>),
    Open {
        sample: String,
        contradictory: bool,
    },
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            possible: [true; 3],
            differs: [const { None }; 3],
            sample: None,
        }
    }
}

impl Orders {
    /// Takes another date into account.
    pub fn add(&mut self, written: &Written, text: &str) {
        let Day::Open(days) = written.day else {
            return;
        };
        for (possible, day) in self.possible.iter_mut().zip(&days) {
            *possible &= day.is_some();
        }
        for (differs, (one, other)) in self.differs.iter_mut().zip(PAIRS) {
            if differs.is_none() && days[one].is_some() && days[other].is_some() && days[one] != days[other] {
                *differs = Some(text.to_owned());
            }
        }
        self.sample.get_or_insert_with(|| text.to_owned());
    }

    pub fn decided(self) -> Decided {
        if self.sample.is_none() {
            return Decided::Order(None);
        }
        let left: Vec<DateOrder> = DateOrder::ALL
            .into_iter()
            .filter(|order| self.possible[*order as usize])
            .collect();
        if left.is_empty() {
            return Decided::Open {
                sample: self.sample.unwrap_or_default(),
                contradictory: true,
            };
        }
        if let [only] = left[..] {
            return Decided::Order(Some(only));
        }
        let open = PAIRS.iter().zip(self.differs).find_map(|((one, other), sample)| {
            let both = self.possible[*one] && self.possible[*other];
            sample.filter(|_| both)
        });
        match open {
            Some(sample) => Decided::Open {
                sample,
                contradictory: false,
            },
            None => Decided::Order(Some(left[0])),
        }
    }
}

/// Reads a date with or without a time, of any of the forms that the tests list; `None` for anything else.
pub(super) fn parse(text: &str) -> Option<Written> {
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

/// Words that stand before a date or between date and time.
const JOINTS: &[&str] = &[
    "at", "um", "à", "a las", "às", "alle", "om", "kl", "klo", "v", "o", "в", "-",
];
const WEEKDAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "sa",
    "so",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
];

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

/// The months' names, of languages in which abbreviations of three letters or more agree.
const MONTHS: [&[&str]; 12] = [
    &[
        "january",
        "januar",
        "janvier",
        "enero",
        "gennaio",
        "janeiro",
        "januari",
        "stycznia",
        "ledna",
        "января",
        "ocak",
    ],
    &[
        "february",
        "februar",
        "février",
        "febrero",
        "febbraio",
        "fevereiro",
        "februari",
        "lutego",
        "února",
        "февраля",
        "şubat",
    ],
    &[
        "march",
        "märz",
        "mrz",
        "mars",
        "marzo",
        "março",
        "maart",
        "mrt",
        "marca",
        "března",
        "марта",
        "mart",
    ],
    &[
        "april",
        "avril",
        "abril",
        "aprile",
        "kwietnia",
        "dubna",
        "апреля",
        "nisan",
    ],
    &[
        "may", "mai", "mayo", "maggio", "maio", "mei", "maj", "maja", "května", "мая", "mayıs",
    ],
    &[
        "june", "juni", "juin", "junio", "giugno", "junho", "czerwca", "června", "июня", "haziran",
    ],
    &[
        "july",
        "juli",
        "juillet",
        "julio",
        "luglio",
        "julho",
        "lipca",
        "července",
        "июля",
        "temmuz",
    ],
    &[
        "august",
        "août",
        "agosto",
        "augustus",
        "augusti",
        "sierpnia",
        "srpna",
        "августа",
        "ağustos",
    ],
    &[
        "september",
        "septembre",
        "septiembre",
        "settembre",
        "setembro",
        "sept",
        "września",
        "září",
        "сентября",
        "eylül",
    ],
    &[
        "october",
        "oktober",
        "octobre",
        "octubre",
        "ottobre",
        "outubro",
        "października",
        "října",
        "октября",
        "ekim",
    ],
    &[
        "november",
        "novembre",
        "noviembre",
        "novembro",
        "listopada",
        "listopadu",
        "ноября",
        "kasım",
    ],
    &[
        "december",
        "dezember",
        "décembre",
        "diciembre",
        "dicembre",
        "dezembro",
        "grudnia",
        "prosince",
        "декабря",
        "aralık",
    ],
];

/// The number of the only month that begins with these letters.
fn month(letters: &str) -> Option<u32> {
    if letters.chars().count() < 3 {
        return None;
    }
    let of = |matches: &dyn Fn(&&str) -> bool| {
        let mut found = (1..).zip(MONTHS).filter(|(_, names)| names.iter().any(matches));
        match (found.next(), found.next()) {
            (Some((one, _)), None) => Some(one),
            _ => None,
        }
    };
    of(&|name| *name == letters).or_else(|| of(&|name| name.starts_with(letters)))
}

/// Before noon and after it, without points and spaces.
const AM: &[&str] = &[
    "am",
    "a",
    "午前",
    "上午",
    "凌晨",
    "早上",
    "오전",
    "vorm",
    "vormittags",
    "πμ",
    "sa",
    "de",
    "öö",
    "dop",
    "fm",
    "pd",
    "ap",
    "ص",
    "पूर्वाह्न",
];
const PM: &[&str] = &[
    "pm",
    "p",
    "午後",
    "下午",
    "晚上",
    "中午",
    "오후",
    "nachm",
    "nachmittags",
    "μμ",
    "ch",
    "du",
    "ös",
    "odp",
    "em",
    "md",
    "ip",
    "م",
    "अपराह्न",
];

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

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str, order: Option<DateOrder>, zone: Tz) -> Option<String> {
        let at = parse(text)?.moment(order, zone).ok()?.at.to_rfc3339()?;
        Some(at.replace(".0000000Z", "Z"))
    }

    #[test]
    fn a_date_is_read_in_every_form_that_is_sure_of_itself() {
        for text in [
            "2026-08-14T21:05:07Z",
            "2026-08-14T21:05:07.0000000Z",
            "2026-08-14 21:05:07",
            "2026-08-14T21:05:07+00:00",
            "2026-08-15T06:05:07+0900",
            "2026/08/14 21:05:07",
            "2026/8/14 21:05:07",
            "14.08.2026 21:05:07",
            "14.8.2026, 21:05:07",
            "14.8.2026 21.05.07",
            "14.8.2026 klo 21.05.07",
            "2026. 8. 14. 오후 9:05:07",
            "2026년 8월 14일 오후 9:05:07",
            "2026年8月14日 21:05:07",
            "2026年8月14日(金) 21時05分07秒",
            "２０２６年８月１４日　２１：０５：０７",
            "令和8年8月14日 21:05:07",
            "2026/8/14 午後9:05:07",
            "2026/8/14 下午9:05:07",
            "14 August 2026 21:05:07",
            "14 Aug 2026, 9:05:07 pm",
            "August 14, 2026 9:05:07 PM",
            "Friday, August 14, 2026 9:05:07 PM",
            "Aug 14, 2026, 9:05:07\u{202f}PM",
            "14-Aug-2026 21:05:07",
            "14. August 2026 um 21:05:07",
            "14 août 2026 à 21:05:07",
            "14 de agosto de 2026 21:05:07",
            "\u{200e}14.08.2026 \u{200e}21:05:07",
            "2026-08-14 21:05:07 UTC",
            "2026-08-14 21:05:07 GMT",
            "2026-08-15 06:05:07 UTC+9",
            "2026-08-14 09:05:07 p. m.",
            "2026-08-14 9:05:07 nachm.",
        ] {
            assert_eq!(
                utc(text, None, Tz::UTC).as_deref(),
                Some("2026-08-14T21:05:07Z"),
                "{text}"
            );
        }
    }

    #[test]
    fn three_numbers_are_read_in_the_order_that_is_said() {
        for (text, order, expected) in [
            (
                "8/14/2026 9:05:07 PM",
                DateOrder::MonthFirst,
                "2026-08-14T21:05:07Z",
            ),
            ("14/08/2026 21:05:07", DateOrder::DayFirst, "2026-08-14T21:05:07Z"),
            (
                "14/08/2026, 9:05:07 p.m.",
                DateOrder::DayFirst,
                "2026-08-14T21:05:07Z",
            ),
            ("14-08-2026 21:05:07", DateOrder::DayFirst, "2026-08-14T21:05:07Z"),
            ("14/08/26 21:05", DateOrder::DayFirst, "2026-08-14T21:05:00Z"),
            ("26/08/14 21:05", DateOrder::YearFirst, "2026-08-14T21:05:00Z"),
            (
                "1/2/2026 12:00:00 AM",
                DateOrder::MonthFirst,
                "2026-01-02T00:00:00Z",
            ),
            ("1/2/2026 12:00 PM", DateOrder::DayFirst, "2026-02-01T12:00:00Z"),
            ("1/2/2026", DateOrder::DayFirst, "2026-02-01T00:00:00Z"),
            ("21:05:07 14/08/2026", DateOrder::DayFirst, "2026-08-14T21:05:07Z"),
        ] {
            assert_eq!(
                utc(text, Some(order), Tz::UTC).as_deref(),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "Contoso",
            "14/14/2026 10:00",
            "2026-02-30",
            "1/2",
            "1/2/3/4",
            "2026-08-14 25:00",
            "2026-08-14 10:61",
            "2026-08-14 13:00 AM",
            "2026-08-14 junk",
            "0001-01-01",
            "12:00",
            "2026-08-14T21:05:07Z extra",
            "99999999999999999999",
            "taro@contoso.com",
            "32 Aug 2026",
            "2026-08-14 10:00 +99:00",
            "\u{0}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"1".repeat(10_000)), None);
    }

    #[test]
    fn how_exact_a_time_is() {
        let precision = |text| parse(text).unwrap().precision;
        assert_eq!(precision("2026-08-14 21:05:07"), 1);
        assert_eq!(precision("2026-08-14 21:05"), 60);
        assert_eq!(precision("2026-08-14"), 86_400);
    }

    fn decided(texts: &[&str]) -> Decided {
        let mut orders = Orders::default();
        for text in texts {
            orders.add(&parse(text).unwrap(), text);
        }
        orders.decided()
    }

    #[test]
    fn the_order_is_decided_by_all_dates_together() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        let sure = |order| Decided::Order(Some(order));
        assert_eq!(decided(&["1/2/2026", "1/13/2026"]), sure(MonthFirst));
        assert_eq!(decided(&["1/2/2026", "13/1/2026"]), sure(DayFirst));
        assert_eq!(
            decided(&["26/02/01", "26/02/28", "26/12/31", "00/01/31"]),
            sure(YearFirst)
        );
        assert_eq!(decided(&["2026-08-14", "14.08.2026"]), Decided::Order(None));
        // In no order does the fifth of May differ.
        assert!(matches!(decided(&["5/5/2026"]), Decided::Order(Some(_))));
        assert_eq!(
            decided(&["5/5/2026", "1/2/2026", "3/4/2026"]),
            Decided::Open {
                sample: "1/2/2026".to_owned(),
                contradictory: false
            }
        );
        assert_eq!(
            decided(&["13/1/2026", "1/13/2026"]),
            Decided::Open {
                sample: "13/1/2026".to_owned(),
                contradictory: true
            }
        );
    }

    #[test]
    fn a_time_means_what_clocks_of_its_zone_showed() {
        let tokyo = utc("2026/8/14 21:05:07", None, Tz::Asia__Tokyo);
        assert_eq!(tokyo.as_deref(), Some("2026-08-14T12:05:07Z"));
        let skipped = parse("2026-03-29 02:30").unwrap();
        assert_eq!(skipped.moment(None, Tz::Europe__Berlin), Err(Unclear::Skipped));
        let twice = parse("2026-10-25 02:30").unwrap();
        let twice = twice.moment(None, Tz::Europe__Berlin).unwrap();
        assert_eq!(twice.again.unwrap().0 - twice.at.0, 36_000_000_000);
        let named = utc("2026-08-14T21:05:07Z", None, Tz::Asia__Tokyo);
        assert_eq!(named.as_deref(), Some("2026-08-14T21:05:07Z"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn nothing_like_a_date_panics(text in "[0-9/.: apmTZ年月日+-]{0,30}") {
            if let Some(written) = parse(&text) {
                let _ = written.moment(None, Tz::UTC);
            }
        }
    }
}
