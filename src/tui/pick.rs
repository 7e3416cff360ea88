//! Choosing an engine to view a carrier as: from the list, or typed with its settings.

use std::sync::Arc;

use tui_input::Input as Field;

use crate::locate::{self, Engine};
use crate::model::EngineName;

use super::dialog::{Told, edit};
use super::input::{Code, Key};

/// What is typed, and which engine is selected.
#[derive(Clone, Debug, Default)]
pub(super) struct Pick {
    pub(super) typed: Field,
    at: usize,
    /// Why what is typed is no engine, in one line.
    pub(super) refused: Option<String>,
}

impl Pick {
    /// On this engine, where it is in the list.
    pub(super) fn on(engine: &EngineName) -> Self {
        let name = engine.as_str().split(':').next().unwrap_or_default();
        let at = locate::engines().iter().position(|known| known.profile().name == name);
        Self { at: at.unwrap_or(0), ..Self::default() }
    }

    /// The engines that what is typed leaves, by name and title; all, where settings are typed.
    pub(super) fn listed(&self) -> Vec<Arc<dyn Engine>> {
        let mut all = locate::engines();
        let wanted = self.typed.value().trim().to_lowercase();
        let wanted = wanted.split(':').next().unwrap_or_default();
        let has = |engine: &Arc<dyn Engine>| {
            let profile = engine.profile();
            profile.name.to_lowercase().contains(wanted) || profile.title.to_lowercase().contains(wanted)
        };
        all.retain(has);
        all
    }

    /// The place of the cursor among them.
    pub(super) fn place(&self, listed: usize) -> usize {
        self.at.min(listed.saturating_sub(1))
    }

    /// Takes in a key.
    pub(super) fn key(&mut self, key: Key) -> Told<EngineName> {
        self.refused = None;
        let listed = self.listed();
        let at = self.place(listed.len());
        match key.code {
            Code::Esc => return Told::Cancel,
            Code::Down | Code::Tab => self.at = (at + 1).min(listed.len().saturating_sub(1)),
            Code::Up => self.at = at.saturating_sub(1),
            Code::PageDown => self.at = (at + 8).min(listed.len().saturating_sub(1)),
            Code::PageUp => self.at = at.saturating_sub(8),
            Code::Enter => match self.chosen(&listed, at) {
                Ok(engine) => return Told::Done(engine.name()),
                Err(why) => self.refused = Some(why),
            },
            _ => {
                edit(&mut self.typed, key);
                self.at = 0;
            }
        }
        Told::More
    }

    fn chosen(&self, listed: &[Arc<dyn Engine>], at: usize) -> Result<Arc<dyn Engine>, String> {
        let typed = self.typed.value().trim();
        match listed.get(at).filter(|_| !typed.contains(':')) {
            Some(engine) => Ok(engine.clone()),
            None => locate::engine(typed).map_err(|why| why.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Pick {
        let mut pick = Pick::default();
        for c in text.chars() {
            assert_eq!(pick.key(Key::char(c)), Told::More);
        }
        pick
    }

    #[test]
    fn an_engine_is_chosen_from_the_list_or_typed_with_its_settings() {
        assert_eq!(Pick::default().listed().len(), locate::engines().len());
        let last = locate::engines().last().unwrap().name();
        let mut pick = Pick::default();
        for _ in 0..100 {
            pick.key(Key::plain(Code::Down));
        }
        assert_eq!(pick.key(Key::plain(Code::Enter)), Told::Done(last));
        assert_eq!(typed("ASTER").key(Key::plain(Code::Enter)), Told::Done("asterisk".into()));
        let set = "rfc3263:naptr_orders=all";
        assert_eq!(typed(set).key(Key::plain(Code::Enter)), Told::Done(set.into()));
        assert_eq!(Pick::on(&"asterisk:x=y".into()).key(Key::plain(Code::Enter)), Told::Done("asterisk".into()));
    }

    #[test]
    fn a_slip_is_said_and_the_dialog_stays() {
        for slip in ["rfc3263:naptr_orders=some", "no such thing"] {
            let mut pick = typed(slip);
            assert_eq!(pick.key(Key::plain(Code::Enter)), Told::More, "{slip}");
            assert!(pick.refused.is_some(), "{slip}");
        }
        assert_eq!(typed("x").key(Key::plain(Code::Esc)), Told::Cancel);
    }
}
