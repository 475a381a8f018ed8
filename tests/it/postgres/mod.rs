//! The second database, as it is: a PostgreSQL server of the tests' own.

mod alike;
mod cluster;
mod connect;
mod copy;
mod crowded;
mod errors;
mod identity;
mod losses;
mod metrics;
mod nodes;
mod process;
mod rates;
mod replica;
mod retention;
mod roles;
mod tls;
mod upgrade;
mod upkeep;
mod verify;
