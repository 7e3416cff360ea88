//! The dashboard.
//!
//! Keys, facts and signals come in; commands and bytes go out; all four are handed in, so that a test runs
//! the whole program without a terminal. [`session`] holds the real one.
//!
//! ```text
//! facts --> state (fold) --+
//!                          +--> views (pure) --> buffer --> bytes, where cells changed
//! keys --> update --> ui --+
//!             |
//!             +--> commands, each answered by a reply
//! ```
//!
//! A draw follows a key within 16 ms and facts within half a second, and where no cell has changed not a
//! byte is sent: the dashboard is looked at over slow lines, for weeks.

mod app;
mod canvas;
mod copy;
mod dialog;
mod engines;
mod findings;
mod follow;
mod foretold;
mod glyphs;
mod grid;
mod input;
mod keymap;
mod known;
mod lines;
mod listing;
mod pick;
mod registrations;
mod screen;
pub mod session;
#[cfg(test)]
mod tests;
mod theme;
mod ui;
mod unfold;
mod update;
mod views;
mod why;
mod words;

use std::io;
use std::pin::Pin;

use futures_util::Stream;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::model::{Command, Fact, Reply, Text};
use crate::state::State;

pub use app::run;
pub use copy::Passage;
pub use glyphs::Glyphs;
pub use input::{Code, Input, Key};
pub use keymap::{Action, Binding, Group, Place, TABLE, markdown};
pub use theme::{Theme, ThemeError};
pub use views::picture;

/// Why the dashboard ended without being told to.
#[derive(Debug, Error)]
pub enum TuiError {
    /// The terminal cannot be read, written or set.
    #[error("the terminal: {0}; the dashboard needs one, the other commands do not")]
    Terminal(#[from] io::Error),
    /// Whoever sends the facts is gone, so that nothing on the screen would be true any more.
    #[error("nothing is watched any more: the monitor has ended; the log says why")]
    Unwatched,
    /// A part of the program has panicked; the message is on the terminal.
    #[error("a part of trunktop has failed, and the screen would no longer be true")]
    Panicked,
}

/// Where commands go, each with a way for its reply.
pub type Commands = mpsc::Sender<(Command, oneshot::Sender<Reply>)>;

/// A terminal, as far as the dashboard needs one.
pub struct Console {
    /// What happens at it.
    pub input: Pin<Box<dyn Stream<Item = Result<Input, TuiError>> + Send>>,
    /// Where bytes go; written from a thread of its own, so that a terminal that stalls holds up nobody.
    pub output: Box<dyn io::Write + Send>,
    /// Columns and rows.
    pub size: (u16, u16),
    /// What stands between it and the program.
    pub passage: Passage,
}

/// What the dashboard is about.
#[derive(Debug)]
pub struct Inputs {
    /// What happens outside.
    pub facts: mpsc::Receiver<Fact>,
    /// What is asked of the outside.
    pub commands: Commands,
    /// What is known at the start.
    pub state: State,
    /// How it looks.
    pub theme: Theme,
    /// By which characters it is drawn.
    pub glyphs: Glyphs,
    /// What is special about this run.
    pub mode: Mode,
}

/// What is special about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Over the embedded lab: the name of the scenario.
    pub lab: Option<Text>,
    /// Where carriers are saved, to be shown where there are none.
    pub file: Option<Text>,
    /// What has to be read first, such as a carriers file that is broken; shown until Esc.
    pub notices: Vec<Text>,
    /// What else has to be read: what is written in a file and does nothing.
    pub slips: Vec<Text>,
}

impl Mode {
    /// What some words say of the file of the carriers, where they begin with its path: the same, with
    /// its name alone.
    fn about_carriers(&self, words: &Text) -> Option<Text> {
        let file = self.file.as_ref()?.as_str();
        let said = words.as_str().strip_prefix(file)?;
        let name = file.rsplit('/').next().unwrap_or(file);
        Some(format!("{name}{said}").into())
    }
}
