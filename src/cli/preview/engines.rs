//! The engines that a preview is made as.

use std::sync::Arc;

use crate::cli::args::Options;
use crate::cli::exit::Failure;
use crate::cli::subject;
use crate::locate::{self, Engine};
use crate::model::Carrier;

/// The word for all engines.
const ALL: &str = "all";

/// As whom to walk.
pub(super) struct Engines {
    pub all: Vec<Arc<dyn Engine>>,
    /// Which of them decides how the program ends: some engines never fail over, so that among all of them
    /// something would always be lost.
    pub judge: usize,
    /// Whether they are compared.
    pub compared: bool,
    /// Whether the carrier says that it is its own.
    pub own: bool,
}

impl Engines {
    /// The one that is wanted; or all, with the carrier's own among them.
    pub(super) fn wanted(options: &Options, carrier: &Carrier) -> Result<Self, Failure> {
        if options.engine.as_deref().is_none_or(|named| !named.trim().eq_ignore_ascii_case(ALL)) {
            let all = vec![subject::engine(options, carrier)?];
            return Ok(Self { all, judge: 0, compared: false, own: false });
        }
        let own = subject::own_engine(carrier)?;
        let mut all = locate::engines();
        let judge = all.iter().position(|engine| engine.name() == own.name()).unwrap_or_else(|| {
            // Set otherwise than by default, it stands beside the default.
            let same = |engine: &Arc<dyn Engine>| engine.profile().name == own.profile().name;
            let at = all.iter().position(same).map_or(all.len(), |at| at + 1);
            all.insert(at, own);
            at
        });
        Ok(Self { all, judge, compared: true, own: carrier.engine.is_some() })
    }
}
