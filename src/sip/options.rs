//! The OPTIONS that a probe sends (RFC 3261 11).

use std::net::{IpAddr, SocketAddr};

use rsip::headers::{
    Accept, CSeq, CallId, Contact, ContentLength, From, MaxForwards, To, UntypedHeader, UserAgent, Via,
};
use rsip::{Auth, Header, Method, Param, Request, Uri, Version};

use super::outgoing::{HOLE, MAGIC, Outgoing};
use crate::model::{Host, ProbeRequest, ProbeSettings, Scheme, SipUri, Transport};

/// Each request is a transaction of its own, so its number needs no counting.
const CSEQ: u32 = 1;

/// The OPTIONS to one target from one place: from probe to probe nothing but the tokens differs.
#[derive(Debug)]
pub(super) struct Template {
    uri: SipUri,
    settings: ProbeSettings,
    /// With holes for the tokens, the branch first.
    text: String,
}

impl Template {
    /// The OPTIONS of a probe, sent from `local`. It asks for an answer to the very port that it comes from
    /// (RFC 3581), and names itself: a user at the carrier's own domain, and a User-Agent.
    pub(super) fn new(request: &ProbeRequest, local: SocketAddr) -> Self {
        let (transport, settings) = (request.endpoint.transport, &request.settings);
        let here = host_port(local);
        let mut uri = request.uri.clone();
        if let Some(user) = &settings.request_user {
            uri.user = Some(user.as_str().into());
        }
        // Neither a port nor a transport belongs into From and To (RFC 3261 19.1.1, table 1).
        let to = request_uri(&SipUri { port: None, transport: None, maddr: None, ..uri.clone() });
        let user = settings.from_user.as_str();
        let from = Uri { auth: Some(Auth { user: user.into(), password: None }), ..to.clone() };
        let scheme = uri.scheme;
        // There is no transport "wss": the scheme tells it from "ws" (RFC 7118 5.2.3).
        let over = if transport == Transport::Wss { Transport::Ws } else { transport };
        let sent_by = format!("SIP/2.0/{} {here}", transport.as_str().to_ascii_uppercase());
        let headers: Vec<Header> = vec![
            Via::new(format!("{sent_by};rport;branch={MAGIC}{HOLE}")).into(),
            MaxForwards::new(settings.max_forwards.to_string()).into(),
            From::new(format!("<{from}>;tag={HOLE}")).into(),
            To::new(format!("<{to}>")).into(),
            CallId::new(format!("{HOLE}@{}", bare(local.ip()))).into(),
            CSeq::new(format!("{CSEQ} {}", Method::Options)).into(),
            Contact::new(format!("<{scheme}:{user}@{here};transport={over}>")).into(),
            Accept::new("application/sdp").into(),
            UserAgent::new(concat!("trunktop/", env!("CARGO_PKG_VERSION"))).into(),
            ContentLength::new("0").into(),
        ];
        let written = Request {
            method: Method::Options,
            uri: request_uri(&uri),
            version: Version::V2,
            headers: headers.into(),
            body: Vec::new(),
        };
        Self { uri: request.uri.clone(), settings: settings.clone(), text: written.to_string() }
    }

    /// Whether it is what this probe sends, if it goes over the same transport from the same place.
    pub(super) fn fits(&self, request: &ProbeRequest) -> bool {
        self.uri == request.uri && self.settings == request.settings
    }

    /// One with tokens of its own.
    pub(super) fn options(&self) -> Outgoing {
        Outgoing::fill(&self.text, CSEQ, "OPTIONS")
    }
}

pub(super) fn request_uri(uri: &SipUri) -> Uri {
    let transport = uri.transport.map(|t| Param::Other("transport".into(), Some(t.as_str().into())));
    let maddr = uri.maddr.as_ref().map(|host| Param::Other("maddr".into(), Some(written(host).into())));
    Uri {
        scheme: Some(match uri.scheme {
            Scheme::Sip => rsip::Scheme::Sip,
            Scheme::Sips => rsip::Scheme::Sips,
        }),
        auth: uri.user.as_ref().map(|user| Auth { user: escaped(user.as_str()), password: None }),
        host_with_port: rsip::HostWithPort {
            // Not rsip's IpAddr, which writes IPv6 without its brackets.
            host: rsip::Host::Domain(written(&uri.host).into()),
            port: uri.port.map(rsip::Port::new),
        },
        params: transport.into_iter().chain(maddr).collect(),
        headers: Vec::new(),
    }
}

fn written(host: &Host) -> String {
    match host {
        Host::Ip(ip) => bare(*ip),
        Host::Name(name) => name.to_string(),
    }
}

pub(super) fn bare(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Without the scope that the standard library writes for a link-local address: no SIP grammar has it.
pub(super) fn host_port(at: SocketAddr) -> String {
    format!("{}:{}", bare(at.ip()), at.port())
}

/// A user part may hold unreserved characters and a few more; all others are escaped (RFC 3261 25.1).
/// What is escaped already stays as it is.
fn escaped(user: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%".contains(&byte);
    let written = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    user.bytes().map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::super::frame::datagram;
    use super::*;
    use crate::model::{Carrier, CarrierName, Endpoint, ProbeSettings};
    use crate::sip::Message;

    fn options(uri: &str, transport: Transport, local: &str) -> (Outgoing, Message) {
        asked(uri, transport, local, ProbeSettings::default())
    }

    fn asked(uri: &str, transport: Transport, local: &str, settings: ProbeSettings) -> (Outgoing, Message) {
        let mut carrier = Carrier::new(CarrierName::new("acme").unwrap(), uri.parse().unwrap());
        carrier.probe = settings;
        let endpoint = Endpoint { transport, at: ([127, 0, 0, 1], 5060).into() };
        let target = "sbc1.acme.example".parse().unwrap();
        let request = ProbeRequest::new(&carrier, carrier.uri.clone(), endpoint, target, std::time::Duration::ZERO);
        let options = Template::new(&request, local.parse().unwrap()).options();
        let message = datagram(options.bytes()).unwrap().unwrap();
        (options, message)
    }

    fn shown<'a>(message: &'a Message, name: &str) -> &'a str {
        str::from_utf8(message.value(name).unwrap()).unwrap()
    }

    #[test]
    fn an_internationalised_domain_is_its_a_labels_wherever_it_stands() {
        let (options, message) = options("sip:münchen.example", Transport::Udp, "192.0.2.1:5062");
        assert!(options.bytes().starts_with(b"OPTIONS sip:xn--mnchen-3ya.example SIP/2.0\r\n"));
        assert!(shown(&message, "From").starts_with("<sip:trunktop@xn--mnchen-3ya.example>;tag="));
        assert!(options.bytes().is_ascii());
    }

    #[test]
    fn it_has_what_rfc_3261_8_1_1_demands() {
        let (_, message) = options("sip:acme.example", Transport::Udp, "192.0.2.1:5062");
        assert_eq!(message.method(), Some(Method::Options));
        assert!(shown(&message, "Via").starts_with("SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK"));
        assert!(shown(&message, "From").starts_with("<sip:trunktop@acme.example>;tag="));
        assert!(shown(&message, "Call-ID").ends_with("@192.0.2.1"));
        for (name, value) in [
            ("To", "<sip:acme.example>"),
            ("Max-Forwards", "70"),
            ("CSeq", "1 OPTIONS"),
            ("Contact", "<sip:trunktop@192.0.2.1:5062;transport=udp>"),
            ("Accept", "application/sdp"),
            ("User-Agent", concat!("trunktop/", env!("CARGO_PKG_VERSION"))),
            ("Content-Length", "0"),
        ] {
            assert_eq!(shown(&message, name), value);
        }
    }

    #[test]
    fn the_request_uri_is_what_the_trunk_dials() {
        for (uri, line) in [
            ("sips:acme.example", "OPTIONS sips:acme.example SIP/2.0"),
            ("sip:#12@acme.example:5070;transport=tcp", "OPTIONS sip:%2312@acme.example:5070;transport=tcp SIP/2.0"),
            ("sip:%C3%BC@[2001:db8::1];maddr=::1", "OPTIONS sip:%C3%BC@[2001:db8::1];maddr=[::1] SIP/2.0"),
        ] {
            let (options, _) = options(uri, Transport::Tls, "[::1]:5061");
            let text = str::from_utf8(options.bytes()).unwrap();
            assert_eq!(text.lines().next(), Some(line));
        }
    }

    #[test]
    fn ipv6_is_in_brackets_and_has_no_scope() {
        let (_, message) = options("sips:[2001:db8::9]:5071;transport=tcp", Transport::Tls, "[fe80::1%3]:5061");
        assert!(shown(&message, "Via").starts_with("SIP/2.0/TLS [fe80::1]:5061;rport;"));
        assert_eq!(shown(&message, "Contact"), "<sips:trunktop@[fe80::1]:5061;transport=tls>");
        assert_eq!(shown(&message, "To"), "<sips:[2001:db8::9]>");
    }

    #[test]
    fn users_and_hops_are_as_the_carrier_wants_them() {
        let settings = ProbeSettings {
            from_user: "+4930123".parse().unwrap(),
            request_user: Some("ping%20me".parse().unwrap()),
            max_forwards: 0,
            ..ProbeSettings::default()
        };
        let (options, message) = asked("sips:bob@acme.example", Transport::Wss, "192.0.2.1:5062", settings);
        assert!(options.bytes().starts_with(b"OPTIONS sips:ping%20me@acme.example SIP/2.0\r\n"));
        assert!(shown(&message, "Via").starts_with("SIP/2.0/WSS 192.0.2.1:5062;"));
        assert!(shown(&message, "From").starts_with("<sips:+4930123@acme.example>;tag="));
        assert_eq!(shown(&message, "To"), "<sips:ping%20me@acme.example>");
        assert_eq!(shown(&message, "Contact"), "<sips:+4930123@192.0.2.1:5062;transport=ws>");
        assert_eq!(shown(&message, "Max-Forwards"), "0");
    }

    #[test]
    fn of_one_template_nothing_but_the_tokens_differs() {
        let carrier = Carrier::new(CarrierName::new("acme").unwrap(), "sip:bob@acme.example".parse().unwrap());
        let endpoint = Endpoint { transport: Transport::Udp, at: ([127, 0, 0, 1], 5060).into() };
        let (uri, target) = (carrier.uri.clone(), carrier.uri.host.clone());
        let request = ProbeRequest::new(&carrier, uri, endpoint, target, std::time::Duration::ZERO);
        let template = Template::new(&request, ([127, 0, 0, 1], 9).into());
        let [one, two] = [(); 2].map(|()| template.options());
        let differ: Vec<_> = one.bytes().iter().zip(two.bytes()).map(|(one, two)| one != two).collect();
        assert_eq!(one.bytes().len(), two.bytes().len());
        let [one, two] = [one, two].map(|options| datagram(options.bytes()).unwrap().unwrap());
        for ((name, one), (_, two)) in one.headers().zip(two.headers()) {
            assert_eq!(one != two, matches!(name, "Via" | "From" | "Call-ID"), "{name}");
        }
        assert!(differ.iter().filter(|&&differs| differs).count() > 3 * 16, "three tokens of 32 digits are new");

        assert!(template.fits(&request));
        let mut others = [request.clone(), request.clone(), request.clone()];
        others[0].uri = "sip:eve@acme.example".parse().unwrap();
        others[1].settings.max_forwards = 0;
        others[2].settings.request_user = Some("ping".parse().unwrap());
        assert!(!others.iter().any(|other| template.fits(other)));
    }
}
