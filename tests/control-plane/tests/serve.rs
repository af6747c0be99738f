//! The program `control-plane serve`: what it leaves when it ends, in every way it can end.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod processes;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use control_plane::Program;
use processes::{ids, is_alive, signal, wait_until};
use tempfile::TempDir;

/// `control-plane serve` in a folder of its own.
struct Serve {
    process: Child,
    folder: TempDir,
}

impl Serve {
    fn command(folder: &TempDir) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_control-plane"));
        command.arg("serve").arg("--dir").arg(folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it and waits for the line that says it is ready.
    fn start(change: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Self::command(&folder);
        change(&mut command);
        let mut serve = Self { process: command.spawn().unwrap(), folder };
        let mut line = String::new();
        let output = serve.process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        assert_eq!(Path::new(line.trim_end()), serve.path("kubeconfig"), "{}", serve.errors());
        serve
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn id_of(&self, program: Program) -> u32 {
        fs::read_to_string(self.path("pids").join(program.name())).unwrap().trim().parse().unwrap()
    }

    fn end(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    /// What it wrote to standard error, once it has ended.
    fn errors(&mut self) -> String {
        let mut text = String::new();
        self.end();
        self.process.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

/// A test that fails leaves nothing either.
impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A folder as `KUBEBUILDER_ASSETS` wants it, with these of the built programs.
fn assets(programs: &[&str]) -> TempDir {
    let built = control_plane::build(&mut std::io::stderr()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for program in programs {
        symlink(built.join(program), folder.path().join(program)).unwrap();
    }
    folder
}

#[test]
fn no_program_outlives_a_server_that_was_killed() {
    let built = control_plane::build(&mut std::io::stderr()).unwrap();
    let mut serve = Serve::start(|command| {
        command.env("KUBEBUILDER_ASSETS", built);
    });
    let programs = ids(serve.folder.path());
    assert_eq!(programs.len(), 3);
    assert!(programs.iter().all(|id| is_alive(*id)));

    serve.process.kill().unwrap();
    serve.end();

    wait_until("the three programs are gone", || !programs.iter().any(|id| is_alive(*id)));
    // A watchdog removes the file as the last thing it does.
    wait_until("the watchdogs are gone", || ids(serve.folder.path()).is_empty());
}

#[test]
fn a_server_that_is_asked_to_end_stops_everything_first() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
    let mut serve = Serve::start(|command| {
        command.arg("--deploy").arg(fixture).args(["--service-account", "fixture/reader"]);
    });
    assert!(serve.path("fixture.reader.kubeconfig").is_file());
    let programs = ids(serve.folder.path());
    assert_eq!(programs.len(), 3);

    assert!(signal("-TERM", serve.process.id()));

    assert!(serve.end().success());
    assert!(!programs.into_iter().any(is_alive));
}

#[test]
fn a_server_without_its_api_server_ends_and_shows_the_log() {
    let folder = assets(&["etcd", "kube-apiserver", "kubectl"]);
    let mut serve = Serve::start(|command| {
        command.env("KUBEBUILDER_ASSETS", folder.path());
    });
    let programs = ids(serve.folder.path());
    assert_eq!(programs.len(), 2, "no controller manager is among the assets");

    assert!(signal("-KILL", serve.id_of(Program::ApiServer)));

    assert_eq!(serve.end().code(), Some(1));
    assert!(!programs.into_iter().any(is_alive));
    let errors = serve.errors();
    assert!(errors.contains("KUBEBUILDER_ASSETS has no kube-controller-manager"), "{errors}");
    assert!(errors.contains("kube-apiserver ended"), "{errors}");
    assert!(errors.contains("logs/kube-apiserver.log"), "{errors}");
}

#[test]
fn a_program_that_is_not_among_the_assets_is_named() {
    let folder = assets(&["etcd", "kube-apiserver"]);
    let dir = tempfile::tempdir().unwrap();
    let output = Serve::command(&dir).env("KUBEBUILDER_ASSETS", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("has no program kubectl"), "{errors}");
}

#[test]
fn a_folder_has_one_server_at_a_time() {
    let first = Serve::start(|_| ());
    let second = Serve::command(&first.folder).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let errors = String::from_utf8(second.stderr).unwrap();
    assert!(errors.contains("another control plane runs in"), "{errors}");
    assert!(ids(first.folder.path()).into_iter().all(is_alive));
}
