//! A server of others: a process with files of its own, at an address of the loopback that is ours alone.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;
use trunktop::dns::{Patience, Resolvers};
use trunktop::model::{Name, Outcome, Question, RecordType, ResolverSpec};
use trunktop::monitor::{Ask, SystemClock};

/// How often it is looked whether the server answers: for longer than one takes that starts at all.
const TRIES: usize = 500;

/// It ends when this is dropped, be it by a test that fails.
pub(super) struct Process {
    child: Child,
    pub(super) at: SocketAddr,
    files: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a program of `/usr/sbin` (which is in nobody's path) or of the path.
    pub(super) fn start(program: &str, package: &str, arguments: &[&str], at: SocketAddr, files: TempDir) -> Self {
        let usual = Path::new("/usr/sbin").join(program);
        let path = if usual.exists() { usual } else { program.into() };
        let log = File::create(files.path().join("log")).unwrap();
        let mut command = Command::new(path);
        command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child =
            command.spawn().unwrap_or_else(|why| panic!("{program}: {why}; install Debian's package {package}"));
        Self { child, at, files }
    }

    /// Waits until it answers for these names.
    pub(super) fn until_it_answers(&mut self, names: impl IntoIterator<Item = Name>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let patience = Patience { per_try: Duration::from_millis(500), tries: 1 };
        let resolvers = runtime.block_on(async { Resolvers::new(Arc::new(SystemClock::start()), patience) }).unwrap();
        let resolver = ResolverSpec::Plain(self.at);
        let mut left: Vec<Question> = names.into_iter().map(|name| Question::new(name, RecordType::A)).collect();
        for _ in 0..TRIES {
            left.retain(|question| {
                let answers = runtime.block_on(resolvers.ask(&resolver, question));
                !matches!(answers.answer.outcome, Outcome::Records(_) | Outcome::NoData(_))
            });
            let ended = self.child.try_wait().unwrap();
            if left.is_empty() {
                return;
            }
            if ended.is_some() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("no answer for {left:?}\n{}", self.log());
    }

    /// Waits until it takes connections.
    pub(super) fn until_it_listens(&mut self) {
        for _ in 0..TRIES {
            if TcpStream::connect(self.at).is_ok() {
                return;
            }
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("nothing listens at {}\n{}", self.at, self.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.files.path().join("log")).unwrap()
    }
}

/// A port that is free over UDP and TCP, at an address of the loopback that is this process's own.
pub(super) fn free() -> SocketAddr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, 99, high, low.clamp(1, 254));
    let candidates = std::iter::repeat_with(|| TcpListener::bind((address, 0)).unwrap().local_addr().unwrap());
    candidates.take(100).find(|at| UdpSocket::bind(at).is_ok()).unwrap()
}
