//! The log: a file in the state directory, never the screen.

use std::path::{Path, PathBuf};

use thiserror::Error;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use super::args::LogLevel;

/// Why there is no log.
#[derive(Debug, Error)]
#[error("nothing is logged: {file} cannot be written; see --state", file = .0.display())]
pub(super) struct NoLog(PathBuf);

/// Days whose logs are kept.
const DAYS: usize = 7;

/// Begins to log. Lines are few and whole, so they are written as they come.
pub(super) fn start(state: &Path, level: LogLevel) -> Result<(), NoLog> {
    let level = match level {
        LogLevel::Off => return Ok(()),
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    // It would look for old logs before it makes the directory, and complain on the screen that there is none.
    std::fs::create_dir_all(state).map_err(|_| NoLog(state.join("trunktop.log")))?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("trunktop")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(state)
        .map_err(|_| NoLog(state.join("trunktop.log")))?;
    // Ours only: libraries log what came from the wire as it came.
    let ours = Targets::new().with_target(env!("CARGO_PKG_NAME"), level);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::sync::Mutex::new(file));
    let log = tracing_subscriber::registry().with(lines.with_filter(ours));
    // Only a second log in the same process could be in the way.
    let _ = log.try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Ok(())
}
