//! The domain: what an audit record is and how it is selected and explained. No I/O.
