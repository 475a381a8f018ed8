//! What a reading has shown so far, event by event. A day may have very many events, and nearly all are shown once: so
//! the first content takes no list.

use std::collections::{HashMap, hash_map::Entry};

use crate::audit::identity::{Content, EventKey};

#[derive(Debug, Default)]
pub struct Seen {
    first: HashMap<EventKey, Content>,
    further: HashMap<EventKey, Vec<Content>>,
}

impl Seen {
    /// What was shown under that key, in order.
    pub fn of(&self, key: &EventKey) -> Vec<Content> {
        let Some(first) = self.first.get(key) else {
            return Vec::new();
        };
        let mut all = vec![*first];
        all.extend(self.further.get(key).into_iter().flatten());
        all
    }

    /// Whether anything was shown under that key.
    pub fn has(&self, key: &EventKey) -> bool {
        self.first.contains_key(key)
    }

    pub fn add(&mut self, key: EventKey, content: Content) {
        match self.first.entry(key) {
            Entry::Vacant(place) => {
                place.insert(content);
            }
            Entry::Occupied(_) => self.further.entry(key).or_default().push(content),
        }
    }

    /// Adds what was not shown under that key yet.
    pub fn add_once(&mut self, key: EventKey, content: Content) {
        if !self.of(&key).contains(&content) {
            self.add(key, content);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_told_in_the_order_they_came() {
        let (key, other) = (EventKey([1; 16]), EventKey([2; 16]));
        let mut seen = Seen::default();
        assert!(!seen.has(&key) && seen.of(&key).is_empty());
        for n in [3, 1, 3] {
            seen.add(key, Content([n; 16]));
        }
        seen.add_once(key, Content([1; 16]));
        seen.add_once(key, Content([4; 16]));
        seen.add_once(other, Content([3; 16]));
        assert_eq!(seen.of(&key), [3, 1, 3, 4].map(|n| Content([n; 16])));
        assert_eq!(seen.of(&other), [Content([3; 16])]);
    }
}
