//! What can go wrong on the way to a running control plane, in words for a person.
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why the control plane could not be built, started or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The Go command is not on the `PATH`, and programs have to be built.
    #[error(
        "the control plane is built by Go, and `go` could not be run ({source}): install Go, or set \
         KUBEBUILDER_ASSETS to a folder that has etcd, kube-apiserver and kubectl"
    )]
    GoMissing {
        /// What running it gave.
        source: io::Error,
    },
    /// Go could not build one of the programs.
    #[error("go could not build {program} ({status}):\n{output}")]
    Build {
        /// The program's name.
        program: &'static str,
        /// How go ended.
        status: ExitStatus,
        /// The last lines that go wrote.
        output: String,
    },
    /// `go.mod` does not name a module that a program is built from.
    #[error("{} requires no module {module}", go_mod.display())]
    NoSuchModule {
        /// The file that was read.
        go_mod: PathBuf,
        /// The module's path.
        module: &'static str,
    },
    /// The folder of ready-made programs lacks one.
    #[error("KUBEBUILDER_ASSETS is {}, which has no program {program}", folder.display())]
    AssetMissing {
        /// What `KUBEBUILDER_ASSETS` is set to.
        folder: PathBuf,
        /// The program that is not there.
        program: &'static str,
    },
    /// Another control plane runs in the folder.
    #[error("another control plane runs in {}: stop it, or choose another folder", dir.display())]
    FolderInUse {
        /// The folder.
        dir: PathBuf,
    },
    /// No port was free.
    #[error("no free port on 127.0.0.1 after {tried} tries between {first} and {last}")]
    NoPort {
        /// How many ports were tried.
        tried: u16,
        /// The lowest port that may be taken.
        first: u16,
        /// The highest port that may be taken.
        last: u16,
    },
    /// A program ended though nobody asked it to.
    #[error("{program} ended ({status}); the end of {}:\n{tail}", log.display())]
    Exited {
        /// The program's name.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },
    /// A program runs and does not answer.
    #[error(
        "{program} was not ready after {} s ({answer}); the end of {}:\n{tail}",
        waited.as_secs(),
        log.display()
    )]
    NotReady {
        /// The program's name.
        program: &'static str,
        /// How long it was waited for.
        waited: Duration,
        /// What it answered last.
        answer: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },
    /// A program was to be started or killed, and it is not there: the programs in
    /// `KUBEBUILDER_ASSETS` need not have a controller manager.
    #[error("there is no {program} in this control plane")]
    NoSuchProgram {
        /// The program's name.
        program: &'static str,
    },
    /// kubectl refused.
    #[error("`kubectl {arguments}` failed: {stderr}")]
    Kubectl {
        /// What it was called with.
        arguments: String,
        /// What it wrote to standard error.
        stderr: String,
    },
    /// A certificate could not be made.
    #[error("making a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file or a process could not be handled.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done, and with which file.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// Whether a program ended because something else listens on its port.
    pub(crate) fn is_port_taken(&self) -> bool {
        matches!(self, Self::Exited { tail, .. } if tail.contains("address already in use"))
    }

    /// For `map_err`: an I/O error, with what was being done.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
