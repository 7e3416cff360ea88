//! Whether credentials are right (RFC 7616 3.4). It is written for the lab alone, so that it and who sends them prove
//! each other.

use std::collections::BTreeMap;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

use super::contact::outside_quotes;
use super::plan::{Algorithm, Qop};

/// What stands in quotes (RFC 7616 3.4); what is not named here does not.
const QUOTED: [&str; 7] = ["username", "realm", "nonce", "uri", "response", "cnonce", "opaque"];

/// An Authorization header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Credentials(BTreeMap<String, String>);

impl Credentials {
    /// None where it is no digest, or is not written as it has to be.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let (scheme, rest) = str::from_utf8(value).ok()?.trim().split_once(char::is_whitespace)?;
        let mut fields = BTreeMap::new();
        for field in outside_quotes(rest, ',') {
            let (name, raw) = field.split_once('=')?;
            let (name, raw) = (name.trim().to_ascii_lowercase(), raw.trim());
            let value = if QUOTED.contains(&name.as_str()) { unquote(raw)? } else { token(raw)? };
            if fields.insert(name, value).is_some() {
                return None;
            }
        }
        scheme.eq_ignore_ascii_case("Digest").then_some(Self(fields))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The algorithm; MD5 where none is named (RFC 7616 3.3). None where it is not known.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        let Some(named) = self.get("algorithm") else { return Some(Algorithm::Md5) };
        Algorithm::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(named))
    }

    /// How many requests the client says that it has sent with this nonce: eight hexadecimal digits.
    pub(super) fn count(&self) -> Option<u32> {
        let digits = self.get("nc")?;
        let lower = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (digits.len() == 8 && lower).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// Whether what is chosen of what is offered is complete.
    pub(super) fn fits(&self, offered: Qop) -> bool {
        let rest = self.count().is_some() && self.get("cnonce").is_some_and(|nonce| !nonce.is_empty());
        match (offered, self.get("qop")) {
            (Qop::Absent, None) => self.get("nc").is_none(),
            (Qop::Auth | Qop::Both, Some("auth")) | (Qop::Both, Some("auth-int")) => rest,
            _ => false,
        }
    }

    /// Whether the response is the one of who knows this password.
    pub(super) fn are_of(&self, password: &str, method: &str, body: &[u8]) -> bool {
        self.get("response").is_some_and(|response| Some(response) == self.response(password, method, body).as_deref())
    }

    fn response(&self, password: &str, method: &str, body: &[u8]) -> Option<String> {
        let algorithm = self.algorithm()?;
        let hash = |text: &str| hex(algorithm, text.as_bytes());
        let [user, realm, nonce, uri] =
            [self.get("username")?, self.get("realm")?, self.get("nonce")?, self.get("uri")?];
        let mut secret = hash(&format!("{user}:{realm}:{password}"));
        if matches!(algorithm, Algorithm::Md5Sess | Algorithm::Sha256Sess) {
            secret = hash(&format!("{secret}:{nonce}:{}", self.get("cnonce")?));
        }
        let request = match self.get("qop") {
            Some("auth-int") => hash(&format!("{method}:{uri}:{}", hex(algorithm, body))),
            _ => hash(&format!("{method}:{uri}")),
        };
        Some(match self.get("qop") {
            None => hash(&format!("{secret}:{nonce}:{request}")),
            Some(qop) => {
                let (count, ours) = (self.get("nc")?, self.get("cnonce")?);
                hash(&format!("{secret}:{nonce}:{count}:{ours}:{qop}:{request}"))
            }
        })
    }
}

/// In lower case, as a response has to be (RFC 7616 3.4.1).
fn hex(algorithm: Algorithm, octets: &[u8]) -> String {
    fn digits<D: Digest>(octets: &[u8]) -> String {
        let mut text = String::new();
        for octet in D::digest(octets) {
            text.push_str(&format!("{octet:02x}"));
        }
        text
    }
    match algorithm {
        Algorithm::Md5 | Algorithm::Md5Sess => digits::<Md5>(octets),
        Algorithm::Sha256 | Algorithm::Sha256Sess => digits::<Sha256>(octets),
        Algorithm::Sha512 => digits::<Sha512_256>(octets),
    }
}

/// What a quoted string says (RFC 3261 25.1).
fn unquote(raw: &str) -> Option<String> {
    let inside = raw.strip_prefix('"')?.strip_suffix('"')?;
    let mut said = String::new();
    let mut rest = inside.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => said.push(rest.next()?),
            '"' => return None,
            c => said.push(c),
        }
    }
    Some(said)
}

/// A string in quotes.
pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn token(raw: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    (!raw.is_empty() && raw.chars().all(fits)).then(|| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7616 3.9.1 and RFC 2617 3.5.
    #[test]
    fn the_examples_of_the_rfcs_are_right() {
        let rest = "username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", nc=00000001, \
            nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", qop=auth, \
            cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"";
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let written = format!("Digest {rest}, algorithm={algorithm}, response=\"{response}\"");
            let credentials = Credentials::read(written.as_bytes()).unwrap();
            assert!(credentials.are_of("Circle of Life", "GET", b""), "{algorithm}");
            assert!(credentials.fits(Qop::Auth) && credentials.fits(Qop::Both) && !credentials.fits(Qop::Absent));
            for (password, method) in [("circle of life", "GET"), ("Circle of Life", "PUT")] {
                assert!(!credentials.are_of(password, method, b""), "{password} {method}");
            }
        }
        let older = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", \
            uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", \
            response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
        assert!(Credentials::read(older.as_bytes()).unwrap().are_of("Circle Of Life", "GET", b""));
    }

    #[test]
    fn what_is_not_written_as_it_has_to_be_is_not_taken() {
        for bad in [
            "Basic QWxhZGRpbg==",
            "Digest username=bob",
            "Digest username=\"bob",
            "Digest nc=\"00000001\"",
            "Digest qop=\"auth\"",
            "Digest algorithm=\"MD5\"",
            "Digest nonce=\"1\", nonce=\"2\"",
            "Digest",
            "Digest username",
        ] {
            assert_eq!(Credentials::read(bad.as_bytes()), None, "{bad}");
        }
        let count = |nc: &str| Credentials::read(format!("Digest nc={nc}").as_bytes()).and_then(|c| c.count());
        assert_eq!(
            ["00000010", "0000000a", "0000000A", "1", "0x000001"].map(count),
            [Some(16), Some(10), None, None, None]
        );
    }

    #[test]
    fn quotes_are_taken_off_as_they_are_put_on() {
        let said = "a \"b\" \\ c, d";
        assert_eq!(unquote(&quote(said)).as_deref(), Some(said));
        let read = Credentials::read(format!("Digest username={}, qop=auth", quote(said)).as_bytes()).unwrap();
        assert_eq!((read.get("username"), read.get("qop")), (Some(said), Some("auth")));
    }
}
