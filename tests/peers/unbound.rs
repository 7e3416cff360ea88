//! Unbound: a caching resolver in front of an authoritative server, with no way to any other.

use std::fmt::Write;
use std::net::SocketAddr;

use trunktop::model::Name;

use super::process::{Process, free};
use crate::served::Failing;

/// An Unbound with a cold cache.
pub(super) struct Unbound(Process);

/// What it is started with.
pub(super) struct Setting<'s> {
    /// The server that has the zones.
    pub(super) authority: SocketAddr,
    /// The zones there.
    pub(super) zones: Vec<&'s Name>,
    /// Names for which it does not ask, but refuses or is silent itself.
    pub(super) failing: &'s [(Name, Failing)],
    /// Whether the order of its answers rotates.
    pub(super) rotates: bool,
    /// Whether it leaves out what was not asked for: the additional section, too.
    pub(super) minimal: bool,
}

impl Unbound {
    /// Starts it, and waits until it answers for a name that the table has no use for.
    pub(super) fn start(setting: &Setting<'_>, known: Name) -> Self {
        let files = tempfile::tempdir().unwrap();
        let at = free();
        let config = files.path().join("unbound.conf");
        std::fs::write(&config, configuration(at, setting)).unwrap();
        let arguments = ["-d", "-c", config.to_str().unwrap()];
        let mut process = Process::start("unbound", "unbound", &arguments, at, files);
        process.until_it_answers([known]);
        Self(process)
    }

    pub(super) const fn at(&self) -> SocketAddr {
        self.0.at
    }
}

fn configuration(at: SocketAddr, setting: &Setting<'_>) -> String {
    let yes = |yes| if yes { "yes" } else { "no" };
    let authority = format!("{}@{}", setting.authority.ip(), setting.authority.port());
    // From an address of the loopback nothing gets further than that.
    let mut text = format!(
        "server:\n  interface: {ip}@{port}\n  outgoing-interface: {ip}\n  access-control: 127.0.0.0/8 allow\n  \
         do-ip6: no\n  do-not-query-localhost: no\n  do-daemonize: no\n  use-syslog: no\n  logfile: \"\"\n  \
         username: \"\"\n  chroot: \"\"\n  directory: \"\"\n  pidfile: \"\"\n  module-config: \"iterator\"\n  \
         qname-minimisation: no\n  target-fetch-policy: \"0 0 0 0 0\"\n  \
         cache-max-ttl: 2147483647\n  rrset-roundrobin: {}\n  minimal-responses: {}\n",
        yes(setting.rotates),
        yes(setting.minimal),
        ip = at.ip(),
        port = at.port(),
    );
    for (name, how) in setting.failing {
        let does = match how {
            Failing::ServFail => continue,
            Failing::Refused => "always_refuse",
            Failing::Silent => "always_deny",
        };
        writeln!(text, "  local-zone: \"{name}.\" {does}").unwrap();
    }
    for zone in &setting.zones {
        writeln!(text, "  local-zone: \"{zone}.\" transparent").unwrap();
    }
    text.push_str("remote-control:\n  control-enable: no\n");
    for zone in setting.zones.iter().map(|zone| zone.as_str()).chain([""]) {
        writeln!(text, "stub-zone:\n  name: \"{zone}.\"\n  stub-addr: {authority}\n  stub-prime: no").unwrap();
    }
    text
}
