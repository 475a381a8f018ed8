//! Where the next page of an answer begins, as clients carry it: opaque to them, and good for its own request alone.

use sha2::{Digest as _, Sha256};

use crate::audit::Cursor;

/// The token for what follows that place of the answer to that request.
pub fn token(place: &Cursor, request: &str) -> String {
    format!("{}.{}", place.encode(), mark(request))
}

/// The place that a token names; `None` where it is none of ours, or another request's.
pub fn place(token: &str, request: &str) -> Option<Cursor> {
    let (place, of) = token.trim().split_once('.')?;
    (of == mark(request)).then(|| Cursor::decode(place))?
}

/// Tells requests apart; it protects nothing, for whoever has the place may have asked for it.
fn mark(request: &str) -> String {
    let hash = Sha256::digest(request.as_bytes());
    hash[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Ticks, cursor::Direction};

    #[test]
    fn a_token_is_good_for_its_own_request() {
        let cursor = Cursor {
            direction: Direction::Older,
            ticks: Ticks(7),
            record: 3,
        };
        let text = token(&cursor, "/auditrecords?size=2");
        assert_eq!(place(&text, "/auditrecords?size=2"), Some(cursor));
        assert_eq!(place(&text, "/auditrecords?size=3"), None);
        for other in ["", ".", "AQAAAA==", &text[1..], &format!("x{text}")] {
            assert_eq!(place(other, "/auditrecords?size=2"), None, "{other}");
        }
    }
}
