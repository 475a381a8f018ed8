//! Opaque continuation tokens: they carry the place a reading has come to, and fit one query only.
//!
//! A token may be sent again (a retry of a page), and stays good while records arrive, because it
//! names a place and not a count.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::simulator::tenant::Place;

/// Where a reading continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Continuation {
    /// The number of the page this continues with; the first is 1.
    pub(super) page: u32,
    /// After this place; from the beginning when there is none.
    pub(super) after: Option<Place>,
}

impl Continuation {
    pub(super) const FIRST: Self = Self { page: 1, after: None };

    pub(super) fn token(self, secret: &str, query: &str) -> String {
        let text = match self.after {
            Some(place) => format!("{};{};{}", self.page, place.ticks, place.sequence),
            None => format!("{};;", self.page),
        };
        STANDARD.encode(format!("{text};{}", seal(secret, query, &text)))
    }

    /// None for a token of another query, or one that never was a token.
    pub(super) fn read(token: &str, secret: &str, query: &str) -> Option<Self> {
        let decoded = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
        let (text, sealed) = decoded.rsplit_once(';')?;
        if seal(secret, query, text) != sealed {
            return None;
        }
        let mut parts = text.split(';');
        let page = parts.next()?.parse().ok()?;
        let after = match (parts.next()?, parts.next()?) {
            ("", _) => None,
            (ticks, sequence) => Some(Place {
                ticks: ticks.parse().ok()?,
                sequence: sequence.parse().ok()?,
            }),
        };
        Some(Self { page, after })
    }
}

fn seal(secret: &str, query: &str, text: &str) -> String {
    STANDARD.encode(&Sha256::digest(format!("{secret}\n{query}\n{text}"))[..12])
}
