//! A line that loses one packet in twenty is no outage.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use trunktop::lab::Behaviour;
use trunktop::model::{Event, EventKind, FactKind, HealthState, ProbeResult};

use super::Watching;

/// How much is lost, in per cent.
const LOSS: u8 = 5;

/// What went DOWN, in words.
fn outages(events: &[Event]) -> Vec<String> {
    let down = events.iter().filter_map(|event| match &event.kind {
        EventKind::Health { endpoint, to: HealthState::Down(_), why, .. } => {
            Some(format!("{:?} {endpoint}: {why}", event.carrier))
        }
        _ => None,
    });
    down.collect()
}

/// Every host at the end of a lossy line for so long. Over TCP the kernel makes up for it, so it is UDP that
/// suffers; with the lab's patience of 1 s a request is sent twice, and a probe is lost with 0.05^2.
async fn watch_for(span: Duration) {
    let mut watching = Watching::steady().await;
    for host in watching.lab.responders() {
        host.behave(Behaviour::Lossy(LOSS)).await;
    }
    let (mut probes, mut again, mut lost) = (0_u32, 0_u32, 0_u32);
    let end = Instant::now() + span;
    while let Ok(Some(fact)) = timeout_at(end, watching.facts.recv()).await {
        if let FactKind::Probe { report, .. } = &fact.kind {
            probes += 1;
            lost += u32::from(report.result == ProbeResult::Timeout);
            again += u32::from(report.detail.as_ref().is_some_and(|said| said.as_str().contains("sendings")));
        }
        watching.events.extend(watching.state.apply(&fact));
    }
    println!("{probes} probes, {again} answered only when asked again, {lost} lost");
    assert!(again > 0, "nothing got lost");
    assert_eq!(outages(&watching.events), Vec::<String>::new());
}

#[tokio::test]
#[ignore = "takes ten minutes"]
async fn ten_minutes_at_five_per_cent_are_no_outage() {
    watch_for(Duration::from_secs(600)).await;
}

#[tokio::test]
async fn some_seconds_at_five_per_cent_are_no_outage() {
    watch_for(Duration::from_secs(8)).await;
}
