//! Conditional requests: who has the answer already is told so before any record is read.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::query::CONTINUATION;
use crate::{
    seal,
    store::{Store, StoreError},
};

/// Another one in every process, for the archive's stamp is of one opening.
static PROCESS: LazyLock<[u8; 16]> = LazyLock::new(seal::random);

/// An answer with this extension says itself how it may be kept.
#[derive(Clone, Copy, Debug)]
pub struct Revalidated;

/// What stands for an answer: the same as long as no record came in or changed. Weak, because a compressed answer has
/// other bytes.
pub struct Tag(HeaderValue);

impl Tag {
    /// Of the answer to a request in canonical parts, for a program that may see these customers.
    pub fn of(store: &dyn Store, request: &[&str], customers: &[String]) -> Result<Self, StoreError> {
        let stamp = store.records_stamp()?.map(i64::to_be_bytes);
        let request = request.iter().map(|part| part.as_bytes());
        let customers = customers.iter().map(String::as_bytes);
        let parts: Vec<&[u8]> = [&PROCESS[..], &stamp[0], &stamp[1]]
            .into_iter()
            .chain(request)
            // Between lists of any length, so that no two pairs of them are one.
            .chain([&b""[..]])
            .chain(customers)
            .collect();
        let digits: String = seal::digest("an answer of the API", &parts)[..12]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let value = HeaderValue::try_from(format!("W/\"{digits}\""));
        Ok(Self(value.expect("hexadecimal digits are ASCII")))
    }

    /// Whether `If-None-Match` names it.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let bare = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_owned();
        let own = bare(self.0.as_bytes());
        headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .any(|tag| tag == b"*" || bare(tag) == own)
    }

    /// That nothing has changed.
    pub fn unchanged(self) -> Response {
        self.on(StatusCode::NOT_MODIFIED.into_response())
    }

    /// The answer with what caches have to know of it: kept by nobody but who asked, and asked about each time.
    pub fn on(self, mut response: Response) -> Response {
        response.extensions_mut().insert(Revalidated);
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.0);
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        // The same address has other answers for other programs, and for another place in the header.
        for name in [header::AUTHORIZATION.as_str(), CONTINUATION] {
            headers.append(header::VARY, HeaderValue::from_static(name));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_every_spelling_of_a_list() {
        let tag = || Tag(HeaderValue::from_static("W/\"0a1b\""));
        let knows = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_NONE_MATCH, HeaderValue::from_static(value));
            }
            tag().is_known(&headers)
        };
        for yes in [
            &["W/\"0a1b\""][..],
            &["\"0a1b\""],
            &["*"],
            &["\"x\", W/\"0a1b\""],
            &["\"x\"", "W/\"0a1b\""],
        ] {
            assert!(knows(yes), "{yes:?}");
        }
        for no in [
            &[][..],
            &[""],
            &["0a1b"],
            &["W/\"0a1\""],
            &["w/\"0a1b\""],
            &["**"],
        ] {
            assert!(!knows(no), "{no:?}");
        }
    }
}
