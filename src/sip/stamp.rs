//! When a datagram came, by the kernel's own word.
//!
//! Between its coming and our reading it a machine that is busy lets pass milliseconds, which are no part of the
//! round trip.

use std::io;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UdpSocket;

/// What a socket that is received from waits for. An ICMP error alone makes it ready for no reading.
#[cfg(target_os = "linux")]
pub(super) const ANYTHING: Interest = Interest::READABLE.add(Interest::ERROR);
/// What a socket that is received from waits for.
#[cfg(not(target_os = "linux"))]
pub(super) const ANYTHING: Interest = Interest::READABLE;

/// Has the kernel note when datagrams come (`SO_TIMESTAMPNS`). Where it does not, they come when they are read.
pub(super) fn ask_for(socket: &UdpSocket) {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::socket::setsockopt(socket, nix::sys::socket::sockopt::ReceiveTimestampns, &true);
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

/// Receives from whom it is connected to: the length, and how long ago it came.
#[cfg(target_os = "linux")]
pub(super) fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
    // What is ready is asked for one by one: tokio knows no other way to try.
    match socket.try_io(Interest::READABLE, || read(socket, buffer)) {
        Err(why) if why.kind() == io::ErrorKind::WouldBlock => socket.try_io(Interest::ERROR, || read(socket, buffer)),
        other => other,
    }
}

#[cfg(target_os = "linux")]
fn read(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
    use std::io::IoSliceMut;
    use std::os::fd::AsRawFd as _;
    use std::time::{SystemTime, UNIX_EPOCH};

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
    use nix::sys::time::TimeSpec;

    let mut control = nix::cmsg_space!(TimeSpec);
    let mut parts = [IoSliceMut::new(buffer)];
    let received = recvmsg::<()>(socket.as_raw_fd(), &mut parts, Some(&mut control), MsgFlags::empty())?;
    let came = received.cmsgs().ok().and_then(|mut notes| {
        notes.find_map(|note| match note {
            ControlMessageOwned::ScmTimestampns(at) => Some(UNIX_EPOCH + Duration::from(at)),
            _ => None,
        })
    });
    #[expect(clippy::disallowed_methods, reason = "the kernel notes it by this clock, and no other can be asked")]
    let age = came.and_then(|came| SystemTime::now().duration_since(came).ok());
    Ok((received.bytes, age.unwrap_or_default()))
}

/// Receives from whom it is connected to: the length, and how long ago it came.
#[cfg(not(target_os = "linux"))]
pub(super) fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, Duration)> {
    socket.try_recv(buffer).map(|length| (length, Duration::ZERO))
}
