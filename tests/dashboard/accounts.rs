//! An account that the program holds: what is bound while it runs, and what is left of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use trunktop::lab::{Behaviour, CarrierPlan, HostPlan, RegistrarPlan};
use trunktop::model::Transport::Udp;

use crate::cli::Stage;
use crate::terminal::{Program, Terminal};

const PASSWORD: &str = "open-sesame-4711";

/// A carrier with one host, which is a registrar.
fn lab() -> Stage {
    let plan = CarrierPlan::new("reg", "sip:reg.example")
        .registrar(RegistrarPlan::new().user("bob", PASSWORD))
        .host(HostPlan::new("a.reg.example").speaks([Udp]))
        .zone("_sip._udp.reg.example. 60 SRV 10 0 udp a.reg.example.");
    Stage::with([plan])
}

/// The program over an account whose password comes from here, with all that it writes in a directory.
fn holding(lab: &Stage, source: &str, state: &Path) -> Program {
    let account = format!("[carrier.account]\nuser = \"bob\"\nmode = \"hold\"\n{source}\n");
    let state = state.to_str().unwrap();
    Program::new(&["--resolver", &lab.resolver(), "--state", state, "--log", "debug"])
        .with_carriers(&format!("[[carrier]]\nname = \"reg\"\nuri = \"sip:reg.example\"\n{account}"))
}

/// Waits until so many bindings are with the registrar.
fn bound(lab: &Stage, terminal: &mut Terminal, count: usize) {
    let begun = Instant::now();
    while lab.lab.bindings("reg").len() != count {
        assert!(begun.elapsed() < Duration::from_secs(40), "not {count} bound\n{}", terminal.view().text());
        terminal.bytes_within(Duration::from_millis(20));
    }
}

fn contacts(lab: &Stage) -> Vec<String> {
    lab.lab.bindings("reg").iter().map(|bound| bound.contact.to_string()).collect()
}

fn files(below: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(below).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holds_it(octets: &[u8]) -> bool {
    octets.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes())
}

#[test]
fn what_is_held_is_bound_and_removed_and_its_password_is_nowhere() {
    let kept = TempDir::new().unwrap();
    let secret = kept.path().join("secret");
    fs::write(&secret, format!("{PASSWORD}\n")).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let path = secret.display();
    for source in [
        format!("password_command = [\"cat\", \"{path}\"]"),
        format!("password_file = \"{path}\""),
        "password_env = \"REG_PASSWORD\"".to_owned(),
    ] {
        let lab = lab();
        let state = TempDir::new().unwrap();
        let mut terminal = holding(&lab, &source, state.path()).env("REG_PASSWORD", PASSWORD).start();
        bound(&lab, &mut terminal, 1);
        let held = files(&state.path().join("accounts"));
        let ends: Vec<_> = held.iter().filter_map(|file| file.extension()?.to_str()).collect();
        assert!(["lock", "instance"].iter().all(|end| ends.contains(end)), "{held:?}");
        terminal.see("UP 1").press("\r").see("PREVIEW").press("3").see("used by").press("q");
        let ended = terminal.end();
        assert_eq!((ended.code(), ended.afterwards().as_str()), (0, ""), "{source}");
        assert_eq!(lab.lab.bindings("reg").len(), 0, "{source}");

        assert!(!holds_it(ended.bytes()), "{source}: on the screen");
        for file in files(state.path()) {
            assert!(!holds_it(&fs::read(&file).unwrap()), "{source}: in {}", file.display());
        }
    }
}

#[test]
fn a_binding_that_cannot_be_removed_is_said() {
    let lab = lab();
    let state = TempDir::new().unwrap();
    let mut terminal =
        holding(&lab, "password_env = \"REG_PASSWORD\"", state.path()).env("REG_PASSWORD", PASSWORD).start();
    bound(&lab, &mut terminal, 1);
    lab.behave("a.reg.example", Behaviour::Silent);
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!(ended.code(), 0);
    let said = ended.afterwards();
    for words in ["trunktop: reg: our binding at a.reg.example is not removed: ", "; it ends by itself at "] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn two_programs_hold_an_account_once() {
    let lab = lab();
    let state = TempDir::new().unwrap();
    let start = || holding(&lab, "password_env = \"REG_PASSWORD\"", state.path()).env("REG_PASSWORD", PASSWORD).start();
    let mut one = start();
    bound(&lab, &mut one, 1);
    let first = contacts(&lab);
    let mut other = start();
    other.see("UP 1");
    assert_eq!(contacts(&lab), first);
    // The one is killed: the other holds it then, as the same user agent.
    one.signal("KILL");
    let begun = Instant::now();
    while contacts(&lab) == first {
        assert!(begun.elapsed() < Duration::from_secs(40), "not taken over\n{}", other.view().text());
        other.bytes_within(Duration::from_millis(20));
    }
    let user = |contact: &String| contact.split_once('@').unwrap().0.to_owned();
    assert!(contacts(&lab).iter().all(|contact| user(contact) == user(&first[0])), "{:?}", contacts(&lab));
    other.press("q");
    assert_eq!(other.end().code(), 0);
    // What the killed one had bound ends by itself, if it is there still.
    assert!(contacts(&lab).iter().all(|contact| first.contains(contact)), "{:?}", contacts(&lab));
}
