//! What a file is: how much, and its SHA-256.

use sha2::{Digest as _, Sha256};

use super::Chunk;

/// What has been written of a file.
#[derive(Clone, Default)]
pub struct Tally {
    pub records: u64,
    /// Rows without the header; lines.
    pub rows: u64,
    pub bytes: u64,
    hash: Sha256,
}

impl Tally {
    pub fn add(&mut self, chunk: &Chunk) {
        self.records += chunk.records;
        self.rows += chunk.rows;
        self.bytes += chunk.bytes.len() as u64;
        self.hash.update(&chunk.bytes);
    }

    /// The line of `sha256sum` for a file of that name with these bytes.
    pub fn checksum_line(&self, file: &str) -> String {
        format!("{}  {file}\n", in_hex(&self.sha256()))
    }

    /// The SHA-256 of all bytes so far.
    pub fn sha256(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }
}

/// A checksum as people and programs write it.
pub fn in_hex(sha256: &[u8; 32]) -> String {
    sha256.iter().map(|byte| format!("{byte:02x}")).collect()
}
