//! Engines, completions, the manual, help, version, and what the environment says.

use super::{Home, Stage, binary, lines};
use crate::schema;

#[test]
fn engines_say_how_sure_we_are() {
    let home = Home::new();
    let documents = home.run("engines --format json").documents();
    assert_eq!(lines(&documents.clone().into(), &["name", "confidence"])[0], "rfc3263 source");
    documents.iter().for_each(schema::assert_strict);
    let table = home.run("engines");
    assert_eq!(table.code, 0);
    assert!(table.out.starts_with("ENGINE "), "{}", table.out);
    for document in &documents {
        let name = document["name"].as_str().unwrap();
        let rows: Vec<&str> = table.out.lines().filter(|line| line.split_whitespace().next() == Some(name)).collect();
        assert!(matches!(rows[..], [row] if row.contains(document["confidence"].as_str().unwrap())), "{rows:?}");
        // One in full: each thing with where it is known from, and what can be set.
        let full = home.run(&format!("engines {name}"));
        assert_eq!(full.code, 0);
        let sources = document["traits"].as_array().unwrap().iter().map(|fact| fact["source"].as_str().unwrap());
        let settings = document["settings"].as_array().unwrap().iter().map(|set| set["name"].as_str().unwrap());
        for word in sources.chain(settings) {
            assert!(full.out.contains(word), "{name}: {word}: {}", full.out);
        }
        assert_eq!(home.run(&format!("engines {name} --format json")).document(), *document);
    }
    let silent = |name: &str| {
        let document = home.run(&format!("engines {name} --format json")).document();
        lines(&document["reactions"], &["failure", "transport", "after", "goes_on"])[0].clone()
    };
    assert_eq!(silent("asterisk"), "silent udp 32.0 true");
    assert_eq!(silent("kamailio"), "silent udp 30.0 false");
    assert_eq!(silent("kamailio:use_dns_failover=1"), "silent udp 30.0 true");
}

/// What was meant comes first among what there is.
#[test]
fn a_slip_is_answered_with_the_names_nearest_first() {
    let stage = Stage::steady();
    for (command, typed, words) in [
        ("engines", "kamalio", &["'kamalio'", "there are: kamailio,", "rfc3263"][..]),
        ("preview acme.example --engine", "asterix", &["'asterix'", "there are: asterisk,", "kamailio"]),
        ("preview acme.example --engine", "kamailio:dns_srv_bl=1", &["'dns_srv_bl'", "there are: dns_srv_lb=0|1,"]),
        ("preview acme.example --engine", "asterisk:pr2041=yse", &["'yse'", "one of yes,"]),
        ("preview acme.example --engine", "all:x=1", &["'all'", "there are: "]),
    ] {
        stage.run(&format!("{command} {typed}")).assert_failed(64, words);
    }
    assert_eq!(stage.lab.dns().asked_in_all(), 0, "nothing was asked");
}

#[test]
fn help_completions_and_the_manual_know_every_command() {
    let home = Home::new();
    let commands = ["resolve", "lint", "check", "demo", "carriers", "preview", "engines", "completions", "man"];
    let shells = ["bash", "elvish", "fish", "powershell", "zsh"].map(|shell| format!("completions {shell}"));
    for arguments in ["--help", "-h", "help", "man"].into_iter().chain(shells.iter().map(String::as_str)) {
        let ran = home.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments}");
        assert!(commands.iter().all(|command| ran.out.contains(command)), "{arguments}: {}", ran.out);
        assert!(!ran.out.contains('\x1b'), "{arguments}");
    }
    for command in commands {
        let ran = home.run(&format!("help {command}"));
        assert!(ran.code == 0 && ran.out.contains(&format!("Usage: trunktop {command}")), "{ran:?}");
    }
    let version = home.run("--version");
    assert_eq!((version.code, version.out), (0, format!("trunktop {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn every_option_can_stand_in_the_environment() {
    let stage = Stage::steady();
    let mut command = std::process::Command::new(binary());
    let [_, config, _, kept] = stage.home().places();
    command.env_clear().arg("resolve").arg("acme.example");
    for (name, value) in [("RESOLVER", stage.resolver().into()), ("CONFIG", config), ("STATE", kept)] {
        command.env(format!("TRUNKTOP_{name}"), value);
    }
    command.env("TRUNKTOP_FORMAT", "json").env("TRUNKTOP_TRANSPORTS", "udp");
    let ran = super::Ran::from(command.output().unwrap());
    assert_eq!((ran.code, ran.document()["candidates"][0]["transport"].as_str()), (0, Some("udp")));
}
