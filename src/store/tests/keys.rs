//! Keys that nobody knows, and what the settings hold.

use super::*;

#[test]
fn a_misspelt_key_is_named_with_the_one_that_was_meant_and_spoils_nothing() {
    let written = r#"[[carrier]]
name = "one"
uri = "one.example"
enigne = "rfc3263"
transport = ["udp"]
zzz = 1
pops = [{ name = "east", match = "east-*", mach = 1 }]
[carrier.tls]
verfy = false

[[carriers]]
name = "two"
"#;
    let (_home, store) = with(written);
    let Carriers { good, trouble, slips } = store.carriers();
    assert_eq!((good.len(), trouble.len()), (1, 0));
    let said: Vec<_> = slips.iter().map(|slip| format!("{} {}", slip.line.unwrap(), slip.what)).collect();
    assert_eq!(
        said,
        [
            "4 carrier 'one': key 'enigne' is not known, and does nothing; 'engine' is",
            "5 carrier 'one': key 'transport' is not known, and does nothing; 'transports' is",
            "6 carrier 'one': key 'zzz' is not known, and does nothing",
            "7 carrier 'one': pops: key 'mach' is not known, and does nothing; 'match' is",
            "9 carrier 'one': tls: key 'verfy' is not known, and does nothing; 'verify' is",
            "11 key 'carriers' is not known, and does nothing; 'carrier' is",
        ]
    );
    // The file can be written all the same, and keeps what nobody knows.
    store.add(&name("new"), &"sip:new.example".parse().unwrap()).unwrap();
    assert!(fs::read_to_string(store.places().carriers()).unwrap().starts_with(written));
}
