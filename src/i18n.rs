//! Message catalogues: every string in English and Japanese.
