//! Text that came from outside.
//!
//! A reason phrase, a Server header, a certificate's name or a NAPTR regexp can hold anything, escape
//! sequences included. [`Text`] is the only form in which such bytes may be drawn, logged or printed:
//! whoever holds one can write it to a terminal without a further thought.

use std::fmt;
use std::sync::Arc;

/// The most characters that a [`Text`] keeps; what is longer ends in `…`.
const MAX_CHARS: usize = 512;

/// Sanitised text: no control, no direction override, no invisible format character, bounded length.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Sanitises bytes from the wire. Bytes that are not UTF-8 become U+FFFD; characters that a
    /// terminal could obey, or that nobody can see, become visible escapes like `\x1b`.
    pub fn from_wire(bytes: &[u8]) -> Self {
        // Four bytes are the longest UTF-8 character: no need to decode more than can be kept.
        let bytes = &bytes[..bytes.len().min(4 * (MAX_CHARS + 1))];
        Self::new(&String::from_utf8_lossy(bytes))
    }

    /// Sanitises a string.
    pub fn new(raw: &str) -> Self {
        // Most of what comes is such: names, above all.
        if raw.len() <= MAX_CHARS && raw.bytes().all(|octet| octet == b' ' || octet.is_ascii_graphic()) {
            return Self(raw.into());
        }
        let mut kept = String::with_capacity(raw.len().min(MAX_CHARS));
        for (count, c) in raw.chars().enumerate() {
            if count == MAX_CHARS {
                kept.push('…');
                break;
            }
            if is_harmless(c) {
                kept.push(c);
            } else {
                kept.push_str(&escape(c));
            }
        }
        Self(kept.into())
    }

    /// The text, safe to draw.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn escape(c: char) -> String {
    match u32::from(c) {
        code @ ..0x100 => format!("\\x{code:02x}"),
        code => format!("\\u{{{code:x}}}"),
    }
}

/// Whether a terminal draws this character and nothing more.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(u32::from(c),
            0x00ad                      // soft hyphen
            | 0x034f                    // combining grapheme joiner
            | 0x061c                    // Arabic letter mark
            | 0x115f..=0x1160           // Hangul fillers
            | 0x180b..=0x180f           // Mongolian selectors
            | 0x200b..=0x200f           // zero width, direction marks
            | 0x2028..=0x202e           // separators, embeddings, overrides
            | 0x2060..=0x206f           // invisible operators, isolates
            | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0
            | 0xfff0..=0xfffb
            | 0x1d173..=0x1d17a
            | 0xe0000..=0xe0fff)
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_become_visible() {
        assert_eq!(Text::from_wire(b"ok\x1b[2J\r\n\x07").as_str(), "ok\\x1b[2J\\x0d\\x0a\\x07");
        assert_eq!(Text::new("a\u{9b}31mb").as_str(), "a\\x9b31mb");
    }

    #[test]
    fn direction_overrides_and_invisibles_become_visible() {
        assert_eq!(Text::new("a\u{202e}b\u{200b}").as_str(), "a\\u{202e}b\\u{200b}");
    }

    #[test]
    fn ordinary_text_of_any_script_is_kept() {
        for kept in ["Kamailio (5.6.3)", "Überlast", "混雑"] {
            assert_eq!(Text::new(kept).as_str(), kept);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced_and_length_is_bounded() {
        assert_eq!(Text::from_wire(&[0xff, b'a']).as_str(), "\u{fffd}a");
        let long = Text::from_wire("x".repeat(100_000).as_bytes());
        assert_eq!(long.as_str().chars().count(), MAX_CHARS + 1);
    }
}
