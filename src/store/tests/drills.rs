//! `drills.toml`.

use std::fs;

use crate::model::{CarrierName, Drill};
use crate::store::{Store, StoreError};

use super::store;

fn drill(name: &str, carrier: &str, fails: &[&str]) -> Drill {
    Drill {
        name: name.parse().unwrap(),
        carrier: CarrierName::new(carrier).unwrap(),
        outages: fails.iter().map(|fails| fails.parse().unwrap()).collect(),
    }
}

fn text(store: &Store) -> String {
    fs::read_to_string(store.places().drills()).unwrap()
}

#[test]
fn drills_are_saved_read_and_replaced() {
    let (_home, store) = store();
    assert_eq!(store.drills(), (Vec::new(), Vec::new()));
    let east = drill("east \"dies\"", "acme", &["pop:us-east-1", "address:192.0.2.1=error:486", "all=tls"]);
    let other = drill("east \"dies\"", "flow", &["tier:10=503"]);
    for saved in [&east, &other] {
        store.save(saved).unwrap();
    }
    assert_eq!(store.drills(), (vec![east.clone(), other.clone()], Vec::new()));
    assert!(text(&store).starts_with("# Drills: "), "{}", text(&store));
    // What somebody wrote by hand stays.
    fs::write(store.places().drills(), text(&store) + "\n# mine\n").unwrap();
    let again = Drill { outages: drill("x", "acme", &["transport:tls=trying"]).outages, ..east };
    store.save(&again).unwrap();
    assert_eq!(store.drills().0, [again, other]);
    assert!(text(&store).ends_with("# mine\n"), "{}", text(&store));
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_the_file_is_not_written() {
    for (written, line, what, good) in [
        (
            "[[drill]]\nname = \"a\"\ncarrier = \"acme\"\nfail = [\n \"b.example\",\n \"x=boom\",\n]\n",
            6,
            "no kind of failure",
            0,
        ),
        ("[[drill]]\nname = \"a\"\ncarrier = \"acme\"\nfail = []\n", 4, "nothing fails in it", 0),
        ("[[drill]]\nname = \" \"\ncarrier = \"acme\"\nfail = [\"all\"]\n", 2, "needs a name", 0),
        ("[[drill]]\nname = \"a\"\nfail = [\"all\"]\n", 1, "carrier", 0),
        ("drill = 1\n", 1, "", 0),
        ("[[drill]\n", 1, "", 0),
        ("[[drill]]\nname = \"a\"\ncarrier = \"acme\"\nfial = 1\nfail = [\"all\"]\n", 4, "'fail' is", 1),
    ] {
        let (_home, store) = store();
        fs::write(store.places().drills(), written).unwrap();
        let (drills, trouble) = store.drills();
        assert_eq!((drills.len(), trouble[0].line), (good, Some(line)), "{written}: {trouble:?}");
        assert!(trouble[0].what.as_str().contains(what), "{trouble:?}");
        let saved = store.save(&drill("b", "acme", &["all"]));
        assert!(matches!(saved, Err(StoreError::Broken(_))), "{saved:?}");
        assert_eq!(text(&store), written);
    }
}
