//! The command line: arguments, the wiring of ports, exit codes.
//!
//! This is the only place that knows all rooms. Everything a command needs of the outside is made here
//! (clock, resolvers, prober, store) and handed on.

mod accounts;
mod args;
mod carriers;
mod check;
mod dashboard;
mod desk;
mod engines;
mod exit;
mod inquiry;
mod lint;
mod logs;
mod preview;
mod resolve;
mod setup;
mod subject;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::model::Carrier;
use crate::store::Store;

use args::{Args, Command};
use exit::{Exit, Failure};

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        // Help and version are no errors; what cannot be printed can be told to nobody.
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return Exit::OK.into();
        }
        Err(error) => return end(Err(Failure::usage(usage::line(&error)))),
    };
    crate::sip::raise_descriptors();
    let done = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|why| Failure::usage(format!("the asynchronous runtime cannot start: {why}")))
        .and_then(|runtime| {
            let done = runtime.block_on(run(args));
            // A task that is amid a blocking call does not hold up the end.
            runtime.shutdown_background();
            done
        });
    end(done)
}

/// Says what failed, and with which code the program ends.
fn end(done: Result<Exit, Failure>) -> ExitCode {
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => complain(&failure).into(),
    }
}

/// Says what failed, in one line.
fn complain(failure: &Failure) -> Exit {
    // Where standard error is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "trunktop: {failure}");
    failure.exit()
}

async fn run(args: Args) -> Result<Exit, Failure> {
    let Args { options, command } = args;
    match command {
        None => dashboard::saved(&options).await,
        Some(Command::Demo { scenario }) => dashboard::demo(&options, scenario).await,
        Some(Command::Carriers { command }) => carriers::run(&options, &command),
        Some(Command::Resolve { explain, what }) => resolve::run(&options, &what, explain).await,
        Some(Command::Lint { what }) => lint::run(&options, &what).await,
        Some(Command::Check { what }) => check::run(&options, &what).await,
        Some(Command::Preview(preview)) => preview::run(&options, &preview).await,
        Some(Command::Engines { name }) => engines::run(&options, name.as_deref()),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "trunktop", &mut script);
            say(&String::from_utf8_lossy(&script))
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Args::command())
                .render(&mut page)
                .map_err(|why| Failure::usage(format!("the manual page cannot be written: {why}")))?;
            say(&String::from_utf8_lossy(&page))
        }
    }
}

/// The saved carriers.
struct Saved {
    /// Those that can be used.
    carriers: Vec<Carrier>,
    /// Whether that is all of them.
    whole: bool,
}

/// The saved carriers, for commands that take their names. Without a home there are none.
fn saved(options: &args::Options) -> Saved {
    let none = Saved { carriers: Vec::new(), whole: true };
    setup::places(options).map_or(none, |places| carriers::load(&Store::new(places)))
}

/// Writes to standard output. A reader that went away (`| head`) is no failure.
fn say(text: &str) -> Result<Exit, Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Ok(Exit::OK),
        Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::OK),
        Err(why) => Err(Failure::usage(format!("standard output cannot be written: {why}"))),
    }
}
