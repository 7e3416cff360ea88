//! A command that tells.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::read;
use crate::model::{CommandLine, PinReport, PinSource, Text};
use crate::monitor::{Clock, Witness};

/// Runs commands.
#[async_trait]
pub trait Run: Send + Sync {
    /// What it prints; it may take this long. Why there is nothing is one line that holds nothing of what it printed.
    async fn run(&self, command: &CommandLine, patience: Duration) -> Result<Vec<u8>, Text>;
}

/// Learns where a PBX is registered by running a command.
pub struct Exec {
    run: Arc<dyn Run>,
    clock: Arc<dyn Clock>,
}

impl Exec {
    /// Runs nothing yet.
    pub const fn new(run: Arc<dyn Run>, clock: Arc<dyn Clock>) -> Self {
        Self { run, clock }
    }
}

#[async_trait]
impl Witness for Exec {
    async fn look(&self, source: &PinSource) -> PinReport {
        let told = match self.run.run(&source.command, source.patience).await {
            Ok(printed) => read(&printed).map_err(|why| Text::new(&format!("{}: {why}", source.command))),
            Err(why) => Err(why),
        };
        PinReport { at: self.clock.now(), told }
    }
}
