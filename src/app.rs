//! Composition root: store, clients, collector, server, orderly shutdown.
