//! Fetches bindings from each POP in turn (RFC 3261 10.2.3): it changes nothing, and tells who lists what.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::{AccountNews, Purpose, RegisterOutcome, Resolution, Stop};

use super::{Alone, Credentials, Desk, Farewell, Order, Orders, Spot, Ways, drained, is_lasting, stop, way};

/// How long a registrar may take: who only looks has no time of an engine to keep.
const PATIENCE: Duration = Duration::from_secs(5);

/// Observes until it is to end; there is nothing to undo then.
pub(super) async fn run(desk: Desk, mut ways: Ways, mut orders: Orders, end: oneshot::Receiver<Farewell>) {
    tokio::select! {
        biased;
        farewell = end => {
            if let Ok((_, reply)) = farewell {
                // Who no longer waits need not know.
                let _ = reply.send(Vec::new());
            }
        }
        () = observe(&desk, &mut ways, &mut orders) => {}
    }
}

async fn observe(desk: &Desk, ways: &mut Ways, orders: &mut Orders) {
    loop {
        let secret = match desk.password().await {
            Ok(secret) => secret,
            Err(why) => {
                if !stopped(desk, why, orders).await {
                    return;
                }
                continue;
            }
        };
        let with = Credentials { secret, ..Credentials::default() };
        let mut alone = Alone::default();
        loop {
            let Some(way) = way(ways).await else { return };
            if let Err(why) = round(desk, &way, &with, &mut alone).await {
                if !stopped(desk, why, orders).await {
                    return;
                }
                break;
            }
            drained(orders);
            let next = desk.clock.now() + desk.account.every;
            desk.tell_news(AccountNews::Round, Some(next)).await;
            tokio::select! {
                () = desk.until(next) => {}
                order = orders.recv() => if order.is_none() { return },
            }
        }
    }
}

/// Says that nothing is sent any more, and waits until an operator wants it all the same.
async fn stopped(desk: &Desk, why: Stop, orders: &mut Orders) -> bool {
    desk.tell_news(AccountNews::Stopped(why), None).await;
    // What was wanted before it stopped was wanted of something else.
    drained(orders);
    loop {
        match orders.recv().await {
            None => return false,
            Some(Order::Woke) => {}
            Some(Order::Now | Order::LetGo) => return true,
        }
    }
}

/// Asks each POP once: its other targets where the first says nothing.
async fn round(desk: &Desk, way: &Arc<Resolution>, with: &Credentials, alone: &mut Alone) -> Result<(), Stop> {
    for (_, spots) in Spot::by_pop(&desk.carrier, way) {
        for spot in spots {
            if alone.asks(&spot, desk.clock.now()).is_some() {
                continue;
            }
            let report = desk.send(&spot, Purpose::Fetch, with, PATIENCE).await;
            alone.note(&report);
            let (stop, silent) = (stop(&report), matches!(report.outcome, RegisterOutcome::Failed { .. }));
            let stop = stop.filter(is_lasting);
            desk.tell_report(report, stop.is_none().then(|| desk.clock.now())).await;
            desk.close(&spot).await;
            match stop {
                Some(stop) => return Err(stop),
                None if silent => {}
                None => break,
            }
        }
    }
    Ok(())
}
