//! An account that the program holds: what is bound while it runs, what is left of it, and where its password is seen.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;
use trunktop::lab::{Algorithm, Behaviour, CarrierPlan, HostPlan, RegistrarPlan};
use trunktop::model::Transport::Udp;

use crate::cli::Stage;
use crate::terminal::{Program, Terminal};

const PASSWORD: &str = "open-sesame-4711";

/// One that the registrar does not know.
const WRONG: &str = "wrong-sesame-0815";

/// A carrier with one host, which is a registrar.
fn lab(algorithm: Algorithm) -> Stage {
    let plan = CarrierPlan::new("reg", "sip:reg.example")
        .registrar(RegistrarPlan::new().user("bob", PASSWORD).algorithms([algorithm]))
        .host(HostPlan::new("a.reg.example").speaks([Udp]))
        .zone("_sip._udp.reg.example. 60 SRV 10 0 udp a.reg.example.");
    Stage::with([plan])
}

/// The program over an account whose password comes from here. It is in the variable `REG_PASSWORD`, too.
fn holding(lab: &Stage, source: &str, password: &str) -> Program {
    let account = format!("[carrier.account]\nuser = \"bob\"\nmode = \"hold\"\n{source}\n");
    lab.home().write("carriers.toml", &format!("[[carrier]]\nname = \"reg\"\nuri = \"sip:reg.example\"\n{account}"));
    let places = lab.home().places();
    let places: Vec<&str> = places.iter().filter_map(|word| word.to_str()).collect();
    Program::new(&["--resolver", &lab.resolver(), "--log", "debug"]).args(&places).env("REG_PASSWORD", password)
}

const BY_ENVIRONMENT: &str = "password_env = \"REG_PASSWORD\"";

/// Quits, which takes a registration away: that is asked about first.
fn quit(terminal: &mut Terminal) {
    terminal.press("q").see("quitting removes it. Quit?").press("y");
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

/// Whether a password is in it, or the digest that was made of one: a dictionary finds the password from that.
fn is_secret(octets: &[u8]) -> bool {
    let has = |text: &str| octets.windows(text.len()).any(|window| window == text.as_bytes());
    let text = String::from_utf8_lossy(octets).to_ascii_lowercase();
    // What the registrar proves itself by is made of the password, too.
    let is_digest = |name: &str| {
        let value = |rest: &str| rest.trim_start_matches('"').bytes().take_while(u8::is_ascii_hexdigit).count();
        text.split(name).skip(1).any(|rest| value(rest) >= 16)
    };
    [PASSWORD, WRONG].into_iter().any(has) || ["response=", "rspauth="].into_iter().any(is_digest)
}

/// What the terminal was asked to take into its clipboard.
fn copied(bytes: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(bytes);
    let asked = text.split("\x1b]52;c;").skip(1).filter_map(|rest| rest.split(['\x1b', '\x07']).next());
    asked.map(base64).collect()
}

fn base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => Some(c - b'A'),
        b'a'..=b'z' => Some(c - b'a' + 26),
        b'0'..=b'9' => Some(c - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let digits: Vec<u8> = text.bytes().map_while(digit).collect();
    let bits = |four: &[u8]| four.iter().fold(0, |bits, digit| bits << 6 | u32::from(*digit)) << (6 * (4 - four.len()));
    digits.chunks(4).flat_map(|four| bits(four).to_be_bytes()[1..four.len()].to_vec()).collect()
}

#[test]
fn a_secret_would_be_found() {
    for hidden in
        [format!("x{WRONG}"), format!("a, response=\"{}\"", "0f".repeat(16)), "RspAuth=0123456789abcdef".into()]
    {
        assert!(is_secret(hidden.as_bytes()), "{hidden}");
    }
    for harmless in ["response=\"...\", nonce=\"0123456789abcdef\"", "the password"] {
        assert!(!is_secret(harmless.as_bytes()), "{harmless}");
    }
    let copies = copied(b"a\x1b]52;c;b3Blbg==\x1b\\b\x1b]52;c;b3BlbjE=\x07c\x1b]52;c;b3Blbi1z\x1b\\");
    assert_eq!(copies, [b"open".to_vec(), b"open1".to_vec(), b"open-s".to_vec()]);
}

/// Opens all that tells of a registration, and copies what can be copied. Messages are shown, where there are any.
fn look_everywhere(terminal: &mut Terminal, heard: bool) {
    let look = |terminal: &mut Terminal, keys: &str, seen: &str| {
        terminal.press(keys).see(seen);
        assert!(!is_secret(terminal.view().text().as_bytes()), "{keys:?}\n{}", terminal.view().text());
    };
    look(terminal, "4", " REGISTRATIONS ");
    look(terminal, "y", "copied: ");
    look(terminal, "i", " REGISTRATION  reg");
    if heard {
        // As many rows as it takes.
        look(terminal, "\x1b[6~\x1b[6~\x1b[6~", "heard ");
    }
    terminal.press("\x1b").wait("all of it is closed", |view| !view.has(" REGISTRATION  reg"));
    look(terminal, "1", "NEXT CALLS");
    look(terminal, "\r", " PREVIEW ");
    look(terminal, "y", "copied: ");
    look(terminal, "3", "used by");
    look(terminal, "y", "copied: ");
    look(terminal, "\r", "page 2 of");
    look(terminal, "6", " CHANGES ");
    look(terminal, "1", "NEXT CALLS");
}

/// Looks for it in all that the program has written, and in what its commands print of the same carrier.
fn assert_nowhere(lab: &Stage, bytes: &[u8], which: &str) {
    assert!(!is_secret(bytes), "{which}: on the screen");
    let copies = copied(bytes);
    assert!(copies.len() >= 3, "{which}: {} copies", copies.len());
    for copy in copies {
        assert!(!copy.is_empty() && !is_secret(&copy), "{which}: copied: {}", String::from_utf8_lossy(&copy));
    }
    let written = [files(&lab.home().path("state")), files(&lab.home().path("config"))].concat();
    let is_log = |file: &&PathBuf| file.extension().is_some_and(|end| end == "log");
    let log = written.iter().find(is_log).map(|file| fs::read_to_string(file).unwrap()).unwrap_or_default();
    assert!(log.contains(" started "), "{which}: {log}");
    for file in written {
        assert!(!is_secret(&fs::read(&file).unwrap()), "{which}: in {}", file.display());
    }
    for command in ["check reg", "preview reg --method register", "resolve reg", "lint reg"] {
        for format in ["", " --format json"] {
            let ran = lab.run(&format!("{command}{format}"));
            assert!(ran.out.contains("reg.example"), "{ran:?}");
            assert!(![&ran.out, &ran.err].into_iter().any(|said| is_secret(said.as_bytes())), "{which}: {ran:?}");
        }
    }
}

/// A file with a password that nobody else may read.
fn secret(kept: &TempDir, password: &str) -> PathBuf {
    let secret = kept.path().join("secret");
    fs::write(&secret, format!("{password}\n")).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    secret
}

#[test]
fn what_is_held_is_bound_and_removed_and_its_password_is_nowhere() {
    let kept = TempDir::new().unwrap();
    let path = secret(&kept, PASSWORD).display().to_string();
    for (source, algorithm) in [
        // There is no such file where GPG_TTY is known.
        (format!("password_command = [\"sh\", \"-c\", \"cat {path}$GPG_TTY\"]"), Algorithm::Md5),
        (format!("password_file = \"{path}\""), Algorithm::Sha256),
        (BY_ENVIRONMENT.to_owned(), Algorithm::Sha256),
    ] {
        let lab = lab(algorithm);
        let mut terminal = holding(&lab, &source, PASSWORD).env("GPG_TTY", "/dev/pts/0").size(160, 50).start();
        bound(&lab, &mut terminal, 1);
        let held = files(&lab.home().path("state/accounts"));
        let ends: Vec<_> = held.iter().filter_map(|file| file.extension()?.to_str()).collect();
        assert!(["lock", "instance"].iter().all(|end| ends.contains(end)), "{held:?}");
        terminal.see("UP 1").see("registered at a (observed)");
        look_everywhere(&mut terminal, true);
        quit(&mut terminal);
        let ended = terminal.end();
        assert_eq!((ended.code(), ended.afterwards().as_str()), (0, ""), "{source}");
        assert_eq!(lab.lab.bindings("reg").len(), 0, "{source}");
        assert_nowhere(&lab, ended.bytes(), &source);
    }
}

#[test]
fn a_password_that_is_of_no_use_is_nowhere() {
    let kept = TempDir::new().unwrap();
    let path = secret(&kept, PASSWORD).display().to_string();
    let fails = format!("password_command = [\"sh\", \"-c\", \"cat {path}; cat {path} >&2; exit 3\"]");
    for (source, password, seen, sent) in
        [(BY_ENVIRONMENT, WRONG, "credentials were not taken", 1), (&fails, PASSWORD, "failed with exit code 3", 0)]
    {
        let lab = lab(Algorithm::Md5);
        let mut terminal = holding(&lab, source, password).size(160, 50).start();
        terminal.see(seen).see("1/1");
        look_everywhere(&mut terminal, sent > 0);
        terminal.press("q");
        let ended = terminal.end();
        assert_eq!((ended.code(), ended.afterwards().as_str()), (0, ""), "{source}");
        assert_nowhere(&lab, ended.bytes(), source);
        assert_eq!(lab.lab.registers("reg").with_credentials, sent, "{source}");
    }
}

#[test]
fn a_binding_that_cannot_be_removed_is_said() {
    let lab = lab(Algorithm::Sha256);
    let mut terminal = holding(&lab, BY_ENVIRONMENT, PASSWORD).start();
    bound(&lab, &mut terminal, 1);
    terminal.see("registered at a (observed)");
    lab.behave("a.reg.example", Behaviour::Silent);
    quit(&mut terminal);
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
    let lab = lab(Algorithm::Sha256);
    let start = || holding(&lab, BY_ENVIRONMENT, PASSWORD).start();
    let mut one = start();
    bound(&lab, &mut one, 1);
    let first = contacts(&lab);
    let mut other = start();
    other.see("registered at a (observed): another trunktop says so, which holds it");
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
    other.see("registered at a (observed): granted for ");
    quit(&mut other);
    assert_eq!(other.end().code(), 0);
    // What the killed one had bound ends by itself, if it is there still.
    assert!(contacts(&lab).iter().all(|contact| first.contains(contact)), "{:?}", contacts(&lab));
}
