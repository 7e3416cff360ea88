//! `trunktop resolve`: the candidates of RFC 3263, the exit codes, the options.

use std::net::IpAddr;

use serde_json::Value;
use trunktop::lab::DnsFault;
use trunktop::model::{RecordType, Transport};

use super::{Stage, assert_close, lines, shown};
use crate::schema;

/// `rank transport target priority weight` of each target's first address, after a look at where all lead:
/// to the sockets of the lab's host of that name.
fn targets(stage: &Stage, document: &Value) -> Vec<String> {
    let candidates = document["candidates"].as_array().unwrap();
    for candidate in candidates {
        let transport: Transport = candidate["transport"].as_str().unwrap().parse().unwrap();
        let at = (shown(&candidate["address"]).parse::<IpAddr>().unwrap(), candidate["port"].as_u64().unwrap());
        let hosts = stage.lab.host(candidate["target"].as_str().unwrap());
        let sockets: Vec<_> = hosts.iter().filter_map(|host| host.at(transport)).collect();
        assert!(sockets.iter().any(|s| (s.ip(), u64::from(s.port())) == at), "{candidate} is none of {sockets:?}");
    }
    for target in candidates.iter().filter(|candidate| candidate["address_index"] == 0) {
        let hosts = stage.lab.host(target["target"].as_str().unwrap());
        let same = candidates.iter().filter(|c| c["target"] == target["target"]).count();
        assert_eq!(same, hosts.len(), "all addresses of {target}");
    }
    let firsts: Vec<Value> = candidates.iter().filter(|c| c["address_index"] == 0).cloned().collect();
    lines(&firsts.into(), &["rank", "transport", "target", "priority", "weight"])
}

fn shares(document: &Value) -> Vec<f64> {
    document["candidates"].as_array().unwrap().iter().map(|candidate| candidate["share"].as_f64().unwrap()).collect()
}

#[test]
fn two_primaries_and_a_backup_by_naptr() {
    let stage = Stage::steady();
    let (document, code) = stage.document("resolve sip:acme.example");
    assert_eq!(code, 0);
    assert_eq!(
        targets(&stage, &document),
        [
            "1 tls pop-us-east-1.acme.example 10 50",
            "1 tls pop-us-east-2.acme.example 10 50",
            "2 tls pop-us-west-1.acme.example 20 100"
        ]
    );
    assert_eq!(shares(&document), [0.5, 0.5, 0.0]);
    assert_eq!(lines(&document["candidates"], &["naptr_order", "naptr_preference", "ttl"]), ["10 50 30"; 3]);
    assert_eq!(shown(&document["resolver"]), stage.resolver());
    assert_eq!(document["conclusion"], "found");
    let naptr = &document["steps"][0];
    assert_eq!(lines(&naptr["records"], &["order", "service", "ttl"]), ["10 SIPS+D2T 300", "20 SIP+D2U 300"]);
    schema::assert_strict(&document);
}

#[test]
fn each_decision_is_explained_below_the_tree() {
    let stage = Stage::steady();
    let plain = stage.run("resolve sip:acme.example");
    let told = stage.run("resolve --explain sip:acme.example");
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    assert!(!plain.out.contains("others"));
    let at = |what: &str| told.out.find(what).unwrap_or_else(|| panic!("'{what}' is not in\n{}", told.out));
    // In the order in which it was decided.
    let questions = ["1. NAPTR acme.example\n", "2. SRV _sips._tcp.acme.example\n", "3. AAAA pop-us-east-1"].map(at);
    assert!(at("HOLDS") < questions[0] && questions.is_sorted());
    let (host, port) = stage.resolver().rsplit_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).unwrap();
    for said in [
        "\n   why        order 10 is the first that is spoken here".to_owned(),
        format!("\n   asked      NAPTR acme.example of {host}:{port} over UDP; answered in "),
        "\n   not taken  20 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.acme.example: NAPTR order 10 was usable".to_owned(),
        "\n   rule       the lowest order that can be used;".to_owned(),
        "\n   others     Asterisk keeps later orders as fallbacks".to_owned(),
        format!("\n   dig        dig @{host} -p {port} SRV _sips._tcp.acme.example\n"),
    ] {
        at(&said);
    }
    // What the URI decides is told before what the DNS does, and an end without candidates after it.
    let told = stage.run("resolve --explain sip:127.0.0.1");
    assert!(told.out.contains("\nsip:127.0.0.1\n   given "), "{}", told.out);
    let told = stage.run("resolve --explain sip:nothing.example");
    assert!(told.out.contains("\nno candidates\n   why "), "{}", told.out);
}

#[test]
fn every_carrier_of_the_lab() {
    let stage = Stage::steady();
    for (uri, expected) in [
        (
            "flow.example",
            &[
                "1 udp ep-us-west-01.flow.example 10 50",
                "1 udp ep-us-west-02.flow.example 10 50",
                "2 udp ep-us-east-01.flow.example 20 50",
                "2 udp ep-us-east-02.flow.example 20 50",
                "3 udp ep-eu-01.flow.example 30 50",
                "3 udp ep-eu-02.flow.example 30 50",
            ][..],
        ),
        (
            "sip:anycast.example",
            &["1 tls sip-anycast2.anycast.example 1 95", "1 tls sip-anycast1.anycast.example 1 45"],
        ),
        (
            "sip:edge.example",
            &["1 tls sip-edge1.us-dc1.edge.example 5 100", "2 tls sip-edge2.us-dc2.edge.example 10 105"],
        ),
        (
            "sip:telco.example",
            &["1 tcp l01-mav-rt-001.edns.telco.example 10 0", "2 tcp l01-mav-rt-002.edns.telco.example 20 0"],
        ),
        (
            "sip:meta.example",
            &[
                "1 udp lac.us.out.meta.example 10 10",
                "1 udp nyc.us.out.meta.example 10 10",
                "2 udp mia.us.out.meta.example 20 10",
            ],
        ),
    ] {
        let (document, code) = stage.document(&format!("resolve {uri}"));
        assert_eq!((targets(&stage, &document), code), (expected.iter().map(ToString::to_string).collect(), 0));
        assert_close(&shares(&document).iter().sum::<f64>().into(), 1.0);
    }
    let (anycast, _) = stage.document("resolve anycast.example");
    // RFC 2782's inclusive draw, averaged over the orders of the list: (w + 1/n) / (S + 1).
    assert_close(&anycast["candidates"][0]["share"], 95.5 / 141.0);
    assert_close(&anycast["candidates"][1]["share"], 45.5 / 141.0);
    let (meta, _) = stage.document("resolve meta.example");
    let naptr = &meta["steps"][0];
    assert_eq!(lines(&naptr["cname"], &["name", "target", "ttl"]), ["meta.example hub.out.meta.example 90"]);
    assert_eq!(meta["candidates"][0]["ttl"], 30);
}

#[test]
fn a_port_is_asked_for_by_address_alone() {
    let stage = Stage::steady();
    let cloud = stage.lab.carriers().into_iter().find(|carrier| carrier.name.as_str() == "cloud").unwrap();
    let (document, code) = stage.document(&format!("resolve {}", cloud.uri));
    assert_eq!(code, 0);
    assert_eq!(targets(&stage, &document), ["1 udp cloud.example - -"]);
    assert_close(&document["candidates"][0]["share"], 1.0);
    assert!(shares(&document)[1..].iter().all(|&share| share == 0.0));
    let skipped = &document["steps"][0];
    assert_eq!((&skipped["outcome"], &skipped["question"]["type"]), (&"skipped".into(), &"NAPTR".into()));
    assert!(shown(&skipped["why"]).contains("port"), "{skipped}");
}

#[test]
fn an_internationalised_name_is_asked_for_as_a_labels_and_shown_as_both() {
    let stage = Stage::with([]);
    for record in ["NAPTR 10 10 \"s\" \"SIP+D2U\" \"\" _sip._udp.xn--mnchen-3ya.example.", "A 192.0.2.1"] {
        stage.lab.publish(&format!("xn--mnchen-3ya.example. 60 {record}")).unwrap();
    }
    for typed in ["sip:münchen.example", "MÜNCHEN.Example.", "xn--MNCHEN-3ya.example"] {
        let (document, code) = stage.document(&format!("resolve {typed}"));
        assert_eq!((document["uri"].as_str(), code), (Some("sip:xn--mnchen-3ya.example"), 0), "{typed}");
        assert_eq!(document["uri_unicode"], "sip:münchen.example");
        assert_eq!(document["steps"][0]["question"]["name"], "xn--mnchen-3ya.example");
        assert_eq!(lines(&document["candidates"], &["target", "address"]), ["xn--mnchen-3ya.example 192.0.2.1"]);
    }
    let text = stage.run("resolve münchen.example").out;
    for words in ["sip:xn--mnchen-3ya.example (münchen.example)", "NAPTR xn--mnchen-3ya.example (münchen.example)"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let (document, _) = stage.document("resolve acme.example");
    assert_eq!(document["uri_unicode"], Value::Null);
    stage.run("resolve a\u{200d}b.example").assert_failed(64, &["'\\u{200d}' cannot stand in a domain name"]);
    let ran = stage.run("resolve sip:u:secret@acme..example");
    ran.assert_failed(64, &["sip:u:...@acme..example", "a label is empty"]);
}

#[test]
fn a_literal_asks_nothing() {
    let stage = Stage::steady();
    for (uri, expected) in [
        ("sip:192.0.2.1", "1 udp 192.0.2.1 5060 192.0.2.1"),
        ("sip:192.0.2.1:5070;transport=tcp", "1 tcp 192.0.2.1 5070 192.0.2.1"),
        ("sips:192.0.2.1", "1 tls 192.0.2.1 5061 192.0.2.1"),
        ("sip:[2001:db8::1]", "1 udp 2001:db8::1 5060 2001:db8::1"),
    ] {
        let (document, code) = stage.document(&format!("resolve {uri}"));
        assert_eq!(code, 0);
        assert_eq!(lines(&document["candidates"], &["rank", "transport", "target", "port", "address"]), [expected]);
        assert_eq!((&document["queries"], &document["steps"]), (&0.into(), &Value::Array(Vec::new())));
    }
    assert_eq!(stage.lab.dns().asked_in_all(), 0);
}

#[test]
fn the_uri_and_the_options_decide_on_the_transport() {
    let stage = Stage::steady();
    for (arguments, expected) in [
        ("sips:anycast.example", "tls sip-anycast2.anycast.example"),
        ("sip:anycast.example --transports udp", "udp sip-anycast2.anycast.example"),
        ("sip:anycast.example;transport=udp", "udp sip-anycast2.anycast.example"),
        ("sip:acme.example --transports udp,tcp", "udp pop-us-east-1.acme.example"),
        // The order of NAPTR outranks what we prefer.
        ("sip:acme.example --transports udp,tls", "tls pop-us-east-1.acme.example"),
    ] {
        let (document, code) = stage.document(&format!("resolve {arguments}"));
        assert_eq!((lines(&document["candidates"], &["transport", "target"])[0].as_str(), code), (expected, 0));
    }
    for (arguments, why) in [
        ("sips:flow.example", "neither SRV records nor an address"),
        ("sip:acme.example;transport=tls --transports udp", "asks for tls"),
        ("sips:acme.example --transports udp", "tls"),
    ] {
        let (document, code) = stage.document(&format!("resolve {arguments}"));
        assert_eq!((document["conclusion"].as_str(), code), (Some("nowhere"), 1), "{arguments}");
        assert!(shown(&document["why"]).contains(why), "{document}");
    }
}

#[test]
fn addresses_come_in_the_order_asked_for() {
    let stage = Stage::steady();
    let dual = stage.lab.host("nyc.us.out.meta.example").len() > 1;
    for (order, first_is_v6) in [("v6-first", dual), ("v4-first", false), ("as-received", dual)] {
        let (document, _) = stage.document(&format!("resolve meta.example --address-order {order}"));
        let first: IpAddr = shown(&document["candidates"][0]["address"]).parse().unwrap();
        assert_eq!(first.is_ipv6(), first_is_v6, "{order}");
    }
    assert_eq!(stage.document("resolve meta.example --address-order host").1, 0);
}

#[test]
fn a_failed_lookup_is_not_an_empty_one() {
    let stage = Stage::steady();
    let (document, code) = stage.document("resolve nobody.example");
    assert_eq!((document["conclusion"].as_str(), code), (Some("nowhere"), 1));
    assert_eq!(document["steps"][0]["outcome"], "nxdomain");
    for (fault, outcome) in [(DnsFault::ServFail, "servfail"), (DnsFault::Refused, "refused")] {
        stage.fault_at("acme.example", RecordType::Naptr, fault);
        let (document, code) = stage.document("resolve acme.example");
        assert_eq!((document["conclusion"].as_str(), code), (Some("dns_failed"), 3));
        assert_eq!(document["steps"][0]["outcome"], outcome);
    }
    stage.fault_at("acme.example", RecordType::Naptr, DnsFault::Drop);
    let (document, code) = stage.document("resolve acme.example --timeout 0.4");
    assert_eq!((&document["steps"][0]["outcome"], code), (&"timeout".into(), 3));
    // Outside its zones the lab answers REFUSED, which says nothing about the name.
    assert_eq!(stage.document("resolve acme.invalid").1, 3);
    stage.fault_at("acme.example", RecordType::Naptr, DnsFault::Truncate);
    let (document, code) = stage.document("resolve acme.example");
    assert_eq!((document["candidates"].as_array().unwrap().len(), code), (3, 0), "the whole of it came over TCP");
}

#[test]
fn each_uri_and_each_resolver_has_its_document() {
    let stage = Stage::steady();
    let other = Stage::with([]);
    let ran = stage.run(&format!(
        "resolve acme.example nobody.example edge.example --format json --resolver tcp://{}",
        stage.resolver()
    ));
    let documents = ran.documents();
    let tcp = format!("tcp://{}", stage.resolver());
    let expected: Vec<String> = ["acme", "nobody", "edge"]
        .iter()
        .flat_map(|name| [&tcp, &stage.resolver()].map(|resolver| format!("sip:{name}.example {resolver}")))
        .collect();
    assert_eq!(lines(&documents.into(), &["uri", "resolver"]), expected);
    assert_eq!(ran.code, 1, "the worst of them");
    let ran = stage.run(&format!("resolve acme.example --format json --resolver {}", other.resolver()));
    assert_eq!(
        (lines(&ran.documents().into(), &["conclusion"]), ran.code),
        (vec!["dns_failed".into(), "found".into()], 3)
    );
}

#[test]
fn text_on_a_pipe_is_plain() {
    let stage = Stage::steady();
    let plain = stage.run("resolve acme.example");
    assert_eq!((plain.code, plain.err.as_str()), (0, ""));
    assert!(!plain.out.contains('\x1b') && plain.out.is_ascii(), "{}", plain.out);
    for words in ["NAPTR acme.example", "not used: NAPTR order 10 was usable", "50 %", "pop-us-west-1.acme.example"] {
        assert!(plain.out.contains(words), "{words}: {}", plain.out);
    }
    let colored = stage.run("resolve acme.example --color always");
    assert!(colored.out.contains("\x1b[1m") && colored.out.contains("\x1b[0m"), "{}", colored.out);
    let never = stage.run("resolve acme.example --color never");
    assert!(!never.out.contains('\x1b'));
    let failed = stage.run("resolve nobody.example");
    assert!(
        failed.out.contains("no candidates: nobody.example has neither SRV records nor an address"),
        "{}",
        failed.out
    );
    assert!(failed.out.contains("NXDOMAIN"), "{}", failed.out);
    stage.fault_at("acme.example", RecordType::Naptr, DnsFault::ServFail);
    let failed = stage.run("resolve acme.example");
    assert!(failed.out.contains("DNS failed: NAPTR acme.example: SERVFAIL"), "{}", failed.out);
}

#[test]
fn what_a_zone_holds_cannot_reach_the_terminal() {
    let stage = Stage::with([]);
    stage
        .lab
        .publish("evil.example. 60 NAPTR 10 10 \"s\" \"SIP+\x1b[2J\" \"!\x1b[2J!\" _sip._udp.evil.example.")
        .unwrap();
    for arguments in ["resolve evil.example", "resolve evil.example --format json"] {
        let ran = stage.run(arguments);
        assert!(ran.out.contains("x1b[2J"), "{}", ran.out);
        assert!(!ran.out.chars().any(|c| c.is_control() && c != '\n'), "{:?}", ran.out);
    }
}

#[test]
fn a_reader_that_went_away_is_no_trouble() {
    let stage = Stage::steady();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(super::binary());
    command.env_clear().args(["resolve", "acme.example", "--resolver", &stage.resolver()]);
    command.args(stage.home().places()).stdout(writer);
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
