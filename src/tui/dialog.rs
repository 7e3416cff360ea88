//! What is asked of the operator before something is done.

use tui_input::{Input as Field, InputRequest};

use crate::model::{CarrierName, DrillName, DrillNameError, Host, SipUri};

use super::input::{Code, Key};

/// Adding a carrier: a domain or URI, and a name that follows from it until it is edited.
#[derive(Clone, Debug, Default)]
pub(super) struct Add {
    pub(super) uri: Field,
    pub(super) name: Field,
    named: bool,
    pub(super) field: AddField,
    /// Why it was not taken, or not all of it, in one line.
    pub(super) refused: Option<String>,
    /// Sent, and not answered yet.
    pub(super) sent: bool,
}

/// Naming a drill.
#[derive(Clone, Debug, Default)]
pub(super) struct Naming {
    pub(super) name: Field,
    /// Why it was not taken, in one line.
    pub(super) refused: Option<String>,
}

impl Naming {
    /// Takes in a key.
    pub(super) fn key(&mut self, key: Key) -> Told<DrillName> {
        self.refused = None;
        match key.code {
            Code::Esc => return Told::Cancel,
            Code::Enter => match self.name.value().parse() {
                Ok(name) => return Told::Done(name),
                Err(why) => self.refused = Some(DrillNameError::to_string(&why)),
            },
            _ => edit(&mut self.name, key),
        }
        Told::More
    }
}

/// Which field is edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AddField {
    #[default]
    Uri,
    Name,
}

/// What came of a key in a dialog.
#[derive(Debug, PartialEq)]
pub(super) enum Told<T> {
    /// It goes on.
    More,
    /// It is given up.
    Cancel,
    /// It is done, with this.
    Done(T),
}

impl Add {
    /// Takes in a key.
    pub(super) fn key(&mut self, key: Key) -> Told<(CarrierName, SipUri)> {
        match key.code {
            Code::Esc => return Told::Cancel,
            Code::Tab | Code::Up | Code::Down => {
                self.field = if self.field == AddField::Uri { AddField::Name } else { AddField::Uri };
            }
            Code::Enter if self.sent => {}
            Code::Enter => match self.read() {
                Ok(done) => {
                    self.sent = true;
                    self.refused = None;
                    return Told::Done(done);
                }
                Err(why) => self.refused = Some(why),
            },
            Code::Char(_) if !key.ctrl => {
                self.begin_name();
                self.edit(|field| edit(field, key));
            }
            _ => self.edit(|field| edit(field, key)),
        }
        Told::More
    }

    /// Takes in pasted text: its first line, and that only where nothing in it steers a terminal.
    pub(super) fn paste(&mut self, text: &str) {
        let mut lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
        let (Some(line), more) = (lines.next(), lines.count()) else { return };
        if line.chars().any(char::is_control) {
            self.refused = Some("what was pasted has control characters in it; nothing of it was taken".to_owned());
            return;
        }
        self.begin_name();
        self.edit(|field| line.chars().for_each(|c| insert(field, c)));
        if more > 0 {
            self.refused = Some(format!("of {} pasted lines the first was taken", more + 1));
        }
    }

    /// Whether the name is the one that follows from the URI: the first thing typed takes its place.
    pub(super) fn is_name_derived(&self) -> bool {
        !self.named
    }

    fn begin_name(&mut self) {
        if self.field == AddField::Name && !self.named {
            self.name.reset();
        }
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Field)) {
        self.refused = None;
        match self.field {
            AddField::Uri => edit(&mut self.uri),
            AddField::Name => {
                self.named = true;
                edit(&mut self.name);
            }
        }
        if !self.named {
            self.name = Field::new(derived(self.uri.value()));
        }
    }

    fn read(&self) -> Result<(CarrierName, SipUri), String> {
        let typed = self.uri.value().trim();
        if typed.is_empty() {
            return Err("type a domain, or a sip: or sips: URI".to_owned());
        }
        let uri: SipUri = typed.parse().map_err(|error: crate::model::UriError| error.to_string())?;
        let name = CarrierName::new(self.name.value()).map_err(|error| error.to_string())?;
        Ok((name, uri))
    }
}

/// The name that a URI gives: its domain.
fn derived(typed: &str) -> String {
    match typed.trim().parse::<SipUri>() {
        Ok(SipUri { host: host @ (Host::Name(_) | Host::Ip(_)), .. }) => host.to_string(),
        Err(_) => String::new(),
    }
}

/// Takes a key into a field of text.
pub(super) fn edit(field: &mut Field, key: Key) {
    let request = match (key.code, key.ctrl) {
        (Code::Char('u'), true) => InputRequest::DeleteFromStart,
        (Code::Char('w'), true) => InputRequest::DeletePrevWord,
        (Code::Char('a'), true) | (Code::Home, _) => InputRequest::GoToStart,
        (Code::Char('e'), true) | (Code::End, _) => InputRequest::GoToEnd,
        (Code::Char(c), false) => return insert(field, c),
        (Code::Backspace, _) => InputRequest::DeletePrevChar,
        (Code::Delete, _) => InputRequest::DeleteNextChar,
        (Code::Left, _) => InputRequest::GoToPrevChar,
        (Code::Right, _) => InputRequest::GoToNextChar,
        _ => return,
    };
    field.handle(request);
}

/// The longest text that a field takes: more than any URI that can be meant.
const LONGEST: usize = 256;

fn insert(field: &mut Field, c: char) {
    if field.value().len() < LONGEST {
        field.handle(InputRequest::InsertChar(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(add: &mut Add, text: &str) {
        for c in text.chars() {
            assert_eq!(add.key(Key::char(c)), Told::More);
        }
    }

    #[test]
    fn the_name_follows_the_uri_until_it_is_edited() {
        let mut add = Add::default();
        typed(&mut add, "sip:acme.example;transport=tls");
        assert_eq!(add.name.value(), "acme.example");
        add.key(Key::plain(Code::Tab));
        typed(&mut add, "acme");
        add.key(Key::plain(Code::Tab));
        add.key(Key::plain(Code::Backspace));
        assert_eq!(add.name.value(), "acme");
    }

    #[test]
    fn what_is_wrong_is_said_and_the_dialog_stays() {
        let mut add = Add::default();
        assert_eq!(add.key(Key::plain(Code::Enter)), Told::More);
        assert!(add.refused.is_some());
        typed(&mut add, "tel:1");
        assert!(add.refused.is_none());
        assert_eq!(add.key(Key::plain(Code::Enter)), Told::More);
        assert!(add.refused.as_deref().unwrap().contains("tel:"));
    }

    #[test]
    fn what_is_right_is_sent_once() {
        let mut add = Add::default();
        add.paste("acme.example\r\nrm -rf\n");
        assert!(add.refused.as_deref().unwrap().contains("of 2 pasted lines"));
        let done = add.key(Key::plain(Code::Enter));
        let name = CarrierName::new("acme.example").unwrap();
        assert_eq!(done, Told::Done((name, "sip:acme.example".parse().unwrap())));
        assert_eq!(add.key(Key::plain(Code::Enter)), Told::More);
    }

    #[test]
    fn pasted_controls_and_endless_text_are_not_taken() {
        let mut add = Add::default();
        add.paste("a\u{1b}[2J");
        assert_eq!(add.uri.value(), "");
        assert!(add.refused.is_some());
        add.paste(&"x".repeat(10_000));
        assert_eq!(add.uri.value().len(), LONGEST);
    }
}
