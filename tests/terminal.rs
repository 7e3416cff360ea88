//! The program in a pseudo-terminal, as a person sees it and as the kernel does.
//!
//! Nothing here sleeps: whoever waits reads what the program writes, until the screen shows what is waited
//! for or [`DEADLINE`] is over. The deadline is for machines that are busy; no test relies on it to pass.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtyPair, PtySize, SlavePty, native_pty_system};
use tempfile::TempDir;
use tokio::time::Instant;
use vt100::{Cell, Parser, Screen};

/// How long anything may take before it counts as never.
const DEADLINE: Duration = Duration::from_secs(40);

/// What leaves the alternate screen.
const LEAVE: &str = "\x1b[?1049l";

/// How the program is started.
pub(crate) struct Program {
    command: CommandBuilder,
    size: (u16, u16),
    home: TempDir,
}

impl Program {
    /// The program of this package, with these arguments, in a home of its own and a UTF-8 locale.
    pub(crate) fn new(args: &[&str]) -> Self {
        Self::of(env!("CARGO_BIN_EXE_trunktop"), args)
    }

    /// Another program.
    pub(crate) fn of(path: impl Into<OsString>, args: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let mut command = CommandBuilder::new(path.into());
        command.args(args);
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", home.path());
        command.env("TRUNKTOP_STATE", home.path().join("state"));
        command.env("TRUNKTOP_CONFIG", home.path().join("config"));
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        Self { command, size: (120, 36), home }
    }

    /// The lab in which nothing happens.
    pub(crate) fn steady() -> Self {
        Self::new(&["demo", "--scenario", "steady"])
    }

    /// With this in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// With these arguments as well.
    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    /// In a terminal of so many columns and rows.
    pub(crate) const fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// The terminal is not the controlling one of the program, so that the kernel tells it nothing.
    pub(crate) fn without_control(mut self) -> Self {
        self.command.set_controlling_tty(false);
        self
    }

    /// Where its carriers are saved.
    pub(crate) fn carriers(&self) -> std::path::PathBuf {
        self.home.path().join("config/carriers.toml")
    }

    /// With these carriers saved.
    pub(crate) fn with_carriers(self, text: &str) -> Self {
        let file = self.carriers();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    /// Starts it.
    pub(crate) fn start(self) -> Terminal {
        let PtyPair { slave, master } = native_pty_system().openpty(pty_size(self.size)).unwrap();
        let before = settings(&*master);
        let child = Running(slave.spawn_command(self.command).unwrap());
        let mut reader = master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let unplugged = Arc::new(AtomicBool::new(false));
        let stop = unplugged.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if stop.load(Ordering::SeqCst) || sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = master.take_writer().unwrap();
        let (columns, rows) = self.size;
        let parser = Parser::new(cells(rows), cells(columns), 0);
        let home = self.home;
        Terminal { parser, bytes: Vec::new(), output, unplugged, keys, slave, master, child, before, home }
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// What `stty -a` would say.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// A terminal, and the program in it. The program is killed when this is dropped.
pub(crate) struct Terminal {
    parser: Parser,
    bytes: Vec<u8>,
    output: Receiver<Vec<u8>>,
    unplugged: Arc<AtomicBool>,
    keys: Box<dyn Write + Send>,
    /// Held, so that the terminal is there to be looked at when the program has gone.
    slave: Box<dyn SlavePty + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Running,
    before: String,
    home: TempDir,
}

/// A program that does not outlive its test.
struct Running(Box<dyn Child + Send + Sync>);

impl Drop for Running {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.0.kill();
    }
}

impl Terminal {
    /// Reads until the screen is as it should be.
    pub(crate) fn wait(&mut self, what: &str, is: impl Fn(&View<'_>) -> bool) -> &mut Self {
        let deadline = Instant::now() + DEADLINE;
        while !is(&self.view()) {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("not in time: {what}\n{}", self.view().text()),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before: {what}\n{}", self.view().text()),
            }
        }
        self
    }

    /// Waits until this is on the screen.
    pub(crate) fn see(&mut self, text: &str) -> &mut Self {
        self.wait(text, |view| view.has(text))
    }

    /// Presses keys.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Moves the cursor to the row that holds this.
    pub(crate) fn select(&mut self, text: &str) -> &mut Self {
        self.wait("a selected row", |view| view.selected().is_some());
        for _ in 0..64 {
            let (at, row) = self.view().selected().unwrap();
            if row.contains(text) {
                return self;
            }
            let above = self.view().rows().iter().take(at).any(|row| row.contains(text));
            self.press(if above { "k" } else { "j" });
            self.wait("another row", |view| view.selected().is_some_and(|(now, _)| now != at));
        }
        panic!("no row has '{text}'\n{}", self.view().text());
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.master.resize(pty_size((columns, rows))).unwrap();
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        self
    }

    /// How many bytes come within a span.
    pub(crate) fn bytes_within(&mut self, span: Duration) -> usize {
        let (before, end) = (self.bytes.len(), Instant::now() + span);
        while let Ok(bytes) = self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.take(&bytes);
        }
        self.bytes.len() - before
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.parser.process(bytes);
    }

    /// The screen as it is.
    pub(crate) fn view(&self) -> View<'_> {
        View(self.parser.screen())
    }

    /// All that the program has written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the terminal is set for a program that takes every key.
    pub(crate) fn is_raw(&self) -> bool {
        settings(&*self.master) != self.before
    }

    /// The file of its carriers, as it is.
    pub(crate) fn carriers(&self) -> String {
        std::fs::read_to_string(self.carriers_file()).unwrap_or_default()
    }

    /// Where its carriers are saved.
    pub(crate) fn carriers_file(&self) -> std::path::PathBuf {
        self.home().join("config/carriers.toml")
    }

    fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sends it a signal: `TERM`, `HUP`, `INT`, ...
    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        let kill = format!("kill -{name} {}", self.child.0.process_id().unwrap());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        self
    }

    fn exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end\n{}", self.view().text());
            // The program may have to write before it can end.
            self.bytes_within(Duration::from_millis(20));
        }
    }

    /// Waits for the end of the program, and looks at what it leaves behind.
    pub(crate) fn end(mut self) -> Ended {
        let status = self.exit();
        let after = settings(&*self.master);
        let restored = after == self.before;
        // With nobody left at the other end, reading ends where the output does.
        let Self { slave, output, mut parser, mut bytes, .. } = self;
        drop(slave);
        for rest in output {
            bytes.extend_from_slice(&rest);
            parser.process(&rest);
        }
        Ended { status, screen: parser.screen().clone(), bytes, restored }
    }

    /// Pulls the plug: nobody is at the terminal any more. Tells how long the program takes to end.
    pub(crate) fn unplug(mut self) -> Duration {
        // The reader holds the terminal open until it has something to read.
        self.unplugged.store(true, Ordering::SeqCst);
        self.press("?");
        while self.output.recv().is_ok() {}
        let Self { keys, slave, master, mut child, .. } = self;
        drop((keys, slave, master));
        let (began, mut killer) = (Instant::now(), child.0.clone_killer());
        let (sender, ended) = channel();
        thread::spawn(move || sender.send(child.0.wait()));
        if ended.recv_timeout(DEADLINE).is_err() {
            killer.kill().unwrap();
            panic!("it lives on without a terminal");
        }
        began.elapsed()
    }
}

/// A screen to look at.
pub(crate) struct View<'s>(&'s Screen);

impl View<'_> {
    /// The rows, without their trailing blanks.
    pub(crate) fn rows(&self) -> Vec<String> {
        let (_, columns) = self.0.size();
        self.0.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect()
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        self.rows().iter().fold(String::new(), |mut all, row| {
            let _ = writeln!(all, "{row}");
            all
        })
    }

    /// Whether this is on it.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.rows().iter().any(|row| row.contains(text))
    }

    /// The first row that has all of these in it.
    pub(crate) fn row(&self, words: &[&str]) -> Option<String> {
        self.rows().into_iter().find(|row| words.iter().all(|word| row.contains(word)))
    }

    /// The row that is reversed from end to end: where it is, and what stands in it.
    pub(crate) fn selected(&self) -> Option<(usize, String)> {
        let (rows, columns) = self.0.size();
        let reversed =
            |&row: &u16| (0..columns.get()).all(|column| self.0.cell(row, column).is_some_and(Cell::inverse));
        let row = usize::from((0..rows.get()).find(reversed)?);
        Some((row, self.rows().swap_remove(row)))
    }

    /// The percentages in the first row that begins with this, after any blanks, and has one.
    pub(crate) fn shares(&self, name: &str) -> Vec<f64> {
        let percent = |row: &String| {
            let words: Vec<&str> = row.split_whitespace().collect();
            let figures = words.windows(2).filter(|pair| pair[1] == "%");
            figures.filter_map(|pair| pair[0].trim_start_matches(['<', '>']).parse().ok()).collect::<Vec<f64>>()
        };
        let named = self.rows().into_iter().filter(|row| row.split_whitespace().next() == Some(name));
        named.map(|row| percent(&row)).find(|shares| !shares.is_empty()).unwrap_or_default()
    }
}

/// What a program has left behind.
pub(crate) struct Ended {
    status: ExitStatus,
    screen: Screen,
    bytes: Vec<u8>,
    restored: bool,
}

impl Ended {
    /// All that the program has written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its exit code.
    pub(crate) fn code(&self) -> u32 {
        assert_eq!(self.status.signal(), None, "it was killed");
        self.status.exit_code()
    }

    /// What it wrote after it had left its screen. Panics where it has not given back the terminal.
    pub(crate) fn afterwards(&self) -> String {
        assert!(self.restored, "the terminal's settings are not as they were");
        assert!(!self.screen.alternate_screen(), "the alternate screen is still shown");
        assert!(!self.screen.hide_cursor(), "the cursor is still hidden");
        assert!(!self.screen.bracketed_paste(), "pastes are still bracketed");
        let said = String::from_utf8_lossy(&self.bytes).into_owned();
        let (before, after) = said.rsplit_once(LEAVE).unwrap();
        let synchronized = |word: &str| before.rfind(&format!("\x1b[?2026{word}"));
        assert!(synchronized("h") < synchronized("l"), "updates are still held back");
        after.to_owned()
    }
}
