//! Runs a command that is written in a file: for a bounded time, for a bounded output.
//!
//! It gets no input; what it prints on standard error goes nowhere, since it could be anything. It is a process group
//! of its own, so that what it started ends with it. No error holds anything of what it printed.
//!
//! A process group is no session: `/dev/tty` is still our terminal, and who opens that can write over the dashboard.
//! Who reads from it is stopped by the kernel, since it is in the background, and killed when its time is over.
//! `GPG_TTY` is taken away, so that gpg does not ask for a passphrase there; a pinentry with a window of its own can.

use std::fmt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout, Command};

use crate::model::{CommandLine, Text};

/// Why a command gave nothing that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{program} {fault}")]
pub struct CommandError {
    /// What was run.
    pub program: Text,
    /// What was wrong with it.
    pub fault: CommandFault,
}

/// What was wrong with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandFault {
    /// There is no such program.
    Missing,
    /// It could not be started; the system's words.
    Unstartable(Text),
    /// What it printed could not be read; the system's words.
    Unreadable(Text),
    /// It had not ended after this time, and was killed.
    TooSlow(Duration),
    /// It printed more than so many bytes, and was killed.
    TooMuch(usize),
    /// It said that it failed: its exit code.
    Code(i32),
    /// It was ended from outside.
    Killed,
}

impl fmt::Display for CommandFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is no program that is found here"),
            Self::Unstartable(why) => write!(f, "cannot be started: {why}"),
            Self::Unreadable(why) => write!(f, "printed what cannot be read: {why}"),
            Self::TooSlow(patience) => write!(f, "took longer than {patience:?}, and was killed"),
            Self::TooMuch(most) => write!(f, "printed more than {most} bytes, and was killed"),
            Self::Code(code) => write!(f, "failed with exit code {code}"),
            Self::Killed => f.write_str("was killed by a signal"),
        }
    }
}

/// What the command prints, of which there are at most so many bytes; it may take this long.
///
/// Where this is dropped before it has ended, the command is killed.
///
/// # Errors
/// Where it cannot be run, does not end in time with exit code 0, or prints too much.
pub async fn run(command: &CommandLine, patience: Duration, most: usize) -> Result<Vec<u8>, CommandError> {
    let done = match start(command) {
        Ok((mut running, output)) => tokio::time::timeout(patience, running.end(output, most))
            .await
            .unwrap_or(Err(CommandFault::TooSlow(patience))),
        Err(fault) => Err(fault),
    };
    done.map_err(|fault| CommandError { program: Text::new(&command.program), fault })
}

fn start(command: &CommandLine) -> Result<(Running, ChildStdout), CommandFault> {
    let mut process = Command::new(&command.program);
    process.args(&command.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    process.env_remove("GPG_TTY");
    #[cfg(unix)]
    process.process_group(0);
    let mut child = process.kill_on_drop(true).spawn().map_err(|why| match why.kind() {
        std::io::ErrorKind::NotFound => CommandFault::Missing,
        _ => CommandFault::Unstartable(Text::new(&why.to_string())),
    })?;
    let output = child.stdout.take();
    let running = Running(child);
    output.map(|output| (running, output)).ok_or_else(|| CommandFault::Unreadable("it has no output".into()))
}

/// A command under way. It is killed when this is dropped, unless it has ended.
struct Running(Child);

impl Running {
    async fn end(&mut self, mut output: ChildStdout, most: usize) -> Result<Vec<u8>, CommandFault> {
        let failed = |why: std::io::Error| CommandFault::Unreadable(Text::new(&why.to_string()));
        let mut printed = Vec::new();
        let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        (&mut output).take(bound).read_to_end(&mut printed).await.map_err(failed)?;
        if printed.len() > most {
            return Err(CommandFault::TooMuch(most));
        }
        // The output first: as long as nobody has waited for the process, its group's number is its own.
        let status: ExitStatus = self.0.wait().await.map_err(failed)?;
        match status.code() {
            Some(0) => Ok(printed),
            Some(code) => Err(CommandFault::Code(code)),
            None => Err(CommandFault::Killed),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // There is no number any more when it has ended.
        #[cfg(unix)]
        if let Some(group) = self.0.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
            // It may have ended just now, with all that it started.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
