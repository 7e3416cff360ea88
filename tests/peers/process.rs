//! A server of others: a process with files of its own, at an address of the loopback that is ours alone.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
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

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// How often it is looked whether one that was told to end has ended.
const GRACE: usize = 250;

/// It ends when this is dropped, be it by a test that fails.
pub(super) struct Process {
    child: Child,
    pub(super) at: SocketAddr,
    files: TempDir,
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has children ends them when it is told to end, and cannot when it is killed.
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        let ended = |child: &mut Child| matches!(child.try_wait(), Ok(Some(_)) | Err(_));
        for _ in 0..GRACE {
            if told.is_err() || ended(&mut self.child) {
                break;
            }
            sleep(PAUSE);
        }
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// Starts a program of `/usr/sbin` (which is in nobody's path) or of the path.
    pub(super) fn start(program: &str, package: &str, arguments: &[&str], at: SocketAddr, files: TempDir) -> Self {
        let log = File::create(files.path().join("log")).unwrap();
        let mut command = Command::new(usual(program));
        command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child =
            command.spawn().unwrap_or_else(|why| panic!("{program}: {why}; install Debian's package {package}"));
        Self { child, at, files }
    }

    /// Starts a program that knows no other name servers than those of `/etc/resolv.conf`, with a file of its own in
    /// that place. Only root can do so.
    pub(super) fn start_with_resolvers(
        resolvers: &str,
        program: &str,
        package: &str,
        arguments: &[&str],
        at: SocketAddr,
        files: TempDir,
    ) -> Self {
        let script = behind(resolvers, files.path());
        let program = usual(program);
        assert!(
            std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|at| at.join(&program).exists()),
            "{}: not there; install Debian's package {package}",
            program.display()
        );
        let script = format!("{script} && exec \"$@\"");
        let mut all = vec!["-m", "sh", "-c", &script, "sh", program.to_str().unwrap()];
        all.extend(arguments);
        Self::start("unshare", "util-linux", &all, at, files)
    }

    /// Waits until somebody listens over UDP and TCP as it should, without disturbing it.
    pub(super) fn until_it_listens(&mut self, udp: &[SocketAddr], tcp: &[SocketAddr]) {
        for _ in 0..TRIES {
            let taken = udp.iter().all(|at| UdpSocket::bind(at).is_err()) && tcp.iter().all(|at| is_taken(*at));
            if taken && self.child.try_wait().unwrap().is_none() {
                return;
            }
            sleep(PAUSE);
        }
        panic!("nobody listens at {udp:?} {tcp:?}\n{}", self.log());
    }

    /// What it has said so far.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.files.path().join("log")).unwrap()
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
            sleep(PAUSE);
        }
        panic!("no answer for {left:?}\n{}", self.log());
    }
}

/// A program of `/usr/sbin`, or of the path.
fn usual(program: &str) -> PathBuf {
    let usual = Path::new("/usr/sbin").join(program);
    if usual.exists() { usual } else { program.into() }
}

/// What a shell under `unshare -m` has to do first, so that `/etc/resolv.conf` is `resolvers` for it and what it
/// starts, and for nobody else. Says what is missing where that cannot be done.
pub(super) fn behind(resolvers: &str, files: &Path) -> String {
    let file = files.join("resolv.conf");
    std::fs::write(&file, resolvers).unwrap();
    let script = format!("mount --bind '{}' /etc/resolv.conf", file.display());
    let tried = Command::new("unshare").args(["-m", "sh", "-c", &script]).output();
    let said = match &tried {
        Ok(tried) if tried.status.success() => return script,
        Ok(tried) => String::from_utf8_lossy(&tried.stderr).trim().to_owned(),
        Err(why) => why.to_string(),
    };
    panic!(
        "what reads /etc/resolv.conf alone is tested as root, by `unshare -m` (Debian's util-linux) and a bind mount \
         over that file, and here that is not possible: {said}"
    );
}

fn is_taken(at: SocketAddr) -> bool {
    TcpListener::bind(at).is_err()
}

/// An address of the loopback that is this process's own.
pub(super) fn own_address() -> Ipv4Addr {
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 99, high, low.clamp(1, 254))
}

/// A port that is free over UDP and TCP, at an address of the loopback that is this process's own.
pub(super) fn free() -> SocketAddr {
    let address = own_address();
    let candidates = std::iter::repeat_with(|| TcpListener::bind((address, 0)).unwrap().local_addr().unwrap());
    candidates.take(100).find(|at| UdpSocket::bind(at).is_ok()).unwrap()
}
