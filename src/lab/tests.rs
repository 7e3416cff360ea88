//! The lab over real loopback sockets, as others meet it.

mod carriers;
mod dns;
mod sip;

use std::future::Future;
use std::net::SocketAddr;

use hickory_net::client::{Client, ClientHandle};
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::tcp::TcpClientStream;
use hickory_net::udp::UdpClientStream;
use hickory_net::xfer::DnsMultiplexer;
use hickory_server::proto::op::DnsResponse;
use hickory_server::proto::rr::{DNSClass, Name as DnsName, RecordType as DnsType};

use super::*;
use crate::model::RecordType;

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(5);

/// Long enough for an answer that should not come.
const MUTE: Duration = Duration::from_millis(250);

/// What comes in time, or a failed test.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it takes too long")
}

/// Whether nothing comes for a while.
async fn is_mute<T>(what: impl Future<Output = T>) -> bool {
    tokio::time::timeout(MUTE, what).await.is_err()
}

async fn over_udp(at: SocketAddr, name: &str, rtype: DnsType) -> Option<DnsResponse> {
    let stream = UdpClientStream::builder(at, TokioRuntimeProvider::default()).with_timeout(Some(PATIENCE)).build();
    let (mut client, background) = Client::<TokioRuntimeProvider>::from_sender(stream);
    let background = tokio::spawn(background);
    let answer = client.query(DnsName::from_ascii(name).unwrap(), DNSClass::IN, rtype).await.ok();
    background.abort();
    answer
}

async fn over_tcp(at: SocketAddr, name: &str, rtype: DnsType) -> Option<DnsResponse> {
    let (stream, sender) = TcpClientStream::new(at, None, Some(PATIENCE), TokioRuntimeProvider::default());
    let multiplexer = DnsMultiplexer::new(stream.await.unwrap(), sender);
    let (mut client, background) = Client::<TokioRuntimeProvider>::from_sender(multiplexer);
    let background = tokio::spawn(background);
    let answer = client.query(DnsName::from_ascii(name).unwrap(), DNSClass::IN, rtype).await.ok();
    background.abort();
    answer
}

/// The answer section, one record per line.
fn lines(response: &DnsResponse) -> Vec<String> {
    response.answers.iter().map(|r| format!("{} {} {} {}", r.name, r.ttl, r.record_type(), r.data)).collect()
}

fn question(name: &str, rtype: RecordType) -> Question {
    Question::new(Name::parse(name).unwrap(), rtype)
}

#[test]
fn a_lab_can_be_shared_between_threads() {
    const fn shared<T: Send + Sync + 'static>() {}
    shared::<Lab>();
}
