//! The program that is measured: in a process of its own, with the shipped permissions.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use super::patience::eventually;
use super::{machine, metrics, page};

/// Runs `$@`, writes its process id to standard output, and kills it when standard input ends: a pipe that only this process
/// holds open, so it ends with us however we end, also by SIGKILL.
const WATCHDOG: &str = r#"
log=$1; shift
"$@" </dev/null >"$log" 2>&1 &
echo "$!"
exec >/dev/null
read -r _
kill -9 "$!"
"#;

/// A running controller. Dropping it is `kill -9`.
#[derive(Debug)]
pub struct Controller {
    watchdog: Child,
    lifeline: Option<ChildStdin>,
    process: u32,
    address: SocketAddr,
}

impl Controller {
    /// Starts it with nothing of our own environment, and returns when it is ready.
    pub fn start(environment: &[String], flags: &[&str], log: &Path) -> Self {
        drop(File::create(log).unwrap());
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "controller-watchdog"])
            .arg(log)
            .args(["/usr/bin/env", "-i"])
            .args(environment)
            .args([env!("CARGO_BIN_EXE_expressway"), "run", "--listen=127.0.0.1:0", "--log-format=json"])
            .arg("--leader-election=false")
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lifeline = watchdog.stdin.take();
        let mut process = String::new();
        BufReader::new(watchdog.stdout.take().unwrap()).read_line(&mut process).unwrap();
        let address = eventually("the controller's address in its log", || address_in(&fs::read_to_string(log).ok()?));
        let controller = Self { watchdog, lifeline, process: process.trim().parse().unwrap(), address };
        eventually("the controller is ready", || {
            page::get(controller.address, "/readyz").is_ok_and(|(status, _)| status == 200).then_some(())
        });
        controller
    }

    /// What its `/metrics` show.
    pub fn metrics(&self) -> String {
        page::get(self.address, "/metrics").unwrap().1
    }

    /// Reconciles that ended.
    pub fn passes(&self) -> u64 {
        metrics::sum(&self.metrics(), "expressway_reconciles_total", &[])
    }

    /// Whether no reconcile is under way.
    pub fn is_idle(&self) -> bool {
        metrics::sum(&self.metrics(), "expressway_reconciles_in_flight", &[]) == 0
    }

    /// Objects that show `Available`.
    pub fn available(&self) -> u64 {
        metrics::sum(&self.metrics(), "expressway_objects", &[("reason", "Available")])
    }

    /// What it holds of the machine's memory.
    pub fn memory(&self) -> machine::Memory {
        machine::memory(self.process)
    }
}

/// Returns when it is gone.
impl Drop for Controller {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.watchdog.wait();
    }
}

fn address_in(log: &str) -> Option<SocketAddr> {
    let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.find_map(|line| {
        let fields = line.get("fields").unwrap_or(&line);
        fields.get("address")?.as_str()?.parse().ok()
    })
}
