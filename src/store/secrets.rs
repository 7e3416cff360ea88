//! Passwords, from where they are kept. No error holds anything of one.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

use super::command::{self, CommandError};
use super::shown;
use crate::model::{PasswordSource, Secret, Text};

/// How long a command may take to print one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest, with its line end, in bytes.
const MOST: usize = 4096;

/// Why a password cannot be had. It names where it was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoPassword {
    /// There is no such environment variable.
    #[error("environment variable {0} is not set")]
    Unset(Text),
    /// There is nothing.
    #[error("{0} is empty; it holds a password, in one line")]
    Empty(Text),
    /// It is more than a password.
    #[error("{0} has more than one line; it holds a password and nothing else")]
    Lines(Text),
    /// It is no text.
    #[error("{0} is not UTF-8")]
    NotText(Text),
    /// It is longer than a password can be.
    #[error("{0} has more than {MOST} bytes")]
    TooLong(Text),
    /// The file cannot be read; the system's words.
    #[error("{0} cannot be read: {1}")]
    Unreadable(Text, Text),
    /// It is a directory, a device or the like.
    #[error("{0} is no regular file")]
    NoFile(Text),
    /// It is another user's.
    #[error("{0} is not yours; chown it")]
    NotOurs(Text),
    /// Others may read or write it.
    #[error("{0} is open to others; chmod 600 {0}")]
    Open(Text),
    /// Its command is not run.
    #[error("its command is not run: {0}")]
    NotRun(Text),
    /// Its command gave none.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// The password that this source gives.
///
/// # Errors
/// Where there is none, or where it is not safe there.
pub async fn password(source: &PasswordSource) -> Result<Secret, NoPassword> {
    match source {
        PasswordSource::Known(secret) => Ok(secret.clone()),
        PasswordSource::NotRun(why) => Err(NoPassword::NotRun(why.clone())),
        PasswordSource::Environment(name) => of_environment(name, std::env::var_os(name.as_str())),
        PasswordSource::Command(line) => {
            let printed = command::run(line, PATIENCE, MOST).await?;
            one_line(&Text::new(&format!("what {line} prints")), printed)
        }
        PasswordSource::File(file) => {
            let (path, file) = (shown(file), file.clone());
            let read = tokio::task::spawn_blocking(move || of_file(&file)).await;
            read.unwrap_or_else(|why| Err(NoPassword::Unreadable(path, Text::new(&why.to_string()))))
        }
    }
}

fn of_environment(name: &Text, value: Option<OsString>) -> Result<Secret, NoPassword> {
    let value = value.ok_or_else(|| NoPassword::Unset(name.clone()))?;
    one_line(&Text::new(&format!("environment variable {name}")), value.into_encoded_bytes())
}

fn of_file(file: &Path) -> Result<Secret, NoPassword> {
    let path = shown(file);
    let failed = |why: io::Error| NoPassword::Unreadable(path.clone(), Text::new(&why.to_string()));
    let opened = open(file).map_err(failed)?;
    own(&opened, &path)?;
    let mut octets = Vec::new();
    opened.take(MOST as u64 + 1).read_to_end(&mut octets).map_err(failed)?;
    one_line(&path, octets)
}

/// Opens it without waiting for whoever would write into a pipe.
#[cfg(unix)]
fn open(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let at_once = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(at_once).open(file)
}

#[cfg(not(unix))]
fn open(file: &Path) -> io::Result<File> {
    File::open(file)
}

/// That it is a file of ours, and that nobody else can read it.
#[cfg(unix)]
fn own(file: &File, path: &Text) -> Result<(), NoPassword> {
    use std::os::unix::fs::MetadataExt as _;

    let meta = file.metadata().map_err(|why| NoPassword::Unreadable(path.clone(), Text::new(&why.to_string())))?;
    match () {
        () if !meta.is_file() => Err(NoPassword::NoFile(path.clone())),
        () if meta.uid() != rustix::process::geteuid().as_raw() => Err(NoPassword::NotOurs(path.clone())),
        () if meta.mode() & 0o077 != 0 => Err(NoPassword::Open(path.clone())),
        () => Ok(()),
    }
}

#[cfg(not(unix))]
fn own(_: &File, path: &Text) -> Result<(), NoPassword> {
    Err(NoPassword::Unreadable(path.clone(), "who else may read it cannot be told on this system".into()))
}

/// One line, without its end.
fn one_line(whence: &Text, octets: Vec<u8>) -> Result<Secret, NoPassword> {
    if octets.len() > MOST {
        return Err(NoPassword::TooLong(whence.clone()));
    }
    let text = String::from_utf8(octets).map_err(|_| NoPassword::NotText(whence.clone()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    match line {
        "" => Err(NoPassword::Empty(whence.clone())),
        line if line.contains(['\n', '\r']) => Err(NoPassword::Lines(whence.clone())),
        line => Ok(Secret::new(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_holds_one_line() {
        let name = Text::new("ACME");
        let told =
            |value: Option<&str>| of_environment(&name, value.map(OsString::from)).map_err(|why| why.to_string());
        for good in ["hunter2", "hunter2\n", "hunter2\r\n"] {
            assert_eq!(told(Some(good)), Ok(Secret::new("hunter2")));
        }
        assert_eq!(told(Some(" a b ")), Ok(Secret::new(" a b ")));
        assert_eq!(told(None).unwrap_err(), "environment variable ACME is not set");
        for empty in ["", "\n", "\r\n"] {
            let why = told(Some(empty)).unwrap_err();
            assert_eq!(why, "environment variable ACME is empty; it holds a password, in one line");
        }
        for lines in ["hunter2\n\n", "hunter2\nx", "hunter2\rx", "\nhunter2"] {
            let why = told(Some(lines)).unwrap_err();
            assert_eq!(why, "environment variable ACME has more than one line; it holds a password and nothing else");
        }
        assert_eq!(told(Some(&"x".repeat(4097))).unwrap_err(), "environment variable ACME has more than 4096 bytes");
    }

    #[tokio::test]
    async fn variables_are_those_of_the_process() {
        let source = |name: &str| PasswordSource::Environment(name.into());
        assert!(password(&source("PATH")).await.is_ok());
        let unset = password(&source("TRUNKTOP_NOBODY_SETS_THIS")).await;
        assert_eq!(unset, Err(NoPassword::Unset("TRUNKTOP_NOBODY_SETS_THIS".into())));
        assert_eq!(password(&PasswordSource::Known(Secret::new("x"))).await, Ok(Secret::new("x")));
    }

    #[cfg(unix)]
    mod unix {
        use std::fs;
        use std::os::unix::ffi::OsStringExt as _;
        use std::os::unix::fs::PermissionsExt as _;

        use tempfile::TempDir;

        use super::super::super::command::{CommandFault, run};
        use super::*;
        use crate::model::CommandLine;

        fn shell(script: &str) -> CommandLine {
            CommandLine { program: "sh".into(), arguments: vec!["-c".into(), script.into()] }
        }

        #[test]
        fn a_variable_that_is_no_text_is_named() {
            let value = OsString::from_vec(b"hunter2\xff".to_vec());
            let why = of_environment(&"ACME".into(), Some(value)).unwrap_err();
            assert_eq!(why.to_string(), "environment variable ACME is not UTF-8");
        }

        #[tokio::test]
        async fn a_file_is_ours_alone_and_holds_one_line() {
            let home = TempDir::new().unwrap();
            let file = home.path().join("secret");
            let path = file.display().to_string();
            let told = async || password(&PasswordSource::File(file.clone())).await.map_err(|why| why.to_string());
            let missing = told().await.unwrap_err();
            assert!(missing.starts_with(&format!("{path} cannot be read: ")), "{missing}");

            fs::write(&file, "hunter2\n").unwrap();
            for mode in [0o400, 0o600] {
                fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
                assert_eq!(told().await, Ok(Secret::new("hunter2")));
            }
            for mode in [0o640, 0o604, 0o660, 0o610, 0o602] {
                fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
                assert_eq!(told().await.unwrap_err(), format!("{path} is open to others; chmod 600 {path}"));
            }
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            for (held, why) in [
                (&b""[..], "is empty; it holds a password, in one line"),
                (b"\n", "is empty; it holds a password, in one line"),
                (b"hunter2\nhunter3\n", "has more than one line; it holds a password and nothing else"),
                (b"hunter2\xff\n", "is not UTF-8"),
                (&[b'x'; 5000], "has more than 4096 bytes"),
            ] {
                fs::write(&file, held).unwrap();
                assert_eq!(told().await.unwrap_err(), format!("{path} {why}"));
            }
            // Only root can give a file away.
            if std::os::unix::fs::chown(&file, Some(65534), None).is_ok() {
                assert_eq!(told().await.unwrap_err(), format!("{path} is not yours; chown it"));
            }
        }

        #[tokio::test]
        async fn what_is_no_file_is_not_waited_for() {
            let home = TempDir::new().unwrap();
            let pipe = home.path().join("pipe");
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            for odd in [pipe, home.path().to_owned()] {
                let why = password(&PasswordSource::File(odd.clone())).await.unwrap_err();
                assert_eq!(why, NoPassword::NoFile(shown(&odd)));
            }
        }

        #[tokio::test]
        async fn a_command_prints_one_line_and_no_error_holds_it() {
            let told =
                async |line: CommandLine| password(&PasswordSource::Command(line)).await.map_err(|why| why.to_string());
            assert_eq!(told(shell("echo hunter2; echo noise >&2")).await, Ok(Secret::new("hunter2")));
            assert_eq!(told(shell("cat; printf hunter2")).await, Ok(Secret::new("hunter2")), "there is no input");
            for (script, why) in [
                ("echo hunter2; exit 3", "sh failed with exit code 3"),
                ("echo hunter2; kill -9 $$", "sh was killed by a signal"),
                ("true", "what sh prints is empty; it holds a password, in one line"),
                ("echo", "what sh prints is empty; it holds a password, in one line"),
                (
                    "echo hunter2; echo hunter3",
                    "what sh prints has more than one line; it holds a password and nothing else",
                ),
                ("printf 'hunter2\\377'", "what sh prints is not UTF-8"),
                ("yes hunter2", "sh printed more than 4096 bytes, and was killed"),
            ] {
                assert_eq!(told(shell(script)).await.unwrap_err(), why, "{script}");
            }
            let nowhere = CommandLine { program: "/nowhere/at/all".into(), arguments: vec!["hunter2".into()] };
            assert_eq!(told(nowhere).await.unwrap_err(), "/nowhere/at/all is no program that is found here");
            let home = TempDir::new().unwrap();
            let program = home.path().display().to_string();
            let why = told(CommandLine { program: program.clone(), arguments: vec![] }).await.unwrap_err();
            assert!(why.starts_with(&format!("{program} cannot be started: ")), "{why}");
        }

        /// A command that starts another, says which, and waits for it.
        fn lasting(home: &TempDir) -> (CommandLine, std::path::PathBuf) {
            let told = home.path().join("told");
            (shell(&format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", told.display())), told)
        }

        /// Waits until the process is gone, or is no more than its entry in the table.
        #[cfg(target_os = "linux")]
        async fn assert_ends(told: &Path) {
            let id = fs::read_to_string(told).unwrap();
            let stat = format!("/proc/{}/stat", id.trim());
            let gone = async {
                while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            assert!(tokio::time::timeout(Duration::from_secs(20), gone).await.is_ok(), "{id} lives on");
        }

        #[cfg(target_os = "linux")]
        #[tokio::test]
        async fn what_takes_too_long_is_killed_with_all_that_it_started() {
            let home = TempDir::new().unwrap();
            let (command, told) = lasting(&home);
            let patience = Duration::from_secs(3);
            let why = run(&command, patience, MOST).await.unwrap_err();
            assert_eq!(why.fault, CommandFault::TooSlow(patience));
            assert_eq!(why.to_string(), "sh took longer than 3s, and was killed");
            assert_ends(&told).await;
        }

        #[cfg(target_os = "linux")]
        #[tokio::test]
        async fn what_nobody_waits_for_any_more_is_killed() {
            let home = TempDir::new().unwrap();
            let (command, told) = lasting(&home);
            let waits = run(&command, Duration::from_secs(600), MOST);
            let is_told = async {
                while !told.exists() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::select! {
                ended = waits => panic!("{ended:?}"),
                () = is_told => {}
            }
            assert_ends(&told).await;
        }
    }
}
