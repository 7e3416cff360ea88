//! Kamailio as a registrar: digest MD5 or SHA-256, over UDP, TCP and TLS, with a location service of its own or one for
//! two addresses. What is said here of ours has to be true of it.

use std::future::Future;
use std::net::SocketAddr;

use tempfile::TempDir;

use super::kamailio::certify;
use super::process::{Process, free};
use crate::by_hand::Hand;

/// The domain that is registered at, and that the certificate names.
const DOMAIN: &str = "reg.example";

const USER: &str = "+12025550143";

const PASSWORD: &str = "made-up-143";

/// It refuses less.
const LEAST: u32 = 30;

const CONTACT: &str = "Contact: <sip:bob@127.0.0.1:5070>";

/// What it writes down for each REGISTER that it was sent.
const WITH: &str = "REGISTER with credentials";
const WITHOUT: &str = "REGISTER without credentials";

/// One Kamailio, at each of its addresses.
struct Registrar {
    process: Process,
    /// UDP and TCP, and TLS.
    doors: Vec<(SocketAddr, SocketAddr)>,
    /// Whom to trust, in PEM.
    root: String,
}

impl Registrar {
    /// With this digest algorithm, and one location service for so many addresses.
    fn start(algorithm: &str, addresses: usize) -> Self {
        let files = tempfile::tempdir().unwrap();
        let doors: Vec<_> = (0..addresses).map(|_| (free(), free())).collect();
        let root = certify(&files, DOMAIN);
        let config = files.path().join("kamailio.cfg");
        std::fs::write(&config, configuration(&doors, algorithm, &files)).unwrap();
        let (config, place) = (config.display().to_string(), files.path().display().to_string());
        let arguments = ["-f", &config, "-DD", "-E", "-m", "64", "-M", "8", "-w", &place, "-Y", &place];
        let package = "kamailio, with kamailio-tls-modules";
        let mut process = Process::start("kamailio", package, &arguments, doors[0].0, files);
        let plain: Vec<SocketAddr> = doors.iter().map(|(plain, _)| *plain).collect();
        let all: Vec<SocketAddr> = doors.iter().flat_map(|(plain, secure)| [*plain, *secure]).collect();
        process.until_it_listens(&plain, &all);
        Self { process, doors, root }
    }

    /// How many REGISTERs it was sent, with credentials and without; one that was sent again counts once.
    fn counts(&self) -> (usize, usize) {
        let log = self.process.log();
        (log.matches(WITH).count(), log.matches(WITHOUT).count())
    }

    async fn by_hand(&self, transport: &str, door: usize) -> Hand {
        let (plain, secure) = self.doors[door];
        match transport {
            "udp" => Hand::over_udp(plain, DOMAIN, USER, PASSWORD).await,
            "tcp" => Hand::over_tcp(plain, DOMAIN, USER, PASSWORD).await,
            _ => Hand::over_tls(secure, &self.root, DOMAIN, USER, PASSWORD).await,
        }
    }
}

fn configuration(doors: &[(SocketAddr, SocketAddr)], algorithm: &str, files: &TempDir) -> String {
    let place = files.path().display();
    let listen = |(plain, secure): &(SocketAddr, SocketAddr)| {
        format!("listen=udp:{plain}\nlisten=tcp:{plain}\nlisten=tls:{secure}\n")
    };
    let listen: String = doors.iter().map(listen).collect();
    format!(
        "#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
auto_aliases=no
alias=\"{DOMAIN}\"
{listen}
loadmodule \"tm.so\"
loadmodule \"sl.so\"
loadmodule \"pv.so\"
loadmodule \"xlog.so\"
loadmodule \"textops.so\"
loadmodule \"usrloc.so\"
loadmodule \"registrar.so\"
loadmodule \"auth.so\"
loadmodule \"tls.so\"
modparam(\"tls\", \"tls_method\", \"TLSv1.2+\")
modparam(\"tls\", \"certificate\", \"{place}/cert.pem\")
modparam(\"tls\", \"private_key\", \"{place}/key.pem\")
modparam(\"auth\", \"algorithm\", \"{algorithm}\")
modparam(\"auth\", \"qop\", \"auth\")
modparam(\"auth\", \"nonce_count\", 1)
modparam(\"registrar\", \"min_expires\", {LEAST})
modparam(\"registrar\", \"min_expires_mode\", 1)
modparam(\"registrar\", \"max_expires\", 3600)
request_route {{
    if (method != \"REGISTER\") {{
        sl_send_reply(\"200\", \"OK\");
        exit;
    }}
    # What is sent again is answered by its transaction.
    if (!t_newtran()) exit;
    if (is_present_hf(\"Authorization\")) {{
        xlog(\"L_ALERT\", \"{WITH}\\n\");
    }} else {{
        xlog(\"L_ALERT\", \"{WITHOUT}\\n\");
    }}
    if (!pv_www_authenticate(\"{DOMAIN}\", \"{PASSWORD}\", \"0\")) {{
        www_challenge(\"{DOMAIN}\", \"1\");
        exit;
    }}
    if ($au != $tU) {{
        sl_send_reply(\"403\", \"Not Your Address Of Record\");
        exit;
    }}
    append_to_reply(\"Service-Route: <sip:core.{DOMAIN};lr>\\r\\n\");
    # A script that ends with a failure closes the connection.
    save(\"location\");
    exit;
}}
"
    )
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
#[ignore = "needs kamailio: Debian's packages kamailio and kamailio-tls-modules"]
fn kamailio_registers_who_does_it_by_hand() {
    for algorithm in ["MD5", "SHA-256"] {
        let registrar = Registrar::start(algorithm, 2);
        run(async {
            for (place, transport) in ["udp", "tcp", "tls"].into_iter().enumerate() {
                let mut hand = registrar.by_hand(transport, 0).await;
                hand.user = format!("{USER}{place}");
                let made = hand.register(&format!("{CONTACT};expires=60")).await;
                assert_eq!((made.code, made.contacts()), (200, vec!["<sip:bob@127.0.0.1:5070>;expires=60".into()]));
                assert_eq!(made.one("Service-Route"), "<sip:core.reg.example;lr>");
                assert_eq!(hand.register(&format!("{CONTACT};expires=29")).await.one("Min-Expires"), "30");
                let mut other = registrar.by_hand(transport, 1).await;
                other.user = hand.user.clone();
                assert_eq!(other.register("").await.contacts().len(), 1, "its other address knows it");
                assert_eq!(hand.register(&format!("{CONTACT};expires=0")).await.code, 200);
                assert!(other.register("").await.contacts().is_empty());
            }
            assert_eq!(registrar.counts(), (15, 15));
            let mut hand = registrar.by_hand("udp", 0).await;
            hand.password = "wrong".into();
            assert_eq!(hand.register("").await.code, 401);
            assert_eq!(registrar.counts(), (16, 16));
        });
    }
}
