//! Uploaded files between their arrival and their end: whose they are, what was found in them, what becomes of them.
//!
//! A file has no name on the disk: nobody else can open it, and it is gone with this process, however that ends. An
//! upload is known to this process alone, and to the user who made it.

use std::{
    collections::HashMap,
    fs::File,
    io,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngCore as _;
use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    clock::Clock,
    collect::import::{Answers, ImportError, Imported, Job, Misfit, Progress, Question, import_file},
    identity::UserId,
    store::Store,
};

/// So many uploads there may be at once, of all users together.
const MOST: usize = 8;
/// A file that nobody decides about is kept for so long.
const KEPT: TimeDelta = TimeDelta::hours(1);
/// So many files are read at once; others wait.
const AT_WORK: usize = 2;

/// What an upload may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// In bytes.
    pub largest: u64,
    /// How long nothing of it may arrive.
    pub stall: Duration,
}

/// All uploads of this process.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    clock: Clock,
    folder: PathBuf,
    bounds: Bounds,
    uploads: Mutex<HashMap<String, Arc<Upload>>>,
    turns: Arc<Semaphore>,
}

/// An uploaded file.
pub struct Upload {
    /// Not to be guessed.
    pub id: String,
    owner: UserId,
    /// The owner's name, for display.
    by: String,
    state: Mutex<State>,
}

/// What is known of a file by now.
#[derive(Clone)]
pub struct State {
    pub name: String,
    pub size: u64,
    pub answers: Answers,
    /// Importing was asked for with other answers than those that were looked at: it was looked at again instead.
    pub looked_again: bool,
    pub stage: Stage,
    file: Option<Arc<File>>,
    touched: DateTime<Utc>,
}

/// How far an upload is.
#[derive(Clone)]
pub enum Stage {
    Receiving,
    Working { dry_run: bool, progress: Arc<Progress> },
    Checked(Imported),
    Asks(Vec<Question>),
    Imported(Imported),
    Failed(Failure),
}

/// Why a file cannot be imported.
#[derive(Clone)]
pub enum Failure {
    NotUnderstood(Misfit),
    /// Of the disk, of the archive, or by the end of the process.
    BrokenOff,
}

/// Why no further upload is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Another one of this user is under way.
    Another,
    TooMany,
}

/// A place for an upload that is being received; given back when it is dropped before the file is whole.
pub struct Place {
    desk: Desk,
    upload: Arc<Upload>,
    kept: bool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Files lie in `folder` while they are here.
    pub fn new(store: Arc<dyn Store>, clock: Clock, folder: PathBuf, bounds: Bounds) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            folder,
            bounds,
            uploads: Mutex::default(),
            turns: Arc::new(Semaphore::new(AT_WORK)),
        }))
    }

    pub fn bounds(&self) -> Bounds {
        self.0.bounds
    }

    /// A file without a name.
    pub fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.0.folder)
    }

    /// A place for another upload; what the user left lying there is thrown away.
    pub fn enter(&self, owner: &UserId, by: &str) -> Result<Place, Refused> {
        let now = self.0.clock.now();
        let mut uploads = self.uploads();
        if uploads
            .values()
            .any(|upload| upload.owner == *owner && upload.state().is_busy())
        {
            return Err(Refused::Another);
        }
        uploads.retain(|_, upload| upload.owner != *owner);
        if uploads.len() >= MOST {
            return Err(Refused::TooMany);
        }
        let mut secret = [0; 16];
        rand::rng().fill_bytes(&mut secret);
        let upload = Arc::new(Upload {
            id: secret.iter().map(|byte| format!("{byte:02x}")).collect(),
            owner: owner.clone(),
            by: by.to_owned(),
            state: Mutex::new(State {
                name: String::new(),
                size: 0,
                answers: Answers::default(),
                looked_again: false,
                stage: Stage::Receiving,
                file: None,
                touched: now,
            }),
        });
        uploads.insert(upload.id.clone(), Arc::clone(&upload));
        Ok(Place {
            desk: self.clone(),
            upload,
            kept: false,
        })
    }

    /// All uploads but those that nobody decided about in time.
    fn uploads(&self) -> MutexGuard<'_, HashMap<String, Arc<Upload>>> {
        let now = self.0.clock.now();
        let mut uploads = locked(&self.0.uploads);
        uploads.retain(|_, upload| {
            let state = locked(&upload.state);
            state.is_busy() || now - state.touched < KEPT
        });
        uploads
    }

    /// Has a file go when its time is over, whether or not anybody comes by.
    fn sweep_later(&self) {
        let desk = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(KEPT.to_std().unwrap_or_default() + Duration::from_secs(1)).await;
            if let Some(inner) = desk.upgrade() {
                drop(Self(inner).uploads());
            }
        });
    }

    /// The upload of that name, if it is this user's.
    pub fn find(&self, id: &str, owner: &UserId) -> Option<Arc<Upload>> {
        let upload = self.uploads().get(id).cloned()?;
        (upload.owner == *owner).then_some(upload)
    }

    /// The upload that a user has here.
    pub fn of(&self, owner: &UserId) -> Option<Arc<Upload>> {
        let uploads = self.uploads();
        uploads.values().find(|upload| upload.owner == *owner).cloned()
    }

    /// Throws a file away; the work on it ends.
    pub fn discard(&self, upload: &Upload) {
        if let Stage::Working { progress, .. } = upload.state().stage {
            progress.stop();
        }
        locked(&self.0.uploads).remove(&upload.id);
    }

    /// Ends all work: the process is to end.
    pub fn stop(&self) {
        for upload in locked(&self.0.uploads).values() {
            if let Stage::Working { progress, .. } = upload.state().stage {
                progress.stop();
            }
        }
    }

    /// Imports a file, if it was looked at with these answers; else looks at it with them first. Returns at once.
    pub fn import(&self, upload: &Arc<Upload>, answers: Answers) {
        let was_seen = {
            let state = upload.state();
            state.answers == answers && matches!(state.stage, Stage::Checked(_))
        };
        self.work(upload, answers, !was_seen, !was_seen);
    }

    /// Looks at a file and returns at once.
    pub fn look(&self, upload: &Arc<Upload>, answers: Answers) {
        self.work(upload, answers, true, false);
    }

    /// What is being worked on already, or is over, stays as it is.
    fn work(&self, upload: &Arc<Upload>, answers: Answers, dry_run: bool, looked_again: bool) {
        let progress = Arc::new(Progress::default());
        let (file, job) = {
            let mut state = locked(&upload.state);
            let (Some(file), false) = (state.file.clone(), state.is_busy()) else {
                return;
            };
            state.answers = answers.clone();
            state.looked_again = looked_again;
            state.stage = Stage::Working {
                dry_run,
                progress: Arc::clone(&progress),
            };
            let job = Job {
                file: state.name.clone(),
                by: upload.by.clone(),
                dry_run,
                answers,
                clock: self.0.clock.clone(),
            };
            (file, job)
        };
        let (desk, upload) = (self.clone(), Arc::clone(upload));
        tokio::spawn(async move {
            let turn = Arc::clone(&desk.0.turns).acquire_owned().await;
            let store = Arc::clone(&desk.0.store);
            let handle = Handle::current();
            // Reading a file takes minutes of a thread.
            let result = tokio::task::spawn_blocking(move || {
                let result = handle.block_on(import_file(&*store, &*file, &job, &progress));
                drop(turn);
                result
            });
            upload.done(result.await, dry_run, desk.0.clock.now());
            desk.sweep_later();
        });
    }
}

impl State {
    /// Whether anything is still to be decided about it.
    pub fn is_open(&self) -> bool {
        self.file.is_some() || self.is_busy()
    }

    fn is_busy(&self) -> bool {
        matches!(self.stage, Stage::Receiving | Stage::Working { .. })
    }
}

impl Upload {
    pub fn state(&self) -> State {
        locked(&self.state).clone()
    }

    fn done(
        &self,
        result: Result<Result<Imported, ImportError>, tokio::task::JoinError>,
        dry_run: bool,
        now: DateTime<Utc>,
    ) {
        let broken = |error: &(dyn std::error::Error + 'static)| {
            tracing::error!(error, "an uploaded file could not be read to its end");
            Stage::Failed(Failure::BrokenOff)
        };
        let stage = match result {
            Ok(Ok(done)) if dry_run => Stage::Checked(done),
            Ok(Ok(done)) => Stage::Imported(done),
            Ok(Err(ImportError::Asks(questions))) => Stage::Asks(questions),
            Ok(Err(ImportError::NotUnderstood(misfit))) => Stage::Failed(Failure::NotUnderstood(misfit)),
            Ok(Err(error)) => broken(&error),
            Err(error) => broken(&error),
        };
        let mut state = locked(&self.state);
        // Whatever can still be decided needs the file.
        if matches!(
            stage,
            Stage::Imported(_) | Stage::Failed(Failure::NotUnderstood(_))
        ) {
            state.file = None;
        }
        state.stage = stage;
        state.touched = now;
    }
}

impl Place {
    /// The file is whole: it is looked at from now on.
    pub fn received(mut self, name: String, size: u64, file: File) -> Arc<Upload> {
        self.kept = true;
        {
            let mut state = locked(&self.upload.state);
            state.name = name;
            state.size = size;
            state.file = Some(Arc::new(file));
            state.stage = Stage::Failed(Failure::BrokenOff);
        }
        self.desk.look(&self.upload, Answers::default());
        Arc::clone(&self.upload)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept {
            locked(&self.desk.0.uploads).remove(&self.upload.id);
        }
    }
}
