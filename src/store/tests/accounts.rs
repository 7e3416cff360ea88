//! Accounts and sources of pins, as they are written.

use super::*;
use crate::model::{
    Account, AccountMode, ChallengePolicy, CommandLine, Expires, PasswordSource, PinSource, RefreshPolicy,
};

/// A carrier with these lines after its URI, from line 4.
fn carrier(lines: &str) -> String {
    format!("[[carrier]]\nname = \"x\"\nuri = \"x.example\"\n{lines}\n")
}

fn only(store: &Store) -> Carrier {
    let Carriers { good, trouble, slips } = store.carriers();
    assert_eq!((&trouble, &slips), (&vec![], &vec![]));
    let [carrier] = good.as_slice() else { panic!("{good:?}") };
    carrier.clone()
}

fn slips(carriers: &Carriers) -> Vec<String> {
    carriers.slips.iter().map(|slip| format!("{} {}", slip.line.unwrap(), slip.what)).collect()
}

fn line(words: &[&str]) -> CommandLine {
    let mut words = words.iter().map(|&word| word.to_owned());
    CommandLine { program: words.next().unwrap(), arguments: words.collect() }
}

#[test]
fn an_account_is_read_whole() {
    let written = r#"[carrier.account]
user = "+4930123"
auth_user = "trunk \"7\""
password_command = ["pass", "show", "a b"]
contact = "sip:pbx@192.0.2.5:5062"
expires = 600
mode = "hold"
challenge = "topmost"
refresh = "engine"
beside_others = true
every = "5m"
[carrier.pin]
command = "ssh -o BatchMode=yes pbx ss -tn"
every = 20
timeout = "5s""#;
    let (_home, store) = with(carrier(written));
    let read = only(&store);
    let expected = Account {
        mode: AccountMode::Hold,
        auth_user: Some("trunk \"7\"".parse().unwrap()),
        password: Some(PasswordSource::Command(line(&["pass", "show", "a b"]))),
        contact: Some("sip:pbx@192.0.2.5:5062".parse().unwrap()),
        expires: Expires::new(600),
        challenge: ChallengePolicy::Topmost,
        refresh: RefreshPolicy::Engine,
        beside_others: true,
        every: Duration::from_secs(300),
        ..Account::new("+4930123".parse().unwrap())
    };
    assert_eq!(read.account.as_deref(), Some(&expected));
    let source = PinSource {
        command: line(&["ssh", "-o", "BatchMode=yes", "pbx", "ss", "-tn"]),
        every: Duration::from_secs(20),
        patience: Duration::from_secs(5),
    };
    assert_eq!(read.pin, Some(source));
}

#[test]
fn what_is_not_said_of_an_account_is_careful() {
    let (_home, store) = with(carrier("account.user = \"bob\"\npin.command = \"told\""));
    let read = only(&store);
    assert_eq!(read.account.as_deref(), Some(&Account::new("bob".parse().unwrap())));
    let source = PinSource { command: line(&["told"]), every: PinSource::EVERY, patience: PinSource::PATIENCE };
    assert_eq!(read.pin, Some(source));
}

#[test]
fn a_password_and_a_program_are_where_the_file_says() {
    let source = |written: &str| {
        let (_home, store) = with(carrier(&format!("[carrier.account]\nuser = \"bob\"\n{written}")));
        (only(&store).account.unwrap().password.clone().unwrap(), store.places().config.clone())
    };
    let (read, config) = source("password_file = \"secret/acme\"");
    assert_eq!(read, PasswordSource::File(config.join("secret/acme")));
    assert_eq!(source("password_file = \"/etc/acme\"").0, PasswordSource::File("/etc/acme".into()));
    assert_eq!(source("password_env = \"ACME_1\"").0, PasswordSource::Environment("ACME_1".into()));
    let (read, config) = source("password_command = \"bin/ask  acme\"");
    let program = config.join("bin/ask").to_string_lossy().into_owned();
    assert_eq!(read, PasswordSource::Command(CommandLine { program, arguments: vec!["acme".into()] }));
    assert_eq!(source("password_command = [\"/bin/ask\"]").0, PasswordSource::Command(line(&["/bin/ask"])));
}

#[test]
fn what_is_wrong_with_an_account_is_named_with_its_line_and_never_with_a_password() {
    let time = "it is a time from 10 to 86400 seconds; write it as 60, \"60s\" or \"2m\"";
    let words = "it is a program and its arguments, as [\"pass\", \"show\", \"acme\"]";
    let env = "it is the name of an environment variable, in capitals, digits and _, as ACME_PASSWORD";
    for (between, expected) in [
        (
            "[carrier.account]\nuser = \"bob\"\npassword = \"hunter2\"",
            vec![
                "6 account: a password is not written here: name its source, by password_command, password_env or password_file"
                    .to_owned(),
            ],
        ),
        ("[carrier.account]\nmode = \"hold\"", vec!["4 account: it has no user".to_owned()]),
        ("account = \"bob:hunter2\"", vec!["4 account: it is a table, [carrier.account]".to_owned()]),
        ("pin = [\"hunter2\"]", vec!["4 pin: it is a table, [carrier.pin]".to_owned()]),
        (
            "[carrier.account]\nuser = \"bob:hunter2\"\nauth_user = 5\nmode = \"on\"\nchallenge = \"weakest\"\nrefresh = \"never\"\nbeside_others = \"hunter2\"\ncontact = \"tel:1\"",
            vec![
                "5 account: user: ':' cannot stand in a user; write it as %XX, two hexadecimal digits for each byte"
                    .to_owned(),
                "6 account: auth_user: it is a string, in quotes".to_owned(),
                "7 account: mode: 'on' is none of off, observe, hold".to_owned(),
                "8 account: challenge: 'weakest' is none of strongest, topmost".to_owned(),
                "9 account: refresh: 'never' is none of same, engine".to_owned(),
                "10 account: beside_others: it is true or false".to_owned(),
                "11 account: contact: scheme 'tel:' names a number; use sip:NUMBER@DOMAIN, or the domain alone"
                    .to_owned(),
            ],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\npassword_file = \"a\"\npassword_env = \"A\"",
            vec!["7 account: give one of password_command, password_env and password_file".to_owned()],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\npassword_env = \"hunter2\"",
            vec![format!("6 account: password_env: {env}")],
        ),
        ("[carrier.account]\nuser = \"bob\"\npassword_env = \"\"", vec![format!("6 account: password_env: {env}")]),
        (
            "[carrier.account]\nuser = \"bob\"\npassword_file = \"\"",
            vec!["6 account: password_file: it is the path of a file".to_owned()],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\npassword_command = [\"echo\", 5]",
            vec![format!("6 account: password_command: {words}")],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\npassword_command = \" \"",
            vec![format!("6 account: password_command: {words}")],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\npassword_command = \"echo hunter2 | cat\"",
            vec![
                "6 account: password_command: no shell reads it, so | would be a part of a word; write the words as an array, [\"sh\", \"-c\", \"...\"] for a shell"
                    .to_owned(),
            ],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\nexpires = 9\nevery = 9",
            vec![format!("6 account: expires: {time}"), format!("7 account: every: {time}")],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\nexpires = \"25h\"\nevery = 86401",
            vec![format!("6 account: expires: {time}"), format!("7 account: every: {time}")],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\nexpires = -1\nevery = \"often\"",
            vec![format!("6 account: expires: {time}"), format!("7 account: every: {time}")],
        ),
        (
            "[carrier.account]\nuser = \"bob\"\nexpires = \"10.5s\"",
            vec!["6 account: expires: it is a whole number of seconds".to_owned()],
        ),
        ("[carrier.pin]\nevery = 60", vec!["4 pin: it has no command".to_owned()]),
        (
            "[carrier.pin]\ncommand = []\nevery = 5\ntimeout = 0",
            vec![
                format!("5 pin: command: {words}"),
                format!("6 pin: every: {time}"),
                "7 pin: timeout: it is a time from 1 to 300 seconds; write it as 60, \"60s\" or \"2m\"".to_owned(),
            ],
        ),
    ] {
        let (_home, store) = with(carrier(between));
        let carriers = store.carriers();
        assert_eq!(carriers.good, []);
        let expected: Vec<_> = expected
            .iter()
            .map(|said| said.split_once(' ').unwrap())
            .map(|(line, what)| format!("{line} carrier 'x': {what}"))
            .collect();
        assert_eq!(told(&carriers), expected, "{between}");
        let all = format!("{carriers:?}{}", add(&store, "new").unwrap_err());
        assert!(!all.contains("hunter2"), "{all}");
    }
}

#[test]
fn a_password_in_a_broken_file_is_not_shown() {
    for broken in ["password = hunter2", "password = \"hunter2", "password: hunter2", "password hunter2", "= hunter2"] {
        let (_home, store) = with(carrier(&format!("[carrier.account]\nuser = \"bob\"\n{broken}")));
        let carriers = store.carriers();
        assert!(!carriers.trouble.is_empty(), "{broken}");
        assert!(!format!("{carriers:?}").contains("hunter2"), "{carriers:?}");
    }
}

#[test]
fn a_misspelt_key_of_an_account_is_named() {
    let (_home, store) = with(carrier(
        "[carrier.account]\nuser = \"bob\"\npasswd_file = \"hunter2\"\n[carrier.pin]\ncommand = \"a\"\nevry = 1",
    ));
    let carriers = store.carriers();
    assert_eq!(
        slips(&carriers),
        [
            "6 carrier 'x': account: key 'passwd_file' is not known, and does nothing; 'password_file' is",
            "9 carrier 'x': pin: key 'evry' is not known, and does nothing; 'every' is",
        ]
    );
    assert_eq!((carriers.good.len(), carriers.trouble), (1, vec![]));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use super::*;

    const COMMANDS: &str = "[carrier.account]\nuser = \"bob\"\nmode = \"hold\"\npassword_command = \"pass\"\n[carrier.pin]\ncommand = \"told\"";

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The carrier is there, its commands are not, and both are said.
    fn assert_dropped(store: &Store, why: &str) {
        let carriers = store.carriers();
        assert_eq!(
            slips(&carriers),
            [
                format!("7 carrier 'x': account: password_command is not run, and the mode is off: {why}"),
                format!("9 carrier 'x': pin: command is not run: {why}"),
            ]
        );
        let [carrier] = carriers.good.as_slice() else { panic!("{carriers:?}") };
        let password = Some(PasswordSource::NotRun(Text::new(why)));
        let expected = Account { password, ..Account::new("bob".parse().unwrap()) };
        assert_eq!(carrier.account.as_deref(), Some(&expected));
        assert_eq!((&carrier.pin, carriers.trouble), (&None, vec![]));
    }

    fn assert_kept(store: &Store) {
        let carrier = only(store);
        let account = carrier.account.unwrap();
        assert_eq!((account.mode, account.password.is_some(), carrier.pin.is_some()), (AccountMode::Hold, true, true));
    }

    #[test]
    fn commands_run_only_where_nobody_else_can_have_written_them() {
        let (_home, store) = with(carrier(COMMANDS));
        let file = store.places().carriers().canonicalize().unwrap();
        let directory = file.parent().unwrap();
        for mode in [0o600, 0o644] {
            set(&file, mode);
            assert_kept(&store);
        }
        for mode in [0o664, 0o646] {
            set(&file, mode);
            let path = file.display();
            assert_dropped(&store, &format!("others may write {path}; chmod go-w {path}"));
        }
        set(&file, 0o600);
        for mode in [0o775, 0o757] {
            set(directory, mode);
            let path = store.places().config.clone();
            let path = path.display();
            assert_dropped(&store, &format!("others may put another file into {path}; chmod go-w {path}"));
        }
        set(directory, 0o1777);
        assert_kept(&store);
        set(directory, 0o755);
        // Only root can give a file away.
        if std::os::unix::fs::chown(&file, Some(65534), None).is_ok() {
            assert_dropped(&store, &format!("{} is not yours; chown it", file.display()));
        }
    }

    #[test]
    fn behind_a_link_both_ends_count() {
        let (home, store) = store();
        let real = home.path().canonicalize().unwrap().join("dotfiles");
        fs::create_dir(&real).unwrap();
        fs::write(real.join("trunks.toml"), carrier(COMMANDS)).unwrap();
        symlink(real.join("trunks.toml"), store.places().carriers()).unwrap();
        assert_kept(&store);
        set(&real, 0o777);
        assert_dropped(&store, &format!("others may put another file into {0}; chmod go-w {0}", real.display()));
        set(&real, 0o755);
        let config = &store.places().config;
        set(config, 0o777);
        assert_dropped(&store, &format!("others may put another file into {0}; chmod go-w {0}", config.display()));
        set(config, 0o755);
        assert_kept(&store);
    }

    #[test]
    fn what_needs_no_command_asks_nobody_who_wrote_it() {
        let (_home, store) =
            with(carrier("[carrier.account]\nuser = \"bob\"\nmode = \"observe\"\npassword_env = \"ACME\""));
        set(&store.places().carriers(), 0o666);
        assert_eq!(only(&store).account.unwrap().mode, AccountMode::Observe);
    }
}
