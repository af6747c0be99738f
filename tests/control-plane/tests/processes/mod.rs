//! Looks at the processes of a control plane from outside, by their process ids.
#![allow(clippy::unwrap_used, dead_code)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The ids of the programs that run in `dir`.
pub fn ids(dir: &Path) -> Vec<u32> {
    let files = fs::read_dir(dir.join("pids")).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap().trim().parse().unwrap()).collect()
}

/// Whether there is a process with this id.
pub fn is_alive(id: u32) -> bool {
    signal("-0", id)
}

/// Sends a signal, for example `-TERM`; false if there is no such process.
pub fn signal(signal: &str, id: u32) -> bool {
    let mut kill = Command::new("/bin/sh");
    kill.args(["-c", r#"kill "$1" "$2""#, "kill", signal]).arg(id.to_string());
    kill.stderr(Stdio::null()).status().unwrap().success()
}

/// Waits until `condition` holds; panics with `what` after half a minute.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(30), "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
