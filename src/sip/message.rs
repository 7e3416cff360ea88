//! A SIP message in normal form (RFC 3261 7): long header names, unfolded and trimmed values, in order.
//!
//! Values stay bytes, and the reason phrase stays as the peer wrote it: a header that is not UTF-8 must
//! not cost us the answer, and an operator wants to read what the carrier said, not what the RFC says.

use std::time::Duration;

use rsip::Method;

use crate::model::Text;

/// The start line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `METHOD uri SIP/2.0`.
    Request {
        /// The method as it came, case and all (methods are case-sensitive, RFC 3261 7.1).
        method: String,
        /// The Request-URI as it came.
        uri: Vec<u8>,
    },
    /// `SIP/2.0 code reason`.
    Response {
        /// From 100 to 699.
        code: u16,
        /// As the peer wrote it; it may be empty.
        reason: Vec<u8>,
    },
}

/// A `CSeq` header (RFC 3261 20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cseq<'a> {
    /// Less than 2^31 where the peer keeps the rules.
    pub number: u32,
    /// The method of the request.
    pub method: &'a [u8],
}

/// A message: start line, headers in their order, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    start: Start,
    headers: Headers,
    body: Vec<u8>,
}

/// Headers in their order. All names are one string, and so are all values: a message has a dozen, and thousands of
/// messages may come in a second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers {
    names: String,
    values: Vec<u8>,
    /// Where the name and the value of each end.
    ends: Vec<(usize, usize)>,
}

impl Headers {
    /// One more at the end.
    pub(super) fn push(&mut self, name: &str, value: &[u8]) {
        self.names.push_str(name);
        self.values.extend_from_slice(value);
        self.ends.push((self.names.len(), self.values.len()));
    }

    /// More of the last one's value, after one space (RFC 3261 7.3.1); whether there is a last one.
    pub(super) fn unfold(&mut self, more: &[u8]) -> bool {
        let begins = self.ends.len().checked_sub(2).map_or(0, |before| self.ends[before].1);
        let Some((_, end)) = self.ends.last_mut() else { return false };
        if *end > begins && !more.is_empty() {
            self.values.push(b' ');
        }
        self.values.extend_from_slice(more);
        *end = self.values.len();
        true
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let (mut name, mut value) = (0, 0);
        self.ends.iter().map(move |&(name_end, value_end)| {
            let header = (&self.names[name..name_end], &self.values[value..value_end]);
            (name, value) = (name_end, value_end);
            header
        })
    }
}

impl Message {
    pub(super) const fn from_parts(start: Start, headers: Headers) -> Self {
        Self { start, headers, body: Vec::new() }
    }

    /// The start line.
    pub const fn start(&self) -> &Start {
        &self.start
    }

    /// Whether this is a response.
    pub(super) const fn is_response(&self) -> bool {
        matches!(self.start, Start::Response { .. })
    }

    /// The status code and the reason phrase, where this is a response.
    pub fn status(&self) -> Option<(u16, Text)> {
        match &self.start {
            Start::Response { code, reason } => Some((*code, Text::from_wire(reason))),
            Start::Request { .. } => None,
        }
    }

    /// The method, where this is a request whose method is known.
    pub fn method(&self) -> Option<Method> {
        match &self.start {
            Start::Request { method, .. } => Method::all().into_iter().find(|known| known.to_string() == *method),
            Start::Response { .. } => None,
        }
    }

    /// All headers in their order: the long name as the peer wrote it, and the value.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter()
    }

    /// The values of all headers of this (long) name, in their order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of the first header of this (long) name.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The values of all headers of this (long) name as one list, which is what they are (RFC 3261 7.3.1).
    pub fn listed(&self, name: &str) -> Option<Text> {
        let values: Vec<&[u8]> = self.values(name).collect();
        (!values.is_empty()).then(|| Text::from_wire(&values.join(b", ".as_slice())))
    }

    /// How long to leave the peer alone: the whole seconds that begin Retry-After (RFC 3261 20.33); a comment
    /// or parameters may follow.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.value("Retry-After")?;
        let digits = value.iter().position(|b| !b.is_ascii_digit()).unwrap_or(value.len());
        let (seconds, rest) = value.split_at(digits);
        let ends = rest.trim_ascii_start().first().is_none_or(|b| matches!(b, b'(' | b';'));
        let seconds = decimal(seconds).filter(|_| ends && digits > 0)?;
        Some(Duration::from_secs(u64::try_from(seconds).ok()?))
    }

    /// The body; empty where there is none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The branch of the topmost Via: what matches a response to its request (RFC 3261 17.1.3).
    pub fn branch(&self) -> Option<&[u8]> {
        let top = split_unquoted(self.value("Via")?, b',').next()?;
        split_unquoted(top, b';').skip(1).find_map(|parameter| {
            let at = parameter.iter().position(|&b| b == b'=')?;
            let (name, value) = (parameter[..at].trim_ascii(), parameter[at + 1..].trim_ascii());
            name.eq_ignore_ascii_case(b"branch").then_some(value)
        })
    }

    /// The `CSeq`, where it is a number and a method.
    pub fn cseq(&self) -> Option<Cseq<'_>> {
        let value = self.value("CSeq")?;
        let at = value.iter().position(u8::is_ascii_whitespace)?;
        let number = decimal(&value[..at])?;
        Some(Cseq { number: u32::try_from(number).ok()?, method: value[at..].trim_ascii() })
    }

    /// A response to this request (RFC 3261 8.2.6): all Via, From, To, Call-ID and `CSeq` as they came. A
    /// To without a tag gets `tag`; a response 100 leaves it alone.
    #[must_use]
    pub fn reply(&self, code: u16, reason: &str, tag: &str) -> Self {
        let mut copied = Headers::default();
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            for value in self.values(name) {
                if name == "To" && code > 100 && !has_tag(value) {
                    copied.push(name, &[value, b";tag=", tag.as_bytes()].concat());
                } else {
                    copied.push(name, value);
                }
            }
        }
        Self::from_parts(Start::Response { code, reason: reason.as_bytes().to_vec() }, copied)
    }

    /// The same with one more header at the end. Line ends in the value are taken out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value.replace(['\r', '\n'], " ").as_bytes());
        self
    }

    /// The same with another body.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// For the wire. Content-Length is counted, whatever the headers say.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = match &self.start {
            Start::Request { method, uri } => [method.as_bytes(), b" ", uri, b" SIP/2.0\r\n"].concat(),
            Start::Response { code, reason } => [format!("SIP/2.0 {code} ").as_bytes(), reason, b"\r\n"].concat(),
        };
        for (name, value) in self.headers().filter(|(name, _)| !name.eq_ignore_ascii_case("Content-Length")) {
            out.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        out.extend_from_slice(format!("Content-Length: {}\r\n\r\n", self.body.len()).as_bytes());
        out.extend_from_slice(&self.body);
        out
    }
}

/// A number written in nothing but digits.
pub(super) fn decimal(digits: &[u8]) -> Option<usize> {
    let digits = str::from_utf8(digits).ok()?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Whether a From or To value has a tag: a parameter after the address, not one inside `<>`.
fn has_tag(value: &[u8]) -> bool {
    let after = value.iter().rposition(|&b| b == b'>').map_or(0, |at| at + 1);
    split_unquoted(&value[after..], b';').skip(1).any(|parameter| {
        let name = parameter.split(|&b| b == b'=').next().unwrap_or_default();
        name.trim_ascii().eq_ignore_ascii_case(b"tag")
    })
}

/// Splits at `separator`, but not inside a quoted string (RFC 3261 25.1).
pub(super) fn split_unquoted(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value.split(move |&byte| {
        if escaped {
            escaped = false;
        } else if quoted && byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
        !quoted && byte == separator
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::datagram;
    use super::*;

    fn message(head: &str) -> Message {
        datagram(format!("{head}\r\n\r\n").as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn the_branch_is_that_of_the_topmost_via() {
        for (via, branch) in [
            ("SIP/2.0/UDP a;branch=z9hG4bKa", Some("z9hG4bKa")),
            (
                "SIP / 2.0 / UDP [2001:db8::1]:5060 ;rport=5; Branch = z9hG4bKb , SIP/2.0/UDP b;branch=c",
                Some("z9hG4bKb"),
            ),
            ("SIP/2.0/UDP a;x=\";branch=no,\";branch=yes", Some("yes")),
            ("SIP/2.0/UDP a, SIP/2.0/UDP b;branch=z9hG4bKsecond", None),
            ("", None),
        ] {
            let message = message(&format!("SIP/2.0 200 OK\r\nVia: {via}\r\nVia: SIP/2.0/UDP z;branch=z"));
            assert_eq!(message.branch(), branch.map(str::as_bytes), "{via}");
        }
    }

    #[test]
    fn cseq_is_a_number_and_a_method() {
        for (raw, number) in [
            ("7 OPTIONS", Some(7)),
            ("7\tOPTIONS", Some(7)),
            ("-7 OPTIONS", None),
            ("99999999999 OPTIONS", None),
            ("7", None),
        ] {
            let message = message(&format!("SIP/2.0 200 OK\r\nCSeq: {raw}"));
            assert_eq!(message.cseq().map(|c| c.number), number, "{raw}");
        }
    }

    #[test]
    fn retry_after_begins_with_whole_seconds() {
        for (raw, seconds) in [
            ("120", Some(120)),
            ("18000;duration=3600", Some(18_000)),
            ("5 (I'm in a meeting)", Some(5)),
            ("0", Some(0)),
            ("99999999999999999999999", None),
            ("5.5", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            let message = message(&format!("SIP/2.0 503 Busy\r\nRetry-After: {raw}"));
            assert_eq!(message.retry_after(), seconds.map(Duration::from_secs), "{raw}");
        }
    }

    #[test]
    fn several_headers_of_a_name_are_one_list() {
        let message = message("SIP/2.0 200 OK\r\nAllow: INVITE, ACK\r\nX: y\r\nallow: BYE\x1b");
        assert_eq!(message.listed("Allow").unwrap().as_str(), "INVITE, ACK, BYE\\x1b");
        assert_eq!(message.listed("Supported"), None);
    }

    #[test]
    fn a_reply_keeps_what_the_request_must_get_back() {
        let request = message(
            "OPTIONS sip:acme.example SIP/2.0\r\nv: SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/UDP b\r\n\
             f: <sip:a@b;tag=no>;tag=x\r\nt: <sip:acme.example;tag=inside>\r\ni: 1@a\r\nCSeq: 7 OPTIONS\r\nX: y",
        );
        assert_eq!(request.method(), Some(Method::Options));
        let reply = request.reply(503, "Leitung überlastet", "t1").with("Retry-After", "5\r\nX: smuggled");
        assert_eq!(
            String::from_utf8(reply.to_bytes()).unwrap(),
            "SIP/2.0 503 Leitung überlastet\r\nVia: SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/UDP b\r\n\
             From: <sip:a@b;tag=no>;tag=x\r\nTo: <sip:acme.example;tag=inside>;tag=t1\r\nCall-ID: 1@a\r\n\
             CSeq: 7 OPTIONS\r\nRetry-After: 5  X: smuggled\r\nContent-Length: 0\r\n\r\n"
        );
        assert_eq!(request.reply(100, "Trying", "t1").value("To"), request.value("To"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let request = message("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=1\r\nTo: x;tag=y");
        let reply = request.reply(200, "OK", "t").with_body(b"a\0b".to_vec());
        assert!(
            datagram(&reply.to_bytes())
                .unwrap()
                .is_some_and(|m| m.body() == b"a\0b" && m.value("to") == Some(b"x;tag=y"))
        );
    }

    #[test]
    fn an_unknown_method_is_no_error() {
        let message = message("options sip:a SIP/2.0");
        assert_eq!(message.method(), None);
        assert_eq!(message.start(), &Start::Request { method: "options".into(), uri: b"sip:a".to_vec() });
    }
}
