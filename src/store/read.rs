//! A file on its way in: its text, and what is wrong with it.

use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::Trouble;
use crate::model::Text;

/// A file that is read, and the trouble found so far.
pub(super) struct Reading<'a> {
    file: &'a Path,
    trouble: Vec<Trouble>,
    slips: Vec<Trouble>,
}

impl<'a> Reading<'a> {
    /// Nothing is wrong yet.
    pub(super) const fn of(file: &'a Path) -> Self {
        Self { file, trouble: Vec::new(), slips: Vec::new() }
    }

    /// The file.
    pub(super) const fn file(&self) -> &'a Path {
        self.file
    }

    /// Its text; empty where there is no file. Octets that are no UTF-8 are trouble, and replaced.
    pub(super) fn text(&mut self) -> String {
        match std::fs::read(self.file) {
            Ok(octets) => self.decode(&octets),
            Err(why) => {
                if why.kind() != io::ErrorKind::NotFound {
                    self.say(None, format!("cannot be read: {why}"));
                }
                String::new()
            }
        }
    }

    /// Octets as text.
    pub(super) fn decode(&mut self, octets: &[u8]) -> String {
        if let Err(why) = std::str::from_utf8(octets) {
            self.say(Some(line_of(octets, why.valid_up_to())), "not UTF-8");
        }
        String::from_utf8_lossy(octets).into_owned()
    }

    /// Something is wrong there.
    pub(super) fn say(&mut self, line: Option<usize>, what: impl Display) {
        self.trouble.push(self.about(line, what));
    }

    /// Something there does nothing, and the rest of the file is as good as without it.
    pub(super) fn say_slip(&mut self, line: usize, what: impl Display) {
        self.slips.push(self.about(Some(line), what));
    }

    fn about(&self, line: Option<usize>, what: impl Display) -> Trouble {
        Trouble { file: self.file.to_owned(), line, what: Text::new(&what.to_string()) }
    }

    /// The TOML is wrong. The message alone: the excerpt that comes with it may hold anything.
    pub(super) fn say_toml(&mut self, text: &str, prefix: &str, why: &toml::de::Error) {
        let line = why.span().map(|span| line_in(text, &span));
        self.say(line, format!("{prefix}{}", why.message().replace('\n', ", ")));
    }

    /// All that is wrong, and all that does nothing, each in the order of the file.
    pub(super) fn into_trouble(mut self) -> (Vec<Trouble>, Vec<Trouble>) {
        self.trouble.sort_by_key(|trouble| trouble.line);
        self.slips.sort_by_key(|slip| slip.line);
        (self.trouble, self.slips)
    }
}

/// The line, from 1, that a span begins in.
pub(super) fn line_in(text: &str, span: &Range<usize>) -> usize {
    line_of(text.as_bytes(), span.start)
}

fn line_of(octets: &[u8], at: usize) -> usize {
    1 + octets.iter().take(at).filter(|&&octet| octet == b'\n').count()
}

/// A span of time, from a second to a day.
pub(super) fn span(raw: &str) -> Result<Duration, String> {
    let bounds = Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);
    let span = raw.parse::<SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
    span.filter(|span| bounds.contains(span))
        .ok_or_else(|| format!("'{raw}' is no time from 1s to 24h; write it as 30s or 2m"))
}
