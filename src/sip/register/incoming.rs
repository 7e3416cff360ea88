//! What comes to a contact of ours is answered, without keeping anything of it (RFC 3261 8.2.7): whoever calls it is
//! told at once that nobody is there.

use crate::sip::outgoing::token;
use crate::sip::{Message, Start};

/// What we answer with anything but 405.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS";

/// Answers requests over one flow.
pub(super) struct Incoming {
    /// The same for each, so that a request that is sent again is answered by the same.
    tag: String,
}

impl Incoming {
    pub(super) fn new() -> Self {
        Self { tag: String::from_utf8_lossy(&token()).into_owned() }
    }

    /// The answer, where there is one.
    pub(super) fn reply(&self, message: &Message) -> Option<Vec<u8>> {
        let Start::Request { method, .. } = message.start() else { return None };
        let (code, reason) = match method.as_str() {
            "ACK" => return None,
            "OPTIONS" => (200, "OK"),
            "INVITE" => (480, "Temporarily Unavailable"),
            // There is nothing that they could end.
            "BYE" | "CANCEL" => (481, "Call/Transaction Does Not Exist"),
            _ => (405, "Method Not Allowed"),
        };
        // Without a Via nobody knows whom it is for.
        message.value("Via")?;
        let reply = message.reply(code, reason, &self.tag);
        let reply = if matches!(code, 200 | 405) { reply.with("Allow", ALLOW) } else { reply };
        Some(reply.with("Server", concat!("trunktop/", env!("CARGO_PKG_VERSION"))).to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::frame::datagram;

    #[test]
    fn each_request_has_its_answer_and_nothing_else_has_one() {
        let incoming = Incoming::new();
        let reply = |method: &str, via: &str| {
            let head = format!(
                "{method} sip:a SIP/2.0\r\n{via}From: a;tag=1\r\nTo: b\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n"
            );
            incoming.reply(&datagram(head.as_bytes()).unwrap().unwrap()).map(|bytes| datagram(&bytes).unwrap().unwrap())
        };
        let via = "Via: SIP/2.0/UDP a;branch=1\r\n";
        for (method, code) in
            [("OPTIONS", 200), ("INVITE", 480), ("BYE", 481), ("CANCEL", 481), ("MESSAGE", 405), ("REGISTER", 405)]
        {
            let answer = reply(method, via).unwrap();
            assert_eq!(answer.status().unwrap().0, code, "{method}");
            assert_eq!(answer.value("Allow").is_some(), matches!(code, 200 | 405));
            assert_eq!(reply(method, via), Some(answer), "twice the same");
        }
        assert_eq!(reply("ACK", via), None);
        assert_eq!(reply("OPTIONS", ""), None);
        let response = datagram(b"SIP/2.0 200 OK\r\nVia: a\r\n\r\n").unwrap().unwrap();
        assert_eq!(incoming.reply(&response), None);
    }
}
