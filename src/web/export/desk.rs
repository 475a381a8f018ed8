//! What exports share: the list that they are noted in, room on the disk, and how many there may be at once.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::store::{ExportList, Person};

/// So many exports one person can have under way: who needs several files clicks on several links.
const MOST_OF_ONE: usize = 4;
/// So many there can be in all. Each takes a few megabytes and a turn at two processors.
const MOST: usize = 24;

/// Exports that are under way, and where they are noted; clones share it.
#[derive(Clone)]
pub struct Exports {
    list: Arc<dyn ExportList>,
    folder: Arc<Path>,
    under_way: Arc<Mutex<HashMap<Person, usize>>>,
}

/// One of the exports that can be under way at once, until it is dropped.
pub struct Place {
    person: Person,
    under_way: Arc<Mutex<HashMap<Person, usize>>>,
}

/// Why an export cannot begin now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The person has as many under way as one can have.
    Own,
    /// All together are as many as there can be.
    All,
}

impl Exports {
    /// Workbooks are put together in `folder`.
    pub fn new(list: Arc<dyn ExportList>, folder: PathBuf) -> Self {
        Self {
            list,
            folder: folder.into(),
            under_way: Arc::default(),
        }
    }

    pub fn list(&self) -> Arc<dyn ExportList> {
        Arc::clone(&self.list)
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.to_path_buf()
    }

    /// Takes a place among the exports that are under way.
    pub fn enter(&self, person: &Person) -> Result<Place, Full> {
        let mut under_way = locked(&self.under_way);
        if under_way.get(person).is_some_and(|own| *own >= MOST_OF_ONE) {
            return Err(Full::Own);
        }
        if under_way.values().sum::<usize>() >= MOST {
            return Err(Full::All);
        }
        *under_way.entry(person.clone()).or_default() += 1;
        Ok(Place {
            person: person.clone(),
            under_way: Arc::clone(&self.under_way),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut under_way = locked(&self.under_way);
        if let Some(own) = under_way.get_mut(&self.person) {
            *own -= 1;
            if *own == 0 {
                under_way.remove(&self.person);
            }
        }
    }
}

fn locked(under_way: &Mutex<HashMap<Person, usize>>) -> MutexGuard<'_, HashMap<Person, usize>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}
