//! What a digest is hashed by.

use std::fmt::Write as _;

use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512_256};

/// A hash function. The order is that of their strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sip) enum Hash {
    Md5,
    Sha256,
    Sha512_256,
}

/// A digest algorithm (RFC 7616 3.3, RFC 8760 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) struct Algorithm {
    pub(in crate::sip) hash: Hash,
    /// `-sess`: the first nonce and the cnonce are hashed into the password.
    pub(in crate::sip) session: bool,
}

impl Algorithm {
    /// What is meant where a challenge names none (RFC 7616 3.3).
    pub(in crate::sip) const USUAL: Self = Self { hash: Hash::Md5, session: false };

    /// All that we know.
    const ALL: [Self; 6] = [
        Self::USUAL,
        Self { hash: Hash::Md5, session: true },
        Self { hash: Hash::Sha256, session: false },
        Self { hash: Hash::Sha256, session: true },
        Self { hash: Hash::Sha512_256, session: false },
        Self { hash: Hash::Sha512_256, session: true },
    ];

    /// By the name that a challenge gives it; it is a token, so its case does not count.
    pub(in crate::sip) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub(in crate::sip) const fn name(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
            (Hash::Sha512_256, false) => "SHA-512-256",
            (Hash::Sha512_256, true) => "SHA-512-256-sess",
        }
    }
}

impl Hash {
    /// In hexadecimal digits, of the parts with a colon between them (RFC 7616 3.1: `LHEX`).
    pub(super) fn hex(self, parts: &[&str]) -> String {
        let text = parts.join(":");
        match self {
            Self::Md5 => hex(&Md5::digest(text.as_bytes())),
            Self::Sha256 => hex(&Sha256::digest(text.as_bytes())),
            Self::Sha512_256 => hex(&Sha512_256::digest(text.as_bytes())),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
