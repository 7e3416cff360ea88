//! How a carrier wants to be asked.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::model::Text;

/// What a carrier's settings say of the OPTIONS that it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSettings {
    /// Whether connections outlive a probe.
    pub connection: Connections,
    /// User part of From and Contact.
    pub from_user: UserPart,
    /// User part of Request-URI and To; none: the one of the carrier's URI, if it has one.
    pub request_user: Option<UserPart>,
    /// Max-Forwards: 70 (RFC 3261 8.1.1.6), or as few hops as one wants to see; 0 asks the very next one.
    pub max_forwards: u8,
    /// What a `WebSocket` is asked for; DNS does not tell (RFC 7118 4).
    pub ws_path: WsPath,
}

impl ProbeSettings {
    /// Max-Forwards as RFC 3261 8.1.1.6 recommends it.
    pub const MAX_FORWARDS: u8 = 70;
}

impl Default for ProbeSettings {
    /// Connections are kept; From is `trunktop`; 70 hops; `/`.
    fn default() -> Self {
        Self {
            connection: Connections::default(),
            from_user: UserPart(Text::new("trunktop")),
            request_user: None,
            max_forwards: Self::MAX_FORWARDS,
            ws_path: WsPath(Text::new("/")),
        }
    }
}

/// Whether a connection outlives the probe that made it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connections {
    /// It is used again by the next probe, as an engine does; a broken one is made anew.
    #[default]
    Keep,
    /// Each probe makes its own, and so tests the handshakes too.
    New,
}

impl Connections {
    /// The word for it in the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::New => "new",
        }
    }
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is neither.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is no way to treat connections; there are keep and new")]
pub struct UnknownConnections(Text);

impl FromStr for Connections {
    type Err = UnknownConnections;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let known = [Self::Keep, Self::New].into_iter().find(|known| known.word() == raw);
        known.ok_or_else(|| UnknownConnections(raw.into()))
    }
}

/// The user part of a SIP URI, in which nothing needs to be escaped any more (RFC 3261 25.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPart(Text);

/// Why a string is no user part.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UserPartError {
    /// It is empty, or longer than 128 characters.
    #[error("a user has 1 to 128 characters")]
    Length,
    /// It holds what a user part must not.
    #[error("'{0}' cannot stand in a user; write it as %XX, two hexadecimal digits for each byte")]
    Character(char),
    /// A `%` without its two digits.
    #[error("a % begins two hexadecimal digits, and here it does not; write %25 for the sign itself")]
    Percent,
}

impl UserPart {
    /// As it stands in a URI.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for UserPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserPart {
    type Err = UserPartError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        if raw.is_empty() || raw.chars().count() > 128 {
            return Err(UserPartError::Length);
        }
        let allowed = |c: &char| c.is_ascii_alphanumeric() || "-_.!~*'()&=+$,;?/%".contains(*c);
        if let Some(other) = raw.chars().find(|c| !allowed(c)) {
            return Err(UserPartError::Character(other));
        }
        let is_hex = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        if raw.split('%').skip(1).all(is_hex) { Ok(Self(raw.into())) } else { Err(UserPartError::Percent) }
    }
}

/// The path of a `WebSocket`, and a query if there is one (RFC 6455 3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WsPath(Text);

/// Why a string is no path.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is no path of a WebSocket; it begins with / and has up to 256 visible ASCII characters, and no #")]
pub struct WsPathError(Text);

impl WsPath {
    /// As it stands in a request.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for WsPath {
    type Err = WsPathError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let is_visible = |byte: u8| byte.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&byte);
        let good = raw.starts_with('/') && raw.len() <= 256 && raw.bytes().all(is_visible);
        if good { Ok(Self(raw.into())) } else { Err(WsPathError(raw.into())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_part_is_what_the_grammar_lets_through() {
        for good in ["+4930123", "alice", "a%20b", "100;phone-context=x", "%C3%BC"] {
            assert_eq!(good.parse::<UserPart>().unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("", UserPartError::Length),
            ("a b", UserPartError::Character(' ')),
            ("a@b", UserPartError::Character('@')),
            ("user:secret", UserPartError::Character(':')),
            ("a\r\nVia: x", UserPartError::Character('\r')),
            ("ü", UserPartError::Character('ü')),
            ("50%", UserPartError::Percent),
            ("%zz", UserPartError::Percent),
            ("%é", UserPartError::Character('é')),
        ] {
            assert_eq!(bad.parse::<UserPart>(), Err(why), "{bad}");
        }
        assert_eq!("x".repeat(129).parse::<UserPart>(), Err(UserPartError::Length));
    }

    #[test]
    fn a_path_begins_with_a_slash() {
        for good in ["/", "/ws", "/sip?token=1&x=%20"] {
            assert_eq!(good.parse::<WsPath>().unwrap().as_str(), good);
        }
        for bad in ["", "ws", "/a b", "/a\r\nX: y", "/#x", "/ü"] {
            assert!(bad.parse::<WsPath>().is_err(), "{bad}");
        }
    }

    #[test]
    fn connections_are_kept_or_made_anew() {
        assert_eq!(Connections::default().word().parse(), Ok(Connections::Keep));
        assert_eq!("new".parse(), Ok(Connections::New));
        assert!("reuse".parse::<Connections>().is_err());
    }
}
