//! An archive stays sound, or is refused in words: killed processes, full disks, damaged and foreign files, two
//! processes at once; and the way back from a backup.

mod backup;
mod damage;
mod faults;
mod full_disk;
mod kills;
mod two_processes;
mod verify;
pub mod world;
