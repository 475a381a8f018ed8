//! Message catalogues: every string in English and Japanese.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use quick_cache::sync::Cache;

use fluent_templates::{
    LanguageIdentifier, Loader,
    fluent_bundle::{FluentValue, types::FluentNumber},
    langid, static_loader,
};

static_loader! {
    static CATALOGUES = {
        locales: "./locales",
        fallback_language: "en",
        // Names from outside are isolated by `<bdi>` in pages; marks in the text would end up in exports.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// What was looked up lately, by language: rows name the same fields again and again. Keys may be made of what outsiders
/// wrote, hence no more than so many.
static LOOKED_UP: LazyLock<[LookedUp; 2]> = LazyLock::new(|| [(); 2].map(|()| Cache::new(2_000)));

type LookedUp = Cache<Box<str>, Option<Arc<str>>>;

static EN: LanguageIdentifier = langid!("en");
static JA: LanguageIdentifier = langid!("ja");

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
        CATALOGUES.lookup(self.id(), key)
    }

    /// The message of that key with its placeholders filled.
    pub fn t_with(self, key: &str, args: &[(&'static str, Arg<'_>)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> = args
            .iter()
            .map(|(name, arg)| (Cow::Borrowed(*name), arg.to_fluent()))
            .collect();
        CATALOGUES.lookup_with_args(self.id(), key, &args)
    }

    /// The message of that key, where there may be none (labels of open sets).
    pub fn try_t(self, key: &str) -> Option<String> {
        let known = &LOOKED_UP[usize::from(self == Self::Ja)];
        if let Some(found) = known.get(key) {
            return found.map(|text| text.to_string());
        }
        let found = CATALOGUES.try_lookup(self.id(), key);
        known.insert(key.into(), found.as_deref().map(Into::into));
        found
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &EN,
            Self::Ja => &JA,
        }
    }
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
