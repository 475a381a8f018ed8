//! Where to go after signing in: always a place on this site.

use std::fmt;

use oauth2::url::Url;
use serde::{Deserialize, Serialize};

const LONGEST: usize = 4096;
const HOME: &str = "/activity";

/// A path with its query and fragment, as a browser writes it, that cannot leave this origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalPath(String);

impl LocalPath {
    /// `text` if it is a path of this site and leads to a page to read; else the activity log.
    pub fn or_home(text: Option<&str>) -> Self {
        text.and_then(parse).map_or_else(|| Self(HOME.to_owned()), Self)
    }

    /// The path, ASCII throughout.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the page that nobody asked for in particular.
    pub fn is_home(&self) -> bool {
        self.0 == HOME
    }

    /// The value of a `next` parameter, percent-encoded.
    pub fn encoded(&self) -> String {
        percent_encoding::utf8_percent_encode(&self.0, percent_encoding::NON_ALPHANUMERIC).to_string()
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads the text as a browser would, and keeps what the browser would ask this site for.
fn parse(text: &str) -> Option<String> {
    if text.len() > LONGEST || !text.starts_with('/') || text.chars().any(char::is_control) {
        return None;
    }
    let path_end = text.find(['?', '#']).unwrap_or(text.len());
    if text[..path_end].contains('\\') {
        return None;
    }
    let here = Url::parse("http://here.invalid/").expect("a constant address");
    let there = here.join(text).ok()?;
    let path = there[oauth2::url::Position::BeforePath..].to_owned();
    let own = there.origin() == here.origin() && there.username().is_empty() && there.password().is_none();
    // `/..//host` is a path to the browser that reads it, and another host to the one that is sent the result.
    let leaves = path.starts_with("//") || path.len() > LONGEST;
    let goes_round = ["/sign-in", "/sign-out", "/signed-out"]
        .iter()
        .any(|page| there.path().starts_with(page));
    (own && !leaves && !goes_round).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_site_are_kept_with_query_and_fragment() {
        for path in [
            "/activity",
            "/activity?from=&q=%E3%81%82&next=//x",
            "/activity/abc#r-1",
            "/a?b=c\\d",
        ] {
            assert_eq!(LocalPath::or_home(Some(path)).as_str(), path);
        }
        assert_eq!(
            LocalPath::or_home(Some("/activity?q=あ")).as_str(),
            "/activity?q=%E3%81%82"
        );
        assert_eq!(LocalPath::or_home(Some("/a/../b")).as_str(), "/b");
    }

    #[test]
    fn everything_else_leads_to_the_activity_log() {
        let long = format!("/{}", "a".repeat(LONGEST));
        for odd in [
            "",
            "activity",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example/",
            "HTTPS:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            " //evil.example",
            "/..//evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "/%2e%2e//evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/x\\..\\..\\evil",
            "/sign-in/start",
            "/sign-out",
            "/signed-out",
            "/x/../sign-in/callback?code=1",
            "?a",
            "#a",
            &long,
        ] {
            assert_eq!(LocalPath::or_home(Some(odd)).as_str(), HOME, "{odd:?}");
        }
        assert!(LocalPath::or_home(None).is_home());
    }
}
