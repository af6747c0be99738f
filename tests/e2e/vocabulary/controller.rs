//! The controller under test: the shipped program in a process of its own, with the shipped permissions.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use serde_json::Value;

use super::page::{self, Page};
use super::patience::eventually;
use super::watched::Watched;

/// The shipped program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_expressway");

/// Waits that suit a clock that is moved by hand.
const FAST: [&str; 15] = [
    "--observe-interval=100ms",
    "--rollout-interval=60ms",
    "--drain-interval=60ms",
    "--batch-window=1ms",
    "--retry-base=50ms",
    "--retry-cap=200ms",
    "--full-observe-interval=10m",
    "--aws-timeout=5s",
    "--reconcile-timeout=20s",
    "--shutdown-grace=10s",
    "--listen=127.0.0.1:0",
    "--log-format=json",
    "--log-level=info",
    "--region=eu-central-1",
    // One that was killed is followed at once.
    "--leader-election=false",
];

/// A running controller. Dropping it is `kill -9`.
#[derive(Debug)]
pub struct Controller {
    process: Watched,
    log: PathBuf,
    address: SocketAddr,
}

/// The program with nothing of our own environment but what the controller needs. `flags` come before those above.
pub fn command(namespace: &str, endpoint: &str, kubeconfig: &Path, flags: &[&str]) -> Vec<String> {
    command_in(&[], namespace, endpoint, kubeconfig, flags)
}

/// The same in another environment: `AWS_SESSION_TOKEN=x` is set or replaced, `AWS_ACCESS_KEY_ID=` is taken away.
pub fn command_in(changes: &[&str], namespace: &str, endpoint: &str, kubeconfig: &Path, flags: &[&str]) -> Vec<String> {
    let environment = [
        format!("KUBECONFIG={}", kubeconfig.display()),
        format!("AWS_ENDPOINT_URL_ECS={endpoint}"),
        "AWS_ACCESS_KEY_ID=AKIDEXAMPLE".to_owned(),
        "AWS_SECRET_ACCESS_KEY=example".to_owned(),
        "AWS_EC2_METADATA_DISABLED=true".to_owned(),
    ];
    let mut words = vec!["/usr/bin/env".to_owned(), "-i".to_owned()];
    let variable = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
    let is_changed = |word: &String| changes.iter().any(|change| variable(change) == variable(word));
    words.extend(environment.into_iter().filter(|word| !is_changed(word)));
    words.extend(changes.iter().filter(|change| !change.ends_with('=')).map(|change| (*change).to_owned()));
    words.extend([PROGRAM, "run", "--namespace", namespace].map(str::to_owned));
    let name = |flag: &str| flag.split('=').next().unwrap_or_default().to_owned();
    let is_said = |flag: &&str| flags.iter().any(|said| name(said) == name(flag));
    words.extend(FAST.into_iter().filter(|flag| !is_said(flag)).chain(flags.iter().copied()).map(str::to_owned));
    words
}

impl Controller {
    /// Starts it, and returns when it is ready. What it logs is appended to `log`.
    pub fn start(words: &[String], log: &Path) -> Self {
        let controller = Self::start_unready(words, log);
        eventually("the controller is ready", || match controller.get("/readyz") {
            Page { status: 200, .. } => Ok(()),
            page => Err(page.body),
        });
        controller
    }

    /// Starts it, and returns when it listens.
    pub fn start_unready(words: &[String], log: &Path) -> Self {
        let from = fs::read_to_string(log).unwrap_or_default().len();
        let mut process = Watched::start(words, log);
        let address = eventually("the controller's address in its log", || {
            let ended = process.ended();
            let text = fs::read_to_string(log).unwrap();
            assert!(ended.is_none(), "the controller ended ({ended:?}): {text}");
            address_in(&text[from..]).ok_or(text)
        });
        Self { process, log: log.to_owned(), address }
    }

    /// A page that it serves.
    pub fn get(&self, path: &str) -> Page {
        page::get(self.address, path).unwrap_or(Page { status: 0, body: "no answer".to_owned() })
    }

    /// One of its counters, summed over what has all `labels`.
    pub fn counter(&self, metric: &str, labels: &[&str]) -> u64 {
        page::sum_of(&self.get("/metrics").body, metric, labels)
    }

    /// The file that it logs to.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// SIGTERM, as Kubernetes sends it; gives how it ended.
    pub fn terminate(self) -> ExitStatus {
        self.signal("TERM");
        self.ends()
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits until it has ended; gives how.
    pub fn ends(mut self) -> ExitStatus {
        eventually("the controller ends", || self.process.ended().ok_or("it runs"))
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.ended().is_some()
    }
}

fn address_in(log: &str) -> Option<SocketAddr> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut addresses = lines.filter_map(|line| line["address"].as_str()?.parse().ok());
    addresses.next()
}
