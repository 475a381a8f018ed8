//! The second database, as it is: a PostgreSQL server of the tests' own.

mod cluster;
