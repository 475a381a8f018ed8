//! A stream of archive pages turned into bytes.
