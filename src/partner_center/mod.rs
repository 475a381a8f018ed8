//! The client of the Partner Center REST API.
