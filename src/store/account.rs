//! `[carrier.account]` and `[carrier.pin]` of `carriers.toml`.
//!
//! A value that may be a password is never said, not even where it is wrong: somebody may have written his there.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::carriers::Fields;
use super::trust;
use crate::model::{Account, AccountMode, CommandLine, Expires, PasswordSource, PinSource, Text};

/// What an account can hold.
pub(super) const ACCOUNT: &[&str] = &[
    "user",
    "auth_user",
    "password_command",
    "password_env",
    "password_file",
    "contact",
    "expires",
    "mode",
    "challenge",
    "refresh",
    "beside_others",
    "every",
    // It is no mere slip.
    "password",
];

/// What a source of pins can hold.
pub(super) const PIN: &[&str] = &["command", "every", "timeout"];

/// Between two rounds of an account, and two runs of a source.
const EVERY: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(24 * 60 * 60);

/// How long a source may take.
const TIMEOUT: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5 * 60);

/// What only a shell understands.
const OF_SHELLS: &str = "'\"\\|&;<>$`";

/// Reads an account. What is wrong is said to `fields`.
pub(super) fn account(fields: &mut Fields<'_, '_>, raw: &Spanned<DeValue<'_>>) -> Option<Account> {
    let mut keys = Keys::of(fields, raw, "account")?;
    if let Some(span) = keys.span("password") {
        keys.wrong(
            &span,
            "a password is not written here: name its source, by password_command, password_env or password_file",
        );
    }
    let user = keys.parsed("user");
    if user.is_none() && keys.span("user").is_none() {
        keys.wrong(&raw.span(), "it has no user");
    }
    let password = keys.password();
    let read = Account {
        mode: keys.parsed("mode").unwrap_or_default(),
        auth_user: keys.parsed("auth_user"),
        contact: keys.parsed("contact"),
        expires: keys.expires().unwrap_or(Expires::USUAL),
        challenge: keys.parsed("challenge").unwrap_or_default(),
        refresh: keys.parsed("refresh").unwrap_or_default(),
        beside_others: keys.flag("beside_others"),
        every: keys.time("every", &EVERY).unwrap_or(Account::EVERY),
        password,
        ..Account::new(user?)
    };
    let Some(PasswordSource::Command(_)) = read.password else { return Some(read) };
    let Some(why) = trust::distrust(keys.fields.file()) else { return Some(read) };
    let span = keys.span("password_command").unwrap_or_default();
    keys.slip(&span, format_args!("password_command is not run, and the mode is off: {why}"));
    Some(Account { password: Some(PasswordSource::NotRun(Text::new(&why))), mode: AccountMode::Off, ..read })
}

/// Reads a source of pins; none where its command must not be run.
pub(super) fn pin(fields: &mut Fields<'_, '_>, raw: &Spanned<DeValue<'_>>) -> Option<PinSource> {
    let mut keys = Keys::of(fields, raw, "pin")?;
    let command = keys.command("command");
    if keys.span("command").is_none() {
        keys.wrong(&raw.span(), "it has no command");
    }
    let every = keys.time("every", &EVERY).unwrap_or(PinSource::EVERY);
    let patience = keys.time("timeout", &TIMEOUT).unwrap_or(PinSource::PATIENCE);
    let command = command?;
    let Some(why) = trust::distrust(keys.fields.file()) else { return Some(PinSource { command, every, patience }) };
    let span = keys.span("command").unwrap_or_default();
    keys.slip(&span, format_args!("command is not run: {why}"));
    None
}

/// One table of a carrier, key by key.
struct Keys<'k, 'r, 'a> {
    fields: &'k mut Fields<'r, 'a>,
    table: &'k DeTable<'k>,
    name: &'static str,
}

impl<'k, 'r, 'a> Keys<'k, 'r, 'a> {
    fn of(fields: &'k mut Fields<'r, 'a>, raw: &'k Spanned<DeValue<'k>>, name: &'static str) -> Option<Self> {
        let Some(table) = raw.get_ref().as_table() else {
            fields.wrong_at(&raw.span(), format_args!("{name}: it is a table, [carrier.{name}]"));
            return None;
        };
        Some(Self { fields, table, name })
    }

    fn wrong(&mut self, span: &Range<usize>, what: impl Display) {
        self.fields.wrong_at(span, format_args!("{}: {what}", self.name));
    }

    fn slip(&mut self, span: &Range<usize>, what: impl Display) {
        self.fields.slip_at(span, format_args!("{}: {what}", self.name));
    }

    /// Where a key's value is, if it is there.
    fn span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).map(Spanned::span)
    }

    fn string(&mut self, key: &str) -> Option<(Range<usize>, &'k str)> {
        let value = self.table.get(key)?;
        if value.get_ref().as_str().is_none() {
            self.wrong(&value.span(), format_args!("{key}: it is a string, in quotes"));
        }
        value.get_ref().as_str().map(|raw| (value.span(), raw))
    }

    fn parsed<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let (span, raw) = self.string(key)?;
        raw.parse().map_err(|why| self.wrong(&span, format_args!("{key}: {why}"))).ok()
    }

    fn flag(&mut self, key: &str) -> bool {
        let Some(value) = self.table.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong(&value.span(), format_args!("{key}: it is true or false"));
            false
        })
    }

    /// A number of seconds, or a time as `30s`.
    fn time(&mut self, key: &str, bounds: &RangeInclusive<Duration>) -> Option<Duration> {
        let value = self.table.get(key)?;
        let raw = value.get_ref();
        let number = raw.as_integer().and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        let written = raw.as_str().and_then(|raw| raw.parse::<SignedDuration>().ok());
        let time = number.map(Duration::from_secs).or_else(|| Duration::try_from(written?).ok());
        let good = time.filter(|time| bounds.contains(time));
        if good.is_none() {
            let (least, most) = (bounds.start().as_secs(), bounds.end().as_secs());
            self.wrong(
                &value.span(),
                format_args!("{key}: it is a time from {least} to {most} seconds; write it as 60, \"60s\" or \"2m\""),
            );
        }
        good
    }

    fn expires(&mut self) -> Option<Expires> {
        let time = self.time("expires", &(Expires::LEAST.span()..=Expires::MOST.span()))?;
        let seconds = u32::try_from(time.as_secs()).ok().filter(|_| time.subsec_nanos() == 0);
        if seconds.is_none() {
            let span = self.span("expires").unwrap_or_default();
            self.wrong(&span, "expires: it is a whole number of seconds");
        }
        seconds.map(Expires::new)
    }

    /// The one source of the password, if there is one.
    fn password(&mut self) -> Option<PasswordSource> {
        let sources = ["password_command", "password_env", "password_file"];
        let mut given: Vec<_> = sources.iter().filter_map(|key| self.span(key)).collect();
        given.sort_by_key(|span| span.start);
        if let [_, more, ..] = given.as_slice() {
            self.wrong(more, "give one of password_command, password_env and password_file");
            return None;
        }
        if let Some(command) = self.command("password_command") {
            return Some(PasswordSource::Command(command));
        }
        if let Some((span, name)) = self.string("password_env") {
            let is_name = name.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_')
                && (1..=128).contains(&name.len());
            if is_name {
                return Some(PasswordSource::Environment(Text::new(name)));
            }
            self.wrong(
                &span,
                "password_env: it is the name of an environment variable, in capitals, digits and _, as ACME_PASSWORD",
            );
        }
        let (span, file) = self.string("password_file")?;
        if file.is_empty() || file.contains('\0') {
            self.wrong(&span, "password_file: it is the path of a file");
            return None;
        }
        Some(PasswordSource::File(self.fields.beside(file)))
    }

    /// A program and its arguments: as an array, or as one string that is split at its spaces.
    fn command(&mut self, key: &str) -> Option<CommandLine> {
        let value = self.table.get(key)?;
        let words: Option<Vec<String>> = match value.get_ref() {
            DeValue::String(line) => {
                if let Some(odd) = line.chars().find(|&c| OF_SHELLS.contains(c)) {
                    self.wrong(
                        &value.span(),
                        format_args!(
                            "{key}: no shell reads it, so {odd} would be a part of a word; write the words as an array, [\"sh\", \"-c\", \"...\"] for a shell"
                        ),
                    );
                    return None;
                }
                Some(line.split_whitespace().map(str::to_owned).collect())
            }
            DeValue::Array(words) => words.iter().map(|word| word.get_ref().as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        let good = |word: &String| !word.contains('\0');
        let mut words = words.filter(|words| words.iter().all(good)).unwrap_or_default().into_iter();
        let Some(program) = words.next().filter(|program| !program.is_empty()) else {
            self.wrong(
                &value.span(),
                format_args!("{key}: it is a program and its arguments, as [\"pass\", \"show\", \"acme\"]"),
            );
            return None;
        };
        // A program by its path is found wherever trunktop is started; a bare name is looked up as usual.
        let program =
            if program.contains('/') { self.fields.beside(&program).to_string_lossy().into_owned() } else { program };
        Some(CommandLine { program, arguments: words.collect() })
    }
}
