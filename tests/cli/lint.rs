//! `trunktop lint`: findings, exit codes, and the same findings below `resolve`.

use super::{Stage, lines};
use crate::schema;
use trunktop::lab::DnsFault;
use trunktop::model::RecordType;

/// A lab whose name server holds these records, and nothing else.
fn stage(records: &[&str]) -> Stage {
    let stage = Stage::with([]);
    stage.lab.publish(&records.join("\n")).unwrap();
    stage
}

const GOOD: [&str; 4] = [
    "good.example. 300 NAPTR 10 10 \"s\" \"SIP+D2U\" \"\" _sip._udp.good.example.",
    "_sip._udp.good.example. 300 SRV 10 0 5060 good.example.",
    "_sip._udp.good.example. 300 SRV 20 0 5060 b.good.example.",
    "b.good.example. 300 A 192.0.2.2",
];

#[test]
fn a_domain_in_order_has_no_findings() {
    let stage = stage(&GOOD);
    stage.lab.publish("good.example. 300 A 192.0.2.1").unwrap();
    let (document, code) = stage.document("lint sip:good.example");
    assert_eq!((document["findings"].as_array().map(Vec::len), code), (Some(0), 0), "{document}");
    let text = stage.run("lint good.example");
    assert_eq!((text.code, text.out.lines().nth(1)), (0, Some("no findings")), "{}", text.out);
    assert!(!stage.run("resolve good.example").out.contains("findings"));
}

#[test]
fn findings_have_rule_place_clause_and_advice_and_decide_the_exit_code() {
    let stage = stage(&GOOD);
    let (document, code) = stage.document("lint sip:good.example");
    let fields = ["severity", "rule", "where", "what"];
    let found = lines(&document["findings"], &fields);
    assert_eq!(
        found,
        [
            "error L04 good.example an SRV record names it, and it has no address (A: NODATA, AAAA: NODATA)",
            "warning L21 sip:good.example b.good.example is the only target",
            "info L18 good.example it has SRV records and no address of its own (A: NODATA, AAAA: NODATA)",
        ]
    );
    assert_eq!((document["conclusion"].as_str(), code), (Some("found"), 1));
    schema::assert_strict(&document);
    let (resolution, code) = stage.document("resolve good.example");
    assert_eq!((lines(&resolution["findings"], &fields), code), (found, 0), "resolve finds candidates all the same");
    schema::assert_strict(&resolution);
    let text = stage.run("lint good.example");
    for words in
        ["1 error, 1 warning, 1 info", "error    L04  good.example", "Add an A or AAAA record", "RFC 2782 (Target"]
    {
        assert!(text.out.contains(words), "{words}: {}", text.out);
    }
    assert!(text.out.is_ascii() && !text.out.contains('\x1b'), "{}", text.out);
    let below = stage.run("resolve good.example").out;
    let (_, below) = below.split_once("findings: 1 error, 1 warning, 1 info").unwrap();
    assert!(
        below.contains("L04") && below.contains("L21") && !below.contains("L18"),
        "infos are only counted: {below}"
    );
}

#[test]
fn what_is_only_worth_knowing_is_no_trouble() {
    let stage = stage(&[
        "_sip._udp.odd.example. 300 SRV 10 0 5080 a.odd.example.",
        "_sip._udp.odd.example. 300 SRV 20 0 5060 b.odd.example.",
        "a.odd.example. 300 A 192.0.2.1",
        "b.odd.example. 300 A 192.0.2.2",
    ]);
    let (document, code) = stage.document("lint sip:odd.example;transport=udp");
    assert_eq!((lines(&document["findings"], &["severity", "rule"]), code), (vec!["info L16".to_owned()], 0));
}

#[test]
fn a_low_ttl_is_the_zones_only_where_its_own_server_says_so() {
    let stage = stage(&["ttl.example. 7 A 192.0.2.1", "ttl.example. 7 A 192.0.2.2"]);
    let of = |resolver: String| {
        let ran = stage.home().run(&format!("lint ttl.example --format json --resolver {resolver}"));
        lines(&ran.document()["findings"], &["severity", "rule", "where"])
    };
    assert!(of(stage.resolver()).contains(&"info L26 A ttl.example".to_owned()));
    assert!(of(format!("auth://{}", stage.resolver())).contains(&"warning L26 A ttl.example".to_owned()));
}

#[test]
fn the_worst_decides_and_nobody_is_called_clean_who_was_not_seen() {
    let stage = stage(&GOOD);
    stage.lab.publish("good.example. 300 A 192.0.2.1").unwrap();
    let (document, code) = stage.document("lint nobody.example");
    assert_eq!(lines(&document["findings"], &["severity", "rule"]), ["error L18"]);
    assert_eq!((document["conclusion"].as_str(), code), (Some("nowhere"), 1));
    let (document, code) = stage.document("lint sip:good.example;transport=sctp");
    assert_eq!(
        (document["conclusion"].as_str(), document["findings"].as_array().unwrap().len(), code),
        (Some("nowhere"), 0, 1)
    );
    stage.fault_at("good.example", RecordType::Naptr, DnsFault::ServFail);
    let (document, code) = stage.document("lint good.example");
    assert_eq!((document["conclusion"].as_str(), code), (Some("dns_failed"), 3));
    let ran = stage.run("lint nobody.example good.example sip:192.0.2.1 --format json");
    assert_eq!((lines(&ran.documents().into(), &["uri"]).len(), ran.code), (3, 3));
    assert!(stage.run("lint good.example").out.contains("DNS failed, so not all could be judged: NAPTR good.example"));
}

#[test]
fn a_saved_carrier_is_judged_by_all_that_it_dials() {
    let stage = stage(&["a.example. 300 A 192.0.2.1", "b.example. 300 A 192.0.2.2"]);
    stage
        .home()
        .write("carriers.toml", "[[carrier]]\nname = \"both\"\nuris = [\"sip:a.example\", \"sip:b.example\"]\n");
    let (document, code) = stage.document("lint both");
    assert_eq!((document["findings"].as_array().unwrap().len(), code), (0, 0), "{document}");
    let (document, _) = stage.document("lint sip:a.example:5060");
    assert_eq!(lines(&document["findings"], &["rule", "ours"]), ["L17 true", "L21 false"]);
    let (document, code) = stage.document("lint sip:a.example");
    assert_eq!((lines(&document["findings"], &["rule"]), code), (vec!["L21".to_owned()], 1));
    stage.run("lint").assert_failed(64, &["<URI|CARRIER>", "usage: trunktop lint"]);
}
