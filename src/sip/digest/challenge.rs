//! Challenges, as registrars and proxies write them (RFC 7616 3.3, RFC 3261 20.27 and 20.44).

use thiserror::Error;

use super::algorithm::Algorithm;
use crate::model::Text;
use crate::sip::Message;
use crate::sip::message::split_unquoted;

/// The most challenges that are read of one answer.
const MOST: usize = 16;

/// The longest value, in bytes: all of it comes back in our next request.
const LONGEST: usize = 2048;

/// A challenge that can be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sip) struct Challenge {
    pub(in crate::sip) realm: String,
    pub(in crate::sip) nonce: String,
    /// Goes back as it came.
    pub(super) opaque: Option<String>,
    pub(in crate::sip) algorithm: Algorithm,
    /// Whether it named the algorithm. Who named none may know of no such parameter.
    pub(super) names_algorithm: bool,
    /// None: that of RFC 2069, without a count.
    pub(in crate::sip) qop: Option<Qop>,
    /// Only the nonce was refused, and not the password.
    pub(in crate::sip) stale: bool,
}

/// What the digest protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sip) enum Qop {
    /// Method and URI.
    Auth,
    /// The body, too.
    AuthInt,
}

impl Qop {
    /// Its name.
    pub(in crate::sip) const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// Why a challenge cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(in crate::sip) enum Unmet {
    #[error("the challenge has no {0}")]
    Missing(&'static str),
    #[error("the challenge's {0} is not quoted as RFC 3261 25.1 wants it")]
    Quoting(Text),
    #[error("the challenge says {0} twice, and not the same")]
    Twice(Text),
    #[error("the challenge's {0} has {1} bytes; more than {LONGEST} are not sent back")]
    Long(Text, usize),
    #[error("the challenge's {0} holds what no header may")]
    Characters(Text),
    #[error("the challenge wants algorithm '{0}', which trunktop does not know")]
    Algorithm(Text),
    #[error("the challenge wants qop '{0}', which trunktop does not know")]
    Qop(Text),
    #[error("the challenge wants {0} without qop, which RFC 7616 3.4.2 does not define")]
    Session(&'static str),
    #[error("the challenge is of scheme '{0}', not Digest")]
    Scheme(Text),
}

/// All challenges of this header, in their order: several may stand in one, or each in its own (RFC 3261 7.3.1).
pub(in crate::sip) fn challenges(message: &Message, header: &str) -> Vec<Result<Challenge, Unmet>> {
    let mut found: Vec<Parts<'_>> = Vec::new();
    for value in message.values(header) {
        // A scheme does not reach from one header into the next.
        let mut first = true;
        for piece in split_unquoted(value, b',').map(<[u8]>::trim_ascii).filter(|piece| !piece.is_empty()) {
            let (scheme, parameter) = scheme(piece, first);
            if let Some(scheme) = scheme {
                if found.len() == MOST {
                    break;
                }
                found.push(Parts { scheme, parameters: Vec::new() });
            }
            if let Some(parts) = found.last_mut().filter(|_| scheme.is_some() || !first) {
                parts.parameters.extend(parameter.and_then(split));
            }
            first = false;
        }
    }
    found.into_iter().map(Parts::read).collect()
}

/// The nonce that the next request is to go with (`nextnonce`, RFC 7616 3.5), where this header names one.
pub(in crate::sip) fn next_nonce(message: &Message, header: &str) -> Option<String> {
    let parameters = message.values(header).flat_map(|value| split_unquoted(value, b',')).filter_map(split).collect();
    let parts = Parts { scheme: b"", parameters };
    parts.text("nextnonce").ok()?.filter(|nonce| !nonce.is_empty())
}

/// A challenge before it is understood.
struct Parts<'a> {
    scheme: &'a [u8],
    parameters: Vec<(&'a [u8], &'a [u8])>,
}

/// `Digest realm="a"` begins a challenge, `realm="a"` goes on with one. A word alone is a scheme where it comes first,
/// and nothing anywhere else.
fn scheme(piece: &[u8], first: bool) -> (Option<&[u8]>, Option<&[u8]>) {
    let head = &piece[..piece.iter().position(|&b| b == b'=').unwrap_or(piece.len())];
    match head.trim_ascii_end().iter().position(u8::is_ascii_whitespace) {
        Some(at) => (Some(&piece[..at]), Some(piece[at..].trim_ascii())),
        None if first && head.len() == piece.len() => (Some(piece), None),
        None => (None, Some(piece)),
    }
}

fn split(parameter: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = parameter.iter().position(|&b| b == b'=')?;
    Some((parameter[..at].trim_ascii(), parameter[at + 1..].trim_ascii()))
}

impl<'a> Parts<'a> {
    fn read(self) -> Result<Challenge, Unmet> {
        if !self.scheme.eq_ignore_ascii_case(b"Digest") {
            return Err(Unmet::Scheme(Text::from_wire(self.scheme)));
        }
        let realm = self.text("realm")?.ok_or(Unmet::Missing("realm"))?;
        let nonce = self.text("nonce")?.filter(|nonce| !nonce.is_empty()).ok_or(Unmet::Missing("nonce"))?;
        let algorithm = self.text("algorithm")?.filter(|name| !name.is_empty());
        let names_algorithm = algorithm.is_some();
        let algorithm = algorithm.map_or(Ok(Algorithm::USUAL), |name| {
            Algorithm::named(&name).ok_or_else(|| Unmet::Algorithm(Text::new(&name)))
        })?;
        let qop = qop(&self.text("qop")?.unwrap_or_default())?;
        if algorithm.session && qop.is_none() {
            return Err(Unmet::Session(algorithm.name()));
        }
        let stale = self.text("stale")?.is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
        Ok(Challenge { realm, nonce, opaque: self.text("opaque")?, algorithm, names_algorithm, qop, stale })
    }

    /// The value of a parameter, out of its quotes. One that is said twice must say the same.
    fn text(&self, name: &'static str) -> Result<Option<String>, Unmet> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.any(|other| other != value) {
            return Err(Unmet::Twice(name.into()));
        }
        if value.len() > LONGEST {
            return Err(Unmet::Long(name.into(), value.len()));
        }
        let value = unquoted(value).ok_or_else(|| Unmet::Quoting(name.into()))?;
        match String::from_utf8(value) {
            Ok(text) if !text.chars().any(char::is_control) => Ok(Some(text)),
            _ => Err(Unmet::Characters(name.into())),
        }
    }

    fn values(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> + '_ {
        let is_it = move |known: &[u8]| known.eq_ignore_ascii_case(name.as_bytes());
        self.parameters.iter().filter(move |(known, _)| is_it(known)).map(|&(_, value)| value)
    }
}

/// Out of its quotes, and without escapes; a token stays as it is. None where a quote is missing or one too many.
pub(in crate::sip) fn unquoted(value: &[u8]) -> Option<Vec<u8>> {
    let Some(rest) = value.strip_prefix(b"\"") else {
        let is_word = !value.iter().any(|&b| b == b'"' || b.is_ascii_whitespace());
        return is_word.then(|| value.to_vec());
    };
    let mut text = Vec::with_capacity(rest.len());
    let mut bytes = rest.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => text.push(*bytes.next()?),
            b'"' => return bytes.as_slice().is_empty().then_some(text),
            _ => text.push(byte),
        }
    }
    None
}

/// `auth` where it is offered, since others may change a body that we do not have. An empty list offers nothing, which
/// is read as no list at all.
fn qop(list: &str) -> Result<Option<Qop>, Unmet> {
    let offered: Vec<&str> = list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let offers = |qop: Qop| offered.iter().any(|word| word.eq_ignore_ascii_case(qop.name()));
    let known = [Qop::Auth, Qop::AuthInt].into_iter().find(|&qop| offers(qop));
    if known.is_none() && !offered.is_empty() { Err(Unmet::Qop(Text::new(list))) } else { Ok(known) }
}
