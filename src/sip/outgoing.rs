//! A request of ours, and which answers are its own.

use std::{array, iter};

use super::Message;

/// What a branch begins with (RFC 3261 8.1.1.7).
pub(super) const MAGIC: &str = "z9hG4bK";

/// Where a token goes in the text of a request. No URI and no setting has it.
pub(super) const HOLE: &str = "\0";

/// 128 random bits in hexadecimal digits: a branch, a tag or a Call-ID that nobody else has (RFC 3261 8.1.1.7, 19.3).
pub(super) type Token = [u8; 32];

/// One request, ready to be sent, and sent again as it is.
pub(super) struct Outgoing {
    /// Of the branch all but its beginning.
    branch: Token,
    number: u32,
    method: &'static str,
    bytes: Vec<u8>,
}

impl Outgoing {
    /// From its text, with a hole for each token, the branch first, and what its `CSeq` holds.
    pub(super) fn fill(text: &str, number: u32, method: &'static str) -> Self {
        let branch = token();
        let mut bytes = Vec::with_capacity(text.len() + 3 * branch.len());
        let mut pieces = text.split(HOLE);
        bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
        for (token, piece) in iter::once(branch).chain(iter::repeat_with(token)).zip(pieces) {
            bytes.extend_from_slice(&token);
            bytes.extend_from_slice(piece.as_bytes());
        }
        Self { branch, number, method, bytes }
    }

    /// For the wire.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this is a response to this very request: by the branch of its topmost Via, and by its
    /// `CSeq` (RFC 3261 17.1.3).
    pub(super) fn is_answered_by(&self, message: &Message) -> bool {
        message.is_response()
            && message.branch().is_some_and(|branch| self.is_branch(branch))
            && message.cseq().is_some_and(|cseq| cseq.number == self.number && cseq.method == self.method.as_bytes())
    }

    fn is_branch(&self, branch: &[u8]) -> bool {
        branch.split_at_checked(MAGIC.len()).is_some_and(|(magic, token)| {
            magic.eq_ignore_ascii_case(MAGIC.as_bytes()) && token.eq_ignore_ascii_case(&self.branch)
        })
    }
}

/// One that nobody else has.
pub(super) fn token() -> Token {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let random: [u8; 16] = rand::random();
    array::from_fn(|at| {
        let byte = random[at / 2];
        DIGITS[usize::from(if at % 2 == 0 { byte >> 4 } else { byte & 15 })]
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::datagram;
    use super::*;

    fn options() -> (Outgoing, Message) {
        let text =
            format!("OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch={MAGIC}{HOLE}\r\nCSeq: 1 OPTIONS\r\n\r\n");
        let options = Outgoing::fill(&text, 1, "OPTIONS");
        let message = datagram(options.bytes()).unwrap().unwrap();
        (options, message)
    }

    #[test]
    fn only_its_own_answers_are_taken() {
        let (options, request) = self::options();
        let (_, other) = self::options();
        let reply = request.reply(200, "OK", "t");
        assert!(options.is_answered_by(&reply));
        assert!(!options.is_answered_by(&request));
        assert!(!options.is_answered_by(&other.reply(200, "OK", "t")));
        let text = String::from_utf8(reply.to_bytes()).unwrap();
        for (was, is) in [("1 OPTIONS", "2 OPTIONS"), ("1 OPTIONS", "1 INVITE")] {
            let wrong = datagram(text.replace(was, is).as_bytes()).unwrap().unwrap();
            assert!(!options.is_answered_by(&wrong), "{is}");
        }
    }

    #[test]
    fn no_two_are_alike() {
        let (one, _) = options();
        let (two, _) = options();
        assert_ne!(one.branch, two.branch);
    }
}
