//! Message catalogues: every string in English and Japanese.

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle, types::FluentNumber};
use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};
use rust_embed::RustEmbed;

/// The catalogues: a folder of files for each language.
#[derive(RustEmbed)]
#[folder = "locales"]
struct Files;

/// In the order of [`Lang::ALL`].
static CATALOGUES: LazyLock<[FluentBundle<FluentResource>; 2]> = LazyLock::new(|| Lang::ALL.map(catalogue));

/// All files of a language.
///
/// # Panics
/// When a file is no catalogue or a message is there twice: then what was built must not be used.
fn catalogue(lang: Lang) -> FluentBundle<FluentResource> {
    let tag = lang.tag().parse().expect("our tags are language tags");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Names from outside are isolated by `<bdi>` in pages; marks in the text would end up in exports.
    bundle.set_use_isolating(false);
    for name in Files::iter().filter(|name| name.starts_with(lang.tag())) {
        let file = Files::get(&name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
        let resource = FluentResource::try_new(file.unwrap_or_default());
        let resource = resource.unwrap_or_else(|(_, errors)| panic!("{name}: {errors:?}"));
        bundle
            .add_resource(resource)
            .unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    }
    bundle
}

/// A language of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    #[default]
    En,
    Ja,
}

/// What stands in a message's placeholder.
pub enum Arg<'a> {
    Text(&'a str),
    /// Chooses the plural; shown without grouping, so pass [`grouped`] text beside it for display.
    Number(i64),
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The language tag, as in `lang="…"`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// A tag such as `ja` or `en-GB`; `None` for a language that has no catalogue.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.trim().to_ascii_lowercase().as_str() {
            "en" => Some(Self::En),
            "ja" => Some(Self::Ja),
            _ => None,
        }
    }

    /// The reader's choice in an `Accept-Language` header: the known language with the highest weight,
    /// the earlier of equals; English when none is known.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::En, 0.0);
        for part in header.split(',').take(50) {
            let (tag, weight) = match part.split_once(';') {
                Some((tag, q)) => (
                    tag,
                    q.trim()
                        .strip_prefix("q=")
                        .and_then(|q| q.trim().parse().ok())
                        .unwrap_or(0.0),
                ),
                None => (part, 1.0_f32),
            };
            if let Some(lang) = Self::from_tag(tag)
                && weight > best.1
            {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// The message of that key.
    pub fn t(self, key: &str) -> String {
        self.t_with(key, &[])
    }

    /// The message of that key with its placeholders filled; the key itself where there is no such message.
    pub fn t_with(self, key: &str, args: &[(&'static str, Arg<'_>)]) -> String {
        self.lookup(key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The message of that key, where there may be none (labels of open sets).
    pub fn try_t(self, key: &str) -> Option<String> {
        self.lookup(key, &[])
    }

    fn lookup(self, key: &str, args: &[(&'static str, Arg<'_>)]) -> Option<String> {
        let bundle = &CATALOGUES[usize::from(self == Self::Ja)];
        let pattern = bundle.get_message(key)?.value()?;
        filled(pattern, args).or_else(|| {
            let args: FluentArgs<'_> = args.iter().map(|(name, arg)| (*name, arg.to_fluent())).collect();
            let text = bundle.format_pattern(pattern, Some(&args), &mut Vec::new());
            Some(text.into_owned())
        })
    }
}

/// A message of nothing but text and placeholders, as most are; a page has hundreds of them. `None` for others, which
/// choose by a number or refer to each other.
fn filled(pattern: &Pattern<&str>, args: &[(&'static str, Arg<'_>)]) -> Option<String> {
    let mut out = String::new();
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => out.push_str(value),
            PatternElement::Placeable {
                expression: Expression::Inline(InlineExpression::VariableReference { id }),
            } => match &args.iter().find(|(name, _)| *name == id.name)?.1 {
                Arg::Text(text) => out.push_str(text),
                Arg::Number(number) => out.push_str(&number.to_string()),
            },
            PatternElement::Placeable { .. } => return None,
        }
    }
    Some(out)
}

impl Arg<'_> {
    fn to_fluent(&self) -> FluentValue<'_> {
        match self {
            Self::Text(text) => FluentValue::String(Cow::Borrowed(text)),
            Self::Number(n) => FluentValue::Number(FluentNumber::from(*n)),
        }
    }
}

/// A number with its thousands grouped, alike in both languages: `1,204`.
pub fn grouped(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number of bytes as people read it, alike in both languages: `310 KB`.
pub fn byte_size(n: u64) -> String {
    let number = |n: u64| grouped(i64::try_from(n).unwrap_or(i64::MAX));
    match n {
        0..10_000 => format!("{} B", number(n)),
        10_000..10_000_000 => format!("{} KB", number(n / 1_000)),
        10_000_000..1_000_000_000 => format!("{} MB", number(n / 1_000_000)),
        _ => format!("{}.{} GB", number(n / 1_000_000_000), n / 100_000_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weightiest_known_language_wins() {
        assert_eq!(Lang::from_accept_language("de,en;q=0.5,ja;q=0.9"), Lang::Ja);
        assert_eq!(Lang::from_accept_language("ja-JP,ja;q=0.9,en-US;q=0.8"), Lang::Ja);
        assert_eq!(Lang::from_accept_language("en-GB,ja;q=0.9"), Lang::En);
        assert_eq!(Lang::from_accept_language("*;;q=,ja;q=x,\u{7f}"), Lang::En);
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_204), "1,204");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
    }
}
