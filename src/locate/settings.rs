//! Choosing an engine by name, with its settings: `rfc3263:naptr_orders=all,ask_sips=no`.

use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use crate::model::{EngineName, Lens, Text};

use super::engine::Engine;
use super::engines::ENGINES;
use super::profile::{Profile, Setting};
use super::rfc3263::Rfc3263;

/// The engine that carriers are walked as where they name none.
pub const DEFAULT_ENGINE: &str = "rfc3263";

/// Why a word chooses no engine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EngineError {
    /// No engine of this name; there are these, the nearest first.
    #[error("engine '{0}' is not known; there are: {1}")]
    Unknown(Text, String),
    /// The engine has no such setting.
    #[error("engine {engine} has no setting '{named}'; {there_is}")]
    NoSetting {
        /// Which.
        engine: &'static str,
        /// What was written.
        named: Text,
        /// What there is, the nearest first, in words.
        there_is: String,
    },
    /// The setting has no such value.
    #[error("{engine}: '{value}' is no value of {setting}; it is one of {there_are}")]
    NoValue {
        /// Which.
        engine: &'static str,
        /// Of what.
        setting: &'static str,
        /// What was written.
        value: Text,
        /// What there is, the nearest first.
        there_are: String,
    },
}

/// The values of an engine's settings.
pub(super) struct Chosen {
    profile: &'static Profile,
    values: BTreeMap<&'static str, &'static str>,
}

impl Chosen {
    /// The value of a setting that the profile names.
    pub(super) fn value(&self, setting: &Setting) -> &'static str {
        self.values.get(setting.name).copied().unwrap_or(setting.default)
    }

    /// The engine's name, with what differs from its defaults.
    pub(super) fn name(&self) -> EngineName {
        let differing = self.profile.settings.iter().filter(|setting| self.value(setting) != setting.default);
        let written: Vec<String> = differing.map(|s| format!("{}={}", s.name, self.value(s))).collect();
        let mut name = self.profile.name.to_owned();
        if !written.is_empty() {
            name.push_str(&format!(":{}", written.join(",")));
        }
        name.into()
    }

    fn parse(profile: &'static Profile, written: &str) -> Result<Self, EngineError> {
        let mut values = BTreeMap::new();
        for word in written.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let setting = profile.settings.iter().find(|setting| setting.name.eq_ignore_ascii_case(name.trim()));
            let setting = setting.ok_or_else(|| EngineError::NoSetting {
                engine: profile.name,
                named: name.into(),
                there_is: there_is(profile, name),
            })?;
            let known = setting.values.iter().find(|known| known.eq_ignore_ascii_case(value.trim()));
            let known = known.ok_or_else(|| EngineError::NoValue {
                engine: profile.name,
                setting: setting.name,
                value: value.into(),
                there_are: nearest(value, setting.values.to_vec(), |value| value).join(", "),
            })?;
            values.insert(setting.name, *known);
        }
        Ok(Self { profile, values })
    }
}

fn there_is(profile: &Profile, named: &str) -> String {
    if profile.settings.is_empty() {
        return "it has none".to_owned();
    }
    let settings = nearest(named, profile.settings.iter().collect(), |setting| setting.name);
    let written: Vec<String> =
        settings.iter().map(|setting| format!("{}={}", setting.name, setting.values.join("|"))).collect();
    format!("there are: {}", written.join(", "))
}

/// What there is, the nearest to what was written first; of equally near ones in their own order.
fn nearest<T>(written: &str, mut known: Vec<T>, word: impl Fn(&T) -> &'static str) -> Vec<T> {
    let written = written.trim().to_ascii_lowercase();
    known.sort_by_key(|known| strsim::osa_distance(&written, &word(known).to_ascii_lowercase()));
    known
}

/// All engines with their defaults, the reference first.
pub fn engines() -> Vec<Arc<dyn Engine>> {
    let defaults = |profile| Chosen { profile, values: BTreeMap::new() };
    ENGINES.iter().map(|(profile, make)| make(&defaults(profile))).collect()
}

/// The engine of this name, with the settings after a colon; case does not matter.
///
/// # Errors
/// Where there is no such engine, setting or value: the error says what there is.
pub fn engine(written: &str) -> Result<Arc<dyn Engine>, EngineError> {
    let (name, settings) = written.split_once(':').unwrap_or((written, ""));
    let known = ENGINES.iter().find(|(profile, _)| profile.name.eq_ignore_ascii_case(name.trim()));
    let (profile, make) = known.ok_or_else(|| {
        let names = nearest(name, ENGINES.iter().map(|(profile, _)| profile.name).collect(), |name| name);
        EngineError::Unknown(name.into(), names.join(", "))
    })?;
    Ok(make(&Chosen::parse(profile, settings)?))
}

/// The engines that a carrier is looked at as, beside its own: all where they are compared, and the one that it
/// is viewed as.
pub fn beside(lens: &Lens) -> Vec<Arc<dyn Engine>> {
    let mut all = if lens.compares { engines() } else { Vec::new() };
    let viewed = lens.engine.as_ref().and_then(|name| engine(name.as_str()).ok());
    all.extend(viewed.filter(|viewed| engines_lack(&all, viewed)));
    all
}

fn engines_lack(all: &[Arc<dyn Engine>], engine: &Arc<dyn Engine>) -> bool {
    all.iter().all(|known| known.name() != engine.name())
}

/// The reference: RFC 3263 as it is written.
pub fn reference() -> Arc<dyn Engine> {
    Arc::new(Rfc3263::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(written: &str) -> String {
        engine(written).map_or_else(|why| why.to_string(), |engine| engine.name().to_string())
    }

    #[test]
    fn a_name_tells_what_differs_from_the_defaults() {
        for (written, name_of) in [
            ("rfc3263", "rfc3263"),
            ("RFC3263:", "rfc3263"),
            ("rfc3263:naptr_orders=first", "rfc3263"),
            ("rfc3263: naptr_orders = all", "rfc3263:naptr_orders=all"),
            ("rfc3263:ask_sips=NO,naptr_orders=all", "rfc3263:naptr_orders=all,ask_sips=no"),
        ] {
            assert_eq!(name(written), name_of, "{written}");
        }
    }

    #[test]
    fn a_lens_names_the_engines_that_it_needs() {
        let of = |engine: Option<&str>, compares| {
            let lens = Lens { engine: engine.map(Into::into), compares, real: true };
            beside(&lens).iter().map(|engine| engine.name().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of(None, false), Vec::<String>::new());
        assert_eq!(of(Some("asterisk"), false), ["asterisk"]);
        assert_eq!(of(Some("asterisk"), true).len(), engines().len());
        let set = "rfc3263:naptr_orders=all";
        assert_eq!(of(Some(set), true).last().map(String::as_str), Some(set));
        assert_eq!(of(Some("no such"), false), Vec::<String>::new());
    }

    #[test]
    fn a_slip_is_answered_with_what_there_is() {
        for (written, said) in [
            ("asteriks", "engine 'asteriks' is not known; there are: asterisk, "),
            ("kamalio:dns_srv_lb=1", "engine 'kamalio' is not known; there are: kamailio, "),
            ("kamailio:dns_srv_bl=1", "no setting 'dns_srv_bl'; there are: dns_srv_lb=0|1, "),
            ("opensips:t_relay=no_dns_failover", "no value of t_relay; it is one of no-dns-failover, default"),
            ("rfc3263:orders=all", "no setting 'orders'; there are: naptr_orders=first|all, ask_sips=yes|no"),
            ("rfc3263:naptr_orders=some", "'some' is no value of naptr_orders; it is one of all, first"),
            ("rfc3263:naptr_orders", "'' is no value of naptr_orders"),
        ] {
            assert!(name(written).contains(said), "{written}: {}", name(written));
        }
    }
}
