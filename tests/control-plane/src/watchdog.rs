//! One program under a watchdog, so that it never outlives the process that started it.
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::error::Error;

/// The watchdog: runs `$2...`, writes its process id to the file `$1`, and kills it when standard
/// input ends. The pipe behind standard input is held open by our process alone (Rust opens pipes
/// close-on-exec), so it ends with us however we end, also by SIGKILL. The reader is a process of its
/// own, so that it does its work even when the shell above it was killed.
const WATCHDOG: &str = r#"
pid_file=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
echo "$program" >"$pid_file"
(read -r _ <&3; kill -9 "$program") 2>/dev/null &
reader=$!
wait "$program"; status=$?
kill -9 "$reader" 2>/dev/null
rm -f "$pid_file"
exit "$status"
"#;

/// A line of a log can be long; a person needs the last few.
const TAIL_LINES: usize = 12;

/// Where a program leaves its traces.
#[derive(Debug, Clone)]
pub(crate) struct Traces {
    /// Standard output and error, appended.
    pub log: PathBuf,
    /// The process id, while it runs.
    pub pid_file: PathBuf,
}

/// A program that runs until it is killed, or until this process ends.
#[derive(Debug)]
pub(crate) struct Watched {
    name: &'static str,
    traces: Traces,
    shell: Child,
    lifeline: Option<ChildStdin>,
}

impl Watched {
    /// Starts `path` with `arguments`, in a process group of its own (a Ctrl-C is for us, not for it)
    /// and with an empty environment (no `ETCD_*` of the caller may change what it does).
    pub fn start(name: &'static str, path: &Path, arguments: &[String], traces: Traces) -> Result<Self, Error> {
        let doing = format!("starting {name}");
        let log = open_log(&traces.log)?;
        let errors = log.try_clone().map_err(Error::io(doing.clone()))?;
        let mut shell = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "control-plane-watchdog"])
            .arg(&traces.pid_file)
            .arg(path)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Error::io(doing))?;
        let lifeline = shell.stdin.take();
        Ok(Self { name, traces, shell, lifeline })
    }

    /// An error with the end of the log when the program has ended.
    pub fn check(&mut self) -> Result<(), Error> {
        let ended = self.shell.try_wait().map_err(Error::io(format!("watching {}", self.name)))?;
        match ended {
            None => Ok(()),
            Some(status) => Err(self.exited(status)),
        }
    }

    /// The error for a program that runs and does not get ready.
    pub fn not_ready(&self, waited: std::time::Duration, answer: String) -> Error {
        Error::NotReady {
            program: self.name,
            waited,
            answer,
            log: self.traces.log.clone(),
            tail: tail(&self.traces.log),
        }
    }

    fn exited(&self, status: ExitStatus) -> Error {
        Error::Exited { program: self.name, status, log: self.traces.log.clone(), tail: tail(&self.traces.log) }
    }
}

/// Dropping is `kill -9`, and returns when the program is gone.
impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The watchdog ends as soon as the program is reaped; a failing wait means it is gone already.
        let _ = self.shell.wait();
    }
}

fn open_log(path: &Path) -> Result<File, Error> {
    OpenOptions::new().create(true).append(true).open(path).map_err(Error::io(format!("opening {}", path.display())))
}

fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    last_lines(&text)
}

/// The last few lines of a program's output.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}
