//! Every integration test, in one binary: it links once.
//!
//! `walks` shows how a SIP URI becomes candidates, as tables of records that a SIP engineer can read and
//! extend; `cli` runs the program as users do, against carriers on loopback sockets, and holds every document
//! that it prints against its schema; `peers` sets it beside servers that others have written.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod zone;
