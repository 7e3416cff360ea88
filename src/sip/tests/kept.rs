//! Connections that are used again.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::peer::{raw, read_request, reply, wait_for_end};
use super::secure::{Authority, Setup, acceptor, naming};
use super::*;
use crate::model::Connection::{Kept, Made};
use crate::model::ProbeResult::{Malformed, Ok, Timeout};
use crate::model::Transport::{Tcp, Tls};

fn keeping(transport: Transport, at: SocketAddr, patience: Duration) -> ProbeRequest {
    ProbeRequest { settings: ProbeSettings::default(), ..request(transport, at, patience) }
}

/// What a peer does on a connection after it has answered once.
#[derive(Clone, Copy, Debug)]
enum Then {
    Answers,
    Closes,
    Resets,
    /// Closes it, but only once it is asked again.
    ClosesWhenAsked,
    GoesMute,
    Babbles,
}

/// A peer that answers once on each connection, `then` does something else; and how many there were.
async fn fickle(then: Then) -> (SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::<AtomicUsize>::default();
    let made = count.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            made.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(stream, then));
        }
    });
    (at, count)
}

async fn serve(mut stream: TcpStream, then: Then) {
    let request = read_request(&mut stream).await;
    stream.write_all(&reply(&request, 200, "OK")).await.unwrap();
    match then {
        Then::Answers => loop {
            let request = read_request(&mut stream).await;
            stream.write_all(&reply(&request, 200, "Again")).await.unwrap();
        },
        Then::Closes => {}
        Then::Resets => stream.set_zero_linger().unwrap(),
        Then::ClosesWhenAsked => drop(read_request(&mut stream).await),
        Then::GoesMute => wait_for_end(&mut stream).await,
        Then::Babbles => {
            read_request(&mut stream).await;
            stream.write_all(b"220 smtp ready\r\n").await.unwrap();
            wait_for_end(&mut stream).await;
        }
    }
}

#[tokio::test]
async fn a_connection_is_kept_and_its_making_is_no_part_of_the_next_probe() {
    let (at, count) = fickle(Then::Answers).await;
    let prober = prober(Roots::system());
    let first = prober.probe(&keeping(Tcp, at, PATIENT)).await;
    assert!(matches!(first.connection, Some(Made(took)) if !took.is_zero()), "{:?}", first.connection);
    for _ in 0..3 {
        let next = prober.probe(&keeping(Tcp, at, PATIENT)).await;
        assert_eq!((next.connection, next.connect(), detail(&next)), (Some(Kept), None, "200 Again"));
        assert!(next.rtt().is_some());
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_wants_new_connections_gets_them() {
    let (at, count) = fickle(Then::Answers).await;
    let prober = prober(Roots::system());
    for _ in 0..3 {
        let report = prober.probe(&request(Tcp, at, PATIENT)).await;
        assert!(matches!(report.connection, Some(Made(_))) && detail(&report) == "200 OK");
    }
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn another_target_or_domain_or_source_does_not_share() {
    let (at, count) = fickle(Then::Answers).await;
    let prober = prober(Roots::system());
    let one = keeping(Tcp, at, PATIENT);
    let local = Some(std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let mut others = vec![one.clone(), one.clone(), one.clone(), one.clone(), one.clone()];
    others[1].uri = "sip:other.example".parse().unwrap();
    others[2].target = "sbc2.acme.example".parse().unwrap();
    others[3].local = Some("127.0.0.1:0".parse().unwrap());
    // A fixed port is free again after each probe.
    others[4].local = local;
    others.push(others[4].clone());
    for other in &others {
        assert!(matches!(prober.probe(other).await.connection, Some(Made(_))));
    }
    assert_eq!(count.load(Ordering::SeqCst), others.len());
}

#[tokio::test]
async fn a_kept_connection_that_broke_is_made_anew_before_it_counts() {
    for (then, said) in [
        (Then::Closes, "the peer closed the connection without an answer"),
        (Then::Resets, "the peer reset the connection without an answer"),
        (Then::ClosesWhenAsked, "the peer closed the connection without an answer"),
    ] {
        let (at, count) = fickle(then).await;
        let prober = prober(Roots::system());
        for number in 1..=3 {
            let report = prober.probe(&keeping(Tcp, at, PATIENT)).await;
            assert_eq!(report.result, Ok, "{then:?}");
            assert!(matches!(report.connection, Some(Made(_))), "{then:?}");
            assert_eq!(count.load(Ordering::SeqCst), number);
            if number > 1 && !matches!(then, Then::Resets) {
                assert_eq!(detail(&report), format!("200 OK (over a new connection; on the kept one: {said})"));
            }
        }
    }
}

#[tokio::test]
async fn a_kept_connection_that_went_mute_is_given_half_of_the_patience() {
    let (at, count) = fickle(Then::GoesMute).await;
    let prober = prober(Roots::system());
    prober.probe(&keeping(Tcp, at, PATIENT)).await;
    let began = Instant::now();
    let report = prober.probe(&keeping(Tcp, at, Duration::from_secs(1))).await;
    assert!(began.elapsed() >= Duration::from_millis(500) && began.elapsed() < Duration::from_secs(1));
    assert_eq!(detail(&report), "200 OK (over a new connection; on the kept one: no answer for half of the time)");
    assert!(report.rtt().unwrap() < Duration::from_millis(500), "the time counts from where it was asked anew");
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn silence_on_both_is_silence_within_the_patience() {
    // One connection, and nobody takes the next one.
    let at = raw(|stream| async move { serve(stream, Then::GoesMute).await }).await;
    let prober = prober(Roots::system());
    prober.probe(&keeping(Tcp, at, PATIENT)).await;
    let began = Instant::now();
    let report = prober.probe(&keeping(Tcp, at, Duration::from_secs(1))).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!((report.result, report.response.clone()), (Timeout, None));
    assert!(detail(&report).ends_with("(over a new connection; on the kept one: no answer in 1 s)"), "{report:?}");
}

#[tokio::test]
async fn garbage_on_a_kept_connection_counts_at_once() {
    let (at, count) = fickle(Then::Babbles).await;
    let prober = prober(Roots::system());
    prober.probe(&keeping(Tcp, at, PATIENT)).await;
    let report = prober.probe(&keeping(Tcp, at, PATIENT)).await;
    assert_eq!((report.result, report.connection), (Malformed, Some(Kept)));
    assert!(report.heard.unwrap().bytes().starts_with(b"220 smtp"));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_tls_showed_is_told_again_with_a_kept_connection() {
    let authority = Authority::new("Test CA");
    let acceptor = acceptor(&authority.issue(&naming(&["acme.example"])), &Setup::default());
    let at = raw(move |tcp| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(tcp).await.unwrap();
            loop {
                let request = read_request(&mut stream).await;
                stream.write_all(&reply(&request, 200, "OK")).await.unwrap();
            }
        }
    })
    .await;
    let prober = prober(authority.roots());
    let [first, second] =
        [prober.probe(&keeping(Tls, at, PATIENT)).await, prober.probe(&keeping(Tls, at, PATIENT)).await];
    assert!(matches!(first.connection, Some(Made(took)) if took >= first.tls.as_ref().unwrap().handshake));
    assert_eq!((second.connection, second.result), (Some(Kept), Ok));
    assert_eq!(first.tls, second.tls);
}
