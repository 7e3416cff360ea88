//! An account at a carrier: who registers, and what we do with it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::{SipUri, Text, UserPart};

/// `[carrier.account]` of the carriers file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What is done with it.
    pub mode: AccountMode,
    /// User part of the address of record; its domain is the carrier's.
    pub user: UserPart,
    /// Whom the digest names; none: `user`.
    pub auth_user: Option<AuthUser>,
    /// Where the password comes from; none: there is none, and no challenge can be met.
    pub password: Option<PasswordSource>,
    /// What is bound, or looked for. None: an address of our own when it is held, any at all when it is observed.
    pub contact: Option<SipUri>,
    /// How long a binding is asked for.
    pub expires: Expires,
    /// Which of several challenges is met.
    pub challenge: ChallengePolicy,
    /// Where a refresh goes.
    pub refresh: RefreshPolicy,
    /// Whether it is held although somebody else is registered with it, who from then on shares his calls with us.
    pub beside_others: bool,
    /// Between two rounds of fetching, where it is observed.
    pub every: Duration,
}

impl Account {
    /// Between two rounds of fetching where nothing else is said.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// An account that nothing is done with.
    pub const fn new(user: UserPart) -> Self {
        Self {
            mode: AccountMode::Off,
            user,
            auth_user: None,
            password: None,
            contact: None,
            expires: Expires::USUAL,
            challenge: ChallengePolicy::Strongest,
            refresh: RefreshPolicy::Same,
            beside_others: false,
            every: Self::EVERY,
        }
    }

    /// The address of record at this URI's domain (RFC 3261 10.2): what From and To of its REGISTER name.
    pub fn record(&self, uri: &SipUri) -> SipUri {
        let SipUri { scheme, host, .. } = uri.clone();
        SipUri { scheme, user: Some(self.user.as_str().into()), ..SipUri::plain(host) }
    }

    /// Whom the digest names.
    pub fn digest_user(&self) -> &str {
        self.auth_user.as_ref().map_or_else(|| self.user.as_str(), AuthUser::as_str)
    }
}

/// What is done with an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AccountMode {
    /// Nothing.
    #[default]
    Off,
    /// Its bindings are fetched from each POP (RFC 3261 10.2.3), which changes nothing.
    Observe,
    /// A registration of our own is kept.
    Hold,
}

impl AccountMode {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Off, Self::Observe, Self::Hold];

    /// The word for it in the settings.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Observe => "observe",
            Self::Hold => "hold",
        }
    }

    /// What it does to the carrier, to be read before it is chosen.
    pub const fn does(self) -> &'static str {
        match self {
            Self::Off => "sends nothing",
            Self::Observe => {
                "asks each POP which bindings the account has: a REGISTER without Contact, which changes nothing"
            }
            Self::Hold => {
                "registers our own Contact at one POP and keeps it there: calls to this account come to trunktop as well, \
                 which answers INVITE 480 (over UDP what comes from that POP's own address, over a connection all that \
                 comes in over it), or to the contact that the account names"
            }
        }
    }
}

impl fmt::Display for AccountMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is none for what there are words for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("'{0}' is none of {1}")]
pub struct UnknownWord(Text, &'static str);

impl FromStr for AccountMode {
    type Err = UnknownWord;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.word() == raw);
        known.ok_or_else(|| UnknownWord(raw.into(), "off, observe, hold"))
    }
}

/// Which of several challenges is met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChallengePolicy {
    /// The one with the strongest algorithm that we know.
    #[default]
    Strongest,
    /// The first that we can meet: the server lists what it prefers first (RFC 8760 2.4).
    Topmost,
}

impl FromStr for ChallengePolicy {
    type Err = UnknownWord;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        match raw {
            "strongest" => Ok(Self::Strongest),
            "topmost" => Ok(Self::Topmost),
            _ => Err(UnknownWord(raw.into(), "strongest, topmost")),
        }
    }
}

/// Where a refresh of our own registration goes, as long as its target lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshPolicy {
    /// To the same target.
    #[default]
    Same,
    /// Where the carrier's engine would send it: some draw anew each time.
    Engine,
}

impl FromStr for RefreshPolicy {
    type Err = UnknownWord;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        match raw {
            "same" => Ok(Self::Same),
            "engine" => Ok(Self::Engine),
            _ => Err(UnknownWord(raw.into(), "same, engine")),
        }
    }
}

/// How long a binding holds, in whole seconds (RFC 3261 20.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expires(u32);

impl Expires {
    /// What we ask for where nothing else is said: short enough that what a crash leaves behind is soon gone.
    pub const USUAL: Self = Self(300);
    /// The least that we ask for.
    pub const LEAST: Self = Self(10);
    /// The most that we ask for, and wait for: a day.
    pub const MOST: Self = Self(86_400);

    /// From a number of seconds.
    pub const fn new(seconds: u32) -> Self {
        Self(seconds)
    }

    /// In seconds.
    pub const fn seconds(self) -> u32 {
        self.0
    }

    /// As a span of time.
    pub const fn span(self) -> Duration {
        Duration::from_secs(self.0 as u64)
    }
}

impl fmt::Display for Expires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The user name of a digest, as it is: it may hold whatever its owner was given. To be shown it is made a [`Text`].
#[derive(Clone, PartialEq, Eq)]
pub struct AuthUser(Box<str>);

impl AuthUser {
    /// The longest, in bytes.
    pub const MOST: usize = 256;

    /// As it is hashed.
    pub const fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AuthUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&Text::new(&self.0), f)
    }
}

/// Why a string is no user name of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a user name has 1 to 256 bytes, no line ends and no other control characters")]
pub struct AuthUserError;

impl FromStr for AuthUser {
    type Err = AuthUserError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let fits = (1..=Self::MOST).contains(&raw.len()) && !raw.chars().any(char::is_control);
        if fits { Ok(Self(raw.into())) } else { Err(AuthUserError) }
    }
}

/// Where a password comes from. It is in no file that trunktop writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// The one line that this prints.
    Command(CommandLine),
    /// This environment variable.
    Environment(Text),
    /// This file, which nobody else may read.
    File(PathBuf),
    /// A command that is not run; why.
    NotRun(Text),
    /// Known already: of the lab, whose passwords are made up. It cannot be written in a carriers file.
    Known(Secret),
}

/// A program and its arguments; no shell reads them.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// What is run.
    pub program: String,
    /// With what.
    pub arguments: Vec<String>,
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = format_args!("{} not shown", self.arguments.len()).to_string();
        f.debug_struct("CommandLine").field("program", &self.program).field("arguments", &hidden).finish()
    }
}

impl fmt::Display for CommandLine {
    /// The program alone: arguments may hold what is not to be shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::new(&self.program).fmt(f)
    }
}

/// A password. It can be used and not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// From what a source gave.
    pub fn new(raw: &str) -> Self {
        Self(raw.into())
    }

    /// For the digest, and for nothing else.
    pub const fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// An account among all: its address of record. Two carriers of one account are the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Text);

impl AccountId {
    /// Of an account at this URI's domain.
    pub fn of(account: &Account, uri: &SipUri) -> Self {
        // As a sip: and as a sips: address it is the same user.
        Self(Text::new(&format!("{}@{}", account.user, uri.host)))
    }

    /// `user@domain`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2"))), "Some(Secret)");
    }

    #[test]
    fn a_command_shows_its_program_alone() {
        let command = CommandLine { program: "pass".into(), arguments: vec!["show".into(), "token=x".into()] };
        assert_eq!(command.to_string(), "pass");
        let said = format!("{:?}", PasswordSource::Command(command));
        assert!(said.contains("pass") && !said.contains("token"), "{said}");
    }

    #[test]
    fn words_are_read_back() {
        for mode in AccountMode::ALL {
            assert_eq!(mode.word().parse(), Ok(mode));
        }
        let why = "on".parse::<AccountMode>().unwrap_err();
        assert_eq!(why.to_string(), "'on' is none of off, observe, hold");
    }

    #[test]
    fn an_account_is_known_by_its_address_of_record() {
        let account = Account::new("+4930123".parse().unwrap());
        let uri: SipUri = "sips:bob@acme.example:5071;transport=tcp".parse().unwrap();
        assert_eq!(AccountId::of(&account, &uri).as_str(), "+4930123@acme.example");
        assert_eq!(account.record(&uri).to_string(), "sips:+4930123@acme.example");
        assert_eq!(account.digest_user(), "+4930123");
    }

    #[test]
    fn a_digest_user_may_hold_anything_but_controls() {
        assert_eq!("a \"b\" ü:\\".parse::<AuthUser>().unwrap().as_str(), "a \"b\" ü:\\");
        for bad in ["", "a\r\nVia: x", &"x".repeat(257)] {
            assert_eq!(bad.parse::<AuthUser>(), Err(AuthUserError), "{bad}");
        }
    }
}
