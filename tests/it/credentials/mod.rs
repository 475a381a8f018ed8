//! Credentials: what goes wrong with them is put into words, they are kept sealed, and an administrator renews them.

mod words;
