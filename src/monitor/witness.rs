//! Asks a source again and again where a PBX of ours is registered.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::model::{CarrierName, Fact, FactKind, PinSource};

use super::jitter::jittered;
use super::{Clock, Witness};

/// Asks for as long as somebody listens.
pub(super) async fn run(
    carrier: CarrierName,
    source: PinSource,
    port: Arc<dyn Witness>,
    clock: Arc<dyn Clock>,
    facts: mpsc::Sender<Fact>,
) {
    loop {
        let report = Box::new(port.look(&source).await);
        let now = clock.now();
        // Earlier by a little, never later: a promise is made on it.
        let wait = jittered(source.every, 0.9, 1.0);
        let kind = FactKind::PinReport { carrier: carrier.clone(), report, next: now + wait };
        if facts.send(Fact { at: now, kind }).await.is_err() {
            return;
        }
        tokio::time::sleep(wait).await;
    }
}
