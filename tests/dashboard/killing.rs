//! The lab killed POP by POP, and set up wrong: each verdict is read off the screen.

use crate::terminal::{Program, Terminal};

/// Wide enough for a verdict in one line.
fn wide(scenario: &str) -> Terminal {
    Program::new(&["demo", "--scenario", scenario]).size(220, 50).start()
}

/// Waits for a row that has all of these: a level, and what is said.
fn read(terminal: &mut Terminal, words: &[&str]) {
    terminal.wait(&words.join(" ... "), |view| view.row(words).is_some());
}

/// Opens a carrier from the fleet.
fn open(terminal: &mut Terminal, carrier: &str) {
    terminal.select(&format!(" {carrier} ")).press("\r").see(&format!(" sip:{carrier}.example")).see("PREVIEW");
}

/// Kills the POP of the target in the row that has this, or revives it.
fn toggle(terminal: &mut Terminal, row: &str) {
    terminal.select(row).press("x");
}

#[test]
fn a_carrier_killed_pop_by_pop_says_what_that_means_for_calls() {
    let mut terminal = wide("steady");
    terminal.see("UP 8");
    open(&mut terminal, "acme");
    toggle(&mut terminal, "pop-us-east-1.");
    let half = "As asterisk: half of the calls hang 32 s first, then us-east-2";
    read(&mut terminal, &["DEGRADED", "us-east-1 silent since ", "(3 probes lost)", half]);

    toggle(&mut terminal, "pop-us-east-2.");
    let all = "As asterisk: all calls hang 64 s first, then us-west-1; backup tier only";
    read(&mut terminal, &["DEGRADED", "us-east-1", "us-east-2 silent since ", all]);

    toggle(&mut terminal, "pop-us-west-1.");
    read(&mut terminal, &["DOWN", "no target answers since ", "; DNS is fine. 3 silent"]);
    terminal.see("100 % land nowhere");

    // It comes back from its far end.
    toggle(&mut terminal, "pop-us-west-1.");
    read(&mut terminal, &["DEGRADED", all]);
    toggle(&mut terminal, "pop-us-east-1.");
    read(&mut terminal, &["DEGRADED", "us-east-2 silent since ", "half of the calls hang 32 s first, then us-east-1"]);
    toggle(&mut terminal, "pop-us-east-2.");
    read(&mut terminal, &["UP", "next calls: us-east-1 50 %, us-east-2 50 %; backup us-west-1 is alive"]);
}

#[test]
fn a_backup_that_dies_first_is_a_warning_and_then_the_end() {
    let mut terminal = wide("steady");
    terminal.see("UP 8");
    for (carrier, [primary, backup], [first, second]) in [
        ("edge", ["us-dc1", "us-dc2"], ["sip-edge1.", "sip-edge2."]),
        ("telco", ["mav-001", "mav-002"], ["l01-mav-rt-001.", "l01-mav-rt-002."]),
    ] {
        open(&mut terminal, carrier);
        toggle(&mut terminal, second);
        let dead = format!("backup tier is dead: {backup} silent since ");
        read(&mut terminal, &["WARNING", &dead, &format!("Nothing is lost until {primary} fails")]);
        toggle(&mut terminal, first);
        read(&mut terminal, &["DOWN", "no target answers since ", "; DNS is fine. 2 silent"]);
        toggle(&mut terminal, second);
        let hang = format!("As RFC 3263: all calls hang 32 s first, then {backup}; backup tier only");
        read(&mut terminal, &["DEGRADED", &format!("{primary} silent since "), &hang]);
        terminal.press("\x1b").see(" CARRIER ");
    }
    read(&mut terminal, &["UP 6", "DEGRADED 2"]);
}

#[test]
fn each_misconfiguration_is_read_off_the_fleet() {
    let mut terminal = wide("broken");
    for words in [
        &["DOWN", " anycast ", "no target takes calls since ", "; DNS is fine. 2 fail TLS"][..],
        &["DOWN", " edge ", "no target takes calls since ", "; DNS is fine. 2 fail TLS"],
        &["DOWN", " flow ", "DNS leads nowhere: the only target is '.': there is no udp service"],
        &["DOWN", " telco ", "DNS leads nowhere: telco.example has neither SRV records nor an address"],
        &["DEGRADED", " acme ", "us-east-2 fails TLS since ", "(expired ", "all calls go to us-east-1 at once"],
        &["DEGRADED", " trio ", "sip fails TLS since ", "what came is not TLS: another protocol on this port?"],
        &["UNKNOWN", " cloud ", "the target is silent here and never answered", "on the carrier's allow-list?"],
        &["UP", " meta ", "next calls: lac 50 %, nyc 50 %; backup mia is silent here"],
    ] {
        read(&mut terminal, words);
    }
    // What the scenario keeps silent can be revived by hand.
    open(&mut terminal, "cloud");
    toggle(&mut terminal, "cloud.example");
    read(&mut terminal, &["UP", "next calls: "]);
}
