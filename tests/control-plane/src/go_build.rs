//! Builds the programs with Go from the `go.mod` beside this crate, and skips what is up to date.
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::watchdog::last_lines;

/// How often a long build shows that it is alive.
const DOT: Duration = Duration::from_secs(10);

const KUBERNETES: &str = "k8s.io/kubernetes";

/// One program, and what it is built from.
struct Package {
    program: &'static str,
    module: &'static str,
    path: &'static str,
    /// On two cores with an empty build cache, each after the ones above it.
    first_time: &'static str,
}

const PACKAGES: [Package; 4] = [
    Package {
        program: "etcd",
        module: "go.etcd.io/etcd/server/v3",
        path: "go.etcd.io/etcd/server/v3",
        first_time: "about 30 seconds",
    },
    Package {
        program: "kube-apiserver",
        module: KUBERNETES,
        path: "k8s.io/kubernetes/cmd/kube-apiserver",
        first_time: "about 5 minutes",
    },
    Package {
        program: "kube-controller-manager",
        module: KUBERNETES,
        path: "k8s.io/kubernetes/cmd/kube-controller-manager",
        first_time: "about 2 minutes",
    },
    Package {
        program: "kubectl",
        module: KUBERNETES,
        path: "k8s.io/kubernetes/cmd/kubectl",
        first_time: "about 20 seconds",
    },
];

/// The repository's folder for all that this crate leaves on disk: `target/control-plane`.
pub(crate) fn target() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let repository = crate_folder.ancestors().nth(2).unwrap_or(crate_folder);
    repository.join("target/control-plane")
}

/// Builds etcd, kube-apiserver, kube-controller-manager and kubectl into `target/control-plane/bin` of
/// the repository, and gives that folder. What is up to date with `go.mod`, `go.sum` and the build's
/// flags is skipped at once. A program appears whole or not at all, and a second builder waits for the
/// first. One line per program that is built goes to `progress`.
///
/// # Errors
/// [`Error::GoMissing`] without Go, [`Error::Build`] with what Go said, and I/O errors.
pub fn build(progress: &mut dyn Write) -> Result<PathBuf, Error> {
    let workshop = Workshop::open()?;
    if workshop.outdated().is_empty() {
        return Ok(workshop.bin());
    }
    let _lock = workshop.lock(progress)?;
    for package in workshop.outdated() {
        workshop.build(package, progress)?;
    }
    Ok(workshop.bin())
}

/// The folders, and the text that every program is built from.
struct Workshop {
    module: PathBuf,
    target: PathBuf,
    go_mod: String,
    go_sum: String,
    /// `build` and its flags, without the output and the package.
    flags: Vec<String>,
}

impl Workshop {
    fn open() -> Result<Self, Error> {
        let module = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let read = |name| {
            let path = module.join(name);
            fs::read_to_string(&path).map_err(Error::io(format!("reading {}", path.display())))
        };
        let (go_mod, go_sum) = (read("go.mod")?, read("go.sum")?);
        let mut workshop = Self { module, target: target(), go_mod, go_sum, flags: Vec::new() };
        workshop.flags = build_flags(workshop.version(KUBERNETES)?);
        Ok(workshop)
    }

    fn bin(&self) -> PathBuf {
        self.target.join("bin")
    }

    fn outdated(&self) -> Vec<&'static Package> {
        PACKAGES.iter().filter(|package| !self.is_current(package)).collect()
    }

    fn is_current(&self, package: &Package) -> bool {
        let built_from = fs::read_to_string(self.stamp_file(package));
        self.bin().join(package.program).is_file() && built_from.is_ok_and(|text| text == self.stamp(package))
    }

    fn lock(&self, progress: &mut dyn Write) -> Result<File, Error> {
        for folder in [self.bin(), self.target.join("built-from")] {
            let doing = format!("creating {}", folder.display());
            fs::create_dir_all(&folder).map_err(Error::io(doing))?;
        }
        let path = self.target.join("build.lock");
        let doing = format!("locking {}", path.display());
        let lock = File::create(&path).map_err(Error::io(doing.clone()))?;
        if lock.try_lock().is_err() {
            say(progress, "waiting for another build of the control plane to end\n");
            lock.lock().map_err(Error::io(doing))?;
        }
        Ok(lock)
    }

    fn build(&self, package: &Package, progress: &mut dyn Write) -> Result<(), Error> {
        let Package { program, first_time, .. } = package;
        let version = self.version(package.module)?;
        let started = Instant::now();
        say(progress, &format!("building {program} {version} ({first_time} the first time) ..."));
        let built = self.run_go(package, progress);
        say(
            progress,
            &match &built {
                Ok(()) => format!(" done in {}\n", minutes(started.elapsed())),
                Err(_) => " failed\n".to_owned(),
            },
        );
        built
    }

    /// Builds beside the final name and renames, so that nobody ever sees half a program.
    fn run_go(&self, package: &Package, progress: &mut dyn Write) -> Result<(), Error> {
        let finished = self.bin().join(package.program);
        let unfinished = self.bin().join(format!(".{}.unfinished", package.program));
        let mut go = Command::new("go")
            .args(&self.flags)
            .arg("-o")
            .arg(&unfinished)
            .arg(package.path)
            .current_dir(&self.module)
            .env("CGO_ENABLED", "0")
            .env("GOFLAGS", "-mod=readonly")
            .env("GOWORK", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| Error::GoMissing { source })?;
        let output = go.stderr.take().map(|pipe| follow(pipe, progress)).unwrap_or_default();
        let status = go.wait().map_err(Error::io("waiting for go"))?;
        if !status.success() {
            let output = last_lines(&output);
            return Err(Error::Build { program: package.program, status, output });
        }
        fs::rename(&unfinished, &finished)
            .and_then(|()| fs::write(self.stamp_file(package), self.stamp(package)))
            .map_err(Error::io(format!("finishing {}", finished.display())))
    }

    fn stamp_file(&self, package: &Package) -> PathBuf {
        self.target.join("built-from").join(package.program)
    }

    /// All that decides what a program becomes. Kept as text: a change of any of it is seen.
    fn stamp(&self, package: &Package) -> String {
        let flags = self.flags.join(" ");
        format!("go {flags} {}\n{}\n{}", package.path, self.go_mod, self.go_sum)
    }

    fn version(&self, module: &'static str) -> Result<&str, Error> {
        required_version(&self.go_mod, module)
            .ok_or_else(|| Error::NoSuchModule { go_mod: self.module.join("go.mod"), module })
    }
}

fn say(progress: &mut dyn Write, text: &str) {
    // Nobody has to listen.
    let _ = progress.write_all(text.as_bytes()).and_then(|()| progress.flush());
}

/// `go build` as Kubernetes' own release does it: without it `kubectl version` would say v0.0.0.
fn build_flags(kubernetes: &str) -> Vec<String> {
    let mut parts = kubernetes.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    let link = format!(
        "-s -w -X {package}.gitVersion=v{kubernetes} -X {package}.gitMajor={major} -X {package}.gitMinor={minor}"
    );
    ["build", "-trimpath", "-ldflags", &link].map(str::to_owned).to_vec()
}

/// The version without its `v` in a line `module vX.Y.Z` of a `go.mod`.
fn required_version<'a>(go_mod: &'a str, module: &str) -> Option<&'a str> {
    go_mod.lines().find_map(|line| {
        let mut words = line.trim_start_matches("require ").split_whitespace();
        let version = if words.next() == Some(module) {
            words.next()?
        } else {
            return None;
        };
        version.strip_prefix('v').filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// Reads all that a program writes; one dot for each while that passes.
fn follow(mut pipe: impl Read + Send + 'static, progress: &mut dyn Write) -> String {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        // What could be read before a failure is worth more than the failure.
        let _ = pipe.read_to_end(&mut output);
        let _ = ended.send(String::from_utf8_lossy(&output).into_owned());
    });
    loop {
        match end.recv_timeout(DOT) {
            Ok(output) => return output,
            Err(RecvTimeoutError::Timeout) => say(progress, "."),
            Err(RecvTimeoutError::Disconnected) => return String::new(),
        }
    }
}

fn minutes(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}m{:02}s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_go_mod_in_either_form_and_never_from_a_tool_line() {
        let go_mod = "tool (\n\tk8s.io/kubernetes/cmd/kubectl\n\tk8s.io/kubernetes\n)\n\
                      require go.etcd.io/etcd/server/v3 v3.7.3\n\
                      require (\n\tk8s.io/kubernetes v1.37.2 // indirect\n)\n";
        assert_eq!(required_version(go_mod, KUBERNETES), Some("1.37.2"));
        assert_eq!(required_version(go_mod, "go.etcd.io/etcd/server/v3"), Some("3.7.3"));
        assert_eq!(required_version(go_mod, "k8s.io/kube"), None);
    }

    #[test]
    fn a_build_time_reads_as_minutes_and_seconds() {
        assert_eq!(minutes(Duration::from_secs(293)), "4m53s");
    }
}
