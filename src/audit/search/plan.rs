//! How an index of tokens finds the candidates of a text: as few as possible, but none too few.

use std::ops::Range;

use super::{
    Expr, Plan, Tokens, Words,
    runs::{self, LONGEST_NUMBER, LONGEST_RUN, Run},
    tokens::{is_word, pairs},
};

/// How many words of an archive a part of a word may stand for.
const WORDS: usize = 400;
/// How many conditions a text makes at most; a longer one is told apart by looking at the records.
const CONDITIONS: usize = 32;
/// The shortest beginning of a token that is asked for: an index has to gather all tokens that begin so first.
const PREFIX: usize = 4;

impl Expr {
    /// Whether it holds for a record of these tokens.
    pub fn holds(&self, tokens: &Tokens) -> bool {
        match self {
            Self::Token(token) => tokens.has(token),
            Self::Prefix(prefix) => tokens.has_prefix(prefix),
            Self::All(all) => all.iter().all(|expr| expr.holds(tokens)),
            Self::Any(any) => any.iter().any(|expr| expr.holds(tokens)),
            Self::Anything => true,
            Self::Nothing => false,
        }
    }

    /// Any of these, in the simplest form.
    pub(super) fn any(mut any: Vec<Self>) -> Self {
        any.retain(|expr| *expr != Self::Nothing);
        match any.len() {
            _ if any.contains(&Self::Anything) => Self::Anything,
            0 => Self::Nothing,
            1 => any.remove(0),
            _ => Self::Any(any),
        }
    }

    /// All of these, in the simplest form.
    fn all(all: impl IntoIterator<Item = Self>) -> Self {
        let mut few: Vec<Self> = Vec::new();
        for expr in all {
            match expr {
                Self::Anything => {}
                Self::Nothing => return Self::Nothing,
                expr if few.len() < CONDITIONS && !few.contains(&expr) => few.push(expr),
                _ => {}
            }
        }
        match few.len() {
            0 => Self::Anything,
            1 => few.remove(0),
            _ => Self::All(few),
        }
    }

    fn token(text: &str) -> Self {
        Self::Token(text.to_owned())
    }

    fn tokens(all: Vec<String>) -> Self {
        Self::any(all.into_iter().map(Self::Token).collect())
    }
}

/// The plan of a folded text.
pub(super) fn plan(text: &str, words: &dyn Words) -> Plan {
    let mut all: Vec<(Run<'_>, Range<usize>)> = Vec::new();
    runs::cut(text, |run, at| all.push((run, at)));
    if let [(run, at)] = &all[..]
        && *at == (0..text.len())
    {
        return alone(*run, at.len(), words);
    }
    let expr = Expr::all(all.into_iter().map(|(run, at)| {
        // What stands at an end of the text may be part of a longer run in a record.
        match (at.start == 0, at.end == text.len()) {
            (false, false) => whole(run),
            (true, false) => ending(run, words),
            (false, true) => starting(run, words),
            (true, true) => Expr::Anything,
        }
    }));
    Plan { expr, exact: false }
}

/// The plan of a text that is one run; `length` is that of the text in bytes.
fn alone(run: Run<'_>, length: usize, words: &dyn Words) -> Plan {
    let exactly = |expr| Plan { expr, exact: true };
    let roughly = |expr| Plan { expr, exact: false };
    match run {
        Run::Letters(letters) if letters.len() == 1 => exactly(Expr::token(letters)),
        Run::Letters(letters) if !is_word(letters) => exactly(Expr::Prefix(letters.to_owned())),
        Run::Letters(letters) => {
            let mut any = vec![containing(letters, words)];
            // Groups of GUIDs are no words.
            any.extend(hexadecimal(letters));
            exactly(Expr::any(any))
        }
        Run::Digits(digits) if digits.len() > LONGEST_NUMBER => roughly(Expr::Anything),
        // All dates of a year would have to be gathered.
        Run::Digits(digits) if digits.len() < PREFIX || is_year(digits) => exactly(Expr::token(digits)),
        Run::Digits(digits) => exactly(Expr::Prefix(digits.to_owned())),
        Run::Code(code) if code.len() < PREFIX => exactly(Expr::token(code)),
        Run::Code(code) => Plan {
            expr: Expr::Prefix(code.to_owned()),
            exact: code.len() == length,
        },
        Run::Named {
            letters,
            digits,
            whole,
        } => {
            let name = match words.ending(letters, WORDS) {
                Some(all) if letters.len() > 1 => Expr::tokens(all),
                _ => Expr::token(letters),
            };
            let number = match digits.len() {
                0..PREFIX => Expr::token(digits),
                PREFIX..=LONGEST_NUMBER => Expr::Prefix(digits.to_owned()),
                _ => Expr::Anything,
            };
            let own = match whole.len() {
                ..PREFIX => Expr::token(whole),
                _ => Expr::Prefix(whole.to_owned()),
            };
            roughly(Expr::any(vec![own, Expr::all([name, number])]))
        }
        Run::Guid(guid) => roughly(whole(Run::Guid(guid))),
        Run::Cjk(run) => match run.chars().count() {
            1 => exactly(containing(run, words)),
            2 => exactly(Expr::token(run)),
            _ => roughly(whole(Run::Cjk(run))),
        },
    }
}

/// A run that is a whole one in the record, too.
fn whole(run: Run<'_>) -> Expr {
    match run {
        Run::Letters(text) | Run::Code(text) => Expr::token(text),
        Run::Digits(digits) if digits.len() > LONGEST_NUMBER => Expr::Anything,
        Run::Digits(digits) => Expr::token(digits),
        Run::Named { whole, .. } if runs::is_also_whole(whole) => Expr::token(whole),
        Run::Named { letters, digits, .. } => {
            Expr::all([Expr::token(letters), self::whole(Run::Digits(digits))])
        }
        Run::Guid(guid) => Expr::all(Run::groups(guid).map(Expr::token)),
        Run::Cjk(run) => {
            let mut all = Vec::new();
            pairs(run, |pair| all.push(Expr::token(pair)));
            Expr::all(all)
        }
    }
}

/// A run that something may precede in the record.
fn ending(run: Run<'_>, words: &dyn Words) -> Expr {
    let word = |letters: &str| words.ending(letters, WORDS).map_or(Expr::Anything, Expr::tokens);
    match run {
        Run::Letters(letters) if !is_word(letters) || runs::is_hex(letters) => Expr::Anything,
        Run::Letters(letters) => word(letters),
        Run::Named { letters, digits, .. } if letters.len() > 1 && is_word(letters) => {
            Expr::all([word(letters), whole(Run::Digits(digits))])
        }
        Run::Cjk(single) if is_single(single) => word(single),
        Run::Cjk(_) | Run::Guid(_) => whole(run),
        Run::Named { .. } | Run::Digits(_) | Run::Code(_) => Expr::Anything,
    }
}

/// A run that something may follow in the record.
fn starting(run: Run<'_>, words: &dyn Words) -> Expr {
    let word = |letters: &str| {
        words
            .starting(letters, WORDS)
            .map_or(Expr::Anything, Expr::tokens)
    };
    let prefix = |text: &str| match text.len() {
        ..PREFIX => Expr::Anything,
        _ => Expr::Prefix(text.to_owned()),
    };
    match run {
        // One more letter makes a code of it.
        Run::Letters(letters) if !is_word(letters) => prefix(cut_short(letters)),
        Run::Letters(letters) if runs::is_hex(letters) => prefix(letters),
        Run::Letters(letters) => word(letters),
        Run::Digits(digits) if digits.len() > LONGEST_NUMBER || is_year(digits) => Expr::Anything,
        Run::Digits(text) | Run::Code(text) => prefix(text),
        Run::Named {
            letters,
            digits,
            whole,
        } => {
            let number = match digits.len() {
                ..=LONGEST_NUMBER => prefix(digits),
                _ => Expr::Anything,
            };
            Expr::any(vec![prefix(whole), Expr::all([Expr::token(letters), number])])
        }
        Run::Cjk(single) if is_single(single) => word(single),
        Run::Cjk(_) | Run::Guid(_) => whole(run),
    }
}

/// The words that contain a part; where they are too many, those that begin with it, or else the part alone.
fn containing(part: &str, words: &dyn Words) -> Expr {
    words
        .containing(part, WORDS)
        .or_else(|| words.starting(part, WORDS))
        .map_or_else(|| Expr::token(part), Expr::tokens)
}

fn hexadecimal(text: &str) -> Option<Expr> {
    (text.len() >= PREFIX && runs::is_hex(text)).then(|| Expr::Prefix(text.to_owned()))
}

fn is_single(text: &str) -> bool {
    text.chars().nth(1).is_none()
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
}

fn cut_short(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST_RUN)
        .map_or(text, |(end, _)| &text[..end])
}
