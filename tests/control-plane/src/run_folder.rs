//! The folder in which one control plane runs: data, keys, logs and kubeconfigs.
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::programs::Program;
use crate::watchdog::Traces;

/// The folders inside that hold what an earlier run left, and that a fresh start empties.
const STATE: [&str; 5] = ["etcd", "pki", "logs", "pids", "kubectl-cache"];

/// Held locked as long as the control plane runs, and released by the system when we end.
const LOCK: &str = "lock";

/// A folder that is ours alone.
#[derive(Debug)]
pub(crate) struct RunFolder {
    dir: PathBuf,
    _lock: File,
    temporary: bool,
}

impl RunFolder {
    /// A folder of the caller's choice, which stays. Anything of an earlier control plane in it goes;
    /// other files are left alone.
    pub fn named(dir: &Path) -> Result<Self, Error> {
        create(dir)?;
        let dir = dir.canonicalize().map_err(Error::io(format!("reading {}", dir.display())))?;
        Self::claim(dir, false)
    }

    /// A new folder under `runs`, which goes when the control plane is stopped. What earlier ones left
    /// there (their callers were killed, or did not get ready and left their logs) is removed first.
    pub fn temporary(runs: &Path) -> Result<Self, Error> {
        create(runs)?;
        let doing = format!("making a folder in {}", runs.display());
        // One at a time: a folder that is just being made is not locked yet.
        let turn = File::create(runs.join(LOCK)).map_err(Error::io(doing.clone()))?;
        turn.lock().map_err(Error::io(doing.clone()))?;
        sweep(runs);
        let dir = tempfile::Builder::new().prefix("run-").tempdir_in(runs);
        Self::claim(dir.map_err(Error::io(doing))?.keep(), true)
    }

    fn claim(dir: PathBuf, temporary: bool) -> Result<Self, Error> {
        let lock = lock(&dir).ok_or_else(|| Error::FolderInUse { dir: dir.clone() })?;
        let folder = Self { dir, _lock: lock, temporary };
        folder.empty()?;
        Ok(folder)
    }

    /// Removes the state of an earlier start, and makes the folders anew.
    pub fn empty(&self) -> Result<(), Error> {
        for name in STATE {
            let path = self.path(name);
            if path.exists() {
                let doing = format!("removing {}", path.display());
                fs::remove_dir_all(&path).map_err(Error::io(doing))?;
            }
            create(&path)?;
        }
        Ok(())
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where a program writes.
    pub fn traces(&self, program: Program) -> Traces {
        let name = program.name();
        Traces { log: self.path("logs").join(format!("{name}.log")), pid_file: self.path("pids").join(name) }
    }

    /// Writes a file that only its owner may read.
    pub fn write_private(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.path(name);
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(Error::io(format!("writing {}", path.display())))?;
        Ok(path)
    }

    /// Removes the folder if it is a temporary one.
    pub fn discard(&self) {
        if self.temporary {
            // What stays is swept by the next one.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

fn create(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::io(format!("creating {}", folder.display())))
}

fn lock(dir: &Path) -> Option<File> {
    let file = File::create(dir.join(LOCK)).ok()?;
    file.try_lock().is_ok().then_some(file)
}

/// Removes the folders in `runs` in which nothing runs.
fn sweep(runs: &Path) {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let dir = entry.path();
        if dir.is_dir() && lock(&dir).is_some() {
            let _ = fs::remove_dir_all(&dir);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_in_use_is_refused_and_one_that_is_left_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let first = RunFolder::named(dir.path()).unwrap();
        let second = RunFolder::named(dir.path()).unwrap_err();
        assert!(matches!(second, Error::FolderInUse { .. }), "{second}");
        drop(first);
        RunFolder::named(dir.path()).unwrap();
    }

    #[test]
    fn a_fresh_start_removes_old_state_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("notes"), "mine").unwrap();
        fs::create_dir_all(dir.path().join("etcd/member")).unwrap();
        let folder = RunFolder::named(dir.path()).unwrap();
        assert!(!folder.path("etcd/member").exists());
        assert!(folder.path("notes").exists());
    }

    #[test]
    fn what_a_killed_caller_left_is_swept_and_what_runs_is_not() {
        let runs = tempfile::tempdir().unwrap();
        let left = RunFolder::temporary(runs.path()).unwrap();
        let left_dir = left.dir().to_owned();
        drop(left);
        let runs_on = RunFolder::temporary(runs.path()).unwrap();
        let _another = RunFolder::temporary(runs.path()).unwrap();
        assert!(!left_dir.exists());
        assert!(runs_on.dir().exists());
    }
}
