//! The process that answers.
//!
//! It keeps each request for a given time, and says in `Server` how many microseconds it really was: a timer is late
//! now and then, and that is no error of who measures.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

/// The variable that makes this process one that answers: for how many microseconds it keeps a request.
pub(crate) const ANSWERS: &str = "TRUNKTOP_BENCH_ANSWERS";

/// How many sockets it has, each at an address of its own.
pub(super) const SOCKETS: u16 = 250;

/// A request that is kept.
struct Kept {
    since: Instant,
    socket: Arc<UdpSocket>,
    to: SocketAddr,
    request: String,
}

/// Answers until it is killed. The first line that it writes is where.
#[expect(clippy::print_stdout, reason = "the process that started it reads where it listens")]
pub(crate) fn answer(delay: &str) -> io::Result<()> {
    let delay = Duration::from_micros(delay.parse().map_err(io::Error::other)?);
    let first = UdpSocket::bind((Ipv4Addr::new(127, 0, 1, 0), 0))?;
    let port = first.local_addr()?.port();
    let rest = (1..SOCKETS).map(|nth| {
        let [.., low] = nth.to_be_bytes();
        UdpSocket::bind((Ipv4Addr::new(127, 0, 1, low), port))
    });
    let sockets = std::iter::once(Ok(first)).chain(rest).collect::<io::Result<Vec<_>>>()?;
    let (sender, kept) = mpsc::channel();
    println!("127.0.1.0:{port}");
    for socket in sockets {
        let sender = sender.clone();
        thread::Builder::new().stack_size(64 * 1024).spawn(move || hear(&Arc::new(socket), delay, &sender))?;
    }
    let _ = thread::spawn(move || speak(&kept, delay)).join();
    Ok(())
}

fn hear(socket: &Arc<UdpSocket>, delay: Duration, sender: &Sender<Kept>) {
    let mut buffer = [0; 2048];
    while let Ok((length, to)) = socket.recv_from(&mut buffer) {
        let since = Instant::now();
        let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let kept = Kept { since, socket: Arc::clone(socket), to, request };
        if delay.is_zero() {
            send(&kept);
        } else if sender.send(kept).is_err() {
            return;
        }
    }
}

/// All are kept for the same time, so the first that came is the first that goes.
fn speak(kept: &Receiver<Kept>, delay: Duration) {
    while let Ok(kept) = kept.recv() {
        thread::sleep(delay.saturating_sub(kept.since.elapsed()));
        send(&kept);
    }
}

fn send(kept: &Kept) {
    let mut answer = String::from("SIP/2.0 200 OK\r\n");
    for line in kept.request.lines() {
        let name = line.split(':').next().unwrap_or_default();
        if matches!(name, "Via" | "From" | "Call-ID" | "CSeq") {
            answer.push_str(line);
            answer.push_str("\r\n");
        } else if name == "To" {
            answer.push_str(line);
            answer.push_str(";tag=bench\r\n");
        }
    }
    let micros = kept.since.elapsed().as_micros();
    answer.push_str(&format!("Server: {micros}\r\nContent-Length: 0\r\n\r\n"));
    let _ = kept.socket.send_to(answer.as_bytes(), kept.to);
}
