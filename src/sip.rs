//! Speaks SIP: takes messages off the wire, sends OPTIONS and REGISTER, and tells what came of them.
//!
//! [`frame`] stands in front of everything that reads: it cuts streams and datagrams into [`Message`]s
//! and normalises them, because real peers fold lines, abbreviate names and send keep-alives between
//! answers. Both sides of a conversation can use it.
//!
//! [`Prober`] asks how targets are, and sends nothing that is secret. [`RegisterClient`] registers accounts: it meets
//! challenges by its own digest (RFC 7616), and keeps the flow over which it did, since a binding lives no longer than
//! that.

mod certificate;
mod connection;
mod contact;
mod descriptors;
mod digest;
mod exchange;
pub mod frame;
mod kept;
mod limit;
mod line;
mod message;
mod options;
mod outgoing;
mod prober;
mod register;
mod socket;
mod stamp;
mod tls;
mod transaction;
mod udp;
mod websocket;

pub use descriptors::raise_descriptors;
pub use message::{Cseq, Message, Start};
pub use prober::Prober;
pub use register::RegisterClient;
pub use tls::Roots;

#[cfg(test)]
mod tests;
