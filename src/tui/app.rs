//! The loop: signals, keys, facts, replies, draws.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::model::{Command, Fact, Reply};
use crate::state::State;

use super::input::Input;
use super::screen::Screen;
use super::ui::{Over, Ui};
use super::update::{self, Effect};
use super::views::{self, Scene};
use super::{Console, Inputs, TuiError};

/// After a key, a picture is due within this.
const AFTER_KEY: Duration = Duration::from_millis(16);
/// After a fact, a picture is due within this.
const AFTER_FACT: Duration = Duration::from_millis(500);
/// How many facts are folded before anything else is looked at.
const BATCH: usize = 512;

/// Runs the dashboard until the operator quits or the terminal tells it to end.
///
/// # Errors
/// Where the terminal fails, the facts end, or a part of the program panics.
pub async fn run(console: Console, inputs: Inputs) -> Result<(), TuiError> {
    let Console { mut input, output, size } = console;
    let Inputs { mut facts, commands, state, theme, glyphs, mode } = inputs;
    let mut screen = Screen::new(size, output)?;
    let mut app = App {
        ui: Ui::new(size, mode.notices.clone()),
        state,
        paused: None,
        commands,
        replies: FuturesUnordered::new(),
        lab: mode.lab.is_some(),
        drawn: None,
        due: Some(Instant::now()),
    };
    let mut batch: Vec<Fact> = Vec::new();
    let ended = loop {
        let due = app.due.filter(|_| !screen.is_writing());
        tokio::select! {
            biased;
            event = input.next() => match event {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(event)) => if app.input(event, &mut screen) { break Ok(()) },
            },
            written = screen.written(), if screen.is_writing() => if let Err(error) = written { break Err(error.into()) },
            () = sleep_until(due), if due.is_some() => {
                app.due = None;
                app.drawn = Some(Instant::now());
                let scene = Scene {
                    state: app.paused.as_deref().unwrap_or(&app.state),
                    ui: &app.ui,
                    mode: &mode,
                    theme: &theme,
                    glyphs: &glyphs,
                    paused: app.paused.as_ref().and_then(|held| held.now),
                };
                if let Err(error) = screen.draw(|buffer| views::draw(buffer, scene)) { break Err(error.into()) }
            },
            Some((command, reply)) = app.replies.next() => app.replied(&command, reply),
            count = facts.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    break Err(TuiError::Unwatched);
                }
                app.facts(&mut batch);
            },
        }
    };
    screen.close().await;
    ended
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

type Replied = (Command, Result<Reply, oneshot::error::RecvError>);

struct App {
    ui: Ui,
    state: State,
    /// The picture that is held, while it is.
    paused: Option<Box<State>>,
    commands: super::Commands,
    replies: FuturesUnordered<BoxFuture<'static, Replied>>,
    lab: bool,
    /// When the last picture was made.
    drawn: Option<Instant>,
    /// When the next one is due.
    due: Option<Instant>,
}

impl App {
    /// Takes in what happened at the terminal; tells whether to end.
    fn input(&mut self, input: Input, screen: &mut Screen) -> bool {
        match input {
            Input::End => return true,
            Input::Resize(columns, rows) => {
                self.ui.size = (columns, rows);
                screen.resize((columns, rows));
            }
            Input::Redraw => screen.lose(),
            Input::Paste(text) => update::paste(&mut self.ui, &text),
            Input::Key(key) => {
                let shown = self.paused.as_deref().unwrap_or(&self.state);
                match update::key(&mut self.ui, shown, self.lab, key) {
                    None => {}
                    Some(Effect::Quit) => return true,
                    Some(Effect::Redraw) => screen.lose(),
                    Some(Effect::Pause) => self.pause(),
                    Some(Effect::Send(command)) => self.send(command),
                }
            }
        }
        self.draw_within(AFTER_KEY);
        false
    }

    fn pause(&mut self) {
        self.paused = if self.paused.is_some() { None } else { Some(Box::new(self.state.clone())) };
        if self.paused.is_some() {
            self.ui.say("the picture is held; watching goes on");
        }
    }

    fn facts(&mut self, batch: &mut Vec<Fact>) {
        let first = self.state.now.is_none();
        for fact in batch.drain(..) {
            self.state.apply(&fact);
        }
        if self.paused.is_none() {
            self.draw_within(if first { AFTER_KEY } else { AFTER_FACT });
        }
    }

    fn send(&mut self, command: Command) {
        let (reply, replied) = oneshot::channel();
        match self.commands.try_send((command.clone(), reply)) {
            Ok(()) => self.replies.push(Box::pin(async move { (command, replied.await) })),
            Err(mpsc::error::TrySendError::Full(_)) => self.refused(&command, "busy with earlier commands; try again"),
            Err(mpsc::error::TrySendError::Closed(_)) => self.refused(&command, "nobody takes commands any more"),
        }
        if self.paused.is_some() {
            self.ui.complain("done, but the picture is held: p lets it go on");
        }
    }

    fn replied(&mut self, command: &Command, reply: Result<Reply, oneshot::error::RecvError>) {
        match reply {
            Ok(Reply::Done(said)) => {
                if let Command::Add(name, _) = command {
                    self.ui.over = Over::Nothing;
                    self.ui.go_to(name.clone(), self.ui.at);
                }
                if let Some(said) = said {
                    self.ui.say(said);
                }
            }
            Ok(Reply::Refused(why)) => self.refused(command, why.as_str()),
            Err(_) => self.refused(command, "no reply: the monitor has ended"),
        }
        self.draw_within(AFTER_KEY);
    }

    /// Says why something was not done: in the dialog that asked for it, where it is open.
    fn refused(&mut self, command: &Command, why: &str) {
        match (&mut self.ui.over, command) {
            (Over::Add(add), Command::Add(..)) => {
                add.sent = false;
                add.refused = Some(why.to_owned());
            }
            _ => self.ui.complain(why),
        }
    }

    /// Asks for a picture: not sooner after the last than `pace`, and not later than one already asked for.
    fn draw_within(&mut self, pace: Duration) {
        let now = Instant::now();
        let due = self.drawn.map_or(now, |last| (last + pace).max(now));
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }
}
