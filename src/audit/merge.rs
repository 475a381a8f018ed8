//! What a reading does to the archive: the rules of `docs/contract.md`, section 6, without any I/O.
//!
//! One call looks at one event key of one account: what is archived under it, and what a reading shows under it.
//! A record with an id is one event. Equal records without ids are as many events as one reading shows, so of these
//! multisets are compared: what is shown and archived is known, what is shown beyond that is first a new version of
//! what is archived and not shown, and then a new event. Nothing is ever taken away.
//!
//! Why nothing is doubled: after a merge with all that a reading shows, each shown content is the current one of an
//! event of its own, and an event was only added when every archived one was shown otherwise. Why nothing is lost: each
//! content that was ever shown became some event's version.

use super::identity::Content;

/// An event of the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archived {
    /// What its newest version says.
    pub content: Content,
    /// Whether Partner Center itself showed that version; else a file did.
    pub collected: bool,
}

/// Where the shown records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether the records have an id of their own.
    pub has_id: bool,
    /// From Partner Center itself; else from a file, which may hold older versions.
    pub collected: bool,
}

/// What becomes of a shown record. Numbers are those of the archived events, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is archived already. `confirms`: so far only a file had said so.
    Known { event: usize, confirms: bool },
    /// A version that is not the newest: it is added behind it, because a file may hold older versions.
    Older { event: usize },
    /// A newer version.
    Revised { event: usize },
    /// An event of its own; its number follows those of the archived ones and of earlier new ones.
    New,
}

/// What becomes of each record that a reading shows under one event key, in order.
///
/// `before` is what the same reading showed under this key earlier, which was merged already; `had` says whether an
/// archived event ever had a version with a content.
pub fn merge(
    archived: &[Archived],
    before: &[Content],
    shown: &[Content],
    reading: Reading,
    mut had: impl FnMut(usize, Content) -> bool,
) -> Vec<Step> {
    if reading.has_id {
        return merge_one(archived.first(), before, shown, reading, had);
    }
    let mut free: Vec<usize> = (0..archived.len()).collect();
    let mut take = |content: &Content| {
        let at = free
            .iter()
            .position(|event| archived[*event].content == *content)?;
        Some(free.remove(at))
    };
    // What the reading showed before has its counterparts.
    for content in before {
        take(content);
    }
    let exact: Vec<Option<usize>> = shown.iter().map(&mut take).collect();
    let mut steps = Vec::with_capacity(shown.len());
    for (content, exact) in shown.iter().zip(exact) {
        let step = match exact {
            Some(event) => Step::Known {
                event,
                confirms: reading.collected && !archived[event].collected,
            },
            None => {
                let older = match reading.collected {
                    true => None,
                    false => free.iter().position(|event| had(*event, *content)),
                };
                match older {
                    Some(at) => Step::Known {
                        event: free.remove(at),
                        confirms: false,
                    },
                    None if free.is_empty() => Step::New,
                    None => revised(free.remove(0), archived, reading),
                }
            }
        };
        steps.push(step);
    }
    steps
}

/// The same for an event that its id identifies: however often it is shown, it is one.
fn merge_one(
    archived: Option<&Archived>,
    before: &[Content],
    shown: &[Content],
    reading: Reading,
    mut had: impl FnMut(usize, Content) -> bool,
) -> Vec<Step> {
    let mut current = archived.copied();
    let mut earlier: Vec<Content> = before.to_vec();
    let mut steps = Vec::with_capacity(shown.len());
    for content in shown {
        let step = match &mut current {
            None => Step::New,
            Some(current) if current.content == *content => Step::Known {
                event: 0,
                confirms: reading.collected && !current.collected,
            },
            // One reading that shows an id twice, saying different things, does so each time: without this rule the two
            // would replace each other for ever.
            Some(_)
                if (!reading.collected || !earlier.is_empty())
                    && (earlier.contains(content) || (archived.is_some() && had(0, *content))) =>
            {
                Step::Known {
                    event: 0,
                    confirms: false,
                }
            }
            Some(_) => revised(0, archived.map_or(&[], std::slice::from_ref), reading),
        };
        if matches!(
            step,
            Step::New | Step::Revised { .. } | Step::Known { confirms: true, .. }
        ) {
            current = Some(Archived {
                content: *content,
                collected: reading.collected,
            });
        }
        earlier.push(*content);
        steps.push(step);
    }
    steps
}

/// What a file says never hides what Partner Center itself showed.
fn revised(event: usize, archived: &[Archived], reading: Reading) -> Step {
    let collected = archived.get(event).is_some_and(|event| event.collected);
    if collected && !reading.collected {
        Step::Older { event }
    } else {
        Step::Revised { event }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    const COLLECTED: Reading = Reading {
        has_id: false,
        collected: true,
    };
    const FILE: Reading = Reading {
        has_id: false,
        collected: false,
    };

    fn content(n: u8) -> Content {
        Content([n; 16])
    }

    /// An archive of one event key: every version of every event, the newest last, and whether it was collected.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    struct Archive(Vec<(Vec<Content>, Content, bool)>);

    impl Archive {
        fn merge(&mut self, before: &[u8], shown: &[u8], reading: Reading) -> Vec<Step> {
            let (before, shown): (Vec<_>, Vec<_>) = (
                before.iter().copied().map(content).collect(),
                shown.iter().copied().map(content).collect(),
            );
            let archived: Vec<_> = self
                .0
                .iter()
                .map(|(_, newest, collected)| Archived {
                    content: *newest,
                    collected: *collected,
                })
                .collect();
            let history = self.0.clone();
            let steps = merge(&archived, &before, &shown, reading, |event, content| {
                history[event].0.contains(&content)
            });
            for (step, content) in steps.iter().zip(shown) {
                match *step {
                    Step::Known { event, confirms } => self.0[event].2 |= confirms,
                    Step::Older { event } => self.0[event].0.push(content),
                    Step::Revised { event } => {
                        let (versions, newest, collected) = &mut self.0[event];
                        versions.push(content);
                        (*newest, *collected) = (content, reading.collected);
                    }
                    Step::New => self.0.push((vec![content], content, reading.collected)),
                }
            }
            steps
        }

        fn newest(&self) -> BTreeMap<Content, usize> {
            count(self.0.iter().map(|(_, newest, _)| *newest))
        }
    }

    fn all_known(steps: &[Step]) -> bool {
        steps.iter().all(|step| matches!(step, Step::Known { .. }))
    }

    fn count(all: impl Iterator<Item = Content>) -> BTreeMap<Content, usize> {
        all.fold(BTreeMap::new(), |mut counts, content| {
            *counts.entry(content).or_default() += 1;
            counts
        })
    }

    fn shows(truth: &[u8]) -> BTreeMap<Content, usize> {
        count(truth.iter().copied().map(content))
    }

    /// What Partner Center shows of one event key as time goes by: events appear and say other things; none vanishes.
    fn upstream() -> impl Strategy<Value = Vec<Vec<u8>>> {
        vec(
            (
                vec(0_u8..4, 0..3),
                vec((any::<prop::sample::Index>(), 0_u8..4), 0..3),
            ),
            1..8,
        )
        .prop_map(|changes| {
            let mut truth: Vec<u8> = Vec::new();
            changes
                .into_iter()
                .map(|(appear, revise)| {
                    truth.extend(appear);
                    for (which, becomes) in revise {
                        if !truth.is_empty() {
                            let at = which.index(truth.len());
                            truth[at] = becomes;
                        }
                    }
                    truth.clone()
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn after_a_whole_reading_the_archive_is_what_was_shown(truths in upstream()) {
            let mut archive = Archive::default();
            let mut ever: Vec<Content> = Vec::new();
            for truth in truths {
                archive.merge(&[], &truth, COLLECTED);
                prop_assert_eq!(archive.newest(), shows(&truth));
                ever.extend(truth.iter().copied().map(content));
                // Every content that was shown is some event's version.
                prop_assert!(ever.iter().all(|c| archive.0.iter().any(|(versions, ..)| versions.contains(c))));
            }
        }

        #[test]
        fn reading_again_changes_nothing(truths in upstream(), order in any::<prop::sample::Index>()) {
            let mut archive = Archive::default();
            for mut truth in truths {
                archive.merge(&[], &truth, COLLECTED);
                let before = archive.clone();
                let by = if truth.is_empty() { 0 } else { order.index(truth.len()) };
                truth.rotate_left(by);
                let steps = archive.merge(&[], &truth, COLLECTED);
                prop_assert!(all_known(&steps));
                prop_assert_eq!(&archive, &before);
            }
        }

        #[test]
        fn pages_one_by_one_are_the_same_as_all_at_once(truths in upstream(), cut in any::<prop::sample::Index>()) {
            let (mut at_once, mut in_pages) = (Archive::default(), Archive::default());
            for truth in truths {
                at_once.merge(&[], &truth, COLLECTED);
                let cut = cut.index(truth.len() + 1);
                in_pages.merge(&[], &truth[..cut], COLLECTED);
                in_pages.merge(&truth[..cut], &truth[cut..], COLLECTED);
                prop_assert_eq!(in_pages.newest(), at_once.newest());
            }
        }

        #[test]
        fn a_part_of_a_reading_invents_nothing_and_hides_nothing_from_the_whole(
            truths in upstream(),
            parts in vec(any::<prop::sample::Index>(), 8),
        ) {
            let mut archive = Archive::default();
            for (truth, part) in truths.into_iter().zip(parts) {
                let seen = &truth[..part.index(truth.len() + 1)];
                archive.merge(&[], seen, COLLECTED);
                prop_assert!(archive.0.len() <= truth.len());
                for content in seen.iter().copied().map(content) {
                    prop_assert!(archive.0.iter().any(|(versions, ..)| versions.contains(&content)));
                }
                archive.merge(&[], &truth, COLLECTED);
                prop_assert_eq!(archive.newest(), shows(&truth));
            }
        }

        #[test]
        fn a_file_of_any_age_hides_nothing_that_was_collected(truths in upstream(), which in any::<prop::sample::Index>()) {
            let mut archive = Archive::default();
            for truth in &truths {
                archive.merge(&[], truth, COLLECTED);
            }
            let newest = archive.newest();
            let events = archive.0.len();
            let file = &truths[which.index(truths.len())];
            archive.merge(&[], file, FILE);
            // Events never vanish, so an older file cannot hold more of them than the archive.
            prop_assert_eq!(archive.newest(), newest);
            prop_assert_eq!(archive.0.len(), events);
            // Importing twice is importing once.
            let once = archive.clone();
            let steps = archive.merge(&[], file, FILE);
            prop_assert!(all_known(&steps));
            prop_assert_eq!(archive, once);
        }

        #[test]
        fn what_a_file_said_first_is_what_partner_center_says_in_the_end(file in vec(0_u8..4, 0..4), truths in upstream()) {
            let mut archive = Archive::default();
            let truth = truths.last().unwrap();
            // The file holds nothing that Partner Center never had.
            let file: Vec<u8> = file.into_iter().take(truth.len()).collect();
            archive.merge(&[], &file, FILE);
            archive.merge(&[], truth, COLLECTED);
            prop_assert_eq!(archive.newest(), shows(truth));
            prop_assert!(archive.0.iter().all(|(_, _, collected)| *collected));
        }

        #[test]
        fn an_id_is_one_event_and_settles(shown in vec(0_u8..3, 1..5), rounds in 2_usize..5) {
            let with_id = Reading { has_id: true, collected: true };
            let mut archive = Archive::default();
            for _ in 0..rounds {
                archive.merge(&[], &shown, with_id);
                prop_assert_eq!(archive.0.len(), 1);
            }
            let settled = archive.clone();
            let steps = archive.merge(&[], &shown, with_id);
            prop_assert!(all_known(&steps));
            prop_assert_eq!(archive, settled);
        }
    }

    #[test]
    fn a_twin_that_is_revised_leaves_the_other_as_it_is() {
        let mut archive = Archive::default();
        archive.merge(&[], &[1, 1], COLLECTED);
        let steps = archive.merge(&[], &[2, 1], COLLECTED);
        assert_eq!(
            steps[1],
            Step::Known {
                event: 0,
                confirms: false
            }
        );
        assert_eq!(steps[0], Step::Revised { event: 1 });
    }

    #[test]
    fn what_a_file_says_of_a_collected_event_goes_behind_it() {
        let mut archive = Archive::default();
        archive.merge(&[], &[1], COLLECTED);
        assert_eq!(archive.merge(&[], &[2], FILE), [Step::Older { event: 0 }]);
        assert_eq!(archive.newest(), shows(&[1]));
        assert_eq!(
            archive.merge(&[], &[2], FILE),
            [Step::Known {
                event: 0,
                confirms: false
            }]
        );
    }
}
