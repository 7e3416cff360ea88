//! One resolution, for the commands that need one.

use std::sync::Arc;

use crate::locate::Engine;
use crate::model::{Carrier, Conclusion, Dial, Method, ResolverSpec};
use crate::monitor::{Prefetch, Resolved, resolve};
use crate::report::Located;

use super::exit::Exit;
use super::setup::Outside;

/// Resolves a carrier once.
pub(super) async fn inquire(
    outside: &Outside,
    carrier: &Carrier,
    resolver: &ResolverSpec,
    engine: &Arc<dyn Engine>,
    method: Method,
) -> Resolved {
    let dial = Dial { method, ..outside.defaults.dial(carrier) };
    resolve(&*outside.ask, &*outside.clock, resolver, &dial, engine, Prefetch::On).await
}

/// As a report wants it.
pub(super) fn located<'r>(carrier: &'r Carrier, found: &'r Resolved, resolver: &'r ResolverSpec) -> Located<'r> {
    Located {
        uri: &carrier.uri,
        proxy: carrier.proxy.as_ref(),
        resolution: &found.resolution,
        resolver,
        at: found.at,
        elapsed: found.elapsed,
        queries: found.queries,
        round_trips: found.round_trips,
        first_candidates: found.first_candidates,
    }
}

/// The exit code of a resolution.
pub(super) fn exit_of(conclusion: &Conclusion) -> Exit {
    match conclusion {
        Conclusion::Found => Exit::OK,
        Conclusion::Nowhere(_) => Exit::WARNING,
        Conclusion::DnsFailed { .. } => Exit::DNS_FAILED,
    }
}
