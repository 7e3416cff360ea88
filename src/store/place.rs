//! Where files are.

use std::path::PathBuf;

use directories::ProjectDirs;
use thiserror::Error;

/// The directories of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// Carriers, settings, themes: what people write.
    pub config: PathBuf,
    /// Logs, history, locks: what the program writes.
    pub state: PathBuf,
}

/// The user has no home directory that the places could be derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this user has no home directory; say where files are with --config DIR and --state DIR")]
pub struct NoHome;

impl Places {
    /// The directories given, and for the others those that the platform has for it.
    ///
    /// # Errors
    /// Where one is not given, and the user has no home.
    pub fn find(config: Option<PathBuf>, state: Option<PathBuf>) -> Result<Self, NoHome> {
        let own = ProjectDirs::from("", "", "trunktop");
        let own_state = |dirs: &ProjectDirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned();
        let config = config.or_else(|| own.as_ref().map(|dirs| dirs.config_dir().to_owned()));
        let state = state.or_else(|| own.as_ref().map(own_state));
        Ok(Self { config: config.ok_or(NoHome)?, state: state.ok_or(NoHome)? })
    }

    /// Who holds which account.
    pub fn accounts(&self) -> PathBuf {
        self.state.join("accounts")
    }

    /// `carriers.toml`.
    pub fn carriers(&self) -> PathBuf {
        self.config.join("carriers.toml")
    }

    /// `drills.toml`.
    pub fn drills(&self) -> PathBuf {
        self.config.join("drills.toml")
    }

    /// `settings.toml`.
    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_taken() {
        let places = Places::find(Some("/a".into()), Some("/b".into())).unwrap();
        assert_eq!(places, Places { config: "/a".into(), state: "/b".into() });
        assert_eq!(places.carriers(), PathBuf::from("/a/carriers.toml"));
    }
}
