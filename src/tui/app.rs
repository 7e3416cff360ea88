//! The loop: signals, keys, facts, replies, draws.

use std::pin::Pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Sleep, sleep};

use crate::model::{Command, Event, Fact, Reply};
use crate::state::State;

use super::follow;
use super::input::Input;
use super::screen::Screen;
use super::ui::{Over, Ui};
use super::update::{self, Effect};
use super::views::{self, Scene};
use super::{Console, Inputs, Mode, TuiError};

/// Between two pictures, where a key was pressed.
const AFTER_KEY: Duration = Duration::from_millis(16);
/// Between two pictures, where facts have come in.
const AFTER_FACT: Duration = Duration::from_millis(500);
/// How many facts are folded before anything else is looked at.
const BATCH: usize = 512;
/// How many carriers are weighed before anything else is looked at.
const WEIGHED: usize = 4;

/// Runs the dashboard until the operator quits or the terminal tells it to end.
///
/// # Errors
/// Where the terminal fails, the facts end, or a part of the program panics.
pub async fn run(console: Console, inputs: Inputs) -> Result<(), TuiError> {
    let Console { mut input, output, size, passage } = console;
    let Inputs { mut facts, commands, state, theme, glyphs, mode } = inputs;
    let mut screen = Screen::new(size, output, passage)?;
    let mut app = App {
        ui: Ui::new(size, &mode),
        state,
        paused: None,
        commands,
        replies: FuturesUnordered::new(),
        lab: mode.lab.is_some(),
        weighing: false,
        pace: Pace::begin(),
    };
    let mut batch: Vec<Fact> = Vec::new();
    let ended = loop {
        tokio::select! {
            biased;
            event = input.next() => match event {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(event)) => if app.input(event, &mut screen) { break Ok(()) },
            },
            written = screen.written(), if screen.is_writing() => if let Err(error) = written { break Err(error.into()) },
            () = app.pace.due(), if !screen.is_writing() => {
                app.pace.drawn();
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
            Some((command, reply)) = app.replies.next() => app.replied(&mode, &command, reply),
            count = facts.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    break Err(TuiError::Unwatched);
                }
                app.facts(&mut batch);
            },
            // What takes its time gives way to all else.
            () = std::future::ready(()), if app.weighing => app.weigh(),
        }
    };
    screen.close().await;
    ended
}

/// How soon a picture is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Not,
    /// A fact may have changed it.
    Sometime,
    /// A key was pressed.
    Soon,
}

/// Keeps pictures apart: after a key another may follow soon, after facts it takes its time.
struct Pace {
    wanted: Wanted,
    soon: Pin<Box<Sleep>>,
    sometime: Pin<Box<Sleep>>,
}

impl Pace {
    /// The first picture is due at once.
    fn begin() -> Self {
        let at_once = || Box::pin(sleep(Duration::ZERO));
        Self { wanted: Wanted::Soon, soon: at_once(), sometime: at_once() }
    }

    fn want(&mut self, wanted: Wanted) {
        self.wanted = self.wanted.max(wanted);
    }

    /// Waits until a picture is due; for ever, while none is wanted.
    async fn due(&mut self) {
        match self.wanted {
            Wanted::Not => std::future::pending().await,
            Wanted::Sometime => self.sometime.as_mut().await,
            Wanted::Soon => self.soon.as_mut().await,
        }
    }

    fn drawn(&mut self) {
        *self = Self { wanted: Wanted::Not, soon: Box::pin(sleep(AFTER_KEY)), sometime: Box::pin(sleep(AFTER_FACT)) };
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
    /// Whether something that is shown is not weighed yet.
    weighing: bool,
    pace: Pace,
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
                    Some(Effect::Copy(text)) => screen.copy(text),
                    Some(Effect::Pause) => self.pause(),
                    Some(Effect::Send(command)) => self.send(command),
                }
            }
        }
        self.weighing = update::weighs(&self.ui).is_some();
        self.pace.want(Wanted::Soon);
        false
    }

    /// Weighs some more of what is shown.
    fn weigh(&mut self) {
        let shown = self.paused.as_deref_mut().unwrap_or(&mut self.state);
        self.weighing = update::weighs(&self.ui).is_some_and(|(name, how)| shown.weigh(name, how, WEIGHED));
        if !self.weighing {
            self.pace.want(Wanted::Soon);
        }
    }

    fn pause(&mut self) {
        self.paused = if self.paused.is_some() { None } else { Some(Box::new(self.state.clone())) };
        if self.paused.is_some() {
            self.ui.say("the picture is held; watching goes on");
        }
    }

    fn facts(&mut self, batch: &mut Vec<Fact>) {
        let first = self.state.now.is_none();
        let events: Vec<Event> = batch.drain(..).flat_map(|fact| self.state.apply(&fact)).collect();
        if self.paused.is_none() {
            self.weighing = update::weighs(&self.ui).is_some();
            follow::events(&mut self.ui, &self.state, &events);
            self.pace.want(if first { Wanted::Soon } else { Wanted::Sometime });
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

    fn replied(&mut self, mode: &Mode, command: &Command, reply: Result<Reply, oneshot::error::RecvError>) {
        if let (Command::Refresh(None), Ok(reply)) = (command, &reply) {
            self.ui.read_again(mode, if let Reply::Refused(why) = reply { Some(why) } else { None });
        }
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
        self.pace.want(Wanted::Soon);
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
}
