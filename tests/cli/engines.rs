//! `--engine`: the numbers of real stacks, and all engines before the same outage.

use serde_json::Value;
use trunktop::lab::Behaviour;
use trunktop::model::{Name, Question, RecordType};

use super::preview::{share, stage};
use super::{assert_close, lines};
use crate::schema;

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
    // FreeSWITCH tries the domain's own addresses after its SRV targets.
    let freeswitch = documents.iter().find(|document| document["engine"] == "freeswitch").unwrap();
    let beyond = lines(&freeswitch["also_asked"], &["type", "name"]);
    assert!(beyond.contains(&"A half.example".to_owned()), "{beyond:?}");
    let table = stage.run("preview half.example --engine all").out;
    assert!(table.contains("asked beyond the reference: ") && table.contains("A half.example"), "{table}");
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
            "50 % moves, within 1 h 32 s",
            "no",
            "source"
        ]
    );
    let worst = stage.run("preview half.example --engine all --worst");
    let row = worst.out.lines().find(|line| line.starts_with("kamailio")).unwrap();
    assert!(row.contains("100 %") && row.contains("nobody"), "a silent first target is the end: {row}");
    let now = stage.document_or_more("preview half.example --engine all");
    let can_fail = now.iter().filter(|document| document["before"] != Value::Array(Vec::new())).count();
    assert_eq!(stage.document_or_more("preview half.example --engine all --worst").len(), can_fail, "one for each");
    let full = stage.run("preview half.example --engine all --explain --fail a.half.example");
    assert!(full.out.starts_with(&ran.out) && full.out.contains("how kamailio finds them"), "{}", full.out);
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
