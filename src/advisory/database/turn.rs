//! One refresh at a time. Readers do not take turns.

use std::fs::{self, File, TryLockError};

use super::{Database, Error, TEMPORARY};

/// Holds off other refreshes until it is dropped.
pub struct Turn {
    _file: File,
}

impl Database {
    /// Waits until no other refresh is under way. `waiting` is called when there is one.
    ///
    /// # Errors
    ///
    /// When the directory cannot be made or written.
    pub fn turn(&self, waiting: impl FnOnce()) -> Result<Turn, Error> {
        let directory = self.directory();
        let failed = |source| Error::Write { path: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(failed)?;
        let path = self.sibling("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => self.remove_leftovers(),
            Err(TryLockError::WouldBlock) => {
                waiting();
                file.lock().map_err(failed)?;
                self.remove_leftovers();
            }
            // A file system without locks. The rename is atomic there, too: the last refresh wins.
            Err(TryLockError::Error(_)) => {}
        }
        Ok(Turn { _file: file })
    }

    /// What a refresh that died has left. Only called while no other one can be under way.
    fn remove_leftovers(&self) {
        let prefix = self.temporary_prefix();
        let Ok(children) = fs::read_dir(self.directory()) else { return };
        for child in children.flatten() {
            let name = child.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&prefix) && name.ends_with(TEMPORARY) {
                let _ = fs::remove_file(child.path());
            }
        }
    }
}
