//! The resolvers of the host's own configuration.
//!
//! The file is read for every question: it is a few lines in the page cache, and a DHCP lease or a VPN
//! that rewrites it is seen by the next question.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use hickory_resolver::system_conf::parse_resolv_conf;
use thiserror::Error;

/// The C library asks no more than these (resolv.conf(5), MAXNS).
const MAX_SERVERS: usize = 3;

/// Where the host says whom to ask.
pub(super) struct System {
    file: PathBuf,
}

/// Why the host names nobody to ask.
#[derive(Debug, Error)]
pub(super) enum SystemError {
    /// The file is there, and cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(PathBuf, io::Error),
    /// No file, or no `nameserver` in it.
    #[error("no resolver is configured in {0}")]
    Empty(PathBuf),
}

impl Default for System {
    fn default() -> Self {
        Self::at("/etc/resolv.conf")
    }
}

impl System {
    /// Reads this file.
    pub(super) fn at(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into() }
    }

    /// The servers as the file has them now, in its order.
    pub(super) async fn servers(&self) -> Result<Vec<SocketAddr>, SystemError> {
        let written = match tokio::fs::read(&self.file).await {
            Ok(written) => written,
            Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(why) => return Err(SystemError::Unreadable(self.file.clone(), why)),
        };
        let servers = servers_in(&written);
        if servers.is_empty() { Err(SystemError::Empty(self.file.clone())) } else { Ok(servers) }
    }
}

fn servers_in(written: &[u8]) -> Vec<SocketAddr> {
    // Names are asked as they are, so a search list that cannot be read must not hide the servers.
    let lines = written.split(|&octet| octet == b'\n');
    let wanted: Vec<_> = lines.filter(|line| line.trim_ascii_start().starts_with(b"nameserver")).collect();
    let Ok((config, _)) = parse_resolv_conf(wanted.join(&b'\n')) else { return Vec::new() };
    let servers = config.name_servers().iter();
    servers
        .map(|server| SocketAddr::new(server.ip, server.connections.first().map_or(53, |c| c.port)))
        .take(MAX_SERVERS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Vec<String> {
        servers_in(written.as_bytes()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn servers_are_read_in_their_order_whatever_else_is_in_the_file() {
        assert_eq!(
            read(
                "# by hand\nsearch -- ..bad..\nnameserver 192.0.2.1\n  nameserver 2001:db8::1\noptions edns0 trust-ad\n"
            ),
            ["192.0.2.1:53", "[2001:db8::1]:53"]
        );
        assert_eq!(read("nameserver nonsense\nnameserver 192.0.2.2\n"), ["192.0.2.2:53"]);
        assert_eq!(read("nameserver 192.0.2.1\n".repeat(5).as_str()).len(), 3);
        assert!(read("search example\n").is_empty());
    }
}
