//! The prober and the registering client against real peers on loopback sockets.
#![expect(clippy::disallowed_methods, reason = "real sockets are tested by the real clocks")]

mod again;
mod elsewhere;
mod kept;
mod peer;
mod plain;
mod register;
mod secure;
mod web;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use jiff::Timestamp;

use super::{Prober, Roots};
use crate::model::{Connections, Endpoint, Moment, ProbeReport, ProbeRequest, ProbeSettings, TlsSettings, Transport};
use crate::monitor::{Clock, Probe};

/// Long enough for any answer that comes; no test waits for it.
const PATIENT: Duration = Duration::from_secs(20);
/// For tests that wait in vain.
const HASTY: Duration = Duration::from_millis(300);

struct Watch(Instant);

impl Clock for Watch {
    fn now(&self) -> Moment {
        Moment { mono: self.0.elapsed(), wall: Timestamp::now() }
    }
}

fn prober(roots: Roots) -> Prober {
    Prober::new(Arc::new(Watch(Instant::now())), roots)
}

/// For `sip:acme.example`, led by DNS to `sbc1.acme.example`.
fn request(transport: Transport, at: SocketAddr, patience: Duration) -> ProbeRequest {
    ProbeRequest {
        endpoint: Endpoint { transport, at },
        target: "sbc1.acme.example".parse().unwrap(),
        uri: "sip:acme.example".parse().unwrap(),
        local: None,
        tls: TlsSettings::default(),
        settings: ProbeSettings { connection: Connections::New, ..ProbeSettings::default() },
        patience,
    }
}

async fn probe(transport: Transport, at: SocketAddr, patience: Duration) -> ProbeReport {
    prober(Roots::system()).probe(&request(transport, at, patience)).await
}

/// What failed, or what was said.
fn detail(report: &ProbeReport) -> &str {
    report.detail.as_ref().map_or("", |text| text.as_str())
}
