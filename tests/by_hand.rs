//! REGISTER by hand, over plain sockets: requests as text, and a digest of its own. What is tested with it is tested
//! without anything of the program.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use md5::Md5;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256, Sha512_256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(10);

/// Long enough for an answer that should not come.
const MUTE: Duration = Duration::from_millis(250);

/// How many there were.
static HANDS: AtomicU32 = AtomicU32::new(0);

/// Octets in both directions.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

enum Line {
    Datagrams(UdpSocket),
    Stream(Box<dyn Duplex>),
}

/// Somebody who registers.
pub(crate) struct Hand {
    line: Line,
    transport: &'static str,
    domain: String,
    pub(crate) user: String,
    pub(crate) password: String,
    /// Which of the algorithms that are offered is taken; the first, where it is none.
    pub(crate) algorithm: Option<&'static str>,
    /// Which qop is taken where several are offered.
    pub(crate) qop: &'static str,
    /// What tells it from the others.
    own: u32,
    number: u32,
    /// The challenge that was met last, and how often.
    met: Option<(String, u32)>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: u16,
    head: String,
}

impl Said {
    fn read(head: &str) -> Self {
        let code = head.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        Self { code: code.unwrap_or_else(|| panic!("no answer: {head}")), head: head.to_owned() }
    }

    /// The values of all headers of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    /// The value of the only header of this name; empty where there is none.
    pub(crate) fn one(&self, name: &str) -> &str {
        let all = self.all(name);
        assert!(all.len() < 2, "{name}: {all:?}");
        all.first().copied().unwrap_or_default()
    }

    /// The challenges, 401 or 407.
    pub(crate) fn challenges(&self) -> Vec<&str> {
        [self.all("WWW-Authenticate"), self.all("Proxy-Authenticate")].concat()
    }

    /// The bindings that are listed, as they are written.
    pub(crate) fn contacts(&self) -> Vec<String> {
        let listed = self.all("Contact").join(",");
        // None of the tests has a comma elsewhere.
        listed.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
    }
}

/// A parameter of a challenge, its quotes taken off.
pub(crate) fn parameter<'c>(challenge: &'c str, name: &str) -> Option<&'c str> {
    let mut rest = challenge.split_once(' ')?.1;
    while let Some((key, after)) = rest.split_once('=') {
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        if key.trim_matches([',', ' ']).eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = left;
    }
    None
}

impl Hand {
    pub(crate) async fn over_udp(at: SocketAddr, domain: &str, user: &str, password: &str) -> Self {
        let any = if at.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(any).await.unwrap();
        socket.connect(at).await.unwrap();
        Self::new(Line::Datagrams(socket), "UDP", domain, user, password)
    }

    pub(crate) async fn over_tcp(at: SocketAddr, domain: &str, user: &str, password: &str) -> Self {
        let stream = timeout(PATIENCE, TcpStream::connect(at)).await.unwrap().unwrap();
        Self::new(Line::Stream(Box::new(stream)), "TCP", domain, user, password)
    }

    /// Over TLS, where whoever signs with this root (in PEM) is trusted.
    pub(crate) async fn over_tls(at: SocketAddr, root: &str, domain: &str, user: &str, password: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = timeout(PATIENCE, TcpStream::connect(at)).await.unwrap().unwrap();
        let name = ServerName::try_from(domain.to_owned()).unwrap();
        let stream = timeout(PATIENCE, TlsConnector::from(Arc::new(config)).connect(name, stream)).await.unwrap();
        Self::new(Line::Stream(Box::new(stream.unwrap())), "TLS", domain, user, password)
    }

    fn new(line: Line, transport: &'static str, domain: &str, user: &str, password: &str) -> Self {
        let (domain, user, password) = (domain.to_owned(), user.to_owned(), password.to_owned());
        Self {
            line,
            transport,
            domain,
            user,
            password,
            algorithm: None,
            qop: "auth",
            own: HANDS.fetch_add(1, Ordering::Relaxed),
            number: 0,
            met: None,
        }
    }

    /// The text of a REGISTER with these header lines, which are ended by `\n`.
    pub(crate) fn request(&mut self, lines: &str) -> String {
        self.number += 1;
        let Self { domain, user, number, transport, own, .. } = self;
        let mut text = format!(
            "REGISTER sip:{domain} SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1;rport;branch=z9hG4bK{own}-{number}\r\n\
             From: <sip:{user}@{domain}>;tag=1\r\nTo: <sip:{user}@{domain}>\r\nCall-ID: by-hand-{own}\r\n\
             CSeq: {number} REGISTER\r\nMax-Forwards: 70\r\n"
        );
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let _ = write!(text, "{line}\r\n");
        }
        text + "Content-Length: 0\r\n\r\n"
    }

    /// Sends these octets.
    pub(crate) async fn send(&mut self, text: &str) {
        match &mut self.line {
            Line::Datagrams(socket) => drop(socket.send(text.as_bytes()).await.unwrap()),
            Line::Stream(stream) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    }

    /// What comes next.
    pub(crate) async fn hear(&mut self) -> Said {
        Said::read(&timeout(PATIENCE, self.next()).await.expect("it takes too long"))
    }

    /// What a keep-alive over a connection gets.
    pub(crate) async fn hears_pong(&mut self) -> String {
        let Line::Stream(stream) = &mut self.line else { panic!("datagrams need none") };
        let mut pong = [0; 2];
        timeout(PATIENCE, stream.read_exact(&mut pong)).await.expect("it takes too long").unwrap();
        String::from_utf8_lossy(&pong).into_owned()
    }

    /// Whether nothing comes for a while.
    pub(crate) async fn is_mute(&mut self) -> bool {
        timeout(MUTE, self.next()).await.is_err()
    }

    async fn next(&mut self) -> String {
        let mut said = Vec::new();
        match &mut self.line {
            Line::Datagrams(socket) => {
                said.resize(65_535, 0);
                let length = socket.recv(&mut said).await.unwrap();
                said.truncate(length);
            }
            Line::Stream(stream) => {
                while !said.ends_with(b"\r\n\r\n") {
                    said.push(stream.read_u8().await.unwrap());
                }
            }
        }
        String::from_utf8(said).unwrap()
    }

    /// A REGISTER without credentials.
    pub(crate) async fn ask(&mut self, lines: &str) -> Said {
        self.pose(lines).await;
        self.hear().await
    }

    /// The same, without waiting for what is said.
    pub(crate) async fn pose(&mut self, lines: &str) {
        let request = self.request(lines);
        self.send(&request).await;
    }

    /// Meets a challenge; once more, it is met with the next count.
    pub(crate) async fn meet(&mut self, challenge: &str, lines: &str) -> Said {
        let count = self.met.as_ref().filter(|(known, _)| known == challenge).map_or(1, |(_, count)| count + 1);
        self.met = Some((challenge.to_owned(), count));
        let header = self.credentials(challenge, count);
        self.ask(&format!("{header}\n{lines}")).await
    }

    /// A REGISTER, and what is said when its challenge has been met.
    pub(crate) async fn register(&mut self, lines: &str) -> Said {
        let said = self.ask(lines).await;
        let challenges = said.challenges();
        if challenges.is_empty() {
            return said;
        }
        let is_taken = |challenge: &&&str| {
            self.algorithm.is_none_or(|wanted| parameter(challenge, "algorithm").unwrap_or("MD5") == wanted)
        };
        let challenge = challenges.iter().find(is_taken).unwrap_or_else(|| panic!("{challenges:?}"));
        let named = if said.code == 407 { format!("proxy {challenge}") } else { (*challenge).to_owned() };
        self.meet(&named, lines).await
    }

    /// The header that meets a challenge; one of a proxy has `proxy ` before it.
    pub(crate) fn credentials(&self, challenge: &str, count: u32) -> String {
        let (header, challenge) = match challenge.strip_prefix("proxy ") {
            Some(challenge) => ("Proxy-Authorization", challenge),
            None => ("Authorization", challenge),
        };
        let get = |name| parameter(challenge, name);
        let (realm, nonce) = (get("realm").unwrap(), get("nonce").unwrap());
        let Self { user, password, domain, .. } = self;
        let algorithm = get("algorithm").unwrap_or("MD5");
        let hash = |text: &str| hash(algorithm, text);
        let (uri, ours) = (format!("sip:{domain}"), "0a4f113b");
        let mut secret = hash(&format!("{user}:{realm}:{password}"));
        if algorithm.ends_with("-sess") {
            secret = hash(&format!("{secret}:{nonce}:{ours}"));
        }
        let mut text = format!(
            "{header}: Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", algorithm={algorithm}"
        );
        if let Some(opaque) = get("opaque") {
            let _ = write!(text, ", opaque=\"{opaque}\"");
        }
        let response = if get("qop").is_some() {
            let qop = self.qop;
            let _ = write!(text, ", qop={qop}, nc={count:08x}, cnonce=\"{ours}\"");
            let body = if qop == "auth-int" { format!(":{}", hash("")) } else { String::new() };
            let request = hash(&format!("REGISTER:{uri}{body}"));
            hash(&format!("{secret}:{nonce}:{count:08x}:{ours}:{qop}:{request}"))
        } else {
            hash(&format!("{secret}:{nonce}:{}", hash(&format!("REGISTER:{uri}"))))
        };
        format!("{text}, response=\"{response}\"")
    }
}

fn hash(algorithm: &str, text: &str) -> String {
    fn hex<D: Digest>(text: &str) -> String {
        D::digest(text.as_bytes()).iter().fold(String::new(), |text, octet| text + &format!("{octet:02x}"))
    }
    match algorithm.trim_end_matches("-sess") {
        "MD5" => hex::<Md5>(text),
        "SHA-256" => hex::<Sha256>(text),
        "SHA-512-256" => hex::<Sha512_256>(text),
        other => panic!("no such algorithm: {other}"),
    }
}
