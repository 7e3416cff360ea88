//! Speaks SIP: takes messages off the wire, sends OPTIONS, and tells what came of it.
//!
//! [`frame`] stands in front of everything that reads: it cuts streams and datagrams into messages and
//! normalises them, because real peers fold lines, abbreviate names and send keep-alives between
//! answers. Both sides of a conversation can use it.

pub mod frame;
mod message;

pub use message::{Cseq, Message, Start};
