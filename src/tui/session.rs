//! The real terminal: taken for the dashboard, and given back as it was.
//!
//! It is given back whatever ends the program: quit, SIGTERM, SIGHUP, SIGINT, a panic anywhere in it, or a
//! terminal that is gone. The last needs care: on a hung-up pseudo-terminal the event reader reports no
//! error, so the terminal is asked for its size now and then, which fails once it is gone.

use std::io::{self, IsTerminal, Write, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste, Event};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
    window_size,
};
use crossterm::{execute, queue};
use futures_util::{Stream, StreamExt, stream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, mpsc};

use super::input::Input;
use super::{Console, Passage, TuiError};

/// How often the terminal is asked whether it is still there.
const STILL_THERE: Duration = Duration::from_secs(3);

/// How long giving the terminal back may take, should it stall.
const FAREWELL: Duration = Duration::from_millis(300);

/// A terminal that is ours until this is dropped.
#[derive(Debug)]
pub struct Session {
    left: Arc<AtomicBool>,
}

impl Session {
    /// Takes the terminal: raw mode, alternate screen, no cursor, pasted text told from typed.
    ///
    /// # Errors
    /// Where standard input or output is no terminal, or it refuses.
    pub fn open() -> Result<(Self, Console), TuiError> {
        if !stdout().is_terminal() || !io::stdin().is_terminal() {
            let why = "standard input and output are not both a terminal";
            return Err(io::Error::new(io::ErrorKind::NotConnected, why).into());
        }
        // Without colour the theme has none; the library's own way of dropping colours loses bold and reverse.
        crossterm::style::force_color_output(true);
        let left = Arc::new(AtomicBool::new(false));
        let session = Self { left: left.clone() };
        let panicked = Arc::new(Notify::new());
        hook_panics(left.clone(), panicked.clone());
        let signals = signals()?;
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, Hide, EnableBracketedPaste)?;
        let passage = if std::env::var_os("TMUX").is_some() { Passage::Tmux } else { Passage::Direct };
        let (input, output) = (inputs(signals, panicked).boxed(), Box::new(Output { left }));
        let console = Console { input, output, size: size()?, passage };
        Ok((session, console))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.left.swap(true, Ordering::SeqCst) {
            return;
        }
        give_back();
    }
}

/// Gives the terminal back. One that stalls takes no bytes; its modes can be set back all the same.
fn give_back() {
    let (done, is_done) = std::sync::mpsc::channel();
    let writer = std::thread::Builder::new().spawn(move || {
        // Nobody waits any more where the time is over.
        let _ended = (farewell(), done.send(()));
    });
    if writer.is_ok() {
        let _in_time = is_done.recv_timeout(FAREWELL);
    }
    drop(disable_raw_mode());
}

/// Writes what gives the screen back.
fn farewell() -> io::Result<()> {
    let mut bytes = Vec::new();
    queue!(bytes, EndSynchronizedUpdate, DisableBracketedPaste, Show, LeaveAlternateScreen)?;
    let mut out = stdout().lock();
    out.write_all(&bytes)?;
    out.flush()
}

/// On a panic anywhere the terminal is given back before the message is printed, and the loop ends: with a
/// part of it dead the screen would no longer be true.
fn hook_panics(left: Arc<AtomicBool>, panicked: Arc<Notify>) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !left.swap(true, Ordering::SeqCst) {
            give_back();
        }
        before(info);
        panicked.notify_one();
    }));
}

/// Standard output, until the terminal is given back.
struct Output {
    left: Arc<AtomicBool>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left.load(Ordering::SeqCst) {
            return Ok(bytes.len());
        }
        stdout().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        stdout().flush()
    }
}

/// The signals that mean something here, and what each means.
fn signals() -> io::Result<Vec<(Signal, Input)>> {
    [
        (SignalKind::terminate(), Input::End),
        (SignalKind::hangup(), Input::End),
        (SignalKind::interrupt(), Input::End),
        (SignalKind::quit(), Input::End),
    ]
    .into_iter()
    .map(|(kind, means)| Ok((signal(kind)?, means)))
    .collect()
}

/// What is typed, read by a thread of its own: where the terminal is gone the library may read for ever, without a pause
/// in which anybody else could be heard. That thread is waited for by nobody.
fn typed() -> impl Stream<Item = io::Result<Event>> + Send {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let failed = sender.clone();
    let reader = std::thread::Builder::new().name("keys".to_owned()).spawn(move || {
        loop {
            let event = crossterm::event::read();
            let is_last = event.is_err();
            if sender.send(event).is_err() || is_last {
                return;
            }
        }
    });
    if let Err(why) = reader {
        // The receiver is here.
        let _ = failed.send(Err(why));
    }
    stream::poll_fn(move |context| receiver.poll_recv(context))
}

/// All that can happen at the terminal, in one stream.
fn inputs(signals: Vec<(Signal, Input)>, panicked: Arc<Notify>) -> impl Stream<Item = Result<Input, TuiError>> + Send {
    let signals = stream::select_all(signals.into_iter().map(|(signal, means)| {
        stream::unfold((signal, means), |(mut signal, means)| async move {
            signal.recv().await?;
            Some((Ok(means.clone()), (signal, means)))
        })
        .boxed()
    }));
    let panics = stream::once(async move {
        panicked.notified().await;
        Err(TuiError::Panicked)
    });
    let gone = stream::once(async {
        loop {
            tokio::time::sleep(STILL_THERE).await;
            if window_size().is_err() {
                return Ok(Input::End);
            }
        }
    });
    let events = typed().filter_map(|event| async {
        match event {
            Ok(event) => Input::read(event).map(Ok),
            Err(error) => Some(Err(error.into())),
        }
    });
    let first = stream::select(signals, stream::select(panics.boxed(), gone.boxed()));
    stream::select(first, events.boxed())
}
