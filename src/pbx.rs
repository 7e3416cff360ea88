//! Where PBXs of ours are registered, as they tell it.
//!
//! A PBX shows that it is registered, and seldom where. Each way to learn it is a source: a file beside this one that
//! implements [`Witness`](crate::monitor::Witness) and makes [`Sighting`]s of what it hears. What kind of knowledge
//! that is, is said by whoever read it: a socket is observed, the word of a PBX is reported, and nothing here is
//! inferred.
//!
//! - `exec` runs a command and reads what it prints, in any form that is known here: `json` the documents of
//!   `trunktop.pins/1`, `sockets` the lines of `ss` and `conntrack`.
//!
//! To add a source (an API of a PBX, a log): a file here, a variant of what `[carrier.pin]` can say, and its wiring.

mod exec;
mod json;
mod sockets;

use crate::model::{Sighting, Text};

pub use self::exec::{Exec, Run};

/// What a command printed, read in whichever form it is. Nothing is no registration.
///
/// # Errors
/// Where it is in no form that is known, or something in it is wrong; in one line.
pub fn read(printed: &[u8]) -> Result<Vec<Sighting>, Text> {
    match printed.trim_ascii_start().first() {
        Some(b'{' | b'[') => json::read(printed),
        _ => sockets::read(&String::from_utf8_lossy(printed)),
    }
}

#[cfg(test)]
mod tests;
