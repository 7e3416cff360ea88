//! Contact lists, as a registrar returns them (RFC 3261 10.2.1 and 20.10).

use crate::model::{AccountMode, Binding, Expires, Instance, Purpose, RegisterRequest, SipUri, Text};
use crate::sip::Message;
use crate::sip::digest::unquoted;
use crate::sip::message::{decimal, split_unquoted};

/// Which binding is the one that we hold or look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sought<'a> {
    instance: Instance,
    contact: Option<&'a SipUri>,
    /// Whether the contact alone decides: it is somebody else's, and so is its instance.
    is_looked_for: bool,
}

impl<'a> Sought<'a> {
    /// By a REGISTER of ours. A contact that the account names is looked for where it is observed; where it is held it
    /// is ours as soon as we have bound it, and before that it may be anybody's.
    pub(super) fn of(request: &'a RegisterRequest, has_bound: bool) -> Self {
        let account = &request.account;
        let is_looked_for =
            account.contact.is_some() && account.mode != AccountMode::Hold && request.purpose == Purpose::Fetch;
        let contact = account.contact.as_ref().filter(|_| is_looked_for || has_bound);
        Self { instance: request.instance, contact, is_looked_for }
    }

    fn is(self, entry: &Entry<'_>) -> bool {
        let named = |contact: &SipUri| entry.sip().is_some_and(|uri| are_same(&uri, contact));
        if self.is_looked_for {
            return self.contact.is_some_and(named);
        }
        // One that is nobody in particular is not us.
        let us = self.instance != Instance::default();
        if let Some(other) = entry.instance() {
            return us && other.as_str().eq_ignore_ascii_case(&self.instance.urn());
        }
        let is_user = |uri: SipUri| uri.user.is_some_and(|user| user.as_str() == self.instance.user());
        us && entry.sip().is_some_and(is_user) || self.contact.is_some_and(named)
    }
}

/// The bindings that an answer lists, at most `most` of them, and how many there are. The one that is sought is kept
/// however many there are. A Contact with `expires=0` is one that is gone: no binding, but where it is the one that is
/// sought that is worth knowing.
pub(super) fn bindings(message: &Message, sought: Sought<'_>, most: usize) -> (Vec<Binding>, usize) {
    let otherwise = message.value("Expires").and_then(seconds);
    let (mut kept, mut listed) = (Vec::new(), 0);
    for entry in entries(message) {
        let own = entry.parameter("expires").and_then(|value| seconds(&unquoted(value)?));
        let ours = sought.is(&entry);
        if own.is_some_and(|expires| expires.seconds() == 0) && !ours {
            continue;
        }
        listed += 1;
        if kept.len() >= most {
            // What another has to make room for is not lost: it is counted.
            let other = kept.iter().rposition(|binding: &Binding| !binding.ours).filter(|_| ours);
            let Some(other) = other else { continue };
            kept.remove(other);
        }
        kept.push(Binding {
            contact: Text::from_wire(entry.uri),
            expires: own.or(otherwise),
            ours,
            instance: entry.instance(),
            gruu: entry.text("pub-gruu"),
        });
    }
    (kept, listed)
}

/// The SIP URIs that an answer lists, at most `most`.
pub(super) fn uris(message: &Message, most: usize) -> Vec<SipUri> {
    entries(message).filter_map(|entry| entry.sip()).take(most).collect()
}

/// Digits up to 2^32-1; what else a registrar writes says nothing (RFC 3261 20.19).
pub(super) fn seconds(value: &[u8]) -> Option<Expires> {
    let number = decimal(value).filter(|_| !value.is_empty())?;
    u32::try_from(number).ok().map(Expires::new)
}

/// One of a list.
struct Entry<'a> {
    uri: &'a [u8],
    /// With their names.
    parameters: Vec<(&'a [u8], &'a [u8])>,
}

fn entries(message: &Message) -> impl Iterator<Item = Entry<'_>> {
    let pieces = message.values("Contact").flat_map(split_list).map(<[u8]>::trim_ascii);
    // What is sent to a registrar for all bindings is no binding itself.
    pieces.filter(|piece| !piece.is_empty() && *piece != b"*").map(Entry::read)
}

impl<'a> Entry<'a> {
    /// One that cannot be read is its own text: somebody is bound there, whoever it is.
    fn read(piece: &'a [u8]) -> Self {
        let (uri, rest) = match angles(piece) {
            Some((uri, rest)) => (uri, rest),
            // Without angles every parameter is the header's (RFC 3261 20.10).
            None => piece.split_at(piece.iter().position(|&b| b == b';').unwrap_or(piece.len())),
        };
        let parameters = split_unquoted(rest, b';').skip(1).map(|parameter| {
            let at = parameter.iter().position(|&b| b == b'=').unwrap_or(parameter.len());
            (parameter[..at].trim_ascii(), parameter.get(at + 1..).unwrap_or_default().trim_ascii())
        });
        Self { uri: uri.trim_ascii(), parameters: parameters.collect() }
    }

    fn parameter(&self, name: &str) -> Option<&'a [u8]> {
        let known = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
        known.map(|&(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<Text> {
        let value = unquoted(self.parameter(name)?)?;
        (!value.is_empty()).then(|| Text::from_wire(&value))
    }

    /// Without the angles that RFC 5626 4.1 puts around it.
    fn instance(&self) -> Option<Text> {
        let text = self.text("+sip.instance")?;
        let bare = text.as_str().trim_matches(['<', '>']);
        (!bare.is_empty()).then(|| Text::new(bare))
    }

    fn sip(&self) -> Option<SipUri> {
        let uri = str::from_utf8(self.uri).ok()?;
        // A bare host is what people type, and no URI.
        uri.contains(':').then(|| uri.parse().ok())?
    }
}

/// What is in angles, and what is behind them; quotes before them may hold any.
fn angles(piece: &[u8]) -> Option<(&[u8], &[u8])> {
    let begins = unquoted_position(piece, b'<')?;
    let inside = &piece[begins + 1..];
    let ends = inside.iter().position(|&b| b == b'>')?;
    Some((&inside[..ends], &inside[ends + 1..]))
}

fn unquoted_position(text: &[u8], byte: u8) -> Option<usize> {
    split_unquoted(text, byte).next().map(<[u8]>::len).filter(|&at| at < text.len())
}

/// Splits at commas, but neither in a quoted string nor in angles: a user part may hold them (RFC 3261 25.1).
fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped, mut angled) = (false, false, false);
    value.split(move |&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if !angled => quoted = !quoted,
            b'<' if !quoted => angled = true,
            b'>' if !quoted => angled = false,
            _ => {}
        }
        !quoted && !angled && byte == b','
    })
}

/// RFC 3261 19.1.4, as far as a [`SipUri`] holds what it compares: an escaped character is the character, and a port or
/// a transport that one has and the other has not makes them two.
fn are_same(one: &SipUri, other: &SipUri) -> bool {
    let user = |uri: &SipUri| uri.user.as_ref().map(|user| unescaped(user.as_str()));
    let rest = |uri: &SipUri| SipUri { user: None, ..uri.clone() };
    user(one) == user(other) && rest(one) == rest(other)
}

fn unescaped(user: &str) -> Vec<u8> {
    let mut bytes = user.as_bytes().iter();
    let mut plain = Vec::with_capacity(user.len());
    while let Some(&byte) = bytes.next() {
        let escape = bytes.as_slice().get(..2).filter(|_| byte == b'%');
        let value = escape.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
        match value {
            Some(value) => {
                plain.push(value);
                bytes.nth(1);
            }
            None => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
