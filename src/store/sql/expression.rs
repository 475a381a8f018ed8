//! What an index is asked for: what is known of that without asking, and the language in which each database is asked.

use super::words::Vocabulary;
use crate::audit::search::{Expr, is_always_word};

/// Whether an expression excludes nothing.
pub fn is_open(expr: &Expr) -> bool {
    match expr {
        Expr::Anything => true,
        Expr::All(all) => all.iter().all(is_open),
        Expr::Any(all) => all.iter().any(is_open),
        Expr::Token(_) | Expr::Prefix(_) | Expr::Nothing => false,
    }
}

/// An expression without what no record has.
pub fn known(expr: Expr, words: &Vocabulary) -> Expr {
    match expr {
        Expr::Token(token) if is_always_word(&token) && !words.is_full() && !words.has(&token) => {
            Expr::Nothing
        }
        Expr::All(all) => {
            let all: Vec<Expr> = all.into_iter().map(|expr| known(expr, words)).collect();
            match all.contains(&Expr::Nothing) {
                true => Expr::Nothing,
                false => Expr::All(all),
            }
        }
        Expr::Any(any) => {
            let mut any: Vec<Expr> = any.into_iter().map(|expr| known(expr, words)).collect();
            any.retain(|expr| *expr != Expr::Nothing);
            match any.is_empty() {
                true => Expr::Nothing,
                false => Expr::Any(any),
            }
        }
        expr => expr,
    }
}

/// Whether it asks for parts of ids or long numbers, and not for words that are known: few records have any of those.
pub fn is_rare(expr: &Expr, words: &Vocabulary) -> bool {
    const LONG: usize = 5;
    match expr {
        Expr::Token(token) | Expr::Prefix(token) => {
            // What is not ascii is a quantity.
            token.len() >= LONG
                && token.is_ascii()
                && token.bytes().any(|byte| byte.is_ascii_digit())
                && !words.has(token)
        }
        Expr::All(all) => all.iter().any(|expr| is_rare(expr, words)),
        Expr::Any(all) => !all.is_empty() && all.iter().all(|expr| is_rare(expr, words)),
        Expr::Anything | Expr::Nothing => false,
    }
}

/// Of the groups of a GUID the longest, where nothing else is wanted: what has that one has the others, too. Beside other
/// words it may be frequent, and the index knows better what is in few records.
pub fn lead(all: &[Expr], words: &Vocabulary) -> Option<String> {
    const LONG: usize = 8;
    fn gather<'e>(all: &'e [Expr], needed: &mut Vec<&'e Expr>) {
        for expr in all {
            match expr {
                Expr::All(all) => gather(all, needed),
                expr => needed.push(expr),
            }
        }
    }
    let mut needed = Vec::new();
    gather(all, &mut needed);
    let mut longest: Option<&String> = None;
    for expr in &needed {
        match expr {
            Expr::Token(token) if token.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                let is_longer = longest.is_none_or(|longest| longest.len() < token.len());
                if is_longer && token.len() >= LONG && is_rare(expr, words) {
                    longest = Some(token);
                }
            }
            _ => return None,
        }
    }
    longest.filter(|_| needed.len() > 1).cloned()
}

/// How many tokens an expression names.
pub fn size(expr: &Expr) -> usize {
    match expr {
        Expr::Token(_) | Expr::Prefix(_) => 1,
        Expr::All(all) | Expr::Any(all) => all.iter().map(size).sum(),
        Expr::Anything | Expr::Nothing => 0,
    }
}

/// A token that no record has.
const NOTHING: Expr = Expr::Nothing;

/// How an index is asked.
pub struct Language {
    quote: char,
    prefix: &'static str,
    and: &'static str,
    or: &'static str,
    pub not: &'static str,
}

pub const FTS5: Language = Language {
    quote: '"',
    prefix: " *",
    and: " AND ",
    or: " OR ",
    not: " NOT ",
};

pub const TSQUERY: Language = Language {
    quote: '\'',
    prefix: ":*",
    and: " & ",
    or: " | ",
    not: " & !",
};

impl Language {
    pub fn write(&self, expr: &Expr, out: &mut String) {
        match expr {
            Expr::Token(token) => self.token(token, out),
            Expr::Prefix(token) => {
                self.token(token, out);
                out.push_str(self.prefix);
            }
            // No record has this one.
            Expr::Nothing | Expr::Anything => self.token("\u{e000}\u{e000}", out),
            Expr::All(all) => self.list(all.iter().filter(|expr| !is_open(expr)), self.and, out),
            Expr::Any(all) => self.list(all.iter(), self.or, out),
        }
    }

    /// Tokens hold letters and digits only; what means something to the index is left out all the same.
    pub fn token(&self, token: &str, out: &mut String) {
        out.push(self.quote);
        out.extend(
            token
                .chars()
                .filter(|character| !matches!(character, '"' | '\'' | '\\' | '\0')),
        );
        out.push(self.quote);
    }

    fn list<'e>(&self, all: impl Iterator<Item = &'e Expr>, joint: &str, out: &mut String) {
        out.push('(');
        let start = out.len();
        for expr in all {
            if out.len() > start {
                out.push_str(joint);
            }
            self.write(expr, out);
        }
        if out.len() == start {
            self.write(&NOTHING, out);
        }
        out.push(')');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(all: &[&str]) -> Vec<Expr> {
        all.iter().map(|token| Expr::Token((*token).to_owned())).collect()
    }

    #[test]
    fn pairs_that_no_record_has_are_not_asked_for_and_what_may_be_no_word_is() {
        let mut words = Vocabulary::default();
        for word in ["東京", "premium"] {
            words.insert(word);
        }
        let all = |all: &[&str]| known(Expr::All(tokens(all)), &words);
        assert_eq!(all(&["東京", "京都"]), Expr::Nothing);
        for there in [
            &["東京", "premium"],
            &["東京", "deadbeef"],
            &["東京", "\u{e000}q6"],
        ] {
            assert_eq!(all(there), Expr::All(tokens(there)));
        }
        let any = Expr::Any(tokens(&["東京", "京都"]));
        assert_eq!(known(any, &words), Expr::Any(tokens(&["東京"])));
        assert_eq!(known(Expr::Any(tokens(&["京都"])), &words), Expr::Nothing);
    }

    #[test]
    fn the_longest_group_of_a_guid_stands_for_it_and_nothing_stands_for_more_than_that() {
        let words = Vocabulary::default();
        let groups = ["0e1295df", "5df5", "d70f097ab0d3"];
        let of = |all: &[Expr]| lead(all, &words);
        assert_eq!(of(&[Expr::All(tokens(&groups))]).as_deref(), Some(groups[2]));
        assert_eq!(of(&tokens(&groups[..1])), None);
        let beside_a_word = [Expr::All(tokens(&groups)), Expr::Token("premium".to_owned())];
        assert_eq!(of(&beside_a_word), None);
    }
}
