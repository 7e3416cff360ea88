//! SIP hosts that count what reaches them, for engines of others to send to.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::process::own_address;

/// Between two looks whether it is to end.
const PAUSE: Duration = Duration::from_millis(50);

/// How a host is when somebody sends to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// It answers 200.
    Well,
    /// Its port is closed.
    Refused,
    /// It hears, and says nothing.
    Silent,
}

/// A host over UDP, until it is dropped.
pub(super) struct Counting {
    pub(super) at: SocketAddr,
    /// The Call-IDs of what reached it.
    calls: Arc<Mutex<BTreeSet<String>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // One that has failed has said so on its own.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Counting {
    /// Starts it at a port of its own, under a name that it gives as its `Server`.
    pub(super) fn start(name: &str, how: Sink) -> Self {
        let socket = UdpSocket::bind((own_address(), 0)).unwrap();
        let (calls, ended) = (Arc::new(Mutex::new(BTreeSet::new())), Arc::new(AtomicBool::new(false)));
        let at = socket.local_addr().unwrap();
        // A socket that is closed at once leaves a port that refuses.
        let thread = (how != Sink::Refused).then(|| {
            let (name, calls, ended) = (name.to_owned(), calls.clone(), ended.clone());
            std::thread::spawn(move || serve(&socket, &name, how, &calls, &ended))
        });
        Self { at, calls, ended, thread }
    }

    /// Which calls have reached it, each once however often it was sent.
    pub(super) fn calls(&self) -> BTreeSet<String> {
        self.calls.lock().unwrap().clone()
    }
}

fn serve(socket: &UdpSocket, name: &str, how: Sink, calls: &Mutex<BTreeSet<String>>, ended: &AtomicBool) {
    socket.set_read_timeout(Some(PAUSE)).unwrap();
    let mut buffer = [0; 8192];
    while !ended.load(Ordering::Relaxed) {
        let (length, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(error) => panic!("{name}: {error}"),
        };
        let request = String::from_utf8(buffer[..length].to_vec()).unwrap();
        if request.starts_with("ACK ") {
            continue;
        }
        calls.lock().unwrap().insert(header(&request, "Call-ID").unwrap().to_owned());
        if how == Sink::Well {
            socket.send_to(answer(&request, name).as_bytes(), from).unwrap();
        }
    }
}

/// 200 with what has to be the request's (RFC 3261 8.2.6.2).
fn answer(request: &str, name: &str) -> String {
    let mut response = "SIP/2.0 200 OK\r\n".to_owned();
    for line in request.lines() {
        let kept = line.split_once(':').map(|(header, _)| header.trim());
        match kept {
            Some("Via" | "From" | "Call-ID" | "CSeq" | "Record-Route") => response.push_str(&format!("{line}\r\n")),
            Some("To") => response.push_str(&format!("{line};tag={name}\r\n")),
            _ => {}
        }
    }
    response + &format!("Server: {name}\r\nContent-Length: 0\r\n\r\n")
}

/// The value of a header, under its long name.
pub(super) fn header<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    let lines = message.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
