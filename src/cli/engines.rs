//! `trunktop engines`

use std::sync::Arc;

use crate::locate::{self, Engine};
use crate::report::{engine_text, engines_json, engines_text};

use super::args::{Format, Options};
use super::exit::{Exit, Failure};
use super::{say, subject};

/// A table of all engines, or one in full.
pub(super) fn run(options: &Options, name: Option<&str>) -> Result<Exit, Failure> {
    let one: Option<Arc<dyn Engine>> = name.map(subject::engine_named).transpose()?;
    let text = match (options.format, one) {
        (Format::Text, None) => engines_text(&locate::engines(), options.ink()),
        (Format::Text, Some(engine)) => engine_text(&*engine, options.ink()),
        (Format::Json, None) => engines_json(&locate::engines()),
        (Format::Json, Some(engine)) => engines_json(&[engine]),
    };
    say(&text)
}
