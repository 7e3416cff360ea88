//! Kamailio as a registrar: what is bound, refreshed, looked up and removed there over UDP, TCP and TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use trunktop::model::{
    Account, AccountMode, Carrier, CarrierName, Endpoint, Expires, Granted, Instance, Purpose, RefusalMeans,
    RegisterOutcome, RegisterReport, RegisterRequest, Secret, TlsSettings, Transport,
};
use trunktop::monitor::{Register, SystemClock};
use trunktop::sip::{RegisterClient, Roots};

use super::kamailio::certify;
use super::process::{Process, free};

const PASSWORD: &str = "correct horse";

struct Registrar {
    plain: SocketAddr,
    secure: SocketAddr,
    /// Whom to trust, in a file.
    root: std::path::PathBuf,
    _process: Process,
    _files: TempDir,
}

impl Registrar {
    /// Which challenges by this algorithm.
    fn start(algorithm: &str) -> Self {
        let (files, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (plain, secure) = (free(), free());
        let root = ours.path().join("root.pem");
        std::fs::write(&root, certify(&files)).unwrap();
        let config = files.path().join("kamailio.cfg");
        std::fs::write(&config, configuration(plain, secure, algorithm, &files)).unwrap();
        let (config, place) = (config.display().to_string(), files.path().display().to_string());
        let arguments = ["-f", &config, "-DD", "-E", "-m", "64", "-M", "8", "-w", &place, "-Y", &place];
        let mut process = Process::start("kamailio", "kamailio, with kamailio-tls-modules", &arguments, plain, files);
        process.until_it_listens(&[plain], &[plain, secure]);
        Self { plain, secure, root, _process: process, _files: ours }
    }

    fn wanted(&self, transport: Transport, purpose: Purpose) -> RegisterRequest {
        let at = if transport == Transport::Tls { self.secure } else { self.plain };
        let mut carrier = Carrier::new(CarrierName::new("kam").unwrap(), "sip:kam.example".parse().unwrap());
        carrier.tls = TlsSettings { ca: Some(self.root.clone()), ..TlsSettings::default() };
        let account = Account { mode: AccountMode::Hold, ..Account::new("bob".parse().unwrap()) };
        let (endpoint, target) = (Endpoint { transport, at }, "host.kam.example".parse().unwrap());
        RegisterRequest {
            secret: Some(Secret::new(PASSWORD)),
            purpose,
            instance: Instance(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6),
            patience: Duration::from_secs(20),
            ..RegisterRequest::new(&carrier, Arc::new(account), carrier.uri.clone(), endpoint, target)
        }
    }
}

fn configuration(plain: SocketAddr, secure: SocketAddr, algorithm: &str, files: &TempDir) -> String {
    let place = files.path().display();
    format!(
        "#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
listen=udp:{plain}
listen=tcp:{plain}
listen=tls:{secure}
loadmodule \"sl.so\"
loadmodule \"pv.so\"
loadmodule \"usrloc.so\"
loadmodule \"registrar.so\"
loadmodule \"auth.so\"
loadmodule \"tls.so\"
modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")
modparam(\"tls\", \"certificate\", \"{place}/cert.pem\")
modparam(\"tls\", \"private_key\", \"{place}/key.pem\")
modparam(\"usrloc\", \"db_mode\", 0)
modparam(\"registrar\", \"min_expires\", 60)
modparam(\"registrar\", \"min_expires_mode\", 1)
modparam(\"auth\", \"algorithm\", \"{algorithm}\")
modparam(\"auth\", \"nonce_count\", 1)
modparam(\"auth\", \"qop\", \"auth\")
request_route {{
    if (method != \"REGISTER\") {{
        sl_send_reply(\"405\", \"Method Not Allowed\");
        exit;
    }}
    if (!pv_www_authenticate(\"$td\", \"{PASSWORD}\", \"0\")) {{
        auth_challenge(\"$td\", \"1\");
        exit;
    }}
    save(\"location\");
}}
"
    )
}

fn granted(report: &RegisterReport) -> &Granted {
    match &report.outcome {
        RegisterOutcome::Done(granted) => granted,
        other => panic!("{other:?}\n{:#?}", report.heard),
    }
}

#[tokio::test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
async fn a_binding_lives_and_ends_at_kamailio() {
    let bind = |seconds| Purpose::Bind(Expires::new(seconds));
    for algorithm in ["MD5", "SHA-256"] {
        let registrar = Registrar::start(algorithm);
        let carrier = CarrierName::new("kam").unwrap();
        for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
            let client = RegisterClient::new(Arc::new(SystemClock::start()), Roots::system());
            let mut reused = Vec::new();
            for (purpose, left) in [
                (Purpose::Fetch, None),
                (bind(120), Some(120)),
                (bind(90), Some(90)),
                (Purpose::Fetch, Some(90)),
                // It takes nothing under a minute, and says so.
                (bind(20), Some(60)),
                (Purpose::Remove, None),
                (Purpose::Fetch, None),
            ] {
                let report = client.register(&carrier, &registrar.wanted(transport, purpose)).await;
                let granted = granted(&report);
                let seconds = granted.ours().and_then(|ours| ours.expires).map(Expires::seconds);
                let about = |seconds: u32| left.is_some_and(|left| (left - 10..=left).contains(&seconds));
                assert!(seconds.map_or(left.is_none(), about), "{transport} {purpose:?} {left:?}: {granted:?}");
                assert_eq!(granted.listed, usize::from(left.is_some()));
                assert_eq!(granted.raised, (left == Some(60)).then_some(Expires::new(60)));
                let challenge = report.challenge.unwrap();
                assert_eq!((challenge.realm.as_str(), challenge.algorithm), ("kam.example", algorithm));
                reused.push(challenge.reused);
            }
            assert_eq!(reused, [false, true, true, true, true, true, true], "{transport}: its nonces are counted");

            let wrong =
                RegisterRequest { secret: Some(Secret::new("wrong")), ..registrar.wanted(transport, bind(120)) };
            let client = RegisterClient::new(Arc::new(SystemClock::start()), Roots::system());
            match client.register(&carrier, &wrong).await.outcome {
                RegisterOutcome::Refused(refusal) => assert_eq!(refusal.means, RefusalMeans::WrongCredentials),
                other => panic!("{other:?}"),
            }
        }
        // Nobody has said that its root is to be trusted.
        let strange = RegisterRequest { tls: TlsSettings::default(), ..registrar.wanted(Transport::Tls, bind(120)) };
        let client = RegisterClient::new(Arc::new(SystemClock::start()), Roots::system());
        let outcome = client.register(&carrier, &strange).await.outcome;
        assert!(matches!(outcome, RegisterOutcome::KeptBack(_)), "{outcome:?}");
    }
}
