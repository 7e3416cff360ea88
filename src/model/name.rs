//! Owner names of the DNS.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::Text;

mod idn;

pub use idn::LabelFault;

/// An absolute domain name, lower-case and in presentation form (RFC 1035 5.1) without the final dot.
///
/// Whatever octets the labels hold, the form is printable ASCII: others are written `\DDD`, so a name
/// from the wire can be drawn as it is. An internationalised name is its A-labels (RFC 5890 2.3.2.1), as
/// it is on the wire; [`Name::unicode`] is what people read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

/// Why a string is not a domain name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing, or nothing between two dots.
    #[error("a label is empty")]
    EmptyLabel,
    /// RFC 1035 2.3.4.
    #[error("a label is longer than 63 octets")]
    LongLabel,
    /// RFC 1035 2.3.4.
    #[error("the name is longer than 253 octets")]
    LongName,
    /// A character that no host or service name has.
    #[error("{0:?} cannot stand in a domain name")]
    BadCharacter(char),
    /// A label in Unicode that has no A-label.
    #[error("label '{0}': {1}")]
    Label(Text, LabelFault),
    /// What ends in digits is an IPv4 address, or was to be one (RFC 3261 25.1: `toplabel` begins with a
    /// letter).
    #[error("no domain ends in a label of digits, and it is no IPv4 address")]
    Digits,
}

impl Name {
    /// The root, written `.`; as SRV target "no service here" (RFC 2782).
    pub fn root() -> Self {
        Self("".into())
    }

    /// Reads a name as people write it, with or without the final dot, in ASCII or in Unicode.
    ///
    /// # Errors
    /// Where a label is empty or too long, holds what no host or service name has, or has no A-label.
    pub fn parse(raw: &str) -> Result<Self, NameError> {
        if raw == "." {
            return Ok(Self::root());
        }
        if raw.is_ascii() { Self::parse_ascii(raw) } else { Self::parse_ascii(&idn::to_ascii(raw)?) }
    }

    fn parse_ascii(raw: &str) -> Result<Self, NameError> {
        let raw = raw.strip_suffix('.').unwrap_or(raw);
        if let Some(bad) = raw.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.".contains(*c))) {
            return Err(NameError::BadCharacter(bad));
        }
        Self::from_labels(raw.split('.').map(str::as_bytes))
    }

    /// Builds a name from the labels of a DNS message; no labels are the root.
    ///
    /// # Errors
    /// Where a label is empty or too long.
    pub fn from_labels<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NameError> {
        let mut form = String::new();
        let mut octets = 0;
        for label in labels {
            if label.is_empty() {
                return Err(NameError::EmptyLabel);
            }
            if label.len() > 63 {
                return Err(NameError::LongLabel);
            }
            octets += label.len() + 1;
            if !form.is_empty() {
                form.push('.');
            }
            for &octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$' => {
                        form.push('\\');
                        form.push(char::from(octet));
                    }
                    b'!'..=b'~' => form.push(char::from(octet.to_ascii_lowercase())),
                    other => {
                        let [hundreds, tens, ones] = [other / 100, other / 10 % 10, other % 10];
                        form.extend(['\\', (b'0' + hundreds).into(), (b'0' + tens).into(), (b'0' + ones).into()]);
                    }
                }
            }
        }
        if octets > 254 {
            return Err(NameError::LongName);
        }
        Ok(Self(form.into()))
    }

    /// The name below this one: `_sip._udp` under `acme.example` is `_sip._udp.acme.example`.
    ///
    /// # Errors
    /// Where the result would be too long.
    pub fn under(&self, prefix: &str) -> Result<Self, NameError> {
        if self.is_root() {
            return Self::parse(prefix);
        }
        if prefix.len() + 1 + self.0.len() > 253 {
            return Err(NameError::LongName);
        }
        Ok(Self(format!("{prefix}.{}", self.0).into()))
    }

    /// Whether this is `domain`, or a name below it.
    pub fn is_within(&self, domain: &Self) -> bool {
        domain.is_root() || self.0.strip_suffix(&*domain.0).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The presentation form without the final dot; the root is `.`.
    pub fn as_str(&self) -> &str {
        if self.is_root() { "." } else { &self.0 }
    }

    /// The name in Unicode, where it has A-labels and can be shown so without deceiving anybody: one
    /// script a label, nothing invisible, nothing written from right to left. It never stands alone:
    /// [`Name::shown`] has the A-labels before it.
    pub fn unicode(&self) -> Option<Text> {
        idn::to_unicode(&self.0)
    }

    /// As people read it: `xn--mnchen-3ya.example (münchen.example)`.
    pub fn shown(&self) -> String {
        self.unicode().map_or_else(|| self.to_string(), |unicode| format!("{self} ({unicode})"))
    }

    /// The first label, in presentation form.
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_final_dot_do_not_matter() {
        assert_eq!(Name::parse("ACME.Example.").unwrap(), Name::parse("acme.example").unwrap());
        assert_eq!(Name::parse("acme.example.").unwrap().to_string(), "acme.example");
    }

    #[test]
    fn octets_that_could_hurt_a_terminal_are_written_as_decimals() {
        let name = Name::from_labels([b"a\x1b[2J".as_slice(), b"b.c"]).unwrap();
        assert_eq!(name.to_string(), "a\\027[2j.b\\.c");
    }

    #[test]
    fn bounds_are_those_of_rfc_1035() {
        assert_eq!(Name::parse("a..b"), Err(NameError::EmptyLabel));
        assert_eq!(Name::parse(""), Err(NameError::EmptyLabel));
        assert_eq!(Name::parse(&"x".repeat(64)), Err(NameError::LongLabel));
        assert!(Name::parse(&["x".repeat(63).as_str(); 4].join(".")).is_err());
        assert_eq!(Name::parse("a b"), Err(NameError::BadCharacter(' ')));
    }

    #[test]
    fn a_bad_character_is_named_in_a_form_that_a_terminal_does_not_obey() {
        for (bad, said) in
            [("a b", "' ' cannot stand in a domain name"), ("a\x1b[2J", "'\\u{1b}' cannot stand in a domain name")]
        {
            assert_eq!(Name::parse(bad).unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn a_name_is_within_its_domains_and_no_other() {
        let within = |name: &str, domain: &str| Name::parse(name).unwrap().is_within(&Name::parse(domain).unwrap());
        assert!(within("_sip._udp.acme.example", "acme.example"));
        assert!(within("acme.example", "acme.example"));
        assert!(within("acme.example", "."));
        assert!(!within("notacme.example", "acme.example"));
        assert!(!within("example", "acme.example"));
    }

    #[test]
    fn the_root_is_a_dot() {
        assert_eq!(Name::parse(".").unwrap(), Name::root());
        assert_eq!(Name::root().to_string(), ".");
        assert_eq!(Name::root().under("_sip._udp").unwrap().to_string(), "_sip._udp");
    }
}
