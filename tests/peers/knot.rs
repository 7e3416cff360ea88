//! Knot: authoritative, with zones from files.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use trunktop::model::Name;

use super::process::{Process, free};

/// A Knot that serves zones.
pub(super) struct Knot(Process);

impl Knot {
    /// Starts it with zones that have a file, and with some that have none: for those it says SERVFAIL. Whether its
    /// answers rotate is `on` or `off`.
    pub(super) fn start(rotation: &str, zones: &BTreeMap<Name, String>, broken: &[Name]) -> Self {
        Self::start_at(free(), rotation, zones, broken)
    }

    /// The same at this address.
    pub(super) fn start_at(at: SocketAddr, rotation: &str, zones: &BTreeMap<Name, String>, broken: &[Name]) -> Self {
        let files = tempfile::tempdir().unwrap();
        for (apex, text) in zones {
            std::fs::write(files.path().join(format!("{apex}.zone")), text).unwrap();
        }
        let config = files.path().join("knot.conf");
        let apexes = zones.keys().chain(broken);
        std::fs::write(&config, configuration(files.path(), at, rotation, apexes)).unwrap();
        let mut process = Process::start("knotd", "knot", &["-c", config.to_str().unwrap()], at, files);
        process.until_it_answers(zones.keys().cloned());
        Self(process)
    }

    pub(super) const fn at(&self) -> SocketAddr {
        self.0.at
    }
}

fn configuration<'n>(
    directory: &Path,
    at: SocketAddr,
    rotation: &str,
    apexes: impl Iterator<Item = &'n Name>,
) -> String {
    let directory = directory.display();
    let zones = apexes.map(|apex| format!("  - domain: {apex}\n"));
    format!(
        "server:\n  rundir: {directory}\n  listen: {}@{}\n  answer-rotation: {rotation}\n\
         log:\n  - target: stderr\n    any: warning\n\
         database:\n  storage: {directory}\n\
         template:\n  - id: default\n    storage: {directory}\n    file: \"%s.zone\"\n    journal-content: none\n\
         zone:\n{}",
        at.ip(),
        at.port(),
        zones.collect::<String>()
    )
}
