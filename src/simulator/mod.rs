//! Stand-ins for Partner Center and the identity provider, for `demo` and tests.
