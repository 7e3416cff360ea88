//! Every integration test, in one binary: it links once.
//!
//! `walks` shows how a SIP URI becomes candidates, as tables of records that a SIP engineer can read and
//! extend; `laws` what holds for any table; `verdicts` and `fold` are stories of facts and what is said of
//! them; `house` holds the tree against its plan; `cli` runs the binary as its users do, and holds every
//! document that it prints against its schema; `peers` sets it beside servers that others have written.

#[cfg(test)]
mod cli;
#[cfg(test)]
mod fold;
#[cfg(test)]
mod house;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod story;
#[cfg(test)]
mod verdicts;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod zone;
