//! The bytes of a file: how far they were read, and their hash. Knows nothing of what they mean.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

/// How far an import is; shared with whoever shows it. Also the way to stop it.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    whole: AtomicU64,
    records: AtomicU64,
    stop: AtomicBool,
}

impl Progress {
    /// Bytes read, and bytes to be read; a file that is read twice has twice as many.
    pub fn bytes(&self) -> (u64, u64) {
        let whole = self.whole.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed).min(whole), whole)
    }

    /// In percent, from 0 to 100.
    pub fn percent(&self) -> u64 {
        match self.bytes() {
            (_, 0) => 0,
            (done, whole) => u64::try_from(u128::from(done) * 100 / u128::from(whole)).unwrap_or(100),
        }
    }

    /// Records taken in so far.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Has the import end after the batch in hand.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, records: u64) {
        self.records.store(records, Ordering::Relaxed);
    }
}

/// A file that is read once or several times. The hash is of each byte once, in order, however often it is read again.
pub(super) struct Source<'a, R> {
    from: R,
    at: u64,
    size: u64,
    hash: Sha256,
    hashed: u64,
    progress: &'a Progress,
    /// What earlier passes read.
    before: u64,
}

impl<'a, R: Read + Seek> Source<'a, R> {
    /// `from` stands at its beginning.
    pub fn new(from: R, size: u64, progress: &'a Progress) -> Self {
        progress.whole.store(size, Ordering::Relaxed);
        progress.done.store(0, Ordering::Relaxed);
        Self {
            from,
            at: 0,
            size,
            hash: Sha256::new(),
            hashed: 0,
            progress,
            before: 0,
        }
    }

    /// Before a pass over the whole file that is followed by another.
    pub fn begin_first_pass(&mut self) {
        self.before = 0;
        self.progress.whole.store(self.size * 2, Ordering::Relaxed);
    }

    /// Before the last pass.
    pub fn begin_pass(&mut self) {
        self.before = self.progress.whole.load(Ordering::Relaxed) - self.size;
    }

    /// Of the whole file; reads what is left of it.
    pub fn sha256(&mut self) -> io::Result<[u8; 32]> {
        self.seek(SeekFrom::Start(self.hashed))?;
        io::copy(self, &mut io::sink())?;
        Ok(self.hash.clone().finalize().into())
    }
}

impl<R: Read> Read for Source<'_, R> {
    /// Fails when the import is to end: whatever is under way ends with it.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.progress.is_stopped() {
            return Err(io::Error::other("stopped"));
        }
        let n = self.from.read(buffer)?;
        let end = self.at + n as u64;
        if (self.at..end).contains(&self.hashed) {
            let new = usize::try_from(self.hashed - self.at).unwrap_or(n);
            self.hash.update(&buffer[new..n]);
            self.hashed = end;
        }
        self.at = end;
        self.progress.done.store(self.before + end, Ordering::Relaxed);
        Ok(n)
    }
}

impl<R: Seek> Seek for Source<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.from.seek(to)?;
        Ok(self.at)
    }
}
