//! OpenSSL's server: TLS that is not our library, with what ours does not speak, and one that wants to see a
//! certificate of ours. It speaks no SIP, so that where TLS is agreed on, SIP is silent.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, free};
use crate::cli::{Home, lines};

/// A certificate that signs itself, and its key: the server's, and ours where it wants one.
fn identity(home: &Home) {
    home.write("here", "");
    let (cert, key) = (home.config("own.pem"), home.config("own.key"));
    let subject = ["-subj", "/CN=acme.example", "-addext", "subjectAltName=DNS:acme.example"];
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9"])
        .args(subject)
        .args(["-out".as_ref(), cert.as_os_str(), "-keyout".as_ref(), key.as_os_str()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

/// What one probe of a server with these options shows of a carrier with these TLS settings. It is reached as
/// an outbound proxy, whose name is an address: server name and certificate are those of the URI (RFC 5922 7.3).
fn probed(home: &Home, options: &str, settings: &str) -> Value {
    let files = TempDir::new().unwrap();
    let at = free();
    let path = |name: &str| home.config(name).to_str().unwrap().to_owned();
    let (cert, key, accept) = (path("own.pem"), path("own.key"), at.to_string());
    let mut arguments = vec!["s_server", "-www", "-accept", &accept, "-cert", &cert, "-key", &key, "-CAfile", &cert];
    arguments.extend(options.split_whitespace());
    let mut server = Process::start("openssl", "openssl", &arguments, at, files);
    server.until_it_listens(&[], &[at]);
    home.write(
        "carriers.toml",
        &format!(
            "[[carrier]]\nname = \"acme\"\nuri = \"sip:acme.example\"\nproxy = \"sip:{at};transport=tls\"\n\
             [carrier.tls]\nca = \"own.pem\"\n{settings}"
        ),
    );
    let ran = home.run("check acme --format json --timeout 1 --resolver 127.0.0.1:9");
    assert_eq!(ran.err, "", "{options}: {}", ran.out);
    ran.document()["results"][0].clone()
}

#[test]
#[ignore = "needs Debian's package openssl"]
fn what_our_tls_does_not_speak_is_no_fault_of_the_target() {
    const OTHERS_MAY: &str = "we speak TLS 1.2 and 1.3, no CBC and no RSA key exchange; others may";
    let home = Home::new();
    identity(&home);
    for (options, said) in [
        ("-tls1_1 -cipher ALL:@SECLEVEL=0", "we speak nothing older, others may"),
        ("-tls1_2 -cipher AES128-SHA", OTHERS_MAY),
        ("-tls1_2 -cipher AES128-GCM-SHA256", OTHERS_MAY),
        ("-tls1_2 -cipher ECDHE-RSA-AES128-SHA256", OTHERS_MAY),
    ] {
        let result = probed(&home, options, "");
        assert_eq!(
            (&result["result"], &result["ours"]),
            (&"tls_handshake".into(), &true.into()),
            "{options}: {result}"
        );
        assert!(result["detail"].as_str().unwrap().contains(said), "{options}: {result}");
        assert_eq!(result["tls"], Value::Null);
    }
}

#[test]
#[ignore = "needs Debian's package openssl"]
fn what_our_tls_speaks_is_told_in_full() {
    let home = Home::new();
    identity(&home);
    for (options, settings, told) in [
        (
            "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256",
            "",
            "TLSv1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 - acme.example",
        ),
        (
            "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256 -alpn sip/2",
            "alpn = [\"sip/2\"]\nsni = \"front.example\"\n",
            "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256 sip/2 front.example",
        ),
    ] {
        let result = probed(&home, options, settings);
        assert_eq!(result["result"], "timeout", "{result}");
        let tls = Value::Array(vec![result["tls"].clone()]);
        assert_eq!(lines(&tls, &["version", "cipher", "alpn", "sni"]), [told]);
        assert_eq!(
            lines(&tls, &["trusted", "names_domain", "names_target", "days_left"]),
            ["true true false 8"],
            "the target is an address, and the certificate names the domain"
        );
        assert_eq!(lines(&tls[0]["chain"], &["subject", "issuer"]), ["CN=acme.example CN=acme.example"]);
    }
}

#[test]
#[ignore = "needs Debian's package openssl"]
fn a_server_that_wants_our_certificate_gets_the_carriers() {
    let home = Home::new();
    identity(&home);
    for version in ["-tls1_2", "-tls1_3"] {
        let options = format!("{version} -Verify 1 -verify_return_error");
        let without = probed(&home, &options, "");
        assert_eq!((&without["result"], &without["ours"]), (&"tls_handshake".into(), &true.into()), "{without}");
        assert!(without["detail"].as_str().unwrap().starts_with("peer wants a certificate of ours"), "{without}");
        let with = probed(&home, &options, "cert = \"own.pem\"\nkey = \"own.key\"\n");
        assert_eq!((&with["result"], &with["tls"]["trusted"]), (&"timeout".into(), &true.into()), "{with}");
    }
}
