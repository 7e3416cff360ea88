//! Changes a file as a whole, or not at all.
//!
//! The new text is written beside the old and put in its place by a rename, so that no reader and no crash
//! sees half of it. Processes take turns by a lock of their own beside the file, since the file itself is
//! another one after each change; each reads the file anew in its turn, so that no change is lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::StoreError;

/// Replaces a file's octets by what `change` makes of them; both get the file's path. No file is empty.
pub(super) fn exclusively(
    file: &Path,
    change: impl FnOnce(&Path, &[u8]) -> Result<Vec<u8>, StoreError>,
) -> Result<(), StoreError> {
    let failed = |why| StoreError::Unwritable(file.to_owned(), why);
    let target = target_of(file).map_err(failed)?;
    let directory = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(failed)?;
    let _turn = turn(&target).map_err(failed)?;
    let old = match fs::read(&target) {
        Ok(old) => old,
        Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(why) => return Err(failed(why)),
    };
    let new = change(file, &old)?;
    replace(&target, directory, &new).map_err(failed)
}

/// The file itself, where the path is a link to it.
fn target_of(file: &Path) -> io::Result<PathBuf> {
    if file.is_symlink() { fs::canonicalize(file) } else { Ok(file.to_owned()) }
}

/// Waits for the turn, which ends when the lock is dropped.
fn turn(target: &Path) -> io::Result<File> {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(target.with_file_name(name))?;
    lock.lock()?;
    Ok(lock)
}

fn replace(target: &Path, directory: &Path, new: &[u8]) -> io::Result<()> {
    let mut fresh = NamedTempFile::new_in(directory)?;
    fresh.write_all(new)?;
    // A new file is the user's own; an old one stays as open as it was.
    if let Ok(old) = fs::metadata(target) {
        fresh.as_file().set_permissions(old.permissions())?;
    }
    fresh.as_file().sync_all()?;
    fresh.persist(target).map_err(|failed| failed.error)?;
    Ok(())
}
