//! Engines, completions, the manual, help, version, and what the environment says.

use super::{Home, Stage, binary, lines};
use crate::schema;

#[test]
fn engines_say_how_sure_we_are() {
    let home = Home::new();
    let documents = home.run("engines --format json").documents();
    assert_eq!(lines(&documents.clone().into(), &["name", "confidence"])[0], "rfc3263 source");
    documents.iter().for_each(schema::assert_strict);
    let text = home.run("engines");
    assert_eq!(text.code, 0);
    assert!(text.out.starts_with("rfc3263  ") && text.out.contains("RFC 3263 4.1"), "{}", text.out);
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
