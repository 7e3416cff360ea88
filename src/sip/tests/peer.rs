//! Peers that do what a test tells them to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::super::Message;
use super::super::frame::{Framer, datagram};

/// What a peer heard: from where, and the bytes.
pub(super) type Log = Arc<Mutex<Vec<(SocketAddr, Vec<u8>)>>>;

/// A peer over UDP that sends what `answer` makes of the request, and of how many came before.
pub(super) async fn udp<F>(answer: F) -> (SocketAddr, Log)
where
    F: Fn(&Message, usize) -> Vec<Vec<u8>> + Send + 'static,
{
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    let log = Log::default();
    let heard = Arc::clone(&log);
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let before = heard.lock().unwrap().len();
            heard.lock().unwrap().push((from, buffer[..length].to_vec()));
            let request = datagram(&buffer[..length]).unwrap().unwrap();
            for bytes in answer(&request, before) {
                socket.send_to(&bytes, from).await.unwrap();
            }
        }
    });
    (at, log)
}

/// What a peer over TCP does once it has the request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    /// Keeps the connection, and says no more.
    Stay,
    /// Closes it.
    Close,
    /// Resets it.
    Reset,
}

/// A peer over TCP that writes what `answer` makes of the request, each piece by itself.
pub(super) async fn tcp<F>(then: Then, answer: F) -> SocketAddr
where
    F: Fn(&Message) -> Vec<Vec<u8>> + Send + Sync + 'static,
{
    let answer = Arc::new(answer);
    raw(move |mut stream| {
        let answer = Arc::clone(&answer);
        async move {
            stream.set_nodelay(true).unwrap();
            let request = read_request(&mut stream).await;
            for piece in answer(&request) {
                stream.write_all(&piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            match then {
                Then::Stay => wait_for_end(&mut stream).await,
                Then::Close => {}
                Then::Reset => stream.set_zero_linger().unwrap(),
            }
        }
    })
    .await
}

/// A peer that does anything with its connections, one after the other.
pub(super) async fn raw<F, D>(handle: F) -> SocketAddr
where
    F: Fn(TcpStream) -> D + Send + 'static,
    D: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            handle(stream).await;
        }
    });
    at
}

pub(super) async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Message {
    let mut framer = Framer::new();
    let mut buffer = [0; 2048];
    loop {
        let length = stream.read(&mut buffer).await.unwrap();
        assert!(length > 0, "the connection ended before the request did");
        framer.push(&buffer[..length]);
        if let Some(message) = framer.take().unwrap() {
            return message;
        }
    }
}

pub(super) async fn wait_for_end<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) {
    let mut buffer = [0; 2048];
    while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
}

/// `code reason`, as an answer to `request`.
pub(super) fn reply(request: &Message, code: u16, reason: &str) -> Vec<u8> {
    request.reply(code, reason, "peer").to_bytes()
}
