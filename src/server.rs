//! The accept loop: connections with time-outs and caps.
