//! `partnerlog import` as scripts use it.
