//! `trunktop preview`: the numbers, by the formulas of RFC 2782's draw, and that nothing is sent for them.

use serde_json::Value;
use trunktop::lab::{Behaviour, CarrierPlan, DnsFault, HostPlan};
use trunktop::model::Transport::Udp;
use trunktop::model::{Name, Question, RecordType};

use super::{Stage, assert_close, lines};
use crate::schema;

/// Carriers `half` (50/50, backup), `odd` (45/95), `three` (70/20/10), `zero` (0/50/50), over UDP.
fn stage() -> Stage {
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

fn share(document: &Value, when: &str, target: &str) -> Value {
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
        ("tls", 0.0, 0.0, 0.0, 0.0),
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
fn each_engine_has_its_document() {
    let stage = stage();
    let engines = stage.home().run("engines --format json").documents();
    let ran = stage.run("preview half.example --engine all --format json --method register");
    let documents = ran.documents();
    let names = |documents: &[Value], field: &str| lines(&Value::Array(documents.to_vec()), &[field]);
    assert_eq!((names(&documents, "engine"), ran.code), (names(&engines, "name"), 0));
    assert!(documents.iter().all(|document| document["method"] == "register"));
    documents.iter().for_each(schema::assert_strict);
    for engine in names(&engines, "name") {
        let (mut alone, _) = stage.document(&format!("preview half.example --engine {engine} --method register"));
        let among = documents.iter().find(|document| document["engine"] == engine.as_str()).unwrap();
        // What the reference did not need is known only where it was walked.
        assert_eq!(alone["also_asked"], Value::Null);
        alone["also_asked"] = among["also_asked"].clone();
        assert_eq!(*among, alone, "the same survey gives the same");
    }
}

#[test]
fn health_of_all_engines_is_probed_once() {
    let stage = stage();
    stage.behave("a.half.example", Behaviour::Status(503, "Service Unavailable"));
    let documents = stage.document_or_more("preview half.example --health --fail b.half.example --engine all");
    assert!(documents.iter().all(|document| document["health"] == "probed"));
    assert_eq!(stage.requests(), 3, "each target once, whatever the engine");
}

#[test]
fn engines_share_one_survey_and_each_question_is_asked_once() {
    let stage = stage();
    stage.run("preview half.example --engine all --fail a.half.example");
    let times = |name: &str, rtype| stage.lab.dns().asked(&Question::new(Name::parse(name).unwrap(), rtype));
    for name in ["half.example", "_sip._udp.half.example"] {
        for rtype in [RecordType::Naptr, RecordType::Srv] {
            let needed = (name == "half.example") == (rtype == RecordType::Naptr);
            assert_eq!(times(name, rtype), u64::from(needed), "{rtype} {name}");
        }
    }
    for name in ["half.example", "a.half.example", "b.half.example", "c.half.example"] {
        assert!(times(name, RecordType::A) <= 1 && times(name, RecordType::Aaaa) <= 1, "{name}");
    }
    let documents = stage.document_or_more("preview half.example --engine all");
    let reference = &documents[0];
    assert_eq!((&reference["engine"], &reference["also_asked"]), (&"rfc3263".into(), &Value::Array(Vec::new())));
    // Asterisk asks for the domain's own addresses in parallel.
    let asterisk = documents.iter().find(|document| document["engine"] == "asterisk").unwrap();
    let beyond = lines(&asterisk["also_asked"], &["type", "name"]);
    assert!(beyond.contains(&"A half.example".to_owned()), "{beyond:?}");
    let table = stage.run("preview half.example --engine all").out;
    assert!(table.contains("asked beyond the reference: A half.example"), "{table}");
}

#[test]
fn of_all_engines_the_carriers_own_decides_how_it_ends() {
    let stage = stage();
    for (own, code) in [("", 0), ("engine = \"asterisk\"\n", 0), ("engine = \"kamailio\"\n", 1)] {
        let carrier = format!("[[carrier]]\nname = \"trunk\"\nuri = \"sip:half.example\"\n{own}");
        stage.home().write("carriers.toml", &carrier);
        for what in ["--fail a.half.example", "--worst"] {
            let ran = stage.run(&format!("preview trunk --engine all {what}"));
            assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{own}{what}: {}", ran.out);
        }
    }
    // Set as its owner has it, it stands beside its default.
    let own = "kamailio:use_dns_failover=1,dns_srv_lb=1";
    let carrier = format!("[[carrier]]\nname = \"trunk\"\nuri = \"sip:half.example\"\nengine = \"{own}\"\n");
    stage.home().write("carriers.toml", &carrier);
    let ran = stage.run("preview trunk --engine all --fail a.half.example");
    let row = ran.out.lines().find(|line| line.starts_with(&format!("{own} * "))).expect(&ran.out);
    assert!(row.contains("b 100 %") && row.contains("30 s") && row.ends_with("measured"), "{row}");
    assert!(ran.out.contains("* the carrier's own engine\n") && ran.code == 0, "{}", ran.out);
    let before = ran.out.lines().position(|line| line.starts_with("kamailio "));
    assert_eq!(before.map(|at| at + 1), ran.out.lines().position(|line| line == row));
}

#[test]
fn the_table_has_a_line_for_each_engine() {
    let stage = stage();
    let engines = stage.home().run("engines --format json").documents();
    let ran = stage.run("preview half.example --engine all --fail a.half.example");
    assert!(ran.out.lines().next().unwrap().contains("SIMULATION"), "{}", ran.out);
    for engine in &engines {
        let name = engine["name"].as_str().unwrap();
        let row = ran.out.lines().find(|line| line.split_whitespace().next() == Some(name)).expect(name);
        assert!(row.ends_with(engine["confidence"].as_str().unwrap()), "{row}");
    }
    let rfc = ran.out.lines().find(|line| line.starts_with("rfc3263")).unwrap();
    let cells: Vec<&str> = rfc.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(
        cells,
        [
            "rfc3263",
            "a 50 %, b 50 %",
            "b 100 %",
            "50 %",
            "32 s",
            "0 %",
            "nothing",
            "50 % moves, within 60 min",
            "no",
            "source"
        ]
    );
    let worst = stage.run("preview half.example --engine all --worst");
    let row = worst.out.lines().find(|line| line.starts_with("kamailio")).unwrap();
    assert!(row.contains("100 %") && row.contains("nobody"), "a silent first target is the end: {row}");
    assert_eq!(stage.document_or_more("preview half.example --engine all --worst").len(), engines.len());
    let full = stage.run("preview half.example --engine all --explain --fail a.half.example");
    assert!(full.out.starts_with(&ran.out) && full.out.contains("how kamailio finds them"), "{}", full.out);
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
        "new calls do not follow it",
    ] {
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
    assert!(!ran.out.contains('\x1b'));
    let ran = stage.run("preview half.example --fail everything");
    for words in [
        "100 % are lost, after at most 96 s: no target is left to try",
        "all fail  rfc3263 has no last resort behind them",
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

/// The numbers of real stacks, as they were measured or follow from their source, through the binary.
#[test]
fn the_numbers_are_those_of_the_real_stacks() {
    let stage = stage();
    let wait = |engine: &str, fail: &str| {
        let (document, _) = stage.document(&format!("preview half.example --engine {engine} --fail {fail}"));
        schema::assert_strict(&document);
        document
    };
    let lb = "kamailio:use_dns_failover=1,dns_srv_lb=1";
    for (engine, fail, lost, waiting, longest) in [
        // With 1,1 and one silent, half of the calls wait 32 s: 93 and again 97 of 200 did.
        ("asterisk", "a.half.example", 0.0, 0.5, 32.0),
        ("asterisk", "a.half.example=refused", 0.0, 0.5, 32.0),
        ("asterisk", "a.half.example=503", 0.0, 0.0, 0.0),
        ("asterisk", "a.half.example=error:408", 0.0, 0.0, 0.0),
        ("asterisk", "a.half.example=error:500", 0.5, 0.0, 0.0),
        ("asterisk", "a.half.example=trying", 0.5, 0.0, 0.0),
        ("asterisk", "tier:10", 0.0, 1.0, 64.0),
        // A ring limit under 32 s never reaches the second target.
        ("asterisk --patience 20", "a.half.example", 0.5, 0.0, 0.0),
        // Its qualify asks one drawn target: while that is the silent one, no call is sent.
        ("asterisk:qualify_frequency=60", "a.half.example", 0.5, 0.25, 32.0),
        ("asterisk:qualify_frequency=60,pr2041=yes", "a.half.example", 0.0, 0.5, 32.0),
        // As it comes it never goes on; the first of equal weights gets everything.
        ("kamailio", "a.half.example", 1.0, 0.0, 0.0),
        ("kamailio", "b.half.example", 0.0, 0.0, 0.0),
        ("kamailio:use_dns_failover=1", "a.half.example", 0.0, 1.0, 30.0),
        (lb, "a.half.example", 0.0, 0.5, 30.0),
        (lb, "a.half.example=refused", 0.0, 0.5, 30.0),
        (lb, "a.half.example=503", 0.0, 0.0, 0.0),
        (lb, "a.half.example=error:486", 0.5, 0.0, 0.0),
        (lb, "tier:10", 0.0, 1.0, 60.0),
    ] {
        let document = wait(engine, fail);
        for (path, expected) in [("/lost", lost), ("/wait/share_waiting", waiting), ("/wait/max", longest)] {
            let value = document.pointer(path).unwrap();
            assert!((value.as_f64().unwrap() - expected).abs() < 1e-9, "{engine} {fail}: {path} is {value}");
        }
    }
    // A weight w is first in w of S draws, and 0 never before any other.
    for (zone, shares) in [("three", [0.7, 0.2, 0.1]), ("zero", [0.0, 0.5, 0.5])] {
        let (document, _) = stage.document(&format!("preview {zone}.example --engine asterisk"));
        for (letter, expected) in ["a", "b", "c"].iter().zip(shares) {
            assert_close(&share(&document, "before", &format!("{letter}.{zone}.example")), expected);
        }
    }
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
fn over_time_an_engine_that_remembers_spares_the_dead() {
    let stage = stage();
    let engine = "kamailio:use_dns_failover=1,dns_srv_lb=1,use_dst_blocklist=1";
    let (document, _) = stage.document(&format!("preview half.example --engine {engine} --fail a.half.example"));
    let phases = lines(&document["timeline"], &["when", "lasts", "lost"]);
    assert_eq!(phases, ["at_once 30.0 0.0", "known 60.0 0.0", "expired 30.0 0.0", "returned 60.0 0.0"]);
    let waiting: Vec<f64> =
        document["timeline"].as_array().unwrap().iter().map(|p| p["wait"]["share_waiting"].as_f64().unwrap()).collect();
    assert_eq!(waiting, [0.5, 0.0, 0.5, 0.0]);
    assert_eq!(lines(&document["timeline"][1]["landings"], &["target", "share"])[1], "b.half.example 1.0");
    let (document, _) = stage.document("preview half.example --engine asterisk --fail a.half.example");
    assert_eq!(lines(&document["timeline"], &["when", "lasts"]), ["at_once -", "returned -"]);
    assert_eq!(stage.document("preview half.example").0["timeline"], Value::Array(Vec::new()));
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
