//! What is kept between runs: carriers and settings, in files that people edit by hand; who holds which account.
//! Passwords are fetched from where people keep them, and are kept nowhere.
//!
//! Such a file belongs to whoever wrote it. Reading is lenient: what is good in it is used, what is not is
//! named with its line. Writing is strict: only the block in question changes, never a file that is not
//! understood as a whole, and the new file is put in the old one's place at once.
//!
//! All calls block on the disk, and on other processes that write just now.

mod account;
mod carriers;
mod command;
mod drills;
mod edit;
mod holds;
mod keys;
mod place;
mod read;
mod secrets;
mod settings;
mod trust;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use self::carriers::Carriers;
pub use self::command::{CommandError, CommandFault, run};
pub use self::holds::{Held, NotHeld};
pub use self::place::{NoHome, Places};
pub use self::secrets::{NoPassword, password};
pub use self::settings::Settings;
use crate::model::{AccountId, CarrierName, Drill, SipUri, Text};

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; none where the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: Text,
}

impl fmt::Display for Trouble {
    /// As `FILE:LINE: what`, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(&self.file).fmt(f)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Why a carrier or a drill was not saved or deleted. The file is as it was.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file has errors, and is not written while it has.
    #[error("{0}; the file is not written until this is corrected")]
    Broken(Trouble),
    /// There is one of this name.
    #[error("a carrier named '{0}' is saved already; choose another name, or remove it first")]
    Exists(CarrierName),
    /// There is none of this name.
    #[error("no carrier named '{0}' is saved")]
    Unknown(CarrierName),
    /// The block cannot be cut out or put in without changing others.
    #[error("carrier '{0}' cannot be changed in {file} without touching others; edit the file by hand", file = shown(.1))]
    Entangled(CarrierName, PathBuf),
    /// The file or its directory cannot be read or written.
    #[error("{file} cannot be written: {1}", file = shown(.0))]
    Unwritable(PathBuf, std::io::Error),
}

/// The files in their places.
#[derive(Clone, Debug)]
pub struct Store {
    places: Places,
}

impl Store {
    /// Reads and writes nothing yet.
    pub const fn new(places: Places) -> Self {
        Self { places }
    }

    /// Where the files are.
    pub const fn places(&self) -> &Places {
        &self.places
    }

    /// The saved carriers that can be used, and what is wrong with the others. No file is no carriers.
    pub fn carriers(&self) -> Carriers {
        carriers::load(&self.places.carriers())
    }

    /// The settings, and what is wrong with them. No file is the defaults.
    pub fn settings(&self) -> (Settings, Vec<Trouble>) {
        settings::load(&self.places.settings())
    }

    /// The drills that can be used, and what is wrong with the others. No file is no drills.
    pub fn drills(&self) -> (Vec<Drill>, Vec<Trouble>) {
        drills::load(&self.places.drills())
    }

    /// Takes an account, so that nobody else on this machine registers with it as long as what is returned lives.
    ///
    /// # Errors
    /// Where somebody has it, or the files of it cannot be used.
    pub fn hold(&self, account: &AccountId) -> Result<Held, NotHeld> {
        holds::take(&self.places.accounts(), account)
    }

    /// Saves a drill at the end of the file, which is made where there is none; or in place of the carrier's one of
    /// this name.
    ///
    /// # Errors
    /// Where the file has errors, or cannot be written.
    pub fn save(&self, drill: &Drill) -> Result<(), StoreError> {
        write::exclusively(&self.places.drills(), |file, old| drills::with(file, old, drill))
    }

    /// Saves a carrier at the end of the file, which is made where there is none.
    ///
    /// # Errors
    /// Where the name is taken, the file has errors, or cannot be written.
    pub fn add(&self, name: &CarrierName, uri: &SipUri) -> Result<(), StoreError> {
        write::exclusively(&self.places.carriers(), |file, old| edit::with(file, old, name, uri))
    }

    /// Deletes a carrier: its block, and the comment that stands directly above it.
    ///
    /// # Errors
    /// Where there is none of this name, the file has errors, or cannot be written.
    pub fn remove(&self, name: &CarrierName) -> Result<(), StoreError> {
        write::exclusively(&self.places.carriers(), |file, old| edit::without(file, old, name))
    }
}

/// A path, safe to draw.
fn shown(path: &Path) -> Text {
    Text::new(&path.to_string_lossy())
}

#[cfg(test)]
mod tests;
