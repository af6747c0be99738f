//! A program that is watched: it ends when it is told to, and never outlives this process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

/// Runs `$@`, writes its process id to standard output, and kills it when standard input ends: a pipe that only this process
/// holds open, so it ends with us however we end, also by SIGKILL. The reader is a process of its own.
const WATCHDOG: &str = r#"
log=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$log" 2>&1 &
program=$!
echo "$program"
exec >/dev/null
(read -r _ <&3; kill -9 "$program") 2>/dev/null &
reader=$!
wait "$program"; status=$?
kill -9 "$reader" 2>/dev/null
exit "$status"
"#;

/// A program that runs. Dropping it is `kill -9`.
#[derive(Debug)]
pub struct Watched {
    shell: Child,
    lifeline: Option<ChildStdin>,
    process_id: u32,
}

impl Watched {
    /// Starts a command. What it writes is appended to `log`.
    pub fn start(words: &[String], log: &Path) -> Self {
        drop(File::options().create(true).append(true).open(log).unwrap());
        let mut shell = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(log)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lifeline = shell.stdin.take();
        let mut first_line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut first_line).unwrap();
        Self { shell, lifeline, process_id: first_line.trim().parse().unwrap() }
    }

    /// The program's process id: `env` and such before it have become the program.
    #[allow(dead_code, reason = "the soak reads it")]
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// How it ended; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.shell.try_wait().unwrap()
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process_id.to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

/// Returns when it is gone.
impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.shell.wait();
    }
}
