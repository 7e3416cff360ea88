//! Kamailio as a carrier: UDP, TCP and TLS, each found by its SRV records.

use std::net::SocketAddr;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use trunktop::lab::CarrierPlan;

use super::process::{Process, free};
use crate::cli::{Stage, lines};
use crate::schema;

/// The domain that is dialled, and that the certificate names.
const DOMAIN: &str = "kam.example";

struct Kamailio {
    process: Process,
    secure: SocketAddr,
    /// Whom to trust, in PEM.
    root: String,
}

impl Kamailio {
    /// With this setting of `tls_method`.
    fn start(method: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let (plain, secure) = (free(), free());
        let root = certify(&files, DOMAIN);
        let config = files.path().join("kamailio.cfg");
        std::fs::write(&config, configuration(plain, secure, method, &files)).unwrap();
        let (config, place) = (config.display().to_string(), files.path().display().to_string());
        // In the foreground, errors to its standard error, with little memory.
        let arguments = ["-f", &config, "-DD", "-E", "-m", "64", "-M", "8", "-w", &place, "-Y", &place];
        let mut process = Process::start("kamailio", "kamailio, with kamailio-tls-modules", &arguments, plain, files);
        process.until_it_listens(&[plain], &[plain, secure]);
        Self { process, secure, root }
    }

    /// Where DNS says that it is.
    fn plan(&self) -> CarrierPlan {
        let (plain, secure) = (self.process.at, self.secure);
        CarrierPlan::new("kam", "sip:kam.example").zone(&format!(
            "$ORIGIN {DOMAIN}.
            _sip._udp  60 SRV 10 0 {port} host
            _sip._tcp  60 SRV 10 0 {port} host
            _sips._tcp 60 SRV 10 0 {secure} host
            host       60 A {ip}",
            port = plain.port(),
            ip = plain.ip(),
            secure = secure.port(),
        ))
    }
}

/// What all of them begin with.
pub(super) const HEAD: &str = "#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
";

fn configuration(plain: SocketAddr, secure: SocketAddr, method: &str, files: &TempDir) -> String {
    let place = files.path().display();
    format!(
        "{HEAD}listen=udp:{plain}
listen=tcp:{plain}
listen=tls:{secure}
loadmodule \"sl.so\"
loadmodule \"tls.so\"
modparam(\"tls\", \"tls_method\", \"{method}\")
modparam(\"tls\", \"certificate\", \"{place}/cert.pem\")
modparam(\"tls\", \"private_key\", \"{place}/key.pem\")
request_route {{
    if (method == \"OPTIONS\") {{
        sl_send_reply(\"200\", \"OK\");
        exit;
    }}
    sl_send_reply(\"405\", \"Method Not Allowed\");
}}
"
    )
}

/// Writes a certificate for this domain and its key; the root that signed it, in PEM.
pub(super) fn certify(files: &TempDir, domain: &str) -> String {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root_key = KeyPair::generate().unwrap();
    let pem = root.self_signed(&root_key).unwrap().pem();
    let issuer = Issuer::new(root, root_key);
    let mut leaf = CertificateParams::new(vec![domain.to_owned()]).unwrap();
    leaf.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &issuer).unwrap();
    std::fs::write(files.path().join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(files.path().join("key.pem"), key.serialize_pem()).unwrap();
    pem
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_is_alive_over_udp_tcp_and_tls() {
    let kamailio = Kamailio::start("TLSv1.2+");
    let stage = Stage::with([kamailio.plan()]);
    stage.home().write("root.pem", &kamailio.root);
    let carrier = "[[carrier]]\nname = \"kam\"\nuri = \"sip:kam.example\"\n[carrier.tls]\nca = \"root.pem\"\n";
    stage.home().write("carriers.toml", carrier);
    for (transport, port) in [("udp", kamailio.process.at), ("tcp", kamailio.process.at), ("tls", kamailio.secure)] {
        let (document, code) = stage.document(&format!("check kam --transports {transport}"));
        let results =
            lines(&document["results"], &["transport", "target", "address", "port", "result", "code", "ours"]);
        let expected = format!("{transport} host.kam.example {} {} ok 200 false", port.ip(), port.port());
        assert_eq!((results, code), (vec![expected], 0), "{document:#}");
        schema::assert_strict(&document);
        let result = &document["results"][0];
        assert!(result["server"].as_str().unwrap().starts_with("kamailio ("), "{result}");
        assert!(result["rtt"].as_f64().unwrap() < 5.0, "{result}");
        let verdicts = ["trusted", "names_domain", "names_target"].map(|key| result["tls"][key].as_bool());
        let expected = if transport == "tls" { [Some(true), Some(true), Some(false)] } else { [None; 3] };
        assert_eq!(verdicts, expected, "{result}");
    }
    // Nobody has said that this root is to be trusted.
    let (document, code) = stage.document("check sip:kam.example --transports tls");
    assert_eq!((lines(&document["results"], &["result", "code"]), code), (vec!["tls_untrusted 200".to_owned()], 1));

    drop(kamailio);
    for transport in ["udp", "tcp", "tls"] {
        let (document, code) = stage.document(&format!("check kam --transports {transport} --timeout 2"));
        assert_eq!((lines(&document["results"], &["result"]), code), (vec!["refused".to_owned()], 2), "{transport}");
    }
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_that_speaks_an_older_tls_is_not_blamed() {
    let kamailio = Kamailio::start("TLSv1.1");
    let stage = Stage::with([kamailio.plan()]);
    let (document, code) = stage.document("check sip:kam.example --transports tls");
    let result = lines(&document["results"], &["result", "code", "ours"]);
    assert_eq!((result, code), (vec!["tls_handshake - true".to_owned()], 1), "{document:#}");
    let detail = document["results"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("peer speaks neither TLS 1.2 nor TLS 1.3"), "{detail}");
}
