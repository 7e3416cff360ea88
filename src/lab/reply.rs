//! What a host of the lab says to a request.
//!
//! It is a stateless user agent server (RFC 3261 8.2.7): 200 to OPTIONS, 405 to everything else, unless it
//! has been told to misbehave. What a REGISTER gets is its registrar's business, where it has one.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::SocketAddr;

use super::registrar::Registrar;
use super::responder::Behaviour;
use crate::sip::{Message, Start};

/// The product that the lab pretends to be.
const SERVER: &str = "lab-sbc/1.0";

/// What is no SIP, in the middle of a SIP port.
const GARBAGE: &[u8] = b"220 lab-sbc ESMTP ready\r\n\r\n";

/// Headers that every request has (RFC 3261 8.1.1).
const MANDATORY: [&str; 5] = ["Via", "From", "To", "Call-ID", "CSeq"];

/// The octets to send back; none where nothing is said.
pub(super) fn reply(
    request: &Message,
    source: SocketAddr,
    behaviour: Behaviour,
    registrar: Option<&Registrar>,
) -> Option<Vec<u8>> {
    let Start::Request { method, .. } = request.start() else { return None };
    let via = request.value("Via")?;
    if method == "ACK" {
        return None;
    }
    let said = |code, reason: &str| request.reply(code, reason, &tag(request)).with("Server", SERVER);
    let allow = if registrar.is_some() { "OPTIONS, REGISTER" } else { "OPTIONS" };
    let response = match behaviour {
        Behaviour::Silent | Behaviour::Refuse => return None,
        Behaviour::Garbage => return Some(GARBAGE.to_vec()),
        Behaviour::Trying => said(100, "Trying"),
        Behaviour::Status(code, reason) => said(code, reason),
        Behaviour::Busy(seconds) => said(503, "Service Unavailable").with("Retry-After", &seconds.to_string()),
        Behaviour::Drain if method != "OPTIONS" => said(503, "Draining"),
        Behaviour::Answer
        | Behaviour::Drain
        | Behaviour::Slow(_)
        | Behaviour::Lossy(_)
        | Behaviour::Again
        | Behaviour::Elsewhere
        | Behaviour::Clear => {
            if let Some(missing) = MANDATORY.into_iter().find(|name| request.value(name).is_none()) {
                said(400, &format!("Missing {missing}"))
            } else if method == "OPTIONS" {
                said(200, "OK").with("Allow", allow).with("Accept", "application/sdp")
            } else if let Some(registrar) = registrar.filter(|_| method == "REGISTER") {
                registrar.answer(request, source, &said)?
            } else {
                said(405, "Method Not Allowed").with("Allow", allow)
            }
        }
    };
    Some(with_source(&response.to_bytes(), via, source))
}

/// Whereto a response over UDP goes (RFC 3261 18.2.2, RFC 3581 4): the source address; its port where the
/// Via has `rport`, else the port of the Via, else 5060.
pub(super) fn way_back(request: &Message, source: SocketAddr) -> SocketAddr {
    let top = topmost(request.value("Via").unwrap_or_default());
    let mut parts = top.split(';').map(str::trim);
    let sent_by = parts.next().and_then(|first| first.split_whitespace().next_back()).unwrap_or_default();
    if parts.any(is_rport) {
        return source;
    }
    let after_literal = sent_by.rsplit(']').next().unwrap_or_default();
    let port = after_literal.split_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(5060);
    SocketAddr::new(source.ip(), port)
}

/// Fills in `received` and `rport` of the topmost Via (RFC 3261 18.2.1, RFC 3581 4).
fn with_source(response: &[u8], via: &[u8], source: SocketAddr) -> Vec<u8> {
    let top = topmost(via);
    let kept = top.split(';').map(str::trim).filter(|part| !is_rport(part) && !is_named(part, "received"));
    let mut parts: Vec<String> = kept.map(str::to_owned).collect();
    if top.split(';').skip(1).any(is_rport) {
        parts.push(format!("rport={}", source.port()));
    }
    parts.push(format!("received={}", source.ip()));
    let filled = parts.join(";");
    let Some(at) = response.windows(via.len()).position(|window| window == via) else { return response.to_vec() };
    [&response[..at], filled.as_bytes(), &response[at + top.len()..]].concat()
}

/// The first of the values that a Via header may hold; empty where it is not UTF-8.
fn topmost(via: &[u8]) -> &str {
    str::from_utf8(via).unwrap_or_default().split(',').next().unwrap_or_default()
}

fn is_rport(parameter: &str) -> bool {
    is_named(parameter, "rport")
}

fn is_named(parameter: &str, name: &str) -> bool {
    parameter.split('=').next().is_some_and(|found| found.trim().eq_ignore_ascii_case(name))
}

/// The same for the same request, as a stateless server must have it (RFC 3261 8.2.7).
fn tag(request: &Message) -> String {
    let mut hasher = DefaultHasher::new();
    (request.branch(), request.value("Call-ID"), request.value("CSeq")).hash(&mut hasher);
    format!("{:x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::frame::datagram;

    const REST: &str = "From: <sip:a@b>;tag=1\r\nTo: <sip:c>\r\nCall-ID: x\r\nCSeq: 7 OPTIONS\r\n\r\n";

    fn request(start: &str, via: &str) -> Message {
        datagram(format!("{start}\r\nVia: {via}\r\n{REST}").as_bytes()).unwrap().unwrap()
    }

    fn said(request: &Message, behaviour: Behaviour) -> String {
        String::from_utf8(reply(request, "127.0.0.1:4444".parse().unwrap(), behaviour, None).unwrap()).unwrap()
    }

    #[test]
    fn options_gets_all_that_a_response_needs() {
        let options = request("OPTIONS sip:c SIP/2.0", "SIP/2.0/UDP h:5070;rport;branch=z9hG4bKx, SIP/2.0/UDP i");
        let answer = said(&options, Behaviour::Answer);
        let lines: Vec<&str> = answer.split("\r\n").collect();
        assert_eq!(lines[0], "SIP/2.0 200 OK");
        assert_eq!(lines[1], "Via: SIP/2.0/UDP h:5070;branch=z9hG4bKx;rport=4444;received=127.0.0.1, SIP/2.0/UDP i");
        assert_eq!(lines[2], "From: <sip:a@b>;tag=1");
        assert!(lines[3].starts_with("To: <sip:c>;tag="), "{answer}");
        assert_eq!(lines[4..6], ["Call-ID: x", "CSeq: 7 OPTIONS"]);
        assert!(lines.contains(&"Server: lab-sbc/1.0") && lines.contains(&"Content-Length: 0"), "{answer}");
        assert_eq!(answer, said(&options, Behaviour::Answer), "the same request gets the same answer");
    }

    #[test]
    fn everything_else_is_refused_or_left_alone() {
        let via = "SIP/2.0/UDP h;branch=z9hG4bKx";
        assert!(said(&request("INVITE sip:c SIP/2.0", via), Behaviour::Answer).starts_with("SIP/2.0 405 "));
        let source = "127.0.0.1:4444".parse().unwrap();
        for start in ["ACK sip:c SIP/2.0", "SIP/2.0 200 OK"] {
            assert_eq!(reply(&request(start, via), source, Behaviour::Answer, None), None);
        }
        let bare = datagram(format!("OPTIONS sip:c SIP/2.0\r\nVia: {via}\r\n\r\n").as_bytes()).unwrap().unwrap();
        assert!(said(&bare, Behaviour::Answer).starts_with("SIP/2.0 400 Missing From\r\n"));
    }

    #[test]
    fn misbehaviour_is_to_order() {
        let options = request("OPTIONS sip:c SIP/2.0", "SIP/2.0/UDP h;branch=z9hG4bKx");
        assert!(said(&options, Behaviour::Status(404, "Not Found")).starts_with("SIP/2.0 404 Not Found\r\n"));
        let busy = said(&options, Behaviour::Busy(30));
        assert!(busy.starts_with("SIP/2.0 503 Service Unavailable\r\n") && busy.contains("\r\nRetry-After: 30\r\n"));
        assert!(said(&options, Behaviour::Trying).starts_with("SIP/2.0 100 Trying\r\n"));
        assert!(datagram(said(&options, Behaviour::Garbage).as_bytes()).is_err());
        assert_eq!(reply(&options, "127.0.0.1:1".parse().unwrap(), Behaviour::Silent, None), None);
    }

    #[test]
    fn a_host_that_is_drained_answers_options_and_takes_no_call() {
        let via = "SIP/2.0/UDP h;branch=z9hG4bKx";
        for (method, start) in [("OPTIONS", "SIP/2.0 200 "), ("INVITE", "SIP/2.0 503 "), ("REGISTER", "SIP/2.0 503 ")] {
            let said = said(&request(&format!("{method} sip:c SIP/2.0"), via), Behaviour::Drain);
            assert!(said.starts_with(start), "{method}: {said}");
        }
    }

    #[test]
    fn a_response_goes_where_the_via_says() {
        for (via, to) in [
            ("SIP/2.0/UDP h:5070;rport;branch=x", "127.0.0.1:4444"),
            ("SIP/2.0/UDP h:5070;branch=x", "127.0.0.1:5070"),
            ("SIP/2.0/UDP [2001:db8::1]:5071;branch=x", "127.0.0.1:5071"),
            ("SIP/2.0/UDP [2001:db8::1];branch=x", "127.0.0.1:5060"),
            ("SIP/2.0/UDP h", "127.0.0.1:5060"),
        ] {
            let to: SocketAddr = to.parse().unwrap();
            assert_eq!(
                way_back(&request("OPTIONS sip:c SIP/2.0", via), "127.0.0.1:4444".parse().unwrap()),
                to,
                "{via}"
            );
        }
    }
}
