//! Reading a collection to its end: one page at a time, by the links that the pages give.
//!
//! A link is followed only to the same collection on the same server, and never twice.

use std::{collections::HashSet, fmt};

use chrono::{DateTime, NaiveDate, Utc};
use http::{HeaderName, HeaderValue};
use reqwest::Url;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    client::{Answer, Client, Request},
    error::Error,
    retry::Patience,
    wire::Link,
};

/// More pages than any day of any partner has; a server that gives more is not one to believe.
const MOST_PAGES: usize = 100_000;
const LONGEST_LINK: usize = 16 * 1024;

/// One page of a day's audit records.
pub struct RecordPage {
    /// The records byte for byte as they came, in the order they came in. (Where a body was not JSON because of
    /// bytes that JSON forbids within strings, those bytes are replaced and a warning is logged.)
    pub records: Vec<Box<RawValue>>,
    /// As given; by Microsoft's own use the number of records in this page.
    pub total_count: Option<i64>,
    /// No page follows. A page with a next link that cannot be followed is not the last one.
    pub last: bool,
    /// The server's `Date`.
    pub server_date: Option<DateTime<Utc>>,
}

// Not derived: records are not for logs.
impl fmt::Debug for RecordPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordPage")
            .field("records", &self.records.len())
            .field("total_count", &self.total_count)
            .field("last", &self.last)
            .field("server_date", &self.server_date)
            .finish()
    }
}

/// The pages of one UTC day, one request each.
pub struct DayPages(Walk);

impl DayPages {
    pub(super) fn new(client: &Client, day: NaiveDate, size: Option<u32>) -> Self {
        Self::of_span(client, day, day, size)
    }

    /// The pages of several days.
    pub(super) fn of_span(client: &Client, first: NaiveDate, last: NaiveDate, size: Option<u32>) -> Self {
        let mut path = format!("auditrecords?startDate={first}&endDate={last}");
        let options = client.options();
        if let Some(size) = size {
            path.push_str(&format!("&size={size}"));
        }
        let patience = Patience {
            attempts: options.attempts,
            backoff_base: options.backoff_base,
            longest_wait: options.longest_wait,
            timeout: options.request_timeout,
        };
        Self(Walk::new(client, &path, patience))
    }

    /// The next page; `None` after the last one.
    ///
    /// After an error that came from a request, calling again makes that request again. A next link that must not
    /// be followed is an error for good, and comes after the page that held it.
    pub async fn next(&mut self) -> Result<Option<RecordPage>, Error> {
        let Some(answer) = self.0.next().await? else {
            return Ok(None);
        };
        Ok(Some(RecordPage {
            records: answer.collection.items,
            total_count: answer.collection.total_count,
            last: self.0.is_done(),
            server_date: answer.server_date,
        }))
    }
}

/// A walk along the pages of any collection.
pub(super) struct Walk {
    client: Client,
    patience: Patience,
    /// The last segment of the collection's path, to which every link must lead.
    collection: String,
    asked: HashSet<Place>,
    step: Step,
}

/// Where a page is asked for: an address and the headers that a link adds.
type Place = (Url, Vec<(HeaderName, HeaderValue)>);

enum Step {
    Ask(Request),
    Done,
    /// The chain of links broke; no request mends it.
    Broken(&'static str),
}

impl Walk {
    /// `path`: below `/v1/`, with its query string.
    pub fn new(client: &Client, path: &str, patience: Patience) -> Self {
        let url = format!("{}/v1/{path}", base(client.api()));
        let url =
            Url::parse(&url).expect("the address was checked, and the path is made of plain characters");
        let collection = last_segment(&url).to_owned();
        let first = Request {
            url,
            headers: Vec::new(),
            correlation: Uuid::new_v4(),
        };
        Self {
            client: client.clone(),
            patience,
            collection,
            asked: HashSet::new(),
            step: Step::Ask(first),
        }
    }

    pub fn is_done(&self) -> bool {
        matches!(self.step, Step::Done)
    }

    pub async fn next(&mut self) -> Result<Option<Answer>, Error> {
        let request = match &self.step {
            Step::Ask(request) => request.clone(),
            Step::Done => return Ok(None),
            Step::Broken(what) => return Err(Error::BadAnswer { what }),
        };
        let mut answer = self.client.get(&request, self.patience).await?;
        let link = answer.collection.next.take();
        let correlation = request.correlation;
        self.asked.insert((request.url, request.headers));
        self.step = match link.map(|link| self.follow(link)) {
            None => Step::Done,
            Some(Ok((url, headers))) => Step::Ask(Request {
                url,
                headers,
                correlation,
            }),
            Some(Err(what)) => Step::Broken(what),
        };
        Ok(Some(answer))
    }

    fn follow(&self, link: Link) -> Result<Place, &'static str> {
        if self.asked.len() >= MOST_PAGES {
            return Err("more pages than there can be");
        }
        let next = (
            resolve(self.client.api(), &self.collection, &link.uri)?,
            link.headers,
        );
        if self.asked.contains(&next) {
            return Err("a next link that leads back");
        }
        Ok(next)
    }
}

/// Where a next link leads. Microsoft's are relative and lack `/v1`; one that has it, or that is absolute, is
/// accepted as long as it stays on the same server, below the same base path, at the same kind of collection.
fn resolve(api: &Url, collection: &str, uri: &str) -> Result<Url, &'static str> {
    const ASTRAY: &str = "a next link that leads elsewhere";
    if uri.len() > LONGEST_LINK {
        return Err("a next link that is too long");
    }
    if uri.chars().any(|c| c.is_control() || c == '\\') {
        return Err("a next link with forbidden characters");
    }
    let base = base(api);
    let is_absolute = ["http://", "https://"].iter().any(|scheme| {
        uri.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let text = if is_absolute {
        uri.to_owned()
    } else if uri.starts_with("//") {
        return Err(ASTRAY);
    } else {
        match uri.trim_start_matches('/') {
            versioned if versioned.get(..3).is_some_and(|v| v.eq_ignore_ascii_case("v1/")) => {
                format!("{base}/{versioned}")
            }
            path => format!("{base}/v1/{path}"),
        }
    };
    let mut url = Url::parse(&text).map_err(|_| "a next link that is not an address")?;
    url.set_fragment(None);
    let is_ours = url.origin() == api.origin()
        && url.username().is_empty()
        && url.password().is_none()
        && url.path().starts_with(api.path())
        && last_segment(&url).eq_ignore_ascii_case(collection);
    if is_ours { Ok(url) } else { Err(ASTRAY) }
}

/// An address that paths can be appended to.
fn base(api: &Url) -> &str {
    api.as_str().trim_end_matches('/')
}

fn last_segment(url: &Url) -> &str {
    url.path()
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(api: &str, uri: &str) -> Option<String> {
        resolve(&Url::parse(api).unwrap(), "auditrecords", uri)
            .ok()
            .map(Into::into)
    }

    #[test]
    fn a_relative_link_gets_the_version_that_it_lacks() {
        let api = "https://api.example/";
        let expected = Some("https://api.example/v1/auditrecords?size=2&seekOperation=Next".to_owned());
        for uri in [
            "/auditrecords?size=2&seekOperation=Next",
            "auditrecords?size=2&seekOperation=Next",
            "/v1/auditrecords?size=2&seekOperation=Next",
            "https://api.example/v1/auditrecords?size=2&seekOperation=Next",
            "HTTPS://API.EXAMPLE:443/v1/auditrecords?size=2&seekOperation=Next#top",
        ] {
            assert_eq!(resolved(api, uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_base_path_is_kept() {
        let api = "http://127.0.0.1:8/stand-in";
        assert_eq!(
            resolved(api, "/auditrecords?a").unwrap(),
            "http://127.0.0.1:8/stand-in/v1/auditrecords?a"
        );
        assert_eq!(resolved(api, "http://127.0.0.1:8/v1/auditrecords"), None);
    }

    #[test]
    fn microsofts_link_with_two_question_marks_is_followed_as_it_is() {
        assert_eq!(
            resolved("https://api.example", "/auditrecords?a=1?b=2&c=%C3%A9").unwrap(),
            "https://api.example/v1/auditrecords?a=1?b=2&c=%C3%A9"
        );
    }

    #[test]
    fn a_link_to_anywhere_else_is_refused() {
        for uri in [
            "https://evil.example/v1/auditrecords",
            "http://api.example/v1/auditrecords",
            "https://api.example:444/v1/auditrecords",
            "https://user:password@api.example/v1/auditrecords",
            "https://api.example@evil.example/v1/auditrecords",
            "//evil.example/v1/auditrecords",
            "/\\evil.example/auditrecords",
            "/customers/1/users",
            "/../../auditrecords/x",
            "/auditrecords/..",
            "javascript:alert(1)",
            "",
            "/auditrecords?\r\nHost: evil",
        ] {
            assert_eq!(resolved("https://api.example", uri), None, "{uri}");
        }
    }
}
