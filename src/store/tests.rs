//! Whole files: read, changed, compared octet for octet.

mod accounts;
mod keys;

use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::model::{Carrier, Connections, Host, ProbeSettings};

mod drills;
mod settings;

/// A store in a directory of its own.
fn store() -> (TempDir, Store) {
    let home = TempDir::new().unwrap();
    let places = Places { config: home.path().join("config"), state: home.path().join("state") };
    fs::create_dir(&places.config).unwrap();
    (home, Store::new(places))
}

fn with(text: impl AsRef<[u8]>) -> (TempDir, Store) {
    let (home, store) = store();
    fs::write(store.places().carriers(), text).unwrap();
    (home, store)
}

fn text(store: &Store) -> String {
    fs::read_to_string(store.places().carriers()).unwrap()
}

fn name(raw: &str) -> CarrierName {
    CarrierName::new(raw).unwrap()
}

fn add(store: &Store, raw: &str) -> Result<(), StoreError> {
    store.add(&name(raw), &format!("sip:{raw}.example").parse().unwrap())
}

fn names(carriers: &[Carrier]) -> Vec<&str> {
    carriers.iter().map(|carrier| carrier.name.as_str()).collect()
}

/// The trouble as `line what`.
fn told(carriers: &Carriers) -> Vec<String> {
    let line = |trouble: &Trouble| trouble.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
    carriers.trouble.iter().map(|trouble| format!("{} {}", line(trouble), trouble.what)).collect()
}

const FULL: &str = r#"# our trunks
version = 3                            # not ours

[[carrier]]
name = "acme"
uris = ["sip:acme.example", "sips:backup.acme.example"]
proxy = "sip:pstn.example"
engine = "kamailio:use_dns_failover=1"
transports = ["udp", "tls"]
resolvers = ["system", "127.0.0.1:5300", "auth://ns1.acme.example"]
local = "192.0.2.5"
interval = "2m"
pops = [
  { name = "east", match = "pop-us-east-*" },
]
allow = "acme-allow.txt"
tags = ["prod"]
connection = "new"
from_user = "+4930123"
request_user = "ping"
max_forwards = 0
codes = { "480-489" = "degraded", "5xx" = "down" }
fall = 5
rise = 1
ws_path = "/ws"
contact = "noc@acme.example, ticket 4711"
[carrier.tls]
ca = "ca.pem"
cert = "own.pem"
key = "/etc/own.key"
sni = "sip.acme.example"
alpn = ["sip/2"]
verify = false
[carrier.account]
user = "trunk"
password_command = "pass show acme"

[other]
x = 1

[[carrier]]
name = "plain"
uri = "plain.example"
local = "[2001:db8::5]:5060"
"#;

#[test]
fn everything_that_is_written_is_read() {
    let (_home, store) = with(FULL);
    let Carriers { good, trouble, slips } = store.carriers();
    assert_eq!(trouble, []);
    // What is kept for later is no slip; what nobody knows is one, and is let through.
    let slips: Vec<_> = slips.iter().map(|slip| slip.what.to_string()).collect();
    assert_eq!(slips, ["version", "other"].map(|key| format!("key '{key}' is not known, and does nothing")));
    let [acme, plain] = good.as_slice() else { panic!("{good:?}") };
    assert_eq!(acme.uri.to_string(), "sip:acme.example");
    assert_eq!(acme.more_uris, ["sips:backup.acme.example".parse().unwrap()]);
    assert_eq!(acme.next_hop().to_string(), "sip:pstn.example");
    assert_eq!(acme.engine.as_ref().unwrap().as_str(), "kamailio:use_dns_failover=1");
    assert_eq!(acme.transports.as_ref().unwrap().to_string(), "udp,tls");
    let resolvers: Vec<_> = acme.resolvers.iter().map(ToString::to_string).collect();
    assert_eq!(resolvers, ["system", "127.0.0.1:5300", "auth://ns1.acme.example:53"]);
    assert_eq!(acme.local, Some("192.0.2.5:0".parse().unwrap()));
    assert_eq!(acme.interval, Some(Duration::from_secs(120)));
    assert_eq!(acme.pop_of(&"pop-us-east-2.acme.example".parse::<Host>().unwrap()).to_string(), "east");
    assert_eq!(acme.tls.ca, Some(store.places().config.join("ca.pem")));
    assert_eq!(acme.tls.key, Some("/etc/own.key".into()));
    assert_eq!(acme.tls.sni.as_ref().unwrap().as_str(), "sip.acme.example");
    assert_eq!(acme.tls.alpn, ["sip/2".parse().unwrap()]);
    assert!(!acme.tls.verify && plain.tls.verify);
    assert!(plain.tls.alpn.is_empty());
    assert_eq!(acme.tags, ["prod".into()]);
    let asked = ProbeSettings {
        connection: Connections::New,
        from_user: "+4930123".parse().unwrap(),
        request_user: Some("ping".parse().unwrap()),
        max_forwards: 0,
        ws_path: "/ws".parse().unwrap(),
    };
    assert_eq!((&acme.probe, &plain.probe), (&asked, &ProbeSettings::default()));
    assert_eq!(
        [480, 404, 486, 500].map(|code| acme.codes.meaning(code).word()),
        ["degraded", "alive", "degraded", "down"]
    );
    assert_eq!((acme.fall.map(u32::from), acme.rise.map(u32::from)), (Some(5), Some(1)));
    let mut expected = Carrier::new(name("plain"), "sip:plain.example".parse().unwrap());
    expected.local = Some("[2001:db8::5]:5060".parse().unwrap());
    assert_eq!(*plain, expected);
}

#[test]
fn no_file_is_no_carriers() {
    let (_home, store) = store();
    assert_eq!(store.carriers(), Carriers::default());
    assert_eq!(store.settings(), (Settings::default(), vec![]));
}

/// A good carrier before and one after: lines 1 to 3, and after what is between (from line 4).
fn around(between: &str) -> String {
    format!(
        "[[carrier]]\nname = \"one\"\nuri = \"one.example\"\n{between}\n[[carrier]]\nname = \"two\"\nuri = \"two.example\"\n"
    )
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_hides_no_other_carrier() {
    for (between, expected) in [
        ("[[carrier]]\nuri = \"x.example\"", vec!["4 carrier: it has no name"]),
        ("[[carrier]]\nname = \"x\"", vec!["4 carrier 'x': it has no uri"]),
        ("[[carrier]]\nname = \"x\"\nuris = []", vec!["4 carrier 'x': it has no uri"]),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\nuris = [\"y.example\"]",
            vec!["7 carrier 'x': give either uri or uris, not both"],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"tel:+49301\"",
            vec!["6 carrier 'x': uri: scheme 'tel:' names a number; use sip:NUMBER@DOMAIN, or the domain alone"],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuris = [\n \"x.example\",\n \"x.example:0\",\n]",
            vec!["8 carrier 'x': uris: port '0' is not a number from 1 to 65535"],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\ntransports = [\"smoke\"]\ninterval = \"never\"\nlocal = \"here\"",
            vec![
                "7 carrier 'x': transports: 'smoke' is no transport; there are udp, tcp, tls, sctp, tls-sctp, ws, wss",
                "8 carrier 'x': interval: 'never' is no time from 1s to 24h; write it as 30s or 2m",
                "9 carrier 'x': local: 'here' is no address; use 192.0.2.5, 192.0.2.5:5060 or [2001:db8::5]:5060",
            ],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\ninterval = \"10ms\"",
            vec!["7 carrier 'x': interval: '10ms' is no time from 1s to 24h; write it as 30s or 2m"],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\nconnection = \"often\"\nfrom_user = \"a:b\"\nrequest_user = \"50%\"\nmax_forwards = 300\nws_path = \"ws\"",
            vec![
                "7 carrier 'x': connection: 'often' is no way to treat connections; there are keep and new",
                "8 carrier 'x': from_user: ':' cannot stand in a user; write it as %XX, two hexadecimal digits for each byte",
                "9 carrier 'x': request_user: a % begins two hexadecimal digits, and here it does not; write %25 for the sign itself",
                "10 carrier 'x': max_forwards: 300 is no number of hops from 0 to 255",
                "11 carrier 'x': ws_path: 'ws' is no path of a WebSocket; it begins with / and has up to 256 visible ASCII characters, and no #",
            ],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\ncodes = { \"40x\" = \"alive\", \"404\" = \"dead\" }\nfall = 0\nrise = 101",
            vec![
                "7 carrier 'x': codes: 'dead' is nothing that a code can mean; there are alive, degraded, down",
                "7 carrier 'x': codes: '40x' is no final code; write 404, 480-489 or 5xx, from 200 to 699",
                "8 carrier 'x': fall: 0 is no number of probes from 1 to 100",
                "9 carrier 'x': rise: 101 is no number of probes from 1 to 100",
            ],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\nresolvers = [\"system\",\n\"dns.example\"]",
            vec![
                "8 carrier 'x': resolvers: 'dns.example' is no resolver; use system, ADDRESS, ADDRESS:PORT, tcp://, tls://, https:// or auth://HOST:PORT",
            ],
        ),
        (
            "[[carrier]]\nname = \"one\"\nuri = \"x.example\"",
            vec!["5 carrier 'one': another carrier has this name already"],
        ),
        (
            "[[carrier]]\nname = \"\"\nuri = \"x.example\"",
            vec!["5 carrier '': name: a carrier's name has 1 to 64 characters"],
        ),
        ("[[carrier]]\nname = 5\nuri = \"x.example\"", vec!["5 carrier: invalid type: integer `5`, expected a string"]),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\n[carrier.tls]\ncert = \"a.pem\"\nsni = \"a b\"\nalpn = [\"sip 2\"]",
            vec![
                "8 carrier 'x': tls: cert and key are given together or not at all",
                "9 carrier 'x': tls: sni: ' ' cannot stand in a domain name",
                "10 carrier 'x': tls: alpn: 'sip 2' is no protocol of ALPN; it has 1 to 255 visible ASCII characters, as sip/2 or http/1.1",
            ],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\npops = [{ name = \"east\" }]",
            vec!["7 carrier 'x': missing field `match`"],
        ),
        (
            "[[carrier]]\nname = \"x\"\nuri = sip:x.example",
            vec!["6 string values must be quoted, expected literal string"],
        ),
        ("[[carrier]]\nname = \"x\nuri = \"x.example\"", vec!["5 invalid basic string, expected `\"`"]),
        ("[[carrier]\nname = \"x\"\nuri = \"x.example\"", vec!["4 unclosed array table, expected `]`"]),
        (
            "[[carrier]]\nname = \"x\"\nuri = \"x.example\"\n[carrier.tls]\nverify = maybe",
            vec!["8 string values must be quoted, expected literal string"],
        ),
    ] {
        let (_home, store) = with(around(between));
        let carriers = store.carriers();
        assert_eq!(names(&carriers.good), ["one", "two"], "{between}");
        assert_eq!(told(&carriers), expected, "{between}");
        let refused = add(&store, "new").unwrap_err();
        assert!(matches!(refused, StoreError::Broken(_)), "{refused}");
        assert!(store.remove(&name("one")).is_err());
        assert_eq!(text(&store), around(between));
    }
}

#[test]
fn trouble_is_one_sentence_with_its_file() {
    let (_home, store) = with("[[carrier]]\nname = \"\\u001b[2J\"\nuri = \"x.example:0\"\n");
    let file = store.places().carriers();
    let carriers = store.carriers();
    let said = carriers.trouble[0].to_string();
    assert_eq!(
        said,
        format!("{}:3: carrier '\\x1b[2J': uri: port '0' is not a number from 1 to 65535", file.display())
    );
    let refused = add(&store, "new").unwrap_err().to_string();
    assert_eq!(refused, format!("{said}; the file is not written until this is corrected"));
}

#[test]
fn other_shapes_and_octets_are_named() {
    for (written, expected) in [
        (b"carrier = 5\n".as_slice(), vec!["1 a carrier begins with [[carrier]], in two brackets"]),
        (b"\n[carrier]\nname = \"x\"\n", vec!["2 a carrier begins with [[carrier]], in two brackets"]),
        (b"# caf\xe9\n# \xe9\n", vec!["1 not UTF-8"]),
        (b"x = 1\nx = 2\n", vec!["2 duplicate key"]),
        (b"[x]\ny = 1\n[x]\nz = 1\n", vec!["3 duplicate key"]),
    ] {
        let (_home, store) = with(written);
        assert_eq!(told(&store.carriers()), expected);
        assert!(matches!(add(&store, "new"), Err(StoreError::Broken(_))));
        assert_eq!(fs::read(store.places().carriers()).unwrap(), written);
    }
    let (_home, store) = with(b"carrier = 5\n[[carrier]]\nname = \"x\"\nuri = \"x.example\"\n");
    assert!(!store.carriers().trouble.is_empty());
}

#[test]
fn a_carrier_is_added_at_the_end_and_nothing_else_changes() {
    for (old, expected) in [
        ("", "[[carrier]]\nname = \"new\"\nuri = \"sip:new.example\"\n".to_owned()),
        (FULL, format!("{FULL}\n[[carrier]]\nname = \"new\"\nuri = \"sip:new.example\"\n")),
        ("# last words", "# last words\n\n[[carrier]]\nname = \"new\"\nuri = \"sip:new.example\"\n".to_owned()),
        ("# dos\r\n", "# dos\r\n\r\n[[carrier]]\r\nname = \"new\"\r\nuri = \"sip:new.example\"\r\n".to_owned()),
    ] {
        let (_home, store) = with(old);
        add(&store, "new").unwrap();
        assert_eq!(text(&store), expected);
        assert!(matches!(add(&store, "new"), Err(StoreError::Exists(_))));
        assert_eq!(text(&store), expected);
        store.remove(&name("new")).unwrap();
        assert_eq!(text(&store).trim_end(), old.trim_end());
    }
}

#[test]
fn a_name_is_quoted_as_it_must_be() {
    let (_home, store) = store();
    for odd in ["a \"quoted\" one", "back\\slash", "it's", "täglich", "[[carrier]]"] {
        store.add(&name(odd), &"sip:x.example".parse().unwrap()).unwrap();
        assert_eq!(store.carriers().good.last().unwrap().name, name(odd));
    }
    for odd in ["back\\slash", "a \"quoted\" one", "[[carrier]]", "it's", "täglich"] {
        store.remove(&name(odd)).unwrap();
    }
    assert_eq!(store.carriers(), Carriers::default());
}

#[test]
fn a_carrier_is_removed_with_its_own_comment_and_nothing_else_changes() {
    let block =
        |name: &str| format!("[[carrier]] # {name}\nname = \"{name}\"\nuri = \"sip:{name}.example\" # dialled\n");
    let (a, b, c) = (block("a"), block("b"), block("c"));
    let head = "# our trunks, sorted by hand\n\n";
    for (old, expected) in [
        (format!("{head}{a}\n{b}\n{c}"), format!("{head}{a}\n{c}")),
        (format!("{head}{b}\n{c}"), format!("{head}{c}")),
        (format!("{head}{a}\n{b}"), format!("{head}{a}")),
        (format!("{head}{b}"), "# our trunks, sorted by hand\n".to_owned()),
        (b.clone(), String::new()),
        // Comments: above b, inside b, after b, above c, and free.
        (
            format!(
                "{a}# about a\n\n# free\n\n# about b\n# more about b\n{b}# inside\nengine = \"x\"\n# after b\n\n# free too\n\n# about c\n{c}"
            ),
            format!("{a}# about a\n\n# free\n\n# free too\n\n# about c\n{c}"),
        ),
        (format!("{a}{b}# about c\n{c}"), format!("{a}# about c\n{c}")),
        // Tables inside, in every form, and one of somebody else between.
        (
            format!(
                "{a}\n{b}tls.verify = false\npops = [\n  # one\n  {{ name = \"e\", match = \"*\" }},\n]\n[carrier.account]\nuser = \"u\"\n[[carrier.x]]\ny = 1\n[[carrier.x]]\n\n[other]\nz = 1\n\n{c}"
            ),
            format!("{a}\n[other]\nz = 1\n\n{c}"),
        ),
        (
            format!("{a}\r\n{b}\r\n{c}").replace('\n', "\r\n").replace("\r\r", "\r"),
            format!("{a}\n{c}").replace('\n', "\r\n"),
        ),
    ] {
        let (_home, store) = with(&old);
        store.remove(&name("b")).unwrap();
        assert_eq!(text(&store), expected, "from\n{old}");
        assert!(matches!(store.remove(&name("b")), Err(StoreError::Unknown(_))));
        assert_eq!(text(&store), expected);
    }
}

#[test]
fn what_cannot_be_cut_out_alone_is_left() {
    for old in [
        // The last table belongs to b, although it stands behind another.
        "[[carrier]]\nname = \"a\"\nuri = \"a.example\"\n[[carrier]]\nname = \"b\"\nuri = \"b.example\"\n[other]\nx = 1\n[carrier.tls]\nverify = false\n",
        "carrier = [{ name = \"a\", uri = \"a.example\" }, { name = \"b\", uri = \"b.example\" }]\n",
    ] {
        let (_home, store) = with(old);
        let refused = store.remove(&name("b")).unwrap_err();
        assert!(matches!(refused, StoreError::Entangled(..)), "{refused}");
        assert_eq!(text(&store), old);
    }
    let inline = "carrier = [{ name = \"a\", uri = \"a.example\" }]\n";
    let (_home, store) = with(inline);
    assert!(matches!(add(&store, "new"), Err(StoreError::Entangled(..))));
    assert_eq!(text(&store), inline);
}

#[test]
fn many_who_add_at_once_lose_nothing() {
    let (_home, store) = with("# kept\n");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || (0..8).for_each(|n| add(store, &format!("w{writer}-{n}")).unwrap()));
        }
    });
    assert_eq!(store.carriers().good.len(), 32);
    assert!(text(&store).starts_with("# kept\n\n"));
    let mut left: Vec<_> = fs::read_dir(&store.places().config).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".carriers.toml.lock", "carriers.toml"]);
}

#[test]
fn a_directory_is_made_and_one_that_cannot_be_is_named() {
    let home = TempDir::new().unwrap();
    let place = |config: &str| Store::new(Places { config: home.path().join(config), state: home.path().into() });
    let deep = place("a/b");
    add(&deep, "new").unwrap();
    assert_eq!(names(&deep.carriers().good), ["new"]);

    fs::write(home.path().join("file"), "").unwrap();
    let blocked = place("file");
    let refused = add(&blocked, "new").unwrap_err();
    assert!(matches!(refused, StoreError::Unwritable(..)));
    let said = refused.to_string();
    assert!(said.starts_with(&format!("{} cannot be written: ", blocked.places().carriers().display())), "{said}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    /// Whatever the lines of a file are, what is removed is that carrier, or nothing.
    #[test]
    fn no_mix_of_lines_is_too_odd(picks in proptest::collection::vec(0..LINES.len(), 0..24)) {
        let old: String = picks.iter().map(|&pick| LINES[pick]).collect();
        let (_home, store) = with(&old);
        let before = store.carriers();
        let removed = store.remove(&name("b"));
        let after = store.carriers();
        if removed.is_ok() {
            let rest: Vec<_> = before.good.into_iter().filter(|carrier| carrier.name != name("b")).collect();
            proptest::prop_assert_eq!(rest, after.good);
        } else {
            proptest::prop_assert_eq!(text(&store), old);
        }
        let _ = add(&store, "c");
    }
}

const LINES: [&str; 12] = [
    "[[carrier]]\nname = \"a\"\nuri = \"a.example\"\n",
    "[[carrier]]\nname = \"b\"\nuri = \"b.example\"\n",
    "[[carrier]]\r\nname = \"d\"\r\nuri = \"\"\"d.example\"\"\"\r\n",
    "[carrier.tls]\nverify = false\n",
    "[other]\n",
    "tags = [\n# [[carrier]]\n]\n",
    "engine = \"\"\"\n[[carrier]]\n\"\"\"\n",
    "# comment\n",
    "\n",
    " \t\r\n",
    "name = \"b",
    "[[carrier.pops]]\nname = \"e\"\nmatch = \"*\"\n",
];

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_stays_a_link_and_the_file_keeps_its_mode() {
        let (home, store) = store();
        let real = home.path().join("dotfiles.toml");
        fs::write(&real, "# mine\n").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("../dotfiles.toml", store.places().carriers()).unwrap();
        add(&store, "new").unwrap();
        assert!(store.places().carriers().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().starts_with("# mine\n\n[[carrier]]"));
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o640);
    }

    #[test]
    fn a_new_file_is_the_users_own() {
        let (_home, store) = store();
        add(&store, "new").unwrap();
        assert_eq!(fs::metadata(store.places().carriers()).unwrap().permissions().mode() & 0o077, 0);
    }

    #[test]
    fn a_link_to_nowhere_and_an_unwritable_directory_are_one_error() {
        let (home, store) = store();
        symlink("nowhere/at/all.toml", store.places().carriers()).unwrap();
        assert!(matches!(add(&store, "new"), Err(StoreError::Unwritable(..))));
        assert!(store.places().carriers().is_symlink());
        drop((home, store));

        let (_home, store) = with("# kept\n");
        let config = &store.places().config;
        fs::set_permissions(config, fs::Permissions::from_mode(0o555)).unwrap();
        // Nothing is unwritable to root.
        if fs::write(config.join("probe"), "").is_err() {
            assert!(matches!(add(&store, "new"), Err(StoreError::Unwritable(..))));
            assert_eq!(text(&store), "# kept\n");
        }
        fs::set_permissions(config, fs::Permissions::from_mode(0o755)).unwrap();
    }
}
