//! The second database, as it is: a PostgreSQL server of the tests' own.

mod cluster;
mod connect;
mod errors;
mod identity;
mod losses;
mod nodes;
mod tls;
mod upgrade;
