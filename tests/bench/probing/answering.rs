//! The process that answers.
//!
//! It keeps each request for a given time, and says in `Server` how many microseconds it really was, counted from when
//! the kernel had the request: neither a timer that is late nor a process that is woken late is an error of who
//! measures. One thread does it all, so that a request never waits for another thread to wake up, whoever asks.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until};

/// The variable that makes this process one that answers: for how many microseconds it keeps a request.
pub(crate) const ANSWERS: &str = "TRUNKTOP_BENCH_ANSWERS";

/// How many sockets it has, each at an address of its own.
pub(super) const SOCKETS: u16 = 250;

/// A request that is kept.
struct Kept {
    since: Instant,
    socket: Rc<UdpSocket>,
    to: SocketAddr,
    request: Vec<u8>,
}

/// Answers until it is killed. The first line that it writes is where.
#[expect(clippy::print_stdout, reason = "the process that started it reads where it listens")]
pub(crate) fn answer(delay: &str) -> io::Result<()> {
    let delay = Duration::from_micros(delay.parse().map_err(io::Error::other)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let first = UdpSocket::bind((Ipv4Addr::new(127, 0, 1, 0), 0)).await?;
        let port = first.local_addr()?.port();
        let mut sockets = vec![first];
        for nth in 1..SOCKETS {
            let [.., low] = nth.to_be_bytes();
            sockets.push(UdpSocket::bind((Ipv4Addr::new(127, 0, 1, low), port)).await?);
        }
        let (sender, kept) = mpsc::unbounded_channel();
        println!("127.0.1.0:{port}");
        for socket in sockets {
            tokio::task::spawn_local(hear(Rc::new(socket), delay, sender.clone()));
        }
        speak(kept, delay).await;
        Ok(())
    })
}

async fn hear(socket: Rc<UdpSocket>, delay: Duration, sender: UnboundedSender<Kept>) {
    let mut buffer = [0; 2048];
    stamp(&socket);
    while socket.readable().await.is_ok() {
        let Ok((length, to, since)) = receive(&socket, &mut buffer) else { continue };
        if delay.is_zero() {
            send(&socket, to, since, &buffer[..length]);
        } else if sender.send(Kept { since, socket: Rc::clone(&socket), to, request: buffer[..length].into() }).is_err()
        {
            return;
        }
    }
}

/// All are kept for the same time, so the first that came is the first that goes.
async fn speak(mut kept: UnboundedReceiver<Kept>, delay: Duration) {
    let mut queue = VecDeque::new();
    loop {
        let due = queue.front().map(|first: &Kept| first.since + delay);
        tokio::select! {
            next = kept.recv() => match next {
                Some(next) => queue.push_back(next),
                None => return,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                if let Some(Kept { since, socket, to, request }) = queue.pop_front() {
                    send(&socket, to, since, &request);
                }
            }
        }
    }
}

fn send(socket: &UdpSocket, to: SocketAddr, since: Instant, request: &[u8]) {
    let mut answer = Vec::with_capacity(1024);
    answer.extend_from_slice(b"SIP/2.0 200 OK\r\n");
    for line in request.split_inclusive(|&byte| byte == b'\n') {
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        if matches!(name, b"Via" | b"From" | b"Call-ID" | b"CSeq") {
            answer.extend_from_slice(line);
        } else if name == b"To" {
            answer.extend_from_slice(line.trim_ascii_end());
            answer.extend_from_slice(b";tag=bench\r\n");
        }
    }
    let micros = since.elapsed().as_micros();
    answer.extend_from_slice(format!("Server: {micros}\r\nContent-Length: 0\r\n\r\n").as_bytes());
    let _ = socket.try_send_to(&answer, to);
}

/// Has the kernel note when requests come.
fn stamp(socket: &UdpSocket) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::socket::setsockopt(socket, nix::sys::socket::sockopt::ReceiveTimestampns, &true);
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

/// A request, from whom, and when it came.
#[cfg(target_os = "linux")]
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr, Instant)> {
    use std::io::IoSliceMut;
    use std::os::fd::AsRawFd as _;
    use std::time::{SystemTime, UNIX_EPOCH};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg};

    socket.try_io(tokio::io::Interest::READABLE, || {
        let mut control = nix::cmsg_space!(nix::sys::time::TimeSpec);
        let mut parts = [IoSliceMut::new(buffer)];
        let received = recvmsg::<SockaddrIn>(socket.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::empty())?;
        let came = received.cmsgs().ok().and_then(|mut notes| {
            notes.find_map(|note| match note {
                ControlMessageOwned::ScmTimestampns(at) => Some(UNIX_EPOCH + Duration::from(at)),
                _ => None,
            })
        });
        #[expect(clippy::disallowed_methods, reason = "the kernel notes it by this clock")]
        let age = came.and_then(|came| SystemTime::now().duration_since(came).ok()).unwrap_or_default();
        let from = received.address.ok_or(io::ErrorKind::InvalidData)?;
        Ok((received.bytes, std::net::SocketAddrV4::from(from).into(), Instant::now() - age))
    })
}

/// A request, from whom, and when it came.
#[cfg(not(target_os = "linux"))]
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr, Instant)> {
    let (length, from) = socket.try_recv_from(buffer)?;
    Ok((length, from, Instant::now()))
}
