//! `trunktop check`: the first layer that failed, and the exit codes that monitoring goes by.

use rustls::pki_types::CertificateDer;
use serde_json::Value;
use trunktop::lab::{Behaviour, CarrierPlan, DnsFault, HostPlan};
use trunktop::model::RecordType;
use trunktop::model::Transport::{Tls, Udp};

use super::{Stage, lines};
use crate::schema;

/// `target result code` of each result.
fn results(document: &Value) -> Vec<String> {
    lines(&document["results"], &["target", "result", "code"])
}

/// Over UDP, two primaries and a backup.
fn pair() -> Stage {
    let plan = ["a", "b", "c"]
        .iter()
        .map(|name| HostPlan::new(&format!("{name}.pair.example")).speaks([Udp]))
        .fold(CarrierPlan::new("pair", "sip:pair.example"), CarrierPlan::host);
    Stage::with([plan.zone(
        "
        $ORIGIN pair.example.
        _sip._udp 60 SRV 10 60 udp a
        _sip._udp 60 SRV 10 40 udp b
        _sip._udp 60 SRV 20  0 udp c
        ",
    )])
}

#[test]
fn each_target_is_told_apart_by_its_first_layer_that_failed() {
    let behaviours = [
        ("alive", Behaviour::Answer, "ok 200"),
        ("auth", Behaviour::Status(401, "Unauthorized"), "auth_required 401"),
        ("proxy", Behaviour::Status(407, "Proxy Authentication Required"), "auth_required 407"),
        ("error", Behaviour::Status(486, "Busy Here"), "error_response 486"),
        ("full", Behaviour::Status(503, "Service Unavailable"), "error_response 503"),
        ("silent", Behaviour::Silent, "timeout -"),
        ("trying", Behaviour::Trying, "timeout -"),
        ("closed", Behaviour::Refuse, "refused -"),
        ("noise", Behaviour::Garbage, "malformed -"),
    ];
    let mut plan = CarrierPlan::new("many", "sip:many.example");
    for (priority, (name, ..)) in (1..).zip(&behaviours) {
        plan = plan
            .host(HostPlan::new(&format!("{name}.many.example")).speaks([Udp]))
            .zone(&format!("_sip._udp.many.example. 60 SRV {priority} 0 udp {name}.many.example."));
    }
    let stage = Stage::with([plan]);
    for (name, behaviour, _) in behaviours {
        stage.behave(&format!("{name}.many.example"), behaviour);
    }
    let (document, code) = stage.document("check sip:many.example --timeout 1");
    let expected: Vec<String> =
        behaviours.iter().map(|(name, _, result)| format!("{name}.many.example {result}")).collect();
    assert_eq!((results(&document), code), (expected, 1));
    let reasons = lines(&document["results"], &["reason"]);
    assert_eq!(
        reasons[..5],
        ["OK", "Unauthorized", "Proxy Authentication Required", "Busy Here", "Service Unavailable"]
    );
    assert!(lines(&document["results"], &["tls", "ours"]).iter().all(|line| line == "- false"));
    let text = stage.run("check many.example --timeout 1");
    for words in ["auth_required", "486 Busy Here", "silence here is not an outage"] {
        assert!(text.out.contains(words), "{words}: {}", text.out);
    }
    assert!(!text.out.contains('\x1b'));
}

#[test]
fn the_exit_code_says_how_bad_it_is() {
    let stage = pair();
    let check = |arguments: &str| {
        let (document, code) = stage.document(&format!("check {arguments} --timeout 1"));
        (results(&document), code)
    };
    let (all, code) = check("pair.example");
    assert_eq!(code, 0);
    assert_eq!(all, ["a.pair.example ok 200", "b.pair.example ok 200", "c.pair.example ok 200"]);
    schema::assert_strict(&stage.document("check pair.example").0);

    stage.behave("c.pair.example", Behaviour::Refuse);
    assert_eq!(check("pair.example").1, 1, "the backup is dead");
    stage.behave("c.pair.example", Behaviour::Answer);
    stage.behave("a.pair.example", Behaviour::Status(503, "Service Unavailable"));
    assert_eq!(check("pair.example").1, 1, "part of the primary tier is dead");
    stage.behave("b.pair.example", Behaviour::Silent);
    let (all, code) = check("pair.example");
    assert_eq!((all[1].as_str(), code), ("b.pair.example timeout -", 2), "the primary tier is dead");
    stage.behave("a.pair.example", Behaviour::Status(404, "Not Found"));
    assert_eq!(check("pair.example").1, 1, "any answer but 503 is a life sign");

    stage.fault_at("_sip._udp.pair.example", RecordType::Srv, DnsFault::ServFail);
    let (all, code) = check("pair.example");
    assert_eq!((all, code), (vec!["pair.example dns -".to_owned()], 3));
    let (all, code) = check("nobody.example");
    assert_eq!((all, code), (vec!["nobody.example dns -".to_owned()], 2));
    assert_eq!(check("tel.invalid").1, 3);
    let ran = stage.run("check pair.example --timeout 1");
    assert!(ran.out.contains("SRV _sip._udp.pair.example: SERVFAIL"), "{}", ran.out);
}

#[test]
fn a_target_without_an_address_is_a_result() {
    let stage = pair();
    stage.lab.publish("_sip._udp.pair.example. 60 SRV 20 0 5060 gone.pair.example.").unwrap();
    stage.lab.publish("_sip._udp.pair.example. 60 SRV 10 0 udp a.pair.example.\n_sip._udp.pair.example. 60 SRV 20 0 5060 gone.pair.example.").unwrap();
    let (document, code) = stage.document("check pair.example");
    assert_eq!((results(&document), code), (vec!["a.pair.example ok 200".into(), "gone.pair.example dns -".into()], 1));
    assert_eq!(document["results"][1]["detail"], "A: NXDOMAIN, AAAA: NXDOMAIN");
    stage.lab.publish("_sip._udp.pair.example. 60 SRV 20 0 udp a.pair.example.\n_sip._udp.pair.example. 60 SRV 10 0 5060 gone.pair.example.").unwrap();
    assert_eq!(stage.document("check pair.example").1, 2, "the primary tier has no address");
}

#[test]
fn certificates_are_judged_by_the_root_that_the_carrier_names() {
    let host = |name: &str, names: &[&str]| HostPlan::new(name).speaks([Tls]).certificate(names, 30);
    let stage = Stage::with([CarrierPlan::new("tls", "sip:tls.example")
        .host(host("good.tls.example", &["tls.example", "good.tls.example"]))
        .host(host("other.tls.example", &["other.tls.example"]))
        .host(HostPlan::new("old.tls.example").speaks([Tls]).certificate(&["tls.example"], -2))
        .zone(
            "
            $ORIGIN tls.example.
            _sips._tcp 60 SRV 10 0 tls good
            _sips._tcp 60 SRV 20 0 tls other
            _sips._tcp 60 SRV 30 0 tls old
            ",
        )]);
    let (document, code) = stage.document("check sip:tls.example");
    let distrusted = ["good", "other", "old"].map(|name| format!("{name}.tls.example tls_untrusted 200"));
    assert_eq!((results(&document), code), (distrusted.to_vec(), 1), "nobody has said whom to trust");

    stage.home().write("root.pem", &pem(&stage.lab.root()));
    let file = |verify: bool| {
        format!(
            "[[carrier]]\nname = \"trunk\"\nuri = \"sip:tls.example\"\n[carrier.tls]\nca = \"root.pem\"\nverify = {verify}\n"
        )
    };
    stage.home().write("carriers.toml", &file(true));
    let (document, code) = stage.document("check trunk");
    assert_eq!(
        (results(&document), code),
        (
            vec![
                "good.tls.example ok 200".into(),
                "other.tls.example tls_name 200".into(),
                "old.tls.example tls_untrusted 200".into()
            ],
            1
        )
    );
    let tls: Vec<Value> = document["results"].as_array().unwrap().iter().map(|result| result["tls"].clone()).collect();
    let tls = Value::Array(tls);
    assert_eq!(
        lines(&tls, &["version", "trusted", "names_domain", "names_target"]),
        ["TLSv1.3 true true true", "TLSv1.3 true false true", "TLSv1.3 false true false"]
    );
    assert_eq!(lines(&tls, &["cipher", "alpn", "sni", "days_left"])[0], "TLS_AES_256_GCM_SHA384 - tls.example 29");
    assert!(["-2", "-3"].contains(&lines(&tls, &["days_left"])[2].as_str()), "it ended two days ago, and some time");
    let chain = |at: usize| lines(&tls[at]["chain"], &["issuer", "days_left"]);
    assert_eq!(chain(0), [format!("{} 29", tls[0]["issuer"].as_str().unwrap())]);
    schema::assert_strict(&document);

    stage.home().write("carriers.toml", &file(false));
    let (document, code) = stage.document("check trunk");
    assert_eq!(code, 0, "who does not verify wants to hear of SIP alone");
    assert_eq!(document["results"][2]["tls"]["trusted"], false, "yet the truth is told");
}

#[test]
fn every_resolver_has_its_document_and_no_target_is_probed_twice() {
    let stage = pair();
    let ran = stage.run(&format!("check pair.example --format json --resolver tcp://{}", stage.resolver()));
    let documents = ran.documents();
    let expected = [format!("tcp://{}", stage.resolver()), stage.resolver()];
    assert_eq!((lines(&documents.into(), &["resolver"]), ran.code), (expected.to_vec(), 0));
    assert_eq!(stage.requests(), 3);
}

#[test]
fn without_a_name_all_saved_carriers_are_checked() {
    let stage = pair();
    let good = "[[carrier]]\nname = \"pair\"\nuri = \"sip:pair.example\"\n";
    stage.home().write("carriers.toml", good);
    let (document, code) = stage.document("check");
    assert_eq!((document["uri"].as_str(), code), (Some("sip:pair.example"), 0));
    stage.home().write("carriers.toml", &format!("{good}\n[[carrier]]\nname = \"half\"\n"));
    let ran = stage.run("check --format json");
    assert_eq!((ran.documents().len(), ran.code), (1, 1), "one of them could not be checked");
    assert!(ran.err.contains("carriers.toml:5: carrier 'half': it has no uri"), "{}", ran.err);
}

/// A certificate in PEM (RFC 7468).
fn pem(certificate: &CertificateDer<'_>) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut body = String::new();
    for group in certificate.chunks(3) {
        let octet = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        for at in 0..4 {
            let sextet = usize::try_from(bits >> (18 - 6 * at) & 63).unwrap();
            body.push(if at <= group.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[test]
fn a_certificate_that_ends_very_soon_is_a_warning() {
    let host = |name: &str, days| HostPlan::new(name).speaks([Tls]).certificate(&["ends.example", name], days);
    let stage = Stage::with([CarrierPlan::new("ends", "sip:ends.example")
        .host(host("next.ends.example", 10))
        .host(host("later.ends.example", 20))
        .zone(
            "
            $ORIGIN ends.example.
            _sips._tcp 60 SRV 10 0 tls next
            _sips._tcp 60 SRV 20 0 tls later
            ",
        )]);
    stage.home().write("root.pem", &pem(&stage.lab.root()));
    for (verify, code) in [(true, 1), (false, 0)] {
        let tls = format!("[carrier.tls]\nca = \"root.pem\"\nverify = {verify}\n");
        stage.home().write("carriers.toml", &format!("[[carrier]]\nname = \"t\"\nuri = \"sip:ends.example\"\n{tls}"));
        let ran = stage.run("check t");
        assert_eq!(ran.code, code, "{}", ran.out);
        for (host, days) in [("next", 9), ("later", 19)] {
            let said = format!("(its certificate ends in {days} days)");
            let mut lines = ran.out.lines();
            assert!(lines.any(|line| line.contains(host) && line.contains(&said)), "{}", ran.out);
        }
    }
}
