//! A line for the shell that sends a probe again, with tools that an operator has and trusts.
//!
//! What nobody else can repeat is only our word. The request is the very one that was sent; over UDP and TCP
//! its Via is left to sipsak, which writes one of its own: an answer to ours would be taken for one that was
//! given before (RFC 3261 17.2.3).

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use crate::model::{Alpn, Carrier, Endpoint, Host, Raw, SipUri, Transport};

/// A line for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// The program that it needs.
    pub tool: &'static str,
    /// The line, without an end.
    pub line: String,
}

/// The line: sipsak over UDP and TCP (nc for IPv6, which sipsak does not speak), `openssl s_client` over TLS,
/// curl for the handshake of a `WebSocket`. `uri` is the one of the carrier's that led there. None over SCTP,
/// and where nothing was sent that could be sent again.
pub fn again(carrier: &Carrier, uri: &SipUri, endpoint: Endpoint, sent: Option<&Raw>) -> Option<Again> {
    let at = endpoint.at;
    let whole = sent.filter(|sent| sent.length() == sent.bytes().len());
    let (tool, line) = match endpoint.transport {
        Transport::Udp | Transport::Tcp if at.is_ipv4() => {
            let request = printed(&without_via(whole?.bytes()));
            let local = from(carrier, at, " -k ");
            ("sipsak", format!("{request} | sipsak -vvv -E {}{local} -f - -s sip:{at}", endpoint.transport))
        }
        Transport::Udp | Transport::Tcp => {
            let udp = if endpoint.transport == Transport::Udp { " -u" } else { "" };
            let local = from(carrier, at, " -s ");
            ("nc", format!("{} | nc{udp} -w 5{local} {} {}", printed(whole?.bytes()), at.ip(), at.port()))
        }
        Transport::Tls => {
            let local = carrier.local.filter(|local| local.is_ipv4() == at.is_ipv4());
            let local = local.map(|local| format!(" -bind {}", SocketAddr::new(local.ip(), 0))).unwrap_or_default();
            let request = printed(whole?.bytes());
            let tls = tls(carrier, uri);
            ("openssl", format!("({request}; sleep 5) | openssl s_client -connect {at}{local}{tls}"))
        }
        Transport::Ws | Transport::Wss => ("curl", upgrade(carrier, uri, endpoint)),
        Transport::Sctp | Transport::TlsSctp => return None,
    };
    Some(Again { tool, line })
}

/// The address to leave from, where the carrier names one that fits.
fn from(carrier: &Carrier, at: SocketAddr, option: &str) -> String {
    let local = carrier.local.filter(|local| local.is_ipv4() == at.is_ipv4());
    local.map(|local| format!("{option}{}", local.ip())).unwrap_or_default()
}

fn tls(carrier: &Carrier, uri: &SipUri) -> String {
    let mut options = String::new();
    let domain = match &uri.host {
        Host::Name(name) => Some(name),
        Host::Ip(_) => None,
    };
    if let Some(name) = carrier.tls.sni.as_ref().or(domain) {
        options.push_str(&format!(" -servername {name}"));
    }
    if let Some(domain) = domain {
        options.push_str(&format!(" -verify_hostname {domain}"));
    }
    if !carrier.tls.alpn.is_empty() {
        let names: Vec<&str> = carrier.tls.alpn.iter().map(Alpn::as_str).collect();
        options.push_str(&format!(" -alpn {}", quoted(&names.join(","))));
    }
    let files = [("-CAfile", &carrier.tls.ca), ("-cert", &carrier.tls.cert), ("-key", &carrier.tls.key)];
    for (option, path) in files {
        options.extend(path.as_ref().map(|path| format!(" {option} {}", quoted_path(path))));
    }
    options
}

/// The handshake alone: curl speaks no frames of a `WebSocket` that a shell could write.
fn upgrade(carrier: &Carrier, uri: &SipUri, endpoint: Endpoint) -> String {
    let scheme = if endpoint.transport == Transport::Wss { "https" } else { "http" };
    let host = match &uri.host {
        Host::Name(name) => name.to_string(),
        Host::Ip(ip) => SocketAddr::new(*ip, 0).to_string().trim_end_matches(":0").to_owned(),
    };
    let url = format!("{scheme}://{host}:{}{}", endpoint.at.port(), carrier.probe.ws_path.as_str());
    let local = from(carrier, endpoint.at, " --interface ");
    let files = [("--cacert", &carrier.tls.ca), ("--cert", &carrier.tls.cert), ("--key", &carrier.tls.key)];
    let files = files.into_iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
    let files: Vec<String> = files.map(|(option, path)| format!(" {option} {}", quoted_path(path))).collect();
    let files = files.concat();
    format!(
        "curl -isN -m 5 --http1.1 --noproxy '*' --connect-to '::{}'{local}{files} -H 'Connection: Upgrade' \
         -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dHJ1bmt0b3AgcHJvYmUgIQ==' \
         -H 'Sec-WebSocket-Protocol: sip' {}",
        endpoint.at,
        quoted(&url)
    )
}

/// A command that prints these bytes.
fn printed(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(text, "\\0{byte:03o}")),
        }
    }
    format!("printf '%b' {}", quoted(&text))
}

/// The request without its Via, which is the one of ours and stands in one line.
fn without_via(request: &[u8]) -> Vec<u8> {
    let lines = request.split_inclusive(|&byte| byte == b'\n');
    lines.filter(|line| !line.starts_with(b"Via: ")).flatten().copied().collect()
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn quoted_path(path: &Path) -> String {
    // Controls would act on the terminal that it is pasted into.
    let path: String = path.to_string_lossy().chars().filter(|c| !c.is_control()).collect();
    quoted(&path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CarrierName;

    const REQUEST: &str = "OPTIONS sip:o'hara@acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.5:40000;branch=z9hG4bKx\r\n\
        From: <sip:a%20b\\@acme.example>;tag=1\r\n\r\n";

    fn carrier() -> Carrier {
        Carrier::new(CarrierName::new("acme").unwrap(), "sip:acme.example".parse().unwrap())
    }

    fn line(carrier: &Carrier, transport: Transport, at: &str) -> Option<String> {
        again(
            carrier,
            &carrier.uri,
            Endpoint { transport, at: at.parse().unwrap() },
            Some(&Raw::new(REQUEST.as_bytes())),
        )
        .map(|again| again.line)
    }

    #[test]
    fn over_udp_and_tcp_it_is_sipsak_with_a_via_of_its_own() {
        let mut carrier = carrier();
        assert_eq!(
            line(&carrier, Transport::Udp, "192.0.2.10:5060").unwrap(),
            r"printf '%b' 'OPTIONS sip:o'\''hara@acme.example SIP/2.0\r\nFrom: <sip:a%20b\\@acme.example>;tag=1\r\n\r\n' | sipsak -vvv -E udp -f - -s sip:192.0.2.10:5060"
        );
        carrier.local = Some("192.0.2.5:5070".parse().unwrap());
        let tcp = line(&carrier, Transport::Tcp, "192.0.2.10:5060").unwrap();
        assert!(tcp.ends_with("| sipsak -vvv -E tcp -k 192.0.2.5 -f - -s sip:192.0.2.10:5060"), "{tcp}");
    }

    #[test]
    fn ipv6_goes_by_nc() {
        let udp = line(&carrier(), Transport::Udp, "[2001:db8::1]:5060").unwrap();
        assert!(udp.contains("branch=z9hG4bKx") && udp.ends_with("| nc -u -w 5 2001:db8::1 5060"), "{udp}");
    }

    #[test]
    fn over_tls_it_is_openssl_with_the_carriers_settings() {
        let mut carrier = carrier();
        let plain = line(&carrier, Transport::Tls, "[2001:db8::1]:5061").unwrap();
        assert!(plain.starts_with("(printf '%b' 'OPTIONS ") && plain.contains("Via: "), "{plain}");
        assert!(
            plain.ends_with(
                "; sleep 5) | openssl s_client -connect [2001:db8::1]:5061 -servername acme.example -verify_hostname acme.example"
            ),
            "{plain}"
        );
        carrier.tls.sni = Some(crate::model::Name::parse("front.example").unwrap());
        carrier.tls.alpn = vec!["sip/2".parse().unwrap()];
        carrier.tls.ca = Some("/my roots/it's.pem".into());
        carrier.local = Some("192.0.2.5:0".parse().unwrap());
        let set = line(&carrier, Transport::Tls, "192.0.2.10:5061").unwrap();
        assert!(
            set.ends_with(
                r"192.0.2.10:5061 -bind 192.0.2.5:0 -servername front.example -verify_hostname acme.example -alpn 'sip/2' -CAfile '/my roots/it'\''s.pem'"
            ),
            "{set}"
        );
    }

    #[test]
    fn of_a_websocket_it_is_the_handshake() {
        let mut carrier = carrier();
        carrier.probe.ws_path = "/ws?a='b'".parse().unwrap();
        let line = line(&carrier, Transport::Wss, "192.0.2.10:443").unwrap();
        assert!(line.starts_with("curl ") && line.contains(" --connect-to '::192.0.2.10:443' "), "{line}");
        assert!(
            line.ends_with(r"-H 'Sec-WebSocket-Protocol: sip' 'https://acme.example:443/ws?a='\''b'\'''"),
            "{line}"
        );
    }

    #[test]
    fn what_was_not_sent_cannot_be_sent_again() {
        let endpoint = |transport| Endpoint { transport, at: "192.0.2.10:5060".parse().unwrap() };
        assert_eq!(again(&carrier(), &carrier().uri, endpoint(Transport::Udp), None), None);
        assert_eq!(
            again(&carrier(), &carrier().uri, endpoint(Transport::Udp), Some(&Raw::new(&[b'x'; 5000]))),
            None,
            "it is cut off"
        );
        assert_eq!(line(&carrier(), Transport::Sctp, "192.0.2.10:5060"), None);
    }

    /// What a shell makes of the line is what was sent: also quotes, backslashes, and what is no text.
    #[test]
    fn a_shell_prints_the_very_bytes() {
        let odd = b"a'b\\c\\r\r\n%s $HOME `x` \"q\"\x00\x1b\xff!\t7";
        let shell = std::process::Command::new("sh").arg("-c").arg(printed(odd)).output().unwrap();
        assert_eq!(shell.stdout, odd);
    }
}
