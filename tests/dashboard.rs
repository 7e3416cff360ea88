//! The whole program in a pseudo-terminal: what an operator does, and what a terminal is put through.

use std::io;
use std::net::UdpSocket;
use std::time::Duration;

use crate::terminal::{Program, Terminal, View};

mod accounts;
mod commands;
mod killing;

/// A resolver that nobody can be: the port is reserved, and nothing listens there.
const NOBODY: &str = "127.0.0.1:1";

/// The POPs of the carrier of the mission: two that share the calls, one that stands by.
const POPS: [&str; 3] = ["us-east-1", "us-east-2", "us-west-1"];

fn steady() -> Terminal {
    let mut terminal = Program::steady().start();
    terminal.see("UP 8").see("acme registered at us-east-");
    terminal
}

/// The dashboard over these saved carriers, of which nothing is asked that could be answered.
fn over(carriers: &str) -> Program {
    Program::new(&["--no-probe", "--resolver", NOBODY]).with_carriers(carriers)
}

/// Quits the lab, where registrations are held: that is asked about first.
fn quit(terminal: &mut Terminal) {
    terminal.press("q").see("Quit?").press("y");
}

/// Opens the carrier of the mission, with the cursor on its first POP.
fn open_acme(terminal: &mut Terminal) {
    terminal.select(" acme ").press("\r").see("sip:acme.example").see("PREVIEW");
    terminal.select("pop-us-east-1.");
}

/// What the POPs of the preview get: the figures of the last column.
fn landing(view: &View<'_>) -> Vec<f64> {
    POPS.iter().filter_map(|pop| view.shares(pop).last().copied()).collect()
}

fn is_up(view: &View<'_>, target: &str) -> bool {
    view.row(&[target, " UP "]).is_some()
}

#[test]
fn a_failure_is_forced_and_taken_back() {
    let mut terminal = steady();
    let view = terminal.view();
    let carriers = view.rows().iter().filter(|row| row.contains(" UP ") && row.contains(" ok ")).count();
    assert!(carriers >= 5, "{}", view.text());
    open_acme(&mut terminal);
    assert_eq!(landing(&terminal.view()), [50.0, 50.0, 0.0]);
    assert!(!terminal.view().has("SIMULATION"));

    terminal.press("f").see("[SIMULATION").see("FAIL (you: silent)");
    terminal.wait("two columns of shares", |view| view.shares("us-east-2").len() == 2);
    let view = terminal.view();
    assert_eq!(POPS.map(|pop| view.shares(pop)), [[50.0, 0.0], [50.0, 100.0], [0.0, 0.0]], "{}", view.text());
    assert!(view.row(&["callers", "50 % wait up to 32 s"]).is_some(), "{}", view.text());
    assert!(POPS.iter().all(|pop| is_up(&view, pop)), "a simulation touches nothing\n{}", view.text());

    terminal.press("u").wait("no simulation", |view| !view.has("SIMULATION") && !view.has("FAIL (you"));
    assert_eq!(landing(&terminal.view()), [50.0, 50.0, 0.0]);
    quit(&mut terminal);
    let ended = terminal.end();
    assert_eq!((ended.code(), ended.afterwards().as_str()), (0, ""));
}

/// A POP of a carrier that is failed, and then dies.
struct Killed {
    carrier: &'static str,
    /// Its first target, and what is seen there when it is dead.
    target: &'static str,
    pops: [&'static str; 3],
    /// What these get: before, and then.
    well: [f64; 3],
    then: [f64; 3],
    said: &'static str,
}

#[test]
fn the_preview_made_before_comes_true() {
    let mut terminal = steady();
    for Killed { carrier, target, pops, well, then, said } in [
        Killed {
            carrier: "acme",
            target: "pop-us-east-1.",
            pops: POPS,
            well: [50.0, 50.0, 0.0],
            then: [0.0, 100.0, 0.0],
            said: "As asterisk: half of the calls hang 32 s",
        },
        Killed {
            carrier: "flow",
            target: "ep-us-west-01.",
            pops: ["us-west", "us-east", "eu"],
            well: [100.0, 0.0, 0.0],
            then: [0.0, 100.0, 0.0],
            said: "all calls hang 60 s",
        },
    ] {
        let landing =
            |view: &View<'_>| -> Vec<f64> { pops.iter().filter_map(|pop| view.shares(pop).last().copied()).collect() };
        terminal.select(&format!(" {carrier} ")).press("\r").see(&format!("sip:{carrier}.example")).see("PREVIEW");
        terminal.select(target);
        terminal.wait("the shares as they are", |view| landing(view) == well);
        terminal.press("F").wait("two columns of shares", |view| view.shares(pops[1]).len() == 2);
        let foreseen = landing(&terminal.view());
        assert_eq!(foreseen, then, "{carrier}");
        terminal.press("u").wait("no simulation", |view| !view.has("SIMULATION"));

        terminal.press("x").wait("a POP that is down", |view| view.row(&[target, "DOWN", "silent"]).is_some());
        terminal.wait("the traffic where it was foreseen", |view| landing(view) == foreseen);
        terminal.see("DEGRADED").see(said);
        assert!(!terminal.view().has("SIMULATION"), "this one is real");

        terminal.press("x").wait("the POP is back", |view| is_up(view, target.trim_end_matches('.')));
        terminal.wait("the traffic is back", |view| landing(view) == well);
        terminal.press("\x1b").see("UP 8");
    }
    quit(&mut terminal);
    assert_eq!(terminal.end().code(), 0);
}

#[test]
fn whatever_ends_it_the_terminal_is_given_back() {
    for signal in ["TERM", "HUP", "INT", "QUIT"] {
        let mut terminal = over("").start();
        terminal.see("No carriers are saved.");
        assert!(terminal.is_raw());
        terminal.signal(signal);
        let ended = terminal.end();
        assert_eq!((ended.code(), ended.afterwards().as_str()), (0, ""), "SIG{signal}");
    }
    for keys in ["q", "\x03"] {
        let mut terminal = over("").start();
        terminal.see("No carriers are saved.").press(keys);
        assert_eq!(terminal.end().afterwards(), "");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_speaks() {
    let tests = std::env::current_exe().unwrap();
    let args = ["--exact", "dashboard::child_that_panics", "--ignored", "--nocapture"];
    let terminal = Program::of(tests, &args).start();
    let ended = terminal.end();
    assert!(ended.afterwards().contains("a part of it has failed"), "{}", ended.afterwards());
    assert_ne!(ended.code(), 0);
}

#[tokio::test]
#[ignore = "runs in the pseudo-terminal of a_panic_gives_the_terminal_back_before_it_speaks"]
async fn child_that_panics() {
    let (_session, _console) = trunktop::tui::session::Session::open().unwrap();
    panic!("a part of it has failed");
}

#[test]
fn without_a_terminal_it_ends() {
    // The kernel tells the first by a signal; the second has to notice.
    for program in [over(""), over("").without_control()] {
        let mut terminal = program.start();
        terminal.see("No carriers are saved.");
        let took = terminal.unplug();
        assert!(took < Duration::from_secs(15), "{took:?}");
    }
}

#[test]
fn any_size_will_do() {
    let mut terminal = Program::steady().size(1, 1).start();
    terminal.see("…");
    for (columns, rows) in [(80, 24), (120, 36), (160, 45)] {
        terminal.resize(columns, rows).see("UP 8").see(" acme ").see("EVENTS");
        terminal.wait("the last row", |view| view.rows().last().is_some_and(|row| row.contains("? help")));
        open_acme(&mut terminal);
        terminal.see("pop-us-west-1.").see("callers").press("\x1b").see("UP 8");
    }
    terminal.resize(39, 11).see("needs 40x12, has 39x11");
    terminal.resize(1, 1).wait("one cell", |view| view.rows() == ["…"]);
    quit(terminal.resize(40, 12).see(" acme "));
    assert_eq!(terminal.end().afterwards(), "");
}

#[test]
fn the_first_carrier_is_added_and_deleted() {
    let mut terminal = Program::new(&["--no-probe", "--resolver", NOBODY]).start();
    let file = terminal.carriers_file();
    terminal.see("No carriers are saved.").see(&file.to_string_lossy());
    terminal.press("a").see("ADD A CARRIER").press("tel:1").see("tel:1").press("\r").see("use sip:NUMBER@DOMAIN");
    terminal.press("\x15").press("new.example\r").see("is saved").see(" new.example ");
    assert!(terminal.carriers().contains("name = \"new.example\""), "{}", terminal.carriers());
    assert!(terminal.carriers().contains("uri = \"sip:new.example\""), "{}", terminal.carriers());

    terminal.press("D").see("Delete new.example").press("n").wait("nothing asked", |view| !view.has("Delete new"));
    assert!(terminal.carriers().contains("new.example"));
    terminal.press("D").see("Delete new.example").press("y").see("No carriers are saved.");
    assert!(!terminal.carriers().contains("new.example"), "{}", terminal.carriers());
    terminal.press("q");
    assert_eq!(terminal.end().code(), 0);
}

#[test]
fn what_people_wrote_into_the_file_stays() {
    let written = "# ours; ask the NOC before you touch it\n\n[[carrier]] # since 2019\nuri = \"sip:b.example\"   # new\nname = \"beta\"\ncontact = \"noc@b.example\"\n";
    let mut terminal = over(written).start();
    terminal.see(" beta ").press("a").see("ADD A CARRIER").press("a.example\t\x15Alpha").see("Alpha").press("\r");
    terminal.see("is saved").see(" Alpha ").see(" beta ");
    let saved = terminal.carriers();
    assert!(saved.starts_with(written), "{saved}");
    assert!(saved.contains("name = \"Alpha\""), "{saved}");
    terminal.select(" Alpha ").press("Dy").wait("it is gone", |view| view.has("1 carrier "));
    assert_eq!(terminal.carriers().trim_end(), written.trim_end());
}

#[test]
fn a_broken_file_is_shown_and_left_alone() {
    let broken =
        "[[carrier]]\nname = \"good\"\nuri = \"sip:good.example\"\n\n[[carrier]]\nname = \"bad\"\nuri = \"tel:1\"\n";
    let mut terminal = over(broken).start();
    terminal.see(" good ").see("carriers.toml:7: carrier 'bad': uri: scheme 'tel:'");
    assert!(terminal.view().has("1 carrier "), "{}", terminal.view().text());
    for key in ["a", "D"] {
        terminal
            .press(key)
            .see("R reads it again: carriers.toml:7")
            .press("k")
            .wait("not said any more", |view| !view.has("R reads"));
    }
    assert_eq!(terminal.carriers(), broken);
    terminal.press("q");
    assert_eq!(terminal.end().code(), 0);

    let mut terminal = over("[[carrier]\n").start();
    terminal
        .see("The carriers file cannot be read:")
        .see("carriers.toml:1")
        .press("a")
        .see("R reads it again: carriers");
    assert_eq!(terminal.carriers(), "[[carrier]\n");
    assert!(!terminal.view().has("No carriers are saved"), "{}", terminal.view().text());
    let mended = "[[carrier]]\nname = \"good\"\nuri = \"sip:good.example\"\n";
    std::fs::write(terminal.carriers_file(), mended).unwrap();
    terminal.press("R").see(" good ");
    terminal.wait("nothing is wrong any more", |view| !view.has("carriers.toml"));
}

#[test]
fn without_colour_the_selected_row_is_seen_all_the_same() {
    let mut terminal = Program::steady().env("NO_COLOR", "1").start();
    terminal.see("UP 8");
    open_acme(&mut terminal);
    terminal.press("f").see("[SIMULATION").press("3").see("used by").press("?").see("all keys");
    assert!(!sgr(terminal.bytes()).is_empty());
    for parameters in sgr(terminal.bytes()) {
        let plain = ["", "0", "1", "2", "3", "4", "7", "9", "22", "23", "24", "27", "29", "39", "49", "59"];
        assert!(plain.contains(&parameters.as_str()), "colour: ESC[{parameters}m");
    }
    let mut terminal = steady();
    terminal.press("j");
    assert!(sgr(terminal.bytes()).iter().any(|parameters| parameters.starts_with("38;5;")), "colours by default");
}

/// The parameters of all that was sent to change how text looks.
fn sgr(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        rest[end..].starts_with('m').then(|| rest[..end].to_owned())
    });
    sequences.collect()
}

#[test]
fn a_terminal_without_utf8_gets_ascii() {
    let mut terminal = Program::steady().env("LANG", "C").start();
    terminal.see("UP 8");
    open_acme(&mut terminal);
    terminal.press("f").see("[SIMULATION").press("3").see("used by").press("?").see("all keys");
    terminal.press("\x1b").see("used by").press("z").see("anycast 2/2");
    assert!(terminal.bytes().is_ascii());

    let mut terminal = over_hostile().env("LANG", "C").start();
    terminal.see("UP 1").press("3").see("reason-begins, ????");
    assert!(terminal.bytes().is_ascii());
}

#[test]
fn a_dead_resolver_is_said_where_it_happened() {
    let mut terminal = over("[[carrier]]\nname = \"acme\"\nuri = \"sip:acme.example\"\n").start();
    terminal.see(" DNS ").see("port unreachable").press("\r");
    terminal.wait("the question that failed", |view| view.row(&["NAPTR acme.example", "port unreachable"]).is_some());
    terminal.see("PREVIEW").see("DNS never answered");
    assert!(!terminal.view().has(" UP "), "{}", terminal.view().text());
}

#[test]
fn a_peer_cannot_reach_the_terminal() {
    let mut terminal = over_hostile().start();
    terminal.see(" evil ").see("UP 1").press("3").see("used by");
    // It is shown for what it is.
    terminal.see("reason-begins, 混雑\\x1b[").see("reason-ends").see("server-begins").see("server-ends");
    let bytes = terminal.bytes();
    for sequence in ["\x1b[31337m", "\x1b]0;", "\x07", "\u{202e}", "\u{9b}"] {
        let octets = sequence.as_bytes();
        assert!(!bytes.windows(octets.len()).any(|window| window == octets), "{sequence:?} reached the terminal");
    }
}

/// The dashboard over a hostile peer, on a terminal that is wide enough for what it says.
fn over_hostile() -> Program {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = peer.local_addr().unwrap();
    std::thread::spawn(move || hostile(&peer));
    let file = format!("[[carrier]]\nname = \"evil\"\nuri = \"sip:{at};transport=udp\"\ninterval = \"1s\"\n");
    Program::new(&["--resolver", NOBODY]).with_carriers(&file).size(240, 36)
}

/// Answers each request with a response that would like to take over the terminal.
fn hostile(peer: &UdpSocket) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = peer.recv_from(&mut buffer) {
        let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let kept = request
            .lines()
            .filter(|line| ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].iter().any(|header| line.starts_with(header)));
        let mut response =
            "SIP/2.0 200 reason-begins, 混雑\x1b[31337m\x1b]0;x\x07\u{202e}\u{9b}2Jreason-ends\r\n".to_owned();
        for line in kept {
            response.push_str(line);
            response.push_str(if line.starts_with("To:") { ";tag=evil\r\n" } else { "\r\n" });
        }
        response.push_str(
            "Server: server-begins\x1b[31337m\x1b]0;x\x07\u{202e}\u{9b}2Jserver-ends\r\nContent-Length: 0\r\n\r\n",
        );
        let sent: io::Result<usize> = peer.send_to(response.as_bytes(), from);
        sent.unwrap();
    }
}

#[test]
fn what_does_not_change_costs_nothing() {
    let span = Duration::from_secs(3);
    let mut terminal = Program::steady().args(&["--no-probe"]).start();
    terminal.see("[NO PROBES]").wait("every carrier resolved", |view| {
        view.rows().iter().filter(|row| row.contains("not probed")).count() >= 7
    });
    // Only the clock may move, once: a minute is longer than this.
    let quiet = (0..3).any(|_| terminal.bytes_within(span) == 0);
    assert!(quiet, "{}", terminal.view().text());

    terminal.select(" acme ").press("\r").see("by DNS alone: nothing is probed");
    assert!((0..3).any(|_| terminal.bytes_within(Duration::from_secs(1)) > 0), "the TTL of the selected row counts");
    terminal.press("p").see("PAUSED");
    terminal.bytes_within(Duration::from_millis(100));
    assert_eq!(terminal.bytes_within(span), 0, "a picture that is held moves");
}

#[test]
fn a_live_picture_costs_little() {
    let mut terminal = steady();
    open_acme(&mut terminal);
    let bytes = terminal.bytes_within(Duration::from_secs(10));
    assert!(bytes > 0, "nothing moves");
    assert!(bytes < 5_000, "{bytes} bytes in 10 s");
}
