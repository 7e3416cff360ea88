//! What a PBX prints of its registrations: README's example, the schema and the program are of one mind.

use serde_json::{Value, json};

use crate::schema;
use trunktop::model::{Confidence, Whereabouts};
use trunktop::pbx;

/// README's example.
fn example() -> Value {
    let readme = include_str!("../README.md");
    let mut blocks = readme.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let block = blocks.find(|block| block.contains("trunktop.pins/1")).unwrap();
    serde_json::from_str(block).unwrap()
}

#[test]
fn readmes_document_of_pins_is_one() {
    let document = example();
    assert_eq!(schema::faults(&document), [""; 0]);
    schema::assert_strict(&document);
    let seen = pbx::read(document.to_string().as_bytes()).unwrap();
    let kinds: Vec<_> = seen.iter().map(|seen| (seen.confidence, seen.is_registration)).collect();
    assert_eq!(kinds, [(Confidence::Observed, true), (Confidence::Reported, true)]);
    assert!(matches!(seen[0].at, Whereabouts::Address { port: Some(5061), .. }));
    assert_eq!(seen[1].at, Whereabouts::Target("pop-us-east-1.acme.example".parse().unwrap()));
}

#[test]
fn what_the_schema_refuses_is_not_read_and_what_it_takes_is() {
    for (field, value, good) in [
        ("address", json!("192.0.2.10"), true),
        ("address", json!("[2001:db8::7]:5061"), true),
        ("address", json!("2001:db8::7"), true),
        ("address", json!("[2001:db8::7]"), true),
        ("address", json!("pop.example:5061"), false),
        ("address", json!(5), false),
        ("target", json!(null), true),
        ("target", json!(""), false),
        ("port", json!(5061), true),
        ("port", json!(0), false),
        ("port", json!(65536), false),
        ("port", json!("5061"), false),
        ("transport", json!("wss"), true),
        ("transport", json!("smoke"), false),
        ("expires_in", json!(0.5), true),
        ("expires_in", json!(-1), false),
        ("expires_in", json!(1e10), false),
        ("state", json!("Registered"), true),
        ("state", json!(["Registered"]), false),
        ("source", json!(1), false),
        ("confidence", json!("reported"), true),
        ("confidence", json!("inferred"), false),
        ("more", json!({ "of": 1 }), true),
    ] {
        let mut pin = json!({ "address": "192.0.2.10" });
        pin[field] = value;
        let document = json!({ "schema": "trunktop.pins/1", "pins": [pin] });
        assert_eq!(schema::faults(&document).is_empty(), good, "{document}");
        assert_eq!(pbx::read(document.to_string().as_bytes()).is_ok(), good, "{document}");
    }
    for nowhere in [json!({}), json!({ "address": null, "target": null, "port": 5060 })] {
        let document = json!({ "schema": "trunktop.pins/1", "pins": [nowhere] });
        assert!(!schema::faults(&document).is_empty());
        assert!(pbx::read(document.to_string().as_bytes()).is_err());
    }
}
