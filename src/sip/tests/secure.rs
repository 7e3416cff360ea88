//! TLS.

mod ours;

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::peer::{raw, read_request, reply, wait_for_end};
use super::*;
use crate::model::ProbeResult::{ErrorResponse, Ok, Refused, Timeout, TlsHandshake, TlsName, TlsUntrusted};
use crate::model::Transport::Tls;

/// A certification authority of our own.
pub(super) struct Authority(Issuer<'static, KeyPair>, Certificate, Option<CertificateDer<'static>>);

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let params = Self::params(name);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        Self(Issuer::new(params, key), own, None)
    }

    /// One below this one, whose certificate a peer has to send.
    fn below(&self, name: &str) -> Self {
        let mut params = Self::params(name);
        params.not_after = date_time_ymd(2098, 1, 1);
        let key = KeyPair::generate().unwrap();
        let own = params.signed_by(&key, &self.0).unwrap();
        let der = own.der().clone();
        Self(Issuer::new(params, key), own, Some(der))
    }

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    pub(super) fn roots(&self) -> Roots {
        Roots::system_and([self.1.der().clone()])
    }

    pub(super) fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.0).unwrap(), above: self.2.clone(), key }
    }
}

/// A certificate and its key.
pub(super) struct Identity {
    certificate: Certificate,
    above: Option<CertificateDer<'static>>,
    key: KeyPair,
}

impl Identity {
    fn self_signed(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap(), above: None, key }
    }
}

pub(super) fn naming(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.parse() {
            Result::Ok(ip) => SanType::IpAddress(ip),
            Err(_) if name.contains(':') => SanType::URI((*name).try_into().unwrap()),
            Err(_) => SanType::DnsName((*name).try_into().unwrap()),
        })
        .collect();
    params
}

/// How a peer is set up.
pub(super) struct Setup {
    versions: Vec<&'static SupportedProtocolVersion>,
    /// What it speaks within TLS, by ALPN; none: it knows no ALPN.
    alpn: Option<&'static [u8]>,
    /// Who must have signed the certificate that it wants of us.
    clients: Option<CertificateDer<'static>>,
    /// Its answer; none: silence.
    says: Option<(u16, &'static str)>,
    /// The server names that it was asked for.
    asked_for: Arc<Mutex<Vec<Option<String>>>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            versions: vec![&TLS12, &TLS13],
            alpn: None,
            clients: None,
            says: Some((200, "OK")),
            asked_for: Arc::default(),
        }
    }
}

/// The TLS of a peer.
pub(super) fn acceptor(identity: &Identity, setup: &Setup) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_protocol_versions(&setup.versions).unwrap();
    let builder = match setup.clients.clone() {
        None => builder.with_no_client_auth(),
        Some(root) => {
            let mut roots = RootCertStore::empty();
            roots.add(root).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap();
    let chain = std::iter::once(identity.certificate.der().clone()).chain(identity.above.clone()).collect();
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = setup.alpn.into_iter().map(<[u8]>::to_vec).collect();
    TlsAcceptor::from(Arc::new(config))
}

/// A peer over TLS.
async fn peer(identity: Identity, setup: Setup) -> SocketAddr {
    let acceptor = acceptor(&identity, &setup);
    raw(move |tcp| {
        let (acceptor, asked_for) = (acceptor.clone(), Arc::clone(&setup.asked_for));
        async move {
            let Result::Ok(mut stream) = acceptor.accept(tcp).await else { return };
            // A session that was resumed shows an earlier certificate.
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
            asked_for.lock().unwrap().push(stream.get_ref().1.server_name().map(str::to_owned));
            let request = read_request(&mut stream).await;
            assert!(request.value("Via").unwrap().starts_with(b"SIP/2.0/TLS "));
            if let Some((code, reason)) = setup.says {
                stream.write_all(&reply(&request, code, reason)).await.unwrap();
            }
            wait_for_end(&mut stream).await;
        }
    })
    .await
}

/// A probe of a peer with this certificate, which our authority has signed.
async fn look_at(params: CertificateParams) -> ProbeReport {
    let authority = Authority::new("Test CA");
    let at = peer(authority.issue(&params), Setup::default()).await;
    prober(authority.roots()).probe(&request(Tls, at, PATIENT)).await
}

#[tokio::test]
async fn a_good_certificate_is_told_in_full() {
    let root = Authority::new("Test Root");
    let authority = root.below("Test CA");
    let mut params = naming(&["acme.example", "sbc1.acme.example"]);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "SBC 1");
    params.not_after = date_time_ymd(2099, 12, 31);
    for (versions, word, family) in
        [(&TLS13, "TLSv1.3", "TLS_AES_256_GCM"), (&TLS12, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM")]
    {
        let setup = Setup { versions: vec![versions], ..Setup::default() };
        let asked_for = Arc::clone(&setup.asked_for);
        let at = peer(authority.issue(&params), setup).await;
        let prober = prober(root.roots());
        // Twice: the peer offers to resume its sessions.
        for _ in 0..2 {
            let report = prober.probe(&request(Tls, at, PATIENT)).await;
            assert_eq!((report.result, report.ours, detail(&report)), (Ok, false, "200 OK"));
            let tls = report.tls.unwrap();
            assert_eq!((tls.version.as_str(), tls.untrusted), (word, None));
            assert_eq!((tls.names_domain, tls.names_target), (true, true));
            assert_eq!(tls.names, ["acme.example".into(), "sbc1.acme.example".into()]);
            assert_eq!(tls.cipher.as_str(), format!("{family}_SHA384"));
            assert_eq!((tls.alpn, tls.sni), (None, Some("acme.example".into())));
            let chain = tls
                .chain
                .iter()
                .map(|link| format!("{} by {} until {}", link.subject, link.issuer, link.not_after.unwrap()));
            assert_eq!(
                chain.collect::<Vec<_>>(),
                [
                    "CN=SBC 1 by CN=Test CA until 2099-12-31T00:00:00Z",
                    "CN=Test CA by CN=Test Root until 2098-01-01T00:00:00Z"
                ]
            );
            assert!(!tls.handshake.is_zero());
        }
        assert_eq!(*asked_for.lock().unwrap(), [Some("acme.example".to_owned()), Some("acme.example".to_owned())]);
    }
}

#[tokio::test]
async fn a_certificate_must_name_the_domain_and_not_the_target() {
    for (names, target_too, said) in [
        (&["sbc.other.example"][..], false, "certificate names sbc.other.example, not acme.example"),
        (&["sbc1.acme.example"], true, "certificate names sbc1.acme.example, not acme.example"),
        (&["*.acme.example"], true, "certificate names *.acme.example, not acme.example"),
        (
            &["sip:other.example", "acme.example"],
            false,
            "certificate names sip:other.example, acme.example; that does not count for acme.example (RFC 5922 7)",
        ),
    ] {
        let report = look_at(naming(names)).await;
        assert_eq!((report.result, report.ours, detail(&report)), (TlsName, false, said));
        assert_eq!(report.response.unwrap().code, 200, "SIP answered all the same");
        let tls = report.tls.unwrap();
        assert_eq!((tls.untrusted, tls.names_domain, tls.names_target), (None, false, target_too), "{names:?}");
    }
}

#[tokio::test]
async fn a_sip_uri_or_a_lone_common_name_names_the_domain_too() {
    assert_eq!(look_at(naming(&["sip:acme.example", "other.example"])).await.result, Ok);
    let mut params = naming(&[]);
    params.distinguished_name.push(DnType::CommonName, "acme.example");
    assert_eq!(look_at(params).await.result, Ok);
}

#[tokio::test]
async fn an_address_is_named_by_an_address() {
    let authority = Authority::new("Test CA");
    for (name, result) in [("127.0.0.1", Ok), ("127.0.0.2", TlsName)] {
        let setup = Setup::default();
        let asked_for = Arc::clone(&setup.asked_for);
        let at = peer(authority.issue(&naming(&[name])), setup).await;
        let request = ProbeRequest {
            uri: "sips:127.0.0.1".parse().unwrap(),
            target: "127.0.0.1".parse().unwrap(),
            ..request(Tls, at, PATIENT)
        };
        let report = prober(authority.roots()).probe(&request).await;
        assert_eq!((report.result, report.tls.unwrap().names_target), (result, result == Ok), "{name}");
        assert_eq!(*asked_for.lock().unwrap(), [None], "an address is no server name");
    }
}

#[tokio::test]
async fn an_untrusted_chain_is_told_and_sip_goes_on() {
    let dated = |from, to| {
        let mut params = naming(&["sbc.other.example"]);
        (params.not_before, params.not_after) = (from, to);
        params
    };
    let expired = look_at(dated(date_time_ymd(2020, 1, 1), date_time_ymd(2024, 11, 20))).await;
    let early = look_at(dated(date_time_ymd(2090, 1, 1), date_time_ymd(2099, 1, 1))).await;
    let us = Authority::new("Somebody else");
    let mut found = Vec::new();
    for identity in [
        Identity::self_signed(&naming(&["acme.example"])),
        Authority::new("Test CA").issue(&naming(&["acme.example"])),
        Authority::new("Somebody else").issue(&naming(&["acme.example"])),
    ] {
        let at = peer(identity, Setup::default()).await;
        found.push(prober(us.roots()).probe(&request(Tls, at, PATIENT)).await);
    }
    let [self_signed, unknown, namesake] = found.try_into().unwrap();
    for (report, said) in [
        (expired, "expired 2024-11-20"),
        (early, "not valid before 2090-01-01"),
        (self_signed, "self-signed, and not trusted here"),
        (unknown, "issuer CN=Test CA is not trusted here; the peer sent no intermediate certificate, maybe it should"),
        (namesake, "a signature in the chain is wrong, or made by another CA of the same name"),
    ] {
        // The chain is the first layer, although most of these name somebody else, too.
        assert_eq!((report.result, report.ours, detail(&report)), (TlsUntrusted, false, said));
        assert_eq!(report.response.unwrap().code, 200, "SIP answered all the same");
        assert_eq!(report.tls.unwrap().untrusted.unwrap().as_str(), said);
    }
}

#[tokio::test]
async fn who_does_not_verify_hears_what_sip_said_and_still_the_truth() {
    let mut params = naming(&["sbc.other.example"]);
    params.not_after = date_time_ymd(2024, 11, 20);
    let at = peer(Authority::new("Test CA").issue(&params), Setup::default()).await;
    let mut request = request(Tls, at, PATIENT);
    request.tls.verify = false;
    let report = prober(Roots::system()).probe(&request).await;
    assert_eq!((report.result, detail(&report)), (Ok, "200 OK"));
    let tls = report.tls.unwrap();
    assert!(tls.untrusted.is_some() && !tls.names_domain);
}

#[tokio::test]
async fn trust_comes_before_what_sip_did_not_say() {
    let authority = Authority::new("Test CA");
    let setup = Setup { says: None, ..Setup::default() };
    let at = peer(authority.issue(&naming(&["sbc.other.example"])), setup).await;
    let mut request = request(Tls, at, Duration::from_secs(1));
    let prober = prober(authority.roots());
    let strict = prober.probe(&request).await;
    assert_eq!((strict.result, strict.response), (TlsName, None));
    request.tls.verify = false;
    assert_eq!(prober.probe(&request).await.result, Timeout);
}

/// A peer that sends `bytes` after the first bytes of a handshake, and closes or waits.
async fn stranger(bytes: &'static [u8], stays: bool) -> SocketAddr {
    raw(move |mut tcp| async move {
        let mut buffer = [0; 4096];
        assert!(tcp.read(&mut buffer).await.unwrap() > 0);
        tcp.write_all(bytes).await.unwrap();
        if stays {
            wait_for_end(&mut tcp).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_handshake_that_fails_says_whose_fault_it_may_be() {
    const OLD_HELLO: &[u8] = b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01\
        0123456789abcdef0123456789abcdef\x00\x00\x2f\x00";
    for (bytes, ours, said) in [
        (&b""[..], false, "peer closed the connection during the handshake"),
        (b"SIP/2.0 400 Bad Request\r\n\r\n", false, "what came is not TLS: another protocol on this port?"),
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            true,
            "peer broke off the handshake (alert HandshakeFailure): no cipher in common",
        ),
        (b"\x15\x03\x01\x00\x02\x02\x46", true, "peer speaks neither TLS 1.2 nor TLS 1.3"),
        (b"\x15\x03\x03\x00\x02\x02\x70", false, "peer does not know the server name that was asked for"),
        (b"\x15\x03\x03\x00\x02\x02\x50", false, "peer broke off the handshake (alert InternalError)"),
        (
            b"\x15\x03\x03\x00\x02\x02\x30",
            true,
            "peer wants a certificate of ours, or another one (alert UnknownCA): check cert and key",
        ),
        (OLD_HELLO, true, "peer offers no TLS version or cipher that we speak"),
    ] {
        let report = probe(Tls, stranger(bytes, false).await, PATIENT).await;
        assert_eq!((report.result, report.ours), (TlsHandshake, ours), "{said}: {}", detail(&report));
        assert!(detail(&report).starts_with(said), "{}", detail(&report));
        assert_eq!((report.tls, report.response), (None, None));
    }
}

#[tokio::test]
async fn a_handshake_that_stalls_is_a_timeout() {
    for bytes in [&b""[..], b"\x16\x03\x03"] {
        let report = probe(Tls, stranger(bytes, true).await, HASTY).await;
        assert_eq!((report.result, detail(&report)), (Timeout, "connected, but no TLS handshake in 0.3 s"));
    }
}

#[tokio::test]
async fn a_closed_port_refuses_tls_too() {
    let at = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    assert_eq!(probe(Tls, at, PATIENT).await.result, Refused);
}

#[tokio::test]
async fn an_error_over_tls_is_told_as_such() {
    let authority = Authority::new("Test CA");
    let setup = Setup { says: Some((503, "Busy")), ..Setup::default() };
    let at = peer(authority.issue(&naming(&["acme.example"])), setup).await;
    let report = prober(authority.roots()).probe(&request(Tls, at, PATIENT)).await;
    assert_eq!((report.result, detail(&report)), (ErrorResponse, "503 Busy"));
}
