//! What went over the wire, as it was.

use std::fmt;
use std::sync::Arc;

use crate::model::Text;

/// The most bytes that are kept: more than any sensible OPTIONS and its answer have, and little enough
/// for ten thousand targets.
const MOST: usize = 4096;

/// The bytes of a message, its end cut off where it is very long. It is drawn by [`lines`](Self::lines),
/// since it may hold anything.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw {
    kept: Arc<[u8]>,
    length: usize,
}

impl Raw {
    /// From a message as it went over the wire.
    pub fn new(bytes: &[u8]) -> Self {
        Self { kept: bytes[..bytes.len().min(MOST)].into(), length: bytes.len() }
    }

    /// The bytes, at most 4096 of them. They must reach no terminal.
    pub fn bytes(&self) -> &[u8] {
        &self.kept
    }

    /// How many bytes the message had.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Line by line, for people. A CRLF ends a line unseen; every other control is seen, an LF without its
    /// CR too.
    pub fn lines(&self) -> impl Iterator<Item = Text> + '_ {
        let cut = self.length - self.kept.len();
        let rest = (cut > 0).then(|| Text::new(&format!("... and {cut} bytes more")));
        let lines = self.kept.split_inclusive(|&byte| byte == b'\n');
        lines.map(|line| Text::from_wire(line.strip_suffix(b"\r\n").unwrap_or(line))).chain(rest)
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<String> {
        Raw::new(bytes).lines().map(|line| line.to_string()).collect()
    }

    #[test]
    fn what_is_odd_is_seen() {
        assert_eq!(lines(b"SIP/2.0 200 \x1b[2J\r\nTo: x\n\r\n"), ["SIP/2.0 200 \\x1b[2J", "To: x\\x0a", ""]);
        assert_eq!(lines(b"\xff no end"), ["\u{fffd} no end"]);
        assert_eq!(lines(b""), [""; 0]);
    }

    #[test]
    fn its_length_is_bounded_and_told() {
        let raw = Raw::new(&[b'x'; 5000]);
        assert_eq!((raw.bytes().len(), raw.length()), (4096, 5000));
        assert_eq!(raw.lines().last().unwrap().as_str(), "... and 904 bytes more");
    }
}
