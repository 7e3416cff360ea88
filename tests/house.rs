//! The house: which room may import which. The arrows are what keeps the pure rooms testable, so a room
//! that reaches for more has to change this table, in the open.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the rooms that it may import; `room::{A, B}` is nothing of that room but these.
const ARROWS: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("locate", &["model"]),
    ("preview", &["model", "locate"]),
    ("lint", &["model", "locate"]),
    ("state", &["model", "locate", "preview", "lint"]),
    ("monitor", &["model", "locate", "preview", "lint", "state"]),
    ("dns", &["model", "monitor::{Ask, Clock}"]),
    ("sip", &["model", "monitor::{Probe, Register, Clock}"]),
    ("pbx", &["model", "monitor::{Witness, Clock}"]),
    ("store", &["model"]),
    // Of `sip` the codecs: what the lab sends and reads has the same form.
    ("lab", &["model", "sip::{frame, Message, Start}"]),
    ("report", &["model", "state", "locate", "preview", "lint"]),
    ("tui", &["model", "state", "locate", "preview", "lint", "report"]),
    ("cli", &["*"]),
];

/// Rooms without a clock, a socket, a screen, a file or a dice.
const PURE: [&str; 5] = ["model", "locate", "preview", "lint", "state"];

/// What a pure room does not name.
const IMPURE: [&str; 15] = [
    "tokio",
    "hickory",
    "rsip",
    "ratatui",
    "crossterm",
    "rand::",
    "rustls",
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
];

/// Sockets are no business of a pure room; addresses are.
const SOCKETS: [&str; 4] = ["UdpSocket", "TcpStream", "TcpListener", "ToSocketAddrs"];

/// What may stand at the top, beside what git and cargo make themselves.
const TOP: [&str; 18] = [
    "Cargo.toml",
    "src",
    "themes",
    "tests",
    "assets",
    "README.md",
    "Cargo.lock",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    ".gitignore",
    ".ci",
    "deny.toml",
    "rustfmt.toml",
    "clippy.toml",
    ".git",
    "target",
];

/// What a preview is computed by. It is done when something has happened, and never in a draw.
const COMPUTES: [(&str, &str); 6] = [
    ("preview", "preview"),
    ("preview", "compare"),
    ("preview", "worst"),
    ("preview", "registration"),
    ("locate", "attempt"),
    ("locate", "Walk"),
];

/// What of the screen is no draw: what is done at a key, or when the state changes.
const NO_DRAW: [&str; 4] = ["src/tui/update.rs", "src/tui/update/", "src/tui/app.rs", "src/tui/session.rs"];

/// Past this many lines a file is two things.
const LONGEST: usize = 500;

/// A file of the house, without its comments and its tests.
struct Source {
    path: PathBuf,
    room: String,
    /// How many modules deep: 1 for `src/state.rs`, 2 for what is directly in `src/state/`.
    depth: usize,
    code: String,
    lines: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let all = files(&src).into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(&src).unwrap().with_extension("");
        let parts: Vec<String> = place.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let of_tests = parts.iter().any(|part| part == "tests");
        let code = if of_tests { String::new() } else { code(&text) };
        let path = path.strip_prefix(root()).unwrap().to_owned();
        Source { room: parts[0].clone(), depth: parts.len(), code, lines: text.lines().count(), path }
    });
    all.collect()
}

/// What is compiled into the program: no comments, no `#[cfg(test)]` module (they stand at the end).
fn code(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.trim_start().starts_with("mod ")) {
            // A test module in a file of its own leaves the rest of this one to be read.
            if lines.peek().is_some_and(|next| next.trim_end().ends_with(';')) {
                lines.next();
                continue;
            }
            break;
        }
        kept.push_str(line.split_once("//").map_or(line, |(code, _)| code));
        kept.push('\n');
    }
    kept
}

/// Each `crate::room` and what is taken of it, nested lists taken apart.
fn imports(code: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        for path in spread(rest) {
            let (room, of) = path.split_once("::").unwrap_or((&path, ""));
            found.insert((room.to_owned(), of.split("::").next().unwrap_or_default().to_owned()));
        }
    }
    found
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn spread(text: &str) -> Vec<String> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || "_:".contains(c))).unwrap_or(text.len());
    let head = &text[..end];
    if !text[end..].starts_with('{') || !(head.is_empty() || head.ends_with("::")) {
        return vec![head.trim_end_matches("::").to_owned()];
    }
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in text[end..].chars() {
        match c {
            '{' => {
                depth += 1;
                if depth > 1 {
                    parts.last_mut().unwrap().push(c);
                }
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                parts.last_mut().unwrap().push(c);
            }
            ',' if depth == 1 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(spread).map(|part| format!("{head}{part}").trim_end_matches("::self").to_owned()).collect()
}

/// Whether the table lets a room take this from another.
fn allowed(arrows: &[&str], room: &str, of: &str) -> bool {
    arrows.iter().any(|arrow| match arrow.split_once("::") {
        None => *arrow == room || *arrow == "*",
        Some((only, names)) => only == room && names.trim_matches(['{', '}']).split(',').any(|name| name.trim() == of),
    })
}

fn fail(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn rooms_import_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for source in sources() {
        let path = source.path.display();
        if ["lib", "main"].contains(&source.room.as_str()) {
            continue;
        }
        let Some((_, arrows)) = ARROWS.iter().find(|(room, _)| *room == source.room) else {
            wrong.push(format!("{path}: {} is no room of the house", source.room));
            continue;
        };
        for (room, of) in imports(&source.code).iter().filter(|(room, _)| *room != source.room) {
            if !allowed(arrows, room, of) {
                wrong.push(format!("{path}: {} may not import crate::{room}::{of}", source.room));
            }
        }
        // As many `super` as modules would leave the room without naming the crate.
        if source.code.contains(&"super::".repeat(source.depth)) {
            wrong.push(format!("{path}: leaves its room by super"));
        }
    }
    fail(&wrong);
}

#[test]
fn pure_rooms_have_no_clock_no_socket_and_no_dice() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.room.as_str())) {
        for word in IMPURE.iter().chain(&SOCKETS).filter(|word| source.code.contains(**word)) {
            wrong.push(format!("{}: names {word}", source.path.display()));
        }
    }
    fail(&wrong);
}

#[test]
fn a_draw_computes_no_preview() {
    let mut wrong = Vec::new();
    let draws = |source: &Source| {
        source.room == "tui" && !NO_DRAW.iter().any(|other| source.path.to_string_lossy().starts_with(other))
    };
    for source in sources().iter().filter(|source| draws(source)) {
        let imported = imports(&source.code);
        for (room, of) in COMPUTES {
            let called = source.code.contains(&format!("{room}::{of}("));
            if called || imported.contains(&(room.to_owned(), of.to_owned())) {
                wrong.push(format!("{}: a draw shows what is there, and computes no {of}", source.path.display()));
            }
        }
        if source.code.contains(".walk(") {
            wrong.push(format!("{}: a draw walks nothing", source.path.display()));
        }
    }
    fail(&wrong);
}

#[test]
fn files_are_short_and_none_is_called_mod() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.lines > LONGEST {
            wrong.push(format!("{}: {} lines, {LONGEST} at most", source.path.display(), source.lines));
        }
        if source.path.ends_with("mod.rs") {
            wrong.push(format!("{}: foo.rs beside foo/, not foo/mod.rs", source.path.display()));
        }
    }
    fail(&wrong);
}

#[test]
fn nothing_else_stands_at_the_top() {
    let all = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let others: Vec<String> = all.filter(|name| !TOP.contains(&name.as_str())).collect();
    fail(&others);
}

#[test]
fn the_eye_of_this_test_is_sharp() {
    let code = code(
        "
        //! crate::tui in a comment is nothing.
        use crate::{model::{self, Name}, dns};
        use crate::monitor::{Ask, Monitor};
        fn f() -> crate::tui::Ui { crate::state::x::y() }
        #[cfg(test)]
        mod tests;
        use crate::lab;
        #[cfg(test)]
        mod inline {
            use crate::cli;
        }
    ",
    );
    let found: Vec<String> = imports(&code).iter().map(|(room, of)| format!("{room}/{of}")).collect();
    let seen = ["dns/", "lab/", "model/", "model/Name", "monitor/Ask", "monitor/Monitor", "state/x", "tui/Ui"];
    assert_eq!(found, seen);
    assert!(allowed(&["monitor::{Ask, Clock}"], "monitor", "Ask"));
    assert!(!allowed(&["monitor::{Ask, Clock}"], "monitor", "Monitor"));
    assert!(!allowed(&["model"], "monitor", "Ask"));
}
