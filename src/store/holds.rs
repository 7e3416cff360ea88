//! Who holds an account on this machine.
//!
//! Two programs that both keep a registration of one account would take it from each other, so one of them holds
//! it, by a lock that ends with its process whatever ends that. Beside the lock are the instance, which is made once
//! (RFC 5626 4.1: it names a user agent for good, and so shows which binding a crash left behind), and a note of
//! where the account is registered, for those who only read.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use thiserror::Error;

use super::shown;
use crate::model::{AccountId, Endpoint, Expires, Instance, Noted, Text};

/// An account that nobody else on this machine holds, until this is dropped.
#[derive(Debug)]
pub struct Held {
    instance: Instance,
    note: PathBuf,
    _lock: File,
}

/// Why an account is not held.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum NotHeld {
    /// Somebody else holds it; what that wrote down, where it can be read.
    #[error("another trunktop on this machine holds it")]
    Elsewhere(Option<Noted>),
    /// The files cannot be used.
    #[error("{0} cannot be used: {1}")]
    Unusable(Text, Text),
}

impl Held {
    /// Who we are to the registrar: the same from run to run.
    pub const fn instance(&self) -> Instance {
        self.instance
    }

    /// Writes down where it is registered; none: nowhere.
    ///
    /// # Errors
    /// Where it cannot be written. Nothing depends on it but what others can show.
    pub fn note(&self, noted: Option<&Noted>) -> io::Result<()> {
        match noted {
            Some(noted) => replace(&self.note, &serde_json::to_vec(&Written::from(noted))?),
            None => match fs::remove_file(&self.note) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
                _ => Ok(()),
            },
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What is left behind is removed by whoever holds it next.
        let _ = self.note(None);
    }
}

/// Takes an account, if nobody has it.
pub(super) fn take(directory: &Path, account: &AccountId) -> Result<Held, NotHeld> {
    let unusable = |path: &Path| {
        let path = shown(path);
        move |why: io::Error| NotHeld::Unusable(path, Text::new(&why.to_string()))
    };
    private(directory).map_err(unusable(directory))?;
    let name = file_name(account);
    let file = |end: &str| directory.join(format!("{name}.{end}"));
    let (lock, instance, note) = (file("lock"), file("instance"), file("note"));
    let opened = lock_file(&lock).map_err(unusable(&lock))?;
    match opened.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(NotHeld::Elsewhere(noted(&note))),
        Err(TryLockError::Error(why)) => return Err(unusable(&lock)(why)),
    }
    let instance = instance_in(&instance).map_err(unusable(&instance))?;
    let held = Held { instance, note, _lock: opened };
    // What a crash left there is no longer so.
    held.note(None).map_err(unusable(&held.note))?;
    Ok(held)
}

/// A directory of the user's, which nobody else can look into.
fn private(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};

        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let meta = fs::metadata(directory)?;
        if meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is not yours"));
        }
        if meta.mode() & 0o077 != 0 {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }
    #[cfg(not(unix))]
    fs::create_dir_all(directory)
}

fn lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A name that no account of another name has, and that is nothing but a name: as much of the account as is harmless
/// in a file name, and a digest of all of it.
fn file_name(account: &AccountId) -> String {
    let harmless = |c: char| if c.is_ascii_alphanumeric() || "@+-".contains(c) { c } else { '_' };
    let begin: String = account.as_str().chars().take(40).map(harmless).collect();
    let digest = Sha256::digest(account.as_str().as_bytes());
    let end = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
    format!("{begin}-{end:016x}")
}

/// The instance that is written there; where none is, or what is there is none, one is made.
fn instance_in(path: &Path) -> io::Result<Instance> {
    let written = fs::read_to_string(path).ok();
    let known = written.and_then(|hex| u128::from_str_radix(hex.trim(), 16).ok()).map(Instance);
    if let Some(known) = known.filter(|known| *known != Instance::default()) {
        return Ok(known);
    }
    let made = made(rand::rng().random());
    replace(path, format!("{:032x}\n", made.0).as_bytes())?;
    Ok(made)
}

/// Random bits as a UUID says that they are (RFC 4122 4.4).
const fn made(bits: u128) -> Instance {
    let version = (bits & !(0xf << 76)) | (4 << 76);
    Instance((version & !(0b11 << 62)) | (0b10 << 62))
}

/// Puts a file of ours alone in the place of another, at once.
fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut fresh = NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    fresh.write_all(octets)?;
    fresh.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// The longest note, in bytes.
const LONGEST: u64 = 4096;

/// What is noted there; what cannot be read is no note.
fn noted(path: &Path) -> Option<Noted> {
    use std::io::Read as _;

    let mut octets = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut octets).ok()?;
    Noted::try_from(serde_json::from_slice::<Written>(&octets).ok()?).ok()
}

/// A note as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    target: String,
    transport: String,
    at: SocketAddr,
    since: Timestamp,
    until: Timestamp,
    granted: u32,
}

impl From<&Noted> for Written {
    fn from(noted: &Noted) -> Self {
        Self {
            target: noted.target.to_string(),
            transport: noted.endpoint.transport.to_string(),
            at: noted.endpoint.at,
            since: noted.since,
            until: noted.until,
            granted: noted.granted.seconds(),
        }
    }
}

/// A note that says what cannot be.
struct Garbled;

impl TryFrom<Written> for Noted {
    type Error = Garbled;

    fn try_from(written: Written) -> Result<Self, Garbled> {
        let transport = written.transport.parse().map_err(|_| Garbled)?;
        Ok(Self {
            target: written.target.parse().map_err(|_| Garbled)?,
            endpoint: Endpoint { transport, at: written.at },
            since: written.since,
            until: written.until,
            granted: Expires::new(written.granted),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use tempfile::TempDir;

    use super::*;
    use crate::model::{Account, SipUri};

    fn id(user: &str, domain: &str) -> AccountId {
        let uri: SipUri = format!("sip:{domain}").parse().unwrap();
        AccountId::of(&Account::new(user.parse().unwrap()), &uri)
    }

    fn bob() -> AccountId {
        id("bob", "acme.example")
    }

    fn somewhere() -> Noted {
        Noted {
            target: "pop-1.acme.example".parse().unwrap(),
            endpoint: Endpoint { transport: "tls".parse().unwrap(), at: "[2001:db8::7]:5061".parse().unwrap() },
            since: "2026-01-02T03:04:05Z".parse().unwrap(),
            until: "2026-01-02T03:09:05Z".parse().unwrap(),
            granted: Expires::new(300),
        }
    }

    fn elsewhere(directory: &Path) -> Option<Noted> {
        match take(directory, &bob()) {
            Err(NotHeld::Elsewhere(noted)) => noted,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_holds_and_the_others_read_where() {
        let home = TempDir::new().unwrap();
        let directory = home.path().join("state/accounts");
        let held = take(&directory, &bob()).unwrap();
        assert_eq!(elsewhere(&directory), None);
        held.note(Some(&somewhere())).unwrap();
        assert_eq!(elsewhere(&directory), Some(somewhere()));
        held.note(None).unwrap();
        held.note(None).unwrap();
        assert_eq!(elsewhere(&directory), None);
        // Another account is nobody's.
        take(&directory, &id("bob", "flow.example")).unwrap();
        take(&directory, &id("Bob", "acme.example")).unwrap();
        let instance = held.instance();
        drop(held);
        assert_eq!(take(&directory, &bob()).unwrap().instance(), instance, "the same from run to run");
    }

    #[test]
    fn garbage_is_no_note_and_no_instance() {
        let home = TempDir::new().unwrap();
        let held = take(home.path(), &bob()).unwrap();
        held.note(Some(&somewhere())).unwrap();
        let good = fs::read_to_string(&held.note).unwrap();
        for garbage in [
            "",
            "{}",
            "\u{0}\u{1b}[2J",
            "[1, 2]",
            &good[..good.len() - 1],
            &good.replace("tls", "smoke"),
            &good.replace("pop-1.acme.example", "a b"),
            &good.replace("5061", "99999"),
            &" ".repeat(100_000),
        ] {
            fs::write(&held.note, garbage).unwrap();
            assert_eq!(elsewhere(home.path()), None, "{garbage}");
        }
        let written = held.note.with_extension("instance");
        let instance = held.instance();
        drop(held);
        for garbage in ["", "0", "no number", "fffffffffffffffffffffffffffffffff"] {
            fs::write(&written, garbage).unwrap();
            let made = take(home.path(), &bob()).unwrap().instance();
            assert!(made != instance && made != Instance::default(), "{garbage}");
            assert_eq!(take(home.path(), &bob()).unwrap().instance(), made);
        }
    }

    #[test]
    fn an_instance_is_a_random_uuid() {
        assert_eq!(made(u128::MAX).urn(), "urn:uuid:ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(made(0).urn(), "urn:uuid:00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn a_name_of_a_file_is_nothing_else() {
        let names = ["../../etc/passwd", "..", "a/b", "%2e%2e", "a_b", "~", &"x".repeat(128)]
            .map(|user| file_name(&id(user, "acme.example")));
        for name in &names {
            let good = |c: char| c.is_ascii_alphanumeric() || "@+-_".contains(c);
            assert!(name.chars().all(good) && name.len() <= 57, "{name}");
        }
        assert_eq!(names[2][..4], names[4][..4]);
        assert_ne!(names[2], names[4]);
    }

    /// Where the process that this test starts finds the directory.
    const DIRECTORY: &str = "TRUNKTOP_TEST_HOLDS";

    #[test]
    fn a_process_that_is_killed_leaves_no_lock() {
        if let Some(directory) = std::env::var_os(DIRECTORY) {
            let held = take(Path::new(&directory), &bob()).unwrap();
            held.note(Some(&somewhere())).unwrap();
            println!("{:032x}", held.instance().0);
            // Until it is killed.
            let _ = io::stdin().read_line(&mut String::new());
            return;
        }
        let home = TempDir::new().unwrap();
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "store::holds::tests::a_process_that_is_killed_leaves_no_lock"])
            .env(DIRECTORY, home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(other.stdout.take().unwrap()).lines().map_while(Result::ok);
        let instance = printed.find_map(|line| u128::from_str_radix(line.trim(), 16).ok()).unwrap();
        let seen = elsewhere(home.path());
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(seen, Some(somewhere()));
        let held = take(home.path(), &bob()).unwrap();
        assert_eq!(held.instance(), Instance(instance), "its binding is known again");
        assert_eq!(elsewhere(home.path()), None, "its note is no longer so");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_looks_in() {
        use std::os::unix::fs::PermissionsExt as _;

        let home = TempDir::new().unwrap();
        let directory = home.path().join("accounts");
        fs::create_dir(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        let held = take(&directory, &bob()).unwrap();
        held.note(Some(&somewhere())).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&directory), 0o700);
        let files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 3, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let home = TempDir::new().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        let why = take(&file, &bob()).unwrap_err().to_string();
        assert!(why.starts_with(&format!("{} cannot be used: ", file.display())), "{why}");
    }
}
