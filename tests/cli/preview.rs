//! `trunktop preview`: the numbers, by the formulas of RFC 2782's draw, and that nothing is sent for them.

use serde_json::Value;
use trunktop::lab::{Behaviour, CarrierPlan, DnsFault, HostPlan};
use trunktop::model::RecordType;
use trunktop::model::Transport::Udp;

use super::{Stage, assert_close, lines};
use crate::schema;

/// Carriers `half` (50/50, backup), `odd` (45/95), `three` (70/20/10), `zero` (0/50/50), over UDP.
pub(super) fn stage() -> Stage {
    let groups: [(&str, &[(u16, u16)]); 4] = [
        ("half", &[(10, 50), (10, 50), (20, 100)]),
        ("odd", &[(1, 45), (1, 95)]),
        ("three", &[(1, 70), (1, 20), (1, 10)]),
        ("zero", &[(1, 0), (1, 50), (1, 50)]),
    ];
    Stage::with(groups.map(|(carrier, records)| {
        let mut plan = CarrierPlan::new(carrier, &format!("sip:{carrier}.example"));
        for (letter, (priority, weight)) in ["a", "b", "c"].iter().zip(records) {
            let host = format!("{letter}.{carrier}.example");
            plan = plan
                .host(HostPlan::new(&host).speaks([Udp]))
                .zone(&format!("_sip._udp.{carrier}.example. 60 SRV {priority} {weight} udp {host}."));
        }
        plan
    }))
}

pub(super) fn share(document: &Value, when: &str, target: &str) -> Value {
    let landings = document[when].as_array().unwrap();
    landings.iter().find(|landing| landing["target"] == target).unwrap()["share"].clone()
}

#[test]
fn half_and_half_becomes_all_at_the_price_of_timer_b() {
    let stage = stage();
    let (document, code) = stage.document("preview sip:half.example --fail b.half.example");
    assert_eq!(code, 0);
    for (target, before, after) in [("a", 0.5, 1.0), ("b", 0.5, 0.0), ("c", 0.0, 0.0)] {
        let target = format!("{target}.half.example");
        assert_close(&share(&document, "before", &target), before);
        assert_close(&share(&document, "after", &target), after);
    }
    for (path, expected) in [
        ("/lost_before", 0.0),
        ("/lost", 0.0),
        ("/wait/mean", 16.0),
        ("/wait/max", 32.0),
        ("/wait/share_waiting", 0.5),
        ("/after/0/delay/mean", 16.0),
        ("/after/0/delay/max", 32.0),
    ] {
        assert_close(document.pointer(path).unwrap(), expected);
    }
    assert_eq!(lines(&document["failed"], &["what", "kind"]), ["b.half.example silent"]);
    assert_eq!(
        (&document["exact"], &document["method"], &document["health"]),
        (&true.into(), &"invite".into(), &"none".into())
    );
    assert!(document["why"].to_string().contains("timer B"), "{}", document["why"]);
    schema::assert_strict(&document);
}

#[test]
fn shares_are_those_of_the_inclusive_draw_averaged_over_the_orders() {
    let stage = stage();
    let (odd, _) = stage.document("preview odd.example --fail a.odd.example=refused");
    assert_close(&share(&odd, "before", "a.odd.example"), 45.5 / 141.0);
    assert_close(&share(&odd, "before", "b.odd.example"), 95.5 / 141.0);
    assert_close(&share(&odd, "after", "b.odd.example"), 1.0);

    let (three, _) = stage.document("preview three.example --fail a.three.example");
    let first = |weight: f64| (weight + 1.0 / 3.0) / 101.0;
    assert_close(&share(&three, "before", "a.three.example"), first(70.0));
    // Drawn at once, or after the dead one, among 20 and 10: (w + 1/2) / 31.
    assert_close(&share(&three, "after", "b.three.example"), first(20.0) + first(70.0) * 20.5 / 31.0);
    assert_close(&share(&three, "after", "c.three.example"), first(10.0) + first(70.0) * 10.5 / 31.0);
    assert_close(&three["wait"]["share_waiting"], first(70.0));
    assert_close(&three["wait"]["mean"], (first(70.0) * 32.0 * 1e6).round() / 1e6);

    let (zero, _) = stage.document("preview zero.example --fail b.zero.example=503");
    for (target, before, after) in [
        ("a", 1.0 / 101.0, 1.0 / 101.0 + 50.0 / 101.0 / 51.0),
        ("c", 50.0 / 101.0, 50.0 / 101.0 + 50.0 / 101.0 * 50.0 / 51.0),
    ] {
        assert_close(&share(&zero, "before", &format!("{target}.zero.example")), before);
        assert_close(&share(&zero, "after", &format!("{target}.zero.example")), after);
    }
}

#[test]
fn each_kind_of_failure_has_its_price() {
    let stage = stage();
    for (kind, lost, lost_after, waiting, longest) in [
        ("silent", 0.0, 0.0, 0.5, 32.0),
        ("refused", 0.0, 0.0, 0.0, 0.0),
        ("503", 0.0, 0.0, 0.0, 0.0),
        ("maintenance", 0.0, 0.0, 0.0, 0.0),
        ("error:486", 0.5, 0.0, 0.0, 0.0),
        ("trying", 0.5, 180.0, 0.0, 0.0),
    ] {
        let (document, code) = stage.document(&format!("preview half.example --fail a.half.example={kind}"));
        assert_eq!(code, i32::from(lost > 0.0), "{kind}");
        assert_close(&document["lost"], lost);
        assert_close(&document["lost_after"], lost_after);
        assert_close(&document["wait"]["share_waiting"], waiting);
        assert_close(&document["wait"]["max"], longest);
        assert_eq!(document["failed"][0]["kind"], kind);
    }
    let tls = stage.run("preview half.example --fail a.half.example=tls");
    tls.assert_failed(64, &["nothing of a.half.example goes over TLS"]);
}

#[test]
fn whatever_can_be_named_can_fail() {
    let stage = stage();
    stage.home().write(
        "carriers.toml",
        "[[carrier]]\nname = \"trunk\"\nuri = \"sip:half.example\"\npops = [{ name = \"east\", match = \"a\" }, { name = \"east\", match = \"b\" }]\n",
    );
    let address = stage.lab.host("a.half.example")[0].address();
    for (what, [a, b, c, lost], longest) in [
        ("a.half.example".to_owned(), [0.0, 1.0, 0.0, 0.0], 32.0),
        ("a.half.example@udp".to_owned(), [0.0, 1.0, 0.0, 0.0], 32.0),
        (format!("address:{address}"), [0.0, 1.0, 0.0, 0.0], 32.0),
        ("pop:east".to_owned(), [0.0, 0.0, 1.0, 0.0], 64.0),
        ("tier:10".to_owned(), [0.0, 0.0, 1.0, 0.0], 64.0),
        ("tier:20".to_owned(), [0.5, 0.5, 0.0, 0.0], 0.0),
        ("transport:udp".to_owned(), [0.0, 0.0, 0.0, 1.0], 0.0),
        ("everything".to_owned(), [0.0, 0.0, 0.0, 1.0], 0.0),
    ] {
        let (document, code) = stage.document(&format!("preview trunk --fail {what}"));
        assert_eq!((lines(&document["failed"], &["what"]), code), (vec![what], i32::from(lost > 0.0)));
        for (target, expected) in [("a", a), ("b", b), ("c", c)] {
            assert_close(&share(&document, "after", &format!("{target}.half.example")), expected);
        }
        assert_close(&document["lost"], lost);
        assert_close(&document["wait"]["max"], longest);
        assert_eq!(lines(&document["after"], &["pop"]), ["east", "east", "c.half.example"]);
    }
    let (document, code) = stage.document("preview trunk --fail a.half.example --fail b.half.example=refused");
    assert_eq!(code, 0);
    assert_close(&share(&document, "after", "c.half.example"), 1.0);
    assert_close(&document["wait"]["max"], 32.0);
}

#[test]
fn callers_who_hang_up_are_lost() {
    let stage = stage();
    let (document, code) = stage.document("preview half.example --fail a.half.example --patience 20");
    assert_eq!(code, 1);
    assert_close(&document["lost"], 0.5);
    assert_close(&document["lost_after"], 20.0);
    assert_close(&share(&document, "after", "b.half.example"), 0.5);
    assert_close(&document["wait"]["share_waiting"], 0.0);
    assert_eq!(stage.document("preview half.example --fail a.half.example --patience 40").1, 0);
}

#[test]
fn what_is_not_there_cannot_fail() {
    let stage = stage();
    for what in ["d.half.example", "a.half.example@tls", "address:192.0.2.1", "pop:west", "tier:30", "transport:tls"] {
        let known = [
            "a.half.example, b.half.example, c.half.example",
            "tier:10, tier:20",
            "transport:udp",
            "address:127.",
            ", everything\n",
        ];
        let named = format!("sip:half.example has no {what} to fail; there is:");
        let words: Vec<&str> = std::iter::once(named.as_str()).chain(known).collect();
        stage.run(&format!("preview half.example --fail {what}")).assert_failed(64, &words);
    }
}

#[test]
fn the_worst_comes_first() {
    let stage = stage();
    let ran = stage.run("preview half.example --worst --format json");
    let documents = ran.documents();
    // The one transport is not among them: its failure is no single one.
    assert_eq!((documents[0]["failed"][0]["what"].as_str(), ran.code), (Some("tier:10"), 0));
    let badness: Vec<(f64, f64)> = documents
        .iter()
        .map(|document| (document["lost"].as_f64().unwrap(), document["wait"]["mean"].as_f64().unwrap()))
        .collect();
    assert!(badness.is_sorted_by(|a, b| a >= b), "{badness:?}");
    let text = stage.run("preview half.example --worst");
    assert_eq!(text.code, 0);
    assert!(text.out.contains("SIMULATION") && text.out.contains("tier:10"), "{}", text.out);
}

#[test]
fn health_is_used_when_asked_for_and_nothing_is_sent_otherwise() {
    let stage = stage();
    for arguments in ["--fail a.half.example", "--worst", "--engine all", "--patience 20", ""] {
        stage.document_or_more(&format!("preview half.example {arguments}"));
    }
    assert_eq!(stage.requests(), 0, "a preview sends nothing");
    stage.behave("a.half.example", Behaviour::Status(503, "Service Unavailable"));
    stage.behave("c.half.example", Behaviour::Status(401, "Unauthorized"));
    let (document, code) = stage.document("preview half.example --health --fail b.half.example");
    assert_eq!((document["health"].as_str(), code), (Some("probed"), 0));
    assert_eq!(stage.requests(), 3, "each target once");
    assert_close(&share(&document, "before", "b.half.example"), 1.0);
    assert_close(&share(&document, "after", "c.half.example"), 1.0);
    assert_eq!(lines(&document["failed"], &["what"]), ["b.half.example"], "only what was forced");
}

#[test]
fn without_a_tree_there_is_no_preview() {
    let stage = stage();
    stage.fault_at("half.example", RecordType::Naptr, DnsFault::ServFail);
    let why = "SERVFAIL for NAPTR half.example";
    for format in ["text", "json"] {
        stage
            .run(&format!("preview half.example --fail x --format {format}"))
            .assert_failed(3, &[&format!("sip:half.example: {why}"), "there is no tree to preview"]);
    }
    // An engine that asks for no NAPTR has its tree all the same; the reference decides how it ends.
    let ran = stage.run("preview half.example --engine all");
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains(&format!("rfc3263: {why}: there is no tree to preview\n")), "{}", ran.out);
    let kamailio = ran.out.lines().find(|line| line.starts_with("kamailio")).unwrap();
    assert!(kamailio.contains("a 100 %"), "{kamailio}");
    let ran = stage.run("preview half.example --engine all --format json");
    assert!(ran.documents().iter().any(|document| document["engine"] == "kamailio"));
    assert!(ran.err.contains(&format!("sip:half.example as rfc3263: {why}")) && ran.code == 3, "{}", ran.err);

    let (document, code) = stage.document("preview nobody.example --fail everything");
    assert_eq!((&document["after"], code), (&Value::Array(Vec::new()), 1));
    assert_close(&document["lost"], 1.0);
    let text = stage.run("preview nobody.example").out;
    assert!(text.contains("there is no candidate to send to") && text.contains("no target to register with"), "{text}");
}

#[test]
fn text_says_that_it_is_a_simulation() {
    let stage = stage();
    let ran = stage.run("preview half.example --fail a.half.example");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for words in [
        "SIMULATION",
        "fails: a.half.example silent",
        "50 % ",
        "100 %",
        "x 2.0",
        "50 % wait, at most 32 s",
        "timer B",
        "at once          b 100 %",
        "when it returns  a 50 %, b 50 %",
        "register  50 % that it is held where it fails; then it moves to b.half.example 100 % within 3632 s at the latest",
        "INVITEs do not follow it",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(!ran.out.contains('\x1b'));
    let ran = stage.run("preview half.example --fail everything");
    for words in [
        "100 % are lost, after at most 96 s: no target is left to try",
        "all fail  rfc3263 has no last resort in this domain",
        "there is nowhere to register",
        "1 more: --explain",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    let all = stage.run("preview half.example --fail everything --explain").out;
    for words in ["no target is left to try\n", "how rfc3263 finds them", "SRV _sip._udp.half.example", "[RFC 2782"] {
        assert!(all.contains(words), "{words}: {all}");
    }
    assert!(!all.contains("--explain"), "{all}");
}

/// POPs over several targets are added up, and held against what they normally get.
#[test]
fn load_is_held_against_the_normal_share() {
    let stage = stage();
    stage.home().write(
        "carriers.toml",
        "[[carrier]]\nname = \"trunk\"\nuri = \"sip:three.example\"\npops = [{ name = \"east\", match = \"b\" }, { name = \"east\", match = \"c\" }]\n",
    );
    let (document, _) = stage.document("preview trunk --engine asterisk --fail a.three.example");
    assert_eq!(lines(&document["pops"], &["pop"]), ["a.three.example", "east"]);
    let east = &document["pops"][1];
    assert_close(&east["before"], 0.3);
    assert_close(&east["after"], 1.0);
    assert_close(&east["load"], 1.0 / 0.3);
    assert_close(&document["after"][1]["load"], 2.0 / 3.0 / 0.2);
    let text = stage.run("preview trunk --engine asterisk --fail a.three.example").out;
    assert!(text.contains("east             30 %  100 %  x 3.3\n"), "{text}");
}

#[test]
fn why_requests_are_lost_is_told_part_by_part() {
    let stage = stage();
    for (arguments, expected) in [
        ("--fail a.half.example=error:486", &["stops 0.5"][..]),
        ("--fail everything", &["nothing_left 1.0"]),
        ("--fail a.half.example --patience 20", &["hung_up 0.5"]),
        ("--fail a.half.example --engine asterisk:qualify_frequency=60", &["unsent 0.5"]),
        ("--fail a.half.example --engine asterisk:qualify_frequency=60 --patience 20", &["hung_up 0.25", "unsent 0.5"]),
        ("--fail everything --method register --engine kamailio:use_dns_failover=1", &["gives_up 1.0"]),
        ("", &[]),
    ] {
        let (document, _) = stage.document(&format!("preview half.example {arguments}"));
        assert_eq!(lines(&document["lost_by"], &["by", "share"]), expected, "{arguments}");
    }
}

#[test]
fn what_becomes_of_the_registration_is_told() {
    let stage = stage();
    let (document, _) = stage.document("preview half.example --engine asterisk --fail a.half.example");
    let register = &document["register"];
    // A refresh comes 10 s before 3600 s are over, and finds out in 32 s.
    for (field, expected) in [("moves", 0.5), ("misses", 3622.0), ("expires", 3600.0), ("early", 10.0), ("lost", 0.0)] {
        assert_close(&register[field], expected);
    }
    assert_eq!(lines(&register["moves_to"], &["target", "share"]), ["b.half.example 1.0"]);
    assert_eq!((&register["pin"], &register["invites_follow"]), (&Value::Null, &false.into()));
    assert!(register["when"].as_str().unwrap().contains("3622 s"), "{register}");
    let (document, _) = stage.document("preview half.example --engine asterisk --fail c.half.example");
    let register = &document["register"];
    assert_eq!((&register["when"], &register["moves_to"]), (&Value::Null, &Value::Array(Vec::new())));
    assert_close(&register["misses"], 0.0);
}
