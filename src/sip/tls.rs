//! TLS that goes on whatever the certificate is, and tells the truth about it.
//!
//! The handshake itself accepts any certificate whose key the peer proves to have; trust and names are
//! judged afterwards, apart from each other, so that one probe shows all layers: an operator wants to
//! know that SIP works behind a certificate that expired. An OPTIONS holds nothing secret; what answers a
//! challenge is sent over a connection that did not verify only where the carrier's settings say so. Sessions
//! are never resumed: a resumed one shows the certificate of an earlier one.

mod anyone;
mod asked;
mod faults;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, Error, ProtocolVersion, RootCertStore, SupportedCipherSuite};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(super) use faults::refusal;

use anyone::Anyone;
use asked::Asked;

use super::certificate::Certificate;
use super::transaction::{Fault, span};
use crate::model::{Alpn, Host, ProbeRequest, ProbeResult, Text, TlsReport, TlsSettings};

/// Whom to trust where a carrier's settings do not say.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    extra: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// Whom the platform trusts.
    pub fn system() -> Self {
        Self::default()
    }

    /// Whom the platform trusts, and these.
    pub fn system_and(extra: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        Self { extra: extra.into_iter().collect() }
    }
}

/// TLS clients, one for each way that carriers want to be treated.
#[derive(Debug)]
pub(super) struct Clients {
    provider: Arc<CryptoProvider>,
    roots: Roots,
    system: OnceLock<Judge>,
    made: Mutex<HashMap<Way, (Stamps, Arc<Client>)>>,
}

/// What of a carrier's settings makes a client another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Way {
    /// Roots, certificate, key.
    files: [Option<PathBuf>; 3],
    alpn: Vec<Alpn>,
}

/// When they were written; a certificate that was renewed is read again.
type Stamps = [Option<SystemTime>; 3];

/// One way of connecting and judging.
#[derive(Debug)]
pub(super) struct Client {
    config: Arc<ClientConfig>,
    judge: Judge,
}

/// What a handshake showed.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) report: TlsReport,
    pub(super) certificate: Certificate,
    /// Nobody can be trusted on this machine, so that mistrust says nothing about the peer.
    pub(super) blind: bool,
}

/// Who decides on trust.
#[derive(Clone, Debug)]
enum Judge {
    /// A verifier, and certificates that are trusted as they are, since they were named one by one.
    Verifier(Arc<dyn ServerCertVerifier>, Arc<[CertificateDer<'static>]>),
    /// Nobody can be trusted, for this reason.
    Nobody(Text),
}

/// What cannot be used in a carrier's TLS settings.
#[derive(Debug, thiserror::Error)]
enum SettingsError {
    #[error("{}: {why}; check this carrier's tls settings", path.display())]
    File { path: PathBuf, why: rustls::pki_types::pem::Error },
    #[error("{} holds no certificate; check this carrier's tls settings", .0.display())]
    Empty(PathBuf),
    #[error("tls needs cert and key together; check this carrier's tls settings")]
    Half,
    #[error("tls settings cannot be used: {0}")]
    Rustls(#[from] Error),
    #[error("no root in {} can be used: {why}; check this carrier's tls settings", path.display())]
    Roots { path: PathBuf, why: rustls::client::VerifierBuilderError },
    #[error("reading tls settings was broken off")]
    BrokenOff,
}

impl Clients {
    pub(super) fn new(roots: Roots) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Self { provider, roots, system: OnceLock::new(), made: Mutex::default() }
    }

    /// The client for these settings: one made before, as long as its files are the same.
    pub(super) async fn client(self: &Arc<Self>, settings: &TlsSettings) -> Result<Arc<Client>, Fault> {
        let files = [settings.ca.clone(), settings.cert.clone(), settings.key.clone()];
        let way = Way { files, alpn: settings.alpn.clone() };
        let all = Arc::clone(self);
        // Files are read, and on some systems the key store is asked: not on a thread that must not wait.
        let made = tokio::task::spawn_blocking(move || all.look_up(way)).await;
        made.unwrap_or(Err(SettingsError::BrokenOff))
            .map_err(|why| Fault::ours(ProbeResult::TlsHandshake, why.to_string()))
    }

    fn look_up(&self, way: Way) -> Result<Arc<Client>, SettingsError> {
        let stamps = way.files.each_ref().map(|file| std::fs::metadata(file.as_ref()?).ok()?.modified().ok());
        let known = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&way).cloned();
        if let Some((_, client)) = known.filter(|(then, _)| *then == stamps) {
            return Ok(client);
        }
        let client = Arc::new(self.make(&way)?);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(way, (stamps, Arc::clone(&client)));
        Ok(client)
    }

    fn make(&self, way: &Way) -> Result<Client, SettingsError> {
        let [ca, cert, key] = &way.files;
        let judge = match ca {
            Some(path) => self.judge_of(path)?,
            None => self.system.get_or_init(|| self.system_judge()).clone(),
        };
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anyone(self.provider.signature_verification_algorithms)));
        let mut config = match (cert, key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(cert), Some(key)) => {
                let private =
                    PrivateKeyDer::from_pem_file(key).map_err(|why| SettingsError::File { path: key.clone(), why })?;
                builder.with_client_auth_cert(certificates(cert)?, private)?
            }
            _ => return Err(SettingsError::Half),
        };
        config.resumption = Resumption::disabled();
        config.alpn_protocols = way.alpn.iter().map(|name| name.as_str().as_bytes().to_vec()).collect();
        Ok(Client { config: Arc::new(config), judge })
    }

    fn judge_of(&self, path: &Path) -> Result<Judge, SettingsError> {
        let named = certificates(path)?;
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(named.iter().cloned());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider)).build();
        let verifier = verifier.map_err(|why| SettingsError::Roots { path: path.to_owned(), why })?;
        Ok(Judge::Verifier(verifier, named.into()))
    }

    fn system_judge(&self) -> Judge {
        let extra = self.roots.extra.iter().cloned();
        match Verifier::new_with_extra_roots(extra, Arc::clone(&self.provider)) {
            Ok(verifier) => Judge::Verifier(Arc::new(verifier), Arc::default()),
            Err(why) => Judge::Nobody(Text::new(&format!("nobody can be trusted on this machine: {why}"))),
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let wrong = |why| SettingsError::File { path: path.to_owned(), why };
    let read: Vec<_> = CertificateDer::pem_file_iter(path).map_err(wrong)?.collect::<Result<_, _>>().map_err(wrong)?;
    if read.is_empty() { Err(SettingsError::Empty(path.to_owned())) } else { Ok(read) }
}

impl Client {
    /// Agrees on TLS over `tcp`. `now` is the moment to judge dates by.
    pub(super) async fn handshake(
        &self,
        tcp: TcpStream,
        request: &ProbeRequest,
        deadline: Instant,
        patience: Duration,
        now: Timestamp,
    ) -> Result<(TlsStream<TcpStream>, Shown), Fault> {
        let name = server_name(request);
        let mut config = ClientConfig::clone(&self.config);
        let asked = Asked::in_place_of(&mut config);
        let connector = TlsConnector::from(Arc::new(config));
        let began = Instant::now();
        let stream = timeout_at(deadline, connector.connect(name.clone(), tcp))
            .await
            .map_err(|_| {
                let wait = span(patience);
                Fault::theirs(ProbeResult::Timeout, format!("connected, but no TLS handshake in {wait}"))
            })?
            .map_err(|why| faults::of_handshake(&why, asked.was()))?;
        let handshake = began.elapsed();
        let connection = stream.get_ref().1;
        let chain = connection.peer_certificates().unwrap_or_default();
        let certificate = chain.first().map(|own| Certificate::read(own)).unwrap_or_default();
        let report = TlsReport {
            version: version(connection.protocol_version()),
            cipher: cipher(connection.negotiated_cipher_suite()),
            alpn: connection.alpn_protocol().map(Text::from_wire),
            sni: if let ServerName::DnsName(name) = &name { Some(Text::new(name.as_ref())) } else { None },
            handshake,
            chain: chain.iter().take(TlsReport::LINKS).map(|der| Certificate::read(der).link()).collect(),
            names: certificate.names(),
            untrusted: self.judge.distrust(chain, &certificate, &name, now),
            names_domain: certificate.names_domain(&request.uri.host),
            names_target: certificate.names_target(&request.target),
        };
        Ok((stream, Shown { report, certificate, blind: matches!(self.judge, Judge::Nobody(_)) }))
    }
}

impl Shown {
    /// The first that fails where it is verified: trust, then the name. Which, whether that may be on our side, and
    /// in words.
    pub(super) fn distrust(&self, domain: &Host) -> Option<(ProbeResult, bool, Text)> {
        let untrusted = self.report.untrusted.clone().map(|why| (ProbeResult::TlsUntrusted, self.blind, why));
        let misnamed = || (ProbeResult::TlsName, false, self.certificate.misnaming(domain));
        untrusted.or_else(|| (!self.report.names_domain).then(misnamed))
    }

    /// The same of a connection that was made before: its certificate may have ended since.
    pub(super) fn again(&self, now: Timestamp) -> Self {
        let mut shown = self.clone();
        shown.report.untrusted = shown.report.untrusted.or_else(|| self.certificate.out_of_date(now));
        shown
    }
}

impl Judge {
    /// Why this chain is not trusted; none where it is.
    fn distrust(
        &self,
        chain: &[CertificateDer<'_>],
        certificate: &Certificate,
        name: &ServerName<'_>,
        now: Timestamp,
    ) -> Option<Text> {
        let (verifier, pinned) = match self {
            Self::Nobody(why) => return Some(why.clone()),
            Self::Verifier(verifier, pinned) => (verifier, pinned),
        };
        let Some((own, above)) = chain.split_first() else { return Some(Text::new("the peer sent no certificate")) };
        if pinned.iter().any(|known| known.as_ref() == own.as_ref()) {
            return certificate.out_of_date(now);
        }
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let verdict = verifier.verify_server_cert(own, above, name, &[], now);
        verdict.err().and_then(|why| certificate.distrust(&why, chain.len()))
    }
}

/// The name to ask for: the one set, else the SIP domain, never the target that DNS led to (RFC 5922 7).
/// What no server name can hold is not sent; certificates are matched to names by ourselves.
fn server_name(request: &ProbeRequest) -> ServerName<'static> {
    let name = match (&request.tls.sni, &request.uri.host) {
        (Some(name), _) | (None, Host::Name(name)) => ServerName::try_from(name.as_str().to_owned()).ok(),
        (None, Host::Ip(ip)) => Some(ServerName::from(*ip)),
    };
    name.unwrap_or_else(|| ServerName::from(request.endpoint.at.ip()))
}

fn version(version: Option<ProtocolVersion>) -> Text {
    Text::new(match version {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "unknown",
    })
}

/// By IANA's name, in which TLS 1.3 is not told apart.
fn cipher(suite: Option<SupportedCipherSuite>) -> Text {
    let name = suite.and_then(|suite| suite.suite().as_str()).unwrap_or("unknown");
    Text::new(&name.replacen("TLS13_", "TLS_", 1))
}
