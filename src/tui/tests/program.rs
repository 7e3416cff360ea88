//! The whole program, its terminal handed in: keys and facts go in, bytes come out, and a terminal emulator
//! says what they show.

use std::io;
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::model::{Command, Fact, FactKind, OperatorAct, Reply};
use crate::state::State;
use crate::tui::glyphs::Glyphs;
use crate::tui::theme::Theme;
use crate::tui::{Console, Input, Inputs, Mode, Passage, TuiError, run};

use super::world::{World, fact, inputs};

/// Longer than anything here takes, on any machine.
const LONG: Duration = Duration::from_secs(30);

struct Program {
    keys: mpsc::UnboundedSender<Result<Input, TuiError>>,
    facts: mpsc::Sender<Fact>,
    commands: mpsc::Receiver<(Command, oneshot::Sender<Reply>)>,
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: JoinHandle<Result<(), TuiError>>,
}

#[derive(Clone)]
struct Recorder(Arc<Mutex<Vec<u8>>>);

impl io::Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(state: State, mode: Mode) -> Program {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    start_on(state, mode, Box::new(Recorder(bytes.clone())), bytes)
}

fn start_on(state: State, mode: Mode, output: Box<dyn io::Write + Send>, bytes: Arc<Mutex<Vec<u8>>>) -> Program {
    let (keys, typed) = mpsc::unbounded_channel();
    let (facts, told) = mpsc::channel(16);
    let (asks, commands) = mpsc::channel(16);
    let input = stream::unfold(typed, |mut typed| async move { typed.recv().await.map(|key| (key, typed)) }).boxed();
    let console = Console { input, output, size: (120, 36), passage: Passage::Direct };
    let theme = Theme::named("default").unwrap();
    let ended =
        tokio::spawn(run(console, Inputs { facts: told, commands: asks, state, theme, glyphs: Glyphs::UTF8, mode }));
    Program { keys, facts, commands, bytes, ended }
}

impl Program {
    fn press(&self, keys: &str) {
        for input in inputs(keys) {
            self.keys.send(Ok(input)).unwrap();
        }
    }

    fn screen(&self) -> String {
        let size = |n: u16| NonZero::new(n).unwrap();
        let mut parser = vt100::Parser::new(size(36), size(120), 0);
        parser.process(&self.bytes.lock().unwrap());
        parser.screen().contents()
    }

    /// Waits until the screen shows something.
    async fn shows(&self, what: &str) {
        let seen = async {
            while !self.screen().contains(what) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        assert!(timeout(LONG, seen).await.is_ok(), "'{what}' is not on\n{}", self.screen());
    }

    fn sent(&self) -> usize {
        self.bytes.lock().unwrap().len()
    }

    async fn command(&mut self) -> (Command, oneshot::Sender<Reply>) {
        timeout(LONG, self.commands.recv()).await.unwrap().unwrap()
    }
}

fn steady() -> State {
    World::steady((120, 36)).state
}

#[tokio::test]
async fn a_failure_is_forced_seen_and_taken_back() {
    let mut program = start(steady(), Mode::default());
    program.shows("acme.example").await;
    program.press("ff");
    let (command, reply) = program.command().await;
    let Command::Act(act) = command else { panic!("{command:?}") };
    assert!(matches!(act, OperatorAct::Fail(..)));
    reply.send(Reply::Done(None)).unwrap();
    program.facts.send(fact(130, FactKind::Act(act))).await.unwrap();
    program.shows("[SIMULATION: nothing is sent]").await;
    program.shows("then ████████████████████████████   100 %").await;
    program.press("q");
    program.shows("Quit?").await;
    program.press("y");
    assert!(timeout(LONG, program.ended).await.unwrap().unwrap().is_ok());
}

#[tokio::test]
async fn an_add_that_is_refused_says_why_in_its_dialog() {
    let mut program = start(steady(), Mode::default());
    program.press("aacme.example<Enter>");
    let (command, reply) = program.command().await;
    assert!(matches!(command, Command::Add(..)));
    program.shows("saving").await;
    reply.send(Reply::Refused("there is a carrier 'acme.example' already".into())).unwrap();
    program.shows("there is a carrier 'acme.example' already").await;
    program.shows("ADD A CARRIER").await;
}

#[tokio::test(start_paused = true)]
async fn no_byte_is_sent_when_nothing_visible_changes_or_the_picture_is_held() {
    let program = start(steady(), Mode::default());
    quiet(&program).await;
    let before = program.sent();
    assert!(before > 1000);
    for secs in 121..125 {
        program.facts.send(fact(secs, FactKind::Tick)).await.unwrap();
        quiet(&program).await;
    }
    assert_eq!(program.sent(), before, "ticks");
    program.press("p");
    quiet(&program).await;
    let held = program.sent();
    assert!(held > before);
    for secs in [200, 600, 4000] {
        program.facts.send(fact(secs, FactKind::Tick)).await.unwrap();
        quiet(&program).await;
    }
    assert_eq!(program.sent(), held, "held");
    // What went on in the meantime is there as soon as it is let go.
    program.press("p");
    quiet(&program).await;
    assert!(program.screen().contains("14:06 local"), "{}", program.screen());
}

/// Lets the program come to rest; with paused time that takes none.
async fn quiet(program: &Program) {
    let mut last = usize::MAX;
    while last != program.sent() {
        last = program.sent();
        tokio::time::sleep(Duration::from_secs(2)).await;
        // The writer is a thread of its own, which paused time does not wait for.
        std::thread::sleep(Duration::from_millis(20));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_frame_is_one_write_within_synchronized_output() {
    let program = start(steady(), Mode::default());
    program.shows("acme.example").await;
    let bytes = program.bytes.lock().unwrap().clone();
    assert!(bytes.starts_with(b"\x1b[?2026h") && bytes.ends_with(b"\x1b[?2026l"));
    assert!(!bytes.windows(4).any(|four| four == b"\x1b[6n"), "the cursor is asked for");
}

#[tokio::test]
async fn a_copied_line_reaches_the_terminal_between_two_frames() {
    let program = start(steady(), Mode::default());
    program.shows("acme.example").await;
    program.press("2y");
    program.shows("copied: dig @127.0.0.1 -p 5300 SRV _sips._tcp.acme.example").await;
    let bytes = String::from_utf8(program.bytes.lock().unwrap().clone()).unwrap();
    let copied = "ZGlnIEAxMjcuMC4wLjEgLXAgNTMwMCBTUlYgX3NpcHMuX3RjcC5hY21lLmV4YW1wbGU=";
    assert!(bytes.contains(&format!("\x1b[?2026l\x1b]52;c;{copied}\x1b\\\x1b[?2026h")), "{bytes:?}");
}

#[tokio::test]
async fn a_notice_stays_until_it_is_read() {
    let notices = vec!["carriers.toml, line 7: the uri is missing; the file is not written while it is so".into()];
    let program = start(steady(), Mode { notices, ..Mode::default() });
    program.shows("carriers.toml, line 7").await;
    program.press("j");
    program.shows("carriers.toml, line 7").await;
    program.press("<Esc>");
    program.shows("/ filter").await;
    let gone = async {
        while program.screen().contains("line 7") {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(timeout(LONG, gone).await.is_ok());
}

#[tokio::test]
async fn a_resize_draws_all_of_it_anew() {
    let program = start(steady(), Mode::default());
    program.shows("acme.example").await;
    program.keys.send(Ok(Input::Resize(30, 8))).unwrap();
    program.shows("needs 40x12, has 30x8").await;
    program.keys.send(Ok(Input::Resize(120, 36))).unwrap();
    program.shows("VERDICT").await;
}

#[tokio::test]
async fn it_ends_with_the_terminal_the_signals_and_the_facts() {
    let program = start(steady(), Mode::default());
    program.keys.send(Ok(Input::End)).unwrap();
    assert!(timeout(LONG, program.ended).await.unwrap().unwrap().is_ok());

    let program = start(steady(), Mode::default());
    drop(program.keys);
    assert!(timeout(LONG, program.ended).await.unwrap().unwrap().is_ok());

    let program = start(steady(), Mode::default());
    drop(program.facts);
    assert!(matches!(timeout(LONG, program.ended).await.unwrap().unwrap(), Err(TuiError::Unwatched)));

    let program = start_on(steady(), Mode::default(), Box::new(Gone), Arc::default());
    assert!(matches!(timeout(LONG, program.ended).await.unwrap().unwrap(), Err(TuiError::Terminal(_))));
}

/// A terminal that has hung up.
struct Gone;

impl io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from_raw_os_error(5))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A terminal at the end of a line that stalls.
struct Stalled;

impl io::Write for Stalled {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        loop {
            std::thread::park();
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_terminal_that_stalls_holds_up_neither_facts_nor_quitting() {
    let program = start_on(steady(), Mode::default(), Box::new(Stalled), Arc::default());
    for secs in 0..500 {
        timeout(LONG, program.facts.send(fact(200 + secs, FactKind::Tick))).await.unwrap().unwrap();
    }
    program.press("q");
    assert!(timeout(LONG, program.ended).await.unwrap().unwrap().is_ok());
}
