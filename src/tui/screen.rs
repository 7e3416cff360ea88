//! From a buffer to the terminal: only the cells that changed, in one write, or nothing at all.
//!
//! Writing happens in a thread of its own. A terminal at the end of a slow line takes a frame when it
//! can; until then no other is made, and the next one skips what would have been in between.

use std::io::{self, Write};
use std::time::Duration;

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use super::copy::{self, Passage};

/// The terminal's picture, as far as it was sent.
pub(super) struct Screen {
    shown: Buffer,
    next: Buffer,
    /// Nothing is known of what the terminal shows.
    lost: bool,
    /// What the terminal is to take into its clipboard with the next frame.
    copied: Option<String>,
    passage: Passage,
    frames: Option<mpsc::Sender<Vec<u8>>>,
    written: mpsc::Receiver<io::Result<()>>,
    writing: bool,
}

impl Screen {
    /// Over an output that is written from a thread of its own.
    pub(super) fn new(size: (u16, u16), output: Box<dyn Write + Send>, passage: Passage) -> io::Result<Self> {
        let (frames, to_write) = mpsc::channel::<Vec<u8>>(1);
        let (done, written) = mpsc::channel(1);
        std::thread::Builder::new().name("terminal".to_owned()).spawn(move || write_frames(output, to_write, &done))?;
        let area = Rect::new(0, 0, size.0, size.1);
        let (shown, next) = (Buffer::empty(area), Buffer::empty(area));
        Ok(Self { shown, next, lost: true, copied: None, passage, frames: Some(frames), written, writing: false })
    }

    /// Whether a frame is on its way, so that no other can be sent yet.
    pub(super) const fn is_writing(&self) -> bool {
        self.writing
    }

    /// Waits until the frame on its way is written.
    pub(super) async fn written(&mut self) -> io::Result<()> {
        let done = self.written.recv().await;
        self.writing = false;
        done.unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    /// The terminal has another size.
    pub(super) fn resize(&mut self, size: (u16, u16)) {
        let area = Rect::new(0, 0, size.0, size.1);
        self.next.resize(area);
        self.shown.resize(area);
        self.lost = true;
    }

    /// Whatever the terminal shows, it is not what was sent.
    pub(super) const fn lose(&mut self) {
        self.lost = true;
    }

    /// The terminal is to take this into its clipboard.
    pub(super) fn copy(&mut self, text: String) {
        self.copied = Some(text);
    }

    /// Draws, and sends what has changed; nothing where nothing has. Not to be called while writing.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.next.reset();
        draw(&mut self.next);
        let mut frame = Vec::new();
        if self.lost {
            self.shown.reset();
            queue!(frame, Clear(ClearType::All))?;
        }
        let changed: Vec<(u16, u16, &Cell)> = self.shown.diff(&self.next);
        if changed.is_empty() && !self.lost && self.copied.is_none() {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(64 * 1024);
        if let Some(text) = self.copied.take() {
            copy::write(&mut bytes, self.passage, &text)?;
        }
        queue!(bytes, BeginSynchronizedUpdate)?;
        bytes.append(&mut frame);
        CrosstermBackend::new(&mut bytes).draw(changed.into_iter())?;
        queue!(bytes, EndSynchronizedUpdate)?;
        self.lost = false;
        std::mem::swap(&mut self.shown, &mut self.next);
        if let Some(frames) = &self.frames {
            frames.try_send(bytes).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            self.writing = true;
        }
        Ok(())
    }

    /// Ends the writing; waits a moment for the frame on its way.
    pub(super) async fn close(mut self) {
        self.frames = None;
        if self.writing {
            // A terminal that stalls is left as it is: ending must not hang on it.
            let last = tokio::time::timeout(Duration::from_millis(300), self.written()).await;
            drop(last);
        }
    }
}

fn write_frames(
    mut output: Box<dyn Write + Send>,
    mut frames: mpsc::Receiver<Vec<u8>>,
    done: &mpsc::Sender<io::Result<()>>,
) {
    while let Some(frame) = frames.blocking_recv() {
        let written = output.write_all(&frame).and_then(|()| output.flush());
        let failed = written.is_err();
        if done.blocking_send(written).is_err() || failed {
            return;
        }
    }
}
