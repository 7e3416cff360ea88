//! Commands that stand in the carriers file: when they run, and when they do not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use super::NOBODY;
use crate::terminal::{Program, Terminal};

/// A carrier whose source of pins leaves a trace, and where that is.
fn traced(home: &TempDir) -> (String, PathBuf) {
    let trace = home.path().join("trace");
    let carrier = format!(
        "[[carrier]]\nname = \"acme\"\nuri = \"sip:acme.example\"\n[carrier.pin]\ncommand = [\"touch\", \"{}\"]\n",
        trace.display()
    );
    (carrier, trace)
}

fn watching(carrier: &str, arguments: &[&str]) -> Terminal {
    let mut terminal = Program::new(&["--resolver", NOBODY]).args(arguments).with_carriers(carrier).start();
    // By then the carrier's source has been asked, if it is asked at all.
    terminal.see(" acme ").see("port unreachable");
    terminal
}

#[test]
fn the_source_of_a_carriers_pins_is_run_unless_nothing_is_to_be_sent() {
    let home = TempDir::new().unwrap();
    let (carrier, trace) = traced(&home);
    let mut terminal = watching(&carrier, &["--no-probe"]);
    terminal.press("q");
    assert_eq!(terminal.end().code(), 0);
    assert!(!trace.exists());

    let mut terminal = watching(&carrier, &[]);
    let begun = Instant::now();
    while !trace.exists() {
        assert!(begun.elapsed() < Duration::from_secs(40), "not run\n{}", terminal.view().text());
        terminal.bytes_within(Duration::from_millis(20));
    }
    terminal.press("q");
    let ended = terminal.end();
    assert_eq!((ended.code(), ended.afterwards().as_str()), (0, ""));
}

#[test]
fn a_command_that_somebody_else_may_have_written_is_not_run_and_that_is_said() {
    let home = TempDir::new().unwrap();
    let (carrier, trace) = traced(&home);
    let program = Program::new(&["--resolver", NOBODY]).size(200, 36).with_carriers(&carrier);
    fs::set_permissions(program.carriers(), fs::Permissions::from_mode(0o666)).unwrap();
    let mut terminal = program.start();
    terminal.see("pin: command is not run: others may write").see(" acme ").see("port unreachable");
    terminal.press("q");
    assert_eq!(terminal.end().code(), 0);
    assert!(!trace.exists());
}
