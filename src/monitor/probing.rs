//! Probes one target for as long as it is a target.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use crate::model::{Carrier, Endpoint, Fact, FactKind, Host, Moment, ProbeRequest, SipUri};
use crate::state::{Beat, leave_alone};

use super::jitter::jittered;
use super::pace::Pace;
use super::storm::Storm;
use super::{Clock, Habits, Probe};

/// A probe that confirms a miss waits no longer than this, so that an outage is known within 45 s at the
/// default interval of 30 s: 30 until the next probe, 5 for its timeout, twice 3 to confirm it.
const CONFIRMING: Duration = Duration::from_secs(3);

/// Between the probes of an open verdict: after a miss, or after the first answer of a target that was out.
const OPEN_VERDICT: Duration = Duration::from_millis(250);

/// What all targets of a carrier share.
pub(super) struct Prober {
    pub carrier: Arc<Carrier>,
    pub probe: Arc<dyn Probe>,
    pub clock: Arc<dyn Clock>,
    pub habits: Arc<Habits>,
    pub pace: Arc<Pace>,
    pub storm: Storm,
    pub facts: mpsc::Sender<Fact>,
}

/// A target that is probed; the probing ends when this is dropped.
pub(super) struct Probing {
    task: AbortHandle,
    now: Arc<Notify>,
    left: Option<Moment>,
}

impl Probing {
    pub(super) fn start(prober: Arc<Prober>, endpoint: Endpoint, target: Host, uri: SipUri) -> Self {
        let now = Arc::new(Notify::new());
        let task = tokio::spawn(prober.run(endpoint, target, uri, now.clone())).abort_handle();
        Self { task, now, left: None }
    }

    /// Probes at once.
    pub(super) fn now(&self) {
        self.now.notify_one();
    }

    /// Notes whether DNS lists the target.
    pub(super) fn mark(&mut self, listed: bool, now: Moment) {
        self.left = if listed { None } else { self.left.or(Some(now)) };
    }

    /// When to end: the grace time after DNS no longer lists it.
    pub(super) fn end(&self, grace: Duration) -> Option<Moment> {
        self.left.map(|left| left + grace)
    }
}

impl Drop for Probing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Prober {
    async fn run(self: Arc<Self>, endpoint: Endpoint, target: Host, uri: SipUri, kick: Arc<Notify>) {
        let interval = self.habits.defaults.interval(&self.carrier);
        let mut request = ProbeRequest::new(&self.carrier, uri, endpoint, target, self.habits.patience);
        let fall = self.carrier.fall.map_or(self.habits.fall, u32::from);
        let mut unwell = 0_u32;
        loop {
            while self.storm.rages() {
                kick.notified().await;
            }
            self.pace.wait(&*self.clock, self.habits.probes_per_second).await;
            let sent = self.clock.now();
            let report = self.probe.probe(&request).await;
            self.storm.note(&report);
            let was_out = unwell >= fall;
            let open = match Beat::of(&report, &self.carrier.codes) {
                Beat::Alive => {
                    unwell = 0;
                    was_out
                }
                Beat::Troubled | Beat::Missed(_) => {
                    unwell = unwell.saturating_add(1);
                    unwell < fall
                }
                Beat::Ours => false,
            };
            let alone = leave_alone(&report, &self.carrier.codes);
            let open = open && alone.is_none();
            let confirming = open && unwell > 0;
            request.patience = if confirming { self.habits.patience.min(CONFIRMING) } else { self.habits.patience };
            let now = self.clock.now();
            // Earlier than the interval by a little, never later: a promise is made on it.
            let wait = if open { OPEN_VERDICT } else { jittered(interval, 0.85, 1.0).saturating_sub(now.since(sent)) };
            // Who asks to be left alone is; an operator's word goes before it.
            let wait = wait.max(alone.unwrap_or_default());
            let next = (!self.storm.rages()).then(|| now + wait);
            let kind = FactKind::Probe { carrier: self.carrier.name.clone(), report: Box::new(report), next };
            if self.facts.send(Fact { at: now, kind }).await.is_err() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(wait), if next.is_some() => {}
                () = kick.notified() => {}
            }
        }
    }
}
