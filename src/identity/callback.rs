//! The provider's answer as its parameters say it, not yet believed.

/// What a callback's parameters say, each at most once.
pub(crate) struct Callback {
    pub(crate) state: Option<String>,
    pub(crate) issuer: Option<String>,
    pub(crate) answer: Answer,
}

/// The provider's answer to an authorization request.
pub(crate) enum Answer {
    Code(String),
    Error(String),
}
