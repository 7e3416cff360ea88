//! Whether commands in a file may be run: where nobody but the user can have written them.

use std::path::Path;

/// Why they may not be run, and what to do; none: they may.
///
/// The file is the user's own, and nobody else may write it, or put another in its place: neither in the directory
/// that names it nor, where that is a link, in the one that holds it.
#[cfg(unix)]
pub(super) fn distrust(file: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    use super::shown;

    let us = rustix::process::geteuid().as_raw();
    let unreadable = |path: &Path, why: std::io::Error| Some(format!("{} cannot be looked at: {why}", shown(path)));
    let real = match file.canonicalize() {
        Ok(real) => real,
        Err(why) => return unreadable(file, why),
    };
    match real.metadata() {
        Err(why) => return unreadable(&real, why),
        Ok(meta) if meta.uid() != us => return Some(format!("{} is not yours; chown it", shown(&real))),
        Ok(meta) if meta.mode() & OTHERS_WRITE != 0 => {
            return Some(format!("others may write {path}; chmod go-w {path}", path = shown(&real)));
        }
        Ok(_) => {}
    }
    [file, &real].into_iter().filter_map(Path::parent).find_map(|directory| {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let meta = match directory.metadata() {
            Ok(meta) => meta,
            Err(why) => return unreadable(directory, why),
        };
        let path = shown(directory);
        if meta.uid() != us && meta.uid() != 0 {
            return Some(format!("{path} is somebody else's, who may put another file there"));
        }
        // In a sticky directory nobody takes away what is somebody else's.
        let open = meta.mode() & OTHERS_WRITE != 0 && meta.mode() & STICKY == 0;
        open.then(|| format!("others may put another file into {path}; chmod go-w {path}"))
    })
}

/// Write permission of the group, and of all.
#[cfg(unix)]
const OTHERS_WRITE: u32 = 0o022;

#[cfg(unix)]
const STICKY: u32 = 0o1000;

/// Why they may not be run: who may write a file is not known here.
#[cfg(not(unix))]
pub(super) fn distrust(_: &Path) -> Option<String> {
    Some("who may write the file cannot be told on this system".to_owned())
}
