//! The REGISTER that is sent (RFC 3261 10.2, RFC 5626 4.2).

use std::net::SocketAddr;

use rsip::headers::{
    Allow, CSeq, CallId, Contact, ContentLength, From, MaxForwards, Supported, To, UntypedHeader, UserAgent, Via,
};
use rsip::{Header, Method, Request, Uri, Version};

use super::incoming::ALLOW;
use crate::model::{Expires, Instance, Purpose, RegisterRequest, SipUri, Transport};
use crate::sip::options::{host_port, request_uri};
use crate::sip::outgoing::{HOLE, MAGIC, Outgoing};

/// What a header is sent as where it holds what nobody is to read.
const HIDDEN: &str = "(not kept)";

/// What is hidden of each message: what is made of a password.
const SECRET: [&str; 4] = ["Authorization", "Proxy-Authorization", "Authentication-Info", "Proxy-Authentication-Info"];

/// All of a REGISTER but its number and its credentials.
pub(super) struct Draft<'a> {
    pub(super) request: &'a RegisterRequest,
    /// Where it leaves from.
    pub(super) here: SocketAddr,
    pub(super) call_id: &'a str,
    /// Of From.
    pub(super) tag: &'a str,
    /// How long a binding is asked for: by [`Purpose::Bind`], or more where the registrar wants it so.
    pub(super) expires: Expires,
    /// What was bound last, if that is not what would be bound now: it goes, or is removed instead.
    pub(super) bound: Option<&'a str>,
    /// Whether outbound may be offered (RFC 5626 4.2).
    pub(super) outbound: bool,
}

impl Draft<'_> {
    /// The Request-URI: the domain alone (RFC 3261 10.2), and its port, should the trunk dial one.
    pub(super) fn uri(request: &RegisterRequest) -> Uri {
        request_uri(&SipUri { user: None, transport: None, maddr: None, ..request.uri.clone() })
    }

    /// The URI that is bound: the one of the account, or our own, which leads to the flow that it leaves by.
    pub(super) fn contact(request: &RegisterRequest, here: SocketAddr) -> String {
        if let Some(contact) = &request.account.contact {
            return request_uri(contact).to_string();
        }
        let (scheme, transport) = (request.uri.scheme, request.endpoint.transport);
        // There is no transport "wss": the scheme tells it from "ws" (RFC 7118 5.2.3).
        let over = if transport == Transport::Wss { Transport::Ws } else { transport };
        format!("{scheme}:{}@{};transport={over}", request.instance.user(), host_port(here))
    }

    /// One to be sent, with these credentials: the header and the value of each.
    pub(super) fn outgoing(&self, number: u32, credentials: &[(&'static str, String)]) -> Outgoing {
        let request = self.request;
        let record = request_uri(&request.account.record(&request.uri));
        let sent_by =
            format!("SIP/2.0/{} {}", request.endpoint.transport.as_str().to_ascii_uppercase(), host_port(self.here));
        let mut headers: Vec<Header> = vec![
            Via::new(format!("{sent_by};rport;branch={MAGIC}{HOLE}")).into(),
            MaxForwards::new("70").into(),
            From::new(format!("<{record}>;tag={}", self.tag)).into(),
            To::new(format!("<{record}>")).into(),
            CallId::new(self.call_id).into(),
            CSeq::new(format!("{number} {}", Method::Register)).into(),
        ];
        headers.extend(self.contacts().map(|contact| Contact::new(contact).into()));
        if let Some(expires) = self.asked() {
            headers.push(rsip::headers::Expires::new(expires.to_string()).into());
        }
        let supported = if self.offers_outbound() { "path, outbound, gruu" } else { "path, gruu" };
        headers.push(Supported::new(supported).into());
        headers.push(Allow::new(ALLOW).into());
        headers.push(UserAgent::new(concat!("trunktop/", env!("CARGO_PKG_VERSION"))).into());
        headers.extend(credentials.iter().map(|(name, value)| Header::Other((*name).into(), value.clone())));
        headers.push(ContentLength::new("0").into());
        let written = Request {
            method: Method::Register,
            uri: Self::uri(request),
            version: Version::V2,
            headers: headers.into(),
            body: Vec::new(),
        };
        Outgoing::fill(&written.to_string(), number, "REGISTER")
    }

    /// How long is asked for; none where nothing is bound.
    fn asked(&self) -> Option<Expires> {
        match self.request.purpose {
            Purpose::Fetch => None,
            Purpose::Bind(_) => Some(self.expires),
            Purpose::Remove => Some(Expires::new(0)),
        }
    }

    /// What is to be bound, then what was and is not any more. Never `*`: others may be bound, too.
    fn contacts(&self) -> impl Iterator<Item = String> {
        let now = Self::contact(self.request, self.here);
        let (first, second) = match self.request.purpose {
            Purpose::Fetch => (None, None),
            Purpose::Bind(_) => {
                // Where the registrar knows the flow by its number it has no other (RFC 5626 6).
                let before = self.bound.filter(|&bound| bound != now && !self.offers_outbound());
                (Some(self.with_parameters(&now, self.expires)), before.map(|uri| format!("<{uri}>;expires=0")))
            }
            Purpose::Remove => (Some(self.with_parameters(self.bound.unwrap_or(&now), Expires::new(0))), None),
        };
        first.into_iter().chain(second)
    }

    fn with_parameters(&self, uri: &str, expires: Expires) -> String {
        let instance = match self.request.instance {
            nobody if nobody == Instance::default() => String::new(),
            instance => format!(";+sip.instance=\"<{}>\"", instance.urn()),
        };
        let flow = if self.offers_outbound() { ";reg-id=1" } else { "" };
        format!("<{uri}>{instance}{flow};expires={expires}")
    }

    /// Over connections alone: over UDP it would take STUN to keep a flow alive (RFC 5626 4.4.2). And only for a contact
    /// of our own, since calls would come over the flow and not to the contact.
    fn offers_outbound(&self) -> bool {
        let request = self.request;
        let names_us = request.instance != Instance::default() && request.account.contact.is_none();
        self.outbound && names_us && request.endpoint.transport != Transport::Udp
    }
}

/// A message without what is made of a password.
pub(super) fn without_secrets(message: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(message.len());
    let mut hides = false;
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if !is_folded {
            let name = line.split(|&byte| byte == b':').next().unwrap_or_default().trim_ascii();
            hides = SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()));
            if hides {
                kept.extend_from_slice(&[name, b": ", HIDDEN.as_bytes(), b"\r\n"].concat());
            }
        }
        if !hides {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Account, Carrier, CarrierName, Endpoint};
    use crate::sip::Message;
    use crate::sip::frame::datagram;

    const HERE: &str = "192.0.2.1:5062";

    fn request(uri: &str, transport: Transport, purpose: Purpose) -> RegisterRequest {
        let carrier = Carrier::new(CarrierName::new("acme").unwrap(), uri.parse().unwrap());
        let (uri, target) = (carrier.uri.clone(), carrier.uri.host.clone());
        let endpoint = Endpoint { transport, at: ([127, 0, 0, 1], 5060).into() };
        let account = Arc::new(Account::new("+4930123".parse().unwrap()));
        let request = RegisterRequest::new(&carrier, account, uri, endpoint, target);
        RegisterRequest { purpose, instance: Instance(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6), ..request }
    }

    fn draft(request: &RegisterRequest) -> Draft<'_> {
        let expires = if let Purpose::Bind(expires) = request.purpose { expires } else { Expires::USUAL };
        Draft {
            request,
            here: HERE.parse().unwrap(),
            call_id: "1@run",
            tag: "run",
            expires,
            bound: None,
            outbound: true,
        }
    }

    fn read(draft: &Draft<'_>) -> Message {
        datagram(draft.outgoing(7, &[]).bytes()).unwrap().unwrap()
    }

    fn shown(message: &Message, name: &str) -> String {
        message.listed(name).map_or(String::new(), |text| text.to_string())
    }

    const URN: &str = "+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\"";

    #[test]
    fn it_has_what_rfc_3261_10_2_demands() {
        let bind = request("sip:bob@acme.example;transport=udp", Transport::Udp, Purpose::Bind(Expires::new(60)));
        let outgoing = draft(&bind).outgoing(7, &[("Authorization", "Digest x".into())]);
        assert!(outgoing.bytes().starts_with(b"REGISTER sip:acme.example SIP/2.0\r\n"));
        let message = datagram(outgoing.bytes()).unwrap().unwrap();
        assert!(shown(&message, "Via").starts_with("SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK"));
        assert!(shown(&message, "From").starts_with("<sip:+4930123@acme.example>;tag="));
        for (name, value) in [
            ("To", "<sip:+4930123@acme.example>"),
            ("Call-ID", "1@run"),
            ("CSeq", "7 REGISTER"),
            ("Max-Forwards", "70"),
            ("Contact", &format!("<sip:trunktop-f81d4fae@192.0.2.1:5062;transport=udp>;{URN};expires=60")),
            ("Expires", "60"),
            ("Supported", "path, gruu"),
            ("Allow", ALLOW),
            ("Authorization", "Digest x"),
            ("Content-Length", "0"),
        ] {
            assert_eq!(shown(&message, name), value);
        }
        let reply = message.reply(200, "OK", "t");
        assert!(outgoing.is_answered_by(&reply));
    }

    #[test]
    fn a_contact_stands_in_it_only_where_something_is_bound_or_removed() {
        let fetch = request("sip:acme.example:5070", Transport::Tcp, Purpose::Fetch);
        let message = read(&draft(&fetch));
        assert_eq!((shown(&message, "Contact"), shown(&message, "Expires")), (String::new(), String::new()));
        assert_eq!(Draft::uri(&fetch).to_string(), "sip:acme.example:5070");
        assert_eq!(shown(&message, "To"), "<sip:+4930123@acme.example>");
        let remove = request("sip:acme.example", Transport::Udp, Purpose::Remove);
        let own = format!("<sip:trunktop-f81d4fae@192.0.2.1:5062;transport=udp>;{URN};expires=0");
        assert_eq!(shown(&read(&draft(&remove)), "Contact"), own);
        let bound = Draft { bound: Some("sip:old@192.0.2.1"), ..draft(&remove) };
        assert_eq!(shown(&read(&bound), "Contact"), format!("<sip:old@192.0.2.1>;{URN};expires=0"));
        assert_eq!(shown(&read(&bound), "Expires"), "0");
    }

    #[test]
    fn what_was_bound_from_another_port_goes_with_the_next_binding() {
        let bind = request("sip:acme.example", Transport::Udp, Purpose::Bind(Expires::new(60)));
        let own = "sip:trunktop-f81d4fae@192.0.2.1:5062;transport=udp";
        for (bound, more) in [(own, ""), ("sip:old@192.0.2.1", ", <sip:old@192.0.2.1>;expires=0")] {
            let draft = Draft { bound: Some(bound), ..draft(&bind) };
            assert_eq!(shown(&read(&draft), "Contact"), format!("<{own}>;{URN};expires=60{more}"));
        }
    }

    #[test]
    fn outbound_is_offered_over_connections_for_a_contact_of_our_own() {
        let purpose = Purpose::Bind(Expires::new(60));
        let mut other = request("sip:acme.example", Transport::Tcp, purpose);
        Arc::make_mut(&mut other.account).contact = Some("sip:pbx@198.51.100.7:5060".parse().unwrap());
        for (request, outbound, contact, flow) in [
            (
                request("sip:acme.example", Transport::Tcp, purpose),
                true,
                "sip:trunktop-f81d4fae@192.0.2.1:5062;transport=tcp",
                true,
            ),
            (
                request("sip:acme.example", Transport::Tcp, purpose),
                false,
                "sip:trunktop-f81d4fae@192.0.2.1:5062;transport=tcp",
                false,
            ),
            (
                request("sips:acme.example", Transport::Wss, purpose),
                true,
                "sips:trunktop-f81d4fae@192.0.2.1:5062;transport=ws",
                true,
            ),
            (
                request("sip:acme.example", Transport::Udp, purpose),
                true,
                "sip:trunktop-f81d4fae@192.0.2.1:5062;transport=udp",
                false,
            ),
            (other, true, "sip:pbx@198.51.100.7:5060", false),
        ] {
            let message = read(&Draft { outbound, ..draft(&request) });
            let number = if flow { ";reg-id=1" } else { "" };
            assert_eq!(shown(&message, "Contact"), format!("<{contact}>;{URN}{number};expires=60"));
            assert_eq!(shown(&message, "Supported"), if flow { "path, outbound, gruu" } else { "path, gruu" });
        }
    }

    #[test]
    fn what_is_made_of_a_password_is_not_kept() {
        let bytes =
            b"SIP/2.0 200 OK\r\nTo: x\r\nauthorization : Digest secret,\r\n\tsecret\r\nProxy-Authorization:secret\r\n\
                      Authentication-Info: rspauth=\"secret\"\r\nproxy-authentication-info: secret\r\nX-Authorization: kept\r\nCSeq: 1\r\n\r\nbody";
        assert_eq!(
            String::from_utf8(without_secrets(bytes)).unwrap(),
            "SIP/2.0 200 OK\r\nTo: x\r\nauthorization: (not kept)\r\nProxy-Authorization: (not kept)\r\n\
             Authentication-Info: (not kept)\r\nproxy-authentication-info: (not kept)\r\nX-Authorization: kept\r\nCSeq: 1\r\n\r\nbody"
        );
    }
}
