//! Filling the archive from Partner Center, and from files.
